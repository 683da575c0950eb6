"""Independent pieces of work in forked processes, which share what the parent has in memory.

Knows nothing of what is worked on. Results and errors come back through pipes, so both must be
picklable; the work itself need not be.
"""

from __future__ import annotations

from spack.errors import SpackError
from spack.type_names import TYPE_CHECKING, Any, Callable, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")


class LostWorkerError(SpackError):
    """A process that worked for us ended without an answer (killed, out of memory)."""


def forked_map(
    work: Callable[[int], T],
    count: int,
    processes: int,
    finished: Callable[[int, T], None] = lambda index, result: None,
    start: Callable[[], None] | None = None,
) -> list[T]:
    """``[work(0), …, work(count - 1)]``, computed by up to so many processes at a time.

    With one process, or one piece of work, nothing is forked. When some pieces fail, all others are
    finished all the same, and the failure with the lowest number is raised: what happens does not
    depend on the number of processes. An interruption ends the processes at once. ``finished`` is
    told the number and the result of each piece that succeeded as soon as it is there. ``start`` is
    called first in each process; with it, something is forked in any case.

    Raises:
        LostWorkerError: a process was killed from outside.
        whatever the work raises.
    """
    if start is None and (processes <= 1 or count <= 1):
        results = []
        for index in range(count):
            results.append(work(index))
            finished(index, results[-1])
        return results
    import multiprocessing
    from multiprocessing.connection import wait

    from spack.system.processes.interruptions import interruptions_held_back

    context = multiprocessing.get_context("fork")
    outcomes: dict[int, tuple[bool, Any]] = {}
    workers: dict[Any, Any] = {}
    running: dict[Any, int] = {}
    waiting = iter(range(count))
    try:
        # What Python runs around a fork would lose Ctrl-C.
        with interruptions_held_back():
            for _ in range(min(max(processes, 1), count)):
                ours, theirs = context.Pipe()
                worker = context.Process(
                    target=_serve, args=(work, start, theirs, ours), daemon=True
                )
                worker.start()
                theirs.close()
                workers[ours] = worker
                _give(ours, waiting, running)
        while running:
            for pipe in wait(list(running)):
                index = running.pop(pipe)
                outcomes[index] = _receive(pipe, index)
                _give(pipe, waiting, running)
                if outcomes[index][0]:
                    finished(index, outcomes[index][1])
    finally:
        for pipe, worker in workers.items():
            pipe.close()
            if running:
                worker.terminate()
        for worker in workers.values():
            worker.join()
    for index in range(count):
        succeeded, value = outcomes[index]
        if not succeeded:
            raise _restored(*value)
    return [outcomes[index][1] for index in range(count)]


def _give(pipe: Any, waiting: Any, running: dict[Any, int]) -> None:
    index = next(waiting, None)
    if index is not None:
        pipe.send(index)
        running[pipe] = index


def _receive(pipe: Any, index: int) -> tuple[bool, Any]:
    try:
        outcome: tuple[bool, Any] = pipe.recv()
        return outcome
    except EOFError:
        raise LostWorkerError(
            f"a process ended without a result (task {index + 1})",
            hint="it may have run out of memory: use fewer processes (-j)",
        ) from None


def _serve(
    work: Callable[[int], Any],
    start: Callable[[], None] | None,
    pipe: Connection[Any, Any],
    parents_end: Connection[Any, Any] | None,
) -> None:
    """The life of a worker: do what is asked for until the pipe is closed."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if parents_end is not None:
        parents_end.close()
    if start is not None:
        start()
    while True:
        try:
            index = pipe.recv()
        except (EOFError, ConnectionError):
            return
        try:
            outcome: tuple[bool, Any] = (True, work(index))
        except Exception as error:
            outcome = (False, (type(error), error.args, error.__dict__))
        pipe.send(outcome)


def _restored(kind: type, arguments: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    """The error that another process raised, without calling its constructor again."""
    error: Exception = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error
