"""Several nodes of one package: unification sets, what further nodes cost, what stubs may hide.

See the manual, internals, "several nodes of one package".

::

    member(root, R) :- node(R), is_root(R).
    member("build:D", D) :- edge(P, D, build), not edge(P, D, link or run).
    member(S, D) :- member(S, P), edge(P, D, not build only).
    :- member(root, D), number(D) > 0.
    :- #count{D : member(S, D), package(D) = d} > 1.      % d is split
    {further(D)} :- node(D).    :~ further(D), not node("D#1"). [1@duplicates]
    {hidden_ways}.    open_below(x) :- node(S), stub(S), leads_to(S, x), hidden_ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from spack.language import deptypes
from spack.solve.asp import criteria
from spack.solve.asp.instances import instance, number_of, package_of
from spack.solve.asp.program import FALSE, Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.nodes import Place
from spack.solve.encoding.sentences import ONE_TOGETHER
from spack.solve.encoding.sets import ROOT_SET
from spack.type_names import Callable


def charge_further(encoding: Encoding) -> None:
    """Charge the least cost of further nodes; one that builds its own package is charged for it."""
    program = encoding.program
    for name, atom in encoding.nodes.divisible():
        other = instance(package_of(name), 1)
        builder = encoding.node(other) if other in encoding.nodes else FALSE
        charged = program.all_of((atom, -builder))
        program.minimize(criteria.DUPLICATES, 1, charged)
        if not encoding.rows(name):
            program.minimize(criteria.BUILDS, 1, charged)


def define_sets(encoding: Encoding) -> None:
    """Define membership in the sets that matter: in each a package has one node at most.

    ``member(S, D) :- member(S, P), edge(P, D)`` over other than build edges, and what opens each
    set is a member. Only nodes that lead to one that somebody asks about get rules.
    """
    program = encoding.program
    split = [key for package in sorted(encoding.reach.split) for key in encoding.instances(package)]
    asked = encoding.sets.asked()
    if split:
        for set_name in encoding.sets.names():
            asked.setdefault(set_name, []).extend(split)
    if not asked:
        return
    all_parents = encoding.edges.parents(deptypes.BEYOND_BUILD)
    known = {
        child: [parent for parent in found if not encoding.nodes.is_sketch(parent)]
        for child, found in all_parents.items()
    }
    for set_name, keys in asked.items():
        # What is below a sketch is in its sets as well; only of the root set somebody asks for it.
        parents = all_parents if set_name == ROOT_SET else known
        for child in _with_ancestors(keys, parents):
            member = encoding.member(set_name, child)
            for parent in parents.get(child, ()):
                edge = encoding.edge(parent, child, deptypes.BEYOND_BUILD)
                program.rule(member, (encoding.member(set_name, parent), edge))
    for name in sorted(encoding.roots.keys):
        here = (encoding.node(name), encoding.roots.is_root(name))
        program.rule(encoding.member(ROOT_SET, name), here)
    for parent, child in encoding.edges.pairs(deptypes.BUILD):
        set_name = encoding.sets.build_set(child)
        if (set_name, child) in encoding.sets:
            linked = encoding.edge(parent, child, deptypes.LINK | deptypes.RUN)
            only = (encoding.edge(parent, child, deptypes.BUILD), -linked)
            program.rule(encoding.member(set_name, child), only)
    _unify(encoding, asked)


def _with_ancestors(keys: Sequence[str], parents: Mapping[str, Sequence[str]]) -> list[str]:
    """The keys and everything above them, each once."""
    found = dict.fromkeys(keys)
    todo = list(found)
    while todo:
        for parent in parents.get(todo.pop(), ()):
            if parent not in found:
                found[parent] = None
                todo.append(parent)
    return list(found)


def _unify(encoding: Encoding, set_names: Iterable[str]) -> None:
    program = encoding.program
    for package in sorted(encoding.reach.split):
        first, *others = encoding.instances(package)
        for key in others:
            program.forbid((encoding.member(ROOT_SET, key),))
            _charge_duplicate(encoding, package, key)
        reason = Reason(ONE_TOGETHER, (package,), encoding.candidates.duplicates.origin(package))
        for set_name in set_names:
            program.at_most(1, [encoding.member(set_name, k) for k in (first, *others)], reason)


def _charge_duplicate(encoding: Encoding, package: str, key: str) -> None:
    """A further node costs its number, unless it builds its own package.

    Equal graphs differ in the numbering alone: the better version has the lower number.
    """
    program = encoding.program
    builds_itself = program.any_of(
        encoding.edge(other, key)
        for other in encoding.instances(package)
        if (other, key) in encoding.edges
    )
    program.minimize(
        criteria.DUPLICATES, number_of(key), program.all_of((encoding.node(key), -builds_itself))
    )
    before = instance(package, number_of(key) - 1)
    for first, weight in _weighted_versions(encoding, before):
        for second, other in _weighted_versions(encoding, key):
            if other < weight:
                program.minimize(criteria.EDGE_VERSIONS, 1, program.all_of((first, second)))


def _weighted_versions(encoding: Encoding, key: str) -> list[tuple[int, int]]:
    """Literals of the versions of a node with their position in the order of preference."""
    rows = [(row.literal, encoding.candidates.weight_of(row.spec)) for row in encoding.rows(key)]
    return [(atom, c.weight) for atom, c in encoding.attributes.versions(key)] + rows


#: So many packages have what may lead to each of them told apart.
_FEW = 20


def define_open_below(encoding: Encoding) -> None:
    """Find which unencoded nodes may lead to what a request names, and let them.

    The way from there may end in encoded packages: ``{node(E)} :- open(E)`` for those above.
    A package is asked for in the root set: only run-time ways from there count. A virtual may be
    used anywhere.
    """
    program, hidden_ways = encoding.program, encoding.sets.hidden_ways
    program.choice((hidden_ways,), ())
    for name, at_run_time, atom in encoding.sets.all_open_below():
        drawn = (name, at_run_time) in encoding.reach.drawn
        unknown = [
            key
            for key in encoding.nodes.unfinished()
            if not (drawn and key in encoding.sets.sketched)
        ]
        mask = deptypes.BEYOND_BUILD if at_run_time else deptypes.ALL
        above = sorted(_encoded_above(encoding, name, mask))
        source = _hidden_source(encoding, [name], unknown, at_run_time)
        program.rule(atom, (source, hidden_ways))
        # One source for all of many: a walk through the repository for each took seconds.
        names = [package_of(key) for key in above]
        together = _hidden_source(encoding, names, unknown, at_run_time)
        for key in above:
            source = together
            if len(above) <= _FEW:
                source = _hidden_source(encoding, [package_of(key)], unknown, at_run_time)
            program.choice((encoding.node(key),), (source, hidden_ways))
            if at_run_time:
                program.choice((encoding.member(ROOT_SET, key),), (source, hidden_ways))


def hoped_for(encoding: Encoding, holds: Callable[[int], bool]) -> dict[Place, AbstractSet[str]]:
    """Names that an answer meets by unencoded packages, with all packages that may lead there."""
    return {
        (name, at_run_time): _ancestors(encoding, [name], at_run_time)
        for name, at_run_time, atom in encoding.sets.all_open_below()
        if holds(atom)
    }


def _ancestors(encoding: Encoding, names: Sequence[str], at_run_time: bool) -> AbstractSet[str]:
    mask = deptypes.BEYOND_BUILD if at_run_time else deptypes.ALL
    return encoding.candidates.relations.ancestors(names, mask, encoding.roots.keys)


def _hidden_source(
    encoding: Encoding, names: Sequence[str], unknown: Sequence[str], at_run_time: bool
) -> int:
    """A chosen node of which not all is known may reach one of the names over such edges."""
    hidden = _ancestors(encoding, names, at_run_time)
    sources = [
        encoding.member(ROOT_SET, key) if at_run_time else encoding.node(key)
        for key in unknown
        if package_of(key) in hidden or _is_recorded_below(encoding, key, names)
    ]
    if not at_run_time:
        sources += [f for key, f in encoding.nodes.divisible() if package_of(key) in hidden]
    return encoding.program.any_of(sources)


def _is_recorded_below(encoding: Encoding, key: str, names: Sequence[str]) -> bool:
    """A concrete candidate has one of the names below it, whatever its recipe says today."""
    wanted = set(names)
    return any(
        edge.spec.name in wanted or not wanted.isdisjoint(edge.virtuals)
        for row in encoding.rows(key)
        for node in row.spec.traverse(deptypes.BEYOND_BUILD)
        for edge in node.edges(deptypes.BEYOND_BUILD)
    )


def _encoded_above(encoding: Encoding, name: str, mask: int) -> set[str]:
    """Encoded nodes, roots apart, with some path of these types to the package or virtual."""
    todo = [name, *encoding.virtuals.parents(name)]
    parents = encoding.edges.parents(mask)
    found: set[str] = set(todo)
    while todo:
        for parent in parents.get(todo.pop(), ()):
            if parent not in found and parent not in encoding.roots.keys:
                found.add(parent)
                todo.append(parent)
    return {key for key in found if key in encoding.nodes and not encoding.is_stub(key)}
