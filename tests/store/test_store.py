"""The store as a whole: installs that die, uninstalls, reindexing, locks and marks."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from typing import Any, Callable

import pytest

from spack.language.concrete_specs import ConcreteSpec
from spack.language.serialization import specfile_to_dict
from spack.store.database import Database
from spack.store.failures import FailureMarks
from spack.store.partial import PartialInstalls
from spack.store.prefix_locks import InvalidHashError, PrefixLocks, lock_offset
from spack.store.reindex import find_prefixes
from spack.store.store import LostIndexError, PrefixExistsError, PrefixMissingError, Store
from spack.system.files.locks import LockTimeoutError

from .conftest import node, one

ZLIB = node("zlib", "1.3")
CURL = node("curl", "8.0", ZLIB)
GCC = node("gcc", "12", external="/usr")


@pytest.fixture
def store(tmp_path: Any) -> Store:
    return Store(str(tmp_path / "store"))


def install(store: Store, spec: ConcreteSpec, explicit: bool = False) -> str:
    prefix = store.begin_install(spec)
    write_metadata(prefix, spec)
    store.commit_install(spec, explicit=explicit)
    return prefix


def write_metadata(prefix: str, spec: ConcreteSpec) -> None:
    os.makedirs(os.path.join(prefix, ".spack"), exist_ok=True)
    with open(os.path.join(prefix, ".spack", "spec.json"), "w") as stream:
        json.dump(specfile_to_dict(spec), stream)


def in_dying_child(action: Callable[[], object]) -> None:
    """Run something in a process that is then killed."""
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def test_nothing_is_made_before_it_is_needed(store: Store) -> None:
    assert store.prefix(ZLIB).startswith(store.root)
    assert not store.is_installed(ZLIB) and store.recover() == ()
    assert not os.path.exists(store.root)


def test_install_and_uninstall(store: Store) -> None:
    prefix = install(store, ZLIB, explicit=True)
    assert prefix == store.prefix(ZLIB) and store.is_installed(ZLIB)
    assert store.metadata_of(ZLIB).directory == prefix + "/.spack"
    assert store.partials.all() == []
    store.uninstall(one(store.database, "zlib"))
    assert not store.is_installed(ZLIB) and not os.path.exists(prefix)
    assert not os.path.exists(os.path.dirname(prefix)) and os.path.isdir(store.root)
    assert store.database.query() == []


def test_externals(store: Store) -> None:
    assert store.prefix(GCC) == "/usr" and store.is_installed(GCC)
    store.add_external(GCC)
    record = one(store.database, "gcc")
    store.uninstall(record)
    assert os.path.isdir("/usr")


def test_half_built_prefix_is_never_installed_and_goes_on_the_next_run(store: Store) -> None:
    def build() -> None:
        write_metadata(store.begin_install(ZLIB), ZLIB)

    in_dying_child(build)
    prefix = store.layout.prefix(ZLIB)
    fresh = Store(store.root)
    assert os.path.isdir(prefix) and not fresh.is_installed(ZLIB)
    assert fresh.database.query() == []
    fresh.reindex()
    assert fresh.database.query() == []
    (removed,) = fresh.recover()
    assert removed.prefix == prefix and not os.path.exists(prefix)
    assert fresh.partials.all() == []


def test_builder_that_died_after_the_record_keeps_its_prefix(store: Store) -> None:
    def build() -> None:
        prefix = store.begin_install(ZLIB)
        store.database.add(ZLIB, prefix)

    in_dying_child(build)
    fresh = Store(store.root)
    assert fresh.recover() == ()
    assert fresh.is_installed(ZLIB) and os.path.isdir(fresh.prefix(ZLIB))
    assert fresh.partials.all() == []


def test_uninstall_that_died_is_finished(store: Store) -> None:
    install(store, ZLIB)

    def remove() -> None:
        record = one(store.database, "zlib")
        store.partials.begin(record.hash, str(record.path))
        store.database.remove(record.hash)

    in_dying_child(remove)
    fresh = Store(store.root)
    assert len(fresh.recover()) == 1
    assert not os.path.exists(store.layout.prefix(ZLIB))


def test_living_builders_and_holders_of_the_lock_are_left_alone(store: Store) -> None:
    store.begin_install(ZLIB)
    assert Store(store.root).recover() == ()
    mark = store.partials.get(ZLIB.dag_hash())
    assert mark is not None
    elsewhere = mark._replace(host="another-" + socket.gethostname())
    store.partials._write(elsewhere)
    ready, done = os.pipe()
    child = os.fork()
    if child == 0:
        with store.locks.writing(ZLIB.dag_hash()):
            os.write(done, b"x")
            time.sleep(60)
        os._exit(0)
    try:
        os.read(ready, 1)
        assert Store(store.root).recover() == ()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready)
        os.close(done)
    assert len(Store(store.root).recover()) == 1


def test_failed_build_is_removed_or_kept_for_its_user(store: Store) -> None:
    prefix = store.begin_install(ZLIB)
    store.abandon_install(ZLIB)
    assert not os.path.exists(prefix) and store.partials.all() == []
    prefix = store.begin_install(ZLIB)
    store.abandon_install(ZLIB, keep_prefix=True)
    assert Store(store.root).recover() == () and os.path.isdir(prefix)
    assert not Store(store.root).is_installed(ZLIB)
    with open(os.path.join(prefix, "old"), "w"):
        pass
    store.begin_install(ZLIB)
    assert os.listdir(prefix) == []


def test_files_of_others_are_not_removed(store: Store) -> None:
    prefix = store.layout.prefix(ZLIB)
    os.makedirs(prefix)
    with open(os.path.join(prefix, "precious"), "w"):
        pass
    with pytest.raises(PrefixExistsError):
        store.begin_install(ZLIB)
    assert os.listdir(prefix) == ["precious"]


def test_committing_a_missing_prefix_is_an_error(store: Store) -> None:
    with pytest.raises(PrefixMissingError):
        store.commit_install(ZLIB)


def test_mark_outside_the_tree_removes_nothing(tmp_path: Any, store: Store) -> None:
    (tmp_path / "mine").mkdir()
    in_dying_child(lambda: store.partials.begin("a" * 32, str(tmp_path / "mine")))
    store.recover()
    assert (tmp_path / "mine").is_dir() and store.partials.all() == []


def test_unreadable_marks_are_passed_over(tmp_path: Any) -> None:
    marks = PartialInstalls(str(tmp_path))
    os.makedirs(marks.directory)
    with open(os.path.join(marks.directory, "x"), "w") as stream:
        stream.write("{")
    assert marks.all() == []


def test_upstream_prefixes_are_used_while_they_are_there(tmp_path: Any, store: Store) -> None:
    prefix = install(store, ZLIB)
    mine = Store(str(tmp_path / "mine"), upstreams=[Store(store.root, read_only=True)])
    assert mine.prefix(ZLIB) == prefix and mine.is_installed(ZLIB)
    install(mine, CURL)
    assert one(mine.database, "curl ^zlib")
    os.rename(prefix, prefix + "-gone")
    assert not mine.is_installed(ZLIB)


def test_owner_of_a_file(store: Store) -> None:
    prefix = install(store, ZLIB)
    owner = store.owner_of(prefix + "/lib/libz.so")
    assert owner is not None and owner.name == "zlib"
    assert store.owner_of("/etc/passwd") is None


def test_reindex_without_database(store: Store) -> None:
    install(store, ZLIB)
    install(store, CURL, explicit=True)
    for name in os.listdir(store.database.directory):
        path = os.path.join(store.database.directory, name)
        if os.path.isfile(path):
            os.unlink(path)
    fresh = Store(store.root)
    with pytest.raises(LostIndexError, match="its database is gone"):
        fresh.database.query()
    assert fresh.reindex() == []
    assert {r.name for r in fresh.database.query(explicit=True)} == {"curl", "zlib"}
    zlib = one(fresh.database, "zlib")
    assert zlib.ref_count == 1 and zlib.path == store.prefix(ZLIB) and zlib.spec == ZLIB


def test_reindex_keeps_what_prefixes_do_not_know(store: Store) -> None:
    install(store, ZLIB)
    install(store, CURL, explicit=True)
    new = node("zlib", "1.4")
    install(store, new)
    store.add_external(GCC)
    store.database.deprecate(ZLIB.dag_hash(), new.dag_hash())
    before = {r.hash: r.row for r in store.database.records()}
    store.reindex()
    assert {r.hash: r.row for r in store.database.records()} == before


def test_reindex_of_a_damaged_index(store: Store) -> None:
    install(store, ZLIB)
    with open(os.path.join(store.database.directory, "index.json"), "w") as stream:
        stream.write("garbage")
    fresh = Store(store.root)
    fresh.reindex()
    assert fresh.is_installed(ZLIB)


def test_reindex_names_unreadable_specfiles(store: Store) -> None:
    prefix = install(store, ZLIB)
    with open(os.path.join(prefix, ".spack", "spec.json"), "w") as stream:
        stream.write("{}")
    ((path, _),) = store.reindex()
    assert path == os.path.join(prefix, ".spack", "spec.json")


def test_prefixes_are_found_at_any_depth(tmp_path: Any) -> None:
    for name in ("a/.spack", "b/c/d/.spack", ".spack-db/.spack", "bin/.spack", "a/share/.spack"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to("a")
    found = [os.path.relpath(p, tmp_path) for p in find_prefixes(str(tmp_path))]
    assert found == ["a", "b/c/d"]


def test_index_of_a_small_store_is_up_to_date(store: Store) -> None:
    install(store, ZLIB)
    with open(os.path.join(store.database.directory, "index.json")) as stream:
        assert ZLIB.dag_hash() in json.load(stream)["database"]["installs"]


def test_read_only_store_changes_nothing(store: Store) -> None:
    install(store, ZLIB)
    reader = Store(store.root, read_only=True)
    before = sorted(os.listdir(store.database.directory))
    assert reader.is_installed(ZLIB) and reader.recover() == ()
    assert sorted(os.listdir(store.database.directory)) == before


def test_padded_root(tmp_path: Any) -> None:
    store = Store(str(tmp_path), padded_length=200)
    assert len(store.root) == 200 and store.unpadded_root == str(tmp_path)
    assert store.prefix(ZLIB).startswith(store.root)


# Locks and failure marks


def test_lock_offsets_fit_and_differ() -> None:
    one, two = lock_offset(ZLIB.dag_hash()), lock_offset(CURL.dag_hash())
    assert one != two and 0 <= one < 2**62 and 0 <= two < 2**62
    assert lock_offset("a" * 32) == 0 and lock_offset("7" * 32) == 2**62 - 1
    with pytest.raises(InvalidHashError):
        lock_offset("not a hash!")


def test_prefix_locks_exclude_writers_and_admit_readers(tmp_path: Any) -> None:
    locks, others = PrefixLocks(str(tmp_path)), PrefixLocks(str(tmp_path), timeout=0.05)
    assert not locks.is_locked("a" * 32)
    with locks.writing("a" * 32):
        assert others.is_locked("a" * 32) and not others.is_locked("b" * 32)
        with pytest.raises(LockTimeoutError), others.reading("a" * 32):
            pass
        with others.writing("b" * 32):
            pass
    with locks.reading("a" * 32), others.reading("a" * 32), pytest.raises(LockTimeoutError):
        others.writing("a" * 32, timeout=0).__enter__()


def test_failure_marks(tmp_path: Any) -> None:
    marks = FailureMarks(str(tmp_path))
    assert marks.all() == [] and marks.get("zlib", "h") is None and marks.clear_all() == 0
    marks.mark("zlib", "h1", "the compiler crashed", log="/l", phase="build")
    marks.mark("py-six", "h2", "no network")
    found = marks.get("zlib", "h1")
    assert found is not None and found.cause == "the compiler crashed"
    assert (found.log, found.phase) == ("/l", "build")
    assert [(f.name, f.hash) for f in marks.all()] == [("py-six", "h2"), ("zlib", "h1")]
    marks.clear("zlib", "h1")
    assert marks.get("zlib", "h1") is None
    assert marks.clear_all() == 1 and marks.all() == []


def test_failure_marks_of_spack_are_understood(tmp_path: Any) -> None:
    marks = FailureMarks(str(tmp_path))
    os.makedirs(marks.directory)
    with open(os.path.join(marks.directory, "zlib-abc"), "w") as stream:
        json.dump({"spec": {"_meta": {"version": 5}, "nodes": []}}, stream)
    found = marks.get("zlib", "abc")
    assert found is not None and found.cause == "the build failed"


def test_installing_clears_the_failure_mark(store: Store) -> None:
    store.failures.mark("zlib", ZLIB.dag_hash(), "x")
    install(store, ZLIB)
    assert store.failures.all() == []


def test_database_of_a_store_is_in_its_root(store: Store) -> None:
    install(store, ZLIB)
    assert Database(store.root).is_installed(ZLIB.dag_hash())


def test_store_without_locks(tmp_path: Any) -> None:
    store = Store(str(tmp_path), locks=False)
    with store.locks.writing(ZLIB.dag_hash()), store.locks.reading(ZLIB.dag_hash()):
        install(store, ZLIB)
    assert store.is_installed(ZLIB) and not store.locks.is_locked(ZLIB.dag_hash())
    names = os.listdir(store.database.directory)
    assert "lock" not in names and "prefix_lock" not in names
