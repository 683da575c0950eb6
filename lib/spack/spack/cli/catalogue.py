"""Every command of the program: its name, its section of the help text and one line about it.

The only place where commands are listed, so that help needs none of their modules. The module of a
command is ``spack.cli.commands.<name>`` with ``_`` for ``-``; it has ``add_arguments(parser)`` and
``run(args, session)``, which returns None or an exit code.
"""

from __future__ import annotations

from spack.named_tuples import NamedTuple


class Command(NamedTuple):
    """One command in the help text."""

    section: str
    description: str


#: Sections in the order in which help shows them.
SECTIONS: tuple[str, ...] = (
    "environments",
    "build",
    "query",
    "user environment",
    "configuration",
    "recipes",
    "administration",
    "system",
)

COMMANDS: dict[str, Command] = {
    "add": Command("environments", "add root specs to the active environment"),
    "arch": Command("system", "show the architecture of this machine and the known targets"),
    "buildcache": Command("build", "push, list and install built packages in binary caches"),
    "compiler": Command("configuration", "find, list and remove compilers"),
    "compilers": Command("configuration", "list the usable compilers"),
    "debug": Command("system", "show information for a bug report"),
    "doctor": Command("system", "check this machine and this instance, and suggest fixes"),
    "external": Command("configuration", "find and check external packages"),
    "concretize": Command("environments", "solve the environment and write its lock file"),
    "env": Command("environments", "create, activate, list and remove environments"),
    "containerize": Command("environments", "write the recipe of a container image"),
    "find": Command("query", "list installed packages"),
    "info": Command("query", "show what a recipe declares"),
    "install": Command("build", "build and install specs or the environment"),
    "list": Command("query", "list and search recipes"),
    "load": Command("user environment", "add installed packages to the shell's variables"),
    "location": Command("query", "print directories"),
    "gpg": Command("configuration", "manage the keys that binary caches are signed with"),
    "mirror": Command("configuration", "manage mirrors of sources and binaries"),
    "remove": Command("environments", "remove root specs from the active environment"),
    "repo": Command("recipes", "manage recipe repositories"),
    "solve": Command("query", "concretize and show the criteria that decided"),
    "spec": Command("build", "show what would be installed"),
    "why": Command("query", "show why a package is in an answer"),
    "why-not": Command("query", "show why a spec was not chosen"),
    "uninstall": Command("build", "remove installed specs"),
    "unload": Command("user environment", "undo load"),
    "audit": Command("recipes", "check recipes for mistakes"),
    "checksum": Command("recipes", "compute checksums of versions and add them to a recipe"),
    "create": Command("recipes", "write a new recipe from the URL of a source"),
    "dependencies": Command("query", "show what a package depends on"),
    "dependents": Command("query", "show what depends on a package"),
    "edit": Command("recipes", "open a recipe in the editor"),
    "extensions": Command("query", "list the extensions of a package"),
    "maintainers": Command("query", "show who maintains packages"),
    "providers": Command("query", "list the providers of a virtual package"),
    "resource": Command("recipes", "list patches and resources of recipes"),
    "tags": Command("query", "list tags and their packages"),
    "url": Command("recipes", "show what is recognised in a URL"),
    "versions": Command("query", "list versions of a package, known and upstream"),
    "help": Command("system", "show help for commands"),
    "config": Command("configuration", "show, explain and change configuration"),
    "python": Command("system", "run a Python script, with what scripts import from Spack"),
    "bootstrap": Command("system", "install and show what Spack itself needs"),
    "pydoc": Command("system", "show the documentation of a Python name"),
    "unit-test": Command("system", "run Spack's own tests"),
    "blame": Command("recipes", "show who wrote a recipe"),
    "pkg": Command("recipes", "compare recipes between commits, show their text and hash"),
    "cd": Command("system", "change to a directory of Spack"),
    "change": Command("environments", "change root specs of the active environment"),
    "clean": Command("administration", "remove stages, downloads, failure marks and caches"),
    "deconcretize": Command("environments", "remove specs from the lock file"),
    "deprecate": Command("administration", "replace one installed package by another"),
    "develop": Command("environments", "build packages from local sources"),
    "diff": Command("query", "compare two specs"),
    "docs": Command("system", "open the manual"),
    "fetch": Command("build", "download the sources of packages"),
    "gc": Command("administration", "uninstall packages that nothing needs"),
    "graph": Command("query", "draw dependency graphs: text, dot, SVG, HTML"),
    "log-parse": Command("build", "show errors and warnings in a build log"),
    "logs": Command("build", "print the build log of a package"),
    "mark": Command("administration", "mark packages as explicitly installed or as dependencies"),
    "patch": Command("build", "fetch, unpack and patch sources"),
    "reindex": Command("administration", "rebuild the database from the store"),
    "restage": Command("build", "unpack sources again"),
    "stage": Command("build", "fetch and unpack the sources of packages"),
    "undevelop": Command("environments", "undo develop"),
    "verify": Command("administration", "check installed files, libraries and versions"),
    "view": Command("user environment", "combine installed packages in one directory"),
    "commands": Command("system", "list the commands; write completion files"),
    "build-env": Command("build", "run a command with the variables of a build"),
    "test-env": Command("build", "run a command with the variables of tests"),
    "module": Command("user environment", "write, find and remove module files"),
    "test": Command("administration", "run stand-alone tests of installed packages"),
    "dev-build": Command("build", "build and install from sources in a directory"),
}
