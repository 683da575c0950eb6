"""Changes of process variables by activation, in a form every shell can carry out by itself.

A :class:`VariableAction` never depends on the value a variable has when the code is written, so a
list of actions can be rendered once and sourced later in any process. Knows variables and paths,
nothing of packages or environments.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence

from spack.errors import SpackError
from spack.named_tuples import NamedTuple

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class VariableNameError(SpackError):
    """A name that no shell accepts as a variable."""


class Kind(enum.Enum):
    """Kinds of actions."""

    SET = "set"
    UNSET = "unset"
    PREPEND = "prepend"
    APPEND = "append"


class VariableAction(NamedTuple):
    """One change of one variable.

    ``value`` is the new value, or the text put before or behind the old one; the separator stands
    between the two only when the old value is not empty.
    """

    kind: Kind
    name: str
    value: str = ""
    separator: str = ":"


def set_value(name: str, value: str) -> VariableAction:
    """The variable has this value."""
    return VariableAction(Kind.SET, name, value)


def unset(name: str) -> VariableAction:
    """The variable does not exist."""
    return VariableAction(Kind.UNSET, name)


def prepend(name: str, value: str, separator: str = ":") -> VariableAction:
    """The value comes before what is there."""
    return VariableAction(Kind.PREPEND, name, value, separator)


def append(name: str, value: str, separator: str = ":") -> VariableAction:
    """The value comes behind what is there."""
    return VariableAction(Kind.APPEND, name, value, separator)


def from_changes(changes: Mapping[str, str | None]) -> list[VariableAction]:
    """Actions that give variables the values of a mapping; None removes the variable."""
    return [
        unset(name) if value is None else set_value(name, value)
        for name, value in sorted(changes.items())
    ]


def combine(actions: Iterable[VariableAction]) -> list[VariableAction]:
    """The fewest actions with the same effect, grouped by variable in order of the names.

    Elements put before (or behind) a variable more than once are kept only where the last request
    put them, so many packages that share a view add its directories once.

    Raises:
        VariableNameError: a name is not a shell variable name.
    """
    groups: dict[str, list[VariableAction]] = {}
    for action in actions:
        if not _NAME.match(action.name):
            raise VariableNameError(
                f"{action.name!r} cannot be a shell variable",
                hint=(
                    "a name consists of letters, digits and underscores and does not"
                    " start with a digit"
                ),
            )
        groups.setdefault(action.name, []).append(action)
    return [folded for name in sorted(groups) for folded in _fold(groups[name])]


def apply(actions: Iterable[VariableAction], variables: Mapping[str, str]) -> dict[str, str]:
    """The variables after the actions, as the rendered code would leave them."""
    result = dict(variables)
    for action in combine(actions):
        if action.kind is Kind.UNSET:
            result.pop(action.name, None)
        else:
            result[action.name] = _value_after(action, result.get(action.name, ""))
    return result


def _value_after(action: VariableAction, old: str) -> str:
    if action.kind is Kind.SET or not old:
        return action.value
    if action.kind is Kind.PREPEND:
        return action.value + action.separator + old
    return old + action.separator + action.value


def _fold(actions: Sequence[VariableAction]) -> list[VariableAction]:
    """Fold the actions on one variable."""
    start: list[VariableAction] = []
    rest: list[VariableAction] = []
    for action in actions:
        if action.kind in (Kind.SET, Kind.UNSET):
            start, rest = [action], []
        else:
            rest.append(action)
    if start:
        return [_settle(start[0], rest)]
    if len({action.separator for action in rest}) > 1:
        return rest
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    for action in rest:
        if action.kind is Kind.PREPEND:
            before = (action.value,) + tuple(v for v in before if v != action.value)
        else:
            behind = tuple(v for v in behind if v != action.value) + (action.value,)
    folded = []
    separator = rest[0].separator
    if before:
        folded.append(prepend(actions[0].name, separator.join(before), separator))
    if behind:
        folded.append(append(actions[0].name, separator.join(behind), separator))
    return folded


def _settle(start: VariableAction, rest: Sequence[VariableAction]) -> VariableAction:
    """The one action equal to a ``set`` or ``unset`` followed by additions."""
    if start.kind is Kind.UNSET and not rest:
        return start
    value = start.value if start.kind is Kind.SET else ""
    for action in rest:
        value = _value_after(action, value)
    return set_value(start.name, value)
