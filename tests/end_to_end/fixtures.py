"""Fixtures of the small instance; test folders that use them import them in their conftest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clone import locked
from tests.end_to_end.small_instance import Instance, make_repository


@pytest.fixture(scope="session")
def shared_cache() -> Path:
    """A user cache that keeps records of recipes from test to test, for the whole run."""
    with locked("user-cache") as folder:
        return folder


@pytest.fixture(scope="session")
def small_repository() -> Path:
    """The repository of small packages, written once in a run."""
    with locked("small-recipes") as folder:
        made = folder / "spack_repo" / "small"
        return made if made.exists() else make_repository(folder)


@pytest.fixture
def instance(tmp_path: Path, shared_cache: Path, small_repository: Path) -> Iterator[Instance]:
    """An instance with nothing installed."""
    made = Instance(tmp_path / "instance", shared_cache, small_repository)
    yield made
    made.end()


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, shared_cache: Path, small_repository: Path
) -> Instance:
    """An instance with asker and two answers, and an environment ``asking``: only look at it."""
    made = Instance(tmp_path_factory.mktemp("built") / "instance", shared_cache, small_repository)
    made.ok("install", "asker", "answer@1.0")
    made.ok("env", "create", "asking")
    made.ok("-e", "asking", "add", "asker")
    made.ok("-e", "asking", "install")
    return made
