"""The page that ``spack env status`` shows: one that can be read in five seconds."""

from __future__ import annotations

import time

from spack.type_names import Any
from spack.work.projects.environment_status import EnvironmentStatus, RootStatus

#: Marks of roots: everything installed, something missing, not locked.
_DONE, _PARTLY, _NEW = "[+]", "[-]", "[ ]"


def page(status: EnvironmentStatus, *, color: bool, width: int, now: float) -> str:
    """The page. ``width`` cuts the lines of roots, 0 does not; ``now`` is seconds since 1970."""

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if color else text

    where = " (active in this shell)" if status.shell else ""
    lines = [f"{paint(status.label, '1')}{where}  {status.directory}", ""]
    rows: list[tuple[str, str]] = [("Lock", _lock(status, paint, now))]
    if status.needed:
        share = 100 * status.installed // status.needed
        text = f"{status.installed} of {status.needed} packages ({share} %)"
        rows.append(("Installed", paint(text, "32" if share == 100 else "33")))
    for view in status.views:
        made = view.root if view.made else paint(f"{view.root} (not made)", "33")
        rows.append(("View" if view.name == "default" else f"View {view.name}", made))
    size = max(len(name) for name, _ in rows)
    lines += [f"  {name:<{size}}  {text}" for name, text in rows]
    noun = "Roots" if len(status.roots) != 1 else "Root"
    lines += ["", f"  {len(status.roots)} {noun.lower()}" if status.roots else "  No roots"]
    widest = max((len(root.text) for root in (*status.roots, *status.included)), default=0)

    def show(root: RootStatus) -> None:
        mark, tail = _root(root)
        line = f"    {mark} {root.text:<{widest}}  {tail}".rstrip()
        if width and len(line) > width:
            line = line[: width - 1] + "…"
        code = {_DONE: "32", _PARTLY: "33", _NEW: "36"}[mark]
        lines.append(paint(line[:7], code) + line[7:])

    group = ""
    for root in status.roots:
        if root.group != group:
            group = root.group
            lines.append(f"    group {group}" if group else "    outside of groups")
        show(root)
    lines += [f"    [x] {text}  no root any more" for text in status.removed]
    if status.included:
        noun = "root" if len(status.included) == 1 else "roots"
        lines += ["", f"  {len(status.included)} included {noun}"]
        for root in status.included:
            show(root)
    if status.todo:
        lines += ["", "  Next"]
        size = max(len(command) for command, _ in status.todo)
        for command, reason in status.todo:
            lines.append(f"    {paint(command, '1')}{' ' * (size - len(command))}  {reason}")
    return "\n".join(lines) + "\n"


def _lock(status: EnvironmentStatus, paint: Any, now: float) -> str:
    if status.lock_time is None:
        return str(paint("none", "33"))
    age = _age(now - status.lock_time)
    word = paint("up to date", "32") if status.locked else paint("stale", "33")
    return f"{word}, written {age}"


def _root(root: RootStatus) -> tuple[str, str]:
    if root.concrete is None:
        return _NEW, "not locked"
    label = f"{root.concrete.version}/{root.concrete.dag_hash()[:7]}"
    if root.installed == root.needed:
        return _DONE, label
    return _PARTLY, f"{label}  {root.needed - root.installed} to install"


def _age(seconds: float) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "just now"


def data(status: EnvironmentStatus) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "name": status.label,
        "directory": status.directory,
        "active": status.shell,
        "locked": status.locked,
        "lock_time": status.lock_time,
        "roots": [_row(root) for root in status.roots],
        **({"included_roots": [_row(r) for r in status.included]} if status.included else {}),
        "removed_roots": list(status.removed),
        "installed": status.installed,
        "needed": status.needed,
        "views": [view._asdict() for view in status.views],
        "next": [{"command": command, "reason": reason} for command, reason in status.todo],
    }


def _row(root: RootStatus) -> dict[str, Any]:
    return {
        "spec": root.text,
        "hash": None if root.concrete is None else root.concrete.dag_hash(),
        "installed": root.installed,
        "needed": root.needed,
        **({"group": root.group} if root.group else {}),
    }


def time_now() -> float:
    """Seconds since 1970."""
    return time.time()
