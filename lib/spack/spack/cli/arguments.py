"""Options that several commands share, each defined once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from spack.language import deptypes

if TYPE_CHECKING:
    from spack.language.modes import SolveOptions


def add_specs(parser: argparse.ArgumentParser, help: str, nargs: str = "*") -> None:
    """The trailing specs of a command; several words may form one spec."""
    parser.add_argument("specs", nargs=nargs, metavar="SPEC", help=help)


def add_concretizer(parser: argparse.ArgumentParser, *, force: bool = False) -> None:
    """How specs are concretized."""
    from spack.language.modes import Reuse

    group = parser.add_argument_group("concretizer")
    reuse = group.add_mutually_exclusive_group()
    reuse.add_argument(
        "-U",
        "--fresh",
        dest="reuse",
        action="store_const",
        const=Reuse.NOTHING,
        help="reuse nothing that is installed",
    )
    reuse.add_argument(
        "--reuse", dest="reuse", action="store_const", const=Reuse.ANYTHING, help="reuse what fits"
    )
    reuse.add_argument(
        "--fresh-roots",
        "--reuse-deps",
        dest="reuse",
        action="store_const",
        const=Reuse.DEPENDENCIES,
        help="reuse dependencies, not roots",
    )
    group.add_argument("--deprecated", action="store_true", help="allow deprecated versions")
    if force:
        group.add_argument(
            "-f", "--force", action="store_true", help="concretize again what already is"
        )
    else:
        parser.set_defaults(force=False)
    parser.set_defaults(test=None)


def add_tests(parser: argparse.ArgumentParser) -> None:
    """Which packages run their tests, and so get test dependencies."""
    parser.add_argument(
        "--test", choices=("root", "all"), default=None, help="test roots, or every package"
    )


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Parallel jobs of one build."""
    parser.add_argument("-j", "--jobs", type=positive, default=None, help="parallel make jobs")


def add_solver_jobs(parser: argparse.ArgumentParser, *flags: str) -> None:
    """Parallel solves of roots that are separate; ``-j`` is left to those that have no other."""
    parser.add_argument(
        *(flags or ("-j", "--jobs")),
        type=positive,
        default=None,
        help="roots that are concretized at a time, where each is solved on its own",
    )


def positive(text: str) -> int:
    """A whole number of at least 1, the type of an option that counts."""
    value = int(text) if text.strip().isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"give a number of at least 1, not '{text}'")
    return value


def add_format(parser: argparse.ArgumentParser) -> None:
    """How specs are printed."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "-l", "--long", action="store_const", const=7, dest="hash_length", help="show short hashes"
    )
    group.add_argument(
        "-L",
        "--very-long",
        action="store_const",
        const=32,
        dest="hash_length",
        help="show whole hashes",
    )
    group.add_argument("-N", "--namespaces", action="store_true", help="show namespaces")


def add_no_checksum(parser: argparse.ArgumentParser) -> None:
    """Take sources without verifying them."""
    parser.add_argument(
        "-n", "--no-checksum", action="store_true", help="take sources as they come: dangerous"
    )


def add_deptype(parser: argparse.ArgumentParser) -> None:
    """Which dependencies are followed."""
    parser.add_argument(
        "--deptype",
        type=_deptypes,
        default=deptypes.ALL,
        metavar="TYPES",
        help="only these, such as link,run; all by default",
    )


def _deptypes(text: str) -> int:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return deptypes.ALL
    try:
        return deptypes.from_names(names)
    except ValueError as error:
        known = ", ".join(deptypes.to_names(deptypes.ALL))
        raise argparse.ArgumentTypeError(f"the types are {known}") from error


def add_scope(parser: argparse._ActionsContainer) -> None:
    """Which configuration scope is read or written."""
    parser.add_argument("--scope", metavar="SCOPE", default=None, help="configuration scope")


def add_removal_scope(parser: argparse.ArgumentParser) -> None:
    """From which scopes something is removed."""
    which = parser.add_mutually_exclusive_group()
    add_scope(which)
    which.add_argument(
        "--all-scopes", action="store_true", help="from every scope, not only the highest"
    )


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Do not ask."""
    parser.add_argument("-y", "--yes-to-all", action="store_true", help="do not ask, do it")


def add_shells(parser: argparse.ArgumentParser) -> None:
    """The shell that printed code is for."""
    group = parser.add_mutually_exclusive_group()
    for shell in ("sh", "csh", "fish"):
        group.add_argument(
            f"--{shell}",
            dest="shell",
            action="store_const",
            const=shell,
            help=f"print code for {shell}",
        )


def solve_options(args: argparse.Namespace) -> SolveOptions:
    """What :func:`add_concretizer` and :func:`add_tests` have read."""
    from spack.language.modes import SolveOptions, Tests

    tests = Tests(every=args.test == "all", roots=args.test == "root")
    return SolveOptions(args.reuse, tests, args.deprecated, args.force)
