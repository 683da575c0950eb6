"""Programs that say what real compilers say, recognised by the public recipes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from spack.recipes.classes.detection import Detected, find_installations, programs_in
from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.recipes.records.record_cache import RecordCache

GCC = "if [ $1 = -dumpfullversion ]; then echo 13.2.0; else echo 13; fi"
CLANG = "echo 'clang version 17.0.6 (https://example.org 6009708b)'"
FLANG = "echo 'flang-new version 17.0.6 (https://example.org 6009708b)'"
DPCPP = "echo 'Intel(R) oneAPI DPC++/C++ Compiler 2024.1.0 (2024.1.0.20240308)'"
IFX = "echo 'ifx (IFX) 2024.1.0 20240308'"
NVC = "printf '\\nnvc 24.3-0 64-bit target on x86-64 Linux -tp zen3\\nNVIDIA Compilers\\n'"
NVFORTRAN = "printf '\\nnvfortran 24.3-0 64-bit target on x86-64 Linux -tp zen3\\n'"
AOCC = "echo 'AMD clang version 14.0.6 (CLANG: AOCC_4.0.0-Build#434 2022_10_28)'"
CRAYCC = "echo 'Cray clang version 17.0.1  (5ec9405551a8c8845cf14e81dc28bff7aa3935cb)'"
CRAYFTN = "echo 'Cray Fortran : Version 17.0.1 (20240117205900)'"

NAMES = ["gcc", "llvm", "intel-oneapi-compilers", "nvhpc", "aocc", "cce", "apple-clang"]

#: Programs and what they print, and the specs with the languages that are found.
CASES: dict[str, tuple[Mapping[str, str], list[str]]] = {
    "gcc": (
        {"gcc": GCC, "g++": GCC, "gfortran": GCC},
        ["gcc@13.2.0 languages:='c,c++,fortran': c cxx fortran"],
    ),
    "gcc without Fortran": ({"gcc": GCC, "g++": GCC}, ["gcc@13.2.0 languages:='c,c++': c cxx"]),
    "C++ only": ({"g++": GCC}, ["gcc@13.2.0 languages:='c++': cxx"]),
    "Fortran only": ({"gfortran": GCC}, ["gcc@13.2.0 languages:=fortran: fortran"]),
    "names with a version": (
        {"gcc-13": GCC, "g++-13": GCC},
        ["gcc@13.2.0 languages:='c,c++': c cxx"],
    ),
    "two of them": (
        {"gcc": GCC, "gcc-9": "echo 9.5.0", "g++-9": "echo 9.5.0"},
        ["gcc@13.2.0 languages:=c: c", "gcc@9.5.0 languages:='c,c++': c cxx"],
    ),
    "clang": (
        {"clang": CLANG, "clang++": CLANG, "flang-new": FLANG},
        ["llvm@17.0.6+clang+flang~lld~lldb: c cxx fortran"],
    ),
    "oneapi": (
        {"icx": DPCPP, "icpx": DPCPP, "ifx": IFX},
        ["intel-oneapi-compilers@2024.1.0: c cxx fortran"],
    ),
    "nvhpc": (
        {"nvc": NVC, "nvc++": NVC, "nvfortran": NVFORTRAN},
        ["nvhpc@24.3~blas~lapack~mpi: c cxx fortran"],
    ),
    "aocc": (
        {"clang": AOCC, "clang++": AOCC, "flang": AOCC},
        ["aocc@4.0.0: c cxx fortran"],
    ),
    "cce": (
        {"craycc": CRAYCC, "crayCC": CRAYCC, "crayftn": CRAYFTN},
        ["cce@17.0.1: c cxx fortran"],
    ),
    "flang without clang": ({"flang-new": FLANG}, []),
    "says nothing": ({"gcc": "exit 1"}, []),
}


@pytest.fixture(scope="module")
def public(public_recipes: Path, tmp_path_factory: pytest.TempPathFactory) -> RepositoryPath:
    cache = RecordCache(str(tmp_path_factory.mktemp("records")))
    root = public_recipes / "spack_repo" / "builtin"
    repositories = RepositoryPath([Repository(str(root), cache=cache)])
    repositories.serve()
    return repositories


def shown(found: Detected) -> str:
    languages = " ".join(sorted(found.extra_attributes["compilers"]))
    return f"{found.spec}: {languages}"


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_compiler(name: str, public: RepositoryPath, tmp_path: Path) -> None:
    programs, expected = CASES[name]
    (tmp_path / "bin").mkdir()
    for program, body in programs.items():
        path = tmp_path / "bin" / program
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    reasons: list[str] = []
    found = find_installations(
        [public.package_class(package) for package in NAMES],
        executables=programs_in([str(tmp_path)]),
        warn=reasons.append,
        jobs=3,
    )
    items = [item for items in found.values() for item in items]
    assert sorted(shown(item) for item in items) == expected
    assert {item.prefix for item in items} <= {str(tmp_path)}
    if not expected:
        assert any(str(tmp_path) in reason for reason in reasons)
