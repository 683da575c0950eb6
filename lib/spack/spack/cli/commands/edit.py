"""``spack edit``: open recipes, or files of this program, in the editor."""

from __future__ import annotations

import argparse

from spack.cli.display import write
from spack.cli.editor import open_in_editor
from spack.cli.options import flag, option, words
from spack.session.session import Session
from spack.work.authoring import file_names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words(parser, "names", "PACKAGE", "name of a package or a file")
    kind = parser.add_mutually_exclusive_group()
    for short, word, text in (
        ("-b", "build-system", "a build system"),
        ("-c", "command", "a command"),
        ("-d", "docs", "a page of the manual"),
        ("-t", "test", "a test"),
        ("-m", "module", "a module"),
    ):
        flag(kind, f"{short} --{word}", f"open {text}", kind=word)
    option(kind, "-r --repo DIR", "repository of the recipe")
    option(kind, "-N --namespace NAMESPACE", "namespace of the recipe")
    flag(parser, "--print-file", "print the paths of the files instead of opening them")


def run(args: argparse.Namespace, session: Session) -> None:
    files = file_names.files_to_edit(
        session.repositories,
        session.root,
        args.names,
        args.kind or "package",
        repository=args.repo,
        namespace=args.namespace,
    )
    if args.print_file:
        write("".join(f"{file}\n" for file in files))
    else:
        open_in_editor(session, files)
