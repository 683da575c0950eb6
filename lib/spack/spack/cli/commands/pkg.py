"""``spack pkg``: recipes at the commits of their repository, and their text and hash."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from spack.cli import arguments
from spack.cli.display import as_json, write
from spack.cli.options import Verbs, flag, option, words
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.work.authoring.recipe_history import History


def add_arguments(parser: argparse.ArgumentParser) -> None:
    option(
        parser, "-N --namespace NAMESPACE", "namespace of the repository (default: the first one)"
    )
    verbs = Verbs(parser)
    add = verbs.add("add", "run git add on the folders of packages")
    words(add, "names", "PACKAGE", nargs="+")
    listed = verbs.add("list", "list the packages in a commit")
    listed.add_argument("revision", nargs="?", default="HEAD", metavar="COMMIT")
    parsers = [listed]
    for verb, text in (
        ("diff", "compare the packages in two commits"),
        ("added", "list packages added between two commits"),
        ("removed", "list packages removed between two commits"),
        ("changed", "list packages changed between two commits"),
    ):
        one = verbs.add(verb, text)
        one.add_argument("old", nargs="?", default="HEAD^", metavar="COMMIT1")
        one.add_argument("new", nargs="?", default="HEAD", metavar="COMMIT2")
        parsers.append(one)
    option(
        parsers[-1],
        "-t --type LETTERS",
        "any of A (added), R (removed) and C (changed)",
        default="C",
    )
    for one in parsers:
        flag(one, "--json", "print JSON")
    # No word after it is an option of this program: all are for grep.
    grep = verbs.add("grep", "run grep over all recipes", add_help=False, prefix_chars="\0")
    words(grep, "words", "GREP_ARGUMENT")
    source = verbs.add("source", "print the recipe of a package")
    flag(source, "-c --canonical", "print only what the package hash depends on")
    arguments.add_spec(source, "a package")
    hashed = verbs.add("hash", "print the package hash of a spec")
    arguments.add_specs(hashed, "spec to concretize", nargs="+")


def run(args: argparse.Namespace, session: Session) -> int | None:
    from spack.work.authoring import recipe_history

    if args.verb == "grep":
        return recipe_history.search(session.repositories, args.words, args.namespace)
    if args.verb == "source":
        write(
            recipe_history.recipe_source(session.repositories, args.spec, canonical=args.canonical)
        )
    elif args.verb == "hash":
        from spack.work.answers.finished_solves import concretized

        for node in concretized(session, args.specs):
            write(f"{node.package_hash}\n")
    else:
        _history(
            args,
            recipe_history.History(
                session.repositories, session.settings, session.reporter, args.namespace
            ),
        )
    return None


def _history(args: argparse.Namespace, history: History) -> None:
    from spack.work.authoring import recipe_history

    if args.verb == "add":
        history.stage_packages(args.names)
        return
    if args.verb == "list":
        _print(history.names(args.revision), args.json)
        return
    changes = history.changes(args.old, args.new)
    if args.verb == "diff" and args.json:
        write(as_json({"added": changes.added, "removed": changes.removed}))
    elif args.verb == "diff":
        for title, names in ((args.old, changes.removed), (args.new, changes.added)):
            write("".join([f"==> Only in {title}:\n", *(f"    {n}\n" for n in names)]))
    elif args.verb == "changed":
        kinds = zip("ARC", changes)
        wanted = recipe_history.letters(args.type)
        _print(sorted(n for letter, names in kinds if letter in wanted for n in names), args.json)
    else:
        _print(changes.added if args.verb == "added" else changes.removed, args.json)


def _print(names: Sequence[str], json: bool) -> None:
    write(as_json(list(names)) if json else "".join(f"{n}\n" for n in names))
