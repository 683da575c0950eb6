"""Fixtures of the small instance; test folders that use them import them in their conftest."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance, make_repository


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user cache that keeps records of recipes from test to test."""
    return tmp_path_factory.mktemp("user-cache")


@pytest.fixture(scope="session")
def small_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of small packages, written once."""
    return make_repository(tmp_path_factory.mktemp("recipes"))


@pytest.fixture
def instance(tmp_path: Path, shared_cache: Path, small_repository: Path) -> Instance:
    """An instance with nothing installed."""
    return Instance(tmp_path / "instance", shared_cache, small_repository)


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
