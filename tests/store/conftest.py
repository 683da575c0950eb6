"""Concrete specs for the tests of stores, made without a solver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.parser import parse_spec
from spack.language.versions import parse_version
from spack.store.database import Database
from spack.store.records import InstallRecord

Dependency = Union[ConcreteSpec, tuple[ConcreteSpec, int], tuple[ConcreteSpec, int, Sequence[str]]]


def node(
    name: str,
    version: str = "1.0",
    *dependencies: Dependency,
    external: str | None = None,
    target: str = "x86_64",
    namespace: str = "builtin",
    build_spec: ConcreteSpec | None = None,
    **variants: Any,
) -> ConcreteSpec:
    """A concrete spec; a dependency is a spec, or (spec, types[, virtuals]), by default link."""
    edges = []
    for item in dependencies:
        child, types, virtuals = (
            (item, deptypes.DEFAULT, ())
            if isinstance(item, ConcreteSpec)
            else (item[0], item[1], tuple(item[2]) if len(item) > 2 else ())
        )
        edges.append(ConcreteEdge(child, types, virtuals))
    return ConcreteSpec(
        name,
        parse_version(version),
        Architecture("linux", "debian12", target),
        namespace=namespace,
        variants=variants,
        dependencies=tuple(edges),
        external=External(external) if external is not None else None,
        build_spec=build_spec,
    )


def one(database: Database, text: str) -> InstallRecord:
    """The only installed record that matches."""
    wanted = parse_spec(text)
    (record,) = [record for record in database.query() if record.satisfies(wanted)]
    return record
