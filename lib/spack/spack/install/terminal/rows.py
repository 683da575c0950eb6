"""The rows that are drawn while packages are installed. Pure: text from values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.install.terminal.keys import Choices
from spack.install.terminal.progress import Progress, Running
from spack.system.terminal.output import cells, cut, harmless, paint

_KEYS = "v log   n/p next, previous   / find   +/- jobs"
_LOG_KEYS = "q back   n/p next, previous   +/- jobs"


def duration(seconds: float) -> str:
    """A time for people: ``1.5s``, ``2m 03s``, ``1h 20m``."""
    if seconds < 60:
        return f"{seconds:.1f}s" if seconds < 10 else f"{seconds:.0f}s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m" if hours else f"{minutes}m {rest:02d}s"


def _whole(seconds: float) -> str:
    """A time without tenths, which would flicker: ``1s``."""
    return duration(seconds).replace(".0s", "s")


def shown(progress: Progress, choices: Choices) -> list[Running]:
    """Nodes that are worked on and match the pattern, in the order in which they were begun."""
    wanted = choices.pattern.lower()
    return [one for one in progress.running.values() if wanted in str(one.node).lower()]


def chosen(nodes: Sequence[Running], choices: Choices) -> Running | None:
    """The selected node, the first if that is not there any more."""
    for one in nodes:
        if one.node.hash == choices.selected:
            return one
    return nodes[0] if nodes else None


def head(progress: Progress, color: bool) -> str:
    """The row that says how far all is."""
    parts = [f"{len(progress.running)} running"]
    if progress.failed:
        parts.append(paint(f"{progress.failed} failed", "red", enabled=color))
    parts.append(f"{progress.jobs} job" + "s" * (progress.jobs != 1))
    parts.append(duration(progress.now - progress.began))
    if progress.seconds_left is not None:
        left = max(progress.seconds_left, 1.0)
        parts.append(f"about {_whole(round(left))} left")
    count = paint(f"[{progress.done}/{progress.total}]", "bold", enabled=color)
    return f"{count} {', '.join(parts)}"


def overview(
    progress: Progress,
    choices: Choices,
    tails: Mapping[str, str],
    size: tuple[int, int],
    *,
    keys: bool,
    color: bool,
) -> list[str]:
    """A head, a row for every node, and the keys if somebody can press them.

    Args:
        tails: last line of the log, by hash.
        size: columns and lines of the terminal.
    """
    columns, lines = size
    nodes = shown(progress, choices)
    rows = [head(progress, color)]
    if choices.typing or choices.pattern:
        rows.append(f"/{choices.pattern}{'_' if choices.typing else ''}")
    room = max(1, lines - len(rows) - 1 - keys)
    selected = chosen(nodes, choices)
    visible = _window(nodes, selected, room)
    names = {one.node.hash: f"{one.node.name}@{one.node.version}" for one in visible}
    name_room = min(max(map(cells, names.values()), default=0), max(10, columns // 3))
    phase_room = max((len(one.phase) for one in visible), default=0)
    for one in visible:
        mark = ">" if keys and one is selected else " "
        name = cut(names[one.node.hash], name_room)
        name += " " * (name_room - cells(name))
        took = _whole(int(progress.now - one.began))
        before = f"{mark} {name}  {one.phase:{phase_room}}  {took:>7}  "
        tail = cut(harmless(tails.get(one.node.hash, "")), columns - 1 - cells(before))
        styles = ("bold",) if mark == ">" else ()
        row = paint(before, *styles, enabled=color) + paint(tail, "dim", enabled=color)
        rows.append(row.rstrip())
    if len(visible) < len(nodes):
        rows.append(f"  and {len(nodes) - len(visible)} more")
    if keys:
        rows.append(paint(_KEYS, "dim", enabled=color))
    return rows


def _window(nodes: Sequence[Running], selected: Running | None, room: int) -> list[Running]:
    """As many as there is room for, the selected one among them."""
    if len(nodes) <= room:
        return list(nodes)
    at = nodes.index(selected) if selected is not None else 0
    room = max(1, room - 1)
    start = min(max(0, at - room + 1), len(nodes) - room)
    return list(nodes[start : start + room])


def log_view(
    progress: Progress,
    one: Running,
    text: str,
    size: tuple[int, int],
    *,
    color: bool,
) -> list[str]:
    """The end of the log of one node, below it what it is.

    Args:
        text: the end of the log, at least as many lines as fit.
    """
    columns, lines = size
    room = max(1, lines - 4)
    rows = [cut(harmless(line), columns - 1) for line in text.splitlines()[-room:]]
    took = _whole(int(progress.now - one.began))
    title = f"-- {one.node.name}@{one.node.version}  {one.phase}  {took}"
    rows.append(paint(title, "bold", enabled=color))
    rows.append(head(progress, color))
    rows.append(paint(_LOG_KEYS, "dim", enabled=color))
    return rows
