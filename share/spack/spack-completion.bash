# Completion of spack for bash and zsh. Written by 'spack commands --update-completion'; changes here are lost.

_spack_environments() {
    local file root="${SPACK_STATE_DIR:-${SPACK_ROOT-}}/var/spack/environments"
    root="${SPACK_ENVIRONMENTS_ROOT:-$root}"
    for file in "$root"/*/spack.yaml; do
        [ -f "$file" ] || continue
        file="${file%/spack.yaml}"
        printf '%s\n' "${file##*/}"
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
    _spack_kept recipes || _spack_lines=("${SPACK_ROOT-}"/var/spack/repos/spack_repo/*/packages \
        "$cache"/package_repos/*/repos/spack_repo/*/packages)
    case "$1" in
        '') starts=('') ;;
        *-*) starts=("$start" "_$start" "$1") ;;
        *) starts=("$start" "_$start") ;;
    esac
    for entry in "${_spack_lines[@]}"; do
        folder="${entry%%$'\t'*}" names="${entry#*$'\t'}"
        # The names hold while the folder has the time that it had when it was listed.
        if [ -f "$names" ] && ! [ "$names" -nt "$folder" ] && ! [ "$folder" -nt "$names" ]; then
            if [ -z "$1" ]; then COMPREPLY+=($(< "$names"))
            else COMPREPLY+=($(LC_ALL=C grep "^${1//[-_]/[-_]}" "$names")); fi
            continue
        fi
        for start in "${starts[@]}"; do
            # Short texts: thousands of long ones take the shell a tenth of a second.
            found=($(cd -- "$folder" 2>/dev/null && printf '%s\n' "$start"*/package.py))
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
    local IFS=$'\n' start="${2##*[%^]}"
    local lead="${2%"$start"}"
    case "$1" in
        env) COMPREPLY+=($(compgen -W "$(_spack_environments)" -- "$2")) ;;
        package) _spack_packages "$start" ;;
        installed) _spack_installed "$start" ;;
        loaded)
            [ -z "${SPACK_LOADED_HASHES-}" ] ||
                _spack_installed "$start" "${SPACK_LOADED_HASHES//:/|}" ;;
        scope)
            COMPREPLY+=($(IFS=' '; compgen -W 'user spack site system defaults' -- "$2"))
            case "$2" in
                env:* | env | en | e | '')
                    local scopes
                    scopes=($(_spack_environments))
                    scopes=("${scopes[@]/#/env:}")
                    COMPREPLY+=($(compgen -W "${scopes[*]}" -- "$2")) ;;
            esac ;;
        section) COMPREPLY+=($(IFS=' '; compgen -W 'config packages concretizer repos mirrors modules view definitions develop env_vars include toolchains compilers upstreams trust bootstrap container ci cdash' -- "$2")) ;;
        command)
            _spack_table ''
            IFS=$' \t\n'
            COMPREPLY+=($(compgen -W "$_spack_words" -- "$2")) ;;
        dir) COMPREPLY+=($(compgen -d -- "$2")) ;;
        file) COMPREPLY+=($(compgen -f -- "$2")) ;;
        =*) IFS=$' \t\n'; COMPREPLY+=($(compgen -W "${1//[=,]/ }" -- "$2")) ;;
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

