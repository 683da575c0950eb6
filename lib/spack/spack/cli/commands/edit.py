"""``spack edit``: open recipes, or files of this program, in the editor."""

from __future__ import annotations

import argparse

from spack.cli.display import write
from spack.cli.editor import open_in_editor
from spack.cli.flags import flag
from spack.session.session import Session
from spack.work.authoring import file_names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="PACKAGE", help="name of a package or a file")
    kind = parser.add_mutually_exclusive_group()
    for short, word, text in (
        ("-b", "build-system", "a build system"),
        ("-c", "command", "a command"),
        ("-d", "docs", "a page of the manual"),
        ("-t", "test", "a test"),
        ("-m", "module", "a module"),
    ):
        kind.add_argument(
            short, f"--{word}", dest="kind", action="store_const", const=word, help=f"open {text}"
        )
    kind.add_argument("-r", "--repo", metavar="DIR", help="repository of the recipe")
    kind.add_argument("-N", "--namespace", help="namespace of the recipe")
    flag(parser, "--print-file", "print the paths of the files instead of opening them")


def run(args: argparse.Namespace, session: Session) -> None:
    files = file_names.files_to_edit(
        session, args.names, args.kind or "package", repository=args.repo, namespace=args.namespace
    )
    if args.print_file:
        write("".join(f"{file}\n" for file in files))
    else:
        open_in_editor(session, files)
