"""The JSON form of events: every kind there and back, and the page that documents it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.install.graphs import node

from spack.builds.events import (
    FORMAT,
    KINDS,
    Ended,
    ErrorRecord,
    Event,
    EventFormatError,
    Failed,
    Finished,
    FoundInstalled,
    NodeName,
    Noted,
    Output,
    PhaseBegun,
    Planned,
    PlannedStep,
    Resumed,
    RunningStep,
    StageMade,
    Started,
    StepAction,
    Stopped,
    Suspended,
    Tick,
    Used,
    Waiting,
    from_json,
    record_of,
    to_json,
    watched_by,
)
from spack.builds.log_excerpt import Excerpt, LogLine
from spack.errors import SpackError

PAGE = Path(__file__).parents[2] / "lib/spack/docs/internals/installer.rst"

ZLIB = NodeName("zlib", "1.3", "b" * 32)
FAILURE = Failed(
    ZLIB,
    ErrorRecord("no", "more", "try", "build", "/log", Excerpt("cause", (LogLine(3, "x", True),))),
    8.5,
)
EVENTS: list[Event] = [
    Planned((ZLIB,), (PlannedStep(ZLIB, StepAction.BUILD, ("a", "b")),), (ZLIB,), 1.0),
    Started(ZLIB, StepAction.SPLICE, 1, 2, 2.0),
    StageMade(ZLIB, "/stage", 3.0),
    PhaseBegun(ZLIB, "install", 4.0),
    Noted(ZLIB, "text", 5.0),
    Output(ZLIB, "lines\n", 5.0),
    Waiting(ZLIB, 6.0),
    Suspended(6.5),
    Resumed(6.75),
    FoundInstalled(ZLIB, 7.0, 2, 3),
    Finished(ZLIB, StepAction.EXTERNAL, "/usr", 0.0, 8.0),
    Stopped(ZLIB, "build", 8.0),
    FAILURE,
    Failed(ZLIB, ErrorRecord("short"), 9.0),
    Used(ZLIB, 12.5, 1 << 30, 7.5),
    Tick((RunningStep(ZLIB, "build"),), 1, 2, 9.0, 8, 12.5),
    Ended((ZLIB,), (), (FAILURE,), (ZLIB,), (), (Stopped(ZLIB, "a", 1.0),), True, 10.0),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_there_and_back(event: Event) -> None:
    data = json.loads(json.dumps(to_json(event)))
    assert data["format"] == FORMAT and KINDS[data["event"]] is type(event)
    assert data["time"] == event.time
    again = from_json({**data, "new": "field"})
    assert again == event and type(again) is type(event)
    if hasattr(event, "node"):
        assert data["node"] == {"name": "zlib", "version": "1.3", "hash": "b" * 32}


def test_all_kinds_were_tried() -> None:
    assert {type(event) for event in EVENTS} == set(KINDS.values())


@pytest.mark.parametrize(
    "change", [{"event": "strange"}, {"format": 2}, {"node": 3}, {"action": "burn"}, {"time": None}]
)
def test_what_is_no_event(change: dict[str, Any]) -> None:
    data = {**to_json(EVENTS[1]), **change}
    if change == {"time": None}:
        del data["time"]
    with pytest.raises(EventFormatError):
        from_json(data)


def test_a_node_is_named_as_people_know_it() -> None:
    spec = node("zlib", version="1.3")
    assert str(NodeName.of(spec)) == f"zlib@1.3/{spec.dag_hash()[:7]}"


def test_errors_as_data() -> None:
    assert record_of(SpackError("no", details="d", hint="h")) == ErrorRecord("no", "d", "h")
    try:
        raise KeyError("x")
    except KeyError as error:
        record = record_of(error)
    assert record.message == "KeyError: 'x'" and 'raise KeyError("x")' in str(record.details)


def test_several_watchers_are_told_in_order() -> None:
    told: list[str] = []
    watch = watched_by(lambda event: told.append("first"), lambda event: told.append("second"))
    watch(EVENTS[0])
    assert told == ["first", "second"]


def test_the_page_has_the_fields_of_every_kind() -> None:
    text = PAGE.read_text(encoding="utf-8")
    table = text[text.index("Besides ``event``") :]
    kinds = {**KINDS, **{kind.__name__: kind for kind in (NodeName, ErrorRecord, PlannedStep)}}
    for name, kind in kinds.items():
        found = re.search(rf"^   {name} +(.*\n(?:    .*\n)*)", table, re.M)
        assert found is not None, name
        assert tuple(re.findall(r"(\w+): ", found[1])) == kind._fields


def test_the_page_names_every_kind_and_its_examples_are_events() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"^``(\w+)`` ", text, re.M)) - {"event"} == set(KINDS)
    examples = [json.loads(line) for line in text.splitlines() if line.startswith("    {")]
    assert examples and [to_json(from_json(example)) for example in examples] == examples
