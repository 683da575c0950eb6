"""Installing for commands: settings become arguments, specs become graphs, graphs are installed."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Callable, FrozenSet, NamedTuple, Optional, Sequence

from spack.builds.hooks import HookSettings
from spack.builds.permissions import Permissions
from spack.builds.procedure import BuildOptions, BuildWorld
from spack.builds.variables import EnvironmentSettings
from spack.config.settings import place_settings as configured
from spack.environments.installation import resolve_install
from spack.errors import UsageError
from spack.install import installer
from spack.install.plan import CachePolicy, Only, PlanOptions
from spack.install.reporting import TerminalReporter
from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.language.modes import SolveOptions, Tests
from spack.sources.cache import SourceCache
from spack.sources.fetching.network import NetworkSettings, address_of
from spack.sources.mirrors import Endpoint, Mirror
from spack.sources.stage import StageSettings, choose_stage_root
from spack.store.prefixes import StorePrefixes
from spack.work.answers.finished_solves import concretized
from spack.work.projects import environment_work, environments
from spack.work.queries.queries import parse_words

if TYPE_CHECKING:
    from spack.install.run_reports import Recorder, Report
    from spack.session.session import Session


class InstallOptions(NamedTuple):
    """What the user said; None leaves it to the configuration.

    ``only`` is ``package`` or ``dependencies``; ``report`` is told what became of
    every package, also when the installation fails.
    """

    only: Optional[str] = None
    until: Optional[str] = None
    before: Optional[str] = None
    skip_patch: bool = False
    jobs: Optional[int] = None
    concurrent_packages: Optional[int] = None
    overwrite: bool = False
    fail_fast: bool = False
    keep_prefix: bool = False
    keep_stage: bool = False
    keep_source: bool = False
    dont_restage: bool = False
    checksum: bool = True
    verbose: bool = False
    fake: bool = False
    dirty: Optional[bool] = None
    tests: Tests = Tests()
    show_log_on_error: bool = False
    report: Optional[Callable[[Report], None]] = None


def install(
    session: Session,
    words: Sequence[str],
    options: InstallOptions,
    solving: SolveOptions = SolveOptions(),
) -> None:
    """Concretize specs and install them."""
    if not words:
        raise UsageError(
            "no specs were given", hint="spack install zlib, or activate an environment first"
        )
    specs = concretized(session, words, solving)
    install_specs(session, specs, options)


def install_in_environment(
    session: Session,
    words: Sequence[str],
    options: InstallOptions,
    solving: SolveOptions,
    *,
    add: bool = False,
    no_add: bool = False,
    only_concrete: bool = False,
) -> None:
    """Install the active environment, or specs in it; its views follow."""
    environment = environments.active(session)
    requested = parse_words(words)
    roots = environments.user_specs(session, environment)
    if words and not add:
        request = resolve_install(requested, roots, environment.read_lock(), no_add=no_add)
        new = list(request.add)
    else:
        new = list(requested) if add else []
    if new:
        environments.add(session, new, None)
        session.forget_configuration()
    if not (only_concrete or no_add):
        result = environment_work.concretize(session, solving)
        for root, _ in result.added:
            session.reporter.success(f"Concretized {root.text}")
    lock = environment.locked()
    roots = environments.user_specs(session, environment)
    chosen = resolve_install(requested, roots, lock, no_add=bool(words)).specs
    try:
        install_specs(session, list(chosen), options)
    finally:
        _link_logs(session, chosen)
        environment_work.update_views(session)


def _link_logs(session: Session, roots: Sequence[ConcreteSpec]) -> None:
    """Links to the build logs in the environment."""
    environment = environments.active(session)
    for root in roots:
        for node in root.traverse():
            if node.external is None and session.store.is_installed(node):
                log = session.store.metadata_of(node).build_log
                if os.path.exists(log):
                    environment.link_log(node, log)


def install_specs(session: Session, specs: Sequence[ConcreteSpec], options: InstallOptions) -> None:
    """Install concrete specs into the store."""
    session.repositories.serve()
    hashes = frozenset(spec.dag_hash() for spec in specs)
    tests: FrozenSet[str] = frozenset()
    if options.tests.roots:
        tests = hashes
    elif options.tests.every:
        tests = frozenset(node.dag_hash() for spec in specs for node in spec.traverse())
    recorder = _recorder(session, options)
    watcher = recorder or TerminalReporter(session.reporter, verbose=options.verbose)
    work = installer.Installer(session.store, build_world(session, options), reporter=watcher)
    begun = time.time()
    try:
        work.install(specs, None, _installer_options(session, options, hashes, tests))
    finally:
        if options.report is not None and recorder is not None:
            words = " ".join(f"{spec.name}@{spec.version}" for spec in specs)
            options.report(recorder.report(f"spack install {words}", begun))


def _recorder(session: Session, options: InstallOptions) -> Optional[Recorder]:
    """Who keeps what happens, if somebody wants to know it afterwards."""
    if options.report is None and not options.show_log_on_error:
        return None
    from spack.install.run_reports import Recorder

    return Recorder(
        session.reporter,
        lambda spec: session.store.metadata_of(spec).build_log,
        verbose=options.verbose,
        show_logs=options.show_log_on_error,
    )


def _installer_options(
    session: Session,
    options: InstallOptions,
    hashes: FrozenSet[str],
    tests: FrozenSet[str],
) -> installer.InstallOptions:
    """What the installer is told of what the user said; hashes of the roots and of the tested."""
    chosen = {None: Only.ALL, "package": Only.PACKAGE, "dependencies": Only.DEPENDENCIES}
    concurrent = options.concurrent_packages
    if concurrent is None:
        concurrent = session.settings.config.concurrent_packages
    return installer.InstallOptions(
        plan=PlanOptions(
            only=chosen[options.only],
            overwrite=hashes if options.overwrite else frozenset(),
            tests=tests,
            root_policy=CachePolicy.NEVER,
            dependency_policy=CachePolicy.NEVER,
        ),
        build=BuildOptions(
            fake=options.fake,
            keep_stage=options.keep_stage,
            keep_source=options.keep_source,
            restage=not options.dont_restage,
            until=options.until,
            before=options.before,
            skip_patch=options.skip_patch,
        ),
        fail_fast=options.fail_fast,
        keep_prefix=options.keep_prefix,
        concurrent_packages=concurrent,
    )


def build_world(session: Session, options: InstallOptions) -> BuildWorld:
    """Where and how packages are built, from the configuration."""
    config = session.settings.config
    host = session.host
    linking = config.shared_linking
    return BuildWorld(
        prefixes=StorePrefixes(session.store),
        packages=session.repositories,
        stages=StageSettings(
            choose_stage_root(config.build_stage),
            name_template=config.stage_name,
            develop_link=config.develop_stage_link,
            cache=SourceCache(config.source_cache),
            mirrors=tuple(_mirror(entry) for entry in session.settings.mirrors.values()),
            network=NetworkSettings(
                config.url_fetch_method,
                float(config.connect_timeout),
                config.verify_ssl,
                config.ssl_certs,
            ),
            require_checksum=config.checksum and options.checksum,
        ),
        jobs=options.jobs or config.build_jobs,
        environment=EnvironmentSettings(
            dirty=config.dirty if options.dirty is None else options.dirty,
            language=config.build_language,
            runpath=linking.type == "runpath",
            keep_werror=config.keep_werror,
            ccache=(shutil.which("ccache") or "") if config.ccache else "",
            debug=config.debug,
        ),
        hooks=HookSettings(
            sbang_root=session.store.unpadded_root,
            bind_sonames=linking.bind,
            missing_libraries=linking.missing_library_policy,
        ),
        permissions=lambda spec: _permissions(session, spec),
        host=Architecture(host.platform, host.os, host.target),
        license_dir=config.license_dir,
    )


def _mirror(entry: configured.Mirror) -> Mirror:
    """A configured mirror as fetching needs it."""

    def endpoint(connection: configured.Connection) -> Endpoint:
        return Endpoint(
            url=address_of(connection.url),
            username=connection.id,
            username_variable=connection.id_variable,
            password_variable=connection.secret_variable,
            token_variable=connection.access_token_variable,
            profile=connection.profile,
            endpoint_url=connection.endpoint_url,
            view=connection.view,
        )

    return Mirror(
        entry.name,
        endpoint(entry.fetch),
        endpoint(entry.push),
        source=entry.source,
        binary=entry.binary,
        signed=entry.signed,
        autopush=entry.autopush,
        origin=entry.origin,
    )


def _permissions(session: Session, spec: ConcreteSpec) -> Permissions:
    wanted = session.settings.package(spec.name).permissions
    return Permissions(
        wanted.read,
        wanted.write,
        wanted.group,
        session.settings.config.allow_sgid,
    )
