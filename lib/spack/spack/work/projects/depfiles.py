"""Makefiles that install the packages of an environment, one target a package."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import satisfies
from spack.work.answers.selection import graph_nodes
from spack.work.queries.queries import NoMatchError, parse_words

if TYPE_CHECKING:
    from spack.environments.environment import Environment


def depfile(
    environment: Environment,
    words: Sequence[str],
    *,
    prefix: str | None,
    jobserver: bool,
) -> str:
    """A makefile for the locked specs, or those that match.

    Args:
        prefix: begins every target and the names of variables; by default a directory in the
            environment, where marks of finished packages go.
        jobserver: hand make's job server to builds.
    """
    lock = environment.locked()
    roots = [spec for spec, _ in lock.root_specs()]
    if words:
        nodes = list(lock.concrete_specs.values())
        roots = []
        for wanted in parse_words(words):
            found = [node for node in nodes if satisfies(node, wanted.spec)]
            if not found:
                raise NoMatchError(f"nothing in {environment.label} matches {wanted.text}")
            roots += found
    where = prefix if prefix is not None else f"{environment.internal}/makedeps"
    name = f"{where}/" if where else ""
    plus = "+" if jobserver else ""
    spack = f"$(SPACK) -D {shlex.quote(environment.directory)} install $(SPACK_INSTALL_FLAGS)"
    lines = [
        "SPACK ?= spack",
        "SPACK_INSTALL_FLAGS ?=",
        "",
        f".PHONY: {name}all {name}clean",
        "",
        f"{name}all: {name}env",
        "",
        f"{name}env: " + " ".join(f"{name}install/{_id(root)}" for root in roots),
        "\t@mkdir -p $(@D) && touch $@",
        "",
    ]
    for node in graph_nodes(roots):
        below = " ".join(f"{name}install/{_id(edge.spec)}" for edge in node.dependencies)
        lines += [
            f"{name}install/{_id(node)}: {below}".rstrip(),
            f"\t{plus}{spack} --only-concrete --no-add --only=package /{node.dag_hash()}",
            "\t@mkdir -p $(@D) && touch $@",
            "",
        ]
    marks = " ".join(f"{name}install/{_id(node)}" for node in graph_nodes(roots))
    lines += [f"{name}clean:", f"\trm -f -- {name}env {marks}", ""]
    return "\n".join(lines)


def _id(spec: ConcreteSpec) -> str:
    return f"{spec.name}-{spec.version}-{spec.dag_hash()}"
