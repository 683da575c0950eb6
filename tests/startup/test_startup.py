"""Imports of commands, and their questions to the file system. Times: benchmarks/startup.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.clone import warm

#: Modules that take long to load, and layers that questions do not need.
SLOW = (
    "clingo", "jsonschema", "ruamel", "archspec", "jinja2", "ssl", "http.client", "asyncio",
    "dataclasses", "inspect", "ast", "site",
)  # fmt: skip
LAYERS = ("spack.solve", "spack.builds", "spack.install", "spack.sources", "spack.buildcache")

#: Commands that answer questions, and what each may load although it is in the lists.
QUERIES: dict[str, tuple[str, ...]] = {
    "--version": (),
    "help": (),
    "help --all": (),
    "help --spec": (),
    "find": (),
    "find --json": (),
    "env list": (),
    "env list --json": (),
    "location -r": (),
    "location -e e": (),
    "config get config": (),
    "config get config:concurrent_packages": (),
    "config blame config": (),
    "config list": (),
    "config scopes": (),
    "mirror list": (),
    "repo list": ("spack.sources", "ast"),
    "-e e find": (),
    "load --list": (),
    "docs --path": (),
}


@pytest.fixture
def state(tmp_path: Path, root: Path) -> Path:
    """A state directory with an environment, and all files old enough to be cached."""
    warm(tmp_path)
    run(root, tmp_path, "env", "create", "e")
    for path in tmp_path.rglob("*"):
        os.utime(path, (0, 0), follow_symlinks=False)
    return tmp_path


def variables(state: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SPACK_STATE_DIR": str(state),
        "SPACK_DISABLE_LOCAL_CONFIG": "1",
        "SPACK_USER_CACHE_PATH": str(state / "cache"),
    }


def run(root: Path, state: Path, *words: str) -> None:
    subprocess.run(
        [str(root / "bin" / "spack"), *words],
        env=variables(state),
        check=True,
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("words", sorted(QUERIES))
def test_questions_import_little(words: str, state: Path, root: Path) -> None:
    run(root, state, *words.split())
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from spack.cli.main import main\n"
        "code = main(); print('MODULES', *sys.modules); sys.exit(code)"
    )
    result = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-B",
            "-c",
            program,
            str(root / "lib" / "spack"),
            *words.split(),
        ],
        env=variables(state),
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stderr
    loaded = result.stdout.rpartition("MODULES ")[2].split()
    unwanted = [name for name in (*SLOW, *LAYERS) if name not in QUERIES[words]]
    found = [
        name for name in loaded if any(name == u or name.startswith(f"{u}.") for u in unwanted)
    ]
    assert found == []


def test_help_on_a_command_imports_no_layer_that_does_its_work(state: Path, root: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from spack.cli.main import main\n"
        "from spack.cli.catalogue import COMMANDS\n"
        "names = set(COMMANDS) - {'create'}  # its templates are the values of an option\n"
        "assert all(main(['help', name]) == 0 for name in names)\n"
        "print('MODULES', *sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program, str(root / "lib" / "spack")],
        env=variables(state),
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    loaded = result.stdout.rpartition("MODULES ")[2].split()
    unwanted = (*LAYERS, "clingo", "jsonschema", "ruamel", "archspec", "jinja2")
    assert [m for m in loaded if any(m == u or m.startswith(f"{u}.") for u in unwanted)] == []


def calls(log: Path, command: list[str], variables: dict[str, str]) -> list[str]:
    """The file-system calls of a command and what it starts."""
    subprocess.run(
        ["strace", "-f", "-e", "trace=%file", "-o", str(log), *command],
        env=variables,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return [line for line in log.read_text(errors="replace").splitlines() if "(" in line]


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("words", sorted(QUERIES))
def test_questions_ask_the_file_system_little(words: str, state: Path, root: Path) -> None:
    """At most 200 calls, those of a shell that starts an interpreter to do nothing not counted."""
    for _ in range(2):
        run(root, state, *words.split())
    here = variables(state)
    log = state / "trace"
    nothing = ["sh", "-c", f"exec {sys.executable} -I -S -c pass"]
    found = calls(log, [str(root / "bin" / "spack"), *words.split()], here)
    assert len(found) - len(calls(log, nothing, here)) <= 200, "\n".join(found)


def test_packages_of_python_are_found_when_they_are_needed(root: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from spack.cli.site_packages import find_later; find_later(); find_later()\n"
        "assert 'site' not in sys.modules\n"
        "try:\n    import nothing_at_all\nexcept ImportError as error: print(error)\n"
        "import clingo, ruamel.yaml; print('found')\n"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program, str(root / "lib" / "spack")],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert result.stdout == "No module named 'nothing_at_all'\nfound\n"
