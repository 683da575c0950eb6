"""Rules of ``packages:VIRTUAL:require`` and its kin, and of roots that could be the provider.

A member that names a package means that this one provides the virtual and is as the member says; a
member that names the virtual means the version that is provided.

::

    active(G) :- provider(V, D), holds(D, When).          % label(P, V, D) for a language
    m(G, i) :- provider(V, D), holds(D, Member).    :- active(G), not m(G, 1), ..., not m(G, n).
    :- row(P, h), not fits(G, c).                         % h was compiled by c
    :- provider(V, D), solved(R), holds(R, When), D not a root.       % R provides V when=When
"""

from __future__ import annotations

from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import satisfies
from spack.language.specs import Spec
from spack.solve.asp import criteria
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import TRUE, Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.nodes import Row
from spack.solve.encoding.sentences import (
    COMPILED_AGAINST,
    PROVIDER_FORBIDDEN,
    PROVIDER_REQUIRED,
    ROOT_PROVIDES,
)
from spack.solve.problem.request import LANGUAGES, Group


def encode_virtual_requirements(encoding: Encoding) -> None:
    """Groups of every virtual in use; of a language once for each node that is compiled."""
    for virtual in sorted(encoding.virtuals.in_use()):
        own = encoding.world.preferences.get(virtual)
        groups = [g for g in own.groups if not g.shared] if own is not None else []
        for group in groups:
            if virtual in LANGUAGES:
                _on_each_parent(encoding, virtual, group)
            else:
                _on_provider(encoding, virtual, group)
        if virtual in LANGUAGES:
            _rank_compilers(encoding, virtual)
        else:
            _roots_provide(encoding, virtual)


def _on_provider(encoding: Encoding, virtual: str, group: Group) -> None:
    """``1 {member} :- provider(V, D), when(D)``; later members cost their position."""
    program = encoding.program
    names = encoding.providers_of(virtual)
    atoms = [(name, encoding.provider(virtual, name)) for name in names]
    several = encoding.candidates.duplicates.providers(virtual) > 1
    for considered in [[one] for one in atoms] if several else [atoms]:
        active = program.any_of(
            program.all_of((atom, encoding.holds(name, group.when))) for name, atom in considered
        )
        literals = [_member(encoding, virtual, member, considered) for member in group.members]
        _require(encoding, virtual, group, active, literals)
        for member, literal in zip(group.members, literals):
            if member is not None and member.name is not None and member.name in names:
                encoding.mark_set(program.all_of((active, literal)), member.name, member)


def _on_each_parent(encoding: Encoding, language: str, group: Group) -> None:
    """As for other virtuals, but each node that is compiled has its own provider."""
    for parent in encoding.virtuals.parents(language):
        _on_parent(encoding, language, group, parent)
    for _, row in encoding.nodes.all_rows():
        _on_recorded_compiler(encoding, language, group, row)


def _on_parent(encoding: Encoding, language: str, group: Group, parent: str) -> None:
    program = encoding.program
    labels = [
        (name, encoding.label(parent, language, name))
        for name in encoding.providers_for(parent, language)
    ]
    active = program.any_of(
        program.all_of((label, encoding.holds(name, group.when))) for name, label in labels
    )
    literals = [
        _member(encoding, language, member, labels)
        if member is None or member.name == language
        else encoding.depends(parent, member, deptypes.ALL, (language,))
        for member in group.members
    ]
    _require(encoding, f"{language} of {parent}", group, active, literals)


def _rank_compilers(encoding: Encoding, language: str) -> None:
    """Prefer a compiler of ``packages:P:compiler``, or of that of ``all``, for nodes to build."""
    preferred = encoding.world.preferred_compilers
    for parent in encoding.virtuals.parents(language):
        group = preferred.get(package_of(parent), preferred.get("all"))
        if group is not None:
            _on_parent(encoding, language, group, parent)


def _on_recorded_compiler(encoding: Encoding, language: str, group: Group, row: Row) -> None:
    """A reused node is acceptable if a member holds on the compiler that it was built with."""
    for edge in row.spec.edges(deptypes.BUILD):
        if language not in edge.virtuals:
            continue
        if group.when is not None and not satisfies(edge.spec, group.when):
            continue
        weight = _first_that_holds(encoding, language, group, edge.spec)
        if weight is None:
            facts = (row.spec, edge.spec.name, language)
            reason = Reason(COMPILED_AGAINST, facts, group.origin)
            encoding.program.forbid((row.literal,), reason)
        else:
            encoding.program.minimize(criteria.REQUIREMENTS, weight, row.literal)


def _first_that_holds(
    encoding: Encoding, language: str, group: Group, compiler: ConcreteSpec
) -> int | None:
    for weight, member in enumerate(group.members):
        if member is None:
            return weight
        own = member.replace(name=None) if member.name == language else member
        if encoding.candidates.holds_on(compiler, own):
            return weight
    return None


def _member(
    encoding: Encoding, virtual: str, member: Spec | None, atoms: list[tuple[str, int]]
) -> int:
    """The member holds for one of the providers, each given with the literal that it is one."""
    if member is None:
        return TRUE
    program = encoding.program
    found: list[int] = []
    for name, atom in atoms:
        if member.name == virtual:
            fits = encoding.provides_version(name, member)
        elif member.name in (None, package_of(name)):
            fits = encoding.holds(name, member.replace(name=None))
        else:
            continue
        found.append(program.all_of((atom, fits)))
    return program.any_of(found)


def _require(encoding: Encoding, what: str, group: Group, active: int, literals: list[int]) -> None:
    program = encoding.program
    law = PROVIDER_FORBIDDEN if group.forbids else PROVIDER_REQUIRED
    reason = Reason(law, (what, group), group.origin)
    program.forbid((active, *(-literal for literal in literals)), reason)
    if group.policy == "one_of" and not group.forbids:
        for position, first in enumerate(literals):
            for second in literals[position + 1 :]:
                program.forbid((active, first, second), reason)
    elif group.policy == "one_of":
        for literal, member in zip(literals, group.members):
            if member is not None:
                program.forbid((active, literal), reason)
    earlier: list[int] = []
    for weight, literal in enumerate(literals):
        decides = program.all_of((active, literal, *(-other for other in earlier)))
        program.minimize(criteria.REQUIREMENTS, weight, decides)
        earlier.append(literal)


def _roots_provide(encoding: Encoding, virtual: str) -> None:
    """``:- provider(V, D), can_provide(R, V)`` unless D is a root itself, for each root R."""
    program = encoding.program
    able: list[tuple[str, int]] = []
    for root in encoding.roots:
        name = root.asked.spec.name or ""
        if name not in encoding.providers_of(virtual) or encoding.is_stub(name):
            continue
        can = program.any_of(
            encoding.holds(name, when) for when, _ in encoding.candidates.provides(name, virtual)
        )
        able.append((name, program.all_of((root.solved, can))))
    roots = {name for name, _ in able}
    if encoding.candidates.duplicates.providers(virtual) > 1:
        used = program.any_of(encoding.provider(virtual, n) for n in encoding.providers_of(virtual))
        provided = program.any_of(encoding.provider(virtual, name) for name in roots)
        for root_name, can in able:
            reason = Reason(ROOT_PROVIDES, (root_name, virtual))
            program.forbid((used, can, -provided), reason)
        return
    for name in encoding.providers_of(virtual):
        if name in roots:
            continue
        for root_name, can in able:
            reason = Reason(ROOT_PROVIDES, (root_name, virtual))
            program.forbid((encoding.provider(virtual, name), can), reason)
