"""Merging a higher scope over a lower one, and the effect of the suffixes of keys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spack.config.values.merging import merge, split_key, without_suffixes
from spack.config.values.values import located, pack, unpack


def merged(higher: Any, lower: Any, suffix: str = "") -> Any:
    return merge(located(higher, "high"), located(lower, "low"), suffix).plain()


@pytest.mark.parametrize(
    "higher, lower, expected",
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1}}, {"a": {"x": 2, "y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": [1]}, {"a": [2]}, {"a": [1, 2]}),
        ({"a": "new"}, {"a": "old"}, {"a": "new"}),
        ({"a": [1]}, {"a": "text"}, {"a": [1]}),
        ({"a": None}, {"a": {"x": 1}}, {"a": None}),
        ({"a:": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1}}),
        ({"a:": [1]}, {"a": [2]}, {"a": [1]}),
        ({"a+": [1]}, {"a": [2]}, {"a": [1, 2]}),
        ({"a-": [1]}, {"a": [2]}, {"a": [2, 1]}),
        ({"a+": "x"}, {"a": "y"}, {"a": "xy"}),
        ({"a-": "x"}, {"a": "y"}, {"a": "yx"}),
        ({"a-": [1]}, {}, {"a": [1]}),
        ({"a": {"b:": 1}}, {}, {"a": {"b": 1}}),
    ],
)
def test_merge(higher: Any, lower: Any, expected: Any) -> None:
    assert merged(higher, lower) == expected


def test_keys_of_the_higher_scope_come_first() -> None:
    assert list(merged({"z": 1}, {"a": 1, "z": 2})) == ["z", "a"]


def test_each_value_keeps_the_place_it_was_written() -> None:
    value = merge(located({"a": 1}, "high", 3), located({"b": 2}, "low", 7))
    found = [str(child.origin) for key in "ab" for child in [value.child(key)] if child]
    assert found == ["high:3", "low:7"]


@pytest.mark.parametrize(
    "raw, expected", [("a:", ("a", ":")), ("a+", ("a", "+")), ("a", ("a", "")), ("-", ("-", ""))]
)
def test_split_key(raw: str, expected: Any) -> None:
    assert split_key(raw) == expected


words = st.sampled_from(["a", "b", "c"])
trees = st.recursive(
    st.one_of(st.integers(0, 9), st.booleans(), words, st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=12,
)
mappings = st.dictionaries(words, trees, max_size=3)


@given(mappings)
def test_the_empty_mapping_is_neutral(tree: Any) -> None:
    assert merged(tree, {}) == tree
    assert merged({}, tree) == tree


@given(mappings, mappings, mappings)
def test_merging_three_scopes_can_be_grouped_either_way_for_keys(a: Any, b: Any, c: Any) -> None:
    assert merged(a, merged(b, c)).keys() == merged(merged(a, b), c).keys()


@given(trees)
def test_pack_and_unpack_are_inverse(tree: Any) -> None:
    value = located(tree, "file", 2, 3)
    again = unpack(pack(value), "file")
    assert repr(again) == repr(value)


@given(mappings)
def test_a_tree_without_suffixes_is_left_alone(tree: Any) -> None:
    assert without_suffixes(located(tree, "f")).plain() == tree
