"""The ordered criteria of an answer: one table, highest priority first.

A criterion below 100 is counted twice: for nodes that must be built its priority is raised by
:data:`BUILT`, for concrete nodes and for runtime packages it is not.
"""

from __future__ import annotations

from collections.abc import Mapping

from spack.named_tuples import NamedTuple

BUILT = 200

UNSOLVED = 320
REQUIREMENTS = 310
BUILDS = 110
DUPLICATES = 100

DEPRECATED = 73
ROOT_VERSION = 70
ROOT_VARIANTS = 65
ROOT_PROVIDERS = 60
ROOT_UNUSED_DEFAULTS = 55
VARIANTS = 50
PROVIDERS = 48
COMPILERS_PER_NODE = 46
REUSED_COMPILERS = 41
COMPILERS = 40
OPERATING_SYSTEMS = 30
VERSION = 25
UNUSED_DEFAULTS = 20
TARGET_MISMATCHES = 10
TARGETS = 7
RUNTIME_PROVIDERS = 5
RUNTIME_VERSION = 4
RUNTIME_TARGETS = 3
EDGE_PROVIDERS = 2
EDGE_VERSIONS = 1
SYMMETRY = 0

#: Below all criteria: what a solve takes that builds everything anew. It is no cost of an answer.
TIES = -1

_SINGLE: tuple[tuple[int, str], ...] = (
    (UNSOLVED, "requested specs left unsolved"),
    (REQUIREMENTS, "requirement weight"),
    (BUILDS, "packages to build"),
    (DUPLICATES, "further nodes of one package"),
)
_DOUBLE: tuple[tuple[int, str], ...] = (
    (DEPRECATED, "deprecated versions"),
    (ROOT_VERSION, "version age of roots"),
    (ROOT_VARIANTS, "variant changes of roots"),
    (ROOT_PROVIDERS, "provider preference of roots"),
    (ROOT_UNUSED_DEFAULTS, "unused default values of roots"),
    (VARIANTS, "variant changes"),
    (PROVIDERS, "provider preference"),
    (COMPILERS_PER_NODE, "compilers mixed on one node"),
    (REUSED_COMPILERS, "compilers seen only in reused nodes"),
    (COMPILERS, "compiler preference"),
    (OPERATING_SYSTEMS, "operating system preference"),
    (VERSION, "version age"),
    (UNUSED_DEFAULTS, "unused default values"),
    (TARGET_MISMATCHES, "targets that differ along an edge"),
    (TARGETS, "target preference"),
    (RUNTIME_PROVIDERS, "provider preference of language runtimes"),
    (RUNTIME_VERSION, "version age of runtimes"),
    (RUNTIME_TARGETS, "target preference of runtimes"),
    (EDGE_PROVIDERS, "provider preference per edge"),
    (EDGE_VERSIONS, "version age per edge"),
    (SYMMETRY, "order of duplicates"),
)


class Criterion(NamedTuple):
    """One line of the cost vector."""

    priority: int
    name: str
    kind: str


def table() -> list[Criterion]:
    """All criteria, highest priority first; ``kind`` is ``build``, ``reuse`` or ``""``."""
    rows = [Criterion(number, name, "") for number, name in _SINGLE]
    rows += [Criterion(number + BUILT, name, "build") for number, name in _DOUBLE]
    rows += [Criterion(number, name, "reuse") for number, name in _DOUBLE]
    return sorted(rows, key=lambda row: -row.priority)


def cost_rows(costs: Mapping[int, int]) -> list[tuple[Criterion, int]]:
    """Every criterion with its cost, in the order of :func:`table`."""
    return [(row, costs.get(row.priority, 0)) for row in table()]
