"""Code of three shell families that saves variables, changes them and gives them back.

The saved state lives in exported variables, so a sub-shell can deactivate too:

* ``SPACK_ENV_SAVED``: names of all touched variables, separated by blanks;
* ``SPACK_SAVED_<name>``: the value the variable had; absent when it was not set, so that unset and
  empty stay different;
* ``SPACK_MADE_<name>``: the value that activation gave it; absent when it removed the variable;
* ``SPACK_FRONT_<name>``, ``SPACK_BEHIND_<name>``: the elements that activation put before and
  behind a list, each after the separator of the list, which is one character;
* ``SPACK_ENV_LOCAL``: the names among them that were set but not exported (a prompt, say).

A variable that is as activation made it gets its old value back. Of a list that the user has
changed meanwhile the elements are taken out, each once: the first of those put before, the last of
those put behind. Other variables that the user has changed stay as they are.

Restoring needs nothing but these. Knows no packages and no environments.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from spack.activation.actions import Kind, VariableAction, combine, set_value
from spack.system.processes import shells

#: The file of ``share/spack`` that restores variables, and where the code begins that does.
_RESTORING = {
    "sh": ("setup-env.sh", "_spack_take() {"),
    "csh": ("csh/deactivate.csh", "if ( $?SPACK_ENV_SAVED ) then"),
    "fish": ("setup-env.fish", "function _spack_restore"),
}

SH_SAVE = r"""_spack_save() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    for _spack_name in "$@"; do
        export SPACK_ENV_SAVED="${SPACK_ENV_SAVED:+$SPACK_ENV_SAVED }$_spack_name"
        eval "[ -n \"\${$_spack_name+x}\" ]" || continue
        eval "export SPACK_SAVED_$_spack_name=\"\${$_spack_name}\""
        if [ -n "${ZSH_VERSION-}" ]; then
            eval "case \"\${(t)$_spack_name}\" in *export*) continue ;; esac"
        else
            case "${BASH_VERSION-0}" in
                [0-3].*|4.[0-3].*|0)
                    case "$(printf '\n'; export -p)" in
                        *"
export $_spack_name="*|*"
declare -x $_spack_name="*) continue ;;
                    esac ;;
                *) eval "case \"\${$_spack_name@a}\" in *x*) continue ;; esac" ;;
            esac
        fi
        export SPACK_ENV_LOCAL="${SPACK_ENV_LOCAL:+$SPACK_ENV_LOCAL }$_spack_name"
    done
    unset _spack_name
}
_spack_note() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    for _spack_name in "$@"; do
        eval "[ -z \"\${$_spack_name+x}\" ] || export SPACK_MADE_$_spack_name=\"\${$_spack_name}\""
    done
    unset _spack_name
}
"""

FISH_SAVE = r"""function _spack_save
    for name in $argv
        set -gx SPACK_ENV_SAVED (string trim -- "$SPACK_ENV_SAVED $name")
        set -qg $name; or continue
        set -gx SPACK_SAVED_$name $$name
        set -qgx $name; or set -gx SPACK_ENV_LOCAL (string trim -- "$SPACK_ENV_LOCAL $name")
    end
end
function _spack_note
    for name in $argv
        set -qg $name; and set -gx SPACK_MADE_$name $$name
    end
end
"""


@functools.cache
def restore_code(shell: str) -> str:
    """Code that gives the saved variables back: in csh it does so, else ``_spack_restore`` does.

    It stands in ``share/spack``, where no interpreter may be started to get it, and goes on to the
    next empty line.
    """
    file, begin = _RESTORING[shell]
    text = Path(__file__).parents[4].joinpath("share", "spack", file).read_text("utf-8")
    return text[text.index(begin) :].rstrip("\n").partition("\n\n")[0] + "\n"


def line(action: VariableAction, shell: str) -> str:
    """Code for one action; several lines in csh.

    Raises:
        UnknownShellError: no code can be written for that shell.
    """
    name, value = action.name, action.value
    if action.kind is Kind.UNSET:
        return shells.unset_line(name, shell)
    if action.kind is Kind.SET:
        return shells.set_line(name, value, shell)
    if action.kind is Kind.PREPEND:
        return shells.prepend_line(name, value, shell, action.separator)
    return shells.append_line(name, value, shell, action.separator)


def render(shell: str, actions: Sequence[VariableAction]) -> str:
    """Code that carries out the actions, one variable after the other, without saving anything."""
    return "".join(line(action, shell) + "\n" for action in combine(actions))


def touched(actions: Sequence[VariableAction]) -> list[str]:
    """Names of the variables that the actions change, sorted."""
    return sorted({action.name for action in actions})


def elements(actions: Sequence[VariableAction]) -> list[VariableAction]:
    """The elements that are put before and behind lists, which restoring has to know.

    A separator of several characters, or several separators in one variable, cannot be told.
    """
    known = []
    several = [a.name for a in combine(actions)]
    for action in combine(actions):
        sides = {Kind.PREPEND: "SPACK_FRONT_", Kind.APPEND: "SPACK_BEHIND_"}
        side = sides.get(action.kind)
        if side is not None and len(action.separator) == 1 and several.count(action.name) <= 2:
            known.append(set_value(side + action.name, action.separator + action.value))
    return known
