"""Child processes as trees: find the descendants, end them all, run one and read its output.

Knows process ids and signals; must not know what runs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from spack.errors import SpackError
from spack.named_tuples import NamedTuple


class ProcessStartError(SpackError):
    """A program could not be started."""


class ProcessTimeLimitError(SpackError):
    """A program ran longer than allowed; it and its children were ended."""


class Result(NamedTuple):
    """Result of a child process: exit code (negative: signal), output and error text."""

    code: int
    output: str
    errors: str


def children_by_parent() -> dict[int, list[int]]:
    """Process ids of this machine grouped by the id of their parent."""
    found: dict[int, list[int]] = {}
    if os.path.isdir("/proc/self"):
        for name in os.listdir("/proc"):
            if name.isdigit():
                parent = _parent(int(name))
                if parent is not None:
                    found.setdefault(parent, []).append(int(name))
        return found
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, encoding="utf-8", check=False
    ).stdout
    for line in listing.splitlines():
        pid, parent_id = line.split()
        found.setdefault(int(parent_id), []).append(int(pid))
    return found


def _parent(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            # The second field is the command in parentheses and may hold anything.
            return int(stream.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def descendants(pid: int) -> list[int]:
    """Ids of the children, their children, and so on; nearest first, ``pid`` not included."""
    table = children_by_parent()
    found: list[int] = []
    queue = [pid]
    for parent in queue:
        for child in table.get(parent, []):
            if child not in found:
                found.append(child)
                queue.append(child)
    return found


def is_alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            return stream.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except FileNotFoundError:
        return not os.path.isdir("/proc/self")
    except (OSError, IndexError):
        return True


def kill_tree(pid: int, grace: float = 3.0) -> None:
    """End a process and all its descendants.

    They are asked to terminate, then killed if ``grace`` seconds were not enough. Children that
    lost their parent meanwhile are still found because the tree is read before the first signal
    and again before the second. The caller reaps its own child.
    """
    victims = [*descendants(pid), pid]
    _signal(victims, signal.SIGTERM)
    _await_end(victims, grace)
    known: set[int] = set(victims)
    for victim in victims:
        known.update(descendants(victim))
    left = [victim for victim in sorted(known) if is_alive(victim)]
    _signal(left, signal.SIGKILL)
    _await_end(left, 2.0)


def _await_end(pids: Sequence[int], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(is_alive(pid) for pid in pids):
        time.sleep(0.01)


def _signal(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def run(
    command: Sequence[str],
    *,
    variables: Mapping[str, str] | None = None,
    directory: str | None = None,
    input_text: str | None = None,
    seconds: float | None = None,
) -> Result:
    """Run a program without a shell, read everything it writes, wait for it.

    Undecodable bytes are kept as surrogates. A failing exit code is not an error. Raises
    ProcessStartError, ProcessTimeLimitError (the whole tree is ended).
    """
    try:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL if input_text is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if variables is None else dict(variables),
            cwd=directory,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except OSError as error:
        raise ProcessStartError(
            f"cannot start {command[0]}: {error.strerror or error}",
            hint="check that the program exists and may be executed",
        ) from error
    with child:
        try:
            output, errors = child.communicate(input_text, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            kill_tree(child.pid)
            child.communicate()
            raise ProcessTimeLimitError(
                f"{command[0]} did not finish within {seconds} seconds and was stopped"
            ) from error
        except BaseException:
            kill_tree(child.pid)
            raise
    return Result(child.returncode, output, errors)
