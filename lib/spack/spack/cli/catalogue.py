"""Every command of the program: its name, its section of the help text and one line about it.

The only place where commands are listed, so that help needs none of their modules. The module of a
command is ``spack.cli.commands.<name>`` with ``_`` for ``-``; it has ``add_arguments(parser)`` and
``run(args, session)``, which returns None or an exit code.
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Tuple


class Command(NamedTuple):
    """One command in the help text."""

    section: str
    description: str


#: Sections in the order in which help shows them.
SECTIONS: Tuple[str, ...] = (
    "environments",
    "build",
    "query",
    "user environment",
    "configuration",
    "recipes",
    "administration",
    "system",
)

COMMANDS: Dict[str, Command] = {
    "help": Command("system", "show help on commands"),
    "config": Command("configuration", "show, explain and change configuration"),
    "python": Command("system", "run the interpreter with this program importable"),
    "unit-test": Command("system", "run the tests of this program"),
}
