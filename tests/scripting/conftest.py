"""Makes the small instance known to the tests of this folder, and runs scripts in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Callable

import pytest
from tests.end_to_end.fixtures import built, instance, shared_cache, small_repository  # noqa: F401
from tests.end_to_end.small_instance import Instance


@pytest.fixture(scope="session")
def printed(built: Instance) -> Iterator[Callable[..., str]]:  # noqa: F811
    """``printed(CODE, WORD…)``: what a script prints in the instance that is only looked at."""

    def run(code: str, *words: str, before: tuple[str, ...] = ()) -> str:
        return built.ok(*before, "python", "-c", code, *words)

    yield run


def own_lines(shown: str) -> list[str]:
    """The lines that a script printed itself, without those about installations."""
    return [line for line in shown.splitlines() if not line.startswith(("==>", "    "))]
