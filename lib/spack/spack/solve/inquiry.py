"""Asks a solved problem what else could have been.

An *alternative* is something that the answer does not have: another version, another value of a
variant, another provider. It is forced on the same problem. Either that has no answer, and the
constraints that forbid it are the reason; or the best answer with it is worse in some criterion.
Only parts of the problem that the alternative needs are encoded in addition.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

from spack.language.concrete_specs import ConcreteSpec
from spack.language.specs import Located
from spack.language.versions import Version
from spack.named_tuples import NamedTuple
from spack.solve.asp.clashes import find_clash
from spack.solve.asp.control import Answer, SolveTimeoutError, optimum
from spack.solve.asp.criteria import Criterion, cost_rows
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE, TRUE, Sentence
from spack.solve.decode import decode
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.nodes import Reach
from spack.solve.explaining.causes import in_words
from spack.solve.problem.candidates import Word
from spack.solve.problem.guess import Guess
from spack.solve.problem.request import LANGUAGES, Request, World
from spack.solve.problem.reuse import without_roots
from spack.solve.problem.toolchains import ToolchainExpander
from spack.solve.solver import encode, search
from spack.type_names import Callable, Optional

#: Finds the literals of an alternative in a problem; None where it is not told apart there.
Alternative = Callable[[Encoding], Optional[Sequence[int]]]

#: Conflicts of the search for the constraints that forbid an alternative.
_EXPLAINING = 5_000
#: The number of differences to tell.
_CHANGES = 3


class Verdict(NamedTuple):
    """Outcome of forcing an alternative.

    Attributes:
        reasons: constraints that forbid it, a minimal set; empty where it can be had.
        possible: whether there is an answer with it.
        criterion: the first one in which the best such answer differs, None if none does; its
            values are ``before`` and ``after``.
        changes: how that answer differs where it counts, in words.
        exact: False if time ran out: it costs at least this.
    """

    reasons: tuple[Sentence, ...] = ()
    possible: bool = True
    criterion: Criterion | None = None
    before: int = 0
    after: int = 0
    changes: tuple[str, ...] = ()
    exact: bool = True


class _State(NamedTuple):
    """Nodes of an answer, and who provides what."""

    nodes: Mapping[str, _Node]
    providers: Mapping[str, str]


class _Node(NamedTuple):
    """One node of an answer, as far as the problem distinguishes it."""

    version: str
    values: Mapping[str, tuple[Word, ...]]
    built: bool


class Inquiry:
    """A solved problem that can be asked.

    Args:
        roots: concretized together.
        seconds: for all alternatives together, from the first one on.

    Raises:
        UnsatisfiableRequestError: there is no answer.
    """

    def __init__(
        self,
        roots: Sequence[Located],
        world: World,
        *,
        timeout: float | None = None,
        seconds: float,
    ) -> None:
        expander = ToolchainExpander(world.packages, world.toolchains)
        wanted = tuple(expander.located(root) for root in roots)
        if not world.reuse_roots:
            world = without_roots(world, wanted)
        self.world = world
        self.request = Request(wanted, timeout=timeout)
        found = search(self.request, world)
        self.encoding, self.answer = found.encoding, found.answer
        self._seconds = seconds
        self._deadline: float | None = None

    def roots(self) -> list[ConcreteSpec]:
        """The concrete roots, without hashes of recipes."""
        found = decode(self.encoding, self.answer, lambda spec, patches: "")
        return [root for root in found if root is not None]

    def keys(self, package: str) -> list[str]:
        """Keys of the nodes of a package in the answer."""
        return [
            key
            for key in self.encoding.nodes.present(self.answer.holds)
            if package_of(key) == package
        ]

    def key_of(self, node: ConcreteSpec) -> str | None:
        """The key of a node of the answer; None for one that only the record of a reused spec has.

        Build dependencies of what is reused are in the graph, but nothing is decided about them.
        """
        keys = self.keys(node.name)
        shown = _state(self.encoding, self.answer)
        same = (key for key in keys if shown.nodes[key].version == str(node.version))
        return next(same, keys[0] if keys else None)

    # -- verdicts ------------------------------------------------------------------------------

    def suppose(self, alternative: Alternative, about: tuple[str, ...] = ()) -> Verdict | None:
        """The outcome of an alternative; None where there is no time left, or none like it.

        ``about`` is the node, or the node and the variant, that it is an alternative for: that
        these have one version, or one value, is not a reason then.
        """
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + self._seconds
        encoding = self.encoding
        guess: Guess | None = None
        verdict: Verdict | None = None
        while True:
            left = self._deadline - time.monotonic()
            literals = alternative(encoding)
            if literals is None or FALSE in literals or left <= 0:
                break
            assuming = [literal for literal in literals if literal != TRUE]
            try:
                answer = optimum(encoding.program, timeout=left, assuming=assuming)
            except SolveTimeoutError:
                break
            if answer is None:
                reasons = find_clash(encoding.program, assuming, conflicts=_EXPLAINING).reasons
                reasons = [r for r in reasons if not r.about or r.about != about] or reasons
                return Verdict(tuple(in_words(encoding, reasons)), possible=False)
            touched = encoding.nodes.relied_on(answer.holds)
            verdict = self._compare(encoding, answer, not touched)
            if not touched:
                break
            reach = Reach.of(*encoding.reach)
            if guess is None:
                guess = Guess(self.world, self.request, encoding.candidates)
                guess.run()
            reach.expand(touched)
            reach.expanded.update(guess.follow(package_of(key) for key in touched))
            reach.split.update(guess.split)
            encoding = encode(self.world, self.request, encoding.candidates, reach)
        return verdict

    def _compare(self, encoding: Encoding, answer: Answer, exact: bool) -> Verdict:
        for (row, before), (_, after) in zip(cost_rows(self.answer.costs), cost_rows(answer.costs)):
            if before != after:
                states = (_state(self.encoding, self.answer), _state(encoding, answer))
                changes = _changes(row, *states, self.encoding.roots.keys)
                return Verdict((), True, row, before, after, tuple(changes), exact)
        return Verdict(exact=exact)

    # -- what there is beside the answer -------------------------------------------------------

    def better_versions(self, key: str) -> list[list[Version]]:
        """Versions that are preferred to the chosen one; those that no rule tells apart together.

        The most preferred ones first.
        """
        encoding = self.encoding
        versions = encoding.candidates.versions(package_of(key))
        holds = self.answer.holds
        chosen = next((c for atom, c in encoding.attributes.versions(key) if holds(atom)), None)
        if chosen is None:
            return []
        found: dict[tuple[bool, ...], list[Version]] = {}
        for candidate in sorted(versions, key=lambda c: c.cost):
            if candidate.buildable and candidate.cost < chosen.cost:
                signature = encoding.attributes.signature(key, candidate.version)
                found.setdefault(signature, []).append(candidate.version)
        return list(found.values())

    def better_providers(self, virtual: str, key: str) -> list[str]:
        """Keys of possible providers that stand before a chosen one, or with it."""
        candidates = self.encoding.candidates
        own = candidates.provider_weight(virtual, package_of(key))
        weights = {
            other: candidates.provider_weight(virtual, package_of(other))
            for other in self.encoding.providers_of(virtual)
            if package_of(other) != package_of(key)
        }
        return sorted((o for o, w in weights.items() if w <= own), key=lambda o: (weights[o], o))

    def is_built(self, key: str) -> bool:
        """Whether a node of the answer is built; otherwise it is there already."""
        return self.answer.holds(self.encoding.built(key))

    def is_injected(self, key: str) -> bool:
        """Whether a node of the answer is there because of the compilers."""
        return key in self.encoding.nodes.runtimes

    def there_already(self, key: str) -> list[ConcreteSpec]:
        """Concrete specs that a node of the answer could be."""
        return [row.spec for row in self.encoding.rows(key)]


# -- alternatives ------------------------------------------------------------------------------


def other_version(key: str, version: Version) -> Alternative:
    """The node has this version, or one that no rule tells apart from it."""

    def literals(encoding: Encoding) -> Sequence[int] | None:
        signature = encoding.attributes.signature
        wanted = signature(key, version)
        for atom, candidate in encoding.attributes.versions(key):
            if signature(key, candidate.version) == wanted:
                return [atom]
        return None

    return literals


def other_value(key: str, variant: str, value: Word, present: bool = True) -> Alternative:
    """The variant has the value, or does not have it."""

    def literals(encoding: Encoding) -> Sequence[int] | None:
        atom = encoding.attributes.mentioned(key).get(variant, {}).get(value)
        return None if atom is None else [atom if present else -atom]

    return literals


def other_provider(virtual: str, key: str) -> Alternative:
    """The node provides the virtual."""
    return lambda encoding: _known(encoding.virtuals.known_provider(virtual, key))


def other_compiler(parent: str, languages: Sequence[str], compiler: ConcreteSpec) -> Alternative:
    """A node is compiled by this compiler."""

    def literals(encoding: Encoding) -> Sequence[int] | None:
        for key in encoding.instances(compiler.name):
            labels = [encoding.virtuals.known_label(parent, word, key) for word in languages]
            rows = [r.literal for r in encoding.rows(key) if r.spec is compiler]
            if rows and all(label is not None for label in labels):
                return [*rows, *(label for label in labels if label is not None)]
        return None

    return literals


def other_target(key: str, target: str) -> Alternative:
    """The node is built for the target."""
    return lambda encoding: _known(encoding.architectures.known_target(key, target))


def to_be_built(key: str) -> Alternative:
    """The node is built, although there is something to be used."""
    return lambda encoding: [encoding.built(key)] if key in encoding.nodes else None


def that_one(key: str, spec: ConcreteSpec) -> Alternative:
    """The node is a concrete spec that is there already."""

    def literals(encoding: Encoding) -> Sequence[int] | None:
        rows = [row.literal for row in encoding.rows(key) if row.spec is spec]
        return rows or None

    return literals


def absent(package: str) -> Alternative:
    """No node of the package is in the answer."""
    return lambda encoding: [
        -encoding.node(key) for key in encoding.nodes if package_of(key) == package
    ]


def _known(atom: int | None) -> Sequence[int] | None:
    return None if atom is None else [atom]


# -- differences -------------------------------------------------------------------------------


def _state(encoding: Encoding, answer: Answer) -> _State:
    holds = answer.holds
    found: dict[str, _Node] = {}
    for key in encoding.nodes.present(holds):
        rows = [row.spec for row in encoding.rows(key) if holds(row.literal)]
        version = str(rows[0].version) if rows else ""
        for choice, candidate in encoding.attributes.versions(key):
            if holds(choice):
                version = str(candidate.version)
        values = {
            variant: tuple(value for value, literal in atoms.items() if holds(literal))
            for variant, atoms in encoding.attributes.mentioned(key).items()
        }
        found[key] = _Node(version, values, not rows)
    providers = {
        virtual: package_of(key)
        for virtual, key, atom in encoding.virtuals.provided()
        if virtual not in LANGUAGES and holds(atom)
    }
    return _State(found, providers)


def _changes(
    criterion: Criterion, was: _State, would_be: _State, roots: Collection[str]
) -> list[str]:
    """The differences, those of the kind that the criterion counts first."""
    before, after = was.nodes, would_be.nodes
    providers = [
        f"{name} for {virtual}"
        for virtual, name in sorted(would_be.providers.items())
        if was.providers.get(virtual, name) != name
    ]
    new = [package_of(key) for key in after if key not in before and after[key].built]
    gone = [f"no {package_of(key)}" for key in before if key not in after]
    versions: list[str] = []
    values: list[str] = []
    for key, node in after.items():
        old = before.get(key)
        if old is None:
            continue
        name = package_of(key)
        if old.version != node.version and node.version:
            versions.append(f"{name}@{node.version} for {old.version}")
        if not old.built and node.built:
            new.append(name)
        for variant in old.values.keys() & node.values.keys():
            if set(old.values[variant]) != set(node.values[variant]):
                values.append(name + _setting(variant, node.values[variant]))
    groups = [sorted(new), sorted(versions), sorted(values), providers, gone]
    first = {"version": 1, "variant": 2, "unused": 2, "provider": 3}
    counted = groups[first.get(criterion.name.split()[0], 0)]
    if "of roots" in criterion.name:
        counted = [text for text in counted if text.startswith(tuple(roots))] or counted
    told = list(dict.fromkeys(counted or [text for group in groups for text in group]))
    return told[:_CHANGES] + (["…"] if len(told) > _CHANGES else [])


def _setting(variant: str, values: Sequence[Word]) -> str:
    if len(values) == 1 and isinstance(values[0], bool):
        return ("+" if values[0] else "~") + variant
    return f" {variant}=" + ",".join(sorted(map(str, values)))
