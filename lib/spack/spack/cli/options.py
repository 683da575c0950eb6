"""Declares options and arguments of commands, spelled as help shows them.

Imports nothing of this program, so that quick commands stay quick.
"""

from __future__ import annotations

import argparse

from spack.type_names import Any


def flag(
    target: argparse._ActionsContainer,
    names: str,
    help: str | None = None,
    *,
    default: object = None,
    **sets: object,
) -> None:
    """Add an option without a value.

    Args:
        names: its spellings, separated by a space.
        default: what the attribute in ``sets`` is without the option.
        sets: the attribute that the option sets, with its value; by default the attribute is
            called after the option and becomes True.
    """
    if not sets:
        target.add_argument(*names.split(), action="store_true", help=help)
    for dest, const in sets.items():
        target.add_argument(
            *names.split(), action="store_const", dest=dest, const=const, default=default, help=help
        )


def option(
    target: argparse._ActionsContainer, names: str, help: str | None = None, **how: Any
) -> None:
    """Add an option with a value: ``-n --name NAME``, or ``--name`` alone if it has choices."""
    spellings = names.split()
    value = None if spellings[-1].startswith("-") else spellings.pop()
    target.add_argument(*spellings, metavar=value, help=help, **how)


def several(target: argparse._ActionsContainer, names: str, help: str, **how: Any) -> None:
    """Add an option like :func:`option` that can be repeated; its attribute is a list."""
    option(target, names, help, action="append", default=[], **how)


def words(
    target: argparse._ActionsContainer,
    name: str,
    metavar: str,
    help: str | None = None,
    nargs: str = "*",
) -> None:
    """Add a positional argument: the remaining words, or as many as ``nargs`` says."""
    target.add_argument(name, nargs=nargs, metavar=metavar, help=help)


class Verbs:
    """The subcommands of a command, of which ``args.verb`` says the one that is run."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def add(self, names: str, help: str, **how: Any) -> argparse.ArgumentParser:
        """The parser of a new subcommand; ``names`` are its name and others for it."""
        name, *aliases = names.split()
        return self._parsers.add_parser(name, aliases=aliases, help=help, **how)
