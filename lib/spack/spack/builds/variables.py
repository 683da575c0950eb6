"""The process variables of one build, run or test, and the globals of the recipes in it.

:func:`build_variables` gives what a build child sees: the environment of the caller cleaned, the
modules of externals loaded, then what dependencies and the package itself ask for.
:func:`run_modifications` is the same for what is installed.
Knows specs as recipes see them; every setting is an argument.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from spack.builds import wrapper_variables
from spack.builds.roles import Context, Participant, Role, participants
from spack.errors import Origin, SpackError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bound_spec import BoundSpec
from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.classes.package_class import PackageBase
from spack.recipes.classes.recipe_modules import ModuleChangePropagator, set_module_globals
from spack.recipes.errors import frame_in_recipe
from spack.system.processes.environment_modules import module_command
from spack.system.processes.variables import (
    EnvironmentModifications,
    PrependPath,
    filter_system_paths,
    is_system_path,
)
from spack.system.terminal import messages
from spack.type_names import Any

#: Variables that change what compilers, linkers and tools find.
CLEANED = (
    "LD_LIBRARY_PATH LD_RUN_PATH DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH LIBRARY_PATH CPATH "
    "C_INCLUDE_PATH CPLUS_INCLUDE_PATH OBJC_INCLUDE_PATH CMAKE_PREFIX_PATH PYTHONPATH R_HOME "
    "R_ENVIRON LUA_PATH LUA_CPATH LD_PRELOAD DYLD_INSERT_LIBRARIES "
    "CC CFLAGS CPP CPPFLAGS CXX CCC CXXFLAGS CXXCPP F77 FFLAGS FLIBS FC FCFLAGS FCLIBS LDFLAGS "
    "LIBS MPICC MPICXX MPIFC MPIF77 MPIF90"
).split()

#: Compilers that a dependency exports for its users and a build must not take from it.
COMPILER_VARIABLES = ("CC", "CXX", "F77", "FC")

_MACPORTS = "/opt/local"


class VariableHookError(SpackError):
    """A recipe failed while it prepared the environment of a build."""


class VariableSettings(NamedTuple):
    """Settings of the variables of builds.

    Attributes:
        dirty: keep the variables of the caller.
        language: value of ``LC_ALL`` (``config:build_language``), "" to leave it.
        runpath: link with DT_RUNPATH instead of DT_RPATH (``config:shared_linking:type``).
        keep_werror: ``all``, ``specific`` or ``none``.
        ccache: path of ccache, "" not to use it.
        debug: let the wrapper write logs.
        debug_flags: ``""``, or ``true`` for -g, or words for the compilers.
        managed: roots of the stores and of the stages.
        linker_directories: where the dynamic linker searches without being told.
    """

    dirty: bool = False
    language: str = "C"
    runpath: bool = False
    keep_werror: str = "none"
    ccache: str = ""
    debug: bool = False
    debug_flags: str = ""
    managed: tuple[str, ...] = ()
    linker_directories: tuple[str, ...] = (
        "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64",
    )  # fmt: skip


def clean_modifications(variables: Mapping[str, str], language: str) -> EnvironmentModifications:
    """Changes that make a build independent of the variables that it was started with."""
    env = EnvironmentModifications()
    for name in CLEANED:
        env.unset(name)
    for name in variables:
        if name.endswith("_ROOT") and name != "SPACK_ROOT":
            env.unset(name)
    # Autoconf's site defaults would put foreign flags into every configure run.
    env.set("CONFIG_SITE", os.devnull)
    if language:
        env.set("LC_ALL", language)
    for path in variables.get("PATH", "").split(":"):
        if path.startswith(_MACPORTS + "/"):
            env.remove_path("PATH", path)
    return env


class BoundGraph:
    """The nodes below some roots as recipe code sees them, all in one binding."""

    def __init__(self, roots: Sequence[BoundSpec]) -> None:
        self.roots = tuple(roots)
        self.views: dict[str, BoundSpec] = {}
        self._recipes: dict[str, bool] = {}
        for root in roots:
            for view in root.traverse(deptype="all"):
                self.views.setdefault(view.dag_hash(), view)

    def participants(self, context: Context) -> list[Participant]:
        """Nodes that take part, leaves first.

        What is installed can be used without its recipe, so nodes that have none any more are
        left out, with a warning, unless they are needed for a build.
        """
        found = participants(self.concrete, context)
        if context is Context.BUILD:
            return found
        return [entry for entry in found if self._has_recipe(self.view(entry.spec))]

    def takes_part(self, node: ConcreteSpec, context: Context) -> bool:
        """Whether recipes may be told of a node."""
        return context is Context.BUILD or self._has_recipe(self.view(node))

    def _has_recipe(self, view: BoundSpec) -> bool:
        known = self._recipes.get(view.dag_hash())
        if known is None:
            known = self._recipes[view.dag_hash()] = has_recipe(view)
        return known

    @property
    def concrete(self) -> list[ConcreteSpec]:
        """The roots as values."""
        return [_concrete(root) for root in self.roots]

    def view(self, node: ConcreteSpec) -> BoundSpec:
        """The view of a node."""
        return self.views[node.dag_hash()]


def has_recipe(view: BoundSpec) -> bool:
    """Whether there is still a recipe for an installed package; if not there is a warning."""
    try:
        return view.package is not None
    except SpackError as error:
        messages.warn_once(
            f"the recipe of {view.name}@{view.version} adds nothing to the environment:"
            f" {error.message}"
        )
        return False


def _concrete(view: BoundSpec) -> ConcreteSpec:
    spec = view.unbound
    assert isinstance(spec, ConcreteSpec)
    return spec


def _in_recipe(view: BoundSpec, method: str, *args: Any, of_builder: bool = False) -> None:
    """Call a method of a package or its builder; mistakes become errors that name the package."""
    try:
        owner = create_builder(view.package) if of_builder else view.package
        getattr(owner, method)(*args)
    except SpackError:
        raise
    except (Exception, SystemExit) as error:
        raise VariableHookError(
            f"{view.name}: {method} of the recipe failed: {type(error).__name__}: {error}",
            origin=_place(error),
        ) from error


def _for_users(view: BoundSpec, method: str, *args: Any) -> None:
    """Call a method that only says what users of a package may need; a mistake is a warning."""
    try:
        getattr(view.package, method)(*args)
    except (Exception, SystemExit) as error:
        what = (
            error.message if isinstance(error, SpackError) else f"{type(error).__name__}: {error}"
        )
        messages.warn_once(
            f"{_place(error) or 'unknown place'}: {method} of {view.name}@{view.version} failed;"
            f" variables that its users need may be missing: {what}"
        )


def _place(error: BaseException) -> Origin | None:
    frame = frame_in_recipe(error)
    return None if frame is None else Origin(frame.filename, frame.lineno or 0)


def prepare_modules(graph: BoundGraph, context: Context) -> None:
    """Set the globals of all recipes that take part, and let dependencies add theirs.

    The number of jobs is that of the build context in force.
    """
    taking_part = graph.participants(context)
    for entry in taking_part:
        set_module_globals(graph.view(entry.spec).package)
    for entry in taking_part:
        for dependent, _ in entry.dependents:
            view = graph.view(dependent)
            if not graph.takes_part(dependent, context):
                continue
            module = ModuleChangePropagator(view.package)
            call = _for_users if context is Context.RUN else _in_recipe
            call(graph.view(entry.spec), "setup_dependent_package", module, view)


def context_modifications(graph: BoundGraph, context: Context) -> EnvironmentModifications:
    """Changes that the nodes which take part ask for, leaves first.

    For environments without globals of recipes call :func:`prepare_modules` before.
    """
    env = EnvironmentModifications()
    for entry in graph.participants(context):
        view = graph.view(entry.spec)
        if entry.roles & (Role.DIRECT_BUILD | Role.BUILD_VISIBLE):
            _add_search_paths(env, view)
            for root in graph.roots:
                method = "setup_dependent_build_environment"
                _in_recipe(view, method, env, root, of_builder=True)
        is_root = bool(entry.roles & Role.ROOT)
        if is_root and context is Context.BUILD:
            _in_recipe(view, "setup_build_environment", env, of_builder=True)
        runs = bool(entry.roles & (Role.DIRECT_BUILD | Role.RUNNABLE))
        root_that_runs = is_root and context is not Context.BUILD
        if runs or root_that_runs:
            _add_programs(env, view)
        if runs or root_that_runs or entry.roles & Role.RUNTIME:
            env.extend(_of_run_environment(graph, entry, context))
    return env


def _of_run_environment(
    graph: BoundGraph, entry: Participant, context: Context
) -> EnvironmentModifications:
    view = graph.view(entry.spec)
    env = EnvironmentModifications()
    for dependent, edge in entry.dependents:
        used = bool(edge.deptypes & (deptypes.LINK | deptypes.RUN))
        if used and graph.takes_part(dependent, context):
            _for_users(view, "setup_dependent_run_environment", env, graph.view(dependent))
    _for_users(view, "setup_run_environment", env)
    if entry.spec.external is not None:
        add_configured_changes(env, entry.spec.external.extra_attributes.get("environment"))
    if context is Context.BUILD:
        env.drop(*COMPILER_VARIABLES)
    return env


def _is_searched_anyway(view: BoundSpec) -> bool:
    prefix = str(view.prefix) if not view.external or view.external_path else ""
    return not prefix or is_system_path(prefix)


def _add_search_paths(env: EnvironmentModifications, view: BoundSpec) -> None:
    if _is_searched_anyway(view):
        return
    paths = getattr(view.package, "cmake_prefix_paths", [view.prefix])
    for path in reversed(filter_system_paths([str(path) for path in paths])):
        env.prepend_path("CMAKE_PREFIX_PATH", path)
    for name in ("share", "lib64", "lib"):
        path = os.path.join(str(view.prefix), name, "pkgconfig")
        if os.path.isdir(path):
            env.prepend_path("PKG_CONFIG_PATH", path)


def _add_programs(env: EnvironmentModifications, view: BoundSpec) -> None:
    if _is_searched_anyway(view):
        return
    for name in ("bin64", "bin"):
        path = os.path.join(str(view.prefix), name)
        if os.path.isdir(path) and not is_system_path(path):
            env.prepend_path("PATH", path)


def add_configured_changes(env: EnvironmentModifications, changes: Any) -> None:
    """Requests written in configuration: ``set``, ``unset``, ``prepend_path`` and so on."""
    if not isinstance(changes, Mapping):
        return
    for name in _names(changes.get("unset")):
        env.unset(name)
    for name, value in (changes.get("set") or {}).items():
        env.set(str(name), str(value))
    for method in ("prepend_path", "append_path", "remove_path"):
        for name, value in (changes.get(method) or {}).items():
            getattr(env, method)(str(name), str(value))


def _names(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    return [str(name) for name in value or ()]


def load_modules(modules: Sequence[str], variables: Mapping[str, str]) -> dict[str, str]:
    """The variables after ``module load`` of each module. Raises ModuleCommandError."""
    result = dict(variables)
    for name in modules:
        module_command("load", name, variables=result)
    return result


def modules_of_externals(graph: BoundGraph, context: Context) -> list[str]:
    """Modules to load for the externals that take part, leaves first, each once."""
    found: dict[str, None] = {}
    for entry in participants(graph.concrete, context):
        if entry.spec.external is not None:
            found.update(dict.fromkeys(entry.spec.external.modules))
    return list(found)


def _put_wrappers_first(env: EnvironmentModifications, after: Mapping[str, str]) -> None:
    entries = [path for path in after.get("SPACK_COMPILER_WRAPPER_PATH", "").split(":") if path]
    for path in reversed(entries):
        env.prepend_path("PATH", path)


def _choose_dtags(env: EnvironmentModifications, after: Mapping[str, str], runpath: bool) -> None:
    new = after.get("SPACK_ENABLE_NEW_DTAGS", "")
    old = after.get("SPACK_DISABLE_NEW_DTAGS", "")
    env.set("SPACK_DTAGS_TO_ADD", new if runpath else old)
    env.set("SPACK_DTAGS_TO_STRIP", old if runpath else new)


class Prepared(NamedTuple):
    """An environment that is ready: the variables, and the changes that made them."""

    variables: dict[str, str]
    modifications: EnvironmentModifications


def build_variables(
    root: BoundSpec,
    settings: VariableSettings,
    variables: Mapping[str, str],
    *,
    log_directory: str = "",
    context: Context = Context.BUILD,
) -> Prepared:
    """Prepare the recipes of a package for its build, and give the variables of the build.

    Args:
        root: the package, bound.
        settings: from the configuration.
        variables: environment of the caller.
        log_directory: where the wrapper writes its debug logs.
        context: a build, or a test.

    Raises VariableHookError, ModuleCommandError and errors of recipes.
    """
    graph = BoundGraph([root])
    prepare_modules(graph, context)
    result = dict(variables)
    if not settings.dirty:
        clean_modifications(result, settings.language).apply_modifications(result)
    result = load_modules(modules_of_externals(graph, context), result)

    env = EnvironmentModifications()
    _set_wrapper_variables(env, root, graph, settings, log_directory)
    env.extend(context_modifications(graph, context))
    final = EnvironmentModifications()
    after = dict(result)
    env.apply_modifications(after)
    _put_wrappers_first(final, after)
    _choose_dtags(final, after, settings.runpath)
    if context.is_test:
        final.prepend_path("PATH", ".")
    env.extend(final)
    env.apply_modifications(result)
    return Prepared(result, env)


def _set_wrapper_variables(
    env: EnvironmentModifications,
    root: BoundSpec,
    graph: BoundGraph,
    settings: VariableSettings,
    log_directory: str,
) -> None:
    found = wrapper_variables.search_directories(root, graph.views, settings.linker_directories)
    wrapper_variables.set_search_variables(env, found, settings.managed)
    wrapper_variables.set_protocol_variables(
        env,
        root,
        managed=settings.managed,
        log_directory=log_directory or os.getcwd(),
        debug=settings.debug,
        ccache=settings.ccache,
    )
    own_choice = getattr(root.package, "keep_werror", None)
    wrapper_variables.set_werror_variables(env, own_choice or settings.keep_werror)
    wrapper_variables.set_flag_variables(env, root.package)
    if settings.debug_flags == "true":
        env.set("SPACK_ADD_DEBUG_FLAGS", "true")
    elif settings.debug_flags:
        env.set("SPACK_ADD_DEBUG_FLAGS", "custom")
        env.set("SPACK_DEBUG_FLAGS", settings.debug_flags)


class ModuleModifications:
    """Requests of installed packages, each for its own module file.

    What a package needs has module files of its own. All packages are views of one binding, so
    that what dependencies set on them is set once, however many packages need them.
    """

    def __init__(self) -> None:
        self._prepared: set[str] = set()

    def of(self, view: BoundSpec) -> EnvironmentModifications:
        """Requests of a package for itself, and of what it needs for it."""
        env = EnvironmentModifications()
        method = "setup_dependent_run_environment"
        needed = [child for child in _used_by(view) if _overrides(child, method)]
        asks = _overrides(view, "setup_run_environment")
        if has_recipe(view) and (asks or needed):
            self._prepare(view)
            # Another spec of the same recipe may have had the globals since.
            for one in (*needed, view):
                _set_globals(one)
            for child in needed:
                _for_users(child, method, env, view)
            if asks:
                _for_users(view, "setup_run_environment", env)
        external = _concrete(view).external
        if external is not None:
            add_configured_changes(env, external.extra_attributes.get("environment"))
        return env

    def _prepare(self, view: BoundSpec) -> None:
        """Let dependencies add theirs to a package and to all below it, which are first."""
        if view.dag_hash() in self._prepared:
            return
        self._prepared.add(view.dag_hash())
        for child in _used_by(view):
            self._prepare(child)
        _set_globals(view)


def _used_by(view: BoundSpec) -> Sequence[BoundSpec]:
    return view.dependencies(deptype=("link", "run"))


def _set_globals(view: BoundSpec) -> None:
    """Set the globals of a recipe, and let direct dependencies add theirs."""
    if not has_recipe(view):
        return
    set_module_globals(view.package)
    for child in _used_by(view):
        if has_recipe(child):
            module = ModuleChangePropagator(view.package)
            _for_users(child, "setup_dependent_package", module, view)


def _overrides(view: BoundSpec, method: str) -> bool:
    """Whether there is a recipe that has a method of its own."""
    if not has_recipe(view):
        return False
    return getattr(type(view.package), method) is not getattr(PackageBase, method)


def run_modifications(
    roots: Sequence[BoundSpec], inspections: Mapping[str, Sequence[str]] | None = None
) -> EnvironmentModifications:
    """Changes that make installed packages usable: search paths, then their requests.

    The roots are views of one binding (``bind_all``). ``inspections`` maps directories relative to
    a prefix (``""`` or ``.`` for itself) to variables; only those that exist are added.
    """
    graph = BoundGraph(roots)
    prepare_modules(graph, Context.RUN)
    env = EnvironmentModifications()
    requests = context_modifications(graph, Context.RUN)
    asked_for = {(item.name, item.value) for item in requests if isinstance(item, PrependPath)}
    # What is installed can be found without its recipe.
    for entry in participants(graph.concrete, Context.RUN):
        view = graph.view(entry.spec)
        if _is_searched_anyway(view):
            continue
        for below, names in (inspections or {}).items():
            path = os.path.normpath(os.path.join(str(view.prefix), below))
            if os.path.isdir(path) and not is_system_path(path):
                for name in names:
                    if (name, path) not in asked_for:
                        env.prepend_path(name, path)
    env.extend(requests)
    return env
