"""The output of an installation on a terminal for somebody who watches it, event by event."""

from __future__ import annotations

import io

import pytest

from spack.builds.events import (
    Ended,
    ErrorRecord,
    Failed,
    FoundInstalled,
    NodeName,
    Output,
    PhaseBegun,
    Planned,
    PlannedStep,
    Started,
    StepAction,
    Tick,
)
from spack.builds.log_excerpt import Excerpt, LogLine
from spack.install.terminal.failures import Advice, ways_on
from spack.install.terminal.keys import Choices, keys_in
from spack.install.terminal.lines import TerminalLines
from spack.install.terminal.progress import Progress
from spack.install.terminal.rows import log_view, overview
from spack.system.terminal.output import Reporter, cells

SLOW = NodeName("slow", "1.0", "s" * 32)


def other(name: str, version: str = "1.0") -> NodeName:
    return NodeName(name, version, name[0] * 32)


def progress(*nodes: NodeName) -> Progress:
    """Nodes that have been built for ten seconds."""
    found = Progress()
    for number, one in enumerate(nodes, 1):
        found.hear(Started(one, StepAction.BUILD, number, 9, 100.0))
        found.hear(PhaseBegun(one, "build", 101.0))
    found.hear(Tick((), 3, 9, 110.0, 8, 95.0))
    return found


def drawn(
    found: Progress,
    choices: Choices = Choices(),
    columns: int = 60,
    lines: int = 20,
    keys: bool = True,
) -> list[str]:
    tails = dict.fromkeys(found.running, "cc -c \x1b[31mfile.c\x1b[0m\r100%\tdone")
    return overview(found, choices, tails, (columns, lines), keys=keys, color=False)


def test_a_head_and_a_row_for_every_node() -> None:
    found = progress(SLOW, other("a-longer-name"))
    found.hear(Failed(other("bad"), ErrorRecord("no"), 110.0))
    assert drawn(found) == [
        "[3/9] 2 running, 1 failed, 8 jobs, 10s, about 1m 35s left",
        "> slow@1.0           build      10s  100%    done",
        "  a-longer-name@1.0  build      10s  100%    done",
        "v log   n/p next, previous   / find   +/- jobs",
    ]
    assert (
        drawn(found, keys=False)[1].startswith("  slow@1.0 ") and len(drawn(found, keys=False)) == 3
    )


def test_rows_fit_on_the_terminal() -> None:
    found = progress(*(other(chr(97 + number) + "-package") for number in range(20)))
    for columns, lines in ((30, 5), (60, 12), (200, 50), (10, 3)):
        for selected in ("", "a" * 32, "k" * 32, "t" * 32):
            rows = drawn(found, Choices(selected=selected), columns, lines)
            assert len(rows) <= max(lines, 4) and (columns < 40 or "running" in rows[0])
            assert [row[2] for row in rows if row.startswith(">")] == [selected[:1] or "a"]
            assert all(cells(row) < columns for row in rows[1:-2]) or columns < 30
    assert drawn(found, lines=8)[-2] == "  and 16 more"


def test_only_what_matches_the_pattern() -> None:
    found = progress(SLOW, other("quick"))
    typing = Choices(pattern="QUI", typing=True)
    assert drawn(found, typing)[1] == "/QUI_" and "quick" in drawn(found, typing)[2]
    assert len(drawn(found, typing._replace(typing=False))) == 4


