"""Command lines: the global options before the command, and the parser of one command.

Faults become :class:`UsageError`, so that they are reported like every other error.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence

from spack.cli.arguments import OneSpec, SpecWords, with_closed_quotes
from spack.cli.catalogue import COMMANDS
from spack.cli.options import flag, option, several
from spack.errors import UsageError, did_you_mean, nearest
from spack.session.options import Options
from spack.type_names import Any, NoReturn

#: Global options that take a value; ``--option=value`` and ``-cVALUE`` are understood too.
_WITH_VALUE = (
    "--color -c --config -C --config-scope -e --env -D --env-dir --profile-file "
    "--sorted-profile --lines --print-shell-vars"
).split()


# Messages of argparse are English here: looking for translations costs twenty file-system calls.
argparse._ = str  # type: ignore[attr-defined]


class _HelpFormatter(argparse.HelpFormatter):
    """Measures the terminal itself: argparse loads four archive modules for that, help or not."""

    def __init__(self, prog: str, **settings: Any) -> None:
        columns = os.environ.get("COLUMNS", "")
        if not columns.isdigit():
            try:
                columns = str(os.get_terminal_size().columns)
            except OSError:
                columns = ""
        super().__init__(prog, width=(int(columns or 0) or 80) - 2, **settings)


class Parser(argparse.ArgumentParser):
    """An argument parser that raises instead of printing and leaving."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=_HelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        verbs = self._subcommands()
        if verbs is not None and message.startswith("the following arguments are required"):
            known = ", ".join(str(name) for name in verbs.choices)
            raise UsageError(f"{self.prog} needs a subcommand", hint=f"one of {known}")
        raise UsageError(message, hint=f"{self.prog} -h")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Like the original, with a guess for a subcommand or value that does not exist."""
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            message = f"{self.prog} has no subcommand '{value}'"
        else:
            name = "/".join(action.option_strings) or action.metavar or action.dest
            message = f"{name} of {self.prog} cannot be '{value}'"
        for guess in nearest(str(value), known):
            message += f"; did you mean {guess}?"
        raise UsageError(message, hint=f"one of {', '.join(known)}")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Like the original, with a guess for an option that does not exist.

        A command that passes words on to another program names the argument that collects them
        with ``parser.set_defaults(unknown_words=…)``.
        """
        known, unknown = self.parse_known_args(args, namespace)
        collector = self.get_default("unknown_words")
        if unknown and collector:
            # What is not known stands before the first positional word, and that takes the rest.
            setattr(known, collector, unknown + getattr(known, collector))
        elif unknown:
            self._chosen(known)._take(unknown, known)
        return known

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Like the original; values that a shell took apart are one word again in specs."""
        if args and any(isinstance(action, (SpecWords, OneSpec)) for action in self._actions):
            args = with_closed_quotes(args)
        return super().parse_known_args(args, namespace)

    def _subcommands(self) -> argparse._SubParsersAction[Parser] | None:
        found = (a for a in self._actions if isinstance(a, argparse._SubParsersAction))
        return next(found, None)

    def _chosen(self, known: argparse.Namespace) -> Parser:
        """The parser of the subcommand that was given, or this one."""
        verbs = self._subcommands()
        verb = getattr(known, verbs.dest, None) if verbs is not None else None
        return self if verbs is None or verb is None else verbs.choices[verb]._chosen(known)

    def _take(self, words: list[str], known: argparse.Namespace) -> None:
        """Give words that stand after an option to the specs before it, if there are such.

        Raises:
            SpecSyntaxError: the words do not form specs.
            UsageError: this parser takes no such words.
        """
        first = next((word for word in words if word.startswith("-")), words[0])
        specs = next((a for a in self._actions if isinstance(a, (SpecWords, OneSpec))), None)
        if specs is not None and not first.startswith("-"):
            before = getattr(known, specs.dest)
            specs(self, known, [*([before] if isinstance(before, str) else before), *words])
            return
        if not first.startswith("-"):
            raise UsageError(f"{self.prog} takes no argument '{first}'", hint=f"{self.prog} -h")
        options = [option for action in self._actions for option in action.option_strings]
        guesses = nearest(first.partition("=")[0], options)
        question = "".join(f"; did you mean {guess}?" for guess in guesses)
        raise UsageError(f"{self.prog} has no option '{first}'{question}", hint=f"{self.prog} -h")


def command_module(name: str) -> Any:
    """The module of a command of the catalogue, imported now."""
    import importlib

    return importlib.import_module(f"spack.cli.commands.{name.replace('-', '_')}")


def command_parser(name: str) -> Parser:
    """The parser of a command, with what its module adds."""
    parser = Parser(prog=f"spack {name}", description=COMMANDS[name].description)
    command_module(name).add_arguments(parser)
    return parser


#: Commands of other implementations of Spack -> what to do here.
_INSTEAD = {
    "buildcache": "all packages are built from source: spack mirror create keeps their sources",
    "ci": "spack env depfile writes a makefile, which a job of a pipeline can run",
    "gpg": "there are no build caches whose signatures it could check",
    "license": "there are no licence headers to check: see the files LICENSE-*",
    "make-installer": "Windows is not supported: clone the repository",
    "style": "spack python -m ruff check lib tests; spack python -m mypy",
    "tutorial": "nothing has to be prepared: follow the tutorial of the manual, see spack docs",
}


def no_such_command(name: str, aliases: Iterable[str]) -> UsageError:
    """The error for a command that does not exist, with what to use or was probably meant."""
    if name in _INSTEAD:
        return UsageError(f"this program has no command '{name}'", hint=_INSTEAD[name])
    question = did_you_mean(name, [*COMMANDS, *aliases])
    return UsageError(
        f"unknown command '{name}'{question}", hint="spack help --all lists the commands"
    )


def split_command_line(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The global options, and the command with its own arguments."""
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        word = arguments[position]
        if word == "--":
            return list(arguments[:position]), list(arguments[position + 1 :])
        position += 2 if word in _WITH_VALUE else 1
    return list(arguments[:position]), list(arguments[position:])


