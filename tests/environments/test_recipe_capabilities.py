"""The capabilities of packages, from the public recipes and from records made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from spack.config.values.yaml_values import parse_yaml
from spack.environments.manifests.applicability import applicable
from spack.environments.manifests.spec_lists import UserSpec, user_specs
from spack.environments.recipe_capabilities import RecipeCapabilities
from spack.language import deptypes
from spack.recipes.finding.repositories import Repository
from spack.recipes.records.package_records import (
    DependencyRecord,
    PackageRecord,
    ProvidesRecord,
    VariantRecord,
)


class Records:
    """A few packages: app needs mpi to link and cmake to build; mpich provides mpi."""

    def __init__(self) -> None:
        link, build = deptypes.LINK, deptypes.BUILD
        self.records: dict[str, PackageRecord] = {
            "app": PackageRecord(
                "app",
                "test",
                variants=(VariantRecord("mpi", "bool", False),),
                dependencies=(DependencyRecord("mpi", link), DependencyRecord("cmake@3:", build)),
            ),
            "mpich": PackageRecord(
                "mpich",
                "test",
                provides=(ProvidesRecord(("mpi@:3",)),),
                dependencies=(DependencyRecord("hwloc", link),),
            ),
            "cmake": PackageRecord("cmake", "test", dependencies=(DependencyRecord("curl", link),)),
            "hwloc": PackageRecord("hwloc", "test"),
            "curl": PackageRecord("curl", "test"),
            "zlib": PackageRecord("zlib", "test"),
        }

    def exists(self, name: str) -> bool:
        return name in self.records

    def record(self, name: str) -> PackageRecord:
        return self.records[name]

    def is_virtual(self, name: str) -> bool:
        return name == "mpi"

    def providers(self, virtual: str) -> Sequence[str]:
        return ["mpich"] if virtual == "mpi" else []


def test_variants() -> None:
    known = RecipeCapabilities(Records())
    assert known.has_variant("app", "mpi") and not known.has_variant("app", "cuda")
    assert known.has_variant("app", "dev_path") and known.has_variant("unknown", "cuda")


@pytest.mark.parametrize(
    "dependency, below, beside",
    [
        ("mpi", True, True),
        ("mpich", True, True),
        ("hwloc", True, False),
        ("cmake", True, True),
        ("curl", False, False),
        ("zlib", False, False),
        ("toolchain", True, True),
    ],
)
def test_dependencies(dependency: str, below: bool, beside: bool) -> None:
    known = RecipeCapabilities(Records())
    assert known.can_depend("app", dependency, False) is below
    assert known.can_depend("app", dependency, True) is beside
    assert known.can_depend("unknown", dependency, False)


def roots(text: str) -> list[UserSpec]:
    return user_specs(parse_yaml(text, "spack.yaml").data["specs"], {})


class SomeRecipes:
    """Real recipes, read one by one: an index of all providers takes long to make."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    def exists(self, name: str) -> bool:
        return Path(self.repository.recipe_file(name)).is_file()

    def record(self, name: str) -> PackageRecord:
        return self.repository.extract(name)

    def is_virtual(self, name: str) -> bool:
        return not self.exists(name)

    def providers(self, virtual: str) -> Sequence[str]:
        return ["mvapich2", "openmpi"] if virtual == "mpi" else []


def test_the_example_of_the_document(public_recipes: Path) -> None:
    """With real recipes."""
    builtin = Repository(str(public_recipes / "spack_repo" / "builtin"))
    known = RecipeCapabilities(SomeRecipes(builtin))
    text = "specs: [{matrix: [[zlib, libelf, hdf5+mpi], [^mvapich2, ^openmpi]]}]"
    found, dropped = applicable(roots(text), known)
    assert [root.text for root in found] == [
        "zlib",
        "libelf",
        str(roots("specs: [hdf5+mpi ^mvapich2]")[0].spec),
        str(roots("specs: [hdf5+mpi ^openmpi]")[0].spec),
    ]
    assert len(dropped) == 4
