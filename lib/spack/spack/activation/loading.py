"""``spack load`` and ``unload``: shell code for single specs.

The variable ``SPACK_LOADED_HASHES`` remembers what is loaded, the most recent first. What the
specs ask for comes as requests on variables from the caller, who knows the recipes; this module
orders and renders it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.activation.actions import from_changes
from spack.activation.shell_code import render
from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.system.processes.variables import (
    EnvironmentModifications,
    NameModifier,
    PrependPath,
    SetEnv,
    SetPath,
)

LOADED_HASHES = "SPACK_LOADED_HASHES"


class NotLoadedError(SpackError):
    """A spec that is to be unloaded and is not loaded."""


class Loadable(NamedTuple):
    """A spec with the requests of its run environment, and its prefix, "" if it has none."""

    dag_hash: str
    modifications: EnvironmentModifications
    prefix: str = ""


def loaded_hashes(variables: Mapping[str, str]) -> list[str]:
    """DAG hashes of the loaded specs, the most recent first."""
    return [word for word in variables.get(LOADED_HASHES, "").split(":") if word]


def load_code(shell: str, specs: Sequence[Loadable], variables: Mapping[str, str]) -> str:
    """Code that loads specs, dependencies before dependents in the given order.

    What is loaded already is left as it is.
    """
    present = loaded_hashes(variables)
    wanted = EnvironmentModifications()
    for spec in specs:
        if spec.dag_hash in present:
            continue
        wanted.extend(spec.modifications)
        wanted.prepend_path(LOADED_HASHES, spec.dag_hash)
    return _code(shell, without_repeats(wanted), variables)


def without_repeats(wanted: EnvironmentModifications) -> EnvironmentModifications:
    """The requests, with each path put in front once: specs bring what others bring too."""
    seen: set[NameModifier] = set()
    kept: list[NameModifier] = []
    for request in reversed(list(wanted)):
        if not isinstance(request, PrependPath) or request not in seen:
            kept.append(request)
        seen.add(request)
    found = EnvironmentModifications()
    found.env_modifications = kept[::-1]
    return found


def unload_code(shell: str, specs: Sequence[Loadable], variables: Mapping[str, str]) -> str:
    """Code that takes loaded specs out again, in the reverse of the given order.

    A variable that has another value since stays as it is.

    Raises:
        NotLoadedError: one of them is not loaded.
    """
    present = loaded_hashes(variables)
    gone = EnvironmentModifications()
    for spec in reversed(specs):
        if spec.dag_hash not in present:
            raise NotLoadedError(
                f"/{spec.dag_hash[:7]} is not loaded",
                hint="'spack find --loaded' lists the loaded packages",
            )
        gone.extend(_still_there(spec.modifications, variables).reversed())
        gone.remove_path(LOADED_HASHES, spec.dag_hash)
    changes = gone.changes(variables)
    # A list that became empty was not there before anything was loaded.
    touched = {request.name for request in gone}
    for name, value in changes.items():
        if value in ("", ".") and name in touched:
            changes[name] = None
    return render(shell, from_changes(changes))


def _still_there(
    wanted: EnvironmentModifications, variables: Mapping[str, str]
) -> EnvironmentModifications:
    """The requests without those for values that somebody has replaced since."""
    found = EnvironmentModifications()
    for request in wanted:
        made: dict[str, str] = {}
        if isinstance(request, (SetEnv, SetPath)):
            request.execute(made)
        if made.get(request.name) in (None, variables.get(request.name)):
            found.env_modifications.append(request)
    return found


def _code(shell: str, wanted: EnvironmentModifications, variables: Mapping[str, str]) -> str:
    changes = wanted.changes(variables)
    pages = changes.get("MANPATH")
    if pages and not pages.endswith(":"):
        changes["MANPATH"] = pages + ":"
    return render(shell, from_changes(changes))
