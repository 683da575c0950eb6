"""Builders: the objects whose phases turn a stage into an installation prefix.

:func:`create_builder` finds the builder of a package object. A recipe that has a builder class of
its own gets that class. Otherwise an adapter is generated, in which the package class overrides
the phases, methods and attributes of the build system's builder class. Package methods that are
reached in this way run on a *wrapper*: an object of a class derived from the package class, with a
copy of the package's instance attributes, where names that the package class lacks are those of
the builder. This module knows no build system and not how a build is started.
"""

from __future__ import annotations

import glob
import os
import subprocess
import sys
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Set,
    Tuple,
    Type,
    TypeVar,
)

from spack.errors import SpackError
from spack.recipes.declaring.multimethods import MultiMethodMeta
from spack.recipes.declaring.phases import Phase, PhaseCallbacksMeta, callbacks_for, run_after
from spack.recipes.errors import InstallError
from spack.recipes.repository_names import is_recipe_module

#: A package object; its class lives above this module.
Package = Any

_CACHE_ATTRIBUTE = "_builder"


class UnknownBuildSystemError(SpackError):
    """A package names no build system, or one for which no builder class is registered."""


class MissingPhaseError(SpackError, RuntimeError):
    """A builder lists a phase for which it has no method."""


class BuilderMeta(PhaseCallbacksMeta, MultiMethodMeta):
    """Metaclass of builders: phase callbacks and conditional methods."""


class BaseBuilder(metaclass=BuilderMeta):
    """Access to the package, and the two methods that change build environments; no phases.

    Usable as a mixin placed after a real builder class.
    """

    build_system: str = ""
    registered_build_system: str

    def __init__(self, pkg: Package) -> None:
        self.pkg = pkg

    @property
    def spec(self) -> Any:
        """The spec of the package, as recipe code sees it."""
        return self.pkg.spec

    @property
    def stage(self) -> Any:
        """The stage of the package."""
        return self.pkg.stage

    @property
    def prefix(self) -> Any:
        """Where the package is to be installed."""
        return self.pkg.prefix

    def setup_build_environment(self, env: Any) -> None:
        """Change the environment in which the package is built."""
        following = super()
        if hasattr(following, "setup_build_environment"):
            following.setup_build_environment(env)

    def setup_dependent_build_environment(self, env: Any, dependent_spec: Any) -> None:
        """Change the environment in which a dependent of the package is built."""
        following = super()
        if hasattr(following, "setup_dependent_build_environment"):
            following.setup_dependent_build_environment(env, dependent_spec)

    def __repr__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}({self.pkg!r})"


class Builder(BaseBuilder):
    """A sequence of :class:`Phase`, to be executed in order.

    Class attributes:
        phases: names of methods ``(self, pkg, spec, prefix)``.
        package_methods, package_long_methods, package_attributes: names that a package class may
            define in place of the builder; the long methods take ``(spec, prefix)``.
        archive_files: globs of files to keep with the metadata, relative to the stage.
        build_time_test_callbacks, install_time_test_callbacks: methods to run with ``--test``.
    """

    phases: Tuple[str, ...] = ()
    package_methods: Tuple[str, ...] = ()
    package_long_methods: Tuple[str, ...] = ()
    package_attributes: Tuple[str, ...] = ()
    build_time_test_callbacks: Optional[List[str]] = None
    install_time_test_callbacks: Optional[List[str]] = None

    def __init__(self, pkg: Package) -> None:
        super().__init__(pkg)
        self._phases = tuple(self._make_phase(name) for name in self.phases)

    @property
    def archive_files(self) -> List[str]:
        return []

    def _callback_sources(self, attribute: str) -> List[Tuple[Any, Iterable[Any]]]:
        return [(self, getattr(type(self), attribute))]

    def _make_phase(self, name: str) -> Phase:
        method = getattr(self, name, None)
        if method is None:
            raise MissingPhaseError(
                f"{self.pkg.name}: phase {name!r} is listed in 'phases', "
                f"but neither the package nor {type(self).__name__} has a method of that name",
                hint=f"define '{name}' in the recipe, or remove it from 'phases'",
            )
        spec = self.spec
        before = callbacks_for(name, spec, self._callback_sources("run_before_callbacks"))
        after = callbacks_for(name, spec, self._callback_sources("run_after_callbacks"))
        return Phase(name, self, method, before, after)

    def __iter__(self) -> Iterator[Phase]:
        return iter(self._phases)

    def __len__(self) -> int:
        return len(self._phases)

    def __getitem__(self, index: int) -> Phase:
        return self._phases[index]


class BuilderWithDefaults(Builder):
    """A builder that refuses an empty or incomplete prefix after the phase ``install``."""

    @run_after("install")
    def sanity_check_prefix(self) -> None:
        """Raise :class:`InstallError` if promised files are missing or nothing was installed."""
        check_prefix(self.pkg)


