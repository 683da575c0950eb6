"""Work of a step: build, unpack or splice a node into its prefix.

Runs in the child; records nothing and holds no lock.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from spack.builds import hooks, metadata_files
from spack.builds.events import Finished, Noted, PhaseBegun, StepAction, Stopped, Watch
from spack.builds.options import InstallOptions
from spack.builds.phase_logs import PhaseTime
from spack.builds.procedure import BuildTask, BuildWorld, build_one
from spack.builds.roles import Context, participants
from spack.errors import SpackError
from spack.install.dependents import Dependents
from spack.install.plan import Step
from spack.install.splicing import install_spliced
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bindings import qualified_name
from spack.recipes.bound.bound_spec import bind
from spack.recipes.classes.build_queries import CompilerPropertyDetector
from spack.recipes.classes.compiler_view import LANGUAGES
from spack.system.files.writing import sync_file_system
from spack.type_names import Callable, Protocol


class UnwrittenPrefixError(SpackError):
    """A system that took files and could not write them."""


class BinarySource(Protocol):
    """Build caches, as an installation sees them."""

    def available(self, specs: Sequence[ConcreteSpec]) -> set[str]:
        """Hashes of those nodes that a build cache has."""

    def install(self, spec: ConcreteSpec, prefix: str, begin: Callable[[str], None]) -> None:
        """Unpack and relocate the node into a prefix, verified; told of each part that begins."""

    def may_build(self, spec: ConcreteSpec) -> bool:
        """Whether a node that the caches have, but not in a usable form, may be built."""


def may_be_built(step: Step, binaries: BinarySource | None) -> bool:
    """Whether a step unpacks a node that may be built instead."""
    if binaries is None or step.action is not StepAction.BINARY:
        return False
    return binaries.may_build(step.spec)


class AfterBuild(Protocol):
    """Somebody who takes a node that was just built, before it is recorded."""

    def __call__(self, spec: ConcreteSpec, prefix: str, tell: Callable[[str], None]) -> None: ...


class StepWork(NamedTuple):
    """The work on the step of a plan.

    Attributes:
        prefix: where the node goes.
        dependents: what those that need the node know for its build.
        binaries: None where no step is unpacked.
        after_build: called for what was built from source.
    """

    step: Step
    prefix: str
    options: InstallOptions
    world: BuildWorld
    dependents: Dependents
    binaries: BinarySource | None
    after_build: AfterBuild | None = None

    def load(self) -> None:
        """Load the recipes of a build here, so that all processes have them that start later.

        Compilers are asked here, too, for what builds set. Whatever goes wrong goes wrong in the
        build again, which tells it.
        """
        if self.step.action is not StepAction.BUILD or self.options.fake:
            return
        for entry in participants([self.step.spec], Context.BUILD):
            with contextlib.suppress(Exception, SystemExit):
                self.world.packages.package_class(qualified_name(entry.spec))
        for edge in self.step.spec.dependencies:
            if any(language in LANGUAGES for language in edge.virtuals):
                with contextlib.suppress(Exception, SystemExit):
                    view = bind(edge.spec, self.world.prefixes, self.world.packages)
                    CompilerPropertyDetector(view).implicit_rpaths()

    def run(self, watch: Watch) -> Finished | Stopped:
        """Do it, until the prefix is on the disk: its record must not outlive its files.

        Raises SpackError.
        """
        node = self.step.node
        start = time.monotonic()
        if self.step.action is StepAction.BUILD:
            stopped = self._build(watch)
            if stopped is not None:
                return Stopped(node, stopped, time.time())
        elif self.step.action is StepAction.SPLICE:
            prefix_of = self.world.prefixes.prefix

            def splice(spec: ConcreteSpec, prefix: str, begin: Callable[[str], None]) -> None:
                begin("splice")
                install_spliced(spec, prefix, prefix_of)

            self._copy(watch, splice)
        else:
            assert self.binaries is not None
            self._copy(watch, self.binaries.install)
        try:
            sync_file_system(self.prefix)
        except OSError as error:
            raise UnwrittenPrefixError(
                f"the files in {self.prefix} did not get to the disk: {error.strerror}",
                hint="look at the disk and at quotas, then install it again",
            ) from error
        if self.after_build is not None and self.step.action is StepAction.BUILD:
            self.after_build(
                self.step.spec, self.prefix, lambda text: watch(Noted(node, text, time.time()))
            )
        seconds = time.monotonic() - start
        return Finished(node, self.step.action, self.prefix, seconds, time.time())

    def _build(self, watch: Watch) -> str | None:
        step = self.step
        task = BuildTask(
            step.spec,
            self.prefix,
            self.options,
            dependents=self.dependents.names,
            compilers=self.dependents.compilers,
            is_root=step.is_root,
            run_tests=step.run_tests,
        )
        return build_one(task, self.world, watch)

    def _copy(
        self, watch: Watch, fill: Callable[[ConcreteSpec, str, Callable[[str], None]], None]
    ) -> None:
        """Fill the prefix from what was built before, with the files that a build leaves."""
        spec = self.step.spec
        begun: list[tuple[str, float]] = []

        def begin(phase: str) -> None:
            watch(PhaseBegun(self.step.node, phase, time.time()))
            begun.append((phase, time.monotonic()))

        fill(spec, self.prefix, begin)
        ends = [start for _, start in begun[1:]] + [time.monotonic()]
        times = [PhaseTime(phase, end - start) for (phase, start), end in zip(begun, ends)]
        metadata_files.write_specfile(self.prefix, spec)
        metadata_files.write_times(self.prefix, spec, times, from_cache=True)
        view = bind(spec, self.world.prefixes, self.world.packages)
        hooks.after_install(view, self.prefix, self.world.hooks, self.world.permissions(spec))
