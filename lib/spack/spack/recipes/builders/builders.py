"""Builders: the objects whose phases turn a stage into an installation prefix.

What build systems and recipes derive their builder classes from, and what runs after ``install``.
Which builder a package gets is decided in :mod:`spack.recipes.builders.builder_choice`. This module
knows no build system but ``generic``, and not how a build is started.
"""

from __future__ import annotations

import glob
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator

from spack.errors import SpackError
from spack.recipes.declaring.multimethods import MultiMethodMeta
from spack.recipes.declaring.phases import Phase, PhaseCallbacksMeta, callbacks_for, run_after
from spack.recipes.errors import InstallError
from spack.type_names import Any, Callable, TypeVar

#: A package object; its class lives above this module.
Package = Any


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
        """The directory where the package is to be installed."""
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

    phases: tuple[str, ...] = ()
    package_methods: tuple[str, ...] = ()
    package_long_methods: tuple[str, ...] = ()
    package_attributes: tuple[str, ...] = ()
    build_time_test_callbacks: list[str] | None = None
    install_time_test_callbacks: list[str] | None = None

    def __init__(self, pkg: Package) -> None:
        super().__init__(pkg)
        self._phases = tuple(self._make_phase(name) for name in self.phases)

    @property
    def archive_files(self) -> list[str]:
        return []

    def _callback_sources(self, attribute: str) -> list[tuple[Any, Iterable[Any]]]:
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
        """Raise :class:`InstallError` unless the prefix holds what the recipe promises.

        ``sanity_check_is_file`` and ``sanity_check_is_dir`` name entries relative to the prefix;
        and something other than the metadata directory must have been installed.
        """
        pkg, prefix = self.pkg, str(self.prefix)
        for attribute, kind, test in (
            ("sanity_check_is_file", "file", os.path.isfile),
            ("sanity_check_is_dir", "directory", os.path.isdir),
        ):
            names = getattr(pkg, attribute, [])
            for name in [names] if isinstance(names, str) else names:
                if not test(os.path.join(prefix, name)):
                    raise InstallError(
                        f"{pkg.name}: the installation does not contain the {kind} '{name}'"
                        f" listed in {attribute} of the recipe",
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


B = TypeVar("B", bound=type[BaseBuilder])


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
    package_methods: tuple[str, ...] = ()
    package_attributes = ("archive_files", "install_time_test_callbacks")
    install_time_test_callbacks: list[str] | None = []

    run_after("install", when="platform=darwin")(apply_macos_rpath_fixups)
    run_after("install")(execute_install_time_tests)

    def install(self, pkg: Package, spec: Any, prefix: Any) -> None:
        raise InstallError(
            f"{pkg.name}: the recipe has no method 'install'",
            "A package of the build system 'generic' must define install(self, spec, prefix).",
            pkg=pkg,
        )
