"""Broken requests for public recipes, each with its true cause in the first three lines.

Needs SPACK_PUBLIC_RECIPES.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.end_to_end.public_session import public_session

from spack.errors import Origin, SpackError
from spack.language.modes import Unify
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.work.answers.concretization import Concretizer, make_concretizer
from spack.work.answers.questions import Question

#: Request, the true cause, and a way out that is told: "" where there is none.
CASES: list[tuple[str, Sequence[str], str]] = [
    (
        "python@3.12 ^python@:3.10",
        ["python@3.12 ^python@:3.10 was", "^python@:3.10 was"],
        "python@",
    ),
    ("py-numpy@1.26 ^python@3.14", ["^python@3.14", "depends on python@3.9:3.12"], "py-numpy"),
    ("hdf5~mpi ^mpich", ["^mpich was", "depends on mpi only when +mpi"], "hdf5 ^mpich"),
    ("hdf5+mpi ^mpich ^openmpi", ["^mpich", "^openmpi", "one provider of mpi"], "hdf5+mpi ^mpich"),
    (
        "hdf5~mpi+fortran ^openmpi",
        ["^openmpi", "depends on mpi only when +mpi"],
        "hdf5+fortran~mpi",
    ),
    ("hdf5~mpi ^mpi", ["^mpi was", "depends on mpi only when +mpi"], "hdf5~mpi"),
    ("zlib ^blas", ["blas is neither a direct dependency of zlib"], "zlib"),
    ("fftw~mpi ^openmpi", ["^openmpi", "depends on mpi only when +mpi"], "fftw~mpi"),
    ("zlib ^mpich", ["mpich is neither a direct dependency of zlib"], "zlib"),
    ("bzip2 ^zlib", ["zlib is neither a direct dependency of bzip2"], "bzip2"),
    ("zlib+mpi", ["package zlib has no variant 'mpi'"], "did you mean pic"),
    ("sqlite~nosuch", ["package sqlite has no variant 'nosuch'"], "variants of sqlite"),
    ("cmake@99", ["no known version of cmake satisfies @99"], "versions of cmake"),
    ("cmake ^openssl@4", ["no known version of openssl satisfies @4"], "versions of openssl"),
    ("py-numpy ^python@2.7", ["no known version of python satisfies @2.7"], "versions of python"),
    ("zlib %gcc@13", ["no compiler gcc@13 is configured"], "usable: gcc@12.2.0"),
    ("openblas %clang", ["no compiler llvm is configured"], "usable: gcc@12.2.0"),
    ("gcc@12 target=zen9", ["unknown target 'zen9'"], "did you mean zen"),
    ("zlib os=windows11", ["windows11, which is a system of windows"], "remove os="),
    ("petsc+hypre~mpi", ["petsc+hypre~mpi was", "Requires +mpi"], "petsc+hypre"),
    ("netcdf-c+mpi ^hdf5~mpi", ["^hdf5~mpi was", "depends on hdf5+mpi when +mpi"], "netcdf-c"),
    ("gmp@5 ^gmp@6", ["gmp@5 ^gmp@6 was", "^gmp@6 was"], "gmp@5"),
    ("ncurses+termlib ^ncurses~termlib", ["^ncurses~termlib was"], "ncurses+termlib"),
    ("cmake@3.31 ^cmake@3.30", ["^cmake@3.30 was"], "cmake@3.31"),
    ("umpire+cuda+rocm", ["conflicts with +cuda when +rocm"], "umpire+cuda"),
    ("camp+cuda cuda_arch=80 ^cuda@10", ["^cuda@10", "cuda@11.0: when cuda_arch=80"], "camp+cuda"),
    ("metis@4+gdb", ["gdb only when build_system=cmake", "only when @5:"], "metis@4"),
    ("kokkos+cuda", ["+cuda when cuda_arch=none", "cuda_arch is sticky"], "kokkos+cuda cuda_arch="),
    ("nccl-tests+mpi", ["Must specify CUDA compute"], "^nccl cuda_arch="),
    (
        "mfem+cuda cuda_arch=35",
        [
            "mfem+cuda cuda_arch=35 was",
            "conflicts with %gcc@12:",
            "cuda@5.0:11.8 when cuda_arch=35",
        ],
        "^cuda+allow-unsupported-compilers",
    ),
]


@pytest.fixture(scope="module")
def concretizer(public_recipes: Path, tmp_path_factory: pytest.TempPathFactory) -> Concretizer:
    """One external compiler and nothing to reuse."""
    return make_concretizer(public_session(public_recipes, tmp_path_factory.mktemp("instance")))


#: Words of which one stands at the place that a line names, or shortly below it.
DIRECTIVES = re.compile(
    r"depends_on|conflicts|requires|variant|version|provides|class |extends|require:|spec:"
)


def test_the_cause_is_told_first_with_its_place(concretizer: Concretizer) -> None:
    faults: list[str] = []
    for request, wanted, way_out in CASES:
        root = Located(parse_spec(request), Origin("command line"), request)
        with pytest.raises(SpackError) as caught:
            concretizer.concretize(Question((root,), Unify.TOGETHER))
        error = caught.value
        lines = (error.details or "").splitlines()
        first = "\n".join([error.message, *lines[:3]])
        faults += [
            f"{request}: {part!r} is not told first\n{error}"
            for part in wanted
            if part not in first
        ]
        if way_out not in (error.hint or ""):
            faults.append(f"{request}: {way_out!r} is not advised\n{error}")
        if isinstance(error, UnsatisfiableRequestError):
            assert error.minimal, request
            faults += [
                f"{request}: no place in {line}"
                for line in lines
                if "[" not in line[5:] and "(" not in line
            ]
            faults += [f"{request}: {place}" for place in wrong_places("\n".join(lines))]
    assert not faults, "\n\n".join(faults)


def wrong_places(text: str) -> list[str]:
    """Places in a refusal where no directive is."""
    found = []
    for file, line in re.findall(r"\[(/[^\]:]+):(\d+)", text):
        written = Path(file).read_text().splitlines()[int(line) - 1 : int(line) + 8]
        if not DIRECTIVES.search("\n".join(written)):
            found.append(f"{file}:{line}")
    return found
