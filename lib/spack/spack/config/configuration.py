"""The configuration: ordered scopes, and the sections that result from merging them.

Sections are merged when they are first asked for. Nothing here knows what a key means; typed
access is in :mod:`spack.config.settings.settings`, changes are in :mod:`spack.config.editing`.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.config.scopes.deprecations import Deprecation, NoEffect
from spack.config.scopes.reading import FileReader
from spack.config.scopes.scopes import MisspeltFile, Scope, ScopeContent
from spack.config.scopes.validation import validate
from spack.config.values.key_paths import parse_key_path
from spack.config.values.merging import REPLACE, merge, split_key, without_suffixes
from spack.config.values.path_variables import PathVariables
from spack.config.values.rendering import Line, render
from spack.config.values.values import Value
from spack.errors import ConfigurationError, did_you_mean
from spack.named_tuples import NamedTuple
from spack.type_names import Any, Callable, Union


class ChangedFile(NamedTuple):
    """A file that a command has changed."""

    path: str

    def __str__(self) -> str:
        return f"changed {self.path}"


#: Notes about a file that is used or changed, each told once.
Note = Union[Deprecation, NoEffect, MisspeltFile, ChangedFile]

#: Sections whose value is a list; all others are mappings when nothing is set.
LIST_SECTIONS = ("compilers", "definitions", "include")


class Configuration:
    """Scopes, lowest first, and their merged sections.

    Args:
        contents: the scopes with their content, lowest first.
        paths: the variables that configured paths may use.
        reader: reads files for scopes that are added later.
        report: told once of every old form in a file that is used, of keys without effect, and of
            files that are changed.
    """

    def __init__(
        self,
        contents: Sequence[ScopeContent],
        paths: PathVariables,
        reader: FileReader,
        report: Callable[[Note], None] = lambda note: None,
    ) -> None:
        self._contents = tuple(contents)
        self.paths = paths
        self._reader = reader
        self._report = report
        self._reported: set[Note] = set()
        self._sections: dict[str, Value] = {}

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """All scopes, lowest first."""
        return tuple(content.scope for content in self._contents)

    def section(self, name: str) -> Value:
        """A merged section; an empty mapping or list when no scope has it.

        Raises:
            ConfigurationError: a file of this section is malformed.
        """
        if name not in self._sections:
            self._sections[name] = self._merge(name)
            unread = (note for note in self.without_effect(name) if note.is_surprising)
            self._tell([*self.misspelt_files(), *self.deprecations(name), *unread])
        return self._sections[name]

    def _tell(self, notes: Sequence[Note]) -> None:
        for note in notes:
            if note not in self._reported:
                self._reported.add(note)
                self._report(note)

    def tell_change(self, file: str) -> None:
        """Report that a file was changed."""
        self._tell([ChangedFile(file)])

    def has(self, name: str) -> bool:
        """Whether any scope has a section."""
        return any(content.section(name) is not None for content in self._contents)

    def _merge(self, name: str) -> Value:
        merged: Value | None = None
        for content in self._contents:
            found = content.section(name)
            if found is None:
                continue
            value, suffix = found
            if merged is None or suffix == REPLACE:
                merged = without_suffixes(value)
            else:
                merged = merge(value, merged, suffix)
        if merged is None:
            return Value([] if name in LIST_SECTIONS else {}, "no scope")
        return merged

    def at(self, key_path: str) -> Value | None:
        """The value at ``section:key:…``, None when nothing is set there."""
        section, *keys = (split_key(key)[0] for key in parse_key_path(key_path))
        return self.section(section).at(keys)

    def get(self, key_path: str, default: Any = None) -> Any:
        """The plain value at ``section:key:…``."""
        found = self.at(key_path)
        return default if found is None else found.plain()

    def scope(self, name: str) -> Scope:
        """A scope by name.

        Raises:
            ConfigurationError: there is none, with the name that was probably meant.
        """
        names = [scope.name for scope in self.scopes]
        for scope in self.scopes:
            if scope.name == name:
                return scope
        raise ConfigurationError(
            f"there is no configuration scope '{name}'{did_you_mean(name, names)}",
            hint=f"one of {', '.join(reversed(names))}",
        )

    def in_scope(self, scope: Scope, name: str) -> Value | None:
        """A section as one scope has it."""
        found = self.written_in(scope, name)
        return None if found is None else found[0]

    def written_in(self, scope: Scope, name: str) -> tuple[Value, str] | None:
        """A section as one scope has it, and the suffix of its key."""
        for content in self._contents:
            if content.scope == scope:
                return content.section(name)
        return None

    def write_target(self, name: str | None = None) -> Scope:
        """The scope that changes go to: the named one, else the highest that can be written.

        A scope that the highest one includes with ``prefer_modify`` goes before it.

        Raises:
            ConfigurationError: no such scope, or none can be written.
        """
        if name is not None:
            scope = self.scope(name)
            if scope.path is None:
                raise ConfigurationError(
                    f"the scope '{name}' is not stored in files and cannot be changed"
                )
            return scope
        for scope in reversed(self.scopes):
            if not scope.is_writable():
                continue
            for included in reversed(self.scopes):
                preferred = included.prefer_modify and included.included_by == scope.name
                if preferred and included.is_writable():
                    return included
            return scope
        raise ConfigurationError(
            "no configuration scope is writable", hint="specify one with --scope"
        )

    def with_scope(self, scope: Scope) -> Configuration:
        """This configuration with one more scope on top."""
        added = ScopeContent(scope, self._reader)
        return Configuration((*self._contents, added), self.paths, self._reader, self._report)

    def check_assignment(self, section: str, value: Value) -> None:
        """Validate a value of the command line, unless the same was found valid before.

        Raises:
            ConfigurationError: the schema forbids it.
        """
        key = f"valid {section}: {value.plain()!r}"
        self._reader.worked_out(key, None, lambda: validate(section, value))

    def only(self, name: str) -> Configuration:
        """The sections of one scope. Raises ConfigurationError when there is no such scope."""
        scope = self.scope(name)
        kept = [content for content in self._contents if content.scope == scope]
        return Configuration(kept, self.paths, self._reader, self._report)

    def deprecations(self, section: str) -> list[Deprecation]:
        """The old forms that occur in the files of a section."""
        return [
            note
            for content in self._contents
            for parsed in content.files(section)
            for note in parsed.deprecations
        ]

    def misspelt_files(self) -> list[MisspeltFile]:
        """Files beside those of sections that are read under no name, as far as was looked."""
        return [file for content in self._contents for file in content.misspelt]

    def without_effect(self, section: str) -> list[NoEffect]:
        """The keys in the files of a section that nothing reads in this version."""
        return [
            note
            for content in self._contents
            for parsed in content.files(section)
            for note in parsed.without_effect
        ]

    def lines(self, key_path: str) -> list[Line]:
        """The value at ``section:key:…`` as YAML, each line with its origin."""
        keys = [split_key(key)[0] for key in parse_key_path(key_path)]
        value = self.at(key_path) or Value({}, "no scope")
        return render(value.with_data({keys[-1]: value}))

    def text(self, key_path: str) -> str:
        """The value at ``section:key:…`` as YAML."""
        return "".join(f"{line.text}\n" for line in self.lines(key_path))
