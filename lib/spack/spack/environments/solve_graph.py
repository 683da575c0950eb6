"""The graph of solves of an environment: which roots are decided by one solve, after which others.

A node is one solve. It knows the specs that the nodes it needs were decided to be, and nothing of
the others; the answers of all nodes are one lock. An environment without groups has one node, and a
project a node for each environment, or for those that are solved at once.
Knows no manifest, no files and no solver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.environments.manifests.spec_lists import UserSpec
from spack.language.concrete_specs import ConcreteSpec
from spack.language.modes import Unify
from spack.language.specs import Located
from spack.named_tuples import NamedTuple
from spack.type_names import Callable


class SolveNode(NamedTuple):
    """One solve.

    Attributes:
        name: of the group; empty for roots outside of groups.
        roots: without constraints that do not apply.
        needs: names of nodes that come before it in the graph.
        unify: whether its roots share their dependencies.
        whole: all of its roots are decided again when one is new.
        bases: names of nodes that come before it, whose roots are facts that its own must agree
            with; a root that one of them has too is what it is there.
        again: its roots are decided again whatever is locked.
    """

    name: str
    roots: tuple[UserSpec, ...]
    needs: tuple[str, ...] = ()
    unify: Unify = Unify.SEPARATELY
    whole: bool = False
    bases: tuple[str, ...] = ()
    again: bool = False


class Known(NamedTuple):
    """Concrete specs that a solve of new roots is told about.

    Attributes:
        fixed: roots that stay as they are and that new roots must agree with, those of bases first.
        candidates: nodes of this environment and of included ones, which may be reused.
        needed: roots of the nodes that this one needs, reused whatever the configuration says.
    """

    fixed: tuple[ConcreteSpec, ...] = ()
    candidates: tuple[ConcreteSpec, ...] = ()
    needed: tuple[ConcreteSpec, ...] = ()


#: Decides abstract roots of a node: given the node, the roots and what is known, the concrete spec
#: of each root by the root's text.
Solve = Callable[[SolveNode, Sequence[Located], Known], Mapping[str, ConcreteSpec]]
