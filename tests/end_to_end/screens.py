"""A program on a terminal of its own: what it draws, as people see it, and the keys they press."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator, Mapping, Sequence

import pyte

#: Seconds after which what is waited for is not expected any more.
PATIENCE = 60.0


class Terminal:
    """A program and the terminal that it runs on.

    Attributes:
        pid: its process id; it leads a session.
        code: its exit code, None while it runs.
    """

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str], columns: int, lines: int
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=1000)
        self._stream = pyte.ByteStream(self.screen)
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            time.sleep(0.05)  # The size is set meanwhile.
            os.execve(command[0], list(command), dict(variables))
        self._set_size(columns, lines)
        self.code: int | None = None

    def _set_size(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, size)

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another width, or more lines."""
        self._set_size(columns, lines)
        self.screen.resize(lines, columns)

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        os.write(self._descriptor, keys.encode())

    @property
    def shown(self) -> list[str]:
        """The lines of the window, without the empty ones at its end."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def all(self) -> list[str]:
        """The lines that have left the window at its top, and those in it."""
        history = [
            "".join(row[column].data for column in range(self.screen.columns)).rstrip()
            for row in self.screen.history.top
        ]
        return [*history, *self.shown]

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed, as in a shell."""
        flags = termios.tcgetattr(self._descriptor)[3]
        return bool(flags & termios.ECHO and flags & termios.ICANON)

    def look(self, seconds: float) -> None:
        """Let the program draw for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready = select.select([self._descriptor], [], [], max(0, end - time.monotonic()))[0]
            try:
                data = os.read(self._descriptor, 1 << 16) if ready else b""
            except OSError:
                return
            self.draw(data)

    def draw(self, data: bytes) -> None:
        """Let the window show what the program has written."""
        self._stream.feed(data)

    def until(self, *texts: str, without: Sequence[str] = ()) -> list[str]:
        """Wait until the window shows some texts, and does not show others; its lines."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.look(0.05)
            window = "\n".join(self.shown)
            if all(text in window for text in texts) and not any(t in window for t in without):
                return self.shown
        seen = "\n".join(self.all)
        raise AssertionError(f"{texts} without {without} did not appear in\n{seen}")

    def until_stopped(self) -> None:
        """Wait until the program is stopped."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.look(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                return
        raise AssertionError("the program was not stopped")

    def until_ended(self) -> list[str]:
        """Wait until the program has ended; everything that it wrote."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.look(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
                self.look(0.2)
                return self.all
        raise AssertionError("the program has not ended:\n" + "\n".join(self.all))

    def close(self) -> None:
        """End the program if it runs."""
        if self.code is None:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGCONT)
                os.kill(self.pid, signal.SIGTERM)
                self.look(3.0)
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self._descriptor)


@contextlib.contextmanager
def terminal(
    *command: str, variables: Mapping[str, str], columns: int = 100, lines: int = 24
) -> Iterator[Terminal]:
    """Run a program on a terminal inside the block."""
    opened = Terminal(command, {**variables, "TERM": "xterm"}, columns, lines)
    try:
        yield opened
    finally:
        opened.close()
