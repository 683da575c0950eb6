"""Targets that no rule tells apart are one: an answer costs the same as with all of them."""

from __future__ import annotations

from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.solve.corpus import GCC, HOST, LLVM, compiler, concretize, package, world
from tests.solve.scenario_parts import at_target, require

from spack.errors import SpackError
from spack.solve.asp.criteria import cost_rows
from spack.solve.encoding.architectures import Architectures
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import World

TARGETS = (
    "icelake cascadelake cannonlake skylake_avx512 x86_64_v4 skylake broadwell haswell x86_64_v3"
    " ivybridge sandybridge westmere nehalem x86_64_v2 core2 nocona x86_64"
).split()
NAMES = ["p0", "p1", "p2", "p3", "p4"]

one = st.sampled_from(TARGETS)
constraints = st.one_of(
    one,
    one.map("{}:".format),
    one.map(":{}".format),
    st.tuples(one, one).map(":".join),
    st.tuples(one, one).map(",".join),
).map("target={}".format)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Packages with demands on targets, externals of some targets, compilers for some."""
    records = []
    for number, name in enumerate(NAMES):
        later = NAMES[number + 1 :]
        depends: list[tuple[str, str]] = [(other, "link") for other in later if draw(st.booleans())]
        depends += [("c", "build")] * draw(st.booleans())
        demands = [(other, "build,link") for other in later if draw(st.integers(0, 3)) == 0]
        depends += [(f"{other} {draw(constraints)}", kinds) for other, kinds in demands]
        conflicts = [(draw(constraints), None, None)] if draw(st.integers(0, 2)) == 0 else []
        records.append(package(name, "1.0", "2.0", depends=depends, conflicts=conflicts))
    able = st.sampled_from(range(len(TARGETS))).map(lambda n: frozenset(TARGETS[n:]))
    preferences = {
        name: require(draw(constraints)) for name in ("all", "p1") if draw(st.booleans())
    }
    here = world(
        records,
        preferences=preferences,
        compilers=[compiler(GCC, targets=draw(able)), compiler(LLVM, "c", targets=draw(able))],
        concrete=[at_target(name, draw(one)) for name in NAMES[2:] if draw(st.integers(0, 2)) == 0],
    )
    order = draw(st.sampled_from([TARGETS, ["haswell", *TARGETS[:7], *TARGETS[8:]]]))
    return here._replace(host=HOST._replace(targets=tuple(order)))


def outcome(here: World, root: str) -> object:
    try:
        return cost_rows(concretize(here, root).costs)
    except UnsatisfiableRequestError:
        return "unsatisfiable"
    except SpackError as error:
        return type(error).__name__


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.one_of(st.just("p0"), constraints.map("p0 {}".format)))
def test_classes_cost_what_all_targets_cost(here: World, root: str) -> None:
    found = outcome(here, root)
    with mock.patch.object(Architectures, "told_apart", lambda self, concrete: self._targets):
        assert outcome(here, root) == found


def test_a_required_target_leaves_few_classes() -> None:
    sizes = []
    usual = Architectures.told_apart

    def counted(self: Architectures, concrete: set[str]) -> tuple[str, ...]:
        found = usual(self, concrete)
        sizes.append(len(found))
        return found

    records = [package("p0", depends=["p1"]), package("p1")]
    here = world(records, preferences={"p1": require("target=x86_64_v3")}, compilers=[])
    here = here._replace(host=HOST._replace(targets=tuple(TARGETS)))
    with mock.patch.object(Architectures, "told_apart", counted):
        (root,) = concretize(here, "p0").roots
    # A difference along an edge costs more than another target than the best one.
    assert root is not None and root.target == root.edge("p1").spec.target == "x86_64_v3"
    assert 2 <= sizes[0] <= 6
