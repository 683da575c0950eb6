"""``spack repo``: the recipe repositories of the configuration."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import as_json, write
from spack.cli.options import Verbs, flag, option, several
from spack.errors import UsageError
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING
from spack.work.queries.columns import table

if TYPE_CHECKING:
    from spack.work.machine.settings_edits import RepositoryRow


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    show = verbs.add("list ls", "list the repositories; the first one wins")
    form = show.add_mutually_exclusive_group()
    flag(form, "--names", "print only names")
    flag(form, "--namespaces", "print only namespaces")
    flag(form, "--json", "print a JSON list")
    arguments.add_scope(show)
    add = verbs.add("add", "add a repository in front of the others")
    add.add_argument("path", help="directory with repo.yaml, or URL of a git repository")
    add.add_argument("destination", nargs="?", help="directory to clone a git repository to")
    several(
        add,
        "--path PATHS",
        "folder with repo.yaml in the git repository; can be repeated",
        dest="paths",
    )
    option(add, "--name NAME", "name in the configuration (default: the namespace)")
    arguments.add_scope(add)
    change = verbs.add("set", "change the clone or the folders of a git repository")
    change.add_argument("name", help="name or namespace")
    option(change, "--destination DESTINATION", "directory of the clone")
    several(
        change,
        "--path PATHS",
        "folder with repo.yaml in the git repository; can be repeated",
        dest="paths",
    )
    arguments.add_scope(change)
    update = verbs.add("update", "update git repositories from their servers")
    update.add_argument("names", nargs="*", help="repositories (default: all)")
    option(update, "-r --remote REMOTE", "remote to update from", default="origin")
    pin = update.add_mutually_exclusive_group()
    for word in ("branch", "tag", "commit"):
        option(pin, f"-{word[0]} --{word} {word.upper()}", f"use this {word} from now on")
    arguments.add_scope(update)
    migrate = verbs.add("migrate", "migrate a repository to the latest recipe interface")
    migrate.add_argument("name", help="name, namespace or path")
    how = migrate.add_mutually_exclusive_group()
    flag(how, "--dry-run", "show the changes without making them")
    flag(how, "--fix", "make the changes")
    remove = verbs.add("remove rm", "remove a repository from the configuration")
    remove.add_argument("name", help="name, namespace or path")
    arguments.add_removal_scope(remove)
    create = verbs.add("create", "create an empty repository")
    create.add_argument("directory", help="directory to create it in")
    create.add_argument("namespace", help="namespace of its packages")
    option(
        create,
        "-d --subdirectory SUBDIRECTORY",
        "folder for the packages in the repository",
        default="packages",
    )


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.machine import settings_edits

    if args.verb in ("list", "ls"):
        rows = settings_edits.repository_rows(session.settings, session.user_cache)
        if args.json:
            write(as_json([_entry(row) for row in rows]))
        elif args.names:
            write("".join(f"{row.name}\n" for row in rows))
        elif args.namespaces:
            write("".join(f"{row.namespace}\n" for row in rows))
        else:
            write(table((row.status, row.name, row.namespace, row.api, row.path) for row in rows))
    elif args.verb == "add":
        name = settings_edits.add_repository(
            session,
            args.path,
            args.name,
            args.scope,
            destination=args.destination,
            paths=args.paths,
        )
        write(f"==> Added repository {name}\n")
    elif args.verb in ("remove", "rm"):
        name = settings_edits.remove_repository(
            session, args.name, args.scope, everywhere=args.all_scopes
        )
        write(f"==> Removed repository {name}\n")
    elif args.verb == "set":
        name = settings_edits.set_repository(
            session, args.name, destination=args.destination, paths=args.paths, scope=args.scope
        )
        write(f"==> Changed repository {name}\n")
    elif args.verb == "update":
        _update(args, session)
    elif args.verb == "migrate":
        _migrate(args, session)
    else:
        import shlex

        path = settings_edits.create_repository(args.directory, args.namespace, args.subdirectory)
        write(f"==> Created repository {args.namespace} in {path}\n")
        write(f"To use it: spack repo add {shlex.quote(path)}\n")


def _entry(row: RepositoryRow) -> dict[str, object]:
    usable = row.status == "[+]"
    known = {"namespace": row.namespace, "api": row.api, "path": row.path}
    return {"name": row.name, "usable": usable, **(known if usable else {"reason": row.path})}


def _update(args: argparse.Namespace, session: Session) -> None:
    from spack.work.machine import settings_edits

    if (args.branch or args.tag or args.commit) and len(args.names) != 1:
        raise UsageError("a branch, tag or commit is for one repository", hint="name the one")
    updates = settings_edits.update_repositories(
        session,
        args.names,
        branch=args.branch,
        tag=args.tag,
        commit=args.commit,
        remote=args.remote,
        scope=args.scope,
    )
    for done in updates:
        if done.before == done.after:
            write(f"==> {done.name} is up to date at {done.after[:12]} ({done.pin})\n")
        else:
            write(f"==> {done.name}: {done.before[:12]} -> {done.after[:12]} ({done.pin})\n")
    if not updates:
        write("==> No git repository is configured\n")


def _migrate(args: argparse.Namespace, session: Session) -> None:
    from spack.work.authoring.repository_migration import migrate

    changes = migrate(session, args.name, write_changes=args.fix)
    for change in changes:
        write(f"{change}\n")
    if not changes:
        write("==> Nothing to do\n")
    elif not args.fix:
        write(f"==> {len(changes)} changes; spack repo migrate --fix {args.name} makes them\n")
