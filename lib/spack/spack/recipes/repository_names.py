"""Names of packages, of their directories, classes and modules. Pure functions.

Layout 2 (``repo.yaml`` with ``api: v2.x``) has one directory per package with ``_`` for ``-``,
imported as ``spack_repo.<namespace>.<subdirectory>.<directory>.package``. Layout 1 names the
directory like the package, imported as ``spack.pkg.<namespace>.<name>``.
"""

from __future__ import annotations

import keyword
import re
from functools import cache

#: Lower-case words of Python that cannot be the name of a directory; soft keywords are not among.
KEYWORDS = frozenset(word for word in keyword.kwlist if word.islower())

_LEGAL_DIRECTORY = re.compile(r"[a-z_][a-z0-9_]*")
_LEGAL_DIRECTORY_V1 = re.compile(r"\w[\w-]*")
_SEPARATORS = re.compile(r"[-_]+")


def directory_of(package: str) -> str:
    """Directory of a package in layout 2: ``3proxy`` lives in ``_3proxy``."""
    directory = package.replace("-", "_")
    if directory[:1].isdigit() or directory in KEYWORDS:
        return "_" + directory
    return directory


def package_of(directory: str) -> str:
    """Package whose directory this is, in layout 2."""
    return directory.lstrip("_").replace("_", "-")


def is_legal_directory(directory: str, *, version_1: bool = False) -> bool:
    """Whether a directory may hold a recipe."""
    if version_1:
        return _LEGAL_DIRECTORY_V1.fullmatch(directory) is not None
    if _LEGAL_DIRECTORY.fullmatch(directory) is None or "__" in directory:
        return False
    if directory.startswith("_"):
        rest = directory[1:]
        return rest[:1].isdigit() or rest in KEYWORDS
    return directory not in KEYWORDS


@cache
def class_name_of(package: str) -> str:
    """Name of the class of a package: ``py-foo_bar`` has ``PyFooBar``."""
    parts = _SEPARATORS.sub("-", package).split("-")
    name = "".join(part[:1].upper() + part[1:].lower() for part in parts)
    if name[:1].isdigit() or name in ("True", "False", "None"):
        return "_" + name
    return name


def is_recipe_module(module: str) -> bool:
    """Whether a module name is that of a recipe."""
    if module.startswith("spack.pkg."):
        return True
    return module.startswith("spack_repo.") and module.endswith(".package")


@cache
def names_of_module(module: str) -> tuple[str | None, str | None]:
    """(namespace, package name) of a recipe module; (None, None) for another module."""
    if module.startswith("spack.pkg."):
        parts = module.split(".")[2:]
        name = parts[-1]
        if name.startswith("num") and name[3:4].isdigit():
            name = name[3:]
        return ".".join(parts[:-1]), name.replace("_", "-")
    if is_recipe_module(module):
        # spack_repo, namespace…, subdirectory, directory, "package"
        parts = module.split(".")
        return ".".join(parts[1:-3]), package_of(parts[-2])
    return None, None
