"""Configuration scopes: named places that hold sections, in an order.

A scope is a directory with one ``<section>.yaml`` for each section, or a single file (an
environment's manifest, an included file), or values given by this program. Scopes that include
others are expanded by :mod:`spack.config.loading`; this module knows one scope at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from spack.config.scopes.deprecations import NoEffect
from spack.config.scopes.reading import FileReader, ParsedFile
from spack.config.scopes.validation import SECTIONS
from spack.config.values.merging import merge
from spack.config.values.values import Value
from spack.errors import nearest
from spack.named_tuples import NamedTuple

INTERNAL, PATH, ENVIRONMENT = "internal", "path", "env"


class Scope(NamedTuple):
    """One scope.

    Attributes:
        name: as in ``--scope``.
        kind: :data:`INTERNAL`, :data:`PATH` or :data:`ENVIRONMENT`.
        path: directory or file, None for internal scopes.
        is_file: whether ``path`` is a single file with all sections.
        included_by: name of the scope whose ``include`` names this one.
        prefer_modify: changes go here rather than to the including scope.
        fixed: never written to (shipped defaults, downloaded files).
        values: the sections of an internal scope, by raw key.
        without_effect: keys of ``values`` that nothing reads.
    """

    name: str
    kind: str = PATH
    path: str | None = None
    is_file: bool = False
    included_by: str | None = None
    prefer_modify: bool = False
    fixed: bool = False
    values: Mapping[str, Value] = {}
    without_effect: tuple[NoEffect, ...] = ()

    def file_of(self, section: str) -> str | None:
        """The file that holds (or would hold) a section."""
        if self.path is None or self.is_file:
            return self.path
        return os.path.join(self.path, f"{section}.yaml")

    def is_writable(self) -> bool:
        """Whether the scope's files can be changed or created."""
        if self.path is None or self.fixed:
            return False
        place = self.path
        while not os.path.lexists(place) and os.path.dirname(place) != place:
            place = os.path.dirname(place)
        return os.access(place, os.W_OK)


class MisspeltFile(NamedTuple):
    """A file in the directory of a scope whose name is nearly that of a section."""

    path: str
    section: str

    def __str__(self) -> str:
        return f"{self.path} is not read; did you mean {self.section}.yaml?"


class ScopeContent:
    """The sections of a scope, read when they are asked for."""

    def __init__(self, scope: Scope, reader: FileReader) -> None:
        self.scope = scope
        self._reader = reader
        self._names: dict[str, str] | None = None
        #: Known when a section was asked for.
        self.misspelt: tuple[MisspeltFile, ...] = ()

    def exists(self) -> bool:
        """Whether the scope's directory or file is there."""
        return self.scope.path is None or os.path.exists(self.scope.path)

    def section(self, name: str) -> tuple[Value, str] | None:
        """The value of a section in this scope and the suffix of its key (``:`` = replace)."""
        found: tuple[Value, str] | None = None
        for parsed in self._files(name):
            here = parsed.section(name)
            if here is not None:
                found = here if found is None else (merge(found[0], here[0]), found[1])
        return found

    def files(self, name: str) -> Iterator[ParsedFile]:
        """The parsed files that contribute to a section."""
        return self._files(name)

    def _files(self, name: str) -> Iterator[ParsedFile]:
        scope = self.scope
        if scope.path is None:
            yield ParsedFile(dict(scope.values), (), scope.without_effect)
        elif scope.is_file:
            yield self._reader.read(scope.path)
        else:
            # Entries of compilers.yaml are read as externals of packages.
            for stem in (name, "compilers") if name == "packages" else (name,):
                path = self._listing().get(f"{stem}.yaml")
                if path is not None:
                    yield self._reader.read(path)

    def _listing(self) -> dict[str, str]:
        """File names of the scope's directory; one system call for all sections."""
        if self._names is None:
            assert self.scope.path is not None
            try:
                names = os.listdir(self.scope.path)
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                names = []
            self._names = {name: os.path.join(self.scope.path, name) for name in names}
            unknown = [
                name
                for name in names
                if name.endswith(".yaml") and name[:-5] not in (*SECTIONS, "compilers", "spack")
            ]
            if unknown:
                self.misspelt = tuple(self._misspelt(unknown))
        return self._names

    def _misspelt(self, names: Sequence[str]) -> Iterator[MisspeltFile]:
        """The files that were probably meant to hold a section that has no file."""
        free = [section for section in SECTIONS if f"{section}.yaml" not in (self._names or ())]
        for name in names:
            for guess in nearest(name[:-5], free):
                yield MisspeltFile(os.path.join(self.scope.path or "", name), guess)
