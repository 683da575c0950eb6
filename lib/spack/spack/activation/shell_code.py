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

from typing import Callable, Dict, List, Sequence

from spack.activation.actions import Action, Kind, combine
from spack.errors import UsageError

#: The shell families code can be written for.
SHELLS = ("sh", "csh", "fish")

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


class UnknownShellError(UsageError):
    """A shell no code can be written for."""


def quote_sh(text: str) -> str:
    """One word of sh, bash, dash or zsh."""
    return "'" + text.replace("'", "'\\''") + "'"


def quote_csh(text: str) -> str:
    """One word of csh or tcsh."""
    escaped = text.replace("'", "'\\''").replace("!", "\\!").replace("\n", "\\\n")
    return "'" + escaped + "'"


def quote_fish(text: str) -> str:
    """One word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def sh_line(action: Action) -> str:
    """One action in sh, bash, dash or zsh."""
    name, value, separator = action.name, quote_sh(action.value), action.separator
    if action.kind is Kind.UNSET:
        return f"unset {name}"
    if action.kind is Kind.SET:
        return f"{name}={value}; export {name}"
    joint = quote_sh(separator)
    if action.kind is Kind.PREPEND:
        text = f'{value}"${{{name}:+$_spack_joint${{{name}}}}}"'
    else:
        text = f'"${{{name}:+${{{name}}}$_spack_joint}}"{value}'
    return f"_spack_joint={joint}; {name}={text}; export {name}"


def csh_line(action: Action) -> str:
    """One action in csh or tcsh."""
    name, value, joint = action.name, quote_csh(action.value), quote_csh(action.separator)
    if action.kind is Kind.UNSET:
        return f"unsetenv {name}"
    if action.kind is Kind.SET:
        return f"setenv {name} {value}"
    old = f'"${{{name}:q}}"'
    text = value + joint + old if action.kind is Kind.PREPEND else old + joint + value
    return "\n".join(
        [
            f"if ( ! $?{name} ) setenv {name} ''",
            f"if ( ${{%{name}}} == 0 ) then",
            f"    setenv {name} {value}",
            "else",
            f"    setenv {name} {text}",
            "endif",
        ]
    )


def fish_line(action: Action) -> str:
    """One action in fish."""
    name, value, joint = action.name, quote_fish(action.value), quote_fish(action.separator)
    if action.kind is Kind.UNSET:
        return f"set -eg {name}"
    if action.kind is Kind.SET:
        return f"set -gx {name} {value}"
    old = f'"${name}"'
    text = value + joint + old if action.kind is Kind.PREPEND else old + joint + value
    return f"if test -n {old}; set -gx {name} {text}; else; set -gx {name} {value}; end"


_LINES: Dict[str, Callable[[Action], str]] = {
    "sh": sh_line,
    "csh": csh_line,
    "fish": fish_line,
}

_QUOTES: Dict[str, Callable[[str], str]] = {
    "sh": quote_sh,
    "csh": quote_csh,
    "fish": quote_fish,
}


def family(shell: str) -> str:
    """``sh``, ``csh`` or ``fish`` for the name of a shell.

    Raises:
        UnknownShellError: no code can be written for that shell.
    """
    families = {
        "sh": "sh",
        "bash": "sh",
        "dash": "sh",
        "ksh": "sh",
        "zsh": "sh",
        "csh": "csh",
        "tcsh": "csh",
        "fish": "fish",
    }
    if shell not in families:
        raise UnknownShellError(
            f"no shell code can be written for {shell!r}",
            hint="the shells are " + ", ".join(sorted(families)),
        )
    return families[shell]


def quote(shell: str, text: str) -> str:
    """One word of the shell that stands for exactly this text."""
    return _QUOTES[family(shell)](text)


def render(shell: str, actions: Sequence[Action]) -> str:
    """Code that carries out the actions, one variable after the other, without saving anything."""
    kind = family(shell)
    lines = [_LINES[kind](action) for action in combine(actions)]
    if kind == "sh" and any("_spack_joint" in line for line in lines):
        lines.append("unset _spack_joint")
    return "".join(line + "\n" for line in lines)


def touched(actions: Sequence[Action]) -> List[str]:
    """Names of the variables that the actions change, sorted."""
    return sorted({action.name for action in actions})
