"""Completion files for bash (and zsh) and fish, written from the parsers.

Completing starts no interpreter: the files hold every word, and the shell itself looks for names
of environments, packages and files. Where recipes and stores are it reads from files that the
program keeps (``session/places.py``); before there are any, it looks where they usually are.
"""

from __future__ import annotations

from spack.cli.command_tree import CommandNode, program
from spack.work.machine.configuration_changes import SECTIONS

#: The kinds of values and arguments, by their names.
_KINDS: dict[str, str] = {
    "SPEC": "package", "SPECS": "package", "PACKAGE": "package", "SPEC|FILE": "package",
    "ENV": "env", "FROM": "env", "DIR|ENV": "dir", "COMMAND": "command",
    "DIR": "dir", "FILE": "file", "PATH": "file", "SCOPE": "scope",
}  # fmt: skip

#: Commands whose specs are of what is installed.
_OF_INSTALLED = frozenset(
    "cd deprecate diff extensions find load location logs mark uninstall unload verify".split()
)

#: The scopes that every instance has.
_SCOPES = "user spack site system defaults"

_NOTICE = "Written by 'spack commands --update-completion'; changes here are lost."


def bash() -> str:
    """The file for bash; zsh reads it through bashcompinit."""
    root = program()
    lines = [f"# Completion of spack for bash and zsh. {_NOTICE}"]
    lines.append(_BASH_HEAD.replace("@SECTIONS@", " ".join(SECTIONS)).replace("@SCOPES@", _SCOPES))
    lines.append("# Sets what may come after some words: options, those with values, words, kind.")
    lines += ["_spack_table() {", '    case "$1" in']
    for node in root.walk():
        lines.append(f"        {_bash_pattern(root, node)})")
        options = " ".join(name for option in node.options for name in option.names)
        lines.append(f"            _spack_options='{options}'")
        values = [f"{name}:{kind}" for name, kind in _valued(node)]
        if values:
            lines.append(f"            _spack_values='{' '.join(values)}'")
        words = [w for child in node.children for w in (child.words[-1], *child.aliases)]
        words += [choice for argument in node.arguments for choice in argument.choices]
        if words:
            lines.append(f"            _spack_words='{' '.join(words)}'")
        kind = _argument_kind(node)
        if kind:
            lines.append(f"            _spack_kind='{kind}'")
        lines.append("            ;;")
    lines += ["        *) return 1 ;;", "    esac", "}", _BASH_TAIL]
    return "\n".join(lines)


def _bash_pattern(root: CommandNode, node: CommandNode) -> str:
    return "|".join(f"'{' '.join(words)}'" for words in _spellings(root, node))


def _spellings(root: CommandNode, node: CommandNode) -> list[tuple[str, ...]]:
    """The words of a node with every alias on the way."""
    found: list[tuple[str, ...]] = [()]
    here = root
    for word in node.words:
        here = next(child for child in here.children if child.words[-1] == word)
        found = [(*start, name) for start in found for name in (word, *here.aliases)]
    return found


def _valued(node: CommandNode) -> list[tuple[str, str]]:
    """Options with values: each name, and the choices after ``=`` or the kind of the value."""
    found = []
    for option in node.options:
        if option.value is None:
            continue
        kind = _kind(node, option.value)
        if "--env" in option.names or "--except-environment" in option.names:
            kind = "env"
        if option.choices:
            kind = f"={','.join(option.choices)}"
        found += [(name, kind) for name in option.names]
    return found


def _kind(node: CommandNode, name: str) -> str:
    if name in ("NAME", "ENV") and node.words[:1] == ("env",):
        return "env"
    if name.startswith("SECTION"):
        return "section"
    kind = _KINDS.get(name, "any")
    if kind == "package" and node.words[:1] == ("unload",):
        return "loaded"
    return "installed" if kind == "package" and node.words[:1][0] in _OF_INSTALLED else kind


def _argument_kind(node: CommandNode) -> str:
    for argument in node.arguments:
        kind = _kind(node, argument.name)
        if kind != "any":
            return kind
    return ""


