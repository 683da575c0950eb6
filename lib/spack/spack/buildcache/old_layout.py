"""Caches of layout 2: their packages are found, checked and put into layout 3 beside them.

A package there is a specfile, ``build_cache/NAME.spec.json`` or signed ``NAME.spec.json.sig``,
with the checksum of its archive, and the archive ``NAME.spack`` in a folder below. Archives are
those of layout 3 and are copied as they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator

from spack.buildcache.caches import (
    BinaryCache,
    Verify,
    check_stream,
    deflated,
    load_json,
    parse_specfile,
)
from spack.buildcache.layout import (
    ARCHIVE,
    GZIP,
    MANIFEST,
    SPECFILE,
    SPECFILE_LIMIT,
    Blob,
    CacheManifest,
    ManifestError,
    blob_of,
    spec_path,
)
from spack.buildcache.pushing import Sign, prepare
from spack.errors import NotFoundError, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.type_names import IO

#: Directory of layout 2 in a cache.
FOLDER = "build_cache"

_SPECFILE, _SIGNED, _ARCHIVE = ".spec.json", ".spec.json.sig", ".spack"


class OldPackage(NamedTuple):
    """The paths of a package: of its specfile, and of its archive (None: it is absent)."""

    specfile: str
    archive: str | None


class Migrated(NamedTuple):
    """The end of one package: its path in layout 2, and why it was left there, if it was."""

    path: str
    error: SpackError | None = None


def old_packages(cache: BinaryCache) -> list[OldPackage]:
    """The packages of layout 2, signed specfiles before others. Raises UnlistedError."""
    paths = sorted(cache.transport.list(FOLDER))
    archives = {_name(path, _ARCHIVE): path for path in paths if path.endswith(_ARCHIVE)}
    found: dict[str, OldPackage] = {}
    for suffix in (_SIGNED, _SPECFILE):
        for path in paths:
            if path.endswith(suffix):
                name = _name(path, suffix)
                found.setdefault(name, OldPackage(path, archives.get(name)))
    return list(found.values())


def _name(path: str, suffix: str) -> str:
    return path.rpartition("/")[2][: -len(suffix)]


def migrate(
    cache: BinaryCache, verify: Verify, sign: Sign, *, delete: bool = False
) -> Iterator[Migrated]:
    """Put all packages into layout 3; those that are there already are left alone.

    Args:
        verify: checks signed specfiles.
        sign: makes the text of a manifest a signed one.
        delete: remove what was put into layout 3 from layout 2.
    """
    prepare(cache.transport)
    for package in old_packages(cache):
        try:
            _migrate_one(cache, package, verify, sign)
        except SpackError as error:
            yield Migrated(package.specfile, error)
            continue
        if delete:
            for path in package:
                if path is not None:
                    cache.transport.delete(path)
        yield Migrated(package.specfile)


def _migrate_one(cache: BinaryCache, package: OldPackage, verify: Verify, sign: Sign) -> None:
    where = f"{cache.url}/{package.specfile}"
    if package.archive is None:
        raise NotFoundError(f"there is no archive for {where}")
    text = cache.transport.read(package.specfile, limit=SPECFILE_LIMIT)
    payload = verify(text, cache, where).payload
    spec = parse_specfile(payload, where)
    if cache.transport.exists([spec_path(spec)]):
        return
    with _opened(cache, package.archive) as stream:
        blob = _archive_blob(payload, os.fstat(stream.fileno()).st_size, where)
        check_stream(stream, blob, f"{cache.url}/{package.archive}")
        if not cache.transport.exists([blob.path]):
            cache.transport.upload(blob.path, str(stream.name), media_type=ARCHIVE)
    _write(cache, spec, payload, blob, sign)


@contextlib.contextmanager
def _opened(cache: BinaryCache, path: str) -> Iterator[IO[bytes]]:
    """An archive as an opened file with a name."""
    with tempfile.TemporaryDirectory(prefix="spack-migrate-") as scratch:
        local = cache.transport.local_file(path)
        if local is None:
            local = os.path.join(scratch, "archive")
            cache.transport.download(path, local, size=None)
        with open(local, "rb", buffering=0) as stream:
            yield stream


def _archive_blob(payload: bytes, size: int, where: str) -> Blob:
    """The description of an archive, from the checksum in its specfile. Raises ManifestError."""
    try:
        told = load_json(payload)["binary_cache_checksum"]
        if told["hash_algorithm"] != "sha256":
            raise ValueError(f"unknown checksum algorithm {told['hash_algorithm']!r}")
        checksum = str(told["hash"])
        if not re.fullmatch("[0-9a-f]{64}", checksum):
            raise ValueError("its checksum is not a SHA-256")
    except (ValueError, KeyError, TypeError) as error:
        raise ManifestError(f"{where} does not say which archive it is of: {error}") from error
    return Blob(ARCHIVE, checksum, size, GZIP)


def _write(
    cache: BinaryCache, spec: ConcreteSpec, payload: bytes, archive: Blob, sign: Sign
) -> None:
    data = load_json(payload)
    for key in ("binary_cache_checksum", "full_hash", "buildinfo"):
        data.pop(key, None)
    specfile = deflated(json.dumps(data, separators=(",", ":")).encode("ascii"))
    blob = blob_of(specfile, SPECFILE, GZIP)
    cache.transport.upload(blob.path, specfile, media_type=SPECFILE)
    text = sign(CacheManifest((archive, blob)).text())
    cache.transport.upload(spec_path(spec), text.encode("utf-8"), media_type=MANIFEST)
