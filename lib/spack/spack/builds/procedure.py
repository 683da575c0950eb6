"""Building one package, from its source to a checked prefix. Runs in the build child.

:func:`build_one` is the procedure; what it needs comes as two values: :class:`BuildTask`, what to
build, and :class:`BuildWorld`, where and with which settings. It changes the process that it runs
in (variables, directory, context) and writes no database.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator

from spack.builds import failure_texts, hooks, metadata_files, sandbox
from spack.builds.build_tools import c_programs, takes_jobs_by_path, takes_part_anyway
from spack.builds.events import (
    BuildError,
    ErrorRecord,
    NodeName,
    Noted,
    PhaseBegun,
    StageMade,
    Watch,
    unwatched,
)
from spack.builds.log_excerpt import Excerpt, excerpt_of_file
from spack.builds.options import InstallOptions
from spack.builds.permissions import directory_mode
from spack.builds.phase_logs import PhaseLogs, PhaseTime
from spack.builds.variables import VariableSettings, build_variables
from spack.builds.wrapper import placing as wrapper
from spack.config.settings.package_settings import Permissions
from spack.errors import SpackError, UsageError
from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bindings import PackageOf, PrefixOf
from spack.recipes.bound.bound_spec import BoundSpec, bind
from spack.recipes.build_context import BuildContext, building
from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.declaring.multimethods import NoSuchMethodError
from spack.recipes.declaring.phases import StopPhase
from spack.recipes.records.package_records import PatchRecord
from spack.sources import patches as source_patches
from spack.sources.composite import CompositeStage
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.package_sources import (
    patches_for,
    resources_in_stages,
    resources_of,
    stage_for_package,
    stage_package,
)
from spack.sources.stage import StageSettings
from spack.store.layout import metadata
from spack.system.files.filesystem import install_tree, touch
from spack.system.files.writing import group_id, mkdirp
from spack.system.processes.executables import ProcessError
from spack.system.processes.jobserver import HeldJobs, JobServer
from spack.type_names import Any, Callable


class BuildTask(NamedTuple):
    """One package to build.

    Attributes:
        prefix: where to; it must not exist.
        options: what the user said; ``until`` and ``before`` hold for roots alone.
        dependents: names of packages that may have patches for it.
        compilers: of the compiler wrapper, compilers of C that it may be compiled with.
    """

    spec: ConcreteSpec
    prefix: str
    options: InstallOptions = InstallOptions()
    dependents: tuple[str, ...] = ()
    compilers: tuple[ConcreteSpec, ...] = ()
    is_root: bool = True
    run_tests: bool = False


class BuildWorld(NamedTuple):
    """The surroundings of builds, the same for all packages of an installation.

    Attributes:
        prefixes: where packages are installed.  packages: the recipes.
        stages: how stages are made.
        jobs: jobs of one build, 0 for the number of processors.
        variable_settings: how variables are set.
        hooks: what is done after the phases.
        permissions: modes and group of the files of a package.
        host: what this machine is; None to write that of the spec.
        license_dir: where licence files are.
        job_server: shares jobs among builds; what does not take part has ``jobs`` to itself.
        sandbox: whether phases run in a sandbox, and what it protects.
    """

    prefixes: PrefixOf
    packages: PackageOf
    stages: StageSettings
    jobs: int = 0
    variable_settings: VariableSettings = VariableSettings()
    hooks: hooks.HookSettings = hooks.HookSettings()
    permissions: Callable[[ConcreteSpec], Permissions] = lambda spec: Permissions()
    host: Architecture | None = None
    license_dir: str = ""
    job_server: JobServer | None = None
    sandbox: sandbox.SandboxSettings = sandbox.SandboxSettings()


class UnknownPhaseError(UsageError):
    """``--until`` or ``--before`` names a phase that the package does not have."""


def check_phases(package: Any, options: InstallOptions) -> None:
    """Raises UnknownPhaseError when a package lacks the phase at which it is to be stopped."""
    names = [phase.name for phase in create_builder(package)]
    for wanted in (options.until, options.before):
        if wanted is not None and wanted not in names:
            raise UnknownPhaseError(
                f"{package.name} has no phase {wanted!r}",
                hint=f"its phases are {', '.join(names)}",
            )


def build_one(task: BuildTask, world: BuildWorld, watch: Watch = unwatched) -> str | None:
    """Build a package and check what was installed; the phase that it was asked to stop at, if any.

    Raises BuildError with the log's excerpt. After an error the prefix may hold anything.
    """
    build = _Build(task, world, watch)
    context = build.context()
    with contextlib.ExitStack() as stack:
        if world.job_server is not None and not takes_part_anyway(task.spec):
            held = stack.enter_context(HeldJobs(world.job_server, world.jobs))
            context = context._replace(take_jobs=held.take)
        stack.enter_context(building(context))
        return build.run()


class _Build:
    def __init__(self, task: BuildTask, world: BuildWorld, watch: Watch) -> None:
        self.task = task
        self.node = NodeName.of(task.spec)
        self.world = world
        self.watch = watch
        self.options = task.options
        self.view: BoundSpec = bind(task.spec, world.prefixes, world.packages)
        self.stages: dict[str, CompositeStage] = {}
        self.step_name = "setup"
        self.logs: PhaseLogs | None = None
        self.times: list[PhaseTime] = []
        self.patches: list[PatchRecord] = []
        self.sandbox: sandbox.Sandbox | None = None

    def context(self) -> BuildContext:
        """The context that recipes see."""
        return BuildContext(
            jobs=self.world.jobs,
            stage_of=self.stage_of,
            run_tests=lambda name: self.task.run_tests and name == self.task.spec.name,
            license_dir=self.world.license_dir,
            keep_werror=self.world.variable_settings.keep_werror,
        )

    def run(self) -> str | None:
        try:
            if self.task.spec.name == wrapper.PACKAGE_NAME:
                self.install_wrapper()
            elif self.options.fake:
                self.install_nothing()
            else:
                self.build()
        except BuildError:
            raise
        except StopPhase as stop:
            return stop.phase
        except (Exception, SystemExit) as error:
            raise self.failure(error) from error
        finally:
            for stage in self.stages.values():
                stage.leave()
        return None

    # -- ways to a prefix ------------------------------------------------------------------------

    def install_wrapper(self) -> None:
        """Our wrapper stands in for the package: nothing is fetched."""
        with self.timed("install"):
            self.make_prefix()
            own = c_programs(self.task.compilers, self.world.prefixes, self.world.packages)
            wrapper.install_into(self.task.prefix, [*own, *wrapper.COMPILERS])
        self.finish(())

    def install_nothing(self) -> None:
        """Empty files in the usual places."""
        with self.timed("stage"):
            self.make_prefix()
            name = self.task.spec.name
            plain = name if name.startswith("lib") else f"lib{name}"
            for path in (
                f"bin/{name}", f"include/{name}.h", f"lib/{plain}.so", f"lib/{plain}.a",
                f"man/man1/{name}.1",
            ):  # fmt: skip
                full = os.path.join(self.task.prefix, path)
                mkdirp(os.path.dirname(full))
                touch(full)
                if path.startswith("bin/"):
                    os.chmod(full, 0o755)
        self.finish(())

    def build(self) -> None:
        """Source, variables, phases, checks."""
        stage = self.stage_of(self.view.package)
        logs = self.prepare_stage(stage)
        try:
            with self.logged(logs, "stage"):
                self.obtain_source(stage)
            with self.logged(logs, "environment"):
                hooks.prepare_license(self.view.package)
                self.make_prefix()
                self.set_variables(stage)
            if not self.options.skip_patch:
                # Recipes patch with what dependencies gave them, such as the compiler's path.
                with self.logged(logs, "patch"):
                    self.patch(stage)
            self.run_phases(stage, logs)
        finally:
            with contextlib.suppress(OSError):
                logs.join()
                for text in sandbox.refusals(self.sandbox, logs.joined):
                    self.watch(Noted(self.node, text, time.time(), is_warning=True))
            self.times = list(logs.times)
        self.finish(metadata_files.archive_patterns(self.view.package), stage, logs)
        if not (self.options.keep_stage or stage.is_develop):
            os.chdir(os.path.dirname(stage.path))
            stage.destroy()

    # -- steps -----------------------------------------------------------------------------------

    def stage_of(self, package: Any) -> CompositeStage:
        """The stage of a package object; made on first use, nothing is fetched."""
        node = package.spec.unbound
        known = self.stages.get(node.dag_hash())
        if known is None:
            own = node.dag_hash() == self.task.spec.dag_hash()
            patches = self.find_patches(node) if own and not self.options.skip_patch else []
            if own:
                self.patches = patches
            known = stage_for_package(
                package,
                node,
                self.world.stages,
                resources=resources_of(package, node),
                patches=patches,
                reporter=_Notes(self) if own else SILENT,
            )
            self.stages[node.dag_hash()] = known
        package.resources = resources_in_stages(package, known)
        return known

    def find_patches(self, node: ConcreteSpec) -> list[PatchRecord]:
        """The patches that were chosen for a node, found in its recipe and those of dependents."""
        dependents = (self.world.packages.package_class(name) for name in self.task.dependents)
        return patches_for(type(self.view.package), node, dependents)

    def prepare_stage(self, stage: CompositeStage) -> PhaseLogs:
        """Make the stage, without what an earlier build left unless that is wanted."""
        stage.work_alone()
        if self.options.restage:
            stage.keep_archives()
        self.watch(StageMade(self.node, stage.path, time.time()))
        self.logs = logs = PhaseLogs(stage.path)
        logs.clear()
        return logs

    def obtain_source(self, stage: CompositeStage) -> None:
        """Fetch and unpack."""
        stage_package(stage, self.view.package)

    def patch(self, stage: CompositeStage) -> None:
        """Apply the patches that were chosen, then the recipe's own method."""
        ready = source_patches.ready_patches(self.patches, stage)
        method = getattr(self.view.package, "patch", None)

        def own_patch() -> None:
            assert method is not None
            # A conditional method without a matching case means that there is nothing to patch.
            with contextlib.suppress(NoSuchMethodError):
                method()

        source_patches.apply(
            stage,
            ready,
            patch_method=own_patch if method is not None else None,
            reporter=_Notes(self),
        )

    def make_prefix(self) -> None:
        """Make the prefix and its metadata directory, with the configured mode and group."""
        permissions = self.world.permissions(self.task.spec)
        for path in (self.task.prefix, metadata(self.task.prefix).directory):
            mkdirp(path)
            if permissions.group is not None:
                os.chown(path, -1, group_id(permissions.group))
            os.chmod(path, directory_mode(permissions))

    def make_sandbox(self, stage: CompositeStage) -> None:
        """The rights of the phases, with the directories that they need."""
        self.sandbox = sandbox.prepare(
            self.view.package,
            self.task.spec,
            self.task.prefix,
            self.world.sandbox,
            prefixes=self.world.prefixes.prefix,
            stage=stage.path,
            sources=[one.source_path for one in stage],
            run_tests=self.task.run_tests,
            variables=os.environ,
        )

    def set_variables(self, stage: CompositeStage) -> None:
        """Prepare recipes, set the variables of this process and note them in the stage."""
        settings = self.world.variable_settings
        self.make_sandbox(stage)
        caller = {**os.environ, **(self.sandbox.variables if self.sandbox is not None else {})}
        if self.world.job_server is not None:
            # From inside a sandbox the descriptors of other processes cannot be opened.
            by_path = self.sandbox is None and takes_jobs_by_path(self.task.spec)
            where = str(os.getpid()) if by_path else ""
            caller.update(self.world.job_server.variables(path_in=where))
        prepared = build_variables(self.view, settings, caller, log_directory=stage.path)
        os.environ.clear()
        os.environ.update(prepared.variables)
        tempfile.tempdir = None  # It may have been another one.
        os.umask(0o022)
        metadata_files.write_environment(stage.path, prepared.variables, prepared.modifications)

    def run_phases(self, stage: CompositeStage, logs: PhaseLogs) -> None:
        """All phases of the builder, each with its log, in the sandbox if there is one."""
        package = self.view.package
        options = self.options if self.task.is_root else InstallOptions()
        package.last_phase, package.stop_before_phase = options.until, options.before
        if self.task.is_root:
            check_phases(package, self.options)
        builder = create_builder(package)
        source = stage.source_path if os.path.isdir(stage.source_path) else stage.path
        os.chdir(source)

        def run() -> None:
            for phase in builder:
                with self.logged(logs, phase.name):
                    phase.execute()

        sandbox.run_inside(self.sandbox, run)
        metadata_files.write_configure_arguments(stage.path, package)

    def finish(
        self, archived: Any, stage: CompositeStage | None = None, logs: PhaseLogs | None = None
    ) -> None:
        """Metadata, then the hooks that check and adjust the prefix."""
        prefix = self.task.prefix
        with self.timed("post-install"):
            metadata_files.write_specfile(prefix, self.task.spec)
            metadata_files.write_machine(prefix, self.world.host or self.task.spec.arch)
            if stage is not None and logs is not None:
                metadata_files.keep_stage_files(prefix, stage.path, logs.joined)
                metadata_files.keep_archived_files(prefix, stage.path, archived)
                if self.options.keep_source and os.path.isdir(stage.source_path):
                    target = os.path.join(prefix, "share", self.task.spec.name, "src")
                    install_tree(stage.source_path, target)
            metadata_files.keep_recipes(prefix, self.view)
            # The manifest is made by the last hook and must know this file too.
            metadata_files.write_times(prefix, self.task.spec, self.times, from_cache=False)
            hooks.after_install(
                self.view, prefix, self.world.hooks, self.world.permissions(self.task.spec)
            )

    # -- bookkeeping -----------------------------------------------------------------------------

    def begin(self, name: str) -> None:
        """A step begins."""
        self.step_name = name
        self.watch(PhaseBegun(self.node, name, time.time()))

    @contextlib.contextmanager
    def logged(self, logs: PhaseLogs, name: str) -> Iterator[None]:
        """A step whose output goes to a log."""
        self.begin(name)
        with logs.step(name) as path:
            try:
                yield
            except StopPhase:
                raise
            except (Exception, SystemExit) as error:
                sys.stdout.flush()
                failure = self.failure(error, path)
                # The log tells the whole story, also to those who only get the log.
                failure_texts.write_error(error)
                raise failure from error

    @contextlib.contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """A step without a log."""
        self.begin(name)
        start = time.monotonic()
        yield
        self.times.append(PhaseTime(name, time.monotonic() - start))

    def failure(self, error: Exception | SystemExit, phase_log: str | None = None) -> BuildError:
        """The error that the user sees."""
        if isinstance(error, BuildError):
            return error
        path = phase_log if phase_log is not None and os.path.exists(phase_log) else None
        found = excerpt_of_file(path) if path else Excerpt("", ())
        where = f"{self.node.name}@{self.node.version} failed in step '{self.step_name}'"
        details: str | None = None
        hint: str | None = None
        if isinstance(error, ProcessError):
            reason = found.cause or error.message
            details = failure_texts.first_lines(error.details)
        elif isinstance(error, SpackError):
            reason = error.message + (f" [{error.origin}]" if error.origin is not None else "")
            details = error.details
            hint = error.hint
            found = Excerpt("", ())
        else:
            reason, hint = failure_texts.unexpected(error)
            details = failure_texts.recipe_lines(error)
            found = Excerpt("", ())
        text = f"{reason} {details or ''} {found}"
        places = {"stage": self.world.stages.root, "store": self.task.prefix}
        obstacle = failure_texts.obstacles(places, text)
        if obstacle:
            reason, hint = f"{reason}: {obstacle}", failure_texts.OTHER_PLACES
        log = self.logs.joined if self.logs is not None else None
        return BuildError(
            ErrorRecord(f"{where}: {reason}", details, hint, self.step_name, log, found)
        )


class _Notes(FetchReporter):
    """Fetching tells who watches the build."""

    def __init__(self, build: _Build) -> None:
        self._build = build

    def attempt(self, what: str, address: str) -> None:
        print(f"==> Fetching {address}")

    def failed(self, what: str, address: str, reason: str) -> None:
        print(f"==> Not fetched from {address}: {reason}")

    def note(self, text: str) -> None:
        print(f"==> {text}")
        self._build.watch(Noted(self._build.node, text, time.time()))

    def warning(self, text: str) -> None:
        print(f"==> Warning: {text}")
        self._build.watch(Noted(self._build.node, text, time.time(), is_warning=True))
