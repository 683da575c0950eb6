"""The whole tree passes ruff and ``mypy --strict``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def check(*arguments: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stdout


def test_ruff_finds_nothing() -> None:
    check("ruff", "check", "--no-cache", "lib", "tests")


def test_mypy_strict_finds_nothing(tmp_path: Path) -> None:
    check("mypy", "--cache-dir", str(tmp_path))
