"""Says what decided: why a package is in an answer and as it is, why not something else.

Whatever deviates from what is preferred is forced to be as preferred: either that has no answer,
and the clashing constraints are the reason, or the criterion on which it is worse is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spack.errors import Origin, UsageError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import LINK, RUN
from spack.language.matching import satisfies
from spack.language.modes import Unify
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.named_tuples import NamedTuple
from spack.solve import inquiry
from spack.solve.asp.criteria import BUILT, ROOT_VARIANTS
from spack.solve.inquiry import Inquiry, Verdict
from spack.solve.problem.candidates import Definition
from spack.solve.problem.request import LANGUAGES, Solution, World
from spack.solve.problem.reuse import with_candidates
from spack.type_names import TYPE_CHECKING, Union
from spack.work.answers.concretization import make_concretizer
from spack.work.answers.finished_solves import answer_words, cost_lines, solutions_of
from spack.work.answers.questions import question_in_words
from spack.work.machine.compilers import look_if_there_are_none
from spack.work.projects.environment_work import parts_of_groups, solve_graph
from spack.work.projects.environments import managed, root_status

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.config.settings.settings import Settings
    from spack.environments.environment import Environment
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import LockParts, SolverParts, WorldParts

Word = Union[bool, str]

#: Seconds for everything that is forced, and how many alternatives of one kind are.
SECONDS = 0.6
ALTERNATIVES = 3


class _Step(NamedTuple):
    """An edge of a path, with the directives of the recipe that ask for it."""

    parent: ConcreteSpec
    child: ConcreteSpec
    directives: Sequence[str]


def why(parts: LockParts, package: str, words: Sequence[str]) -> list[str]:
    """Lines that say why a package, or the provider of a virtual, is in an answer and as it is.

    Without words the active environment is asked: its roots are concretized again for it.

    Raises:
        UsageError: it is in none of the graphs; no spec and no environment.
        UnknownPackageError: nothing is called that.
    """
    lines: list[str] = []
    for asked in _inquiries(parts, package, words):
        repositories = parts.repositories
        for root, requested in zip(asked.roots(), asked.request.roots):
            # A virtual that was asked for itself has no edge.
            path = [] if requested.spec.name == package else _path(repositories, root, package)
            if path is None:
                continue
            lines.append(f"{root.name}@{root.version} was requested")
            lines += _walked(path)
            node = path[-1].child if path else root
            key = asked.key_of(node)
            if key is None:
                lines += _recorded(asked, root, path)
            else:
                lines += _Account(parts, asked, node, key).lines(root)
    if not words and parts.environment is not None:
        lines += _included(parts, parts.environment, package)
    if not lines:
        _check_name(parts.repositories, package)
        where = " ".join(words) or "the environment"
        raise UsageError(
            f"{package} is not in the answer for {where}",
            hint=f"spack why-not '{where} ^{package}'" if words else "list it with spack find -c",
        )
    return lines


def _walked(path: Sequence[_Step]) -> Iterator[str]:
    """Lines that say what asks for each step."""
    for step in path:
        yield from [f"  {text}" for text in step.directives] or [
            f"  {step.parent.name} uses {step.child.name}: the compiler brings it"
        ]


def _included(parts: WorldParts, environment: Environment, package: str) -> Iterator[str]:
    """Lines about a package of included environments, which were decided there."""
    lock = environment.read_lock()
    for directory, other in lock.included.items() if lock is not None else ():
        name = managed(parts.base_settings).location_of(directory).name or directory
        for root, _ in other.every_root():
            path = _path(parts.repositories, root, package)
            if path is None:
                continue
            yield f"{root.name}@{root.version} comes from the included environment {name}"
            yield from _walked(path)
            node = path[-1].child if path else root
            yield f"{node.name}@{node.version}:"
            yield f"  decided there: spack -e {name} why {package}"


def _inquiries(parts: LockParts, package: str, words: Sequence[str]) -> Iterator[Inquiry]:
    """One for each problem that is solved on its own."""
    if not words and parts.environment is None:
        _check_name(parts.repositories, package)
        raise UsageError(
            "no spec given and no environment is active", hint=f"spack why {package} in SPEC"
        )
    if words:
        question = question_in_words(parts, words)
        look_if_there_are_none(parts)
        world = make_concretizer(parts, locked=()).world_of(question.roots)
        world = with_candidates(world, question.offered())
        yield from _inquiries_of(parts.settings, question.roots, question.unify, world)
    elif parts.environment is not None:
        yield from _of_environment(parts, parts.environment, package)


def _of_environment(parts: LockParts, environment: Environment, package: str) -> Iterator[Inquiry]:
    """The solves of an environment; where roots are separate, of those that may have a package."""
    status = root_status(parts, environment)
    locked = {root.key: spec for root, spec in status.locked}
    groups = parts_of_groups(parts, environment)
    for node in solve_graph(environment, [root for root, _ in status.roots], groups):
        needed = [spec for (group, _), spec in locked.items() if group in node.needs]
        here = groups[node.name]
        look_if_there_are_none(here)
        wanted = [
            root.located
            for root in node.roots
            if node.unify is not Unify.SEPARATELY
            or root.key not in locked
            or _has(locked[root.key], package)
        ]
        world = make_concretizer(here, locked=(), needed=needed).world_of(wanted)
        world = with_candidates(world, (n for s in needed for n in s.traverse(LINK | RUN)))
        yield from _inquiries_of(here.settings, wanted, node.unify, world)


def _inquiries_of(
    settings: Settings, roots: Sequence[Located], unify: Unify, world: World
) -> Iterator[Inquiry]:
    """One for each problem that roots are solved as."""
    together = unify is not Unify.SEPARATELY and len(roots) > 0
    for part in [roots] if together else [[root] for root in roots]:
        timeout = float(settings.concretizer.timeout) or None
        yield Inquiry(part, world, timeout=timeout, seconds=SECONDS)


def _has(root: ConcreteSpec, package: str) -> bool:
    return any(
        node.name == package or any(package in edge.virtuals for edge in node.dependencies)
        for node in root.traverse()
    )


def _check_name(repositories: RepositoryPath, package: str) -> None:
    """Refuse what is neither a package nor a virtual."""
    from spack.solve.explaining.checks import unknown_package

    name = "" if package.startswith("/") else parse_spec(package).name
    if name != package:
        raise UsageError(
            f"'{package}' is not the name of a package or virtual",
            hint=f"spack why {name or 'NAME'} in SPEC",
        )
    if not repositories.exists(package) and not repositories.is_virtual(package):
        raise unknown_package(repositories, package, Origin("command line"))


def _recorded(asked: Inquiry, root: ConcreteSpec, path: Sequence[_Step]) -> Iterator[str]:
    """Lines about a node that the solve did not decide on: it belongs to a spec that is reused."""
    node = path[-1].child
    above = (step.parent for step in reversed(path))
    owner = next((parent for parent in above if asked.key_of(parent) is not None), root)
    yield f"{node.name}@{node.version}:"
    yield f"  {owner.label} is reused; its record names {node.label}"


class _Account:
    """Explanation of one node of an answer."""

    def __init__(self, parts: WorldParts, asked: Inquiry, node: ConcreteSpec, key: str) -> None:
        self._parts = parts
        self._asked = asked
        self._node = node
        self._key = key
        self._candidates = asked.encoding.candidates

    def lines(self, root: ConcreteSpec) -> list[str]:
        """All of it, what matters most first: there may be no time for the rest."""
        node = self._node
        found = [f"{node.name}@{node.version}:"]
        found += self._providing(root)
        if self._asked.is_built(self._key):
            found += self._version()
            found += self._variants()
            found += self._compilers()
            found += self._target()
            found += self._unused()
        else:
            found += self._there_already()
        if node is not root:
            verdict = self._asked.suppose(inquiry.absent(node.name))
            if verdict is not None and verdict.possible:
                found += [f"  without {node.name}:", *_told(verdict)]
        return found

    def _forced(
        self, head: str, alternative: inquiry.Alternative, variant: str | None = None
    ) -> list[str]:
        """A line that names an alternative, and what came of it."""
        about = (self._key,) if variant is None else (self._key, variant)
        verdict = self._asked.suppose(alternative, about)
        if verdict is None:
            return [f"{head} not checked: no time left"]
        return [head, *_told(verdict)]

    def _providing(self, root: ConcreteSpec) -> Iterator[str]:
        """Virtuals other than languages that the node provides to somebody."""
        node = self._node
        virtuals = {
            virtual
            for parent in root.traverse()
            for edge in parent.dependencies
            if edge.spec is node
            for virtual in edge.virtuals
            if virtual not in LANGUAGES
        }
        for virtual in sorted(virtuals):
            listed = self._asked.world.providers.get(virtual, ())
            others = self._asked.better_providers(virtual, self._key)
            place = _origin(self._parts.configuration, "all", "providers", virtual)
            if others:
                for other in others[:ALTERNATIVES]:
                    before = f", which stands before it  [{place}]" if other in listed else ""
                    head = f"  provides {virtual}; not {other}{before}:"
                    yield from self._forced(head, inquiry.other_provider(virtual, other))
            elif node.name in listed:
                yield f"  provides {virtual}: the first preferred provider  [{place}]"
            else:
                yield f"  provides {virtual}: the only provider"

    def _version(self) -> Iterator[str]:
        node = self._node
        better = self._asked.better_versions(self._key)
        same: dict[tuple[str, ...], list[str]] = {}
        for group in better[:ALTERNATIVES]:
            alternative = inquiry.other_version(self._key, group[0])
            _, *told = self._forced("", alternative) + [""]
            same.setdefault(tuple(told), []).extend(map(str, group))
        for told_of_all, versions in same.items():
            more = " …" if len(versions) > ALTERNATIVES else ""
            yield f"  not {', '.join(versions[:ALTERNATIVES])}{more}:"
            yield from told_of_all[:-1] or ["    not checked: no time left"]
        if better:
            return
        record = self._parts.repositories.record(node.name)
        declared = next((v for v in record.versions if v.version == node.version), None)
        preferences = self._asked.world.preferences_of(node.name)
        if any(wanted.versions.contains(node.version) for wanted in preferences.versions):
            yield f"  version {node.version}: preferred{_place(preferences.versions_origin)}"
        elif self._asked.is_injected(self._key):
            yield f"  version {node.version}: it is the version of the compiler"
        elif declared is None:
            yield f"  version {node.version}: the recipe does not list it"
        elif declared.preferred:
            yield f"  version {node.version}: the recipe prefers it{_place(declared.origin)}"
        else:
            yield f"  version {node.version}: the newest release known{_place(declared.origin)}"

    def _variants(self) -> Iterator[str]:
        node = self._node
        different = 0
        for name, value in sorted(node.variants.items()):
            definition = self._candidates.definition_on(node, name)
            if definition is None:
                continue
            present: set[Word] = set(value) if isinstance(value, tuple) else {value}
            default: set[Word] = set(self._candidates.unasked_default(node.name, definition))
            if present == default:
                if default != set(definition.defaults):
                    different += 1
                    place = self._preference("variants")
                    yield f"  {_setting(name, present)}: preferred{_place(place)}"
                continue
            different += 1
            for head, alternative in self._defaults(definition, present, default):
                head = f"  not {head}{_place(definition.origin)}:"
                yield from self._forced(head, alternative, name)
        rest = "the other" if different else "all"
        yield f"  {rest} variants have their default values"

    def _preference(self, key: str) -> Origin | None:
        """The place of a preference in the configuration for the package, or for all of them."""
        configured = self._parts.configuration
        return _origin(configured, self._node.name, key) or _origin(configured, "all", key)

    def _defaults(
        self, definition: Definition, present: set[Word], default: set[Word]
    ) -> Iterator[tuple[str, inquiry.Alternative]]:
        """The defaults that the node does not have, each with the alternative that forces it."""
        name = definition.name
        for value in sorted(default - present, key=str):
            text = f"{_setting(name, {value})}, the default"
            yield text, inquiry.other_value(self._key, name, value)
        if not definition.multi:
            return
        for value in sorted(present - default, key=str):
            text = f"without {_setting(name, {value})}, as by default"
            yield text, inquiry.other_value(self._key, name, value, present=False)

    def _compilers(self) -> Iterator[str]:
        by_compiler: dict[str, list[str]] = {}
        chosen: dict[str, ConcreteSpec] = {}
        for edge in self._node.dependencies:
            for virtual in edge.virtuals:
                if virtual in LANGUAGES:
                    by_compiler.setdefault(edge.spec.dag_hash(), []).append(virtual)
                    chosen[edge.spec.dag_hash()] = edge.spec
        for digest, languages in by_compiler.items():
            own = chosen[digest]
            others = [
                c.spec
                for c in self._asked.world.compilers
                if c.languages.issuperset(languages)
                and (c.spec.name, c.spec.version) != (own.name, own.version)
            ]
            head = f"  compiled by {own.name}@{own.version} ({', '.join(sorted(languages))})"
            if not others:
                yield f"{head}: the only possible compiler"
            for other in others[:ALTERNATIVES]:
                alternative = inquiry.other_compiler(self._key, languages, other)
                yield from self._forced(f"{head}; not {other.name}@{other.version}:", alternative)

    def _target(self) -> Iterator[str]:
        target = str(self._node.target)
        targets = self._asked.world.host.targets
        if target == targets[0]:
            yield f"  target {target}: the best that this machine and its compilers support"
            return
        better = targets[: targets.index(target)] if target in targets else targets
        for other in better[:1]:
            yield from self._forced(
                f"  target {target}; not {other}:", inquiry.other_target(self._key, other)
            )

    def _unused(self) -> Iterator[str]:
        """Concrete specs of the package that are there and not taken."""
        for spec in self._asked.there_already(self._key)[:ALTERNATIVES]:
            what = "the external" if spec.external is not None else "the installed"
            head = f"  not {what} {spec.name}@{spec.version}:"
            yield from self._forced(head, inquiry.that_one(self._key, spec))

    def _there_already(self) -> Iterator[str]:
        node = self._node
        if node.external is None:
            yield "  it is already installed"
        else:
            where = node.external.path or ", ".join(node.external.modules)
            entries = self._parts.settings.package(node.name).externals
            origins = [entry.origin for entry in entries if entry.prefix == node.external.path]
            yield f"  an external in {where}{_place(origins[0] if origins else None)}"
        yield from self._forced("  not built:", inquiry.to_be_built(self._key))


def _told(verdict: Verdict) -> Iterator[str]:
    """A verdict in words."""
    if not verdict.possible:
        for reason in verdict.reasons:
            yield f"    {reason.text}{_place(reason.origin)}"
        if not verdict.reasons:
            yield "    no solution has it"
        return
    row = verdict.criterion
    if row is None:
        yield "    the costs would be the same"
        return
    of = {"build": " (to build)", "reuse": " (already installed)"}.get(row.kind, "")
    least = "" if verdict.exact else "at least "
    text = f"    {row.name}{of} would be worse: {verdict.before} -> {least}{verdict.after}"
    yield text + (f", with {', '.join(verdict.changes)}" if verdict.changes else "")


def _place(origin: Origin | None) -> str:
    return f"  [{origin}]" if origin is not None and origin.file else ""


def _origin(configuration: Configuration, *keys: str) -> Origin | None:
    """The place where a key of the section ``packages`` was written."""
    value = configuration.section("packages").at(keys)
    return None if value is None else value.origin


def _setting(variant: str, values: set[Word]) -> str:
    """A variant as a spec has it."""
    if len(values) == 1:
        (value,) = values
        if isinstance(value, bool):
            return ("+" if value else "~") + variant
    return f"{variant}=" + ",".join(sorted(map(str, values)))


def why_not(parts: SolverParts, words: Sequence[str]) -> list[str]:
    """Lines that say what speaks against a spec: what it costs more than its name alone.

    Raises:
        UnsatisfiableRequestError: it has no answer; says which constraints clash.
    """
    wanted = parse_spec(" ".join(words))
    if wanted.name is None:
        raise UsageError("the spec has no name", hint="spack why-not hdf5~mpi")
    chosen = solutions_of(answer_words(parts, [wanted.name]))
    forced = solutions_of(answer_words(parts, words))
    if satisfies_request(chosen[0], words):
        return [f"{' '.join(words)} is already the result for {wanted.name}"]
    lines = [f"{' '.join(words)} is possible; {wanted.name} alone gives another result:"]
    root = chosen[0].roots[0]
    if root is not None and not wanted.versions.contains(root.version):
        lines.append(f"  version {root.version} is preferred")
    unasked: dict[str, int] = {}
    for variant in parts.repositories.record(root.name).variants if root is not None else ():
        asked = wanted.variants.get(variant.name)
        if asked is not None:
            shown = variant.default if isinstance(variant.default, str) else str(variant.default)
            lines.append(f"  {variant.name} is {shown} by default  [{variant.origin}]")
            definition = Definition(variant)
            unasked[variant.name] = sum(
                definition.penalty(value)
                for value in asked.values
                if value not in definition.defaults
            )
    return [*dict.fromkeys(lines), *_dearer(chosen[0], forced[0], sum(unasked.values()))]


def satisfies_request(solution: Solution, words: Sequence[str]) -> bool:
    """Whether the first root of an answer is what the words ask for."""
    root = solution.roots[0]
    return root is not None and satisfies(root, parse_spec(" ".join(words)))


def _path(repositories: RepositoryPath, root: ConcreteSpec, package: str) -> list[_Step] | None:
    """The shortest way from the root to a package, or to what provides it."""
    if root.name == package:
        return []
    waiting: list[tuple[ConcreteSpec, list[_Step]]] = [(root, [])]
    seen = {root.dag_hash()}
    for node, path in waiting:
        for edge in node.dependencies:
            names = {edge.spec.name, *edge.virtuals}
            if package not in names and edge.spec.dag_hash() in seen:
                continue
            seen.add(edge.spec.dag_hash())
            step = _Step(node, edge.spec, _directives(repositories, node, names))
            if package in names:
                return [*path, step]
            waiting.append((edge.spec, [*path, step]))
    return None


def _directives(repositories: RepositoryPath, parent: ConcreteSpec, names: set[str]) -> list[str]:
    if not repositories.exists(parent.name):
        return []
    return [
        f"{parent.name} depends on {found.spec}"
        + (f" when {found.when}" if found.when is not None and str(found.when) else "")
        + f"  [{found.origin}]"
        for found in repositories.record(parent.name).dependencies
        if found.spec.name in names and (found.when is None or satisfies(parent, found.when))
    ]


def _dearer(chosen: Solution, other: Solution, unasked: int = 0) -> list[str]:
    """The first criterion in which two answers differ, with both values.

    ``unasked`` is what the variant values of the other root would cost if nobody asked for them.
    """
    pairs = zip(cost_lines(chosen), cost_lines(other))
    for (priority, kind, name, value), (_, _, _, instead) in pairs:
        if priority == ROOT_VARIANTS + BUILT:
            instead += unasked
        if value != instead:
            more = "worse" if instead > value else "better"
            of = {"build": " (to build)", "reuse": " (already installed)"}.get(kind, "")
            return [f"  {name}{of} would be {more}: {value} -> {instead}"]
    return ["  the costs are the same"]
