"""The ground program of a solve in the input language of clingo, for people to read and run.

Atoms that the encoding knows by a meaning get readable names, all others ``aux(N)``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from spack.solve.asp.program import Program
from spack.solve.encoding.encoding import Encoding


def program_text(encoding: Encoding) -> str:
    """Rules, choices, constraints with their reasons, bounds, acyclic edges and criteria."""
    return "\n".join(_lines(encoding.program, atom_names(encoding))) + "\n"


def atom_names(encoding: Encoding) -> dict[int, str]:
    """A readable name for every atom that has a meaning of its own."""
    names: dict[int, str] = {}
    for atom, predicate, arguments in encoding.meanings():
        if atom > 1 and atom not in names:
            quoted = ",".join(json.dumps(str(argument)) for argument in arguments)
            names[atom] = f"{predicate}({quoted})"
    return names


def _lines(program: Program, names: Mapping[int, str]) -> Iterable[str]:
    def literal(number: int) -> str:
        name = names.get(abs(number), f"aux({abs(number)})")
        return name if number > 0 else f"not {name}"

    def body(literals: Sequence[int]) -> str:
        return ", ".join(map(literal, literals))

    def rule(head: str, literals: Sequence[int]) -> str:
        return f"{head} :- {body(literals)}." if literals else f"{head}."

    for atom, _ in program.switches:
        yield rule(literal(atom), ())
    for head, literals in program.rules:
        yield rule(literal(head), literals)
    for heads, literals in program.choices:
        yield rule("{" + "; ".join(map(literal, heads)) + "}", literals)
    for literals, reason in program.constraints:
        why = ""
        if reason is not None:
            where = f" [{reason.origin}]" if reason.origin is not None else ""
            why = f"  % {reason.in_words().text}{where}".replace("\n", " ")
        yield f":- {body(literals)}.{why}"
    for members, limit, _ in program.bounds:
        counted = "; ".join(f"{index} : {literal(m)}" for index, m in enumerate(members))
        yield f":- {limit} <= #count {{ {counted} }}."
    for source, target, condition in program.edges:
        yield f"#edge ({source},{target}) : {literal(condition)}."
    for priority in sorted(program.weights, reverse=True):
        terms: list[str] = [
            f"{weight}@{priority},{index} : {literal(condition)}"
            for index, (condition, weight) in enumerate(program.weights[priority])
        ]
        yield "#minimize { " + "; ".join(terms) + " }."
    constants: dict[int, int] = program.constants
    for priority, cost in sorted(constants.items(), reverse=True):
        yield f"#minimize {{ {cost}@{priority},always }}."
