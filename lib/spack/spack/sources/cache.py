"""The source cache of this machine: fetched sources by identity, and packing trees into archives.

The same layout as that of a mirror. Knows no addresses and no packages.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator

from spack.sources.fetching.checksums import Checksum, has_checksum
from spack.sources.mirrors import SOURCE_CACHE


class SourceCache:
    """A directory of sources. Several processes may use it at once: files appear complete.

    Args:
        root: directory that holds ``_source-cache``; made when something is stored.
    """

    def __init__(self, root: str) -> None:
        self.root = root

    def path(self, cache_path: str) -> str:
        """Where a source is or would be."""
        return os.path.join(self.root, SOURCE_CACHE, *cache_path.split("/"))

    def find(self, cache_path: str, checksum: Checksum | None = None) -> str | None:
        """Path of a stored source, None when there is none; a damaged one is removed."""
        path = self.path(cache_path)
        if not os.path.isfile(path):
            return None
        if checksum is not None and not has_checksum(path, checksum):
            _remove_if_possible(path)
            return None
        return path

    def store(self, cache_path: str, file: str) -> str | None:
        """Keep a copy of a file; its path, None when the cache cannot be written."""
        path = self.path(cache_path)
        if os.path.exists(path) and os.path.samefile(path, file):
            return path
        try:
            copy_whole(file, path)
        except OSError:
            return None
        return path


def copy_whole(file: str, target: str) -> None:
    """Copy a file so that it appears complete; missing directories are made. Raises OSError."""
    with _new_file(target) as temporary:
        shutil.copyfile(file, temporary)


@contextlib.contextmanager
def _new_file(target: str) -> Iterator[str]:
    """A file to write, which takes the place of ``target`` when the block ends well."""
    directory = os.path.dirname(target)
    os.makedirs(directory, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=directory, prefix=".store-")
    os.close(handle)
    try:
        yield temporary
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        _remove_if_possible(temporary)
        raise


def _remove_if_possible(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def pack_tree(tree: str, archive: str, *, top: str) -> None:
    """Write a tree as a gzipped tar with one top directory; owners and times are not kept."""

    def cleaned(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mtime = 0
        info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
        return info

    with contextlib.ExitStack() as files:
        temporary = files.enter_context(_new_file(archive))
        raw = files.enter_context(open(temporary, "wb"))
        packed = files.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
        tar = files.enter_context(tarfile.open(fileobj=packed, mode="w"))
        tar.add(tree, arcname=top, filter=cleaned)
