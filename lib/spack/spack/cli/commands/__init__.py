"""One module a command: ``add_arguments(parser)`` and ``run(args, session)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spack.cli.catalogue import COMMANDS

if TYPE_CHECKING:
    import argparse


def command_module(name: str) -> Any:
    """The module of a command of the catalogue, imported now."""
    import importlib

    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser of a command, with what its module adds."""
    from spack.cli.parsing import Parser

    parser = Parser(prog=f"spack {name}", description=COMMANDS[name].description)
    command_module(name).add_arguments(parser)
    return parser
