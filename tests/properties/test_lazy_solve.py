"""The lazy solve is exact: random repositories solved lazily and fully cost the same."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.solve.corpus import concretize, flag, package, words, world

from spack.errors import SpackError
from spack.recipes.records.package_records import PackageRecord
from spack.solve.asp.criteria import cost_rows
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import World

NAMES = [f"p{number}" for number in range(7)]
VIRTUALS = ["v", "w"]
VERSIONS = ("1.0", "2.0", "3.0")
TOOLS = (2, 4, 5)
ROOTS = ("p0", "p0+x", "p0~x", "p0@2:", "p1+y", "p0 ^v", "p0 ^p3", "p0 ^p5+x", "p0 ^w", "p0 ^p2@2")

conditions = st.sampled_from([None, "+x", "~x", "@2:", "@:1", "+y"])
ranges = st.sampled_from(["", "@2:", "@:2", "@1", "+x", "~x", "+y", "@3+x"])
types = st.sampled_from(["build", "build", "link", "build,link", "run"])


@st.composite
def repositories(draw: st.DrawFn) -> list[PackageRecord]:
    """Seven packages that depend on later ones and on two virtuals; some are build tools."""
    records = []
    for number, name in enumerate(NAMES):
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
        records.append(
            package(
                name,
                *draw(st.permutations(VERSIONS))[: draw(st.integers(1, 3))],
                variants=[flag("x", draw(st.booleans())), flag("y", draw(st.booleans()), "+x")],
                depends=[d if d[2] else d[:2] for d in depends],  # type: ignore[misc]
                conflicts=conflicts,
                provides=provides,  # type: ignore[arg-type]
                tags=("build-tools",) if number in TOOLS and draw(st.booleans()) else (),
            )
        )
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
