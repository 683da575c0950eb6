"""Commands of others: folders ``spack-NAME`` in ``config:extensions``.

A folder has its Python in ``NAME`` (``-`` becomes ``_``) and a file ``cmd/COMMAND.py`` there for
each command. The file has ``setup_parser(subparser)`` and a function called like the command that
takes the parser and the arguments, and may have a ``description``. Its code can be imported as
``spack.extensions.NAME``, and imports what scripts import.
"""

from __future__ import annotations

import importlib
import os
import sys
import types
from collections.abc import Sequence

from spack.cli.parsing import Parser
from spack.errors import ConfigurationError, SpackError
from spack.named_tuples import NamedTuple
from spack.session.options import Options
from spack.type_names import Any

_PACKAGE = "spack.extensions"
_PREFIX = "spack-"


class ExtensionCommand(NamedTuple):
    """A command of an extension: its name, the name of the extension, the file."""

    name: str
    extension: str
    file: str


def extension_commands(folders: Sequence[str]) -> list[ExtensionCommand]:
    """The commands of some extension folders, the first of a name wins; sorted.

    Raises:
        ConfigurationError: a folder is not there or is not called ``spack-NAME``.
    """
    found: dict[str, ExtensionCommand] = {}
    for folder in folders:
        name = _extension_name(folder)
        commands = os.path.join(folder, name.replace("-", "_"), "cmd")
        try:
            files = sorted(os.listdir(commands))
        except OSError as error:
            raise ConfigurationError(
                f"the extension {folder} has no commands: {commands}: {error.strerror}",
                hint="correct config:extensions",
            ) from error
        for file in files:
            stem, suffix = os.path.splitext(file)
            if suffix == ".py" and not stem.startswith("_"):
                command = stem.replace("_", "-")
                found.setdefault(
                    command, ExtensionCommand(command, name, os.path.join(commands, file))
                )
    return [found[name] for name in sorted(found)]


def _extension_name(folder: str) -> str:
    name = os.path.basename(folder.rstrip(os.sep))
    if not name.startswith(_PREFIX) or len(name) == len(_PREFIX):
        raise ConfigurationError(
            f"the folder of an extension is called spack-NAME, not '{name}'",
            hint="correct config:extensions",
        )
    return name[len(_PREFIX) :]


def find(name: str, folders: Sequence[str]) -> ExtensionCommand | None:
    """The command of a name, None if no extension has it."""
    for command in extension_commands(folders) if folders else ():
        if command.name == name:
            return command
    return None


def parser_of(command: ExtensionCommand, module: Any) -> Parser:
    """The parser of an extension's command."""
    description = getattr(module, "description", None)
    parser = Parser(prog=f"spack {command.name}", description=description)
    set_up = getattr(module, "setup_parser", None)
    if set_up is not None:
        set_up(parser)
    return parser


def load(command: ExtensionCommand, options: Options) -> Any:
    """The module of an extension's command. Raises ConfigurationError when its code fails."""
    from spack.scripting.current import CurrentSpack
    from spack.scripting.names import offer_names

    offer_names(CurrentSpack(options=options))
    package = command.extension.replace("-", "_")
    folder = os.path.dirname(os.path.dirname(command.file))
    stem = os.path.splitext(os.path.basename(command.file))[0]
    try:
        for name, place in ((_PACKAGE, None), (f"{_PACKAGE}.{package}", folder)):
            if name not in sys.modules:
                _make_package(name, place)
        return importlib.import_module(f"{_PACKAGE}.{package}.cmd.{stem}")
    except SpackError:
        raise
    except Exception as error:
        raise ConfigurationError(
            f"the extension {command.extension} fails: {command.file}: "
            f"{type(error).__name__}: {error}"
        ) from error


def _make_package(name: str, folder: str | None) -> None:
    """Make a package of a folder known, and execute its ``__init__.py`` if there is one."""
    module = types.ModuleType(name)
    module.__path__ = [] if folder is None else [folder]
    sys.modules[name] = module
    start = os.path.join(folder or "", "__init__.py")
    if folder is not None and os.path.isfile(start):
        module.__file__ = start
        with open(start, "rb") as stream:
            exec(compile(stream.read(), start, "exec"), module.__dict__)


def run(command: ExtensionCommand, words: Sequence[str], options: Options) -> int:
    """Run an extension's command; its exit code.

    Raises:
        UsageError: its arguments are wrong.
    """
    module = load(command, options)
    parser = parser_of(command, module)
    args = parser.parse_args(list(words))
    function = getattr(module, command.name.replace("-", "_"), None)
    if function is None:
        raise ConfigurationError(
            f"{command.file} has no function {command.name.replace('-', '_')}(parser, args)"
        )
    return int(function(parser, args) or 0)
