"""Memory of this machine, and what process sessions use of it. Must not know what runs in them."""

from __future__ import annotations

import contextlib
import os

from spack.system.control_groups import free_memory


def available_memory(table: str = "/proc/meminfo") -> int | None:
    """Bytes that new processes may use: what the machine and the control groups have left.

    None where nobody says so.
    """
    found = []
    with contextlib.suppress(OSError), open(table, encoding="ascii") as stream:
        found = [int(line.split()[1]) * 1024 for line in stream if line.startswith("MemAvailable:")]
    limit = free_memory()
    return min(found if limit is None else [*found, limit], default=None)


def memory_of_sessions() -> dict[int, int]:
    """Resident bytes of all processes, by the id of their session; empty without ``/proc``.

    What processes share is counted for each.
    """
    found: dict[int, int] = {}
    if not os.path.isdir("/proc/self"):
        return found
    page = os.sysconf("SC_PAGE_SIZE")
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError), open(f"/proc/{name}/stat", "rb") as stream:
            # The second field is the command in parentheses and may hold anything.
            fields = stream.read().rpartition(b")")[2].split()
            session = int(fields[3])
            found[session] = found.get(session, 0) + int(fields[21]) * page
    return found
