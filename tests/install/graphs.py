"""Concrete specs made by hand for the tests of this folder and of ``tests/build``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.versions import Version

ARCH = Architecture("linux", "debian12", "x86_64")

#: A node, or a node with types (``"build,link"``) and virtuals.
Child = Union[ConcreteSpec, tuple[ConcreteSpec, str], tuple[ConcreteSpec, str, tuple[str, ...]]]


def node(name: str, *children: Child, version: str = "1.0", **kwargs: Any) -> ConcreteSpec:
    """A concrete spec; children are link dependencies unless their types are given."""
    edges = []
    for child in children:
        if isinstance(child, ConcreteSpec):
            child = (child, "link")
        virtuals = child[2] if len(child) == 3 else ()
        edges.append(ConcreteEdge(child[0], deptypes.from_names(child[1].split(",")), virtuals))
    kwargs.setdefault("arch", ARCH)
    return ConcreteSpec(name, Version(version), dependencies=tuple(edges), **kwargs)


def external(
    name: str,
    path: str,
    *children: Child,
    version: str = "1.0",
    languages: str = "",
    namespace: str = "builtin",
    **extra: Any,
) -> ConcreteSpec:
    """A concrete spec that is installed somewhere else."""
    variants = {"languages": tuple(languages.split(","))} if languages else {}
    return node(
        name,
        *children,
        version=version,
        variants=variants,
        namespace=namespace,
        external=External(path, (), extra),
    )


def names(specs: Sequence[ConcreteSpec]) -> Sequence[str]:
    """Package names, in order."""
    return [spec.name for spec in specs]
