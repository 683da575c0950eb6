"""Configurations with the keys and shapes that six public sites use, for the packages of our site.

They are read without a warning, but for keys of former versions.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.modulefiles.site import Site


class Case(NamedTuple):
    """A configuration, names of files (hashes are ``HASH``), text in one of them, old keys."""

    kind: str
    text: str
    files: set[str]
    content: tuple[str, str]
    old: int = 0


CASES = {
    # One flat set in a view of the site, short names, nothing that users did not ask for.
    "cscs": Case(
        "tcl",
        """\
modules:
  prefix_inspections:
    bin: [PATH]
    lib: [LD_LIBRARY_PATH]
    lib64: [LD_LIBRARY_PATH]
  default:
    arch_folder: false
    roots: {tcl: @/tcl}
    tcl:
      all: {autoload: none}
      hash_length: 0
      exclude_implicits: true
      exclude: ['%gcc@11', 'gcc %gcc@11', 'para ^ompi']
      projections:
        all: '{name}/{version}'
        solver: solver
        python: '{name}/{version}'
""",
        {"plain/2.0", "para/2.0", "solver", "ext/2.0", "script/2.0"},
        ("para/2.0", "prepend-path PATH"),
    ),
    # Before sets had names: the keys are at the top; suffixes for variants that few packages have.
    "cscs-of-old": Case(
        "tcl",
        """\
modules:
  enable::
  - tcl
  roots: {tcl: @/tcl, lmod: @/lmod}
  lmod:
    core_compilers: [gcc@11]
    hierarchy: [mpi, lapack]
    whitelist: [gcc, intel]
  tcl:
    verbose: true
    hash_length: 0
    blacklist: [smpi, ompi, lin, interp, gcc, gcc-runtime, glibc, zlib, autotools, compiler-wrapper]
    all:
      conflict: ['{name}']
      suffixes:
        build_type=Release: release
        +cuda: cuda
        threads=openmp: omp
        ^openblas: openblas
        ^lin~threads: serial
        +pic: pic
        ^python@3: python3
      environment:
        set: {'{name}_ROOT': '{prefix}'}
    ^python:
      autoload: direct
    projections:
      all: '{name}/{version}-{compiler.name}-{compiler.version}'
      ^mpi: '{name}/{version}-{^mpi.name}-{^mpi.version}-{compiler.name}-{compiler.version}'
""",
        {
            "ARCH/plain/2.0-gcc-GCC-pic", "ARCH/plain/1.0-gcc-11.4.0",
            "ARCH/para/2.0-smpi-2.0-gcc-GCC", "ARCH/para/2.0-ompi-2.0-gcc-GCC",
            "ARCH/para/2.0-smpi-2.0-gcc-11.4.0", "ARCH/solver/2.0-smpi-2.0-gcc-GCC-serial",
            "ARCH/ext/2.0-none-none", "ARCH/script/2.0-none-none",
        },
        ("ARCH/script/2.0-none-none", "$assign SCRIPT_ROOT"),
        old=6,
    ),
    # A hierarchy of compilers alone, categories as folders, rules for many packages.
    "pawsey": Case(
        "lmod",
        """\
modules:
  prefix_inspections:
    bin: [PATH]
    lib: [LIBRARY_PATH, LD_LIBRARY_PATH]
    include: [CPATH]
    '': [CMAKE_PREFIX_PATH]
  default:
    enable:: [lmod]
    roots: {lmod: @/lmod}
    lmod:
      hierarchy:: [compiler]
      core_compilers:: [gcc@11]
      hash_length: 0
      exclude_implicits: true
      exclude: [para ^ompi, 'lammps ~rocm', '%cce']
      all:
        environment:
          set: {'SITE_{name}_HOME': '{prefix}'}
        autoload: none
      ^interp: {autoload: direct}
      blas: {autoload: direct}
      fftw-api: {autoload: direct}
      cp2k: {autoload: none}
      projections:
        'gromacs +double': 'applications/{name}/{version}-double'
        solver: 'applications/{name}/{version}'
        'plain +pic': 'libraries/{name}/{version}'
        'plain ~pic': 'libraries/{name}-static/{version}'
        ^interp: 'extensions/{name}/{version}-with-{^interp.name}{^interp.version.up_to_1}'
        all: '{name}/{version}-{hash:7}'
