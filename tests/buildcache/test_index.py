"""Indexes of binary caches, and the copies that are read in their place."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from tests.buildcache.caches import APP, LIB, cache_in, push_all, store_with
from tests.install.graphs import node

from spack.buildcache.caches import BinaryCache
from spack.buildcache.index import Indexes, convert
from spack.buildcache.indexing import read_records, update_index
from spack.buildcache.layout import DATABASE, MANIFEST, CacheManifest, blob_of, index_path
from spack.buildcache.transports.directory import DirectoryTransport
from spack.buildcache.upkeep import check_index, copy_packages, prune
from spack.errors import ExistsError, SpackError


class Counting(DirectoryTransport):
    """Notes what is read."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.fetched: list[str] = []

    def download(self, path: str, target: str, *, size: int | None) -> None:
        self.fetched.append(path)
        super().download(path, target, size=size)


@pytest.fixture
def cache(tmp_path: Path) -> BinaryCache:
    """A cache with two packages and an index."""
    store = store_with(tmp_path / "store", LIB, APP)
    made = cache_in(tmp_path / "cache")
    push_all(store, made, LIB, APP)
    update_index(made)
    return made


def replace_index(cache: BinaryCache, data: bytes) -> None:
    blob = blob_of(data, DATABASE)
    cache.transport.upload(blob.path, data, media_type=DATABASE)
    text = CacheManifest((blob,)).text().encode()
    cache.transport.upload(index_path(), text, media_type=MANIFEST)


def test_an_index_tells_what_is_there(cache: BinaryCache, tmp_path: Path) -> None:
    index = Indexes(str(tmp_path / "kept")).of(cache)
    assert index is not None
    assert index.has(LIB.dag_hash()) and not index.has(node("other").dag_hash())
    assert index.names() == {"app", "lib"}
    (app,) = index.named("app")
    assert app == APP and app.dependencies[0].spec == LIB
    assert index.starting_with(LIB.dag_hash(5)) == [LIB]
    assert index.specs() == [APP, LIB]


def test_packages_that_are_only_needed_are_not_offered(tmp_path: Path) -> None:
    store = store_with(tmp_path / "store", LIB, APP)
    cache = cache_in(tmp_path / "cache")
    push_all(store, cache, APP)
    assert update_index(cache).packages == 1
    index = Indexes(str(tmp_path / "kept")).of(cache)
    assert index is not None and index.specs() == [APP] and not index.has(LIB.dag_hash())
    assert index.named("lib") == []


def test_an_index_is_fetched_once(cache: BinaryCache, tmp_path: Path) -> None:
    counting = Counting(cache.url)
    cache = cache._replace(transport=counting)
    for _ in range(3):
        index = Indexes(str(tmp_path / "kept")).of(cache)
        assert index is not None and index.has(APP.dag_hash())
    assert len(counting.fetched) == 1
    prune(cache, frozenset((LIB.dag_hash(),)))
    update_index(cache)
    index = Indexes(str(tmp_path / "kept")).of(cache)
    assert index is not None and not index.has(APP.dag_hash())
    assert len(counting.fetched) == 2


def test_the_manifest_is_not_looked_at_again_within_its_lifetime(
    cache: BinaryCache, tmp_path: Path
) -> None:
    now = [1000.0]
    kept = str(tmp_path / "kept")
    assert Indexes(kept, 60, lambda: now[0]).of(cache) is not None
    replace_index(cache, b"{}")
    now[0] += 59
    assert Indexes(kept, 60, lambda: now[0]).of(cache) is not None
    now[0] += 2
    with pytest.raises(SpackError, match="is not the index"):
        Indexes(kept, 60, lambda: now[0]).of(cache)


def test_a_cache_without_an_index(tmp_path: Path) -> None:
    assert Indexes(str(tmp_path / "kept")).of(cache_in(tmp_path / "cache")) is None


