"""``spack bootstrap``: what this program itself needs, which is in a Python of its own.

There is no store for it and there are no sources to choose: subcommands that are about these say so
and end well, so that scripts which prepare an instance go on.
"""

from __future__ import annotations

import argparse

from spack.cli import arguments
from spack.cli.display import write
from spack.cli.options import Verbs, flag
from spack.session.session import Session

_MARKS = {"fine": "[+]", "warning": "[-]", "broken": "[x]"}

#: Subcommands without meaning here: help, and what is said.
_WITHOUT_MEANING = {
    "enable": (
        "ignored: there are no bootstrap sources",
        "the Python packages come from where pip is configured to look",
    ),
    "disable": (
        "ignored: there are no bootstrap sources",
        "set SPACK_PYTHON to a Python that has the packages to install none",
    ),
    "list": (
        "show nothing: there are no bootstrap sources",
        "the Python packages come from where pip is configured to look",
    ),
    "add": (
        "ignored: there are no bootstrap sources",
        "set PIP_INDEX_URL or PIP_FIND_LINKS for another source of the Python packages",
    ),
    "remove": (
        "ignored: there are no bootstrap sources",
        "the Python packages come from where pip is configured to look",
    ),
    "mirror": (
        "ignored: nothing is bootstrapped from a mirror",
        "copy the Python packages with 'pip download'; the manual's page on work without the"
        " network says how",
    ),
    "reset": (
        "ignored: there is no bootstrap store",
        "remove the directory that 'spack bootstrap root' prints to install the Python packages"
        " again",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = Verbs(parser)
    now = verbs.add("now", "install the Python packages that Spack needs")
    flag(now, "--dev", "and those of its tests")
    status = verbs.add("status", "show what Spack needs and whether it is there")
    flag(status, "--optional", "and programs that only some builds need")
    flag(status, "--dev", "and the Python packages of its tests")
    root = verbs.add("root", "print the directory of the private Python")
    root.add_argument("path", nargs="?", metavar="PATH", help="ignored: see SPACK_STATE_DIR")
    arguments.add_scope(root)
    for verb, (text, _) in _WITHOUT_MEANING.items():
        ignored = verbs.add(verb, text)
        ignored.add_argument("words", nargs="*", metavar="NAME")
        arguments.add_scope(ignored)
        if verb == "reset":
            arguments.add_yes(ignored)
        for option in {"add": ("--trust",), "mirror": ("--binary-packages", "--dev")}.get(verb, ()):
            flag(ignored, option, "ignored")


def run(args: argparse.Namespace, session: Session) -> int:
    from spack.work.machine import own_python

    if args.verb in _WITHOUT_MEANING:
        text, instead = _WITHOUT_MEANING[args.verb]
        write(f"==> Nothing to do: {text.rpartition(': ')[2]}\n    {instead}\n")
        return 0
    if args.verb == "root":
        write(own_python.folder(session.instance) + "\n")
        if args.path is not None:
            session.reporter.warning(
                "the private Python stays where it is; set SPACK_STATE_DIR to move what this"
                " instance keeps"
            )
        return 0
    if args.verb == "now":
        own_python.prepare(session.instance, dev=args.dev)
    optional = args.verb == "status" and args.optional
    found = own_python.needs(session.instance, optional=optional, dev=args.dev)
    for finding in found:
        write(f"{_MARKS[finding.status]} {finding.text}\n")
        if finding.advice:
            write(f"      do: {finding.advice}\n")
    return int(any(finding.status == "broken" for finding in found))
