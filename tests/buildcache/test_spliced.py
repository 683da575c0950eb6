"""Spliced specs from the archives of what they were built as, or from their own."""

from __future__ import annotations

import os
from pathlib import Path

from tests.buildcache.caches import APP, LIB, cache_in, pull, push_all, store_with
from tests.install.graphs import node

from spack.buildcache.pulling import CacheSource, Destination
from spack.language.concrete_specs import ConcreteSpec
from spack.store.store import Store

#: Takes the place of :data:`LIB` in what was built with that.
NEW_LIB = node("lib", version="2.1")


def spliced() -> ConcreteSpec:
    return node("app", NEW_LIB, build_spec=APP)


def test_a_spliced_spec_gets_the_paths_of_its_new_dependencies(tmp_path: Path) -> None:
    here = store_with(tmp_path / "store", LIB, APP)
    cache = cache_in(tmp_path / "cache")
    push_all(here, cache, APP)
    there = store_with(tmp_path / "other", NEW_LIB)
    spec = spliced()
    source = CacheSource([cache], Destination(there, "", str(tmp_path)))
    assert source.available([spec]) == {spec.dag_hash()}
    prefix = pull(there, cache, spec, tmp_path)
    script = (prefix / "bin/script").read_text()
    assert f"exec {prefix}/bin/tool ['{there.prefix(NEW_LIB)}']" in script
    assert os.readlink(prefix / "lib/link") == str(prefix / "lib/data")
    assert there.is_installed(spec) and not there.is_installed(APP)


def test_a_spliced_spec_that_was_pushed_itself(tmp_path: Path) -> None:
    here = store_with(tmp_path / "store", NEW_LIB, spec := spliced())
    cache = cache_in(tmp_path / "cache")
    push_all(here, cache, spec)
    there = Store(str(tmp_path / "other"))
    prefix = pull(there, cache, spec, tmp_path)
    assert there.prefix(NEW_LIB) in (prefix / "bin/script").read_text()