""",
        {
            "ARCH/Core/libraries/plain-static/1.0.lua", "ARCH/gcc/GCC/libraries/plain/2.0.lua",
            "ARCH/gcc/GCC/applications/solver/2.0.lua", "ARCH/gcc/GCC/para/2.0-HASH.lua",
            "ARCH/Core/para/2.0-HASH.lua", "ARCH/Core/script/2.0-HASH.lua",
            "ARCH/gcc/GCC/extensions/ext/2.0-with-interp2.lua",
        },
        ("ARCH/gcc/GCC/extensions/ext/2.0-with-interp2.lua", 'depends_on("script/2.0'),
    ),
    # Levels for MPI, roots of packages as variables; two kinds of compilers at the base.
    "nersc": Case(
        "lmod",
        """\
modules:
  default:
    enable::
    - lmod
    roots: {lmod: @/lmod}
    lmod:
      core_compilers:
      - gcc@11.4.0
      - nvhpc@21.7
      hierarchy:
      - mpi
      hash_length: 0
      exclude_implicits: true
      all:
        environment:
          set:
            '{name}_ROOT': '{prefix}'
""",
        {
            "ARCH/Core/plain/1.0.lua", "ARCH/gcc/GCC/plain/2.0.lua", "ARCH/Core/script/2.0.lua",
            "ARCH/gcc/GCC/ext/2.0.lua", "ARCH/smpi/2.0-HASH/gcc/GCC/para/2.0.lua",
            "ARCH/ompi/2.0-HASH/gcc/GCC/para/2.0.lua", "ARCH/smpi/2.0-HASH/Core/para/2.0.lua",
            "ARCH/smpi/2.0-HASH/gcc/GCC/solver/2.0.lua",
        },
        ("ARCH/Core/plain/1.0.lua", 'pushenv("PLAIN_ROOT", "/'),
    ),
    # Old names of keys, a naming scheme and projections, conflicts of a family of packages.
    "anl": Case(
        "tcl",
        """\
modules:
  enable:
  - tcl
  roots: {tcl: @/tcl}
  tcl:
    blacklist_implicits: true
    hash_length: 0
    naming_scheme: '{name}/{version}-{compiler.name}-{compiler.version}'
    blacklist: [para ^ompi]
    all:
      conflict: ['{name}']
      environment:
        set: {'{name}_ROOT': '{prefix}'}
    plain:
      conflict: [plane]
    matlab:
      environment: {set: {LICENCE_FILE: '27000@licences.example.org'}}
    projections:
      all: '{name}/{version}-{compiler.name}-{compiler.version}'
""",
        {
            "ARCH/plain/2.0-gcc-GCC", "ARCH/plain/1.0-gcc-11.4.0", "ARCH/para/2.0-gcc-GCC",
            "ARCH/para/2.0-gcc-11.4.0", "ARCH/solver/2.0-gcc-GCC", "ARCH/ext/2.0-none-none",
            "ARCH/script/2.0-none-none",
        },
        ("ARCH/plain/2.0-gcc-GCC", "conflict plain\nconflict plane\n"),
        old=5,
    ),
    # Two levels, names that tell flavours apart, a template of its own, variables left out.
    "tutorial": Case(
        "lmod",
        """\
modules:
  default:
    enable: [lmod]
    roots: {lmod: @/lmod}
    lmod:
      core_compilers: [gcc@11]
      hierarchy: [lapack, mpi]
      hash_length: 0
      include: [gcc]
      exclude: ['%gcc@11', gcc-runtime, glibc, compiler-wrapper, readline]
      all:
        filter:
          exclude_env_vars: [C_INCLUDE_PATH, CPLUS_INCLUDE_PATH, LIBRARY_PATH, CMAKE_PREFIX_PATH]
        environment:
          set: {'{name}_ROOT': '{prefix}'}
      mpi:
        environment:
          set: {SLURM_MPI_TYPE: pmi2, '{name}_VERSION': '{version}'}
      solver:
        template: group-restricted.lua
      projections:
        all: '{name}/{version}'
        ^lapack: '{name}/{version}-{^lapack.name}'
