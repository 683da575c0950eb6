"""Rules of requirements that hold below a certain package only.

``when: root ^[deptypes=link,run] p`` is true of a node that the named root links or runs, directly
or further down, as long as the root and p are as the condition says. Ways over compilers do not
count: what they link is not part of what they compile.

::

    below(R).    below(D) :- below(P), edge(P, D, link or run).
    active(G) :- node(P), below(P), holds(R, Own), below(Q), holds(Q, Named).
"""

from __future__ import annotations

from spack.language.specs import Spec
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE
from spack.solve.encoding.encoding import Encoding
from spack.solve.rules.requests import RUN_TIME, encode_group


def encode_placed_requirements(encoding: Encoding) -> None:
    """Groups with such a condition. To be called when all edges are known."""
    below: dict[str, dict[str, int]] = {}
    for name, group in encoding.placed_groups:
        when = group.when
        if when is None or when.name is None or not encoding.world.packages.exists(when.name):
            continue
        program = encoding.program
        places = [
            _in_place(encoding, name, when, top, below.setdefault(top, _below(encoding, top)))
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


def _below(encoding: Encoding, top: str) -> dict[str, int]:
    """``below(D) :- below(P), edge(P, D)`` over link and run edges, the root itself included."""
    program = encoding.program
    compilers: set[str] = {c.spec.name for c in encoding.world.compilers if c.languages}
    children: dict[str, list[str]] = {}
    for parent, child in encoding.edges.pairs(RUN_TIME):
        if package_of(child) not in compilers:
            children.setdefault(parent, []).append(child)
    below = {top: encoding.node(top)}
    todo = [top]
    while todo:
        for child in children.get(todo.pop(), ()):
            if child not in below:
                below[child] = program.atom()
                todo.append(child)
    for parent, reached in below.items():
        for child in children.get(parent, ()):
            if child != top:
                program.rule(below[child], (reached, encoding.edge(parent, child, RUN_TIME)))
    return below
