"""The places where commands write: below the declared roots and nowhere else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .machine_with_tools import Machine

#: Commands of every kind: questions, changes, a search, a solve, an installation.
COMMANDS = (
    ("config", "get"),
    ("config", "add", "config:build_jobs:3"),
    ("find",),
    ("env", "create", "e"),
    ("compiler", "find"),
    ("external", "find", "hammer"),
    ("spec", "plain"),
    ("doctor",),
    ("arch",),
)

_OPENED = re.compile(
    r"^(?:\d+ +)?(?:openat|open|creat|mkdir|mkdirat|rename|renameat2?|symlinkat|symlink|link|"
    r"linkat|unlink|unlinkat|rmdir|chmod|fchmodat|utimensat|truncate)"
    r"\((?P<rest>.*)\) = (?P<code>-?\d+)"
)
_READ_ONLY = re.compile(r"O_RDONLY|O_PATH")


def written(trace: Path) -> list[str]:
    """Absolute paths that calls in a trace changed or opened for writing, without failing."""
    found = []
    for line in trace.read_text(errors="replace").splitlines():
        call = _OPENED.search(line)
        if call is None or int(call.group("code")) < 0:
            continue
        is_open = "open" in line.split("(")[0]
        if is_open and _READ_ONLY.search(call.group("rest")) and "O_CREAT" not in line:
            continue
        found += [path for path in re.findall(r'"([^"]*)"', call.group("rest")) if path[:1] == "/"]
    return found


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_nothing_is_written_outside_of_the_state_directory(
    root: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    machine = Machine(root, tmp_path / "m")
    machine.program("bin/hammer", "version 1.0")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    trace = tmp_path / "trace"
    subprocess.run(
        ["strace", "-f", "-s", "4096", "-e", "trace=%file", "-o", str(trace)]
        + [str(root / "bin" / "spack"), *words],
        cwd=machine.top,
        env={
            **os.environ,
            "PATH": f"{machine.top / 'bin'}:{os.environ['PATH']}",
            "HOME": str(machine.home),
            "TMPDIR": str(temporary),
            "SPACK_STATE_DIR": str(machine.state),
            "SPACK_DISABLE_LOCAL_CONFIG": "1",
        },
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    declared = (str(machine.state), str(temporary), "/dev/", "/proc/")
    assert [path for path in written(trace) if not path.startswith(declared)] == []
    assert list(machine.home.iterdir()) == []
