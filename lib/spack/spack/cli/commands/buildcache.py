"""``spack buildcache``: push, list, check, install and remove built packages in binary caches."""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import as_json, counted, write
from spack.cli.options import Verbs, flag, option
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.language.concrete_specs import ConcreteSpec

_MIRROR = "name of a mirror, directory or address"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    _add_push(verbs.add("push create", "push installed packages to a binary cache"))
    install = verbs.add("install", "install packages from binary caches only")
    arguments.add_specs(install, "specs to install", nargs="+")
    flag(install, "-f --force", "reinstall the specs if they are already installed")
    flag(install, "-m --multiple", "install all packages that match a spec")
    flag(install, "-u --unsigned", "use unsigned binaries, and those of unknown keys")
    flag(install, "-o --otherarch", "consider packages for other platforms and systems, too")
    _add_list(verbs.add("list", "list the packages that binary caches have"))
    keys = verbs.add("keys", "list the public keys that binary caches offer")
    flag(keys, "-i --install", "put the keys into the key ring, if --trust is given, too")
    flag(keys, "-t --trust", "trust all of them: put them into the key ring")
    flag(keys, "-f --force", "download keys again (they always are)")
    check = verbs.add("check", "check whether binary caches have all packages of specs")
    arguments.add_specs(check, "specs to check (default: those of the environment)")
    option(check, "-m --mirror-url URL", "check this cache instead of the configured ones")
    option(check, "-o --output-file FILE", "write what is missing to this file")
    arguments.add_scope(check)
    get = verbs.add("download", "download a package without installing it")
    option(get, "-s --spec SPEC", "package to download", required=True)
    option(get, "-p --path DIR", "directory to download to", required=True)
    prune = verbs.add("prune", "remove packages, and files that nothing refers to")
    prune.add_argument("mirror", help=_MIRROR)
    option(prune, "-k --keeplist FILE", "file with the hashes of the packages to keep")
    flag(prune, "--dry-run", "only print what would be removed")
    save = verbs.add("save-specfile", "write the specfiles of packages below a root")
    option(save, "--root-spec SPEC", "spec to concretize", required=True)
    option(save, "-s --specs SPECS", "names of the packages, separated by blanks", required=True)
    option(save, "--specfile-dir DIR", "directory to write to", required=True)
    sync = verbs.add("sync", "copy packages from one binary cache to another")
    option(sync, "--manifest-glob GLOB", "pattern of files that list what to copy")
    sync.add_argument("source", nargs="?", help=_MIRROR)
    sync.add_argument("target", nargs="?", help=_MIRROR)
    migrate = verbs.add("migrate", "put the packages of a cache of layout 2 into layout 3")
    migrate.add_argument("mirror", help=_MIRROR)
    flag(migrate, "-u --unsigned", "look at no signature and make none")
    flag(migrate, "-d --delete-existing", "remove what was put into layout 3 from layout 2")
    arguments.add_yes(migrate)
    _add_indexes(verbs)


def _add_push(push: argparse.ArgumentParser) -> None:
    push.add_argument("mirror", help=_MIRROR)
    arguments.add_specs(push, "installed specs (default: those of the environment)")
    flag(push, "-f --force", "push packages that are already there, too")
    signing = push.add_mutually_exclusive_group()
    flag(signing, "-u --unsigned", "push without a signature", unsigned=True)
    flag(signing, "--signed", "sign, whatever the mirror's entry says", unsigned=False)
    option(signing, "-k --key KEY", "key to sign with")
    flag(push, "--update-index --rebuild-index", "make the index anew afterwards")
    option(
        push,
        "--only",
        "push only the packages themselves, or only their dependencies",
        choices=("package", "dependencies"),
        default="package,dependencies",
    )
    building = push.add_mutually_exclusive_group()
    flag(building, "--with-build-dependencies", "push all build dependencies, too", build=True)
    flag(building, "--without-build-dependencies", "push no build dependencies", build=False)
    flag(push, "--fail-fast", "stop at the first failure")
    option(push, "--base-image IMAGE", "image below those of the packages, in a registry")
    option(push, "-t --tag TAG", "tag of one image with all the packages, in a registry")
    flag(push, "--private", "push packages that must not be redistributed, too")
    option(push, "-j --jobs JOBS", "packages to push at once", type=arguments.positive)


def _add_list(show: argparse.ArgumentParser) -> None:
    arguments.add_specs(show, "list only packages that satisfy this spec")
    flag(show, "-l --long", "show short hashes")
    flag(show, "-L --very-long", "show whole hashes")
    flag(show, "-N --namespaces", "show namespaces")
    flag(show, "-v --variants", "show variants")
    flag(show, "-a --allarch", "list packages for other platforms and systems, too")


