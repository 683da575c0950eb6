"""Specfiles read back, to see that everything of a spec is in them."""

from __future__ import annotations

from typing import Any

from spack.language.concrete_specs import ConcreteSpec
from spack.language.serialization import graph_from_nodes


def read_specfile(data: dict[str, Any]) -> ConcreteSpec:
    """The root of a specfile of the present version."""
    nodes = [(node["hash"], node) for node in data["spec"]["nodes"]]
    return graph_from_nodes(nodes, data["spec"]["_meta"]["version"])[nodes[0][0]]
