"""``spack mirror``: places that keep copies of sources and binaries."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import Verbs, flag, option
from spack.session.session import Session
from spack.work.queries.columns import table

_ALL_VERSIONS = 1_000_000

#: Options that say how a mirror is entered: spelling, help, the key of the entry they set.
_ACCESS = (
    ("-n --name NAME", "name of an index in a build cache", "view"),
    ("--s3-access-key-id ID", "id of the access key", "access_pair:id"),
    ("--s3-access-key-id-variable VAR", "process variable with the id", "access_pair:id_variable"),
    (
        "--s3-access-key-secret-variable VAR",
        "process variable with the secret",
        "access_pair:secret_variable",
    ),
    ("--s3-access-token-variable VAR", "variable with the token", "access_token_variable"),
    ("--s3-profile NAME", "profile in the access data of S3", "profile"),
    ("--s3-endpoint-url URL", "URL of another S3 service", "endpoint_url"),
    ("--oci-username NAME", "user name", "access_pair:id"),
    ("--oci-username-variable VAR", "variable with the user name", "access_pair:id_variable"),
    ("--oci-password-variable VAR", "variable with the password", "access_pair:secret_variable"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_no_checksum(parser)
    verbs = Verbs(parser)
    add = verbs.add("add", "add a mirror in front of the others")
    add.add_argument("name")
    add.add_argument("url", help="URL or directory")
    option(
        add,
        "--type",
        "what the mirror has (default: both)",
        action="append",
        choices=("source", "binary"),
    )
    flag(add, "--autopush", "push every build to the mirror")
    signing = add.add_mutually_exclusive_group()
    flag(signing, "--unsigned", signed=False)
    flag(signing, "--signed")
    _add_access(add, first=0)
    arguments.add_scope(add)
    remove = verbs.add("remove rm", "remove a mirror from the configuration")
    remove.add_argument("name")
    arguments.add_removal_scope(remove)
    show = verbs.add("list ls", "list the mirrors in the order they are tried")
    arguments.add_scope(show)
    change = verbs.add("set", "change a mirror")
    change.add_argument("name")
    _add_changes(change)
    url = verbs.add("set-url", "change the URL of a mirror")
    url.add_argument("name")
    url.add_argument("address", metavar="URL")
    _add_directions(url)
    _add_access(url)
    arguments.add_scope(url)
    _add_creation(verbs.add("create", "create a mirror of sources in a directory"))
    destroy = verbs.add("destroy", "remove the directory of a mirror and all its files")
    which = destroy.add_mutually_exclusive_group(required=True)
    option(which, "-m --mirror-name NAME", "name of a configured mirror")
    option(which, "--mirror-url URL", "the directory of the mirror")
    arguments.add_yes(destroy)


def _add_directions(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    flag(which, "--push", "change only the URL for pushing")
    flag(which, "--fetch", "change only the URL for fetching")


def _add_access(parser: argparse.ArgumentParser, first: int = 1) -> None:
    group = parser.add_argument_group("access")
    for number, (names, help, _) in enumerate(_ACCESS[first:], first):
        option(group, names, help, dest=f"access{number}")


def _access(args: argparse.Namespace) -> dict[str, str]:
    """Values of the options of :data:`_ACCESS`, by the key that they set."""
    given = ((key, getattr(args, f"access{n}", None)) for n, (_, _, key) in enumerate(_ACCESS))
    return {key: value for key, value in given if value is not None}


def _add_changes(parser: argparse.ArgumentParser) -> None:
    option(parser, "--url URL", "URL of the mirror")
    _add_directions(parser)
    option(parser, "--type", "what the mirror has", action="append", choices=("source", "binary"))
    push = parser.add_mutually_exclusive_group()
    flag(push, "--autopush", "push every build to the mirror", autopush=True)
    flag(push, "--no-autopush", autopush=False)
    signing = parser.add_mutually_exclusive_group()
    flag(signing, "--unsigned", signed=False)
    flag(signing, "--signed")
    _add_access(parser)
    arguments.add_scope(parser)


def _add_creation(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "packages whose sources to add (default: those of the environment)")
    option(parser, "-d --directory DIR", "directory of the mirror", default="spack-mirror")
    flag(
        parser,
        "-a --all",
        "add the packages of the environment, without one all versions of all packages",
    )
    option(parser, "--file FILE", "file with one spec per line")
    option(parser, "--exclude-file FILE", "file with specs to leave out")
    option(parser, "--exclude-specs SPECS", "specs to leave out", default="")
    flag(parser, "-D --dependencies", "add the sources of dependencies, too")
    option(
        parser,
        "-n --versions-per-spec N",
        "add the N newest versions of each package, or all, instead of only the preferred one",
        type=_number_of_versions,
        default=0,
    )
    flag(
        parser,
        "--skip-unstable-versions",
        "leave out sources pinned by neither a checksum nor a commit",
    )
    flag(parser, "--private", "add sources that must not be redistributed, too")
    arguments.add_concretizer(parser)
    arguments.add_solver_jobs(parser)


def _number_of_versions(text: str) -> int:
    return _ALL_VERSIONS if text == "all" else arguments.positive(text)


def run(args: argparse.Namespace, session: Session) -> int | None:
    if args.verb == "create":
        return _create(args, session)
    if args.verb == "destroy":
        _destroy(args, session)
    elif args.verb in ("set", "set-url"):
        _change(args, session)
    elif args.verb == "add":
        from spack.work.machine import settings_edits

        settings_edits.add_mirror(
            session.configuration,
            session.settings.mirrors,
            args.name,
            args.url,
            types=args.type,
            autopush=args.autopush,
            signed=args.signed,
            access=_access(args),
            scope=args.scope,
        )
        write(f"==> Added mirror {args.name}\n")
    elif args.verb in ("remove", "rm"):
        from spack.work.machine import settings_edits

        settings_edits.remove_mirror(
            session.configuration,
            session.settings.mirrors,
            args.name,
            args.scope,
            everywhere=args.all_scopes,
        )
        write(f"==> Removed mirror {args.name}\n")
    else:
        rows = [
            (
                m.name,
                "s" if m.source else "-",
                "b" if m.binary else "-",
                m.fetch.url,
            )
            for m in session.settings.mirrors.values()
        ]
        write(table(rows) if rows else "==> No mirrors configured\n")
    return None


def _change(args: argparse.Namespace, session: Session) -> None:
    from spack.work.machine import settings_edits

    only_url = args.verb == "set-url"
    settings_edits.change_mirror(
        session.configuration,
        session.settings.mirrors,
        args.name,
        url=args.address if only_url else args.url,
        direction="push" if args.push else "fetch" if args.fetch else None,
        types=None if only_url else args.type,
        autopush=None if only_url else args.autopush,
        signed=None if only_url else args.signed,
        access=_access(args),
        scope=args.scope,
    )
    write(f"==> Changed mirror {args.name}\n")


def _destroy(args: argparse.Namespace, session: Session) -> None:
    from spack.work.installing.staging import remove_mirror_directory
    from spack.work.machine import settings_edits

    url = args.mirror_url
    if args.mirror_name is not None:
        url = settings_edits.mirror_entry(session.settings.mirrors, args.mirror_name).push.url
    session.reporter.confirm(f"Remove {url} and all its files?", args.yes_to_all)
    write(f"==> Removed {remove_mirror_directory(url)}\n")


def _create(args: argparse.Namespace, session: Session) -> int:
    from spack.work.answers.selection import concrete_specs, graph_nodes
    from spack.work.installing import staging

    words = [] if args.all else list(args.specs)
    if args.file and not args.all:
        words += staging.mirror_words(args.file)
    count = args.versions_per_spec or _ALL_VERSIONS
    if args.versions_per_spec and not args.all:
        words = staging.newest_versions(session.repositories, words, count)
    exclude = args.exclude_specs.split()
    if args.exclude_file:
        exclude += staging.mirror_words(args.exclude_file)
    solving = arguments.solve_options(args)._replace(jobs=args.jobs)
    impossible: list[str] = []
    if args.all and session.environment is None:
        names = list(session.repositories.all_names())
        roots, impossible = staging.solvable(session, names, count, solving)
    else:
        roots = concrete_specs(session, words, solving)
    # Without words the environment is meant as a whole.
    whole = session.environment is not None and not words
    nodes = graph_nodes(roots) if args.dependencies or whole else roots
    wanted = staging.sources(session, nodes, exclude=exclude)
    wanted, left_out = staging.for_mirror(
        session.repositories, wanted, private=args.private, only_stable=args.skip_unstable_versions
    )
    for text in impossible + left_out:
        session.reporter.warning(text)
    done = staging.fill_mirror(session, args.directory, wanted, checksum=not args.no_checksum)
    for name, error in done.failed:
        session.reporter.warning(f"{name}: {error.message}")
    write(
        f"==> {args.directory}: {len(done.added)} added, {len(done.present)} were there, "
        f"{len(done.failed)} failed\n"
    )
    return 1 if done.failed else 0
