"""The view of an installation on a terminal: rows for what runs, lines that stay above them.

Watches events, reads the logs that they name and the keys that somebody presses. What rows say is
in ``rows.py``, what keys mean in ``keys.py``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from spack.builds import events
from spack.builds.events import Event
from spack.builds.phase_logs import log_end
from spack.install.terminal.keys import Choices, keys_in
from spack.install.terminal.lines import TerminalLines
from spack.install.terminal.progress import Progress
from spack.install.terminal.rows import chosen, log_view, overview, shown
from spack.system.terminal.keyboard import Keyboard
from spack.system.terminal.output import Reporter, wants_color, width

#: Seconds between two drawings, unless a key is pressed.
_PAUSE = 0.1

#: Bytes of a log that its last line is taken from, and bytes for each line of a log view.
_LINE, _WIDE_LINE = 1024, 400


class TerminalView:
    """Watches an installation, and passes on what somebody at the terminal asks for.

    Args:
        reporter: its output is a terminal.
        keyboard: where keys come from.
        lines: what is written above the rows.
    """

    def __init__(self, reporter: Reporter, keyboard: Keyboard, lines: TerminalLines) -> None:
        self._reporter = reporter
        self._keyboard = keyboard
        self._lines = lines
        self._progress = Progress()
        self._choices = Choices()
        self._drawn = 0.0

    @property
    def descriptors(self) -> Sequence[int]:
        """Readable when a key is pressed."""
        return (self._keyboard.descriptor,) if self._keyboard.is_open else ()

    def jobs_wanted(self) -> int:
        """By how many jobs there are to be more, or fewer, since the last call."""
        wanted = self._choices.jobs
        self._choices = self._choices._replace(jobs=0)
        return wanted

    def watch(self, event: Event) -> None:
        """Show what an event tells."""
        self._progress.hear(event)
        if isinstance(event, (events.Ended, events.Suspended)):
            self._hide()
        self._lines.watch(event)
        if isinstance(event, events.Tick):
            self._tick()

    def _hide(self) -> None:
        self._reporter.rows(())
        self._keyboard.close()
        self._drawn = 0.0

    def _tick(self) -> None:
        if not self._keyboard.in_foreground and self._is_interactive():
            # In the background: the terminal belongs to others, who see lines alone.
            self._hide()
            return
        self._keyboard.open()
        keys = keys_in(self._keyboard.read())
        for key in keys:
            nodes = [one.node.hash for one in shown(self._progress, self._choices)]
            self._choices = self._choices.press(key, nodes)
        now = time.monotonic()
        if keys or now - self._drawn >= _PAUSE:
            self._drawn = now
            self._reporter.rows(self._rows())

    def _is_interactive(self) -> bool:
        return os.isatty(self._keyboard.descriptor)

    def _rows(self) -> list[str]:
        stream = self._reporter.output
        size = width(stream), _height(stream.fileno())
        color = wants_color(stream)
        nodes = shown(self._progress, self._choices)
        one = chosen(nodes, self._choices)
        if one is not None and self._choices.follow:
            # Whoever follows one node does not jump to another when the order changes.
            self._choices = self._choices._replace(selected=one.node.hash)
            text = log_end(one.directory, size[1] * _WIDE_LINE)
            return log_view(self._progress, one, text, size, color=color)
        tails = {}
        for each in nodes:
            lines = log_end(each.directory, _LINE).split("\n")
            tails[each.node.hash] = next((line for line in reversed(lines) if line.strip()), "")
        keys = self._keyboard.is_open
        return overview(self._progress, self._choices, tails, size, keys=keys, color=color)


def _height(descriptor: int) -> int:
    try:
        return os.get_terminal_size(descriptor).lines or 24
    except OSError:
        return 24
