"""The vocabulary of a solve: what each atom means, and how a spec becomes literals.

The families of rules (``rules_*.py``) write rules through this class. Atoms for versions, variant
values, edges and targets are made when somebody first mentions them; :meth:`Encoding.finish` then
defines exactly these. So what no rule asks about is never encoded, and versions that no mentioned
range tells apart collapse into one (see the manual, internals, "presolve").

A package outside ``expanded`` is a *stub*: it may be chosen, every mentioned property of it may be
chosen freely, and it costs no more than the real package could.

A package in ``split`` has several nodes. One that could have several, and has a single node so far,
has a literal :meth:`Encoding.further` instead: true, it costs what a further node costs at least,
and lifts what others demand of the node, since they might mean the other one.
"""

from __future__ import annotations

import json
from typing import (
    AbstractSet,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from spack.language import deptypes
from spack.language.specs import ConcreteSpec, Spec, VariantConstraint
from spack.language.targets import target_satisfies
from spack.language.versions import Version, VersionSet
from spack.solve import criteria
from spack.solve.candidates import Candidates, Definition
from spack.solve.instances import instance, number_of, package_of
from spack.solve.program import FALSE, TRUE, Program, Reason
from spack.solve.request import LANGUAGES, Request, World

Word = Union[bool, str]

#: The unification set of all build-only dependencies that may occur once.
GENERIC_SET = "generic"
#: Variants that exist on any node as soon as something sets them.
AUTOMATIC_VARIANTS = ("dev_path", "commit", "patches")


class Row(NamedTuple):
    """A concrete candidate of a package: an external or a spec to reuse."""

    literal: int
    spec: ConcreteSpec


class Use(NamedTuple):
    """One reason for an edge: it exists with these types when the literal holds."""

    literal: int
    mask: int
    virtual: Optional[str]


class FlagSource(NamedTuple):
    """Compiler flags that somebody puts on a built node when the literal holds.

    ``kind`` is one of :data:`FLAG_TYPES`; ``rank`` orders the sources of one node, ``parent`` is
    the dependent that asks, if one does.
    """

    literal: int
    kind: str
    words: Tuple[str, ...]
    rank: int
    parent: str


#: Order of the flags of one node: by the kind of :class:`Reason` that put them there.
FLAG_RANKS = {"compiler": 0, "propagation": 1, "dependency": 3, "requirement": 4, "request": 5}


class SplicedEdge(NamedTuple):
    """When the literal holds, a node has another child than the one its concrete spec records."""

    literal: int
    parent: str
    recorded: str
    child: str


class Encoding:
    """Atoms of one solve. ``world`` and ``request`` are read, the program is written."""

    def __init__(
        self,
        world: World,
        request: Request,
        candidates: Candidates,
        expanded: Set[str],
        split: AbstractSet[str] = frozenset(),
    ) -> None:
        self.world = world
        self.request = request
        self.candidates = candidates
        self.expanded = expanded
        self.split = split
        self.program = Program()
        self.roots: Set[str] = set()
        self.runtimes: Set[str] = set()
        self.bound: Dict[str, Set[str]] = {}
        self.solved: List[int] = []
        self.root_names: List[List[Tuple[str, int]]] = []
        self.requested_virtuals: Dict[str, List[int]] = {}
        self.nodes: Dict[str, int] = {}
        self.uses: Dict[Tuple[str, str], List[Use]] = {}
        self.virtual_uses: Dict[Tuple[str, str], List[Tuple[int, int]]] = {}
        self.rows: Dict[str, Tuple[Row, ...]] = {}
        self.splices: List[SplicedEdge] = []
        self.version_atoms: Dict[str, List[Tuple[int, int]]] = {}
        self.targets_vary = self._targets_vary()
        self.propagated: List[Tuple[int, str, Spec, Reason]] = []
        self.flag_sources: Dict[str, List[FlagSource]] = {}
        self._flags: Dict[Tuple[str, str, str], int] = {}
        self._built: Dict[str, int] = {}
        self._versions: Dict[str, Dict[VersionSet, int]] = {}
        self._values: Dict[str, Dict[str, Dict[Word, int]]] = {}
        self._exists: Dict[Tuple[str, str], int] = {}
        self._conditions: Dict[Tuple[str, Spec], int] = {}
        self._set: Dict[Tuple[str, str, Word], int] = {}
        self._edges: Dict[Tuple[str, str, int], int] = {}
        self._labels: Dict[Tuple[str, str, str], int] = {}
        self._providers: Dict[Tuple[str, str], int] = {}
        self._provider_names: Dict[str, Sequence[str]] = {}
        self._targets: Dict[Tuple[str, str], int] = {}
        self._target_sets: Dict[Tuple[str, str], int] = {}
        self._members: Dict[Tuple[str, str], int] = {}
        self._picks: Dict[Tuple[str, str], int] = {}
        self._further: Dict[str, int] = {}
        self._seen: Dict[Tuple[str, str, Spec], int] = {}
        self._floors: Dict[Tuple[str, int], int] = {}
        self._compiler_versions: Dict[str, Sequence[Version]] = {}
        self._open_below: Dict[str, int] = {}

    # -- nodes ---------------------------------------------------------------------------------

    def instances(self, package: str) -> Tuple[str, ...]:
        """Keys of the nodes that a package may have in this problem."""
        if package not in self.split:
            return (package,)
        return tuple(instance(package, n) for n in range(self.candidates.max_nodes(package)))

    def further(self, name: str) -> int:
        """A node of this package may stand for several, none of which is encoded yet."""
        known = self._further.get(name)
        if known is None:
            known = self._further[name] = self._define_further(name)
        return known

    def _define_further(self, name: str) -> int:
        package = package_of(name)
        if package in self.split or self.is_stub(name):
            return FALSE
        if self.candidates.max_nodes(package) < 2:
            return FALSE
        program = self.program
        atom = program.atom()
        program.choice((atom,), (self.node(name),))
        program.prefer(atom, False)
        return atom

    def _charge_further(self) -> None:
        """What further nodes cost at least; one that builds its own package is charged for that."""
        program = self.program
        for name, atom in self._further.items():
            if atom == FALSE:
                continue
            builder = self.nodes.get(instance(package_of(name), 1), FALSE)
            charged = program.all_of((atom, -builder))
            program.minimize(criteria.DUPLICATES, 1, charged)
            if not self.rows[name]:
                program.minimize(criteria.BUILDS, 1, charged)

    def divisible(self) -> Set[str]:
        """Keys of the nodes that packages could have besides the encoded ones."""
        return {instance(name, 1) for name, atom in self._further.items() if atom != FALSE}

    def divided(self, holds: Callable[[int], bool]) -> Set[str]:
        """Keys of the further nodes that an answer wants."""
        return {
            instance(name, 1)
            for name, atom in self._further.items()
            if atom != FALSE and holds(atom)
        }

    def open_below(self, name: str) -> int:
        """A chosen node that is not encoded yet may have the package, or virtual, below it."""
        if name not in self._open_below:
            self._open_below[name] = self.program.atom()
        return self._open_below[name]

    def node(self, name: str) -> int:
        """The node is in the answer."""
        atom = self.nodes.get(name)
        if atom is None:
            atom = self.nodes[name] = self.program.atom()
            self._open(name, atom)
        return atom

    def _open(self, name: str, node: int) -> None:
        """Decide between building the package and taking one of its concrete candidates."""
        program = self.program
        package = package_of(name)
        specs = self.world.concrete.get(package, ())
        preferences = self.world.preferences_of(package)
        self.rows[name] = tuple(Row(program.atom(), spec) for spec in specs)
        if not self.rows[name]:
            self._built[name] = node
        else:
            built = self._built[name] = program.atom()
            options = [built, *(row.literal for row in self.rows[name])]
            program.choice(options, (node,))
            program.exactly_one(options, node)
        if not preferences.buildable:
            program.forbid((self._built[name],), self._not_buildable(name))
        if name not in self.runtimes:
            program.minimize(criteria.BUILDS, 1, self._built[name])
            program.prefer(node, False)
        if name != package and package in self.split:
            program.forbid((node, -self.node(instance(package, number_of(name) - 1))))

    def _not_buildable(self, name: str) -> Reason:
        package = package_of(name)
        rejected = self.world.rejected.get(package, ())
        text = f"{package} may not be built (buildable: false)"
        if rejected:
            text += "; its externals do not count: " + "; ".join(rejected)
        elif not self.rows[name]:
            text += " and no external of it is configured"
        return Reason(text, self.world.preferences_of(package).buildable_origin, "buildable")

    def built(self, name: str) -> int:
        """The package is in the answer and must be built."""
        self.node(name)
        return self._built[name]

    def is_stub(self, name: str) -> bool:
        """The node is not encoded in this round, beyond what others ask of it."""
        if "#" in name:
            return package_of(name) not in self.split
        return name not in self.expanded

    def _free(self, name: str) -> int:
        """A property of a stub: whatever suits the answer."""
        atom = self.program.atom()
        self.program.choice((atom,), (self.node(name),))
        return atom

    # -- attributes ----------------------------------------------------------------------------

    def version_in(self, name: str, versions: VersionSet) -> int:
        """The version of the package is in the set."""
        if versions.is_any:
            return self.node(name)
        known = self._versions.setdefault(name, {})
        atom = known.get(versions)
        if atom is None:
            atom = self._free(name) if self.is_stub(name) else self.program.atom()
            known[versions] = atom
        return atom

    def value(self, name: str, variant: str, value: Word) -> int:
        """The variant of the package has the value (among others, if it is multi-valued)."""
        known = self._values.setdefault(name, {}).setdefault(variant, {})
        atom = known.get(value)
        if atom is None:
            atom = self._free(name) if self.is_stub(name) else self.program.atom()
            known[value] = atom
        return atom

    def mentioned_values(self, name: str) -> Mapping[str, Mapping[Word, int]]:
        """Variants of a package that some rule asked about, with the atom of each value."""
        return self._values.get(name, {})

    def has_variant(self, name: str, variant: str) -> int:
        """The package has the variant."""
        atom = self._exists.get((name, variant))
        if atom is None:
            atom = self._free(name) if self.is_stub(name) else self.program.atom()
            self._exists[name, variant] = atom
            self._values.setdefault(name, {}).setdefault(variant, {})
        return atom

    def set_value(self, name: str, variant: str, value: Word) -> int:
        """Something demands this value, so that having it is no deviation from a default."""
        key = (name, variant, value)
        if key not in self._set:
            self._set[key] = self.program.atom()
        return self._set[key]

    def target_in(self, name: str, constraint: str) -> int:
        """The target of the package satisfies the constraint."""
        key = (name, constraint)
        atom = self._target_sets.get(key)
        if atom is None:
            atom = self._target_sets[key] = self._define_target_set(name, constraint)
        return atom

    def _define_target_set(self, name: str, constraint: str) -> int:
        if self.is_stub(name):
            return self._free(name)
        members = [
            row.literal for row in self._rows(name) if target_satisfies(row.spec.target, constraint)
        ]
        members += [
            self.target(name, target)
            for target in self.world.host.targets
            if target_satisfies(target, constraint)
        ]
        return self.program.any_of(members)

    def target(self, name: str, target: str) -> int:
        """The package is built for exactly this target."""
        if not self.targets_vary:
            return self.built(name) if target == self.world.host.targets[0] else FALSE
        key = (name, target)
        if key not in self._targets:
            self._targets[key] = self.program.atom()
        return self._targets[key]

    def _targets_vary(self) -> bool:
        """Whether anything may make a node take another target than the best one."""
        best = self.world.host.targets[0]
        if any(best not in compiler.targets for compiler in self.world.compilers):
            return True
        specs = [root.spec for root in self.request.roots]
        for preferences in self.world.preferences.values():
            for group in preferences.groups:
                specs.extend(member for member in group.members if member is not None)
        return any(_mentions_target(spec) for spec in specs)

    def _rows(self, name: str) -> Tuple[Row, ...]:
        self.node(name)
        return self.rows[name]

    # -- edges ---------------------------------------------------------------------------------

    def use(
        self, parent: str, child: str, literal: int, mask: int, virtual: Optional[str] = None
    ) -> None:
        """Record that ``parent`` depends on a package with these types when the literal holds.

        With several nodes of the package all its edges from one parent go to the same one.
        """
        if literal == FALSE or not mask:
            return
        for key in self.targets_of_edge(parent, child):
            self.use_node(
                parent, key, self.program.all_of((literal, self.pick(parent, key))), mask, virtual
            )
        self.program.require((literal,), self.picks(parent, child))

    def use_node(
        self, parent: str, key: str, literal: int, mask: int, virtual: Optional[str] = None
    ) -> None:
        """As :meth:`use`, for one certain node."""
        if literal == FALSE or not mask:
            return
        self.uses.setdefault((parent, key), []).append(Use(literal, mask, virtual))
        self.program.rule(self.node(key), (literal,))
        self.program.require((literal,), self.pick(parent, key))

    def targets_of_edge(self, parent: str, child: str) -> Tuple[str, ...]:
        """Nodes of a package that a parent may depend on: no node depends on itself."""
        if package_of(parent) != child:
            return self.instances(child)
        if child not in self.split:
            return (instance(child, 1),) if self.candidates.max_nodes(child) > 1 else ()
        return tuple(key for key in self.instances(child) if key != parent)

    def pick(self, parent: str, key: str) -> int:
        """Among the nodes of a package the parent depends on this one."""
        package = package_of(key)
        if package not in self.split:
            return TRUE
        if (parent, key) not in self._picks:
            options = self.targets_of_edge(parent, package)
            atoms = [self.program.atom() for _ in options]
            self._picks.update(zip(((parent, option) for option in options), atoms))
            self.program.choice(atoms, (self.node(parent),))
            self.program.at_most(1, atoms)
            for option, atom in zip(options, atoms):
                self.program.prefer(atom, option == package)
        return self._picks[parent, key]

    def picks(self, parent: str, child: str) -> int:
        """The parent has decided which node of the package it depends on."""
        return self.program.any_of(
            self.pick(parent, key) for key in self.targets_of_edge(parent, child)
        )

    def edge(self, parent: str, child: str, mask: int = deptypes.ALL) -> int:
        """The parent depends directly on the child with one of these types."""
        key = (parent, child, mask)
        if key not in self._edges:
            self._edges[key] = self.program.atom()
        return self._edges[key]

    def label(self, parent: str, virtual: str, child: str) -> int:
        """The edge carries the virtual: the child provides it to the parent."""
        key = (parent, virtual, child)
        if key not in self._labels:
            self._labels[key] = self.program.atom()
        return self._labels[key]

    def provider(self, virtual: str, name: str) -> int:
        """The package provides the virtual in this answer."""
        key = (virtual, name)
        if key not in self._providers:
            self._providers[key] = self.program.atom()
        return self._providers[key]

    def providers_of(self, virtual: str) -> Sequence[str]:
        """Nodes that may provide the virtual; compilers only for a language.

        A C library that nobody configured stands for ``libc`` alone, although its recipe may
        provide more.
        """
        known = self._provider_names.get(virtual)
        if known is None:
            names = self.world.packages.providers(virtual)
            if virtual in LANGUAGES:
                names = [name for name in names if self._compiles(name, virtual)]
            elif virtual != "libc":
                names = [name for name in names if not self._is_implied(name)]
            known = [key for name in names for key in self.instances(name)]
            self._provider_names[virtual] = known
        return known

    def providers_for(self, parent: str, virtual: str) -> Sequence[str]:
        """Nodes that may provide the virtual to one parent: not the parent itself."""
        package = package_of(parent)
        found: List[str] = []
        for key in self.providers_of(virtual):
            if key != parent:
                found.append(key)
            elif package not in self.split and self.candidates.max_nodes(package) > 1:
                found.append(instance(package, 1))
        return found

    def compiler_of(self, name: str, language: str) -> int:
        """The node is a usable compiler of the language; true of a stub."""
        if self.is_stub(name):
            return self.node(name)
        able = {
            compiler.spec.dag_hash()
            for compiler in self.world.compilers
            if compiler.spec.name == package_of(name) and language in compiler.languages
        }
        return self.program.any_of(
            row.literal for row in self._rows(name) if row.spec.dag_hash() in able
        )

    def _compiles(self, name: str, language: str) -> bool:
        return any(
            compiler.spec.name == name and language in compiler.languages
            for compiler in self.world.compilers
        )

    def _is_implied(self, name: str) -> bool:
        """The package cannot be built and is here only as the C library of compilers."""
        specs = self.world.concrete.get(name, ())
        if not specs or self.world.preferences_of(name).buildable:
            return False
        implied = {c.libc.dag_hash() for c in self.world.compilers if c.libc is not None}
        return all(spec.dag_hash() in implied for spec in specs)

    # -- specs ---------------------------------------------------------------------------------

    def own_literals(self, name: str, spec: Spec) -> List[int]:
        """Literals for what a spec says about the node itself, dependencies left out."""
        literals: List[int] = []
        host = self.world.host
        if not spec.versions.is_any:
            literals.append(self.version_in(name, spec.versions))
        for constraint in spec.variants.values():
            literals.extend(self._variant_literals(name, constraint))
        if spec.platform is not None and spec.platform != host.platform:
            literals.append(FALSE)
        if spec.os is not None and spec.os != host.os:
            literals.append(self._free(name) if self.is_stub(name) else FALSE)
        if spec.target is not None:
            literals.append(self.target_in(name, spec.target))
        if spec.namespace is not None and not self.is_stub(name):
            same = [r.literal for r in self._rows(name) if r.spec.namespace == spec.namespace]
            if self.candidates.record(package_of(name)).namespace == spec.namespace:
                same.append(self.built(name))
            literals.append(self.program.any_of(same))
        literals += [
            self.flag(name, kind, constraint.flag)
            for kind, constraints in spec.flags.items()
            for constraint in constraints
        ]
        if spec.abstract_hash:
            prefix = spec.abstract_hash
            rows = [r.literal for r in self._rows(name) if r.spec.dag_hash().startswith(prefix)]
            literals.append(self.program.any_of(rows))
        return literals

    def flag(self, name: str, kind: str, word: str) -> int:
        """The node is compiled with this flag among others of its type."""
        key = (name, kind, word)
        if key not in self._flags:
            self._flags[key] = self._free(name) if self.is_stub(name) else self.program.atom()
        return self._flags[key]

    def put_flags(
        self,
        because: int,
        name: str,
        flags: Mapping[str, Sequence[str]],
        reason: str,
        parent: str = "",
    ) -> None:
        """A built node gets flags when the literal holds; ``reason`` is a kind of Reason."""
        if because == FALSE or self.is_stub(name):
            return
        active = self.program.all_of((because, self.built(name)))
        for kind, words in flags.items():
            if not words:
                continue
            source = FlagSource(active, kind, tuple(words), FLAG_RANKS[reason], parent)
            self.flag_sources.setdefault(name, []).append(source)
            for word in words:
                self.program.rule(self.flag(name, kind, word), (active,))

    def _variant_literals(self, name: str, constraint: VariantConstraint) -> List[int]:
        variant = constraint.name
        if constraint.values == ("*",):
            return [self.has_variant(name, variant)]
        if constraint.propagate and not self._may_have(name, variant):
            return []
        literals = [self.value(name, variant, value) for value in constraint.values]
        if constraint.exact and not self.is_stub(name):
            literals += [
                -self.value(name, variant, other)
                for other in self.candidates.values(package_of(name), variant)
                if other not in constraint.values
            ]
        return literals

    def _may_have(self, name: str, variant: str) -> bool:
        return self.is_stub(name) or bool(self.candidates.definitions(package_of(name), variant))

    def holds(self, name: str, spec: Optional[Spec]) -> int:
        """The condition holds on the node: ``when=`` clauses and requirement members.

        ``^x`` and ``%x`` in a condition look at direct dependencies, and on a root also at what its
        own request binds.
        """
        if spec is None:
            return self.node(name)
        known = self._conditions.get((name, spec))
        if known is None:
            literals = [self.node(name), *self.own_literals(name, spec)]
            for edge in spec.dependencies:
                found = self.depends(name, edge.spec, edge.deptypes or deptypes.ALL, edge.virtuals)
                if edge.when is not None:
                    found = self.program.any_of((found, -self.holds(name, edge.when)))
                literals.append(found)
            known = self._conditions[name, spec] = self.program.all_of(literals)
        return known

    def depends(
        self, parent: str, child: Spec, mask: int = deptypes.ALL, virtuals: Tuple[str, ...] = ()
    ) -> int:
        """The parent has a direct dependency that satisfies a spec, labelled with the virtuals."""
        name = child.name
        if name is None:
            return self.program.any_of(
                self._depends_on_node(parent, key, child, mask, virtuals)
                for key in self._provided_names(parent, virtuals)
            )
        if self.world.packages.is_virtual(name) and not self.world.packages.exists(name):
            return self.program.any_of(
                self.program.all_of(
                    (self.label(parent, name, provider), self.provides_version(provider, child))
                )
                for provider in self.providers_for(parent, name)
            )
        return self.program.any_of(
            self._depends_on_node(parent, key, child, mask, virtuals)
            for key in self.targets_of_edge(parent, name)
        )

    def _depends_on_node(
        self, parent: str, key: str, child: Spec, mask: int, virtuals: Tuple[str, ...]
    ) -> int:
        name = package_of(key)
        literals = [self.edge(parent, key, mask)]
        if name in self.bound.get(parent, ()):
            literals = [self.program.any_of((*literals, self.node(key)))]
        literals += [self.label(parent, virtual, key) for virtual in virtuals]
        literals.append(self._seen_as(parent, key, child))
        return self.program.all_of(literals)

    def _seen_as(self, parent: str, key: str, child: Spec) -> int:
        """What a spec says of a child holds on the node that the parent means by it."""
        known = self._compiler_fits(parent, key, child)
        if known is not None:
            return TRUE if known else FALSE
        own = self.program.all_of(self.own_literals(key, child))
        further = self.further(key)
        if further == FALSE or own == TRUE:
            return own
        place = (parent, key, child.replace(dependencies=()))
        if place not in self._seen:
            self._seen[place] = self.program.atom()
            self.program.choice((self._seen[place],), (further,))
            self.program.rule(self._seen[place], (own,))
        return self._seen[place]

    def _compiler_fits(self, parent: str, key: str, child: Spec) -> Optional[bool]:
        """Whether the version is right, where all usable compilers of a name agree on it.

        That is so for a parent that can only mean a compiler by the name.
        """
        name = package_of(key)
        compilers = self._compilers_named(name)
        if not compilers or self.is_stub(parent) or child.variants or child.target or child.flags:
            return None
        if child.platform or child.os or child.abstract_hash or child.namespace:
            return None
        if name in self.bound.get(parent, ()):
            return None
        if self.candidates.may_link(package_of(parent), name):
            return None
        answers = {child.versions.contains(version) for version in compilers}
        return answers.pop() if len(answers) == 1 else None

    def _compilers_named(self, name: str) -> Sequence[Version]:
        known = self._compiler_versions.get(name)
        if known is None:
            known = [c.spec.version for c in self.world.compilers if c.spec.name == name]
            self._compiler_versions[name] = known
        return known

    def _provided_names(self, parent: str, virtuals: Iterable[str]) -> List[str]:
        names: List[str] = []
        for virtual in virtuals:
            names.extend(n for n in self.providers_for(parent, virtual) if n not in names)
        return names

    def provides_version(self, provider: str, virtual: Spec) -> int:
        """The provider gives some version of the virtual inside the wanted range.

        True of a stub, which gives whatever is asked for.
        """
        if virtual.versions.is_any or self.is_stub(provider):
            return self.node(provider)
        name = virtual.name or ""
        return self.program.any_of(
            (
                self.further(provider),
                *(
                    self.holds(provider, when)
                    for when, provided in self.candidates.provides(package_of(provider), name)
                    if provided.versions.intersects(virtual.versions)
                ),
            )
        )

    def impose(
        self,
        because: int,
        name: str,
        spec: Spec,
        reason: Reason,
        *,
        certain: bool = False,
        parent: str = "",
    ) -> None:
        """Everything the spec says about the node holds when ``because`` does.

        It does not bind a node that stands for several, unless it is ``certain`` that this very
        node is meant; its version is then at least as old as any in the range.
        """
        if because == FALSE:
            return
        further = FALSE if certain else self.further(name)
        bound = self.program.all_of((because, -further))
        if spec.flags:
            self.put_flags(bound, name, flag_words(spec), reason.kind, parent)
        for literal in self.own_literals(name, spec):
            self.program.require((bound,), literal, reason)
        if further != FALSE and not spec.versions.is_any and name not in self.roots:
            self._impose_age(self.program.all_of((because, further)), name, spec.versions, reason)
        self.mark_set(because, name, spec)
        for edge in spec.dependencies:
            active = bound
            if edge.when is not None:
                active = self.program.all_of((bound, self.holds(name, edge.when)))
            self.impose_edge(
                active, name, edge.spec, edge.deptypes or deptypes.ALL, edge.virtuals, reason
            )

    def _impose_age(self, because: int, name: str, versions: VersionSet, reason: Reason) -> None:
        """Of several nodes the oldest is at least as old as what one of them must be."""
        package = package_of(name)
        if any(versions.contains(row.spec.version) for row in self._rows(name)):
            return
        costs = [
            candidate.cost
            for candidate in self.candidates.versions(package)
            if candidate.buildable and versions.contains(candidate.version)
        ]
        if not costs:
            self.program.forbid((because,), reason)
        elif min(costs):
            key = (name, min(costs))
            if key not in self._floors:
                self._floors[key] = self.program.atom()
            self.program.require((because,), self._floors[key], reason)

    def mark_set(self, because: int, name: str, spec: Spec) -> None:
        """Values that a spec demands count as set when ``because`` holds.

        That goes for the direct dependencies it names as well.
        """
        for edge in spec.dependencies:
            if edge.spec.name is not None and self.world.packages.exists(edge.spec.name):
                for key in self.targets_of_edge(name, edge.spec.name):
                    self.mark_set(
                        self.program.all_of((because, self.pick(name, key))), key, edge.spec
                    )
        for constraint in spec.variants.values():
            for value in constraint.values:
                if value != "*" and not self.is_stub(name):
                    self.program.rule(self.set_value(name, constraint.name, value), (because,))

    def impose_edge(
        self,
        because: int,
        parent: str,
        child: Spec,
        mask: int,
        virtuals: Tuple[str, ...],
        reason: Reason,
    ) -> None:
        """The parent has a direct dependency with all that the spec says about it."""
        if self.is_stub(parent):
            return
        self.program.require((because,), self.depends(parent, child, mask, virtuals), reason)
        if child.name is not None and self.world.packages.exists(child.name):
            for key in self.targets_of_edge(parent, child.name):
                chosen = self.program.all_of((because, self.pick(parent, key)))
                self.impose(chosen, key, child, reason, parent=parent)

    def atom_names(self) -> Dict[int, str]:
        """A readable name for every atom that has a meaning of its own."""
        names: Dict[int, str] = {}

        def name(number: int, predicate: str, *arguments: object) -> None:
            quoted = ",".join(json.dumps(str(argument)) for argument in arguments)
            names.setdefault(number, f"{predicate}({quoted})")

        for key, number in self.nodes.items():
            name(number, "node", key)
            for row in self.rows[key]:
                name(row.literal, "row", key, row.spec.dag_hash())
        for key, number in self._built.items():
            name(number, "built", key)
        for key, atoms in self.version_atoms.items():
            for number, index in atoms:
                version = self.candidates.versions(package_of(key))[index].version
                name(number, "version", key, version)
        for key, ranges in self._versions.items():
            for versions, number in ranges.items():
                name(number, "version_in", key, versions)
        for key, variants in self._values.items():
            for variant, values in variants.items():
                for value, number in values.items():
                    name(number, "value", key, variant, value)
        for (parent, child, mask), number in self._edges.items():
            name(number, "edge", parent, child, ",".join(deptypes.to_names(mask)))
        for predicate, table in (
            ("variant", self._exists),
            ("set", self._set),
            ("label", self._labels),
            ("provider", self._providers),
            ("target", self._targets),
            ("target_in", self._target_sets),
            ("member", self._members),
            ("pick", self._picks),
            ("flag", self._flags),
        ):
            for place, number in table.items():
                name(number, predicate, *place)
        for key, number in self._further.items():
            name(number, "further", key)
        for key, number in self._open_below.items():
            name(number, "open_below", key)
        for (key, spec), number in self._conditions.items():
            name(number, "holds", key, spec)
        return {number: text for number, text in names.items() if number > 1}

    # -- definitions of what was mentioned -----------------------------------------------------

    def finish(self) -> None:
        """Define every atom that was mentioned. Nothing may be mentioned afterwards."""
        self._finish_open_below()
        self._finish_flags()
        self._finish_variants()
        for name in [n for n in self.nodes if not self.is_stub(n)]:
            self._finish_versions(name)
        self._finish_targets()
        self._finish_sets()
        self._finish_edges()
        self._charge_further()

    def _finish_flags(self) -> None:
        """Flags of concrete candidates; the request may put one text of a type on a node."""
        for (name, kind, word), atom in self._flags.items():
            for row in self.rows.get(name, ()):
                if word in row.spec.flags[kind]:
                    self.program.rule(atom, (row.literal,))
        for name, sources in self.flag_sources.items():
            asked = [s for s in sources if s.rank == FLAG_RANKS["request"]]
            for position, first in enumerate(asked):
                for second in asked[position + 1 :]:
                    if first.kind == second.kind and first.words != second.words:
                        text = f"two requests for {first.kind} of {package_of(name)} differ"
                        self.program.forbid(
                            (first.literal, second.literal), Reason(text, None, "request")
                        )

    def _finish_variants(self) -> None:
        """Mention what definitions ask about until nothing new appears, then define all values.

        Variants of concrete candidates count as mentioned, since their values may be charged, and
        so do variants whose default is not always allowed.
        """
        for name in [n for n in self.nodes if not self.is_stub(n)]:
            for variant in self.candidates.uncertain_variants(package_of(name)):
                self._values.setdefault(name, {}).setdefault(variant, {})
        for name, rows in self.rows.items():
            for row in rows:
                for variant in row.spec.variants:
                    self._values.setdefault(name, {}).setdefault(variant, {})
        done: Set[Tuple[str, str]] = set()
        while True:
            pending = [
                (name, variant)
                for name, variants in self._values.items()
                if not self.is_stub(name)
                for variant in variants
                if (name, variant) not in done
            ]
            if not pending:
                break
            done.update(pending)
            for name, variant in pending:
                self._mention_definitions(name, variant)
        for name, variant in sorted(done):
            self._define_variant(name, variant)

    def _mention_definitions(self, name: str, variant: str) -> None:
        package = package_of(name)
        for definition in self.candidates.definitions(package, variant):
            self.holds(name, definition.when)
            wanted: Iterable[Word] = definition.defaults
            if definition.value_when or definition.boolean:
                wanted = definition.values
            for value in (*wanted, *self.candidates.default(package, definition)):
                self.value(name, variant, value)
            for when in definition.value_when.values():
                if when is not None:
                    self.holds(name, when)

    def _define_variant(self, name: str, variant: str) -> None:
        program = self.program
        built = self.built(name)
        atoms = self._values[name][variant]
        for row in self.rows[name]:
            present = row.spec.variants.get(variant)
            for value, atom in atoms.items():
                if present is not None and (
                    present == value or (isinstance(present, tuple) and value in present)
                ):
                    program.rule(atom, (row.literal,))
        active = self._active_definitions(name, variant)
        exists = self._exists.get((name, variant))
        if exists is not None:
            for literal, _ in active:
                program.rule(exists, (literal, built))
            for row in self.rows[name]:
                if variant in row.spec.variants:
                    program.rule(exists, (row.literal,))
        if not active and variant in AUTOMATIC_VARIANTS:
            for value, atom in atoms.items():
                program.rule(atom, (self.set_value(name, variant, value), built))
        for literal, definition in active:
            self._define_values(name, variant, definition, program.all_of((literal, built)), atoms)
        self._charge_rows(name, variant)

    def _active_definitions(self, name: str, variant: str) -> List[Tuple[int, Definition]]:
        """Definitions with the literal under which each is the one in force."""
        active: List[Tuple[int, Definition]] = []
        later: List[int] = []
        for definition in reversed(self.candidates.definitions(package_of(name), variant)):
            condition = self.holds(name, definition.when)
            active.append((self.program.all_of((condition, *(-c for c in later))), definition))
            later.append(condition)
        return active

    def _define_values(
        self,
        name: str,
        variant: str,
        definition: Definition,
        in_force: int,
        atoms: Dict[Word, int],
    ) -> None:
        """Choose values while the definition is in force, and charge what is not a default."""
        program = self.program
        root = name in self.roots
        change = (criteria.ROOT_VARIANTS if root else criteria.VARIANTS) + self.shift(name)
        unused = criteria.ROOT_UNUSED_DEFAULTS if root else criteria.UNUSED_DEFAULTS
        defaults = self.candidates.default(package_of(name), definition)
        allowed: List[int] = []
        for value, atom in atoms.items():
            if not definition.allows(value):
                program.forbid((in_force, atom))
                continue
            allowed.append(atom)
            condition = self._value_condition(name, definition, value)
            program.choice((atom,), (in_force, condition))
            if condition != TRUE:
                program.forbid((in_force, atom, -condition))
            if value in defaults:
                program.prefer(atom, True)
                if definition.multi:
                    program.minimize(
                        unused + self.shift(name), 1, program.all_of((in_force, -atom))
                    )
            else:
                free = -self.set_value(name, variant, value)
                program.minimize(
                    change, definition.penalty(value), program.all_of((in_force, atom, free))
                )
        reason = Reason(
            f"{name}: variant {variant} has one of its values", definition.origin, "variant"
        )
        program.forbid((in_force, *(-atom for atom in allowed)), reason)
        if not definition.multi:
            for position, first in enumerate(allowed):
                for second in allowed[position + 1 :]:
                    program.forbid((in_force, first, second), reason)
        else:
            self._exclude_sets(in_force, definition, atoms, reason)
        if definition.sticky:
            asked = [self.set_value(name, variant, value) for value in atoms]
            for value in defaults:
                program.forbid(
                    (in_force, -self.value(name, variant, value), *(-literal for literal in asked)),
                    Reason(
                        f"{name}: sticky variant {variant} keeps its default unless asked",
                        definition.origin,
                        "variant",
                    ),
                )

    def _value_condition(self, name: str, definition: Definition, value: Word) -> int:
        if value not in definition.value_when:
            return TRUE
        when = definition.value_when[value]
        return FALSE if when is None else self.holds(name, when)

    def _exclude_sets(
        self, in_force: int, definition: Definition, atoms: Dict[Word, int], reason: Reason
    ) -> None:
        """``none`` stands alone, and values of two disjoint sets do not mix."""
        items = list(atoms.items())
        for position, (first, first_atom) in enumerate(items):
            for second, second_atom in items[position + 1 :]:
                if definition.excludes(first, second):
                    self.program.forbid((in_force, first_atom, second_atom), reason)

    def _charge_rows(self, name: str, variant: str) -> None:
        """Deviations of concrete candidates from today's defaults, at the low priorities."""
        program = self.program
        root = name in self.roots
        for row in self.rows[name]:
            for value, penalty in self.candidates.row_penalties(row.spec, variant):
                free = -self._set.get((name, variant, value), FALSE)
                program.minimize(
                    criteria.ROOT_VARIANTS if root else criteria.VARIANTS,
                    penalty,
                    program.all_of((row.literal, free)),
                )
            program.minimize(
                criteria.ROOT_UNUSED_DEFAULTS if root else criteria.UNUSED_DEFAULTS,
                self.candidates.row_unused_defaults(row.spec, variant),
                row.literal,
            )

    def shift(self, name: str) -> int:
        """What raises a criterion for a node that is built."""
        return 0 if name in self.runtimes else criteria.BUILT

    def _finish_versions(self, name: str) -> None:
        """One atom per class of versions that no mentioned range tells apart."""
        program = self.program
        built = self.built(name)
        mentioned = self._versions.get(name, {})
        ranges = list(mentioned.items())
        classes: Dict[Tuple[bool, ...], Tuple[int, int, bool]] = {}
        for index, candidate in enumerate(self.candidates.versions(package_of(name))):
            if not candidate.buildable:
                continue
            signature = tuple(wanted.contains(candidate.version) for wanted, _ in ranges)
            best = classes.get(signature)
            if best is None or candidate.cost < best[0]:
                classes[signature] = (candidate.cost, index, candidate.deprecated)
        root, runtime = name in self.roots, name in self.runtimes
        priority = criteria.ROOT_VERSION if root else criteria.VERSION
        if runtime:
            priority = criteria.RUNTIME_VERSION
        atoms: List[Tuple[int, int]] = []
        literals: List[int] = []
        for signature, (cost, index, deprecated) in classes.items():
            atom = program.atom()
            literals.append(atom)
            atoms.append((atom, index))
            for (_, range_atom), inside in zip(ranges, signature):
                if inside:
                    program.rule(range_atom, (atom,))
            program.minimize(priority + self.shift(name), cost, atom)
            if deprecated:
                program.minimize(criteria.DEPRECATED + self.shift(name), 1, atom)
            program.prefer(atom, cost == 0)
        program.choice(literals, (built,))
        record = self.candidates.record(package_of(name))
        reason = Reason(f"{name} has one of its known versions", record.origin, "version")
        program.exactly_one(literals, built, reason)
        self.version_atoms[name] = atoms
        versions = self.candidates.versions(package_of(name))
        for (floored, cost), floor in self._floors.items():
            for atom, index in atoms:
                if floored == name and versions[index].cost >= cost:
                    program.rule(floor, (atom,))
        for row in self.rows[name]:
            for wanted, range_atom in ranges:
                if wanted.contains(row.spec.version):
                    program.rule(range_atom, (row.literal,))
            program.minimize(priority, self.candidates.weight_of(row.spec), row.literal)
        if not root and self.candidates.opens_set(package_of(name)):
            self._charge_edges(name, atoms)

    def _charge_edges(self, name: str, atoms: Sequence[Tuple[int, int]]) -> None:
        """The age of a build tool's version counts once for each of its dependents."""
        versions = self.candidates.versions(package_of(name))
        single = -self.further(name)
        for parent, child in list(self.uses):
            if child != name:
                continue
            edge = self.program.all_of((self.edge(parent, child), single))
            for atom, index in atoms:
                weight = versions[index].cost
                if weight:
                    literal = self.program.all_of((edge, atom))
                    self.program.minimize(criteria.EDGE_VERSIONS, weight, literal)
            for row in self.rows[name]:
                weight = self.candidates.weight_of(row.spec)
                if weight:
                    literal = self.program.all_of((edge, row.literal))
                    self.program.minimize(criteria.EDGE_VERSIONS, weight, literal)

    def _finish_edges(self) -> None:
        program = self.program
        numbers: Dict[str, int] = {}
        for parent, child in self.uses:
            source = numbers.setdefault(parent, len(numbers))
            target = numbers.setdefault(child, len(numbers))
            single = -self.further(child)
            program.acyclic_edge(source, target, program.all_of((self.edge(parent, child), single)))
        for (parent, child, mask), atom in self._edges.items():
            for use in self.uses.get((parent, child), ()):
                if use.mask & mask:
                    program.rule(atom, (use.literal,))

    def _finish_targets(self) -> None:
        program = self.program
        host = self.world.host
        order = {target: weight for weight, target in enumerate(host.targets)}
        for name in [n for n in self.nodes if not self.is_stub(n)]:
            runtime = name in self.runtimes
            priority = criteria.RUNTIME_TARGETS if runtime else criteria.TARGETS
            for row in self.rows[name]:
                weight = order.get(row.spec.target, len(order))
                program.minimize(priority, weight, row.literal)
            if self.targets_vary:
                atoms = [self.target(name, target) for target in host.targets]
                program.choice(atoms, (self.built(name),))
                program.exactly_one(atoms, self.built(name))
                for weight, atom in enumerate(atoms):
                    program.minimize(priority + self.shift(name), weight, atom)
        beyond_build = deptypes.ALL & ~deptypes.BUILD
        for (parent, child), uses in list(self.uses.items()):
            if self.is_stub(parent) or self.is_stub(child):
                continue
            if any(use.mask & beyond_build for use in uses):
                self._relate_targets(parent, child)

    def _relate_targets(self, parent: str, child: str) -> None:
        """Along link, run and test edges a target may only fall, and a difference is charged."""
        program = self.program
        edge = self.program.all_of(
            (self.edge(parent, child, deptypes.ALL & ~deptypes.BUILD), -self.further(child))
        )
        host = self.world.host
        options = {target: self.target(child, target) for target in host.targets}
        concrete = {row.literal: row.spec.target for row in self.rows[child]}
        for wanted in host.targets:
            above = self.target(parent, wanted)
            if above == FALSE:
                continue
            lower = [(lit, t, criteria.BUILT) for t, lit in options.items()]
            lower += [(lit, t, 0) for lit, t in concrete.items()]
            for literal, target, shift in lower:
                if literal == FALSE or target == wanted:
                    continue
                both = (edge, above, literal)
                if not target_satisfies(wanted, target + ":"):
                    program.forbid(
                        both, Reason(f"{child} may not need a newer target than {parent}")
                    )
                elif child not in self.runtimes:
                    program.minimize(criteria.TARGET_MISMATCHES + shift, 1, program.all_of(both))

    # -- unification sets ----------------------------------------------------------------------

    def member(self, group: str, key: str) -> int:
        """The node belongs to a unification set: ``root``, ``generic`` or ``build:<key>``."""
        place = (group, key)
        if place not in self._members:
            self._members[place] = self.program.atom()
        return self._members[place]

    def together(self, first: str, second: str) -> int:
        """Two nodes share a unification set."""
        groups = ["root", GENERIC_SET, *(self._build_set(key) for key in list(self.nodes))]
        return self.program.any_of(
            self.program.all_of((self.member(group, first), self.member(group, second)))
            for group in dict.fromkeys(groups)
        )

    def _build_set(self, key: str) -> str:
        """The set that a node opens as a build-only dependency."""
        several = not self.is_stub(key) and self.candidates.opens_set(package_of(key))
        return f"build:{key}" if several else GENERIC_SET

    def _finish_sets(self) -> None:
        """Define membership in the sets that matter: in each a package has one node at most."""
        program = self.program
        if self.split:
            for package in self.split:
                for key in self.instances(package):
                    self.member("root", key)
                    self.member(GENERIC_SET, key)
            for key in list(self.nodes):
                self.member(self._build_set(key), key)
        groups = dict.fromkeys(group for group, _ in self._members)
        if not groups:
            return
        beyond_build = deptypes.ALL & ~deptypes.BUILD
        pairs = list(self.uses)
        for group in groups:
            for parent, child in pairs:
                if any(use.mask & beyond_build for use in self.uses[parent, child]):
                    program.rule(
                        self.member(group, child),
                        (self.member(group, parent), self.edge(parent, child, beyond_build)),
                    )
        for name in self.roots:
            program.rule(self.member("root", name), (self.node(name),))
        for parent, child in pairs:
            group = self._build_set(child)
            if group in groups and any(
                use.mask & deptypes.BUILD for use in self.uses[parent, child]
            ):
                linked = self.edge(parent, child, deptypes.LINK | deptypes.RUN)
                only = (self.edge(parent, child, deptypes.BUILD), -linked)
                program.rule(self.member(group, child), only)
        self._unify(groups)

    def _unify(self, groups: Iterable[str]) -> None:
        program = self.program
        for package in self.split:
            first, *others = self.instances(package)
            for key in others:
                program.forbid((self.member("root", key),))
                self._charge_duplicate(package, key)
            reason = Reason(f"one {package} for what is used together", None, "virtual")
            for group in groups:
                program.at_most(1, [self.member(group, k) for k in (first, *others)], reason)

    def _charge_duplicate(self, package: str, key: str) -> None:
        """A further node costs its number, unless it builds its own package.

        Equal graphs differ in the numbering alone: the better version has the lower number.
        """
        program = self.program
        builds_itself = program.any_of(
            self.edge(other, key) for other in self.instances(package) if (other, key) in self.uses
        )
        program.minimize(
            criteria.DUPLICATES, number_of(key), program.all_of((self.node(key), -builds_itself))
        )
        before = instance(package, number_of(key) - 1)
        for first, weight in self._weighted_versions(before):
            for second, other in self._weighted_versions(key):
                if other < weight:
                    program.minimize(criteria.EDGE_VERSIONS, 1, program.all_of((first, second)))

    def _weighted_versions(self, key: str) -> List[Tuple[int, int]]:
        """Literals of the versions of a node with their position in the order of preference."""
        versions = self.candidates.versions(package_of(key))
        rows = [(row.literal, self.candidates.weight_of(row.spec)) for row in self.rows[key]]
        return [(a, versions[index].weight) for a, index in self.version_atoms[key]] + rows

    # -- below what is not encoded -------------------------------------------------------------

    def _finish_open_below(self) -> None:
        """Find which unencoded nodes may lead to what a request names, and let them.

        The way from there may end in encoded packages: ``{node(E)} :- open(X)`` for those above X.
        A package is asked for in the root set, so only links from there count; a virtual anywhere.
        """
        program = self.program
        for name, atom in self._open_below.items():
            package = self.world.packages.exists(name)
            mask = deptypes.ALL & ~deptypes.BUILD if package else deptypes.ALL
            above = self._encoded_above(name, mask)
            hidden = self.candidates.ancestors(name, mask, self.roots)
            for key, node in list(self.nodes.items()):
                if self.is_stub(key) and package_of(key) in hidden:
                    program.rule(atom, (self.member("root", key) if package else node,))
            for key, further in self._further.items():
                if further != FALSE and not package and package_of(key) in hidden:
                    program.rule(atom, (further,))
            for key in above:
                program.choice((self.node(key),), (atom,))
                if package:
                    program.choice((self.member("root", key),), (atom,))

    def _encoded_above(self, name: str, mask: int) -> Set[str]:
        """Encoded nodes, roots apart, with some path of these types to the package or virtual."""
        todo = [name, *(parent for parent, virtual in self.virtual_uses if virtual == name)]
        parents: Dict[str, List[str]] = {}
        for (parent, child), uses in self.uses.items():
            if any(use.mask & mask for use in uses):
                parents.setdefault(child, []).append(parent)
        found: Set[str] = set(todo)
        while todo:
            for parent in parents.get(todo.pop(), ()):
                if parent not in found and parent not in self.roots:
                    found.add(parent)
                    todo.append(parent)
        return {key for key in found if key in self.nodes and not self.is_stub(key)}


def flag_words(spec: Spec) -> Dict[str, Tuple[str, ...]]:
    """The flags of a spec by type, in written order."""
    return {kind: tuple(c.flag for c in found) for kind, found in spec.flags.items()}


def _mentions_target(spec: Spec) -> bool:
    return spec.target is not None or any(_mentions_target(e.spec) for e in spec.dependencies)
