"""Concrete specs: what was decided, one :class:`ConcreteSpec` a node of a finished graph.

Its hash is that of its canonical form, the node dictionary, which is made here and read in
:mod:`spack.language.serialization`. Knows no store, no recipe and no host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from spack.language import deptypes as dt
from spack.language.digests import base32, sha1
from spack.language.specs import FLAG_TYPES, FlagConstraint, Spec, VariantConstraint
from spack.language.versions import Version, VersionSet
from spack.named_tuples import NamedTuple
from spack.type_names import Any, Callable, ClassVar, Union

#: A concrete variant value: a boolean, a word, or the sorted words of a multi-valued variant.
Value = Union[bool, str, tuple[str, ...]]


class TargetName(str):
    """A target name that remembers the description it had in a file, for faithful writing."""

    description: Mapping[str, Any] | None = None


class Architecture(NamedTuple):
    """``platform-os-target`` of a concrete node; targets are archspec names."""

    platform: str
    os: str
    target: str

    def __str__(self) -> str:
        return f"{self.platform}-{self.os}-{self.target}"


class External(NamedTuple):
    """Location of an external node, and the modules that load it."""

    path: str | None
    modules: tuple[str, ...] = ()
    extra_attributes: Mapping[str, Any] = {}


class ConcreteEdge(NamedTuple):
    """A resolved dependency: the node, its types as flags, the virtuals it provides here."""

    spec: ConcreteSpec
    deptypes: int
    virtuals: tuple[str, ...] = ()


_NO_FLAGS: Mapping[str, tuple[str, ...]] = dict.fromkeys(FLAG_TYPES, ())


def _edge_order(edge: ConcreteEdge) -> tuple[str, int]:
    return (edge.spec.name, edge.deptypes)


def hash_of(node: Mapping[str, Any], build_hash: str = "") -> str:
    """The DAG hash of a node dictionary without its hash; ``build_hash`` of the build spec."""
    import json

    text = json.dumps(node, separators=(",", ":"))
    code = base32(sha1(text.encode("ascii")).digest())
    return code[: -len(build_hash[-7:])] + build_hash[-7:] if build_hash else code


class ConcreteSpec:
    """One node of a concrete graph; children are complete before their parents.

    Attributes:
        name, namespace: recipe.  version: a :class:`Version` (or git version).
        arch: :class:`Architecture`.
        variants: name to :data:`Value`, only those that are active on the node.
        flags: all six of :data:`FLAG_TYPES` to tuples of words.
        dependencies: tuple of :class:`ConcreteEdge`, sorted by child name.
        external: :class:`External` or None.
        patches: sha256 of the patches in order of application.
        package_hash: content hash of the recipe for this node ("" when unknown).
        build_spec: for a spliced node the spec that it was built as.
        annotations: ``original_specfile_version`` and, for old files, ``compiler``.
    """

    __slots__ = (
        "__weakref__",
        "_hash",
        "annotations",
        "arch",
        "build_spec",
        "dependencies",
        "external",
        "flags",
        "name",
        "namespace",
        "package_hash",
        "patches",
        "variants",
        "version",
    )

    concrete: ClassVar[bool] = True

    def __init__(
        self,
        name: str,
        version: Version,
        arch: Architecture,
        *,
        namespace: str = "builtin",
        variants: Mapping[str, Value] | None = None,
        flags: Mapping[str, tuple[str, ...]] | None = None,
        dependencies: tuple[ConcreteEdge, ...] = (),
        external: External | None = None,
        patches: tuple[str, ...] = (),
        package_hash: str = "",
        build_spec: ConcreteSpec | None = None,
        annotations: Mapping[str, Any] | None = None,
        dag_hash: str | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.arch = arch
        self.namespace = namespace
        self.variants: Mapping[str, Value] = variants or {}
        self.flags: dict[str, tuple[str, ...]] = dict(_NO_FLAGS)
        if flags:
            self.flags.update((kind, tuple(words)) for kind, words in flags.items())
        if len(dependencies) > 1:
            dependencies = tuple(sorted(dependencies, key=_edge_order))
        self.dependencies = dependencies
        self.external = external
        self.patches = patches
        self.package_hash = package_hash
        self.build_spec = build_spec
        self.annotations: Mapping[str, Any] = annotations or {"original_specfile_version": 5}
        self._hash = dag_hash

    # -- parts ---------------------------------------------------------------------------------

    @property
    def fullname(self) -> str:
        """``namespace.name``."""
        return f"{self.namespace}.{self.name}"

    @property
    def platform(self) -> str:
        return self.arch.platform

    @property
    def os(self) -> str:
        return self.arch.os

    @property
    def target(self) -> str:
        return self.arch.target

    @property
    def spliced(self) -> bool:
        """Whether the node was built as something else and relinked."""
        return self.build_spec is not None

    @property
    def versions(self) -> VersionSet:
        """The set with the one version."""
        return self.version.as_set()

    # -- identity ------------------------------------------------------------------------------

    def node_dict(self, hash: bool = True) -> dict[str, Any]:
        """The node as written in files, in their order of keys; ``hash`` adds the DAG hash."""
        parameters: dict[str, Any] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.variants.items()
        }
        if self.patches and "patches" not in parameters:
            parameters["patches"] = sorted(self.patches)
        parameters = {name: parameters[name] for name in sorted(parameters)}
        for kind in FLAG_TYPES:
            parameters[kind] = list(self.flags[kind])
        node: dict[str, Any] = {
            "name": self.name,
            "version": str(self.version),
            "arch": {
                "platform": self.arch.platform,
                "platform_os": self.arch.os,
                "target": _target_form(self.arch.target),
            },
            "namespace": self.namespace,
            "parameters": parameters,
        }
        if self.external is not None:
            node["external"] = {
                "path": self.external.path,
                "module": list(self.external.modules) or None,
                "extra_attributes": _plain(self.external.extra_attributes),
            }
        if self.patches:
            node["patches"] = list(self.patches)
        if self.package_hash:
            node["package_hash"] = self.package_hash
        if self.dependencies:
            # Nodes that came from files older than version 5 have their edges marked.
            mark = {"direct": True} if self.annotations["original_specfile_version"] < 5 else {}
            node["dependencies"] = [
                {
                    "name": edge.spec.name,
                    "hash": edge.spec.dag_hash(),
                    "parameters": {
                        "deptypes": list(dt.to_names(edge.deptypes)),
                        "virtuals": sorted(edge.virtuals),
                        **mark,
                    },
                }
                for edge in self.dependencies
            ]
        if self.build_spec is not None:
            node["build_spec"] = {
                "name": self.build_spec.name,
                "hash": self.build_spec.dag_hash(),
            }
        node["annotations"] = _plain(self.annotations)
        if hash:
            node["hash"] = self.dag_hash()
        return node

    def dag_hash(self, length: int | None = None) -> str:
        """32 characters of base32: SHA-1 of the compact JSON of the node dictionary.

        A spliced node ends in the last 7 characters of the hash of its build spec.
        """
        if self._hash is None:
            built = self.build_spec.dag_hash() if self.build_spec is not None else ""
            self._hash = hash_of(self.node_dict(hash=False), built)
        return self._hash if length is None else self._hash[:length]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ConcreteSpec):
            return self is other or self.dag_hash() == other.dag_hash()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.dag_hash())

    def __str__(self) -> str:
        """``name@version/hash``, which names this node and no other."""
        return f"{self.name}@{self.version}/{self.dag_hash()}"

    @property
    def label(self) -> str:
        """``name@version/hash`` with a short hash, for messages."""
        return f"{self.name}@{self.version}/{self.dag_hash(7)}"

    def __repr__(self) -> str:
        return f"ConcreteSpec({self.name}@={self.version}/{self.dag_hash(7)})"

    # -- graph ---------------------------------------------------------------------------------

    def edge(self, name: str) -> ConcreteEdge | None:
        """The direct edge to the package ``name``, or the one that provides the virtual ``name``.

        With several, the first that is linked or run wins.
        """
        found = [e for e in self.dependencies if e.spec.name == name or name in e.virtuals]
        for edge in found:
            if edge.deptypes & (dt.LINK | dt.RUN):
                return edge
        return found[0] if found else None

    def lookup(self, name: str) -> ConcreteSpec | None:
        """The node that ``name``, a package or a virtual, means for this one; None if none does.

        The node itself by its own name, then direct build and test edges, then link and run edges
        by distance.
        """
        if self.name == name:
            return self
        direct = [e for e in self.dependencies if e.deptypes & (dt.BUILD | dt.TEST)]
        for edge in direct:
            if edge.spec.name == name or name in edge.virtuals:
                return edge.spec
        for node in self.traverse(dt.LINK | dt.RUN, order="breadth"):
            for edge in node.dependencies:
                if edge.deptypes & (dt.LINK | dt.RUN) and (
                    edge.spec.name == name or name in edge.virtuals
                ):
                    return edge.spec
        return None

    def edges(self, deptypes: int = dt.ALL) -> tuple[ConcreteEdge, ...]:
        """Direct edges that have one of the types."""
        return tuple(edge for edge in self.dependencies if edge.deptypes & deptypes)

    def traverse(
        self, deptypes: int = dt.ALL, order: str = "pre", root: bool = True
    ) -> Iterator[ConcreteSpec]:
        """Every node reachable over edges of the types, once each.

        Args:
            deptypes: flags of :mod:`spack.language.deptypes`.
            order: ``pre`` (parents first, depth first), ``post`` (children first), ``topo``
                (every parent before all its children), ``breadth`` (by distance).
            root: whether this node is included.
        """
        return _ORDERS[order](self, deptypes, root)

    def traverse_edges(self, deptypes: int = dt.ALL) -> Iterator[tuple[ConcreteSpec, ConcreteEdge]]:
        """Every (parent, edge) below this node, parents in preorder."""
        for node in self.traverse(deptypes):
            for edge in node.dependencies:
                if edge.deptypes & deptypes:
                    yield node, edge


def _plain(value: Any) -> Any:
    """Mappings and sequences of any kind as dicts and lists, for JSON."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _target_form(target: str) -> str | dict[str, Any]:
    """Generic targets are words in files, micro-architectures are described."""
    if isinstance(target, TargetName):
        return str(target) if target.description is None else dict(target.description)
    from spack.language.targets import describe

    return describe(target)


