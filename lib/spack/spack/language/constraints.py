"""The algebra of specs: implied by, compatible with, both at once.

:mod:`spack.language.matching` is the public face that also takes text; the parser uses this module
to join repeated dependencies. Nothing here knows recipes: which virtual versions a concrete node
provides can be answered by the caller through ``provided``.

Where the behaviour of real Spack is a known quirk, this module does the sane thing. The decisions:

====  ===========================================  =======  ========================================
no.   question                                     here     reason
====  ===========================================  =======  ========================================
D1    ``target=x86_64:`` satisfies ``target=zen2`` no       the wider set does not lie in the other
D2    ``a ^b`` satisfies ``a %b``                  no       somewhere below is weaker than direct
D3    ``a ++x`` satisfies ``a+x``                  yes      propagation adds to the node
D4    ``++x`` asks more of a node than ``+x``      no       only the solver sees who inherits it
D5    ``a ++x`` and ``a+x`` together               ``a+x``  propagation stays if both ask for it
D6    ``mpich`` satisfies ``mpi``                  asked    only recipes know: see ``provided``
D7    ``^mpi@3:`` without knowledge of provisions  no       never claim what nobody has checked
D8    one name on two edges of a node              joined   one node, unless types or conditions
                                                            tell the edges apart
D9    ``a+x`` and ``a x=y`` together               error    no variant has both kinds of values
D10   missing names and namespaces                 ignored  an anonymous constraint is meant for the
                                                            node that it is applied to
D11   ``a ^c %b`` satisfies ``a ^b``               no       ``b`` may be needed only to build ``c``
D12   ``a ^c=gcc`` satisfies ``a ^c``              yes      the virtual stands on the edge
====  ===========================================  =======  ========================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spack.errors import SpackError
from spack.language import deptypes as dt
from spack.language.concrete_specs import AnySpec, ConcreteEdge, ConcreteSpec, Value
from spack.language.specs import FLAG_TYPES, Edge, FlagConstraint, Spec, VariantConstraint
from spack.language.targets import target_intersection, target_intersects, target_satisfies
from spack.language.versions import VersionSet
from spack.type_names import Callable, Optional

#: Versions of a virtual that a concrete node provides, None when it does not provide it.
Provided = Callable[[ConcreteSpec, str], Optional[VersionSet]]


class UnsatisfiableSpecError(SpackError):
    """Two specs have no common solution; the message says which part clashes."""


# -- variants --------------------------------------------------------------------------------------


def variant_satisfies(a: VariantConstraint, b: VariantConstraint) -> bool:
    """Whether every value that ``a`` admits is admitted by ``b``."""
    if b.is_any:
        return True
    if a.is_any or a.is_boolean != b.is_boolean:
        return False
    if a.is_boolean:
        return a.values == b.values
    if b.exact:
        return a.exact and set(a.values) == set(b.values)
    if b.name == "patches":
        return _has_prefixes(a.values, b.values)
    return set(b.values) <= set(a.values)


def variant_intersects(a: VariantConstraint, b: VariantConstraint) -> bool:
    """Whether some value is admitted by both."""
    if a.is_any or b.is_any:
        return True
    if a.is_boolean or b.is_boolean:
        return a.values == b.values
    if a.exact:
        return variant_satisfies(a, b)
    return not b.exact or variant_satisfies(b, a)


def variant_intersection(a: VariantConstraint, b: VariantConstraint) -> VariantConstraint:
    """The constraint that holds when both do; they must intersect."""
    propagate = a.propagate and b.propagate
    if variant_satisfies(a, b):
        chosen = a
    elif variant_satisfies(b, a):
        chosen = b
    else:
        values = tuple(sorted({*map(str, a.values), *map(str, b.values)}))
        chosen = VariantConstraint(a.name, values, a.exact or b.exact)
    return chosen._replace(propagate=propagate) if chosen.propagate != propagate else chosen


def _has_prefixes(values: Iterable[bool | str], prefixes: Iterable[bool | str]) -> bool:
    """Whether each prefix begins one of the values: patches are named by shortened digests."""
    known = [str(value) for value in values]
    return all(any(value.startswith(str(prefix)) for value in known) for prefix in prefixes)


def value_satisfies(value: Value, constraint: VariantConstraint) -> bool:
    """Whether a concrete variant value fulfils a constraint."""
    wanted = constraint.values
    if wanted == ("*",):
        return True
    if isinstance(value, bool):
        return len(wanted) == 1 and str(wanted[0]).lower() == str(value).lower()
    if constraint.is_boolean:
        return not isinstance(value, tuple) and value.lower() == str(wanted[0]).lower()
    has = value if isinstance(value, tuple) else (value,)
    if constraint.exact:
        return set(wanted) == set(has)
    if constraint.name == "patches":
        return _has_prefixes(has, wanted)
    return all(item in has for item in wanted)


# -- nodes -----------------------------------------------------------------------------------------


def _flags_satisfy(
    a: Mapping[str, tuple[FlagConstraint, ...]], b: Mapping[str, tuple[FlagConstraint, ...]]
) -> bool:
    for kind, wanted in b.items():
        if wanted:
            have = {flag.flag for flag in a.get(kind, ())}
            if any(flag.flag not in have for flag in wanted):
                return False
    return True


def _node_clash(a: Spec, b: Spec) -> str | None:
    """The obstacle to two roots being one node, None when there is none."""
    if a.name and b.name and a.name != b.name:
        return "the names differ"
    if a.namespace and b.namespace and a.namespace != b.namespace:
        return "the namespaces differ"
    if a.versions is not b.versions and not a.versions.intersects(b.versions):
        return f"no version is in both {a.versions} and {b.versions}"
    if a.variants and b.variants:
        for name, wanted in b.variants.items():
            have = a.variants.get(name)
            if have is not None and not variant_intersects(have, wanted):
                return f"variant {name} cannot be {have} and {wanted}"
    if a.platform and b.platform and a.platform != b.platform:
        return "the platforms differ"
    if a.os and b.os and a.os != b.os:
        return "the operating systems differ"
    if a.target and b.target and not target_intersects(a.target, b.target):
        return f"no target is in both {a.target} and {b.target}"
    if a.abstract_hash and b.abstract_hash:
        length = min(len(a.abstract_hash), len(b.abstract_hash))
        if a.abstract_hash[:length] != b.abstract_hash[:length]:
            return "the hashes differ"
    return None


def node_satisfies(a: Spec, b: Spec) -> bool:
    """Whether the constraints on the root of ``a`` imply those on the root of ``b``."""
    if b.name and a.name and a.name != b.name:
        return False
    if b.namespace and a.namespace and a.namespace != b.namespace:
        return False
    if b.versions is not VersionSet.ANY and not a.versions.subset_of(b.versions):
        return False
    for name, wanted in b.variants.items():
        have = a.variants.get(name)
        if have is None or not variant_satisfies(have, wanted):
            return False
    if b.flags and not _flags_satisfy(a.flags, b.flags):
        return False
    if b.platform and a.platform != b.platform:
        return False
    if b.os and a.os != b.os:
        return False
    if b.target and not (a.target and target_satisfies(a.target, b.target)):
        return False
    return not b.abstract_hash or bool(
        a.abstract_hash and a.abstract_hash.startswith(b.abstract_hash)
    )


def concrete_node_satisfies(
    a: ConcreteSpec, b: Spec, provided: Provided | None = None, virtual: bool = False
) -> bool:
    """Whether a concrete node fulfils the constraints on the root of ``b``, without edges.

    ``virtual`` says that the caller found the name of ``b`` among the virtuals of an edge.
    """
    if b.abstract_hash and not a.dag_hash().startswith(b.abstract_hash):
        return False
    if b.name and b.name != a.name:
        versions = provided(a, b.name) if provided is not None else None
        if versions is None and not (virtual and b.versions.is_any):
            return False
        if versions is not None and not versions.intersects(b.versions):
            return False
    elif b.versions is not VersionSet.ANY and not b.versions.contains(a.version):
        return False
    if b.namespace and a.namespace != b.namespace:
        return False
    for name, constraint in b.variants.items():
        value = a.variants.get(name)
        if value is None:
            if name != "patches" or not a.patches:
                return False
            value = tuple(sorted(a.patches))
        if not value_satisfies(value, constraint):
            return False
    for kind, wanted in b.flags.items():
        have = a.flags[kind]
        if any(flag.flag not in have for flag in wanted):
            return False
    if b.platform and a.arch.platform != b.platform:
        return False
    if b.os and a.arch.os != b.os:
        return False
    return not b.target or target_satisfies(str(a.arch.target), b.target)


# -- whole specs: implied by -----------------------------------------------------------------------


def satisfies(a: AnySpec, b: AnySpec, provided: Provided | None = None) -> bool:
    """Whether every concrete spec that matches ``a`` matches ``b``."""
    if isinstance(b, ConcreteSpec):
        if isinstance(a, ConcreteSpec):
            return a == b
        return a.abstract_hash == b.dag_hash()
    if isinstance(a, ConcreteSpec):
        return concrete_node_satisfies(a, b, provided) and _concrete_edges_satisfy(a, b, provided)
    if a is b:
        return True
    return node_satisfies(a, b) and _edges_satisfy(a, b)


def _edges_satisfy(a: Spec, b: Spec) -> bool:
    return all(_edge_satisfied(a, edge) for edge in b.dependencies)


def _edge_satisfied(a: Spec, wanted: Edge) -> bool:
    if wanted.when is not None and not intersects(a, wanted.when):
        return True
    return any(
        _edge_implies(edge, wanted) and _condition_covered(a, edge, wanted.when)
        for edge in a.dependencies
    )


def _condition_covered(a: Spec, edge: Edge, wanted: Spec | None) -> bool:
    """Whether a conditional edge of ``a`` is there whenever ``wanted`` holds for ``a``."""
    if edge.when is None:
        return True
    # An edge cannot be the reason for its own condition.
    others = a.replace(dependencies=tuple(other for other in a.dependencies if other is not edge))
    return satisfies(others, edge.when) or (wanted is not None and satisfies(wanted, edge.when))


def _edge_implies(given: Edge, wanted: Edge) -> bool:
    if wanted.direct and not given.direct:
        return False
    if wanted.deptypes & ~given.deptypes:
        return False
    if not set(wanted.virtuals) <= set(given.virtuals):
        return False
    child, constraint = given.spec, wanted.spec
    if constraint.name and constraint.name != child.name:
        if constraint.name not in given.virtuals or not constraint.versions.is_any:
            return False
        constraint = constraint.replace(name=None)
    elif constraint.name is not None and child.name is None:
        return False
    return satisfies(child, constraint)


def _concrete_edges_satisfy(a: ConcreteSpec, b: Spec, provided: Provided | None) -> bool:
    below: list[ConcreteEdge] | None = None
    for wanted in b.dependencies:
        if wanted.when is not None and not satisfies(a, wanted.when, provided):
            continue
        if wanted.direct:
            candidates: Iterable[ConcreteEdge] = a.dependencies
        else:
            if below is None:
                below = edges_below(a)
            candidates = below
        if not any(_concrete_edge_matches(edge, wanted, provided) for edge in candidates):
            return False
    return True


def edges_below(a: ConcreteSpec) -> list[ConcreteEdge]:
    """Edges that ``^`` looks at: all of the node itself, link and run edges further down.

    Nearest first; each edge of the graph once.
    """
    found = list(a.dependencies)
    seen: set[str] = set()
    place = 0
    while place < len(found):
        edge = found[place]
        place += 1
        # What a build dependency links belongs to that dependency.
        if edge.deptypes & (dt.LINK | dt.RUN):
            code = edge.spec.dag_hash()
            if code not in seen:
                seen.add(code)
                found.extend(e for e in edge.spec.dependencies if e.deptypes & (dt.LINK | dt.RUN))
    return found


def _concrete_edge_matches(edge: ConcreteEdge, wanted: Edge, provided: Provided | None) -> bool:
    constraint = wanted.spec
    virtual = False
    if constraint.name and constraint.name != edge.spec.name:
        virtual = constraint.name in edge.virtuals
        if not virtual:
            return False
    if wanted.deptypes & ~edge.deptypes:
        return False
    if not all(name in edge.virtuals for name in wanted.virtuals):
        return False
    return concrete_node_satisfies(
        edge.spec, constraint, provided, virtual
    ) and _concrete_edges_satisfy(edge.spec, constraint, provided)


# -- whole specs: compatible -----------------------------------------------------------------------


def intersects(a: AnySpec, b: AnySpec, provided: Provided | None = None) -> bool:
    """Whether some concrete spec matches both."""
    if isinstance(a, ConcreteSpec):
        return satisfies(a, b, provided)
    if isinstance(b, ConcreteSpec):
        return satisfies(b, a, provided)
    return find_clash(a, b) is None


def find_clash(a: Spec, b: Spec) -> str | None:
    """The reason why no concrete spec can match both, None when one can."""
    clash = _node_clash(a, b)
    if clash is not None or not (a.dependencies and b.dependencies):
        return clash
    try:
        join_edges(a.dependencies + b.dependencies)
    except UnsatisfiableSpecError as error:
        return error.message
    return None


# -- whole specs: both at once ---------------------------------------------------------------------


def constrain(a: Spec, b: Spec) -> Spec:
    """The spec that matches exactly what both match; ``a`` itself when it implies ``b``.

    Raises :class:`UnsatisfiableSpecError` when nothing matches both.
    """
    clash = _node_clash(a, b)
    if clash is not None:
        raise UnsatisfiableSpecError(f"{a or '*'} and {b or '*'} exclude each other: {clash}")
    name = a.name or b.name
    namespace = a.namespace or b.namespace
    merged = Spec(
        name,
        namespace=namespace,
        versions=a.versions.intersection(b.versions),
        variants=_join_variants(a.variants, b.variants),
        flags=_join_flags(a.flags, b.flags),
        platform=a.platform or b.platform,
        os=a.os or b.os,
        target=target_intersection(a.target, b.target)
        if a.target and b.target
        else (a.target or b.target),
        abstract_hash=max(a.abstract_hash or "", b.abstract_hash or "", key=len) or None,
        dependencies=join_edges(a.dependencies + b.dependencies)
        if b.dependencies
        else a.dependencies,
    )
    return a if merged == a else merged


def _join_variants(
    a: Mapping[str, VariantConstraint], b: Mapping[str, VariantConstraint]
) -> Mapping[str, VariantConstraint]:
    if not b or a is b:
        return a
    if not a:
        return b
    joined: dict[str, VariantConstraint] = dict(a)
    for name, constraint in b.items():
        have = joined.get(name)
        joined[name] = constraint if have is None else variant_intersection(have, constraint)
    return {name: joined[name] for name in sorted(joined)}


def _join_flags(
    a: Mapping[str, tuple[FlagConstraint, ...]], b: Mapping[str, tuple[FlagConstraint, ...]]
) -> Mapping[str, tuple[FlagConstraint, ...]]:
    if not b or a is b:
        return a
    if not a:
        return b
    joined = {}
    for kind in FLAG_TYPES:
        first, second = a.get(kind, ()), b.get(kind, ())
        have = {flag.flag for flag in first}
        flags = first + tuple(flag for flag in second if flag.flag not in have)
        if flags:
            joined[kind] = flags
    return joined


def join_edges(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Edges of one node with those that mean the same child joined.

    Two edges mean the same child when name, condition and dependency types agree; a direct edge
    absorbs an indirect one. Raises :class:`UnsatisfiableSpecError` when they exclude each other.
    """
    joined: list[Edge] = []
    place_of: dict[tuple[str | None, int, Spec | None], int] = {}
    for edge in edges:
        key = (edge.spec.name, edge.deptypes, edge.when)
        place = place_of.get(key) if edge.spec.name else None
        if place is None:
            if edge.spec.name:
                place_of[key] = len(joined)
            elif edge in joined:
                continue
            joined.append(edge)
            continue
        other = joined[place]
        clash = find_clash(other.spec, edge.spec)
        if clash is not None:
            raise UnsatisfiableSpecError(
                f"{other} and {edge} cannot be the same dependency: {clash}",
                hint="keep one of them, or tell them apart with [deptypes=…] or [when=…]",
            )
        virtuals: frozenset[str] = frozenset(other.virtuals + edge.virtuals)
        joined[place] = Edge(
            max(other.sigil, edge.sigil, key=_SIGIL_STRENGTH.__getitem__),
            constrain(other.spec, edge.spec),
            edge.deptypes,
            tuple(sorted(virtuals)),
            edge.when,
        )
    return tuple(joined)


_SIGIL_STRENGTH = {"^": 0, "%": 1, "%%": 2}
