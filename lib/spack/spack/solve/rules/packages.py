"""Rules that come from recipes: dependencies, conflicts, requirements.

::

    use(P, D, T) :- built(P), holds(P, When).             % depends_on(D Spec, when=When, type=T)
    :- built(P), holds(P, When), pick(P, D), meant(P, D), not own(D, Spec).
    need(P, V) :- built(P), holds(P, When).               % the same for a virtual V
    use(P, D, T) :- need(P, V), label(P, V, D).
    :- built(P), holds(P, When), holds(P, Spec).          % conflicts(Spec, when=When)
"""

from __future__ import annotations

from spack.language import deptypes
from spack.language.specs import Spec
from spack.recipes.records.package_records import DependencyRecord
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import FALSE, Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.sentences import CONFLICT, DEPENDS, NO_PROVIDER


def encode_package(encoding: Encoding, name: str) -> None:
    """All rules of one node of an expanded package."""
    record = encoding.candidates.record(package_of(name))
    for dependency in record.dependencies:
        encode_dependency(encoding, name, dependency)
    _conflicts(encoding, name)


def encode_dependency(encoding: Encoding, name: str, dependency: DependencyRecord) -> None:
    """``edge(P, D, T) :- built(P), holds(P, when)``, and what the directive says holds on D."""
    mask = dependency.deptypes
    if not encoding.request.tests.cover(package_of(name)):
        mask &= ~deptypes.TEST
    if not mask:
        return
    program = encoding.program
    active = program.all_of((encoding.built(name), encoding.holds(name, dependency.when)))
    if active == FALSE:
        return
    reason = Reason(DEPENDS, (name, dependency.spec, dependency.when), dependency.origin)
    child = dependency.spec.name or ""
    if not encoding.world.packages.exists(child):
        if not encoding.world.packages.is_virtual(child):
            program.forbid((active,), reason)
            return
        depend_on_virtual(encoding, name, dependency.spec, mask, active, reason)
    else:
        encoding.edges.use(name, child, active, mask)
        for key in encoding.edges.choices(name, child):
            chosen = program.all_of((active, encoding.pick(name, key)))
            encoding.impose(chosen, key, dependency.spec, reason, parent=name)


def depend_on_virtual(
    encoding: Encoding, name: str, virtual: Spec, mask: int, active: int, reason: Reason
) -> None:
    """Exactly one provider stands on the edges of P that need the virtual.

    ``vdep(P, V, T) :- active``; a language is chosen by each parent, any other virtual has one
    provider in the answer and ``label(P, V, D) :- vdep(P, V), provider(V, D)``.
    """
    program = encoding.program
    target = virtual.name or ""
    providers = encoding.providers_for(name, target)
    encoding.virtuals.need(name, target, active)
    if not providers:
        facts = (name, target, encoding.world.compilers)
        program.forbid((active,), Reason(NO_PROVIDER, facts, reason.origin))
        return
    for provider in providers:
        label = encoding.label(name, target, provider)
        encoding.edges.use_node(name, provider, program.all_of((active, label)), mask, target)
        if _constrains_provider(virtual):
            wanted = Spec(
                package_of(provider),
                variants=virtual.variants,
                target=virtual.target,
                dependencies=virtual.dependencies,
            )
            chosen = program.all_of((active, label))
            encoding.impose(chosen, provider, wanted, reason, parent=name)
        if virtual.versions.is_any:
            continue
        certain = (active, label, encoding.meant(name, provider))
        encoding.virtuals.demand(target, provider, virtual.versions, program.all_of(certain))
        if not encoding.is_stub(provider):
            fits = encoding.provides_version(provider, virtual)
            program.require(certain, fits, reason)
            for when, provided in encoding.candidates.provides(package_of(provider), target):
                if not provided.versions.intersects(virtual.versions):
                    program.forbid((*certain, encoding.holds(provider, when)), reason)


def _constrains_provider(virtual: Spec) -> bool:
    return bool(virtual.variants or virtual.target or virtual.dependencies)


def _conflicts(encoding: Encoding, name: str) -> None:
    """``:- built(P), holds(P, when), holds(P, spec)``; a named spec is tested on that package."""
    program = encoding.program
    for conflict in encoding.candidates.record(package_of(name)).conflicts:
        other = conflict.spec.name
        condition = encoding.holds(name, conflict.when)
        if condition == FALSE:
            continue
        if other is None or other == package_of(name):
            clash = encoding.holds(name, conflict.spec)
        elif encoding.world.packages.exists(other):
            clash = _used_with(encoding, name, other, conflict.spec)
        else:
            clash = encoding.depends(name, conflict.spec)
        facts = (name, conflict.spec, conflict.when, conflict.message)
        reason = Reason(CONFLICT, facts, conflict.origin)
        program.forbid((encoding.built(name), condition, clash), reason)


def _used_with(encoding: Encoding, name: str, other: str, spec: Spec) -> int:
    """A node of another package satisfies the spec and shares a unification set with this one."""
    program = encoding.program
    return program.any_of(
        program.all_of(
            (
                encoding.holds(key, spec),
                -encoding.further(key),
                encoding.sets.together(name, key),
            )
        )
        for key in encoding.instances(other)
    )
