"""Filling a source mirror: fetch what packages need and lay it out so that others can use it.

Knows stages and the layout of mirrors; must not know how packages are chosen.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.sources import mirrors
from spack.sources.cache import copy_whole, pack_tree
from spack.sources.composite import CompositeStage
from spack.sources.develop_stage import DevelopStage
from spack.sources.fetching.checksums import Checksum, has_checksum
from spack.sources.fetching.network import local_path
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.mirrors import SOURCE_CACHE, MirrorPaths
from spack.sources.stage import Stage
from spack.type_names import Callable


class MirrorCreationError(SpackError):
    """A mirror cannot be written."""


class MirrorStatistics(NamedTuple):
    """Result: names of the sources that were there, were added, or could not be fetched."""

    present: tuple[str, ...]
    added: tuple[str, ...]
    failed: tuple[tuple[str, SpackError], ...]


def mirror_root(where: str) -> str:
    """The directory of a mirror given as path or ``file`` URL. Raises MirrorCreationError."""
    path = local_path(where)
    if path is None:
        raise MirrorCreationError(
            f"{where} is not a directory on this machine",
            hint="create it here and copy it to that machine",
        )
    return path


def create(
    where: str,
    packages: Iterable[tuple[str, Callable[[], CompositeStage]]],
    reporter: FetchReporter = SILENT,
) -> MirrorStatistics:
    """Put the sources of packages into the mirror directory ``where``.

    ``packages`` are names, each with what makes the stages of that package when it is called, so
    that one whose recipe is wrong does not stop the others. Sources that are there already are not
    fetched again; develop sources and packages without code are passed over.
    """
    root = mirror_root(where)
    try:
        os.makedirs(os.path.join(root, SOURCE_CACHE), exist_ok=True)
    except OSError as error:
        raise MirrorCreationError(f"cannot write the mirror {root}: {error.strerror}") from error
    present: list[str] = []
    added: list[str] = []
    failed: list[tuple[str, SpackError]] = []
    for name, make in packages:
        try:
            stages = make()
        except SpackError as error:
            failed.append((name, error))
            continue
        except Exception as error:
            # Recipes are code of others.
            failed.append((name, MirrorCreationError(f"{type(error).__name__}: {error}")))
            continue
        for stage in stages:
            if isinstance(stage, DevelopStage) or stage.mirror_paths is None:
                continue
            try:
                new = add_stage(root, stage)
            except SpackError as error:
                failed.append((stage.label, error))
                reporter.failed(stage.label, root, error.message)
            else:
                (added if new else present).append(stage.label)
    return MirrorStatistics(tuple(present), tuple(added), tuple(failed))


def add_stage(root: str, stage: Stage) -> bool:
    """Put the source of one stage into a mirror directory; whether it was not there before.

    The stage is left as it was found: one that was made for this is removed again.
    """
    paths = stage.mirror_paths
    assert paths is not None
    stored = paths.in_cache(root)
    if stored is not None and _is_good(stored, stage.fetcher.checksum):
        mirrors.link_readable(root, paths)
        return False
    existed = stage.created
    try:
        stage.fetch()
        return _store(root, paths, stage)
    finally:
        if not existed:
            stage.destroy()


def _is_good(file: str, checksum: Checksum | None) -> bool:
    return os.path.isfile(file) and (checksum is None or has_checksum(file, checksum))


def _store(root: str, paths: MirrorPaths, stage: Stage) -> bool:
    """Copy the fetched file, or the packed tree, into the mirror; whether it is new there."""
    target = os.path.join(root, *paths.candidates()[0].split("/"))
    new = not os.path.exists(target)
    file = stage.archive_file
    try:
        if file is None:
            pack_tree(stage.source_path, target, top=stage.label.partition("@")[0] or "source")
        else:
            copy_whole(file, target)
    except OSError as error:
        raise MirrorCreationError(f"cannot write {target}: {error.strerror}") from error
    if not os.path.exists(target):
        raise MirrorCreationError(f"cannot write {target}")
    mirrors.link_readable(root, paths)
    return new
