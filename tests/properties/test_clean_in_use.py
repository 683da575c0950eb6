"""Random interleavings of builds and cleaning: no stage goes while somebody works in it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spack.sources.stage import remove_all_stages
from spack.sources.stage_use import DIRECTORY, StageUse

NAMES = ["spack-stage-a-1", "spack-stage-b-2", "spack-stage-ab-1"]
ACTORS = ["one", "two", "elsewhere"]
NUMBERS = itertools.count()

steps = st.one_of(
    st.tuples(st.just("begin"), st.sampled_from(NAMES), st.sampled_from(ACTORS)),
    st.tuples(st.just("end"), st.sampled_from(NAMES), st.sampled_from(ACTORS)),
    st.tuples(st.just("alone"), st.sampled_from(NAMES), st.just("one")),
    st.tuples(st.just("clean"), st.just(""), st.just("")),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stages")


@given(st.lists(steps, max_size=20))
def test_a_stage_in_use_is_left(folder: Path, history: list[tuple[str, str, str]]) -> None:
    root = folder / str(next(NUMBERS))
    users: dict[tuple[str, str], StageUse | None] = {}
    there: set[str] = set()
    for what, name, actor in [*history, ("clean", "", "")]:
        if what == "begin" and (name, actor) not in users:
            (root / name).mkdir(parents=True, exist_ok=True)
            there.add(name)
            users[name, actor] = _begin(root, name, actor)
        elif what == "alone" and [n for n, _ in users].count(name) == 1:
            use = users.get((name, actor))
            if use is not None:
                use.alone(lambda text: pytest.fail(text))
        elif what == "end" and (name, actor) in users:
            use = users.pop((name, actor))
            if use is not None:
                use.end()
            else:
                (root / DIRECTORY / f"{name}@{actor}@1").unlink()
        elif what == "clean":
            found = remove_all_stages(str(root))
            used = {name for name, _ in users}
            assert {name for name, _ in found.left} == used & there
            assert set(found.removed) == there - used
            there &= used
            assert {name for name in NAMES if (root / name).exists()} == there
    for use in users.values():
        if use is not None:
            use.end()


def _begin(root: Path, name: str, actor: str) -> StageUse | None:
    if actor != "elsewhere":
        return StageUse(str(root), name)
    (root / DIRECTORY).mkdir(exist_ok=True)
    (root / DIRECTORY / f"{name}@{actor}@1").touch()
    return None