def check_prefix(pkg: Package) -> None:
    """Raise :class:`InstallError` unless the prefix of ``pkg`` holds what the recipe promises.

    ``sanity_check_is_file`` and ``sanity_check_is_dir`` name entries relative to the prefix; and
    something other than the metadata directory must have been installed.
    """
    prefix = str(pkg.prefix)
    for attribute, kind, test in (
        ("sanity_check_is_file", "file", os.path.isfile),
        ("sanity_check_is_dir", "directory", os.path.isdir),
    ):
        names = getattr(pkg, attribute, [])
        for name in [names] if isinstance(names, str) else names:
            if not test(os.path.join(prefix, name)):
                raise InstallError(
                    f"{pkg.name}: the installation lacks the {kind} '{name}' that the recipe "
                    f"promises in {attribute}",
                    pkg=pkg,
                )
    entries = os.listdir(prefix) if os.path.isdir(prefix) else []
    if not [entry for entry in entries if entry != ".spack"]:
        raise InstallError(f"{pkg.name}: nothing was installed into {prefix}", pkg=pkg)


def apply_macos_rpath_fixups(builder: BaseBuilder) -> None:
    """Give the shared libraries of the prefix absolute install names.

    Register it with ``run_after("install", when="platform=darwin")``; elsewhere it does nothing.
    """
    if sys.platform != "darwin":
        return
    prefix = str(builder.prefix)
    for name in ("lib", "lib64"):
        for library in glob.glob(os.path.join(prefix, name, "*.dylib")):
            if not os.path.islink(library):
                subprocess.run(["install_name_tool", "-id", library, library], check=True)


def execute_install_time_tests(builder: Builder) -> None:
    """Run the methods named in ``install_time_test_callbacks``, if tests were asked for."""
    callbacks = builder.install_time_test_callbacks
    if builder.pkg.run_tests and callbacks:
        builder.pkg.tester.phase_tests(builder, "install", callbacks)


B = TypeVar("B", bound=Type[BaseBuilder])


def register_builder(build_system_name: str) -> Callable[[B], B]:
    """Class decorator: this is the builder class of the build system with this name."""

    def decorate(cls: B) -> B:
        cls.build_system = build_system_name
        cls.registered_build_system = build_system_name
        return cls

    return decorate


@register_builder("generic")
class GenericBuilder(BuilderWithDefaults):
    """One phase, ``install``, that the recipe must define."""

    phases = ("install",)
    package_methods: Tuple[str, ...] = ()
    package_attributes = ("archive_files", "install_time_test_callbacks")
    install_time_test_callbacks: Optional[List[str]] = []

    run_after("install", when="platform=darwin")(apply_macos_rpath_fixups)
    run_after("install")(execute_install_time_tests)

    def install(self, pkg: Package, spec: Any, prefix: Any) -> None:
        raise InstallError(
            f"{pkg.name}: the recipe has no method 'install'",
            "A package of the build system 'generic' must define install(self, spec, prefix).",
            pkg=pkg,
        )


def create_builder(pkg: Package) -> Builder:
    """The builder of a package object; the same one every time.

    Raises :class:`UnknownBuildSystemError` and :class:`MissingPhaseError`.
    """
    builder = vars(pkg).get(_CACHE_ATTRIBUTE)
    if builder is None:
        builder = _new_builder(pkg)
        pkg.__dict__[_CACHE_ATTRIBUTE] = builder
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


def default_builder_class(pkg: Package) -> Type[Builder]:
    """The class registered for the package's build system.

    If repositories bring several of one name, the one that lives in a module of the package's own
    base classes is taken, else the one that was registered last.
    """
    return _registered_builder(type(pkg), pkg.name, build_system_name(pkg))


def phases_of_class(package_class: Type[Package], build_system: str) -> Tuple[str, ...]:
    """The phases of a package class with a build system; no package object is made.

    Raises :class:`UnknownBuildSystemError`.
    """
    default = _registered_builder(package_class, package_class.name, build_system)
    own = _builder_of_recipe(package_class, default)
    if own is not None:
        return tuple(own.phases)
    return _Forwarded(package_class, getattr(package_class, default.__name__, default)).phases


def _registered_builder(package_class: Type[Package], package: str, name: str) -> Type[Builder]:
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
    return (at_home or found)[-1]


def _builder_of_recipe(
    package_class: Type[Package], default: Type[Builder]
) -> Optional[Type[Builder]]:
    """The builder class that the recipe's own module defines in place of the default."""
    recipe = sys.modules.get(package_class.__module__)
    own = getattr(recipe, default.__name__, None)
    if isinstance(own, type) and issubclass(own, Builder) and is_recipe_module(own.__module__):
        return own
    return None


def _descendants(cls: Type[Builder]) -> Iterator[Type[Builder]]:
    for child in cls.__subclasses__():
        yield child
        yield from _descendants(child)


def _new_builder(pkg: Package) -> Builder:
    default = default_builder_class(pkg)
    own = _builder_of_recipe(type(pkg), default)
    if own is not None:
        return own(pkg)
    base = getattr(pkg, default.__name__, default)
    return _adapter_class(type(pkg), base)(pkg)


def _defines(cls: type, name: str) -> bool:
    return any(name in vars(parent) for parent in cls.__mro__)


