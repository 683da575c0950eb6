"""Scripts with long first lines, really run through sbang."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from spack.system.files import sbang
from spack.system.files.sbang import SbangError, filter_shebang, filter_tree, install_sbang


@pytest.fixture
def program(tmp_path: Path) -> str:
    install_sbang(tmp_path / "bin" / "sbang")
    return str(tmp_path / "bin" / "sbang")


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    folder = tmp_path / ("x" * 100) / ("y" * 100)
    folder.mkdir(parents=True)
    return folder


def script(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def run(path: Path, *arguments: str) -> list[str]:
    return subprocess.run(
        [str(path), *arguments], stdout=subprocess.PIPE, encoding="utf-8", check=True
    ).stdout.splitlines()


def test_a_long_interpreter_path_works(program: str, deep: Path, tmp_path: Path) -> None:
    interpreter = script(deep / "show", '#!/bin/sh\nprintf "%s\\n" "$@"\n')
    path = script(tmp_path / "s", f"#!{interpreter}   -a 'b c' \nbody\n")
    assert filter_shebang(path, program)
    assert path.read_text() == f"#!/bin/sh {program}\n#!{interpreter}   -a 'b c' \nbody\n"
    assert run(path, "one", "two words") == ["-a 'b c'", str(path), "one", "two words"]
    assert not filter_shebang(path, program)


def test_env_and_perl(program: str, deep: Path, tmp_path: Path) -> None:
    (deep / "env").symlink_to("/usr/bin/env")
    path = script(tmp_path / "s", f"#!{deep}/env {os.path.basename(sys.executable)}\nprint(5)\n")
    assert filter_shebang(path, program)
    env = {"PATH": os.path.dirname(sys.executable)}
    assert subprocess.check_output([str(path)], env=env) == b"5\n"
    if shutil.which("perl"):
        (deep / "perl").symlink_to(str(shutil.which("perl")))
        path = script(tmp_path / "p", f'#!{deep}/perl -w\nprint "@ARGV\\n";\n')
        assert filter_shebang(path, program)
        assert run(path, "a", "b") == ["a b"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (b"#!/x/lua\n", b"--!/x/lua\n"),
        (b"#!/x/luajit-2 -e\n", b"--!/x/luajit-2 -e\n"),
        (b"#!/usr/bin/env lua\n", b"--!/usr/bin/env lua\n"),
        (b"#! /x/node\n", b"//! /x/node\n"),
        (b"#!/x/php8\n", b"<?php #!/x/php8 ?>\n"),
        (b"#!/x/luarocks-like/python\n", b"#!/x/luarocks-like/python\n"),
        (b"#!/x/sh\r\n", b"#!/x/sh\n"),
    ],
)
def test_second_lines(first: bytes, second: bytes) -> None:
    assert sbang.second_line(first) == second


@pytest.mark.parametrize(
    "second",
    [
        "#!/bin/echo x",
        "--!/bin/echo x",
        "//!/bin/echo x",
        "<?php #!/bin/echo x ?>",
        "#! /bin/echo x",
    ],
)
def test_the_program_reads_every_second_line(second: str, program: str, tmp_path: Path) -> None:
    path = script(tmp_path / "s", f"#!/bin/sh {program}\n{second}\n")
    assert run(path, "arg") == [f"x {path} arg"]


def test_no_interpreter_named(program: str, tmp_path: Path) -> None:
    path = script(tmp_path / "s", f"#!/bin/sh {program}\nno\n")
    done = subprocess.run([str(path)], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"names no interpreter" in done.stderr
    assert subprocess.run([program], stderr=subprocess.DEVNULL, check=False).returncode == 1


def test_files_that_begin_with_an_interpreter(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"#!/bin/sh\n")
    (tmp_path / "none").write_bytes(b"x" * 500 + b"\n")
    assert sbang.has_shebang(tmp_path / "program") and not sbang.has_shebang(tmp_path / "none")
    assert not sbang.has_shebang(tmp_path / "missing")


def test_trees(program: str, deep: Path, tmp_path: Path) -> None:
    long = f"#!{deep}/x\n"
    (tmp_path / "t" / "bin").mkdir(parents=True)
    path = script(tmp_path / "t" / "bin" / "a", long)
    path.chmod(0o555)
    script(tmp_path / "t" / "bin" / "short", "#!/bin/sh\n")
    (tmp_path / "t" / "data").write_text(long)
    (tmp_path / "t" / "link").symlink_to("bin/a")
    assert filter_tree(tmp_path / "t", program) == [str(path)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o555 and (tmp_path / "t" / "link").is_symlink()


def test_install_is_repeatable(program: str) -> None:
    first = os.stat(program)
    assert stat.S_IMODE(first.st_mode) == 0o755
    install_sbang(program)
    assert os.stat(program).st_ino == first.st_ino
    Path(program).write_text("other")
    install_sbang(program)
    assert Path(program).read_text() == sbang.PROGRAM


def test_a_path_of_sbang_that_is_too_long_itself() -> None:
    assert sbang.shebang_line("/a/sbang") == "#!/bin/sh /a/sbang"
    with pytest.raises(SbangError, match="too long"):
        sbang.shebang_line("/" + "x" * 600)
