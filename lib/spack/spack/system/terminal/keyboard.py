"""Keys that are pressed on a terminal, one by one. Must not know what they mean."""

from __future__ import annotations

import atexit
import contextlib
import os
import select

from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.system.terminal.guard import Settings, TerminalGuard


class Keyboard:
    """The terminal behind a descriptor, by default the standard input.

    Signals of keys (^C, ^Z) stay. Only a process in the foreground may read: others must not touch
    the terminal, or the system stops them.
    """

    def __init__(self, descriptor: int = 0) -> None:
        self.descriptor = descriptor
        self._before: Settings | None = None
        self._guard: TerminalGuard | None = None

    @property
    def is_open(self) -> bool:
        """Whether keys arrive."""
        return self._before is not None

    @property
    def in_foreground(self) -> bool:
        """Whether the descriptor is a terminal, and this process the one that uses it."""
        try:
            return os.tcgetpgrp(self.descriptor) == os.getpgrp()
        except OSError:
            return False

    def open(self) -> None:
        """Let keys arrive at once and unseen, if this process is in the foreground.

        The terminal is as before even if this process is killed.
        """
        if self.is_open or not self.in_foreground:
            return
        import termios

        from spack.system.terminal.guard import TerminalGuard

        with contextlib.suppress(termios.error, OSError):
            before = termios.tcgetattr(self.descriptor)
            changed = [*before[:3], before[3] & ~(termios.ICANON | termios.ECHO), *before[4:]]
            self._guard = TerminalGuard(self.descriptor, changed, before)
            self._before = before
            atexit.register(self.close)
            termios.tcsetattr(self.descriptor, termios.TCSANOW, changed)

    def close(self) -> None:
        """Make the terminal as it was."""
        if self._before is None:
            return
        import termios

        if self.in_foreground:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.descriptor, termios.TCSANOW, self._before)
        self._forget()

    def _forget(self) -> None:
        self._before = None
        atexit.unregister(self.close)
        if self._guard is not None:
            self._guard.end()
            self._guard = None

    def read(self) -> str:
        """The text that was typed since the last call."""
        typed = b""
        while self.is_open and select.select([self.descriptor], [], [], 0)[0]:
            try:
                data = os.read(self.descriptor, 1024)
            except OSError:
                data = b""
            if not data:  # The terminal is gone.
                self._forget()
            typed += data
        return typed.decode("utf-8", "replace")
