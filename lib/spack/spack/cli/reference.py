"""The reference of all commands for the manual, as reStructuredText, written from the parsers."""

from __future__ import annotations

from spack.cli.catalogue import COMMANDS, SECTIONS
from spack.cli.command_tree import Argument, CommandNode, Option, program

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
