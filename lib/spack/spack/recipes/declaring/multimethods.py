"""Methods that depend on the spec: ``@when("@2:")`` above several definitions of one name.

The class body remembers, per name, the conditional functions in order of definition and at most one
default. :class:`MultiMethodMeta` makes the running class body known, so that the decorator finds
what the body already holds under the name. Conditions are whatever the object's
``spec.satisfies`` takes; parsing them is the business of the ``when`` directive.
"""

from __future__ import annotations

import functools
from collections.abc import MutableMapping
from contextvars import ContextVar

from spack.errors import InternalError, SpackError
from spack.named_tuples import NamedTuple
from spack.type_names import Any, Callable

Function = Callable[..., Any]


class NoSuchMethodError(SpackError):
    """No definition of a conditional method applies to the spec."""

    def __init__(self, class_name: str, method: str, spec: Any, conditions: list[str]) -> None:
        listed = "\n".join(f"    {condition or '(always)'}" for condition in conditions)
        super().__init__(
            f"no definition of {class_name}.{method}() applies to {spec}",
            details=f"Definitions exist for:\n{listed}" if conditions else None,
            hint="add a definition without @when, or one whose condition this spec satisfies",
        )


class _ClassBody(dict[str, Any]):
    """Namespace of a class body that is being executed."""

    enclosing: _ClassBody | None = None


_class_body: ContextVar[_ClassBody | None] = ContextVar("class_body", default=None)


class MultiMethodMeta(type):
    """Makes the body of the class under construction visible to :func:`register`."""

    @classmethod
    def __prepare__(
        metacls, name: str, bases: tuple[type, ...], /, **kwargs: Any
    ) -> MutableMapping[str, object]:
        body = _ClassBody(super().__prepare__(name, bases, **kwargs))
        body.enclosing = _class_body.get()
        _class_body.set(body)
        return body

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> Any:
        if isinstance(namespace, _ClassBody) and _class_body.get() is namespace:
            _class_body.set(namespace.enclosing)
        return super().__new__(mcs, name, bases, dict(namespace), **kwargs)


class Case(NamedTuple):
    """One conditional definition."""

    condition: Any
    function: Function


class MultiMethod:
    """The object that a class holds under a name that has conditional definitions.

    Attributes:
        cases: the conditional definitions in order; the first that applies is called.
        default: the definition without condition that stood before them, or None.
    """

    def __init__(self, name: str, default: Function | None = None) -> None:
        self.name = name
        self.default = default
        self.cases: list[Case] = []
        self.__doc__ = getattr(default, "__doc__", None)
        self._owner: type | None = None

    def add(self, condition: Any, function: Function) -> None:
        """Append a definition; ``condition`` None means that it never applies."""
        self.__doc__ = self.__doc__ or function.__doc__
        if condition is not None:
            self.cases.append(Case(condition, function))

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return functools.partial(self.__call__, instance)

    def own_choice(self, spec: Any) -> Function | None:
        """The definition of this class for ``spec``: first matching case, else the default."""
        for condition, function in self.cases:
            if spec.satisfies(condition):
                return function
        return self.default

    def choose(self, instance: Any) -> Function | None:
        """The definition for ``instance``, looked up along the inheritance order; None if none."""
        chosen = self.own_choice(instance.spec)
        if chosen is not None:
            return chosen
        for cls in self._classes_after_owner(type(instance)):
            if self.name not in vars(cls):
                continue
            found = vars(cls)[self.name]
            candidate = _unwrap_property(found)
            if not isinstance(candidate, MultiMethod):
                return candidate if callable(candidate) else _reader(found)
            chosen = candidate.own_choice(instance.spec)
            if chosen is not None:
                return chosen
        return None

    def __call__(self, instance: Any, *args: Any, **kwargs: Any) -> Any:
        function = self.choose(instance)
        if function is None:
            raise NoSuchMethodError(
                type(instance).__name__,
                self.name,
                instance.spec,
                [str(case.condition) for case in self._all_cases(type(instance))],
            )
        return function(instance, *args, **kwargs)

    def _all_cases(self, cls: type) -> list[Case]:
        cases = list(self.cases)
        for parent in self._classes_after_owner(cls):
            candidate = _unwrap_property(vars(parent).get(self.name))
            if isinstance(candidate, MultiMethod):
                cases.extend(candidate.cases)
        return cases

    def _classes_after_owner(self, cls: type) -> tuple[type, ...]:
        order = cls.__mro__
        for position, parent in enumerate(order):
            if parent is self._owner or _unwrap_property(vars(parent).get(self.name)) is self:
                return order[position + 1 :]
        return ()


def _unwrap_property(value: Any) -> Any:
    return value.fget if isinstance(value, property) else value


def _reader(attribute: Any) -> Function:
    """A function of the instance that gives the value of a class attribute."""
    if hasattr(attribute, "__get__"):
        return lambda instance: attribute.__get__(instance, type(instance))
    return lambda instance: attribute


def register(condition: Any, function: Function) -> MultiMethod:
    """Make ``function`` a conditional definition in the class body that is being executed.

    Args:
        condition: passed to ``spec.satisfies``; None when the definition never applies.
        function: the decorated method. Stacked decorators: the innermost condition counts.

    Returns the object to bind in the class body under the function's name.
    """
    body = _class_body.get()
    if body is None:
        raise InternalError("@when was used outside the body of a package or builder class")
    if isinstance(function, MultiMethod):
        return function
    present = _unwrap_property(body.get(function.__name__))
    method = (
        present if isinstance(present, MultiMethod) else MultiMethod(function.__name__, present)
    )
    method.add(condition, function)
    return method
