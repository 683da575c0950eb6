"""Files of the source cache of this machine, and packing trees into archives.

Several processes may use the cache at once: files appear complete. Where a source lies is said by
:mod:`spack.sources.mirrors`. Knows no addresses and no packages.
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


def holds(path: str, checksum: Checksum | None) -> bool:
    """Whether a source is stored there; a damaged one is removed."""
    if not os.path.isfile(path):
        return False
    if checksum is None or has_checksum(path, checksum):
        return True
    _remove_if_possible(path)
    return False


def copy_whole(file: str, target: str) -> None:
    """Copy a file so that it appears complete; missing directories are made. Raises OSError."""
    if os.path.exists(target) and os.path.samefile(target, file):
        return
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
