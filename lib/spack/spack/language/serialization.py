"""Concrete specs as files hold them: node dictionaries and specfiles.

Terms: a *node dictionary* describes one node and names its children by hash; a *specfile* holds
the nodes of one root, the root first. Versions 1 to 5 are read, the newest is written. Nothing here
opens a file.

What the versions changed: 1 names the node by an outer key and maps dependencies by name; 2 lists
nodes and dependencies with ``name``; 3 names children by the final DAG hash; 4 moved edge types to
``parameters`` and added virtuals; 5 dropped the ``compiler`` of a node, which is an edge now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache

from spack.errors import Origin, SpackError
from spack.language import deptypes as dt
from spack.language.concrete_specs import (
    Architecture,
    ConcreteEdge,
    ConcreteSpec,
    External,
    TargetName,
    Value,
)
from spack.language.specs import FLAG_TYPES
from spack.language.version_keys import VersionError
from spack.language.versions import parse_version
from spack.named_tuples import NamedTuple
from spack.type_names import Any

#: The exceptions raised by reading unexpected JSON.
_DAMAGE = (
    AttributeError,
    IndexError,
    KeyError,
    StopIteration,
    TypeError,
    ValueError,
    VersionError,
)

#: The version that is written.
SPECFILE_VERSION = 5


_FLAG_KEYS = frozenset(FLAG_TYPES)

# Keys of a node whose values are texts where they are present.
_TEXT_KEYS = ("name", "version", "namespace", "package_hash", "hash", "build_hash", "full_hash")

# Old files may name a node or a child by one of these.
_HASH_KEYS = ("hash", "build_hash", "full_hash")


class SpecfileError(SpackError):
    """A specfile or a lock file is damaged, or newer than this program."""


# One dependency as a file names it: key of the child, types, virtuals.
_Reference = tuple[str, int, tuple[str, ...]]


class _Node(NamedTuple):
    """One node of a file before its children are known."""

    dag_hash: str | None
    fields: dict[str, Any]
    references: list[_Reference]
    build_key: str | None


# -- reading nodes ---------------------------------------------------------------------------------


def text_of(value: Any) -> str:
    """The value, which must be a text. Raises ValueError."""
    if isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is not a string")


@cache
def _plain_arch(platform: str, system: str, target: str) -> Architecture:
    return Architecture(text_of(platform), text_of(system), TargetName(target))


def _arch(data: Any) -> Architecture:
    if isinstance(data, str):
        platform, rest = data.split("-", 1)
        system, target = rest.rsplit("-", 1)
        return _plain_arch(platform, system, target)
    target = data["target"]
    if isinstance(target, str):
        return _plain_arch(data["platform"], data["platform_os"], target)
    name = TargetName(text_of(target["name"]))
    name.description = target
    return Architecture(text_of(data["platform"]), text_of(data["platform_os"]), name)


def _external(data: Mapping[str, Any] | None) -> External | None:
    if not data:
        return None
    modules = data.get("module") or data.get("modules") or ()
    if isinstance(modules, str):
        modules = (modules,)
    if not (data.get("path") or modules):
        return None
    return External(data.get("path"), tuple(modules), data.get("extra_attributes") or {})


@cache
def _deptypes(names: tuple[str, ...]) -> int:
    return dt.from_names(names)


def _reference_of(name: str, data: Any) -> _Reference:
    """A dependency of a file older than version 4."""
    if isinstance(data, str):  # the oldest files: [hash, types] or the hash alone
        return (data, dt.DEFAULT, ())
    if isinstance(data, list):
        return (data[0], dt.from_names(data[1]), ())
    key = next((data[item] for item in _HASH_KEYS if item in data), None)
    if not isinstance(key, str):
        raise KeyError(f"hash of the dependency {name}")
    return (key, dt.from_names(data["type"]), ())


def _references(data: Any, version: int) -> list[_Reference]:
    if not data:
        return []
    if version >= 4:
        found = []
        for item in data:
            parameters = item["parameters"]
            virtuals = parameters.get("virtuals")
            found.append(
                (
                    text_of(item["hash"]),
                    _deptypes(tuple(parameters["deptypes"])),
                    tuple(virtuals) if virtuals else (),
                )
            )
        return found
    if isinstance(data, dict):
        return [_reference_of(name, item) for name, item in data.items()]
    return [_reference_of(item["name"], item) for item in data]


def _value(value: Any) -> Value:
    """A variant value that is neither a text nor a boolean."""
    return tuple(value) if isinstance(value, list) else str(value)


def _read_node(data: Mapping[str, Any], version: int) -> _Node:
    if version == 1 and "name" not in data:
        ((name, inner),) = data.items()
        data = dict(inner, name=name)
    if data.get("concrete") is False or "version" not in data:
        raise ValueError(f"{data['name']} is not concrete")
    parameters = data.get("parameters", {})
    variants = {
        name: value if value.__class__ is bool or value.__class__ is str else _value(value)
        for name, value in parameters.items()
        if name not in _FLAG_KEYS
    }
    flags = {kind: tuple(parameters[kind]) for kind in FLAG_TYPES if parameters.get(kind)}
    for key in _TEXT_KEYS:
        if key in data:
            text_of(data[key])
    annotations = data.get("annotations")
    if annotations is not None and not isinstance(annotations["original_specfile_version"], int):
        raise ValueError("original_specfile_version is not a number")
    if annotations is None:
        annotations = {"original_specfile_version": version}
        compiler = data.get("compiler")
        if compiler and version < 5:
            annotations["compiler"] = f"{compiler['name']}@={compiler['version']}"
    patches = data.get("patches")
    if patches is None and "patches" in variants:
        patches = variants["patches"]
    build = data.get("build_spec")
    fields = {
        "name": data["name"],
        "version": parse_version(data["version"]),
        "arch": _arch(data["arch"]),
        "namespace": data.get("namespace") or "builtin",
        "variants": variants,
        "flags": flags,
        "external": _external(data.get("external")),
        "patches": tuple(patches or ()),
        "package_hash": data.get("package_hash") or "",
        "annotations": annotations,
    }
    return _Node(
        data["hash"] if "hash" in data else next((data[k] for k in _HASH_KEYS if k in data), None),
        fields,
        _references(data.get("dependencies"), version),
        None if not build else text_of(next(build[key] for key in _HASH_KEYS if key in build)),
    )


def graph_from_nodes(
    nodes: Iterable[tuple[str, Mapping[str, Any]]],
    version: int = SPECFILE_VERSION,
    origin: Origin | None = None,
    *,
    known: Mapping[str, ConcreteSpec] | None = None,
) -> dict[str, ConcreteSpec]:
    """Specs by the keys of the file, from node dictionaries of one specfile version.

    Children are made before their parents. They are searched among the nodes and then in ``known``,
    whose specs are part of the answer. Raises :class:`SpecfileError`.
    """
    read: dict[str, _Node] = {}
    for key, data in nodes:
        try:
            read[key] = _read_node(data, version)
        except _DAMAGE as error:
            raise SpecfileError(
                f"node {key} of the file is damaged: {error}", origin=origin
            ) from None
    built: dict[str, ConcreteSpec] = dict(known or {})
    pending = set()
    for start in reversed(read):  # files put parents first
        stack = [start]
        while stack:
            key = stack[-1]
            if key in built:
                stack.pop()
                continue
            node = read.get(key)
            if node is None:
                raise SpecfileError(
                    f"the file refers to node {key}, but does not contain it", origin=origin
                )
            missing = [child for child, _, _ in node.references if child not in built]
            if node.build_key is not None and node.build_key not in built:
                missing.append(node.build_key)
            if not missing:
                built[key] = _finish(key, node, built)
                pending.discard(key)
                stack.pop()
                continue
            if key in pending:
                raise SpecfileError(f"node {key} of the file depends on itself", origin=origin)
            pending.add(key)
            stack.extend(missing)
    return built


def _finish(key: str, node: _Node, built: Mapping[str, ConcreteSpec]) -> ConcreteSpec:
    return ConcreteSpec(
        **node.fields,
        dependencies=tuple(
            [
                ConcreteEdge(built[child], deptypes, virtuals)
                for child, deptypes, virtuals in node.references
            ]
        ),
        build_spec=None if node.build_key is None else built[node.build_key],
        dag_hash=node.dag_hash or key,
    )


# -- specfiles -------------------------------------------------------------------------------------


def with_build_specs(roots: Iterable[ConcreteSpec]) -> Iterable[ConcreteSpec]:
    """Every node below the roots once, parents first, build specs of spliced nodes after them."""
    seen: set[str] = set()
    for root in roots:
        # Below a node that was met before there is nothing new: many roots share most nodes.
        stack = [root]
        while stack:
            node = stack.pop()
            if node.dag_hash() in seen:
                continue
            seen.add(node.dag_hash())
            yield node
            if node.build_spec is not None:
                for other in with_build_specs([node.build_spec]):
                    if other.dag_hash() not in seen:
                        seen.add(other.dag_hash())
                        yield other
            stack.extend(edge.spec for edge in reversed(node.dependencies))


def specfile_to_dict(spec: ConcreteSpec) -> dict[str, Any]:
    """The newest form of a specfile: the root first, then its dependencies in preorder."""
    return {
        "spec": {
            "_meta": {"version": SPECFILE_VERSION},
            "nodes": [node.node_dict() for node in with_build_specs([spec])],
        }
    }


def specfile_from_dict(data: Any, origin: Origin | None = None) -> ConcreteSpec:
    """The root of a specfile of any version. Raises :class:`SpecfileError`."""
    try:
        spec = data["spec"]
        if isinstance(spec, list):
            version, nodes = 1, spec
        else:
            version, nodes = spec["_meta"]["version"], spec["nodes"]
    except (KeyError, TypeError):
        raise SpecfileError(
            "this is not a specfile",
            origin=origin,
            hint="a specfile has the key 'spec' with '_meta' and 'nodes'",
        ) from None
    if not isinstance(version, int) or not 1 <= version <= SPECFILE_VERSION:
        raise SpecfileError(
            f"unknown specfile version {version}",
            origin=origin,
            hint=f"versions 1 to {SPECFILE_VERSION} can be read; use a newer version of Spack",
        )
    keyed = []
    try:
        for node in nodes:
            inner = next(iter(node.values())) if version == 1 and "name" not in node else node
            keyed.append((next(inner[key] for key in _HASH_KEYS if key in inner), node))
    except (StopIteration, TypeError, AttributeError):
        raise SpecfileError("a node of the specfile has no hash", origin=origin) from None
    if not keyed:
        raise SpecfileError("the specfile has no nodes", origin=origin)
    return graph_from_nodes(keyed, version, origin)[keyed[0][0]]


def load_json(text: str, what: str, origin: Origin | None) -> Any:
    """The data of a text. Raises :class:`SpecfileError`, which says ``what`` the text should be."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecfileError(f"the {what} is not JSON: {error}", origin=origin) from None
