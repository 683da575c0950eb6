"""Records of all recipes of a repository, kept on disk: which are taken from there, and which made.

A start looks at the program, at what all recipes share (build systems, ``repo.yaml``), at recipes
of other repositories that some inherit from, at the time of the packages folder and, in a git
clone, at the index of git. If one of the latter three changed, every recipe file is looked at.
Asking for a record looks at the files it was made from; if one has changed, every recipe file is
looked at too. Recipes that were broken are read again when other repositories stand beside theirs:
one may have been missing. An index that an interruption left incomplete is completed.

This module knows no package class; a :class:`.RecordSource` makes records, and :mod:`.index` says
what is on the disk. Begin reading at :meth:`RecordCache.index_of`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from spack.recipes.records.index import CACHE_FORMAT, NAMES, RepositoryIndex, read_index
from spack.recipes.records.recipe_state import (
    UNKNOWN,
    RecipeSource,
    RecipeState,
    folder_signature,
    program_signature,
    sha256,
    shared_signature,
    stamp_row,
    state_of,
)
from spack.recipes.records.record_json import RECORD_FORMAT
from spack.system.files.kept import DamagedError
from spack.type_names import TYPE_CHECKING

# What makes records is needed where there are none only.
if TYPE_CHECKING:
    from spack.recipes.records.extracting import Extracted, RecordSource

_FORMATS = (RECORD_FORMAT, CACHE_FORMAT)


class RecordCache:
    """Makes, stores and finds indexes.

    Args:
        directory: where they are kept; None: in memory only.
        workers: processes that read recipes; 0: one per available processor, up to eight.
    """

    def __init__(self, directory: str | None, *, workers: int = 0) -> None:
        self.directory = directory
        self._workers = workers
        self._check_all: set[str] = set()

    def check_all_files(self, root: str) -> None:
        """Look at every recipe of a repository when its index is asked for next."""
        self._check_all.add(root)

    def folder_of(self, root: str) -> str | None:
        """The folder that keeps the index of a repository; None: in memory."""
        if self.directory is None:
            return None
        return os.path.join(self.directory, "records", sha256(os.path.realpath(root))[:16])

    def names_file(self, root: str) -> str:
        """The file with the names of a repository, whether or not it exists; "" in memory."""
        folder = self.folder_of(root)
        return "" if folder is None else os.path.join(folder, NAMES)

    def index_of(self, source: RecordSource) -> RepositoryIndex:
        """An index that is right for the files as they are now."""
        index = self._kept(source)
        if index is None or not index.header["complete"]:
            index = self._made(source, index)
            index.is_new = True
        elif source.root in self._check_all or _is_outdated(index, source):
            index = self._made(source, index)
        elif index.broken() and index.header["neighbours"] != source.neighbours():
            index = self._made(source, index, set(index.broken()))
        self._check_all.discard(source.root)
        return self._connected(index, source)

    def _kept(self, source: RecordSource) -> RepositoryIndex | None:
        """The index on disk, None unless it is of this program and what recipes share."""
        folder = self.folder_of(source.root)
        if folder is None:
            return None
        try:
            index = read_index(folder, source.root)
        except DamagedError:
            return None
        basis = (program_signature(_FORMATS), shared_signature(source))
        return index if (index.header["program"], index.header["shared"]) == basis else None

    def _connected(self, index: RepositoryIndex, source: RecordSource) -> RepositoryIndex:
        index.extract = source.extract
        index.recipe_file = source.recipe_file
        index.refresh = lambda names: self._made(source, index, names)
        return index

    def _made(
        self, source: RecordSource, old: RepositoryIndex | None, forced: Collection[str] = ()
    ) -> RepositoryIndex:
        """A newer index, with the records made anew that are outdated or named."""
        from spack.recipes.records.extracting import extract_all
        from spack.recipes.records.index_draft import MANY, IndexDraft

        state = state_of(source, _FORMATS)
        outdated = _outdated(source, old, state, forced)
        draft = IndexDraft(self.folder_of(source.root), source, state, old, outdated)
        if len(outdated) < MANY:
            extract_all(source, sorted(outdated), self._workers, draft.add)
            return draft.finished()
        from spack.system.terminal.progress import told_progress

        after = "; the next command goes on from there" if self.directory else ""
        done = 0
        with told_progress("recipes", "read", len(outdated), after=after) as advance:

            def take(made: Sequence[Extracted]) -> None:
                nonlocal done
                draft.add(made)
                done += len(made)
                advance(done)

            try:
                extract_all(source, sorted(outdated), self._workers, take)
            except BaseException:
                draft.keep(complete=False)
                raise
        return draft.finished()


def _is_outdated(index: RepositoryIndex, source: RecipeSource) -> bool:
    """Whether every recipe has to be looked at."""
    return index.header["folder"] != folder_signature(source) or bool(_changed_bases(index))


def _changed_bases(index: RepositoryIndex) -> set[str]:
    """Recipes of other repositories that have heirs here and are not as they were."""
    foreign = index.header["foreign"].items()
    return {file for file, stamp in foreign if list(stamp_row(file)) != list(stamp)}


def _outdated(
    source: RecipeSource, old: RepositoryIndex | None, state: RecipeState, forced: Collection[str]
) -> set[str]:
    """Names whose records must be made anew: changed, new, or based on a changed recipe."""
    stamps = state.stamps
    if old is None:
        return set(stamps)
    changed = {
        name
        for name, stamp in stamps.items()
        if stamp == UNKNOWN or not old.has(name) or old.row(name).stamp != stamp
    }
    changed.update(forced)
    files = _changed_bases(old) | {source.recipe_file(name) for name in changed}
    files.update(source.recipe_file(name) for name in old.names() if name not in stamps)
    for file, heirs in old.header["heirs"].items():
        if file in files:
            changed.update(heirs)
    if files:
        changed.update(old.broken())
    return changed.intersection(stamps)
