"""Key rings for tests; their agents end with them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spack.buildcache.signing.gnupg import Keyring

_GPGCONF = shutil.which("gpgconf") or ""


def end_agent(home: Path) -> None:
    """End the program that keeps the secret keys of a ring, and forget its short name."""
    if not home.is_dir():
        return
    ring = Keyring(str(home))
    ring._prepare()
    subprocess.run([_GPGCONF, "--homedir", ring._short, "--kill", "all"], check=True)
    if ring._short != ring.home:
        os.unlink(ring._short)


@pytest.fixture(scope="session")
def alice(tmp_path_factory: Any) -> Iterator[Keyring]:
    """A ring with one key that can sign."""
    home = tmp_path_factory.mktemp("alice")
    ring = Keyring(str(home))
    ring.create("Alice", "alice@example.org", comment="of: the lab")
    yield ring
    end_agent(home)


@pytest.fixture(scope="session")
def mallory(tmp_path_factory: Any) -> Iterator[Keyring]:
    """A ring with a key that nobody trusts."""
    home = tmp_path_factory.mktemp("mallory")
    ring = Keyring(str(home))
    ring.create("Mallory", "mallory@example.org")
    yield ring
    end_agent(home)


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[Keyring]:
    """A ring without keys."""
    found = Keyring(str(tmp_path / "ring"))
    yield found
    end_agent(tmp_path / "ring")
