"""The commands with their options and arguments as data, read from their parsers.

What completion files and the reference of the manual are written from, so that these never say
anything else than the program does.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any, NamedTuple

from spack.cli.catalogue import COMMANDS
from spack.cli.parsing import command_parser, global_parser


class Option(NamedTuple):
    """An option: its names, the name of its value (None: no value), what it may be, help."""

    names: tuple[str, ...]
    value: str | None
    choices: tuple[str, ...]
    help: str


class Argument(NamedTuple):
    """A positional argument: its name, what it may be, help, whether it may be left out."""

    name: str
    choices: tuple[str, ...]
    help: str
    optional: bool


class CommandNode(NamedTuple):
    """A command or subcommand.

    Attributes:
        words: ``("env", "create")``; empty for the program itself.
        aliases: other last words.
        usage: one line.
    """

    words: tuple[str, ...]
    aliases: tuple[str, ...]
    help: str
    usage: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    children: tuple[CommandNode, ...]

    def walk(self) -> Iterator[CommandNode]:
        """This node and everything below."""
        yield self
        for child in self.children:
            yield from child.walk()


def program() -> CommandNode:
    """The whole program: global options and every command."""
    parser = global_parser()
    commands = tuple(command(name) for name in sorted(COMMANDS))
    usage = "spack [options] COMMAND …"
    return CommandNode((), (), "", usage, _options(parser), (), commands)


def command(name: str) -> CommandNode:
    """One command of the catalogue."""
    return _node((name,), (), COMMANDS[name].description, command_parser(name))


def _node(
    words: tuple[str, ...], aliases: tuple[str, ...], help: str, parser: argparse.ArgumentParser
) -> CommandNode:
    children: list[CommandNode] = []
    arguments: list[Argument] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            children += _subcommands(words, action)
        elif not action.option_strings and action.help is not argparse.SUPPRESS:
            arguments.append(
                Argument(
                    _metavar(action),
                    tuple(map(str, action.choices or ())),
                    _help(action),
                    action.nargs in ("?", "*", argparse.REMAINDER),
                )
            )
    usage = " ".join(parser.format_usage().split())[len("usage: ") :]
    return CommandNode(
        words, aliases, help, usage, _options(parser), tuple(arguments), tuple(children)
    )


def _subcommands(words: tuple[str, ...], action: Any) -> list[CommandNode]:
    helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
    names: list[tuple[Any, list[str]]] = []
    for name, parser in action.choices.items():
        for known, others in names:
            if known is parser:
                others.append(name)
                break
        else:
            names.append((parser, [name]))
    return [
        _node((*words, first), tuple(rest), helps.get(first, ""), parser)
        for parser, (first, *rest) in names
    ]


def _options(parser: argparse.ArgumentParser) -> tuple[Option, ...]:
    found = []
    for action in parser._actions:
        if not action.option_strings or action.help is argparse.SUPPRESS:
            continue
        takes_value = action.nargs != 0
        found.append(
            Option(
                tuple(action.option_strings),
                _metavar(action) if takes_value else None,
                tuple(map(str, action.choices or ())) if takes_value else (),
                _help(action),
            )
        )
    return tuple(found)


def _metavar(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    return action.dest.upper()


def _help(action: argparse.Action) -> str:
    text = (action.help or "") % {"default": action.default, "prog": "spack"}
    return " ".join(text.split())
