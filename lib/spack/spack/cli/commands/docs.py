"""``spack docs``: open the manual."""

from __future__ import annotations

import argparse
import os

from spack.cli.display import write
from spack.cli.options import flag
from spack.errors import NotFoundError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    flag(parser, "--path", "print the path of the manual")


def run(args: argparse.Namespace, session: Session) -> None:
    folder = os.path.join(session.root, "lib", "spack", "docs")
    built = os.path.join(folder, "_build", "html", "index.html")
    page = built if os.path.exists(built) else os.path.join(folder, "index.rst")
    if not os.path.exists(page):
        raise NotFoundError(f"no manual found in {folder}")
    if not args.path and page == built and (os.environ.get("DISPLAY") or os.environ.get("BROWSER")):
        import webbrowser

        if webbrowser.open(f"file://{page}"):
            return
    write(page + "\n")
