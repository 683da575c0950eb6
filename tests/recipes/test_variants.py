"""Values of variants: sets, combinations, checks."""

from __future__ import annotations

import pytest

from spack.recipes.declaring.variants import (
    VariantDefinition,
    VariantDefinitionError,
    any_combination_of,
    auto_or_any_combination_of,
    default_value,
    disjoint_sets,
)


def test_helpers() -> None:
    values = any_combination_of("a", "b")
    assert list(values) == ["none", "a", "b"] and values.default == "none"
    assert values.feature_values == ("a", "b") and len(values) == 3 and values[1] == "a"
    auto = auto_or_any_combination_of("a", "b")
    assert list(auto) == ["auto", "a", "b"] and auto.default == "auto"
    assert auto.feature_values == ("a", "b")
    sets = disjoint_sets(("a",), ("b", "c"))
    assert list(sets) == ["none", "a", "b", "c"] and sets.default == "none"
    assert sets.feature_values == ("a", "b", "c", "none")
    assert sets.with_default("b,c").default == "b,c"
    assert sets.prohibit_empty_set().default is None
    assert list(sets.prohibit_empty_set().allow_empty_set()) == ["none", "a", "b", "c"]
    assert sets.with_non_feature_values("a").feature_values == ("b", "c", "none")


def test_none_stands_alone() -> None:
    with pytest.raises(VariantDefinitionError, match="only one in its set"):
        disjoint_sets(("none", "a"))


def test_values_of_one_set_go_together() -> None:
    sets = disjoint_sets(("a",), ("b", "c")).with_error("{variant} of {package}: no {values}")
    definition = VariantDefinition("v", "none", "", sets, True)
    definition.validate("p", ["b", "c"])
    with pytest.raises(VariantDefinitionError, match="v of p: no a, b"):
        definition.validate("p", ["a", "b"])
    with pytest.raises(VariantDefinitionError, match="not a value"):
        definition.validate("p", ["z"])


def test_values_that_are_checked_or_free() -> None:
    number = VariantDefinition("v", "1", "", int, False)
    assert number.allows("3") and not number.allows("x") and number.allowed is None
    even = VariantDefinition("v", "2", "", lambda text: int(text) % 2 == 0, False)
    assert even.allows("4") and not even.allows("3")
    free = VariantDefinition("v", "2", "", "*", False)
    assert free.allows("whatever") and free.allowed_values == "any value"
    assert VariantDefinition("v", "a", "", "ab", False).allowed == ("a", "b")
    assert VariantDefinition("v", "a", "", ("a", "b"), False).allowed_values == "a, b"


def test_defaults_in_the_form_of_values() -> None:
    assert default_value(True, "bool") is True and default_value("false", "bool") is False
    assert default_value("b,a", "multi") == ("a", "b")
    assert default_value(("b", "a"), "multi") == ("a", "b")
    assert default_value(17, "single") == "17"
