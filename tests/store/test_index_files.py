"""The files of the database: formats, lock-free reading, and what survives a kill at any byte."""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import spack
from spack.store.index_files import DatabaseFormatError, IndexFiles
from spack.store.index_writing import append, fold, replace_all, wants_folding
from spack.store.records import RawRecord, RowDependency, row_of

HASHES = ["a" * 31 + letter for letter in "abcdefghij"]


def record(name: str, children: dict[str, str] | None = None, **fields: Any) -> RawRecord:
    """A raw record; ``children`` maps names to hashes."""
    node: dict[str, Any] = {
        "name": name,
        "version": "1.0",
        "arch": {"platform": "linux", "platform_os": "debian12", "target": "zen2"},
        "namespace": "builtin",
        "parameters": {},
    }
    if children:
        node["dependencies"] = [
            {
                "name": child,
                "hash": digest,
                "parameters": {"deptypes": ["build", "link"], "virtuals": ["mpi"]},
            }
            for child, digest in children.items()
        ]
    result = {
        "spec": node,
        "ref_count": 0,
        "path": f"/store/{name}",
        "installed": True,
        "explicit": False,
        "installation_time": 12.5,
        "deprecated_for": None,
    }
    result.update(fields)
    return result


@pytest.fixture
def files(tmp_path: Any) -> IndexFiles:
    return IndexFiles(str(tmp_path), durable=False)


def verifier(files: IndexFiles) -> str:
    return Path(files.directory, "index_verifier").read_text()


def write(files: IndexFiles, changes: dict[str, RawRecord | None]) -> None:
    append(files, files.load(), changes)


def names(files: IndexFiles) -> list[str]:
    return sorted(row.name for row in files.load().rows().values())


def test_an_empty_directory_is_an_empty_database(files: IndexFiles) -> None:
    snapshot = files.load()
    assert not snapshot.exists
    assert snapshot.hashes() == []
    assert snapshot.get(HASHES[0]) is None


def test_appended_changes_are_seen_before_and_after_folding(files: IndexFiles) -> None:
    write(files, {HASHES[0]: record("zlib"), HASHES[1]: record("bzip2")})
    write(files, {HASHES[1]: None, HASHES[2]: record("curl", {"zlib": HASHES[0]})})
    assert names(files) == ["curl", "zlib"]
    assert not os.path.exists(files.index_path)
    fold(files, files.load())
    assert names(files) == ["curl", "zlib"]
    assert not os.path.exists(files.journal_path)
    assert files.load().get(HASHES[2]) == record("curl", {"zlib": HASHES[0]})
    assert files.load().get(HASHES[1]) is None


def test_index_has_the_format_of_spack(files: IndexFiles) -> None:
    write(files, {HASHES[0]: record("zlib")})
    fold(files, files.load())
    with open(files.index_path) as stream:
        database = json.load(stream)["database"]
    assert database["version"] == "8"
    assert database["installs"] == {HASHES[0]: record("zlib")}
    assert len(verifier(files)) == 36


def test_each_write_changes_the_verifier(files: IndexFiles) -> None:
    fold(files, files.load())
    before = verifier(files)
    fold(files, files.load())
    assert verifier(files) != before


def test_rows_file_gives_the_same_rows_as_parsing(files: IndexFiles) -> None:
    records = {
        HASHES[0]: record("zlib", explicit=True, deprecated_for=HASHES[3]),
        HASHES[1]: record("glibc", path=None, installed=False, origin="external-db"),
        HASHES[2]: record("curl", {"zlib": HASHES[0], "far": "f" * 32, "farther": "e" * 32}),
        HASHES[3]: record("zlib", ref_count=3),
    }
    records[HASHES[3]]["spec"]["build_spec"] = {"name": "zlib", "hash": HASHES[0]}
    replace_all(files, files.load(), records)
    from_file = files.load().rows()
    os.unlink(files.rows_path)
    parsed = IndexFiles(files.directory, writable=False).load().rows()
    assert from_file == parsed == {digest: row_of(digest, r) for digest, r in records.items()}
    assert from_file[HASHES[2]].dependencies[1] == RowDependency("f" * 32, 5, ("mpi",))


