"""States and order of steps, without processes."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.install.graphs import node

from spack.builds.options import InstallOptions
from spack.install.plan import make_plan
from spack.install.scheduler import Scheduler
from spack.install.states import FINAL, LEGAL, Board, IllegalMoveError, State
from spack.language.concrete_specs import ConcreteSpec


def scheduler(*roots: ConcreteSpec, fail_fast: bool = False) -> Scheduler:
    plan = make_plan(roots, frozenset(), InstallOptions(), is_installed=lambda spec: False)
    return Scheduler(plan, fail_fast=fail_fast)


def ready(found: Scheduler) -> list[str]:
    return [step.spec.name for step in found.ready()]


def test_only_legal_moves_are_made() -> None:
    for first, second in itertools.product(State, State):
        board = Board(["x"])
        board._states["x"] = first
        if second in LEGAL[first]:
            board.move("x", second)
            assert board.state("x") is second
        else:
            with pytest.raises(IllegalMoveError, match=f"from {first.value} to {second.value}"):
                board.move("x", second)


def test_every_state_can_be_reached_and_left() -> None:
    assert set(LEGAL) == set(State)
    assert {s for following in LEGAL.values() for s in following} | {State.WAITING} == set(State)
    assert {State.DONE, State.FAILED, State.BLOCKED, State.CANCELLED} == FINAL


def test_longest_chain_first() -> None:
    deep = node("a-deep")
    app = node("app", node("m1", node("m2", deep)), node("side"))
    found = scheduler(app)
    assert ready(found) == ["a-deep", "side"]
    found.start(deep.dag_hash())
    assert ready(found) == ["side"]
    found.done(deep.dag_hash())
    assert ready(found) == ["m2", "side"]


def test_the_heaviest_chain_first() -> None:
    quick, slow = node("quick"), node("slow")
    app = node("app", node("m1", node("m2", quick)), slow)
    plan = make_plan([app], frozenset(), InstallOptions(), is_installed=lambda spec: False)
    found = Scheduler(plan, weights={slow.dag_hash(): 60.0, quick.dag_hash(): 5.0})
    assert ready(found) == ["slow", "quick"]


def test_a_failure_blocks_dependents_only() -> None:
    bad, good = node("bad"), node("good")
    found = scheduler(node("app", node("mid", bad)), node("other", good))
    for step in found.ready():
        found.start(step.key)
    found.failed(bad.dag_hash())
    found.done(good.dag_hash())
    assert ready(found) == ["other"]
    assert found.board.count(State.BLOCKED) == 2
    assert not found.finished


def test_fail_fast_cancels_what_has_not_started() -> None:
    bad, good = node("bad"), node("good")
    found = scheduler(node("app", bad), node("other", good), fail_fast=True)
    found.start(bad.dag_hash())
    found.failed(bad.dag_hash())
    assert found.finished
    assert found.board.count(State.CANCELLED) == 2
    assert found.board.count(State.BLOCKED) == 1


def test_a_locked_step_waits_and_may_be_done_by_others() -> None:
    zlib = node("zlib")
    found = scheduler(node("app", zlib))
    found.lock_is_taken(zlib.dag_hash())
    assert ready(found) == []
    assert [step.spec.name for step in found.locked()] == ["zlib"]
    found.lock_is_free(zlib.dag_hash())
    assert ready(found) == ["zlib"]
    found.done(zlib.dag_hash())
    assert ready(found) == ["app"]


@given(st.data())
def test_every_schedule_ends_and_respects_dependencies(data: st.DataObject) -> None:
    nodes: list[ConcreteSpec] = []
    for number in range(data.draw(st.integers(1, 8))):
        chosen = data.draw(st.sets(st.sampled_from(range(number)))) if number else set()
        nodes.append(node(f"n{number}", *[nodes[at] for at in sorted(chosen)]))
    found = scheduler(*nodes, fail_fast=data.draw(st.booleans()))
    done = set()
    while not found.finished:
        step = data.draw(st.sampled_from(found.ready()))
        assert set(step.needs) <= done
        found.start(step.key)
        if data.draw(st.booleans()):
            found.done(step.key)
            done.add(step.key)
        else:
            found.failed(step.key)
    assert found.board.count(State.DONE) == len(done)


def test_the_page_on_the_installer_knows_every_state_and_every_move() -> None:
    path = Path(__file__).parents[2] / "lib/spack/docs/internals/installer.rst"
    text = path.read_text(encoding="utf-8")
    table = text[text.index("Move   ") : text.index("Among steps")]
    moves = {
        (before, after)
        for left, after in re.findall(r"^((?:[A-Z]+\W+(?:or\s[^\n]*\n)?)+)→ ([A-Z]+)", table, re.M)
        for before in re.findall(r"[A-Z]{2,}", left)
    }
    assert moves == {(a.name, b.name) for a, following in LEGAL.items() for b in following}
    drawing = text[text.index("code-block") : text.index("are final")]
    assert set(re.findall(r"[A-Z]{2,}", drawing)) == {state.name for state in State}
