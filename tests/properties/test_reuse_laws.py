"""Random repositories with random installed specs, requirements on virtuals and locked roots."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties.test_lazy_solve import ROOTS, outcome, repositories
from tests.solve.corpus import concretize, located, world

from spack.errors import Origin, SpackError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.parser import parse_spec
from spack.recipes.records.package_records import PackageRecord
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import Group, Preferences, Request, World
from spack.solve.problem.reuse import with_candidates
from spack.solve.unify import solve_roots

OLDER = st.sampled_from(["p0", "p1", "p1~y", "p2@1", "p3+x", "p4", "p5@:2", "p6@2", "p0~x"])
MEMBERS = st.lists(st.sampled_from(["p4", "p5@2:", "p6+x", "p5"]), min_size=1, max_size=2)


def repository(records: Sequence[PackageRecord]) -> World:
    return world(records, providers={"v": ("p4", "p5"), "w": ("p6",)})


def solved(here: World, root: str) -> list[ConcreteSpec]:
    """The nodes of an answer; none if there is none."""
    try:
        return concretize(here, root).nodes()
    except SpackError:
        return []


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(repositories(), st.lists(OLDER, max_size=4), st.sampled_from(ROOTS))
def test_lazy_and_full_solves_agree_on_what_to_reuse(
    records: list[PackageRecord], older: list[str], root: str
) -> None:
    here = repository(records)
    reusing = with_candidates(here, [node for text in older for node in solved(here, text)])
    assert outcome(reusing, root, lazy=True) == outcome(reusing, root, lazy=False)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    repositories(),
    MEMBERS,
    st.sampled_from(["one_of", "any_of"]),
    st.booleans(),
    st.sampled_from(ROOTS),
)
def test_lazy_and_full_solves_agree_on_required_providers(
    records: list[PackageRecord], members: list[str], policy: str, weak: bool, root: str
) -> None:
    specs = [parse_spec(text) for text in members]
    group = Group(
        policy, (*specs, None) if weak else tuple(specs), None, None, Origin("packages.yaml", 1)
    )
    here = repository(records)
    here = here._replace(preferences={**here.preferences, "v": Preferences(groups=(group,))})
    assert outcome(here, root, lazy=True) == outcome(here, root, lazy=False)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(repositories(), st.sampled_from(ROOTS), st.sampled_from(ROOTS))
def test_a_new_root_agrees_with_the_locked_one(
    records: list[PackageRecord], locked: str, new: str
) -> None:
    here = repository(records)
    nodes = solved(here, locked)
    if not nodes:
        return
    fixed = nodes[0]
    request = Request((), fixed=(fixed,))
    try:
        (root,), _ = solve_roots([located(new)], here, lambda s, p: "", request=request)
    except (UnsatisfiableRequestError, SpackError):
        return
    found: dict[str, str] = {}
    for top in (fixed, root):
        for node in top.traverse(deptypes.LINK | deptypes.RUN | deptypes.TEST):
            if node.name != "gcc-runtime":
                assert found.setdefault(node.name, node.dag_hash()) == node.dag_hash()
