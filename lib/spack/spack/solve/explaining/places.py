"""Places of general rules: those of the directive, entry or request that they are about.

A rule such as that a virtual has one provider is written nowhere. Readers look for the directive
that brought the virtual, or the entry of the compiler. Knows no sentences.
"""

from __future__ import annotations

from collections.abc import Iterable

from spack.errors import Origin
from spack.language.concrete_specs import ConcreteSpec
from spack.solve.asp.instances import package_of
from spack.solve.asp.program import Reason
from spack.solve.encoding.encoding import Encoding
from spack.solve.encoding.sentences import (
    C_AND_CXX,
    FLAGS_DIFFER,
    NOT_MIXED,
    ONE_PROVIDER,
    PROVIDES_TOGETHER,
    ROOT_PROVIDES,
    TARGET_NEWER,
    TWO_VERSIONS,
)
from spack.type_names import Any

_INSTALLED = Origin("installed")


def place_of(encoding: Encoding, reason: Reason) -> Origin | None:
    """The place of a reason: its own, or that of what it is about; None if that has none."""
    if reason.origin is not None and reason.origin.file:
        return reason.origin
    law, facts = reason.law, reason.facts
    if law in (ROOT_PROVIDES, FLAGS_DIFFER):
        return _of_requests(encoding, facts)
    if law == ONE_PROVIDER:
        users = encoding.virtuals.parents(facts[0])
        directives = (_of_dependency(encoding, user, facts[:1]) for user in users)
        return next(filter(None, directives), None) or _of_requests(encoding, facts)
    if law in (TWO_VERSIONS, PROVIDES_TOGETHER):
        return _of_provided(encoding, facts[0], facts[1])
    if law == C_AND_CXX:
        return _of_dependency(encoding, facts[0], ("cxx", "c"))
    if law == TARGET_NEWER:
        child, parent = facts
        place = _of_dependency(encoding, parent, _also_called(encoding, child))
        return place or _of_recipe(encoding, parent)
    if law == NOT_MIXED:
        return encoding.world.mixing_origin
    if law.kind == "cycle":
        above, below, *_ = facts[0].split(" -> ")
        return _of_dependency(encoding, above, _also_called(encoding, below))
    named = [fact for fact in facts if isinstance(fact, str)]
    return (
        _of_compiler(encoding, named)
        or (_of_dependency(encoding, named[0], named[1:]) if named else None)
        or _of_recipe(encoding, *named)
        or _of_installed(encoding, facts)
    )


def _of_requests(encoding: Encoding, facts: Iterable[Any]) -> Origin | None:
    """The request that names one of these, or the first one."""
    roots = encoding.request.roots
    wanted = {fact for fact in facts if isinstance(fact, str)}
    about = [root for root in roots if wanted.intersection(_names(root.spec))]
    return next((root.origin for root in (*about, *roots)), None)


def _names(spec: Any) -> set[str]:
    return {spec.name or "", *(edge.spec.name or "" for edge in spec.dependencies)}


def _of_compiler(encoding: Encoding, names: Iterable[str]) -> Origin | None:
    """The entry of a compiler that is named."""
    wanted = {package_of(name) for name in names}
    return next(
        (c.origin for c in encoding.world.compilers if c.spec.name in wanted and c.origin), None
    )


def _of_dependency(encoding: Encoding, name: str, wanted: Iterable[str]) -> Origin | None:
    """The directive of a package that asks for one of these."""
    if not encoding.world.packages.exists(package_of(name)):
        return None
    names = set(wanted)
    dependencies = encoding.candidates.record(package_of(name)).dependencies
    return next((d.origin for d in dependencies if d.spec.name in names), None)


def _also_called(encoding: Encoding, name: str) -> list[str]:
    """The package, and the virtuals that it may provide."""
    package = package_of(name)
    packages = encoding.world.packages
    return [package, *(packages.provided_by(package) if packages.exists(package) else ())]


def _of_provided(encoding: Encoding, name: str, virtual: str) -> Origin | None:
    """The directive by which a package provides a virtual."""
    provides = encoding.candidates.record(package_of(name)).provides
    return next((p.origin for p in provides if any(s.name == virtual for s in p.specs)), None)


def _of_recipe(encoding: Encoding, *names: str) -> Origin | None:
    """The class of the first package that is named."""
    exists = encoding.world.packages.exists
    known = (package_of(name) for name in names if exists(package_of(name)))
    return next((encoding.candidates.record(name).origin for name in known), None)


def _of_installed(encoding: Encoding, facts: Iterable[Any]) -> Origin | None:
    """A place for what is said of an installed spec: it was recorded."""
    specs = [fact for fact in facts if isinstance(fact, ConcreteSpec)]
    return _INSTALLED if specs else None
