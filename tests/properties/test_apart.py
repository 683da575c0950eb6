"""Roots that share a program have the answers that each one has alone."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties.test_lazy_solve import (
    REQUESTED,
    ROOTS,
    TOOLCHAINS,
    compiled_repositories,
    compilers,
    externals,
    preferences,
    repositories,
    setting_repositories,
    tool_repositories,
)
from tests.solve.corpus import concretize, located, world

from spack.errors import SpackError
from spack.solve.apart import solve_apart
from spack.solve.asp.criteria import cost_rows
from spack.solve.problem.request import Request, Solution, World
from spack.solve.problem.reuse import with_candidates
from spack.solve.problem.toolchains import ToolchainExpander
from spack.solve.solver import solve

MORE = ("p1", "p1~x", "p2", "p3+y", "p3~x", "p4", "p5 ^p6", "p6@1.0", "p0 ^p4~x", "p1 ^p5@2:")


def compared(here: World, roots: Sequence[str]) -> None:
    """Each answer that roots have together on one program is the one of the root alone."""
    expander = ToolchainExpander(here.packages, TOOLCHAINS)
    wanted = [expander.located(located(root)) for root in roots]
    for root, found in zip(wanted, solve_apart(wanted, here, lambda s, p: "", Request(()), 1)):
        if isinstance(found, Solution):
            alone = solve(Request((root,)), here, lambda spec, patches: "")
            assert cost_rows(found.costs) == cost_rows(alone.costs)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(repositories(), tool_repositories(), setting_repositories()),
    st.lists(st.sampled_from((*ROOTS, *MORE)), min_size=2, max_size=6, unique=True),
)
def test_roots_on_one_program_cost_what_they_cost_alone(records: list, roots: list[str]) -> None:  # type: ignore[type-arg]
    here = world(records, providers={"v": ("p4", "p5"), "w": ("p6",)})
    compared(
        here._replace(max_duplicates={**here.max_duplicates, "p2": 2, "p4": 2, "p5": 2}), roots
    )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_so_they_do_in_any_configuration(data: st.DataObject) -> None:
    here = world(
        data.draw(compiled_repositories()),
        compilers=data.draw(compilers()),
        preferences=data.draw(preferences()),
        providers={"v": ("p4", "p5"), "w": ("p6",)},
        concrete=data.draw(externals()),
    )
    here = here._replace(
        max_duplicates={**here.max_duplicates, "p2": 2, "p4": 2, "p5": 2},
        duplicates=data.draw(st.sampled_from(["minimal", "minimal", "none"])),
        compiler_mixing=data.draw(st.sampled_from([True, True, False])),
    )
    requested = st.sampled_from((*REQUESTED, *ROOTS, *MORE))
    for root in data.draw(st.lists(requested, max_size=2)):
        try:
            here = with_candidates(here, concretize(here, root).nodes())
        except SpackError:
            continue
    compared(here, data.draw(st.lists(requested, min_size=2, max_size=6, unique=True)))
