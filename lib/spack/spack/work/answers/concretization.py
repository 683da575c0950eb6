"""Concretizes for commands: builds the world of this instance once and solves in it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from spack.config.settings.program_settings import ConcretizerSettings
from spack.config.settings.settings import Settings
from spack.errors import Origin
from spack.host import microarchitectures
from spack.host.architecture import HostDescription
from spack.host.machine_facts import KnownLibc, MachineFacts
from spack.language import targets
from spack.language.concrete_specs import ConcreteSpec
from spack.language.modes import SolveOptions
from spack.language.specs import Located, Spec
from spack.language.versions import GitVersion, Version
from spack.recipes.finding.repositories import RepositoryPath
from spack.recipes.hashing.package_hash import package_hash
from spack.recipes.records.package_records import PackageRecord, PatchRecord
from spack.solve.asp.criteria import cost_rows
from spack.solve.problem.externals import UnconfiguredCompilerError
from spack.solve.problem.request import Host, Packages, Request, Solution, World
from spack.solve.problem.reuse import with_candidates
from spack.solve.problem.splicing import with_explicit_splices
from spack.solve.problem.world import LibcDescription, Reusable, build_world
from spack.solve.unify import solve_roots
from spack.sources.git_sources import GitSources
from spack.system.processors import allowed_jobs, available_processors
from spack.system.terminal.output import is_terminal
from spack.type_names import TYPE_CHECKING, Any, Callable
from spack.work.answers.questions import Question
from spack.work.answers.reusable import reusable_specs, reuse_settings, spec_by_hash
from spack.work.answers.solve_reads import Reads, WatchedParts
from spack.work.machine import compilers

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from spack.config.configuration import Configuration
    from spack.environments.environment import Environment
    from spack.session.parts import SolverParts, WorldParts
    from spack.system.terminal.output import Reporter


#: The origin of explicit splices, for errors.
SPLICES = Origin("concretizer:splice:explicit")


#: Process variable: versions without checksum are left out if it is set.
REQUIRE_CHECKSUM = "SPACK_CONCRETIZER_REQUIRE_CHECKSUM"


class _Packages(Packages):
    """The repositories as the solver sees them: a recipe of a virtual is not a package."""

    def __init__(self, repositories: RepositoryPath, git_sources: GitSources | None = None) -> None:
        self._repositories = repositories
        self._git_sources = git_sources
        self._exists: dict[str, bool] = {}
        self._providers: dict[str, Sequence[str]] = {}
        self.read: set[str] = set()

    def record(self, name: str) -> PackageRecord:
        self.read.add(name)
        return self._repositories.record(name)

    def exists(self, name: str) -> bool:
        known = self._exists.get(name)
        if known is None:
            known = self._repositories.exists(name)
            if known and self._repositories.is_virtual(name):
                known = not self._repositories.record(name).virtual
            self._exists[name] = known
        return known

    def is_virtual(self, name: str) -> bool:
        return self._repositories.is_virtual(name)

    def providers(self, virtual: str) -> Sequence[str]:
        if virtual not in self._providers:
            self._providers[virtual] = self._repositories.providers(virtual)
        return self._providers[virtual]

    def provided_by(self, name: str) -> Sequence[str]:
        return self._repositories.provided_by(name)

    def dependents(self, name: str, mask: int) -> Sequence[str]:
        return self._repositories.dependents(name, mask)

    def demanding(self, name: str, variant: str, value: bool | str) -> Sequence[str]:
        return self._repositories.demanding(name, variant, value)

    def unknown_name_hint(self, name: str) -> str:
        return self._repositories.unknown_name_hint(name)

    def git_version(self, name: str, version: GitVersion) -> GitVersion:
        return version if self._git_sources is None else self._git_sources.version(name, version)

    def commit_of(self, name: str, version: Version) -> str | None:
        return None if self._git_sources is None else self._git_sources.commit(name, version)


class Concretizer:
    """Solves requests against the recipes, the host and the configuration of one instance.

    Args:
        reusable: specs that may be chosen, and installed compilers.
        develop: packages that are built from local sources, their specs with ``dev_path``.
        deprecated: deprecated versions may be chosen.
        jobs: processes that solve at a time, where roots are solved separately.
        require_checksum: leave out versions whose source nothing pins.
        splice: what is done to concrete roots at the end.
        git_sources: the git repositories of packages; without them references count as 0.
        facts: what is known of compilers and of this machine.
        watched: entered while a way out of a contradiction is looked for.
    """

    def __init__(
        self,
        repositories: RepositoryPath,
        host: HostDescription,
        settings: Settings,
        concretizer: ConcretizerSettings,
        *,
        reusable: Reusable = Reusable(),
        develop: Mapping[str, Located] = {},
        deprecated: bool = False,
        jobs: int = 1,
        require_checksum: bool = False,
        splice: Callable[[Sequence[ConcreteSpec]], list[ConcreteSpec]] = list,
        git_sources: GitSources | None = None,
        facts: MachineFacts | None = None,
        watched: Callable[[], AbstractContextManager[None]] | None = None,
    ) -> None:
        self._repositories = repositories
        self._host = host
        self._settings = settings
        self._concretizer = concretizer
        self._reusable = reusable
        self._develop = develop
        self._deprecated = deprecated
        self._jobs = jobs
        self._require_checksum = require_checksum
        self._splice = splice
        self._git_sources = git_sources
        self._facts = facts or MachineFacts(None)
        self._watched = watched
        self.packages = _Packages(repositories, git_sources)
        self._worlds: dict[tuple[str, ...], World] = {}

    def world_of(self, roots: Sequence[Located]) -> World:
        """Everything that solves of these roots depend on; built on first use."""
        named: tuple[str, ...] = ()
        if not self._concretizer.host_compatible and self._concretizer.granularity == "generic":
            named = _named_targets([root.spec for root in roots], self._host.family)
        if named not in self._worlds:
            self._worlds[named] = self._build(named)
        return self._worlds[named]

    def _build(self, requested: tuple[str, ...]) -> World:
        host = self._host
        candidates = microarchitectures.candidates(
            host.target,
            host_compatible=self._concretizer.host_compatible,
            granularity=self._concretizer.granularity,
            requested=requested,
        )
        world = build_world(
            self.packages,
            Host(host.platform, host.os, tuple(candidates), host.family),
            self._settings.packages,
            self._concretizer,
            self.content_hash,
            libc_of=lambda compiler: _described(self._facts.libc_of(compiler)),
            own_libc=lambda: _described(self._facts.own_libc()),
            supported_targets=self._supported,
            reusable=self._reusable,
            toolchains=self._settings.toolchains,
            develop=self._develop,
            allow_deprecated=self._deprecated,
            require_checksum=self._require_checksum,
        )
        self._facts.save()
        return world

    def _supported(self, name: str, version: str, targets: Sequence[str]) -> frozenset[str]:
        return frozenset(t for t in targets if self._facts.supports(name, version, t))

    def content_hash(self, node: ConcreteSpec, patches: Sequence[PatchRecord]) -> str:
        """The package hash of a node."""
        name = f"{node.namespace}.{node.name}"
        cache = os.path.join(self._settings.config.misc_cache, "recipe-hashes")
        return package_hash(self._repositories.record(name), node, patches, cache=cache)

    def concretize(
        self, question: Question, *, keep_problem: bool = False
    ) -> tuple[list[ConcreteSpec], list[Solution]]:
        """Concrete specs of the roots, in order, and the solutions they come from.

        With ``keep_problem`` each solution carries the program that clingo solved.
        """
        world = self.world_of(question.roots)
        if question.candidates or question.needed:
            world = with_candidates(world, question.offered())
        specs, solutions = solve_roots(
            question.roots,
            world,
            self.content_hash,
            unify=question.unify,
            request=Request(
                (),
                question.options.tests,
                fixed=question.fixed,
                keep_problem=keep_problem,
                timeout=float(self._concretizer.timeout) or None,
                error_on_timeout=self._concretizer.error_on_timeout,
            ),
            jobs=self._jobs,
            watched=self._watched,
        )
        return self._splice(specs), solutions


def _named_targets(specs: Sequence[Spec], family: str) -> tuple[str, ...]:
    """Targets of a family that roots or their dependencies are asked for by name."""
    named = {part.target for spec in specs for part in spec.traverse() if part.target is not None}
    known = set(targets.all_names())
    return tuple(sorted(t for t in named & known if targets.family(t) == family))


def _described(libc: KnownLibc | None) -> LibcDescription | None:
    return None if libc is None else LibcDescription(*libc)


def solved(
    parts: SolverParts,
    question: Question,
    *,
    keep_problem: bool = False,
    reads: Reads | None = None,
) -> tuple[list[ConcreteSpec], list[Solution]]:
    """The answer to a question: concrete specs of its roots, and the solutions they come from.

    Args:
        keep_problem: let each solution carry the program that clingo solved.
        reads: where it is noted what the solve reads beside the question. Records that were read
            in another process are in the ``packages`` of a solution.

    Raises:
        UnsatisfiableRequestError: a root has no answer.
    """
    seen: WorldParts = parts
    if reads is not None:
        if _can_be_watched(parts.settings, parts.host):
            seen = WatchedParts(parts, reads)
        else:
            reads.unwatched = True
    compilers.look_if_there_are_none(parts)
    concretizer = make_concretizer(seen, question.options, question.locked, question.needed)
    try:
        specs, solutions = concretizer.concretize(question, keep_problem=keep_problem)
    except UnconfiguredCompilerError as error:
        would_add = compilers.what_find_would_add(
            parts.repositories, parts.settings, parts.variables, error.compiler
        )
        error.hint = f"{error.hint}; {would_add}"
        raise
    warn_of_time_limit(parts.reporter, solutions)
    if reads is not None:
        reads.recipes |= concretizer.packages.read
    return specs, solutions


def _can_be_watched(settings: Settings, host: HostDescription) -> bool:
    """Whether all that a solve reads can be noted.

    Without a configured compiler it looks for one on PATH.
    """
    return any(True for _ in compilers.compilers_here(settings, host))


def warn_of_time_limit(reporter: Reporter, solutions: Sequence[Solution]) -> None:
    """Say so where the time limit ended a search before the best answer was proved."""
    for solution in solutions:
        if solution.optimal:
            continue
        text = "concretizer:timeout was reached: there may be a better solution than this one"
        for row, cost in cost_rows(solution.costs):
            least = solution.bounds.get(row.priority, 0)
            if cost > least:
                text += f" ({row.name}: {cost}, at least {least} in any)"
                break
        reporter.warning(text)


def make_concretizer(
    parts: WorldParts,
    options: SolveOptions = SolveOptions(),
    locked: Sequence[ConcreteSpec] | None = None,
    needed: Sequence[ConcreteSpec] = (),
) -> Concretizer:
    """A concretizer for the settings of a session, with what may be reused.

    Args:
        locked: specs of the active environment, by default those of its lock.
        needed: specs that will be installed before, so that compilers among them may compile.
    """
    settings = parts.settings
    how = reuse_settings(settings.concretizer.reuse, options.reuse)
    # Without packages to develop the answer is the same in every environment.
    developed = parts.configuration.has("develop")
    return Concretizer(
        parts.repositories,
        parts.host,
        settings,
        settings.concretizer._replace(reuse=how),
        reusable=reusable_specs(parts, how, locked, needed),
        develop=_develop(parts.configuration, parts.environment if developed else None),
        deprecated=options.deprecated or settings.config.deprecated,
        jobs=min(allowed_jobs(options.jobs, settings.config.build_jobs), available_processors()),
        require_checksum=bool(parts.variables.get(REQUIRE_CHECKSUM)),
        splice=lambda specs: with_explicit_splices(
            specs,
            settings.concretizer.splice_explicit,
            lambda wanted: spec_by_hash(parts.store, parts.environment, wanted, SPLICES),
            _Packages(parts.repositories),
        ),
        git_sources=GitSources(
            parts.repositories.record,
            settings,
            parts.user_cache,
            lambda text: parts.reporter.warning(text),
        ),
        facts=parts.machine_facts,
        watched=_watched(parts.reporter),
    )


def _watched(reporter: Reporter) -> Callable[[], AbstractContextManager[None]] | None:
    """A line on the terminal that says what goes on without an answer; None without a terminal."""
    if reporter.quiet or not is_terminal(reporter.output):
        return None
    return lambda: _Watched(reporter)


class _Watched:
    """The status line while a way out of a contradiction is looked for."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def __enter__(self) -> None:
        self._reporter.status("looking for a way out (^C stops)")

    def __exit__(self, *_: object) -> None:
        self._reporter.status("")


def _develop(
    configuration: Configuration, environment: Environment | None
) -> Mapping[str, Located]:
    """Packages that the active environment builds from local sources."""
    if environment is None:
        return {}
    from spack.environments.manifests.development import develop_entries

    entries = develop_entries(
        configuration.section("develop"), environment.directory, configuration.paths.substitute
    )
    return {e.name: e.located._replace(spec=e.constraint) for e in entries}


def yaml_text(data: Mapping[str, Any]) -> str:
    """Plain data as YAML."""
    from spack.system.files.yaml_files import dump

    return dump(data)
