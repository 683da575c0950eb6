"""``spack help``: the overview, one command's options, or the syntax of specs."""

from __future__ import annotations

import argparse

from spack.cli.catalogue import COMMANDS
from spack.cli.options import flag
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("help_command", nargs="?", metavar="COMMAND", help="command to explain")
    flag(parser, "-a --all", "list all commands and options")
    flag(parser, "--spec", "explain how to write a spec")


def run(args: argparse.Namespace, session: Session) -> int:
    from spack.cli.overview import SPEC_SYNTAX, overview
    from spack.cli.parsing import global_parser

    if args.spec:
        print(SPEC_SYNTAX, end="")
    elif args.help_command is None:
        print(overview(global_parser(), everything=args.all))
    else:
        print(_command_help(args.help_command, session), end="")
    return 0


def _command_help(name: str, session: Session) -> str:
    from spack.cli.parsing import command_parser, no_such_command

    if name not in COMMANDS:
        from spack.cli import extensions

        command = extensions.find(name, session.base_settings.config.extensions)
        if command is not None:
            module = extensions.load(command, session.options)
            return extensions.parser_of(command, module).format_help()
        name = session.aliases.get(name, name).split()[0]
    if name not in COMMANDS:
        raise no_such_command(name, session.aliases)
    return command_parser(name).format_help()
