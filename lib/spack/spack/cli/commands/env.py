"""``spack env``: create, activate, list, remove environments and their views."""

from __future__ import annotations

import argparse
import os

from spack.cli import arguments
from spack.cli.display import as_json, counted, write, write_output
from spack.cli.options import Verbs, flag, option, several, words
from spack.errors import UsageError
from spack.session.session import Session
from spack.work.projects import environments

_NEEDS_SHELL = "only the shell function can change the variables of the shell"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    _create(verbs.add("create", "create an environment"))
    _activate(verbs.add("activate", "activate an environment in this shell"))
    off = verbs.add("deactivate", "deactivate the active environment")
    arguments.add_shells(off)
    listing = verbs.add("list ls", "list the managed environments")
    flag(listing, "--json", "print JSON")
    status = verbs.add("status st", "show the status of the active environment")
    words(status, "name", "ENV", "an environment other than the active one", nargs="?")
    flag(status, "--json", "print JSON")
    remove = verbs.add("remove rm", "remove environments")
    words(remove, "names", "NAME", nargs="+")
    flag(remove, "-f --force", "remove it even if it is active")
    arguments.add_yes(remove)
    view = verbs.add("view", "regenerate, enable or disable the view")
    view.add_argument("action", choices=("regenerate", "enable", "disable"))
    view.add_argument("path", nargs="?", help="path of the default view")
    flag(view, "-f --force", "regenerate: read and link everything again, even if nothing changed")
    _rename_and_track(verbs)
    for verb, text in (
        ("update", "rewrite the manifest in the current format"),
        ("revert", "undo the last update"),
    ):
        change = verbs.add(verb, text)
        change.add_argument("name", metavar="ENV")
        arguments.add_yes(change)
    expand = verbs.add("expand", "show each root of environments and the rule that made it")
    words(expand, "names", "ENV", "environments of the project (default: all)")
    flag(expand, "--json", "print JSON")
    _loads(verbs.add("loads", "write scripts that load the root specs"))
    _depfile(verbs.add("depfile", "write a makefile that installs the environment"))


def _loads(parser: argparse.ArgumentParser) -> None:
    flag(
        parser,
        "-r --dependencies",
        "load what the roots link and run as packages of their own, too",
    )
    several(parser, "-x --exclude SPEC", "except these")
    option(
        parser,
        "-m --module-type",
        "write module commands for module files of this kind (default: tcl)",
        choices=("tcl", "lmod"),
    )
    option(parser, "-n --module-set-name SET", "set of module files (default: default)")
    option(parser, "-p --prefix PREFIX", "put this before the names of modules")
    flag(parser, "--input-only", "write only the names of modules")


def _rename_and_track(verbs: Verbs) -> None:
    rename = verbs.add("rename mv", "rename an environment")
    rename.add_argument("old", metavar="FROM")
    rename.add_argument("new", metavar="TO")
    flag(rename, "-d --dir", "FROM and TO are directories")
    flag(rename, "-f --force", "replace an existing TO, or rename the active environment")
    track = verbs.add("track", "register the environment in a directory under a name")
    track.add_argument("directory", metavar="DIR")
    option(track, "-n --name NAME", "name (default: that of the directory)")
    arguments.add_yes(track)
    untrack = verbs.add("untrack", "unregister the name and keep the directory")
    words(untrack, "names", "NAME", nargs="+")
    flag(untrack, "-f --force", "unregister it even if it is active")
    arguments.add_yes(untrack)


def _depfile(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "only these specs and their dependencies")
    option(
        parser, "--make-prefix --make-target-prefix PREFIX", "prefix of the targets", dest="prefix"
    )
    flag(
        parser,
        "--make-disable-jobserver",
        "do not share make's job server with builds",
        default=True,
        jobserver=False,
    )
    arguments.add_cache_modes(parser)
    option(parser, "-o --output FILE", "write to FILE")
    option(parser, "-G --generator", choices=("make",), default="make")


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="name, or a directory with --dir")
    words(
        parser, "source", "FILE", "a spack.yaml, a spack.lock or an environment to copy", nargs="?"
    )
    flag(parser, "-d --dir", "NAME is a directory")
    flag(parser, "--keep-relative", "keep relative paths as they are")
    view = parser.add_mutually_exclusive_group()
    option(view, "--with-view PATH", "create the view in PATH", nargs="?", const=True)
    flag(view, "--without-view", "create no view", with_view=False)
    several(parser, "--include-concrete ENV", "include the lock file of this environment")


