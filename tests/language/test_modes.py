"""Modes of concretization, as values: the words of the configuration and the names of roots."""

from __future__ import annotations

import pytest

from spack.language.modes import Reuse, Tests, Unify


def test_values_are_those_of_the_configuration() -> None:
    assert [Unify(word) for word in (True, False, "when_possible")] == list(Unify)
    assert [Reuse(word) for word in (True, False, "dependencies")] == list(Reuse)
    with pytest.raises(ValueError):
        Unify("true")


def test_names_count_where_tests_are_those_of_roots() -> None:
    roots = Tests(roots=True).with_roots(["app", "lib"])
    assert roots.cover("lib") and not roots.cover("zlib")
    assert Tests(every=True).with_roots(["app"]) == Tests(every=True)
    assert Tests(every=True).cover("zlib")
    assert not Tests().with_roots(["app"]).cover("app")