_BASH_HEAD = """
_spack_environments() {
    local file root="${SPACK_STATE_DIR:-${SPACK_ROOT-}}/var/spack/environments"
    root="${SPACK_ENVIRONMENTS_ROOT:-$root}"
    for file in "$root"/*/spack.yaml; do
        [ -f "$file" ] || continue
        file="${file%/spack.yaml}"
        printf '%s\\n' "${file##*/}"
    done
}

# Lines of a file that the program keeps for completion, in _spack_lines.
_spack_kept() {
    local line file="${SPACK_STATE_DIR:-${SPACK_ROOT-}}/var/spack/cache/completion/$1"
    _spack_lines=()
    [ -r "$file" ] || return 1
    while IFS= read -r line; do _spack_lines+=("$line"); done < "$file"
}

# Names of recipes that begin with a word; those of thousands without a loop over them.
_spack_packages() {
    local entry folder names start="${1//-/_}" cache="${SPACK_USER_CACHE_PATH:-${HOME-}/.spack}"
    local found starts _spack_lines
    case "$1" in *[!A-Za-z0-9_-]*) return ;; esac
    _spack_kept recipes || _spack_lines=("${SPACK_ROOT-}"/var/spack/repos/spack_repo/*/packages \\
        "$cache"/package_repos/*/repos/spack_repo/*/packages)
    case "$1" in
        '') starts=('') ;;
        *-*) starts=("$start" "_$start" "$1") ;;
        *) starts=("$start" "_$start") ;;
    esac
    for entry in "${_spack_lines[@]}"; do
        folder="${entry%%$'\\t'*}" names="${entry#*$'\\t'}"
        # The names hold while the folder has the time that it had when it was listed.
        if [ -f "$names" ] && ! [ "$names" -nt "$folder" ] && ! [ "$folder" -nt "$names" ]; then
            if [ -z "$1" ]; then COMPREPLY+=($(< "$names"))
            else COMPREPLY+=($(LC_ALL=C grep "^${1//[-_]/[-_]}" "$names")); fi
            continue
        fi
        for start in "${starts[@]}"; do
            # Short texts: thousands of long ones take the shell a tenth of a second.
            found=($(cd -- "$folder" 2>/dev/null && printf '%s\\n' "$start"*/package.py))
            [ -e "$folder/${found[0]-}" ] || continue
            found=("${found[@]%/*}")
            found=("${found[@]#_}")
            COMPREPLY+=("${found[@]//_/-}")
        done
    done
}

# Names of what stores have that begin with a word; with hashes as alternatives only of those.
_spack_installed() {
    local folder file files found quote='"' _spack_lines
    local record='"spec": *[{]"name": *"'
    [ -z "${2-}" ] || record='"('"$2"')": *[{]'"$record"
    _spack_kept stores || _spack_lines=("${SPACK_STATE_DIR:-${SPACK_ROOT-}}/opt/spack")
    files=()
    for folder in "${_spack_lines[@]}"; do
        for file in "$folder/.spack-db/index.json" "$folder/.spack-db/journal"; do
            [ ! -s "$file" ] || files+=("$file")
        done
    done
    [ "${#files[@]}" -gt 0 ] || return 0
    found=($(LC_ALL=C grep -Eoh "$record$1"'[^"]*' "${files[@]}" | sort -u))
    COMPREPLY+=("${found[@]##*$quote}")
}

# Words of a kind that begin with the current one, in COMPREPLY.
_spack_offer() {
    local IFS=$'\\n' start="${2##*[%^]}"
    local lead="${2%"$start"}"
    case "$1" in
        env) COMPREPLY+=($(compgen -W "$(_spack_environments)" -- "$2")) ;;
        package) _spack_packages "$start" ;;
        installed) _spack_installed "$start" ;;
        loaded)
            [ -z "${SPACK_LOADED_HASHES-}" ] ||
                _spack_installed "$start" "${SPACK_LOADED_HASHES//:/|}" ;;
        scope)
            COMPREPLY+=($(IFS=' '; compgen -W '@SCOPES@' -- "$2"))
            case "$2" in
                env:* | env | en | e | '')
                    local scopes
                    scopes=($(_spack_environments))
                    scopes=("${scopes[@]/#/env:}")
                    COMPREPLY+=($(compgen -W "${scopes[*]}" -- "$2")) ;;
            esac ;;
        section) COMPREPLY+=($(IFS=' '; compgen -W '@SECTIONS@' -- "$2")) ;;
        command)
            _spack_table ''
            IFS=$' \\t\\n'
            COMPREPLY+=($(compgen -W "$_spack_words" -- "$2")) ;;
        dir) COMPREPLY+=($(compgen -d -- "$2")) ;;
        file) COMPREPLY+=($(compgen -f -- "$2")) ;;
        =*) IFS=$' \\t\\n'; COMPREPLY+=($(compgen -W "${1//[=,]/ }" -- "$2")) ;;
    esac
    # Names of dependencies continue a word.
    case "$1" in
        package | installed) [ -z "$lead" ] || COMPREPLY=("${COMPREPLY[@]/#/$lead}") ;;
    esac
}

# The kind of value of an option, in _spack_found; fails for options without value.
_spack_value_of() {
    local entry
    for entry in $_spack_values; do
        case "$entry" in "$1":*) _spack_found="${entry#*:}"; return 0 ;; esac
    done
    return 1
}
"""

