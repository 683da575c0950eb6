"""The spec as recipe code sees it, exported to recipes under the name ``Spec``.

A :class:`BoundSpec` is a view of an abstract spec, or of a node of a concrete graph that is bound:
paired with two small interfaces that say where a package is installed and which package object
belongs to it (:func:`bind`). All views of one node of one binding share their state: the package
object, the latest query, and the attributes that recipes set. This module knows no repository and
no store.
"""

from __future__ import annotations

import os
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Protocol,
    Sequence,
    Tuple,
    Union,
)

from spack.errors import SpackError
from spack.language import deptypes, targets
from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec, External, Value
from spack.language.formatting import DEFAULT_FORMAT, format_spec
from spack.language.matching import constrain, intersects, satisfies
from spack.language.specs import FLAG_TYPES, Edge, Spec
from spack.language.versions import Version, VersionSet
from spack.recipes.records.records import parsed_spec
from spack.system.binaries.libraries import (
    HeaderList,
    LibraryList,
    find_headers,
    find_libraries,
)
from spack.system.files.filesystem import Prefix

DepTypes = Union[str, Iterable[str], int]

#: Attributes of a view that are answered by the package of the node.
FORWARDED = ("home", "headers", "libs", "command")


class UnboundSpecError(SpackError, AttributeError):
    """An abstract spec was asked for something that only an installed or planned package has."""


class NoLibrariesError(SpackError):
    """A package has no libraries where they were looked for."""

    def __init__(self, message: str, prefix: Optional[str] = None) -> None:
        text = message if prefix is None else f"{message} has no libraries in {prefix}"
        super().__init__(text)


class NoHeadersError(SpackError):
    """A package has no headers where they were looked for."""


class PrefixOf(Protocol):
    """Where concrete specs are installed; the layout of the store implements it."""

    def prefix(self, spec: ConcreteSpec) -> str:
        """Absolute path of the installation prefix."""


class PackageOf(Protocol):
    """Recipes by name; the repositories implement it."""

    def package_class(self, name: str) -> Any:
        """The class of a package, by plain or qualified name."""

    def is_virtual(self, name: str) -> bool:
        """Whether the name is that of a virtual."""


class Query(NamedTuple):
    """The key of a ``spec[key]``: name, parameters after the colon, whether a virtual was named."""

    name: str
    extra_parameters: List[str]
    isvirtual: bool


class _State:
    """What all views of one node share."""

    __slots__ = ("attributes", "package", "query", "variants", "prefix")

    def __init__(self) -> None:
        self.attributes: Dict[str, Any] = {}
        self.package: Any = None
        self.query: Optional[Query] = None
        self.variants: Optional[VariantMap] = None
        self.prefix: Optional[Prefix] = None


class Binding:
    """The context that concrete nodes are bound to: prefixes, packages, shared state."""

    def __init__(self, prefixes: Optional[PrefixOf], packages: Optional[PackageOf]) -> None:
        self.prefixes = prefixes
        self.packages = packages
        self._states: Dict[str, _State] = {}

    def state(self, node: ConcreteSpec) -> _State:
        """The shared state of a node."""
        return self._states.setdefault(node.dag_hash(), _State())


_UNBOUND = Binding(None, None)


