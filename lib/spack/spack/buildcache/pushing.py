"""Pushing installed packages into a binary cache: archive, specfile, manifest, in this order.

A package is in a cache from the moment in which its manifest is there; the blobs are before, so
nobody finds half of one, whatever happens to who pushes. Knows one cache and no index.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from spack.buildcache.build_info import BuildInfo
from spack.buildcache.caches import BinaryCache, deflated
from spack.buildcache.layout import (
    GZIP,
    LAYOUT,
    LAYOUT_FILE,
    LAYOUT_TEXT,
    MANIFEST,
    SPECFILE,
    CacheManifest,
    blob_of,
    spec_path,
)
from spack.buildcache.packing import pack
from spack.buildcache.transports.port import Transport
from spack.errors import NotFoundError, SpackError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.serialization import specfile_to_dict
from spack.named_tuples import NamedTuple
from spack.type_names import Callable

#: In specfiles of a cache: the form of the archive beside them.
_ARCHIVE_FORM = 2

#: Gives the text that is pushed for the text of a manifest: signed, or the same.
Sign = Callable[[str], str]


class NotInstalledError(SpackError):
    """A spec that is to be pushed is not installed."""


class Pushed(NamedTuple):
    """The end of pushing one spec: pushed now, there already, or ``error`` says why not."""

    spec: ConcreteSpec
    present: bool = False
    error: SpackError | None = None


class BuildPlace(NamedTuple):
    """The store that packages are pushed from, with those below it.

    Attributes:
        roots: their roots, its own first.
        sbang: the program for long first lines of scripts.
        instance: directory of this program.
        prefix_of: gives the prefix of a node; "" where it has none.
    """

    roots: tuple[str, ...]
    sbang: str
    instance: str
    prefix_of: Callable[[ConcreteSpec], str]

    def root_of(self, prefix: str) -> str:
        """The root of the store that a prefix is in; the directory above it if it is in none."""
        for root in self.roots:
            if prefix.startswith(root.rstrip("/") + "/"):
                return root
        return os.path.dirname(prefix)


def push(
    specs: Sequence[ConcreteSpec],
    cache: BinaryCache,
    origin: BuildPlace,
    *,
    sign: Sign = lambda text: text,
    force: bool = False,
    jobs: int = 1,
    fail_fast: bool = False,
) -> Iterator[Pushed]:
    """Push specs, several at a time; tells of each when it is done.

    Args:
        sign: makes the text of a manifest a signed one.
        force: also push what is there already.
        fail_fast: begin no other spec after one has failed.
    """
    prepare(cache.transport)
    paths = {spec_path(spec): spec for spec in specs}
    present = set() if force else cache.transport.exists(paths)
    for path in paths:
        if path in present:
            yield Pushed(paths[path], present=True)
    waiting = [spec for path, spec in paths.items() if path not in present]
    with ThreadPoolExecutor(max_workers=1 if cache.transport.is_layered else max(1, jobs)) as pool:
        running = {pool.submit(push_one, spec, cache, origin, sign): spec for spec in waiting}
        for done in as_completed(running):
            if done.cancelled():
                continue
            error = done.exception()
            if error is None:
                yield Pushed(running[done])
                continue
            if not isinstance(error, (SpackError, OSError)):
                raise error
            if fail_fast:
                for other in running:
                    other.cancel()
            yield Pushed(running[done], error=_told(error, running[done]))


def _told(error: SpackError | OSError, spec: ConcreteSpec) -> SpackError:
    if isinstance(error, SpackError):
        return error
    return SpackError(f"cannot push {spec.label}: {error.filename or ''} {error.strerror or error}")


def prepare(transport: Transport) -> None:
    """Mark a place as a binary cache, unless it is one."""
    try:
        if transport.read(LAYOUT_FILE, limit=1 << 16):
            return
    except NotFoundError:
        transport.upload(LAYOUT_FILE, LAYOUT_TEXT, media_type=LAYOUT)


def push_one(
    spec: ConcreteSpec, cache: BinaryCache, origin: BuildPlace, sign: Sign
) -> CacheManifest:
    """Push one spec whatever is there; its manifest.

    Raises NotInstalledError, PackingError, UploadError, OSError.
    """
    prefix = origin.prefix_of(spec)
    if not prefix or not os.path.isdir(prefix):
        raise NotInstalledError(
            f"{spec.label} is not installed, so it cannot be pushed",
            hint="install it first, or omit it with --only",
        )
    transport = cache.transport
    with tempfile.TemporaryDirectory(prefix="spack-push-") as scratch:
        archive = os.path.join(scratch, "archive")
        packed = pack(prefix, build_info(spec, origin), archive)
        specfile = deflated(specfile_text(spec))
        described = blob_of(specfile, SPECFILE, GZIP)
        there = transport.exists((packed.path, described.path))
        if packed.path not in there:
            transport.upload(packed.path, archive, media_type=packed.media_type)
    if described.path not in there:
        transport.upload(described.path, specfile, media_type=SPECFILE)
    manifest = CacheManifest((packed, described))
    text = sign(manifest.text())
    transport.upload(spec_path(spec), text.encode("utf-8"), media_type=MANIFEST)
    return manifest


def build_info(spec: ConcreteSpec, origin: BuildPlace) -> BuildInfo:
    """The paths that the files of an installed package may hold."""
    kinds = deptypes.LINK | deptypes.RUN
    nodes = [node for node in spec.traverse(kinds) if node.external is None]
    places = {node.dag_hash(): origin.prefix_of(node) for node in nodes}
    own = places[spec.dag_hash()]
    root = origin.root_of(own)
    return BuildInfo(
        root=root,
        prefix=os.path.relpath(own, root),
        prefixes={digest: place for digest, place in places.items() if place},
        sbang=origin.sbang,
        instance=origin.instance,
    )


def specfile_text(spec: ConcreteSpec) -> bytes:
    """The specfile of a spec as a cache has it."""
    data: Mapping[str, object] = {
        **specfile_to_dict(spec),
        "buildcache_layout_version": _ARCHIVE_FORM,
    }
    return json.dumps(data, separators=(",", ":")).encode("ascii")
