"""Code of three shell families that saves variables, changes them and gives them back.

The saved state lives in exported variables, so a sub-shell can deactivate too:

* ``SPACK_ENV_SAVED``: names of all touched variables, separated by blanks;
* ``SPACK_SAVED_<name>``: the value the variable had; absent when it was not set, so that unset and
  empty stay different;
* ``SPACK_ENV_LOCAL``: the names among them that were set but not exported (a prompt, say).

Restoring needs nothing but these. Knows no packages and no environments. The POSIX restore
function is repeated in ``share/spack/setup-env.sh``, which must not start an interpreter to get it.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.activation.actions import Kind, VariableAction, combine
from spack.system.processes import shells

SH_RESTORE = r"""_spack_restore() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    _spack_rest="${SPACK_ENV_SAVED-} "
    while [ -n "$_spack_rest" ]; do
        _spack_name="${_spack_rest%% *}"
        _spack_rest="${_spack_rest#* }"
        case "$_spack_name" in ''|[0-9]*|*[!A-Za-z0-9_]*) continue ;; esac
        if eval "[ -z \"\${SPACK_SAVED_$_spack_name+x}\" ]"; then
            unset "$_spack_name"
            continue
        fi
        case " ${SPACK_ENV_LOCAL-} " in
            *" $_spack_name "*)
                if [ -n "${ZSH_VERSION-}" ]; then typeset -g +x "$_spack_name"
                else unset "$_spack_name"
                fi
                eval "$_spack_name=\"\${SPACK_SAVED_$_spack_name}\"" ;;
            *) eval "export $_spack_name=\"\${SPACK_SAVED_$_spack_name}\"" ;;
        esac
        unset "SPACK_SAVED_$_spack_name"
    done
    unset SPACK_ENV_SAVED SPACK_ENV_LOCAL _spack_rest _spack_name
}
"""

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
"""

CSH_RESTORE = r"""if ( $?SPACK_ENV_SAVED ) then
    if ( ! $?SPACK_ENV_LOCAL ) setenv SPACK_ENV_LOCAL ''
    foreach _spack_name ( $SPACK_ENV_SAVED )
        set _spack_local = 0
        foreach _spack_item ( $SPACK_ENV_LOCAL )
            if ( "$_spack_item" == "$_spack_name" ) set _spack_local = 1
        end
        eval 'set _spack_had = $?SPACK_SAVED_'"$_spack_name"
        if ( $_spack_had && ! $_spack_local ) then
            eval 'setenv '"$_spack_name"' "${SPACK_SAVED_'"$_spack_name"':q}"'
        else
            unsetenv $_spack_name
        endif
        unsetenv SPACK_SAVED_$_spack_name
    end
    unsetenv SPACK_ENV_SAVED
    unsetenv SPACK_ENV_LOCAL
    unset _spack_name _spack_local _spack_item _spack_had
endif
if ( $?_spack_old_prompt ) then
    set prompt = "${_spack_old_prompt:q}"
    unset _spack_old_prompt
endif
"""

FISH_RESTORE = r"""function _spack_restore
    for name in (string split -n ' ' -- "$SPACK_ENV_SAVED")
        string match -qr '^[A-Za-z_][A-Za-z0-9_]*$' -- $name; or continue
        set -l saved SPACK_SAVED_$name
        if not set -qg $saved
            set -eg $name
        else if contains -- $name (string split ' ' -- "$SPACK_ENV_LOCAL")
            set -eg $name
            set -g $name $$saved
        else
            set -gx $name $$saved
        end
        set -eg $saved
    end
    set -eg SPACK_ENV_SAVED
    set -eg SPACK_ENV_LOCAL
    if functions -q _spack_old_prompt
        functions -e fish_prompt
        functions -c _spack_old_prompt fish_prompt
        functions -e _spack_old_prompt
    end
    return 0
end
"""

FISH_SAVE = r"""function _spack_save
    for name in $argv
        set -gx SPACK_ENV_SAVED (string trim -- "$SPACK_ENV_SAVED $name")
        set -qg $name; or continue
        set -gx SPACK_SAVED_$name $$name
        set -qgx $name; or set -gx SPACK_ENV_LOCAL (string trim -- "$SPACK_ENV_LOCAL $name")
    end
end
"""


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
