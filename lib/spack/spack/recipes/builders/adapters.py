"""Builders in which a package class overrides phases, methods and attributes of another builder.

Package methods that are reached through an adapter run on a *wrapper*: an object of a class derived
from the package class, with a copy of the package's instance attributes, where names that the
package class lacks are those of the builder. This module knows no build system and chooses no
builder. Begin reading with :func:`adapter_class`.
"""

from __future__ import annotations

from collections.abc import Iterable

from spack.recipes.builders.builders import Builder, BuilderMeta
from spack.type_names import Any, Callable

#: A package object; its class lives above this module.
Package = Any

#: Attribute of a package object that holds its builder.
CACHE_ATTRIBUTE = "_builder"


def _defines(cls: type, name: str) -> bool:
    return any(name in vars(parent) for parent in cls.__mro__)


class Forwarded:
    """Names of a builder class that the package class may define."""

    def __init__(self, package_class: Any, base: type[Builder]) -> None:
        self.phases: tuple[str, ...] = base.phases
        if _defines(package_class, "phases"):
            self.phases = tuple(package_class.phases)
        self.methods = _names(base, "package_methods", "legacy_methods")
        self.long_methods = _names(base, "package_long_methods", "legacy_long_methods")
        self.attributes = _names(base, "package_attributes", "legacy_attributes")
        self.environment = ("setup_build_environment", "setup_dependent_build_environment")
        self.all: set[str] = {
            *self.phases,
            *self.methods,
            *self.long_methods,
            *self.attributes,
            *self.environment,
        }


def _names(base: type, attribute: str, older: str) -> tuple[str, ...]:
    return (*getattr(base, attribute, ()), *getattr(base, older, ()))


def adapter_class(package_class: type, base: type[Builder]) -> type[Builder]:
    """A builder class that asks a wrapper of the package first and ``base`` second."""
    forwarded = Forwarded(package_class, base)

    def __init__(self: Any, pkg: Package) -> None:
        self.wrapper = _make_wrapper(pkg, self, base, forwarded)
        base.__init__(self, pkg)

    def _callback_sources(self: Any, attribute: str) -> list[tuple[Any, Iterable[Any]]]:
        return [
            (self.wrapper, getattr(package_class, attribute, ())),
            (self, getattr(type(self), attribute)),
        ]

    members: dict[str, Any] = {
        "__init__": __init__,
        "__module__": base.__module__,
        "__doc__": base.__doc__,
        "_callback_sources": _callback_sources,
        "phases": forwarded.phases,
    }
    for name in (*forwarded.methods, *forwarded.long_methods, *forwarded.environment):
        members[name] = _method_of_wrapper(name)
    for name in forwarded.attributes:
        members[name] = _delegated(lambda adapter: adapter.wrapper, name)
    for name in forwarded.phases:
        if _defines(package_class, name) or _defines(base, name):
            members[name] = _phase_of_wrapper(name)
    adapter: type[Builder] = BuilderMeta(base.__name__, (base,), members)
    return adapter


def _method_of_wrapper(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.wrapper, name)(*args, **kwargs)

    method.__name__ = name
    return method


def _phase_of_wrapper(name: str) -> Callable[..., Any]:
    def phase(self: Any, pkg: Package, spec: Any, prefix: Any) -> Any:
        return getattr(self.wrapper, name)(spec, prefix)

    phase.__name__ = name
    return phase


def _delegated(owner: Callable[[Any], Any], name: str) -> property:
    """A property that reads and sets the attribute of another object."""
    return property(
        lambda self: getattr(owner(self), name),
        lambda self, value: setattr(owner(self), name, value),
    )


#: Attributes of the wrapper that follow the package object instead of being a copy.
_LIVE_ATTRIBUTES = ("run_tests", "test_requires_compiler", "test_suite", "tester")


def _make_wrapper(pkg: Package, adapter: Builder, base: type[Builder], forwarded: Forwarded) -> Any:
    """An object that behaves as ``pkg``, and as the builder in everything ``pkg`` lacks."""
    package_class = type(pkg)
    of_builder = type("BuilderMethods", (), _builder_side(adapter, base, forwarded))
    members: dict[str, Any] = {
        "__module__": package_class.__module__,
        "__doc__": package_class.__doc__,
        "__getattr__": _fallback_to(adapter, base, forwarded),
    }
    for name in _LIVE_ATTRIBUTES:
        members[name] = _delegated(lambda wrapper: pkg, name)
    # The metaclass of packages must not see this class: it would execute the directives again.
    wrapper_class = type.__new__(
        type(package_class),
        f"{package_class.__name__}Wrapper",
        (package_class, of_builder),
        members,
    )
    wrapper = object.__new__(wrapper_class)
    live = set(_LIVE_ATTRIBUTES)
    wrapper.__dict__.update((key, value) for key, value in vars(pkg).items() if key not in live)
    return wrapper


def _builder_side(adapter: Builder, base: type[Builder], forwarded: Forwarded) -> dict[str, Any]:
    """Members for the class behind the package class, so that ``super()`` finds the builder."""

    def builder_method(name: str) -> Callable[..., Any]:
        def method(wrapper: Any, *args: Any, **kwargs: Any) -> Any:
            return getattr(super(type(adapter), adapter), name)(*args, **kwargs)

        return method

    def builder_phase(name: str) -> Callable[..., Any]:
        def phase(wrapper: Any, spec: Any, prefix: Any) -> Any:
            return getattr(super(type(adapter), adapter), name)(adapter.pkg, spec, prefix)

        return phase

    members: dict[str, Any] = {}
    for name in (*forwarded.methods, *forwarded.long_methods, *forwarded.environment):
        if _defines(base, name):
            members[name] = builder_method(name)
    for name in forwarded.attributes:
        if _defines(base, name):
            members[name] = _BuilderAttribute(adapter, name)
    for name in forwarded.phases:
        if _defines(base, name):
            members[name] = builder_phase(name)
    return members


class _BuilderAttribute:
    """Reads an attribute as the builder class has it; a value assigned to the wrapper hides it."""

    def __init__(self, adapter: Builder, name: str) -> None:
        self._adapter = adapter
        self._name = name

    def __get__(self, wrapper: Any, owner: type | None = None) -> Any:
        return getattr(super(type(self._adapter), self._adapter), self._name)


def _fallback_to(
    adapter: Builder, base: type[Builder], forwarded: Forwarded
) -> Callable[[Any, str], Any]:
    def __getattr__(wrapper: Any, name: str) -> Any:
        # Python also comes here when a property of the package raised AttributeError itself: run
        # it again, so that its own error is the one that is seen.
        if name in forwarded.all or _defines(type(wrapper), name):
            return object.__getattribute__(wrapper, name)
        if name.startswith("__") or name in ("wrapper", CACHE_ATTRIBUTE):
            raise AttributeError(name)
        try:
            return getattr(adapter, name)
        except AttributeError:
            raise AttributeError(
                f"neither {type(wrapper).__name__[: -len('Wrapper')]} nor {base.__name__} "
                f"has an attribute {name!r}"
            ) from None

    return __getattr__
