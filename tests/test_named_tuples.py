"""Named tuples of our own are like those of ``typing``."""

from __future__ import annotations

import copy
import inspect
import pickle
import types
import typing
from typing import Any

import pytest

from spack.named_tuples import NamedTuple


class Ours(NamedTuple):
    """A place."""

    file: str
    line: int = 0
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def known(self) -> bool:
        return self.line > 0


class Typing(typing.NamedTuple):
    """A place."""

    file: str
    line: int = 0
    notes: tuple[str, ...] = ()


class Empty(NamedTuple):
    pass


CALLS: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    (("a",), {}),
    (("a", 3), {"notes": ("x",)}),
    ((), {"line": 2, "file": "b"}),
    ((), {}),
    (("a", 1, (), 4), {}),
    (("a",), {"file": "b"}),
    (("a",), {"lime": 1}),
)


@pytest.mark.parametrize(("words", "named"), CALLS)
def test_values_are_made_as_by_typing(words: tuple[Any, ...], named: dict[str, Any]) -> None:
    try:
        expected: tuple[Any, ...] = Typing(*words, **named)
    except TypeError as error:
        with pytest.raises(TypeError) as ours:
            Ours(*words, **named)
        # Python 3.9 calls the constructor that typing makes a lambda.
        expected_text = str(error).replace("Typing.", "").replace("<lambda>", "__new__")
        assert str(ours.value).replace("Ours.", "") == expected_text
    else:
        assert Ours(*words, **named) == expected


def test_classes_are_like_those_of_typing() -> None:
    ours, expected = Ours("a", 1), Typing("a", 1)
    assert type(ours).__mro__ == (Ours, tuple, object) and Ours.__doc__ == "A place."
    assert Ours._fields == Typing._fields == Ours.__match_args__
    assert Ours._field_defaults == Typing._field_defaults
    assert list(Ours.__annotations__) == list(Typing.__annotations__)
    assert typing.get_type_hints(Ours) == typing.get_type_hints(Typing)
    assert list(inspect.signature(Ours).parameters) == ["file", "line", "notes"]
    assert repr(ours) == repr(expected).replace("Typing", "Ours")
    assert ours._asdict() == expected._asdict()
    assert (ours.file, ours.line, ours.notes) == tuple(ours) and hash(ours) == hash(expected)
    assert str(ours) == "a:1" and ours.known and ours.__module__ == __name__


def test_values_can_be_changed_copied_and_pickled() -> None:
    ours = Ours("a", 1)
    assert ours._replace(line=5) == Ours("a", 5) and type(ours._replace()) is Ours
    assert Ours._make(["a", 1, ()]) == ours
    for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert other == ours and type(other) is Ours
    with pytest.raises(ValueError, match="lime"):
        ours._replace(lime=5)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="3 fields"):
        Ours._make(["a"])
    with pytest.raises(AttributeError):
        ours.line = 3  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ours.other = 3  # type: ignore[attr-defined]


def test_classes_may_inherit_from_one_and_have_no_fields() -> None:
    class Place(Ours):
        __slots__ = ()

        def words(self) -> str:
            return super().__str__() + "!"

    assert Place("a", 2).words() == "a:2!" and isinstance(Place("a"), Ours)
    assert Empty() == () and repr(Empty()) == "Empty()"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"__annotations__": {"a": "int", "b": "int"}, "a": 1}, TypeError),
        ({"__annotations__": {"_a": "int"}}, ValueError),
        ({"__annotations__": {"a": "int"}, "_replace": 1}, AttributeError),
    ],
)
def test_classes_that_cannot_be(body: dict[str, Any], error: type[Exception]) -> None:
    import types

    with pytest.raises(error):
        types.new_class("Wrong", (NamedTuple,), exec_body=lambda space: space.update(body))


def test_a_class_may_have_many_fields() -> None:
    names = [f"field{number}" for number in range(20)]
    body = {"__annotations__": dict.fromkeys(names, "int"), "field19": 19}
    many: Any = types.new_class("Many", (NamedTuple,), exec_body=lambda space: space.update(body))
    assert many(*range(18), field18=18) == many(*range(19)) == tuple(range(20))
    with pytest.raises(TypeError, match="field20"):
        many(*range(19), field20=1)
    assert list(inspect.signature(many).parameters) == names
