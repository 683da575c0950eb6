"""Rules that come from what the user asked for and from ``packages.yaml``.

::

    node(R) :- solved(R).    :- solved(R), not own(R, Spec).
    {solved(R)}.    :~ not solved(R). [1@unsolved]        % only where roots are optional
    :- solved(R), not depends(R, X).                      % R %X
    :- solved(R), not member(root, X), not edge(R, X).    % R ^X, or X provides V and R ^V
    :- active(G), not m(G, 1), ..., not m(G, n).          % a requirement group of n members
    :- active(G), m(G, i), m(G, j).                       % one_of them
    :~ active(G), m(G, i), not m(G, 1), ..., not m(G, i-1). [i-1@requirements]
    set(P, x, a) :- active(G), m(G, i).                   % member i says x=a
    :- built(P), not value(P, dev_path, Path).            % developed packages
    :- node(P), member(root, P), not further(P), not row(P, h).    % h is kept
"""

from __future__ import annotations

from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import BEYOND_BUILD
from spack.language.specs import Edge, Located, Spec
from spack.language.versions import VersionSet
from spack.solve.asp import criteria
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE, TRUE, Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.flags import flag_words
from spack.solve.encoding.roots import Place, Root
from spack.solve.encoding.sentences import (
    DEVELOPED,
    FIXED,
    FORBIDDEN,
    PART_REQUESTED,
    REQUESTED,
    REQUIRED,
)
from spack.solve.encoding.sets import ROOT_SET
from spack.solve.problem.fixed import LOCK
from spack.solve.problem.request import LANGUAGES, Group

#: The types of ``^[deptypes=link,run]``.
RUN_TIME = deptypes.LINK | deptypes.RUN


def encode_roots(encoding: Encoding) -> None:
    """Every root is in the answer with all that its request says.

    Optional roots are chosen: each one left out costs, and one at least is taken.
    """
    program = encoding.program
    request = encoding.request
    roots: list[tuple[_Asked, int]] = []
    for number, root in enumerate(request.roots):
        solved = TRUE
        if encoding.request.optional:
            solved = program.atom()
            program.choice((solved,), ())
            program.minimize(criteria.UNSOLVED, 1, -solved)
        asked = _Asked(encoding, number, root)
        roots.append((asked, solved))
        # Before any condition on the root is made, which looks at this.
        asked.bind(root.spec.name or "", solved)
    for asked, solved in roots:
        name, packages = asked.root.spec.name or "", encoding.world.packages
        if packages.is_virtual(name) and not packages.exists(name):
            _virtual_root(encoding, asked, solved)
            continue
        encoding.roots.add(Root(asked.root, solved, [(name, TRUE)]))
        encoding.roots.stand(name, solved)
        program.rule(encoding.node(name), (solved,))
        _says(encoding, name, asked.root.spec, solved, asked)
    program.forbid([-root.solved for root in encoding.roots])


class _Asked:
    """The pieces of one request, each with a literal that it is asked for.

    So a request without some of its pieces has an answer where this program has one without their
    literals: nothing else comes from a piece.
    """

    def __init__(self, encoding: Encoding, number: int, root: Located) -> None:
        self._encoding = encoding
        self._number = number
        self.root = root

    def reason_of_own(self, constraint: Spec) -> Reason:
        """The reason that a constraint on the root itself holds."""
        part = str(constraint.replace(name=self.root.spec.name))
        return Reason(REQUESTED, (self.root.text, part), self.root.origin)

    def reason(self, edge: Edge) -> Reason:
        """The reason that a dependency of the root is there, with all that is said of it."""
        return Reason(PART_REQUESTED, (str(edge).strip(), self.root.text), self.root.origin)

    def piece(self, because: int, place: Place, reason: Reason) -> int:
        """A piece is asked for, where the root is solved."""
        literal = self._encoding.roots.piece(self._number, place, reason)
        return self._encoding.program.all_of((because, literal))

    def constraint(self, because: int, place: Place, spec: Spec, reason: Reason) -> int:
        """A single constraint on a node is asked for; its value is then the default."""
        piece = self.piece(because, (*place, str(spec.replace(name=None))), reason)
        for variant in spec.variants:
            self._encoding.roots.give(spec.name or "", variant, piece)
        return piece

    def bind(self, key: str, solved: int) -> None:
        """Let conditions on the root speak of what the request names with ``^``.

        Pieces about the root come first where they are told.
        """
        for constraint in self.root.spec.replace(dependencies=()).single_constraints():
            self.constraint(solved, (), constraint, self.reason_of_own(constraint))
        for position, edge in enumerate(self.root.spec.dependencies):
            if edge.sigil == "^" and edge.spec.name:
                bound = self.piece(solved, (position,), self.reason(edge))
                self._encoding.roots.bind(key, edge.spec.name, bound)


