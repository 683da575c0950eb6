"""Rules of ``root %%x``: a direct dependency of the root that is preferred everywhere below it.

::

    below(R, R) :- solved(R).    below(R, D) :- below(R, P), edge(P, D, link or run).
    :~ below(R, D), not depends(D, X). [2@requirements]   % R %%X
"""

from __future__ import annotations

from spack.language import deptypes
from spack.language.specs import Edge, Spec
from spack.solve.asp import criteria
from spack.solve.asp.program import TRUE
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.roots import Root

_FOLLOWED = deptypes.LINK | deptypes.RUN
#: What it costs a node below the root not to have the dependency.
_WEIGHT = 2


def encode_preferred_below(encoding: Encoding) -> None:
    """``below(R, D) :- below(R, P), edge(P, D, link or run)``; a node below without ``%x`` costs.

    To be called when all edges are known.
    """
    for root in encoding.roots:
        edges = [edge for edge in root.asked.spec.dependencies if edge.sigil == "%%"]
        if edges:
            below = _below(encoding, root)
            for edge in edges:
                _charge(encoding, below, edge)


def _below(encoding: Encoding, root: Root) -> dict[str, int]:
    program = encoding.program
    top = root.asked.spec.name or ""
    below: dict[str, int] = {top: program.all_of((root.solved, encoding.node(top)))}
    pending: list[str] = [top]
    links = encoding.edges.children()
    while pending:
        parent = pending.pop()
        for child in links.get(parent, ()):
            if child not in below:
                below[child] = program.atom()
                pending.append(child)
            if child != top:
                followed = encoding.edge(parent, child, _FOLLOWED)
                program.rule(below[child], (below[parent], followed))
    return below


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
        used = encoding.virtuals.needed(name, virtual)
        found.append((plain._replace(virtuals=(virtual,)), used))
    return found