def test_a_log_and_what_it_is_of() -> None:
    found = progress(SLOW)
    text = "".join(f"line {number} {'x' * 50}\n" for number in range(30))
    rows = log_view(found, found.running[SLOW.hash], text, (40, 10), color=False)
    assert rows[5].startswith("line 29") and rows[6:] == [
        "-- slow@1.0  build  10s",
        "[3/9] 1 running, 8 jobs, 10s, about 1m 35s left",
        "q back   n/p next, previous   +/- jobs",
    ]
    assert all(cells(row) < 40 for row in rows[:6])


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("vq", ["v", "q"]),
        ("\x1b[A\x1bOB\x1b[3~\x1b", ["up", "down", "\x1b"]),
        ("/ö\r", ["/", "ö", "\r"]),
    ],
)
def test_keys(typed: str, keys: list[str]) -> None:
    assert keys_in(typed) == keys


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", Choices()),
        ("+=-", Choices(jobs=1)),
        ("n", Choices("b")),
        ("p", Choices("c")),
        ("nnn", Choices("a")),
        ("v", Choices(follow=True)),
        ("vnq", Choices("b")),
        ("/nq", Choices(pattern="nq", typing=True)),
        ("/ab\x7fc\r", Choices(pattern="ac")),
        ("/ab\x1b", Choices()),
        ("/ab\rq", Choices()),
        ("v/x\r", Choices(pattern="x")),
        ("?", Choices()),
    ],
)
def test_keys_change_what_is_seen(typed: str, expected: Choices) -> None:
    choices = Choices()
    for key in keys_in(typed):
        choices = choices.press(key, ["a", "b", "c"])
    assert choices == expected


def test_no_move_where_nothing_runs() -> None:
    assert Choices().press("n", []) == Choices()


def test_the_end_of_a_failure_names_its_cause_and_the_ways_on() -> None:
    out = io.StringIO()
    bad, mid, top, good = (other(name) for name in ("bad", "mid", "top", "good"))
    steps = [
        PlannedStep(node, StepAction.BUILD, needs)
        for node, needs in ((bad, ()), (mid, (bad.hash,)), (good, ()), (top, (good.hash, mid.hash)))
    ]
    excerpt = Excerpt("cause", tuple(LogLine(n, f"line {n}", n == 7) for n in range(1, 11)))
    failed = Failed(bad, ErrorRecord("it broke", None, "a hint", "build", "/log", excerpt), 1.0)
    lines = TerminalLines(
        Reporter(out, out, color="never"), advice=Advice.in_environment("/my env", stays=True)
    )
    lines.watch(Planned((top,), tuple(steps), (), 0.0))
    lines.watch(failed)
    assert out.getvalue().splitlines()[1:] == [f"==> Failed {bad} in step 'build'"]
    out.truncate(0)
    lines.watch(Ended((good,), (), (failed,), (mid, top), (), (), False, 2.0))
    said = out.getvalue().lstrip("\0").splitlines()
    assert said[0] == f"==> Error: {bad}: it broke"
    assert [line.split(maxsplit=1)[-1] for line in said[1:11]] == [
        f"{n}  line {n}" if n == 7 else f"line {n}" for n in range(1, 11)
    ]
    assert said[11:] == [
        "    log: /log",
        "    Try: a hint",
        f"    try again: spack -D '/my env' install --no-add /{bad.hash[:12]}",
        f"    look inside: spack -D '/my env' build-env /{bad.hash[:12]} -- bash",
        "    not tried because of it: mid@1.0, top@1.0",
    ]


def test_many_that_were_not_tried_are_counted() -> None:
    failed = Failed(SLOW, ErrorRecord("no stage"), 1.0)
    assert ways_on(failed, [f"p{n}" for n in range(10)], Advice()) == [
        f"try again: spack install /{'s' * 12}",
        "not tried because of it: p0, p1, p2, p3, p4, p5, p6, p7 and 2 more",
    ]


def test_what_begins_is_a_line_only_where_no_rows_show_it() -> None:
    for live in (False, True):
        out = io.StringIO()
        lines = TerminalLines(Reporter(out, out), live=live)
        lines.watch(Started(SLOW, StepAction.BUILD, 1, 2, 0.0))
        lines.watch(FoundInstalled(other("there"), 1.0, 2, 2))
        lines.watch(Output(SLOW, "a\nb\n", 1.0))
        begun = "" if live else f"==> [1/2] Building {SLOW}\n"
        found = f"==> [2/2] {other('there')} was installed by another process\n"
        assert out.getvalue() == f"{begun}{found}slow: a\nslow: b\n"


def test_what_builds_write_changes_no_terminal() -> None:
    stream = io.StringIO()
    lines = TerminalLines(Reporter(stream, io.StringIO()))
    lines.watch(Output(SLOW, "\x1b[2Ja\x00\x1b]0;title\x07b\n\x1b[1mc\n", 1.0))
    assert stream.getvalue() == "slow: ab\nslow: c\n"
