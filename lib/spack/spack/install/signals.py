"""Signals that an installation answers: it ends and cleans up, or stops with all builds."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from spack.install.errors import InterruptedInstallError


class Suspension:
    """Notes that somebody has asked to stop this process (^Z); it goes on until it stops itself.

    Attributes:
        is_asked_for: stop soon.
    """

    def __init__(self) -> None:
        self.is_asked_for = False

    def ask(self, number: int, frame: FrameType | None) -> None:
        """A handler of signals."""
        self.is_asked_for = True

    def stop(self) -> None:
        """Stop this process; returns when somebody lets it go on."""
        self.is_asked_for = False
        os.kill(os.getpid(), signal.SIGSTOP)


@contextlib.contextmanager
def handled_signals() -> Iterator[Suspension]:
    """SIGTERM and SIGHUP raise inside the block, so that children end and prefixes go.

    SIGTSTP waits until it suits, where the shell knows of jobs that stop.
    """
    suspension = Suspension()
    if threading.current_thread() is not threading.main_thread():
        yield suspension
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise InterruptedInstallError(f"interrupted by {signal.Signals(number).name}")

    before = {n: signal.signal(n, interrupt) for n in (signal.SIGTERM, signal.SIGHUP)}
    if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
        before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, suspension.ask)
    try:
        yield suspension
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
