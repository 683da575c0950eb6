"""Fixtures of the tests of binary caches: registries."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from tests.buildcache import registries


@pytest.fixture(scope="session")
def open_registry(tmp_path_factory: Any) -> Iterator[str]:
    """``host:port`` of a registry that asks nobody to log in."""
    with registries.running(tmp_path_factory.mktemp("registry")) as place:
        yield place


@pytest.fixture
def registry_url(open_registry: str) -> str:
    """Address of a new repository of images."""
    return f"oci+http://{open_registry}/tests/{uuid.uuid4().hex}"
