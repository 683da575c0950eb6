"""Instances with a repository of a few packages."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.fixtures import built, instance, shared_cache, small_repository  # noqa: F401
from tests.end_to_end.small_instance import Instance
from tests.work.small_place import Place


@pytest.fixture
def place(instance: Instance, tmp_path: Path) -> Place:  # noqa: F811
    """A repository and configuration that the test may change."""
    return Place(instance, tmp_path)
