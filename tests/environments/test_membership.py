"""One lock of several environments: its parts, and what it is made of."""

from __future__ import annotations

import json

from tests.environments.conftest import concrete

from spack.environments.membership import LockedRoot, entries, flat, joined, part, with_part
from spack.language.lockfiles import Lockfile

BASE = concrete("base")
LEFT, RIGHT = concrete("left", BASE), concrete("right", BASE)


def _lock() -> Lockfile:
    return joined(
        [
            LockedRoot("b", LEFT, "left"),
            LockedRoot("a", LEFT, "left"),
            LockedRoot("b", RIGHT, "right", {"group": "g"}),
        ],
        extra={"environments": {"a": {}, "b": {}}},
        meta={"manifest": "0" * 64},
    )


def test_equal_roots_and_nodes_are_written_once_with_sorted_names() -> None:
    data = _lock().to_dict()
    assert [root["environments"] for root in data["roots"]] == [["a", "b"], ["b"]]
    names = {node["name"]: node["environments"] for node in data["concrete_specs"].values()}
    assert names == {"left": ["a", "b"], "base": ["a", "b"], "right": ["b"]}
    assert data["_meta"]["lockfile-version"] == 6 and data["_meta"]["manifest"] == "0" * 64


def test_a_lock_is_read_as_it_was_written() -> None:
    text = _lock().to_text()
    again = Lockfile.from_text(text)
    assert again.to_text() == text
    assert entries(again) == entries(_lock())


def test_a_part_is_a_lock_without_names_of_environments() -> None:
    own = part(_lock(), "a")
    assert own.roots == [(LEFT.dag_hash(), "left")]
    assert "environments" not in json.dumps(own.to_dict())
    assert part(_lock(), "b").root_attributes == {1: {"group": "g"}}
    assert set(part(_lock(), "b").concrete_specs) == {s.dag_hash() for s in (LEFT, RIGHT, BASE)}


def test_replacing_a_part_leaves_the_others_alone() -> None:
    changed = with_part(_lock(), "b", Lockfile.from_roots([(RIGHT, "right")]))
    assert part(changed, "a").to_text() == part(_lock(), "a").to_text()
    assert [text for _, text in part(changed, "b").roots] == ["right"]
    assert changed.memberships[LEFT.dag_hash()] == ["a"]
    assert changed.extra == _lock().extra and changed.meta == _lock().meta


def test_environments_of_one_solve_have_a_root_once() -> None:
    found = flat(_lock(), lambda environment, group: f"a,b:{group}" if group else "a,b")
    assert [text for _, text in found.roots] == ["left", "right"]
    assert [a["group"] for a in found.root_attributes.values()] == ["a,b", "a,b:g"]


def test_a_lock_of_one_environment_has_neither_names_nor_further_keys_of_the_header() -> None:
    data = Lockfile.from_roots([(LEFT, "left")]).to_dict()
    assert list(data["_meta"]) == ["file-type", "lockfile-version", "specfile-version"]
    assert "environments" not in json.dumps(data)
