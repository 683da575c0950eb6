"""Archives of installed packages: the same bytes whenever the same files are packed.

Entries carry the whole path of the prefix, without the first slash. Times, owners and most
permissions are left out. ``.spack/binary_distribution`` comes before all other files, so that who
unpacks knows at once which paths to replace. Knows no cache.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Iterator

from spack.buildcache.build_info import FILE, BuildInfo
from spack.buildcache.layout import ARCHIVE, GZIP, Blob
from spack.errors import SpackError
from spack.store.layout import METADATA
from spack.type_names import IO, Any

#: 1 is fast, 9 packs best. Between 6 and 9 lie 2 % of size and a factor of three in time.
LEVEL = 6


class PackingError(SpackError):
    """A prefix cannot be packed."""


def pack(prefix: str, info: BuildInfo, target: str) -> Blob:
    """Write the archive of a prefix to a file; the description of that as a blob.

    The lists of files that hold paths are added to ``info``.

    Raises PackingError for what is neither a file, a directory nor a link, OSError.
    """
    info = with_files(prefix, info)
    with open(target, "wb") as stream:
        sums = _Summing(stream)
        with (
            gzip.GzipFile("", "wb", LEVEL, sums, mtime=0) as compressed,
            tarfile.open(
                fileobj=compressed,
                mode="w|",
                bufsize=1 << 18,
                format=tarfile.PAX_FORMAT,
                errors="surrogateescape",
            ) as archive,
        ):
            _fill(archive, prefix, info)
    return Blob(ARCHIVE, sums.digest.hexdigest(), sums.size, GZIP)


class _Summing(io.RawIOBase):
    """Computes the checksum of what passes through."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self._target.write(data)


def _fill(archive: tarfile.TarFile, prefix: str, info: BuildInfo) -> None:
    top = prefix.strip("/")
    parts = top.split("/")
    for count in range(1, len(parts) + 1):
        archive.addfile(_entry("/".join(parts[:count]), tarfile.DIRTYPE, 0o755))
    text = info.text()
    archive.addfile(_entry(f"{top}/{FILE}", tarfile.REGTYPE, 0o644, len(text)), io.BytesIO(text))
    seen: dict[tuple[int, int], str] = {}
    for path, status in _walk(prefix):
        name = f"{top}/{os.path.relpath(path, prefix)}"
        if name == f"{top}/{FILE}":
            continue
        if stat.S_ISDIR(status.st_mode):
            archive.addfile(_entry(name, tarfile.DIRTYPE, 0o755))
        elif stat.S_ISLNK(status.st_mode):
            entry = _entry(name, tarfile.SYMTYPE, 0o777)
            entry.linkname = os.readlink(path)
            archive.addfile(entry)
        elif stat.S_ISREG(status.st_mode):
            first = seen.setdefault((status.st_dev, status.st_ino), name)
            if first != name:
                entry = _entry(name, tarfile.LNKTYPE, 0o644)
                entry.linkname = first
                archive.addfile(entry)
                continue
            mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
            with open(path, "rb") as content:
                size = os.fstat(content.fileno()).st_size
                archive.addfile(_entry(name, tarfile.REGTYPE, mode, size), content)
        else:
            raise PackingError(
                f"{path} is a special file, which an archive cannot hold",
                hint="remove it and push the package again",
            )


def with_files(prefix: str, info: BuildInfo) -> BuildInfo:
    """The facts with the lists of files that hold paths of the store, found by reading all."""
    texts: list[str] = []
    binaries: list[str] = []
    links: list[str] = []
    wanted = os.fsencode(info.root)
    for path, status in _walk(prefix):
        name = os.path.relpath(path, prefix)
        if stat.S_ISLNK(status.st_mode):
            if os.readlink(path).startswith(info.root):
                links.append(name)
        elif stat.S_ISREG(status.st_mode):
            is_text, found = _holds(path, wanted)
            if found and is_text and not name.startswith(METADATA):
                texts.append(name)
            elif found and not is_text:
                binaries.append(name)
    return info._replace(texts=tuple(texts), binaries=tuple(binaries), links=tuple(links))


def _holds(path: str, wanted: bytes) -> tuple[bool, bool]:
    """Whether a file is a text, and whether it holds some bytes."""
    is_text, found = True, False
    before = b""
    with open(path, "rb") as stream:
        while block := stream.read(1 << 22):
            is_text = is_text and b"\0" not in block
            found = found or wanted in before + block[: len(wanted)] or wanted in block
            before = block[-len(wanted) :]
    return is_text, found


def _entry(name: str, kind: bytes, mode: int, size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size = kind, mode, size
    entry.uname = entry.gname = ""
    return entry


def _walk(directory: str) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below a directory, sorted, a directory before what is in it."""
    with os.scandir(directory) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        status = entry.stat(follow_symlinks=False)
        yield entry.path, status
        if stat.S_ISDIR(status.st_mode):
            yield from _walk(entry.path)