def test_rows_file_of_another_index_is_not_used(files: IndexFiles) -> None:
    replace_all(files, files.load(), {HASHES[0]: record("zlib")})
    other = {"database": {"version": "8", "installs": {HASHES[1]: record("curl")}}}
    with open(files.index_path, "w") as stream:
        json.dump(other, stream, indent=2)
    assert names(files) == ["curl"]
    assert files.load().get(HASHES[1]) == record("curl")


def test_damaged_rows_file_is_not_used(files: IndexFiles) -> None:
    replace_all(files, files.load(), {HASHES[0]: record("zlib")})
    with open(files.rows_path, "rb+") as stream:
        stream.truncate(os.path.getsize(files.rows_path) - 3)
    assert names(files) == ["zlib"]


def test_foreign_index_gets_a_rows_file_that_finds_records(files: IndexFiles) -> None:
    """An index that Spack wrote with any spacing is read record by record afterwards."""
    installs = {digest: record(f"p{i}") for i, digest in enumerate(HASHES)}
    with open(files.index_path, "w") as stream:
        json.dump({"database": {"version": "8", "installs": installs}}, stream, indent=1)
    files.load()
    assert os.path.exists(files.rows_path)
    snapshot = files.load()
    for digest, expected in installs.items():
        assert snapshot.get(digest) == expected
    assert snapshot.get("b" * 32) is None


def test_reading_without_write_permission_makes_no_files(tmp_path: Any) -> None:
    installs = {HASHES[0]: record("zlib")}
    (tmp_path / "index.json").write_text(
        json.dumps({"database": {"version": "8", "installs": installs}})
    )
    assert names(IndexFiles(str(tmp_path), writable=False)) == ["zlib"]
    assert os.listdir(tmp_path) == ["index.json"]


def test_leftovers_of_dead_writers_are_removed(files: IndexFiles) -> None:
    for name in ("index.json.abc", "index_verifier.abc"):
        with open(os.path.join(files.directory, name), "w"):
            pass
    fold(files, files.load())
    assert sorted(os.listdir(files.directory)) == ["index.json", "index_rows", "index_verifier"]


def test_hash_prefixes(files: IndexFiles) -> None:
    replace_all(files, files.load(), {HASHES[0]: record("x"), "abc" + "d" * 29: record("y")})
    write(files, {"abd" + "d" * 29: record("z")})
    assert files.load().starting_with("abd") == ["abd" + "d" * 29]
    assert len(files.load().starting_with("a")) == 3
    assert files.load().starting_with("c") == []


def test_journal_that_is_folded_already_is_ignored(files: IndexFiles) -> None:
    """The writer died between the new index and the removal of the journal."""
    write(files, {HASHES[0]: record("zlib")})
    with open(files.journal_path, "rb") as stream:
        journal = stream.read()
    fold(files, files.load())
    replace_all(files, files.load(), {})
    with open(files.journal_path, "wb") as stream:
        stream.write(journal)
    assert names(files) == []
    write(files, {HASHES[1]: record("curl")})
    assert names(files) == ["curl"]


def test_journal_is_kept_when_spack_rewrites_the_index(files: IndexFiles) -> None:
    write(files, {HASHES[0]: record("zlib")})
    with open(files.index_path, "w") as stream:
        json.dump({"database": {"version": "8", "installs": {HASHES[1]: record("curl")}}}, stream)
    assert names(files) == ["curl", "zlib"]


