"""``spack clean``: removes stages, downloads, failure marks and caches, never installations."""

from __future__ import annotations

import errno
import os

from spack.named_tuples import NamedTuple
from spack.sources.mirrors import SOURCE_CACHE
from spack.sources.stage import choose_stage_root, remove_all_stages
from spack.system.files.filesystem import remove_tree
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.session.parts import HasInstance, HasSettings, HasStore


#: The number of further attempts to remove a tree that changed meanwhile.
_ATTEMPTS = 5


class Cleaned(NamedTuple):
    """The number of removed things of a kind, from where, and what was left to whom."""

    what: str
    number: int
    place: str
    left: tuple[tuple[str, str], ...] = ()


def stages(parts: HasSettings) -> Cleaned:
    """Remove every stage in which nobody works."""
    root = choose_stage_root(parts.settings.config.build_stage)
    stages = remove_all_stages(root)
    return Cleaned("stage", len(stages.removed), root, stages.left)


def downloads(parts: HasSettings) -> Cleaned:
    """Remove every source in the cache of this machine."""
    root = os.path.join(parts.settings.config.source_cache, SOURCE_CACHE)
    return Cleaned("downloaded file", _emptied(root), root)


def failures(parts: HasStore) -> Cleaned:
    """Forget which builds failed."""
    store = parts.store
    return Cleaned("failure mark", store.failures.clear_all(), store.root)


def caches(parts: HasSettings) -> Cleaned:
    """Remove what was worked out from recipes and configuration and can be had again."""
    root = parts.settings.config.misc_cache
    return Cleaned("cached file", _emptied(root), root)


def python_caches(parts: HasInstance) -> Cleaned:
    """Remove compiled Python files of this program, its recipes and its state."""
    count = 0
    root = parts.instance.root
    places = [os.path.join(root, "lib", "spack"), os.path.join(root, "var")]
    for place in places:
        for directory, folders, _ in os.walk(place):
            if "__pycache__" in folders:
                folders.remove("__pycache__")
                cache = os.path.join(directory, "__pycache__")
                count += _count(cache)
                _remove(cache)
    own = os.path.join(parts.instance.state, "var", "spack", "cache", "pyc")
    return Cleaned("compiled Python file", count + _emptied(own), root)


def _emptied(root: str) -> int:
    """Remove what is in a directory; how many files that were."""
    count = _count(root)
    if os.path.isdir(root):
        for name in os.listdir(root):
            _remove(os.path.join(root, name))
    return count


def _remove(path: str) -> None:
    """Remove a tree in which other commands may write and remove; what they write anew may stay."""
    for _ in range(_ATTEMPTS):
        try:
            return remove_tree(path)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY):
                raise
    return None


def _count(root: str) -> int:
    found: list[int] = [len(files) for _, _, files in os.walk(root)]
    return sum(found)
