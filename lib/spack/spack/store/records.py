"""Records of the database: as JSON, as rows, and as the rest of the program sees them.

Knows nothing of specs beyond the keys of their dictionaries, and not how records are stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.specs import Spec
from spack.language.versions import parse_version
from spack.named_tuples import NamedTuple
from spack.type_names import Any, Callable

#: Virtuals that the compilers of a node provide.
_LANGUAGES = frozenset(("c", "cxx", "fortran"))

_TYPE_BITS = {"build": 4, "link": 1, "run": 2, "test": 8}

#: A record of the index as it is in JSON.
RawRecord = dict[str, Any]


class NoSuchSpecError(SpackError):
    """Nothing in the store matches."""


class RowDependency(NamedTuple):
    """An edge in a row: hash of the child, dependency type flags, virtuals it provides."""

    hash: str
    deptypes: int
    virtuals: tuple[str, ...]


class IndexRow(NamedTuple):
    """The fields of a record that listings, garbage collection and queries by name need.

    ``installation_time`` is in seconds since 1970. ``compilers`` is the same text in all rows with
    the same compilers for the same languages, and not meant for people.
    """

    hash: str
    name: str
    version: str
    namespace: str
    platform: str
    os: str
    target: str
    path: str | None
    installed: bool
    explicit: bool
    external: bool
    ref_count: int
    installation_time: float
    deprecated_for: str | None
    origin: str | None
    build_spec: str | None
    compilers: str
    dependencies: Sequence[RowDependency]


def node_dependencies(node: Mapping[str, Any]) -> list[RowDependency]:
    """The edges of a node dictionary of any specfile version, in its order."""
    found = []
    listed = node.get("dependencies", ())
    pairs = listed.items() if isinstance(listed, dict) else ((d.get("name"), d) for d in listed)
    for _, edge in pairs:
        if isinstance(edge, dict):
            parameters = edge.get("parameters", edge)
            types = parameters.get("deptypes", edge.get("type", ()))
            virtuals = tuple(parameters.get("virtuals", ()))
            child = edge.get("hash", "")
        else:
            child, types, virtuals = edge[0], edge[1], ()
        bits = 0
        for name in (types,) if isinstance(types, str) else types:
            bits |= _TYPE_BITS.get(name, 0)
        found.append(RowDependency(child, bits, virtuals))
    return found


def flat_node(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node dictionary of any version; old ones are nested under the package name."""
    if "name" in node:
        return node
    ((name, body),) = node.items()
    return {"name": name, **body}


def row_of(digest: str, record: RawRecord) -> IndexRow:
    """The row of a raw record."""
    node = flat_node(record["spec"])
    arch = node.get("arch") or {}
    target = arch.get("target", "") if isinstance(arch, dict) else ""
    if isinstance(target, dict):
        target = target.get("name", "")
    version = node.get("version")
    if version is None:
        version = ",".join(node.get("versions", ()))
    build_spec = node.get("build_spec") or {}
    path = record.get("path")
    dependencies = tuple(node_dependencies(node))
    return IndexRow(
        hash=digest,
        name=node["name"],
        version=str(version),
        namespace=node.get("namespace") or "",
        platform=arch.get("platform", "") if isinstance(arch, dict) else "",
        os=arch.get("platform_os", "") if isinstance(arch, dict) else "",
        target=target,
        path=None if path in (None, "None") else path,
        installed=bool(record.get("installed")),
        explicit=bool(record.get("explicit")),
        external=bool(node.get("external")),
        ref_count=int(record.get("ref_count", 0)),
        installation_time=float(record.get("installation_time") or 0.0),
        deprecated_for=record.get("deprecated_for"),
        origin=record.get("origin"),
        build_spec=build_spec.get("hash") if isinstance(build_spec, dict) else None,
        compilers=_compilers(node, dependencies),
        dependencies=dependencies,
    )


