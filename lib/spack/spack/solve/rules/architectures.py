"""Definitions of targets and operating systems, and how targets go along edges.

::

    1 {target(P, t)} 1 :- built(P).    :~ target(P, t). [position(t)@targets]
    :- edge(P, D, not build only), meant(P, D), target(P, t), target(D, u), u newer than t.
    1 {built_for(P, o)} 1 :- built(P).    :~ built_for(P, o). [position(o)@systems]
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.language import deptypes
from spack.language.targets import target_satisfies
from spack.solve.asp import criteria
from spack.solve.asp.program import FALSE, Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.sentences import TARGET_NEWER


def define_targets(encoding: Encoding) -> None:
    """One target for each built node; others than the best one cost their position."""
    program = encoding.program
    host = encoding.world.host
    order = {target: weight for weight, target in enumerate(host.targets)}
    targets: tuple[str, ...] = host.targets[:1]
    if encoding.architectures.vary:
        present = {row.spec.target for _, row in encoding.nodes.all_rows()}
        targets = encoding.architectures.told_apart(present)
    for name in encoding.nodes.encoded():
        runtime = name in encoding.nodes.runtimes
        priority = criteria.RUNTIME_TARGETS if runtime else criteria.TARGETS
        for row in encoding.rows(name):
            weight = order.get(row.spec.target, len(order))
            program.minimize(priority, weight, row.literal)
        if encoding.architectures.vary:
            atoms = [encoding.target(name, target) for target in targets]
            program.choice(atoms, (encoding.built(name),))
            program.exactly_one(atoms, encoding.built(name))
            for target, atom in zip(targets, atoms):
                program.minimize(priority + encoding.shift(name), order[target], atom)
    for parent, child in encoding.edges.pairs(deptypes.BEYOND_BUILD):
        if not (encoding.is_stub(parent) or encoding.is_stub(child)):
            _relate_targets(encoding, parent, child, targets)


def define_systems(encoding: Encoding) -> None:
    """One operating system for each built node; others than the host's cost their position.

    Concrete candidates of a system that nothing is built for come after the host's.
    """
    program = encoding.program
    host = encoding.world.host.os
    present = {row.spec.os for _, row in encoding.nodes.all_rows()}
    systems = encoding.architectures.systems
    foreign = sorted(present.difference(systems), reverse=True)
    order = [host, *foreign, *systems[1:]]
    if len(order) == 1:
        return
    for name in encoding.nodes.encoded():
        for row in encoding.rows(name):
            program.minimize(criteria.OPERATING_SYSTEMS, order.index(row.spec.os), row.literal)
        if len(systems) == 1:
            continue
        atoms = [encoding.architectures.built_for(name, system) for system in systems]
        program.choice(atoms, (encoding.built(name),))
        program.exactly_one(atoms, encoding.built(name))
        for system, atom in zip(systems, atoms):
            program.prefer(atom, system == host)
            priority = criteria.OPERATING_SYSTEMS + encoding.shift(name)
            program.minimize(priority, order.index(system), atom)


def _relate_targets(encoding: Encoding, parent: str, child: str, targets: Sequence[str]) -> None:
    """Along link, run and test edges a target may only fall, and a difference is charged."""
    program = encoding.program
    kept = encoding.edge(parent, child, deptypes.BEYOND_BUILD)
    edge = program.all_of((kept, encoding.meant(parent, child)))
    options = {target: encoding.target(child, target) for target in targets}
    concrete = {row.literal: row.spec.target for row in encoding.rows(child)}
    for wanted in targets:
        above = encoding.target(parent, wanted)
        if above == FALSE:
            continue
        lower = [(lit, t, criteria.BUILT) for t, lit in options.items()]
        lower += [(lit, t, 0) for lit, t in concrete.items()]
        for literal, target, shift in lower:
            if literal == FALSE or target == wanted:
                continue
            both = (edge, above, literal)
            if not target_satisfies(wanted, target + ":"):
                program.forbid(both, Reason(TARGET_NEWER, (child, parent)))
            elif child not in encoding.nodes.runtimes:
                program.minimize(criteria.TARGET_MISMATCHES + shift, 1, program.all_of(both))
