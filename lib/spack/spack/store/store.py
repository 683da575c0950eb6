"""A store: an install tree with its database, its locks and the marks of failed and partial builds.

This is what the layers above hold. It decides nothing about what to install. Must not know recipes
or the solver.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from functools import cached_property

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.store.database import LOCK_TIMEOUT, Database
from spack.store.layout import Layout, Metadata, metadata, padded_root
from spack.store.records import InstallRecord
from spack.type_names import TYPE_CHECKING

# A question about what is installed needs none of these: they are loaded when something changes.
if TYPE_CHECKING:
    from spack.store.failures import FailureMarks
    from spack.store.partial import PartialInstall, PartialInstalls
    from spack.store.prefix_locks import PrefixLocks


class PrefixMissingError(SpackError):
    """A prefix that should exist does not."""


class ReadOnlyStoreError(SpackError):
    """The user may not write a store that would have to be changed."""


class PrefixExistsError(SpackError):
    """There is something in the prefix of a package that is not installed."""


class LostIndexError(SpackError):
    """A store has packages, but no database that tells of them."""


class Store:
    """One install tree and the read-only ones below it.

    Nothing is read or made before it is needed.

    Args:
        root: absolute directory of the install tree.
        projections: spec text or ``all`` to path format (``config:install_tree:projections``).
        upstreams: stores below this one, nearest first; they are never written.
        hash_length: characters of the hash in prefixes, None for all.
        padded_length: length to which the root is padded, 0 for none.
        read_only: refuse every change.
        database_timeout: seconds to wait for the lock of the database.
        prefix_timeout: seconds to wait for the lock of a prefix, None for ever.
        locks: whether files are locked (``config:locks``).
    """

    def __init__(
        self,
        root: str,
        projections: Mapping[str, str] | None = None,
        upstreams: Sequence[Store] = (),
        *,
        hash_length: int | None = None,
        padded_length: int = 0,
        read_only: bool = False,
        database_timeout: float | None = LOCK_TIMEOUT,
        prefix_timeout: float | None = None,
        locks: bool = True,
    ) -> None:
        self.unpadded_root = root
        self.root = padded_root(root, padded_length)
        self.upstreams = tuple(upstreams)
        self.read_only = read_only
        self.layout = Layout(self.root, projections, hash_length)
        self.database: Database = Database(
            self.root,
            upstreams=[store.database for store in self.upstreams],
            read_only=read_only,
            lock_timeout=database_timeout,
            locks=locks,
            when_empty=(lambda: None) if read_only else self._check_empty,
        )
        self._prefix_timeout = prefix_timeout
        self._locked = locks
        self._is_reindexed = False

    @cached_property
    def locks(self) -> PrefixLocks:
        """Locks of single prefixes."""
        from spack.store.prefix_locks import PrefixLocks

        directory = self.database.directory
        return PrefixLocks(directory, self._prefix_timeout, enabled=self._locked)

    @cached_property
    def failures(self) -> FailureMarks:
        """Marks of builds that failed."""
        from spack.store.failures import FailureMarks

        return FailureMarks(self.database.directory)

    @cached_property
    def partials(self) -> PartialInstalls:
        """Marks of builds that are under way, or died."""
        from spack.store.partial import PartialInstalls

        return PartialInstalls(self.database.directory)

    @property
    def is_writable(self) -> bool:
        """Whether packages can be added, as far as permissions say; of a new store its parent's."""
        place = self.database.directory
        while not os.path.lexists(place) and os.path.dirname(place) != place:
            place = os.path.dirname(place)
        return not self.read_only and os.access(place, os.W_OK)

    def check_writable(self) -> None:
        """Raise ReadOnlyStoreError where packages can be neither added nor changed."""
        if not self.is_writable:
            raise ReadOnlyStoreError(
                f"the store {self.root} cannot be written by this user",
                hint="ask its owner, or set config:install_tree:root to a store of your own",
            )

    # Prefixes

    def prefix(self, concrete: ConcreteSpec) -> str:
        """The prefix of a node: that of its external, of an upstream, or the one in this tree.

        "" for an external without prefix.
        """
        if concrete.external is not None:
            return concrete.external.path or ""
        record = self.database.get(concrete.dag_hash())
        if record is not None and record.installed and record.path:
            return record.path
        return self.layout.prefix(concrete)

    def metadata_of(self, concrete: ConcreteSpec) -> Metadata:
        """Paths of the metadata of a node."""
        return metadata(self.prefix(concrete))

    def is_installed(self, concrete: ConcreteSpec) -> bool:
        """Whether a node can be used now: recorded as installed, here or upstream, and there.

        A prefix can be removed by others at any time, so it is looked at. Externals are always
        installed.
        """
        if concrete.external is not None:
            return True
        return self.has(concrete.dag_hash())

    def has(self, digest: str) -> bool:
        """Whether a hash is recorded as installed and its prefix is really there."""
        record = self.database.get(digest)
        if record is None or not record.installed:
            return False
        return record.external or not record.path or os.path.isdir(record.path)

    def vanished(self, concrete: ConcreteSpec) -> str | None:
        """The prefix of a node that this store has recorded as installed and that is gone."""
        if concrete.external is not None or self.has(concrete.dag_hash()):
            return None
        record = self.database.local(concrete.dag_hash())
        return record.path if record is not None and record.installed else None

    def _check_empty(self) -> None:
        """Raises LostIndexError: the database is gone, but packages are installed."""
        if self._is_reindexed or not os.path.isdir(self.root):
            return
        from spack.store.reindex import find_prefixes, hash_in

        for prefix in find_prefixes(self.root):
            digest = hash_in(prefix)
            if digest is not None and not self.partials.is_partial(digest):
                raise LostIndexError(
                    f"packages are installed in {self.root}, but its database is gone",
                    details=f"    {prefix}",
                    hint="rebuild it from the installed packages with spack reindex",
                )

    def owner_of(self, path: str) -> InstallRecord | None:
        """The installed package whose prefix holds a path, None when there is none."""
        wanted = os.path.abspath(path)
        best: InstallRecord | None = None
        for record in self.database.records():
            prefix = record.path
            if not prefix or not record.installed or record.external:
                continue
            if wanted == prefix or wanted.startswith(prefix + os.sep):
                if best is None or len(prefix) > len(best.path or ""):
                    best = record
        return best

    # Installing

    def recover(self) -> tuple[PartialInstall, ...]:
        """Remove the prefixes that dead builders left half-built; what was removed."""
        if not self.is_writable:
            return ()
        self.database.refresh()
        return self.partials.recover(self._installed_here, self.locks.is_locked, self.root)

    def _installed_here(self, digest: str) -> bool:
        record = self.database.local(digest)
        return record is not None and record.installed

    def begin_install(self, concrete: ConcreteSpec) -> str:
        """Mark a prefix as being built and make it; its path. The caller holds its lock.

        What a former build left there is removed. Until :meth:`commit_install` the prefix counts
        as absent, whatever happens to this process.
        Raises PrefixExistsError when somebody else's files are there.
        """
        digest = concrete.dag_hash()
        prefix = self.layout.prefix(concrete)
        if os.path.lexists(prefix):
            if not (self.partials.is_partial(digest) or self._is_ours(prefix)):
                raise PrefixExistsError(
                    f"there are files in {prefix}, but no package is installed there",
                    hint="move them away, or add them to the database with spack reindex",
                )
            _remove_tree(prefix)
        self.partials.begin(digest, prefix)
        os.makedirs(prefix, exist_ok=True)
        return prefix

    def _is_ours(self, prefix: str) -> bool:
        """Whether a directory is empty or has what an installation begins with."""
        return not os.listdir(prefix) or os.path.isdir(metadata(prefix).directory)

    def commit_install(self, concrete: ConcreteSpec, *, explicit: bool = False) -> InstallRecord:
        """Record a finished prefix; from this moment on it is installed."""
        digest = concrete.dag_hash()
        prefix = self.layout.prefix(concrete)
        if not os.path.isdir(prefix):
            raise PrefixMissingError(f"the prefix {prefix} of {concrete.name} does not exist")
        record = self.database.add(concrete, prefix, explicit=explicit)
        self.partials.end(digest)
        self.failures.clear(concrete.name, digest)
        return record

    def abandon_install(self, concrete: ConcreteSpec, *, keep_prefix: bool = False) -> None:
        """Give a failed build up: remove its prefix, or leave it to the user to look at."""
        digest = concrete.dag_hash()
        if keep_prefix:
            self.partials.keep(digest)
            return
        self._remove_prefix(self.layout.prefix(concrete))
        self.partials.end(digest)

    def add_external(self, concrete: ConcreteSpec, *, explicit: bool = False) -> InstallRecord:
        """Record an external node as installed."""
        assert concrete.external is not None
        return self.database.add(concrete, concrete.external.path, explicit=explicit)

    def link_short_path(self, digest: str, prefix: str) -> None:
        """Make the short path of a hash lead to its prefix; it is removed with the package.

        Raises PrefixExistsError when it leads elsewhere.
        """
        path = self.layout.short_path(digest)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            os.symlink(prefix, path)
        except FileExistsError:
            if not os.path.islink(path) or os.readlink(path) != prefix:
                raise PrefixExistsError(
                    f"{path} is not a link to {prefix}", hint="remove it and install again"
                ) from None

    # Removing

    def uninstall(self, record: InstallRecord) -> None:
        """Remove a package of this store: first from the database, then its prefix.

        The caller holds the prefix lock. When this process dies in between, the next
        :meth:`recover` removes the rest of the prefix.
        """
        marked = bool(record.path) and not record.external
        if marked and record.path:
            self.partials.begin(record.hash, record.path)
        try:
            self.database.remove(record.hash)
        except BaseException:
            self.partials.end(record.hash)
            raise
        if marked and record.path:
            self._remove_prefix(record.path)
            with contextlib.suppress(OSError):
                os.unlink(self.layout.short_path(record.hash))
            self.partials.end(record.hash)

    def _remove_prefix(self, prefix: str) -> None:
        """Remove a prefix and the directories above it that become empty."""
        if not self.layout.contains(prefix):
            return
        _remove_tree(prefix)
        parent = os.path.dirname(prefix)
        while self.layout.contains(parent):
            try:
                os.rmdir(parent)
            except OSError:
                return
            parent = os.path.dirname(parent)

    # Maintenance

    def reindex(self) -> list[tuple[str, str]]:
        """Make the database anew from the prefixes; specfiles that could not be read, and why.

        Raises:
            ReadOnlyStoreError: the user may not write the store.
        """
        self.check_writable()
        self._is_reindexed = True
        old = self.database.raw_records()
        from spack.store.reindex import reindex

        result = reindex(
            self.root,
            old,
            self.partials.is_partial,
            lambda digest: self.database.upstream_record(digest) is not None,
        )
        self.database.replace_all(result.records)
        return list(result.unreadable)


def _remove_tree(prefix: str) -> None:
    from spack.system.files.filesystem import remove_tree

    remove_tree(prefix)
