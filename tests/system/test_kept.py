"""Kept files: when a stamp can be trusted, what is damaged, what is dropped."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from spack.system.files.kept import (
    DamagedError,
    Stamp,
    drop_oldest,
    lasting_stamp,
    read_kept,
    write_kept,
)

SECOND = 1_000_000_000
#: Some time, with and without fractions of a second.
FINE, WHOLE = 1_700_000_000 * SECOND + 123_456_789, 1_700_000_000 * SECOND


def write(path: Path, text: str, time_ns: int) -> str:
    path.write_text(text)
    os.utime(path, ns=(time_ns, time_ns))
    return str(path)


@pytest.mark.parametrize("time_ns, step", [(FINE, 20_000_000), (WHOLE, 2 * SECOND)])
def test_a_file_that_was_changed_just_now_is_not_settled(time_ns: int, step: int) -> None:
    stamp = Stamp(time_ns, 1, 1)
    assert not stamp.settled(time_ns)
    assert not stamp.settled(time_ns + step - 1)
    assert stamp.settled(time_ns + step)


def test_a_file_of_the_future_is_not_settled(tmp_path: Path) -> None:
    """The clock of a file server may be ahead of that of this machine."""
    file = write(tmp_path / "file", "a", FINE)
    assert lasting_stamp(file, FINE - SECOND) == []
    assert lasting_stamp(file, FINE + SECOND) == lasting_stamp(file)
    assert lasting_stamp(str(tmp_path / "none"), FINE) is None


def replaced(tmp_path: Path, time_ns: int) -> tuple[Stamp, Stamp]:
    """The stamps of two files of one size and time of which one replaced the other."""
    file = write(tmp_path / "file", "a", time_ns)
    before = Stamp.of(file)
    os.replace(write(tmp_path / "other", "b", time_ns), file)
    after = Stamp.of(file)
    assert before is not None and after is not None
    return before, after


def test_a_replaced_file_of_the_same_time_and_size_is_seen(tmp_path: Path) -> None:
    before, after = replaced(tmp_path, WHOLE)
    assert before != after and before.lasting != after.lasting
    before, after = replaced(tmp_path, FINE)
    assert before != after


def test_a_tree_that_is_copied_with_its_times_stays_current(tmp_path: Path) -> None:
    file = write(tmp_path / "file", "a", FINE)
    shutil.copy2(file, tmp_path / "copy")
    assert lasting_stamp(file) == lasting_stamp(str(tmp_path / "copy"))


def test_a_stamp_survives_json(tmp_path: Path) -> None:
    stamp = lasting_stamp(write(tmp_path / "file", "a", WHOLE))
    assert json.loads(json.dumps(stamp)) == stamp
    assert Stamp.of_status(os.stat_result((0, (1 << 64) - 1, *[0] * 8))).inode < 1 << 63


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"{}", b"\xff\xfe"])
def test_a_damaged_file(tmp_path: Path, content: object) -> None:
    file = tmp_path / "file"
    if isinstance(content, bytes):
        file.write_bytes(content)
    with pytest.raises(DamagedError, match="does not hold what it should"):
        read_kept(str(file), lambda text: json.loads(text)["a"])


def test_a_file_that_cannot_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Users are told only of what takes them long."""
    (tmp_path / "blocked").write_text("")
    path = str(tmp_path / "blocked" / "file")
    assert not write_kept(path, "text")
    assert capsys.readouterr().err == ""
    assert not write_kept(path, "text", loss="the records of 9 recipes")
    assert "Warning: cannot cache the records of 9 recipes in" in capsys.readouterr().err


def test_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    assert write_kept(str(path), b"content")
    assert path.read_bytes() == b"content" and os.listdir(path.parent) == ["file"]


def test_the_oldest_are_dropped(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, "", FINE + n * SECOND) for n, name in enumerate("dcba")]
    drop_oldest([*paths, str(tmp_path / "none")], 2)
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_young_files_stay(tmp_path: Path) -> None:
    (tmp_path / "young").write_text("")
    old = write(tmp_path / "old", "", FINE)
    drop_oldest([old, str(tmp_path / "young")], 0, idle=3600)
    assert os.listdir(tmp_path) == ["young"]
