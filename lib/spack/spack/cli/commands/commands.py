"""``spack commands``: list the commands, as text, as completion files, as reference."""

from __future__ import annotations

import argparse
import os

from spack.cli.display import write
from spack.cli.options import flag, option
from spack.session.session import Session

#: The files that ``--update-completion`` writes below the clone, and their formats.
FILES = {
    "bash": ("share", "spack", "spack-completion.bash"),
    "fish": ("share", "spack", "spack-completion.fish"),
    "rst": ("lib", "spack", "docs", "reference", "commands.rst"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(
        parser,
        "--update-completion",
        "write the completion files and the command reference of this clone again",
    )
    flag(parser, "-a --aliases", "include aliases")
    option(
        parser,
        "--format",
        "names (default), names with subcommands, command reference, or completion files",
        choices=("subcommands", "rst", "names", "bash", "fish"),
        default="names",
    )
    option(parser, "--header FILE", "put the content of FILE first")
    option(parser, "--update FILE", "write to FILE if its content changes")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.update_completion:
        for form, place in FILES.items():
            _update(os.path.join(session.root, *place), text_of(form, session))
        return
    text = text_of(args.format, session, aliases=args.aliases)
    if args.header:
        with open(args.header, encoding="utf-8") as stream:
            text = stream.read() + text
    if args.update:
        _update(args.update, text)
    else:
        write(text)


def text_of(form: str, session: Session, *, aliases: bool = False) -> str:
    """Return the text of a format."""
    if form == "bash":
        from spack.cli.completion import bash

        return bash()
    if form == "fish":
        from spack.cli.completion import fish

        return fish()
    if form == "rst":
        from spack.cli.command_tree import rst

        return rst()
    from spack.cli.catalogue import COMMANDS
    from spack.cli.extensions import extension_commands

    config = session.base_settings.config
    added = [command.name for command in extension_commands(config.extensions)]
    words = sorted({*COMMANDS, *added, *(session.aliases if aliases else ())})
    if form == "subcommands":
        from spack.cli.command_tree import program

        words = [" ".join(node.words) for node in program().walk() if node.words]
        words += added
        words += list(session.aliases) if aliases else []
    return "".join(f"{word}\n" for word in words)


def _update(path: str, text: str) -> None:
    """Write a file unless it has the text already."""
    try:
        with open(path, encoding="utf-8") as stream:
            present = stream.read()
    except FileNotFoundError:
        present = ""
    if present == text:
        write(f"==> {path} is up to date\n")
        return
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    write(f"==> Wrote {path}\n")
