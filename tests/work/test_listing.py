"""Lists of installed specs: rows say the same as the specs themselves, and few specs are read."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.store.conftest import node

from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.session.parts import Inventory
from spack.store.store import Store
from spack.work.queries.listing import Form, listing
from spack.work.queries.queries import Installed, InstalledQuery, find

GCC = node("gcc", "12.2.0", external="/usr")
CLANG = node("llvm", "18.1", external="/opt/llvm")
ZLIB = node("zlib", "1.3", (GCC, deptypes.BUILD, ["c", "cxx"]))
OLD_ZLIB = node("zlib", "1.2", (CLANG, deptypes.BUILD, ["c"]), (GCC, deptypes.BUILD, ["fortran"]))
APP = node("app", "2.0", ZLIB, (GCC, deptypes.BUILD, ["c", "cxx"]), namespace="mine", shared=True)
SCRIPT = node("script", "0.1", APP, target="zen3")

FORMS = [
    Form(),
    Form(width=80, color=True),
    Form(groups=False, hash_length=7, namespaces=True, color=True),
    Form(paths=True, hash_length=32),
    Form(variants=True),
    Form(deps=True),
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(str(tmp_path / "store"))
    with made.database.transaction() as changes:
        for spec in (ZLIB, OLD_ZLIB, APP, SCRIPT):
            changes.add(spec, f"/s/{spec.name}-{spec.version}")
    return made


def found(store: Store, *words: str) -> list[Installed]:
    parts = SimpleNamespace(
        settings=SimpleNamespace(toolchains={}), store=store, environment=None, variables={}
    )
    return find(cast(Inventory, parts), InstalledQuery(words))


@pytest.mark.parametrize("form", FORMS)
def test_rows_are_listed_as_specs_are(store: Store, form: Form) -> None:
    items = found(Store(store.root))
    assert {item.spec.name for item in items} == {"app", "gcc", "llvm", "script", "zlib"}
    of_specs = [Installed(item.spec, item.prefix, item.explicit) for item in items]
    assert listing(found(Store(store.root)), form) == listing(of_specs, form)


@pytest.mark.parametrize("words", [("zlib@1.3",), (f"/{ZLIB.dag_hash()[:9]}",), ("zlib%gcc",)])
def test_names_and_hashes_choose_what_is_looked_at(store: Store, words: tuple[str, ...]) -> None:
    fresh = Store(store.root)
    names = [item.spec.name for item in found(fresh, *words)]
    assert set(names) == {"zlib"}
    assert fresh.database.current()._rows is None


def test_a_listing_reads_one_spec_for_each_heading(store: Store, monkeypatch: Any) -> None:
    for number in range(20):
        more = node("more", f"{number}", (GCC, deptypes.BUILD, ["c", "cxx"]))
        store.database.add(more, f"/s/more-{number}")
    fresh = Store(store.root)
    read: list[str] = []
    concrete = fresh.database.concrete

    def counting(digest: str) -> ConcreteSpec:
        read.append(digest)
        return concrete(digest)

    monkeypatch.setattr(fresh.database, "concrete", counting)
    text = listing(found(fresh), Form())
    assert text.count("more@") == 20 and len(read) == text.count("-- linux-")
