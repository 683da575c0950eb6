"""Statements of a spec about a node, as literals: conditions of directives, requirement members.

Writes no rule beyond the definition of such a literal; what must hold is imposed elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spack.language import deptypes
from spack.language.concrete_specs import ConcreteEdge
from spack.language.specs import Spec, VariantConstraint
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE, TRUE, Meaning, meanings
from spack.solve.encoding.architectures import Architectures
from spack.solve.encoding.attributes import Attributes
from spack.solve.encoding.edges import Edges
from spack.solve.encoding.flags import Flags
from spack.solve.encoding.nodes import Nodes
from spack.solve.encoding.roots import Roots
from spack.solve.encoding.sets import ROOT_SET, Sets
from spack.solve.encoding.virtuals import Virtuals


class Conditions:
    """Literals over all tables of a problem."""

    def __init__(
        self,
        nodes: Nodes,
        attributes: Attributes,
        architectures: Architectures,
        flags: Flags,
        edges: Edges,
        virtuals: Virtuals,
        sets: Sets,
        roots: Roots,
    ) -> None:
        self._nodes = nodes
        self._attributes = attributes
        self._architectures = architectures
        self._flags = flags
        self._edges = edges
        self._virtuals = virtuals
        self._sets = sets
        self._roots = roots
        self._program = nodes.program
        self._packages = nodes.world.packages
        self._candidates = nodes.candidates
        self._known: dict[tuple[str, Spec, bool], int] = {}
        self._seen: dict[tuple[str, str, Spec], int] = {}
        self._unknown: dict[tuple[str, Spec, int, tuple[str, ...]], int] = {}

    # -- the node itself -----------------------------------------------------------------------

    def own(self, key: str, spec: Spec) -> list[int]:
        """Literals for what a spec says about the node itself, dependencies left out."""
        literals: list[int] = []
        if not spec.versions.is_any:
            literals.append(self._attributes.version_in(key, spec.versions))
        for constraint in spec.variants.values():
            literals.extend(self._variant(key, constraint))
        if spec.platform is not None and spec.platform != self._nodes.world.host.platform:
            literals.append(FALSE)
        if spec.os is not None:
            literals.append(self._architectures.os_is(key, spec.os))
        if spec.target is not None:
            literals.append(self._architectures.target_in(key, spec.target))
        if spec.namespace is not None and not self._nodes.is_stub(key):
            rows = self._nodes.opened_rows(key)
            same = [row.literal for row in rows if row.spec.namespace == spec.namespace]
            if self._candidates.record(package_of(key)).namespace == spec.namespace:
                same.append(self._nodes.built(key))
            literals.append(self._program.any_of(same))
        if spec.flags:
            literals += [
                self._flags.flag(key, kind, constraint.flag)
                for kind, constraints in spec.flags.items()
                for constraint in constraints
            ]
        if spec.abstract_hash:
            prefix, rows = spec.abstract_hash, self._nodes.opened_rows(key)
            same = [row.literal for row in rows if row.spec.dag_hash().startswith(prefix)]
            literals.append(self._program.any_of(same))
        return literals

    def _variant(self, key: str, constraint: VariantConstraint) -> list[int]:
        variant, package = constraint.name, package_of(key)
        if constraint.values == ("*",):
            return [self._attributes.has_variant(key, variant)]
        stub = self._nodes.is_stub(key)
        if constraint.propagate and not (stub or self._candidates.definitions(package, variant)):
            return []
        literals = [self._attributes.value(key, variant, value) for value in constraint.values]
        if constraint.exact and not stub:
            literals += [
                -self._attributes.value(key, variant, other)
                for other in self._candidates.values(package, variant)
                if other not in constraint.values
            ]
        return literals

    def holds(self, key: str, spec: Spec | None, *, asks: bool = False) -> int:
        """The condition holds on the node: ``when=`` clauses and requirement members.

        ``^x`` and ``%x`` in a condition look at direct dependencies, and on a root also at what its
        own request binds. What ``asks`` for a version of a virtual is content with a provider that
        gives no certain one.
        """
        if spec is None:
            return self._nodes.node(key)
        known = self._known.get((key, spec, asks))
        if known is None:
            literals = [self._nodes.node(key), *self.own(key, spec)]
            for edge in spec.dependencies:
                mask = edge.deptypes or deptypes.ALL
                found = self.depends(key, edge.spec, mask, edge.virtuals, asks=asks)
                if edge.when is not None:
                    found = self._program.any_of((found, -self.holds(key, edge.when)))
                literals.append(found)
            known = self._known[key, spec, asks] = self._program.all_of(literals)
        return known

    # -- its dependencies ----------------------------------------------------------------------

    def depends(
        self,
        parent: str,
        child: Spec,
        mask: int = deptypes.ALL,
        virtuals: tuple[str, ...] = (),
        *,
        asks: bool = False,
    ) -> int:
        """The parent has a direct dependency that satisfies a spec, labelled with the virtuals.

        Of a sketch only some dependencies are known: it has this one if that suits the answer.
        """
        if self._nodes.is_sketch(parent):
            place = (parent, child, mask, virtuals)
            if place not in self._unknown:
                self._unknown[place] = self._nodes.free(parent)
            return self._unknown[place]
        among_nodes = self._depends_on_some_node(parent, child, mask, virtuals, asks)
        return self._program.any_of((among_nodes, self.records(parent, child, mask, virtuals)))

    def records(self, parent: str, child: Spec, mask: int, virtuals: tuple[str, ...]) -> int:
        """The parent is a concrete candidate that such a dependency was only needed to build.

        That one is not a node of the answer.
        """
        if self._nodes.is_stub(parent):
            return FALSE
        own = child.replace(dependencies=())
        return self._program.any_of(
            row.literal
            for row in self._nodes.opened_rows(parent)
            if any(self._is_recorded(edge, own, mask, virtuals) for edge in row.spec.dependencies)
        )

    def _is_recorded(
        self, edge: ConcreteEdge, child: Spec, mask: int, virtuals: tuple[str, ...]
    ) -> bool:
        if edge.deptypes != deptypes.BUILD or not mask & deptypes.BUILD:
            return False
        labels = virtuals
        if child.name not in (None, edge.spec.name):
            if not self._packages.is_virtual(child.name or ""):
                return False
            labels = (*virtuals, child.name or "")
        return set(labels) <= set(edge.virtuals) and self._candidates.holds_on(edge.spec, child)

    def _depends_on_some_node(
        self, parent: str, child: Spec, mask: int, virtuals: tuple[str, ...], asks: bool
    ) -> int:
        name = child.name
        if name is None:
            return self._program.any_of(
                self._depends_on_node(parent, key, child, mask, virtuals)
                for key in self._able(parent, virtuals)
            )
        if self._packages.exists(name):
            return self._program.any_of(
                self._depends_on_node(parent, key, child, mask, virtuals)
                for key in self._edges.choices(parent, name)
            )
        if not self._packages.is_virtual(name):
            return FALSE
        label, found = self._virtuals.label, []
        for key in self._virtuals.providers_for(parent, name):
            if asks or child.versions.is_any:
                fits = self.provides_version(key, child)
            else:
                fits = self._virtuals.version_in(name, key, child.versions)
            found.append(self._program.all_of((label(parent, name, key), fits)))
        return self._program.any_of(found)

    def _able(self, parent: str, virtuals: Iterable[str]) -> Iterable[str]:
        """Keys of what may provide one of the virtuals to the parent, each once."""
        return dict.fromkeys(
            key for virtual in virtuals for key in self._virtuals.providers_for(parent, virtual)
        )

    def _depends_on_node(
        self, parent: str, key: str, child: Spec, mask: int, virtuals: tuple[str, ...]
    ) -> int:
        literals = [self._edges.edge(parent, key, mask)]
        bound = self._roots.binds(parent, package_of(key))
        if bound != FALSE:
            there = self._program.all_of((bound, self._nodes.node(key)))
            literals = [self._program.any_of((*literals, there))]
        literals += [self._virtuals.label(parent, virtual, key) for virtual in virtuals]
        literals.append(self._seen_as(parent, key, child))
        return self._program.all_of(literals)

    def _seen_as(self, parent: str, key: str, child: Spec) -> int:
        """The literal for: a spec's demands on a child hold on the node its parent means by it."""
        known = self._compiler_fits(parent, key, child)
        if known is not None:
            return TRUE if known else FALSE
        own = self._program.all_of(self.own(key, child))
        if own == TRUE or self._nodes.further(key) == FALSE:
            return own
        place = (parent, key, child.replace(dependencies=()))
        if place not in self._seen:
            meant = self.meant(parent, key)
            self._seen[place] = self._program.atom()
            self._program.choice((self._seen[place],), (-meant,))
            self._program.rule(self._seen[place], (own,))
        return self._seen[place]

    def _compiler_fits(self, parent: str, key: str, child: Spec) -> bool | None:
        """Whether the version is right, where all usable compilers of a name agree on it.

        That is so for a parent that can only mean a compiler by the name.
        """
        name = package_of(key)
        compilers = self._candidates.compilers(name)
        if not compilers or self._nodes.is_stub(parent):
            return None
        if child.variants or child.target or child.flags or child.platform or child.os:
            return None
        if child.abstract_hash or child.namespace or self._roots.binds(parent, name) != FALSE:
            return None
        if self._candidates.relations.may_link(package_of(parent), name):
            return None
        answers = {child.versions.contains(version) for version in compilers}
        return answers.pop() if len(answers) == 1 else None

    def meant(self, parent: str, key: str) -> int:
        """The literal for: what a parent says of its dependency is about this node.

        Surely so if the package has no other node, and if parent and dependency are used together
        at run time: what is below the roots by other than build edges is number 0.
        """
        further = self._nodes.further(key)
        if further == FALSE:
            return TRUE
        package = package_of(key)
        only_compiles = self._candidates.compilers(package) and not (
            parent and self._candidates.relations.may_link(package_of(parent), package)
        )
        if not parent or only_compiles or self._nodes.is_stub(parent):
            return -further
        together = (
            self._sets.member(ROOT_SET, parent),
            self._edges.edge(parent, key, deptypes.BEYOND_BUILD),
        )
        return self._program.any_of((-further, self._program.all_of(together)))

    def provides_version(self, provider: str, virtual: Spec) -> int:
        """The provider gives some version of the virtual inside the wanted range.

        True of a stub, which gives whatever is asked for.
        """
        if virtual.versions.is_any or self._nodes.is_stub(provider):
            return self._nodes.node(provider)
        name = virtual.name or ""
        return self._program.any_of(
            (
                self._nodes.further(provider),
                *(
                    self.holds(provider, when)
                    for when, provided in self._candidates.provides(package_of(provider), name)
                    if provided.versions.intersects(virtual.versions)
                ),
            )
        )

    def meanings(self) -> Iterator[Meaning]:
        """Meanings of the atoms of this table."""
        return meanings("holds", {place[:2]: atom for place, atom in self._known.items()})
