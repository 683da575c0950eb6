# Part of spack.csh: undo what the active environment changed; see ../setup-env.sh for the
# variables. The program copies the code from the second `if` on into what it writes for csh, so
# that there must be no empty line.
if ( ! $?SPACK_ENV_SAVED ) then
    if ( ! $?SPACK_ENV ) then
        echo "No environment is active."
        set _spack_status = 1
    else
        # SPACK_ENV was set by hand: there is nothing to restore.
        unsetenv SPACK_ENV
        unsetenv SPACK_ENV_VIEW
    endif
endif
if ( $?SPACK_ENV_SAVED ) then
    setenv _SPACK_TAKE '_spack_take() {\
    _spack_sep="${_spack_front:-$_spack_behind}"\
    _spack_sep="${_spack_sep%"${_spack_sep#?}"}"\
    _spack_value="$_spack_sep$_spack_value$_spack_sep"\
    while [ -n "$_spack_front" ]; do\
        _spack_part="$_spack_sep${_spack_front##*"$_spack_sep"}$_spack_sep"\
        _spack_front="${_spack_front%"$_spack_sep"*}"\
        case "$_spack_value" in *"$_spack_part"*)\
            _spack_end="${_spack_value#*"$_spack_part"}"\
            _spack_value="${_spack_value%%"$_spack_part"*}$_spack_sep$_spack_end" ;;\
        esac\
    done\
    while [ -n "$_spack_behind" ]; do\
        _spack_part="$_spack_sep${_spack_behind##*"$_spack_sep"}$_spack_sep"\
        _spack_behind="${_spack_behind%"$_spack_sep"*}"\
        # The empty element stands for directories of the system: others would hide them.\
        case "$_spack_old$_spack_part" in "$_spack_sep$_spack_sep") continue ;; esac\
        case "$_spack_value" in *"$_spack_part"*)\
            _spack_end="${_spack_value##*"$_spack_part"}"\
            _spack_value="${_spack_value%"$_spack_part"*}$_spack_sep$_spack_end" ;;\
        esac\
    done\
    _spack_value="${_spack_value#"$_spack_sep"}"\
    _spack_value="${_spack_value%"$_spack_sep"}"\
    case "$_spack_value" in\
        ""|"$_spack_sep") _spack_is="$_spack_had" _spack_value="$_spack_old"; set -- 1 ;;\
        *) set -- 0 ;;\
    esac\
    unset _spack_sep _spack_part _spack_end\
    return "$1"\
}\
eval "\
_spack_had=\"\${SPACK_SAVED_$_SPACK_NAME+x}\" _spack_old=\"\${SPACK_SAVED_$_SPACK_NAME-}\"\
_spack_value=\"\${$_SPACK_NAME-}\" _spack_front=\"\${SPACK_FRONT_$_SPACK_NAME-}\"\
_spack_behind=\"\${SPACK_BEHIND_$_SPACK_NAME-}\""\
_spack_take || :\
printf %s "$_spack_value"\
'
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
