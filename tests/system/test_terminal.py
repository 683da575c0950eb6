"""Colour, width and messages."""

from __future__ import annotations

import io
import os
import pty

import pyte
import pytest

from spack.system.terminal import messages
from spack.system.terminal import output as terminal
from spack.system.terminal.messages import tty
from spack.system.terminal.output import Reporter


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("mode", "variables", "expected"),
    [
        ("auto", {}, True),
        ("never", {}, False),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": ""}, True),
        ("always", {"NO_COLOR": "1"}, True),
        ("auto", {"TERM": "dumb"}, False),
        ("auto", {"SPACK_COLOR": "never"}, False),
        ("auto", {"SPACK_COLOR": "always", "NO_COLOR": "1"}, True),
    ],
)
def test_colour_on_a_terminal(mode: str, variables: dict[str, str], expected: bool) -> None:
    assert terminal.wants_color(Screen(), mode, variables) is expected


def test_no_colour_in_a_file_unless_forced() -> None:
    assert not terminal.wants_color(io.StringIO(), "auto", {})
    assert terminal.wants_color(io.StringIO(), "auto", {"FORCE_COLOR": "1"})
    assert terminal.wants_color(io.StringIO(), "always", {})


def test_unknown_colour_mode() -> None:
    with pytest.raises(terminal.ColorModeError, match="sometimes"):
        terminal.set_color_mode("sometimes")


def test_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "33")
    assert terminal.width() == 33
    monkeypatch.delenv("COLUMNS")
    assert terminal.width(io.StringIO(), default=70) == 70
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        assert terminal.width(stream) > 0
    os.close(leader)


def test_paint_and_plain() -> None:
    painted = terminal.paint("x", "bold", "red")
    assert painted != "x" and terminal.plain(painted) == "x" and terminal.cells(painted) == 1
    assert terminal.paint("x", "red", enabled=False) == "x"
    assert terminal.cells("日本") == 4


def reported(**options: object) -> tuple[Reporter, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Reporter(out, err, **options), out, err  # type: ignore[arg-type]


def test_where_messages_go() -> None:
    reporter, out, err = reported()
    reporter.message("done", "one\ntwo", 3)
    reporter.success("made")
    reporter.information("beside")
    reporter.warning("careful")
    reporter.error("bad")
    reporter.debug("hidden")
    reporter.detail("hidden")
    assert out.getvalue() == "==> done\n    one\n    two\n    3\n==> made\n"
    assert err.getvalue() == "==> beside\n==> Warning: careful\n==> Error: bad\n"


def test_debug_verbose_quiet() -> None:
    reporter, out, err = reported(debug_level=1, verbose=True)
    reporter.debug("shown")
    reporter.debug("hidden", level=2)
    reporter.detail("more")
    assert "shown" in err.getvalue() and "hidden" not in err.getvalue() and "more" in out.getvalue()
    reporter, out, _ = reported(quiet=True)
    reporter.message("x")
    assert out.getvalue() == ""


def test_the_status_line_stays_below_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    screen = Screen()
    reporter = Reporter(screen, screen)
    reporter.status("a very long status")
    reporter.message("hi")
    reporter.status("")
    assert screen.getvalue() == "a very l…\r\x1b[K==> hi\na very l…\r\x1b[K"
    quiet = Reporter(io.StringIO())
    quiet.status("x")
    assert quiet.output.getvalue() == ""  # type: ignore[attr-defined]


def test_rows_are_rewritten_in_place_and_stay_below_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    screen = pyte.Screen(20, 6)
    stream = pyte.Stream(screen)
    out = Screen()
    reporter = Reporter(out, out, color="never")

    def shown() -> list[str]:
        stream.feed(out.getvalue().replace("\n", "\r\n"))
        out.truncate(0)
        out.seek(0)
        return [line.rstrip() for line in screen.display if line.strip()]

    reporter.rows(["head", "a row that is much too long", "end"])
    assert shown() == ["head", "a row that is much…", "end"]
    reporter.message("hi")
    reporter.rows(["head", "row"])
    assert shown() == ["==> hi", "head", "row"]
    reporter.raw("one\ntwo\n")
    assert shown() == ["==> hi", "one", "two", "head", "row"]
    reporter.rows(())
    assert shown() == ["==> hi", "one", "two"]


def test_rows_that_a_narrower_terminal_has_broken_are_erased(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    out = Screen()
    reporter = Reporter(out, out)
    reporter.rows(["x" * 15, "y"])
    monkeypatch.setenv("COLUMNS", "10")
    reporter.rows(["z"])
    assert out.getvalue() == f"{'x' * 15}\ny\r\x1b[2A\x1b[Jz"


def test_no_rows_on_a_dumb_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out = Screen()
    Reporter(out, out).rows(["x"])
    assert out.getvalue() == ""


def test_recipes_speak_through_tty(capsys: pytest.CaptureFixture[str]) -> None:
    tty.msg("a")
    tty.info("b", "c", wrap=True)
    tty.warn("d")
    tty.error(ValueError("e"))
    tty.debug("f")
    said = capsys.readouterr()
    assert said.out == "==> a\n==> b\n    c\n"
    assert said.err == "==> Warning: d\n==> Error: e\n"


def test_die() -> None:
    reporter, _, err = reported()
    with messages.reporting(reporter), pytest.raises(SystemExit) as caught:
        tty.die("over")
    assert caught.value.code == 1 and "over" in err.getvalue()


def test_a_chosen_stream_and_levels() -> None:
    lines: list[str] = []
    stream = io.StringIO()
    with messages.reporting(Reporter(debug_level=2, verbose=True)):
        tty.debug("x", level=2, stream=stream)
        lines.append(stream.getvalue())
        assert tty.debug_level() == 2
    assert lines == ["==> x\n"]
