"""Messages from anywhere below the commands, recipes included, to whoever shows them.

A message goes to the reporter of the current context (:func:`reporting`). Must not decide what is
worth saying.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator

from spack.system.terminal.output import Reporter
from spack.type_names import NoReturn, TextIO

_current: contextvars.ContextVar[Reporter | None] = contextvars.ContextVar("reporter", default=None)


class Died(SystemExit):
    """The end of a process, with the words that were said at it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = 1


def reporter() -> Reporter:
    """The reporter of this context; a plain one on the standard streams if none was chosen."""
    found = _current.get()
    if found is None:
        found = Reporter()
        _current.set(found)
    return found


def use_reporter(chosen: Reporter) -> None:
    """From now on messages of this context go to ``chosen``."""
    _current.set(chosen)


@contextlib.contextmanager
def reporting(chosen: Reporter) -> Iterator[Reporter]:
    """Messages inside the block go to ``chosen``."""
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)


def _on(stream: TextIO | None) -> Reporter:
    """The current reporter, or one with its settings on a stream that the caller names."""
    now = reporter()
    if stream is None:
        return now
    return Reporter(stream, stream, debug_level=now.debug_level, verbose=now.verbose)


def msg(message: object, *details: object, newline: bool = True) -> None:
    """A headline of what happens, with indented details."""
    reporter().message(str(message), *details)


def info(
    message: object,
    *details: object,
    stream: TextIO | None = None,
    wrap: bool = False,
    format: str = "*g",
) -> None:
    """A headline; ``wrap`` and ``format`` are accepted and change nothing."""
    _on(stream).success(str(message), *details)


def verbose(message: object, *details: object) -> None:
    """A headline that only verbose output shows."""
    reporter().detail(str(message), *details)


def debug(message: object, *details: object, level: int = 1, stream: TextIO | None = None) -> None:
    """A line that only debug output of at least this level shows."""
    _on(stream).debug(str(message), *details, level=level)


def warn(message: object, *details: object, stream: TextIO | None = None) -> None:
    """Something may be wrong; work goes on."""
    _on(stream).warning(str(message), *details)


def warn_once(message: str) -> None:
    """The same, not repeated while this reporter is in use."""
    reporter().warning_once(message)


def error(message: object, *details: object, stream: TextIO | None = None) -> None:
    """Something failed; the caller decides what follows."""
    _on(stream).error(str(message), *details)


def die(message: object, *details: object, stream: TextIO | None = None) -> NoReturn:
    """Say what failed and end the process with exit code 1."""
    error(message, *details, stream=stream)
    raise Died(str(message))


class tty:
    """The functions of this module under the name that recipes use: ``tty.warn(…)``."""

    msg = staticmethod(msg)
    info = staticmethod(info)
    verbose = staticmethod(verbose)
    debug = staticmethod(debug)
    warn = staticmethod(warn)
    error = staticmethod(error)
    die = staticmethod(die)

    @staticmethod
    def debug_level() -> int:
        """The current debug level."""
        return reporter().debug_level
