"""Caches of layout 2 become caches of layout 3."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from tests.buildcache.caches import APP, LIB, cache_in, pull, push_all, store_with

from spack.buildcache.caches import BinaryCache, offer_of, without_keys
from spack.buildcache.indexing import unverified, update_index
from spack.buildcache.old_layout import migrate, old_packages
from spack.language.serialization import specfile_to_dict
from spack.store.store import Store


@pytest.fixture
def old(tmp_path: Path) -> BinaryCache:
    """A cache of layout 2 with two packages, one of which says that it is signed."""
    store = store_with(tmp_path / "store", LIB, APP)
    new = cache_in(tmp_path / "new")
    push_all(store, new, LIB, APP)
    folder = tmp_path / "old/build_cache"
    for spec in (LIB, APP):
        name = f"linux-debian12-x86_64-gcc-12.2.0-{spec.name}-{spec.version}-{spec.dag_hash()}"
        archive = Path(new.url, offer_of(new, spec, without_keys).path).read_bytes()
        below = folder / "linux-debian12-x86_64/gcc-12.2.0" / f"{spec.name}-{spec.version}"
        below.mkdir(parents=True)
        (below / f"{name}.spack").write_bytes(archive)
        checksum = {"hash_algorithm": "sha256", "hash": hashlib.sha256(archive).hexdigest()}
        text = json.dumps(
            {
                **specfile_to_dict(spec),
                "buildcache_layout_version": 2,
                "binary_cache_checksum": checksum,
            }
        )
        if spec is APP:
            text = (
                f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{text}\n"
                "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"
            )
        (folder / f"{name}.spec.json{'.sig' if spec is APP else ''}").write_text(text)
    return cache_in(tmp_path / "old")


def test_packages_are_migrated_and_installed(old: BinaryCache, tmp_path: Path) -> None:
    assert [one.error for one in migrate(old, unverified, lambda text: text)] == [None, None]
    assert update_index(old).packages == 2
    there = Store(str(tmp_path / "there"))
    for spec in (LIB, APP):
        pull(there, old, spec, tmp_path)
    assert len(old_packages(old)) == 2
    assert [one.error for one in migrate(old, unverified, str, delete=True)] == [None, None]
    assert list(old.transport.list("build_cache")) == []


def test_damage_stays_where_it_is(old: BinaryCache) -> None:
    paths = {package.specfile: package.archive for package in old_packages(old)}
    (lib,) = (path for path in paths if "-lib-" in path)
    Path(old.url, str(paths[lib])).write_bytes(b"other")
    Path(old.url, "build_cache/x.spec.json").write_text("{}")
    Path(old.url, "build_cache/x.spack").write_text("")
    Path(old.url, "build_cache/y.spec.json").write_text("{}")
    errors = {one.path: one.error for one in migrate(old, unverified, str, delete=True)}
    assert sorted(path for path, error in errors.items() if error) == sorted(
        [lib, "build_cache/x.spec.json", "build_cache/y.spec.json"]
    )
    assert lib in old.transport.list("build_cache")
