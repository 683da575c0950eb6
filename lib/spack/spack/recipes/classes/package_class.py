"""The class that every package derives from, and its metaclass.

:class:`PackageMeta` joins what a recipe's class body collects: directives, conditional methods and
phase callbacks. A :class:`PackageBase` object belongs to one spec; what it knows about the world
comes from that spec (:mod:`spack.recipes.bound.bound_spec`) and from the running build
(:mod:`spack.recipes.build_context`). This module knows no repository, no store and no builder.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterable, Sequence

from spack.language import deptypes
from spack.language.versions import Version
from spack.recipes.bound.bound_spec import BoundSpec
from spack.recipes.build_context import build_context
from spack.recipes.classes import flag_handlers
from spack.recipes.classes.class_properties import classproperty
from spack.recipes.classes.compiler_view import CompilerView
from spack.recipes.classes.declared_content import DeclaredContent
from spack.recipes.classes.make_targets import MakeTargets
from spack.recipes.classes.stand_alone_tests import Tester, tester_of
from spack.recipes.classes.view_files import ViewFiles
from spack.recipes.declaring.declarations import prepare
from spack.recipes.declaring.directive_scope import DirectiveMeta
from spack.recipes.declaring.multimethods import MultiMethodMeta
from spack.recipes.declaring.phases import PhaseCallbacksMeta
from spack.recipes.errors import InstallError
from spack.recipes.repository_names import is_recipe_module, names_of_module
from spack.recipes.urls import version_urls as url_choice
from spack.system.files.prefixes import Prefix
from spack.system.processes.executables import Executable
from spack.system.processes.variables import is_system_path
from spack.type_names import Any


class PackageMeta(DirectiveMeta, PhaseCallbacksMeta, MultiMethodMeta):
    """Collects directives, phase callbacks and conditional methods of a package class."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> Any:
        if any(
            key in namespace or any(hasattr(base, key) for base in bases)
            for key in ("executables", "libraries")
        ):
            inherited: Sequence[str] = ()
            for base in bases:
                inherited = inherited or getattr(base, "tags", ()) or ()
            tags = list(namespace.get("tags", inherited) or ())
            if "detectable" not in tags:
                tags.append("detectable")
            namespace["tags"] = tags
        return super().__new__(mcs, name, bases, namespace, **kwargs)

    def prepare_declarations(cls) -> None:
        """Give the class its own containers for what directives declare."""
        prepare(cls)