# Sets what may come after some words: options, those with values, words, kind.
_spack_table() {
    case "$1" in
        '')
            _spack_options='-h --help -H --all-help -V --version --color -v --verbose -d --debug -t --backtrace --stacktrace --pdb -k --insecure -c --config -C --config-scope -e --env -E --no-env -D --env-dir -l --enable-locks -L --disable-locks --use-env-repo --timestamp --print-shell-vars -p --profile --profile-file --sorted-profile --lines'
            _spack_values='--color:=always,never,auto -c:section --config:section -C:dir --config-scope:dir -e:env --env:env -D:dir --env-dir:dir --print-shell-vars:any --profile-file:file --sorted-profile:any --lines:any'
            _spack_words='add arch audit blame bootstrap build-env buildcache cd change checksum clean commands compiler compilers concretize config containerize create debug deconcretize dependencies dependents deprecate dev-build develop diff docs doctor edit env extensions external fetch find gc gpg graph help info install list load location log-parse logs maintainers mark mirror module patch pkg providers pydoc python reindex remove repo resource restage solve spec stage tags test test-env undevelop uninstall unit-test unload url verify versions view why why-not'
            ;;
        'add')
            _spack_options='-h --help -l --list-name'
            _spack_values='-l:any --list-name:any'
            _spack_kind='package'
            ;;
        'arch')
            _spack_options='-h --help --known-targets --family -g --generic-target --generic -p --platform -o --operating-system -t --target -f --frontend -b --backend'
            ;;
        'audit')
            _spack_options='-h --help'
            _spack_words='packages packages-https configs externals list'
            ;;
        'audit packages')
            _spack_options='-h --help --json'
            _spack_kind='package'
            ;;
        'audit packages-https')
            _spack_options='-h --help --all --json'
            _spack_kind='package'
            ;;
        'audit configs')
            _spack_options='-h --help --json'
            ;;
        'audit externals')
            _spack_options='-h --help --list --json'
            _spack_kind='package'
            ;;
        'audit list')
            _spack_options='-h --help --json'
            ;;
        'blame')
            _spack_options='-h --help -t --time -p --percent -g --git --json'
            ;;
        'bootstrap')
            _spack_options='-h --help'
            _spack_words='now status root enable disable list add remove mirror reset'
            ;;
        'bootstrap now')
            _spack_options='-h --help --dev'
            ;;
        'bootstrap status')
            _spack_options='-h --help --optional --dev'
            ;;
        'bootstrap root')
            _spack_options='-h --help --scope'
            _spack_values='--scope:scope'
            _spack_kind='file'
            ;;
        'bootstrap enable')
            _spack_options='-h --help --scope'
            _spack_values='--scope:scope'
            ;;
        'bootstrap disable')
            _spack_options='-h --help --scope'
            _spack_values='--scope:scope'
            ;;
        'bootstrap list')
            _spack_options='-h --help --scope'
            _spack_values='--scope:scope'
            ;;
        'bootstrap add')
            _spack_options='-h --help --scope --trust'
            _spack_values='--scope:scope'
            ;;
        'bootstrap remove')
            _spack_options='-h --help --scope'
            _spack_values='--scope:scope'
            ;;
        'bootstrap mirror')
            _spack_options='-h --help --scope --binary-packages --dev'
            _spack_values='--scope:scope'
            ;;
        'bootstrap reset')
            _spack_options='-h --help --scope -y --yes-to-all'
            _spack_values='--scope:scope'
            ;;
        'build-env')
            _spack_options='-h --help --clean --dirty --dump --pickle -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force'
            _spack_values='--dump:file --pickle:file'
            ;;
        'buildcache')
            _spack_options='-h --help'
            _spack_words='push create install list keys check download prune save-specfile sync migrate check-index update-index rebuild-index'
            ;;
        'buildcache push'|'buildcache create')
            _spack_options='-h --help -f --force -u --unsigned --signed -k --key --update-index --rebuild-index --only --with-build-dependencies --without-build-dependencies --fail-fast --base-image -t --tag --private -j --jobs'
            _spack_values='-k:any --key:any --only:=package,dependencies --base-image:any -t:any --tag:any -j:any --jobs:any'
            _spack_kind='package'
            ;;
        'buildcache install')
            _spack_options='-h --help -f --force -m --multiple -u --unsigned -o --otherarch'
            _spack_kind='package'
            ;;
        'buildcache list')
            _spack_options='-h --help -l --long -L --very-long -N --namespaces -v --variants -a --allarch'
            _spack_kind='package'
            ;;
        'buildcache keys')
            _spack_options='-h --help -i --install -t --trust -f --force'
            ;;
        'buildcache check')
            _spack_options='-h --help -m --mirror-url -o --output-file --scope'
            _spack_values='-m:any --mirror-url:any -o:file --output-file:file --scope:scope'
            _spack_kind='package'
            ;;
        'buildcache download')
            _spack_options='-h --help -s --spec -p --path'
            _spack_values='-s:package --spec:package -p:dir --path:dir'
            ;;
        'buildcache prune')
            _spack_options='-h --help -k --keeplist --dry-run'
            _spack_values='-k:file --keeplist:file'
            ;;
        'buildcache save-specfile')
            _spack_options='-h --help --root-spec -s --specs --specfile-dir'
            _spack_values='--root-spec:package -s:package --specs:package --specfile-dir:dir'
            ;;
        'buildcache sync')
            _spack_options='-h --help --manifest-glob'
            _spack_values='--manifest-glob:any'
            ;;
        'buildcache migrate')
            _spack_options='-h --help -u --unsigned -d --delete-existing -y --yes-to-all'
            ;;
        'buildcache check-index')
            _spack_options='-h --help --verify -n --name -o --output'
            _spack_values='--verify:=exists,manifests,blobs,all -n:any --name:any -o:file --output:file'
            ;;
        'buildcache update-index'|'buildcache rebuild-index')
            _spack_options='-h --help -n --name -a --append -f --force -y --yes-to-all'
            _spack_values='-n:any --name:any'
            ;;
        'cd')
            _spack_options='-h --help -r --spack-root -m --module-dir -i --install-dir -p --package-dir -P --packages --repo -S --stages -s --stage-dir -c --source-dir -b --build-dir -e --env --first'
            _spack_values='-P:any --packages:any --repo:any -e:env --env:env'
            _spack_kind='installed'
            ;;
        'change')
            _spack_options='-h --help -l --list-name --match-spec -a --all -c --concrete -C --concrete-only'
            _spack_values='-l:any --list-name:any --match-spec:package'
            _spack_kind='package'
            ;;
        'checksum')
            _spack_options='-h --help -b --batch -l --latest -p --preferred --keep-stage -a --add-to-package --verify --json -j --jobs'
            _spack_values='-j:any --jobs:any'
            ;;
        'clean')
            _spack_options='-h --help -s --stage -d --downloads -f --failures -m --misc-cache -p --python-cache -b --bootstrap -a --all'
            _spack_kind='package'
            ;;
        'commands')
            _spack_options='-h --help --update-completion -a --aliases --format --header --update'
            _spack_values='--format:=subcommands,rst,names,bash,fish --header:file --update:file'
            ;;
        'compiler')
            _spack_options='-h --help'
            _spack_words='find add list ls info remove rm'
            ;;
        'compiler find'|'compiler add')
            _spack_options='-h --help --module -j --jobs --scope'
            _spack_values='--module:any -j:any --jobs:any --scope:scope'
            ;;
        'compiler list'|'compiler ls')
            _spack_options='-h --help --remote --json --scope'
            _spack_values='--scope:scope'
            ;;
        'compiler info')
            _spack_options='-h --help --json --remote --scope'
            _spack_values='--scope:scope'
            _spack_kind='package'
            ;;
        'compiler remove'|'compiler rm')
            _spack_options='-h --help -a --all --scope'
            _spack_values='--scope:scope'
            _spack_kind='package'
            ;;
        'compilers')
            _spack_options='-h --help --remote --json --scope'
            _spack_values='--scope:scope'
            ;;
        'concretize')
            _spack_options='-h --help -q --quiet --non-defaults --test -j --jobs -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force -e --environment --env --locked --frozen --no-locked'
            _spack_values='--test:=root,all -j:any --jobs:any -e:env --environment:env --env:env'
            ;;
        'config')
            _spack_options='-h --help --scope'
            _spack_values='--scope:scope'
            _spack_words='get blame list scopes edit add change prefer-upstream remove rm update revert'
            ;;
        'config get')
            _spack_options='-h --help --json'
            _spack_kind='section'
            ;;
        'config blame')
            _spack_options='-h --help --json'
            _spack_kind='section'
            ;;
        'config list')
            _spack_options='-h --help --json'
            ;;
        'config scopes')
            _spack_options='-h --help -p --paths -v --verbose --json -t --type'
            _spack_values='-t:any --type:any'
            _spack_kind='section'
            ;;
        'config edit')
            _spack_options='-h --help --print-file'
            _spack_kind='section'
            ;;
        'config add')
            _spack_options='-h --help -f --file'
            _spack_values='-f:file --file:file'
            _spack_kind='section'
            ;;
        'config change')
            _spack_options='-h --help --match-spec'
            _spack_values='--match-spec:package'
            _spack_kind='section'
            ;;
        'config prefer-upstream')
            _spack_options='-h --help --local'
            ;;
        'config remove')
            _spack_options='-h --help'
            _spack_kind='section'
            ;;
        'config rm')
            _spack_options='-h --help'
            _spack_kind='section'
            ;;
        'config update')
            _spack_options='-h --help -y --yes-to-all'
            _spack_kind='section'
            ;;
        'config revert')
            _spack_options='-h --help -y --yes-to-all'
            _spack_kind='section'
            ;;
        'containerize')
            _spack_options='-h --help --list-os --last-stage'
            _spack_values='--last-stage:=bootstrap,build,final'
            ;;
        'create')
            _spack_options='-h --help --keep-stage -n --name -t --template -r --repo -N --namespace -f --force --skip-editor -b --batch'
            _spack_values='-n:any --name:any -t:=autoreconf,autotools,bazel,bundle,cargo,cmake,generic,go,lua,makefile,maven,meson,octave,perlbuild,perlmake,python,qmake,r,racket,ruby,scons,sip,waf --template:=autoreconf,autotools,bazel,bundle,cargo,cmake,generic,go,lua,makefile,maven,meson,octave,perlbuild,perlmake,python,qmake,r,racket,ruby,scons,sip,waf -r:dir --repo:dir -N:any --namespace:any'
            ;;
        'debug')
            _spack_options='-h --help'
            _spack_words='report'
            ;;
        'debug report')
            _spack_options='-h --help'
            ;;
        'deconcretize')
            _spack_options='-h --help --root -a --all -y --yes-to-all'
            _spack_kind='package'
            ;;
        'dependencies')
            _spack_options='-h --help -i --installed -t --transitive --deptype -V --no-expand-virtuals --json'
            _spack_values='--deptype:any'
            _spack_kind='package'
            ;;
        'dependents')
            _spack_options='-h --help -i --installed -t --transitive --json'
            _spack_kind='package'
            ;;
        'deprecate')
            _spack_options='-h --help -d --dependencies -D --no-dependencies -i --install-deprecator -I --no-install-deprecator -l --link-type -y --yes-to-all'
            _spack_values='-l:=soft,hard --link-type:=soft,hard'
            _spack_kind='installed'
            ;;
        'dev-build')
            _spack_options='-h --help -j --jobs -n --no-checksum -d --source-path -i --ignore-dependencies --keep-prefix --skip-patch -q --quiet --drop-in -b --before -u --until --clean --dirty --test -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force'
            _spack_values='-j:any --jobs:any -d:dir --source-path:dir --drop-in:any -b:any --before:any -u:any --until:any --test:=root,all'
            _spack_kind='package'
            ;;
        'develop')
            _spack_options='-h --help -p --path -b --build-directory --clone --no-clone -f --force -r --recursive --no-modify-concrete-specs -l --list'
            _spack_values='-p:dir --path:dir -b:dir --build-directory:dir'
            _spack_kind='package'
            ;;
        'diff')
            _spack_options='-h --help --json --first -a --attribute --ignore'
            _spack_values='-a:any --attribute:any --ignore:installed'
            _spack_kind='installed'
            ;;
        'docs')
            _spack_options='-h --help --path'
            ;;
        'doctor')
            _spack_options='-h --help --json -q --quiet'
            ;;
        'edit')
            _spack_options='-h --help -b --build-system -c --command -d --docs -t --test -m --module -r --repo -N --namespace --print-file'
            _spack_values='-r:dir --repo:dir -N:any --namespace:any'
            _spack_kind='package'
            ;;
        'env')
            _spack_options='-h --help'
            _spack_words='create activate deactivate list ls status st remove rm view rename mv track untrack update revert expand loads depfile'
            ;;
        'env create')
            _spack_options='-h --help -d --dir --keep-relative --with-view --without-view --include-concrete'
            _spack_values='--with-view:file --include-concrete:env'
            _spack_kind='env'
            ;;
        'env activate')
            _spack_options='-h --help --sh --csh --fish -d --dir -e --environment --env -p --prompt -v --with-view -V --without-view --temp --create --envfile --keep-relative'
            _spack_values='-e:env --environment:env --env:env -v:any --with-view:any --envfile:file'
            _spack_kind='env'
            ;;
        'env deactivate')
            _spack_options='-h --help --sh --csh --fish'
            ;;
        'env list'|'env ls')
            _spack_options='-h --help --json'
            ;;
        'env status'|'env st')
            _spack_options='-h --help --json'
            _spack_kind='env'
            ;;
        'env remove'|'env rm')
            _spack_options='-h --help -f --force -y --yes-to-all'
            _spack_kind='env'
            ;;
        'env view')
            _spack_options='-h --help -f --force'
            _spack_words='regenerate enable disable'
            _spack_kind='file'
            ;;
        'env rename'|'env mv')
            _spack_options='-h --help -d --dir -f --force'
            _spack_kind='env'
            ;;
        'env track')
            _spack_options='-h --help -n --name -y --yes-to-all'
            _spack_values='-n:env --name:env'
            _spack_kind='dir'
            ;;
        'env untrack')
            _spack_options='-h --help -f --force -y --yes-to-all'
            _spack_kind='env'
            ;;
        'env update')
            _spack_options='-h --help -y --yes-to-all'
            _spack_kind='env'
            ;;
        'env revert')
            _spack_options='-h --help -y --yes-to-all'
            _spack_kind='env'
            ;;
        'env expand')
            _spack_options='-h --help --json'
            _spack_kind='env'
            ;;
        'env loads')
            _spack_options='-h --help -r --dependencies -x --exclude -m --module-type -n --module-set-name -p --prefix --input-only'
            _spack_values='-x:package --exclude:package -m:=tcl,lmod --module-type:=tcl,lmod -n:any --module-set-name:any -p:any --prefix:any'
            ;;
        'env depfile')
            _spack_options='-h --help --make-prefix --make-target-prefix --make-disable-jobserver --use-buildcache -o --output -G --generator'
            _spack_values='--make-prefix:any --make-target-prefix:any --use-buildcache:any -o:file --output:file -G:=make --generator:=make'
            _spack_kind='package'
            ;;
        'extensions')
            _spack_options='-h --help -l --long -L --very-long -N --namespaces -d --deps -p --paths -s --show --json'
            _spack_values='-s:=packages,installed,all --show:=packages,installed,all'
            _spack_kind='installed'
            ;;
        'external')
            _spack_options='-h --help'
            _spack_words='find list ls audit read-cray-manifest'
            ;;
        'external find')
            _spack_options='-h --help --all --exclude -p --path --module -t --tag --not-buildable -v --verbose -j --jobs --scope --json'
            _spack_values='--exclude:package -p:dir --path:dir --module:any -t:any --tag:any -j:any --jobs:any --scope:scope'
            _spack_kind='package'
            ;;
        'external list'|'external ls')
            _spack_options='-h --help --json'
            ;;
        'external audit')
            _spack_options='-h --help --json'
            _spack_kind='package'
            ;;
        'external read-cray-manifest')
            _spack_options='-h --help --file --directory --ignore-default-dir --dry-run --fail-on-error --scope'
            _spack_values='--file:file --directory:dir --scope:scope'
            ;;
        'fetch')
            _spack_options='-h --help -n --no-checksum -m --missing -D --dependencies -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force'
            _spack_kind='package'
            ;;
        'find')
            _spack_options='-h --help -l --long -L --very-long -N --namespaces -d --deps -p --paths -v --variants -f --show-flags --groups --no-groups -x --explicit -X --implicit -e --external -m --missing -M --only-missing -t --tag -u --unknown -I --install-status --deprecated --only-deprecated --start-date --end-date --loaded --install-tree --environment --env -r --only-roots -c --show-concretized --concretized --show-configured-externals --specfile-format --show-full-compiler --json --format -H --hashes'
            _spack_values='-t:any --tag:any --start-date:any --end-date:any --install-tree:any --environment:env --env:env --format:any'
            _spack_kind='installed'
            ;;
        'gc')
            _spack_options='-h --help -E --except-any-environment -e --except-environment -b --keep-build-dependencies -y --yes-to-all'
            _spack_values='-e:env --except-environment:env'
            _spack_kind='package'
            ;;
        'gpg')
            _spack_options='-h --help'
            _spack_words='verify trust untrust sign create list init export publish'
            ;;
        'gpg verify')
            _spack_options='-h --help'
            _spack_kind='file'
            ;;
        'gpg trust')
            _spack_options='-h --help'
            ;;
        'gpg untrust')
            _spack_options='-h --help --signing'
            ;;
        'gpg sign')
            _spack_options='-h --help --output --key --clearsign'
            _spack_values='--output:file --key:any'
            _spack_kind='file'
            ;;
        'gpg create')
            _spack_options='-h --help --comment --expires --export --export-secret'
            _spack_values='--comment:any --expires:any --export:file --export-secret:file'
            ;;
        'gpg list')
            _spack_options='-h --help --trusted --signing'
            ;;
        'gpg init')
            _spack_options='-h --help --from'
            _spack_values='--from:dir'
            ;;
        'gpg export')
            _spack_options='-h --help --secret'
            _spack_kind='file'
            ;;
        'gpg publish')
            _spack_options='-h --help -d --directory -m --mirror-name --mirror-url --update-index --rebuild-index'
            _spack_values='-d:dir --directory:dir -m:any --mirror-name:any --mirror-url:any'
            ;;
        'graph')
            _spack_options='-h --help -a --ascii -d --dot --svg --html -o --output -s --static -c --color -i --installed --deptype -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force'
            _spack_values='-o:file --output:file --deptype:any'
            _spack_kind='package'
            ;;
        'help')
            _spack_options='-h --help -a --all --spec'
            _spack_kind='command'
            ;;
        'info')
            _spack_options='-h --help -a --all --detectable --maintainers --namespace --phases --tags --tests --virtuals --no-dependencies --no-variants --no-versions --by-name --variants-by-name --by-when --json'
            _spack_kind='package'
            ;;
        'install')
            _spack_options='-h --help --only -u --until -p --concurrent-packages -j --jobs --overwrite --fail-fast --keep-prefix --keep-stage --dont-restage --show-log-on-error --use-cache --no-cache --cache-only --use-buildcache --no-check-signature --include-build-deps --source -n --no-checksum -v --verbose --json --fake --sandbox --only-concrete --add --no-add --clean --dirty -y --yes-to-all --test -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force -e --environment --env --locked --frozen --no-locked --log-format --log-file --help-cdash --cdash-upload-url --cdash-build --cdash-site --cdash-track --cdash-buildstamp'
            _spack_values='--only:=package,dependencies -u:any --until:any -p:any --concurrent-packages:any -j:any --jobs:any --use-buildcache:any --sandbox:=auto,always,never --test:=root,all -e:env --environment:env --env:env --log-format:=junit,cdash --log-file:file --cdash-upload-url:any --cdash-build:any --cdash-site:any --cdash-track:any --cdash-buildstamp:any'
            _spack_kind='package'
            ;;
        'list')
            _spack_options='-h --help -d --search-description -v --virtuals -t --tag -N --namespace -r --repo --count --format --json --update'
            _spack_values='-t:any --tag:any -N:any --namespace:any -r:any --repo:any --format:=name_only,version_json,html --update:file'
            ;;
        'load')
            _spack_options='-h --help --sh --csh --fish --bat --pwsh --first --list'
            _spack_kind='installed'
            ;;
        'location')
            _spack_options='-h --help -r --spack-root -m --module-dir -i --install-dir -p --package-dir -P --packages --repo -S --stages -s --stage-dir -c --source-dir -b --build-dir -e --env --first'
            _spack_values='-P:any --packages:any --repo:any -e:env --env:env'
            _spack_kind='installed'
            ;;
        'log-parse')
            _spack_options='-h --help --show -c --context -w --width -j --jobs -p --profile --json'
            _spack_values='--show:any -c:any --context:any -w:any --width:any -j:any --jobs:any'
            _spack_kind='file'
            ;;
        'logs')
            _spack_options='-h --help --path'
            _spack_kind='installed'
            ;;
        'maintainers')
            _spack_options='-h --help --maintained --unmaintained -a --all --by-user --json'
            ;;
        'mark')
            _spack_options='-h --help -a --all -e --explicit -i --implicit'
            _spack_kind='installed'
            ;;
        'mirror')
            _spack_options='-h --help -n --no-checksum'
            _spack_words='add remove rm list ls set set-url create destroy'
            ;;
        'mirror add')
            _spack_options='-h --help --type --autopush --unsigned --signed -n --name --s3-access-key-id --s3-access-key-id-variable --s3-access-key-secret-variable --s3-access-token-variable --s3-profile --s3-endpoint-url --oci-username --oci-username-variable --oci-password-variable --scope'
            _spack_values='--type:=source,binary -n:any --name:any --s3-access-key-id:any --s3-access-key-id-variable:any --s3-access-key-secret-variable:any --s3-access-token-variable:any --s3-profile:any --s3-endpoint-url:any --oci-username:any --oci-username-variable:any --oci-password-variable:any --scope:scope'
            ;;
        'mirror remove'|'mirror rm')
            _spack_options='-h --help --scope --all-scopes'
            _spack_values='--scope:scope'
            ;;
        'mirror list'|'mirror ls')
            _spack_options='-h --help --scope'
            _spack_values='--scope:scope'
            ;;
        'mirror set')
            _spack_options='-h --help --url --push --fetch --type --autopush --no-autopush --unsigned --signed --s3-access-key-id --s3-access-key-id-variable --s3-access-key-secret-variable --s3-access-token-variable --s3-profile --s3-endpoint-url --oci-username --oci-username-variable --oci-password-variable --scope'
            _spack_values='--url:any --type:=source,binary --s3-access-key-id:any --s3-access-key-id-variable:any --s3-access-key-secret-variable:any --s3-access-token-variable:any --s3-profile:any --s3-endpoint-url:any --oci-username:any --oci-username-variable:any --oci-password-variable:any --scope:scope'
            ;;
        'mirror set-url')
            _spack_options='-h --help --push --fetch --s3-access-key-id --s3-access-key-id-variable --s3-access-key-secret-variable --s3-access-token-variable --s3-profile --s3-endpoint-url --oci-username --oci-username-variable --oci-password-variable --scope'
            _spack_values='--s3-access-key-id:any --s3-access-key-id-variable:any --s3-access-key-secret-variable:any --s3-access-token-variable:any --s3-profile:any --s3-endpoint-url:any --oci-username:any --oci-username-variable:any --oci-password-variable:any --scope:scope'
            ;;
        'mirror create')
            _spack_options='-h --help -d --directory -a --all --file --exclude-file --exclude-specs -D --dependencies -n --versions-per-spec --skip-unstable-versions --private -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force -j --jobs'
            _spack_values='-d:dir --directory:dir --file:file --exclude-file:file --exclude-specs:package -n:any --versions-per-spec:any -j:any --jobs:any'
            _spack_kind='package'
            ;;
        'mirror destroy')
            _spack_options='-h --help -m --mirror-name --mirror-url -y --yes-to-all'
            _spack_values='-m:any --mirror-name:any --mirror-url:any'
            ;;
        'module')
            _spack_options='-h --help'
            _spack_words='tcl lmod'
            ;;
        'module tcl')
            _spack_options='-h --help -n --name'
            _spack_values='-n:any --name:any'
            _spack_words='refresh find rm loads setdefault'
            ;;
        'module tcl refresh')
            _spack_options='-h --help --delete-tree --upstream-modules -y --yes-to-all'
            _spack_kind='package'
            ;;
        'module tcl find')
            _spack_options='-h --help --full-path -r --dependencies'
            _spack_kind='package'
            ;;
        'module tcl rm')
            _spack_options='-h --help -y --yes-to-all'
            _spack_kind='package'
            ;;
        'module tcl loads')
            _spack_options='-h --help --input-only -p --prefix -x --exclude -r --dependencies'
            _spack_values='-p:any --prefix:any -x:package --exclude:package'
            _spack_kind='package'
            ;;
        'module tcl setdefault')
            _spack_options='-h --help'
            _spack_kind='package'
            ;;
        'module lmod')
            _spack_options='-h --help -n --name'
            _spack_values='-n:any --name:any'
            _spack_words='refresh find rm loads setdefault'
            ;;
        'module lmod refresh')
            _spack_options='-h --help --delete-tree --upstream-modules -y --yes-to-all'
            _spack_kind='package'
            ;;
        'module lmod find')
            _spack_options='-h --help --full-path -r --dependencies'
            _spack_kind='package'
            ;;
        'module lmod rm')
            _spack_options='-h --help -y --yes-to-all'
            _spack_kind='package'
            ;;
        'module lmod loads')
            _spack_options='-h --help --input-only -p --prefix -x --exclude -r --dependencies'
            _spack_values='-p:any --prefix:any -x:package --exclude:package'
            _spack_kind='package'
            ;;
        'module lmod setdefault')
            _spack_options='-h --help'
            _spack_kind='package'
            ;;
        'patch')
            _spack_options='-h --help -n --no-checksum -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force'
            _spack_kind='package'
            ;;
        'pkg')
            _spack_options='-h --help -N --namespace'
            _spack_values='-N:any --namespace:any'
            _spack_words='add list diff added removed changed grep source hash'
            ;;
        'pkg add')
            _spack_options='-h --help'
            _spack_kind='package'
            ;;
        'pkg list')
            _spack_options='-h --help --json'
            ;;
        'pkg diff')
            _spack_options='-h --help --json'
            ;;
        'pkg added')
            _spack_options='-h --help --json'
            ;;
        'pkg removed')
            _spack_options='-h --help --json'
            ;;
        'pkg changed')
            _spack_options='-h --help -t --type --json'
            _spack_values='-t:any --type:any'
            ;;
        'pkg grep')
            _spack_options=''
            ;;
        'pkg source')
            _spack_options='-h --help -c --canonical'
            _spack_kind='package'
            ;;
        'pkg hash')
            _spack_options='-h --help'
            _spack_kind='package'
            ;;
        'providers')
            _spack_options='-h --help --json'
            ;;
        'pydoc')
            _spack_options='-h --help'
            ;;
        'python')
            _spack_options='-h --help -V --version -c -u -i -m --path'
            _spack_values='-c:any -m:any'
            ;;
        'reindex')
            _spack_options='-h --help'
            ;;
        'remove')
            _spack_options='-h --help -a --all -f --force -l --list-name'
            _spack_values='-l:any --list-name:any'
            _spack_kind='package'
            ;;
        'repo')
            _spack_options='-h --help'
            _spack_words='list ls add set update migrate remove rm create'
            ;;
        'repo list'|'repo ls')
            _spack_options='-h --help --names --namespaces --json --scope'
            _spack_values='--scope:scope'
            ;;
        'repo add')
            _spack_options='-h --help --path --name --scope'
            _spack_values='--path:any --name:any --scope:scope'
            _spack_kind='file'
            ;;
        'repo set')
            _spack_options='-h --help --destination --path --scope'
            _spack_values='--destination:any --path:any --scope:scope'
            ;;
        'repo update')
            _spack_options='-h --help -r --remote -b --branch -t --tag -c --commit --scope'
            _spack_values='-r:any --remote:any -b:any --branch:any -t:any --tag:any -c:any --commit:any --scope:scope'
            ;;
        'repo migrate')
            _spack_options='-h --help --dry-run --fix'
            ;;
        'repo remove'|'repo rm')
            _spack_options='-h --help --scope --all-scopes'
            _spack_values='--scope:scope'
            ;;
        'repo create')
            _spack_options='-h --help -d --subdirectory'
            _spack_values='-d:any --subdirectory:any'
            ;;
        'resource')
            _spack_options='-h --help'
            _spack_words='list show'
            ;;
        'resource list')
            _spack_options='-h --help --only-hashes --json'
            ;;
        'resource show')
            _spack_options='-h --help --json'
            ;;
        'restage')
            _spack_options='-h --help'
            _spack_kind='package'
            ;;
        'solve')
            _spack_options='-h --help --show -l --long -L --very-long -N --namespaces -I --install-status --no-install-status -j --json -y --yaml --format -c --cover --non-defaults -t --types --timers --stats --all-criteria -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force --test --jobs'
            _spack_values='--show:any --format:any -c:=nodes,edges,paths --cover:=nodes,edges,paths --test:=root,all --jobs:any'
            _spack_kind='package'
            ;;
        'spec')
            _spack_options='-h --help -l --long -L --very-long -N --namespaces -I --install-status --no-install-status -j --json -y --yaml --format -c --cover --non-defaults -t --types -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force --test'
            _spack_values='--format:any -c:=nodes,edges,paths --cover:=nodes,edges,paths --test:=root,all'
            _spack_kind='package'
            ;;
        'stage')
            _spack_options='-h --help -n --no-checksum -p --path -e --exclude -s --skip-installed -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force'
            _spack_values='-p:dir --path:dir -e:package --exclude:package'
            _spack_kind='package'
            ;;
        'tags')
            _spack_options='-h --help -i --installed -a --all --json'
            ;;
        'test')
            _spack_options='-h --help'
            _spack_words='run list find status results remove'
            ;;
        'test run')
            _spack_options='-h --help --alias --fail-first --fail-fast --externals -x --explicit --timeout --keep-stage --log-format --log-file --help-cdash --cdash-upload-url --cdash-build --cdash-site --cdash-track --cdash-buildstamp --clean --dirty'
            _spack_values='--alias:any --timeout:any --log-format:=junit,cdash --log-file:file --cdash-upload-url:any --cdash-build:any --cdash-site:any --cdash-track:any --cdash-buildstamp:any'
            _spack_kind='package'
            ;;
        'test list')
            _spack_options='-h --help -a --all'
            ;;
        'test find')
            _spack_options='-h --help'
            ;;
        'test status')
            _spack_options='-h --help'
            ;;
        'test results')
            _spack_options='-h --help -l --logs -f --failed'
            ;;
        'test remove')
            _spack_options='-h --help -y --yes-to-all'
            ;;
        'test-env')
            _spack_options='-h --help --clean --dirty --dump --pickle -U --fresh --reuse --fresh-roots --reuse-deps --deprecated -f --force'
            _spack_values='--dump:file --pickle:file'
            ;;
        'undevelop')
            _spack_options='-h --help -a --all --no-modify-concrete-specs'
            _spack_kind='package'
            ;;
        'uninstall')
            _spack_options='-h --help -f --force -R --dependents -a --all --remove --origin -y --yes-to-all'
            _spack_values='--origin:any'
            _spack_kind='installed'
            ;;
        'unit-test')
            _spack_options='-h --help -H --pytest-help -l --list -L --list-long -N --list-names'
            ;;
        'unload')
            _spack_options='-h --help --sh --csh --fish --bat --pwsh -a --all'
            _spack_kind='loaded'
            ;;
        'url')
            _spack_options='-h --help'
            _spack_words='parse list summary stats'
            ;;
        'url parse')
            _spack_options='-h --help -s --spider --json'
            ;;
        'url list')
            _spack_options='-h --help -c --color -e --extrapolation -n --incorrect-name -N --correct-name -v --incorrect-version -V --correct-version --json'
            ;;
        'url summary')
            _spack_options='-h --help --json'
            ;;
        'url stats')
            _spack_options='-h --help --show-issues --json'
            ;;
        'verify')
            _spack_options='-h --help'
            _spack_words='manifest libraries versions'
            ;;
        'verify manifest')
            _spack_options='-h --help -l --local -j --json -a --all -s --specs -f --files'
            _spack_kind='installed'
            ;;
        'verify libraries')
            _spack_options='-h --help -a --all -j --json'
            _spack_kind='installed'
            ;;
        'verify versions')
            _spack_options='-h --help -a --all -j --json'
            _spack_kind='installed'
            ;;
        'versions')
            _spack_options='-h --help -s --safe -r --remote -n --new -j --jobs --json'
            _spack_values='-j:any --jobs:any'
            _spack_kind='package'
            ;;
        'view')
            _spack_options='-h --help -v --verbose -e --exclude -d --dependencies'
            _spack_values='-e:any --exclude:any -d:=true,false,yes,no --dependencies:=true,false,yes,no'
            _spack_words='symlink add soft hardlink hard copy relocate remove rm statlink status check'
            ;;
        'view symlink'|'view add'|'view soft')
            _spack_options='-h --help --projection-file -i --ignore-conflicts'
            _spack_values='--projection-file:file'
            _spack_kind='dir'
            ;;
        'view hardlink'|'view hard')
            _spack_options='-h --help --projection-file -i --ignore-conflicts'
            _spack_values='--projection-file:file'
            _spack_kind='dir'
            ;;
        'view copy'|'view relocate')
            _spack_options='-h --help --projection-file -i --ignore-conflicts'
            _spack_values='--projection-file:file'
            _spack_kind='dir'
            ;;
        'view remove'|'view rm')
            _spack_options='-h --help --no-remove-dependents -a --all'
            _spack_kind='dir'
            ;;
        'view statlink'|'view status'|'view check')
            _spack_options='-h --help'
            _spack_kind='dir'
            ;;
        'why')
            _spack_options='-h --help'
            _spack_kind='package'
            ;;
        'why-not')
            _spack_options='-h --help'
            _spack_kind='package'
            ;;
        *) return 1 ;;
    esac
}

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
                            IFS='|' read -r _spack_options _spack_values _spack_words _spack_kind \
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