class _Forwarded:
    """Names of a builder class that the package class may define."""

    def __init__(self, package_class: Any, base: Type[Builder]) -> None:
        self.phases: Tuple[str, ...] = base.phases
        if _defines(package_class, "phases"):
            self.phases = tuple(package_class.phases)
        self.methods = _names(base, "package_methods", "legacy_methods")
        self.long_methods = _names(base, "package_long_methods", "legacy_long_methods")
        self.attributes = _names(base, "package_attributes", "legacy_attributes")
        self.environment = ("setup_build_environment", "setup_dependent_build_environment")
        self.all: Set[str] = {
            *self.phases,
            *self.methods,
            *self.long_methods,
            *self.attributes,
            *self.environment,
        }


def _names(base: type, attribute: str, older: str) -> Tuple[str, ...]:
    return (*getattr(base, attribute, ()), *getattr(base, older, ()))


def _adapter_class(package_class: type, base: Type[Builder]) -> Type[Builder]:
    """A builder class that asks a wrapper of the package first and ``base`` second."""
    forwarded = _Forwarded(package_class, base)

    def __init__(self: Any, pkg: Package) -> None:
        self.wrapper = _make_wrapper(pkg, self, base, forwarded)
        base.__init__(self, pkg)

    def _callback_sources(self: Any, attribute: str) -> List[Tuple[Any, Iterable[Any]]]:
        return [
            (self.wrapper, getattr(package_class, attribute, ())),
            (self, getattr(type(self), attribute)),
        ]

    members: Dict[str, Any] = {
        "__init__": __init__,
        "__module__": base.__module__,
        "__doc__": base.__doc__,
        "_callback_sources": _callback_sources,
        "phases": forwarded.phases,
    }
    for name in (*forwarded.methods, *forwarded.long_methods, *forwarded.environment):
        members[name] = _method_of_wrapper(name)
    for name in forwarded.attributes:
        members[name] = _attribute_of_wrapper(name)
    for name in forwarded.phases:
        if _defines(package_class, name) or _defines(base, name):
            members[name] = _phase_of_wrapper(name)
    adapter: Type[Builder] = BuilderMeta(base.__name__, (base,), members)
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


def _attribute_of_wrapper(name: str) -> property:
    def get(self: Any) -> Any:
        return getattr(self.wrapper, name)

    def set_(self: Any, value: Any) -> None:
        setattr(self.wrapper, name, value)

    return property(get, set_)


#: Attributes of the wrapper that follow the package object instead of being a copy.
_LIVE_ATTRIBUTES = ("run_tests", "test_requires_compiler", "test_suite", "tester")


def _make_wrapper(
    pkg: Package, adapter: Builder, base: Type[Builder], forwarded: _Forwarded
) -> Any:
    """An object that behaves as ``pkg``, and as the builder in everything ``pkg`` lacks."""
    package_class = type(pkg)
    of_builder = type("BuilderMethods", (), _builder_side(adapter, base, forwarded))
    members: Dict[str, Any] = {
        "__module__": package_class.__module__,
        "__doc__": package_class.__doc__,
        "__getattr__": _fallback_to(adapter, base, forwarded),
    }
    for name in _LIVE_ATTRIBUTES:
        members[name] = _attribute_of_package(pkg, name)
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


def _attribute_of_package(pkg: Package, name: str) -> property:
    return property(
        lambda wrapper: getattr(pkg, name), lambda wrapper, value: setattr(pkg, name, value)
    )


def _builder_side(adapter: Builder, base: Type[Builder], forwarded: _Forwarded) -> Dict[str, Any]:
    """Members for the class behind the package class, so that ``super()`` finds the builder."""

    def builder_method(name: str) -> Callable[..., Any]:
        def method(wrapper: Any, *args: Any, **kwargs: Any) -> Any:
            return getattr(super(type(adapter), adapter), name)(*args, **kwargs)

        return method

    def builder_phase(name: str) -> Callable[..., Any]:
        def phase(wrapper: Any, spec: Any, prefix: Any) -> Any:
            return getattr(super(type(adapter), adapter), name)(adapter.pkg, spec, prefix)

        return phase

    members: Dict[str, Any] = {}
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

    def __get__(self, wrapper: Any, owner: Optional[type] = None) -> Any:
        return getattr(super(type(self._adapter), self._adapter), self._name)


def _fallback_to(
    adapter: Builder, base: Type[Builder], forwarded: _Forwarded
) -> Callable[[Any, str], Any]:
    def __getattr__(wrapper: Any, name: str) -> Any:
        # Python also comes here when a property of the package raised AttributeError itself: run
        # it again, so that its own error is the one that is seen.
        if name in forwarded.all or _defines(type(wrapper), name):
            return object.__getattribute__(wrapper, name)
        if name.startswith("__") or name in ("wrapper", _CACHE_ATTRIBUTE):
            raise AttributeError(name)
        try:
            return getattr(adapter, name)
        except AttributeError:
            raise AttributeError(
                f"neither {type(wrapper).__name__[: -len('Wrapper')]} nor {base.__name__} "
                f"has an attribute {name!r}"
            ) from None

    return __getattr__