class PackageBase(DeclaredContent, ViewFiles, MakeTargets, metaclass=PackageMeta):
    """A package: what a recipe declares (on the class) and one spec of it (on the object).

    The bases hold one subject each: :class:`DeclaredContent` what directives declared,
    :class:`ViewFiles` the paths of the package and its way into views, :class:`MakeTargets` the
    targets of make and ninja.
    """

    # -- attributes that recipes set -----------------------------------------------------------

    homepage: Any = None
    list_url: Any = None
    list_depth: int = 0
    has_code: bool = True
    virtual: bool = False
    parallel: Any = True
    run_tests: Any = False
    extendable: bool = False
    transitive_rpaths: bool = True
    manual_download: bool = False
    fetch_options: dict[str, Any] = {}
    license_required: bool = False
    license_comment: str = "#"
    license_files: list[str] = []
    license_vars: list[str] = []
    license_url: str = ""
    maintainers: Any = []
    sanity_check_is_file: Any = []
    sanity_check_is_dir: Any = []
    non_bindable_shared_objects: list[str] = []
    unresolved_libraries: list[str] = []
    test_requires_compiler: bool = False
    tags: Any = []
    test_suite: Any = None

    # -- names ---------------------------------------------------------------------------------

    @classproperty
    def name(cls) -> str:
        """Name of the package."""
        return _names(cls)[1]

    @classproperty
    def namespace(cls) -> str:
        """Namespace of the repository."""
        return _names(cls)[0]

    @classproperty
    def fullname(cls) -> str:
        """``namespace.name``."""
        namespace, name = _names(cls)
        return f"{namespace}.{name}"

    @classproperty
    def fullnames(cls) -> list[str]:
        """Qualified names along the inheritance order, as far as the classes are in recipes."""
        return _fullnames(cls)

    @classproperty
    def module(cls) -> Any:
        """The module of the recipe."""
        return sys.modules[cls.__module__]

    @classproperty
    def package_dir(cls) -> str:
        """Directory of the recipe."""
        module = sys.modules.get(cls.__module__)
        file = getattr(module, "__file__", None)
        return "" if file is None else os.path.abspath(os.path.dirname(file))

    # -- the object ----------------------------------------------------------------------------

    def __init__(self, spec: Any) -> None:
        if not isinstance(spec, BoundSpec):
            spec = BoundSpec(spec)
        self.spec: BoundSpec = spec
        self._stage: Any = None
        cls = type(self)
        if getattr(cls, "url", None) and getattr(cls, "urls", None):
            raise ValueError(f"{cls.name} defines both url and urls; only one of them is allowed")
        if "run_tests" not in vars(cls):
            self.run_tests = build_context().run_tests(cls.name)

    def __getitem__(self, key: str) -> Any:
        return self.spec[key].package

    @property
    def version(self) -> Version:
        """The version. Raises ValueError if the spec has none."""
        if not self.spec.concrete:
            found = self.spec.versions.concrete
            if found is None:
                raise ValueError(f"the spec '{self.spec}' has no concrete version")
            return found
        return self.spec.version

    @property
    def command(self) -> Executable:
        """The program ``bin/<name>``. Raises RuntimeError if there is none."""
        path = os.path.join(str(self.home), "bin", self.name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return Executable(path)
        raise RuntimeError(f"{self.name} has no program {path}")

    @property
    def compiler(self) -> CompilerView:
        """The compilers of the package under the names of the old interface."""
        return CompilerView(self.spec)

    @property
    def tester(self) -> Tester:
        """Records the results of tests."""
        return tester_of(self)

    # -- extensions ----------------------------------------------------------------------------

    @property
    def extendee_spec(self) -> BoundSpec | None:
        """The spec that is extended: of a concrete spec the dependency, else the constraint."""
        active = [
            record
            for record in type(self).extendees.values()
            if record.when is None or self.spec.satisfies(record.when)
        ]
        if not self.spec.concrete:
            return BoundSpec(active[0].spec) if len(active) == 1 else None
        flags = deptypes.LINK | deptypes.RUN
        for edge in self.spec.edges_to_dependencies(depflag=flags):
            for record in active:
                if edge.spec.name == record.name and edge.spec.satisfies(record.spec):
                    return edge.spec
        return None

    @property
    def is_extension(self) -> bool:
        """Whether this spec extends another package."""
        if self.spec.concrete:
            return self.extendee_spec is not None
        return bool(type(self).extendees)

    def extends(self, spec: Any) -> bool:
        """Whether this spec extends a given one."""
        name = BoundSpec(spec).name
        if name not in type(self).extendees:
            return False
        extendee = self.extendee_spec
        return extendee is not None and BoundSpec(spec).satisfies(str(extendee.name))

    # -- linking -------------------------------------------------------------------------------

    @property
    def cmake_prefix_paths(self) -> list[Any]:
        """Directories in which CMake finds the package."""
        return [self.prefix]

    @property
    def rpath(self) -> list[Prefix]:
        """Directories in which the loader must look for libraries, where it does not anyway."""
        paths = [self.prefix.lib, self.prefix.lib64]
        below = self.spec.dependencies(deptype="link")
        for name in ("lib", "lib64"):
            for dependency in below:
                path = dependency.prefix.join(name)
                if os.path.isdir(path) and not is_system_path(path):
                    paths.append(path)
        return paths

    @property
    def rpath_args(self) -> str:
        """:attr:`rpath` as arguments of a compiler."""
        return " ".join(f"-Wl,-rpath,{path}" for path in self.rpath)

    @property
    def keep_werror(self) -> str | None:
        """The ``-Werror`` arguments the wrapper lets through: ``all``, ``specific`` or None."""
        if self.spec.satisfies("%nvhpc@:23.3"):
            return "all"
        if self.spec.satisfies("%nvhpc@23.4:"):
            return "specific"
        return build_context().keep_werror

    # -- URLs ----------------------------------------------------------------------------------

    def url_for_version(self, version: Any) -> str:
        """The URL of a version, found by replacing the version in a known one."""
        return url_choice.default_url_for_version(self, version)

    def all_urls_for_version(self, version: Any) -> list[str]:
        """Every URL at which a version may be, best first."""
        return url_choice.all_urls_for_version(self, version)

    def url_version(self, version: Any) -> str:
        """The version as it is written in URLs."""
        return str(version)

    @property
    def download_instr(self) -> str:
        """The instructions for the user when the source must be fetched by hand."""
        return (
            f"the source of {self.name} must be downloaded manually and added to a"
            f" mirror; see {self.homepage}"
        )

    # -- hooks ---------------------------------------------------------------------------------

    inject_flags = flag_handlers.inject_flags
    env_flags = flag_handlers.env_flags
    build_system_flags = flag_handlers.build_system_flags

    def flag_handler(self, name: str, flags: list[str]) -> Any:
        """Decide where compiler flags go; by default the wrapper adds them."""
        return flags, None, None

    def flags_to_build_system_args(self, flags: dict[str, list[str]]) -> None:
        """Take the flags that the build system is to pass; build systems that can, override it."""
        if any(flags.values()):
            raise InstallError(
                f"{self.name}: the build system of the package takes no compiler flags",
                "the recipe's flag_handler returns flags for the build system",
                self,
            )

    def setup_run_environment(self, env: Any) -> None:
        """Change the environment in which the package is used."""

    def setup_dependent_run_environment(self, env: Any, dependent_spec: Any) -> None:
        """Change the environment in which a dependent is used."""

    def setup_dependent_package(self, module: Any, dependent_spec: Any) -> None:
        """Put names in the module of a dependent's recipe."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.spec)!r})"


def _names(cls: Any) -> tuple[str, str]:
    namespace, name = names_of_module(cls.__module__)
    if name is None:
        # A build system's class stands for no package; its name serves messages.
        return "", cls.__name__
    return namespace or "", name


def _fullnames(cls: Any) -> list[str]:
    names: list[str] = []
    for parent in cls.__mro__:
        if not is_recipe_module(parent.__module__):
            break
        fullname = ".".join(_names(parent))
        if fullname not in names:
            names.append(fullname)
    return names


def class_line(cls: type) -> int:
    """Line on which the body of a class begins, 0 if its source cannot be read."""
    try:
        return inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        return 0


def words(value: str | Iterable[Any] | None) -> tuple[str, ...]:
    """An attribute that may be text or a sequence, as a tuple of text; of a property nothing."""
    if not value or isinstance(value, property):
        return ()
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value)
