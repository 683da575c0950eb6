"""Speed of binary caches: unpacking and replacing paths, small packages, questions for hashes.

    bin/spack python benchmarks/buildcache.py [MEGABYTES [RECORDS]]

Prints numbers that depend on the machine. Everything is made in a temporary directory.
"""

from __future__ import annotations

import functools
import http.server
import os
import random
import signal
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lib" / "spack"))

from spack.buildcache.caches import BinaryCache, offer_of, without_keys
from spack.buildcache.index import Indexes
from spack.buildcache.indexing import write_records
from spack.buildcache.pulling import CacheSource, Destination
from spack.buildcache.pushing import BuildPlace, push
from spack.buildcache.transports.directory import DirectoryTransport
from spack.buildcache.transports.web import WebTransport
from spack.builds import metadata_files
from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.language.versions import Version
from spack.store.store import Store

_ARCH = Architecture("linux", "debian12", "x86_64")


def node(name: str, version: str = "1.0") -> ConcreteSpec:
    return ConcreteSpec(name, Version(version), _ARCH)


def fill(prefix: str, megabytes: int) -> None:
    """Binary files that compress to a third, one in four with paths of the prefix, and texts."""
    chance = random.Random(1)
    words = [chance.randbytes(chance.randrange(4, 40)) for _ in range(2000)]
    os.makedirs(os.path.join(prefix, "lib"))
    for number in range(megabytes):
        parts = [words[chance.randrange(2000)] for _ in range(47_000)]
        content = bytearray(b"\0".join(parts)[: 1 << 20])
        if number % 4 == 0:
            for place in range(0, len(content) - 200, 100_000):
                path = os.fsencode(prefix) + b"/lib\0"
                content[place : place + len(path)] = path
        Path(prefix, "lib", f"lib{number}.bin").write_bytes(content)
    Path(prefix, "lib", "text").write_text(f"{prefix}/lib is here\n" * 10_000)


def installed(store: Store, spec: ConcreteSpec, megabytes: int = 0) -> None:
    prefix = store.begin_install(spec)
    if megabytes:
        fill(prefix, megabytes)
    else:
        for folder in ("bin", "lib", "include"):
            os.makedirs(os.path.join(prefix, folder))
            Path(prefix, folder, spec.name).write_text(f"#!/bin/sh\nexec {prefix}/bin/x\n" * 20)
    os.makedirs(os.path.join(prefix, ".spack"))
    metadata_files.write_specfile(prefix, spec)
    store.commit_install(spec)


class Clock:
    """Seconds of this process and of the wall."""

    def __enter__(self) -> Clock:
        self.work, self.wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.work, self.wall = time.process_time() - self.work, time.perf_counter() - self.wall


def large(place: Path, megabytes: int) -> None:
    here, spec = Store(str(place / "here")), node("large")
    installed(here, spec, megabytes)
    cache = BinaryCache("c", DirectoryTransport(str(place / "cache")), signed=False)
    with Clock() as pushing:
        list(push([spec], cache, BuildPlace((here.root,), "", "/clone", here.prefix)))
    print(f"push              {megabytes / pushing.work:7.0f} MB/s a core")
    archive = place / "cache" / offer_of(cache, spec, without_keys).path
    with Clock() as inflating:
        inflater = zlib.decompressobj(31)
        with open(archive, "rb") as stream:
            while block := stream.read(1 << 20):
                inflater.decompress(block)
    print(f"gunzip alone      {megabytes / inflating.work:7.0f} MB/s a core")
    there = Store(str(place / "there/elsewhere"))
    source = CacheSource([cache], Destination(there, "", str(place)))
    with Clock() as pulling:
        source.install(spec, there.begin_install(spec))
    print(f"pull              {megabytes / pulling.work:7.0f} MB/s a core, all of it")
    rest = pulling.work - inflating.work
    print(f"  without gunzip  {megabytes / rest:7.0f} MB/s a core")


def small(place: Path, count: int) -> None:
    here = Store(str(place / "here"))
    specs = [node(f"small{number}") for number in range(count)]
    for spec in specs:
        installed(here, spec)
    cache = BinaryCache("c", DirectoryTransport(str(place / "cache")), signed=False)
    with Clock() as pushing:
        list(push(specs, cache, BuildPlace((here.root,), "", "/clone", here.prefix), jobs=4))
    there = Store(str(place / "there"))
    source = CacheSource([cache], Destination(there, "", str(place)))
    with Clock() as pulling:
        source.available(specs)
        for spec in specs:
            source.install(spec, there.begin_install(spec))
            there.commit_install(spec)
    print(f"{count} small packages: push {pushing.work / count * 1000:.1f} ms CPU each,", end=" ")
    print(f"pull and record {pulling.work / count * 1000:.1f} ms CPU each")


class Slow(http.server.SimpleHTTPRequestHandler):
    """A server that is 50 ms away."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        time.sleep(0.05)
        super().do_HEAD()

    def log_message(self, *words: object) -> None:
        pass


def distant(place: Path, count: int) -> None:
    """Questions for hashes to a server of its own process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        handler = functools.partial(Slow, directory=str(place / "cache"))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.socket.listen(256)
        os.write(writing, str(server.server_address[1]).encode())
        server.serve_forever()
    transport = WebTransport(f"http://127.0.0.1:{os.read(reading, 9).decode()}")
    cache = BinaryCache("far", transport, signed=False)
    specs = [node(f"small{number}") for number in range(count)]
    source = CacheSource([cache], Destination(Store(str(place / "there")), "", str(place)))
    with Clock() as asking:
        found = source.available(specs)
    print(f"{count} hashes 50 ms away: {asking.wall:.2f} s, {len(found)} there")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def many(count: int) -> Iterator[tuple[str, dict[str, object]]]:
    for number in range(count):
        spec = node(f"p{number // 20}", f"1.{number}")
        record = {"spec": spec.node_dict(), "ref_count": 0, "in_buildcache": True}
        yield spec.dag_hash(), record


def index(place: Path, count: int) -> None:
    cache = BinaryCache("c", DirectoryTransport(str(place / "large")), signed=False)
    write_records(cache, dict(many(count)))
    update = Indexes(str(place / "kept"))
    with Clock() as first:
        update.of(cache)
    with Clock() as later:
        found = Indexes(str(place / "kept")).of(cache)
        assert found is not None
        specs = sum(len(found.named(f"p{number * 7}")) for number in range(15))
    print(
        f"index of {count}: converted in {first.wall:.1f} s; {specs} of them in {later.wall:.3f} s"
    )


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        large(place, megabytes)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        small(place, 60)
        distant(place, 300)
        index(place, int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)


if __name__ == "__main__":
    main()
