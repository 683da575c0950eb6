"""``spack gpg``: the keys that binary caches are signed and verified with."""

from __future__ import annotations

import argparse
import os

from spack.cli.display import counted, write
from spack.cli.options import Verbs, flag, option, words
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spack.work.machine.signing_keys import Keyring, SigningKey


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    verify = verbs.add("verify", "verify the signature of a file")
    verify.add_argument("file", help="the signed file")
    verify.add_argument(
        "signature", nargs="?", help="file with the signature (default: FILE.asc, or in the file)"
    )
    trust = verbs.add("trust", "trust the keys in a file")
    trust.add_argument("keyfile", help="file with keys")
    untrust = verbs.add("untrust", "remove keys from the key ring")
    flag(untrust, "--signing", "remove keys that can sign, too")
    words(untrust, "keys", "KEY", "fingerprint, end of one, or part of a name", "+")
    sign = verbs.add("sign", "sign a file")
    option(sign, "--output FILE", "where the signature goes (default: FILE.asc)")
    option(sign, "--key KEY", "fingerprint or address of the key (default: the only one)")
    flag(sign, "--clearsign", "write the text with the signature around it")
    sign.add_argument("file", help="the file to sign")
    _add_creation(verbs.add("create", "make a key to sign with"))
    show = verbs.add("list", "list the keys in the key ring")
    flag(show, "--trusted", "list the keys that signatures are verified with")
    flag(show, "--signing", "list the keys that can sign")
    start = verbs.add("init", "trust the keys that the instance comes with")
    option(start, "--from DIR", "directory with files *.key", dest="directory")
    export = verbs.add("export", "write keys to a file")
    flag(export, "--secret", "write secret keys")
    export.add_argument("location", metavar="FILE")
    words(export, "keys", "KEY", "fingerprint or address (default: all)")
    publish = verbs.add("publish", "put public keys into a binary cache")
    where = publish.add_mutually_exclusive_group(required=True)
    option(where, "-d --directory DIR", "directory of the cache")
    option(where, "-m --mirror-name NAME", "name of a configured mirror")
    option(where, "--mirror-url URL", "URL of the cache")
    flag(publish, "--update-index --rebuild-index", "write the list of keys again")
    words(publish, "keys", "KEY", "fingerprint or address (default: all that can sign)")


def _add_creation(create: argparse.ArgumentParser) -> None:
    create.add_argument("name", help="name of the owner")
    create.add_argument("email", help="address of the owner")
    option(create, "--comment TEXT", "a remark in the key", default="")
    option(create, "--expires WHEN", "0 (never), 2y, 2030-01-01 (default: never)", default="0")
    option(create, "--export FILE", "write the public key to a file")
    option(create, "--export-secret FILE", "write the secret key to a file")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.machine import signing_keys

    ring = signing_keys.keyring(session.settings)
    if args.verb == "trust":
        for key in signing_keys.trust_file(ring, args.keyfile):
            write(f"==> Trusted {key.fingerprint}  {key.user}\n")
    elif args.verb == "untrust":
        for key in signing_keys.untrust(ring, args.keys, signing=args.signing):
            write(f"==> Removed {key.fingerprint}  {key.user}\n")
    elif args.verb == "init":
        directory = args.directory or signing_keys.initial_keys(session.instance.state)
        found = signing_keys.trust_directory(ring, directory)
        write(f"==> Trusted {counted(len(found), 'key')} in {directory}\n")
    elif args.verb == "create":
        key = ring.create(args.name, args.email, comment=args.comment, expires=args.expires)
        write(f"==> Created {key.fingerprint}  {key.user}\n")
        if args.export:
            signing_keys.export(ring, [key.fingerprint], args.export)
        if args.export_secret:
            signing_keys.export(ring, [key.fingerprint], args.export_secret, secret=True)
    elif args.verb == "export":
        signing_keys.export(ring, args.keys, args.location, secret=args.secret)
    elif args.verb == "list":
        _list(args, ring.listing())
    elif args.verb == "publish":
        _publish(args, session)
    else:
        _files(args, ring)


def _list(args: argparse.Namespace, keys: Sequence[SigningKey]) -> None:
    import time

    shown = [key for key in keys if key.is_secret or not args.signing or args.trusted]
    if not shown:
        write("==> No keys\n")
    for key in shown:
        facts = [time.strftime("%Y-%m-%d", time.gmtime(key.created))]
        if key.expires is not None:
            facts.append("until " + time.strftime("%Y-%m-%d", time.gmtime(key.expires)))
        if not key.is_usable:
            facts.append("not usable")
        if key.is_secret:
            facts.append("can sign")
        write(f"{key.fingerprint}  {key.user}  ({', '.join(facts)})\n")


def _publish(args: argparse.Namespace, session: Session) -> None:
    from spack.work.caches.keys import publish_keys

    mirror = args.mirror_name or args.mirror_url or f"{os.path.abspath(args.directory)}/"
    for key in publish_keys(session.settings, mirror, args.keys, update=args.update_index):
        write(f"==> Published {key.fingerprint}  {key.user}\n")


def _files(args: argparse.Namespace, ring: Keyring) -> None:
    from spack.work.machine import signing_keys

    if args.verb == "verify":
        found = signing_keys.verify_file(ring, args.file, args.signature)
        write(f"==> {args.file} is signed by {found.fingerprint}\n")
    elif args.verb == "sign":
        output = args.output or f"{args.file}.asc"
        key = signing_keys.sign_file(ring, args.file, output, key=args.key, clear=args.clearsign)
        write(f"==> Signed {args.file} with {key.fingerprint}: {output}\n")
