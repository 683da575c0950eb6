"""Configuration scopes that installed Python packages bring: the entry points ``spack.config``.

An entry point names a function without arguments that returns a directory with configuration
files. Which packages have one is worked out once and kept until something is installed into a
directory of Python packages: without plug-ins a command pays one ``stat`` for each.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial

from spack.config.scopes.reading import FileReader
from spack.config.scopes.scopes import Scope
from spack.errors import ConfigurationError, Origin
from spack.named_tuples import NamedTuple
from spack.type_names import Any

GROUP = "spack.config"

_FOLDERS = ("site-packages", "dist-packages")


class Plugin(NamedTuple):
    """An entry point: its name, and ``module:function``."""

    name: str
    target: str


def package_directories(search_path: Sequence[str], executable: str) -> list[str]:
    """The directories that packages of an interpreter are installed in, each once.

    Those of the search path, and the usual ones beside the interpreter: it may have been started
    without ``site``, and then they are not on the search path yet.
    """
    prefix = os.path.dirname(os.path.dirname(executable))
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    usual = (
        os.path.join(prefix, "lib", version, "site-packages"),
        os.path.join(prefix, "local", "lib", version, "dist-packages"),
        os.path.join(prefix, "lib", "python3", "dist-packages"),
    )
    listed = [path for path in search_path if os.path.basename(path) in _FOLDERS]
    return list(dict.fromkeys([*listed, *usual]))


def find_plugins(directories: Sequence[str], reader: FileReader) -> list[Plugin]:
    """The entry points of packages in some directories, in the order of their names."""
    found: dict[str, str] = {}
    for directory in directories:
        key, work = f"{GROUP}:{directory}", partial(_read_entry_points, directory)
        for name, target in reader.worked_out(key, directory, work) or ():
            found.setdefault(name, target)
    return [Plugin(name, found[name]) for name in sorted(found)]


def _read_entry_points(directory: str) -> list[tuple[str, str]]:
    """The entry points of the packages of one directory, from the metadata beside them."""
    import configparser

    found: list[tuple[str, str]] = []
    for name in sorted(os.listdir(directory)):
        if not name.endswith((".dist-info", ".egg-info")):
            continue
        try:
            with open(os.path.join(directory, name, "entry_points.txt"), encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError):
            continue
        if GROUP not in text:
            continue
        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
        parser.optionxform = str  # type: ignore[method-assign, assignment]
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        if parser.has_section(GROUP):
            found += [(key, value.strip()) for key, value in parser.items(GROUP)]
    return found


def scope_of(plugin: Plugin) -> Scope:
    """The scope of a plug-in, which is asked for its directory.

    Raises:
        ConfigurationError: it cannot be imported, it fails, or it names no directory.
    """
    import importlib

    origin = Origin(f"plug-in {plugin.name} ({plugin.target})")
    module, _, attributes = plugin.target.partition(":")
    try:
        function: Any = importlib.import_module(module.strip())
        for attribute in attributes.split("[")[0].strip().split("."):
            function = getattr(function, attribute)
        path = os.fspath(function())
    except Exception as error:
        raise ConfigurationError(
            f"it failed to report its configuration: {type(error).__name__}: {error}",
            origin=origin,
            hint="fix or uninstall the Python package that provides it",
        ) from error
    if not isinstance(path, str) or not os.path.isdir(path):
        raise ConfigurationError(f"{path!r} is not a directory", origin=origin)
    return Scope(f"plugin-{plugin.name}", path=path)


def installed_scopes(reader: FileReader) -> list[Scope]:
    """The scopes of all plug-ins of this interpreter, lowest first."""
    plugins = find_plugins(package_directories(sys.path, sys.executable), reader)
    return [scope_of(plugin) for plugin in plugins]