def _add_indexes(verbs: Verbs) -> None:
    check = verbs.add("check-index", "compare the index of a binary cache with its content")
    check.add_argument("mirror", help=_MIRROR)
    option(
        check,
        "--verify",
        "what to look at beside the index",
        nargs="+",
        choices=("exists", "manifests", "blobs", "all"),
        default=["exists"],
    )
    option(check, "-n --name NAME", "name of an index (default: that of the whole cache)")
    option(check, "-o --output FILE", "write what was found to this file")
    update = verbs.add("update-index rebuild-index", "make the index of a binary cache anew")
    update.add_argument("mirror", help=_MIRROR)
    update.add_argument("sources", nargs="*", help="environments whose specs the index gets")
    option(update, "-n --name NAME", "name of the index")
    how = update.add_mutually_exclusive_group()
    flag(how, "-a --append", "keep what the index has")
    flag(how, "-f --force", "replace an index of this name")
    arguments.add_yes(update)


def run(args: argparse.Namespace, session: Session) -> int | None:
    return _VERBS[args.verb](args, session)


def _push(args: argparse.Namespace, session: Session) -> int:
    from spack.work.caches import pushing
    from spack.work.caches.opened import named_mirror

    options = pushing.PushOptions(
        packages="package" in args.only,
        dependencies="dependencies" in args.only,
        build=args.build,
        private=args.private,
        unsigned=args.unsigned,
        key=args.key,
        force=args.force,
        update=args.update_index,
        jobs=args.jobs or session.settings.config.build_jobs or 4,
        fail_fast=args.fail_fast,
        base_image=args.base_image,
        tag=args.tag,
    )
    mirror = named_mirror(session.settings, args.mirror)
    roots = pushing.roots_to_push(session, args.specs)
    specs, reasons = pushing.specs_to_push(session.store, session.repositories, roots, options)
    for reason in reasons:
        session.reporter.warning(reason)
    counts = {"pushed": 0, "there": 0, "failed": 0}
    results = pushing.push_specs(session, mirror, specs, options, roots)
    for number, result in enumerate(results, 1):
        label = f"[{number}/{len(specs)}] {result.spec.label}"
        if result.error is not None:
            counts["failed"] += 1
            session.reporter.error(f"{label}: {result.error}")
        elif result.present:
            counts["there"] += 1
        else:
            counts["pushed"] += 1
            write(f"==> Pushed {label}\n")
    write(
        f"==> {mirror.push.url}: {counts['pushed']} pushed, {counts['there']} were there,"
        f" {counts['failed']} failed\n"
    )
    return 1 if counts["failed"] else 0


def _install(args: argparse.Namespace, session: Session) -> None:
    from spack.work.caches.contents import specs_to_install
    from spack.work.installing.installation import CachePolicy, InstallOptions, install_specs
    from spack.work.queries.queries import parse_words

    host = session.host
    specs = specs_to_install(
        session.settings,
        parse_words(args.specs),
        session.reporter.warning,
        here=None if args.otherarch else (host.platform, host.os),
        several=args.multiple,
    )
    options = InstallOptions(
        overwrite=args.force,
        root_policy=CachePolicy.ONLY,
        dependency_policy=CachePolicy.ONLY,
        check_signatures=not args.unsigned,
    )
    install_specs(session, specs, options)


def _list(args: argparse.Namespace, session: Session) -> None:
    from spack.work.caches.contents import cached_specs
    from spack.work.queries.listing import Form, listing
    from spack.work.queries.queries import Installed, parse_words

    host = session.host
    specs = cached_specs(
        session.settings,
        parse_words(args.specs),
        session.reporter.warning,
        here=None if args.allarch else (host.platform, host.os),
    )
    form = Form(
        variants=args.variants,
        namespaces=args.namespaces,
        hash_length=32 if args.very_long else 7 if args.long else 0,
        width=session.width,
        color=session.color,
    )
    write(listing([Installed(spec, "", True) for spec in specs], form))
    write(f"==> {counted(len(specs), 'cached package')}\n")


def _check(args: argparse.Namespace, session: Session) -> int:
    from spack.work.answers.selection import concrete_specs, graph_nodes
    from spack.work.caches.contents import check_specs

    roots = concrete_specs(session, args.specs)
    nodes = [node for node in graph_nodes(roots) if node.external is None]
    chosen = nodes if not args.specs else [root for root in roots if root.external is None]
    missing = check_specs(session.settings, chosen, args.mirror_url)
    if args.output_file:
        from spack.cli.display import write_output

        write_output(
            as_json({url: _short(specs) for url, specs in missing.items()}), args.output_file
        )
    for url, specs in missing.items():
        for spec in specs:
            write(f"==> {url} does not have {spec.label}\n")
        if not specs:
            write(f"==> {url} has all of them\n")
    return 1 if any(missing.values()) else 0