class VariantValue:
    """The value of a variant on a node. ``value`` is a boolean, a word, or sorted words."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: Value) -> None:
        self.name = name
        self.value: Any = value

    @property
    def values(self) -> Tuple[Any, ...]:
        """The value as a tuple."""
        return self.value if isinstance(self.value, tuple) else (self.value,)

    def __contains__(self, item: object) -> bool:
        return item in self.values

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, VariantValue):
            return (self.name, self.value) == (other.name, other.value)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.value))

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return ("+" if self.value else "~") + self.name
        return f"{self.name}={','.join(str(word) for word in self.values)}"

    def __repr__(self) -> str:
        return f"VariantValue({self.name!r}, {self.value!r})"


class VariantMap(Dict[str, VariantValue]):
    """Variants of a node by name, sorted. Text is the canonical form."""

    @property
    def dict(self) -> "VariantMap":
        """The mapping itself, for older recipes."""
        return self

    def __str__(self) -> str:
        booleans = [str(v) for v in self.values() if isinstance(v.value, bool)]
        others = [str(v) for v in self.values() if not isinstance(v.value, bool)]
        return "".join(booleans) + "".join(" " + text for text in others)


class Target:
    """A micro-architecture: comparable by compatibility, ``in`` asks for a feature."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def family(self) -> "Target":
        """The generic root."""
        return Target(targets.family(self.name))

    @property
    def generic(self) -> "Target":
        """The nearest target without a vendor."""
        return Target(targets.generic(self.name))

    @property
    def ancestors(self) -> List["Target"]:
        """Targets whose binaries run on this one, nearest first."""
        return [Target(name) for name in targets.ancestors(self.name)]

    @property
    def features(self) -> Any:
        """Names of the processor's features."""
        return targets.features(self.name)

    @property
    def vendor(self) -> str:
        """The maker, or ``generic``."""
        return targets.vendor(self.name)

    @property
    def microarchitecture(self) -> "Target":
        """The target itself, for recipes that ask for the inner object."""
        return self

    def __contains__(self, feature: object) -> bool:
        return isinstance(feature, str) and targets.has_feature(self.name, feature)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Target, str)) and str(other) == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __lt__(self, other: object) -> bool:
        return self.name in targets.ancestors(str(other))

    def __le__(self, other: object) -> bool:
        return self == other or self < other

    def __gt__(self, other: object) -> bool:
        return str(other) in targets.ancestors(self.name)

    def __ge__(self, other: object) -> bool:
        return self == other or self > other

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Target({self.name!r})"


class BoundArchitecture(NamedTuple):
    """Platform, operating system and target of a node; ``in`` looks into the text."""

    platform: Optional[str]
    os: Optional[str]
    target: Optional[Target]

    def __contains__(self, text: object) -> bool:
        if self.target is not None and text in self.target:
            return True
        return str(text) in str(self)

    def __str__(self) -> str:
        return "-".join(str(part) for part in self)


class BoundEdge(NamedTuple):
    """A dependency of a node."""

    parent: "BoundSpec"
    spec: "BoundSpec"
    depflag: int
    virtuals: Tuple[str, ...]


def _flags_of(types: DepTypes) -> int:
    return types if isinstance(types, int) else deptypes.from_names(types)


