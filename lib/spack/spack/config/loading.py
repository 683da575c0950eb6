"""Builds the configuration of an instance: which scopes there are, and in which order.

Lowest to highest: built-in values, shipped defaults, the state directory's values, the instance's
``etc/spack`` with what it includes (system, site, user; below the user's those of plug-ins), the
environment with what it includes, the scopes given with ``-C``, and the values given with ``-c``.
Includes stand below the scope that includes them, the first one highest.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from spack.config.configuration import Configuration, Note
from spack.config.scopes.conditions import evaluate
from spack.config.scopes.deprecations import NoEffect
from spack.config.scopes.plugins import installed_scopes
from spack.config.scopes.reading import FileReader
from spack.config.scopes.remote_files import fetch, is_remote
from spack.config.scopes.scopes import ENVIRONMENT, INTERNAL, Scope, ScopeContent
from spack.config.scopes.validation import check_section_name, expects_list
from spack.config.values.key_paths import split_assignment
from spack.config.values.merging import REPLACE, split_key
from spack.config.values.path_variables import HostFacts, PathVariables, home, no_host_facts
from spack.config.values.values import Value, located
from spack.errors import ConfigurationError, Origin
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from spack.config.scopes.git_includes import Refreshed

#: Values that hold even if every file is missing.
_BUILT_IN = {"config": {"debug": False}}


class Instance(NamedTuple):
    """One installation of this program, as its configuration sees it.

    Attributes:
        root: the clone.
        state: where it keeps what it writes: ``SPACK_STATE_DIR``, else :attr:`root`.
        variables: the process variables.
        host: describes the machine; asked only if a condition or a path needs it.
    """

    root: str
    state: str
    variables: Mapping[str, str]
    host: Callable[[], HostFacts] = no_host_facts

    @property
    def user_cache_path(self) -> str:
        """``SPACK_USER_CACHE_PATH``, else below the home directory unless that is kept out of."""
        if self.variables.get("SPACK_USER_CACHE_PATH"):
            return os.path.abspath(self.variables["SPACK_USER_CACHE_PATH"])
        if "SPACK_DISABLE_LOCAL_CONFIG" in self.variables:
            return os.path.join(self.state, "var", "spack", "cache", "user")
        return os.path.join(home(self.variables), ".spack")


def instance(
    root: str,
    variables: Mapping[str, str] = os.environ,
    host: Callable[[], HostFacts] = no_host_facts,
) -> Instance:
    """The instance of a clone under some process variables."""
    state = os.path.abspath(variables.get("SPACK_STATE_DIR") or root)
    return Instance(root, state, variables, host)


def environment_scope(name: str, manifest: str) -> Scope:
    """The scope ``env:NAME`` of an environment's manifest."""
    return Scope(f"env:{name}", ENVIRONMENT, manifest, is_file=True)


def command_line_scope(path: str, name: str | None = None) -> Scope:
    """A scope given with ``-C``: a directory of sections, or one that holds a manifest."""
    path = os.path.abspath(path)
    manifest = os.path.join(path, "spack.yaml")
    if os.path.isfile(manifest):
        return Scope(name or path, ENVIRONMENT, manifest, is_file=True)
    if not os.path.isdir(path):
        raise ConfigurationError(
            f"the configuration scope '{path}' is not a directory",
            origin=Origin("command line (-C)"),
            hint="give a directory with files such as packages.yaml, or an environment",
        )
    return Scope(name or path, path=path)


def load(
    instance: Instance,
    *,
    environment: Scope | None = None,
    layers: Sequence[Scope] | None = None,
    command_line_scopes: Sequence[Scope] = (),
    assignments: Sequence[str] = (),
    report: Callable[[Note], None] = lambda note: None,
    refreshed: Callable[[Refreshed], None] | None = None,
) -> Configuration:
    """The configuration of an instance.

    Args:
        environment: made by :func:`environment_scope`, or any scope with the values of a manifest.
        layers: scopes in the place of ``environment``, lowest first: its features, what holds for
            a part of it; None for that scope alone.
        command_line_scopes: the ``-C`` scopes, lowest first.
        assignments: the ``-c`` values, ``section:key:value``.
        report: told once of every old form in a file that is used, and of keys without effect.
        refreshed: told of every branch of git that is included, which is fetched anew; None uses
            what was fetched before.

    Raises:
        ConfigurationError: an include that cannot be resolved; sections are checked when read.
    """
    paths = _paths(instance, environment)
    reader = FileReader(os.path.join(instance.user_cache_path, "cache"), instance.root)
    stack = _Stack(instance, paths, reader, refreshed)
    stack.add(_internal("_builtin", _BUILT_IN, "built in"))
    stack.add(Scope("defaults", path=_etc(instance.root, "defaults"), fixed=True))
    if instance.state != instance.root:
        stack.add(_internal("state", _state_values(instance.state), "SPACK_STATE_DIR"))
    stack.add(Scope("spack", path=_etc(instance.root)))
    stack.insert_plugins()
    if instance.state != instance.root:
        stack.add(Scope("spack:state", path=_etc(instance.state)))
    if layers is None:
        layers = [] if environment is None else [environment]
    for scope in layers:
        stack.add(scope)
    for scope in command_line_scopes:
        stack.add(scope)
    configuration = Configuration(stack.contents, paths, reader, report)
    return with_assignments(configuration, assignments)


