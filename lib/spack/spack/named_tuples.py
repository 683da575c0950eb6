"""``NamedTuple`` as in ``typing``, made in a twentieth of the time.

Nearly all values of this program are named tuples, and a solve defines some 130 classes of them
before it begins. ``typing`` compiles a constructor for each class, and an expression for each
annotation: 0.35 ms a class, more than a quarter of ``spack spec zlib``. Here constructors with the
same number of fields share one code, in which only the names of the fields differ, and annotations
stay the texts that they are: 0.02 ms a class.

A class that is made here has what one of ``typing`` has, and behaves in the same way. Its module
must say ``from __future__ import annotations``. This module imports nothing of the project.
"""

from __future__ import annotations

from _collections import _tuplegetter  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FunctionType
    from typing import Any, NamedTuple
else:
    FunctionType = type(lambda: None)

__all__ = ["NamedTuple"]

#: What a class statement may not define: it belongs to all named tuples.
_RESERVED = frozenset(
    "__new__ __init__ __slots__ __getnewargs__"
    " _fields _field_defaults _make _replace _asdict".split()
)

_new = tuple.__new__
_globals = {"__builtins__": {}, "__name__": __name__, "_new": _new}

#: Constructors with one field and more, as far as classes have so few as a rule: to have them
#: translated while the program runs would take longer than all the rest.
_USUAL: tuple[Any, ...] = (
    lambda _cls, a: _new(_cls, (a,)),
    lambda _cls, a, b: _new(_cls, (a, b)),
    lambda _cls, a, b, c: _new(_cls, (a, b, c)),
    lambda _cls, a, b, c, d: _new(_cls, (a, b, c, d)),
    lambda _cls, a, b, c, d, e: _new(_cls, (a, b, c, d, e)),
    lambda _cls, a, b, c, d, e, f: _new(_cls, (a, b, c, d, e, f)),
    lambda _cls, a, b, c, d, e, f, g: _new(_cls, (a, b, c, d, e, f, g)),
    lambda _cls, a, b, c, d, e, f, g, h: _new(_cls, (a, b, c, d, e, f, g, h)),
    lambda _cls, a, b, c, d, e, f, g, h, i: _new(_cls, (a, b, c, d, e, f, g, h, i)),
    lambda _cls, a, b, c, d, e, f, g, h, i, j: _new(_cls, (a, b, c, d, e, f, g, h, i, j)),
    lambda _cls, a, b, c, d, e, f, g, h, i, j, k: _new(_cls, (a, b, c, d, e, f, g, h, i, j, k)),
)

#: Number of fields -> the code of a constructor with as many.
_codes: dict[int, CodeType] = {n: made.__code__ for n, made in enumerate(_USUAL, 1)}

#: A descriptor for each position in a tuple; it knows nothing of the class.
_items: list[Any] = []


def _constructor(name: str, fields: tuple[str, ...], defaults: tuple[Any, ...]) -> FunctionType:
    """``__new__`` of a class, which takes the fields by position and by name."""
    count = len(fields)
    code = _codes.get(count)
    if code is None:
        words = "".join(f"_{number}, " for number in range(count))
        text = f"lambda _cls, {words}: _new(_cls, ({words}))"
        code = _codes[count] = eval(text, {}).__code__
    # The names go into the messages of errors and into the words by which fields are given.
    code = code.replace(co_varnames=("_cls", *fields), co_name="__new__")
    made = FunctionType(code, _globals, "__new__", defaults)
    made.__qualname__ = f"{name}.__new__"
    return made


def _make(cls: Any, iterable: Any) -> Any:
    """A value of this class from an iterable of its fields."""
    made = tuple.__new__(cls, iterable)
    if len(made) != len(cls._fields):
        raise TypeError(f"{cls.__name__} has {len(cls._fields)} fields, {len(made)} were given")
    return made


def _replace(self: Any, /, **changes: Any) -> Any:
    """The same with other values in some fields."""
    made = self._make(map(changes.pop, self._fields, self))
    if changes:
        raise ValueError(f"{type(self).__name__} has no fields {list(changes)}")
    return made


def _asdict(self: Any) -> dict[str, Any]:
    """Names of fields with their values."""
    return dict(zip(self._fields, self))


def _repr(self: Any) -> str:
    values = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self))
    return f"{type(self).__name__}({values})"


def _getnewargs(self: Any) -> tuple[Any, ...]:
    return tuple(self)


class _Maker(type):
    """Makes a class of tuples out of a class statement with annotations."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        fields = tuple(namespace.get("__annotations__", ()))
        for word in _RESERVED.intersection(namespace):
            raise AttributeError(f"the class {name} of named tuples may not define {word}")
        defaults = []
        for position, field in enumerate(fields):
            if field.startswith("_"):
                raise ValueError(f"a field of {name} may not begin with an underscore: {field}")
            if field in namespace:
                defaults.append(namespace[field])
            elif defaults:
                raise TypeError(f"field {field} of {name} follows one with a default and has none")
            if position == len(_items):
                _items.append(_tuplegetter(position, f"Alias for field number {position}"))
            namespace[field] = _items[position]
        namespace.setdefault("__repr__", _repr)
        namespace.update(
            __slots__=(),
            __new__=_constructor(name, fields, tuple(defaults)),
            __match_args__=fields,
            __getnewargs__=_getnewargs,
            _fields=fields,
            _field_defaults=dict(zip(fields[len(fields) - len(defaults) :], defaults)),
            _make=classmethod(_make),
            _replace=_replace,
            _asdict=_asdict,
        )
        return type(name, (tuple, *bases[1:]), namespace)


class _Base:
    """The base that a class statement names."""

    def __mro_entries__(self, bases: Any) -> tuple[type]:
        return (_root,)


_root = type.__new__(_Maker, "NamedTuple", (), {})

if not TYPE_CHECKING:
    NamedTuple = _Base()
