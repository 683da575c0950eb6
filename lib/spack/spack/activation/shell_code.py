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

Restoring needs nothing but these. Knows no packages and no environments. The restore functions
are repeated in ``share/spack``, where no interpreter may be started to get them.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.activation.actions import Kind, VariableAction, combine, set_value
from spack.system.processes import shells

SH_RESTORE = r"""_spack_take() {
    _spack_sep="${_spack_front:-$_spack_behind}"
    _spack_sep="${_spack_sep%"${_spack_sep#?}"}"
    _spack_value="$_spack_sep$_spack_value$_spack_sep"
    while [ -n "$_spack_front" ]; do
        _spack_part="$_spack_sep${_spack_front##*"$_spack_sep"}$_spack_sep"
        _spack_front="${_spack_front%"$_spack_sep"*}"
        case "$_spack_value" in *"$_spack_part"*)
            _spack_end="${_spack_value#*"$_spack_part"}"
            _spack_value="${_spack_value%%"$_spack_part"*}$_spack_sep$_spack_end" ;;
        esac
    done
    while [ -n "$_spack_behind" ]; do
        _spack_part="$_spack_sep${_spack_behind##*"$_spack_sep"}$_spack_sep"
        _spack_behind="${_spack_behind%"$_spack_sep"*}"
        # The empty element stands for directories of the system: others would hide them.
        case "$_spack_old$_spack_part" in "$_spack_sep$_spack_sep") continue ;; esac
        case "$_spack_value" in *"$_spack_part"*)
            _spack_end="${_spack_value##*"$_spack_part"}"
            _spack_value="${_spack_value%"$_spack_part"*}$_spack_sep$_spack_end" ;;
        esac
    done
    _spack_value="${_spack_value#"$_spack_sep"}"
    _spack_value="${_spack_value%"$_spack_sep"}"
    case "$_spack_value" in
        ""|"$_spack_sep") _spack_is="$_spack_had" _spack_value="$_spack_old"; set -- 1 ;;
        *) set -- 0 ;;
    esac
    unset _spack_sep _spack_part _spack_end
    return "$1"
}
_spack_restore() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    _spack_rest="${SPACK_ENV_SAVED-} "
    while [ -n "$_spack_rest" ]; do
        _spack_name="${_spack_rest%% *}"
        _spack_rest="${_spack_rest#* }"
        case "$_spack_name" in ''|[0-9]*|*[!A-Za-z0-9_]*) continue ;; esac
        eval "
            _spack_had=\"\${SPACK_SAVED_$_spack_name+x}\"
            _spack_old=\"\${SPACK_SAVED_$_spack_name-}\"
            _spack_is=\"\${$_spack_name+x}\" _spack_value=\"\${$_spack_name-}\"
            _spack_set=\"\${SPACK_MADE_$_spack_name+x}\"
            _spack_made=\"\${SPACK_MADE_$_spack_name-}\"
            _spack_front=\"\${SPACK_FRONT_$_spack_name-}\"
            _spack_behind=\"\${SPACK_BEHIND_$_spack_name-}\"
        "
        unset "SPACK_SAVED_$_spack_name" "SPACK_MADE_$_spack_name" \
            "SPACK_FRONT_$_spack_name" "SPACK_BEHIND_$_spack_name"
        if [ "$_spack_is$_spack_value" = "$_spack_set$_spack_made" ]; then
            _spack_is="$_spack_had" _spack_value="$_spack_old"
        elif [ -n "$_spack_value" ] && [ -n "$_spack_front$_spack_behind" ]; then
            if _spack_take; then
                eval "$_spack_name=\"\$_spack_value\""
                continue
            fi
        elif [ "$_spack_name" = PS1 ]; then
            _spack_made="${_spack_made%"$_spack_old"}"
            case "$_spack_value" in *"$_spack_made"*)
                PS1="${_spack_value%%"$_spack_made"*}${_spack_value#*"$_spack_made"}" ;;
            esac
            continue
        else continue
        fi
        if [ -z "$_spack_is" ]; then
            unset "$_spack_name"
            continue
        fi
        case " ${SPACK_ENV_LOCAL-} " in
            *" $_spack_name "*)
                if [ -n "${ZSH_VERSION-}" ]; then typeset -g +x "$_spack_name"
                else unset "$_spack_name"
                fi
                eval "$_spack_name=\"\$_spack_value\"" ;;
            *) eval "export $_spack_name=\"\$_spack_value\"" ;;
        esac
    done
    unset SPACK_ENV_SAVED SPACK_ENV_LOCAL _spack_rest _spack_name _spack_had _spack_old \
        _spack_is _spack_value _spack_set _spack_made _spack_front _spack_behind
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
_spack_note() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    for _spack_name in "$@"; do
        eval "[ -z \"\${$_spack_name+x}\" ] || export SPACK_MADE_$_spack_name=\"\${$_spack_name}\""
    done
    unset _spack_name
}
"""

#: Prints the value of the variable that ``_SPACK_NAME`` names without the elements, for csh, which
#: cannot take texts apart itself.
_SH_PRINT = (
    SH_RESTORE[: SH_RESTORE.index("_spack_restore()")]
    + r"""eval "
_spack_had=\"\${SPACK_SAVED_$_SPACK_NAME+x}\" _spack_old=\"\${SPACK_SAVED_$_SPACK_NAME-}\"
_spack_value=\"\${$_SPACK_NAME-}\" _spack_front=\"\${SPACK_FRONT_$_SPACK_NAME-}\"
_spack_behind=\"\${SPACK_BEHIND_$_SPACK_NAME-}\""
_spack_take || :
printf %s "$_spack_value"
"""
)

