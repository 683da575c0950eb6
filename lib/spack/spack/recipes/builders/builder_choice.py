"""The choice of the builder of a package object.

A recipe that has a builder class of its own gets that class, any other an adapter of its build
system's class (:mod:`spack.recipes.builders.adapters`). Begin reading with :func:`create_builder`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from spack.errors import SpackError
from spack.recipes.builders.adapters import CACHE_ATTRIBUTE, Forwarded, adapter_class
from spack.recipes.builders.builders import Builder
from spack.recipes.repository_names import is_recipe_module
from spack.type_names import Any

#: A package object; its class lives above this module.
Package = Any


class UnknownBuildSystemError(SpackError):
    """A package names no build system, or one for which no builder class is registered."""


def create_builder(pkg: Package) -> Builder:
    """The builder of a package object; the same one every time.

    Raises :class:`UnknownBuildSystemError` and :class:`MissingPhaseError`.
    """
    builder = vars(pkg).get(CACHE_ATTRIBUTE)
    if builder is None:
        builder = _new_builder(pkg)
        pkg.__dict__[CACHE_ATTRIBUTE] = builder
    assert isinstance(builder, Builder)
    return builder


def build_system_name(pkg: Package) -> str:
    """The value of the variant ``build_system``, else the recipe's default build system."""
    variants = pkg.spec.variants
    if "build_system" in variants:
        return str(variants["build_system"].value)
    for attribute in ("default_buildsystem", "legacy_buildsystem"):
        name = getattr(pkg, attribute, None)
        if name:
            return str(name)
    raise UnknownBuildSystemError(
        f"{pkg.name}: the recipe does not say which build system it uses",
        hint="derive the package from a build system's class, or add build_system(...)",
    )


def default_builder_class(pkg: Package) -> type[Builder]:
    """The class registered for the package's build system.

    If repositories bring several of one name, the one that lives in a module of the package's own
    base classes is taken, else the one that was registered last.
    """
    return _registered_builder(type(pkg), pkg.name, build_system_name(pkg))


def phases_of_class(package_class: type[Package], build_system: str) -> tuple[str, ...]:
    """The phases of a package class with a build system; no package object is made.

    Raises :class:`UnknownBuildSystemError`.
    """
    default = _registered_builder(package_class, package_class.name, build_system)
    own = _builder_of_recipe(package_class, default)
    if own is not None:
        return tuple(own.phases)
    return Forwarded(package_class, getattr(package_class, default.__name__, default)).phases


def _registered_builder(package_class: type[Package], package: str, name: str) -> type[Builder]:
    found = [
        cls for cls in _descendants(Builder) if vars(cls).get("registered_build_system") == name
    ]
    if not found:
        raise UnknownBuildSystemError(
            f"{package}: no builder is known for the build system {name!r}",
            hint="import the module of the build system in the recipe",
        )
    modules = {cls.__module__ for cls in package_class.__mro__}
    at_home = [cls for cls in found if cls.__module__ in modules]
    # Classes may outlive a module that was loaded anew, from another repository perhaps.
    current = [
        cls for cls in at_home if getattr(sys.modules.get(cls.__module__), cls.__name__, 0) is cls
    ]
    return (current or at_home or found)[-1]


def _builder_of_recipe(
    package_class: type[Package], default: type[Builder]
) -> type[Builder] | None:
    """The builder class that the recipe's own module defines in place of the default."""
    recipe = sys.modules.get(package_class.__module__)
    own = getattr(recipe, default.__name__, None)
    if isinstance(own, type) and issubclass(own, Builder) and is_recipe_module(own.__module__):
        return own
    return None


def _descendants(cls: type[Builder]) -> Iterator[type[Builder]]:
    for child in cls.__subclasses__():
        yield child
        yield from _descendants(child)


def _new_builder(pkg: Package) -> Builder:
    default = default_builder_class(pkg)
    own = _builder_of_recipe(type(pkg), default)
    if own is not None:
        return own(pkg)
    base = getattr(pkg, default.__name__, default)
    return adapter_class(type(pkg), base)(pkg)
