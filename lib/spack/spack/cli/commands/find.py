"""``spack find``: what is installed, in the store or in the active environment."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import as_json, counted, status_of, write
from spack.cli.members import add_members, in_each
from spack.cli.options import flag, option, several
from spack.language.formatting import STATUS_MARKS, format_spec
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING
from spack.work.queries.queries import InstalledQuery, find, no_match, status

if TYPE_CHECKING:
    from spack.work.projects.environments import RootLine
    from spack.work.queries.listing import Form


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "list only packages that satisfy this spec")
    arguments.add_format(parser)
    flag(parser, "-d --deps", "show dependencies as trees")
    flag(parser, "-p --paths", "show prefixes")
    flag(parser, "-v --variants", "show variants")
    flag(parser, "-f --show-flags", "show compiler flags")
    flag(
        parser,
        "--groups",
        "group by architecture and compiler (default)",
        default=True,
        groups=True,
    )
    flag(parser, "--no-groups", "do not group by architecture and compiler", groups=False)
    which = parser.add_mutually_exclusive_group()
    flag(which, "-x --explicit", "list only packages that were installed explicitly")
    flag(which, "-X --implicit", "list only packages that were installed as dependencies")
    flag(parser, "-e --external", "list only external packages")
    flag(parser, "-m --missing", "list missing dependencies, too")
    flag(parser, "-M --only-missing", "list only missing dependencies")
    several(parser, "-t --tag TAG", "list only packages with this tag")
    flag(parser, "-u --unknown", "list only packages whose recipe no longer exists")
    flag(parser, "-I --install-status", "show the install status of each package")
    old = parser.add_mutually_exclusive_group()
    flag(old, "--deprecated", "list deprecated packages, too")
    flag(old, "--only-deprecated", "list only deprecated packages")
    for word, when in (("start", "on or after"), ("end", "on or before")):
        text = f"list only packages installed {when} this day"
        option(parser, f"--{word}-date YYYY-MM-DD", text, type=_date)
    flag(parser, "--loaded", "list only loaded packages")
    option(
        parser,
        "--install-tree TREE",
        "all (default), local, upstream, the name of an upstream, or a directory",
        default="all",
    )
    add_members(
        parser, "--environment --env", "list this environment of the project; may be repeated"
    )
    flag(parser, "-r --only-roots", "show only the roots of the environment")
    more = parser.add_mutually_exclusive_group()
    flag(
        more,
        "-c --show-concretized --concretized",
        "show the concretized roots of the environment, too",
    )
    flag(more, "--show-configured-externals", "list configured externals, too, installed or not")
    flag(parser, "--specfile-format", "show the format of the specfile of each package")
    flag(parser, "--show-full-compiler", "ignored: headings always show the versions of compilers")
    output = parser.add_mutually_exclusive_group()
    flag(output, "--json", "print JSON")
    option(output, "--format FORMAT", "print each spec in this format")
    flag(output, "-H --hashes", "print only hashes")


def _date(text: str) -> float:
    """The beginning of a day, in seconds since 1970."""
    import time

    try:
        return time.mktime(time.strptime(text, "%Y-%m-%d"))
    except ValueError as error:
        raise argparse.ArgumentTypeError("dates are written as 2026-01-31") from error


def run(args: argparse.Namespace, session: Session) -> int | None:
    codes = [_find(args, there) for there in in_each(session, args.environments)]
    return next((code for code in codes if code), None)


def _find(args: argparse.Namespace, session: Session) -> int | None:
    query = InstalledQuery(
        constraints=tuple(args.specs),
        explicit=True if args.explicit else False if args.implicit else None,
        missing=args.missing or args.only_missing,
        only_missing=args.only_missing,
        external=args.external,
        loaded=args.loaded,
        tags=tuple(args.tag),
        deprecated=True if args.only_deprecated else None if args.deprecated else False,
        since=args.start_date,
        until=None if args.end_date is None else args.end_date + 86399.999,
        unknown=args.unknown,
        tree=args.install_tree,
    )
    found = find(session, query)
    if args.json:
        records = [{**item.spec.node_dict(), "prefix": item.prefix} for item in found]
        write(as_json(records))
        return None
    if args.format or args.hashes:
        fmt = args.format or "{hash}"
        for item in found:
            write(format_spec(item.spec, fmt, prefix=item.prefix) + "\n")
        return None if found or not args.specs else 1
    if session.environment is not None:
        _environment(session, args)
        if args.only_roots:
            return None
    configured = _configured(session, args) if args.show_configured_externals else []
    if args.specs and not found and not configured:
        everything = "spack find without a constraint lists everything"
        raise no_match(session, " ".join(args.specs), everything)
    if session.environment is not None:
        write("==> Installed packages\n")
    if found:
        from spack.work.queries.listing import listing

        write(listing(found, _form(session, args)))
    kind = "missing" if args.only_missing else "installed"
    write(f"==> {counted(len(found), f'{kind} package')}\n")
    if args.show_configured_externals:
        from spack.work.queries.columns import table

        write(f"==> {len(configured)} configured externals\n")
        write(table(configured))
    return None


def _configured(session: Session, args: argparse.Namespace) -> list[tuple[str, str]]:
    """The externals of the configuration with the places where they are."""
    from spack.work.machine.externals import configured_externals

    return [
        (entry.spec, entry.prefix or f"modules {', '.join(entry.modules)}")
        for entry in configured_externals(session.settings, args.specs)
    ]


def _environment(session: Session, args: argparse.Namespace) -> None:
    """The roots of the active environment, and with ``-c`` what they were concretized to."""
    from spack.work.projects.environments import included_lines, root_lines

    roots = root_lines(session)
    assert session.place is not None
    write(f"==> In environment {session.place.title(session.environment_name or '')}\n")
    if not roots:
        write("==> No root specs\n")
    groups: dict[str, list[RootLine]] = {}
    for root in roots:
        groups.setdefault(root.group, []).append(root)
    for name, members in groups.items():
        in_group = f" in group {name}" if name else ""
        write(f"==> {counted(len(members), 'root spec')}{in_group}\n")
        for root in members:
            _root(session, args, root)
    write("\n")
    included = included_lines(session)
    if included:
        write("==> Included specs\n")
        for root in included:
            _root(session, args, root)
        write("\n")
    if args.show_concretized and roots:
        from spack.work.queries.listing import lines

        write("==> Concretized roots\n")
        concrete = [root.concrete for root in roots if root.concrete is not None]
        write(lines(concrete, _form(session, args)))
        write("\n")


def _root(session: Session, args: argparse.Namespace, root: RootLine) -> None:
    locked = root.concrete
    mark = " - " if locked is None else STATUS_MARKS[status(session.store, locked)]
    code = ""
    if args.hash_length:
        code = "-" * args.hash_length
        if locked is not None:
            code = locked.dag_hash()[: args.hash_length]
        code += " "
    write(f"{mark} {code}{root.text}\n")


def _form(session: Session, args: argparse.Namespace) -> Form:
    """The form in which specs are listed."""
    from spack.work.queries.listing import Form

    return Form(
        deps=args.deps,
        paths=args.paths,
        variants=args.variants,
        flags=args.show_flags,
        namespaces=args.namespaces,
        specfile_format=args.specfile_format,
        groups=args.groups,
        hash_length=args.hash_length or 0,
        status=status_of(session) if args.install_status else None,
        width=session.width,
        color=session.color,
    )
