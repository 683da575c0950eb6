"""The vocabulary of a solve: what may be said of its nodes, and what a spec demands of one.

The families of rules (``rules/``) write rules in these words. Atoms for versions, variant values,
edges and targets are made when somebody first mentions them; ``rules/definitions.py`` then defines
exactly these. So what no rule asks about is never encoded, and versions that no mentioned range
tells apart collapse into one (see the manual, internals, "concretizer").

A package outside ``expanded`` is a *stub*: it may be chosen, every mentioned property of it may be
chosen freely, and it costs no more than the real package could. A *sketch* is between the two: its
versions and values cost what they cost, but only a few of its directives are there.

A package in ``split`` has several nodes. One that could have several, and has a single node so far,
has a literal :meth:`Nodes.further` instead: true, it costs what a further node costs at least,
and lifts what others demand of the node where they might mean the other one.
"""

from __future__ import annotations

from collections.abc import Iterator

from spack.language import deptypes
from spack.language.specs import Spec
from spack.language.versions import VersionSet
from spack.solve.asp import criteria
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE, TRUE, Meaning, Program, Reason
from spack.solve.encoding.architectures import Architectures
from spack.solve.encoding.attributes import Attributes
from spack.solve.encoding.conditions import Conditions
from spack.solve.encoding.edges import Edges
from spack.solve.encoding.flags import Flags, flag_words
from spack.solve.encoding.nodes import Nodes, Reach
from spack.solve.encoding.roots import Roots
from spack.solve.encoding.sets import Sets
from spack.solve.encoding.virtuals import Virtuals
from spack.solve.problem.candidates import Candidates
from spack.solve.problem.request import Group, Request, World
from spack.type_names import Callable


class Encoding:
    """Tables of one solve, a table a subject, and their words. The program is written.

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
        self.roots = Roots(self.program)
        self.nodes = Nodes(world, candidates, reach, self.program)
        self.attributes = Attributes(self.nodes)
        self.architectures = Architectures(self.nodes, request)
        self.flags = Flags(self.nodes)
        self.edges = Edges(self.nodes)
        self.virtuals = Virtuals(self.nodes)
        self.sets = Sets(self.nodes)
        self.conditions = Conditions(
            self.nodes,
            self.attributes,
            self.architectures,
            self.flags,
            self.edges,
            self.virtuals,
            self.sets,
            self.roots,
        )
        #: Settings passed down from a node when the literal holds, and requirements that hold below
        #: certain packages only: left by requests for rules that need all edges.
        self.propagated: list[tuple[int, str, Spec, Reason]] = []
        self.placed_groups: list[tuple[str, Group]] = []
        # The words that rules are made of, each where its table defines it.
        self.is_stub, self.instances = self.nodes.is_stub, self.nodes.instances
        self.node, self.built = self.nodes.node, self.nodes.built
        self.further, self.rows = self.nodes.further, self.nodes.rows
        self.version_in, self.value = self.attributes.version_in, self.attributes.value
        self.set_value = self.attributes.set_value
        self.target = self.architectures.target
        self.edge, self.pick = self.edges.edge, self.edges.pick
        self.label, self.provider = self.virtuals.label, self.virtuals.provider
        self.providers_of = self.virtuals.providers_of
        self.providers_for = self.virtuals.providers_for
        self.member = self.sets.member
        self.holds, self.depends = self.conditions.holds, self.conditions.depends
        self.meant = self.conditions.meant
        self.provides_version = self.conditions.provides_version

    def meanings(self) -> Iterator[Meaning]:
        """The meanings of atoms; of an atom with several meanings the plainest one comes first."""
        own = self.nodes, self.attributes, self.architectures, self.flags
        for table in (*own, self.edges, self.virtuals, self.sets, self.roots, self.conditions):
            yield from table.meanings()

    def shift(self, key: str) -> int:
        """The amount by which a criterion rises for a node that is built."""
        return 0 if key in self.nodes.runtimes else criteria.BUILT

    # -- demands -------------------------------------------------------------------------------

    def impose(
        self,
        because: int,
        key: str,
        spec: Spec,
        reason: Reason,
        *,
        certain: bool = False,
        parent: str = "",
    ) -> None:
        """Everything the spec says about the node holds when ``because`` does.

        It binds a node that may have others beside it only when this very node is meant: for
        certain, or by :meth:`Conditions.meant`. Otherwise one of the others is as old as the range
        forces.
        """
        if because == FALSE:
            return
        program = self.program
        meant = TRUE if certain else self.meant(parent, key)
        bound = program.all_of((because, meant))
        if spec.flags:
            self.flags.put(bound, key, flag_words(spec), reason.kind, parent)
        for literal in self.conditions.own(key, spec):
            program.require((bound,), literal, reason)
        if meant != TRUE and not spec.versions.is_any:
            self._impose_age(program.all_of((because, -meant)), key, spec.versions, reason)
        self.mark_set(because, key, spec)
        for edge in spec.dependencies:
            active = bound
            if edge.when is not None:
                active = program.all_of((bound, self.holds(key, edge.when)))
            self.impose_edge(
                active, key, edge.spec, edge.deptypes or deptypes.ALL, edge.virtuals, reason
            )

    def _impose_age(self, because: int, key: str, versions: VersionSet, reason: Reason) -> None:
        """Some node of the package is at least as old as the range forces it to be."""
        if any(versions.contains(row.spec.version) for row in self.nodes.opened_rows(key)):
            return
        costs = [
            candidate.cost
            for candidate in self.candidates.versions(package_of(key))
            if candidate.buildable and versions.contains(candidate.version)
        ]
        if not costs:
            self.program.forbid((because,), reason)
        elif min(costs):
            self.program.rule(self.attributes.floor(key, min(costs)), (because,))

    def mark_set(self, because: int, key: str, spec: Spec) -> None:
        """Values that a spec demands count as set when ``because`` holds.

        That goes for the direct dependencies it names as well.
        """
        for edge in spec.dependencies:
            if edge.spec.name is not None and self.world.packages.exists(edge.spec.name):
                for child in self.edges.choices(key, edge.spec.name):
                    chosen = self.program.all_of((because, self.pick(key, child)))
                    self.mark_set(chosen, child, edge.spec)
        for constraint in spec.variants.values():
            for value in constraint.values:
                if value != "*" and not self.is_stub(key):
                    self.program.rule(self.set_value(key, constraint.name, value), (because,))

    def impose_edge(
        self,
        because: int,
        parent: str,
        child: Spec,
        mask: int,
        virtuals: tuple[str, ...],
        reason: Reason,
    ) -> None:
        """The parent has a direct dependency with all that the spec says about it."""
        if self.is_stub(parent) or self.nodes.is_sketch(parent):
            return
        depends = self.depends(parent, child, mask, virtuals, asks=True)
        self.program.require((because,), depends, reason)
        recorded = self.conditions.records(parent, child, mask, virtuals)
        because = self.program.all_of((because, -recorded))
        if child.name is not None and self.world.packages.exists(child.name):
            for key in self.edges.choices(parent, child.name):
                chosen = self.program.all_of((because, self.pick(parent, key)))
                self.impose(chosen, key, child, reason, parent=parent)
        else:
            self.ask_version(because, parent, child)

    def ask_version(self, because: int, parent: str, virtual: Spec) -> None:
        """The version of a virtual that a spec says is asked of its provider for the parent."""
        name = virtual.name
        if name is None or virtual.versions.is_any:
            return
        for key in self.virtuals.providers_for(parent, name):
            asked = self.program.all_of((because, self.label(parent, name, key)))
            self.virtuals.demand(name, key, virtual.versions, asked)