_BASH_TAIL = """
_spack_complete() {
    local current="${COMP_WORDS[COMP_CWORD]}" trail='' word trial wanted='' option='' place=1
    local taken=''
    local _spack_options='' _spack_values='' _spack_words='' _spack_kind='' _spack_found=''
    COMPREPLY=()
    _spack_table ''
    while [ "$place" -lt "$COMP_CWORD" ]; do
        word="${COMP_WORDS[place]}"
        place=$((place + 1))
        # Bash breaks words at equals signs and colons, zsh does not.
        [ "$word" != '=' ] || continue
        if [ -n "$wanted" ]; then taken="$wanted:$word" wanted=''; continue; fi
        if [ "$taken$word" = scope:env: ]; then wanted=env; continue; fi
        taken=''
        case "$word" in
            -*) if _spack_value_of "$word"; then wanted="$_spack_found"; fi ;;
            *)
                trial="$trail${trail:+ }$word"
                case " $_spack_words " in
                    *" $word "*)
                        local before="$_spack_options|$_spack_values|$_spack_words|$_spack_kind"
                        _spack_options='' _spack_values='' _spack_words='' _spack_kind=''
                        if _spack_table "$trial"; then trail="$trial"
                        else
                            IFS='|' read -r _spack_options _spack_values _spack_words _spack_kind \\
                                <<< "$before"
                        fi ;;
                esac ;;
        esac
    done
    case "$current" in
        =) current='' ;;
        :) if [ "$taken" = scope:env ]; then wanted=env current=''; fi ;;
        --*=*)
            if _spack_value_of "${current%%=*}"; then
                wanted="$_spack_found" option="${current%%=*}=" current="${current#*=}"
            fi ;;
    esac
    if [ -n "$wanted" ]; then
        _spack_offer "$wanted" "$current"
        [ -z "$option" ] || COMPREPLY=("${COMPREPLY[@]/#/$option}")
        return 0
    fi
    case "$current" in
        -*) COMPREPLY=($(compgen -W "$_spack_options" -- "$current")) ;;
        *)
            [ -z "$_spack_words" ] || COMPREPLY=($(compgen -W "$_spack_words" -- "$current"))
            [ -z "$_spack_kind" ] || _spack_offer "$_spack_kind" "$current" ;;
    esac
}

_spack_complete_activate() {
    local current="${COMP_WORDS[COMP_CWORD]}"
    COMPREPLY=()
    case "$current" in
        -*)
            local _spack_options='' _spack_values='' _spack_words='' _spack_kind=''
            _spack_table 'env activate'
            COMPREPLY=($(compgen -W "$_spack_options" -- "$current")) ;;
        *) _spack_offer env "$current" ;;
    esac
}

complete -F _spack_complete spack
complete -F _spack_complete_activate spacktivate
"""


def fish() -> str:
    """The file for fish."""
    root = program()
    paths: list[str] = []
    canonical: dict[str, str] = {}
    for node in root.walk():
        name = " ".join(node.words)
        if not name:
            continue
        paths.append(name)
        for words in _spellings(root, node)[1:]:
            canonical[" ".join(words)] = name
    valued = sorted(
        {name for node in root.walk() for name, _ in _valued(node) if not name.startswith("=")}
    )
    lines = [f"# Completion of spack for fish. {_NOTICE}", ""]
    lines.append("set -g __spack_paths " + " ".join(_fish(path) for path in paths))
    lines.append("set -g __spack_valued " + " ".join(valued))
    lines += ["", "function __spack_known", "    switch $argv[1]"]
    for other, name in sorted(canonical.items()):
        lines.append(f"        case {_fish(other)}")
        lines.append(f"            echo {_fish(name)}")
    lines.append(_FISH_HEAD)
    for node in root.walk():
        at = f"-n {_fish('__spack_at ' + _fish(' '.join(node.words)))}"
        kinds = dict(_valued(node))
        for option in node.options:
            parts = [f"complete -c spack {at}"]
            for name in option.names:
                parts.append(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}")
            kind = kinds.get(option.names[0], "")
            if option.value is not None:
                parts.append("-r")
                parts.append(_fish_offer(kind))
            if option.help:
                parts.append(f"-d {_fish(option.help)}")
            lines.append(" ".join(filter(None, parts)))
        for child in node.children:
            word = child.words[-1]
            lines.append(f"complete -c spack {at} -a {word} -d {_fish(child.help)}")
        for argument in node.arguments:
            if argument.choices:
                lines.append(f"complete -c spack {at} -a {_fish(' '.join(argument.choices))}")
        kind = _argument_kind(node)
        if kind:
            lines.append(f"complete -c spack {at} {_fish_offer(kind)}")
    lines.append("complete -c spacktivate -f -a '(__spack_environments)'")
    return "\n".join(lines) + "\n"