def global_parser() -> Parser:
    """The parser of what stands before the command."""
    parser = Parser(prog="spack", add_help=False)
    flag(parser, "-h --help", "show the most common commands")
    flag(parser, "-H --all-help", "show all commands")
    flag(parser, "-V --version", "show the version")
    option(parser, "--color", "when to use colour", choices=("always", "never", "auto"))
    flag(parser, "-v --verbose", "print more, including the output of builds")
    debug = "print much more, including tracebacks"
    parser.add_argument("-d", "--debug", action="count", default=0, help=debug)
    flag(parser, "-t --backtrace", "show a traceback for errors")
    flag(parser, "--stacktrace", "like --backtrace")
    flag(parser, "--pdb", "start the debugger on errors")
    flag(parser, "-k --insecure", "do not verify TLS certificates")
    several(parser, "-c --config SECTION:KEY:VALUE", "set a configuration value for this command")
    several(
        parser,
        "-C --config-scope DIR|ENV",
        "add a configuration scope; the last one takes precedence",
    )
    which = parser.add_mutually_exclusive_group()
    option(which, "-e --env NAME", "use this environment, a managed one or one of the project here")
    flag(which, "-E --no-env", "use no environment")
    option(
        parser, "-D --env-dir DIR", "use the environment in DIR; with -e that one of the project"
    )
    locks = parser.add_mutually_exclusive_group()
    flag(locks, "-l --enable-locks", "use file locks (default)")
    flag(locks, "-L --disable-locks", "do not use file locks")
    recipes = parser.add_mutually_exclusive_group()
    flag(recipes, "--use-env-repo", "use the recipes stored in the environment")
    flag(recipes, "-m --mock", argparse.SUPPRESS)
    flag(parser, "-b --bootstrap", argparse.SUPPRESS)
    flag(parser, "--timestamp", "show a timestamp with every message")
    option(parser, "--print-shell-vars SHELL", "print variables for the set-up scripts")
    flag(parser, "-p --profile", "profile the command")
    option(parser, "--profile-file FILE", "write the profile to FILE")
    option(parser, "--sorted-profile COLUMN", "column to sort the profile by", default="cumulative")
    option(parser, "--lines N", "number of lines of the profile to show", type=int, default=20)
    return parser


def global_options(args: argparse.Namespace) -> Options:
    """The options that the session needs to know.

    Raises:
        UsageError: an option for something that this program does not have.
    """
    if args.bootstrap:
        raise UsageError(
            "-b is not supported: Spack has no store for its own dependencies",
            hint=(
                "they are in a private Python environment; spack python --path prints"
                " its interpreter"
            ),
        )
    if args.mock:
        raise UsageError(
            "-m is not supported: no recipes for tests are installed",
            hint="name a repository: spack -c repos:mine:DIR …",
        )
    if args.env_dir is not None and args.no_env:
        raise UsageError("-D and -E exclude each other", hint="omit one of them")
    return Options(
        environment=args.env if args.env_dir is None else args.env_dir,
        member=None if args.env_dir is None else args.env,
        directory=args.env_dir is not None,
        no_environment=args.no_env,
        assignments=tuple(args.config),
        scopes=tuple(args.config_scope),
        insecure=args.insecure,
        enable_locks=args.enable_locks,
        disable_locks=args.disable_locks,
        timestamp=args.timestamp,
        own_recipes=args.use_env_repo,
        verbose=args.verbose,
        debug=args.debug,
        color=args.color,
    )