def _says(encoding: Encoding, key: str, spec: Spec, solved: int, asked: _Asked) -> None:
    """A node that stands for the root is as the request says, if the literal holds."""
    for constraint in spec.replace(dependencies=()).single_constraints():
        reason = asked.reason_of_own(constraint)
        wanted = asked.constraint(solved, (), constraint, reason)
        encoding.impose(wanted, key, constraint, reason, certain=True)
        encoding.propagated.append((wanted, key, constraint, reason))
    for position, edge in enumerate(spec.dependencies):
        because = solved
        if edge.when is not None:
            because = encoding.program.all_of((solved, encoding.holds(key, edge.when)))
        because = asked.piece(because, (position,), asked.reason(edge))
        if edge.sigil == "^":
            _transitive(encoding, key, (position, edge), because, asked)
        else:
            _direct(encoding, key, edge, because, asked.reason(edge))


def _virtual_root(encoding: Encoding, asked: _Asked, solved: int) -> None:
    """``1 {provider(V, D)} 1`` for a requested virtual; the provider stands for the root.

    The version is that of the virtual. All else that the request says is about the provider.
    """
    program, root = encoding.program, asked.root
    name = root.spec.name or ""
    reason = Reason(REQUESTED, (root.text,), root.origin)
    providers = encoding.providers_of(name)
    atoms = [encoding.provider(name, provider) for provider in providers]
    encoding.roots.add(Root(root, solved, list(zip(providers, atoms))))
    encoding.virtuals.request(name, solved)
    own = Spec(name, versions=root.spec.versions)
    versions = asked.reason_of_own(own)
    for provider, atom in zip(providers, atoms):
        chosen = program.all_of((solved, atom))
        encoding.roots.stand(provider, chosen)
        program.rule(encoding.node(provider), (chosen,))
        asked.bind(provider, chosen)
        if not own.versions.is_any:
            wanted = asked.constraint(chosen, (), own, versions)
            program.require((wanted,), encoding.provides_version(provider, own), versions)
        said = root.spec.replace(name=provider, versions=VersionSet.ANY)
        _says(encoding, provider, said, chosen, asked)
    program.forbid((solved, *(-atom for atom in atoms)), reason)


def _direct(encoding: Encoding, name: str, edge: Edge, because: int, reason: Reason) -> None:
    encoding.impose_edge(
        because, name, edge.spec, edge.deptypes or deptypes.ALL, edge.virtuals, reason
    )


def _transitive(
    encoding: Encoding, root: str, placed: tuple[int, Edge], because: int, asked: _Asked
) -> None:
    """``^x``: the node of x is in the root set, or a direct dependency of the root."""
    program = encoding.program
    position, edge = placed
    child, reason = edge.spec, asked.reason(edge)
    name = child.name
    packages = encoding.world.packages
    if name is None:
        return
    if packages.is_virtual(name) and not packages.exists(name):
        _transitive_virtual(encoding, root, placed, because, asked)
        return
    _reached_by_stubs(encoding, name)
    keys = encoding.instances(name)
    options = [TRUE] if len(keys) == 1 else [program.atom() for _ in keys]
    program.choice([atom for atom in options if atom != TRUE], (because,))
    program.at_most(1, options)
    program.require((because,), program.any_of(options), reason)
    constraints = [
        (asked.constraint(because, (position,), constraint, reason), constraint)
        for constraint in child.replace(dependencies=()).single_constraints()
    ]
    for key, option in zip(keys, options):
        bound = program.all_of((because, option))
        # Nothing else has to bring it for a condition ^x on the root: such a one may bring it.
        program.choice((encoding.node(key),), (bound,))
        program.require((bound,), encoding.node(key), reason)
        reached = program.any_of((encoding.member(ROOT_SET, key), encoding.edge(root, key)))
        program.require((bound,), reached, reason)
        for wanted, constraint in constraints:
            wanted = program.all_of((bound, wanted))
            encoding.impose(wanted, key, constraint, reason)
            encoding.propagated.append((wanted, key, constraint, reason))
        for virtual in edge.virtuals:
            program.require((bound,), encoding.provider(virtual, key), reason)
        for number, below in enumerate(child.dependencies):
            active = bound
            if below.when is not None:
                active = program.all_of((bound, encoding.holds(key, below.when)))
            active = asked.piece(active, (position, number), reason)
            _direct(encoding, key, below, active, reason)


