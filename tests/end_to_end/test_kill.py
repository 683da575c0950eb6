"""A few rounds of :mod:`kill`; more of them are played by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end import kill


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_by_kills_at_random_moments(seed: int, tmp_path: Path) -> None:
    ended = kill.run(tmp_path, seed, 12)
    assert ended["killed"] >= 4
