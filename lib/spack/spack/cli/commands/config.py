"""``spack config``: what is configured, where it says so, and changes of it."""

from __future__ import annotations

import argparse
import os

from spack.cli.display import as_json, write
from spack.cli.editor import open_in_editor
from spack.cli.options import Verbs, flag, option
from spack.errors import UsageError
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.session.session import Session
    from spack.work.machine.configuration_changes import ConfigurationChanges


_SCOPE_TYPES = ("all", "env", "include", "internal", "path")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    option(parser, "--scope SCOPE", "the scope to change")
    verbs = Verbs(parser)

    get = verbs.add("get", "show a section or a value, merged from all scopes")
    get.add_argument("section", nargs="?", metavar="SECTION[:KEY…]")
    flag(get, "--json", "print JSON")
    blame = verbs.add("blame", "show a section with the file and line each value comes from")
    blame.add_argument("section", nargs="?", metavar="SECTION")
    flag(blame, "--json", "print JSON")
    listed = verbs.add("list", "list the names of all sections")
    flag(listed, "--json", "print JSON")
    scopes = verbs.add("scopes", "list the scopes, highest first")
    scopes.add_argument("section", nargs="?", help="list only scopes that have this section")
    flag(scopes, "-p --paths", "show their paths")
    flag(scopes, "-v --verbose", "show their kinds and status, too")
    flag(scopes, "--json", "show everything as JSON")
    scopes.add_argument(
        "-t",
        "--type",
        action="extend",
        nargs="+",
        default=[],
        metavar="TYPE",
        help="list only scopes of these kinds: " + ", ".join(_SCOPE_TYPES),
    )
    edit = verbs.add("edit", "open a section's file in the editor")
    edit.add_argument("section", nargs="?")
    flag(edit, "--print-file", "print the path of the file instead of opening it")
    add = verbs.add("add", "set a value, or add one to the front of a list")
    add.add_argument("path", nargs="?", metavar="SECTION:KEY:VALUE")
    option(add, "-f --file FILE", "add the sections in this file")
    change = verbs.add("change", "replace a value")
    change.add_argument("path", metavar="SECTION:KEY:VALUE")
    option(change, "--match-spec SPEC", "change only requirements that satisfy this spec")
    prefer = verbs.add("prefer-upstream", "prefer the packages installed in upstream stores")
    flag(prefer, "--local", "prefer the packages installed in this store")
    for name in ("remove", "rm"):
        removal = verbs.add(name, "remove a key or a list element")
        removal.add_argument("path", metavar="SECTION:KEY")
    for name, text in (
        (
            "update",
            "rewrite a section in the current format; for include, fetch its git branches again",
        ),
        ("revert", "undo the last update"),
    ):
        verb = verbs.add(name, text)
        verb.add_argument("section")
        flag(verb, "-y --yes-to-all", "do not ask")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.machine.configuration_changes import ConfigurationChanges

    if args.verb == "edit" and args.scope is None and session.environment_directory is not None:
        _edit_manifest(args, session, session.environment_directory)
        return
    _VERBS[args.verb](args, session, ConfigurationChanges(session.configuration, args.scope))
    if args.verb in ("get", "blame", "add", "change"):
        session.forget_configuration()
        session.check_aliases()


