"""The nodes of a graph that take part in an environment, in which role, and in which order.

Pure graph work on concrete specs: knows no recipes, no prefixes and no process variables.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence

from spack.builds.wrapper.placing import PACKAGE_NAME
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.type_names import Callable

#: Virtual packages that compilers provide.
LANGUAGES = ("c", "cxx", "fortran")


class Context(enum.Enum):
    """Purpose of process variables."""

    BUILD = "build"
    RUN = "run"
    TEST = "test"
    #: A test that compiles: the compilers of the package take part as in a build.
    COMPILING_TEST = "compiling test"

    @property
    def is_test(self) -> bool:
        """Whether an installed package is tested."""
        return self in (Context.TEST, Context.COMPILING_TEST)


class Role(enum.IntFlag):
    """Role of a node for the roots; one node may have several."""

    NONE = 0
    #: The environment is made for this node.
    ROOT = 1
    #: Direct build or test dependency of a root in a build.
    DIRECT_BUILD = 2
    #: Headers and libraries are seen by the build.
    BUILD_VISIBLE = 4
    #: Libraries are needed by something that runs.
    RUNTIME = 8
    #: Programs may be run.
    RUNNABLE = 16


class Participant(NamedTuple):
    """A node with its roles, and those of its dependents that take part, with the edge to it."""

    spec: ConcreteSpec
    roles: Role
    dependents: tuple[tuple[ConcreteSpec, ConcreteEdge], ...]


def _from_root(edge: ConcreteEdge, context: Context) -> Role:
    found = Role.NONE
    if context is Context.BUILD:
        if edge.deptypes & (deptypes.BUILD | deptypes.TEST):
            found |= Role.DIRECT_BUILD
        if edge.deptypes & deptypes.LINK:
            found |= Role.BUILD_VISIBLE
        return found
    if context is Context.COMPILING_TEST and compiles(edge):
        found |= Role.DIRECT_BUILD
    running = deptypes.RUN if context is Context.RUN else deptypes.RUN | deptypes.TEST
    if edge.deptypes & running:
        return found | Role.RUNNABLE
    return found | (Role.RUNTIME if edge.deptypes & deptypes.LINK else Role.NONE)


def compiles(edge: ConcreteEdge) -> bool:
    """Whether a dependency is a compiler, or the wrapper of compilers."""
    return edge.spec.name == PACKAGE_NAME or any(name in LANGUAGES for name in edge.virtuals)


def _from_below(edge: ConcreteEdge, roles: Role) -> Role:
    found = Role.NONE
    if roles & (Role.DIRECT_BUILD | Role.RUNTIME | Role.RUNNABLE):
        if edge.deptypes & deptypes.LINK:
            found |= Role.RUNTIME
        if edge.deptypes & deptypes.RUN:
            found |= Role.RUNNABLE
    if roles & Role.BUILD_VISIBLE and edge.deptypes & deptypes.LINK:
        found |= Role.BUILD_VISIBLE
    return found


def topological(
    roots: Sequence[ConcreteSpec], follow: Callable[[ConcreteEdge, bool], bool]
) -> list[ConcreteSpec]:
    """Every node reached by edges that are followed, dependents before dependencies.

    ``follow(edge, from_root)`` decides. Ties are broken breadth-first, by the order of edges.
    """
    root_hashes = {root.dag_hash() for root in roots}

    def children(node: ConcreteSpec) -> Iterator[ConcreteSpec]:
        from_root = node.dag_hash() in root_hashes
        for edge in node.dependencies:
            if follow(edge, from_root):
                yield edge.spec

    nodes: dict[str, ConcreteSpec] = {}
    waiting: dict[str, int] = {}
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node.dag_hash() in nodes:
            continue
        nodes[node.dag_hash()] = node
        waiting.setdefault(node.dag_hash(), 0)
        for child in children(node):
            waiting[child.dag_hash()] = waiting.get(child.dag_hash(), 0) + 1
            stack.append(child)
    queue = [root for root in roots if not waiting[root.dag_hash()]]
    queue = list({root.dag_hash(): root for root in queue}.values())
    for node in queue:
        for child in children(node):
            waiting[child.dag_hash()] -= 1
            if not waiting[child.dag_hash()]:
                queue.append(nodes[child.dag_hash()])
    return queue


def participants(roots: Sequence[ConcreteSpec], context: Context) -> list[Participant]:
    """Nodes in the order in which they are processed: externals first, then leaves to roots."""
    in_build = context in (Context.BUILD, Context.COMPILING_TEST)
    below = deptypes.LINK | deptypes.RUN

    def follow(edge: ConcreteEdge, from_root: bool) -> bool:
        if from_root:
            return bool(_from_root(edge, context) | _from_below(edge, Role.NONE))
        return bool(edge.deptypes & below)

    order = topological(roots, follow)
    roles: dict[str, Role] = {node.dag_hash(): Role.NONE for node in order}
    for root in roots:
        roles[root.dag_hash()] |= Role.ROOT
    for node in order:
        for edge in node.dependencies:
            if edge.spec.dag_hash() in roles:
                given = _from_below(edge, roles[node.dag_hash()])
                if roles[node.dag_hash()] & Role.ROOT:
                    given |= _from_root(edge, context)
                roles[edge.spec.dag_hash()] |= given
    taking_part = [node for node in order if roles[node.dag_hash()]]
    dependents: dict[str, list[tuple[ConcreteSpec, ConcreteEdge]]] = {
        node.dag_hash(): [] for node in taking_part
    }
    for node in taking_part:
        for edge in node.dependencies:
            if edge.spec.dag_hash() in dependents:
                dependents[edge.spec.dag_hash()].append((node, edge))
    leaves_first = list(reversed(taking_part))
    leaves_first.sort(key=lambda node: node.external is None)
    assert in_build or not any(roles[n.dag_hash()] & Role.DIRECT_BUILD for n in leaves_first)
    return [
        Participant(node, roles[node.dag_hash()], tuple(dependents[node.dag_hash()]))
        for node in leaves_first
    ]


def link_closure(roots: Iterable[ConcreteSpec], *, direct_only: bool = False) -> list[ConcreteSpec]:
    """Link dependencies of the roots (roots excluded), dependents before dependencies."""
    starts = list(roots)
    root_hashes = {root.dag_hash() for root in starts}

    def follow(edge: ConcreteEdge, from_root: bool) -> bool:
        return bool(edge.deptypes & deptypes.LINK) and (from_root or not direct_only)

    return [node for node in topological(starts, follow) if node.dag_hash() not in root_hashes]
