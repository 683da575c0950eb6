"""Runs the real launcher of a clone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Callable

import pytest
from tests.buildcache.conftest import open_registry  # noqa: F401
from tests.clone import warm
from tests.end_to_end.fixtures import built, instance, shared_cache, small_repository  # noqa: F401

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def spack(root: Path, tmp_path: Path) -> Run:
    """``spack("find", …)``: runs the launcher in an empty directory, with its own state."""
    (tmp_path / "cwd").mkdir()
    warm(tmp_path / "state")

    def run(
        *arguments: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(root / "bin" / "spack"), *arguments],
            cwd=tmp_path / "cwd",
            env={**os.environ, "SPACK_STATE_DIR": str(tmp_path / "state"), **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )

    return run
