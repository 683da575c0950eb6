"""The ``env_vars`` section: changes of process variables at activation."""

from __future__ import annotations

from spack.config.values.values import Value
from spack.errors import ConfigurationError
from spack.system.processes.shells import is_variable_name
from spack.system.processes.variables import EnvironmentModifications
from spack.type_names import Callable


def variable_modifications(
    section: Value | None, substitute: Callable[[str], str] = lambda text: text
) -> EnvironmentModifications:
    """The requests of the section: unset, then set, then paths, in the order of the file.

    Args:
        substitute: replaces variables of this program and of the process in values.

    Raises:
        ConfigurationError: with the place of the entry.
    """
    result = EnvironmentModifications()
    data = section.data or {} if section is not None else {}
    unset = data.get("unset")
    for entry in (unset.data or ()) if unset is not None else ():
        _check(str(entry.data), entry)
        result.unset(str(entry.data))
    requests = (
        ("set", result.set),
        ("append_path", result.append_path),
        ("prepend_path", result.prepend_path),
        ("remove_path", result.remove_path),
    )
    for key, request in requests:
        entries = data.get(key)
        for name, value in (entries.data or {}).items() if entries is not None else ():
            _check(name, value)
            request(name, substitute(_text(value)))
    return result


def _text(value: Value) -> str:
    if isinstance(value.data, bool):
        return "true" if value.data else "false"
    return "" if value.data is None else str(value.data)


def _check(name: str, value: Value) -> None:
    if not is_variable_name(name):
        raise ConfigurationError(
            f"'{name}' cannot name a variable",
            origin=value.origin,
            hint="a name consists of letters, digits and '_' and does not begin with a digit",
        )
