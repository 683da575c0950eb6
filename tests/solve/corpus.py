"""Small recipe sets for solver tests: records built by hand, no disk, no recipe code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Union

from spack.errors import Origin
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteSpec, External, Value
from spack.language.modes import Tests
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.language.versions import parse_version
from spack.recipes.records.dependents import demanded_settings, settings_like
from spack.recipes.records.package_records import (
    ConflictRecord,
    DependencyRecord,
    PackageRecord,
    ProvidesRecord,
    RequirementRecord,
    ValueRecord,
    VariantRecord,
    VersionRecord,
)
from spack.solve.asp.program import Law, Reason
from spack.solve.problem.request import (
    Compiler,
    Host,
    Packages,
    Preferences,
    Request,
    Solution,
    World,
)
from spack.solve.solver import solve

HOST = Host("linux", "debian12", ("x86_64_v4", "x86_64_v3", "x86_64_v2", "x86_64"), "x86_64")
TARGETS = frozenset(HOST.targets)

Dependency = Union[str, tuple[str, str], tuple[str, str, str]]


def said(text: str, origin: Origin | None = None) -> Reason:
    """A reason with that text."""
    return Reason(Law("rule", text), (), origin)


def package(
    name: str,
    *versions: str,
    depends: Sequence[Dependency] = (),
    variants: Sequence[VariantRecord] = (),
    provides: Sequence[str | tuple[str, str]] = (),
    conflicts: Sequence[tuple[str, str | None, str | None]] = (),
    requires: Sequence[tuple[tuple[str, ...], str, str | None]] = (),
    tags: Sequence[str] = (),
) -> PackageRecord:
    """A record. A dependency is (spec, types, when), types as words joined by commas.

    A version may carry a mark: ``2.0!`` preferred, ``0.9?`` deprecated.
    """
    counter = iter(range(1, 10_000))

    def origin() -> Origin:
        return Origin(f"{name}/package.py", next(counter))

    return PackageRecord(
        name,
        "test",
        path=f"{name}/package.py",
        line=1,
        versions=tuple(
            VersionRecord(
                text.rstrip("!?"),
                preferred=text.endswith("!"),
                deprecated=text.endswith("?"),
                origin=origin(),
            )
            for text in versions or ("1.0",)
        ),
        variants=tuple(variants),
        dependencies=tuple(_dependency(item, origin()) for item in depends),
        provides=tuple(
            ProvidesRecord(tuple(item.split()), None, origin())
            if isinstance(item, str)
            else ProvidesRecord(tuple(item[0].split()), item[1], origin())
            for item in provides
        ),
        conflicts=tuple(ConflictRecord(s, w, m, origin()) for s, w, m in conflicts),
        requirements=tuple(
            RequirementRecord(specs, policy, when, None, origin())
            for specs, policy, when in requires
        ),
        tags=tuple(tags),
    )


def _dependency(item: Dependency, origin: Origin) -> DependencyRecord:
    if isinstance(item, str):
        item = (item, "build,link")
    types = deptypes.from_names(item[1].split(","))
    return DependencyRecord(item[0], types, item[2] if len(item) > 2 else None, (), origin)


def flag(name: str, default: bool, when: str | None = None, sticky: bool = False) -> VariantRecord:
    """A boolean variant."""
    values = (ValueRecord(True), ValueRecord(False))
    return VariantRecord(name, "bool", default, values, sticky, when)


def words(
    name: str,
    default: str | tuple[str, ...],
    values: Iterable[str | ValueRecord],
    when: str | None = None,
) -> VariantRecord:
    """A variant with listed words: multi-valued if the default is a tuple."""
    listed = tuple(v if isinstance(v, ValueRecord) else ValueRecord(v) for v in values)
    kind = "multi" if isinstance(default, tuple) else "single"
    return VariantRecord(name, kind, default, listed, False, when)


class FakePackages(Packages):
    """A repository in memory."""

    def __init__(self, records: Iterable[PackageRecord]) -> None:
        self._records = {record.name: record for record in records}

    def record(self, name: str) -> PackageRecord:
        return self._records[name]

    def exists(self, name: str) -> bool:
        return name in self._records

    def is_virtual(self, name: str) -> bool:
        return bool(self.providers(name))

    def providers(self, virtual: str) -> list[str]:
        return sorted(n for n, r in self._records.items() if virtual in r.provided_names())

    def provided_by(self, name: str) -> list[str]:
        return sorted(self._records[name].provided_names())

    def dependents(self, name: str, mask: int) -> list[str]:
        return [
            parent
            for parent, record in self._records.items()
            if any(d.spec.name == name and d.deptypes & mask for d in record.dependencies)
        ]

    def demanding(self, name: str, variant: str, value: bool | str) -> list[str]:
        wanted = {(name, setting) for setting in settings_like(variant, value)}
        return [
            parent
            for parent, record in self._records.items()
            if not wanted.isdisjoint(demanded_settings(record))
        ]

    def unknown_name_hint(self, name: str) -> str:
        similar = [known for known in self._records if known[:2] == name[:2]]
        return f"did you mean {' or '.join(similar)}?" if similar else ""


TOOLCHAIN = (
    package(
        "gcc",
        "13.1",
        "12.2.0",
        variants=[words("languages", ("c", "c++", "fortran"), ("ada", "c", "c++", "fortran"))],
        provides=[
            ("c cxx", "languages=c,c++"),
            ("c", "languages=c"),
            ("fortran", "languages=fortran"),
        ],
        tags=("compiler",),
    ),
    package("llvm", "15.0", provides=["c", "cxx"], tags=("compiler",)),
    package(
        "gcc-runtime",
        depends=[("gcc", "build")],
        provides=["fortran-rt", "libgfortran@5"],
        tags=("runtime",),
    ),
    package("glibc", "2.36", provides=["libc"], tags=("runtime",)),
    package("compiler-wrapper", "1.0", tags=("runtime",)),
)


def external(name: str, version: str, **variants: Value) -> ConcreteSpec:
    """An external in ``/usr``."""
    return ConcreteSpec(
        name,
        parse_version(version),
        Architecture(HOST.platform, HOST.os, HOST.family),
        namespace="test",
        variants=variants,
        external=External("/usr", extra_attributes={"prefix_of": name}),
    )


GLIBC = external("glibc", "2.36")
GCC = external("gcc", "12.2.0", languages=("c", "c++", "fortran"))
LLVM = external("llvm", "15.0")


def compiler(spec: ConcreteSpec, *languages: str, targets: frozenset[str] = TARGETS) -> Compiler:
    """A usable compiler that links against the host's glibc."""
    return Compiler(spec, frozenset(languages or ("c", "cxx", "fortran")), GLIBC, targets)


