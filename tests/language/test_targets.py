"""Targets: the order of micro-architectures and constraints as sets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from spack.language import targets


@pytest.mark.parametrize(
    "name, constraint, expected",
    [
        ("zen2", "zen2", True),
        ("zen2", "zen", False),
        ("zen2", "x86_64:", True),
        ("zen2", "x86_64_v3:", True),
        ("zen2", ":zen3", True),
        ("zen2", ":zen", False),
        ("skylake", "zen:", False),
        ("zen2", "haswell,zen2", True),
        ("zen2", "x86_64:haswell,zen:", True),
        ("x86_64:", "zen2", False),
        ("zen:", "x86_64:", True),
        ("zen2", ":", True),
        ("unknown", "unknown", True),
        ("unknown", "x86_64:", False),
    ],
)
def test_satisfies(name: str, constraint: str, expected: bool) -> None:
    assert targets.target_satisfies(name, constraint) is expected


@pytest.mark.parametrize(
    "a, b, both",
    [
        ("x86_64:", "zen2", "zen2"),
        ("zen2", "zen2", "zen2"),
        ("zen2", "zen", None),
        ("x86_64:", "ppc64le:", None),
        ("x86_64:zen2", "x86_64_v3:", "x86_64_v3:zen2"),
        ("x86_64:,power9le", "zen,power9le", "zen,power9le"),
        ("zen:,power9le", "x86_64:zen2,a64fx", "zen:zen2"),
    ],
)
def test_intersection(a: str, b: str, both: str | None) -> None:
    assert targets.target_intersection(a, b) == both
    assert targets.target_intersects(a, b) is (both is not None)
    if both is not None:
        assert targets.members(both) == targets.members(a) & targets.members(b)


def test_bounds_that_cannot_be_compared_give_names() -> None:
    both = targets.target_intersection("sandybridge:", "x86_64_v3:")
    assert both is not None
    assert targets.members(both) == targets.members("sandybridge:") & targets.members("x86_64_v3:")


def test_taxonomy() -> None:
    assert "x86_64" in targets.ancestors("zen2") and targets.ancestors("nothing") == ()
    assert targets.family("zen2") == "x86_64" and targets.family("nothing") == "nothing"
    assert targets.generic("zen2") == "x86_64_v3" and targets.generic("nothing") == "nothing"
    assert targets.is_known("a64fx") and not targets.is_known("nothing")
    assert "zen2" in targets.all_names()


def test_description_in_files() -> None:
    assert targets.describe("x86_64_v3") == "x86_64_v3"
    assert targets.describe("nothing") == "nothing"
    described = targets.describe("zen2")
    assert isinstance(described, dict)
    assert list(described) == ["name", "vendor", "features", "generation", "parents", "cpupart"]
    assert described["features"] == sorted(described["features"])


def test_archspec_is_loaded_only_when_asked(root: Path) -> None:
    code = (
        "import sys; import spack.language.matching as m; "
        "assert m.satisfies('a target=zen', 'a target=zen'); "
        "assert not [n for n in sys.modules if n.startswith('archspec')]"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(root / "lib" / "spack")}
    )
