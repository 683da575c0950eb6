"""Making the index of a binary cache from its manifests.

An index says what a cache has, so that nobody has to list it. It is never signed: whoever installs
checks the manifest of the package. Records of the former index are kept for what is still there;
only manifests that it does not know are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from spack.buildcache.caches import BinaryCache, CheckedText, find_offer, read_blob, unarmoured
from spack.buildcache.layout import (
    DATABASE,
    MANIFEST,
    MANIFEST_LIMIT,
    SPEC_MANIFESTS,
    CacheManifest,
    blob_of,
    hash_in_path,
    index_path,
    is_signed,
    parse_manifest,
)
from spack.errors import ExistsError, NotFoundError, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.serialization import with_build_specs
from spack.named_tuples import NamedTuple
from spack.store.index_files import VERSION
from spack.type_names import Any

#: Bytes of the largest index that is read to be changed.
_LIMIT = 1 << 32

_READERS = 16

#: A record of an index as it is in JSON.
Record = dict[str, Any]


class Indexed(NamedTuple):
    """The result of making an index: number of packages, and manifests that cannot be read."""

    packages: int
    unreadable: tuple[tuple[str, SpackError], ...]


def unverified(data: bytes, cache: BinaryCache, where: str) -> CheckedText:
    """The payload of a manifest whoever signed it: for what nobody installs from."""
    return CheckedText(unarmoured(data) if is_signed(data) else data)


def update_index(
    cache: BinaryCache,
    *,
    hashes: frozenset[str] | None = None,
    append: bool = False,
    force: bool = True,
    extra: Sequence[ConcreteSpec] = (),
) -> Indexed:
    """Make the index of a cache, or of its view.

    Args:
        hashes: only these packages; all that are there without.
        append: keep what the index of the view has.
        force: replace the index of a view that is there.
        extra: specs that were just pushed, whose manifests need not be read.

    Raises:
        ExistsError: there is one, and it is neither to be replaced nor added to.
        UnlistedError, DownloadError, UploadError.
    """
    old = read_records(cache)
    if cache.view and old is not None and not (append or force):
        raise ExistsError(
            f"{cache.url} has an index '{cache.view}'",
            hint="add to it with --append, or replace it with --force",
        )
    before = old or {}
    paths = {
        digest: path
        for path in cache.transport.list(SPEC_MANIFESTS)
        if (digest := hash_in_path(path)) is not None
    }
    wanted = set(paths) if hashes is None else set(paths) & hashes
    if append:
        wanted |= {key for key in paths if before.get(key, {}).get("in_buildcache")}
    records: dict[str, Record] = {}
    fresh: set[str] = set()
    for spec in extra:
        if spec.dag_hash() in wanted:
            fresh.add(spec.dag_hash())
            _add(records, spec)
    known = {key for key in wanted - fresh if before.get(key, {}).get("in_buildcache")}
    for key in known:
        _keep(records, before, key)
    unreadable: list[tuple[str, SpackError]] = []
    missing = [paths[key] for key in sorted(wanted - fresh - known)]

    def read(path: str) -> ConcreteSpec | tuple[str, SpackError]:
        try:
            digest = hash_in_path(path)
            assert digest is not None
            return find_offer(cache, digest, path, unverified).spec
        except SpackError as error:
            return path, error

    with ThreadPoolExecutor(_READERS) as pool:
        for result in pool.map(read, missing):
            if isinstance(result, ConcreteSpec):
                _add(records, result)
            else:
                unreadable.append(result)
    write_records(cache, records)
    return Indexed(sum(1 for r in records.values() if r["in_buildcache"]), tuple(unreadable))


def _add(records: dict[str, Record], spec: ConcreteSpec) -> None:
    """Enter a package of the cache, and what it needs as known only."""
    for node in with_build_specs([spec]):
        key = node.dag_hash()
        if key not in records:
            records[key] = {"spec": node.node_dict(), "ref_count": 0, "in_buildcache": False}
    records[spec.dag_hash()]["in_buildcache"] = True


def _keep(records: dict[str, Record], before: Mapping[str, Record], key: str) -> None:
    """Take over a record and those of what it needs."""
    waiting = [key]
    while waiting:
        digest = waiting.pop()
        if digest in records or digest not in before:
            continue
        node = before[digest]["spec"]
        records[digest] = {"spec": node, "ref_count": 0, "in_buildcache": False}
        waiting += [edge["hash"] for edge in node.get("dependencies", ())]
        if node.get("build_spec"):
            waiting.append(node["build_spec"]["hash"])
    records[key]["in_buildcache"] = True


def read_records(cache: BinaryCache) -> dict[str, Record] | None:
    """The records of the index as they are in the cache; None where there is none that can be read.

    Raises DownloadError.
    """
    try:
        path = index_path(cache.view)
        data = cache.transport.read(path, limit=MANIFEST_LIMIT)
        blob = parse_manifest(data, f"{cache.url}/{path}").of_type(DATABASE)
        content = json.loads(read_blob(cache, blob, limit=_LIMIT))
        installs: dict[str, Record] = content["database"]["installs"]
        for record in installs.values():
            record["spec"]["name"]
        return installs
    except NotFoundError:
        return None
    except (SpackError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_records(cache: BinaryCache, records: Mapping[str, Record]) -> None:
    """Make an index with exactly these records. Raises UploadError."""
    counts: dict[str, int] = {}
    for record in records.values():
        for edge in record["spec"].get("dependencies", ()):
            counts[edge["hash"]] = counts.get(edge["hash"], 0) + 1
    installs = {key: {**records[key], "ref_count": counts.get(key, 0)} for key in sorted(records)}
    content = {"database": {"version": VERSION, "installs": installs}}
    # Spack reads no compressed index.
    data = json.dumps(content, separators=(",", ":")).encode("ascii")
    blob = blob_of(data, DATABASE)
    if not cache.transport.exists([blob.path]):
        cache.transport.upload(blob.path, data, media_type=DATABASE)
    text = CacheManifest((blob,)).text()
    cache.transport.upload(index_path(cache.view), text.encode("ascii"), media_type=MANIFEST)
