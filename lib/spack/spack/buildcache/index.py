"""Indexes of binary caches, read through a converted copy on this machine.

The index of a cache is one JSON document with a record for every package, up to hundreds of
megabytes. It is fetched when its manifest names another checksum than before, checked record by
record, and kept as the database of a store is (``store/index_files.py``): packed, each record found
by its hash or by the name of its package. So a solve that meets 300 packages reads these of
100,000. Must not know who asks.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping

from spack.buildcache.caches import BinaryCache, check_stream
from spack.buildcache.layout import DATABASE, GZIP, Blob, ManifestError, index_path, parse_manifest
from spack.buildcache.transports.port import Content
from spack.errors import NotFoundError, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.digests import sha256
from spack.language.version_keys import VersionError
from spack.language.versions import parse_version
from spack.store.database import Database
from spack.store.index_files import VERSION, IndexFiles
from spack.store.index_writing import write_index
from spack.store.opened_index import as_text
from spack.store.records import IndexRow, InstallRecord, RawRecord, row_of
from spack.system.files.gzip_stream import GzipStream
from spack.system.files.kept import DamagedError, read_kept, write_kept
from spack.type_names import Any, Callable

#: Bytes of the largest manifest of an index, and of the largest index, that are read.
_MANIFEST_LIMIT = 1 << 20
_INDEX_LIMIT = 1 << 33

#: Begins a character that cannot be printed, in JSON of ASCII.
_HALF_CHARACTER = b"\\ud"

_HASH = re.compile("[a-z2-7]{32}\\Z")
_NAME = re.compile(r"[\w.-]+\Z", re.ASCII)

#: Raised when what is kept changes its form.
_FORMAT = 1

#: Copies that are kept; others are removed when a new one is made.
_COPIES = 20
_IDLE = 3600


class IndexFormatError(SpackError):
    """The index of a cache is damaged, or of an unknown version."""


class CacheIndex:
    """The packages of a cache, as its index says. Made by :class:`Indexes`.

    ``checksum`` is that of the index, 64 hexadecimal digits.
    """

    def __init__(self, directory: str, checksum: str) -> None:
        self.checksum = checksum
        self.directory = directory
        self._database = Database(directory, read_only=True, locks=False)

    def has(self, digest: str) -> bool:
        """Whether the cache has the package of a hash."""
        record = self._database.local(digest)
        return record is not None and record.installed

    def names(self) -> set[str]:
        """Names of packages that have records."""
        return self._database.names()

    def named(self, name: str) -> list[ConcreteSpec]:
        """The specs of a package that the cache has; no others are read."""
        return self._readable(self._database.query(name=name))

    def starting_with(self, start: str) -> list[ConcreteSpec]:
        """The specs that the cache has whose hash begins with some letters."""
        return self._readable(self._database.starting_with(start, installed=True))

    def specs(self) -> list[ConcreteSpec]:
        """All specs that the cache has, sorted by name and version."""
        return self._readable(self._database.query())

    @staticmethod
    def _readable(records: Iterable[InstallRecord]) -> list[ConcreteSpec]:
        """The specs of records; not of those that are damaged, or whose dependencies are."""
        found = []
        for record in records:
            with contextlib.suppress(SpackError):
                found.append(record.spec)
        return found

    def raw_records(self) -> Iterator[tuple[str, RawRecord]]:
        """Every record as JSON, also of packages that others need; ``installed`` if there."""
        for digest in sorted(self._database.current().hashes()):
            record = self._database.current().get(digest)
            if record is not None:
                yield digest, record


class Indexes:
    """Copies of indexes in a directory.

    Args:
        directory: where copies are kept.
        lifetime: seconds for which the manifest of an index is not looked at again.
        now: the clock, seconds since 1970.
    """

    def __init__(
        self, directory: str, lifetime: float = 0.0, now: Callable[[], float] = time.time
    ) -> None:
        self._directory = directory
        self._lifetime = lifetime
        self._now = now
        self._opened: dict[tuple[str, str | None], CacheIndex | None] = {}

    def of(self, cache: BinaryCache) -> CacheIndex | None:
        """The index of a cache, or of its view; None if the cache has none.

        Raises:
            DownloadError, ManifestError, BlobError, IndexFormatError.
        """
        key = cache.url, cache.view
        if key not in self._opened:
            self._opened[key] = self._open(cache)
        return self._opened[key]

    def checksums(self) -> list[str]:
        """The checksums of all indexes that were opened, sorted."""
        return sorted(index.checksum for index in self._opened.values() if index is not None)

    def _open(self, cache: BinaryCache) -> CacheIndex | None:
        note_path = self._note_path(cache)
        note = _read_note(note_path)
        path = index_path(cache.view)
        kept = note.get("checksum")
        if kept and self._now() - note["time"] < self._lifetime:
            index = self._copy(kept)
            if index is not None:
                return index
        try:
            found = self._changed(cache, path, note if kept and self._copy(kept) else {})
        except NotFoundError:
            return None
        if found is None:
            checksum, tag = str(kept), str(note["tag"])
        else:
            manifest = parse_manifest(found.data, f"{cache.url}/{path}")
            blob = manifest.of_type(DATABASE)
            checksum, tag = blob.checksum, found.tag
            if self._copy(checksum) is None:
                self._fetch(cache, blob)
        note = {"format": _FORMAT, "checksum": checksum, "tag": tag, "time": self._now()}
        write_kept(note_path, json.dumps(note))
        return self._copy(checksum)

    def _changed(self, cache: BinaryCache, path: str, note: Mapping[str, Any]) -> Content | None:
        return cache.transport.read_changed(path, str(note.get("tag", "")), limit=_MANIFEST_LIMIT)

    def _note_path(self, cache: BinaryCache) -> str:
        name = sha256(f"{cache.url}\n{cache.view or ''}".encode()).hexdigest()[:16]
        return os.path.join(self._directory, f"{name}.json")

    def _place(self, checksum: str) -> str:
        return os.path.join(self._directory, f"{checksum}-{_FORMAT}")

    def _copy(self, checksum: str) -> CacheIndex | None:
        place = self._place(checksum)
        return CacheIndex(place, checksum) if os.path.isdir(place) else None

    def _fetch(self, cache: BinaryCache, blob: Blob) -> None:
        """Fetch an index and convert it; the copy appears complete or not at all."""
        os.makedirs(self._directory, exist_ok=True)
        where = f"{cache.url}/{blob.path}"
        temporary = os.path.join(self._directory, f".{blob.checksum}-{os.getpid()}")
        shutil.rmtree(temporary, ignore_errors=True)
        os.makedirs(os.path.join(temporary, ".spack-db"))
        try:
            text = self._text(cache, blob, os.path.join(temporary, "index"), where)
            convert(text, os.path.join(temporary, ".spack-db"), where)
            try:
                os.rename(temporary, self._place(blob.checksum))
            except OSError:
                # Another process was faster, with the same content.
                if not os.path.isdir(self._place(blob.checksum)):
                    raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        self._drop_old()

    def _text(self, cache: BinaryCache, blob: Blob, target: str, where: str) -> bytes:
        if blob.size > _INDEX_LIMIT:
            raise ManifestError(f"{where} has {blob.size} bytes, more than can be right")
        cache.transport.download(blob.path, target, size=blob.size)
        with open(target, "rb", buffering=0) as stream:
            check_stream(stream, blob, where)
            source = GzipStream(stream) if blob.compression == GZIP else stream
            text = source.read(_INDEX_LIMIT + 1) if blob.compression != GZIP else _all(source)
        os.unlink(target)
        if len(text) > _INDEX_LIMIT:
            raise IndexFormatError(f"{where} is larger than can be right")
        return text

    def _drop_old(self) -> None:
        with contextlib.suppress(OSError):
            names = [name for name in os.listdir(self._directory) if len(name) > 64]
            paths = [os.path.join(self._directory, name) for name in names]
            ages = sorted((os.stat(path).st_mtime, path) for path in paths)
            for age, path in ages[: max(0, len(ages) - _COPIES)]:
                if age + _IDLE < time.time():
                    shutil.rmtree(path, ignore_errors=True)


def _all(stream: Any) -> bytes:
    """Everything of a raw stream, up to the limit of an index."""
    parts: list[bytes] = []
    size = 0
    while size <= _INDEX_LIMIT and (part := stream.read(1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _read_note(path: str) -> dict[str, Any]:
    def parse(data: bytes) -> dict[str, Any]:
        note = json.loads(data)
        if note["format"] != _FORMAT or not isinstance(note["checksum"], str):
            raise ValueError("another form")
        return {"checksum": note["checksum"], "tag": str(note["tag"]), "time": float(note["time"])}

    try:
        return read_kept(path, parse)
    except DamagedError:
        return {}


def convert(data: bytes, directory: str, where: str) -> int:
    """Write the records of an index in the form of the database of a store; their number.

    A record counts as installed if the cache has its package. What is not a record is left out:
    nobody can be asked to mend an index of others.

    Raises:
        IndexFormatError: it is not an index, or of an unknown version.
    """
    try:
        content = json.loads(data)["database"]
        version = str(content["version"])
        installs = content["installs"].items()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexFormatError(
            f"{where} is not the index of a binary cache: {error}",
            hint="make it again with spack buildcache update-index",
        ) from error
    if version != VERSION:
        raise IndexFormatError(
            f"{where} has version {version}, but only version {VERSION} can be read",
            hint="make it again with spack buildcache update-index",
        )
    texts: dict[str, bytes] = {}
    rows: dict[str, IndexRow] = {}
    for digest, entry in installs:
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError, VersionError):
            record = {
                "spec": entry["spec"],
                "ref_count": 0,
                "path": None,
                "installed": bool(entry.get("in_buildcache", True)),
                "explicit": False,
                "installation_time": 0.0,
                "deprecated_for": None,
            }
            row = row_of(digest, record)
            parse_version(row.version)
            text = as_text(record)
            if _is_plain(row) and _HALF_CHARACTER not in text:
                texts[digest], rows[digest] = text, row
    files = IndexFiles(directory, durable=False)
    write_index(files, files.load(), dict(sorted(texts.items())), rows)
    return len(texts)


def _is_plain(row: IndexRow) -> bool:
    """Whether all fields have the types that they must have."""
    words = (row.name, row.version, row.namespace, row.platform, row.os, row.target, row.compilers)
    return (
        _HASH.match(row.hash) is not None
        and _NAME.match(row.name) is not None
        and all(isinstance(word, str) for word in words)
        and (row.build_spec is None or isinstance(row.build_spec, str))
        and all(
            isinstance(edge.hash, str) and all(isinstance(name, str) for name in edge.virtuals)
            for edge in row.dependencies
        )
    )