def test_journal_torn_at_any_byte_keeps_all_whole_transactions(tmp_path: Any) -> None:
    files = IndexFiles(str(tmp_path), durable=False)
    write(files, {HASHES[0]: record("zlib")})
    one = os.path.getsize(files.journal_path)
    write(files, {HASHES[1]: record("curl"), HASHES[0]: None})
    with open(files.journal_path, "rb") as stream:
        data = stream.read()
    for length in range(len(data) + 1):
        with open(files.journal_path, "wb") as stream:
            stream.write(data[:length])
        expected = ["curl"] if length == len(data) else ["zlib"] if length >= one else []
        assert names(files) == expected, length
        if length % 23 == 0:
            write(files, {HASHES[2]: record("next")})
            assert names(files) == sorted([*expected, "next"])


def test_damaged_line_ends_the_journal(files: IndexFiles) -> None:
    write(files, {HASHES[0]: record("zlib")})
    write(files, {HASHES[1]: record("curl")})
    with open(files.journal_path, "rb+") as stream:
        stream.seek(-4, os.SEEK_END)
        stream.write(b"X")
    assert names(files) == ["zlib"]


NO_RECORD = '{"database": {"version": "8", "installs": {"a": %s}}}'


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"database": {}}', '{"database": 1}', "{"]
    + [
        NO_RECORD % record
        for record in ("{}", "[]", '{"spec": []}', '{"spec": {"name": "a"}, "ref_count": "x"}')
    ],
)
def test_index_that_is_none_is_an_error_that_says_what_to_do(files: IndexFiles, text: str) -> None:
    with open(files.index_path, "w") as stream:
        stream.write(text)
    with pytest.raises(DatabaseFormatError) as caught:
        files.load()
    assert "spack reindex" in str(caught.value)


def test_newer_index_is_refused(files: IndexFiles) -> None:
    with open(files.index_path, "w") as stream:
        json.dump({"database": {"version": "99", "installs": {}}}, stream)
    with pytest.raises(DatabaseFormatError, match="99"):
        files.load()


def test_small_indices_and_long_journals_want_folding(files: IndexFiles) -> None:
    big = record("big")
    big["spec"]["parameters"]["text"] = "x" * 1_200_000
    write(files, {HASHES[0]: record("zlib")})
    assert wants_folding(files.load())
    replace_all(files, files.load(), {HASHES[0]: big})
    write(files, {HASHES[1]: record("zlib")})
    assert not wants_folding(files.load())
    big["spec"]["parameters"]["text"] = "x" * 400_000
    write(files, {HASHES[1]: big})
    assert wants_folding(files.load())


WRITER = """
import json, sys
sys.path.insert(0, sys.argv[3])
from spack.store.index_files import IndexFiles
from spack.store.index_writing import append, fold
files = IndexFiles(sys.argv[1], durable=False)
template = json.loads(sys.argv[2])
number = 0
while True:
    digest = "%032d" % number
    snapshot = append(files, files.load(), {digest: template})
    print(number, flush=True)
    number += 1
    if number % 7 == 0:
        fold(files, snapshot)
"""


@pytest.mark.parametrize("seed", range(12))
def test_sigkill_loses_no_transaction_that_was_reported(tmp_path: Any, seed: int) -> None:
    """A writer that appends and folds all the time is killed at a random moment."""
    library = os.path.dirname(os.path.dirname(spack.__file__))
    words = [sys.executable, "-c", WRITER, str(tmp_path), json.dumps(record("p")), library]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.0, 0.15))
        writer.send_signal(signal.SIGKILL)
        reported = 1 + len(writer.stdout.read().split())
    found = IndexFiles(str(tmp_path), durable=False).load().hashes()
    assert len(found) in (reported, reported + 1)
    assert found == [f"{number:032d}" for number in range(len(found))]


READER = """
import sys
sys.path.insert(0, sys.argv[2])
from spack.store.index_files import IndexFiles
last = 0
for _ in range(150):
    found = IndexFiles(sys.argv[1], writable=False).load().hashes()
    assert found == ["%032d" % n for n in range(len(found))], found
    assert len(found) >= last, (len(found), last)
    last = len(found)
print("fine", last)
"""


