# What the alias `spack` of setup-env.csh sources, with the arguments in _spack_args.
set _spack_word = ''
set _spack_verb = ''
set _spack_skip = 0
set _spack_text = 0
set _spack_front = ()
set _spack_rest = ()
foreach _spack_arg ( $_spack_args:q )
    switch ( "$_spack_arg:q" )
    case -h:
    case --help:
    case --sh:
    case --csh:
    case --fish:
    case --bat:
    case --pwsh:
    case --list:
        set _spack_text = 1
        breaksw
    default:
        breaksw
    endsw
    if ( "$_spack_word" != '' ) then
        set _spack_rest = ( $_spack_rest:q "$_spack_arg:q" )
        if ( $#_spack_rest == 1 ) set _spack_verb = "$_spack_arg:q"
    else if ( $_spack_skip ) then
        set _spack_skip = 0
        set _spack_front = ( $_spack_front:q "$_spack_arg:q" )
    else
        switch ( "$_spack_arg:q" )
        case -c:
        case --config:
        case -C:
        case --config-scope:
        case -e:
        case --env:
        case -D:
        case --env-dir:
        case --color:
        case --lines:
        case --profile-file:
        case --sorted-profile:
        case --print-shell-vars:
            set _spack_skip = 1
            set _spack_front = ( $_spack_front:q "$_spack_arg:q" )
            breaksw
        case -*:
            set _spack_front = ( $_spack_front:q "$_spack_arg:q" )
            breaksw
        default:
            set _spack_word = "$_spack_arg:q"
            breaksw
        endsw
    endif
end

set _spack_kind = plain
if ( ! $_spack_text ) then
    switch ( "${_spack_word:q}/${_spack_verb:q}" )
    case cd/*:
        set _spack_kind = cd
        set _spack_code = ( location )
        breaksw
    case load/*:
    case unload/*:
        set _spack_kind = eval
        set _spack_code = ( "$_spack_word" --csh )
        breaksw
    case env/activate:
        shift _spack_rest
        set _spack_kind = eval
        set _spack_code = ( env activate --csh )
        if ( $#_spack_front == 0 ) set _spack_kind = activate
        breaksw
    case env/deactivate:
        set _spack_kind = deactivate
        breaksw
    default:
        breaksw
    endsw
endif
set _spack_status = 0

if ( $_spack_kind == activate ) then
    source "${SPACK_ROOT}/share/spack/csh/activate.csh"
endif

if ( $_spack_kind == plain ) then
    "${SPACK_ROOT}/bin/spack" $_spack_args:q
    set _spack_status = $status
else if ( $_spack_kind == deactivate ) then
    source "${SPACK_ROOT}/share/spack/csh/deactivate.csh"
else if ( $_spack_kind == cd || $_spack_kind == eval ) then
    # Code of several lines does not survive back quotes; output goes through a file.
    set _spack_file = "`mktemp`"
    "${SPACK_ROOT}/bin/spack" $_spack_front:q $_spack_code:q $_spack_rest:q >! "$_spack_file"
    set _spack_status = $status
    if ( $_spack_status ) then
        cat "$_spack_file"
    else if ( $_spack_kind == cd ) then
        cd "`cat $_spack_file:q`"
    else
        source "$_spack_file"
    endif
    /bin/rm -f "$_spack_file"
    unset _spack_file _spack_code
endif

unset _spack_word _spack_verb _spack_skip _spack_text _spack_front _spack_rest _spack_arg
unset _spack_args _spack_kind _spack_code
# The status of the program is the status of the alias.
( exit $_spack_status )
