"""Records, queries and transactions of the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

import spack
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.parser import parse_spec
from spack.store.changes import PrefixTakenError, ReadOnlyDatabaseError
from spack.store.database import Database
from spack.store.graph import dependencies, dependents, unused
from spack.store.records import InstallRecord, NoSuchSpecError

from .conftest import node, one


@pytest.fixture
def database(tmp_path: Any) -> Database:
    return Database(str(tmp_path / "store"), durable=False)


def names(records: list[InstallRecord]) -> list[str]:
    return [f"{r.name}@{r.version}" for r in records]


ZLIB = node("zlib", "1.3", shared=True)
OLD_ZLIB = node("zlib", "1.2", shared=False)
CMAKE = node("cmake", "3.27")
MPICH = node("mpich", "4.1")
HDF5 = node(
    "hdf5", "1.14", ZLIB, (MPICH, deptypes.DEFAULT, ["mpi"]), (CMAKE, deptypes.BUILD), mpi=True
)
APP = node("app", "2.0", HDF5, (CMAKE, deptypes.BUILD))
GCC = node("gcc", "12.2", external="/usr")


@pytest.fixture
def filled(database: Database) -> Database:
    """app (explicit) and all below it, and an old zlib that was asked for."""
    for number, spec in enumerate((ZLIB, CMAKE, MPICH, HDF5)):
        add_at(database, spec, f"/s/{spec.name}", float(number))
    add_at(database, APP, "/s/app", 10.0, explicit=True)
    add_at(database, OLD_ZLIB, "/s/zlib12", 20.0, explicit=True)
    return database


def add_at(
    database: Database, spec: ConcreteSpec, path: str, when: float, *, explicit: bool = False
) -> None:
    """Record a node as installed at a known time."""
    with database.transaction() as changes:
        changes.add(spec, path, explicit=explicit)
        changes.update(spec.dag_hash(), installation_time=when)


def test_an_empty_store_answers_everything_with_nothing(database: Database) -> None:
    """A listing of an empty store is empty; asking makes no files."""
    assert database.query() == []
    assert database.get("a" * 32) is None
    assert unused(database) == []
    assert not os.path.exists(database.directory)


def test_added_record_has_the_fields_of_spack(database: Database) -> None:
    add_at(database, ZLIB, "/s/zlib", 5.0, explicit=True)
    with database.transaction() as changes:
        changes.update(ZLIB.dag_hash(), origin="x")
    with open(os.path.join(database.directory, "index.json")) as stream:
        record = json.load(stream)["database"]["installs"][ZLIB.dag_hash()]
    assert list(record) == [
        "spec",
        "ref_count",
        "path",
        "installed",
        "explicit",
        "installation_time",
        "deprecated_for",
        "origin",
    ]
    assert record["spec"]["hash"] == ZLIB.dag_hash()
    assert record["path"] == "/s/zlib"


def test_what_lies_below_is_recorded_as_absent_and_counted(database: Database) -> None:
    database.add(HDF5, "/s/hdf5")
    assert names(database.query()) == ["hdf5@1.14"]
    assert names(database.query(installed=False)) == ["cmake@3.27", "mpich@4.1", "zlib@1.3"]
    record = database.get(ZLIB.dag_hash())
    assert record is not None and record.ref_count == 1 and record.path is None
    database.add(ZLIB, "/s/zlib")
    record = database.get(ZLIB.dag_hash())
    assert record is not None and record.ref_count == 1 and record.installed


def test_adding_twice_counts_once_and_explicit_stays(filled: Database) -> None:
    before = {r.hash: r.ref_count for r in filled.records()}
    filled.add(APP, "/s/app")
    assert {r.hash: r.ref_count for r in filled.records()} == before
    record = filled.get(APP.dag_hash())
    assert record is not None and record.explicit
    zlib = filled.get(ZLIB.dag_hash())
    assert zlib is not None and zlib.ref_count == 1
    cmake = filled.get(CMAKE.dag_hash())
    assert cmake is not None and cmake.ref_count == 2


def test_externals_are_recorded_as_present(database: Database) -> None:
    database.add(node("app", "1", (GCC, deptypes.BUILD, ["c"])), "/s/app")
    record = database.get(GCC.dag_hash())
    assert record is not None and record.installed and record.external and record.path == "/usr"
    assert unused(database) == [] or names(unused(database)) == ["app@1"]


def test_specs_come_back_equal_and_shared(filled: Database) -> None:
    fresh = Database(filled.root)
    app = one(fresh, "app").spec
    assert app == APP and app.dag_hash() == APP.dag_hash()
    assert app.edge("hdf5").spec is one(fresh, "hdf5").spec


@pytest.mark.parametrize(
    "constraint, expected",
    [
        ("", ["app@2.0", "cmake@3.27", "hdf5@1.14", "mpich@4.1", "zlib@1.2", "zlib@1.3"]),
        ("zlib", ["zlib@1.2", "zlib@1.3"]),
        ("zlib@1.3:", ["zlib@1.3"]),
        ("zlib@=1.2", ["zlib@1.2"]),
        ("@1.3:2", ["app@2.0", "hdf5@1.14", "zlib@1.3"]),
        ("zlib+shared", ["zlib@1.3"]),
        ("+shared", ["zlib@1.3"]),
        ("^zlib@1.3", ["app@2.0", "hdf5@1.14"]),
        ("hdf5 ^mpich", ["hdf5@1.14"]),
        ("builtin.zlib@1.2", ["zlib@1.2"]),
        ("other.zlib", []),
        ("zlib@1.2 os=debian12", ["zlib@1.2"]),
        ("os=debian11", []),
        ("zlib@1.2 target=x86_64:", ["zlib@1.2"]),
        ("platform=darwin", []),
        ("mpi", []),
        ("nothing", []),
        ("/" + ZLIB.dag_hash()[:9], ["zlib@1.3"]),
        ("zlib/" + ZLIB.dag_hash()[:9], ["zlib@1.3"]),
        ("curl/" + ZLIB.dag_hash()[:9], []),
    ],
)
def test_queries_by_constraint(filled: Database, constraint: str, expected: list[str]) -> None:
    wanted = parse_spec(constraint)
    assert names([r for r in filled.query() if r.satisfies(wanted)]) == expected


def test_queries_by_state_and_time(filled: Database) -> None:
    assert names(filled.query(explicit=True)) == ["app@2.0", "zlib@1.2"]
    assert len(filled.query(explicit=False)) == 4
    assert names(filled.query(since=10.0)) == ["app@2.0", "zlib@1.2"]
    assert names(filled.query(since=10.0, until=15.0)) == ["app@2.0"]
    assert names(filled.query(hashes=[APP.dag_hash(), "x" * 32])) == ["app@2.0"]
    assert names(filled.query(where=lambda r: r.path == "/s/app")) == ["app@2.0"]


def test_versions_are_sorted_as_versions(database: Database) -> None:
    for version in ("1.10", "1.9", "develop"):
        database.add(node("a", version), f"/s/{version}")
    assert names(database.query()) == ["a@1.9", "a@1.10", "a@develop"]


def test_dependencies_and_dependents(filled: Database) -> None:
    app, zlib = APP.dag_hash(), ZLIB.dag_hash()
    assert {r.name for r in dependencies(filled, app)} == {"hdf5", "cmake", "zlib", "mpich"}
    assert {r.name for r in dependencies(filled, app, deptypes.LINK)} == {"hdf5", "zlib", "mpich"}
    assert {r.name for r in dependencies(filled, app, transitive=False)} == {"hdf5", "cmake"}
    assert {r.name for r in dependents(filled, zlib)} == {"hdf5", "app"}
    assert {r.name for r in dependents(filled, zlib, transitive=False)} == {"hdf5"}
    assert dependents(filled, CMAKE.dag_hash(), deptypes.LINK) == []


def test_unused_packages_come_dependents_first(filled: Database) -> None:
    assert names(unused(filled)) == ["cmake@3.27"]
    kept = unused(filled, types=deptypes.LINK | deptypes.RUN | deptypes.BUILD)
    assert kept == []
    filled.set_explicit([APP.dag_hash()], False)
    found = [r.name for r in unused(filled)]
    assert set(found) == {"app", "hdf5", "cmake", "mpich", "zlib"}
    assert found.index("app") < found.index("hdf5") < found.index("zlib")
    assert unused(filled, roots=[APP.dag_hash()], types=deptypes.ALL) == []


def test_removed_while_needed_stays_as_absent(filled: Database) -> None:
    filled.remove(ZLIB.dag_hash())
    record = filled.get(ZLIB.dag_hash())
    assert record is not None and not record.installed and record.ref_count == 1
    filled.remove(APP.dag_hash())
    filled.remove(HDF5.dag_hash())
    assert filled.get(ZLIB.dag_hash()) is None
    assert filled.get(HDF5.dag_hash()) is None
    cmake = filled.get(CMAKE.dag_hash())
    assert cmake is not None and cmake.ref_count == 0
    with pytest.raises(NoSuchSpecError):
        filled.remove(HDF5.dag_hash())


def test_deprecation_counts_as_a_need(filled: Database) -> None:
    filled.deprecate(OLD_ZLIB.dag_hash(), ZLIB.dag_hash())
    assert names(filled.query(deprecated=True)) == ["zlib@1.2"]
    new = filled.get(ZLIB.dag_hash())
    assert new is not None and new.ref_count == 2
    filled.deprecate(OLD_ZLIB.dag_hash(), None)
    new = filled.get(ZLIB.dag_hash())
    assert new is not None and new.ref_count == 1
    with pytest.raises(NoSuchSpecError):
        filled.deprecate("a" * 32, ZLIB.dag_hash())
    with pytest.raises(NoSuchSpecError):
        filled.deprecate(ZLIB.dag_hash(), "a" * 32)


def test_a_failed_transaction_changes_nothing(filled: Database) -> None:
    with pytest.raises(RuntimeError), filled.transaction() as changes:
        changes.remove(APP.dag_hash())
        raise RuntimeError
    assert filled.is_installed(APP.dag_hash())
    assert Database(filled.root).is_installed(APP.dag_hash())


def test_nested_transactions_are_one(filled: Database) -> None:
    with filled.transaction():
        filled.remove(APP.dag_hash())
        assert Database(filled.root).is_installed(APP.dag_hash())
    assert not Database(filled.root).is_installed(APP.dag_hash())


def test_others_see_changes_after_refreshing(filled: Database) -> None:
    other = Database(filled.root)
    assert other.is_installed(APP.dag_hash())
    filled.remove(APP.dag_hash())
    other.refresh()
    assert not other.is_installed(APP.dag_hash())


def test_a_prefix_belongs_to_one_package(filled: Database) -> None:
    with pytest.raises(PrefixTakenError):
        filled.add(node("thief"), "/s/app")


def test_read_only_database_refuses_changes(filled: Database) -> None:
    other = Database(filled.root, read_only=True)
    with pytest.raises(ReadOnlyDatabaseError):
        other.remove(APP.dag_hash())
    with pytest.raises(ReadOnlyDatabaseError):
        other.replace_all({})
    assert other.is_installed(APP.dag_hash())


def test_unwritable_directory_is_an_error(tmp_path: Any) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReadOnlyDatabaseError):
        Database(str(tmp_path / "file")).add(ZLIB, "/s/zlib")


def test_upstream_is_read_and_never_written(tmp_path: Any, filled: Database) -> None:
    """Users have a store of their own above a read-only one."""
    before = sorted(os.listdir(filled.directory))
    upstream = Database(filled.root, read_only=True)
    local = Database(str(tmp_path / "mine"), upstreams=[upstream], durable=False)
    tool = node("tool", "1", HDF5)
    local.add(tool, "/m/tool", explicit=True)
    assert {r.name for r in local.query()} == {"app", "cmake", "hdf5", "mpich", "tool", "zlib"}
    assert names(local.query(upstream=False)) == ["tool@1"]
    record = local.get(HDF5.dag_hash())
    assert record is not None and record.upstream and record.path == "/s/hdf5"
    assert local.local(HDF5.dag_hash()) is None
    assert one(local, "tool").spec == tool
    assert [r.name for r in dependents(local, HDF5.dag_hash(), transitive=False)] == ["tool", "app"]
    assert local.starting_with(HDF5.dag_hash()[:8])[0].hash == HDF5.dag_hash()
    assert sorted(os.listdir(filled.directory)) == before


def test_what_vanished_upstream_is_recorded_here(tmp_path: Any, filled: Database) -> None:
    filled.remove(ZLIB.dag_hash())
    upstream = Database(filled.root, read_only=True)
    local = Database(str(tmp_path / "mine"), upstreams=[upstream], durable=False)
    local.add(node("tool", "1", ZLIB), "/m/tool")
    assert local.local(ZLIB.dag_hash()) is not None
    assert not local.is_installed(ZLIB.dag_hash())


def test_spliced_spec_keeps_its_build_spec(database: Database) -> None:
    built = node("hdf5", "1.14", OLD_ZLIB)
    spliced = node("hdf5", "1.14", ZLIB, build_spec=built)
    database.add(spliced, "/s/hdf5")
    found = one(Database(database.root), "hdf5").spec
    assert found.build_spec == built and found.dag_hash() == spliced.dag_hash()


def test_lookup_by_hash_parses_one_record(filled: Database, monkeypatch: Any) -> None:
    fresh = Database(filled.root)
    parsed: list[int] = []
    original = json.loads

    def counting(text: Any, **keywords: Any) -> Any:
        parsed.append(len(text))
        return original(text, **keywords)

    monkeypatch.setattr(json, "loads", counting)
    record = fresh.get(ZLIB.dag_hash())
    assert record is not None and record.name == "zlib"
    index = os.path.getsize(os.path.join(filled.directory, "index.json"))
    assert sum(parsed) < index / 2


def test_old_index_versions_are_read_and_rewritten_on_change(database: Database) -> None:
    """Version 5 nests the node under its name and maps dependencies by name."""
    arch = {"platform": "linux", "platform_os": "debian12", "target": "x86_64"}
    old = {
        "b" * 32: {
            "spec": {
                "curl": {
                    "version": "8.0",
                    "arch": arch,
                    "namespace": "builtin",
                    "parameters": {"ldlibs": []},
                    "dependencies": {"zlib": {"hash": "a" * 32, "type": ["build", "link"]}},
                    "hash": "b" * 32,
                }
            },
            "path": "/s/curl",
            "installed": True,
            "ref_count": 0,
            "explicit": True,
            "installation_time": 1.0,
        },
        "a" * 32: {
            "spec": {
                "zlib": {
                    "version": "1.2",
                    "arch": arch,
                    "namespace": "builtin",
                    "parameters": {},
                    "hash": "a" * 32,
                }
            },
            "path": "/s/zlib",
            "installed": True,
            "ref_count": 1,
            "explicit": False,
            "installation_time": 1.0,
        },
    }
    os.makedirs(database.directory)
    path = os.path.join(database.directory, "index.json")
    with open(path, "w") as stream:
        json.dump({"database": {"version": "5", "installs": old}}, stream)
    assert names(database.query()) == ["curl@8.0", "zlib@1.2"]
    assert str(one(database, "curl").spec.edge("zlib").spec.version) == "1.2"
    assert [r.name for r in dependents(database, "a" * 32)] == ["curl"]
    database.add(ZLIB, "/s/new")
    with open(path) as stream:
        written = json.load(stream)["database"]
    assert written["version"] == "8"
    assert written["installs"]["b" * 32]["spec"]["name"] == "curl"
    assert len(Database(database.root).query()) == 3


WRITER = """
import sys
sys.path[:0] = [sys.argv[3], sys.argv[4]]
{prelude}
from spack.language.concrete_specs import ConcreteSpec
from spack.store.database import Database
from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.language.versions import parse_version
database = Database(sys.argv[1], durable=False)
for number in range(15):
    version = f"{{sys.argv[2]}}.{{number}}"
    spec = ConcreteSpec("p", parse_version(version), Architecture("linux", "d", "x86_64"))
    database.add(spec, f"/s/{{version}}")
