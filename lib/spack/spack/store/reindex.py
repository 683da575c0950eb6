"""Making the records of a store anew from the prefixes in it.

The specfile in every prefix says what is there; the old database, if it can be read, adds what
prefixes do not know: what users asked for, when, origins, deprecations and externals. Prefixes
that are being built do not count. Must not write the database: the caller does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping

from spack.named_tuples import NamedTuple
from spack.store.layout import METADATA, metadata
from spack.store.records import RawRecord, node_dependencies, record_dict
from spack.type_names import Callable

#: Directories below the root that hold no prefixes.
_NOT_PREFIXES = (".spack-db", "bin")

#: The depth below the root to which prefixes are searched.
_DEPTH = 6


class ReindexResult(NamedTuple):
    """New records, and the specfiles that could not be read with the reason."""

    records: dict[str, RawRecord]
    unreadable: tuple[tuple[str, str], ...]


def find_prefixes(root: str, depth: int = _DEPTH) -> Iterator[str]:
    """Directories below a root that hold installation metadata, sorted; links are not followed."""
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError:
        return
    names = {entry.name for entry in entries}
    if METADATA in names:
        yield root
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and entry.name not in _NOT_PREFIXES and depth:
            yield from find_prefixes(entry.path, depth - 1)


def hash_in(prefix: str) -> str | None:
    """The hash that the specfile of a prefix tells; None if it tells none."""
    try:
        return str(_read_specfile(metadata(prefix).spec_file)[0]["hash"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read_specfile(path: str) -> list[dict[str, object]]:
    with open(path, encoding="utf-8") as stream:
        data = json.load(stream)
    nodes = data["spec"]["nodes"]
    if not nodes or "hash" not in nodes[0]:
        raise ValueError("it has no hashed nodes")
    return nodes  # type: ignore[no-any-return]


def reindex(
    root: str,
    old: Mapping[str, RawRecord],
    is_partial: Callable[[str], bool],
    is_upstream: Callable[[str], bool],
) -> ReindexResult:
    """Records for everything installed below ``root``.

    Args:
        old: records of the database so far, empty when it is lost.
        is_partial: whether the prefix of a hash is being built or half-built.
        is_upstream: whether a hash is installed in a store below.
    """
    unreadable: list[tuple[str, str]] = []
    nodes: dict[str, Mapping[str, object]] = {}
    installed: dict[str, str] = {}
    times: dict[str, float] = {}
    deprecated: dict[str, str] = {}
    for prefix in find_prefixes(root):
        path = os.path.join(prefix, METADATA, "spec.json")
        try:
            found = _read_specfile(path)
            when = os.stat(path).st_mtime
        except (OSError, ValueError, KeyError, TypeError) as error:
            unreadable.append((path, str(error)))
            continue
        digest = str(found[0]["hash"])
        if is_partial(digest):
            continue
        installed[digest] = prefix
        times[digest] = when
        for node in found:
            nodes.setdefault(str(node["hash"]), node)
        for replaced in _deprecated_in(prefix):
            deprecated[replaced] = digest
    for digest, record in old.items():
        node = record["spec"]
        if node.get("external") and record.get("installed"):
            nodes.setdefault(digest, node)
            installed.setdefault(digest, record.get("path") or "")
    records: dict[str, RawRecord] = {}
    for digest in _closure(installed, nodes, is_upstream):
        before = old.get(digest, {})
        external = nodes[digest].get("external")
        own_path: str | None = installed.get(digest) or None
        if own_path is None and isinstance(external, dict):
            own_path = external.get("path")
        records[digest] = record_dict(
            nodes[digest],
            path=own_path,
            installed=digest in installed or bool(external),
            explicit=bool(before.get("explicit", digest in installed and not old and not external)),
            installation_time=float(before.get("installation_time") or times.get(digest, 0.0)),
            deprecated_for=before.get("deprecated_for") or deprecated.get(digest),
            origin=before.get("origin"),
        )
    for record in list(records.values()):
        for edge in node_dependencies(record["spec"]):
            if edge.hash in records:
                records[edge.hash]["ref_count"] += 1
        replacement = record["deprecated_for"]
        if replacement in records:
            records[replacement]["ref_count"] += 1
    return ReindexResult(records, tuple(unreadable))


def _deprecated_in(prefix: str) -> list[str]:
    """Hashes of the specs that the package in a prefix replaces."""
    directory = os.path.join(prefix, METADATA, "deprecated")
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return [name.partition("_")[0].rpartition("-")[2] for name in names if name.endswith(".json")]


def _closure(
    installed: Mapping[str, str],
    nodes: Mapping[str, Mapping[str, object]],
    is_upstream: Callable[[str], bool],
) -> list[str]:
    """The packages installed here and all that they need, but for those installed upstream."""
    order: dict[str, None] = {}
    stack = sorted(installed, reverse=True)
    while stack:
        digest = stack.pop()
        if digest in order or digest not in nodes:
            continue
        if digest not in installed and is_upstream(digest):
            continue
        order[digest] = None
        stack += [edge.hash for edge in node_dependencies(nodes[digest])]
        build_spec = nodes[digest].get("build_spec")
        if isinstance(build_spec, dict):
            stack.append(str(build_spec["hash"]))
    return list(order)
