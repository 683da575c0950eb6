"""Dependencies for new recipes, from what source trees state."""

from __future__ import annotations

from pathlib import Path

import pytest

from spack.recipes.source_requirements import requirements

CMAKE = """\
cmake_minimum_required(VERSION 3.18...3.27)
project(thing VERSION 1 LANGUAGES CXX Fortran) # find_package(Commented)
find_package(MPI REQUIRED)
find_package(HDF5 1.10 REQUIRED COMPONENTS C)
find_package(Threads)
find_package(ZLIB 1.2)
pkg_check_modules(XML REQUIRED IMPORTED_TARGET libxml-2.0>=2.9)
"""

PYPROJECT = """\
[build-system]
requires = ["setuptools >=61,<70", 'wheel']  # "comment"

[project]
name = "thing"
requires-python = ">=3.8, <4"
dependencies = [
    "NumPy>=1.20",          # "not-this"
    "ruamel.yaml ~=0.17.5",
    "requests[socks]==2.*",
    "py-cpuinfo",
    "colorama; sys_platform == 'win32'",
]

[project.optional-dependencies]
test = ["pytest"]
"""

SETUP = """\
from setuptools import setup
setup(name="x", python_requires=">=3.6", install_requires=["six", "attrs<=20.1"])
"""

CASES: dict[str, list[object]] = {
    "cmake": [
        {"CMakeLists.txt": CMAKE},
        'depends_on("cxx", type="build")',
        'depends_on("fortran", type="build")',
        'depends_on("cmake@3.18:", type="build")',
        'depends_on("pkgconfig", type="build")',
        'depends_on("hdf5@1.10:")',
        'depends_on("libxml2")',
        'depends_on("mpi")',
        'depends_on("zlib-api")',
    ],
    "meson": [
        {
            "meson.build": "project('x', 'c', 'cpp', meson_version: '>= 0.60')\n"
            "a = dependency('glib-2.0', version: '>=2.50')\nb = dependency('libfoo', "
            "version : '>= 1.1')\n# dependency('old')\n"
        },
        'depends_on("c", type="build")',
        'depends_on("cxx", type="build")',
        'depends_on("meson@0.60:", type="build")',
        'depends_on("pkgconfig", type="build")',
        'depends_on("glib")',
        'depends_on("libfoo@1.1:")',
    ],
    "autoreconf": [
        {
            "configure.ac": "AC_PROG_CC\nPKG_CHECK_MODULES([A], [libcurl >= 7.1 expat])\n"
            "AC_CHECK_LIB([z], [inflate])\ndnl AC_PROG_CXX\n"
        },
        'depends_on("c", type="build")',
        'depends_on("pkgconfig", type="build")',
        'depends_on("curl")',
        'depends_on("expat")',
        'depends_on("zlib-api")',
    ],
    "makefile": [
        {"src/a.c": "", "b.f90": "", "Makefile": ""},
        'depends_on("c", type="build")',
        'depends_on("fortran", type="build")',
    ],
    "python": [
        {"pyproject.toml": PYPROJECT},
        'depends_on("py-setuptools@61:69", type="build")',
        'depends_on("py-wheel", type="build")',
        'depends_on("py-cpuinfo", type=("build", "run"))',
        'depends_on("py-numpy@1.20:", type=("build", "run"))',
        'depends_on("py-requests@2", type=("build", "run"))',
        'depends_on("py-ruamel-yaml@0.17.5:0.17", type=("build", "run"))',
        'depends_on("python@3.8:3", type=("build", "run"))',
    ],
    "perlmake": [
        {
            "META.json": '{"prereqs": {"runtime": {"requires": '
            '{"perl": "5.010001", "File::Which": "1.09", "Carp": 0}}}}'
        },
        'depends_on("perl@5.10.1:", type=("build", "run"))',
        'depends_on("perl-carp", type=("build", "run"))',
        'depends_on("perl-file-which@1.09:", type=("build", "run"))',
    ],
    "r": [
        {
            "DESCRIPTION": "Package: x\nDepends: R (>= 3.5.0), methods\n"
            "Imports: data.table (>= 1.14),\n    Rcpp\nSuggests: testthat\n"
        },
        'depends_on("r@3.5.0:", type=("build", "run"))',
        'depends_on("r-data-table@1.14:", type=("build", "run"))',
        'depends_on("r-rcpp", type=("build", "run"))',
    ],
    "cargo": [
        {"Cargo.toml": '[package]\nname = "x"\nrust-version = "1.70"\n'},
        'depends_on("rust@1.70:", type="build")',
    ],
    "go": [{"go.mod": "module x\n\ngo 1.21\n"}, 'depends_on("go@1.21:", type="build")'],
    "ruby": [
        {
            "x.gemspec": "s.required_ruby_version = '>= 2.7'\n"
            "s.add_dependency 'thor', '~> 1.0.1'\ns.add_development_dependency 'rake'\n"
        },
        'depends_on("ruby@2.7:", type=("build", "run"))',
        'depends_on("ruby-thor@1.0.1:1.0", type=("build", "run"))',
    ],
}


def lines(tmp_path: Path, template: str, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return [one.directive() for one in requirements(str(tmp_path), template)]


@pytest.mark.parametrize("template", CASES)
def test_of_each_build_system(template: str, tmp_path: Path) -> None:
    files, *expected = CASES[template]
    assert isinstance(files, dict)
    assert lines(tmp_path, template, files) == expected


def test_older_python_projects(tmp_path: Path) -> None:
    assert lines(tmp_path, "python", {"setup.py": SETUP}) == [
        'depends_on("py-setuptools", type="build")',
        'depends_on("py-attrs@:20.1", type=("build", "run"))',
        'depends_on("py-six", type=("build", "run"))',
        'depends_on("python@3.6:", type=("build", "run"))',
    ]
    config = "[options]\npython_requires = >=3.7\ninstall_requires =\n    attrs\n    # no\n"
    assert 'depends_on("py-attrs", type=("build", "run"))' in lines(
        tmp_path, "python", {"setup.cfg": config}
    )


@pytest.mark.parametrize("template", [*CASES, "bundle"])
def test_files_that_say_nothing(template: str, tmp_path: Path) -> None:
    """Missing, empty and broken files are no errors."""
    assert [one for one in lines(tmp_path, template, {}) if "setuptools" not in one] == []
    rubbish = dict.fromkeys(
        (
            "CMakeLists.txt",
            "meson.build",
            "pyproject.toml",
            "setup.py",
            "setup.cfg",
            "META.json",
            "DESCRIPTION",
            "go.mod",
            "Cargo.toml",
            "configure.ac",
            "x.gemspec",
        ),
        "((( [] {} project( \x00 = 'x\n",
    )
    lines(tmp_path, template, rubbish)
