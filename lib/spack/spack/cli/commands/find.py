"""``spack find``: what is installed, in the store or in the active environment."""

from __future__ import annotations

import argparse
import json
from typing import Dict, List, Optional, Sequence, Tuple

from spack.cli import arguments
from spack.cli.display import columns, status_of, table, write
from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import DISPLAY_FORMAT, STATUS_MARKS, format_spec, tree
from spack.session.session import Session
from spack.work.queries.queries import Installed, InstalledQuery, find, no_match, status

#: Shows the version of the specfile that a spec was first written in.
_FORMAT_PREFIX = "[{specfile_version}] "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "only specs that satisfy this")
    arguments.add_format(parser)
    parser.add_argument("-d", "--deps", action="store_true", help="show dependencies as trees")
    parser.add_argument("-p", "--paths", action="store_true", help="show prefixes")
    parser.add_argument("-v", "--variants", action="store_true", help="show variants")
    parser.add_argument("-f", "--show-flags", action="store_true", help="show compiler flags")
    parser.add_argument("--groups", dest="groups", action="store_true", default=True)
    parser.add_argument(
        "--no-groups", dest="groups", action="store_false", help="one list for all compilers"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("-x", "--explicit", action="store_true", help="only what was asked for")
    which.add_argument("-X", "--implicit", action="store_true", help="only dependencies")
    parser.add_argument("-e", "--external", action="store_true", help="only externals")
    parser.add_argument("-m", "--missing", action="store_true", help="also what is missing")
    parser.add_argument("-M", "--only-missing", action="store_true", help="only what is missing")
    parser.add_argument(
        "-t", "--tag", action="append", default=[], metavar="TAG", help="only with this tag"
    )
    parser.add_argument(
        "-u", "--unknown", action="store_true", help="only what has no recipe any more"
    )
    parser.add_argument(
        "-I", "--install-status", action="store_true", help="show marks of what is installed"
    )
    old = parser.add_mutually_exclusive_group()
    old.add_argument("--deprecated", action="store_true", help="also what was deprecated")
    old.add_argument("--only-deprecated", action="store_true", help="only what was deprecated")
    for word in ("start", "end"):
        parser.add_argument(
            f"--{word}-date",
            type=_date,
            metavar="YYYY-MM-DD",
            help="only what was installed from this day on"
            if word == "start"
            else "only what was installed until the end of this day",
        )
    parser.add_argument("--loaded", action="store_true", help="only what is loaded")
    parser.add_argument(
        "--install-tree",
        default="all",
        metavar="TREE",
        help="all (the default), local, upstream, the name of an upstream, or a directory",
    )
    parser.add_argument("-r", "--only-roots", action="store_true", help="only the roots section")
    more = parser.add_mutually_exclusive_group()
    more.add_argument(
        "-c", "--show-concretized", action="store_true", help="also concretized roots"
    )
    more.add_argument(
        "--show-configured-externals",
        action="store_true",
        help="also externals of the configuration, installed or not",
    )
    parser.add_argument(
        "--specfile-format", action="store_true", help="show the format that a spec was written in"
    )
    parser.add_argument(
        "--show-full-compiler",
        action="store_true",
        help="of no effect: headings name compilers with their versions",
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print JSON")
    output.add_argument("--format", metavar="FORMAT", help="print each spec in this format")
    output.add_argument("-H", "--hashes", action="store_true", help="print hashes only")


def _date(text: str) -> float:
    """The beginning of a day, in seconds since 1970."""
    import time

    try:
        return time.mktime(time.strptime(text, "%Y-%m-%d"))
    except ValueError as error:
        raise argparse.ArgumentTypeError("write a date as 2026-01-31") from error


def run(args: argparse.Namespace, session: Session) -> Optional[int]:
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
    specs = [item.spec for item in found]
    if args.json:
        records = [{**item.spec.node_dict(), "prefix": item.prefix} for item in found]
        write(json.dumps(records, indent=2) + "\n")
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
    _groups(session, args, found)
    noun = "package" if len(specs) == 1 else "packages"
    missing = " missing" if args.only_missing else " installed"
    write(f"==> {len(specs)}{missing} {noun}\n")
    if args.show_configured_externals:
        write(f"==> {len(configured)} configured externals\n")
        write(table(configured))
    return None


def _configured(session: Session, args: argparse.Namespace) -> List[Tuple[str, str]]:
    """The externals of the configuration with the places where they are."""
    from spack.work.machine.externals import configured_externals

    return [
        (entry.spec, entry.prefix or f"modules {', '.join(entry.modules)}")
        for entry in configured_externals(session.settings, args.specs)
    ]


def _environment(session: Session, args: argparse.Namespace) -> None:
    """The roots of the active environment, and with ``-c`` what they were concretized to."""
    from spack.work.projects.environments import root_lines

    environment = session.environment
    roots = root_lines(session) if environment is not None else []
    write(f"==> In environment {session.environment_name}\n")
    if not roots:
        write("==> No root specs\n\n")
        return
    noun = "root spec" if len(roots) == 1 else "root specs"
    write(f"==> {len(roots)} {noun}\n")
    for root in roots:
        locked = root.concrete
        mark = " - " if locked is None else STATUS_MARKS[status(session.store, locked)]
        code = ""
        if args.hash_length:
            code = "-" * args.hash_length
            if root.concrete is not None:
                code = root.concrete.dag_hash()[: args.hash_length]
            code += " "
        write(f"{mark} {code}{root.text}\n")
    write("\n")
    if args.show_concretized:
        write("==> Concretized roots\n")
        concrete = [root.concrete for root in roots if root.concrete is not None]
        write(_lines(session, args, concrete))
        write("\n")


def _groups(session: Session, args: argparse.Namespace, found: Sequence[Installed]) -> None:
    """Specs below a heading for each architecture and compiler."""
    groups: Dict[str, List[Installed]] = {}
    for item in found:
        compiler = format_spec(item.spec, "{compilers}") or "no compilers"
        heading = f"{item.spec.arch} / {compiler}" if args.groups else ""
        groups.setdefault(heading, []).append(item)
    for heading in sorted(groups):
        if heading:
            write(f"-- {heading} " + "-" * max(2, 70 - len(heading)) + "\n")
        items = sorted(groups[heading], key=lambda item: (item.spec.name, str(item.spec.version)))
        if args.paths:
            write(table((_line(session, args, item.spec), item.prefix) for item in items))
        elif args.deps or args.variants or args.show_flags or args.install_status:
            write(_lines(session, args, [item.spec for item in items]))
        else:
            write(columns([_line(session, args, item.spec) for item in items], session.width))
        write("\n")


def _lines(session: Session, args: argparse.Namespace, specs: Sequence[ConcreteSpec]) -> str:
    fmt = DISPLAY_FORMAT if args.variants or args.deps else "{name}{@version}"
    if args.show_flags and fmt != DISPLAY_FORMAT:
        fmt += "{compiler_flags}"
    if args.specfile_format:
        fmt = _FORMAT_PREFIX + fmt
    return tree(
        list(specs),
        fmt=fmt,
        hash_length=args.hash_length or 0,
        namespaces=args.namespaces,
        recurse=args.deps,
        status=status_of(session) if args.install_status else None,
        color=session.color,
    )


def _line(session: Session, args: argparse.Namespace, spec: ConcreteSpec) -> str:
    fmt = "{fullname}{@version}" if args.namespaces else "{name}{@version}"
    if args.variants:
        fmt += "{variants}"
    if args.specfile_format:
        fmt = _FORMAT_PREFIX + fmt
    if args.hash_length:
        fmt = f"{{hash:{args.hash_length}}} {fmt}"
    return format_spec(spec, fmt, color=session.color)