def _short(specs: list[ConcreteSpec]) -> list[dict[str, str]]:
    return [
        {"name": spec.name, "version": str(spec.version), "hash": spec.dag_hash()} for spec in specs
    ]


def _download(args: argparse.Namespace, session: Session) -> None:
    from spack.work.answers.selection import concrete_specs
    from spack.work.caches.contents import download

    for spec in concrete_specs(session, [args.spec]):
        offer = download(session.settings, spec, args.path)
        write(f"==> Downloaded {spec.label} from {offer.cache.name} to {args.path}\n")


def _prune(args: argparse.Namespace, session: Session) -> None:
    from spack.work.caches.contents import prune_cache

    removed = prune_cache(session.settings, args.mirror, args.keeplist, dry_run=args.dry_run)
    if args.dry_run:
        for path in (*removed.manifests, *removed.blobs):
            write(f"{path}\n")
    verb = "To be removed" if args.dry_run else "Removed"
    write(
        f"==> {verb}: {counted(len(removed.manifests), 'package')},"
        f" {counted(len(removed.blobs), 'blob')}\n"
    )


def _save_specfile(args: argparse.Namespace, session: Session) -> None:
    from spack.language.serialization import specfile_to_dict
    from spack.work.answers.selection import concrete_specs
    from spack.work.caches.contents import save_specfiles

    (root,) = concrete_specs(session, [args.root_spec])
    for path in save_specfiles(
        root, args.specs.split(), args.specfile_dir, lambda spec: as_json(specfile_to_dict(spec))
    ):
        write(f"==> Wrote {path}\n")


def _sync(args: argparse.Namespace, session: Session) -> None:
    from spack.errors import UsageError
    from spack.work.caches import contents

    if args.manifest_glob:
        copied = contents.sync_listed(session.settings, args.manifest_glob, args.source)
    elif args.source and args.target:
        copied = contents.sync(session.settings, args.source, args.target)
    else:
        raise UsageError(
            "sync needs a source and a destination", hint="spack buildcache sync SOURCE TARGET"
        )
    write(f"==> Copied {counted(len(copied), 'package')}\n")


def _check_index(args: argparse.Namespace, session: Session) -> int:
    from spack.work.caches.contents import check_mirror_index

    found = check_mirror_index(session.settings, args.mirror, args.name, args.verify)
    if args.output:
        from spack.cli.display import write_output

        write_output(as_json(found._asdict()), args.output)
    if found.no_index:
        write("==> There is no index that can be read\n")
    for digest in found.manifests:
        write(f"==> The index lists /{digest}, but its manifest is missing or damaged\n")
    for path in found.blobs:
        write(f"==> {path} is missing\n")
    if found.unlisted:
        write(f"==> {counted(len(found.unlisted), 'package')} not in the index\n")
    if not found.found:
        write("==> No problems found\n")
    return 1 if found.found else 0


def _update_index(args: argparse.Namespace, session: Session) -> int:
    from spack.work.caches.contents import update_mirror_index

    done = update_mirror_index(
        session.settings,
        session.base_settings,
        args.mirror,
        args.name,
        args.sources,
        append=args.append,
        force=args.force,
    )
    for path, error in done.unreadable:
        session.reporter.warning(f"{path} is not in the index: {error.message}")
    write(f"==> The index has {counted(done.packages, 'package')}\n")
    return 1 if done.unreadable else 0


def _keys(args: argparse.Namespace, session: Session) -> None:
    from spack.work.caches.keys import offered_keys

    found = offered_keys(session.settings, session.reporter.warning, trust=args.trust)
    for one in found:
        state = "trusted" if one.is_trusted else "not trusted"
        write(f"{one.mirror}: {one.key.fingerprint}  {one.key.user}  ({state})\n")
    if not found:
        write("==> No keys\n")
    elif args.install and not args.trust:
        session.reporter.warning("no key is trusted by being downloaded: add --trust")


def _migrate(args: argparse.Namespace, session: Session) -> None:
    from spack.work.caches.contents import migrate_mirror

    if args.delete_existing:
        session.reporter.confirm(
            f"Remove the packages of layout 2 from {args.mirror} once they are in layout 3?",
            args.yes_to_all,
        )
    count = migrate_mirror(
        session.settings, args.mirror, unsigned=args.unsigned, delete=args.delete_existing
    )
    write(f"==> Migrated {counted(count, 'package')}\n")


_VERBS = {
    "keys": _keys,
    "push": _push,
    "create": _push,
    "install": _install,
    "list": _list,
    "check": _check,
    "download": _download,
    "prune": _prune,
    "save-specfile": _save_specfile,
    "sync": _sync,
    "migrate": _migrate,
    "check-index": _check_index,
    "update-index": _update_index,
    "rebuild-index": _update_index,
}
