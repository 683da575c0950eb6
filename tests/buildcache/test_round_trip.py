"""Packages that are pushed from one store and installed into another."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from tests.buildcache.caches import APP, LIB, cache_in, pull, push_all, store_with
from tests.install.graphs import node

from spack.buildcache.caches import BinaryCache, offer_of, without_keys
from spack.buildcache.layout import SPEC_MANIFESTS, hash_in_path, spec_path
from spack.buildcache.pulling import CacheSource, Destination, UnusableBinaryError
from spack.buildcache.pushing import NotInstalledError
from spack.store.store import Store


@pytest.mark.parametrize("name", ["s", "sto/re2", "a/much/longer/name/of/the/other/store"])
def test_files_work_in_the_other_store(tmp_path: Path, name: str) -> None:
    here = store_with(tmp_path / "store", LIB, APP)
    cache = cache_in(tmp_path / "cache")
    assert [pushed.error for pushed in push_all(here, cache, LIB, APP)] == [None, None]
    there = Store(str(tmp_path / name))
    library = pull(there, cache, LIB, tmp_path / "scratch")
    app = pull(there, cache, APP, tmp_path / "scratch")
    assert (app / "bin/script").read_text() == (f"#!/bin/sh\nexec {app}/bin/tool ['{library}']\n")
    assert (app / "bin/script").stat().st_mode & 0o777 == 0o755
    assert os.readlink(app / "lib/link") == str(app / "lib/data")
    assert os.readlink(app / "lib/relative") == "data"
    assert (app / "lib/data").stat().st_ino == (app / "lib/same").stat().st_ino
    data = (app / "lib/data").read_bytes()
    assert len(data) == len((Path(here.prefix(APP)) / "lib/data").read_bytes())
    path = os.fsdecode(data[1 : data.index(b"\0", 1)])
    assert os.path.realpath(path) == str(app / "share")
    assert there.is_installed(APP)
    origin = json.loads((app / ".spack/cache_origin.json").read_text())
    assert origin["built_in"] == here.prefix(APP) and origin["old_paths_in"] == []


def test_short_paths_go_with_their_packages(tmp_path: Path) -> None:
    here = store_with(tmp_path / "s", LIB)
    push_all(here, cache := cache_in(tmp_path / "cache"), LIB)
    there = Store(str(tmp_path / "a-longer-name"))
    prefix = pull(there, cache, LIB, tmp_path / "scratch")
    short = there.layout.short_path(LIB.dag_hash())
    assert os.readlink(short) == str(prefix)
    record = there.database.get(LIB.dag_hash())
    assert record is not None
    there.uninstall(record)
    assert not os.path.lexists(short)


def test_a_path_that_does_not_fit_at_all_is_refused(tmp_path: Path) -> None:
    here = store_with(tmp_path / "s", LIB)
    push_all(here, cache := cache_in(tmp_path / "cache"), LIB)
    there = Store(str(tmp_path / "a-very-long-name" / ("x" * 90)))
    with pytest.raises(UnusableBinaryError, match="characters too long to fit"):
        pull(there, cache, LIB, tmp_path / "scratch")
    assert not os.path.exists(there.layout.prefix(LIB))


def test_the_same_files_give_the_same_archive(tmp_path: Path) -> None:
    here = store_with(tmp_path / "store", LIB)
    archives = []
    for name in ("one", "two"):
        cache = cache_in(tmp_path / name)
        push_all(here, cache, LIB)
        archives.append(offer_of(cache, LIB, without_keys).archive)
        for path in Path(here.prefix(LIB)).rglob("*"):
            if path.is_file() and not path.is_symlink():
                os.utime(path, (1, 1))
    assert archives[0] == archives[1]


def test_an_archive_that_tells_its_place_at_the_end(tmp_path: Path) -> None:
    """Spack writes ``binary_distribution`` last, as YAML."""
    here = store_with(tmp_path / "store", LIB)
    cache = cache_in(tmp_path / "cache")
    push_all(here, cache, LIB)
    offer = offer_of(cache, LIB, without_keys)
    path = Path(cache.url, offer.path)
    members: list[tuple[tarfile.TarInfo, bytes]] = []
    with tarfile.open(path) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            members.append((member, content.read() if content else b""))
    members.sort(key=lambda pair: pair[0].name.endswith("binary_distribution"))
    info = json.loads(members[-1][1])
    flow = ", ".join(f"{key}: {json.dumps(value)}" for key, value in info.items())
    members[-1] = (members[-1][0], f"{{{flow}}}\n".encode())
    members[-1][0].size = len(members[-1][1])
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for member, data in members:
            archive.addfile(member, io.BytesIO(data))
    replace_archive(cache, gzip.compress(out.getvalue()))
    there = Store(str(tmp_path / "other"))
    prefix = pull(there, cache, LIB, tmp_path / "scratch")
    assert f"exec {prefix}/bin/tool" in (prefix / "bin/script").read_text()
    assert os.readlink(prefix / "lib/link") == str(prefix / "lib/data")


def replace_archive(cache: BinaryCache, content: bytes) -> None:
    """Put another archive of the spec in place, with a manifest that names it."""
    from spack.buildcache.layout import ARCHIVE, GZIP, CacheManifest, blob_of, parse_manifest

    path = Path(cache.url, spec_path(LIB))
    manifest = parse_manifest(path.read_bytes(), "here")
    blob = blob_of(content, ARCHIVE, GZIP)
    cache.transport.upload(blob.path, content, media_type=ARCHIVE)
    path.write_text(CacheManifest((blob, manifest.specfile)).text())


def test_what_is_there_is_not_pushed_again(tmp_path: Path) -> None:
    here = store_with(tmp_path / "store", LIB)
    cache = cache_in(tmp_path / "cache")
    assert [pushed.present for pushed in push_all(here, cache, LIB)] == [False]
    assert [pushed.present for pushed in push_all(here, cache, LIB)] == [True]


def test_a_spec_that_is_not_installed_cannot_be_pushed(tmp_path: Path) -> None:
    here = store_with(tmp_path / "store", LIB)
    cache = cache_in(tmp_path / "cache")
    (pushed,) = push_all(here, cache, APP)
    assert isinstance(pushed.error, NotInstalledError)
    assert list(cache.transport.list(SPEC_MANIFESTS)) == []


def test_damage_is_found_and_nothing_stays(tmp_path: Path) -> None:
    here = store_with(tmp_path / "store", LIB)
    cache = cache_in(tmp_path / "cache")
    push_all(here, cache, LIB)
    path = Path(cache.url, offer_of(cache, LIB, without_keys).path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    there = Store(str(tmp_path / "other"))
    with pytest.raises(UnusableBinaryError, match="not what its manifest says"):
        pull(there, cache, LIB, tmp_path / "scratch")
    path.unlink()
    with pytest.raises(UnusableBinaryError, match="no cache has it"):
        pull(there, cache, LIB, tmp_path / "scratch")
    assert not os.path.exists(there.layout.prefix(LIB))


def test_the_manifest_of_another_package_is_refused(tmp_path: Path) -> None:
    other = node("lib", version="1.0")
    here = store_with(tmp_path / "store", LIB, other)
    cache = cache_in(tmp_path / "cache")
    push_all(here, cache, LIB, other)
    Path(cache.url, spec_path(LIB)).write_bytes(Path(cache.url, spec_path(other)).read_bytes())
    with pytest.raises(UnusableBinaryError, match=r"is the manifest of lib@1\.0"):
        pull(Store(str(tmp_path / "x")), cache, LIB, tmp_path / "scratch")


def test_an_unsigned_package_is_refused_where_signatures_are_required(tmp_path: Path) -> None:
    here = store_with(tmp_path / "store", LIB)
    push_all(here, cache_in(tmp_path / "cache"), LIB)
    with pytest.raises(UnusableBinaryError, match="cannot be verified"):
        pull(Store(str(tmp_path / "x")), cache_in(tmp_path / "cache", signed=True), LIB, tmp_path)


def test_available_asks_all_caches_and_survives_one_that_fails(tmp_path: Path) -> None:
    here = store_with(tmp_path / "store", LIB, APP)
    one, two = cache_in(tmp_path / "one"), cache_in(tmp_path / "two")
    push_all(here, one, LIB)
    push_all(here, two, APP)
    (tmp_path / "file").write_text("")
    store = Store(str(tmp_path / "x"))
    source = CacheSource([one, two], Destination(store, "", str(tmp_path)))
    other = node("other")
    assert source.available([LIB, APP, other]) == {LIB.dag_hash(), APP.dag_hash()}
    assert {hash_in_path(path) for path in two.transport.list(SPEC_MANIFESTS)} == {APP.dag_hash()}