def _transitive_virtual(
    encoding: Encoding, root: str, placed: tuple[int, Edge], because: int, asked: _Asked
) -> None:
    """``^v``: the virtual is used below the root, in a version of the range if one is asked for."""
    program, (position, edge) = encoding.program, placed
    name, versions = edge.spec.name or "", edge.spec.versions
    wanted = because
    if not versions.is_any:
        own = Spec(name, versions=versions)
        wanted = asked.constraint(because, (position,), own, asked.reason(edge))
    provided = program.any_of(
        program.all_of(
            (
                _provided_below(encoding, root, name, provider),
                program.any_of((-wanted, encoding.provides_version(provider, edge.spec))),
            )
        )
        for provider in encoding.providers_of(name)
    )
    program.require((because,), provided, asked.reason(edge))
    if not versions.is_any and encoding.candidates.duplicates.providers(name) == 1:
        for provider in encoding.providers_of(name):
            literal = program.all_of((wanted, encoding.provider(name, provider)))
            encoding.virtuals.demand(name, provider, versions, literal)


def _provided_below(encoding: Encoding, root: str, virtual: str, provider: str) -> int:
    """The virtual is used below the root, by a provider in the root set or next to the root.

    ``{provider(V, X), node(X), used(V), root(X)} :- open(V)``, ``{root(X), node(X)} :- open(X)``: a
    stub may hide what needs V, and what links X.
    """
    program, virtuals = encoding.program, encoding.virtuals
    virtuals.request(virtual)
    provided, node = encoding.provider(virtual, provider), encoding.node(provider)
    used = virtuals.used_below(root, virtual)
    member = encoding.member(ROOT_SET, provider)
    below = encoding.sets.open_below(virtual, at_run_time=True)
    program.choice((provided, node, used, member), (below,))
    program.choice((member, node), (encoding.sets.open_below(provider, at_run_time=True),))
    return program.all_of((provided, used, program.any_of((member, encoding.edge(root, provider)))))


def _reached_by_stubs(encoding: Encoding, name: str) -> None:
    """``{node(X), root(X)} :- open(X)``, and for a virtual V of X ``… :- provider(V, X)``.

    What needs X or one of its virtuals may not be encoded yet.
    """
    program = encoding.program
    open_below = encoding.sets.open_below(name, at_run_time=True)
    heads = (encoding.node(name), encoding.member(ROOT_SET, name))
    program.choice(heads, (open_below,))
    for virtual in encoding.candidates.record(name).provided_names():
        if virtual not in LANGUAGES:
            encoding.virtuals.request(virtual)
            provided = encoding.provider(virtual, name)
            open_virtual = encoding.sets.open_below(virtual, at_run_time=True)
            program.choice((provided,), (open_virtual,))
            program.choice(heads, (provided, open_virtual))


def encode_requirements(encoding: Encoding, name: str) -> None:
    """Requirement groups of the recipe and of the configuration on one expanded package."""
    package = package_of(name)
    for requirement in encoding.candidates.record(package).requirements:
        group = Group(
            requirement.policy,
            tuple(requirement.specs),
            requirement.when,
            requirement.message,
            requirement.origin,
        )
        _group(encoding, name, group)
    for group in encoding.world.preferences_of(package).groups:
        adapted: Group | None = group
        if group.shared or package not in encoding.world.preferences:
            adapted = _applicable(encoding, package, group)
        if adapted is None:
            continue
        if depends_on_place(adapted.when):
            encoding.placed_groups.append((name, adapted))
        elif adapted.when is None or adapted.when.name in (None, package):
            _group(encoding, name, adapted)


def depends_on_place(when: Spec | None) -> bool:
    """Whether a condition is ``root ^[deptypes=link,run] p``: being below a certain package."""
    return (
        when is not None
        and when.name is not None
        and any(e.sigil == "^" and e.deptypes == RUN_TIME for e in when.dependencies)
    )


def _group(encoding: Encoding, name: str, group: Group) -> None:
    condition = encoding.holds(name, group.when)
    exempt = encoding.program.any_of(
        row.literal
        for row in encoding.rows(name)
        if group.shared and None not in group.members
        if _cannot_say_compiler(encoding, group, row.spec)
    )
    condition = encoding.program.all_of((condition, -exempt))
    encode_group(encoding, name, group, condition, condition)


def _cannot_say_compiler(encoding: Encoding, group: Group, spec: ConcreteSpec) -> bool:
    """An external of a package that is never built meets a group of ``all``, compilers aside.

    Its entry names no compiler, so that nothing is known about what compiled it.
    """
    packages = encoding.world.packages

    def compiles(name: str | None) -> bool:
        if name is None or not packages.exists(name):
            return name in LANGUAGES
        return "compiler" in packages.record(name).tags

    if spec.external is None or encoding.world.preferences_of(spec.name).buildable:
        return False
    if any(compiles(edge.spec.name) for edge in spec.dependencies):
        return False
    for member in group.members:
        others = [e for e in member.dependencies if not compiles(e.spec.name)] if member else []
        if member is not None and len(others) < len(member.dependencies):
            if encoding.candidates.holds_on(spec, member.replace(dependencies=tuple(others))):
                return True
    return False


