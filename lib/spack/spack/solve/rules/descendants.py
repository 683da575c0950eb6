"""Rules of what is below a root: preferences (``root %%x``), and requirements of places.

``root %%x`` prefers a direct dependency everywhere below the root. A requirement with ``when: root
^[deptypes=link,run] p`` holds on nodes that the named root links or runs, directly or further down,
as long as the root and p are as the condition says. Ways over compilers do not count: what they
link is not part of what they compile.

::

    below(R, R) :- solved(R).    below(R, D) :- below(R, P), edge(P, D, link or run).
    :~ below(R, D), not depends(D, X). [2@requirements]   % R %%X
    active(G) :- node(P), below(R, P), holds(R, Own), below(R, Q), holds(Q, Named).
"""

from __future__ import annotations

from spack.language import deptypes
from spack.language.specs import Edge, Spec
from spack.solve.asp import criteria
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE, TRUE
from spack.solve.encoding.encoding import Encoding
from spack.solve.rules.requests import RUN_TIME, encode_group

#: The cost for a node below the root without the dependency.
_WEIGHT = 2


def encode_preferred_below(encoding: Encoding) -> None:
    """A node below the root without ``%x`` costs. To be called when all edges are known."""
    for root in encoding.roots:
        edges = [edge for edge in root.asked.spec.dependencies if edge.sigil == "%%"]
        if edges:
            top = root.asked.spec.name or ""
            reached = encoding.program.all_of((root.solved, encoding.node(top)))
            below = encoding.edges.below(top, reached, RUN_TIME, encoding.edges.children())
            for edge in edges:
                _charge(encoding, below, edge)


def _charge(encoding: Encoding, below: dict[str, int], edge: Edge) -> None:
    program = encoding.program
    for name, reached in list(below.items()):
        if encoding.is_stub(name):
            continue
        for wanted, used in _wanted(encoding, name, edge):
            member = Spec(None, dependencies=(wanted,))
            fits = [encoding.holds(name, member)]
            for row in encoding.rows(name):
                if encoding.candidates.holds_on(row.spec, member):
                    fits.append(row.literal)
            missing = program.all_of((reached, used, -program.any_of(fits)))
            program.minimize(criteria.REQUIREMENTS, _WEIGHT, missing)


def _wanted(encoding: Encoding, name: str, edge: Edge) -> list[tuple[Edge, int]]:
    """The dependency as a ``%`` edge; one for each virtual, if the node uses that, when named."""
    plain = edge._replace(sigil="%")
    if not edge.virtuals:
        return [(plain, TRUE)]
    found: list[tuple[Edge, int]] = []
    for virtual in edge.virtuals:
        recorded = encoding.conditions.records(name, Spec(virtual), deptypes.ALL, ())
        used = encoding.program.any_of((encoding.virtuals.needed(name, virtual), recorded))
        found.append((plain._replace(virtuals=(virtual,)), used))
    return found


def encode_placed_requirements(encoding: Encoding) -> None:
    """Groups with such a condition. To be called when all edges are known."""
    below: dict[str, dict[str, int]] = {}
    for name, group in encoding.placed_groups:
        when = group.when
        if when is None or when.name is None or not encoding.world.packages.exists(when.name):
            continue
        program = encoding.program
        places = [
            _in_place(encoding, name, when, top, below.setdefault(top, _linked(encoding, top)))
            for top in encoding.instances(when.name)
            if top in encoding.nodes
        ]
        condition = program.any_of(places)
        hidden = encoding.sets.open_below(package_of(name), at_run_time=False)
        encode_group(encoding, name, group, condition, program.any_of((condition, hidden)))


def _in_place(encoding: Encoding, name: str, when: Spec, top: str, below: dict[str, int]) -> int:
    """The node is below this root, and so is each dependency that the condition names."""
    program = encoding.program
    if name not in below or encoding.is_stub(top):
        return FALSE
    own = tuple(e for e in when.dependencies if e.sigil != "^" or e.deptypes != RUN_TIME)
    literals = [below[name], -encoding.further(name), -encoding.further(top)]
    literals.append(encoding.holds(top, when.replace(name=None, dependencies=own)))
    for edge in when.dependencies:
        if edge not in own:
            literals.append(_some_below(encoding, edge.spec, below))
    return program.all_of(literals)


def _some_below(encoding: Encoding, wanted: Spec, below: dict[str, int]) -> int:
    """A node of a package below the root satisfies the spec."""
    program = encoding.program
    found: list[int] = []
    for key, reached in below.items():
        if encoding.is_stub(key):
            continue
        if wanted.name in (None, package_of(key)):
            fits = encoding.holds(key, wanted.replace(name=None))
            found.append(program.all_of((reached, fits, -encoding.further(key))))
    return program.any_of(found)


def _linked(encoding: Encoding, top: str) -> dict[str, int]:
    """The nodes that a root links or runs, the root itself included."""
    compilers = {c.spec.name for c in encoding.world.compilers if c.languages}
    children = {
        parent: [child for child in found if package_of(child) not in compilers]
        for parent, found in encoding.edges.children(RUN_TIME).items()
    }
    return encoding.edges.below(top, encoding.node(top), RUN_TIME, children)
