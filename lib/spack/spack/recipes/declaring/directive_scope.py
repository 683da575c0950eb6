"""Scope of a directive call: the queue of the class body, ``with when`` and ``default_args``.

A directive call becomes a :class:`DirectiveAction`. The class that is completed next takes the
queued actions; a class of a recipe then executes them (see :class:`DirectiveMeta`). This module
knows no particular directive.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from types import TracebackType

from spack.errors import Origin, SpackError
from spack.language.matching import constrain
from spack.language.specs import Spec
from spack.named_tuples import NamedTuple
from spack.recipes.declaring import multimethods
from spack.recipes.records.package_records import parsed_spec
from spack.recipes.repository_names import is_recipe_module
from spack.type_names import Any, Callable, Union

#: The values that recipes may write for a condition; other objects are taken by their text.
When = Union[None, bool, str, Any]

#: Applies a directive to a package class.
Executor = Callable[[Any, Origin], None]

#: The condition that always holds.
ALWAYS = Spec()


class DirectiveError(SpackError):
    """A directive is used in a way that makes no sense."""


class DirectiveAction(NamedTuple):
    """One directive call, to be executed on a package class."""

    directive: str
    execute: Executor
    origin: Origin

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return id(self)


class _Scope:
    """State of the recipe module that is being executed."""

    __slots__ = ("pending", "conditions", "defaults")

    def __init__(self) -> None:
        self.pending: list[DirectiveAction] = []
        self.conditions: list[Spec | None] = []
        self.defaults: list[Mapping[str, Any]] = []


_current: ContextVar[_Scope | None] = ContextVar("directive_scope", default=None)


def _scope() -> _Scope:
    scope = _current.get()
    if scope is None:
        scope = _Scope()
        _current.set(scope)
    return scope


def start_module() -> None:
    """Begin with an empty queue; called in a copied context before a recipe module is executed."""
    _current.set(_Scope())


def condition(value: When) -> Spec | None:
    """The spec of a ``when`` argument; :data:`ALWAYS` for None or True, None for never."""
    if value is None or value is True:
        return ALWAYS
    if value is False:
        return None
    if isinstance(value, Spec):
        return value
    return parsed_spec(str(value))


@functools.cache
def _conjunction(first: Spec, second: Spec) -> Spec:
    return constrain(first, second)


def conjoin(conditions: Iterable[Spec | None]) -> Spec | None:
    """The condition that all hold; None if one never does.

    Raises an error if two of them contradict each other.
    """
    total = ALWAYS
    for each in conditions:
        if each is None:
            return None
        if each is ALWAYS:
            continue
        total = each if total is ALWAYS else _conjunction(total, each)
    return total


class when:
    """``with when("+x"):`` puts a condition on directives, ``@when("+x")`` on a method."""

    def __init__(self, condition: When) -> None:
        self._written = condition

    def __call__(self, method: Callable[..., Any]) -> Any:
        return multimethods.register(condition(self._written), method)

    def __enter__(self) -> None:
        scope = _scope()
        total = conjoin([*scope.conditions[-1:], condition(self._written)])
        scope.conditions.append(total)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _scope().conditions.pop()


@contextmanager
def _default_args(arguments: Mapping[str, Any]) -> Iterator[None]:
    scope = _scope()
    outer = scope.defaults[-1] if scope.defaults else {}
    scope.defaults.append({**outer, **arguments})
    try:
        yield
    finally:
        scope.defaults.pop()


def default_args(**arguments: Any) -> AbstractContextManager[None]:
    """Keyword arguments for the directives in the block that do not give them themselves."""
    return _default_args(arguments)


def directive(function: Callable[..., Executor]) -> Callable[..., DirectiveAction]:
    """Make a function that checks arguments and returns an executor into a directive."""
    name = function.__name__

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> DirectiveAction:
        scope = _scope()
        if scope.defaults:
            kwargs = {**scope.defaults[-1], **kwargs}
        frame = sys._getframe(1)
        origin = Origin(frame.f_code.co_filename, frame.f_lineno)
        if scope.conditions:
            kwargs["when"] = _within_block(name, scope.conditions[-1], kwargs, origin)
        _take_back(scope, args)
        _take_back(scope, kwargs.values())
        action = DirectiveAction(name, function(*args, **kwargs), origin)
        scope.pending.append(action)
        return action

    return call


def _within_block(
    name: str, outer: Spec | None, kwargs: dict[str, Any], origin: Origin
) -> bool | Spec:
    if name == "version":
        raise DirectiveError(
            "a version cannot be conditional, but 'version' is in a 'with when' block",
            origin=origin,
            hint="move it out of the block",
        )
    own = kwargs.get("when")
    if own is True:
        raise TypeError(f"{name}: when=True inside a 'with when' block")
    # False counts as absent inside of a block.
    total = conjoin([outer, ALWAYS if own is False else condition(own)])
    return False if total is None else total


def _take_back(scope: _Scope, arguments: Iterable[Any]) -> None:
    """Remove directives that are passed to another one from the queue."""
    for argument in arguments:
        if isinstance(argument, DirectiveAction):
            for position in range(len(scope.pending) - 1, -1, -1):
                if scope.pending[position] is argument:
                    del scope.pending[position]
                    break
        elif isinstance(argument, (list, tuple)):
            _take_back(scope, argument)


def _distinct(actions: Iterable[DirectiveAction]) -> tuple[DirectiveAction, ...]:
    return tuple(dict.fromkeys(actions))


class DirectiveMeta(type):
    """Gives a class the actions of its bases and of its body, and executes them on recipe classes.

    Order: the lists of the direct bases, last base first, then the queue. Repeated actions keep
    their first place. Classes outside of recipe modules only accumulate.
    """

    _directives: tuple[DirectiveAction, ...]

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> Any:
        scope = _scope()
        own, scope.pending = scope.pending, []
        inherited = [
            action for base in reversed(bases) for action in getattr(base, "_directives", ())
        ]
        namespace["_directives"] = _distinct([*inherited, *own])
        return super().__new__(mcs, name, bases, namespace, **kwargs)

    def __init__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(name, bases, namespace, **kwargs)
        if is_recipe_module(cls.__module__):
            cls.prepare_declarations()
            for action in cls._directives:
                _execute(cls, action)
            _scope().pending.clear()

    def prepare_declarations(cls) -> None:
        """Create the containers that directives fill; the package metaclass does."""


def _execute(cls: Any, action: DirectiveAction) -> None:
    try:
        action.execute(cls, action.origin)
    except SpackError as error:
        error.at(action.origin)
        raise
    except (ValueError, TypeError, RuntimeError) as error:
        raise DirectiveError(
            f"{action.directive}() of {cls.__name__}: {error}", origin=action.origin
        ) from error
