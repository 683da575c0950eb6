"""The stack of the quick-start example, built with the compilers and make of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hand_made import (
    BUILD,
    LINK,
    RUN,
    ConcreteEdge,
    ConcreteSpec,
    compiled,
    found_on_machine,
    install,
    needs,
    node,
    on_machine,
)

pytestmark = pytest.mark.skipif(bool(needs("gcc", "gmake")), reason="needs gcc and make")


def heat2d(fortran: bool) -> ConcreteSpec:
    make = ConcreteEdge(on_machine("gmake"), BUILD)
    grid = node("heat-grid", "1.0", "makefile", [*compiled("c"), make])
    solver = node(
        "heat-solver", "1.0", "makefile", [*compiled("cxx"), make, ConcreteEdge(grid, LINK)]
    )
    report = node("heat-report", "1.0", "makefile", [make])
    languages = ("cxx", "fortran") if fortran else ("cxx",)
    edges = [
        *compiled(*languages),
        make,
        ConcreteEdge(grid, LINK),
        ConcreteEdge(solver, LINK),
        ConcreteEdge(report, RUN),
    ]
    return node("heat2d", "1.0", "makefile", edges, {"fortran": fortran})


def has_fortran() -> bool:
    gcc = found_on_machine("gcc")
    return bool(gcc and gcc.external and "fortran" in gcc.external.extra_attributes["compilers"])


@pytest.mark.parametrize("fortran", [False, True])
def test_the_example_is_built_and_runs(fortran: bool, tmp_path: Path) -> None:
    if fortran and not has_fortran():
        pytest.skip("needs gfortran")
    built = install(heat2d(fortran), tmp_path)
    programs = f"{built['heat-report'] / 'bin'}:/usr/bin:/bin"
    done = subprocess.run(
        [str(built["heat2d"] / "bin/heat2d"), "--steps", "50"],
        env={"PATH": programs},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    kernel = "Fortran" if fortran else "C++"
    lines = done.stdout.splitlines()
    assert lines[0] == f"heat2d: 48 x 48 cells, 50 steps, {kernel} kernel"
    assert lines[1].startswith("mean temperature ")
    assert len(lines) == 2 + 24
    assert "@" in done.stdout


def test_changed_sources_are_noticed(tmp_path: Path) -> None:
    from spack_repo.builtin.build_systems.embedded import digest_of_tree

    (tmp_path / "a").write_text("one")
    before = digest_of_tree(str(tmp_path))
    (tmp_path / "a").write_text("two")
    assert digest_of_tree(str(tmp_path)) != before
    os.rename(tmp_path / "a", tmp_path / "b")
    assert digest_of_tree(str(tmp_path)) != before
