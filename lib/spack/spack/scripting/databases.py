"""Installed packages, under the names that scripts use: ``STORE``, ``db.query`` and its sisters.

Answers are specs as scripts see them. Must not know how questions of commands are asked.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Collection, Iterable, Iterator

from spack.language.matching import satisfies
from spack.named_tuples import NamedTuple
from spack.scripting.current import current
from spack.scripting.specs import ScriptSpec, seen
from spack.store.graph import unused
from spack.store.records import InstallRecord, NoSuchSpecError
from spack.type_names import Any, Callable, Union


class InstallRecordStatus(enum.Flag):
    """States of a record; values can be joined."""

    INSTALLED = enum.auto()
    DEPRECATED = enum.auto()
    MISSING = enum.auto()


Status = Union[bool, InstallRecordStatus, Iterable[InstallRecordStatus], Callable[..., Any]]


class ScriptRecord(NamedTuple):
    """Record of one installation; times are seconds since 1970."""

    spec: ScriptSpec
    path: str | None
    installed: bool
    explicit: bool
    ref_count: int
    installation_time: float
    deprecated_for: str | None
    origin: str | None


def _record(found: InstallRecord) -> ScriptRecord:
    return ScriptRecord(
        seen(found.spec),
        found.path,
        found.installed,
        found.explicit,
        found.ref_count,
        found.installation_time,
        found.deprecated_for,
        found.origin,
    )


class ScriptDatabase:
    """The records of the store and of the stores below it."""

    @property
    def root(self) -> str:
        """The root of the store."""
        return current().session.store.root

    @property
    def _database(self) -> Any:
        return current().session.store.database

    def query(
        self,
        query_spec: Any = None,
        *,
        predicate_fn: Callable[[ScriptRecord], bool] | None = None,
        installed: Status = True,
        explicit: bool | None = None,
        start_date: Any = None,
        end_date: Any = None,
        hashes: Collection[str] | None = None,
        install_tree: str = "all",
        origin: str | None = None,
        **_: Any,
    ) -> list[ScriptSpec]:
        """Specs that are installed and satisfy all conditions, sorted by name, version and hash.

        Args:
            query_spec: what they satisfy, as text or spec; None for all of them.
            predicate_fn: a last condition on the record.
            installed: True, False (recorded and absent), ``any``, or ``InstallRecordStatus``.
            explicit: True for those that were asked for, False for the others, None for both.
            start_date, end_date: bounds of the time of installation, as ``datetime``.
            hashes: only these full hashes.
            install_tree: ``all``, ``local`` or ``upstream``.
            origin: only records that came from there.
        """
        wanted = _status(installed)
        spec = None if query_spec is None else ScriptSpec(query_spec).unbound
        self._database.refresh()
        found = []
        for record in self._database.query(
            installed=None,
            explicit=explicit if isinstance(explicit, bool) else None,
            hashes=hashes,
            since=_seconds(start_date),
            until=_seconds(end_date),
            upstream=install_tree != "local",
        ):
            if not wanted & _status_of(record):
                continue
            if install_tree == "upstream" and not record.upstream:
                continue
            if origin is not None and record.origin != origin:
                continue
            if spec is not None and not satisfies(record.spec, spec, _provided(record)):
                continue
            if predicate_fn is None or predicate_fn(_record(record)):
                found.append(seen(record.spec))
        return found

    def query_local(self, query_spec: Any = None, **conditions: Any) -> list[ScriptSpec]:
        """:meth:`query` of the store itself, without those below it."""
        return self.query(query_spec, **{**conditions, "install_tree": "local"})

    def query_one(self, query_spec: Any, **conditions: Any) -> ScriptSpec | None:
        """The one spec that :meth:`query` finds, or None. Raises ValueError if it finds more."""
        found = self.query(query_spec, **conditions)
        if len(found) > 1:
            raise ValueError(f"{len(found)} installed specs satisfy {query_spec}")
        return found[0] if found else None

    def query_by_spec_hash(self, hash_key: str) -> tuple[bool, ScriptRecord | None]:
        """Whether the record of a full hash is in a store below this one, and the record."""
        found = self._database.get(hash_key)
        return (False, None) if found is None else (found.upstream, _record(found))

    def query_local_by_spec_hash(self, hash_key: str) -> ScriptRecord | None:
        """The record of a full hash in the store itself."""
        found = self._database.local(hash_key)
        return None if found is None else _record(found)

    def get_record(self, query_spec: Any) -> ScriptRecord:
        """The record of a concrete spec, or of the one that is meant.

        Raises:
            NoSuchSpecError: nothing is recorded.
        """
        spec = ScriptSpec(query_spec)
        chosen = spec if spec.concrete else self.query_one(spec, installed=any)
        found = None if chosen is None else self._database.get(chosen.dag_hash())
        if found is None:
            raise NoSuchSpecError(f"the store has no record of {query_spec}")
        return _record(found)

    def all_hashes(self) -> list[str]:
        """The hash of every record of the store itself, whatever its state."""
        self._database.refresh()
        return [record.hash for record in self._database.query(installed=None, upstream=False)]

    def installed_extensions_for(self, spec_like: Any, **_: Any) -> Iterator[ScriptSpec]:
        """The installed specs that extend what satisfies a spec, such as ``python@3.12``."""
        from spack.work.queries.recipe_queries import extendable, installed_extensions

        self._database.refresh()
        session, extended = current().session, ScriptSpec(spec_like)
        if extended.name not in extendable(session.repositories):
            return
        for spec in map(seen, installed_extensions(session, extended.name)):
            if spec[extended.name].satisfies(extended):
                yield spec

    def get_by_hash(self, dag_hash: str, installed: Status = any) -> list[ScriptSpec] | None:
        """The specs whose hash begins with a text; None if there are none."""
        return self.query(f"/{dag_hash}", installed=installed) or None

    def get_by_hash_local(self, dag_hash: str, installed: Status = any) -> list[ScriptSpec] | None:
        """:meth:`get_by_hash` of the store itself, without those below it."""
        return self.query_local(f"/{dag_hash}", installed=installed) or None

    def missing(self, spec: ScriptSpec) -> bool:
        """Whether a concrete spec is recorded and its prefix is gone."""
        found = self._database.get(spec.dag_hash())
        return found is not None and not found.installed

    def unused_specs(self, root_hashes: Iterable[str] | None = None, **_: Any) -> list[ScriptSpec]:
        """Installed specs that nothing explicit, nor one of some hashes, links or runs."""
        self._database.refresh()
        return [seen(record.spec) for record in unused(self._database, root_hashes or ())]

    def installed_relatives(
        self, spec: ScriptSpec, direction: str = "children", transitive: bool = True
    ) -> set[ScriptSpec]:
        """Installed ``children`` (dependencies) or ``parents`` (dependents) of a spec."""
        found: dict[ScriptSpec, None] = {}
        waiting = [spec]
        while waiting:
            here = waiting.pop()
            near: Iterable[Any] = here.dependencies()
            for other in near if direction == "children" else here.dependents():
                if other not in found and other.installed:
                    found[other] = None
                    waiting += [other] if transitive else []
        return set(found)

    @contextlib.contextmanager
    def read_transaction(self) -> Iterator[ScriptDatabase]:
        """Several questions to one state of the store."""
        self._database.refresh()
        yield self

    #: A transaction for changes: what changes the store locks it itself.
    write_transaction = read_transaction


class ScriptLayout:
    """The places of packages in the store."""

    @property
    def root(self) -> str:
        """The root of the store."""
        return current().session.store.root

    def path_for_spec(self, spec: ScriptSpec) -> str:
        """The prefix of a concrete spec, installed or not."""
        return str(spec.prefix)


class ScriptStore:
    """The store of the current instance."""

    db = ScriptDatabase()
    layout = ScriptLayout()

    @property
    def root(self) -> str:
        """The root of the store."""
        return current().session.store.root

    @property
    def unpadded_root(self) -> str:
        """The root as configured, without padding."""
        return current().session.store.unpadded_root

    def reindex(self) -> None:
        """Make the database anew from what is installed. Raises ReadOnlyStoreError."""
        current().session.store.reindex()


STORE = ScriptStore()
DB = STORE.db


def _provided(record: InstallRecord) -> Any:
    """The virtuals that a spec provides, for questions like ``mpi``; only asked if needed."""
    return seen(record.spec)._binding.provided


def _status(wanted: Status) -> InstallRecordStatus:
    """Selection of records by a script."""
    everything = ~InstallRecordStatus(0)
    if wanted is True:
        return InstallRecordStatus.INSTALLED
    if wanted is False:
        return InstallRecordStatus.MISSING
    if isinstance(wanted, InstallRecordStatus):
        return wanted
    if callable(wanted):
        return everything
    chosen = InstallRecordStatus(0)
    for status in wanted:
        chosen |= status
    return chosen


def _status_of(record: InstallRecord) -> InstallRecordStatus:
    if record.deprecated_for is not None:
        return InstallRecordStatus.DEPRECATED
    return InstallRecordStatus.INSTALLED if record.installed else InstallRecordStatus.MISSING


def _seconds(date: Any) -> float | None:
    """Seconds since 1970 of a ``datetime`` or a number; None for nothing (also ``None``)."""
    if date is None or isinstance(date, (int, float)):
        return date
    return float(date.timestamp())
