"""From requests on process variables to actions that need no interpreter.

Most requests (:class:`spack.system.processes.variables.EnvironmentModifications`) say what to put
where, and a shell can do that. A few depend on the elements that a variable has at the time:
removing a path, pruning duplicates. For those there is no ready-made code, and the caller computes
the changes for one process instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from spack.activation.actions import (
    VariableAction,
    append,
    apply,
    from_changes,
    prepend,
    set_value,
    unset,
)
from spack.system.processes.variables import (
    AppendFlagsEnv,
    AppendPath,
    EnvironmentModifications,
    NameModifier,
    NameValueModifier,
    PrependPath,
    SetEnv,
    SetPath,
    UnsetEnv,
)


def actions_of(modifications: EnvironmentModifications) -> list[VariableAction] | None:
    """The requests as actions, in order; None when some depend on the variables' elements."""
    actions = []
    for request in modifications:
        action = action_of(request)
        if action is None:
            return None
        actions.append(action)
    return actions


def action_of(request: NameModifier) -> VariableAction | None:
    """A request as an action, None when it depends on the elements of the variable."""
    if isinstance(request, UnsetEnv):
        return unset(request.name)
    if not isinstance(request, NameValueModifier):
        return None
    value = request.value
    if isinstance(request, SetPath):
        return set_value(request.name, request.separator.join(str(part) for part in value))
    if isinstance(request, SetEnv):
        return set_value(request.name, str(value))
    if isinstance(request, AppendFlagsEnv):
        return append(request.name, str(value), request.separator)
    if isinstance(request, PrependPath):
        return prepend(request.name, os.path.normpath(value), request.separator)
    if isinstance(request, AppendPath):
        return append(request.name, os.path.normpath(value), request.separator)
    return None


def actions_for(
    modifications: EnvironmentModifications, variables: Mapping[str, str]
) -> list[VariableAction]:
    """Actions with the effect of the requests in a process with these variables."""
    actions = actions_of(modifications)
    if actions is not None:
        return actions
    return from_changes(modifications.changes(variables, explicit=True))


def with_manual_pages(actions: Sequence[VariableAction]) -> list[VariableAction]:
    """The same, with the system's manual pages still found behind a changed ``MANPATH``.

    An empty last element of that variable stands for the system's directories.
    """
    result = list(actions)
    after: dict[str, str] = apply([a for a in actions if a.name == "MANPATH"], {})
    if after.get("MANPATH", ":")[-1:] != ":":
        result.append(append("MANPATH", ""))
    return result


def through_view(
    modifications: EnvironmentModifications, places: Mapping[str, str]
) -> EnvironmentModifications:
    """The requests with the paths of prefixes replaced by those of a view.

    Args:
        places: prefix of each spec in the view to its directory there. Only paths that exist in
            the view are replaced, because files may have been left out of it.
    """
    import copy

    result = EnvironmentModifications()
    for request in modifications:
        if isinstance(request, NameValueModifier):
            changed = copy.copy(request)
            if isinstance(request.value, (list, tuple)):
                changed.value = [_place(str(part), places) for part in request.value]
            else:
                changed.value = _place(str(request.value), places)
            if _is_own_site(changed, places.values()):
                continue
            request = changed
        result.env_modifications.append(request)
    return result


def _place(path: str, places: Mapping[str, str]) -> str:
    """The place in the view of a path below one of the prefixes; other texts stay."""
    if not os.path.isabs(path):
        return path
    above = os.path.normpath(path)
    while above not in ("/", ""):
        if above in places:
            moved = os.path.normpath(os.path.join(places[above], os.path.relpath(path, above)))
            return moved if os.path.lexists(moved) else path
        above = os.path.dirname(above)
    return path


def _is_own_site(request: NameValueModifier, roots: Iterable[str]) -> bool:
    """Whether the request adds the site directory that the view's own Python has anyway."""
    if request.name != "PYTHONPATH" or not isinstance(request.value, str):
        return False
    folder, name = os.path.split(os.path.normpath(request.value))
    library, python = os.path.split(folder)
    root, lib = os.path.split(library)
    return (
        (name, lib) == ("site-packages", "lib")
        and python.startswith("python")
        and root in roots
        and os.path.exists(os.path.join(root, "pyvenv.cfg"))
    )
