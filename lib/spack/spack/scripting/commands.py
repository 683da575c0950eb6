"""Commands under the names that scripts use: ``SpackCommand``, ``parse_specs``, ``display_specs``.

A command runs as a process of its own, in the environment and with the settings of the current
instance. Must not know any command.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping

from spack.errors import SpackError
from spack.scripting.current import current
from spack.scripting.specs import ScriptSpec, seen
from spack.session.options import Options
from spack.type_names import Any, TextIO


class SpackCommandError(SpackError):
    """A command that a script ran has failed."""


class SpackCommand:
    """A command as a function: ``find = SpackCommand("find"); text = find("--json", "zlib")``.

    Attributes:
        returncode: exit code of the latest call.
        error: what it wrote to its standard error.

    Args:
        command_name: ``find``, ``env`` …; subcommands are arguments.
    """

    def __init__(self, command_name: str, **_: Any) -> None:
        self.command_name = command_name
        self.returncode: int | None = None
        self.error = ""

    def __call__(
        self,
        *arguments: Any,
        fail_on_error: bool = True,
        output: Any = None,
        env: Mapping[str, str] | None = None,
        **_: Any,
    ) -> str:
        """Run the command; what it wrote to its standard output.

        Args:
            fail_on_error: whether a failure raises.
            output: a stream that the output is written to, too.
            env: process variables in place of those of this process.

        Raises:
            SpackCommandError: the command failed; the text is its error.
        """
        session = current().session
        program = os.path.join(session.root, "bin", "spack")
        sys.stdout.flush()
        done = subprocess.run(
            [program, *_words_of(session.options), self.command_name, *map(str, arguments)],
            env=os.environ if env is None else env,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        session.store.database.refresh()
        self.returncode, self.error = done.returncode, done.stderr
        if hasattr(output, "write"):
            output.write(done.stdout)
        if done.returncode and fail_on_error:
            raise SpackCommandError(
                f"spack {self.command_name} ended with exit code {done.returncode}",
                details=done.stderr.rstrip(),
            )
        sys.stderr.write(done.stderr)
        return done.stdout


def _words_of(options: Options) -> list[str]:
    """The global options as words of a command line."""
    words = []
    if options.no_environment:
        words.append("-E")
    elif options.environment is not None:
        words += ["-D" if options.directory else "-e", options.environment]
    for name, chosen in (
        ("--insecure", options.insecure),
        ("--enable-locks", options.enable_locks),
        ("--disable-locks", options.disable_locks),
        ("--timestamp", options.timestamp),
        ("--use-env-repo", options.own_recipes),
        ("--verbose", options.verbose),
    ):
        words += [name] if chosen else []
    words += ["--debug"] * options.debug
    words += [word for scope in options.scopes for word in ("-C", scope)]
    return words + [word for text in options.assignments for word in ("-c", text)]


def parse_specs(
    args: str | Iterable[str], *, concretize: bool = False, tests: bool = False, **_: Any
) -> list[ScriptSpec]:
    """Specs in words of a command line, several words may form one; concretized if wanted.

    Raises:
        SpecSyntaxError: a word is not a spec.
    """
    from spack.work.queries.queries import parse_words

    words = [args] if isinstance(args, str) else list(args)
    specs = [located.spec for located in parse_words(words)]
    if not concretize:
        return [ScriptSpec(spec) for spec in specs]
    return [seen(spec) for spec in current().concretize(*specs, tests=tests)]


def display_specs(
    specs: Iterable[Any],
    args: Any = None,
    *,
    output: TextIO | None = None,
    format: str | None = None,
    **choices: Any,
) -> None:
    """Print concrete specs as ``spack find`` does.

    Args:
        args: an object whose attributes say what is shown, for what is not given by name.
        output: where to print, the standard output by default.
        format: print each spec in this format and nothing else.
        choices: ``paths``, ``deps``, ``long``, ``very_long``, ``namespaces``, ``variants``,
            ``show_flags``, ``groups``, as the options of ``spack find``.
    """
    from spack.work.queries.listing import Form, listing
    from spack.work.queries.queries import Installed

    def chosen(name: str, default: Any = False) -> Any:
        return choices.get(name, getattr(args, name, default))

    stream = sys.stdout if output is None else output
    views = [ScriptSpec(spec) for spec in specs]
    if format is not None:
        stream.writelines(view.format(format) + "\n" for view in views)
        return
    spack = current()
    found = []
    for view in views:
        spec = view._decided()
        record = spack.session.store.database.get(spec.dag_hash())
        found.append(Installed(spec, spack.prefix(spec), record is not None and record.explicit))
    form = Form(
        deps=bool(chosen("deps")),
        paths=bool(chosen("paths")),
        variants=bool(chosen("variants")),
        flags=bool(chosen("show_flags")),
        namespaces=bool(chosen("namespaces", chosen("namespace"))),
        groups=bool(chosen("groups", True)),
        hash_length=32 if chosen("very_long") else 7 if chosen("long") else 0,
        width=spack.session.width if stream is sys.stdout else 0,
        color=spack.session.color if stream is sys.stdout else False,
    )
    stream.write(listing(found, form))


#: Arguments that commands of extensions add to parsers by name: words, and settings of argparse.
_COMMON: Mapping[str, tuple[tuple[str, ...], Mapping[str, Any]]] = {
    "deptype": (("--deptype",), {"default": "all", "type": lambda text: tuple(text.split(","))}),
    "jobs": (("-j", "--jobs"), {"type": int, "help": "number of jobs of a build"}),
    "long": (("-l", "--long"), {"action": "store_true", "help": "show the beginning of hashes"}),
    "no_checksum": (("-n", "--no-checksum"), {"action": "store_true", "help": "verify nothing"}),
    "package": (("package",), {"help": "name of a package"}),
    "packages": (("packages",), {"nargs": "*", "help": "names of packages"}),
    "recurse_dependencies": (
        ("-r", "--dependencies"),
        {"dest": "recurse_dependencies", "action": "store_true", "help": "and what they need"},
    ),
    "spec": (("spec",), {"nargs": "*", "help": "a spec"}),
    "specs": (("specs",), {"nargs": "*", "help": "specs"}),
    "tags": (("-t", "--tag"), {"dest": "tags", "action": "append", "help": "only with this tag"}),
    "very_long": (("-L", "--very-long"), {"action": "store_true", "help": "show whole hashes"}),
    "yes_to_all": (("-y", "--yes-to-all"), {"action": "store_true", "help": "ask nothing"}),
}


def add_common_arguments(parser: Any, list_of_arguments: Iterable[str]) -> None:
    """Add options and arguments by name to a parser. Raises KeyError for an unknown name."""
    for name in list_of_arguments:
        words, settings = _COMMON[name]
        parser.add_argument(*words, **settings)


def disambiguate_spec(spec: Any, env: Any = None, first: bool = False, **_: Any) -> ScriptSpec:
    """The one installed spec that is meant.

    Args:
        env: look only at what this environment has locked.
        first: take the first of several.

    Raises:
        NoMatchError, AmbiguousError.
    """
    from spack.scripting.databases import DB
    from spack.work.queries.queries import NoMatchError, ambiguous

    found = DB.query(spec, hashes=None if env is None else env.all_hashes())
    if not found:
        raise NoMatchError(f"nothing installed matches {spec}", hint="spack find")
    if len(found) > 1 and not first:
        raise ambiguous(str(spec), [one._decided() for one in found], "installed")
    return found[0]


def do_uninstall(specs: Iterable[Any], force: bool = False) -> None:
    """Uninstall installed specs.

    Raises:
        NeededByOthersError: others depend on them, unless ``force``.
    """
    chosen = [f"/{ScriptSpec(spec).dag_hash()}" for spec in specs]
    if chosen:
        # Those of the whole store are meant, whatever environment is active.
        current().outside().uninstall(*chosen, force=force)


class PackageInstaller:
    """Installs the specs of packages: ``PackageInstaller([spec.package]).install()``.

    Args:
        packages: package objects, each of a concrete spec.
        settings: ``fake``, ``keep_stage``, ``keep_prefix``, ``fail_fast``, ``overwrite``,
            ``skip_patch``, ``verbose``, ``dirty``, ``restage``; others are passed over.
    """

    def __init__(self, packages: Iterable[Any], **settings: Any) -> None:
        from spack.scripting.packages import options_from

        self._specs = [package.spec for package in packages]
        self._options = options_from(settings)

    def install(self) -> None:
        """Install them. Raises SpackError when one cannot be installed."""
        current().install(*self._specs, options=self._options)