def encode_group(encoding: Encoding, name: str, group: Group, condition: int, perhaps: int) -> None:
    """``1 {member} :- active``; what holds counts as set; later members cost their position.

    The group is active where ``condition`` holds. Where ``perhaps`` holds it may be, which nodes
    that are not encoded yet decide: then nothing is demanded, and members that hold count as set.
    """
    program = encoding.program
    active = program.all_of((encoding.node(name), condition))
    if perhaps == FALSE:
        return
    members = [_holds(encoding, name, member) for member in group.members]
    law = FORBIDDEN if group.forbids else REQUIRED
    reason = Reason(law, (name, group), group.origin)
    program.forbid((active, *(-member for member in members)), reason)
    if group.policy == "one_of":
        for position, first in enumerate(members):
            for second in members[position + 1 :]:
                program.forbid((active, first, second), reason)
    earlier: list[int] = []
    for weight, (literal, member) in enumerate(zip(members, group.members)):
        if member is not None:
            maybe = program.all_of((encoding.node(name), perhaps))
            encoding.mark_set(program.all_of((maybe, literal)), name, member)
            for edge in member.dependencies:
                encoding.ask_version(program.all_of((active, literal)), name, edge.spec)
            if member.flags:
                put = program.atom()
                program.choice((put,), (maybe,))
                encoding.flags.put(put, name, flag_words(member), "requirement")
        decides = program.all_of((active, literal, *(-other for other in earlier)))
        program.minimize(criteria.REQUIREMENTS, weight, decides)
        earlier.append(literal)


def _holds(encoding: Encoding, name: str, member: Spec | None) -> int:
    """The member holds; on a concrete node its recorded build dependencies count too."""
    if member is None:
        return TRUE
    literals = [encoding.holds(name, member, asks=True)]
    if member.dependencies:
        for row in encoding.rows(name):
            if encoding.candidates.holds_on(row.spec, member):
                literals.append(row.literal)
    return encoding.program.any_of(literals)


def _applicable(encoding: Encoding, name: str, group: Group) -> Group | None:
    """A group of ``all`` without the members that mean nothing for this package.

    A demand on dependencies is dropped where nothing is compiled. A preference or conflict is
    not: it costs what it costs where it does not hold.
    """
    demand = None not in group.members
    members: tuple[Spec | None, ...] = tuple(
        member
        for member in group.members
        if member is None
        or (
            _expressible(encoding, name, member)
            and (not demand or not member.dependencies or _compiled(encoding, name))
        )
    )
    if not any(member is not None for member in members):
        return None
    return group._replace(members=members)


def _expressible(encoding: Encoding, name: str, member: Spec) -> bool:
    candidates = encoding.candidates
    for constraint in member.variants.values():
        definitions = candidates.definitions(name, constraint.name)
        if not any(
            all(value == "*" or definition.allows(value) for value in constraint.values)
            for definition in definitions
        ):
            return False
    return True


def _compiled(encoding: Encoding, name: str) -> bool:
    """The package is written in a compiled language, and is itself no part of a compiler."""
    record = encoding.candidates.record(name)
    if "runtime" in record.tags or "compiler" in record.tags:
        return False
    return any(d.spec.name in LANGUAGES for d in record.dependencies)


def encode_develop(encoding: Encoding, name: str) -> None:
    """``dev_path(P, path) :- built(P)``, and what else the entry says of the package.

    Such a node is always built: the world offers no concrete candidate of the package.
    """
    entry = encoding.world.develop.get(package_of(name))
    if entry is None:
        return
    reason = Reason(DEVELOPED, (package_of(name), entry.text), entry.origin)
    encoding.impose(encoding.built(name), name, entry.spec, reason, certain=True)


def encode_fixed(encoding: Encoding) -> None:
    """``:- in_root_set(P), not row(P, h)`` where fixed roots link or run h of P."""
    program = encoding.program
    decided = {
        node.name: node for root in encoding.request.fixed for node in root.traverse(BEYOND_BUILD)
    }
    for key in encoding.nodes:
        node = decided.get(package_of(key))
        if node is None or encoding.is_stub(key) or key in encoding.nodes.runtimes:
            continue
        program.require(
            (encoding.node(key), encoding.member(ROOT_SET, key), -encoding.further(key)),
            encoding.nodes.is_spec(key, node.dag_hash()),
            Reason(FIXED, (node,), LOCK),
        )
