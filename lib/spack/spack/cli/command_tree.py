"""The commands with their options and arguments as data, read from their parsers.

What completion files and the reference of the manual are written from, so that these never say
anything else than the program does.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from spack.cli.catalogue import COMMANDS, SECTIONS
from spack.cli.parsing import command_parser, global_parser
from spack.named_tuples import NamedTuple
from spack.type_names import Any


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


_NOTICE = ".. Written by 'spack commands --format rst'; changes here are lost."


def rst() -> str:
    """The page."""
    root = program()
    lines = [_NOTICE, "", "Commands", "========", ""]
    lines += ["Options before the command", "--------------------------", ""]
    lines += ["``spack [options] COMMAND …``", ""]
    lines += _definitions(root.options, ())
    by_section: dict[str, list[CommandNode]] = {name: [] for name in SECTIONS}
    for node in root.children:
        by_section[COMMANDS[node.words[0]].section].append(node)
    for section, nodes in by_section.items():
        if not nodes:
            continue
        title = section[0].upper() + section[1:]
        lines += [title, "-" * len(title), ""]
        for node in nodes:
            lines += [f".. _command-{node.words[0]}:", ""]
            title = f"spack {node.words[0]}"
            lines += [title, "^" * len(title), ""]
            for inner in node.walk():
                lines += _command(inner)
    return "\n".join(lines).rstrip() + "\n"


def _command(node: CommandNode) -> list[str]:
    text = node.help[:1].upper() + node.help[1:]
    lines = [f"{text}.", ""] if text else []
    if len(node.words) > 1:
        others = "".join(f", ``{alias}``" for alias in node.aliases)
        lines = [f"**spack {' '.join(node.words)}**{others}", "", *lines]
    lines += ["::", "", f"    {node.usage}", ""]
    return lines + _definitions(node.options, node.arguments)


def _definitions(options: tuple[Option, ...], arguments: tuple[Argument, ...]) -> list[str]:
    lines: list[str] = []
    for argument in arguments:
        text = argument.help or (
            f"one of {', '.join(argument.choices)}" if argument.choices else ""
        )
        if text:
            lines += [f"``{argument.name}``", f"    {_plain(text)}"]
    for option in options:
        if option.names == ("-h", "--help"):
            continue
        value = ""
        if option.value is not None:
            value = f" {option.value}"
            if option.choices:
                value = f" {{{','.join(option.choices)}}}"
        names = ", ".join(f"``{name}{value}``" for name in option.names)
        lines += [names, f"    {_plain(option.help) or 'see the other options'}"]
    return [*lines, ""] if lines else []


def _plain(text: str) -> str:
    """Text in which nothing is markup."""
    for character in "\\*`|_":
        text = text.replace(character, f"\\{character}")
    return text
