"""The recording of an installation in the manual."""

from __future__ import annotations

import json

import pyte
from tests.clone import SOURCE

RECORDING = SOURCE / "lib" / "spack" / "docs" / "howto" / "installing.cast"


def test_the_recording_shows_what_the_manual_says() -> None:
    head, *events = map(json.loads, RECORDING.read_text(encoding="utf-8").splitlines())
    assert head["version"] == 2
    times = [time for time, _, _ in events]
    assert times == sorted(times)
    screen = pyte.HistoryScreen(head["width"], head["height"], history=1000)
    stream = pyte.Stream(screen)
    pressed, windows = "", []
    for _, kind, data in events:
        if kind == "r":
            columns, lines = map(int, data.split("x"))
            screen.resize(lines, columns)
        elif kind == "i":
            pressed += data
        else:
            stream.feed(data)
            windows.append("\n".join(line.rstrip() for line in screen.display))
    assert pressed.startswith("nvq++-") and pressed.endswith("\x03")
    for text in (
        "3 running, 4 jobs",
        "\n-- meshlib@1.0  build",
        "Failed viewer@1.0",
        "1 failed, 6 jobs",
        "1 failed, 5 jobs",
        "solver@1.0",
    ):
        assert any(text in window for window in windows), text
    assert "interrupted" in windows[-1] and "running" not in windows[-1]
    assert "display.h: No such file" in windows[-1] and "/tmp" not in RECORDING.read_text()