def _preorder(start: ConcreteSpec, deptypes: int, root: bool) -> Iterator[ConcreteSpec]:
    seen: set[str] = set()
    stack = [start]
    while stack:
        node = stack.pop()
        code = node.dag_hash()
        if code in seen:
            continue
        seen.add(code)
        if root or node is not start:
            yield node
        stack.extend(e.spec for e in reversed(node.dependencies) if e.deptypes & deptypes)


def _postorder(start: ConcreteSpec, deptypes: int, root: bool) -> Iterator[ConcreteSpec]:
    seen: set[str] = {start.dag_hash()}
    stack: list[tuple[ConcreteSpec, Iterator[ConcreteEdge]]] = [(start, iter(start.dependencies))]
    while stack:
        node, edges = stack[-1]
        for edge in edges:
            if edge.deptypes & deptypes and edge.spec.dag_hash() not in seen:
                seen.add(edge.spec.dag_hash())
                stack.append((edge.spec, iter(edge.spec.dependencies)))
                break
        else:
            stack.pop()
            if root or node is not start:
                yield node


def _topological(start: ConcreteSpec, deptypes: int, root: bool) -> Iterator[ConcreteSpec]:
    return iter(list(_postorder(start, deptypes, root))[::-1])


def _breadth(start: ConcreteSpec, deptypes: int, root: bool) -> Iterator[ConcreteSpec]:
    seen: set[str] = {start.dag_hash()}
    level = [start]
    if root:
        yield start
    while level:
        below = []
        for node in level:
            for edge in node.dependencies:
                code = edge.spec.dag_hash()
                if edge.deptypes & deptypes and code not in seen:
                    seen.add(code)
                    below.append(edge.spec)
        yield from below
        level = below