""",
        {
            "ARCH/Core/gcc/11.4.0.lua", "ARCH/Core/gcc/GCC.lua", "ARCH/Core/script/2.0.lua",
            "ARCH/gcc/GCC/plain/2.0.lua", "ARCH/gcc/GCC/smpi/2.0.lua", "ARCH/gcc/GCC/ompi/2.0.lua",
            "ARCH/gcc/GCC/lin/2.0.lua", "ARCH/gcc/GCC/interp/2.0.lua",
            "ARCH/gcc/GCC/ext/2.0.lua", "ARCH/smpi/2.0-HASH/gcc/GCC/para/2.0.lua",
            "ARCH/ompi/2.0-HASH/gcc/GCC/para/2.0.lua",
            "ARCH/lin/2.0-HASH/smpi/2.0-HASH/gcc/GCC/solver/2.0-lin.lua",
        },
        ("ARCH/gcc/GCC/smpi/2.0.lua", 'pushenv("SMPI_VERSION", "2.0")'),
    ),
    # An environment's own section: implicit packages are hidden, names without hashes.
    "key4hep": Case(
        "tcl",
        """\
modules:
  default:
    enable: [tcl]
    arch_folder: false
    roots: {tcl: @/tcl}
    tcl:
      hide_implicits: true
      hash_length: 0
      all:
        autoload: run
      projections:
        all: '{name}/{version}'
        ^mpi: '{name}/{version}-{^mpi.name}-{compiler.version}'
""",
        {
            "plain/2.0", "plain/1.0", "para/2.0-smpi-GCC", "para/2.0-ompi-GCC",
            "para/2.0-smpi-11.4.0", "solver/2.0-smpi-GCC", "ext/2.0", "script/2.0",
        },
        ("ext/2.0", "depends-on script/2.0}"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_site(name: str, site: Site, tmp_path: Path) -> None:
    case = CASES[name]
    scope = site.scope(case.text, tmp_path)
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "group-restricted.lua").write_text(
        '{% extends "modules/modulefile.lua" %}{% block footer %}\n'
        "-- Only some use {{ spec.name }}.\n{% endblock %}\n"
    )
    settings = json.dumps({"config": {"template_dirs": [str(templates)]}})
    (scope / "config.yaml").write_text(settings)
    spack = site.instance
    result = spack("-C", str(scope), "module", case.kind, "refresh", "-y")
    assert result.returncode == 0, result.stderr
    warnings = [line for line in result.stderr.splitlines() if "Warning" in line]
    assert all("is deprecated: write" in line for line in warnings), result.stderr
    assert len(warnings) == case.old, result.stderr
    gcc = spack.ok("find", "--format", "{version}", "gcc@12:").strip()
    found: dict[str, str] = {}
    hidden = set()
    root = tmp_path / case.kind
    for path in root.rglob("*"):
        place = re.sub(r"linux-[a-z0-9]+-[a-z0-9_]+", "ARCH", str(path.relative_to(root)))
        place = re.sub(r"2\.0-[a-z0-9]{7}(?=[/.])", "2.0-HASH", place).replace(gcc, "GCC")
        if path.name.startswith(".modulerc"):
            hidden |= set(
                re.findall(r"--hidden-loaded (\S+)", path.read_text().replace(gcc, "GCC"))
            )
        elif path.is_file() and path.name not in ("module-index.yaml", ".module-files-lock"):
            found[place] = path.read_text()
    assert found.keys() - hidden == case.files
    place, words = case.content
    assert words in found[place]
    assert ("Only some use solver" in "".join(found.values())) == (name == "tutorial")
