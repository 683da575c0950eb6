"""Modes of concretization, as values: made where settings and the command line are read.

The values of the enumerations are those of the configuration. Knows no solver.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from spack.named_tuples import NamedTuple


class Unify(enum.Enum):
    """``concretizer:unify``: whether several roots share their dependencies."""

    TOGETHER = True
    SEPARATELY = False
    WHEN_POSSIBLE = "when_possible"


class Reuse(enum.Enum):
    """``concretizer:reuse`` and the options ``--reuse``, ``--fresh`` and ``--fresh-roots``."""

    ANYTHING = True
    NOTHING = False
    DEPENDENCIES = "dependencies"


class Tests(NamedTuple):
    """The packages that run their tests, and so get test dependencies.

    Attributes:
        every: all of them.
        roots: the requested ones; their names are filled in by :meth:`with_roots`.
        names: packages by name.
    """

    every: bool = False
    roots: bool = False
    names: frozenset[str] = frozenset()

    def with_roots(self, names: Iterable[str]) -> Tests:
        """The same, now that the names of the roots are known."""
        return self._replace(names=frozenset(names)) if self.roots else self

    def cover(self, name: str) -> bool:
        """Whether a package runs its tests."""
        return self.every or name in self.names


# Test runners take it for a test because of its name.
Tests.__test__ = False  # type: ignore[attr-defined]


class SolveOptions(NamedTuple):
    """Options of concretizing.

    Attributes:
        reuse: None for the configured mode.
        deprecated: deprecated versions may be chosen, whatever the configuration says.
        force: roots that are locked are decided again.
        jobs: processes that solve at a time where roots are separate, None for the configured
            number; has no influence on answers.
    """

    reuse: Reuse | None = None
    tests: Tests = Tests()
    deprecated: bool = False
    force: bool = False
    jobs: int | None = None