def _fish(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _fish_offer(kind: str) -> str:
    if kind.startswith("="):
        return f"-a {_fish(kind[1:].replace(',', ' '))}"
    return {
        "env": "-a '(__spack_environments)'",
        "package": "-a '(__spack_packages)'",
        "installed": "-a '(__spack_installed)'",
        "loaded": "-a '(__spack_loaded)'",
        "scope": f"-a {_fish(_SCOPES + ' (__spack_environments | string replace -r ^ env:)')}",
        "command": "-a '(__spack_commands)'",
        "section": f"-a {_fish(' '.join(SECTIONS))}",
        "dir": "-a '(__fish_complete_directories)'",
        "file": "-F",
    }.get(kind, "")


_FISH_HEAD = """\
        case '*'
            if contains -- $argv[1] $__spack_paths
                echo $argv[1]
            end
    end
end

# Whether the words so far are those of a command and not yet of one below it. Asked for every
# command in turn: the answer for the words is kept.
function __spack_at
    set -l words (commandline -opc)
    if test "$words" != "$__spack_words"
        set -l path
        set -l skip
        for word in $words[2..-1]
            if set -q skip[1]
                set -e skip
                set -l skip
                continue
            end
            if string match -q -- '-*' $word
                contains -- $word $__spack_valued; and set skip yes
            else
                set -l longer (__spack_known (string trim -- "$path $word"))
                test -n "$longer"; and set path $longer
            end
        end
        set -g __spack_words "$words"
        set -g __spack_here "$path"
    end
    test "$__spack_here" = "$argv[1]"
end

function __spack_environments
    set -l root $SPACK_ROOT/var/spack/environments
    test -n "$SPACK_STATE_DIR"; and set root $SPACK_STATE_DIR/var/spack/environments
    test -n "$SPACK_ENVIRONMENTS_ROOT"; and set root $SPACK_ENVIRONMENTS_ROOT
    for file in $root/*/spack.yaml
        string replace -r '.*/([^/]*)/spack.yaml$' '$1' -- $file
    end
end

# Lines of a file that the program keeps for completion.
function __spack_kept
    set -l state $SPACK_ROOT
    test -n "$SPACK_STATE_DIR"; and set state $SPACK_STATE_DIR
    set -l file $state/var/spack/cache/completion/$argv[1]
    test -r $file; and string match -r '.+' < $file
end

# Names of recipes that begin with the current word.
function __spack_packages
    set -l cache $SPACK_USER_CACHE_PATH
    test -n "$cache"; or set cache $HOME/.spack
    set -l folders (__spack_kept recipes)
    set -q folders[1]; or set folders $SPACK_ROOT/var/spack/repos/spack_repo/*/packages \\
        $cache/package_repos/*/repos/spack_repo/*/packages
    set -l lead (string match -r '.*[%^]' -- (commandline -ct))
    set -l word (string replace -r '.*[%^]' '' -- (commandline -ct))
    set -l start (string replace -a - _ -- $word)
    for entry in $folders
        set -l parts (string split \\t -- $entry)
        set -l folder $parts[1]
        set -l names $parts[2]
        # The names hold while the folder has the time that it had when it was listed.
        if test -f "$names"; and not test $names -nt $folder; and not test $folder -nt $names
            if set -q lead[1]
                string match -- "$word*" < $names | string replace -r '^' -- $lead
            else
                string match -- "$word*" < $names
            end
            continue
        end
        set -l files $folder/$start*/package.py $folder/_$start*/package.py
        test "$start" = "$word"; or set -a files $folder/$word*/package.py
        string replace -r '.*/_?([^/]*)/package.py$' '$1' -- $files | string replace -a _ - | \\
            string replace -r '^' -- "$lead"
    end
end

# Names of what stores have; with hashes as alternatives only of those.
function __spack_installed
    set -l record '"spec": *\\{"name": *"([^"]*)"'
    set -q argv[1]; and set record "\\"(?:$argv[1])\\": *\\{$record"
    set -l state $SPACK_ROOT
    test -n "$SPACK_STATE_DIR"; and set state $SPACK_STATE_DIR
    set -l folders (__spack_kept stores)
    set -q folders[1]; or set folders $state/opt/spack
    for file in $folders/.spack-db/index.json $folders/.spack-db/journal
        test -s $file; and string match -a -r -g -- $record < $file
    end | sort -u
end

function __spack_loaded
    set -q SPACK_LOADED_HASHES[1]
    and __spack_installed (string replace -a : '|' -- $SPACK_LOADED_HASHES)
end

function __spack_commands
    for path in $__spack_paths
        string match -q -- '* *' $path; or echo $path
    end
end

complete -c spack -e
complete -c spack -f
"""
