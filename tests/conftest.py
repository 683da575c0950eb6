"""Fixtures of every test: no test sees the home directory or the user's Spack settings.

The launcher runs with the interpreter of the tests, which has what it needs; the tests of the
launcher itself unset that.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Iterator

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def isolated_process_variables(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A private home, and none of the variables that steer Spack."""
    kept = ("SPACK_PUBLIC_RECIPES", "SPACK_SOURCE_MIRROR", "SPACK_STATE_DIR")
    for name in list(os.environ):
        if name.startswith("SPACK_") and name not in kept:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("SPACK_PYTHON", sys.executable)
    yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The clone under test."""
    return ROOT


@pytest.fixture(scope="session")
def public_recipes() -> Path:
    """The folder that holds ``spack_repo`` of the public recipes; skips where it is absent."""
    place = os.environ.get("SPACK_PUBLIC_RECIPES")
    if not place or not Path(place, "spack_repo").is_dir():
        pytest.skip("SPACK_PUBLIC_RECIPES names no folder with spack_repo")
    return Path(place)
