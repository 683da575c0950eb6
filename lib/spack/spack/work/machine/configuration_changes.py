"""Reading and changing configuration for the commands, which do not know the layer below."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from spack.config.configuration import Configuration
from spack.config.scopes.validation import SECTIONS, check_section_name
from spack.config.values.key_paths import parse_key_path, split_assignment
from spack.errors import NotFoundError, Origin, UsageError
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spack.config.editing import Update
    from spack.language.concrete_specs import ConcreteSpec
    from spack.store.store import Store


__all__ = ["SECTIONS", "ConfigurationChanges", "ScopeRow"]

#: Keys of a package below which there are specs.
_SPEC_KEYS = ("require", "prefer", "conflict")


class ScopeRow(NamedTuple):
    """One scope as ``config scopes`` shows it: what it is, whether it is there, and where."""

    name: str
    kinds: tuple[str, ...]
    status: str
    path: str


class ConfigurationChanges:
    """Operations on a configuration, each given as text from the command line.

    Args:
        configuration: of the session.
        scope: where to write; None for the scope that takes changes by default. What is shown is
            then what this scope alone says.
    """

    def __init__(self, configuration: Configuration, scope: str | None = None) -> None:
        self._configuration = configuration
        self._scope = scope

    @property
    def shown(self) -> Configuration:
        """The configuration for ``get`` and ``blame``: all scopes, or the one that was named."""
        return self._configuration if self._scope is None else self._configuration.only(self._scope)

    @property
    def sections(self) -> tuple[str, ...]:
        return SECTIONS

    def value(self, path: str) -> Any:
        """The plain value of a section or of ``section:key:…``.

        Raises:
            ConfigurationError: there is no such section.
            UsageError: nothing is set there.
        """
        check_section_name(parse_key_path(path)[0].rstrip(":"), Origin("command line"))
        found = self.shown.at(path)
        if found is None:
            raise UsageError(f"nothing is set at {path}", hint=f"spack config get {_head(path)}")
        return found.plain()

    def passed_over(self) -> list[str]:
        """The scopes above the one that takes changes: they have files that cannot be written."""
        if self._scope is not None:
            return []
        scopes = self._configuration.scopes
        above = scopes[scopes.index(self._configuration.write_target()) + 1 :]
        return [s.name for s in above if s.path and not s.fixed and not s.is_writable()]

    def add(self, assignment: str) -> str:
        """Set ``section:key:value``, or put the value first in a list; returns the file."""
        from spack.config.editing import add

        keys, text = split_assignment(assignment)
        return add(self._configuration, keys, text, self._scope)

    def add_file(self, file: str) -> list[str]:
        """Put the sections of a file over those of the scope; returns the files written."""
        from spack.config.editing import merge_file

        return merge_file(self._configuration, file, self._scope)

    def change(self, assignment: str, match: str | None = None) -> str:
        """Replace ``section:key`` by a value; returns the file.

        Below ``packages`` the requirements of a package are specs: each keeps what the new spec
        does not speak of, and only those that satisfy ``match`` are changed.
        """
        from spack.config.editing import set_value
        from spack.config.loading import parse_value

        keys, text = split_assignment(assignment)
        present = self._present(keys)
        if len(keys) == 3 and keys[0] == "packages" and keys[2] in _SPEC_KEYS and present:
            value = self._with_spec(keys[1], present, text, match)
        elif match is not None:
            raise UsageError(
                f"{':'.join(keys)} has no specs to match",
                hint="--match-spec works for packages:NAME:require and similar keys",
            )
        else:
            value = parse_value(text, "command line").plain()
        return set_value(self._configuration, keys, value, self._scope)

    def _present(self, keys: Sequence[str]) -> Any:
        """The present content of the scope to be changed, else of all of them."""
        target = self._configuration.write_target(self._scope)
        own = self._configuration.in_scope(target, keys[0])
        found = own.at(keys[1:]) if own is not None else None
        found = found or self._configuration.section(keys[0]).at(keys[1:])
        return found.plain() if found is not None else None

    def _with_spec(self, package: str, present: Any, text: str, match: str | None) -> Any:
        """Requirements with every spec changed as a new one says."""
        from spack.language.matching import changed_spec, satisfies
        from spack.language.parser import parse_spec

        def named(word: str) -> Any:
            spec = parse_spec(word)
            return spec if spec.name or package == "all" else spec.replace(name=package)

        new = named(text)
        limit = None if match is None else named(match)
        count = 0

        def change(value: Any) -> Any:
            nonlocal count
            if isinstance(value, list):
                return [change(item) for item in value]
            if isinstance(value, dict):
                specs = ("spec", "one_of", "any_of")
                return {k: change(item) if k in specs else item for k, item in value.items()}
            old = named(str(value))
            if old.name != new.name or (limit is not None and not satisfies(old, limit)):
                return value
            count += 1
            result = changed_spec(old, new)
            return str(result if parse_spec(str(value)).name else result.replace(name=None))

        changed = change(present)
        if not count:
            raise UsageError(
                f"no requirement of {package} matches {match or text}",
                hint=f"spack config blame packages:{package}",
            )
        return changed

    def prefer(self, preferences: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Write preferred versions and variants of packages; returns the files written."""
        from spack.config.editing import set_value

        files = []
        for name, preferred in preferences.items():
            for key, value in preferred.items():
                keys = ["packages", name, key]
                files.append(set_value(self._configuration, keys, value, self._scope))
        return list(dict.fromkeys(files))

    def outdated(self, section: str) -> list[str]:
        """Changes that :meth:`update` would make: one line for each old form."""
        check_named(section)
        target = self._configuration.write_target(self._scope)
        return [str(note) for note in self._configuration.only(target.name).deprecations(section)]

    def remove(self, path: str) -> str:
        """Remove ``section:key``, or what :meth:`add` has added with ``section:key:value``."""
        from spack.config.editing import remove

        if ":" in path and not path.endswith(":"):
            keys, text = split_assignment(path)
            parent = self._configuration.at(":".join(_quoted(key) for key in keys))
            # Below a mapping the last word is a key, unless it is written as a value.
            if parent is not None and (text[0] in "{[" or not isinstance(parent.data, dict)):
                return remove(self._configuration, keys, text, self._scope)
        keys = parse_key_path(path)
        return remove(self._configuration, keys, None, self._scope)

    def update(self, section: str) -> Update | None:
        """Write a section in its present form; None if nothing is old."""
        from spack.config.editing import update

        check_named(section)
        return update(self._configuration, section, self._scope)

    def file_to_revert(self, section: str) -> str:
        """The file that :meth:`revert` would restore."""
        from spack.config.editing import former_file

        check_named(section)
        return former_file(self._configuration, section, self._scope)

    def revert(self, section: str) -> str:
        """Undo an update; returns the file."""
        from spack.config.editing import revert

        check_named(section)
        return revert(self._configuration, section, self._scope)

    def file_to_edit(self, section: str | None) -> str:
        """The file of a section in the scope. Raises UsageError: none is named."""
        if section is None:
            raise UsageError(
                "which section?", hint=f"spack config edit with one of {', '.join(SECTIONS)}"
            )
        check_named(section)
        file = self._configuration.write_target(self._scope).file_of(section)
        assert file is not None
        return file

    def scopes(self, section: str | None = None) -> list[ScopeRow]:
        """The scopes, highest first; with a section those that have it."""
        rows = []
        for scope in reversed(self._configuration.scopes):
            if section is not None and self._configuration.in_scope(scope, section) is None:
                continue
            kinds = ("include", scope.kind) if scope.included_by else (scope.kind,)
            exists = scope.path is None or os.path.exists(scope.path)
            rows.append(
                ScopeRow(scope.name, kinds, "active" if exists else "absent", scope.path or "")
            )
        return rows


