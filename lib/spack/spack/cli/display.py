"""How commands print, and the marks of specs in what they print."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from spack.language.concrete_specs import ConcreteSpec
    from spack.session.session import Session


def write(text: str) -> None:
    """Print text as it is."""
    sys.stdout.write(text)


def status_of(session: Session) -> Callable[[ConcreteSpec], str]:
    """The mark of a node in trees: installed, external, absent …"""
    from spack.language.formatting import STATUS_MARKS
    from spack.work.queries.queries import status

    return lambda spec: STATUS_MARKS[status(session.store, spec)]
