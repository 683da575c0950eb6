"""Removing installed packages."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.install.graphs import node

from spack.install.uninstall import NeededByOthersError, UpstreamError, mark, select, uninstall
from spack.language.concrete_specs import ConcreteSpec
from spack.store.records import InstallRecord
from spack.store.store import Store

ZLIB = node("zlib")
LIB = node("lib", ZLIB, (node("cmake"), "build"))
APP = node("app", LIB)


def filled(store: Store, *specs: ConcreteSpec) -> Store:
    for spec in specs:
        for below in spec.traverse(order="post"):
            if not store.is_installed(below):
                prefix = store.begin_install(below)
                Path(prefix, "file").touch()
                store.commit_install(below, explicit=below in specs)
    return store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return filled(Store(str(tmp_path / "store")), APP)


def named(store: Store, name: str) -> list[InstallRecord]:
    return store.database.query(where=lambda record: record.name == name)


def names(store: Store) -> list[str]:
    return sorted(record.name for record in store.database.query())


def test_what_others_need_stays(store: Store) -> None:
    with pytest.raises(NeededByOthersError) as caught:
        uninstall(store, named(store, "zlib"))
    text = str(caught.value)
    assert "zlib@1.0 /" in text and "app@1.0 /" in text and "lib@1.0 /" in text
    assert "--dependents" in text
    assert len(names(store)) == 4


def test_a_root_and_a_build_dependency_may_go(store: Store) -> None:
    prefix = store.prefix(APP)
    removed = uninstall(store, [*named(store, "app"), *named(store, "cmake")])
    assert {record.name for record in removed} == {"app", "cmake"}
    assert names(store) == ["lib", "zlib"]
    assert not Path(prefix).exists()


def test_with_dependents_they_go_first(store: Store) -> None:
    seen: list[str] = []
    removed = uninstall(
        store,
        named(store, "zlib"),
        dependents=True,
        before_remove=lambda record: seen.append(record.name),
    )
    assert [record.name for record in removed] == seen == ["app", "lib", "zlib"]
    assert names(store) == ["cmake"]


def test_force(store: Store) -> None:
    uninstall(store, named(store, "zlib"), force=True)
    assert names(store) == ["app", "cmake", "lib"]


def test_all_at_once_need_no_force(store: Store) -> None:
    uninstall(store, store.database.query())
    assert names(store) == []


def test_upstream_packages_stay(store: Store, tmp_path: Path) -> None:
    above = Store(str(tmp_path / "above"), upstreams=[store])
    with pytest.raises(UpstreamError, match="upstream"):
        select(above, named(above, "zlib"))


def test_marks(store: Store) -> None:
    records = store.database.query()
    assert mark(store, records, explicit=True) == 3
    assert mark(store, store.database.query(), explicit=True) == 0
    assert mark(store, named(store, "app"), explicit=False) == 1


def test_what_somebody_else_replaces_meanwhile_is_left_alone(store: Store) -> None:
    def replace_lib(record: InstallRecord) -> None:
        with store.database.transaction() as changes:
            changes.update(LIB.dag_hash(), installed=False)

    filled(store, node("other", LIB))
    both = [*named(store, "app"), *named(store, "lib")]
    removed = uninstall(store, both, force=True, before_remove=replace_lib)
    assert [record.name for record in removed] == ["app"]
    assert Path(store.prefix(LIB), "file").exists()