_ORDERS: Mapping[str, Callable[[ConcreteSpec, int, bool], Iterator[ConcreteSpec]]] = {
    "pre": _preorder,
    "post": _postorder,
    "topo": _topological,
    "breadth": _breadth,
}


def variant_constraint(name: str, value: Value) -> VariantConstraint:
    """A concrete value as the constraint that only it satisfies."""
    if isinstance(value, bool):
        return VariantConstraint(name, (value,))
    if isinstance(value, tuple):
        return VariantConstraint(name, tuple(sorted(value)), exact=True)
    return VariantConstraint(name, (value,))


def concrete_node(spec: ConcreteSpec) -> Spec:
    """The constraints that one concrete node fulfils: everything but hash and dependencies."""
    return Spec(
        spec.name,
        namespace=spec.namespace,
        versions=VersionSet((spec.version,)),
        variants={name: variant_constraint(name, value) for name, value in spec.variants.items()},
        flags={
            kind: tuple(FlagConstraint(flag) for flag in words)
            for kind, words in spec.flags.items()
            if words
        },
        platform=spec.platform,
        os=spec.os,
        target=str(spec.target),
    )


#: A spec of either kind.
AnySpec = Union[Spec, ConcreteSpec]


def distinct(specs: Iterable[ConcreteSpec]) -> list[ConcreteSpec]:
    """Each spec once, in order."""
    found: dict[str, ConcreteSpec] = {}
    for spec in specs:
        found.setdefault(spec.dag_hash(), spec)
    return list(found.values())