def with_assignments(configuration: Configuration, assignments: Sequence[str]) -> Configuration:
    """The configuration with ``section:key:value`` texts in the scope ``command_line``.

    Raises:
        UsageError: a text of another form.
        ConfigurationError: no such key, or a value it cannot have.
    """
    sections: dict[str, Value] = {}
    unread: list[NoEffect] = []
    for text in assignments:
        keys, value_text = split_assignment(text)
        section = split_key(keys[0])[0]
        file = f"command line ({text})"
        check_section_name(section, Origin(file))
        value = parse_value(value_text, file)
        inner = [split_key(key)[0] for key in keys[1:]]
        present = configuration.section(section).at(inner)
        is_list = present is not None and isinstance(present.data, list)
        if is_list or (present is None and expects_list(section, inner)):
            value = value if isinstance(value.data, list) else value.with_data([value])
        sections[keys[0]] = _set(sections.get(keys[0]), keys[1:], value)
        configuration.check_assignment(section, sections[keys[0]])
    if sections:
        from spack.config.scopes.effects import keys_without_effect

        unread = keys_without_effect(sections)
    return configuration.with_scope(
        Scope("command_line", INTERNAL, values=sections, without_effect=tuple(unread))
    )


def parse_value(text: str, file: str) -> Value:
    """A value as typed: YAML for lists and mappings, else a number, a boolean, null or a text."""
    stripped = text.strip()
    if stripped[:1] in ("[", "{", "'", '"'):
        from spack.config.values.yaml_values import parse_yaml

        return located(parse_yaml(stripped, file).plain(), file)
    words = {"true": True, "false": False, "null": None, "~": None}
    if stripped.lower() in words:
        return Value(words[stripped.lower()], file)
    if re.fullmatch(r"[-+]?[0-9]+", stripped):
        return Value(int(stripped), file)
    return Value(stripped, file)


def _set(present: Value | None, keys: Sequence[str], value: Value) -> Value:
    """A copy of ``present`` with the value below some keys; lists get longer."""
    if not keys:
        if present is not None and isinstance(present.data, list) and isinstance(value.data, list):
            return value.with_data(present.data + value.data)
        return value
    data = dict(present.data) if present is not None and isinstance(present.data, dict) else {}
    data[keys[0]] = _set(data.get(keys[0]), keys[1:], value)
    return value.with_data(data)


