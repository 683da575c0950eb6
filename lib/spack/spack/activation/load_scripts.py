"""The ``loads`` files of an environment: code that puts packages in the variables of any process.

They need neither shell functions nor the program, and may be sourced again, also while something
else is loaded or active: what is in a list is moved, not repeated. What has vanished since is
passed over. csh has no functions: its file has a shell compute the lists from the one for sh beside
it. Knows no packages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spack.activation.actions import Kind, VariableAction, VariableNameError
from spack.activation.loading import LOADED_HASHES, Loadable, without_repeats
from spack.activation.modifications import action_of
from spack.named_tuples import NamedTuple
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

#: Family of shells -> file name of the script; that for sh comes first.
FILES = {"sh": "loads", "csh": "loads.csh", "fish": "loads.fish"}

_SHELLS = {"sh": "sh, bash or zsh", "csh": "csh or tcsh", "fish": "fish"}

#: Puts a value first or last in a list, or takes it out; it is nowhere else in the list then.
_SH_LISTS = r"""_spack_list() {
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

#: The same.
_FISH_LISTS = r"""function _spack_list
    set -l name $argv[2]
    set -l sign $argv[3]
    set -l rest "$sign$$name$sign"
    while true
        set -l less (string replace -- "$sign$argv[4]$sign" $sign "$rest" | string collect)
        test "$less" = "$rest"; and break
        set rest $less
    end
    set -l pattern (string escape --style=regex -- $sign)
    set rest (string replace -r -- "^$pattern" '' "$rest" | string collect)
    set rest (string replace -r -- "$pattern\\z" '' "$rest" | string collect)
    switch $argv[1]
        case first
            test -n "$rest"; and set rest "$argv[4]$sign$rest"; or set rest $argv[4]
        case last
            test -n "$rest"; and set rest "$rest$sign$argv[4]"; or set rest $argv[4]
        case out
            set -qg $name; or return 0
    end
    set -gx $name "$rest"
end
"""

#: An empty last element of MANPATH stands for the manual pages of the system.
_MANUAL_PAGES = {
    "sh": 'case ${MANPATH-:} in *:) ;; *) export MANPATH="$MANPATH:" ;; esac\n',
    "fish": "set -qg MANPATH; and not string match -q -- '*:' \"$MANPATH\""
    '; and set -gx MANPATH "$MANPATH:"\n',
}

#: Prints the variables that are named in ``_SPACK_SHOW``: "=" and the value, or "-".
_SH_SHOW = r"""for _spack_rest in ${_SPACK_SHOW-}; do
    eval "printf '%s\n' \"\${$_spack_rest+=}\${$_spack_rest--}\""
done
"""

_REMOVING = (RemovePath, RemoveFirstPath, RemoveLastPath, RemoveFlagsEnv)


class _ListChange(NamedTuple):
    """A change of one element of a list: it is put ``first`` or ``last``, or taken ``out``."""

    where: str
    name: str
    separator: str
    value: str


class _Part(NamedTuple):
    """The changes for one package, and the directory without which they are not made."""

    prefix: str
    changes: tuple[VariableAction | _ListChange, ...]


class Module(NamedTuple):
    """A module that a script loads if its file is there.

    ``folder`` is what must be in ``MODULEPATH`` for that, "" if that is not known.
    """

    name: str
    path: str
    folder: str


def load_scripts(
    specs: Sequence[Loadable], title: str, path: str, outside: Iterable[str] = ()
) -> dict[str, str]:
    """Code for each family of shells that loads specs, dependencies first in the given order.

    Args:
        title: what the first line says is loaded.
        path: of the script for sh, which that for csh needs.
        outside: directories; no path below them is put into a variable.

    Raises:
        VariableNameError: a name that no shell accepts.
    """
    left_out = tuple(f"{directory}/" for directory in outside)
    parts = []
    for spec in specs:
        wanted = EnvironmentModifications()
        wanted.extend(spec.modifications)
        wanted.prepend_path(LOADED_HASHES, spec.dag_hash)
        found = (_change(r) for r in without_repeats(wanted) if not _is_below(r, left_out))
        parts.append(_Part(spec.prefix, tuple(change for change in found if change is not None)))
    return {
        "sh": _heading(title, "sh") + _sh_code(parts),
        "csh": _heading(title, "csh") + _csh_code(parts, path),
        "fish": _heading(title, "fish") + _fish_code(parts),
    }


def module_scripts(modules: Sequence[Module], folders: Iterable[str], title: str) -> dict[str, str]:
    """Code for each family of shells that loads modules.

    Args:
        folders: what else must be in ``MODULEPATH``.
        title: what the first line says is loaded.
    """
    every = dict.fromkeys([*folders, *(module.folder for module in modules)])
    found = {}
    for shell in FILES:
        lines = [_heading(title, shell)]
        lines += [_use_line(folder, shell) for folder in every if folder]
        lines += [_load_line(module, shell) for module in modules]
        found[shell] = "".join(lines)
    return found


def _heading(title: str, shell: str) -> str:
    return f"# Loads {title}. Written by spack env loads: source it in {_SHELLS[shell]}.\n"


# -- changes of variables -------------------------------------------------------------------------


def _is_below(request: NameModifier, directories: tuple[str, ...]) -> bool:
    value = request.value if isinstance(request, NameValueModifier) else ""
    return isinstance(value, str) and f"{value}/".startswith(directories)


def _change(request: NameModifier) -> VariableAction | _ListChange | None:
    """The change that a request means; None for those that only order or clean a list."""
    if not shells.is_variable_name(request.name):
        raise VariableNameError(f"{request.name!r} cannot be a shell variable")
    if isinstance(request, _REMOVING):
        return _ListChange("out", request.name, request.separator, str(request.value))
    action = action_of(request)
    if action is None or action.kind in (Kind.SET, Kind.UNSET):
        return action
    where = "first" if action.kind is Kind.PREPEND else "last"
    return _ListChange(where, action.name, action.separator, action.value)


def _line(change: VariableAction | _ListChange, shell: str) -> str:
    if isinstance(change, VariableAction):
        unset = change.kind is Kind.UNSET
        name = change.name
        line = (
            shells.unset_line(name, shell) if unset else shells.set_line(name, change.value, shell)
        )
        return line + "\n"
    sign, value = (shells.quote(text, shell) for text in (change.separator, change.value))
    return f"_spack_list {change.where} {change.name} {sign} {value}\n"


def _lists(parts: Sequence[_Part]) -> list[str]:
    """The names of the variables of which elements change."""
    changes = (change for part in parts for change in part.changes)
    return list(dict.fromkeys(c.name for c in changes if isinstance(c, _ListChange)))


def _guarded(prefix: str, lines: str, shell: str) -> str:
    """Code that runs if a directory exists."""
    if not prefix or not lines:
        return lines
    word = shells.quote(prefix, shell)
    if shell == "sh":
        return f"if [ -d {word} ]; then\n{lines}fi\n"
    if shell == "csh":
        return f"if ( -d {word} ) then\n{lines}endif\n"
    return f"if test -d {word}\n{lines}end\n"


def _with_functions(parts: Sequence[_Part], shell: str) -> str:
    found = [
        _guarded(part.prefix, "".join(_line(change, shell) for change in part.changes), shell)
        for part in parts
    ]
    if "MANPATH" in _lists(parts):
        found.append(_MANUAL_PAGES[shell])
    return "".join(found)


def _sh_code(parts: Sequence[_Part]) -> str:
    end = _SH_SHOW + "unset -f _spack_list\nunset _spack_rest\n"
    return _SH_LISTS + _with_functions(parts, "sh") + end


def _fish_code(parts: Sequence[_Part]) -> str:
    return _FISH_LISTS + _with_functions(parts, "fish") + "functions -e _spack_list\n"


def _csh_code(parts: Sequence[_Part], path: str) -> str:
    names = _lists(parts)
    code = []
    for part in parts:
        changes = (c for c in part.changes if c.name not in names)
        code.append(_guarded(part.prefix, "".join(_line(c, "csh") for c in changes), "csh"))
    quoted = shells.quote(path, "csh")
    show = f"_SPACK_SHOW='{' '.join(names)}'; . {shells.quote(path)}"
    code += [
        f"if ( -r {quoted} ) then\n",
        f"setenv _SPACK_RUN {shells.quote(show, 'csh')}\n",
        'set _spack_values = ( "`printenv _SPACK_RUN | /bin/sh`" )\n',
    ]
    for number, name in enumerate(names, 1):
        value = f"_spack_values[{number}]"
        code.append(
            f'if ( "${value}:q" != \'-\' ) setenv {name} "${{{value}:s/=//:q}}"\n',
        )
    code.append("unset _spack_values\nunsetenv _SPACK_RUN\nendif\n")
    return "".join(code)


# -- modules --------------------------------------------------------------------------------------


def _use_line(folder: str, shell: str) -> str:
    """Code that puts a folder behind those where modules are looked for, if it is not there."""
    word = shells.quote(folder, shell)
    pattern = shells.quote(f":{folder}:", shell)
    if shell == "sh":
        return f'case ":${{MODULEPATH-}}:" in *{pattern}*) ;; *) module use -a {word} ;; esac\n'
    if shell == "csh":
        return (
            "if ( ! $?MODULEPATH ) setenv MODULEPATH ''\n"
            f'if ( ":${{MODULEPATH}}:" !~ *{pattern}* ) then\nmodule use -a {word}\nendif\n'
        )
    return f"contains -- {word} $MODULEPATH; or module use -a {word}\n"


def _load_line(module: Module, shell: str) -> str:
    path = shells.quote(module.path, shell)
    line = f"module load {module.name}\n"
    if shell == "sh":
        return f"if [ -e {path} ]; then {line[:-1]}; fi\n"
    if shell == "csh":
        return f"if ( -e {path} ) then\n{line}endif\n"
    return f"test -e {path}; and {line}"
