"""Caches in a directory of this machine, which may be on a shared file system."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator

from spack.buildcache.transports.port import (
    Content,
    UploadError,
    absent,
    parts_of,
    too_large,
    wrong_size,
)
from spack.errors import NotFoundError
from spack.sources.fetching.retries import DownloadError
from spack.system.files.writing import new_file, process_mask
from spack.type_names import IO

#: Directory of a cache where files are until they are complete; the same file system as the rest.
UNFINISHED = ".unfinished"
#: Seconds for which what an interrupted upload left there is kept.
_KEPT = 86400.0


class DirectoryTransport:
    """The files below a directory. See :class:`~spack.buildcache.transports.port.Transport`."""

    is_layered = False

    def __init__(self, root: str) -> None:
        self.url = root
        self._root = root
        self._is_swept = False

    def local_file(self, path: str) -> str | None:
        return os.path.join(self._root, *parts_of(path))

    @contextlib.contextmanager
    def _opened(self, path: str) -> Iterator[tuple[IO[bytes], os.stat_result]]:
        """A regular file for reading. A pipe with this name stops nobody."""
        name = os.path.join(self._root, *parts_of(path))
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise absent(self.url, path) from None
        except OSError as error:
            raise self._unreadable(path, error) from error
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            os.close(descriptor)
            raise absent(self.url, path)
        with os.fdopen(descriptor, "rb") as stream:
            try:
                yield stream, facts
            except OSError as error:
                raise self._unreadable(path, error) from error

    def _unreadable(self, path: str, error: OSError) -> DownloadError:
        return DownloadError(f"{self.url}/{path}", error.strerror or str(error))

    def read(self, path: str, *, limit: int) -> bytes:
        with self._opened(path) as (stream, _):
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise too_large(self.url, path, limit)
        return data

    def read_changed(self, path: str, tag: str, *, limit: int) -> Content | None:
        with self._opened(path) as (stream, facts):
            found = f"{facts.st_mtime_ns}-{facts.st_size}-{facts.st_ino}"
            if found == tag:
                return None
            data = stream.read(limit + 1)
        if len(data) > limit:
            raise too_large(self.url, path, limit)
        return Content(data, found)

    def read_part(self, path: str, start: int, length: int) -> bytes:
        with self._opened(path) as (stream, _):
            stream.seek(start)
            return stream.read(length)

    def download(self, path: str, target: str, *, size: int | None) -> None:
        partial = target + ".part"
        with self._opened(path) as (stream, facts):
            if size is not None and facts.st_size != size:
                raise wrong_size(self.url, path, size, facts.st_size)
            with open(partial, "wb") as copy:
                shutil.copyfileobj(stream, copy, 1 << 20)
                copied = copy.tell()
        if size is not None and copied != size:
            raise wrong_size(self.url, path, size, copied)
        os.replace(partial, target)

    def upload(self, path: str, source: str | bytes, *, media_type: str) -> None:
        name = os.path.join(self._root, *parts_of(path))
        unfinished = os.path.join(self._root, UNFINISHED)
        try:
            os.makedirs(unfinished, exist_ok=True)
            self._sweep(unfinished)
            os.makedirs(os.path.dirname(name), exist_ok=True)
            descriptor, temporary = new_file(os.path.join(unfinished, "upload-"))
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    _fill(stream, source)
                    stream.flush()
                    os.fchmod(descriptor, 0o666 & ~process_mask())
                    os.fsync(descriptor)
                os.replace(temporary, name)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
        except OSError as error:
            raise UploadError(f"{self.url}/{path}", error.strerror or str(error)) from error

    def _sweep(self, unfinished: str) -> None:
        """Remove what uploads left that were killed long ago; once for each transport."""
        if self._is_swept:
            return
        self._is_swept = True
        oldest = time.time() - _KEPT
        with contextlib.suppress(OSError), os.scandir(unfinished) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        os.unlink(entry.path)

    def exists(self, paths: Iterable[str]) -> set[str]:
        return {path for path in paths if self._is_file(path)}

    def _is_file(self, path: str) -> bool:
        try:
            return stat.S_ISREG(os.stat(os.path.join(self._root, *parts_of(path))).st_mode)
        except (FileNotFoundError, NotADirectoryError, NotFoundError):
            return False
        except OSError as error:
            raise self._unreadable(path, error) from error

    def list(self, prefix: str) -> Iterator[str]:
        parts = parts_of(prefix.rstrip("/")) if prefix.strip("/") else ()

        def refuse(error: OSError) -> None:
            if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
                raise self._unreadable(prefix, error) from error

        start = os.path.join(self._root, *parts)
        for folder, folders, files in os.walk(start, onerror=refuse):
            if folder == self._root:
                folders[:] = [name for name in folders if name != UNFINISHED]
            inner = os.path.relpath(folder, self._root)
            for name in files:
                yield name if inner == "." else f"{inner}/{name}"

    def delete(self, path: str) -> None:
        try:
            os.unlink(os.path.join(self._root, *parts_of(path)))
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            raise UploadError(f"{self.url}/{path}", error.strerror or str(error)) from error


def _fill(stream: IO[bytes], source: str | bytes) -> None:
    if isinstance(source, bytes):
        stream.write(source)
        return
    with open(source, "rb") as original:
        shutil.copyfileobj(original, stream, 1 << 20)
