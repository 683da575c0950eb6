"""Installing for commands: settings become arguments, specs become graphs, graphs are installed."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence

from spack.builds.events import Event, Failed, NodeName, watched_by
from spack.builds.hooks import HookSettings
from spack.builds.options import CachePolicy, InstallOptions, Only
from spack.builds.procedure import BuildWorld, check_phases
from spack.builds.sandbox import SandboxSettings
from spack.builds.variables import VariableSettings
from spack.environments.concretization import without_roots
from spack.environments.installation import resolve_install
from spack.environments.manifests.development import DEV_PATH
from spack.errors import UsageError
from spack.install.installer import Installer
from spack.install.terminal.failures import Advice
from spack.install.terminal.lines import TerminalLines
from spack.install.terminal.view import TerminalView
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteSpec, distinct
from spack.language.modes import SolveOptions
from spack.recipes.bound.bound_spec import bind
from spack.sources.develop_stage import newer_file
from spack.sources.fetching.requests import NetworkSettings
from spack.sources.stage import StageSettings, choose_stage_root
from spack.system.processors import allowed_jobs
from spack.system.terminal.keyboard import Keyboard
from spack.system.terminal.output import can_rewrite
from spack.type_names import TYPE_CHECKING
from spack.work.answers.finished_solves import concretized
from spack.work.caches.opened import cache_source, check_options
from spack.work.caches.pushing import pusher
from spack.work.members import locking
from spack.work.members.lock_modes import LockMode
from spack.work.members.records import member_of
from spack.work.projects import environment_work, environments
from spack.work.projects.module_sets import enabled_sets
from spack.work.queries.queries import parse_words

if TYPE_CHECKING:
    from spack.environments.environment import Environment
    from spack.session.parts import BuildParts, InstallerParts, InstallParts, ProjectParts
    from spack.store.store import Store
    from spack.system.terminal.output import Reporter


class UnusablePlaceError(UsageError):
    """Nothing can be built where the configuration says."""


#: Edges along which a package has to be built again with another one.
_BUILT_WITH = deptypes.BUILD | deptypes.LINK


def install(
    parts: InstallParts,
    words: Sequence[str],
    options: InstallOptions,
    solving: SolveOptions = SolveOptions(),
) -> None:
    """Concretize specs and install them."""
    if not words:
        raise UsageError(
            "no specs given", hint="spack install zlib, or activate an environment first"
        )
    specs = concretized(parts, words, solving)
    install_specs(parts, specs, options)


def install_in_environment(
    parts: ProjectParts,
    words: Sequence[str],
    options: InstallOptions,
    solving: SolveOptions,
    *,
    add: bool = False,
    no_add: bool = False,
    only_concrete: bool = False,
    mode: LockMode | None = None,
) -> None:
    """Install the active environment, or specs in it; its views follow.

    Specs that are not roots yet become roots. If they cannot be concretized or installed the
    manifest is as it was. Others who change the environment meanwhile wait, or are waited for.

    Args:
        mode: whether the lock may change, see :func:`spack.work.members.locking.concretize`.
    """
    environment = environments.active(parts)
    requested = parse_words(words)
    added: list[str] = []
    with environment.transaction(), environment.unchanged_by_errors():
        parts.forget_configuration()  # Somebody may have changed it while we waited.
        new = list(requested) if add else []
        if words and not add:
            roots = environments.user_specs(parts.configuration, environment)
            lock = environment.read_lock()
            new = list(resolve_install(requested, roots, lock, no_add=no_add).add)
        if new:
            added = environments.add(environment, parts.repositories, parts.instance, new)
            parts.forget_configuration()
        if not (only_concrete or no_add):
            places = {located.text: located.origin for located in new}
            member = member_of(parts)
            only = () if member is None else (member.chosen,)
            result = locking.concretize(parts, solving, places, only=only, mode=mode)
            for root, _ in result.added:
                parts.reporter.success(f"Concretized {root.label}")
        roots = environments.user_specs(parts.configuration, environment)
        chosen = resolve_install(requested, roots, environment.locked(), no_add=bool(words)).specs
    explicit = None
    if not words:
        asked = environments.explicit_roots(environment)
        explicit = frozenset(spec.dag_hash() for spec in asked)

    # Before anything is built: only what can be joined is worth the time.
    environment_work.check_views(parts, chosen)

    def link_failed(event: Event) -> None:
        if isinstance(event, Failed) and event.error.log is not None:
            _link_log(environment, event.node, event.error.log)

    options = options._replace(watchers=(*options.watchers, link_failed))
    try:
        install_specs(parts, list(chosen), options, explicit, stays=not added)
    except BaseException:
        _take_back(parts, added)
        raise
    finally:
        _link_logs(parts.store, environment, chosen)
        environment_work.update_views(parts)


def _take_back(parts: ProjectParts, added: Sequence[str]) -> None:
    """Take roots that were added for an installation out again, but for those it has installed."""
    environment = environments.active(parts)
    with environment.transaction():
        specs = {text: spec for spec, text in environment.concrete_roots()}
        failed = [t for t in added if t in specs and not parts.store.is_installed(specs[t])]
        if not failed:
            return
        with environment.edit() as editor:
            for text in failed:
                editor.remove_spec(text)
        environment.write_lock(without_roots(environment.locked(), failed))
    parts.forget_configuration()
    for text in failed:
        parts.reporter.warning(f"{text} is not installed, and is taken out of the roots again")


def _link_logs(store: Store, environment: Environment, roots: Sequence[ConcreteSpec]) -> None:
    """Links to the build logs in the environment."""
    for root in roots:
        for node in root.traverse():
            if node.external is None and store.is_installed(node):
                log = store.metadata_of(node).build_log
                _link_log(environment, NodeName.of(node), log)


def _link_log(environment: Environment, node: NodeName, log: str) -> None:
    # An environment of somebody else has no links of ours, and a log may be gone.
    with contextlib.suppress(OSError):
        if os.path.exists(log):
            environment.link_log(f"{node.name}-{node.version}-{node.hash}", log)


def install_specs(
    parts: InstallerParts,
    specs: Sequence[ConcreteSpec],
    options: InstallOptions,
    explicit: frozenset[str] | None = None,
    *,
    stays: bool = True,
) -> None:
    """Install concrete specs into the store.

    Args:
        explicit: hashes of what was asked for, all without.
        stays: what fails stays a part of the environment.
    """
    parts.repositories.serve()
    check_options(parts.settings, (options.root_policy, options.dependency_policy))
    world = build_world(parts, options)
    if any(spec.external is None for spec in specs):
        _check_places(parts.store.root, world)
    if options.until is not None or options.before is not None:
        for spec in specs:
            if spec.external is None:
                check_phases(bind(spec, world.prefixes, world.packages).package, options)
    is_live = can_rewrite(parts.reporter.output) and not parts.reporter.quiet
    lines = TerminalLines(
        parts.reporter,
        show_logs=options.show_log_on_error,
        live=is_live,
        advice=Advice()
        if parts.environment is None
        else Advice.in_environment(parts.environment.directory, stays=stays),
    )
    view = TerminalView(parts.reporter, Keyboard(), lines) if is_live else None
    vanished = _vanished(parts.store, parts.reporter, specs)
    changed = _changed_sources(parts, specs)
    if changed:
        options = options._replace(again=frozenset(changed))
    installer = Installer(
        parts.store,
        world,
        watch=watched_by((view or lines).watch, *options.watchers),
        operator=view,
        concurrent_packages=parts.settings.config.concurrent_packages,
        binaries=cache_source(parts, options),
        after_build=pusher(parts),
    )
    try:
        asked = frozenset(spec.dag_hash() for spec in specs) if explicit is None else explicit
        installer.install([*specs, *vanished], asked, options)
    finally:
        if options.overwrite or changed:
            # Views show the files that were there before.
            replaced = {*changed, *(spec.dag_hash() for spec in specs)}
            warn = parts.reporter.warning
            affected = environment_work.environments_needing(
                parts.base_settings, parts.environment_directory, replaced, warn
            )
            environment_work.update_views_of(affected, parts.for_environment, warn, force=True)
        if enabled_sets(parts.settings.modules):
            from spack.work.projects.module_commands import follow_install

            follow_install(parts, specs, parts.reporter.warning)


def _check_places(store: str, world: BuildWorld) -> None:
    """Raises UnusablePlaceError where no build can succeed."""
    for name, path, key in (
        ("store", store, "config:install_tree:root"),
        ("stage", world.stages.root, "config:build_stage"),
    ):
        if any(character.isspace() for character in path):
            raise UnusablePlaceError(
                f"the path of the {name} '{path}' contains a blank, which breaks builds",
                hint=(
                    f"set {key} to a path without blanks, or SPACK_STATE_DIR if the clone is in a"
                    " directory with blanks"
                ),
            )


def _changed_sources(parts: InstallerParts, specs: Sequence[ConcreteSpec]) -> list[str]:
    """Hashes of what is installed and has other sources now, or is built with that; it is told."""
    changed: dict[str, str] = {}
    for node in distinct(n for spec in specs for n in spec.traverse(order="post")):
        path = node.variants.get(DEV_PATH)
        built_with = [edge.spec for edge in node.dependencies if edge.deptypes & _BUILT_WITH]
        below = [child.name for child in built_with if child.dag_hash() in changed]
        if not path and not below:
            continue
        record = parts.store.database.local(node.dag_hash())
        if record is None or not parts.store.is_installed(node):
            continue
        if path and parts.environment is not None and not os.path.isdir(str(path)):
            parts.reporter.warning(
                f"the source directory {path} of {node.label} does not exist",
                f"the installed {node.name} stays as it is; bring the directory back, or stop"
                f" developing the package: spack undevelop {node.name}",
            )
        newer = newer_file(str(path), record.installation_time) if path else None
        if newer is not None:
            reason = f"{newer} changed after it was installed"
        elif below:
            reason = f"{', '.join(below)} changes"
        else:
            continue
        changed[node.dag_hash()] = reason
        name = node.label
        parts.reporter.message(f"{name} is built again: {reason}")
    return list(changed)


def _vanished(
    store: Store, reporter: Reporter, specs: Sequence[ConcreteSpec]
) -> list[ConcreteSpec]:
    """The run-time needs of specs that are recorded as installed, but gone, with a warning each."""
    needed = (n for spec in specs for n in spec.traverse(deptypes=deptypes.LINK | deptypes.RUN))
    found = []
    for node in distinct(needed):
        prefix = store.vanished(node)
        if prefix is not None:
            found.append(node)
            name = node.label
            reporter.warning(f"{prefix} is gone: {name} is installed again")
    return found


def build_world(parts: BuildParts, options: InstallOptions) -> BuildWorld:
    """The surroundings of builds, from the configuration."""
    config = parts.settings.config
    host = parts.host
    linking = config.shared_linking
    stages = choose_stage_root(config.build_stage)
    stores = (parts.store.root, *(upstream.root for upstream in parts.store.upstreams))
    return BuildWorld(
        prefixes=parts.store,
        packages=parts.repositories,
        stages=StageSettings(
            stages,
            name_template=config.stage_name,
            develop_link=config.develop_stage_link,
            cache=config.source_cache,
            mirrors=tuple(parts.settings.mirrors.values()),
            network=NetworkSettings(
                config.url_fetch_method,
                float(config.connect_timeout),
                config.verify_ssl,
                config.ssl_certs,
            ),
            require_checksum=config.checksum and options.checksum,
            unpack_limit=config.unpack_limit * 10**9,
        ),
        jobs=allowed_jobs(options.jobs, config.build_jobs),
        variable_settings=VariableSettings(
            dirty=config.dirty if options.dirty is None else options.dirty,
            language=config.build_language,
            runpath=linking.type == "runpath",
            keep_werror=config.keep_werror,
            ccache=(shutil.which("ccache") or "") if config.ccache else "",
            debug=config.debug,
            # What a build finds in its stage or a store comes before other places.
            managed=(stages, *stores),
        ),
        hooks=HookSettings(
            sbang_root=parts.store.unpadded_root,
            bind_sonames=linking.bind,
            missing_libraries=linking.missing_library_policy,
        ),
        permissions=lambda spec: parts.settings.package(spec.name).permissions._replace(
            set_group_bit=config.allow_sgid
        ),
        host=Architecture(host.platform, host.os, host.target),
        license_dir=config.license_dir,
        sandbox=SandboxSettings(
            options.sandbox or config.sandbox,
            stores,
            ccache=_ccache_directory(os.environ) if config.ccache else "",
        ),
    )


def _ccache_directory(variables: Mapping[str, str]) -> str:
    """The directory in which ccache keeps its results."""
    caches = variables.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return variables.get("CCACHE_DIR") or os.path.join(caches, "ccache")


__all__ = [
    "CachePolicy",
    "InstallOptions",
    "Only",
    "build_world",
    "install",
    "install_in_environment",
    "install_specs",
]
