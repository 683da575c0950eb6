"""Events of building and installing packages: one union, one port, one JSON form.

The procedure of a build and the installer tell a watcher (any function that takes an event) what
happens, in order; the child of a build sends the same events to its parent, one JSON object a
line. Terminals and reports are watchers. The values know no spec, no plan and no store, so that
another process can read them back. ``internals/installer.rst`` documents the JSON form.
"""

from __future__ import annotations

import enum
import functools
import traceback
from typing import (
    Any,
    Callable,
    Dict,
    Optional,
    Tuple,
    Type,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from spack.builds.log_excerpt import Excerpt
from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple

#: Version of the JSON form. New kinds and new fields with defaults do not change it.
FORMAT = 1


class StepAction(enum.Enum):
    """The way in which a node gets into the store."""

    INSTALLED = "installed"
    EXTERNAL = "external"
    BINARY = "binary"
    SPLICE = "splice"
    BUILD = "build"


class NodeName(NamedTuple):
    """The node that an event is about; ``hash`` is its DAG hash."""

    name: str
    version: str
    hash: str

    @classmethod
    def of(cls, spec: ConcreteSpec) -> NodeName:
        return cls(spec.name, str(spec.version), spec.dag_hash())

    def __str__(self) -> str:
        """``name@version/hash7``."""
        return f"{self.name}@{self.version}/{self.hash[:7]}"


class ErrorRecord(NamedTuple):
    """An error as data.

    Attributes:
        message, details, hint: as those of SpackError.
        phase: the step of a build that failed.  log: path of the log of the build.
        excerpt: the decisive lines of the log.
    """

    message: str
    details: Optional[str] = None
    hint: Optional[str] = None
    phase: Optional[str] = None
    log: Optional[str] = None
    excerpt: Excerpt = Excerpt("", ())


class BuildError(SpackError):
    """A build failed; ``record`` says in which step, and what its log tells."""

    def __init__(self, record: ErrorRecord) -> None:
        super().__init__(record.message, details=record.details, hint=record.hint)
        self.record = record


def record_of(error: BaseException) -> ErrorRecord:
    """An error as data; one that is not of this program with its stack."""
    if isinstance(error, BuildError):
        return error.record
    if isinstance(error, SpackError):
        return ErrorRecord(error.message, error.details, error.hint)
    stack = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return ErrorRecord(f"{type(error).__name__}: {error}", stack)


class PlannedStep(NamedTuple):
    """A node to work on; ``needs`` are hashes of the steps that come first."""

    node: NodeName
    action: StepAction
    needs: Tuple[str, ...] = ()


class RunningStep(NamedTuple):
    """A node that is worked on, and the step of its build ("" before the first)."""

    node: NodeName
    phase: str


# Every event has the time at which it happened, in seconds since 1970.


class Planned(NamedTuple):
    """The plan for some roots; ``present`` is installed already."""

    roots: Tuple[NodeName, ...]
    steps: Tuple[PlannedStep, ...]
    present: Tuple[NodeName, ...]
    time: float

    def count(self, action: StepAction) -> int:
        """The number of steps that have an action."""
        return sum(step.action is action for step in self.steps)


class Started(NamedTuple):
    """Work on a node begins, the ``number``-th of ``total``."""

    node: NodeName
    action: StepAction
    number: int
    total: int
    time: float


class StageMade(NamedTuple):
    """The directory of the stage of a node is there; logs of its steps appear in it."""

    node: NodeName
    path: str
    time: float


class PhaseBegun(NamedTuple):
    """A node enters a step of its build: ``stage``, a phase, ``post-install``."""

    node: NodeName
    phase: str
    time: float


class Noted(NamedTuple):
    """Something about a node that is worth a line; a warning is shown in any case."""

    node: NodeName
    text: str
    time: float
    is_warning: bool = False


class Output(NamedTuple):
    """Output of the build of a node since the last event of this kind."""

    node: NodeName
    text: str
    time: float


class Used(NamedTuple):
    """The work on a node took seconds of processors, and bytes of memory at its peak."""

    node: NodeName
    work: float
    memory: int
    time: float


class Suspended(NamedTuple):
    """The installation and its builds stop, until somebody lets them go on."""

    time: float


class Resumed(NamedTuple):
    """The installation goes on after it was suspended."""

    time: float


class Waiting(NamedTuple):
    """Another process holds a node, or something that it needs; it is tried again."""

    node: NodeName
    time: float


class FoundInstalled(NamedTuple):
    """Another process has installed a node meanwhile, the ``number``-th of ``total``."""

    node: NodeName
    time: float
    number: int = 0
    total: int = 0


class Finished(NamedTuple):
    """A node is installed in a prefix; from a child: it is complete, and not recorded yet."""

    node: NodeName
    action: StepAction
    prefix: str
    seconds: float
    time: float


class Stopped(NamedTuple):
    """The build of a node stopped at a phase, as the user asked."""

    node: NodeName
    phase: str
    time: float


class Failed(NamedTuple):
    """A node was tried in vain."""

    node: NodeName
    error: ErrorRecord
    time: float


class Tick(NamedTuple):
    """Comes often while nodes are worked on; ``done`` of ``total`` have come to their end.

    They share ``jobs``, and are expected to take so many more seconds (None: unknown).
    """

    running: Tuple[RunningStep, ...]
    done: int
    total: int
    time: float
    jobs: int = 1
    seconds_left: Optional[float] = None


class Ended(NamedTuple):
    """The outcome of an installation; always the last event of one that was planned.

    Attributes:
        installed: nodes installed now, in the order in which they were finished.
        present: nodes of the plan that were there already, or that others installed meanwhile.
        failed: nodes that failed, with their errors.
        blocked: nodes that a failed dependency made impossible.
        cancelled: nodes given up because of --fail-fast, an interruption, or one that stopped.
        stopped: nodes whose build was asked to stop at a phase.
        interrupted: whether a signal or an internal error ended it.
    """

    installed: Tuple[NodeName, ...]
    present: Tuple[NodeName, ...]
    failed: Tuple[Failed, ...]
    blocked: Tuple[NodeName, ...]
    cancelled: Tuple[NodeName, ...]
    stopped: Tuple[Stopped, ...]
    interrupted: bool
    time: float


Event = Union[
    Planned, Started, StageMade, PhaseBegun, Noted, Output, Used, Waiting, FoundInstalled,
    Suspended, Resumed, Finished, Stopped, Failed, Tick, Ended,
]  # fmt: skip

#: The end of the work on a node.
End = Union[Finished, Stopped, Failed]
ENDS = (Finished, Stopped, Failed)

#: The port: whoever wants to know is called with every event. An exception ends the installation.
Watch = Callable[[Event], None]

#: Names of the kinds in the JSON form.
KINDS: Dict[str, Type[Event]] = {
    "planned": Planned,
    "started": Started,
    "stage": StageMade,
    "phase": PhaseBegun,
    "note": Noted,
    "output": Output,
    "used": Used,
    "waiting": Waiting,
    "found_installed": FoundInstalled,
    "suspended": Suspended,
    "resumed": Resumed,
    "finished": Finished,
    "stopped": Stopped,
    "failed": Failed,
    "tick": Tick,
    "ended": Ended,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


class EventFormatError(SpackError):
    """A JSON object is not an event of this version."""


def unwatched(event: Event) -> None:
    """The watcher for those who do not want to know."""


def watched_by(*watchers: Watch) -> Watch:
    """One watcher that tells several, in order."""

    def watch(event: Event) -> None:
        for each in watchers:
            each(event)

    return watch


def to_json(event: Event) -> Dict[str, Any]:
    """An event as values that JSON has."""
    fields: Dict[str, Any] = _plain(event)
    return {"event": _NAMES[type(event)], "format": FORMAT, **fields}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple):
        names = getattr(value, "_fields", None)
        parts = [_plain(part) for part in value]
        return parts if names is None else dict(zip(names, parts))
    return value


def from_json(data: Dict[str, Any]) -> Event:
    """The event that :func:`to_json` wrote. Raises EventFormatError."""
    kind = KINDS.get(data.get("event", ""))
    if kind is None or data.get("format") != FORMAT:
        raise EventFormatError(f"this is not an event of format {FORMAT}: {data}")
    try:
        event: Event = _made(kind, data)
    except (KeyError, TypeError, ValueError) as error:
        raise EventFormatError(f"the event {data['event']!r} is not complete: {data}") from error
    return event


def _made(kind: Any, value: Any) -> Any:
    """A value of a type, from what JSON has."""
    if hasattr(kind, "_fields"):
        given = {name: _made(hint, value[name]) for name, hint in _hints(kind) if name in value}
        return kind(**given)
    if get_origin(kind) is tuple:
        return tuple(_made(get_args(kind)[0], part) for part in value)
    if get_origin(kind) is Union:
        return None if value is None else _made(get_args(kind)[0], value)
    return kind(value) if issubclass(kind, enum.Enum) else value


@functools.lru_cache(maxsize=None)
def _hints(kind: type) -> Tuple[Tuple[str, Any], ...]:
    return tuple(get_type_hints(kind).items())
