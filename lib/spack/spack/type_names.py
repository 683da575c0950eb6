"""Names from ``typing``, which is not imported while the program runs.

Annotations are texts here, so these names are for type checkers only; yet to import ``typing``
takes 4 ms, which is more than a quick command has to give. While the program runs the names here
stand for nothing: they may be subscripted, joined and called, and classes may have ``Protocol`` and
``Generic`` as bases. What reads annotations needs ``typing`` itself. This module imports nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import (
        IO,
        Any,
        BinaryIO,
        Callable,
        ClassVar,
        Generic,
        NoReturn,
        Optional,
        Protocol,
        TextIO,
        TypeVar,
        Union,
        cast,
        overload,
    )
else:

    class _Name:
        """Stands for any type, and for what makes types."""

        def __getitem__(self, _):
            return self

        def __or__(self, _):
            return self

        def __ror__(self, _):
            return self

        def __call__(self, *_, **__):
            return self

    class _Base:
        """Stands for what marks classes as generic."""

        __slots__ = ()

        def __class_getitem__(cls, _):
            return cls

    Any = BinaryIO = Callable = ClassVar = IO = NoReturn = Optional = TextIO = TypeVar = Union = (
        overload
    ) = _Name()
    Generic = Protocol = _Base

    def cast(_, value):
        return value


__all__ = [
    "IO",
    "TYPE_CHECKING",
    "Any",
    "BinaryIO",
    "Callable",
    "ClassVar",
    "Generic",
    "NoReturn",
    "Optional",
    "Protocol",
    "TextIO",
    "TypeVar",
    "Union",
    "cast",
    "overload",
]
