"""Ctrl-C while a command concretizes: it ends at once, whatever it is doing."""

from __future__ import annotations

import itertools
import os
import signal
import time

import pytest
from tests.work.small_place import Place

PIGEONS, HOLES = 12, 11


def write_pigeons(place: Place) -> None:
    """A package that cannot be built, of which there is no short proof."""
    lines: list[str] = []
    values = ", ".join(f'"h{hole}"' for hole in range(HOLES))
    for pigeon in range(PIGEONS):
        lines.append(f'    variant("p{pigeon}", default="h0", values=({values}))')
    for first, second in itertools.combinations(range(PIGEONS), 2):
        for hole in range(HOLES):
            lines.append(f'    conflicts("p{first}=h{hole}", when="p{second}=h{hole}")')
    place.recipe("pigeons", "1.0", "\n".join(lines))


@pytest.fixture
def pigeons(place: Place) -> Place:
    write_pigeons(place)
    place.spec("info", "pigeons")
    return place


@pytest.mark.parametrize("delay", [0.2, 0.5, 1.0, 2.5])
@pytest.mark.parametrize("words", [("solve", "pigeons"), ("spec", "pigeons", "app")])
def test_an_interruption(pigeons: Place, words: tuple[str, ...], delay: float) -> None:
    process = pigeons.instance.start(*pigeons.options(), *words)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT), output
    assert "Traceback" not in output


@pytest.mark.parametrize("strict", ["true", "false"])
def test_a_time_limit(pigeons: Place, strict: str) -> None:
    limits = ("-c", "concretizer:timeout:1", "-c", f"concretizer:error_on_timeout:{strict}")
    result = pigeons.instance(*pigeons.options(), *limits, "spec", "pigeons")
    assert result.returncode == 75
    assert "Error: concretization took longer than 1 s and has no answer" in result.stderr
