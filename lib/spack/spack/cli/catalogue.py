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
    "arch": Command("system", "show what this machine is, and the known targets"),
    "compiler": Command("configuration", "find, list and drop compilers"),
    "compilers": Command("configuration", "list the usable compilers"),
    "debug": Command("system", "show facts for a bug report"),
    "doctor": Command("system", "check this machine and this instance, and say what to do"),
    "external": Command("configuration", "find and check what others installed"),
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
    "solve": Command("query", "concretize and show what decided"),
    "spec": Command("build", "show what would be installed"),
    "why": Command("query", "show what brought a package into an answer"),
    "why-not": Command("query", "show what speaks against a spec"),
    "uninstall": Command("build", "remove installed specs"),
    "unload": Command("user environment", "undo load"),
    "audit": Command("recipes", "check recipes for faults"),
    "checksum": Command("recipes", "compute checksums of versions and put them in a recipe"),
    "create": Command("recipes", "write a new recipe from the address of its source"),
    "dependencies": Command("query", "show what a package depends on"),
    "dependents": Command("query", "show what depends on a package"),
    "edit": Command("recipes", "open a recipe in the editor"),
    "extensions": Command("query", "list the extensions of a package"),
    "maintainers": Command("query", "show who maintains packages"),
    "providers": Command("query", "list what provides a virtual package"),
    "resource": Command("recipes", "list patches and resources of recipes"),
    "tags": Command("query", "list tags and their packages"),
    "url": Command("recipes", "show what is recognised in an address"),
    "versions": Command("query", "list versions of a package, known and upstream"),
    "help": Command("system", "show help on commands"),
    "config": Command("configuration", "show, explain and change configuration"),
    "python": Command("system", "run the interpreter with this program importable"),
    "unit-test": Command("system", "run the tests of this program"),
    "blame": Command("recipes", "show who wrote a recipe"),
    "pkg": Command("recipes", "recipes between commits, their text and hash"),
    "cd": Command("system", "change to a directory that location prints"),
    "change": Command("environments", "change root specs of the active environment"),
    "clean": Command("administration", "remove stages, downloads, failure marks and caches"),
    "deconcretize": Command("environments", "take specs out of the lock"),
    "deprecate": Command("administration", "let one installed package replace another"),
    "develop": Command("environments", "build packages from local sources"),
    "diff": Command("query", "compare two specs"),
    "docs": Command("system", "open the manual"),
    "fetch": Command("build", "download the sources of packages"),
    "gc": Command("administration", "uninstall what nothing needs"),
    "graph": Command("query", "draw dependency graphs: text, dot, SVG, HTML"),
    "log-parse": Command("build", "show errors and warnings of a build log"),
    "logs": Command("build", "print the build log of a package"),
    "mark": Command("administration", "mark packages as asked for or as dependencies"),
    "patch": Command("build", "fetch, unpack and patch sources"),
    "reindex": Command("administration", "make the database anew from the store"),
    "restage": Command("build", "unpack sources anew"),
    "stage": Command("build", "fetch and unpack the sources of packages"),
    "undevelop": Command("environments", "undo develop"),
    "verify": Command("administration", "check installed files, libraries and versions"),
    "view": Command("user environment", "put installed packages together in a directory"),
    "commands": Command("system", "list the commands; write completion files"),
    "build-env": Command("build", "run a command with the variables of a build"),
    "test-env": Command("build", "run a command with the variables of tests"),
    "test": Command("administration", "run stand-alone tests of installed packages"),
    "dev-build": Command("build", "build and install from sources in a directory"),
}
