"""Configuration, concretizing and recipes under the names that scripts use.

Must not know how they are worked out; that is the business of :class:`Spack`.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence

from spack.errors import ConfigurationError
from spack.named_tuples import NamedTuple
from spack.scripting.current import CurrentSpack, current, use
from spack.scripting.specs import ScriptSpec, seen
from spack.type_names import Any


class InternalConfigScope(NamedTuple):
    """Sections that hold inside of a script: section to its data."""

    name: str
    data: Mapping[str, Any] = {}


class DirectoryConfigScope(NamedTuple):
    """A directory of configuration files that counts inside of a script."""

    name: str
    path: str


class ScriptConfiguration:
    """The configuration of the current instance."""

    def get(self, path: str, default: Any = None, scope: str | None = None) -> Any:
        """The value at ``section:key:…`` of all scopes together, or of one."""
        if scope is None:
            return current().setting(path, default)
        return current().session.configuration.only(scope).get(path, default)

    def get_config(self, section: str, scope: str | None = None) -> Any:
        """A section of all scopes together, or of one."""
        return self.get(section, {}, scope)

    def set(self, path: str, value: Any, scope: str | None = None) -> None:
        """Write a value at ``section:key:…``, by default where ``spack config add`` writes.

        The scope ``command_line`` lasts as long as the script. Raises ConfigurationError.
        """
        if scope in ("command_line", "overrides"):
            use(with_setting(path, value))
        else:
            current().change_setting(path, value, scope)

    def add(self, fullpath: str, scope: str | None = None) -> None:
        """Add what ``section:key:value`` says. Raises ConfigurationError."""
        from spack.work.machine.configuration_changes import ConfigurationChanges

        ConfigurationChanges(current().session.configuration, scope).add(fullpath)
        current().session.forget_configuration()

    def update_config(self, section: str, update_data: Any, scope: str | None = None) -> None:
        """Replace a section of a scope. Raises ConfigurationError."""
        self.set(section, update_data, scope)

    def push_scope(
        self, scope: InternalConfigScope | DirectoryConfigScope, *_: Any, **__: Any
    ) -> None:
        """From now on a scope is above the others, in this script alone."""
        _PUSHED.append((scope.name, current()))
        use(with_scope(scope))

    def remove_scope(self, scope_name: str) -> None:
        """Take a scope that was pushed away, with what was pushed after it.

        Raises:
            ConfigurationError: none of that name was pushed.
        """
        names = [name for name, _ in _PUSHED]
        if scope_name not in names:
            raise ConfigurationError(f"the script has pushed no scope '{scope_name}'")
        place = names.index(scope_name)
        use(_PUSHED[place][1])
        del _PUSHED[place:]

    def pop_scope(self) -> None:
        """Take the scope that was pushed last away. Raises IndexError without one."""
        use(_PUSHED.pop()[1])

    def highest_precedence_scope(self) -> Any:
        """The highest scope that can be written."""
        return current().session.configuration.write_target()

    @property
    def scopes(self) -> dict[str, Any]:
        """The scopes by name, lowest first."""
        return {scope.name: scope for scope in current().session.configuration.scopes}

    @property
    def writable_scopes(self) -> list[Any]:
        """The scopes that can be written, lowest first."""
        return [scope for scope in current().session.configuration.scopes if scope.is_writable()]


#: Names of the scopes that the script pushed, each with the instance before.
_PUSHED: list[tuple[str, CurrentSpack]] = []

CONFIG = ScriptConfiguration()
get, set, add = CONFIG.get, CONFIG.set, CONFIG.add


def default_modify_scope(section: str = "config") -> str:
    """The name of the scope that changes go to."""
    return str(CONFIG.highest_precedence_scope().name)


def with_scope(scope: InternalConfigScope | DirectoryConfigScope) -> CurrentSpack:
    """The current instance with one more scope."""
    options = current().session.options
    if isinstance(scope, DirectoryConfigScope):
        return CurrentSpack(options=options._replace(scopes=(*options.scopes, scope.path)))
    texts = tuple(f"{section}:{json.dumps(data)}" for section, data in scope.data.items())
    return CurrentSpack(options=options._replace(assignments=options.assignments + texts))


def with_setting(path: str, value: Any) -> CurrentSpack:
    """The current instance with one more setting."""
    options = current().session.options
    text = f"{path}:{json.dumps(value)}"
    return CurrentSpack(options=options._replace(assignments=(*options.assignments, text)))


def substitute_path_variables(path: str) -> str:
    """A path with its variables, such as ``$spack`` and ``~``, replaced."""
    return current().session.configuration.paths.substitute(path)


def canonicalize_path(path: str, default_wd: str | None = None) -> str:
    """A path with its variables replaced, absolute.

    Args:
        default_wd: what a relative path counts from; by default the working directory.
    """
    return current().session.configuration.paths.path(path, default_wd or os.getcwd())


@contextlib.contextmanager
def override(path_or_scope: Any, value: Any = None) -> Iterator[ScriptConfiguration]:
    """Inside the block a value holds at ``section:key:…``, or a scope is above the others."""
    before = current()
    path = isinstance(path_or_scope, str)
    use(with_setting(path_or_scope, value) if path else with_scope(path_or_scope))
    try:
        yield CONFIG
    finally:
        use(before)


# -- concretizing ----------------------------------------------------------------------------------


def concretize_one(spec: Any, tests: bool = False) -> ScriptSpec:
    """Concretize a spec. Raises UnsatisfiableRequestError."""
    return ScriptSpec(spec).concretized(tests=tests)


def _concretized(specs: Sequence[Any], unify: Any, tests: bool) -> list[Any]:
    """Pairs of what was given and what it would be; a pair that is complete stays as it is."""
    before = current()
    pairs = [spec if isinstance(spec, tuple) else (spec, None) for spec in specs]
    open_ones = [ScriptSpec(wanted).unbound for wanted, found in pairs if found is None]
    try:
        use(with_setting("concretizer:unify", unify))
        answers = iter(current().concretize(*open_ones, tests=tests))
    finally:
        use(before)
    return [(wanted, seen(next(answers)) if found is None else found) for wanted, found in pairs]


def concretize_together(spec_list: Sequence[Any], tests: bool = False) -> list[Any]:
    """Pairs of specs and what they would be with shared dependencies."""
    return _concretized(spec_list, True, tests)


def concretize_together_when_possible(spec_list: Sequence[Any], tests: bool = False) -> list[Any]:
    """Pairs of specs and what they would be, with shared dependencies as far as possible."""
    return _concretized(spec_list, "when_possible", tests)


def concretize_separately(spec_list: Sequence[Any], tests: bool = False) -> list[Any]:
    """Pairs of specs and what each would be alone."""
    return _concretized(spec_list, False, tests)


def concretize_specs_together(*specs: Any, tests: bool = False) -> list[ScriptSpec]:
    """Concretize specs with shared dependencies."""
    return [found for _, found in concretize_together(specs, tests)]


# -- recipes ---------------------------------------------------------------------------------------


class ScriptRecipes:
    """The recipes of all configured repositories."""

    @property
    def repos(self) -> Sequence[Any]:
        """The repositories, the one that wins first."""
        return current().session.repositories.repositories

    def first_repo(self) -> Any:
        """The repository that wins; None without any."""
        return next(iter(self.repos), None)

    def get_repo(self, namespace: str) -> Any:
        """The repository of a namespace. Raises UnknownNamespaceError."""
        return current().session.repositories.by_namespace(namespace)

    def repo_for_pkg(self, spec: Any) -> Any:
        """The repository that a spec or name is taken from; the first one if none has it.

        Raises:
            UnknownNamespaceError: the name is qualified, and no repository has the namespace.
        """
        return current().session.repositories.repository_of(ScriptSpec(spec).fullname)

    @property
    def provider_index(self) -> ScriptRecipes:
        """Answers :meth:`providers_for`."""
        return self

    def exists(self, pkg_name: str) -> bool:
        """Whether there is a recipe of that name."""
        return current().session.repositories.exists(pkg_name)

    def is_virtual(self, pkg_name: str) -> bool:
        """Whether a name is that of a virtual package."""
        return current().session.repositories.is_virtual(pkg_name)

    def all_package_names(self, include_virtuals: bool = False) -> list[str]:
        """The names of all recipes, sorted."""
        found = current().session.repositories
        return sorted([*found.all_names(), *(found.virtuals() if include_virtuals else ())])

    def all_package_classes(self) -> Iterator[Any]:
        """The classes of all recipes; imports them one by one."""
        return (self.get_pkg_class(name) for name in self.all_package_names())

    def get_pkg_class(self, pkg_name: str) -> Any:
        """The class of a recipe. Raises UnknownPackageError, BrokenRecipeError."""
        return current().session.repositories.package_class(pkg_name)

    def get(self, spec: Any) -> Any:
        """The package object of a concrete spec."""
        return ScriptSpec(spec).package

    def providers_for(self, virtual: Any) -> list[ScriptSpec]:
        """The packages that may provide a virtual."""
        name = str(ScriptSpec(virtual).name)
        return [ScriptSpec(found) for found in current().session.repositories.providers(name)]

    def packages_with_tags(self, *tags: str) -> list[str]:
        """The names of recipes that have all tags, sorted."""
        found = [frozenset(current().session.repositories.with_tag(tag)) for tag in tags]
        return sorted(frozenset.intersection(*found)) if found else []

    def dirname_for_package_name(self, pkg_name: str) -> str:
        """The folder of a recipe."""
        return os.path.dirname(self.filename_for_package_name(pkg_name))

    def filename_for_package_name(self, pkg_name: str) -> str:
        """The file of a recipe. Raises UnknownPackageError."""
        return str(current().session.repositories.record(pkg_name).path)


PATH = ScriptRecipes()
all_package_names = PATH.all_package_names
