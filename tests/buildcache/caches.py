"""A store with small packages, and binary caches in directories beside it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.install.graphs import node

from spack.buildcache.caches import BinaryCache
from spack.buildcache.pulling import CacheSource, Destination
from spack.buildcache.pushing import BuildPlace, Pushed, push
from spack.buildcache.transports.directory import DirectoryTransport
from spack.builds import metadata_files
from spack.language.concrete_specs import ConcreteSpec
from spack.store.store import Store

LIB = node("lib", version="2.0")
APP = node("app", LIB)


def cache_in(directory: Path, *, signed: bool = False) -> BinaryCache:
    """A cache in a directory, without a view."""
    return BinaryCache("here", DirectoryTransport(str(directory)), signed)


def install_by_hand(store: Store, spec: ConcreteSpec) -> Path:
    """Give a spec a prefix with a text, a program, a binary, links and its specfile."""
    prefix = Path(store.begin_install(spec))
    for folder in (".spack", "bin", "lib"):
        (prefix / folder).mkdir()
    below = [store.prefix(edge.spec) for edge in spec.dependencies]
    (prefix / "bin" / "script").write_text(f"#!/bin/sh\nexec {prefix}/bin/tool {below}\n")
    (prefix / "bin" / "script").chmod(0o755)
    (prefix / "lib" / "data").write_bytes(b"\0" + os.fsencode(prefix) + b"/share\0tail\0")
    os.link(prefix / "lib" / "data", prefix / "lib" / "same")
    os.symlink(prefix / "lib" / "data", prefix / "lib" / "link")
    os.symlink("data", prefix / "lib" / "relative")
    metadata_files.write_specfile(str(prefix), spec)
    store.commit_install(spec)
    return prefix


def store_with(root: Path, *specs: ConcreteSpec) -> Store:
    """A store in which these specs are installed, dependencies first."""
    store = Store(str(root))
    for spec in specs:
        install_by_hand(store, spec)
    return store


def push_all(store: Store, cache: BinaryCache, *specs: ConcreteSpec) -> list[Pushed]:
    """Push specs of a store, unsigned."""
    place = BuildPlace((store.root,), f"{store.root}/bin/sbang", "/clone", store.prefix)
    return list(push(specs, cache, place))


def pull(store: Store, cache: BinaryCache, spec: ConcreteSpec, scratch: Path) -> Path:
    """Install a spec into a store from a cache."""
    destination = Destination(store, f"{store.root}/bin/sbang", str(scratch))
    source = CacheSource([cache], destination)
    prefix = store.begin_install(spec)
    try:
        source.install(spec, prefix)
    except BaseException:
        store.abandon_install(spec)
        raise
    store.commit_install(spec)
    return Path(prefix)
