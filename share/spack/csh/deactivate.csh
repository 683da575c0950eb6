# Part of spack.csh: undo what the active environment changed; see ../setup-env.sh for the
# variables. <environment>/.spack-env/activate.csh has the same code.
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
