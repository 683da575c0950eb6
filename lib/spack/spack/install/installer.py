"""Installing a graph: many packages, some at the same time, together with other processes.

The loop starts steps that are ready, listens to those who work on them, and records what is
finished. A prefix is worked on only under its lock; until its record is written it counts as
absent, whatever happens to this process. All settings are arguments. ``internals/installer.rst``
draws the states of a step.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence, Set
from contextlib import AbstractContextManager

from spack.builds import events
from spack.builds.events import ENDS, End, Event, StepAction, Watch
from spack.builds.options import CachePolicy, InstallOptions
from spack.builds.procedure import BuildWorld
from spack.errors import SpackError
from spack.install.dependents import Dependents, dependents_of_all
from spack.install.errors import InstallFailedError, cannot_write
from spack.install.forecasts import Forecasts, MemoryBudget, seconds_left, weights
from spack.install.outcome import built_instead, outcome
from spack.install.past_builds import PastBuild, PastBuilds
from spack.install.plan import Plan, Step, make_plan, may_be_cached
from spack.install.replaced_prefixes import ReplacedPrefixes
from spack.install.scheduler import Scheduler
from spack.install.signals import Suspension, handled_signals
from spack.install.states import FINAL, State
from spack.install.step_locks import take_locks
from spack.install.step_work import AfterBuild, BinarySource, StepWork, may_be_built
from spack.install.workers import Workers, local_workers
from spack.language.concrete_specs import ConcreteSpec
from spack.store.store import Store
from spack.system.memory import available_memory
from spack.type_names import Callable, Protocol

#: Seconds between looks at the locks of others, and between ticks.
POLL = 0.25


class Operator(Protocol):
    """Somebody who watches the installation and may ask for something."""

    @property
    def descriptors(self) -> Sequence[int]:
        """Readable when there may be a wish."""

    def jobs_wanted(self) -> int:
        """By how many jobs there are to be more, or fewer, since the last call."""


class Installer:
    """Installs graphs into one store.

    Args:
        store: where to.
        world: recipes, stages and settings of builds; its prefixes are those of the store.
        binaries: build caches, if they may be used.
        watch: is told everything that happens; without, errors tell the reasons of failures.
        concurrent_packages: how many nodes are worked on at a time, 0 for as many as there are
            jobs; options may say otherwise.
        after_install: called for every node that was recorded, for module files and the like.
        after_build: called in the process of every build from source.
        workers: where nodes are worked on, by default in child processes.
        operator: may change the number of jobs.
    """

    def __init__(
        self,
        store: Store,
        world: BuildWorld,
        *,
        binaries: BinarySource | None = None,
        watch: Watch | None = None,
        concurrent_packages: int = 0,
        after_install: Callable[[ConcreteSpec], None] = lambda spec: None,
        after_build: AfterBuild | None = None,
        workers: Workers | None = None,
        operator: Operator | None = None,
    ) -> None:
        self.store = store
        self.world = world
        self.binaries = binaries
        self.watch = watch
        self.concurrent_packages = concurrent_packages
        self.after_install = after_install
        self.after_build = after_build
        self.workers = workers
        self.operator = operator

    def plan(
        self,
        roots: Sequence[ConcreteSpec],
        explicit: frozenset[str],
        options: InstallOptions,
        unusable: Set[str] = frozenset(),
    ) -> Plan:
        """The plan that :meth:`install` would follow; ``unusable`` are hashes not to unpack."""
        cached: Set[str] = frozenset()
        if self.binaries is not None:
            wanted = may_be_cached(roots, options, self._is_present)
            cached = self.binaries.available(wanted) - unusable
        return make_plan(
            roots,
            explicit,
            options,
            is_installed=self._is_present,
            has_binary=lambda node: node.dag_hash() in cached,
        )

    def _is_present(self, node: ConcreteSpec) -> bool:
        """Externals that are not recorded still have to be."""
        if node.external is not None and self.store.is_writable:
            return self.store.database.is_installed(node.dag_hash())
        return self.store.is_installed(node)

    def install(
        self,
        roots: Sequence[ConcreteSpec],
        explicit: frozenset[str] | None = None,
        options: InstallOptions = InstallOptions(),
    ) -> events.Ended:
        """Install some roots and what they need.

        Args:
            roots: concrete specs.
            explicit: hashes that the user asked for; None: all roots.
            options: what the user said.

        What is all there is found in the store of another user, too, and nothing is marked.

        Raises InstallFailedError, which has the report, InterruptedInstallError and
        ReadOnlyStoreError.
        """
        asked = frozenset(root.dag_hash() for root in roots) if explicit is None else explicit
        watch = self.watch or events.unwatched
        self.store.recover()
        plan = self.plan(roots, asked, options)
        if self.store.is_writable:
            self._mark_explicit(plan, asked)
        elif plan.steps:
            raise cannot_write(self.store.root, plan)
        report = self._follow(plan, roots, asked, options)
        watch(report)
        if report.failed:
            raise InstallFailedError(report, told=self.watch is not None)
        return report

    def _follow(
        self,
        plan: Plan,
        roots: Sequence[ConcreteSpec],
        asked: frozenset[str],
        options: InstallOptions,
    ) -> events.Ended:
        """Do what a plan says; what no build cache has in a usable form is planned again."""
        watch = self.watch or events.unwatched
        ends: list[End | events.FoundInstalled] = []
        unusable: set[str] = set()
        while True:
            watch(plan.event(roots, time.time()))
            with handled_signals() as suspension, self._workers(options) as (workers, world):
                dependents = dependents_of_all(roots)
                run = _Run(self, plan, options, workers, world, dependents, suspension, ends)
                try:
                    run.loop()
                except BaseException:
                    run.give_up()
                    watch(run.report(interrupted=True))
                    raise
            if not run.unusable:
                return run.report(interrupted=False)
            unusable |= run.unusable
            plan = self.plan(roots, asked, options, unusable)

    def _workers(
        self, options: InstallOptions
    ) -> AbstractContextManager[tuple[Workers, BuildWorld]]:
        if self.workers is not None:
            return contextlib.nullcontext((self.workers, self.world))
        limit = options.concurrent_packages
        if limit is None:
            limit = self.concurrent_packages
        return local_workers(self.world, limit, output=options.verbose)

    def _mark_explicit(self, plan: Plan, asked: frozenset[str]) -> None:
        """Nodes that are there already and are asked for now."""
        implicit = []
        for node in plan.installed:
            record = self.store.database.local(node.dag_hash())
            if record is not None and node.dag_hash() in asked and not record.explicit:
                implicit.append(node.dag_hash())
        if implicit:
            self.store.database.set_explicit(implicit, True)


class _Run:
    """One call of :meth:`Installer.install`."""

    def __init__(
        self,
        installer: Installer,
        plan: Plan,
        options: InstallOptions,
        workers: Workers,
        world: BuildWorld,
        dependents: dict[str, Dependents],
        suspension: Suspension,
        ends: list[End | events.FoundInstalled],
    ) -> None:
        self.store = installer.store
        self.replaced = ReplacedPrefixes(installer.store)
        self.binaries = installer.binaries
        self.watch = installer.watch or events.unwatched
        self.after_install = installer.after_install
        self.world = world
        self.plan = plan
        self.options = options
        self.workers = workers
        self.dependents = dependents
        self.suspension = suspension
        self.operator = installer.operator
        self.past = PastBuilds(installer.store.database.directory)
        self.forecasts = Forecasts(self.past.all() if plan.steps else ())
        self.memory = MemoryBudget(available_memory())
        self.used: dict[str, events.Used] = {}
        self.scheduler = Scheduler(
            plan, fail_fast=options.fail_fast, weights=weights(plan, self.forecasts)
        )
        self.started: dict[str, float] = {}
        self.begun = 0
        self.locks: dict[str, contextlib.ExitStack] = {}
        self.after_build = installer.after_build
        self.ends = ends  # also those of former plans
        self.unusable: set[str] = set()  # hashes of nodes that no cache has in a usable form
        self.waiting: set[str] = set()
        self.began = time.time()
        self.next_look = 0.0

    def loop(self) -> None:
        """Start what is ready and listen to who works, until every step has come to its end."""
        while not self.scheduler.finished:
            self._look_at_locks()
            self._start_ready()
            is_idle = not (self.workers.running or self.scheduler.locked())
            waking = self.operator.descriptors if self.operator is not None else ()
            news = self.workers.wait(0 if is_idle else POLL, waking)
            for event in news:
                self._hear(event)
            if self.suspension.is_asked_for:
                self._suspend()
            if news or self.workers.running:
                self._tick()
            if self.operator is not None:
                wanted = self.operator.jobs_wanted()
                if wanted:
                    self.workers.change_jobs(wanted)

    def _suspend(self) -> None:
        """Stop with all builds until somebody lets this process go on."""
        self.watch(events.Suspended(time.time()))
        self.workers.suspend()
        self.suspension.stop()
        self.workers.resume()
        self.watch(events.Resumed(time.time()))

    def give_up(self) -> None:
        """End all workers and leave a clean store."""
        self.scheduler.cancel_all()
        self.workers.kill_all()
        for key, locks in self.locks.items():
            with locks:
                self._undo(self.plan.steps[key])
            self.scheduler.cancel(key)
        self.locks.clear()

    # -- starting --------------------------------------------------------------------------------

    def _look_at_locks(self) -> None:
        """Steps that others work on become ready again; whoever still holds them is found then."""
        if time.monotonic() < self.next_look:
            return
        self.next_look = time.monotonic() + POLL
        for step in self.scheduler.locked():
            self.scheduler.lock_is_free(step.key)

    def _start_ready(self) -> None:
        self.memory.begin_round()
        ready = self.scheduler.ready()
        full: set[bool] = set()
        for number, step in enumerate(ready, 1):
            if self.scheduler.board.state(step.key) is not State.READY:
                continue
            forecast = self.forecasts.of(step)
            memory = 0 if forecast is None else forecast.memory
            building = step.action is StepAction.BUILD
            if building in full or not self.memory.fits(memory):
                continue
            if not self.workers.reserve(step.key, building=building):
                full.add(building)
                continue
            if self._start(step, others=len(ready) - number):
                self.memory.take(step.key, memory)
            else:
                self.workers.release(step.key)

    def _start(self, step: Step, *, others: int) -> bool:
        """Start a step, or find that it is done, locked or lost; whether it is worked on now.

        Args:
            others: steps that could start, too.
        """
        if step.action is StepAction.EXTERNAL:
            return self._register(step)
        locks = take_locks(self.store, step)
        if locks is None:
            return self._wait_for_others(step)
        with locks:
            self.store.database.refresh()
            if not step.overwrite and self.store.has(step.key):
                return self._found_installed(step)
            if self._failed_elsewhere(step):
                return False
            self.watch(events.Started(step.node, step.action, *self._number(), time.time()))
            self.scheduler.start(step.key)
            try:
                if step.overwrite:
                    self.replaced.set_aside(step.spec)
                prefix = self.store.begin_install(step.spec)
            except SpackError as error:
                self._bring_back(step)
                self._failed(step, events.Failed(step.node, events.record_of(error), time.time()))
                return False
            dependents = self.dependents.get(step.key, Dependents())
            world = self.world._replace(jobs=self.workers.share(others))
            sources = (self.binaries, self.after_build)
            work = StepWork(step, prefix, self.options, world, dependents, *sources)
            work.load()
            self.workers.start(step.node, work.run)
            self.started[step.key] = time.monotonic()
            self.locks[step.key] = locks.pop_all()
        return True

    def _register(self, step: Step) -> bool:
        self.scheduler.start(step.key)
        self.store.add_external(step.spec, explicit=step.explicit)
        prefix = self.store.prefix(step.spec)
        self._done(step, events.Finished(step.node, step.action, prefix, 0.0, time.time()))
        return False

    def _wait_for_others(self, step: Step) -> bool:
        self.scheduler.lock_is_taken(step.key)
        if step.key not in self.waiting:
            self.waiting.add(step.key)
            self.watch(events.Waiting(step.node, time.time()))
        return False

    def _found_installed(self, step: Step) -> bool:
        if step.explicit:
            self.store.database.set_explicit([step.key], True)
        self.scheduler.done(step.key)
        self._tell_end(events.FoundInstalled(step.node, time.time(), *self._number()))
        return False

    def _failed_elsewhere(self, step: Step) -> bool:
        """Whether another process has tried the step in vain since this one began."""
        mark = self.store.failures.get(step.spec.name, step.key)
        if mark is None or mark.time <= self.began:
            return False
        self.scheduler.start(step.key)
        log = f"log: {mark.log}" if mark.log else None
        error = events.ErrorRecord(f"another process failed to install it: {mark.cause}", log)
        self._failed(step, events.Failed(step.node, error, time.time()), mark=False)
        return True

    # -- listening -------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        """Events of workers are passed on; an end has consequences first."""
        if isinstance(event, events.Used):
            self.used[event.node.hash] = event
        if not isinstance(event, ENDS):
            self.watch(event)
            return
        step = self.plan.steps[event.node.hash]
        self.memory.give_back(step.key)
        with self.locks.pop(step.key):
            end = self._settle(step, event)
        if isinstance(end, events.Finished):
            self._remember(step, end)
            self._done(step, end)
        elif isinstance(end, events.Failed):
            self._failed(step, end)
        else:
            self._stopped(step, end)

    def _remember(self, step: Step, end: events.Finished) -> None:
        """Note what the step has taken, for later ones like it."""
        used = self.used.get(step.key)
        if used is None or self.options.fake:
            return
        name, version, _ = step.node
        build = PastBuild(step.key, name, version, step.action, end.seconds, used.work, used.memory)
        self.forecasts.learn(build)
        self.past.add(build)

    def _settle(self, step: Step, end: End) -> End:
        """Record a prefix that is complete, remove one that is not; how the step ended in truth."""
        if isinstance(end, events.Finished):
            try:
                self.store.commit_install(step.spec, explicit=step.explicit)
                self.replaced.forget(step.spec)
                return end
            except SpackError as error:
                end = events.Failed(step.node, events.record_of(error), time.time())
        self._undo(step)
        return end

    def _done(self, step: Step, end: events.Finished) -> None:
        self.scheduler.done(step.key)
        self.after_install(step.spec)
        self._tell_end(end)

    def _failed(self, step: Step, end: events.Failed, *, mark: bool = True) -> None:
        if self._can_be_built(step):
            self.unusable.add(step.key)
            self.scheduler.failed(step.key)
            self.watch(built_instead(end))
            return
        if mark:
            error = end.error
            self.store.failures.mark(
                step.spec.name,
                step.key,
                error.message,
                log=error.log,
                phase=error.phase,
                spec=step.spec,
            )
        self.scheduler.failed(step.key)
        self._tell_end(end)

    def _can_be_built(self, step: Step) -> bool:
        """Whether a step that did not get its node from a build cache may build it instead."""
        policy = self.options.root_policy if step.is_root else self.options.dependency_policy
        return policy is CachePolicy.AUTO and may_be_built(step, self.binaries)

    def _stopped(self, step: Step, end: events.Stopped) -> None:
        """Cancel all that needs a node that was stopped on purpose: it cannot be built."""
        self.scheduler.cancel(step.key)
        gone = {step.key}
        for other in self.plan.steps.values():
            if gone & set(other.needs):
                gone.add(other.key)
                if self.scheduler.board.state(other.key) is State.WAITING:
                    self.scheduler.cancel(other.key)
        self._tell_end(end)

    def _undo(self, step: Step) -> None:
        """Remove what a build that did not end well has installed."""
        self.store.abandon_install(step.spec, keep_prefix=self.options.keep_prefix)
        self._bring_back(step)

    def _bring_back(self, step: Step) -> None:
        if step.overwrite:
            self.replaced.bring_back(step.spec)

    # -- telling ---------------------------------------------------------------------------------

    def _tell_end(self, event: End | events.FoundInstalled) -> None:
        self.ends.append(event)
        self.watch(event)

    def _number(self) -> tuple[int, int]:
        """The number of the next node begun or found, and that of all."""
        self.begun += 1
        return self.begun, len(self._counted())

    def _counted(self) -> list[str]:
        """All nodes but those that are only registered."""
        steps = self.plan.steps
        return [key for key, step in steps.items() if step.action is not StepAction.EXTERNAL]

    def _tick(self) -> None:
        keys = self._counted()
        going = [key for key in keys if self.scheduler.board.state(key) not in FINAL]
        now = time.monotonic()
        elapsed = {key: now - self.started[key] if key in self.started else 0.0 for key in going}
        jobs = self.workers.jobs
        left = seconds_left(self.plan, self.forecasts, elapsed, jobs) if going else 0.0
        done = len(keys) - len(going)
        self.watch(events.Tick(self.workers.running, done, len(keys), time.time(), jobs, left))

    def report(self, *, interrupted: bool) -> events.Ended:
        """The outcome of the installation."""
        return outcome(self.plan, self.scheduler.board, self.ends, interrupted=interrupted)
