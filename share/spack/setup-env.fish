# Shell support for fish. Source it:
#
#     source <instance>/share/spack/setup-env.fish
#
# It exports SPACK_ROOT, puts <instance>/bin first in PATH and defines `spack`, `spacktivate` and
# `despacktivate`. Sourcing starts no process, reads no configuration and may be repeated.

# Undo what the active environment changed; see setup-env.sh for the variables.
# The program copies the function, up to the empty line, into what it writes for fish.
function _spack_restore
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

# Activate from the file written when the environment's view was made; no process is started.
# Returns 91 when that cannot be done and the program has to be asked.
function _spack_activate_ready
    set -l kind activate.fish
    set -l by_dir 0
    set -l where
    set -e _spack_prompt
    while set -q argv[1]
        switch $argv[1]
            case -p --prompt
                set -g _spack_prompt 1
            case -V --without-view
                set kind activate-without-view.fish
            case -v --with-view
                set -l next "$argv[2]"
                if string match -q -- '*/*' $next
                    return 91
                else if test -n "$next"; and not string match -q -- '-*' $next
                    if test (count $argv) -gt 2; or set -q where[1]
                        set kind activate-view-$next.fish
                        set -e argv[1]
                    end
                end
            case '--with-view=*'
                set kind activate-view-(string replace -- --with-view= '' $argv[1]).fish
            case -d --dir
                set -q argv[2]; or return 91
                set by_dir 1
                set where $argv[2]
                set -e argv[1]
            case '--dir=*'
                set by_dir 1
                set where (string replace -- --dir= '' $argv[1])
            case '-*' ''
                return 91
            case '*'
                set -q where[1]; and return 91
                set where $argv[1]
        end
        set -e argv[1]
    end
    set -q where[1]; or return 91
    set -l root "$SPACK_ENVIRONMENTS_ROOT"
    if test -z "$root"
        set -l state "$SPACK_STATE_DIR"
        test -n "$state"; or set state "$SPACK_ROOT"
        set root "$state/var/spack/environments"
        set -l cache "$SPACK_USER_CACHE_PATH"
        test -n "$cache"; or set cache "$HOME/.spack"
        # config:environments_root is elsewhere: the program noted the instance and the root.
        if test -r "$cache/environments_root"
            set -l instance
            set -l noted
            begin
                read instance
                read noted
            end <"$cache/environments_root"; or return 91
            test "$instance" = "$SPACK_ROOT"; and set root $noted
        end
    end
    set -l found
    set -l candidates $where
    if test $by_dir = 0; and not string match -qr '^(/|\./|\.\./|\.$|\.\.$)' -- $where
        set candidates $root/$where $where
    end
    for candidate in $candidates
        if test -f "$candidate/spack.yaml"
            set found $candidate
            break
        end
    end
    set -q found[1]; or return 91
    test -r "$found/.spack-env/$kind"; or return 91
    set -g _spack_ready $found
    set -e _spack_stale
    source "$found/.spack-env/$kind"
    set -q _spack_stale; and return 91
    return 0
end

function _spack_activate
    _spack_activate_ready $argv
    set -l code $status
    set -eg _spack_ready
    set -eg _spack_stale
    set -eg _spack_prompt
    if test $code -eq 91
        _spack_eval env activate --fish $argv
        return $status
    end
    return $code
end

# Run the program and evaluate the shell code it prints; its exit status is ours.
function _spack_eval
    set -l code ("$SPACK_ROOT/bin/spack" $argv)
    set -l result $status
    if test $result -ne 0
        set -q code[1]; and string join \n -- $code
        return $result
    end
    string join \n -- $code | source
end

# True when an argument asks for text (help, code to be printed) instead of an effect.
function _spack_asks_text
    for word in $argv
        contains -- $word -h --help --sh --csh --fish --bat --pwsh --list; and return 0
    end
    return 1
end

function spack
    # Global options come first; find the command word behind them.
    set -l at 1
    set -l takes_value -c --config -C --config-scope -e --env -D --env-dir --color --lines \
        --profile-file --sorted-profile --print-shell-vars
    while set -q argv[$at]; and string match -q -- '-*' $argv[$at]
        contains -- $argv[$at] $takes_value; and set at (math $at + 1)
        set at (math $at + 1)
    end
    set -l next (math $at + 1)
    set -l word
    set -l verb
    set -q argv[$at]; and set word $argv[$at]
    set -q argv[$next]; and set verb $argv[$next]
    _spack_asks_text $argv; and set word text
    set -l front
    test $at -gt 1; and set front $argv[1..(math $at - 1)]
    switch "$word/$verb"
        case 'cd/*'
            set -l place ("$SPACK_ROOT/bin/spack" $front location $argv[$next..-1])
            or return $status
            cd $place
        case 'load/*' 'unload/*'
            _spack_eval $front $word --fish $argv[$next..-1]
        case env/activate
            set -e argv[1..$next]
            if set -q front[1]
                _spack_eval $front env activate --fish $argv
            else
                _spack_activate $argv
            end
        case env/deactivate
            despacktivate
        case '*'
            "$SPACK_ROOT/bin/spack" $argv
    end
end

function spacktivate
    if _spack_asks_text $argv
        "$SPACK_ROOT/bin/spack" env activate $argv
    else
        _spack_activate $argv
    end
end

function despacktivate
    if test -z "$SPACK_ENV_SAVED"
        if test -z "$SPACK_ENV"
            echo "No environment is active." >&2
            return 1
        end
        # SPACK_ENV was set by hand: there is nothing to restore.
        set -eg SPACK_ENV
        set -eg SPACK_ENV_VIEW
        return 0
    end
    _spack_restore
end

function __spack_complete_first
    source $SPACK_ROOT/share/spack/spack-completion.fish
    complete -C (commandline -cp)
end

begin
    set -l file (status filename)
    string match -q '/*' -- $file; or set file $PWD/$file
    set -l root (string replace -r '/share/spack/[^/]*$' '' -- (path resolve $file))
    test -x "$root/bin/spack"; and set -gx SPACK_ROOT $root
    if test -x "$SPACK_ROOT/bin/spack"
        contains -- "$SPACK_ROOT/bin" $PATH; or set -gx PATH "$SPACK_ROOT/bin" $PATH
        # Completion is read when it is first asked for.
        if test -r "$SPACK_ROOT/share/spack/spack-completion.fish"; and not functions -q __spack_at
            complete -c spack -f -a '(__spack_complete_first)'
        end
    else
        echo "setup-env.fish: cannot find the instance it belongs to." >&2
        echo "Try: set SPACK_ROOT to the instance's directory before sourcing it." >&2
        false
    end
end