"""


def test_many_writers_lose_no_record(tmp_path: Any) -> None:
    library = os.path.dirname(os.path.dirname(spack.__file__))
    script = WRITER.format(prelude="")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), str(number), library, library]
        )
        for number in range(1, 5)
    ]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert len(Database(str(tmp_path)).query()) == 60


def test_records_of_one_package_are_those_that_a_search_through_all_finds(tmp_path: Any) -> None:
    """Upstreams included: what is installed there stands for what is only recorded here."""
    below = Database(str(tmp_path / "below"), durable=False)
    below.add(ZLIB, "/below/zlib")
    below.add(OLD_ZLIB, "/below/old")
    above = Database(str(tmp_path / "above"), durable=False, upstreams=(below,))
    above.add(HDF5, "/above/hdf5")
    assert above.names() == {"zlib", "hdf5", "mpich", "cmake"}
    for installed in (True, False, None):
        for name in (*above.names(), "gone"):
            found = above.query(name=name, installed=installed)
            whole = above.query(installed=installed, where=lambda r, name=name: r.name == name)
            assert [(r.hash, r.upstream) for r in found] == [(r.hash, r.upstream) for r in whole]
            digests = [record.hash for record in above.query(installed=None)]
            among = above.query(name=name, installed=installed, hashes=digests)
            assert {record.hash for record in among} == {record.hash for record in found}
