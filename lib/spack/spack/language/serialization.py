"""Concrete specs as files hold them: node dictionaries, specfiles and lock files.

Terms: a *node dictionary* describes one node and names its children by hash; a *specfile* holds
the nodes of one root, the root first; a *lock file* holds the nodes of an environment and its roots
with the texts that the user wrote. Specfile versions 1 to 5 and lock versions 1 to 6 are read,
the newest of both are written. Nothing here opens a file.

What the versions changed: 1 names the node by an outer key and maps dependencies by name; 2 lists
nodes and dependencies with ``name``; 3 names children by the final DAG hash; 4 moved edge types to
``parameters`` and added virtuals; 5 dropped the ``compiler`` of a node, which is an edge now.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

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
from spack.language.versions import VersionError, parse_version

#: What reading unexpected JSON raises.
_DAMAGE = (
    AttributeError,
    IndexError,
    KeyError,
    StopIteration,
    TypeError,
    ValueError,
    VersionError,
)

#: The versions that are written.
SPECFILE_VERSION = 5
LOCKFILE_VERSION = 6

LOCKFILE_TYPE = "spack-lockfile"

#: Lock version to the version of the node dictionaries in it.
_NODE_VERSION = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5}

_FLAG_KEYS = frozenset(FLAG_TYPES)

# Keys of a node whose values are texts where they are present.
_TEXT_KEYS = ("name", "version", "namespace", "package_hash", "hash", "build_hash", "full_hash")

# Old files may name a node or a child by one of these.
_HASH_KEYS = ("hash", "build_hash", "full_hash")


class SpecfileError(SpackError):
    """A specfile or a lock file is damaged, or newer than this program."""


# One dependency as a file names it: key of the child, types, virtuals.
_Reference = Tuple[str, int, Tuple[str, ...]]


class _Node(NamedTuple):
    """One node of a file before its children are known."""

    dag_hash: Optional[str]
    fields: Dict[str, Any]
    references: List[_Reference]
    build_key: Optional[str]


def node_dict(spec: ConcreteSpec, hash: bool = True) -> Dict[str, Any]:
    """The node dictionary of one node; ``hash`` adds its DAG hash."""
    return spec.node_dict(hash)


# -- reading nodes ---------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is not a text")


@lru_cache(maxsize=None)
def _plain_arch(platform: str, system: str, target: str) -> Architecture:
    return Architecture(_text(platform), _text(system), TargetName(target))


def _arch(data: Any) -> Architecture:
    if isinstance(data, str):
        platform, rest = data.split("-", 1)
        system, target = rest.rsplit("-", 1)
        return _plain_arch(platform, system, target)
    target = data["target"]
    if isinstance(target, str):
        return _plain_arch(data["platform"], data["platform_os"], target)
    name = TargetName(_text(target["name"]))
    name.description = target
    return Architecture(_text(data["platform"]), _text(data["platform_os"]), name)


def _external(data: Optional[Mapping[str, Any]]) -> Optional[External]:
    if not data:
        return None
    modules = data.get("module") or data.get("modules") or ()
    if isinstance(modules, str):
        modules = (modules,)
    if not (data.get("path") or modules):
        return None
    return External(data.get("path"), tuple(modules), data.get("extra_attributes") or {})


@lru_cache(maxsize=None)
def _deptypes(names: Tuple[str, ...]) -> int:
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


def _references(data: Any, version: int) -> List[_Reference]:
    if not data:
        return []
    if version >= 4:
        found = []
        for item in data:
            parameters = item["parameters"]
            virtuals = parameters.get("virtuals")
            found.append(
                (
                    _text(item["hash"]),
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
            _text(data[key])
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
        None if not build else _text(next(build[key] for key in _HASH_KEYS if key in build)),
    )


def graph_from_nodes(
    nodes: Iterable[Tuple[str, Mapping[str, Any]]],
    version: int = SPECFILE_VERSION,
    *,
    known: Optional[Mapping[str, ConcreteSpec]] = None,
) -> Dict[str, ConcreteSpec]:
    """Specs by hash, from hashes and node dictionaries of one specfile version.

    Children are searched among the nodes and then in ``known``, whose specs are part of the
    answer. Raises :class:`SpecfileError`.
    """
    return _build_graph(nodes, version, None, known)


def _build_graph(
    nodes: Iterable[Tuple[str, Mapping[str, Any]]],
    version: int,
    origin: Optional[Origin],
    known: Optional[Mapping[str, ConcreteSpec]] = None,
) -> Dict[str, ConcreteSpec]:
    """Specs by the keys of the file; children are made before their parents."""
    read: Dict[str, _Node] = {}
    for key, data in nodes:
        try:
            read[key] = _read_node(data, version)
        except _DAMAGE as error:
            raise SpecfileError(
                f"node {key} of the file is damaged: {error}", origin=origin
            ) from None
    built: Dict[str, ConcreteSpec] = dict(known or {})
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
                raise SpecfileError(f"the file lacks node {key}, which it names", origin=origin)
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


def _with_build_specs(roots: Iterable[ConcreteSpec]) -> Iterable[ConcreteSpec]:
    """Every node below the roots once, parents first, build specs of spliced nodes after them."""
    seen = set()
    for root in roots:
        for node in root.traverse():
            if node.dag_hash() in seen:
                continue
            seen.add(node.dag_hash())
            yield node
            if node.build_spec is not None:
                for other in _with_build_specs([node.build_spec]):
                    if other.dag_hash() not in seen:
                        seen.add(other.dag_hash())
                        yield other


def specfile_to_dict(spec: ConcreteSpec) -> Dict[str, Any]:
    """The newest form of a specfile: the root first, then its dependencies in preorder."""
    return {
        "spec": {
            "_meta": {"version": SPECFILE_VERSION},
            "nodes": [node.node_dict() for node in _with_build_specs([spec])],
        }
    }


def specfile_from_dict(data: Any, origin: Optional[Origin] = None) -> ConcreteSpec:
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
            f"specfile version {version} is not known",
            origin=origin,
            hint=f"versions 1 to {SPECFILE_VERSION} can be read; use a newer program",
        )
    keyed = []
    try:
        for node in nodes:
            inner = next(iter(node.values())) if version == 1 and "name" not in node else node
            keyed.append((next(inner[key] for key in _HASH_KEYS if key in inner), node))
    except (StopIteration, TypeError, AttributeError):
        raise SpecfileError("a node of the specfile has no hash", origin=origin) from None
    if not keyed:
        raise SpecfileError("the specfile holds no node", origin=origin)
    return _build_graph(keyed, version, origin)[keyed[0][0]]


def specfile_from_text(text: str, origin: Optional[Origin] = None) -> ConcreteSpec:
    """The root of a specfile in JSON. Raises :class:`SpecfileError`."""
    return specfile_from_dict(_load(text, "specfile", origin), origin)


def _load(text: str, what: str, origin: Optional[Origin]) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecfileError(f"the {what} is not JSON: {error}", origin=origin) from None


# -- lock files ------------------------------------------------------------------------------------


class Lockfile:
    """The locked state of an environment.

    Attributes:
        roots: pairs of the DAG hash and the text that the user wrote, in order.
        concrete_specs: every node, by DAG hash.
        program: what wrote the lock: ``version``, ``type`` and ``commit``.
        included: locks of included environments by their path, without header.
        root_attributes: further keys of a root, by its place in ``roots``.
        extra: top-level keys of the file that this program does not interpret.
        version: lock version of the file that was read.
    """

    __slots__ = (
        "concrete_specs",
        "extra",
        "included",
        "program",
        "root_attributes",
        "roots",
        "version",
    )

    def __init__(
        self,
        roots: Sequence[Tuple[str, str]] = (),
        concrete_specs: Optional[Mapping[str, ConcreteSpec]] = None,
        *,
        program: Optional[Mapping[str, Any]] = None,
        included: Optional[Mapping[str, "Lockfile"]] = None,
        root_attributes: Optional[Mapping[int, Mapping[str, Any]]] = None,
        extra: Optional[Mapping[str, Any]] = None,
        version: int = LOCKFILE_VERSION,
    ) -> None:
        self.roots: List[Tuple[str, str]] = list(roots)
        self.concrete_specs: Dict[str, ConcreteSpec] = dict(concrete_specs or {})
        self.program: Mapping[str, Any] = dict(program or {})
        self.included: Dict[str, Lockfile] = dict(included or {})
        self.root_attributes: Dict[int, Mapping[str, Any]] = dict(root_attributes or {})
        self.extra: Dict[str, Any] = dict(extra or {})
        self.version = version

    @classmethod
    def from_roots(cls, roots: Sequence[Tuple[ConcreteSpec, str]], **attributes: Any) -> "Lockfile":
        """A lock of these roots, each with the user's text, and of all nodes below them."""
        nodes = _with_build_specs(spec for spec, _ in roots)
        return cls(
            [(spec.dag_hash(), text) for spec, text in roots],
            {node.dag_hash(): node for node in nodes},
            **attributes,
        )

    def root_specs(self) -> List[Tuple[ConcreteSpec, str]]:
        """The concrete roots with the user's texts."""
        return [(self.concrete_specs[code], text) for code, text in self.roots]

    def to_dict(self) -> Dict[str, Any]:
        """The newest form of the file, keys in their fixed order."""
        data: Dict[str, Any] = {
            "_meta": {
                "file-type": LOCKFILE_TYPE,
                "lockfile-version": LOCKFILE_VERSION,
                "specfile-version": SPECFILE_VERSION,
            },
            "spack": dict(self.program),
        }
        data.update(self._body())
        return data

    def _body(self) -> Dict[str, Any]:
        body: Dict[str, Any] = {
            "roots": [
                {"hash": code, "spec": text, **self.root_attributes.get(place, {})}
                for place, (code, text) in enumerate(self.roots)
            ],
            "concrete_specs": {
                code: spec.node_dict() for code, spec in self.concrete_specs.items()
            },
        }
        if self.included:
            body["include_concrete"] = {path: lock._body() for path, lock in self.included.items()}
        body.update(self.extra)
        return body

    def to_text(self) -> str:
        """The file as compact JSON."""
        return json.dumps(self.to_dict(), separators=(",", ":"))

    @classmethod
    def from_dict(cls, data: Any, origin: Optional[Origin] = None) -> "Lockfile":
        """A lock of any version. Raises :class:`SpecfileError`."""
        try:
            meta = data["_meta"]
            version = meta["lockfile-version"]
        except (KeyError, TypeError):
            raise SpecfileError(
                "this is not a lock file",
                origin=origin,
                hint="a lock file has the key '_meta' with 'lockfile-version'",
            ) from None
        if not isinstance(version, int) or version not in _NODE_VERSION:
            raise SpecfileError(
                f"lock file version {version} is not known",
                origin=origin,
                hint=f"versions 1 to {LOCKFILE_VERSION} can be read; use a newer program, "
                "or delete the file and concretize again",
            )
        return cls._from_body(data, version, origin)

    @classmethod
    def _from_body(cls, data: Any, version: int, origin: Optional[Origin]) -> "Lockfile":
        try:
            nodes = list(data["concrete_specs"].items())
            entries = [dict(entry) for entry in data["roots"]]
            included = dict(data.get("include_concrete") or {})
            program = dict(data.get("spack") or {})
            roots = [(_text(entry.pop("hash")), _text(entry.pop("spec"))) for entry in entries]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise SpecfileError(f"the lock file is damaged: {error}", origin=origin) from None
        by_key = _build_graph(nodes, _NODE_VERSION[version], origin)
        for key, text in roots:
            if key not in by_key:
                raise SpecfileError(
                    f"the root {text} is locked as {key}, which the file does not hold",
                    origin=origin,
                )
        known = ("_meta", "spack", "roots", "concrete_specs", "include_concrete")
        return cls(
            [(by_key[key].dag_hash(), text) for key, text in roots],
            {by_key[key].dag_hash(): by_key[key] for key, _ in nodes},
            program=program,
            included={
                path: cls._from_body(body, version, origin) for path, body in included.items()
            },
            root_attributes={place: entry for place, entry in enumerate(entries) if entry},
            extra={key: value for key, value in data.items() if key not in known},
            version=version,
        )

    @classmethod
    def from_text(cls, text: str, origin: Optional[Origin] = None) -> "Lockfile":
        """A lock from JSON. Raises :class:`SpecfileError`."""
        return cls.from_dict(_load(text, "lock file", origin), origin)
