"""``spack repo``: the recipe repositories of the configuration."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import table, write
from spack.session import settings_edits
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    show = verbs.add_parser("list", aliases=["ls"], help="the repositories, the first one wins")
    show.add_argument("--names", action="store_true", help="print names only")
    show.add_argument("--namespaces", action="store_true", help="print namespaces only")
    arguments.add_scope(show)
    add = verbs.add_parser("add", help="put a local repository before the others")
    add.add_argument("path", help="directory that holds repo.yaml")
    add.add_argument("--name", help="name in the configuration, by default the namespace")
    arguments.add_scope(add)
    remove = verbs.add_parser("remove", aliases=["rm"], help="drop a repository")
    remove.add_argument("name", help="name, namespace or path")
    arguments.add_scope(remove)
    create = verbs.add_parser("create", help="make an empty repository")
    create.add_argument("directory", help="where to make it")
    create.add_argument("namespace", help="namespace of its packages")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.verb in ("list", "ls"):
        rows = settings_edits.repository_rows(session)
        if args.names:
            write("".join(f"{row.name}\n" for row in rows))
        elif args.namespaces:
            write("".join(f"{row.namespace}\n" for row in rows))
        else:
            write(table((row.status, row.name, row.namespace, row.api, row.path) for row in rows))
    elif args.verb == "add":
        name = settings_edits.add_repository(session, args.path, args.name, args.scope)
        write(f"==> Added repository {name}\n")
    elif args.verb in ("remove", "rm"):
        name = settings_edits.remove_repository(session, args.name, args.scope)
        write(f"==> Removed repository {name}\n")
    else:
        path = settings_edits.create_repository(args.directory, args.namespace)
        write(f"==> Created repository {args.namespace} in {path}\n")
        write(f"To use it: spack repo add {path}\n")