def world(
    records: Sequence[PackageRecord],
    *,
    preferences: dict[str, Preferences] | None = None,
    providers: dict[str, tuple[str, ...]] | None = None,
    compilers: Sequence[Compiler] | None = None,
    concrete: Sequence[ConcreteSpec] = (),
    deprecated: bool = False,
) -> World:
    """A world with one gcc, unless other compilers are given."""
    usable = tuple(compilers) if compilers is not None else (compiler(GCC),)
    rows: dict[str, tuple[ConcreteSpec, ...]] = {"glibc": (GLIBC,)}
    for spec in (*(c.spec for c in usable), *concrete):
        rows[spec.name] = (*rows.get(spec.name, ()), spec)
    listed: dict[str, tuple[str, ...]] = dict.fromkeys(("c", "cxx", "fortran"), ("gcc", "llvm"))
    listed.update(providers or {})
    return World(
        packages=FakePackages((*TOOLCHAIN, *records)),
        host=HOST,
        preferences={"glibc": Preferences(buildable=False), **(preferences or {})},
        providers=listed,
        compilers=usable,
        concrete=rows,
        max_duplicates={"default": 1, "c": 2, "cxx": 2, "gcc": 2, "llvm": 2, "fortran": 1},
        allow_deprecated=deprecated,
    )


def located(text: str) -> Located:
    """A root as typed on the command line."""
    return Located(parse_spec(text), Origin("command line"), text)


def concretize(
    world_: World, *roots: str, tests: Iterable[str] = (), lazy: bool = True
) -> Solution:
    """Solve roots together."""
    request = Request(tuple(located(root) for root in roots), Tests(names=frozenset(tests)))
    return solve(request, world_, lambda spec, patches: "", lazy=lazy)


def node(solution: Solution, name: str) -> ConcreteSpec:
    """The node of a package in the answer."""
    return next(spec for spec in solution.nodes() if spec.name == name)


def names(solution: Solution) -> list[str]:
    """Sorted names of all nodes."""
    return sorted(spec.name for spec in solution.nodes())
