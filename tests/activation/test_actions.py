"""Folding of variable changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spack.activation.actions import (
    Kind,
    VariableAction,
    VariableNameError,
    append,
    apply,
    combine,
    from_changes,
    prepend,
    set_value,
    unset,
)


def one_by_one(actions: list[VariableAction], variables: dict[str, str]) -> dict[str, str]:
    """The plain meaning of actions, without folding."""
    result = dict(variables)
    for action in actions:
        result = apply([action], result)
    return result


def test_additions_fold_into_one_action_each_side() -> None:
    actions = [prepend("A", "1"), prepend("A", "2"), append("A", "3"), append("A", "4")]
    assert combine(actions) == [prepend("A", "2:1"), append("A", "3:4")]


def test_repeated_element_is_kept_where_it_was_put_last() -> None:
    assert combine([prepend("A", "x"), prepend("A", "y"), prepend("A", "x")]) == [
        prepend("A", "x:y")
    ]
    assert combine([append("A", "x"), append("A", "y"), append("A", "x")]) == [append("A", "y:x")]


def test_set_swallows_what_came_before() -> None:
    actions = [prepend("A", "x"), set_value("A", "s"), append("A", "t", ",")]
    assert combine(actions) == [set_value("A", "s,t")]


def test_addition_after_unset_is_a_set() -> None:
    assert combine([unset("A"), prepend("A", "x")]) == [set_value("A", "x")]
    assert combine([set_value("A", "x"), unset("A")]) == [unset("A")]


def test_separators_are_not_mixed() -> None:
    actions = [append("A", "x", " "), append("A", "y", ";")]
    assert combine(actions) == actions
    assert apply(actions, {"A": "w"}) == {"A": "w x;y"}


def test_empty_variable_gets_no_separator() -> None:
    assert apply([prepend("A", "x")], {"A": ""}) == {"A": "x"}


def test_variables_come_sorted() -> None:
    assert [a.name for a in combine([set_value("B", ""), unset("A")])] == ["A", "B"]


def test_changes_become_actions() -> None:
    assert from_changes({"B": "1", "A": None}) == [unset("A"), set_value("B", "1")]


def test_bad_name_is_an_error() -> None:
    with pytest.raises(VariableNameError, match="1A"):
        combine([set_value("1A; rm", "x")])


WORDS = st.sampled_from(["a", "b", "c", ""])
ACTIONS = st.lists(
    st.builds(
        VariableAction,
        st.sampled_from(list(Kind)),
        st.sampled_from(["X", "Y"]),
        st.text("abcdef", min_size=1, max_size=3),
        st.sampled_from([":", " "]),
    ),
    max_size=6,
)


@given(ACTIONS, st.dictionaries(st.sampled_from(["X", "Y"]), WORDS))
def test_folding_keeps_the_meaning(
    actions: list[VariableAction], variables: dict[str, str]
) -> None:
    """But for repeated elements, which are kept once."""
    folded = apply(actions, variables)
    plain = one_by_one(actions, variables)
    assert set(folded) == set(plain)
    for name, value in plain.items():
        words = value.replace(" ", ":").split(":")
        assert set(folded[name].replace(" ", ":").split(":")) == set(words)
