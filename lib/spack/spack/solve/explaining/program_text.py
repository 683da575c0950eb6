"""The ground program of a solve in the input language of clingo, for people to read and run.

Atoms that the encoding knows by a meaning get readable names, all others ``aux(N)``.
"""

from __future__ import annotations

import json
from typing import Dict, Iterable, List, Mapping, Sequence

from spack.language import deptypes
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import Program
from spack.solve.encoding.encoding import Encoding


def program_text(encoding: Encoding) -> str:
    """Rules, choices, constraints with their reasons, bounds, acyclic edges and criteria."""
    return "\n".join(_lines(encoding.program, atom_names(encoding))) + "\n"


def atom_names(encoding: Encoding) -> Dict[int, str]:
    """A readable name for every atom that has a meaning of its own."""
    names: Dict[int, str] = {}

    def name(number: int, predicate: str, *arguments: object) -> None:
        quoted = ",".join(json.dumps(str(argument)) for argument in arguments)
        names.setdefault(number, f"{predicate}({quoted})")

    for key, number in encoding.nodes.items():
        name(number, "node", key)
        for row in encoding.rows[key]:
            name(row.literal, "row", key, row.spec.dag_hash())
    for key, number in encoding.built_atoms.items():
        name(number, "built", key)
    for key, atoms in encoding.version_atoms.items():
        for number, index in atoms:
            version = encoding.candidates.versions(package_of(key))[index].version
            name(number, "version", key, version)
    for key, ranges in encoding.range_atoms.items():
        for versions, number in ranges.items():
            name(number, "version_in", key, versions)
    for key, variants in encoding.value_atoms.items():
        for variant, values in variants.items():
            for value, number in values.items():
                name(number, "value", key, variant, value)
    for (parent, child, mask), number in encoding.edge_atoms.items():
        name(number, "edge", parent, child, ",".join(deptypes.to_names(mask)))
    for predicate, table in (
        ("variant", encoding.variant_atoms),
        ("set", encoding.set_atoms),
        ("label", encoding.label_atoms),
        ("provider", encoding.provider_atoms),
        ("target", encoding.target_atoms),
        ("target_in", encoding.target_set_atoms),
        ("member", encoding.member_atoms),
        ("pick", encoding.pick_atoms),
        ("flag", encoding.flag_atoms),
    ):
        for place, number in table.items():
            name(number, predicate, *place)
    for key, number in encoding.further_atoms.items():
        name(number, "further", key)
    for (key, at_run_time), number in encoding.open_below_atoms.items():
        name(number, "open_below", key, at_run_time)
    for (key, spec), number in encoding.condition_atoms.items():
        name(number, "holds", key, spec)
    return {number: text for number, text in names.items() if number > 1}


def _lines(program: Program, names: Mapping[int, str]) -> Iterable[str]:
    def literal(number: int) -> str:
        name = names.get(abs(number), f"aux({abs(number)})")
        return name if number > 0 else f"not {name}"

    def body(literals: Sequence[int]) -> str:
        return ", ".join(map(literal, literals))

    def rule(head: str, literals: Sequence[int]) -> str:
        return f"{head} :- {body(literals)}." if literals else f"{head}."

    for head, literals in program.rules:
        yield rule(literal(head), literals)
    for heads, literals in program.choices:
        yield rule("{" + "; ".join(map(literal, heads)) + "}", literals)
    for literals, reason in program.constraints:
        why = ""
        if reason is not None:
            where = f" [{reason.origin}]" if reason.origin is not None else ""
            why = f"  % {reason.text}{where}".replace("\n", " ")
        yield f":- {body(literals)}.{why}"
    for members, limit, _ in program.bounds:
        counted = "; ".join(f"{index} : {literal(m)}" for index, m in enumerate(members))
        yield f":- {limit} <= #count {{ {counted} }}."
    for source, target, condition in program.edges:
        yield f"#edge ({source},{target}) : {literal(condition)}."
    for priority in sorted(program.weights, reverse=True):
        terms: List[str] = [
            f"{weight}@{priority},{index} : {literal(condition)}"
            for index, (condition, weight) in enumerate(program.weights[priority])
        ]
        yield "#minimize { " + "; ".join(terms) + " }."
    constants: Dict[int, int] = program.constants
    for priority, cost in sorted(constants.items(), reverse=True):
        yield f"#minimize {{ {cost}@{priority},always }}."
