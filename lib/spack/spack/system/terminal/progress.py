"""Tells people how far a piece of work is that takes them long. Must not know what the work is."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from spack.system.terminal.output import Reporter, is_terminal
from spack.type_names import Callable, TextIO

_CELLS = 40

#: Told how many pieces are done.
Advance = Callable[[int], None]


@contextlib.contextmanager
def told_progress(
    pieces: str, verb: str, total: int, *, after: str = "", stream: TextIO | None = None
) -> Iterator[Advance]:
    """A bar on a terminal while the block runs; elsewhere one line with count and seconds after it.

    Of a block that ends early it is said everywhere how far it came.

    Args:
        pieces: what is worked on, in the plural.
        verb: what was done to them.
        after: what follows from an early end.
        stream: by default the standard error.
    """
    stream = sys.stderr if stream is None else stream
    reporter = Reporter(stream, stream)
    begun, reached = time.monotonic(), 0

    def advance(done: int) -> None:
        nonlocal reached
        reached = done
        bar = "#" * (_CELLS * done // total)
        reporter.status(f"[{bar:-<{_CELLS}}] {done}/{total} {pieces} {verb}")

    def seconds() -> str:
        return f"{time.monotonic() - begun:.1f} s"

    try:
        advance(0)
        yield advance
    except BaseException:
        reporter.status("")
        reporter.information(f"{reached} of {total} {pieces} {verb} in {seconds()}{after}")
        raise
    reporter.status("")
    if not is_terminal(stream):
        reporter.information(f"{total} {pieces} {verb} in {seconds()}")
