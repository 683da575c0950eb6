"""A record of the database as the rest of the program sees it.

Must not know how records are stored.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional, Sequence

from spack.language.concrete_specs import ConcreteSpec
from spack.store.index_files import Row
from spack.store.records import RowDependency


class InstallRecord:
    """What is known of one concrete spec in a store.

    The spec itself is read when :attr:`spec` is asked for; everything else is at hand.

    Attributes:
        hash: DAG hash.  name, version, namespace, platform, os, target: texts.
        path: prefix, None for externals without one.
        installed: whether it is there; records of removed packages stay while others need them.
        explicit: whether a user asked for it.
        external: whether it was installed by others.
        ref_count: number of recorded dependents, over all dependency types.
        installation_time: seconds since 1970.
        deprecated_for: hash of the spec that replaces it, or None.
        origin: where it came from, or None.
        upstream: whether it belongs to a read-only store below this one.
    """

    __slots__ = ("_read", "_row", "_spec", "upstream")

    def __init__(
        self, row: Row, read: Callable[[str], ConcreteSpec], upstream: bool = False
    ) -> None:
        self._row = row
        self._read = read
        self._spec: Optional[ConcreteSpec] = None
        self.upstream = upstream

    @property
    def row(self) -> Row:
        """The plain fields."""
        return self._row

    @property
    def hash(self) -> str:
        """DAG hash, 32 characters."""
        return self._row.hash

    @property
    def name(self) -> str:
        """Package name."""
        return self._row.name

    @property
    def version(self) -> str:
        """Version text."""
        return self._row.version

    @property
    def namespace(self) -> str:
        """Recipe repository."""
        return self._row.namespace

    @property
    def platform(self) -> str:
        """Platform of the node."""
        return self._row.platform

    @property
    def os(self) -> str:
        """Operating system of the node."""
        return self._row.os

    @property
    def target(self) -> str:
        """Target name of the node."""
        return self._row.target

    @property
    def path(self) -> Optional[str]:
        """Prefix, None for externals without one."""
        return self._row.path

    @property
    def installed(self) -> bool:
        """Whether it is installed."""
        return self._row.installed

    @property
    def explicit(self) -> bool:
        """Whether a user asked for it."""
        return self._row.explicit

    @property
    def external(self) -> bool:
        """Whether it was installed by others."""
        return self._row.external

    @property
    def ref_count(self) -> int:
        """Number of recorded dependents."""
        return self._row.ref_count

    @property
    def installation_time(self) -> float:
        """Seconds since 1970."""
        return self._row.installation_time

    @property
    def deprecated_for(self) -> Optional[str]:
        """Hash of the replacement, or None."""
        return self._row.deprecated_for

    @property
    def origin(self) -> Optional[str]:
        """Where it came from, or None."""
        return self._row.origin

    @property
    def dependencies(self) -> Sequence[RowDependency]:
        """Direct edges as hashes."""
        return self._row.dependencies

    @property
    def spec(self) -> ConcreteSpec:
        """The concrete spec; read and parsed on first use."""
        if self._spec is None:
            self._spec = self._read(self._row.hash)
        return self._spec

    def __repr__(self) -> str:
        return f"InstallRecord({self.name}@{self.version}/{self.hash[:7]})"


def record_dict(
    node: Mapping[str, Any],
    *,
    path: Optional[str],
    installed: bool,
    explicit: bool,
    installation_time: float,
    ref_count: int = 0,
    deprecated_for: Optional[str] = None,
    origin: Optional[str] = None,
) -> "dict[str, Any]":
    """A record as it is in the index, in the order in which Spack writes the keys."""
    record = {
        "spec": node,
        "ref_count": ref_count,
        "path": path,
        "installed": installed,
        "explicit": explicit,
        "installation_time": installation_time,
        "deprecated_for": deprecated_for,
    }
    if origin is not None:
        record["origin"] = origin
    return record
