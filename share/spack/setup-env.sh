# Shell support for sh, bash, dash, ksh and zsh. Source it:
#
#     . <instance>/share/spack/setup-env.sh
#
# It exports SPACK_ROOT, puts <instance>/bin first in PATH and defines `spack`, `spacktivate` and
# `despacktivate`. Sourcing starts no process, reads no configuration and may be repeated; nothing
# here depends on the options of the calling shell (set -e, set -u, zsh options).

# Undo what the active environment changed. SPACK_ENV_SAVED names the variables that were touched;
# SPACK_SAVED_<name> holds the value a variable had (absent: it was not set), SPACK_ENV_LOCAL names
# those that were set but not exported. The program copies the two functions, up to the empty line,
# into what it writes for shells.
_spack_take() {
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

_spack_file_of() { # CANDIDATE...: the first existing environment directory, in _spack_dir
    for _spack_dir in "$@"; do
        [ -f "$_spack_dir/spack.yaml" ] && return 0
    done
    _spack_dir=
    return 1
}

# Activate from the file written when the environment's view was made; no process is started.
# Returns 91 when that cannot be done and the program has to be asked.
_spack_activate_ready() {
    [ -z "${ZSH_VERSION-}" ] || emulate -L sh
    _spack_kind=activate.sh _spack_by_dir= _spack_where= _spack_prompt=
    while [ $# -gt 0 ]; do
        case "$1" in
            -p|--prompt) _spack_prompt=1 ;;
            -V|--without-view) _spack_kind=activate-without-view.sh ;;
            -v|--with-view)
                # The view's name is optional only at the end or before another option.
                case "${2-}" in
                    ''|-*) _spack_kind=activate.sh ;;
                    */*) return 91 ;;
                    *)
                        if [ $# -gt 2 ] || [ -n "$_spack_where" ]; then
                            _spack_kind="activate-view-$2.sh"
                            shift
                        fi ;;
                esac ;;
            --with-view=*) _spack_kind="activate-view-${1#--with-view=}.sh" ;;
            -d|--dir) [ $# -ge 2 ] || return 91; _spack_by_dir=1 _spack_where="$2"; shift ;;
            --dir=*) _spack_by_dir=1 _spack_where="${1#--dir=}" ;;
            -*|'') return 91 ;;
            *) [ -z "$_spack_where" ] || return 91; _spack_where="$1" ;;
        esac
        shift
    done
    [ -n "$_spack_where" ] || return 91
    _spack_root="${SPACK_ENVIRONMENTS_ROOT-}"
    if [ -z "$_spack_root" ]; then
        _spack_root="${SPACK_STATE_DIR:-$SPACK_ROOT}/var/spack/environments"
        # config:environments_root is elsewhere: the program noted the instance and the root.
        _spack_dir="${SPACK_USER_CACHE_PATH:-${HOME-}/.spack}/environments_root"
        if [ -r "$_spack_dir" ]; then
            { IFS= read -r _spack_of && IFS= read -r _spack_name; } < "$_spack_dir" || return 91
            [ "$_spack_of" != "$SPACK_ROOT" ] || _spack_root="$_spack_name"
        fi
    fi
    if [ -n "$_spack_by_dir" ]; then _spack_file_of "$_spack_where" || return 91
    else
        case "$_spack_where" in
            /*|.|..|./*|../*) _spack_file_of "$_spack_where" || return 91 ;;
            *) _spack_file_of "$_spack_root/$_spack_where" "$_spack_where" || return 91 ;;
        esac
    fi
    [ -r "$_spack_dir/.spack-env/$_spack_kind" ] || return 91
    _spack_ready="$_spack_dir"
    _spack_stale=
    . "$_spack_dir/.spack-env/$_spack_kind"
    [ -z "$_spack_stale" ] || return 91
}

_spack_activate() {
    [ -z "${ZSH_VERSION-}" ] || setopt local_options no_warn_create_global no_ksh_arrays
    _spack_code=0
    _spack_activate_ready "$@" || _spack_code=$?
    if [ "$_spack_code" -eq 91 ]; then
        _spack_code=0
        _spack_eval env activate --sh "$@" || _spack_code=$?
    fi
    set -- "$_spack_code"
    unset _spack_code _spack_kind _spack_by_dir _spack_where _spack_prompt _spack_root \
        _spack_dir _spack_ready _spack_stale _spack_of _spack_name
    return "$1"
}

# Run the program and evaluate the shell code it prints; its exit status is ours.
_spack_eval() {
    [ -z "${ZSH_VERSION-}" ] || setopt local_options no_warn_create_global no_ksh_arrays
    _spack_out="$("$SPACK_ROOT/bin/spack" "$@")" || {
        set -- $?
        [ -z "$_spack_out" ] || printf '%s\n' "$_spack_out"
        unset _spack_out
        return "$1"
    }
    set -- "$_spack_out"
    unset _spack_out
    eval "$1"
}

# True when an argument asks for text (help, code to be printed) instead of an effect.
_spack_asks_text() {
    [ -z "${ZSH_VERSION-}" ] || setopt local_options no_warn_create_global no_ksh_arrays
    for _spack_arg in "$@"; do
        case "$_spack_arg" in
            -h|--help|--sh|--csh|--fish|--bat|--pwsh|--list) unset _spack_arg; return 0 ;;
        esac
    done
    unset _spack_arg
    return 1
}

spack() {
    [ -z "${ZSH_VERSION-}" ] || setopt local_options no_warn_create_global no_ksh_arrays
    # Global options come first; find the command word behind them.
    _spack_at=1 _spack_skip= _spack_word= _spack_verb=
    for _spack_arg in "$@"; do
        if [ -n "$_spack_word" ]; then _spack_verb="$_spack_arg"; break; fi
        if [ -n "$_spack_skip" ]; then _spack_skip=
        else
            case "$_spack_arg" in
                -c|--config|-C|--config-scope|-e|--env|-D|--env-dir|--color|--lines) _spack_skip=1 ;;
                --profile-file|--sorted-profile|--print-shell-vars) _spack_skip=1 ;;
                -*) ;;
                *) _spack_word="$_spack_arg"; continue ;;
            esac
        fi
        _spack_at=$((_spack_at + 1))
    done
    # The words after which `--sh` goes: `load` or `env activate`.
    case "$_spack_word/$_spack_verb" in
        cd/*) _spack_word=cd ;;
        load/*|unload/*) _spack_word=eval ;;
        env/activate|env/deactivate) _spack_word="$_spack_verb" ;;
        *) _spack_word= ;;
    esac
    case "$_spack_word" in ?*) ! _spack_asks_text "$@" || _spack_word= ;; esac
    if [ "$_spack_word" = activate ] && [ "$_spack_at" -gt 1 ]; then _spack_word=eval; fi
    if [ "$_spack_word" = eval ] && [ "$_spack_verb" = activate ]; then
        _spack_at=$((_spack_at + 1))
    fi
    case "$_spack_word" in
        '')
            unset _spack_at _spack_skip _spack_word _spack_verb _spack_arg
            "$SPACK_ROOT/bin/spack" "$@"
            return ;;
        activate)
            unset _spack_at _spack_skip _spack_word _spack_verb _spack_arg
            shift 2
            _spack_activate "$@"
            return ;;
        deactivate)
            unset _spack_at _spack_skip _spack_word _spack_verb _spack_arg
            despacktivate
            return ;;
    esac
    # Rebuild the arguments: `--sh` behind the command words, or `location` in place of `cd`.
    _spack_skip=1
    for _spack_arg in "$@"; do
        shift
        if [ "$_spack_word" = cd ] && [ "$_spack_skip" -eq "$_spack_at" ]; then
            set -- "$@" location
        else set -- "$@" "$_spack_arg"
        fi
        if [ "$_spack_word" = eval ] && [ "$_spack_skip" -eq "$_spack_at" ]; then
            set -- "$@" --sh
        fi
        _spack_skip=$((_spack_skip + 1))
    done
    if [ "$_spack_word" = cd ]; then
        unset _spack_at _spack_skip _spack_word _spack_verb _spack_arg
        _spack_out="$("$SPACK_ROOT/bin/spack" "$@")" || {
            set -- $?
            unset _spack_out
            return "$1"
        }
        set -- "$_spack_out"
        unset _spack_out
        cd "$1"
    else
        unset _spack_at _spack_skip _spack_word _spack_verb _spack_arg
        _spack_eval "$@"
    fi
}

spacktivate() {
    if _spack_asks_text "$@"; then "$SPACK_ROOT/bin/spack" env activate "$@"
    else _spack_activate "$@"
    fi
}

despacktivate() {
    [ -z "${ZSH_VERSION-}" ] || setopt local_options no_warn_create_global no_ksh_arrays
    if [ -z "${SPACK_ENV_SAVED-}" ]; then
        if [ -z "${SPACK_ENV-}" ]; then
            printf '%s\n' "No environment is active." >&2
            return 1
        fi
        # SPACK_ENV was set by hand: there is nothing to restore.
        unset SPACK_ENV SPACK_ENV_VIEW
        return 0
    fi
    _spack_restore
}

# Where this file is: bash and zsh know, other shells need SPACK_ROOT or the open file of Linux.
_spack_self=
if [ -n "${BASH_VERSION-}" ]; then eval '_spack_self="${BASH_SOURCE[0]-}"'
elif [ -n "${ZSH_VERSION-}" ]; then eval '_spack_self="${(%):-%x}"'
elif [ -n "${KSH_VERSION-}" ]; then eval '_spack_self="${.sh.file-}"' 2>/dev/null || _spack_self=
fi
case "$_spack_self" in
    '') ;;
    /*) ;;
    *) _spack_self="$PWD/$_spack_self" ;;
esac
if [ -z "$_spack_self" ] && [ ! -x "${SPACK_ROOT-}/bin/spack" ]; then
    for _spack_file in /proc/$$/fd/*; do
        case "$_spack_file" in */[012]) continue ;; esac
        _spack_file="$(readlink "$_spack_file" 2>/dev/null)" || continue
        case "$_spack_file" in */setup-env.sh) _spack_self="$_spack_file" ;; esac
    done
    unset _spack_file