def _activate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="name or directory (default: the environment default, created if missing)",
    )
    arguments.add_shells(parser)
    flag(parser, "-d --dir", "NAME is a directory")
    option(parser, "-e --environment --env ENV", "activate this environment of the project")
    flag(parser, "-p --prompt", "show the name of the environment in the prompt")
    view = parser.add_mutually_exclusive_group()
    option(view, "-v --with-view VIEW", nargs="?", const="default", default="default")
    flag(view, "-V --without-view", with_view=None)
    flag(parser, "--temp", "create and activate a temporary environment")
    flag(parser, "--create", "create the environment if it does not exist")
    option(
        parser,
        "--envfile FILE",
        "with --create: a spack.yaml, a spack.lock or an environment to copy",
    )
    flag(parser, "--keep-relative", "with --create: keep relative paths as they are")


def run(args: argparse.Namespace, session: Session) -> None:
    if args.verb == "create":
        _run_create(args, session)
    elif args.verb == "activate":
        _run_activate(args, session)
    elif args.verb == "deactivate":
        if args.shell is None:
            raise UsageError(_NEEDS_SHELL, hint=". share/spack/setup-env.sh, then despacktivate")
        from spack.work.projects import environment_work as work

        write(work.deactivate_text(args.shell))
    elif args.verb in ("list", "ls"):
        lines = environments.environment_lines(session.base_settings, session.environment_directory)
        if args.json:
            write(as_json([line._asdict() for line in lines]))
            return
        for line in lines:
            write(f"    {line.name}{'  (active)' if line.active else ''}\n")
        if not lines:
            write("==> No environments\n")
    elif args.verb in ("remove", "rm"):
        session.reporter.confirm(f"Remove {', '.join(args.names)}?", args.yes_to_all)
        for name in environments.remove(session, args.names, force=args.force):
            write(f"==> Removed environment {name}\n")
    elif args.verb in ("status", "st"):
        _run_status(args, session)
    elif args.verb == "view":
        _run_view(args, session)
    elif args.verb in ("rename", "mv"):
        old, new = environments.rename(
            session, args.old, args.new, directory=args.dir, force=args.force
        )
        write(f"==> {old} is now {new}\n")
    elif args.verb == "track":
        name = environments.track(session.base_settings, args.directory, args.name)
        write(f"==> Registered the environment in {args.directory} as {name}\n")
    elif args.verb == "untrack":
        here = session.environment_directory
        untracked = environments.untrack(session.base_settings, here, args.names, force=args.force)
        for name, place in untracked:
            write(f"==> Unregistered {name}, the environment in {place}\n")
    elif args.verb in ("update", "revert"):
        _run_update(args, session)
    elif args.verb == "loads":
        _run_loads(args, session)
    elif args.verb == "expand":
        _run_expand(args, session)
    else:
        _run_depfile(args, session)


def _run_status(args: argparse.Namespace, session: Session) -> None:
    from spack.cli.environment_page import data, page, time_now
    from spack.work.projects.environment_status import environment_status

    chosen = session
    if args.name is None and session.environment is None:
        write("null\n" if args.json else "==> No environment is active\n")
        return
    if args.name is not None:
        found = environments.managed(session.base_settings).find(args.name)
        chosen = session.for_environment(found.directory)
    status = environment_status(chosen)
    if args.json:
        write(as_json(data(status)))
        return
    write(page(status, color=session.color, width=session.width, now=time_now()))


def _run_expand(args: argparse.Namespace, session: Session) -> None:
    from spack.work.members.expansion import expand

    expanded = expand(session, args.names)
    if args.json:
        write(as_json([{**e._asdict(), "roots": [r._asdict() for r in e.roots]} for e in expanded]))
        return
    for environment in expanded:
        of = "".join(f", {text}" for text in environment.notes)
        write(f"==> {environment.name}{of}\n")
        width = max((len(root.text) for root in environment.roots), default=0)
        for root in environment.roots:
            write(f"    {root.text:{width}}  {root.rule}\n")


