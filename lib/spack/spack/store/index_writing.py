"""Writing the files of a database: lines of the journal, a new index.

Loaded when something changes. Takes no lock: the caller holds that of the database. How readers do
without is said in :mod:`spack.store.index_files`.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
import zlib
from collections.abc import Mapping

from spack.store.index_files import VERSION, IndexFiles, Journal, Snapshot
from spack.store.opened_index import as_text
from spack.store.records import IndexRow, RawRecord, row_of
from spack.system.files.kept import Stamp
from spack.system.files.writing import sync_directory
from spack.type_names import Any

#: Up to this size of the index every change is folded at once: it costs a few milliseconds, and
#: other programs see it. Above, the journal is folded when it is larger than a part of the index,
#: or so large that reading it would be felt in every command.
_SMALL_INDEX = 1 << 20
_SMALL_JOURNAL = 1 << 18
_LARGE_JOURNAL = 1 << 20
_JOURNAL_SHARE = 4


def _line(payload: Mapping[str, Any]) -> bytes:
    body = json.dumps(payload, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(body), body)


def append(
    files: IndexFiles, snapshot: Snapshot, changes: Mapping[str, RawRecord | None]
) -> Snapshot:
    """Write the changes of one transaction; the new state. The caller holds the lock.

    ``snapshot`` must have been loaded under the lock. Either all changes are in the journal
    afterwards or, when this process dies, none.
    """
    journal = snapshot.journal
    fresh = snapshot.journal_is_stale or journal.valid_length == 0
    number = snapshot.folded + 1 if fresh else journal.number
    payload: dict[str, Any] = {}
    present = {digest: record for digest, record in changes.items() if record is not None}
    if present:
        payload["set"] = present
    if len(present) < len(changes):
        payload["remove"] = [digest for digest, record in changes.items() if record is None]
    data = _line(payload)
    start = 0 if fresh else journal.valid_length
    if fresh:
        data = _line({"journal": number}) + data
    descriptor = os.open(files.journal_path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if os.fstat(descriptor).st_size != start:
            os.ftruncate(descriptor, start)
        if start == 0:
            os.fchmod(descriptor, files.mode())
        written = 0
        while written < len(data):
            written += os.pwrite(descriptor, data[written:], start + written)
        if files.durable:
            os.fsync(descriptor)
    except OSError as error:
        error.filename = files.journal_path  # a full disk does not say which file it was
        raise
    finally:
        os.close(descriptor)
    if fresh and files.durable:
        sync_directory(files.directory)
    merged = {**({} if fresh else journal.changes), **changes}
    length = start + len(data)
    return snapshot.with_journal(Journal(number, merged, length, length))


def wants_folding(snapshot: Snapshot) -> bool:
    """Whether folding now costs less than having the journal read again and again."""
    length = snapshot.journal.length
    if snapshot.index_size + length <= _SMALL_INDEX:
        return True
    most = max(_SMALL_JOURNAL, min(_LARGE_JOURNAL, snapshot.index_size // _JOURNAL_SHARE))
    return length > most


def fold(files: IndexFiles, snapshot: Snapshot) -> Snapshot:
    """Write a new index with everything; the new state. The caller holds the lock."""
    return write_index(files, snapshot, snapshot.texts(), snapshot.rows())


def replace_all(
    files: IndexFiles, snapshot: Snapshot, records: Mapping[str, RawRecord]
) -> Snapshot:
    """Write a new index with exactly these records. The caller holds the lock."""
    texts = {digest: as_text(record) for digest, record in sorted(records.items())}
    rows = {digest: row_of(digest, record) for digest, record in records.items()}
    return write_index(files, snapshot, texts, rows)


def write_index(
    files: IndexFiles,
    snapshot: Snapshot,
    texts: Mapping[str, bytes],
    rows: Mapping[str, IndexRow],
) -> Snapshot:
    """Write a new index of records as JSON text and as rows, in the order of ``texts``."""
    folded = max(snapshot.folded, snapshot.journal.number)
    places: dict[str, tuple[int, int]] = {}
    head = b'{"database":{"version":"%s","installs":{' % VERSION.encode("ascii")
    parts = [head]
    position = len(head)
    for digest, body in texts.items():
        key = b'%s"%s":' % (b"," if places else b"", digest.encode("ascii"))
        places[digest] = (position + len(key), len(body))
        parts += (key, body)
        position += len(key) + len(body)
    parts.append(b'},"journal":%d}}' % folded)
    files.replace(files.index_path, parts, durable=files.durable)
    with contextlib.suppress(OSError):
        identity = Stamp.of_status(os.stat(files.index_path))
        files.write_rows_file(identity, folded, places, [rows[digest] for digest in texts])
    files.replace(
        os.path.join(files.directory, "index_verifier"),
        [str(uuid.uuid4()).encode("ascii")],
        durable=False,
    )
    with contextlib.suppress(FileNotFoundError):
        os.unlink(files.journal_path)
    _remove_leftovers(files)
    return files.load()


def _remove_leftovers(files: IndexFiles) -> None:
    """Remove what writers that died left. They wrote under the lock, which is held now."""
    for name in os.listdir(files.directory):
        if name.lstrip(".").startswith(("index.json.", "index_verifier.")):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(files.directory, name))
