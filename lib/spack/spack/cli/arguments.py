"""Options and arguments that several commands share, each defined once.

Which words form one spec is decided here, the same for every command: ``zlib@1.2.13 ~pic`` names
one. A command gets one text for each spec, never the words, so that none can take a constraint for
a spec of its own.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from spack.cli.options import flag, option
from spack.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spack.language.modes import SolveOptions


#: A word that ends within the quotes of a value, as in ``cflags="-O2``.
_OPEN = re.compile(r"""[^"']*=(?:"(?:[^"\\]|\\.)*|'(?:[^'\\]|\\.)*)\Z""")


class SpecWords(argparse.Action):
    """Stores words as a list with one text for each spec that they form.

    Raises:
        SpecSyntaxError: the words do not form specs.
    """

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None
    ) -> None:
        setattr(namespace, self.dest, spec_texts(values))


class OneSpec(argparse.Action):
    """Stores words that form one spec as its text; empty without words.

    Raises:
        SpecSyntaxError: the words do not form a spec.
        UsageError: they form several.
    """

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None
    ) -> None:
        setattr(namespace, self.dest, one_text(values, parser.prog))


def spec_texts(words: Sequence[str]) -> list[str]:
    """One text for each spec that words form. Raises SpecSyntaxError."""
    if not words:
        return []
    from spack.work.queries.queries import parse_words

    return [located.text for located in parse_words(words)]


def one_text(words: Sequence[str], program: str) -> str:
    """The text of the one spec that words form, empty without words.

    Raises:
        SpecSyntaxError: the words do not form a spec.
        UsageError: they form several.
    """
    texts = spec_texts(words)
    if len(texts) > 1:
        from spack.errors import UsageError

        raise UsageError(
            f"{program} takes one spec, not {len(texts)}: {', '.join(texts)}",
            hint="attributes need a sign (@ + ~ ^ % /) or '='",
        )
    return "".join(texts)


def with_closed_quotes(words: Sequence[str]) -> list[str]:
    """Words with those put together again that a shell took apart within the quotes of a value.

    ``SPEC='zlib cflags="-O2 -g"'; spack install $SPEC`` is such a case. Quotes that nothing closes
    are left to the parser of specs, which shows them.
    """
    found: list[str] = []
    place = 0
    while place < len(words):
        word, end = words[place], place + 1
        while _OPEN.match(word) and end < len(words):
            word, end = f"{word} {words[end]}", end + 1
        if _OPEN.match(word):
            word, end = words[place], place + 1
        found.append(word)
        place = end
    return found


def add_specs(parser: argparse.ArgumentParser, help: str, nargs: str = "*") -> None:
    """The trailing specs of a command, a list of texts; several words may form one spec."""
    parser.add_argument("specs", nargs=nargs, metavar="SPEC", help=help, action=SpecWords)


def add_spec(parser: argparse.ArgumentParser, help: str, nargs: str = "+") -> None:
    """The one spec of a command, a text, which several words may form."""
    parser.add_argument("spec", nargs=nargs, metavar="SPEC", help=help, action=OneSpec)


def add_concretizer(parser: argparse.ArgumentParser) -> None:
    """Add the options for how specs are concretized."""
    from spack.language.modes import Reuse

    group = parser.add_argument_group("concretizer")
    reuse = group.add_mutually_exclusive_group()
    flag(reuse, "-U --fresh", "do not reuse installed packages", reuse=Reuse.NOTHING)
    flag(reuse, "--reuse", "reuse installed packages that fit", reuse=Reuse.ANYTHING)
    flag(
        reuse,
        "--fresh-roots --reuse-deps",
        "reuse dependencies, but not roots",
        reuse=Reuse.DEPENDENCIES,
    )
    flag(group, "--deprecated", "allow deprecated versions")
    flag(group, "-f --force", "concretize again what the environment has locked")
    parser.set_defaults(test=None)


