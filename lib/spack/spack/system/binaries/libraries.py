"""Lists of library and header files as compilers want to hear about them, and finding them.

Knows file names and compiler flags; must not know packages.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from collections.abc import Sequence as AbstractSequence

from spack.errors import SpackError
from spack.system.files.searching import find
from spack.type_names import Any, TypeVar, Union, overload

Paths = Union[str, "os.PathLike[str]", Iterable[str]]

_List = TypeVar("_List", bound="FileList")

#: Suffixes of header files, of module files of Fortran too.
HEADER_SUFFIXES = ("h", "hpp", "hxx", "hh", "H", "txx", "tcc", "icc", "mod", "inc")


_SYSTEM_DIRECTORIES = tuple(
    top + part for top in ("", "/usr", "/usr/local") for part in ("/lib64", "/lib")
)

_INCLUDE = re.compile(r"(.*?(?:^|/)include)(?=/|\Z)", re.DOTALL)


class NoLibrariesError(SpackError):
    """No libraries were found where they must be."""

    def __init__(self, message: str, prefix: str | None = None) -> None:
        super().__init__(f"no libraries of {message} were found in {prefix}" if prefix else message)


class NoHeadersError(SpackError):
    """No header files were found where they must be."""

    def __init__(self, message: str, prefix: str | None = None) -> None:
        super().__init__(f"no headers of {message} were found in {prefix}" if prefix else message)


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


class FileList(AbstractSequence):  # type: ignore[type-arg]
    """An immutable list of paths without duplicates.

    An index gives a text, a slice a list of the same class; ``+`` joins with any list.
    """

    def __init__(self, files: Paths) -> None:
        if isinstance(files, (str, os.PathLike)):
            files = [os.fspath(files)]
        self.files: list[str] = _unique(os.fspath(file) for file in files)

    @property
    def directories(self) -> list[str]:
        """The directories of the files, without duplicates; bare names have none."""
        return _unique(os.path.dirname(file) for file in self.files if os.path.dirname(file))

    @property
    def basenames(self) -> list[str]:
        """The names of the files, without duplicates."""
        return _unique(os.path.basename(file) for file in self.files)

    def joined(self, separator: str = " ") -> str:
        """All paths in one text."""
        return separator.join(self.files)

    @overload
    def __getitem__(self: _List, item: int) -> str: ...

    @overload
    def __getitem__(self: _List, item: slice[Any, Any, Any]) -> _List: ...

    def __getitem__(self: _List, item: int | slice[Any, Any, Any]) -> str | _List:
        if isinstance(item, slice):
            return type(self)(self.files[item])
        return self.files[item]

    def __len__(self) -> int:
        return len(self.files)

    def __add__(self: _List, other: Iterable[str]) -> _List:
        return type(self)([*self.files, *other])

    def __radd__(self: _List, other: Iterable[str]) -> _List:
        # Recipes rely on this order: whatever side the plain list is on, it comes last.
        return self.__add__(other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileList) and self.files == other.files

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.files!r})"

    def __str__(self) -> str:
        return self.joined()


class LibraryList(FileList):
    """Libraries, with the flags that link them."""

    @property
    def libraries(self) -> list[str]:
        """The paths."""
        return list(self.files)

    @property
    def names(self) -> list[str]:
        """The names that ``-l`` wants, without duplicates."""
        return _unique(_library_name(name) for name in self.basenames)

    @property
    def search_flags(self) -> str:
        """``-L`` and each directory."""
        return " ".join("-L" + directory for directory in self.directories)

    @property
    def link_flags(self) -> str:
        """``-l`` and each name."""
        return " ".join("-l" + name for name in self.names)

    @property
    def ld_flags(self) -> str:
        """Search and link flags."""
        return f"{self.search_flags} {self.link_flags}".strip()


def _without_suffix(name: str, *suffixes: str) -> str:
    for suffix in suffixes:
        before, found, _ = name.rpartition(suffix)
        if found:
            return before
    return name


def _library_name(name: str) -> str:
    name = name[3:] if name.startswith("lib") else name
    return _without_suffix(name, ".dylib", ".so", ".a")


class HeaderList(FileList):
    """Header files, with the flags that find them.

    Settable directories and macros are lost by slices and ``+``.
    """

    def __init__(self, files: Paths) -> None:
        super().__init__(files)
        self._macros: list[str] = []
        self._directories: list[str] | None = None

    @property
    def directories(self) -> list[str]:
        """The compiler's search directories: up to the first one named ``include`` of each path."""
        if self._directories is not None:
            return self._directories
        matches = ((_INCLUDE.match(path), path) for path in super().directories)
        return _unique(match.group(1) if match else path for match, path in matches)

    @directories.setter
    def directories(self, value: str | Iterable[str] | None) -> None:
        if value is None:
            value = []
        self._directories = _unique([value] if isinstance(value, str) else value)

    @property
    def headers(self) -> list[str]:
        """The paths."""
        return list(self.files)

    @property
    def names(self) -> list[str]:
        """The names without suffix, without duplicates."""
        return _unique(
            _without_suffix(name, ".cuh", ".hpp", ".hh", ".h") for name in self.basenames
        )

    @property
    def include_flags(self) -> str:
        """``-I`` and each directory."""
        return " ".join("-I" + directory for directory in self.directories)

    @property
    def macro_definitions(self) -> str:
        """The macros added."""
        return " ".join(self._macros)

    @property
    def cpp_flags(self) -> str:
        """Include flags and macros."""
        return f"{self.include_flags} {self.macro_definitions}".strip()

    def add_macro(self, macro: str) -> None:
        """Add one definition as written for the compiler: ``-DNAME=value``."""
        self._macros.append(macro)