class BoundSpec:
    """A spec in recipe code: ``Spec("zlib@1.2")``, ``self.spec``, ``spec["mpi"]``.

    Attributes that this class lacks are looked up among those that recipes have set on the node.
    """

    __slots__ = ("_spec", "_binding", "_state", "_query", "_namespace_free", "__weakref__")

    _spec: Union[Spec, ConcreteSpec]
    _binding: Binding
    _state: _State
    _query: Optional[Query]

    def __init__(self, text: Any = None) -> None:
        if isinstance(text, BoundSpec):
            spec: Union[Spec, ConcreteSpec] = text._spec
            binding = text._binding
        elif isinstance(text, (Spec, ConcreteSpec)):
            spec, binding = text, _UNBOUND
        else:
            spec, binding = parsed_spec("" if text is None else str(text)), _UNBOUND
        _fill(self, spec, binding, None)

    # -- the values inside ---------------------------------------------------------------------

    @property
    def unbound(self) -> Union[Spec, ConcreteSpec]:
        """The pure value behind the view."""
        return self._spec

    @property
    def concrete(self) -> bool:
        """Whether everything is decided."""
        return isinstance(self._spec, ConcreteSpec)

    @property
    def name(self) -> Any:
        """Name of the package, None for an anonymous spec."""
        return self._spec.name

    @property
    def fullname(self) -> str:
        """``namespace.name`` if the namespace is known, else the name."""
        namespace = self._spec.namespace
        return f"{namespace}.{self.name}" if namespace else str(self.name or "")

    @property
    def namespace(self) -> Optional[str]:
        """The repository of the recipe."""
        return self._spec.namespace

    @property
    def version(self) -> Version:
        """The version. Raises an error if several are possible."""
        if isinstance(self._spec, ConcreteSpec):
            return self._spec.version
        found = self._spec.versions.concrete
        if found is None:
            found = self._spec.versions.concrete_range_as_version
        if found is None:
            raise UnboundSpecError(f"the spec '{self}' has no single version")
        return found

    @property
    def versions(self) -> VersionSet:
        """The set of possible versions."""
        if isinstance(self._spec, ConcreteSpec):
            return self._spec.version.as_set()
        return self._spec.versions

    @property
    def variants(self) -> VariantMap:
        """Values of the active variants, by name."""
        state = self._state
        if state.variants is None:
            state.variants = _variant_map(self._spec)
        return state.variants

    @property
    def compiler_flags(self) -> Dict[str, List[str]]:
        """Flags by type; all six types are there."""
        if isinstance(self._spec, ConcreteSpec):
            return {kind: list(words) for kind, words in self._spec.flags.items()}
        return {kind: [flag.flag for flag in self._spec.flags.get(kind, ())] for kind in FLAG_TYPES}

    @property
    def platform(self) -> Optional[str]:
        """Platform word."""
        return self.architecture.platform

    @property
    def os(self) -> Optional[str]:
        """Operating system word."""
        return self.architecture.os

    @property
    def target(self) -> Any:
        """The micro-architecture."""
        return self.architecture.target

    @property
    def architecture(self) -> BoundArchitecture:
        """Platform, operating system and target."""
        spec = self._spec
        if isinstance(spec, ConcreteSpec):
            arch = spec.arch
            return BoundArchitecture(arch.platform, arch.os, Target(str(arch.target)))
        return BoundArchitecture(
            spec.platform, spec.os, None if spec.target is None else Target(spec.target)
        )

    @property
    def external(self) -> bool:
        """Whether the package was installed by others."""
        return self._external is not None

    @property
    def external_path(self) -> Optional[str]:
        """Where an external is."""
        return None if self._external is None else self._external.path

    @property
    def external_modules(self) -> Optional[List[str]]:
        """Modules to load before an external is used."""
        if self._external is None or not self._external.modules:
            return None
        return list(self._external.modules)

    @property
    def extra_attributes(self) -> Mapping[str, Any]:
        """What the configuration or detection says about an external."""
        return {} if self._external is None else self._external.extra_attributes

    @property
    def _external(self) -> Optional[External]:
        if isinstance(self._spec, ConcreteSpec):
            return self._spec.external
        found = self._state.attributes.get("_detected")
        return found if isinstance(found, External) else None

    @property
    def is_develop(self) -> bool:
        """Whether the source is a directory of the user."""
        return "dev_path" in self._spec.variants

    @property
    def build_spec(self) -> "BoundSpec":
        """What a spliced node was built as; the spec itself otherwise."""
        if isinstance(self._spec, ConcreteSpec) and self._spec.build_spec is not None:
            return _view(self._spec.build_spec, self._binding)
        return self

    @property
    def spliced(self) -> bool:
        """Whether the node was built with other dependencies."""
        return isinstance(self._spec, ConcreteSpec) and self._spec.build_spec is not None

    @property
    def compiler(self) -> "BoundSpec":
        """The compiler of the first language that the node uses.

        Raises AttributeError if it uses none.
        """
        for language in ("c", "cxx", "fortran"):
            for edge in self.edges_to_dependencies(virtuals=language):
                return edge.spec
        raise UnboundSpecError(f"the spec '{self}' has no compiler")

    @classmethod
    def from_detection(
        cls,
        spec: Any,
        *,
        external_path: str,
        external_modules: Optional[Sequence[str]] = None,
        extra_attributes: Optional[Mapping[str, Any]] = None,
    ) -> "BoundSpec":
        """A spec that was found on the host at ``external_path``."""
        found = cls(spec)
        found._state.attributes["_detected"] = External(
            external_path, tuple(external_modules or ()), dict(extra_attributes or {})
        )
        return found

    # -- questions -----------------------------------------------------------------------------

    def satisfies(self, other: Any, strict: Optional[bool] = None) -> bool:
        """Whether all that ``other`` demands holds."""
        del strict
        return satisfies(self._spec, _pure(other), self._provided())

    def intersects(self, other: Any) -> bool:
        """Whether something can fulfil both."""
        return intersects(self._spec, _pure(other), self._provided())

    def constrained(self, other: Any) -> "BoundSpec":
        """Both constraints together. Raises an error if they contradict each other."""
        if isinstance(self._spec, ConcreteSpec):
            return self
        return BoundSpec(constrain(self._spec, _pure_spec(other)))

    def _provided(self) -> Optional[Callable[[ConcreteSpec, str], Optional[VersionSet]]]:
        if self._binding.packages is None:
            return None
        return self._versions_provided

    def _versions_provided(self, node: ConcreteSpec, virtual: str) -> Optional[VersionSet]:
        """Versions of a virtual that a node provides, None if it does not."""
        packages = self._binding.packages
        if packages is None or not packages.is_virtual(virtual):
            return None
        found: Optional[VersionSet] = None
        for when, records in packages.package_class(qualified_name(node)).provided.items():
            for record in records:
                for spec in record.specs:
                    if spec.name == virtual and satisfies(node, when):
                        versions = spec.versions
                        found = versions if found is None else found.union(versions)
        return found

    def __contains__(self, other: Any) -> bool:
        wanted = _pure(other)
        if not wanted.name or wanted.name == self.name:
            return self.satisfies(wanted)
        if not self.concrete:
            return any(
                edge.spec.name == wanted.name and satisfies(edge.spec, wanted)
                for edge in self._abstract_edges()
            )
        node = self._find(wanted.name)
        if node is None:
            return False
        if isinstance(wanted, Spec) and node.spec.name != wanted.name:
            return self._provider_satisfies(node.spec, wanted)
        return satisfies(node.spec, wanted, self._provided())

    def _provider_satisfies(self, node: ConcreteSpec, wanted: Spec) -> bool:
        """Whether a node that was found under the name of a virtual fulfils the rest."""
        provided = self._versions_provided(node, wanted.name or "")
        if provided is not None and not provided.intersects(wanted.versions):
            return False
        if provided is None and not wanted.versions.is_any:
            return False
        return satisfies(node, wanted.replace(name=None, versions=VersionSet.ANY))

    def has_virtual_dependency(self, virtual: str) -> bool:
        """Whether a direct dependency provides the virtual to this node."""
        return bool(self.dependencies(virtuals=virtual))

    def dag_hash(self, length: Optional[int] = None) -> str:
        """The hash of a concrete spec, or its first characters."""
        if not isinstance(self._spec, ConcreteSpec):
            raise UnboundSpecError(f"the spec '{self}' is abstract and has no hash")
        return self._spec.dag_hash()[:length]

    def format(self, template: str = DEFAULT_FORMAT) -> str:
        """Text from a template such as ``{name}-{version}``."""
        prefix = None
        if "{prefix}" in template and self._binding.prefixes is not None:
            prefix = str(self.prefix)
        return format_spec(self._spec, template, prefix=prefix)

    # -- the graph -----------------------------------------------------------------------------

    def __getitem__(self, key: str) -> "BoundSpec":
        query = _parse_key(key)
        if not isinstance(self._spec, ConcreteSpec):
            if query.name == self.name:
                return self
            for edge in self._abstract_edges():
                if edge.spec.name == query.name or query.name in edge.virtuals:
                    return BoundSpec(edge.spec)
            raise KeyError(f"the spec '{self}' has no dependency {query.name}")
        found = self._find(query.name)
        if found is None:
            raise KeyError(f"{self._spec} has no dependency {query.name}")
        node = found.spec
        if query.name != node.name:
            query = query._replace(isvirtual=True)
        view = _view(node, self._binding, query)
        view._state.query = query
        if node.name == "python":
            view._state.attributes["_command_of"] = self._python_venv()
        return view

    def _python_venv(self) -> Optional[ConcreteSpec]:
        for edge in self._concrete_edges():
            if edge.spec.name == "python-venv":
                return edge.spec
        return None

    def _concrete_edges(self) -> Tuple[ConcreteEdge, ...]:
        return self._spec.dependencies if isinstance(self._spec, ConcreteSpec) else ()

    def _abstract_edges(self) -> Tuple[Edge, ...]:
        return self._spec.dependencies if isinstance(self._spec, Spec) else ()

    def _find(self, name: str) -> Optional[ConcreteEdge]:
        """The edge to a dependency: direct build and test edges, then link and run breadth-first.

        The node itself is found under its own name.
        """
        assert isinstance(self._spec, ConcreteSpec)
        for edge in self._spec.dependencies:
            if edge.deptypes & (deptypes.BUILD | deptypes.TEST) and _answers(edge, name):
                return edge
        if self._spec.name == name:
            return ConcreteEdge(self._spec, 0)
        level: List[ConcreteSpec] = [self._spec]
        seen = {self._spec.dag_hash()}
        while level:
            below: List[ConcreteSpec] = []
            for node in level:
                for edge in node.dependencies:
                    if not edge.deptypes & (deptypes.LINK | deptypes.RUN):
                        continue
                    if _answers(edge, name):
                        return edge
                    code = edge.spec.dag_hash()
                    if code not in seen:
                        seen.add(code)
                        below.append(edge.spec)
            level = below
        return None

    def edges_to_dependencies(
        self,
        name: Optional[str] = None,
        depflag: int = deptypes.ALL,
        *,
        virtuals: Union[str, Sequence[str], None] = None,
    ) -> List[BoundEdge]:
        """Edges to direct dependencies, optionally by name, type, and one of some virtuals."""
        wanted = (virtuals,) if isinstance(virtuals, str) else virtuals
        edges: List[BoundEdge] = []
        for edge in self._spec.dependencies:
            if isinstance(edge, ConcreteEdge):
                child = _view(edge.spec, self._binding)
            else:
                child = BoundSpec(edge.spec)
            if name is not None and child.name != name:
                continue
            if edge.deptypes and not edge.deptypes & depflag:
                continue
            if wanted is not None and not any(virtual in edge.virtuals for virtual in wanted):
                continue
            edges.append(BoundEdge(self, child, edge.deptypes, edge.virtuals))
        return edges

    def dependencies(
        self,
        name: Optional[str] = None,
        deptype: DepTypes = "all",
        *,
        virtuals: Union[str, Sequence[str], None] = None,
    ) -> List["BoundSpec"]:
        """Direct dependencies, optionally by name, type, and one of some virtuals."""
        flags = _flags_of(deptype)
        return [edge.spec for edge in self.edges_to_dependencies(name, flags, virtuals=virtuals)]

    def traverse(
        self,
        *,
        root: bool = True,
        order: str = "pre",
        deptype: DepTypes = "all",
        **_: Any,
    ) -> Iterator["BoundSpec"]:
        """Nodes of the graph, each once."""
        if not isinstance(self._spec, ConcreteSpec):
            if root:
                yield self
            for edge in self._abstract_edges():
                yield BoundSpec(edge.spec)
            return
        for node in self._spec.traverse(_flags_of(deptype), order, root):
            yield _view(node, self._binding)

    # -- what only a bound node has ------------------------------------------------------------

    @property
    def prefix(self) -> Prefix:
        """Where the package is, or will be, installed."""
        state = self._state
        override = state.attributes.get("prefix")
        if override is not None:
            return Prefix(str(override))
        if state.prefix is None:
            state.prefix = Prefix(self._find_prefix())
        return state.prefix

    def _find_prefix(self) -> str:
        external = self._external
        if external is not None and external.path is not None:
            return external.path
        if isinstance(self._spec, ConcreteSpec) and self._binding.prefixes is not None:
            return str(self._binding.prefixes.prefix(self._spec))
        raise UnboundSpecError(f"the spec '{self}' has no installation prefix")

    @property
    def package(self) -> Any:
        """The package object of the node."""
        state = self._state
        if state.package is None:
            if self._binding.packages is None or not isinstance(self._spec, ConcreteSpec):
                raise UnboundSpecError(f"the spec '{self}' has no package object")
            package_class = self._binding.packages.package_class(qualified_name(self._spec))
            state.package = package_class(_view(self._spec, self._binding))
        return state.package

    @property
    def package_class(self) -> Any:
        """The class of the package."""
        if self._binding.packages is None or self.name is None:
            raise UnboundSpecError(f"the spec '{self}' is not connected to recipes")
        return self._binding.packages.package_class(self.fullname)

    @property
    def last_query(self) -> Optional[Query]:
        """The latest query by which any view of this node was obtained."""
        return self._state.query

    @property
    def home(self) -> Any:
        """Where the package's files are; usually the prefix."""
        return _forward(self, "home")

    @property
    def libs(self) -> Any:
        """Libraries of the package."""
        return _forward(self, "libs")

    @property
    def headers(self) -> Any:
        """Headers of the package."""
        return _forward(self, "headers")

    @property
    def command(self) -> Any:
        """The main program of the package."""
        venv = self._state.attributes.get("_command_of") if self._query is not None else None
        if venv is not None:
            return _view(venv, self._binding).command
        return _forward(self, "command")

    # -- attributes set by recipes -------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in _OWN_ATTRIBUTES:
            # A property has raised AttributeError; ask it again for its own words.
            return object.__getattribute__(self, name)
        attributes = self._state.attributes
        if name in attributes:
            return attributes[name]
        raise AttributeError(f"{self.name}: the spec has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FORWARDED:
            raise AttributeError(f"{name} of a spec is answered by its package; it cannot be set")
        if name == "package":
            self._state.package = value
            return
        self._state.attributes[name] = value

    # -- comparison ----------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if isinstance(other, BoundSpec):
            return self._spec == other._spec
        if isinstance(other, (Spec, ConcreteSpec)):
            return self._spec == other
        if isinstance(other, str):
            return self._spec == parsed_spec(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._spec)

    def __lt__(self, other: "BoundSpec") -> bool:
        return str(self) < str(other)

    def __str__(self) -> str:
        return str(self._spec)

    def __repr__(self) -> str:
        return f"Spec({str(self)!r})"

    def __format__(self, template: str) -> str:
        return self.format(template) if "{" in template else format(str(self), template)

    def __reduce__(self) -> Any:
        return (BoundSpec, (self._spec,))

    def copy(self, **_: Any) -> "BoundSpec":
        """A view of the same immutable value with attributes of its own."""
        return (
            BoundSpec(self._spec) if self._binding is _UNBOUND else _view(self._spec, self._binding)
        )


_OWN_ATTRIBUTES = frozenset(name for name in vars(BoundSpec) if not name.startswith("_"))


def _fill(
    view: BoundSpec,
    spec: Union[Spec, ConcreteSpec],
    binding: Binding,
    query: Optional[Query],
) -> None:
    assign = object.__setattr__
    assign(view, "_spec", spec)
    assign(view, "_binding", binding)
    assign(view, "_query", query)
    if isinstance(spec, ConcreteSpec) and binding is not _UNBOUND:
        assign(view, "_state", binding.state(spec))
    else:
        assign(view, "_state", _State())


def _view(
    spec: Union[Spec, ConcreteSpec], binding: Binding, query: Optional[Query] = None
) -> BoundSpec:
    view: BoundSpec = object.__new__(BoundSpec)
    _fill(view, spec, binding, query)
    return view


def bind(
    concrete: ConcreteSpec, prefixes: Optional[PrefixOf], packages: Optional[PackageOf]
) -> BoundSpec:
    """A view of a concrete graph in a new binding; reach the other nodes from it."""
    return _view(concrete, Binding(prefixes, packages))


def bind_all(
    concrete: Iterable[ConcreteSpec], prefixes: Optional[PrefixOf], packages: Optional[PackageOf]
) -> List[BoundSpec]:
    """Views of several graphs in one new binding, so that common nodes share their state."""
    binding = Binding(prefixes, packages)
    return [_view(spec, binding) for spec in concrete]


def qualified_name(node: ConcreteSpec) -> str:
    """``namespace.name`` of a node."""
    return f"{node.namespace}.{node.name}" if node.namespace else node.name


def _pure(spec: Any) -> Union[Spec, ConcreteSpec]:
    if isinstance(spec, BoundSpec):
        return spec._spec
    if isinstance(spec, (Spec, ConcreteSpec)):
        return spec
    return parsed_spec(str(spec))


def _pure_spec(spec: Any) -> Spec:
    pure = _pure(spec)
    return pure if isinstance(pure, Spec) else parsed_spec(str(pure))


def _answers(edge: ConcreteEdge, name: str) -> bool:
    return edge.spec.name == name or name in edge.virtuals


def _parse_key(key: str) -> Query:
    name, colon, parameters = key.partition(":")
    if ":" in parameters:
        raise KeyError(f"{key!r}: a query has one colon at most")
    words = [word.strip() for word in parameters.split(",")] if colon else []
    return Query(name.strip(), [word for word in words if word], False)


def _variant_map(spec: Union[Spec, ConcreteSpec]) -> VariantMap:
    found = VariantMap()
    for name in sorted(spec.variants):
        value: Any = spec.variants[name]
        if isinstance(spec, Spec):
            values = spec.variants[name].values
            value = values[0] if len(values) == 1 else tuple(values)
        found[name] = VariantValue(name, value)
    if isinstance(spec, ConcreteSpec) and spec.patches and "patches" not in found:
        found["patches"] = VariantValue("patches", tuple(sorted(spec.patches)))
    return found


def _forward(view: BoundSpec, attribute: str) -> Any:
    """An attribute answered by the package: of the virtual, of the package, or found by default."""
    package = view.package
    names = []
    if view._query is not None and view._query.isvirtual:
        names.append(f"{view._query.name}_{attribute}")
    names.append(attribute)
    for name in names:
        try:
            value = getattr(package, name)
        except AttributeError:
            continue
        if value is None:
            raise AttributeError(f"{view.name}: the recipe gives no {attribute}")
        return value
    default = _DEFAULTS.get(attribute)
    if default is None:
        raise AttributeError(f"{view.name}: the recipe has no attribute {attribute!r}")
    return default(view)


def _default_headers(view: BoundSpec) -> HeaderList:
    root = os.path.join(str(view.package.home), "include")
    found = find_headers("*", root, recursive=True)
    if not found:
        raise NoHeadersError(f"no headers of {view.name} were found in {root}")
    return found


def _default_libs(view: BoundSpec) -> LibraryList:
    home = str(view.package.home)
    name = str(view.name).replace("-", "?")
    if not name.startswith("lib"):
        name = "lib" + name
    if view.satisfies("+shared"):
        kinds: Tuple[bool, ...] = (True,)
    elif view.satisfies("~shared"):
        kinds = (False,)
    else:
        kinds = (True, False)
    for shared in kinds:
        found = find_libraries(name, home, shared=shared, recursive=True)
        if found:
            return found
    raise NoLibrariesError(f"no libraries of {view.name} were found in {home}")


_DEFAULTS: Mapping[str, Callable[[BoundSpec], Any]] = {
    "headers": _default_headers,
    "libs": _default_libs,
}