def _get(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    configuration = changes.shown
    if args.json:
        names = [args.section] if args.section else list(changes.sections)
        values = {name: changes.value(name) for name in names}
        write(as_json(values))
    elif args.section is None:
        for name in changes.sections:
            if configuration.has(name):
                print(configuration.text(name), end="")
    else:
        value = changes.value(args.section)
        if isinstance(value, (dict, list)):
            print(configuration.text(args.section), end="")
        else:
            write(f"{value}\n" if isinstance(value, str) else as_json(value, indent=None))


def _blame(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    configuration = changes.shown
    names = [args.section] if args.section else list(changes.sections)
    told = []
    for name in names:
        changes.value(name)
        if args.section or configuration.has(name):
            lines = configuration.lines(name)
            if args.json:
                for line in lines:
                    origin = line.origin
                    told.append({"file": origin.file, "line": origin.line, "text": line.text})
                continue
            places = [_place(line.origin.file, line.origin.line) for line in lines]
            width = max(len(place) for place in places)
            for place, line in zip(places, lines):
                print(f"{place:<{width}}  {line.text}")
    if args.json:
        write(as_json(told))


def _place(file: str, line: int) -> str:
    return f"{file}:{line}" if line else file


def _list(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    if args.json:
        write(as_json(list(changes.sections)))
    else:
        print(" ".join(changes.sections))


def _scopes(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    # The section may stand behind the types, of which there can be several.
    types, section = list(args.type), args.section
    if types and types[-1] in changes.sections and types[-1] not in _SCOPE_TYPES:
        section = types.pop()
    for word in types:
        if word not in _SCOPE_TYPES:
            raise UsageError(f"'{word}' is not a type", hint="one of " + ", ".join(_SCOPE_TYPES))
    wanted = set(types or ["all"])
    rows = [row for row in changes.scopes(section) if "all" in wanted or wanted & set(row.kinds)]
    if args.json:
        write(as_json([row._asdict() for row in rows]))
        return
    with_paths = args.paths or section is not None
    for row in rows:
        cells = [row.name.ljust(max(len(r.name) for r in rows))]
        if args.verbose:
            cells += [",".join(row.kinds).ljust(13), row.status.ljust(6)]
        if with_paths:
            cells.append(row.path)
        print("  ".join(cells).rstrip())


def _edit(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    _open(args, session, changes.file_to_edit(args.section))


def _edit_manifest(args: argparse.Namespace, session: Session, directory: str) -> None:
    """Open the manifest, which holds every section, without reading it: it may be what is wrong."""
    from spack.session.places import MANIFEST_NAME
    from spack.work.machine.configuration_changes import check_named

    if args.section is not None:
        check_named(args.section)
    _open(args, session, os.path.join(directory, MANIFEST_NAME))


def _open(args: argparse.Namespace, session: Session, file: str) -> None:
    if args.print_file:
        print(file)
        return
    os.makedirs(os.path.dirname(file), exist_ok=True)
    open_in_editor(session, [file])


def _add(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    if (args.path is None) == (args.file is None):
        raise UsageError("give either SECTION:KEY:VALUE or --file", hint="spack config add -h")
    passed_over = changes.passed_over()
    files = [changes.add(args.path)] if args.file is None else changes.add_file(args.file)
    if passed_over:
        session.reporter.warning(
            f"the scope {passed_over[-1]} is not writable: changed {', '.join(files)} instead"
        )


def _change(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    changes.change(args.path, args.match_spec)


def _prefer(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    from spack.work.machine.configuration_changes import preferences_of

    preferred = preferences_of(session.store, local=args.local)
    for file in changes.prefer(preferred):
        print(f"wrote the preferences of {len(preferred)} packages to {file}")


def _remove(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    changes.remove(args.path)


def _update(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    session.tells_notes = False
    notes = changes.outdated(args.section)
    if notes:
        print("\n".join(notes))
        session.reporter.confirm(f"Rewrite {args.section} in the current format?", args.yes_to_all)
    done = changes.update(args.section)
    if done is None and notes:
        print("nothing of this can be rewritten automatically: edit the file by hand")
    elif done is None:
        print(f"{args.section} is up to date")
    else:
        print(f"updated {done.file}; the old file is {done.backup}")
    if args.section == "include":
        for branch in session.refresh_includes():
            state = f"now at {branch.after}" if branch.changed else "unchanged"
            print(f"{branch.address}, branch {branch.branch}: {state}")


def _revert(args: argparse.Namespace, session: Session, changes: ConfigurationChanges) -> None:
    file = changes.file_to_revert(args.section)
    session.reporter.confirm(f"Restore {file} from {file}.bak?", args.yes_to_all)
    print(f"restored {changes.revert(args.section)}")


_VERBS = {
    "get": _get,
    "blame": _blame,
    "list": _list,
    "scopes": _scopes,
    "edit": _edit,
    "add": _add,
    "change": _change,
    "prefer-upstream": _prefer,
    "remove": _remove,
    "rm": _remove,
    "update": _update,
    "revert": _revert,
}
