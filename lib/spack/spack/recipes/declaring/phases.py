"""Phases of a build and the callbacks that surround them.

``run_before`` and ``run_after`` put a function in a queue; the next class whose metaclass derives
from :class:`PhaseCallbacksMeta` (every package and builder class) takes the queue as its own list.
Callbacks hold the function and not its name: a method that is redefined without the decorator
still runs in its old form. This module knows no package class, only objects with ``spec``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from contextvars import ContextVar

from spack.named_tuples import NamedTuple
from spack.type_names import Any, Callable, TypeVar

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)


class PhaseCallback(NamedTuple):
    """A function to call around one phase, if the spec satisfies ``when`` (None: always)."""

    phase: str
    function: Function
    when: Any = None

    def applies_to(self, phase: str, spec: Any) -> bool:
        """Whether it belongs to ``phase`` of a package with this spec."""
        return self.phase == phase and (self.when is None or bool(spec.satisfies(self.when)))


class _Pending(NamedTuple):
    before: tuple[PhaseCallback, ...] = ()
    after: tuple[PhaseCallback, ...] = ()


#: Callbacks decorated since the last package or builder class was completed.
_pending: ContextVar[_Pending] = ContextVar("pending_phase_callbacks")


def run_before(phase: str, when: Any = None) -> Callable[[F], F]:
    """Run the decorated method before ``phase``, if the spec satisfies ``when``."""
    return _queued("before", phase, when)


def run_after(phase: str, when: Any = None) -> Callable[[F], F]:
    """Run the decorated method after ``phase``, if the spec satisfies ``when``."""
    return _queued("after", phase, when)


def _queued(place: str, phase: str, when: Any) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        queue = _pending.get(_Pending())
        callbacks = (*getattr(queue, place), PhaseCallback(phase, function, when))
        _pending.set(queue._replace(**{place: callbacks}))
        return function

    return decorate


class PhaseCallbacksMeta(type):
    """Gives a class the lists ``run_before_callbacks`` and ``run_after_callbacks``.

    Each is the queue of the class body in order of decoration, then the whole list of every direct
    base in order, without repetition: callbacks of derived classes run first.
    """

    run_before_callbacks: tuple[PhaseCallback, ...]
    run_after_callbacks: tuple[PhaseCallback, ...]

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> Any:
        queue = _pending.get(_Pending())
        _pending.set(_Pending())
        namespace["run_before_callbacks"] = _with_bases(queue.before, bases, "run_before_callbacks")
        namespace["run_after_callbacks"] = _with_bases(queue.after, bases, "run_after_callbacks")
        return super().__new__(mcs, name, bases, namespace, **kwargs)


def _with_bases(
    own: Iterable[PhaseCallback], bases: Iterable[type], attribute: str
) -> tuple[PhaseCallback, ...]:
    inherited = [callback for base in bases for callback in getattr(base, attribute, ())]
    distinct: list[PhaseCallback] = []
    for callback in [*own, *inherited]:
        if callback not in distinct:
            distinct.append(callback)
    return tuple(distinct)


def on_package_attributes(**attributes: Any) -> Callable[[Function], Function]:
    """Run the method only on objects that have every one of these attributes with this value.

    The decorated method always returns None.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def guarded(instance: Any, *args: Any, **kwargs: Any) -> None:
            missing = object()
            for name, value in attributes.items():
                if getattr(instance, name, missing) != value:
                    return
            function(instance, *args, **kwargs)

        return guarded

    return decorate


class StopPhase(Exception):
    """The installation was asked to stop at a phase. Control flow for the worker, not an error."""

    def __init__(self, phase: str, *, completed: bool) -> None:
        super().__init__(f"stopped {'after' if completed else 'before'} phase {phase!r}")
        self.phase = phase
        self.completed = completed


class BoundCallback(NamedTuple):
    """A callback function with the object that it receives."""

    function: Function
    instance: Any

    def __call__(self) -> None:
        self.function(self.instance)


class Phase:
    """One phase of one builder, ready to run.

    Attributes:
        name: word from the builder's ``phases``.
        before, after: the callbacks that apply to the spec, in order.
    """

    __slots__ = ("name", "before", "after", "_builder", "_method")

    def __init__(
        self,
        name: str,
        builder: Any,
        method: Function,
        before: tuple[BoundCallback, ...],
        after: tuple[BoundCallback, ...],
    ) -> None:
        self.name = name
        self.before = before
        self.after = after
        self._builder = builder
        self._method = method

    def execute(self) -> None:
        """Callbacks, the phase method, callbacks.

        Raises :class:`StopPhase` when the package says to stop before or after this phase
        (its attributes ``stop_before_phase`` and ``last_phase``).
        """
        pkg = self._builder.pkg
        if getattr(pkg, "stop_before_phase", None) == self.name:
            raise StopPhase(self.name, completed=False)
        for callback in self.before:
            callback()
        self._method(pkg, pkg.spec, pkg.prefix)
        for callback in self.after:
            callback()
        if getattr(pkg, "last_phase", None) == self.name:
            raise StopPhase(self.name, completed=True)

    def __repr__(self) -> str:
        return f"Phase({self.name!r})"


def callbacks_for(
    phase: str, spec: Any, sources: Iterable[tuple[Any | None, Iterable[PhaseCallback]]]
) -> tuple[BoundCallback, ...]:
    """The callbacks of several (instance, list) pairs that apply to ``phase`` and ``spec``."""
    return tuple(
        BoundCallback(callback.function, instance)
        for instance, callbacks in sources
        for callback in callbacks
        if callback.applies_to(phase, spec)
    )
