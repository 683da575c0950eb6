"""The lazy solve is exact: random repositories solved lazily and fully cost the same."""

from __future__ import annotations

from typing import List, Optional, Tuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.solve.corpus import concretize, flag, package, world

from spack.errors import SpackError
from spack.recipes.records import PackageRecord
from spack.solve.criteria import cost_rows
from spack.solve.explain import UnsatisfiableRequestError
from spack.solve.request import World

NAMES = [f"p{number}" for number in range(7)]
VIRTUALS = ["v", "w"]
VERSIONS = ("1.0", "2.0", "3.0")

conditions = st.sampled_from([None, "+x", "~x", "@2:", "@:1", "+y"])
ranges = st.sampled_from(["", "@2:", "@:2", "@1", "+x", "~x", "+y", "@3+x"])
types = st.sampled_from(["build", "link", "build,link", "run"])


@st.composite
def repositories(draw: st.DrawFn) -> List[PackageRecord]:
    """Seven packages that depend on later ones and on two virtuals; sometimes on earlier ones."""
    records = []
    for number, name in enumerate(NAMES):
        later = NAMES[number + 1 :]
        targets = [*later, *VIRTUALS]
        depends: List[Tuple[str, str, Optional[str]]] = []
        for target in draw(st.lists(st.sampled_from(targets), max_size=3)):
            wanted = "" if target in VIRTUALS else draw(ranges)
            depends.append((target + wanted, draw(types), draw(conditions)))
        if draw(st.booleans()):
            depends.append(("c", "build", None))
        conflicts = []
        for target in draw(st.lists(st.sampled_from(later or NAMES[:1]), max_size=1)):
            conflicts.append((f"^{target}{draw(ranges)}", draw(conditions), None))
        provides = []
        if number >= 4:
            provides = [
                (virtual, draw(conditions)) if draw(st.booleans()) else virtual
                for virtual in draw(st.lists(st.sampled_from(VIRTUALS), max_size=2, unique=True))
            ]
        records.append(
            package(
                name,
                *draw(st.lists(st.sampled_from(VERSIONS), min_size=1, max_size=3, unique=True)),
                variants=[flag("x", draw(st.booleans())), flag("y", draw(st.booleans()), "+x")],
                depends=[d if d[2] else d[:2] for d in depends],  # type: ignore[misc]
                conflicts=conflicts,
                provides=provides,  # type: ignore[arg-type]
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
@given(repositories(), st.sampled_from(["p0", "p0+x", "p0~x", "p0@2:", "p1+y", "p0 ^v"]))
def test_lazy_and_full_solves_have_equal_costs(records: List[PackageRecord], root: str) -> None:
    here = world(records, providers={"v": ("p4", "p5"), "w": ("p6",)})
    assert outcome(here, root, lazy=True) == outcome(here, root, lazy=False)