def test_readers_without_locks_always_see_a_state_that_was_true(tmp_path: Any) -> None:
    library = os.path.dirname(os.path.dirname(spack.__file__))
    words = [sys.executable, "-c", WRITER, str(tmp_path), json.dumps(record("p")), library]
    writer = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        read = subprocess.run(
            [sys.executable, "-c", READER, str(tmp_path), library],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        writer.kill()
        writer.wait()
    assert read.stdout.startswith("fine"), read.stderr


FAULT_POINTS = ("rename", "unlink", "pwrite", "ftruncate", "fsync", "open", "fchmod", "replace")


def _die_at(point: int) -> None:
    """Kill this process before the system call of that number; half of a write is done first."""
    calls = [0]

    def counted(function: Any) -> Any:
        def call(*arguments: Any, **keywords: Any) -> Any:
            calls[0] += 1
            if calls[0] == point:
                if function is original_pwrite:
                    descriptor, data, offset = arguments
                    original_pwrite(descriptor, data[: len(data) // 2], offset)
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **keywords)

        return call

    original_pwrite = os.pwrite
    for name in FAULT_POINTS:
        setattr(os, name, counted(getattr(os, name)))


def test_dying_at_each_system_call_of_append_and_fold_loses_nothing(tmp_path: Any) -> None:
    """Every call that changes the disk is a point of death; then another writer goes on."""
    survived = False
    point = 0
    while not survived:
        point += 1
        directory = tmp_path / str(point)
        directory.mkdir()
        files = IndexFiles(str(directory))
        replace_all(files, files.load(), {HASHES[0]: record("a"), HASHES[1]: record("b")})
        write(files, {HASHES[2]: record("c")})
        child = os.fork()
        if child == 0:
            try:
                _die_at(point)
                snapshot = append(files, files.load(), {HASHES[1]: None, HASHES[3]: record("d")})
                fold(files, snapshot)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        survived = not os.WIFSIGNALED(status)
        assert names(files) in (["a", "b", "c"], ["a", "c", "d"]), point
        before = names(files)
        write(files, {HASHES[4]: record("e")})
        assert names(files) == sorted([*before, "e"]), point
        fold(files, files.load())
        assert names(files) == sorted([*before, "e"]), point
    assert point > 10


def test_an_index_with_a_record_that_is_none_closes_its_own_file_only(files: IndexFiles) -> None:
    text = json.dumps({"database": {"version": "8", "installs": {HASHES[0]: {"path": "/x"}}}})
    Path(files.index_path).write_text(text)
    with pytest.raises(DatabaseFormatError) as caught:
        files.load()
    other, others_end = os.pipe()
    del caught
    gc.collect()
    for descriptor in (other, others_end):
        os.close(descriptor)


@pytest.mark.parametrize("read_again", [True, False])
def test_records_of_one_package_are_found_without_making_all_rows(
    files: IndexFiles, read_again: bool
) -> None:
    """In the index with its rows file and without, and in the journal over it."""
    write(files, {h: record("zlib" if n % 3 else "curl") for n, h in enumerate(HASHES[:7])})
    fold(files, files.load())
    if read_again:
        os.remove(files.rows_path)
        files.load()
    append(files, files.load(), {HASHES[0]: None, HASHES[7]: record("curl"), HASHES[1]: None})
    snapshot = files.load()
    assert snapshot.named("curl") == [HASHES[3], HASHES[6], HASHES[7]]
    assert snapshot.named("zlib") == [HASHES[2], HASHES[4], HASHES[5]]
    assert snapshot.named("gone") == []
    assert snapshot.names() == {"curl", "zlib"}
    assert snapshot._rows is None
    rows = snapshot.rows("curl")
    assert rows == {h: row for h, row in snapshot.rows().items() if row.name == "curl"}