def _compilers(node: Mapping[str, Any], dependencies: Sequence[RowDependency]) -> str:
    """See :class:`IndexRow`; nodes of old formats name their one compiler."""
    edges = [e for e in dependencies if e.virtuals and not _LANGUAGES.isdisjoint(e.virtuals)]
    if edges:
        return " ".join(f"{','.join(edge.virtuals)}={edge.hash}" for edge in edges)
    old = (node.get("annotations") or {}).get("compiler") or node.get("compiler") or ""
    return f"{old['name']}@={old['version']}" if isinstance(old, dict) else str(old)


def _of_row(name: str) -> Any:
    """A property that is a field of the row."""
    return property(attrgetter(f"row.{name}"))


class InstallRecord:
    """Record of one concrete spec in a store.

    The spec itself is read when :attr:`spec` is asked for; everything else is at hand.

    Attributes:
        row: the plain fields, which are attributes here too.
        hash: DAG hash.  name, version, namespace, platform, os, target: texts.
        path: prefix, None for externals without one.
        installed: whether it is there; records of removed packages stay while others need them.
        explicit: whether a user asked for it.
        external: whether it was installed by others.
        ref_count: number of recorded dependents, over all dependency types.
        installation_time: seconds since 1970.
        deprecated_for: hash of the spec that replaces it, or None.
        origin: where it came from, or None.
        dependencies: direct edges.
        upstream: whether it belongs to a read-only store below this one.
    """

    __slots__ = ("_read", "_spec", "row", "upstream")

    def __init__(
        self, row: IndexRow, read: Callable[[str], ConcreteSpec], upstream: bool = False
    ) -> None:
        self.row = row
        self._read = read
        self._spec: ConcreteSpec | None = None
        self.upstream = upstream

    hash: str = _of_row("hash")
    name: str = _of_row("name")
    version: str = _of_row("version")
    namespace: str = _of_row("namespace")
    platform: str = _of_row("platform")
    os: str = _of_row("os")
    target: str = _of_row("target")
    path: str | None = _of_row("path")
    installed: bool = _of_row("installed")
    explicit: bool = _of_row("explicit")
    external: bool = _of_row("external")
    ref_count: int = _of_row("ref_count")
    installation_time: float = _of_row("installation_time")
    deprecated_for: str | None = _of_row("deprecated_for")
    origin: str | None = _of_row("origin")
    dependencies: Sequence[RowDependency] = _of_row("dependencies")

    @property
    def spec(self) -> ConcreteSpec:
        """The concrete spec; read and parsed on first use."""
        if self._spec is None:
            self._spec = self._read(self.row.hash)
        return self._spec

    def satisfies(self, wanted: Spec) -> bool:
        """Whether the node matches; its own spec is read only if the fields do not decide."""
        row = self.row
        if wanted.name and wanted.name != row.name:
            return False
        if wanted.abstract_hash and not row.hash.startswith(wanted.abstract_hash):
            return False
        for value, own in (
            (wanted.namespace, row.namespace),
            (wanted.platform, row.platform),
            (wanted.os, row.os),
        ):
            if value and own and value != own:
                return False
        if not wanted.versions.is_any and not row.version.startswith("git."):
            if not wanted.versions.contains(parse_version(row.version)):
                return False
        from spack.language.matching import satisfies

        return satisfies(self.spec, wanted)

    def __repr__(self) -> str:
        return f"InstallRecord({self.name}@{self.version}/{self.hash[:7]})"


def record_dict(
    node: Mapping[str, Any],
    *,
    path: str | None,
    installed: bool,
    explicit: bool,
    installation_time: float,
    deprecated_for: str | None = None,
    origin: str | None = None,
) -> RawRecord:
    """A record as it is in the index, in the order in which Spack writes the keys."""
    record = {
        "spec": node,
        "ref_count": 0,
        "path": path,
        "installed": installed,
        "explicit": explicit,
        "installation_time": installation_time,
        "deprecated_for": deprecated_for,
    }
    if origin is not None:
        record["origin"] = origin
    return record
