"""Specs: what a user asks for (:class:`Spec`) and what was decided (:class:`ConcreteSpec`).

The two are different types. An abstract spec is a set of constraints on a root and on the nodes
below it; a concrete spec is one node of a finished graph. Both are immutable values: the functions
of :mod:`spack.language.matching` return new ones. They know no store, no recipe and no host.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple, Union

from spack.errors import Origin
from spack.language.versions import Version, VersionSet

#: The six compiler flag types, in the order of the node dictionary.
FLAG_TYPES = ("cflags", "cppflags", "cxxflags", "fflags", "ldflags", "ldlibs")

#: A concrete variant value: a boolean, a word, or the sorted words of a multi-valued variant.
Value = Union[bool, str, Tuple[str, ...]]


class Architecture(NamedTuple):
    """``platform-os-target`` of a concrete node; targets are archspec names."""

    platform: str
    os: str
    target: str

    def __str__(self) -> str:
        return f"{self.platform}-{self.os}-{self.target}"


class VariantConstraint(NamedTuple):
    """``+x``, ``x=a,b``, ``x:=a``, ``x=*`` and their propagating forms in an abstract spec.

    ``values`` is ``(True,)`` or ``(False,)`` for booleans, ``("*",)`` for any value, else sorted
    words. ``exact`` is the ``:=`` form: exactly these values.
    """

    name: str
    values: Tuple[Union[bool, str], ...]
    exact: bool = False
    propagate: bool = False


class FlagConstraint(NamedTuple):
    """One compiler flag of an abstract spec; ``group`` numbers the text it was written in."""

    flag: str
    propagate: bool = False
    group: str = ""


class Edge(NamedTuple):
    """A dependency constraint of an abstract spec.

    ``sigil`` is ``^`` (anywhere below the root), ``%`` (direct) or ``%%`` (direct, and preferred
    below). ``deptypes`` is 0 when none were given.
    """

    sigil: str
    spec: "Spec"
    deptypes: int = 0
    virtuals: Tuple[str, ...] = ()
    when: Optional["Spec"] = None


class Spec:
    """An abstract spec. Attributes that are not constrained are empty, never None but for names.

    Attributes:
        name: package or virtual name, None for an anonymous spec, ``*`` is kept as anonymous.
        namespace: recipe repository, or None.
        versions: a :class:`VersionSet`; :data:`VersionSet.ANY` when not constrained.
        variants: name to :class:`VariantConstraint`, sorted by name.
        flags: flag type to a tuple of :class:`FlagConstraint`.
        platform, os: word or None.  target: target constraint text (``zen2``, ``x86_64:,zen``) or None.
        abstract_hash: prefix of a DAG hash (the ``/abc`` form), or None.
        dependencies: tuple of :class:`Edge`; ``^`` edges sit on the root only.
    """

    __slots__ = (
        "name",
        "namespace",
        "versions",
        "variants",
        "flags",
        "platform",
        "os",
        "target",
        "abstract_hash",
        "dependencies",
        "_key",
        "_text",
    )

    def __init__(
        self,
        name: Optional[str] = None,
        *,
        namespace: Optional[str] = None,
        versions: VersionSet = VersionSet.ANY,
        variants: Optional[Mapping[str, VariantConstraint]] = None,
        flags: Optional[Mapping[str, Tuple[FlagConstraint, ...]]] = None,
        platform: Optional[str] = None,
        os: Optional[str] = None,
        target: Optional[str] = None,
        abstract_hash: Optional[str] = None,
        dependencies: Tuple[Edge, ...] = (),
    ) -> None:
        self.name = name
        self.namespace = namespace
        self.versions = versions
        self.variants: Mapping[str, VariantConstraint] = variants or {}
        self.flags: Mapping[str, Tuple[FlagConstraint, ...]] = flags or {}
        self.platform = platform
        self.os = os
        self.target = target
        self.abstract_hash = abstract_hash
        self.dependencies = dependencies
        self._key: Optional[Tuple[Any, ...]] = None
        self._text: Optional[str] = None


class External(NamedTuple):
    """What makes a concrete node external: where it is and how it is loaded."""

    path: Optional[str]
    modules: Tuple[str, ...] = ()
    extra_attributes: Mapping[str, Any] = {}


class ConcreteEdge(NamedTuple):
    """A resolved dependency: the node, its types as flags, the virtuals it provides on this edge."""

    spec: "ConcreteSpec"
    deptypes: int
    virtuals: Tuple[str, ...] = ()


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
        "name",
        "namespace",
        "version",
        "arch",
        "variants",
        "flags",
        "dependencies",
        "external",
        "patches",
        "package_hash",
        "build_spec",
        "annotations",
        "_hash",
        "__weakref__",
    )

    def __init__(
        self,
        name: str,
        version: Version,
        arch: Architecture,
        *,
        namespace: str = "builtin",
        variants: Optional[Mapping[str, Value]] = None,
        flags: Optional[Mapping[str, Tuple[str, ...]]] = None,
        dependencies: Tuple[ConcreteEdge, ...] = (),
        external: Optional[External] = None,
        patches: Tuple[str, ...] = (),
        package_hash: str = "",
        build_spec: Optional["ConcreteSpec"] = None,
        annotations: Optional[Mapping[str, Any]] = None,
        dag_hash: Optional[str] = None,
    ) -> None:
        self.name = name
        self.version = version
        self.arch = arch
        self.namespace = namespace
        self.variants: Mapping[str, Value] = variants or {}
        self.flags: Dict[str, Tuple[str, ...]] = {
            kind: tuple((flags or {}).get(kind, ())) for kind in FLAG_TYPES
        }
        self.dependencies = tuple(sorted(dependencies, key=lambda e: (e.spec.name, e.deptypes)))
        self.external = external
        self.patches = patches
        self.package_hash = package_hash
        self.build_spec = build_spec
        self.annotations: Mapping[str, Any] = annotations or {"original_specfile_version": 5}
        self._hash = dag_hash


class Located(NamedTuple):
    """A spec with the place where it was written, for requests and configuration."""

    spec: Spec
    origin: Origin
    text: str
