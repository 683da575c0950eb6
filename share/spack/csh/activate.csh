# Part of spack.csh: activate from the file written when the environment's view was made. Leaves
# _spack_kind = eval when the program has to be asked instead.
set _spack_script = activate.csh
set _spack_where = ''
set _spack_by_dir = 0
set _spack_kind = done
set _spack_todo = ( $_spack_rest:q )
unset _spack_prompt _spack_ready _spack_stale
while ( $#_spack_todo )
    set _spack_arg = "$_spack_todo[1]"
    shift _spack_todo
    switch ( "$_spack_arg" )
    case -p:
    case --prompt:
        set _spack_prompt = 1
        breaksw
    case -V:
    case --without-view:
        set _spack_script = activate-without-view.csh
        breaksw
    case -v:
    case --with-view:
        if ( $#_spack_todo > 1 || ( $#_spack_todo == 1 && "$_spack_where" != '' ) ) then
            if ( "$_spack_todo[1]" !~ -* ) then
                set _spack_script = "activate-view-$_spack_todo[1].csh"
                shift _spack_todo
            endif
        endif
        breaksw
    case -d:
    case --dir:
        if ( $#_spack_todo ) then
            set _spack_by_dir = 1
            set _spack_where = "$_spack_todo[1]"
            shift _spack_todo
        else
            set _spack_kind = eval
        endif
        breaksw
    case -*:
        set _spack_kind = eval
        breaksw
    default:
        if ( "$_spack_where" != '' ) set _spack_kind = eval
        set _spack_where = "$_spack_arg"
        breaksw
    endsw
end
if ( "$_spack_where" == '' ) set _spack_kind = eval

if ( $_spack_kind == done ) then
    set _spack_root = "$SPACK_ROOT/var/spack/environments"
    if ( $?SPACK_STATE_DIR ) then
        set _spack_root = "$SPACK_STATE_DIR/var/spack/environments"
    endif
    set _spack_note = ~/.spack/environments_root
    if ( $?SPACK_USER_CACHE_PATH ) then
        set _spack_note = "$SPACK_USER_CACHE_PATH/environments_root"
    endif
    if ( $?SPACK_ENVIRONMENTS_ROOT ) then
        set _spack_root = "$SPACK_ENVIRONMENTS_ROOT"
    else if ( -r "$_spack_note" ) then
        # A root that was moved: csh cannot read the note without splitting it.
        set _spack_root = /dev/null
    endif
    unset _spack_note
    switch ( "$_spack_where" )
    case /*:
    case .:
    case ..:
    case ./*:
    case ../*:
        set _spack_by_dir = 1
        breaksw
    default:
        breaksw
    endsw
    if ( "$_spack_root" == /dev/null && ! $_spack_by_dir ) then
        set _spack_kind = eval
    else if ( ! $_spack_by_dir && -f "$_spack_root/$_spack_where/spack.yaml" ) then
        set _spack_ready = "$_spack_root/$_spack_where"
    else if ( -f "$_spack_where/spack.yaml" ) then
        set _spack_ready = "$_spack_where"
    endif
    unset _spack_root
    set _spack_kind = eval
    if ( $?_spack_ready ) then
        if ( -r "$_spack_ready/.spack-env/$_spack_script" ) then
            source "$_spack_ready/.spack-env/$_spack_script"
            if ( "$_spack_stale" == '' ) set _spack_kind = done
        endif
    endif
endif
unset _spack_script _spack_where _spack_by_dir _spack_todo _spack_ready _spack_stale _spack_prompt
