"""Abilities of a terminal: colour, width, and rows that are rewritten.

Knows streams and text; must not know what the text is about.
"""

from __future__ import annotations

import contextvars
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence

from spack.errors import SpackError, UsageError
from spack.type_names import TextIO

#: The use of colour: on a terminal only, always, never.
COLOR_MODES = ("auto", "always", "never")

_CODES = {
    "bold": "1",
    "dim": "2",
    "underline": "4",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "white": "37",
    "grey": "90",
}

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_mode: contextvars.ContextVar[str] = contextvars.ContextVar("color_mode", default="auto")


class ColorModeError(UsageError):
    """A colour mode that does not exist."""


class DeclinedError(SpackError):
    """The user answered no, or could not be asked."""


def set_color_mode(mode: str) -> None:
    """Choose ``auto``, ``always`` or ``never`` for the current context. Raises ColorModeError."""
    if mode not in COLOR_MODES:
        raise ColorModeError(
            f"{mode!r} is not a colour mode", hint="choose one of " + ", ".join(COLOR_MODES)
        )
    _mode.set(mode)


def wants_color(
    stream: TextIO | None = None,
    mode: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> bool:
    """Whether escape sequences may be written to the stream (standard output if None).

    A mode other than ``auto`` decides; then ``SPACK_COLOR``; then ``NO_COLOR`` (not empty) says
    no, ``FORCE_COLOR`` or ``CLICOLOR_FORCE`` (not empty, not 0) yes; then: is it a terminal that
    is not dumb?
    """
    chosen = _mode.get() if mode is None else mode
    process = os.environ if variables is None else variables
    if chosen == "auto":
        chosen = process.get("SPACK_COLOR", "auto")
    if chosen in ("always", "never"):
        return chosen == "always"
    if process.get("NO_COLOR"):
        return False
    if any(process.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return is_terminal(sys.stdout if stream is None else stream) and process.get("TERM") != "dumb"


def is_terminal(stream: TextIO) -> bool:
    """Whether the stream is an open terminal."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def width(stream: TextIO | None = None, default: int = 80) -> int:
    """Characters in a line of the terminal behind the stream.

    ``COLUMNS`` wins; a stream that is not a terminal has the default width.
    """
    text = os.environ.get("COLUMNS", "")
    if text.isdigit() and int(text) > 0:
        return int(text)
    target = sys.stdout if stream is None else stream
    if not is_terminal(target):
        return default
    try:
        return os.get_terminal_size(target.fileno()).columns or default
    except (OSError, ValueError):
        return default


def paint(text: str, *styles: str, enabled: bool = True) -> str:
    """The text in the given styles (``bold``, ``red``, …), or as it is if not enabled."""
    if not enabled or not text or not styles:
        return text
    return f"\x1b[{';'.join(_CODES[name] for name in styles)}m{text}\x1b[0m"


def plain(text: str) -> str:
    """The text without escape sequences."""
    return _ESCAPE.sub("", text)


def harmless(line: str) -> str:
    """A line that others wrote, without what would move the cursor or change the terminal.

    Of a line that rewrites itself there is the end.
    """
    if line.isprintable():
        return line
    text = plain(line.rstrip("\r\n")).rpartition("\r")[2]
    return _CONTROLS.sub("", text).expandtabs()


def cells(text: str) -> int:
    """The number of character cells the text takes: escapes none, wide characters two."""
    shown = plain(text)
    if shown.isascii():
        return len(shown)
    import unicodedata

    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in shown
    )


def cut(text: str, room: int) -> str:
    """The text if it takes no more than ``room`` cells, else its beginning without escapes."""
    if cells(text) <= room:
        return text
    text = plain(text)[: max(room, 0)]
    while text and cells(text) >= room:
        text = text[:-1]
    return text + "…" if room > 0 else ""


def can_rewrite(stream: TextIO) -> bool:
    """Whether the stream is a terminal that moves its cursor when it is told to."""
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


class _LiveRows:
    """Rows at the end of everything that was written; the cursor stays behind the last one."""

    def __init__(self) -> None:
        self.rows: tuple[str, ...] = ()
        self._drawn: list[int] = []

    def erase(self, stream: TextIO) -> None:
        """Take them off the terminal, so that something else can be written there."""
        if self._drawn:
            stream.write(self._to_start(stream))
            self._drawn = []
            stream.flush()

    def _to_start(self, stream: TextIO) -> str:
        # After a change of its width the terminal has broken rows that were too long for it.
        columns = width(stream)
        lines = sum(max(1, -(-drawn // columns)) for drawn in self._drawn) - 1
        return f"\r\x1b[{lines}A\x1b[J" if lines else "\r\x1b[K"

    def draw(self, stream: TextIO) -> None:
        """Put them on the terminal; what was drawn of them before is erased in the same write."""
        start = self._to_start(stream) if self._drawn else ""
        shown = [cut(row, width(stream) - 1) for row in self.rows]
        self._drawn = [cells(row) for row in shown]
        if start or shown:
            stream.write(start + "\n".join(shown))
            stream.flush()


class Reporter:
    """Messages for people, and rows of status that are rewritten while something runs.

    What happens goes to ``output``; remarks, warnings, errors and debug lines go to ``errors``. The
    rows exist on terminals only; messages appear above them. ``debug_level`` 0 hides debug
    lines. With ``timestamps`` each message begins with the local date and time.
    """

    def __init__(
        self,
        output: TextIO | None = None,
        errors: TextIO | None = None,
        *,
        color: str | None = None,
        debug_level: int = 0,
        verbose: bool = False,
        quiet: bool = False,
        timestamps: bool = False,
    ) -> None:
        self._output = output
        self._errors = errors
        self._color = color
        self._live = _LiveRows()
        self._told: set[str] = set()
        self.debug_level = debug_level
        self.verbose = verbose
        self.quiet = quiet
        self.timestamps = timestamps

    @property
    def output(self) -> TextIO:
        """The stream for messages; the standard output of the moment if none was given."""
        return sys.stdout if self._output is None else self._output

    @property
    def errors(self) -> TextIO:
        """The stream for warnings and errors."""
        return sys.stderr if self._errors is None else self._errors

    def confirm(self, question: str, yes: bool) -> None:
        """Ask, unless ``yes``; the answer is the next line of the standard input.

        Raises:
            DeclinedError: for no, and where the input has ended, so that nobody can answer.
        """
        if yes:
            return
        self.output.write(f"{question} [y/N] ")
        self.output.flush()
        answer = sys.stdin.readline()
        if not answer or not sys.stdin.isatty():
            self.output.write("\n")
        if not answer:
            raise DeclinedError(
                f"cannot ask '{question}': standard input is at its end",
                hint="add -y to agree to all questions",
            )
        if answer.strip().lower() not in ("y", "yes"):
            raise DeclinedError("nothing was done")

    def message(self, text: str, *details: object) -> None:
        """A headline of what begins now, with indented lines below it."""
        if not self.quiet:
            self._say(self.output, "", "blue", text, details)

    def success(self, text: str, *details: object) -> None:
        """A headline of what was done."""
        if not self.quiet:
            self._say(self.output, "", "green", text, details)

    def information(self, text: str, *details: object) -> None:
        """A remark beside the output of a command, which others may read: goes where errors go."""
        self._say(self.errors, "", "blue", text, details)

    def warning(self, text: str, *details: object) -> None:
        """Something may be wrong; work goes on."""
        self._say(self.errors, "Warning: ", "yellow", text, details)

    def warning_once(self, text: str) -> None:
        """A warning that is not repeated, however often its cause is met."""
        if text not in self._told:
            self._told.add(text)
            self.warning(text)

    def error(self, text: str, *details: object) -> None:
        """Something failed."""
        self._say(self.errors, "Error: ", "red", text, details)

    def debug(self, text: str, *details: object, level: int = 1) -> None:
        """Shown only if the debug level is at least ``level``."""
        if self.debug_level >= level:
            self._say(self.errors, "", "grey", text, details)

    def detail(self, text: str, *details: object) -> None:
        """Shown only to those who asked for verbose output (or for debugging)."""
        if self.verbose or self.debug_level:
            self.message(text, *details)

    def status(self, text: str) -> None:
        """Replace the status line (cut to the width of the terminal); empty text removes it."""
        self.rows([text] if text else [])

    def rows(self, rows: Sequence[str]) -> None:
        """Replace all rows of status; none removes them."""
        if can_rewrite(self.output) and not self.quiet:
            self._live.rows = tuple(rows)
            self._live.draw(self.output)

    def raw(self, text: str) -> None:
        """Whole lines that come from elsewhere, above the rows."""
        if self.quiet:
            return
        self._live.erase(self.output)
        self.output.write(text)
        self._live.draw(self.output)
        self.output.flush()

    def _say(
        self, stream: TextIO, label: str, style: str, text: str, details: Sequence[object]
    ) -> None:
        color = wants_color(stream, self._color)
        lines: list[str] = [
            paint("==> ", "bold", style, enabled=color)
            + (time.strftime("[%Y-%m-%d %H:%M:%S] ") if self.timestamps else "")
            + paint(label, "bold", style, enabled=color)
            + str(text)
        ]
        for item in details:
            lines.extend("    " + line for line in str(item).splitlines() or [""])
        self._live.erase(self.output)
        stream.write("\n".join(lines) + "\n")
        stream.flush()
        self._live.draw(self.output)
