"""Limits that control groups of Linux set to this process: processor time and memory.

Reads both versions of the interface, for the own group and every one above it. Must not know what
the limits are used for.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

#: The files that say in which groups this process is, and where groups are mounted.
OWN = "/proc/self/cgroup"
MOUNTS = "/proc/self/mountinfo"


def processor_limit(own: str = OWN, mounts: str = MOUNTS) -> float | None:
    """Processors whose time may be used, such as 1.5; None without a limit."""
    found = []
    for place in _directories("cpu", own, mounts):
        words = (_text(place, "cpu.max") or "").split() or [
            _text(place, "cpu.cfs_quota_us") or "",
            _text(place, "cpu.cfs_period_us") or "",
        ]
        with contextlib.suppress(ValueError, IndexError, ZeroDivisionError):
            found.append(int(words[0]) / int(words[1]))
    return min((limit for limit in found if limit > 0), default=None)


def free_memory(own: str = OWN, mounts: str = MOUNTS) -> int | None:
    """Bytes that may be used beside what is used now; None without a limit.

    What the group keeps of files that nobody has read of late counts as free.
    """
    found = []
    for place in _directories("memory", own, mounts):
        limit = _text(place, "memory.max") or _text(place, "memory.limit_in_bytes")
        used = _text(place, "memory.current") or _text(place, "memory.usage_in_bytes")
        with contextlib.suppress(ValueError, TypeError):
            found.append(max(0, int(str(limit)) - int(str(used)) + _idle_files(place)))
    return min(found, default=None)


def _idle_files(place: str) -> int:
    counts = dict(line.split() for line in (_text(place, "memory.stat") or "").splitlines())
    return int(counts.get("total_inactive_file", counts.get("inactive_file", 0)))


def _text(directory: str, name: str) -> str | None:
    try:
        with open(os.path.join(directory, name), encoding="ascii") as stream:
            return stream.read().strip()
    except (OSError, ValueError):
        return None


def _directories(controller: str, own: str, mounts: str) -> Iterator[str]:
    """Directories of the own group and those above it, of either version."""
    paths: dict[str, str] = {}
    for line in (_text(*os.path.split(own)) or "").splitlines():
        _, controllers, path = line.split(":", 2)
        for name in controllers.split(","):
            paths[name] = path
    for line in (_text(*os.path.split(mounts)) or "").splitlines():
        before, _, after = line.partition(" - ")
        words, kind = before.split(), after.split()
        if len(words) < 5 or len(kind) < 3 or not kind[0].startswith("cgroup"):
            continue
        name = "" if kind[0] == "cgroup2" else controller
        if name not in paths or (name and name not in kind[2].split(",")):
            continue
        root, top = words[3], words[4]
        path = paths[name]
        inside = os.path.relpath(path, root) if path.startswith(root) else "."
        place = os.path.normpath(os.path.join(top, inside))
        while place.startswith(top):
            yield place
            place = os.path.dirname(place)
