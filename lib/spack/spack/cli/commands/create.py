"""``spack create``: a new recipe from the address of its source."""

from __future__ import annotations

import argparse
import sys

from spack.cli.display import write
from spack.cli.editor import open_in_editor
from spack.cli.options import flag, option
from spack.session.session import Session
from spack.work.authoring import skeletons


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", nargs="?", help="URL or path of an archive")
    flag(parser, "--keep-stage", "keep what was fetched")
    option(parser, "-n --name NAME", "name of the package (default: taken from the URL)")
    option(
        parser,
        "-t --template TEMPLATE",
        "kind of recipe (default: detected from the archive): " + ", ".join(skeletons.TEMPLATES),
        choices=sorted(skeletons.TEMPLATES),
    )
    where = parser.add_mutually_exclusive_group()
    option(where, "-r --repo DIR", "repository to write to")
    option(where, "-N --namespace NAMESPACE", "namespace of the repository to write to")
    flag(parser, "-f --force", "replace an existing recipe")
    flag(parser, "--skip-editor", "do not open the recipe in an editor")
    flag(parser, "-b --batch", "ask nothing")


def run(args: argparse.Namespace, session: Session) -> None:
    made = skeletons.create(
        session,
        args.url,
        name=args.name,
        template=args.template,
        repository=args.repo,
        namespace=args.namespace,
        force=args.force,
        keep_stage=args.keep_stage,
    )
    version = f"@{made.version}" if made.version else ""
    write(f"==> Created {made.name}{version} with the template {made.template}: {made.path}\n")
    if not args.skip_editor and not args.batch and sys.stdin.isatty():
        open_in_editor(session, [made.path])
