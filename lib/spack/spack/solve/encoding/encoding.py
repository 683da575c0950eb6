"""The vocabulary of a solve: what each atom means, and how a spec becomes literals.

The families of rules (``rules_*.py``) write rules through this class. Atoms for versions, variant
values, edges and targets are made when somebody first mentions them; ``definitions.py`` then
defines exactly these. So what no rule asks about is never encoded, and versions that no mentioned
range tells apart collapse into one (see the manual, internals, "presolve").

A package outside ``expanded`` is a *stub*: it may be chosen, every mentioned property of it may be
chosen freely, and it costs no more than the real package could.

A package in ``split`` has several nodes. One that could have several, and has a single node so far,
has a literal :meth:`Encoding.further` instead: true, it costs what a further node costs at least,
and lifts what others demand of the node where they might mean the other one.
"""

from __future__ import annotations

from typing import (
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
)

from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.specs import Spec, VariantConstraint
from spack.language.targets import target_satisfies
from spack.language.versions import Version, VersionSet
from spack.solve.asp import criteria
from spack.solve.asp.instances import instance, number_of, package_of
from spack.solve.asp.program import FALSE, TRUE, Program, Reason
from spack.solve.problem.candidates import Candidates, Word
from spack.solve.problem.request import LANGUAGES, Group, Request, World

#: A node, one of its variants and a value of that.
Setting = Tuple[str, str, Word]

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


class Reach(NamedTuple):
    """What the rules of one round cover; the next round covers more."""

    #: Packages with rules; all others are stubs.
    expanded: Set[str]
    #: Packages with nodes beyond the first.
    split: Set[str]
    #: Values that stubs may set (see ``rules_hidden``).
    freed: Set[Setting]

    @classmethod
    def of(
        cls, expanded: Iterable[str], split: Iterable[str] = (), freed: Iterable[Setting] = ()
    ) -> Reach:
        """Sets of its own."""
        return cls(set(expanded), set(split), set(freed))

    def expand(self, keys: Iterable[str]) -> bool:
        """Cover these nodes as well; whether there was anything new."""
        before = len(self.expanded) + len(self.split)
        for key in keys:
            (self.split if number_of(key) else self.expanded).add(package_of(key))
        return len(self.expanded) + len(self.split) > before


class Charge(NamedTuple):
    """A value costs a penalty in a criterion when the literal holds."""

    setting: Setting
    priority: int
    penalty: int
    literal: int