CSH_RESTORE = (
    r"""if ( $?SPACK_ENV_SAVED ) then
    setenv _SPACK_TAKE """
    + shells.quote(_SH_PRINT, "csh")
    + r"""
    if ( ! $?SPACK_ENV_LOCAL ) setenv SPACK_ENV_LOCAL ''
    foreach _spack_name ( $SPACK_ENV_SAVED )
        set _spack_local = 0
        foreach _spack_item ( $SPACK_ENV_LOCAL )
            if ( "$_spack_item" == "$_spack_name" ) set _spack_local = 1
        end
        eval 'set _spack_is = $?'"$_spack_name"
        eval 'set _spack_had = $?SPACK_SAVED_'"$_spack_name"
        eval 'set _spack_set = $?SPACK_MADE_'"$_spack_name"
        eval 'set _spack_list = $?SPACK_FRONT_'"$_spack_name"
        if ( ! $_spack_list ) eval 'set _spack_list = $?SPACK_BEHIND_'"$_spack_name"
        set _spack_value = ''
        set _spack_made = ''
        if ( $_spack_is ) eval 'set _spack_value = "${'"$_spack_name"':q}"'
        if ( $_spack_set ) eval 'set _spack_made = "${SPACK_MADE_'"$_spack_name"':q}"'
        set _spack_same = 0
        if ( $_spack_is == $_spack_set ) then
            if ( "${_spack_value:q}" == "${_spack_made:q}" ) set _spack_same = 1
        endif
        if ( $_spack_same ) then
            if ( $_spack_had && ! $_spack_local ) then
                eval 'setenv '"$_spack_name"' "${SPACK_SAVED_'"$_spack_name"':q}"'
            else
                unsetenv $_spack_name
            endif
        else if ( $_spack_list && "${_spack_value:q}" != '' ) then
            setenv _SPACK_NAME $_spack_name
            eval 'setenv '"$_spack_name"' "`printenv _SPACK_TAKE | /bin/sh`"'
            eval 'if ( "${'"$_spack_name"':q}" == "" && ! $_spack_had ) unsetenv '"$_spack_name"
        endif
        foreach _spack_item ( SAVED MADE FRONT BEHIND )
            unsetenv SPACK_${_spack_item}_$_spack_name
        end
    end
    unsetenv SPACK_ENV_SAVED
    unsetenv SPACK_ENV_LOCAL
    unsetenv _SPACK_TAKE
    unsetenv _SPACK_NAME
    unset _spack_name _spack_local _spack_item _spack_had _spack_is _spack_set _spack_same
    unset _spack_list _spack_value _spack_made
endif
if ( $?_spack_old_prompt ) then
    if ( "${prompt:q}" == "${_spack_new_prompt:q}" ) set prompt = "${_spack_old_prompt:q}"
    unset _spack_old_prompt _spack_new_prompt
endif
"""
)

FISH_RESTORE = r"""function _spack_restore
    for name in (string split -n ' ' -- "$SPACK_ENV_SAVED")
        string match -qr '^[A-Za-z_][A-Za-z0-9_]*$' -- $name; or continue
        set -l saved SPACK_SAVED_$name
        set -l made SPACK_MADE_$name
        set -l front SPACK_FRONT_$name
        set -l behind SPACK_BEHIND_$name
        set -l what keep
        if set -qg $name; and set -qg $made
            test "$$name" = "$$made"; and set what restore
        else if not set -qg $name; and not set -qg $made
            set what restore
        end
        if test $what = keep; and test -n "$$name"; and test -n "$$front$$behind"
            set what take
        end
        if test $what = take
            set -l text "$$front$$behind"
            set -l sign (string sub -l 1 -- $text)
            set -l parts (string split -- $sign "$$name")
            if set -qg $front
                for part in (string split -- $sign (string sub -s 2 -- "$$front"))
                    set -l at (contains -i -- $part $parts); and set -e parts[$at]
                end
            end
            if set -qg $behind
                for part in (string split -- $sign (string sub -s 2 -- "$$behind"))
                    # The empty element stands for directories of the system.
                    test -z "$part"; and test -z "$$saved"; and continue
                    set -l at (contains -i -- $part $parts[-1..1]); and set -e parts[-$at]
                end
            end
            set -l value (string join -- $sign $parts)
            set -l left (string trim -c $sign -- "$value")
            if test -n "$left"
                set -gx $name $value
            else
                set what restore
            end
        end
        if test $what = restore; and not set -qg $saved
            set -eg $name
        else if test $what = restore; and contains -- $name (string split ' ' -- "$SPACK_ENV_LOCAL")
            set -eg $name
            set -g $name $$saved
        else if test $what = restore
            set -gx $name $$saved
        end
        set -eg $saved
        set -eg $made
        set -eg $front
        set -eg $behind
    end
    set -eg SPACK_ENV_SAVED
    set -eg SPACK_ENV_LOCAL
    set -eg _spack_label
    if functions -q _spack_old_prompt; and functions fish_prompt | string match -q '*_spack_label*'
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
function _spack_note
    for name in $argv
        set -qg $name; and set -gx SPACK_MADE_$name $$name
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


def elements(actions: Sequence[VariableAction]) -> list[VariableAction]:
    """What restoring has to know of lists: the elements that are put before and behind them.

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
