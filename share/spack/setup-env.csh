# Shell support for csh and tcsh. Source it:
#
#     setenv SPACK_ROOT <instance>
#     source $SPACK_ROOT/share/spack/setup-env.csh
#
# It puts <instance>/bin first in PATH and defines `spack`, `spacktivate` and `despacktivate`.
# `source <instance>/share/spack/setup-env.csh` alone is enough at a prompt, and where there is /proc
# in scripts. Sourcing starts no process with SPACK_ROOT set or at a prompt, reads no configuration
# and may be repeated.
if ( ! $?SPACK_ROOT ) then
    # The command line that sourced this file ends in its path.
    set _spack_line = ( $_ )
    if ( $#_spack_line > 1 ) then
        set _spack_file = "$_spack_line[2]"
        if ( "$_spack_file" !~ /* ) set _spack_file = "$cwd/$_spack_file"
        set _spack_file = "$_spack_file:h"
        set _spack_file = "$_spack_file:h"
        set _spack_file = "$_spack_file:h"
        if ( -x "$_spack_file/bin/spack" ) setenv SPACK_ROOT "$_spack_file"
        unset _spack_file
    else if ( -d /proc/$$/fd ) then
        # A script does not tell what it sources, but the shell has the file open.
        set _spack_file = "`ls -l /proc/$$/fd |& sed -n 's,.* -> ,,; s,/share/spack/setup-env[.]csh.*,,p'`"
        set _spack_file = "$_spack_file[$#_spack_file]"
        if ( -x "$_spack_file/bin/spack" ) setenv SPACK_ROOT "$_spack_file"
        unset _spack_file
    endif
    unset _spack_line
endif
if ( ! $?SPACK_ROOT ) then
    echo "setup-env.csh: cannot tell where it is."
    echo "Try: setenv SPACK_ROOT to the instance's directory before sourcing it."
else
    if ( ":${PATH}:" !~ *":${SPACK_ROOT}/bin:"* ) setenv PATH "${SPACK_ROOT}/bin:${PATH}"
    alias spack 'set _spack_args = ( \!* ); source "${SPACK_ROOT}/share/spack/csh/spack.csh"'
    alias spacktivate 'spack env activate \!*'
    alias despacktivate 'spack env deactivate'
endif
