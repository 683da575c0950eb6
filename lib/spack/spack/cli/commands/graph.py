"""``spack graph``: draw dependency graphs as text, dot, SVG or a page for browsers."""

from __future__ import annotations

import argparse
import sys

from spack.cli import arguments
from spack.cli.display import write_output
from spack.cli.options import flag, option
from spack.errors import UsageError
from spack.session.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_specs(parser, "specs to draw (default: the roots of the environment)")
    form = parser.add_mutually_exclusive_group()
    flag(form, "-a --ascii", "print text (default)")
    flag(form, "-d --dot", "print a graph in the DOT language of Graphviz")
    flag(form, "--svg", "print an SVG image")
    flag(form, "--html", "print an HTML page with search")
    option(parser, "-o --output FILE", "write to FILE")
    flag(parser, "-s --static", "draw the possible dependencies, without concretizing")
    flag(parser, "-c --color", "colour edges by dependency type in DOT output")
    flag(parser, "-i --installed", "draw all installed packages, or those that match")
    arguments.add_deptype(parser)
    arguments.add_concretizer(parser)


def run(args: argparse.Namespace, session: Session) -> None:
    from spack.work.answers.selection import concrete_specs
    from spack.work.queries import graphs
    from spack.work.queries.queries import InstalledQuery, find

    title = " ".join(args.specs) or session.environment_name or "installed packages"
    if args.static:
        if not args.specs:
            raise UsageError("no packages given", hint="spack graph --static hdf5")
        graph = graphs.of_recipes(session.repositories, args.specs, args.deptype)
    else:
        if args.installed:
            query = InstalledQuery(tuple(args.specs))
            roots = [item.spec for item in find(session, query) if item.explicit or args.specs]
        else:
            roots = concrete_specs(session, args.specs, arguments.solve_options(args))
        graph = graphs.of_specs(session.store, roots, args.deptype)
    if args.html or args.svg:
        from spack.cli.drawing import svg

        text = svg.page(graph, title) if args.html else svg.svg(graph)
    else:
        from spack.cli.drawing import text as drawing

        if args.dot:
            text = drawing.dot(graph, color=args.color)
        else:
            plain = args.output is not None or not _writes_unicode()
            text = drawing.draw(
                graph, unicode=not plain, color=session.color and args.output is None
            )
    write_output(text, args.output)


def _writes_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
