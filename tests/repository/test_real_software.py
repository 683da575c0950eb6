"""Our recipes build the real upstream archives, and what they install works.

Needs SPACK_SOURCE_MIRROR: a source mirror (directory or URL) with the archives.
"""

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
    MIRROR,
    PYTHON,
    ConcreteEdge,
    ConcreteSpec,
    compiled,
    install,
    needs,
    node,
    on_machine,
)

pytestmark = [
    pytest.mark.skipif(not MIRROR, reason="needs SPACK_SOURCE_MIRROR"),
    pytest.mark.skipif(bool(needs("gcc", "gmake")), reason="needs gcc and make"),
]


def make() -> ConcreteEdge:
    return ConcreteEdge(on_machine("gmake"), BUILD)


def output_of(program: Path, *arguments: str, directory: Path = Path("/")) -> str:
    """The output of an installed program, without any help from the environment."""
    done = subprocess.run(
        [str(program), *arguments],
        cwd=str(directory),
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def needed_from(program: Path, prefix: Path) -> bool:
    """Whether the loader finds a library of ``prefix`` for the program."""
    return str(prefix) in output_of(Path("/usr/bin/ldd"), str(program))


def ncurses() -> ConcreteSpec:
    edges = [*compiled("c", "cxx"), make()]
    return node("ncurses", "6.4", "autotools", edges, {"termlib": False})


def readline() -> ConcreteSpec:
    edges = [*compiled("c"), make(), ConcreteEdge(ncurses(), LINK)]
    return node("readline", "8.2", "autotools", edges)


def test_bzip2(tmp_path: Path) -> None:
    spec = node(
        "bzip2", "1.0.8", "makefile", [*compiled("c"), make()], {"shared": True, "pic": False}
    )
    prefix = install(spec, tmp_path)["bzip2"]
    (tmp_path / "text").write_text("text\n" * 1000)
    output_of(prefix / "bin/bzip2", "-k", "text", directory=tmp_path)
    assert output_of(prefix / "bin/bzcat", "text.bz2", directory=tmp_path) == "text\n" * 1000
    assert needed_from(prefix / "bin/bzip2", prefix)
    assert os.readlink(prefix / "lib/libbz2.so") == "libbz2.so.1.0.8"
    assert (prefix / "share/man/man1/bzip2.1").is_file()


@pytest.mark.parametrize("version", ["5.4.1", "5.8.3"])
def test_xz(version: str, tmp_path: Path) -> None:
    variants = {"pic": False, "libs": ("shared", "static")}
    spec = node("xz", version, "autotools", [*compiled("c"), make()], variants)
    prefix = install(spec, tmp_path)["xz"]
    assert version in output_of(prefix / "bin/xz", "--version")
    assert needed_from(prefix / "bin/xz", prefix)
    assert (prefix / "lib/liblzma.a").is_file()
    assert not list(prefix.glob("lib/*.la"))


def test_lz4(tmp_path: Path) -> None:
    variants = {"libs": ("shared", "static")}
    spec = node("lz4", "1.10.0", "makefile", [*compiled("c"), make()], variants)
    prefix = install(spec, tmp_path)["lz4"]
    assert "1.10.0" in output_of(prefix / "bin/lz4", "--version")


def test_gdbm_with_readline_and_ncurses(tmp_path: Path) -> None:
    edges = [*compiled("c"), make(), ConcreteEdge(readline(), LINK)]
    spec = node("gdbm", "1.24", "autotools", edges, {"readline": True})
    built = install(spec, tmp_path)
    tool = built["gdbm"] / "bin/gdbmtool"
    output_of(tool, "--newdb", "a.db", "store", "colour", "green", directory=tmp_path)
    assert "green" in output_of(tool, "a.db", "fetch", "colour", directory=tmp_path)
    assert needed_from(tool, built["readline"])
    assert needed_from(built["readline"] / "lib/libreadline.so", built["ncurses"])


def test_m4_with_libsigsegv(tmp_path: Path) -> None:
    library = node("libsigsegv", "2.14", "autotools", [*compiled("c"), make()])
    edges = [*compiled("c"), make(), ConcreteEdge(library, LINK)]
    spec = node("m4", "1.4.19", "autotools", edges, {"sigsegv": True})
    built = install(spec, tmp_path)
    (tmp_path / "in.m4").write_text("define(`greet', `hello $1')greet(`world')\n")
    assert "hello world" in output_of(built["m4"] / "bin/m4", "in.m4", directory=tmp_path)
    assert needed_from(built["m4"] / "bin/m4", built["libsigsegv"])


def test_xxhash(tmp_path: Path) -> None:
    spec = node("xxhash", "0.8.3", "makefile", [*compiled("c"), make()])
    prefix = install(spec, tmp_path)["xxhash"]
    assert "0.8.3" in output_of(prefix / "bin/xxhsum", "--version")


def test_diffutils(tmp_path: Path) -> None:
    spec = node("diffutils", "3.10", "autotools", [*compiled("c"), make()])
    prefix = install(spec, tmp_path)["diffutils"]
    assert "3.10" in output_of(prefix / "bin/diff", "--version")


def cmake_variants(**more: object) -> dict[str, object]:
    return {"build_type": "Release", "ipo": False, "generator": "make", **more}


@pytest.mark.skipif(bool(needs("cmake")), reason="needs cmake")
def test_utf8proc_with_cmake(tmp_path: Path) -> None:
    edges = [*compiled("c"), make(), ConcreteEdge(on_machine("cmake"), BUILD)]
    spec = node("utf8proc", "2.8.0", "cmake", edges, cmake_variants(shared=True))
    prefix = install(spec, tmp_path)["utf8proc"]
    (tmp_path / "t.c").write_text(
        "#include <stdio.h>\n#include <utf8proc.h>\n"
        "int main(void) { puts(utf8proc_version()); return 0; }\n"
    )
    flags = [f"-I{prefix}/include", f"-L{prefix}/lib", f"-Wl,-rpath,{prefix}/lib", "-lutf8proc"]
    subprocess.run(["gcc", "t.c", "-o", "t", *flags], cwd=str(tmp_path), check=True)
    assert output_of(tmp_path / "t") == "2.8.0\n"


@pytest.mark.skipif(bool(needs("cmake", "ninja")), reason="needs cmake and ninja")
def test_nlohmann_json_with_ninja(tmp_path: Path) -> None:
    edges = [
        *compiled("cxx"),
        ConcreteEdge(on_machine("ninja"), BUILD),
        ConcreteEdge(on_machine("cmake"), BUILD),
    ]
    spec = node("nlohmann-json", "3.11.3", "cmake", edges, cmake_variants(generator="ninja"))
    prefix = install(spec, tmp_path)["nlohmann-json"]
    assert (prefix / "include/nlohmann/json.hpp").is_file()


@pytest.mark.skipif(bool(needs("python")), reason="needs python")
def test_python_package(tmp_path: Path) -> None:
    python = on_machine("python")
    venv = node("python-venv", "1.0", "generic", [ConcreteEdge(python, PYTHON)])
    base = [ConcreteEdge(python, PYTHON), ConcreteEdge(venv, PYTHON)]
    pip = ConcreteEdge(node("py-pip", "25.1.1", "generic", base), BUILD)
    wheel = ConcreteEdge(node("py-wheel", "0.45.1", "generic", [*base, pip]), BUILD)
    setuptools = ConcreteEdge(node("py-setuptools", "80.9.0", "generic", [*base, pip]), BUILD)
    spec = node("py-six", "1.17.0", "python_pip", [*base, pip, wheel, setuptools])
    built = install(spec, tmp_path)
    site = next(built["py-six"].glob("lib/python3*/site-packages"))
    code = f"import sys; sys.path.insert(0, {str(site)!r}); import six; print(six.__file__)"
    assert str(site) in output_of(built["python-venv"] / "bin/python3", "-c", code)