# --- finding -------------------------------------------------------------------------------------


def _name_list(names: object, caller: str) -> list[str]:
    if isinstance(names, str):
        return [names]
    if isinstance(names, AbstractSequence) and all(isinstance(name, str) for name in names):
        return list(names)
    raise TypeError(
        f"{caller} takes a string or a sequence of strings as names, not {type(names).__name__}"
    )


def find_libraries(
    libraries: str | Sequence[str],
    root: str | os.PathLike[str],
    shared: bool = True,
    recursive: bool = False,
    runtime: bool = True,
    max_depth: int | None = None,
) -> LibraryList:
    """Libraries below a directory whose names (patterns without suffix) match.

    Not recursive: in ``root`` itself. Recursive: in ``root/lib``, else in ``root/lib64``, else
    anywhere below; the first of these with any match decides for all names.

    Args:
        shared: shared libraries, otherwise static ones; versioned names never match.
        runtime: matters on Windows only.
        max_depth: levels below each place to look.

    Raises:
        TypeError: names that are not texts.
    """
    names = _name_list(libraries, "find_libraries")
    suffixes: tuple[str, ...] = ("a",)
    if shared:
        suffixes = ("dylib", "so") if sys.platform == "darwin" else ("so",)
    patterns = [f"{name}.{suffix}" for name in names for suffix in suffixes]
    if not recursive:
        if max_depth:
            raise ValueError(f"max_depth={max_depth} needs recursive=True")
        return LibraryList(find(root, patterns, recursive=False))
    for part in ("lib", "lib64"):
        place = os.path.join(root, part)
        if os.path.isdir(place):
            found = find(place, patterns, max_depth=max_depth)
            if found:
                return LibraryList(found)
    return LibraryList(find(root, patterns, max_depth=max_depth))


def find_all_libraries(root: str | os.PathLike[str], recursive: bool = False) -> LibraryList:
    """All shared libraries below a directory, then all static ones."""
    return find_libraries("*", root, shared=True, recursive=recursive) + find_libraries(
        "*", root, shared=False, recursive=recursive
    )


def find_system_libraries(libraries: str | Sequence[str], shared: bool = True) -> LibraryList:
    """The matches of each name below the first directory of the system that has any."""
    found: list[str] = []
    for name in _name_list(libraries, "find_system_libraries"):
        for directory in _SYSTEM_DIRECTORIES:
            hits = find_libraries([name], directory, shared=shared, recursive=True)
            if hits:
                found.extend(hits)
                break
    return LibraryList(found)


def find_headers(
    headers: str | Sequence[str], root: str | os.PathLike[str], recursive: bool = False
) -> HeaderList:
    """Header files below a directory whose names (patterns without suffix) match.

    Raises TypeError for names that are not texts.
    """
    names = _name_list(headers, "find_headers")
    patterns = [f"{name}.{suffix}" for name in names for suffix in HEADER_SUFFIXES]
    return HeaderList(find(root, patterns, recursive=recursive))


def find_all_headers(root: str | os.PathLike[str]) -> HeaderList:
    """Every header file anywhere below a directory."""
    return find_headers("*", root, recursive=True)
