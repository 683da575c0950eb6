"""The lazy solve is exact: random repositories solved lazily and fully cost the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.solve.corpus import (
    GCC,
    HOST,
    LLVM,
    TARGETS,
    compiler,
    concretize,
    flag,
    located,
    package,
    words,
    world,
)
from tests.solve.scenario_parts import gcc, group

from spack.errors import Origin, SpackError
from spack.language.concrete_specs import Architecture, ConcreteSpec, External
from spack.language.versions import parse_version
from spack.recipes.records.package_records import PackageRecord
from spack.solve.asp.criteria import cost_rows
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import Compiler, Preferences, Request, World
from spack.solve.problem.reuse import with_candidates
from spack.solve.problem.toolchains import ToolchainExpander
from spack.solve.solver import solve

NAMES = [f"p{number}" for number in range(7)]
VIRTUALS = ["v", "w"]
VERSIONS = ("1.0", "2.0", "3.0")
TOOLS = (2, 4, 5)
ROOTS = ("p0", "p0+x", "p0~x", "p0@2:", "p1+y", "p0 ^v", "p0 ^p3", "p0 ^p5+x", "p0 ^w", "p0 ^p2@2")

conditions = st.sampled_from([None, "+x", "~x", "@2:", "@:1", "+y"])
ranges = st.sampled_from(["", "@2:", "@:2", "@1", "+x", "~x", "+y", "@3+x"])
types = st.sampled_from(["build", "build", "link", "build,link", "run"])


def _record(
    draw: st.DrawFn,
    number: int,
    depends: Sequence[tuple[str, str, str | None]],
    conflicts: Sequence[tuple[str, str | None, str | None]],
    provides: Sequence[str | tuple[str, str | None]],
) -> PackageRecord:
    """A package with some versions and two variants, perhaps a build tool."""
    return package(
        NAMES[number],
        *draw(st.permutations(VERSIONS))[: draw(st.integers(1, 3))],
        variants=[flag("x", draw(st.booleans())), flag("y", draw(st.booleans()), "+x")],
        depends=[d if d[2] else d[:2] for d in depends],  # type: ignore[misc]
        conflicts=conflicts,
        provides=provides,  # type: ignore[arg-type]
        tags=("build-tools",) if number in TOOLS and draw(st.booleans()) else (),
    )


@st.composite
def repositories(draw: st.DrawFn) -> list[PackageRecord]:
    """Seven packages that depend on later ones and on two virtuals; some are build tools."""
    records = []
    for number in range(len(NAMES)):
        later = NAMES[number + 1 :]
        targets = [*later, *VIRTUALS]
        depends: list[tuple[str, str, str | None]] = []
        for target in draw(st.lists(st.sampled_from(targets), max_size=3)):
            wanted = "" if target in VIRTUALS else draw(ranges)
            depends.append((target + wanted, draw(types), draw(conditions)))
        if draw(st.booleans()):
            depends.append(("c", "build", None))
        conflicts = []
        for target in draw(st.lists(st.sampled_from(later or NAMES[:1]), max_size=1)):
            conflicts.append((f"^{target}{draw(ranges)}", draw(conditions), None))
        provides = []
        if number >= 4 and draw(st.booleans()):
            provides = [
                (virtual, draw(conditions)) if draw(st.booleans()) else virtual
                for virtual in draw(st.lists(st.sampled_from(VIRTUALS), max_size=2, unique=True))
            ]
        records.append(_record(draw, number, depends, conflicts, provides))
    return records


@st.composite
def tool_repositories(draw: st.DrawFn) -> list[PackageRecord]:
    """An application and libraries that want build tools in versions that often clash."""
    tools = ["p2", "p4", "p5"]
    wanted = st.sampled_from(["@1", "@2", "@2:", "@:2", "@3", "", "~x", "+x"])
    records = []
    for number, name in enumerate(["p0", "p1", "p3", *tools]):
        depends: list[tuple[str, str, str | None]] = []
        for library in [n for n in ("p1", "p3") if n > name]:
            if name not in tools and draw(st.booleans()):
                depends.append((library, draw(types), None))
        for position, tool in enumerate(tools):
            if position + 3 > number and draw(st.booleans()):
                how = draw(st.sampled_from(["build", "build", "build", "link", "run"]))
                depends.append((tool + draw(wanted), how, draw(conditions)))
        records.append(
            package(
                name,
                *draw(st.permutations(VERSIONS))[: draw(st.integers(2, 3))],
                variants=[flag("x", draw(st.booleans())), flag("y", draw(st.booleans()), "+x")],
                depends=[d if d[2] else d[:2] for d in depends],  # type: ignore[misc]
                tags=("build-tools",) if name in tools else (),
            )
        )
    return records


@st.composite
def setting_repositories(draw: st.DrawFn) -> list[PackageRecord]:
    """Providers of two virtuals that set values of libraries, which the application excludes.

    They do so always: what the manual says about costs paid elsewhere is not looked for here.
    """
    libraries, providers = ["p1", "p2", "p3"], ["p4", "p5", "p6"]
    values = st.sampled_from(["+x", "~x", " m=a", " m=b", " m=c", "+x m=b", ""])
    records = []
    for name in NAMES:
        depends: list[tuple[str, str, str | None]] = []
        conflicts = []
        provides = []
        if name == "p0":
            depends = [("v", "link", None), ("p1", "link", None), ("p3", "link", None)]
            depends += [("w", "link", None)] * draw(st.booleans())
            for target in draw(st.lists(st.sampled_from(["p1", "p3"]), max_size=2)):
                conflicts.append((f"^{target}{draw(values)}", None, None))
        if name in providers:
            provides = draw(st.lists(st.sampled_from(VIRTUALS), min_size=1, unique=True))
            below = libraries + [n for n in providers if n > name]
            for target in draw(st.lists(st.sampled_from(below), max_size=3)):
                depends.append((target + draw(values), draw(types), None))
        elif name == "p2" and draw(st.booleans()):
            depends.append(("p3" + draw(values), draw(types), None))
        records.append(
            package(
                name,
                *VERSIONS,
                variants=[
                    flag("x", draw(st.booleans()), sticky=draw(st.booleans())),
                    words("m", draw(st.sampled_from("abc")), ("a", "b", "c")),
                ],
                depends=[d if d[2] else d[:2] for d in depends],  # type: ignore[misc]
                conflicts=conflicts,
                provides=provides,
                tags=("build-tools",) if name in ("p2", "p4") and draw(st.booleans()) else (),
            )
        )
    return records


def outcome(here: World, root: str, lazy: bool) -> object:
    """The cost by criterion, or the kind of refusal."""
    try:
        return cost_rows(concretize(here, root, lazy=lazy).costs)
    except UnsatisfiableRequestError:
        return "unsatisfiable"
    except SpackError as error:
        return type(error).__name__


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(repositories(), tool_repositories(), setting_repositories()), st.sampled_from(ROOTS)
)
def test_lazy_and_full_solves_have_equal_costs(records: list[PackageRecord], root: str) -> None:
    here = world(records, providers={"v": ("p4", "p5"), "w": ("p6",)})
    here = here._replace(max_duplicates={**here.max_duplicates, "p2": 2, "p4": 2, "p5": 2})
    assert outcome(here, root, lazy=True) == outcome(here, root, lazy=False)


class Entry(NamedTuple):
    """One entry of a toolchain."""

    spec: str
    when: str = ""
    origin: Origin = Origin("toolchains.yaml", 1)


TOOLCHAINS = {
    "mine": [
        Entry("%c=llvm", "%c"),
        Entry("%cxx=llvm", "%cxx"),
        Entry("%fortran=gcc", "%fortran"),
    ],
    "old": [Entry("%c=gcc@11", "%c"), Entry("%v=p5", "%v")],
}
REQUESTED = (
    *("p0", "p0+x", "p1", "v", "p0 ^v@2:", "p0 ^w", "p0 ^p3~x", "p0 %mine", "p0 %%mine"),
    *("p0 %%old", "p1 %gcc@11", "p0 %%gcc", "p0 %c=llvm ^p1 %gcc", "p0 target=x86_64_v3:"),
    *("p0 ^p3 target=x86_64_v2:x86_64_v3", "p0 os=debian11", "v ^w", "w %gcc@11", "p2"),
)
TEXTS = (
    *("%gcc", "%gcc@11", "%c=llvm", "%clang", "+x", "~x", "@2:", "@:2", "target=:x86_64_v3"),
    *("target=x86_64_v2:x86_64_v3", "target=x86_64_v3:", "%fortran=gcc", "%cxx=gcc@11"),
)


@st.composite
def compiled_repositories(draw: st.DrawFn) -> list[PackageRecord]:
    """Packages of several languages that test and ask for versions of virtuals."""
    records = []
    ranges_of_virtuals = st.sampled_from(["", "@1:", "@2:", "@:1", "@2"])
    for number in range(len(NAMES)):
        later = NAMES[number + 1 :]
        depends: list[tuple[str, str, str | None]] = [
            (language, "build", draw(st.sampled_from([None, None, "+x", "^v@2:"])))
            for language in draw(st.lists(st.sampled_from(["c", "cxx", "fortran"]), unique=True))
        ]
        for target in draw(st.lists(st.sampled_from([*later, "v", "w"]), max_size=2)):
            asked = ranges_of_virtuals if target in VIRTUALS else ranges
            depends.append((target + draw(asked), draw(types), draw(conditions)))
        conflicts = []
        if draw(st.booleans()):
            virtual = draw(st.sampled_from(VIRTUALS))
            conflicts.append((f"^{virtual}{draw(ranges_of_virtuals)}", draw(conditions), None))
        provides = []
        if number >= 4:
            for virtual in draw(st.lists(st.sampled_from(VIRTUALS), max_size=2, unique=True)):
                provides.append((virtual + draw(ranges_of_virtuals), draw(conditions)))
        named = [p if p[1] else p[0] for p in provides]
        records.append(_record(draw, number, depends, conflicts, named))
    return records


@st.composite
def compilers(draw: st.DrawFn) -> list[Compiler]:
    """One to three compilers, of which some lack Fortran or the best targets."""
    found = [compiler(GCC)]
    if draw(st.booleans()):
        older = TARGETS if draw(st.booleans()) else frozenset(("x86_64_v3", "x86_64_v2", "x86_64"))
        languages = ("c", "cxx") if draw(st.booleans()) else ()
        found.append(compiler(gcc("11.3.0"), *languages, targets=older))
    if draw(st.booleans()):
        found.append(compiler(LLVM, "c", "cxx"))
    return found


@st.composite
def preferences(draw: st.DrawFn) -> dict[str, Preferences]:
    """Requirements, preferences and conflicts of a few packages, of all, and of virtuals."""
    found: dict[str, Preferences] = {}
    for name in draw(st.lists(st.sampled_from(["all", "all", *NAMES[:4]]), max_size=2)):
        text, other = draw(st.sampled_from(TEXTS)), draw(st.sampled_from(TEXTS))
        made = draw(
            st.sampled_from(
                [
                    group("one_of", text),
                    group("any_of", text, None),
                    group("one_of", text, None),
                    group("any_of", text, other),
                    group("one_of", text, when="+x"),
                ]
            )
        )
        found[name] = Preferences(groups=(made._replace(shared=name == "all"),))
    for virtual in draw(st.lists(st.sampled_from(["c", "v", "w"]), max_size=1)):
        member = draw(st.sampled_from(["gcc", "llvm"] if virtual == "c" else ["p4", "p5", "p6"]))
        found[virtual] = Preferences(groups=(group("any_of", member, None),))
    return found


@st.composite
def externals(draw: st.DrawFn) -> list[ConcreteSpec]:
    """Externals, of another target or system as well."""
    found = []
    for name in draw(st.lists(st.sampled_from(NAMES[2:]), max_size=2, unique=True)):
        system = draw(st.sampled_from([HOST.os, HOST.os, "debian11"]))
        target = draw(st.sampled_from([*HOST.targets, HOST.family]))
        found.append(
            ConcreteSpec(
                name,
                parse_version(draw(st.sampled_from(VERSIONS))),
                Architecture(HOST.platform, system, target),
                namespace="test",
                variants={"x": draw(st.booleans())},
                external=External("/usr"),
            )
        )
    return found


def attempt(here: World, roots: list[str], optional: bool, lazy: bool) -> object:
    """As :func:`outcome`, of roots with toolchains, of which some may stay unsolved."""
    expander = ToolchainExpander(here.packages, TOOLCHAINS)
    wanted = tuple(expander.located(located(root)) for root in roots)
    request = Request(wanted, optional=optional)
    try:
        return cost_rows(solve(request, here, lambda spec, patches: "", lazy=lazy).costs)
    except UnsatisfiableRequestError:
        return "unsatisfiable"
    except SpackError as error:
        return type(error).__name__


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_so_they_have_in_any_configuration(data: st.DataObject) -> None:
    here = world(
        data.draw(compiled_repositories()),
        compilers=data.draw(compilers()),
        preferences=data.draw(preferences()),
        providers={"v": ("p4", "p5"), "w": ("p6",)},
        concrete=data.draw(externals()),
    )
    here = here._replace(
        max_duplicates={**here.max_duplicates, "p2": 2, "p4": 2, "p5": 2},
        duplicates=data.draw(st.sampled_from(["minimal", "minimal", "full", "none"])),
        compiler_mixing=data.draw(st.sampled_from([True, True, False])),
    )
    requested = st.sampled_from(REQUESTED)
    for root in data.draw(st.lists(requested, max_size=2)):
        try:
            here = with_candidates(here, concretize(here, root).nodes())
        except SpackError:
            continue
    roots = data.draw(st.lists(requested, min_size=1, max_size=3, unique=True))
    optional = data.draw(st.booleans())
    assert attempt(here, roots, optional, lazy=True) == attempt(here, roots, optional, lazy=False)