class Encoding:
    """Atoms of one solve. ``world`` and ``request`` are read, the program is written.

    ``check_time`` is called again and again by whoever writes rules; it raises when time is over.
    """

    def __init__(
        self,
        world: World,
        request: Request,
        candidates: Candidates,
        reach: Reach,
        check_time: Callable[[], None] = lambda: None,
    ) -> None:
        self.check_time = check_time
        self.world = world
        self.request = request
        self.candidates = candidates
        self.reach = reach
        self.program = Program()
        self.roots: Set[str] = set()
        self.root_atoms: Dict[str, int] = {}
        self.runtimes: Set[str] = set()
        self.bound: Dict[str, Set[str]] = {}
        self.solved: List[int] = []
        self.root_names: List[List[Tuple[str, int]]] = []
        self.requested_virtuals: Dict[str, List[int]] = {}
        self.nodes: Dict[str, int] = {}
        self.uses: Dict[Tuple[str, str], List[Use]] = {}
        self.virtual_uses: Dict[Tuple[str, str], List[Tuple[int, int]]] = {}
        self.virtual_demands: Dict[Tuple[str, str], Dict[VersionSet, List[int]]] = {}
        self.rows: Dict[str, Tuple[Row, ...]] = {}
        self.splices: List[SplicedEdge] = []
        self.version_atoms: Dict[str, List[Tuple[int, int]]] = {}
        self.targets_vary = self._targets_vary()
        self.systems = operating_systems(world, request)
        self.propagated: List[Tuple[int, str, Spec, Reason]] = []
        self.placed_groups: List[Tuple[str, Group]] = []
        self.flag_sources: Dict[str, List[FlagSource]] = {}
        self.flag_atoms: Dict[Tuple[str, str, str], int] = {}
        self.built_atoms: Dict[str, int] = {}
        self.range_atoms: Dict[str, Dict[VersionSet, int]] = {}
        self.value_atoms: Dict[str, Dict[str, Dict[Word, int]]] = {}
        self.variant_atoms: Dict[Tuple[str, str], int] = {}
        self.condition_atoms: Dict[Tuple[str, Spec], int] = {}
        self.set_atoms: Dict[Tuple[str, str, Word], int] = {}
        self.charges: List[Charge] = []
        self.edge_atoms: Dict[Tuple[str, str, int], int] = {}
        self.label_atoms: Dict[Tuple[str, str, str], int] = {}
        self.provider_atoms: Dict[Tuple[str, str], int] = {}
        self._provider_names: Dict[str, Sequence[str]] = {}
        self.target_atoms: Dict[Tuple[str, str], int] = {}
        self.target_set_atoms: Dict[Tuple[str, str], int] = {}
        self.os_atoms: Dict[Tuple[str, str], int] = {}
        self.member_atoms: Dict[Tuple[str, str], int] = {}
        self.pick_atoms: Dict[Tuple[str, str], int] = {}
        self.further_atoms: Dict[str, int] = {}
        self.seen_atoms: Dict[Tuple[str, str, Spec], int] = {}
        self.floor_atoms: Dict[Tuple[str, int], int] = {}
        self._compiler_versions: Dict[str, Sequence[Version]] = {}
        self.open_below_atoms: Dict[Tuple[str, bool], int] = {}
        #: What is not encoded may lead to what the request names; false, nothing does.
        self.hidden_ways = self.program.atom()
        self.groups: Dict[Reason, Tuple[str, Group]] = {}

    # -- roots ---------------------------------------------------------------------------------

    def is_root(self, name: str) -> int:
        """The node is a root: it was asked for, or provides a virtual that was, and is solved."""
        return self.root_atoms.get(name, FALSE)

    def minimize_as_root(
        self, name: str, as_root: int, otherwise: int, weight: int, literal: int
    ) -> None:
        """A cost of a node that is charged with one priority on roots, with another on others."""
        root = self.is_root(name)
        self.program.minimize(as_root, weight, self.program.all_of((literal, root)))
        self.program.minimize(otherwise, weight, self.program.all_of((literal, -root)))

    # -- nodes ---------------------------------------------------------------------------------

    def instances(self, package: str) -> Tuple[str, ...]:
        """Keys of the nodes that a package may have in this problem."""
        if package not in self.reach.split:
            return (package,)
        return tuple(instance(package, n) for n in range(self.candidates.max_nodes(package)))

    def further(self, name: str) -> int:
        """A node of this package may stand for several, none of which is encoded yet."""
        known = self.further_atoms.get(name)
        if known is None:
            known = self.further_atoms[name] = self._define_further(name)
        return known

    def meant(self, parent: str, key: str) -> int:
        """What a parent says of its dependency is about this node.

        Surely so if the package has no other node, and if parent and dependency are used together
        at run time: what is below the roots by other than build edges is number 0.
        """
        further = self.further(key)
        if further == FALSE:
            return TRUE
        package = package_of(key)
        only_compiles = self._compilers_named(package) and not (
            parent and self.candidates.may_link(package_of(parent), package)
        )
        if not parent or only_compiles or self.is_stub(parent):
            return -further
        together = (
            self.member("root", parent),
            self.edge(parent, key, deptypes.ALL & ~deptypes.BUILD),
        )
        return self.program.any_of((-further, self.program.all_of(together)))

    def _define_further(self, name: str) -> int:
        package = package_of(name)
        if package in self.reach.split or self.is_stub(name):
            return FALSE
        if self.candidates.max_nodes(package) < 2:
            return FALSE
        program = self.program
        atom = program.atom()
        program.choice((atom,), (self.node(name),))
        program.prefer(atom, False)
        return atom

    def divisible(self) -> Set[str]:
        """Keys of the nodes that packages could have besides the encoded ones."""
        return {instance(name, 1) for name, atom in self.further_atoms.items() if atom != FALSE}

    def divided(self, holds: Callable[[int], bool]) -> Set[str]:
        """Keys of the further nodes that an answer wants."""
        return {
            instance(name, 1)
            for name, atom in self.further_atoms.items()
            if atom != FALSE and holds(atom)
        }

    def open_below(self, name: str, *, at_run_time: bool) -> int:
        """A chosen node that is not encoded yet may have the package, or virtual, below it.

        ``at_run_time`` asks for a node of the root set and a way of other than build edges.
        """
        place = (name, at_run_time)
        if place not in self.open_below_atoms:
            self.open_below_atoms[place] = self.program.atom()
        return self.open_below_atoms[place]

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
            self.built_atoms[name] = node
        else:
            built = self.built_atoms[name] = program.atom()
            options = [built, *(row.literal for row in self.rows[name])]
            program.choice(options, (node,))
            program.exactly_one(options, node)
        if not preferences.buildable:
            program.forbid((self.built_atoms[name],), self._not_buildable(name))
        if name not in self.runtimes:
            program.minimize(criteria.BUILDS, 1, self.built_atoms[name])
            program.prefer(node, False)
        if name != package and package in self.reach.split:
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
        return self.built_atoms[name]

    def is_stub(self, name: str) -> bool:
        """The node is not encoded in this round, beyond what others ask of it."""
        if "#" in name:
            return package_of(name) not in self.reach.split
        return name not in self.reach.expanded

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
        known = self.range_atoms.setdefault(name, {})
        atom = known.get(versions)
        if atom is None:
            atom = self._free(name) if self.is_stub(name) else self.program.atom()
            known[versions] = atom
        return atom

    def value(self, name: str, variant: str, value: Word) -> int:
        """The variant of the package has the value (among others, if it is multi-valued)."""
        known = self.value_atoms.setdefault(name, {}).setdefault(variant, {})
        atom = known.get(value)
        if atom is None:
            atom = self._free(name) if self.is_stub(name) else self.program.atom()
            known[value] = atom
        return atom

    def mentioned_values(self, name: str) -> Mapping[str, Mapping[Word, int]]:
        """Variants of a package that some rule asked about, with the atom of each value."""
        return self.value_atoms.get(name, {})

    def has_variant(self, name: str, variant: str) -> int:
        """The package has the variant."""
        atom = self.variant_atoms.get((name, variant))
        if atom is None:
            atom = self._free(name) if self.is_stub(name) else self.program.atom()
            self.variant_atoms[name, variant] = atom
            self.value_atoms.setdefault(name, {}).setdefault(variant, {})
        return atom

    def set_value(self, name: str, variant: str, value: Word) -> int:
        """Something demands this value, so that having it is no deviation from a default."""
        key = (name, variant, value)
        if key not in self.set_atoms:
            self.set_atoms[key] = self.program.atom()
        return self.set_atoms[key]

    def target_in(self, name: str, constraint: str) -> int:
        """The target of the package satisfies the constraint."""
        key = (name, constraint)
        atom = self.target_set_atoms.get(key)
        if atom is None:
            atom = self.target_set_atoms[key] = self._define_target_set(name, constraint)
        return atom

    def _define_target_set(self, name: str, constraint: str) -> int:
        if self.is_stub(name):
            return self._free(name)
        members = [
            row.literal
            for row in self.rows_of(name)
            if target_satisfies(row.spec.target, constraint)
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
        if key not in self.target_atoms:
            self.target_atoms[key] = self.program.atom()
        return self.target_atoms[key]

    def os_is(self, name: str, system: str) -> int:
        """The operating system of the node, built or concrete, is this one."""
        if self.is_stub(name):
            return self._free(name)
        same = [row.literal for row in self.rows_of(name) if row.spec.os == system]
        return self.program.any_of((self.built_for(name, system), *same))

    def built_for(self, name: str, system: str) -> int:
        """The package is built for exactly this operating system."""
        if system not in self.systems:
            return FALSE
        if len(self.systems) == 1:
            return self.built(name)
        key = (name, system)
        if key not in self.os_atoms:
            self.os_atoms[key] = self.program.atom()
        return self.os_atoms[key]

    def _targets_vary(self) -> bool:
        """Whether anything may make a node take another target than the best one."""
        best = self.world.host.targets[0]
        if any(best not in compiler.targets for compiler in self.world.compilers):
            return True
        specs = [root.spec for root in self.request.roots]
        for preferences in self.world.preferences.values():
            for group in preferences.groups:
                specs.extend(member for member in group.members if member is not None)
        return any(_mentions_target(spec) for spec in specs) or any(
            self.candidates.avoids_best_target(name) for name in self.reach.expanded
        )

    def rows_of(self, name: str) -> Tuple[Row, ...]:
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
        if child not in self.reach.split:
            return (instance(child, 1),) if self.candidates.max_nodes(child) > 1 else ()
        return tuple(key for key in self.instances(child) if key != parent)

    def pick(self, parent: str, key: str) -> int:
        """Among the nodes of a package the parent depends on this one."""
        package = package_of(key)
        if package not in self.reach.split:
            return TRUE
        if (parent, key) not in self.pick_atoms:
            options = self.targets_of_edge(parent, package)
            atoms = [self.program.atom() for _ in options]
            self.pick_atoms.update(zip(((parent, option) for option in options), atoms))
            self.program.choice(atoms, (self.node(parent),))
            self.program.at_most(1, atoms)
            for option, atom in zip(options, atoms):
                self.program.prefer(atom, option == package)
        return self.pick_atoms[parent, key]

    def picks(self, parent: str, child: str) -> int:
        """The parent has decided which node of the package it depends on."""
        return self.program.any_of(
            self.pick(parent, key) for key in self.targets_of_edge(parent, child)
        )

    def edge(self, parent: str, child: str, mask: int = deptypes.ALL) -> int:
        """The parent depends directly on the child with one of these types."""
        key = (parent, child, mask)
        if key not in self.edge_atoms:
            self.edge_atoms[key] = self.program.atom()
        return self.edge_atoms[key]

    def label(self, parent: str, virtual: str, child: str) -> int:
        """The edge carries the virtual: the child provides it to the parent."""
        key = (parent, virtual, child)
        if key not in self.label_atoms:
            self.label_atoms[key] = self.program.atom()
        return self.label_atoms[key]

    def provider(self, virtual: str, name: str) -> int:
        """The package provides the virtual in this answer."""
        key = (virtual, name)
        if key not in self.provider_atoms:
            self.provider_atoms[key] = self.program.atom()
        return self.provider_atoms[key]

    def providers_of(self, virtual: str) -> Sequence[str]:
        """Nodes that may provide the virtual; compilers only for a language."""
        known = self._provider_names.get(virtual)
        if known is None:
            names = self.world.packages.providers(virtual)
            if virtual in LANGUAGES:
                names = [name for name in names if self._compiles(name, virtual)]
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
            elif package not in self.reach.split and self.candidates.max_nodes(package) > 1:
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
            row.literal for row in self.rows_of(name) if row.spec.dag_hash() in able
        )

    def _compiles(self, name: str, language: str) -> bool:
        return any(
            compiler.spec.name == name and language in compiler.languages
            for compiler in self.world.compilers
        )

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
        if spec.os is not None:
            literals.append(self.os_is(name, spec.os))
        if spec.target is not None:
            literals.append(self.target_in(name, spec.target))
        if spec.namespace is not None and not self.is_stub(name):
            same = [r.literal for r in self.rows_of(name) if r.spec.namespace == spec.namespace]
            if self.candidates.record(package_of(name)).namespace == spec.namespace:
                same.append(self.built(name))
            literals.append(self.program.any_of(same))
        if spec.flags:
            literals += [
                self.flag(name, kind, constraint.flag)
                for kind, constraints in spec.flags.items()
                for constraint in constraints
            ]
        if spec.abstract_hash:
            prefix = spec.abstract_hash
            rows = [r.literal for r in self.rows_of(name) if r.spec.dag_hash().startswith(prefix)]
            literals.append(self.program.any_of(rows))
        return literals

    def flag(self, name: str, kind: str, word: str) -> int:
        """The node is compiled with this flag among others of its type."""
        key = (name, kind, word)
        if key not in self.flag_atoms:
            self.flag_atoms[key] = self._free(name) if self.is_stub(name) else self.program.atom()
        return self.flag_atoms[key]

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
        known = self.condition_atoms.get((name, spec))
        if known is None:
            literals = [self.node(name), *self.own_literals(name, spec)]
            for edge in spec.dependencies:
                found = self.depends(name, edge.spec, edge.deptypes or deptypes.ALL, edge.virtuals)
                if edge.when is not None:
                    found = self.program.any_of((found, -self.holds(name, edge.when)))
                literals.append(found)
            known = self.condition_atoms[name, spec] = self.program.all_of(literals)
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
        if not self.world.packages.exists(name):
            return FALSE
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
        if own == TRUE or self.further(key) == FALSE:
            return own
        place = (parent, key, child.replace(dependencies=()))
        if place not in self.seen_atoms:
            meant = self.meant(parent, key)
            self.seen_atoms[place] = self.program.atom()
            self.program.choice((self.seen_atoms[place],), (-meant,))
            self.program.rule(self.seen_atoms[place], (own,))
        return self.seen_atoms[place]

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

        It binds a node that may have others beside it only when this very node is meant: for
        certain, or by :meth:`meant`. Otherwise one of the others is as old as the range forces.
        """
        if because == FALSE:
            return
        meant = TRUE if certain else self.meant(parent, name)
        bound = self.program.all_of((because, meant))
        if spec.flags:
            self.put_flags(bound, name, flag_words(spec), reason.kind, parent)
        for literal in self.own_literals(name, spec):
            self.program.require((bound,), literal, reason)
        if meant != TRUE and not spec.versions.is_any:
            self._impose_age(self.program.all_of((because, -meant)), name, spec.versions, reason)
        self.mark_set(because, name, spec)
        for edge in spec.dependencies:
            active = bound
            if edge.when is not None:
                active = self.program.all_of((bound, self.holds(name, edge.when)))
            self.impose_edge(
                active, name, edge.spec, edge.deptypes or deptypes.ALL, edge.virtuals, reason
            )

    def _impose_age(self, because: int, name: str, versions: VersionSet, reason: Reason) -> None:
        """Some node of the package is at least as old as the range forces it to be."""
        package = package_of(name)
        if any(versions.contains(row.spec.version) for row in self.rows_of(name)):
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
            if key not in self.floor_atoms:
                self.floor_atoms[key] = self.program.atom()
            self.program.rule(self.floor_atoms[key], (because,))

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

    def shift(self, name: str) -> int:
        """What raises a criterion for a node that is built."""
        return 0 if name in self.runtimes else criteria.BUILT

    # -- unification sets ----------------------------------------------------------------------

    def member(self, group: str, key: str) -> int:
        """The node belongs to a unification set: ``root``, ``generic`` or ``build:<key>``."""
        place = (group, key)
        if place not in self.member_atoms:
            self.member_atoms[place] = self.program.atom()
        return self.member_atoms[place]

    def together(self, first: str, second: str) -> int:
        """Two nodes share a unification set."""
        groups = ["root", GENERIC_SET, *(self.build_set(key) for key in list(self.nodes))]
        return self.program.any_of(
            self.program.all_of((self.member(group, first), self.member(group, second)))
            for group in dict.fromkeys(groups)
        )

    def build_set(self, key: str) -> str:
        """The set that a node opens as a build-only dependency."""
        several = not self.is_stub(key) and self.candidates.opens_set(package_of(key))
        return f"build:{key}" if several else GENERIC_SET


def operating_systems(world: World, request: Request) -> Tuple[str, ...]:
    """Operating systems to build for: the host's, then those that roots are asked for on."""
    asked = {root.spec.os for root in request.roots if root.spec.os is not None}
    return (world.host.os, *sorted(asked - {world.host.os}, reverse=True))


def flag_words(spec: Spec) -> Dict[str, Tuple[str, ...]]:
    """The flags of a spec by type, in written order."""
    return {kind: tuple(c.flag for c in found) for kind, found in spec.flags.items()}


def _mentions_target(spec: Spec) -> bool:
    return spec.target is not None or any(_mentions_target(e.spec) for e in spec.dependencies)
