"""From a fetched file to a source tree: unpacking an archive and choosing what becomes the tree.

Knows files only; must not know where they came from.
"""

from __future__ import annotations

import os
import shutil
import tempfile

from spack.errors import SpackError
from spack.system.files import archives
from spack.system.files.mounts import shortage


class ExpansionError(SpackError):
    """A fetched archive cannot be unpacked."""


def expand(archive: str, source_path: str, limit: int = 0) -> str | None:
    """Unpack an archive so that its content is the tree ``source_path``.

    When the only visible entry of the archive is a directory, that directory becomes the tree
    and hidden entries beside it move beside the tree; otherwise everything becomes the tree.
    Returns the name of that directory, or None. The tree appears complete or not at all. No more
    than ``limit`` bytes are written, 0 for any number. Raises ExpansionError and ArchiveError.
    """
    stage = os.path.dirname(source_path)
    side = tempfile.mkdtemp(dir=stage, prefix=".expanding-")
    try:
        try:
            archives.extract(archive, side, limit=limit)
        except SpackError:
            raise
        except (OSError, EOFError, ValueError) as error:
            full = shortage(error) if isinstance(error, OSError) else None
            raise ExpansionError(
                f"cannot unpack {archive}: {full or error}",
                hint=(
                    "free space there, or set config:build_stage to another directory"
                    if full
                    else "the file may be damaged: remove it and fetch it again"
                ),
            ) from error
        entries = os.listdir(side)
        visible = [name for name in entries if not name.startswith(".")]
        top = visible[0] if len(visible) == 1 else None
        if top is None or not _is_directory(os.path.join(side, top)):
            os.chmod(side, 0o755)
            os.rename(side, source_path)
            return None
        for name in entries:
            if name != top and not os.path.lexists(os.path.join(stage, name)):
                os.rename(os.path.join(side, name), os.path.join(stage, name))
        os.rename(os.path.join(side, top), source_path)
        return top
    finally:
        shutil.rmtree(side, ignore_errors=True)


def _is_directory(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def move_into(file: str, source_path: str) -> str:
    """A file that is not to be unpacked becomes the only file of the tree; its new path.

    A link (to a cache) is replaced by a copy, so that nobody edits the cached file.
    """
    os.makedirs(source_path, exist_ok=True)
    target = os.path.join(source_path, os.path.basename(file))
    if os.path.islink(file):
        shutil.copyfile(file, target)
        os.unlink(file)
    else:
        shutil.move(file, target)
    return target
