"""Printing for commands, and the marks of specs in what they print."""

from __future__ import annotations

import sys

from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from spack.language.concrete_specs import ConcreteSpec
    from spack.session.session import Session


def write(text: str) -> None:
    """Print text as it is."""
    sys.stdout.write(text)


def write_output(text: str, file: str | None) -> None:
    """Print text, or write it to a file and say so."""
    if file is None:
        write(text)
        return
    with open(file, "w", encoding="utf-8") as stream:
        stream.write(text)
    write(f"==> Wrote {file}\n")


def as_json(data: object, *, indent: int | None = 2) -> str:
    """Data as lines of JSON."""
    import json

    return json.dumps(data, indent=indent) + "\n"


def counted(count: int, noun: str) -> str:
    """``1 package``, ``2 packages``."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def status_of(session: Session) -> Callable[[ConcreteSpec], str]:
    """The mark of a node in trees: installed, external, absent …"""
    from spack.language.formatting import STATUS_MARKS
    from spack.work.queries.queries import status

    return lambda spec: STATUS_MARKS[status(session.store, spec)]
