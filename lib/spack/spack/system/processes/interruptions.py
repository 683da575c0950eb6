"""Ctrl-C at moments when Python would lose it."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator

from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType

#: Seconds between two looks whether what lost Ctrl-C has returned.
_SOON = 0.001


def unraisable(lost: UnraisableHookArgs) -> None:
    """A ``sys.unraisablehook`` that lets a lost Ctrl-C arrive again in the main thread.

    Python prints and forgets whatever is raised in a destructor or in the callback of a weak
    reference. Releasing clingo's memory takes more than a hundredth of a solve.
    """
    if lost.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(lost)
        return
    import threading

    main = threading.main_thread().ident
    threading.Thread(target=_interrupt_again, args=(main,), daemon=True).start()


def _interrupt_again(thread: int) -> None:
    while _runs_the_hook(sys._current_frames().get(thread)):
        time.sleep(_SOON)
    signal.pthread_kill(thread, signal.SIGINT)


def _runs_the_hook(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not unraisable.__code__:
        frame = frame.f_back
    return frame is not None


@contextlib.contextmanager
def interruptions_held_back() -> Iterator[None]:
    """Hold back Ctrl-C until the end of the context.

    Its handler is replaced, not its signal blocked: with several threads another one would get it.
    """
    held_back: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    try:
        if callable(before):
            signal.signal(signal.SIGINT, lambda number, frame: held_back.append(number))
    except ValueError:  # another thread than the main one, where no signal is handled
        before = None
    try:
        yield
    finally:
        if callable(before):
            signal.signal(signal.SIGINT, before)
        if held_back:
            signal.raise_signal(signal.SIGINT)
