"""A process that gives a terminal its settings back when the one that changed them is killed.

Nothing that a killed process has prepared runs any more, so another one has to live as long as it
does. Knows settings as ``termios`` has them; must not know what they are changed for.
"""

from __future__ import annotations

import contextlib
import os
import signal
import termios
import warnings

from spack.type_names import Any

#: Settings, as ``termios.tcgetattr`` gives them.
Settings = list[Any]

#: What ends the processes of a terminal, all at once.
_FOR_ALL = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)


class TerminalGuard:
    """Waits in a child process until this process has ended in whatever way, or :meth:`end`.

    Then it restores the terminal, unless somebody else (a shell) has taken it over already. The
    child has a session of its own, so that signals to the group of this process do not reach it.
    Other children that are forked meanwhile keep it waiting until they have ended, too.

    Args:
        descriptor: the terminal.
        changed: the settings that this process is about to make.
        before: those to come back.
    """

    def __init__(self, descriptor: int, changed: Settings, before: Settings) -> None:
        reading, self._life = os.pipe()
        with warnings.catch_warnings():
            # Python 3.12 and later warn when there are threads; the child takes no locks.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            try:
                _keep(descriptor, reading, changed, before)
            finally:
                os._exit(0)
        os.close(reading)

    def end(self) -> None:
        """Let the child go: the terminal is as it should be."""
        with contextlib.suppress(OSError):
            os.write(self._life, b".")
        os.close(self._life)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _keep(descriptor: int, reading: int, changed: Settings, before: Settings) -> None:
    os.setsid()
    for number in _FOR_ALL:
        signal.signal(number, signal.SIG_IGN)
    for other in _open_descriptors():
        # Nobody may wait for the end of a file because of this process.
        if other not in (descriptor, reading):
            with contextlib.suppress(OSError):
                os.close(other)
    if os.read(reading, 1):
        return
    with contextlib.suppress(termios.error):
        # The flags alone: the characters are told in another form when keys arrive one by one.
        if termios.tcgetattr(descriptor)[:4] == changed[:4]:
            termios.tcsetattr(descriptor, termios.TCSANOW, before)


def _open_descriptors() -> list[int]:
    for listing in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return [int(name) for name in os.listdir(listing)]
    return list(range(256))
