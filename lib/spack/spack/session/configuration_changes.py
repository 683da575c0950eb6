"""Reading and changing configuration for the commands, which do not know the layer below."""

from __future__ import annotations

import os
from typing import Any, List, NamedTuple, Optional, Tuple

from spack.config.configuration import Configuration
from spack.config.key_paths import parse_key_path, split_assignment
from spack.config.scopes import ENVIRONMENT
from spack.config.validation import SECTIONS, check_section_name
from spack.errors import Origin, UsageError


class ScopeRow(NamedTuple):
    """One scope as ``config scopes`` shows it: what it is, whether it is there, and where."""

    name: str
    kinds: Tuple[str, ...]
    status: str
    path: str


class ConfigurationChanges:
    """Operations on a configuration, each given as text from the command line.

    Args:
        configuration: of the session.
        scope: where to write; None for the scope that takes changes by default.
    """

    def __init__(self, configuration: Configuration, scope: Optional[str] = None) -> None:
        self._configuration = configuration
        self._scope = scope

    @property
    def sections(self) -> Tuple[str, ...]:
        return SECTIONS

    def value(self, path: str) -> Any:
        """The plain value of a section or of ``section:key:…``.

        Raises:
            ConfigurationError: there is no such section.
            UsageError: nothing is set there.
        """
        check_section_name(parse_key_path(path)[0].rstrip(":"), Origin("command line"))
        found = self._configuration.at(path)
        if found is None:
            raise UsageError(f"nothing is set at {path}", hint=f"spack config get {_head(path)}")
        return found.plain()

    def add(self, assignment: str) -> str:
        """Set ``section:key:value``, or put the value first in a list; returns the file."""
        from spack.config.editing import add

        keys, text = split_assignment(assignment)
        return add(self._configuration, keys, text, self._scope).file

    def add_file(self, file: str) -> List[str]:
        """Put the sections of a file over those of the scope; returns the files written."""
        from spack.config.editing import merge_file

        return [c.file for c in merge_file(self._configuration, file, self._scope)]

    def change(self, assignment: str) -> str:
        """Replace ``section:key`` by a value; returns the file."""
        from spack.config.editing import set_value
        from spack.config.loading import parse_value

        keys, text = split_assignment(assignment)
        value = parse_value(text, "command line").plain()
        return set_value(self._configuration, keys, value, self._scope).file

    def remove(self, path: str) -> str:
        """Remove ``section:key``, or the element of a list ``section:key:element``."""
        from spack.config.editing import remove

        keys = parse_key_path(path)
        parent = self._configuration.at(":".join(_quoted(key) for key in keys[:-1]))
        if len(keys) > 1 and parent is not None and isinstance(parent.data, list):
            keys, text = split_assignment(path)
            return remove(self._configuration, keys, text, self._scope).file
        return remove(self._configuration, keys, None, self._scope).file

    def update(self, section: str) -> Optional[Tuple[str, List[str], str]]:
        """Write a section in its present form: the file, what was old, and the kept old file."""
        from spack.config.editing import update

        check_section_name(section, Origin("command line"))
        done = update(self._configuration, section, self._scope)
        if done is None:
            return None
        return done.change.file, [str(note) for note in done.deprecations], done.backup

    def revert(self, section: str) -> str:
        """Undo an update; returns the file."""
        from spack.config.editing import revert

        check_section_name(section, Origin("command line"))
        return revert(self._configuration, section, self._scope).file

    def file_to_edit(self, section: Optional[str]) -> str:
        """The file of a section in the scope; without a section the environment's manifest."""
        if section is None:
            for scope in reversed(self._configuration.scopes):
                if scope.kind == ENVIRONMENT and scope.path is not None:
                    return scope.path
            raise UsageError(
                "which section?", hint=f"spack config edit with one of {', '.join(SECTIONS)}"
            )
        check_section_name(section, Origin("command line"))
        file = self._configuration.write_target(self._scope).file_of(section)
        assert file is not None
        return file

    def scopes(self, section: Optional[str] = None) -> List[ScopeRow]:
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


def _head(path: str) -> str:
    return parse_key_path(path)[0]


def _quoted(key: str) -> str:
    return f'"{key}"' if ":" in key[:-1] else key
