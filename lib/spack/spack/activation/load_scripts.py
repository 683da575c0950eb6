"""The ``loads`` file of an environment: sh code that puts packages in the variables of any process.

It needs neither shell functions nor the program, and may be sourced again, and while something else
is loaded or active: what is in a list already is moved, not repeated. Knows no packages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spack.activation.actions import Kind, VariableNameError
from spack.activation.loading import LOADED_HASHES, Loadable, without_repeats
from spack.activation.modifications import action_of
from spack.system.processes import shells
from spack.system.processes.variables import (
    EnvironmentModifications,
    NameModifier,
    NameValueModifier,
    RemoveFirstPath,
    RemoveFlagsEnv,
    RemoveLastPath,
    RemovePath,
)

#: Puts a value first or last in a list, or takes it out; it is nowhere else in the list then.
_LISTS = r"""_spack_list() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    eval "_spack_rest=\${$2-}"
    _spack_rest=$3$_spack_rest$3
    while :; do
        case $_spack_rest in
            *"$3$4$3"*) _spack_rest=${_spack_rest%%"$3$4$3"*}$3${_spack_rest#*"$3$4$3"} ;;
            *) break ;;
        esac
    done
    _spack_rest=${_spack_rest#"$3"}
    _spack_rest=${_spack_rest%"$3"}
    case $1 in
        first) _spack_rest=$4${_spack_rest:+$3$_spack_rest} ;;
        last) _spack_rest=${_spack_rest:+$_spack_rest$3}$4 ;;
        out) eval "[ -n \"\${$2+x}\" ]" || return 0 ;;
    esac
    eval "export $2=\$_spack_rest"
}
"""

#: An empty last element of MANPATH stands for the manual pages of the system.
_MANUAL_PAGES = 'case $MANPATH in *:) ;; *) export MANPATH="$MANPATH:" ;; esac\n'

_REMOVING = (RemovePath, RemoveFirstPath, RemoveLastPath, RemoveFlagsEnv)


def load_script(specs: Sequence[Loadable], title: str, outside: Iterable[str] = ()) -> str:
    """Code that loads specs, dependencies before dependents in the given order.

    Args:
        title: what the first line says is loaded.
        outside: directories; no path below them is put into a variable.

    Raises:
        VariableNameError: a name that no shell accepts.
    """
    left_out = tuple(f"{directory}/" for directory in outside)
    wanted = EnvironmentModifications()
    for spec in specs:
        wanted.extend(spec.modifications)
        wanted.prepend_path(LOADED_HASHES, spec.dag_hash)
    lines = [
        f"# Loads {title}. Written by spack env loads: source it in sh, bash or zsh.\n",
        _LISTS,
    ]
    pages = False
    for request in without_repeats(wanted):
        value = request.value if isinstance(request, NameValueModifier) else ""
        if isinstance(value, str) and f"{value}/".startswith(left_out):
            continue
        lines.append(_line(request))
        pages = pages or request.name == "MANPATH"
    if pages:
        lines.append(_MANUAL_PAGES)
    lines.append("unset -f _spack_list\nunset _spack_rest\n")
    return "".join(lines)


def _line(request: NameModifier) -> str:
    """Code for one request; none for those that only order or clean a list."""
    if not shells.is_variable_name(request.name):
        raise VariableNameError(f"{request.name!r} cannot be a shell variable")
    if isinstance(request, _REMOVING):
        return _list_line("out", request.name, request.separator, str(request.value))
    action = action_of(request)
    if action is None:
        return ""
    if action.kind is Kind.UNSET:
        return shells.unset_line(action.name) + "\n"
    if action.kind is Kind.SET:
        return shells.set_line(action.name, action.value) + "\n"
    where = "first" if action.kind is Kind.PREPEND else "last"
    return _list_line(where, action.name, action.separator, action.value)


def _list_line(where: str, name: str, separator: str, value: str) -> str:
    return f"_spack_list {where} {name} {shells.quote(separator)} {shells.quote(value)}\n"