class _Stack:
    """Scopes under construction: adds a scope on top of what its includes bring."""

    def __init__(
        self,
        instance: Instance,
        paths: PathVariables,
        reader: FileReader,
        refreshed: Callable[[Refreshed], None] | None = None,
    ) -> None:
        self.instance = instance
        self.paths = paths
        self.reader = reader
        self.refreshed = refreshed
        self.contents: list[ScopeContent] = []

    def add(self, scope: Scope, chain: tuple[str, ...] = ()) -> None:
        content = ScopeContent(scope, self.reader)
        found = content.section("include")
        if found is not None:
            entries, suffix = found
            if suffix == REPLACE:
                self.contents = [c for c in self.contents if _always_stays(c.scope)]
            for entry in reversed(entries.data):
                for included in self._included(entry, scope):
                    place = included.path or included.name
                    if place in chain:
                        raise ConfigurationError(f"{place} includes itself", origin=entry.origin)
                    self._remove(included.name)
                    self.add(included, (*chain, place))
        self.contents.append(content)

    def _remove(self, name: str) -> None:
        """A scope that is included by name replaces the one that has this name."""
        self.contents = [c for c in self.contents if c.scope.name != name]

    def _included(self, entry: Value, by: Scope) -> list[Scope]:
        """The scope that an entry of ``include`` stands for; none if it does not apply."""
        settings = entry.plain()
        if isinstance(settings, str):
            settings = {"path": settings}
        condition = settings.get("when")
        if condition is not None and not evaluate(
            condition, self.instance.host, self.instance.variables, entry.origin
        ):
            return []
        if "git" in settings:
            return self._from_git(settings, entry, by)
        written: str = settings["path"]
        override = self.instance.variables.get(settings.get("path_override_env_var", ""))
        if override:
            written = override
        name = self.paths.substitute(settings.get("name") or written)
        optional = bool(settings.get("optional"))
        remote = is_remote(self.paths.substitute(written))
        if remote:
            path = fetch(
                self.paths.substitute(written),
                settings.get("sha256"),
                os.path.join(self.instance.user_cache_path, "cache", "includes"),
                entry.origin,
            )
        else:
            path = self.paths.path(written, _directory_of(by))
        is_file = path.endswith((".yaml", ".yml")) or os.path.isfile(path)
        if not optional and not os.path.exists(path):
            raise ConfigurationError(
                f"the included path {path} does not exist",
                origin=entry.origin,
                hint="correct the path, or add 'optional: true' to the entry",
            )
        return [
            Scope(
                name,
                path=path,
                is_file=is_file,
                included_by=by.name,
                prefer_modify=bool(settings.get("prefer_modify")),
                fixed=remote or by.fixed,
            )
        ]

    def _from_git(self, settings: Mapping[str, Any], entry: Value, by: Scope) -> list[Scope]:
        """The scopes that the paths in a git repository stand for, lowest first."""
        from spack.config.scopes import git_includes

        # A path that begins with a dot is relative to the file, like that of other includes.
        address = self.paths.substitute(settings["git"])
        if address.startswith("."):
            address = self.paths.path(address, _directory_of(by))
        optional = bool(settings.get("optional"))
        directory = os.path.join(self.instance.user_cache_path, "cache", "includes")
        try:
            if self.refreshed is not None:
                done = git_includes.refresh(settings, address, directory, entry.origin)
                if done is not None:
                    self.refreshed(done)
            clone = git_includes.clone(settings, address, directory, entry.origin)
        except ConfigurationError:
            if optional:
                return []
            raise
        scopes = []
        written = settings["paths"]
        for path, whole in zip(written, git_includes.files(settings, clone, entry.origin)):
            if not os.path.exists(whole):
                if optional:
                    continue
                raise ConfigurationError(
                    f"{address} has no {path}", origin=entry.origin, hint=f"its clone is {clone}"
                )
            name = settings.get("name") or address
            if len(written) > 1 or "name" not in settings:
                name = f"{name}:{path}"
            scopes.append(
                Scope(
                    self.paths.substitute(name),
                    path=whole,
                    is_file=not os.path.isdir(whole),
                    included_by=by.name,
                    fixed=True,
                )
            )
        return scopes[::-1]

    def insert_plugins(self) -> None:
        """The scopes of installed plug-ins, below those of the user and of the instance."""
        for plugin in installed_scopes(self.reader):
            before = len(self.contents)
            self.add(plugin)
            added = self.contents[before:]
            del self.contents[before:]
            names = [content.scope.name for content in self.contents]
            at = names.index("user" if "user" in names else "spack")
            self.contents[at:at] = added


def _paths(instance: Instance, environment: Scope | None) -> PathVariables:
    directory = None
    if environment is not None and environment.path is not None:
        directory = _directory_of(environment)
    return PathVariables(
        instance.root, instance.user_cache_path, directory, instance.variables, instance.host
    )


def _etc(root: str, *more: str) -> str:
    return os.path.join(root, "etc", "spack", *more)


def _internal(name: str, values: Mapping[str, object], label: str) -> Scope:
    return Scope(name, INTERNAL, values={key: located(v, label) for key, v in values.items()})


def _state_values(state: str) -> Mapping[str, object]:
    """Defaults whose directories are below the clone, moved to the state directory."""
    return {
        "config": {
            "install_tree": {"root": os.path.join(state, "opt", "spack")},
            "source_cache": os.path.join(state, "var", "spack", "cache"),
            "environments_root": os.path.join(state, "var", "spack", "environments"),
            "license_dir": os.path.join(state, "etc", "spack", "licenses"),
        },
        "modules": {
            "default": {
                "roots": {
                    kind: os.path.join(state, "share", "spack", folder)
                    for kind, folder in (("tcl", "modules"), ("lmod", "lmod"))
                }
            }
        },
    }


def _directory_of(scope: Scope) -> str:
    if scope.path is None:
        return os.getcwd()
    return os.path.dirname(scope.path) if scope.is_file else scope.path


def _always_stays(scope: Scope) -> bool:
    return scope.kind == INTERNAL or "defaults" in (scope.name, scope.included_by)
