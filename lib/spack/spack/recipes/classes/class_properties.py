"""Read-only properties of classes, and functions that remember their results."""

from __future__ import annotations

import functools

from spack.type_names import Any, Callable, Generic, TypeVar

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class ClassProperty(Generic[T]):
    """A value computed from the class that it is read from; a subclass may put a constant."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __get__(self, instance: object, owner: type | None = None) -> T:
        return self.compute(owner if owner is not None else type(instance))


def classproperty(compute: Callable[[Any], T]) -> ClassProperty[T]:
    """Decorator for a method that takes the class and is read like an attribute."""
    return ClassProperty(compute)


def memoized(function: F) -> F:
    """Decorator for a function that returns its earlier result for arguments seen before."""
    return functools.lru_cache(maxsize=None)(function)  # type: ignore[return-value]