def _run_update(args: argparse.Namespace, session: Session) -> None:
    from spack.work.projects import manifest_updates

    found = environments.managed(session.base_settings).find(args.name)
    there = session.for_environment(found.directory)
    if args.verb == "revert":
        session.reporter.confirm(f"Restore the former manifest of {found.label}?", args.yes_to_all)
        manifest_updates.revert_manifest(environments.active(there))
        write(f"==> Restored the former manifest of {found.label}\n")
        return
    session.reporter.confirm(
        f"Rewrite the manifest of {found.label} in the current format?", args.yes_to_all
    )
    there.tells_notes = False
    notes = manifest_updates.update_manifest(there.configuration, environments.active(there))
    for note in notes:
        write(f"    {note}\n")
    word = "Updated" if notes else "Nothing is old in"
    write(f"==> {word} the manifest of {found.label}\n")


def _run_loads(args: argparse.Namespace, session: Session) -> None:
    from spack.work.projects import loading

    environment = environments.active(session)
    if args.module_type or args.module_set_name or args.prefix or args.input_only:
        scripts = loading.module_scripts(
            session,
            args.exclude,
            dependencies=args.dependencies,
            kind=args.module_type or "tcl",
            name=args.module_set_name or "default",
            prefix=args.prefix or "",
            input_only=args.input_only,
        )
    else:
        scripts = loading.load_scripts(session, args.exclude, dependencies=args.dependencies)
    loading.write_scripts(environment, scripts)
    import shlex

    write(f"==> To load this environment: . {shlex.quote(environment.loads_path)}\n")


def _run_depfile(args: argparse.Namespace, session: Session) -> None:
    from spack.work.projects.depfiles import depfile

    environment = environments.active(session)
    text = depfile(
        environment,
        args.specs,
        prefix=args.prefix,
        jobserver=args.jobserver,
        caches=args.use_buildcache,
    )
    write_output(text, args.output)


def _run_create(args: argparse.Namespace, session: Session) -> None:
    environment = environments.create(
        session.base_settings,
        session.instance,
        args.name,
        args.source,
        directory=args.dir,
        view=args.with_view,
        keep_relative=args.keep_relative,
        include_concrete=args.include_concrete,
    )
    where = environment.directory
    write(f"==> Created environment {environment.label} in {where}\n")
    managed = environment.location.name is not None
    import shlex

    word = args.name if managed else f"-d {shlex.quote(where)}"
    write(f"==> To activate it: spacktivate {word}\n")


def _run_activate(args: argparse.Namespace, session: Session) -> None:
    place = session.place if args.name is None else None
    if place is not None and place.project is not None and not args.temp:
        args.name, args.dir = place.directory, True
    unnamed = args.name is None and not args.dir and not args.temp
    name = args.name or (os.getcwd() if args.dir else "default")
    if args.temp:
        import tempfile

        name, args.dir = tempfile.mkdtemp(prefix="spack-"), True
    if args.shell is None:
        import shlex

        word = f"-d {shlex.quote(name)}" if args.dir else name
        raise UsageError(_NEEDS_SHELL, hint=f". share/spack/setup-env.sh, then spacktivate {word}")
    if args.temp or args.create or unnamed:
        made = environments.ensure(
            session.base_settings,
            session.instance,
            name,
            args.envfile,
            directory=args.dir,
            keep_relative=args.keep_relative,
        )
        if made and unnamed:
            session.reporter.information(f"Created environment {name}")
    from spack.work.projects import environment_work as work

    directory, member = environments.place_of(
        session, name, by_directory=args.dir, member=args.environment
    )
    there = session.for_environment(directory, member)
    write(work.activate_text(there, args.shell, view=args.with_view, prompt=args.prompt))


def _run_view(args: argparse.Namespace, session: Session) -> None:
    from spack.work.projects import environment_work as work

    label = environments.active(session).label
    if args.action == "regenerate":
        reports = work.update_views(session, force=args.force)
        for report in reports:
            of = counted(len(report.specs), "spec")
            if report.changed:
                write(f"==> Regenerated the view {report.root} of {of}\n")
            else:
                write(f"==> The view {report.root} of {of} is up to date\n")
        if not reports:
            write(f"==> Environment {label} has no view\n")
    elif args.action == "enable":
        work.enable_view(session, args.path)
        write(f"==> Environment {label} has a view\n")
    else:
        work.disable_view(session)
        write(f"==> Environment {label} no longer has a default view\n")
