"""Rules of concrete roots that stay, for packages that may occur several times.

What else they hold is decided in the world already (see :mod:`spack.solve.problem.fixed`).

::

    :- node(P), member(root, P), not further(P), not row(P, h).       % h is kept
"""

from __future__ import annotations

from spack.language import deptypes
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.sets import ROOT_SET
from spack.solve.problem.fixed import LOCK

_KEPT = deptypes.LINK | deptypes.RUN | deptypes.TEST


def encode_fixed(encoding: Encoding) -> None:
    """``:- in_root_set(P), not row(P, h)`` where fixed roots link or run h of P."""
    program = encoding.program
    decided = {node.name: node for root in encoding.request.fixed for node in root.traverse(_KEPT)}
    for key in encoding.nodes:
        node = decided.get(package_of(key))
        if node is None or encoding.is_stub(key) or key in encoding.nodes.runtimes:
            continue
        text = f"{node.name}@{node.version}/{node.dag_hash(7)} is already in the environment"
        program.require(
            (encoding.node(key), encoding.member(ROOT_SET, key), -encoding.further(key)),
            encoding.nodes.is_spec(key, node.dag_hash()),
            Reason(text, LOCK, "requirement"),
        )