def check_named(section: str) -> None:
    """Raises ConfigurationError: there is no such section."""
    check_section_name(section, Origin("command line"))


def _head(path: str) -> str:
    return parse_key_path(path)[0]


def _quoted(key: str) -> str:
    return f'"{key}"' if ":" in key[:-1] else key


#: Variants that belong to one build, not to a preference.
_NOT_PREFERRED = ("patches", "dev_path", "commit")


def preferences_of(store: Store, *, local: bool) -> Mapping[str, Mapping[str, Any]]:
    """By package the versions, newest first, and the variants that all its installations share.

    Args:
        local: of this store; else of the stores below it.

    Raises:
        NotFoundError: they have nothing.
    """
    if not local and not store.upstreams:
        raise NotFoundError(
            "no upstream store is configured", hint="add one to upstreams, or use --local"
        )
    specs: dict[str, list[ConcreteSpec]] = {}
    for record in store.database.records():
        if record.installed and not record.external and record.upstream != local:
            specs.setdefault(record.name, []).append(record.spec)
    if not specs:
        raise NotFoundError(
            "nothing is installed " + ("here" if local else "in the upstream stores")
        )
    return {name: _preference(found) for name, found in sorted(specs.items())}


def _preference(specs: Sequence[ConcreteSpec]) -> dict[str, Any]:
    versions = sorted({spec.version for spec in specs}, reverse=True)
    preferred: dict[str, Any] = {"version": [str(version) for version in versions]}
    words = []
    for name, value in sorted(specs[0].variants.items()):
        if name not in _NOT_PREFERRED and all(s.variants.get(name) == value for s in specs):
            words.append(_variant(name, value))
    if words:
        preferred["variants"] = " ".join(words)
    return preferred


def _variant(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"+{name}" if value else f"~{name}"
    return f"{name}=" + (",".join(map(str, value)) if isinstance(value, tuple) else str(value))
