"""The entry point: reads the command line, runs one command, turns errors into text and exit codes.

Imports next to nothing: a command's module is imported when that command runs. Errors are caught
here and nowhere above the features. Exit codes: 0 success, 1 an error, 2 a wrong command line, 3 no
graph satisfies a request, 70 an internal error, 75 a time limit was reached, 130 interrupted,
141 the reader of the output went away.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # always loaded, unlike signal
import os
import sys
from collections.abc import Sequence

import spack
from spack.errors import SpackError, UsageError
from spack.session.options import Options
from spack.type_names import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import argparse

    from spack.session.session import Session

INTERNAL_FAULT, INTERRUPTED, BROKEN_PIPE = 70, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; never raises."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if _signal.getsignal(_signal.SIGINT) is _signal.SIG_DFL:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    if sys.flags.no_site:
        from spack.cli.site_packages import find_later

        find_later()
    if sys.stdin is None or sys.stdout is None or sys.stderr is None:
        _open_closed_streams()
    traceback_wanted = _wants_traceback(words)
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _drop(sys.stdout)
        return BROKEN_PIPE
    except KeyboardInterrupt:
        print("\nError: interrupted", file=sys.stderr)
        return INTERRUPTED
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except Exception as error:
        return _report(error, traceback_wanted)


def _run(words: list[str]) -> int:
    if words in (["--version"], ["-V"]):
        print(spack.__version__)
        return 0
    from spack.cli.parsing import global_options, global_parser, split_command_line

    before, rest = split_command_line(words)
    parser = global_parser()
    args = parser.parse_args(before)
    if args.version:
        print(spack.__version__)
        return 0
    if args.print_shell_vars:
        from spack.session.session import Session
        from spack.work.machine.machine import shell_variables

        session = Session(global_options(args))
        shells = args.print_shell_vars
        print("\n".join(shell_variables(session.host, session.configuration, shells)))
        return 0
    if args.help or args.all_help or not rest:
        from spack.cli.overview import overview

        print(overview(parser, everything=args.all_help))
        return 0 if args.help or args.all_help else UsageError.exit_code
    if args.pdb:
        return _debugged(rest, global_options(args))
    if args.profile or args.profile_file:
        return _profiled(rest, global_options(args), args)
    return run_command(rest, global_options(args))


def run_command(words: Sequence[str], options: Options) -> int:
    """Run ``NAME ARGUMENT…`` and return its exit code.

    Raises:
        UsageError: there is no such command, or its arguments are wrong.
        SpackError: what the command raised.
    """
    from spack.cli.catalogue import COMMANDS
    from spack.cli.parsing import command_module, command_parser
    from spack.session.session import Session

    session = Session(options, commands=COMMANDS)
    name, *rest = words
    if name not in COMMANDS:
        from spack.cli import extensions

        command = extensions.find(name, session.base_settings.config.extensions)
        if command is not None:
            return extensions.run(command, rest, options)
        name, rest = _from_alias(name, rest, session)
    args = command_parser(name).parse_args(rest)
    scope = getattr(args, "scope", None)
    if isinstance(scope, str):
        session = session.for_scope(scope)
    return int(command_module(name).run(args, session) or 0)


def _from_alias(name: str, rest: list[str], session: Session) -> tuple[str, list[str]]:
    """The command and arguments that a configured alias stands for."""
    from spack.cli.catalogue import COMMANDS
    from spack.cli.parsing import no_such_command

    aliases = session.aliases
    if name in aliases:
        import shlex

        first, *more = shlex.split(aliases[name])
        if first in COMMANDS:
            return first, more + rest
        error = no_such_command(first, aliases)
        error.message = f"'{name}' stands for '{aliases[name]}': {error.message}"
        raise error
    raise no_such_command(name, aliases)


def _report(error: Exception, traceback_wanted: bool) -> int:
    """Print an error as its user should see it and return its exit code."""
    if traceback_wanted:
        import traceback

        traceback.print_exc()
    if isinstance(error, SpackError):
        text, code = str(error), error.exit_code
    elif isinstance(error, ModuleNotFoundError) and "spack" not in str(error.name).split("."):
        text, code = f"the Python package '{error.name}' is not installed in {sys.executable}", 1
        text += "\nTry: unset SPACK_PYTHON, or install what pyproject.toml names"
    elif isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        text, code = f"{where}{error.strerror or error}", 1
    else:
        text = f"internal error: {type(error).__name__}: {error}"
        text += "\nTry: run the command again as 'spack -d …' and report what it prints"
        code = INTERNAL_FAULT
    try:
        sys.stdout.flush()
    except OSError:
        _drop(sys.stdout)
    try:
        print(f"Error: {text}", file=sys.stderr, flush=True)
    except OSError:
        _drop(sys.stderr)
    return code


def _open_closed_streams() -> None:
    """Read nothing from, and write nowhere, where the caller closed a standard stream."""
    sys.stdin = sys.stdin or os.fdopen(os.open(os.devnull, os.O_RDONLY))
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def _drop(stream: TextIO) -> None:
    """Throw the rest of the output away: Python would complain about it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _wants_traceback(words: Sequence[str]) -> bool:
    if os.environ.get("SPACK_BACKTRACE") or os.environ.get("SPACK_STACKTRACE"):
        return True
    for word in words:
        if not word.startswith("-"):
            return False
        is_short_group = not word.startswith("--") and set(word[1:]) & {"d", "t"}
        if word in ("--debug", "--backtrace", "--stacktrace") or is_short_group:
            return True
    return False


def _debugged(words: Sequence[str], options: Options) -> int:
    """Run a command and open the debugger where it fails."""
    import pdb

    try:
        return run_command(words, options)
    except Exception:
        pdb.post_mortem()
        raise


def _profiled(words: Sequence[str], options: Options, args: argparse.Namespace) -> int:
    """Run a command under the profiler; print the profile or write it to a file."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    try:
        return profile.runcall(run_command, words, options)
    finally:
        if args.profile_file:
            profile.dump_stats(args.profile_file)
        else:
            statistics = pstats.Stats(profile, stream=sys.stdout)
            statistics.sort_stats(args.sorted_profile).print_stats(args.lines)
