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
    "add": Command("environments", "add root specs to the active environment"),
    "compiler": Command("configuration", "find, list and drop compilers"),
    "concretize": Command("environments", "solve the environment and write its lock file"),
    "env": Command("environments", "create, activate, list and remove environments"),
    "find": Command("query", "list what is installed"),
    "info": Command("query", "show what a recipe declares"),
    "install": Command("build", "build and install specs or the environment"),
    "list": Command("query", "list and search recipes"),
    "load": Command("user environment", "put installed packages in the user's variables"),
    "location": Command("query", "print directories"),
    "mirror": Command("configuration", "manage mirrors of sources and binaries"),
    "remove": Command("environments", "remove root specs from the active environment"),
    "repo": Command("recipes", "manage recipe repositories"),
    "spec": Command("build", "show what would be installed"),
    "uninstall": Command("build", "remove installed specs"),
    "unload": Command("user environment", "undo load"),
    "help": Command("system", "show help on commands"),
    "config": Command("configuration", "show, explain and change configuration"),
    "python": Command("system", "run the interpreter with this program importable"),
    "unit-test": Command("system", "run the tests of this program"),
}
