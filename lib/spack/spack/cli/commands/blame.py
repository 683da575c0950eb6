"""``spack blame``: who wrote a recipe."""

from __future__ import annotations

import argparse

from spack.cli.display import as_json, write
from spack.cli.options import flag
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    order = parser.add_mutually_exclusive_group()
    flag(order, "-t --time", "sort by time, latest commit first (default)")
    flag(order, "-p --percent", "sort by share, largest first")
    flag(order, "-g --git", "print the output of git blame")
    flag(parser, "--json", "print a JSON object")
    parser.add_argument("subject", metavar="PACKAGE_OR_FILE")


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.authoring import recipe_history

    parts = session.repositories, session.settings, session.reporter
    if args.git:
        write(recipe_history.blame_text(*parts, args.subject))
        return
    rows = recipe_history.blame(*parts, args.subject, by_share=args.percent)
    total = sum(row.lines for row in rows)
    if args.json:
        authors = [row.to_json() for row in rows]
        write(as_json({"authors": authors, "totals": {"lines": total}}))
        return
    cells = [("LAST COMMIT", "LINES", "%", "AUTHOR")]
    for row in rows:
        shown = f"{100 * row.share:.1f}"
        person = f"{row.author} <{row.email}>"
        cells.append((recipe_history.age(row.last_commit), str(row.lines), shown, person))
    cells.append(("", str(total), "100.0", "all"))
    wide = [max(len(row[column]) for row in cells) for column in range(3)]
    for when, lines, share, author in cells:
        write(f"{when:<{wide[0]}}  {lines:>{wide[1]}}  {share:>{wide[2]}}  {author}\n")
