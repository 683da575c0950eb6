"""Instances with a repository of a few packages."""

from __future__ import annotations

from tests.end_to_end.fixtures import (  # noqa: F401
    built,
    instance,
    shared_cache,
    small_repository,
)
