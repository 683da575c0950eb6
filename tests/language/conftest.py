"""Fixtures of the language tests: a builder of concrete nodes, and one small graph."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from spack.language import deptypes as dt
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec
from spack.language.versions import parse_version

ARCH = Architecture("linux", "debian12", "x86_64_v3")


def node(text: str, *edges: tuple[Any, ...], **attributes: Any) -> ConcreteSpec:
    """``name@version`` with edges ``(child, deptypes[, virtuals])``."""
    name, _, version = text.partition("@")
    return ConcreteSpec(
        name,
        parse_version(version or "1.0"),
        attributes.pop("arch", ARCH),
        dependencies=tuple(
            ConcreteEdge(edge[0], edge[1], tuple(edge[2]) if len(edge) > 2 else ())
            for edge in edges
        ),
        **attributes,
    )


@pytest.fixture
def make_node() -> Callable[..., ConcreteSpec]:
    """The function :func:`node`."""
    return node


@pytest.fixture
def app() -> ConcreteSpec:
    """An application with MPI, a library below it, a compiler and a tool that links zlib.

    app: build+link mpich (mpi), build gcc (c, cxx), build cmake; mpich: link hwloc;
    cmake: link zlib, build ninja; hwloc: build pkgconf.
    """
    gcc = node("gcc@12.2.0", variants={"languages": ("c", "c++")})
    zlib = node("zlib@1.3", variants={"shared": True})
    ninja = node("ninja@1.11")
    pkgconf = node("pkgconf@2.1")
    cmake = node("cmake@3.27", (zlib, dt.LINK), (ninja, dt.BUILD))
    hwloc = node("hwloc@2.9", (pkgconf, dt.BUILD), variants={"pci": False})
    mpich = node("mpich@4.1", (hwloc, dt.LINK), (gcc, dt.BUILD, ["c"]), variants={"device": "ch4"})
    return node(
        "app@2.1",
        (mpich, dt.BUILD | dt.LINK, ["mpi"]),
        (gcc, dt.BUILD, ["c", "cxx"]),
        (cmake, dt.BUILD),
        variants={"mpi": True, "api": "v18", "fabrics": ("tcp", "ucx")},
        flags={"cflags": ("-O2", "-g")},
        patches=("f8773" + "0" * 59, "50388" + "0" * 59),
    )