def add_tests(parser: argparse.ArgumentParser) -> None:
    """Add the options for which packages run their tests, and so get test dependencies."""
    option(
        parser,
        "--test",
        "run tests of the roots, or of all packages, as they are built",
        choices=("root", "all"),
    )


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Parallel jobs of one build."""
    option(parser, "-j --jobs JOBS", "number of parallel make jobs", type=positive)


def add_dirty(parser: argparse.ArgumentParser) -> None:
    """Whether a build sees the variables of the shell; None leaves it to the configuration."""
    dirt = parser.add_mutually_exclusive_group()
    flag(dirt, "--clean", "drop the variables of the shell that can disturb a build", dirty=False)
    flag(dirt, "--dirty", "keep the variables of the shell")


def add_solver_jobs(parser: argparse.ArgumentParser, names: str = "-j --jobs") -> None:
    """Parallel solves of roots that are separate; ``-j`` is left to those that have no other."""
    help = "number of roots to concretize at once, if each is solved separately"
    option(parser, f"{names} JOBS", help, type=positive)


def positive(text: str) -> int:
    """A whole number of at least 1, the type of an option that counts."""
    value = int(text) if text.strip().isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not '{text}'")
    return value


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add the options for how specs are printed."""
    group = parser.add_argument_group("output")
    flag(group, "-l --long", "show short hashes", hash_length=7)
    flag(group, "-L --very-long", "show full hashes", hash_length=32)
    flag(group, "-N --namespaces", "show namespaces")


def add_no_checksum(parser: argparse.ArgumentParser) -> None:
    """Take sources without verifying them."""
    flag(parser, "-n --no-checksum", "do not verify source checksums (dangerous)")


def add_deptype(parser: argparse.ArgumentParser) -> None:
    """Add the option for which dependencies are followed."""
    from spack.language import deptypes

    option(
        parser,
        "--deptype TYPES",
        "only these types, such as link,run (default: all)",
        type=_deptypes,
        default=deptypes.ALL,
    )


def _deptypes(text: str) -> int:
    from spack.language import deptypes

    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return deptypes.ALL
    try:
        return deptypes.from_names(names)
    except ValueError as error:
        known = ", ".join(deptypes.to_names(deptypes.ALL))
        raise argparse.ArgumentTypeError(f"the types are {known}") from error


def add_scope(parser: argparse._ActionsContainer) -> None:
    """Add the option for which configuration scope is read or written."""
    option(parser, "--scope SCOPE", "configuration scope")


def add_removal_scope(parser: argparse.ArgumentParser) -> None:
    """From which scopes something is removed."""
    which = parser.add_mutually_exclusive_group()
    add_scope(which)
    flag(which, "--all-scopes", "change every scope, not only the highest")


def add_cache_modes(parser: argparse._ActionsContainer) -> None:
    """Use of build caches: a mode for each of ``package`` and ``dependencies``."""
    option(
        parser,
        "--use-buildcache MODE",
        "auto, only or never, or package:MODE,dependencies:MODE",
        type=_cache_modes,
        default={},
    )


def _cache_modes(text: str) -> dict[str, str]:
    kinds = ("package", "dependencies")
    modes: dict[str, str] = {}
    for part in text.split(","):
        kind, colon, mode = part.rpartition(":")
        if mode not in ("auto", "only", "never") or (colon and kind not in kinds):
            known = "auto, only, never, package:MODE and dependencies:MODE"
            raise argparse.ArgumentTypeError(f"'{part}' is not a mode; use {known}")
        modes.update(dict.fromkeys([kind] if colon else kinds, mode))
    return modes


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Do not ask."""
    flag(parser, "-y --yes-to-all", "answer yes to all questions")


def add_shells(parser: argparse.ArgumentParser, *more: str) -> None:
    """The shell that printed code is for: one of those that can activate, or of some more."""
    group = parser.add_mutually_exclusive_group()
    for shell in ("sh", "csh", "fish", *more):
        flag(group, f"--{shell}", f"print shell code for {shell}", shell=shell)


def solve_options(args: argparse.Namespace) -> SolveOptions:
    """Return what :func:`add_concretizer` and :func:`add_tests` have read."""
    from spack.language.modes import SolveOptions, Tests

    tests = Tests(every=args.test == "all", roots=args.test == "root")
    return SolveOptions(args.reuse, tests, args.deprecated, args.force)
