"""Installing a graph: many packages, some at the same time, together with other processes.

The loop starts steps that are ready, waits for news of their children, and records what is
finished. A prefix is worked on only under its lock; until its record is written it counts as
absent, whatever happens to this process. All settings are arguments.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from types import FrameType
from typing import (
    Callable,
    Dict,
    FrozenSet,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Protocol,
    Sequence,
    Set,
    Tuple,
)

from spack.builds import hooks, metadata_files
from spack.builds.phase_logs import LogTail, PhaseTime
from spack.builds.procedure import (
    BuildError,
    BuildObserver,
    BuildOptions,
    BuildResult,
    BuildTask,
    BuildWorld,
    build_one,
)
from spack.builds.worker import Worker, start_worker
from spack.errors import SpackError
from spack.install.plan import Action, Plan, PlanOptions, Step, make_plan
from spack.install.reporting import (
    Failed,
    InstallFailedError,
    InstallReport,
    InstallReporter,
    label,
)
from spack.install.scheduler import Scheduler
from spack.install.splicing import install_spliced
from spack.install.states import FINAL, State
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.recipes.build_context import available_processors
from spack.recipes.classes.bound_spec import bind
from spack.store.prefixes import StorePrefixes
from spack.store.store import Store
from spack.system.files.filesystem import remove_tree
from spack.system.files.locks import LockTimeoutError
from spack.system.processes.jobserver import JobServer

#: Seconds between looks at the locks of others, and between calls of ``tick``.
POLL = 0.25

#: Directory for prefixes that are being replaced, beside the database.
_REPLACED = "replaced"


class BinarySource(Protocol):
    """Build caches, as an installation sees them."""

    def has(self, spec: ConcreteSpec) -> bool:
        """Whether a build cache has the node."""

    def install(self, spec: ConcreteSpec, prefix: str) -> None:
        """Unpack and relocate the node into a prefix, verified."""


class InstallOptions(NamedTuple):
    """What the user said about an installation.

    Attributes:
        plan: which nodes, and from where.
        build: how every node is built; ``until`` and ``before`` apply to the roots alone.
        fail_fast: give up at the first failure.
        keep_prefix: leave the prefix of a failed build.
        concurrent_packages: how many builds run at a time, 0 for no limit.
    """

    plan: PlanOptions = PlanOptions()
    build: BuildOptions = BuildOptions()
    fail_fast: bool = False
    keep_prefix: bool = False
    concurrent_packages: int = 1


class FailedElsewhereError(SpackError):
    """Another process tried to install the node at the same time and failed."""


class InterruptedInstallError(SpackError):
    """The installation was asked to end by a signal."""

    exit_code = 130


class _Running(NamedTuple):
    """A step that a child works on, with what has to be undone afterwards."""

    step: Step
    worker: Worker
    lock: contextlib.ExitStack
    tail: List[LogTail]
    token: bool


class Installer:
    """Installs graphs into one store.

    Args:
        store: where to.
        world: recipes, stages and settings of builds; its prefixes are those of the store.
        binaries: build caches, if they may be used.
        reporter: who watches.
        after_install: called for every node that was recorded, for module files and the like.
    """

    def __init__(
        self,
        store: Store,
        world: BuildWorld,
        *,
        binaries: Optional[BinarySource] = None,
        reporter: Optional[InstallReporter] = None,
        after_install: Callable[[ConcreteSpec], None] = lambda spec: None,
    ) -> None:
        self.store = store
        # What a build finds in its own stage comes before other places, as what is in stores does.
        managed = (
            world.stages.root,
            store.root,
            *(upstream.root for upstream in store.upstreams),
        )
        environment = world.environment
        if not environment.managed:
            environment = environment._replace(managed=managed)
        self.world = world._replace(prefixes=StorePrefixes(store), environment=environment)
        self.binaries = binaries
        self.reporter = reporter or InstallReporter()
        self.after_install = after_install

    def plan(
        self, roots: Sequence[ConcreteSpec], explicit: FrozenSet[str], options: PlanOptions
    ) -> Plan:
        """What :meth:`install` would do."""
        return make_plan(
            roots,
            explicit,
            options,
            is_installed=self._is_present,
            has_binary=self.binaries.has if self.binaries is not None else None,
        )

    def _is_present(self, node: ConcreteSpec) -> bool:
        """Externals that are not recorded still have to be."""
        if node.external is not None:
            return self.store.database.is_installed(node.dag_hash())
        return self.store.is_installed(node)

    def install(
        self,
        roots: Sequence[ConcreteSpec],
        explicit: Optional[FrozenSet[str]] = None,
        options: InstallOptions = InstallOptions(),
    ) -> InstallReport:
        """Install some roots and what they need.

        Args:
            roots: concrete specs.
            explicit: hashes that the user asked for; None: all roots.
            options: what the user said.

        Raises InstallFailedError, which has the report, and InterruptedInstallError.
        """
        asked = frozenset(root.dag_hash() for root in roots) if explicit is None else explicit
        self.store.recover()
        plan = self.plan(roots, asked, options.plan)
        self._mark_explicit(plan, asked)
        self.reporter.planned(plan)
        run = _Run(self, plan, options, _dependent_names(roots))
        with self.store.folding(), _signals_as_errors():
            report = run.run()
        self.reporter.ended(report)
        if report.failures:
            raise InstallFailedError(
                report, told=type(self.reporter).failed is not InstallReporter.failed
            )
        return report

    def _mark_explicit(self, plan: Plan, asked: FrozenSet[str]) -> None:
        """Nodes that are there already and are asked for now."""
        implicit = []
        for node in plan.installed:
            record = self.store.database.local(node.dag_hash())
            if record is not None and node.dag_hash() in asked and not record.explicit:
                implicit.append(node.dag_hash())
        if implicit:
            self.store.database.set_explicit(implicit, True)


def _dependent_names(roots: Sequence[ConcreteSpec]) -> Dict[str, Set[str]]:
    """For every hash the qualified names of the packages that depend on it."""
    found: Dict[str, Set[str]] = {}
    for root in roots:
        for node in root.traverse():
            for edge in node.dependencies:
                names = found.setdefault(edge.spec.dag_hash(), set())
                names.add(f"{node.namespace}.{node.name}" if node.namespace else node.name)
    return found


@contextlib.contextmanager
def _signals_as_errors() -> Iterator[None]:
    """SIGTERM and SIGHUP raise inside the block, so that children end and prefixes go."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: Optional[FrameType]) -> None:
        raise InterruptedInstallError(f"interrupted by {signal.Signals(number).name}")

    before = {n: signal.signal(n, interrupt) for n in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Run:
    """One call of :meth:`Installer.install`."""

    def __init__(
        self,
        installer: Installer,
        plan: Plan,
        options: InstallOptions,
        dependents: Dict[str, Set[str]],
    ) -> None:
        self.store = installer.store
        self.world = installer.world
        self.binaries = installer.binaries
        self.reporter = installer.reporter
        self.after_install = installer.after_install
        self.plan = plan
        self.options = options
        self.dependents = dependents
        self.scheduler = Scheduler(plan, fail_fast=options.fail_fast)
        self.running: Dict[str, _Running] = {}
        self.installed: List[ConcreteSpec] = []
        self.present: List[ConcreteSpec] = list(plan.installed)
        self.failures: List[Failed] = []
        self.stopped: List[Tuple[ConcreteSpec, str]] = []
        self.began = time.time()
        self.next_look = 0.0
        self.told_waiting: Set[str] = set()
        self.server: Optional[JobServer] = None

    def run(self) -> InstallReport:
        """The loop."""
        with self._job_server():
            try:
                while not self.scheduler.finished:
                    self._try_locked()
                    self._start_ready()
                    self._wait()
            except BaseException:
                self._give_up()
                raise
        return self._report()

    @contextlib.contextmanager
    def _job_server(self) -> Iterator[None]:
        """Builds that run together share the jobs of one."""
        if self.options.concurrent_packages == 1 or len(self.plan.steps) < 2:
            yield
            return
        jobs = self.world.jobs or min(16, available_processors())
        with JobServer.create(jobs) as server:
            self.server = server
            variables = {**self.world.variables, **server.variables()}
            self.world = self.world._replace(variables=variables, jobs=jobs)
            yield

    # -- starting --------------------------------------------------------------------------------

    def _has_room(self) -> bool:
        limit = self.options.concurrent_packages
        return limit < 1 or len(self.running) < limit

    def _start_ready(self) -> None:
        for step in self.scheduler.ready():
            if not self._has_room():
                return
            if self.scheduler.board.state(step.key) is not State.READY:
                continue
            token = False
            if self.server is not None and self.running and step.action is Action.BUILD:
                token = self.server.acquire(0)
                if not token:
                    return
            if not self._start(step, token) and token and self.server is not None:
                self.server.release()

    def _start(self, step: Step, token: bool) -> bool:
        """Start a step, or find that it is done or locked; whether a child works on it now."""
        if step.action is Action.EXTERNAL:
            self._register(step)
            return False
        lock = contextlib.ExitStack()
        try:
            lock.enter_context(self.store.locks.writing(step.key, timeout=0))
            # What it needs must not be removed meanwhile. What that needs in turn is recorded.
            for digest in self._prefixes_used(step):
                lock.enter_context(self.store.locks.reading(digest, timeout=0))
        except LockTimeoutError:
            lock.close()
            self.scheduler.lock_is_taken(step.key)
            if step.key not in self.told_waiting:
                self.told_waiting.add(step.key)
                self.reporter.waiting(step)
            return False
        try:
            return self._start_locked(step, lock, token)
        except BaseException:
            lock.close()
            raise

    def _prefixes_used(self, step: Step) -> List[str]:
        """Direct dependencies that are prefixes of this store."""
        kinds = deptypes.LINK | deptypes.RUN
        if step.action is Action.BUILD:
            kinds |= deptypes.BUILD | (deptypes.TEST if step.run_tests else 0)
        return sorted(
            {
                edge.spec.dag_hash()
                for edge in step.spec.dependencies
                if edge.deptypes & kinds and edge.spec.external is None
            }
        )

    def _start_locked(self, step: Step, lock: contextlib.ExitStack, token: bool) -> bool:
        self.store.database.refresh()
        if not step.overwrite and self.store.has(step.key):
            lock.close()
            if step.explicit:
                self.store.database.set_explicit([step.key], True)
            self.scheduler.done(step.key)
            self.present.append(step.spec)
            self.reporter.by_others(step)
            return False
        elsewhere = self.store.failures.get(step.spec.name, step.key)
        if elsewhere is not None and elsewhere.time > self.began:
            lock.close()
            self.scheduler.start(step.key)
            self._failed(
                step,
                FailedElsewhereError(
                    f"another process failed to install it: {elsewhere.cause}",
                    details=f"log: {elsewhere.log}" if elsewhere.log else None,
                ),
                mark=False,
            )
            return False
        done, total = self._progress()
        self.reporter.started(step, done + len(self.running), total)
        self.scheduler.start(step.key)
        try:
            if step.overwrite:
                self._set_aside(step)
            prefix = self.store.begin_install(step.spec)
        except SpackError as error:
            self._restore(step)
            lock.close()
            self._failed(step, error)
            return False
        worker = start_worker(self._work(step, prefix))
        self.running[step.key] = _Running(step, worker, lock, [], token)
        return True

    def _work(self, step: Step, prefix: str) -> Callable[[BuildObserver], BuildResult]:
        """What the child does."""
        if step.action in (Action.BINARY, Action.SPLICE):
            return lambda observer: self._unpack(step, prefix, observer)
        options = self.options.build._replace(run_tests=step.run_tests)
        if not step.is_root:
            options = options._replace(until=None, before=None)
        names = tuple(sorted(self.dependents.get(step.key, ())))
        task = BuildTask(step.spec, prefix, options, names)
        return lambda observer: build_one(task, self.world, observer)

    def _unpack(self, step: Step, prefix: str, observer: BuildObserver) -> BuildResult:
        start = time.monotonic()
        if step.action is Action.SPLICE:
            phase = "splice"
            observer.step(phase)
            install_spliced(step.spec, prefix, self.world.prefixes.prefix)
        else:
            assert self.binaries is not None
            phase = "unpack"
            observer.step(phase)
            self.binaries.install(step.spec, prefix)
        times = (PhaseTime(phase, time.monotonic() - start),)
        metadata_files.write_times(prefix, step.spec, times, from_cache=True)
        view = bind(step.spec, self.world.prefixes, self.world.packages)
        modes = self.world.permissions(step.spec)
        hooks.after_install(view, prefix, self.world.hooks, modes)
        return BuildResult(times)

    def _register(self, step: Step) -> None:
        self.scheduler.start(step.key)
        self.store.add_external(step.spec, explicit=step.explicit)
        self._done(step, 0.0)

    # -- waiting ---------------------------------------------------------------------------------

    def _try_locked(self) -> None:
        """Steps that others work on become ready again; whoever still holds them is found then."""
        if time.monotonic() < self.next_look:
            return
        self.next_look = time.monotonic() + POLL
        for step in self.scheduler.locked():
            self.scheduler.lock_is_free(step.key)

    def _wait(self) -> None:
        if not self.running:
            if self.scheduler.locked():
                time.sleep(POLL)
            return
        by_descriptor = {entry.worker.descriptor: entry for entry in self.running.values()}
        readable, _, _ = select.select(list(by_descriptor), [], [], POLL)
        for descriptor in readable:
            self._news_of(by_descriptor[descriptor])
        if self.reporter.wants_output:
            for entry in self.running.values():
                self._pass_output(entry)
        going_on = tuple((e.step, e.worker.step) for e in self.running.values())
        self.reporter.tick(going_on, *self._progress())

    def _progress(self) -> Tuple[int, int]:
        """How many nodes are finished, and how many there are; registering is no work."""
        keys = [key for key, step in self.plan.steps.items() if step.action is not Action.EXTERNAL]
        done = [key for key in keys if self.scheduler.board.state(key) in FINAL]
        return len(done), len(keys)

    def _news_of(self, entry: _Running) -> None:
        for event in entry.worker.read_events():
            if event.kind == "step":
                self.reporter.phase(entry.step, event.text)
            elif event.kind == "note":
                self.reporter.note(entry.step, event.text)
            elif event.kind == "stage":
                self.reporter.stage(entry.step, event.text)
                entry.tail.append(LogTail(event.text))
        if entry.worker.ended:
            if self.reporter.wants_output:
                self._pass_output(entry)
            del self.running[entry.step.key]
            if entry.token and self.server is not None:
                self.server.release()
            self._ended(entry)

    def _pass_output(self, entry: _Running) -> None:
        for tail in entry.tail:
            text = tail.new_text()
            if text:
                self.reporter.output(entry.step, text)

    # -- ending ----------------------------------------------------------------------------------

    def _ended(self, entry: _Running) -> None:
        step = entry.step
        with entry.lock:
            try:
                result = entry.worker.result()
                if result.stopped is not None:
                    self._undo(step)
                    self.scheduler.cancel(step.key)
                    self.stopped.append((step.spec, result.stopped))
                    self.reporter.stopped(step, result.stopped)
                    self._cancel_dependents(step.key)
                    return
                self.store.commit_install(step.spec, explicit=step.explicit)
                self._forget_replaced(step)
            except SpackError as error:
                self._undo(step)
                self._failed(step, error)
                return
        self._done(step, time.monotonic() - entry.worker.started)

    def _done(self, step: Step, seconds: float) -> None:
        self.scheduler.done(step.key)
        self.installed.append(step.spec)
        self.after_install(step.spec)
        self.reporter.finished(step, seconds, self.store.prefix_of(step.spec))

    def _failed(self, step: Step, error: SpackError, *, mark: bool = True) -> None:
        failed = Failed(step, error)
        self.failures.append(failed)
        if mark:
            log = error.log if isinstance(error, BuildError) else None
            phase = error.phase if isinstance(error, BuildError) else None
            self.store.failures.mark(step.spec.name, step.key, error.message, log=log, phase=phase)
        self.scheduler.failed(step.key)
        self.reporter.failed(failed)

    def _undo(self, step: Step) -> None:
        """Remove what a build that did not end well has installed."""
        self.store.abandon_install(step.spec, keep_prefix=self.options.keep_prefix)
        self._restore(step)

    def _cancel_dependents(self, key: str) -> None:
        """What needs a node that was stopped on purpose cannot be built."""
        gone = {key}
        for step in self.plan.steps.values():
            if gone & set(step.needs):
                gone.add(step.key)
                if self.scheduler.board.state(step.key) is State.WAITING:
                    self.scheduler.cancel(step.key)

    def _give_up(self) -> None:
        """End all children and leave a clean store."""
        self.scheduler.cancel_all()
        for entry in self.running.values():
            entry.worker.kill()
        for entry in self.running.values():
            with entry.lock:
                self._undo(entry.step)
            self.scheduler.cancel(entry.step.key)
        self.running.clear()

    def _report(self) -> InstallReport:
        def specs(state: State) -> Tuple[ConcreteSpec, ...]:
            return tuple(self.plan.steps[key].spec for key in self.scheduler.board.having(state))

        return InstallReport(
            installed=tuple(self.installed),
            present=tuple(self.present),
            failures=tuple(self.failures),
            blocked=specs(State.BLOCKED),
            cancelled=specs(State.CANCELLED),
            stopped=tuple(self.stopped),
        )

    # -- replacing -------------------------------------------------------------------------------

    def _replaced_path(self, step: Step) -> str:
        return os.path.join(self.store.database.directory, _REPLACED, step.key)

    def _set_aside(self, step: Step) -> None:
        """Move the installed prefix away; its record says absent until the new one is finished."""
        prefix = self.store.layout.prefix(step.spec)
        if not os.path.isdir(prefix):
            return
        aside = self._replaced_path(step)
        os.makedirs(os.path.dirname(aside), exist_ok=True)
        remove_tree(aside)
        with self.store.database.transaction() as changes:
            changes.update(step.key, installed=False)
        os.rename(prefix, aside)

    def _restore(self, step: Step) -> None:
        """Bring the replaced prefix back after a failure."""
        aside = self._replaced_path(step)
        prefix = self.store.layout.prefix(step.spec)
        if not step.overwrite or not os.path.isdir(aside):
            return
        remove_tree(prefix)
        os.makedirs(os.path.dirname(prefix), exist_ok=True)
        os.rename(aside, prefix)
        with self.store.database.transaction() as changes:
            changes.update(step.key, installed=True)

    def _forget_replaced(self, step: Step) -> None:
        remove_tree(self._replaced_path(step))


def install(
    roots: Sequence[ConcreteSpec],
    store: Store,
    world: BuildWorld,
    *,
    explicit: Optional[FrozenSet[str]] = None,
    options: InstallOptions = InstallOptions(),
    binaries: Optional[BinarySource] = None,
    reporter: Optional[InstallReporter] = None,
    after_install: Callable[[ConcreteSpec], None] = lambda spec: None,
) -> InstallReport:
    """Install roots into a store; see :meth:`Installer.install`."""
    installer = Installer(
        store, world, binaries=binaries, reporter=reporter, after_install=after_install
    )
    return installer.install(roots, explicit, options)


__all__ = [
    "BinarySource",
    "FailedElsewhereError",
    "InstallFailedError",
    "InstallOptions",
    "InstallReport",
    "Installer",
    "InterruptedInstallError",
    "install",
    "label",
]