fi
if [ -n "$_spack_self" ]; then
    if [ -h "$_spack_self" ]; then _spack_self="$(readlink -f "$_spack_self")" || :; fi
    _spack_self="${_spack_self%/*}"
    case "$_spack_self" in
        */./*|*/.|*/../*|*/..) _spack_self="$(CDPATH= cd "$_spack_self" && pwd)" || _spack_self= ;;
    esac
    _spack_self="${_spack_self%/*}"
    _spack_self="${_spack_self%/*}"
fi
if [ -x "$_spack_self/bin/spack" ]; then
    SPACK_ROOT="$_spack_self"
    export SPACK_ROOT
fi
unset _spack_self
if [ -x "${SPACK_ROOT-}/bin/spack" ]; then
    case ":${PATH-}:" in
        *":$SPACK_ROOT/bin:"*) ;;
        *) PATH="$SPACK_ROOT/bin${PATH:+:$PATH}"; export PATH ;;
    esac
    # Completion is read when it is first asked for.
    if [ -n "${BASH_VERSION-}" ] && [ -r "$SPACK_ROOT/share/spack/spack-completion.bash" ]; then
        case $- in
            *i*)
                _spack_complete_first() {
                    . "$SPACK_ROOT/share/spack/spack-completion.bash" && return 124
                }
                complete -F _spack_complete_first spack ;;
        esac
    elif [ -n "${ZSH_VERSION-}" ] && [ -r "$SPACK_ROOT/share/spack/spack-completion.bash" ]; then
        case $- in
            *i*)
                # Only where the user has completion at all (compinit).
                if typeset -f compdef >/dev/null; then
                    autoload -U +X bashcompinit && bashcompinit
                    _spack_complete_first() {
                        . "$SPACK_ROOT/share/spack/spack-completion.bash"
                        _spack_complete "$@"
                    }
                    complete -F _spack_complete_first spack
                fi ;;
        esac
    fi
    :
else
    printf '%s\n' "setup-env.sh: cannot tell where it is in this shell." \
        "Try: set SPACK_ROOT to the instance's directory before sourcing it." >&2
    false
fi
