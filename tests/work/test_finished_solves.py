"""Finished solves: found again as long as nothing changed that could change the answer."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.end_to_end.small_instance import Instance


def own(tmp_path: Path) -> list[str]:
    """Options for a cache that no other test writes."""
    return ["-c", f"config:misc_cache:{tmp_path / 'misc'}"]


def entries(instance: Instance, tmp_path: Path) -> list[Path]:
    instance.ok(*own(tmp_path), "spec", "asker")
    return sorted(tmp_path.rglob("finished-solves/*/*.json"))


def poison(entry: Path) -> None:
    """Make an entry tell that it was used."""
    entry.write_text(entry.read_text().replace('"version":"2.0"', '"version":"2.0.1"'))


def test_a_repeated_request_is_found(instance: Instance, tmp_path: Path) -> None:
    instance.ok(*own(tmp_path), "spec", "asker")
    time.sleep(0.05)
    found = entries(instance, tmp_path)
    assert found
    for entry in found:
        poison(entry)
    assert "answer@2.0.1" in instance.ok(*own(tmp_path), "spec", "asker")


def test_what_changes_the_answer_misses(instance: Instance, tmp_path: Path) -> None:
    instance.ok(*own(tmp_path), "spec", "asker")
    found = entries(instance, tmp_path)
    for entry in found:
        poison(entry)
    assert "answer@2.0.1" not in instance.ok(*own(tmp_path), "spec", "--fresh", "asker ^answer@2.0")
    assert "answer@2.0.1" not in instance.ok(
        "-c", "packages:answer:variants:~shared", "spec", "asker"
    )
    assert "answer@2.0.1" not in instance.ok(
        *own(tmp_path), "-c", "concretizer:concretization_cache:enable:false", "spec", "asker"
    )


def test_a_changed_file_misses(instance: Instance, tmp_path: Path) -> None:
    """Each file that an entry names is watched: recipes, what they share, indexes."""
    import json

    instance.ok(*own(tmp_path), "spec", "asker")
    (entry,) = entries(instance, tmp_path)
    poison(entry)
    kept = entry.read_text()
    watched = json.loads(kept)["stamps"]
    recipes = [path for path in watched if path.endswith("answer/package.py")]
    assert recipes
    for path in recipes:
        changed = json.loads(kept)
        changed["stamps"][path] = [watched[path][0] - 1, watched[path][1]]
        entry.write_text(json.dumps(changed))
        assert "answer@2.0.1" not in instance.ok(*own(tmp_path), "spec", "asker")


def test_a_damaged_entry_is_ignored(instance: Instance, tmp_path: Path) -> None:
    instance.ok(*own(tmp_path), "spec", "asker")
    (entry,) = entries(instance, tmp_path)
    for text in ("", "{", "[]", '{"stamps": {}}', '{"stamps": 3, "lock": 4}'):
        entry.write_text(text)
        assert "answer@2.0" in instance.ok(*own(tmp_path), "spec", "asker")


def test_clean_removes_them(instance: Instance, tmp_path: Path) -> None:
    instance.ok(*own(tmp_path), "spec", "asker")
    assert entries(instance, tmp_path)
    instance.ok(*own(tmp_path), "clean", "-m")
    assert not sorted(tmp_path.rglob("finished-solves/*/*.json"))
    assert os.path.isdir(tmp_path)
