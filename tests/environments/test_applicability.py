"""Constraints of a matrix that mean nothing for a package."""

from __future__ import annotations

import pytest

from spack.config.values.yaml_values import parse_yaml
from spack.environments.manifests.applicability import applicable
from spack.environments.manifests.spec_lists import UserSpec, user_specs
from spack.errors import ConfigurationError
from spack.language.parser import parse_spec


def roots(text: str) -> list[UserSpec]:
    return user_specs(parse_yaml(text, "spack.yaml").data["specs"], {})


class Known:
    """A world in which hdf5 has +mpi and needs an MPI, and everything but data has a compiler."""

    def has_variant(self, package: str, variant: str) -> bool:
        return (package, variant) in [("hdf5", "mpi"), ("zlib", "shared")]

    def can_depend(self, package: str, dependency: str, direct: bool) -> bool:
        if dependency == "gcc":
            return package != "data"
        return package == "hdf5" and dependency in ("mpi", "mpich", "openmpi")


def test_document_example_collapses_to_four() -> None:
    found, dropped = applicable(
        roots("specs: [{matrix: [[zlib, libelf, hdf5+mpi], [^mpich, ^openmpi]]}]"), Known()
    )
    assert [root.spec for root in found] == [
        parse_spec(text) for text in ("zlib", "libelf", "hdf5+mpi ^mpich", "hdf5+mpi ^openmpi")
    ]
    assert len(dropped) == 4
    assert "dropped '^mpich' from zlib" in str(dropped[0])


def test_only_the_part_that_does_not_apply_is_dropped() -> None:
    found, dropped = applicable(
        roots("specs: [{matrix: [[zlib, data], ['+shared +mpi @1: %gcc']]}]"), Known()
    )
    assert [root.spec for root in found] == [
        parse_spec("zlib@1:+shared%gcc"),
        parse_spec("data@1:"),
    ]
    assert [drop.constraint for drop in dropped] == ["+mpi", "+mpi", "+shared", "%gcc"]


def test_single_specs_are_taken_at_their_word() -> None:
    before = roots("specs: [zlib+nonsense]")
    assert applicable(before, Known()) == (before, [])


def test_strict_matrix_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="no variant mpi"):
        applicable(roots("specs: [{matrix: [[zlib], [+mpi]], strict: true}]"), Known())
