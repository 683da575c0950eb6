"""Several requests at once, which an interrupt ends at once.

The pools of the standard library wait for their threads when the program ends; a server that says
nothing would hold it up.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence

from spack.errors import SpackError
from spack.type_names import Callable, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(
    function: Callable[[Item], Result], items: Sequence[Item], threads: int
) -> list[Result | SpackError]:
    """The result of ``function`` for each item, in order; the SpackError that it raised instead.

    Other exceptions are raised here. At most ``threads`` items are worked on at a time.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Result | BaseException]] = queue.SimpleQueue()
    for index in range(len(items)):
        waiting.put(index)

    def work() -> None:
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((index, function(items[index])))
            except BaseException as error:
                done.put((index, error))

    for _ in range(min(threads, len(items))):
        threading.Thread(target=work, daemon=True).start()
    found: dict[int, Result | SpackError] = {}
    while len(found) < len(items):
        index, outcome = done.get()
        if isinstance(outcome, BaseException) and not isinstance(outcome, SpackError):
            raise outcome
        found[index] = outcome
    return [found[index] for index in range(len(items))]