def test_an_index_of_a_view_has_what_was_asked_for(cache: BinaryCache, tmp_path: Path) -> None:
    view = cache._replace(view="mine")
    assert update_index(view, hashes=frozenset((LIB.dag_hash(),)), force=False).packages == 1
    with pytest.raises(ExistsError, match="'mine'"):
        update_index(view, hashes=frozenset((APP.dag_hash(),)), force=False)
    both = update_index(view, hashes=frozenset((APP.dag_hash(),)), append=True, force=False)
    assert both.packages == 2
    assert update_index(view, hashes=frozenset((APP.dag_hash(),))).packages == 1
    index = Indexes(str(tmp_path / "kept")).of(view)
    assert index is not None and index.specs() == [APP]


def test_manifests_that_cannot_be_read_are_told(cache: BinaryCache) -> None:
    replace_index(cache, b"{}")
    path = next(Path(cache.url).glob("v3/manifests/spec/lib/*"))
    path.write_text("{}")
    done = update_index(cache)
    assert done.packages == 1
    assert [name for name, _ in done.unreadable] == [str(path.relative_to(cache.url))]


def test_an_index_and_its_cache_are_compared(cache: BinaryCache) -> None:
    everything = ("manifests", "blobs")
    assert not check_index(cache, everything).found
    blob = next(
        entry["checksum"]
        for entry in json.loads(next(Path(cache.url).glob("v3/manifests/spec/app/*")).read_text())[
            "data"
        ]
    )
    Path(cache.url, f"blobs/sha256/{blob[:2]}/{blob}").unlink()
    next(Path(cache.url).glob("v3/manifests/spec/lib/*")).unlink()
    found = check_index(cache, everything)
    assert found.manifests == (LIB.dag_hash(),)
    assert found.blobs == (f"blobs/sha256/{blob[:2]}/{blob}",)
    assert check_index(cache_in(Path(cache.url, "nothing")), ("exists",)).no_index


def test_prune_keeps_what_is_named_and_what_that_needs(cache: BinaryCache) -> None:
    cache.transport.upload(f"blobs/sha256/00/{'0' * 64}", b"x", media_type="x")
    keep = frozenset((LIB.dag_hash(),))
    planned = prune(cache, keep, dry_run=True)
    done = prune(cache, keep)
    assert planned == done
    assert len(done.manifests) == 1 and len(done.blobs) == 3
    update_index(cache)
    assert not check_index(cache, ("manifests", "blobs")).found
    assert prune(cache, None).manifests == ()


def test_packages_are_copied_to_another_cache(cache: BinaryCache, tmp_path: Path) -> None:
    other = cache_in(tmp_path / "other")
    assert len(copy_packages(cache, other)) == 2
    assert copy_packages(cache, other) == []
    update_index(other)
    assert not check_index(other, ("manifests", "blobs")).found


def test_odd_records_are_left_out(cache: BinaryCache, tmp_path: Path) -> None:
    """Each record with one value of another type: it is absent, or can be read."""
    records = read_records(cache)
    assert records is not None
    chance = random.Random(3)
    odd: list[Any] = [None, 7, [], {}, "x", [[]], True, "\ud800", {"a": 1}, -1.5]
    for number in range(300):
        changed = json.loads(json.dumps(records))
        record = changed[chance.choice(list(changed))]
        target = record if number % 3 == 0 else record["spec"]
        target[chance.choice(list(target))] = chance.choice(odd)
        if number % 7 == 0:
            changed[chance.choice(["../x", "", "a" * 31, "\ud800"])] = record
        folder = tmp_path / f"copy{number}"
        folder.mkdir()
        data = json.dumps({"database": {"version": "8", "installs": changed}}).encode()
        kept = tmp_path / f"kept{number}"
        replace_index(cache, data)
        index = Indexes(str(kept)).of(cache)
        assert index is not None
        for spec in index.specs():
            assert spec.name in ("app", "lib", "x")
        assert convert(data, str(folder), "here") <= 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"database": 1}',
        b'{"database": {"version": "9", "installs": {}}}',
    ],
)
def test_what_is_not_an_index_is_refused(cache: BinaryCache, tmp_path: Path, data: bytes) -> None:
    replace_index(cache, data)
    with pytest.raises(SpackError, match="index"):
        Indexes(str(tmp_path / "kept")).of(cache)
    assert not list((tmp_path / "kept").glob("*-1"))
