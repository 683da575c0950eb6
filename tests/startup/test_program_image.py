"""Commands load their modules from one file, and never from one that is not right."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PRINTS_WHERE = """
    loaders = {n: type(m.__spec__.loader).__name__ for n, m in sys.modules.items()
               if getattr(m, "__spec__", None) and n.startswith("spack")}
    print("LOADERS", *(f"{n}={l}" for n, l in loaders.items()))
"""


@pytest.fixture
def clone(tmp_path: Path, root: Path) -> Path:
    """A copy of the program that a test may change."""
    copy = tmp_path / "clone"
    leave = shutil.ignore_patterns("__pycache__", "docs", "repos")
    for part in ("bin", "etc", "lib"):
        shutil.copytree(root / part, copy / part, ignore=leave, symlinks=True)
    shutil.copy(root / "pyproject.toml", copy)
    return copy


def variables(clone: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SPACK_PYTHON": sys.executable,
        "SPACK_STATE_DIR": str(clone / "state"),
        "SPACK_DISABLE_LOCAL_CONFIG": "1",
        "SPACK_USER_CACHE_PATH": str(clone / "cache"),
    }


def run(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(clone / "bin" / "spack"), *words],
        env=variables(clone),
        capture_output=True,
        encoding="utf-8",
    )


def image(clone: Path) -> Path:
    (found,) = (clone / "state" / "var" / "spack" / "cache").glob("program-*")
    return found


def loaders(clone: Path, *words: str) -> dict[str, str]:
    """The loader that each module of ours came from."""
    launch = clone / "lib" / "spack" / "launch.py"
    usual = launch.read_text()
    launch.write_text(usual.replace("    code = main()\n", "    code = main()" + PRINTS_WHERE))
    result = run(clone, *words)
    launch.write_text(usual)
    assert result.returncode == 0, result.stderr
    pairs: list[str] = result.stdout.rpartition("LOADERS ")[2].split()
    return dict(pair.split("=") for pair in pairs)


def test_the_second_command_loads_everything_from_the_image(clone: Path) -> None:
    first = run(clone, "config", "scopes")
    assert first.returncode == 0, first.stderr
    assert set(loaders(clone, "config", "scopes").values()) == {"_Loader"}
    assert run(clone, "config", "scopes").stdout == first.stdout


def test_a_changed_module_is_loaded_from_its_source(clone: Path) -> None:
    run(clone, "--version")
    module = clone / "lib" / "spack" / "spack" / "__init__.py"
    module.write_text(module.read_text() + "\n__version__ = 'changed'\n")
    assert run(clone, "--version").stdout == "changed\n"
    assert loaders(clone, "--version")["spack"] == "_Loader"
    assert run(clone, "--version").stdout == "changed\n"


def test_a_removed_module_is_missed(clone: Path) -> None:
    run(clone, "config", "scopes")
    (clone / "lib" / "spack" / "spack" / "config" / "scopes" / "scopes.py").unlink()
    assert "No module named 'spack.config.scopes.scopes'" in run(clone, "config", "scopes").stderr


def test_clones_that_keep_their_state_in_one_place_run_their_own_code(clone: Path) -> None:
    other = clone.parent / "other"
    for part in ("bin", "etc", "lib"):
        shutil.copytree(clone / part, other / part, symlinks=True)
    shutil.copy(clone / "pyproject.toml", other)
    module = other / "lib" / "spack" / "spack" / "__init__.py"
    module.write_text(module.read_text() + "\n__version__ = 'other'\n")
    (other / "state").symlink_to(clone / "state")
    for _ in range(2):
        assert run(clone, "--version").stdout != "other\n"
        assert run(other, "--version").stdout == "other\n"
    assert loaders(other, "--version")["spack"] == loaders(clone, "--version")["spack"] == "_Loader"


def test_a_changed_loader_does_not_load(clone: Path) -> None:
    run(clone, "--version")
    module = clone / "lib" / "spack" / "spack" / "cli" / "program_image.py"
    module.write_text(module.read_text() + "\n# changed\n")
    assert loaders(clone, "--version")["spack"] == "SourceFileLoader"
    assert loaders(clone, "--version")["spack"] == "_Loader"


@pytest.mark.parametrize("damage", ["cut", "short", "empty", "text", "foreign", "directory"])
def test_a_damaged_image_is_replaced(clone: Path, damage: str) -> None:
    run(clone, "--version")
    file = image(clone)
    content = file.read_bytes()
    if damage == "directory":
        file.unlink()
        file.mkdir()
    elif damage == "foreign":
        import marshal

        code, mark, modules, small, patterns, size = marshal.loads(content[8:])
        head = marshal.dumps((code, ("/elsewhere", *mark[1:]), modules, small, patterns, size))
        file.write_bytes(len(head).to_bytes(8, "little") + head + content[-size:])
    else:
        damaged = {"cut": content[:5000], "short": content[:-1], "empty": b"", "text": b"hello" * 9}
        file.write_bytes(damaged[damage])
    result = run(clone, "--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert damage == "directory" or loaders(clone, "--version")["spack"] == "_Loader"


@pytest.mark.usefixtures("unprivileged")
def test_a_state_that_cannot_be_written_is_left_alone(clone: Path) -> None:
    state = clone / "state"
    state.mkdir()
    state.chmod(0o555)
    result = run(clone, "--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert list(state.iterdir()) == []


def test_tracebacks_show_the_source(clone: Path) -> None:
    module = clone / "lib" / "spack" / "spack" / "cli" / "commands" / "config.py"
    module.write_text(module.read_text() + "\ndef run(args, session):\n    raise ValueError(1)\n")
    for _ in range(2):
        result = run(clone, "-d", "config", "scopes")
    assert "    raise ValueError(1)" in result.stderr


def test_a_commands_exit_code_is_kept(clone: Path) -> None:
    for _ in range(2):
        assert run(clone, "no-such-command").returncode == 2


def test_an_image_of_another_clone_is_not_used(clone: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(clone, other, symlinks=True)
    run(clone, "--version")
    run(other, "--version")
    shutil.copy(image(clone), image(other))
    assert loaders(other, "--version")["spack"] == "SourceFileLoader"


def test_compiled_files_that_are_cut_are_made_anew(clone: Path) -> None:
    """Python leaves them behind when the disk is full."""
    assert run(clone, "config", "scopes").returncode == 0
    image(clone).unlink()
    compiled = (clone / "state" / "var" / "spack" / "cache" / "pyc").rglob("scopes.*.pyc")
    (cut,) = (path for path in compiled if path.parent.name == "scopes")
    whole = cut.read_bytes()
    cut.write_bytes(whole[:100])
    result = run(clone, "config", "scopes")
    assert (result.returncode, result.stderr) == (0, "")
    assert not cut.exists()
    image(clone).unlink()
    assert run(clone, "config", "scopes").returncode == 0
    assert cut.read_bytes() == whole


def test_ctrl_c_after_the_command_is_quiet(clone: Path) -> None:
    """While modules are kept it is too late, and the end of the interpreter has no tracebacks."""
    module = clone / "lib" / "spack" / "spack" / "cli" / "program_image.py"
    keep = "\n\ndef keep(image, root):\n    import atexit, os\n    "
    text = module.read_text()
    module.write_text(text + keep + "os.kill(os.getpid(), 2)\n")
    assert run(clone, "--version").returncode == 0
    module.write_text(text + keep + "atexit.register(os.kill, os.getpid(), 2)\n")
    result = run(clone, "--version")
    assert (result.returncode, result.stderr) == (-2, "")


PRINTS_PATTERNS = """
    import re
    translator = sys.modules.get("re._compiler") or sys.modules["sre_compile"]
    usual = translator.compile
    translator.compile = lambda *words: print("TRANSLATED", words) or usual(*words)
    print("FOUND", re.compile(r"(?P<kept>[a-z]+)\\d", re.ASCII).fullmatch("abc1")["kept"])
"""


def test_patterns_are_translated_once(clone: Path) -> None:
    """By the command that makes the image; what a pattern finds is the same afterwards."""
    launch = clone / "lib" / "spack" / "launch.py"
    added = PRINTS_PATTERNS.strip()
    usual = launch.read_text()
    launch.write_text(usual.replace("    code = main()\n", f"    {added}\n    code = main()\n"))
    first, second = (run(clone, "--version").stdout for _ in range(2))
    assert "FOUND abc" in first and "TRANSLATED" in first
    assert "FOUND abc" in second and "TRANSLATED" not in second
