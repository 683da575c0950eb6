"""The spec as recipe code sees it, exported to recipes under the name ``Spec``.

A :class:`BoundSpec` is a view of an abstract spec, or of a node of a concrete graph that is bound:
paired with two small interfaces that say where a package is installed and which package object
belongs to it (:func:`bind`). All views of one node of one binding share their state: the package
object, the latest query, and the attributes that recipes set. This module knows no repository and
no store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from spack.language import deptypes
from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec, External
from spack.language.formatting import DEFAULT_FORMAT, format_spec
from spack.language.matching import constrain, intersects, satisfies
from spack.language.specs import Edge, Spec
from spack.language.versions import VersionSet
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bindings import (
    UNBOUND,
    Binding,
    NodeState,
    PackageOf,
    PrefixOf,
    Query,
    UnboundSpecError,
    qualified_name,
)
from spack.recipes.bound.default_files import default_headers, default_libs
from spack.recipes.bound.node_view import NodeView
from spack.recipes.records.package_records import parsed_spec
from spack.system.files.prefixes import Prefix
from spack.type_names import Any, Callable, Union

DepTypes = Union[str, Iterable[str], int]

#: Attributes of a view that are answered by the package of the node.
FORWARDED = ("home", "headers", "libs", "command")


class BoundEdge(NamedTuple):
    """A dependency of a node."""

    parent: BoundSpec
    spec: BoundSpec
    depflag: int
    virtuals: tuple[str, ...]


def _flags_of(types: DepTypes) -> int:
    return types if isinstance(types, int) else deptypes.from_names(types)


class BoundSpec(NodeView):
    """A spec in recipe code: ``Spec("zlib@1.2")``, ``self.spec``, ``spec["mpi"]``.

    Attributes that this class lacks are looked up among those that recipes have set on the node.
    """

    __slots__ = ()

    def __init__(self, text: Any = None) -> None:
        if isinstance(text, BoundSpec):
            spec: Spec | ConcreteSpec = text._spec
            binding = text._binding
        elif isinstance(text, (Spec, ConcreteSpec)):
            spec, binding = text, UNBOUND
        else:
            spec, binding = parsed_spec("" if text is None else str(text)), UNBOUND
        self._become(spec, binding)

    def _become(
        self, spec: Spec | ConcreteSpec, binding: Binding, query: Query | None = None
    ) -> None:
        """Be a view of this spec from now on."""
        assign = object.__setattr__
        assign(self, "_spec", spec)
        assign(self, "_binding", binding)
        assign(self, "_query", query)
        if isinstance(spec, ConcreteSpec) and binding is not UNBOUND:
            assign(self, "_state", binding.state(spec))
        else:
            assign(self, "_state", NodeState())

    @property
    def build_spec(self) -> BoundSpec:
        """The spec that a spliced node was built as; the spec itself otherwise."""
        if isinstance(self._spec, ConcreteSpec) and self._spec.build_spec is not None:
            return view_of(self._spec.build_spec, self._binding)
        return self

    @property
    def compiler(self) -> BoundSpec:
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
        external_modules: Sequence[str] | None = None,
        extra_attributes: Mapping[str, Any] | None = None,
    ) -> BoundSpec:
        """A spec that was found on the host at ``external_path``."""
        found = cls(spec)
        found._state.attributes["_detected"] = External(
            external_path, tuple(external_modules or ()), dict(extra_attributes or {})
        )
        return found

    # -- questions -----------------------------------------------------------------------------

    def satisfies(self, other: Any, strict: bool | None = None) -> bool:
        """Whether all that ``other`` demands holds."""
        del strict
        return satisfies(self._spec, _pure(other), self._binding.provided)

    def intersects(self, other: Any) -> bool:
        """Whether something can fulfil both."""
        return intersects(self._spec, _pure(other), self._binding.provided)

    def constrained(self, other: Any) -> BoundSpec:
        """Both constraints together. Raises an error if they contradict each other."""
        if isinstance(self._spec, ConcreteSpec):
            return self
        return type(self)(constrain(self._spec, _pure_spec(other)))

    def __contains__(self, other: Any) -> bool:
        wanted = _pure(other)
        if not wanted.name or wanted.name == self.name:
            return self.satisfies(wanted)
        if not isinstance(self._spec, ConcreteSpec):
            return any(
                edge.spec.name == wanted.name and satisfies(edge.spec, wanted)
                for edge in self._abstract_edges()
            )
        node = _find(self._spec, wanted.name)
        if node is None:
            return False
        if isinstance(wanted, Spec) and node.spec.name != wanted.name:
            return self._provider_satisfies(node.spec, wanted)
        return satisfies(node.spec, wanted, self._binding.provided)

    def _provider_satisfies(self, node: ConcreteSpec, wanted: Spec) -> bool:
        """Whether a node that was found under the name of a virtual fulfils the rest."""
        provided = self._binding.versions_provided(node, wanted.name or "")
        if provided is not None and not provided.intersects(wanted.versions):
            return False
        if provided is None and not wanted.versions.is_any:
            return False
        return satisfies(node, wanted.replace(name=None, versions=VersionSet.ANY))

    def has_virtual_dependency(self, virtual: str) -> bool:
        """Whether a direct dependency provides the virtual to this node."""
        return bool(self.dependencies(virtuals=virtual))

    def format(self, template: str = DEFAULT_FORMAT) -> str:
        """Text from a template such as ``{name}-{version}``."""
        prefix = None
        if "{prefix}" in template and self._binding.prefixes is not None:
            prefix = str(self.prefix)
        return format_spec(self._spec, template, prefix=prefix)

    # -- the graph -----------------------------------------------------------------------------

    def __getitem__(self, key: str) -> BoundSpec:
        query = _parse_key(key)
        if not isinstance(self._spec, ConcreteSpec):
            if query.name == self.name:
                return self
            for edge in self._abstract_edges():
                if edge.spec.name == query.name or query.name in edge.virtuals:
                    return type(self)(edge.spec)
            raise KeyError(f"the spec '{self}' has no dependency {query.name}")
        found = _find(self._spec, query.name)
        if found is None:
            raise KeyError(f"{self._spec} has no dependency {query.name}")
        node = found.spec
        if query.name != node.name:
            query = query._replace(isvirtual=True)
        view = view_of(node, self._binding, query)
        view._state.query = query
        if node.name == "python":
            venvs = (e.spec for e in self._spec.dependencies if e.spec.name == "python-venv")
            view._state.attributes["_command_of"] = next(venvs, None)
        return view

    def _abstract_edges(self) -> tuple[Edge, ...]:
        return self._spec.dependencies if isinstance(self._spec, Spec) else ()

    def edges_to_dependencies(
        self,
        name: str | None = None,
        depflag: int = deptypes.ALL,
        *,
        virtuals: str | Sequence[str] | None = None,
    ) -> list[BoundEdge]:
        """Edges to direct dependencies, optionally by name, type, and one of some virtuals."""
        wanted = (virtuals,) if isinstance(virtuals, str) else virtuals
        edges: list[BoundEdge] = []
        for edge in self._spec.dependencies:
            if isinstance(edge, ConcreteEdge):
                child = view_of(edge.spec, self._binding)
            else:
                child = type(self)(edge.spec)
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
        name: str | None = None,
        deptype: DepTypes = "all",
        *,
        virtuals: str | Sequence[str] | None = None,
    ) -> list[BoundSpec]:
        """Direct dependencies, optionally by name, type, and one of some virtuals."""
        flags = _flags_of(deptype)
        return [edge.spec for edge in self.edges_to_dependencies(name, flags, virtuals=virtuals)]

    def traverse(
        self, *, root: bool = True, order: str = "pre", deptype: DepTypes = "all", **_: Any
    ) -> Iterator[BoundSpec]:
        """Nodes of the graph, each once."""
        if not isinstance(self._spec, ConcreteSpec):
            if root:
                yield self
            for edge in self._abstract_edges():
                yield type(self)(edge.spec)
            return
        for node in self._spec.traverse(_flags_of(deptype), order, root):
            yield view_of(node, self._binding)

    # -- what only a bound node has ------------------------------------------------------------

    @property
    def prefix(self) -> Prefix:
        """The directory where the package is, or will be, installed."""
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
            state.package = package_class(view_of(self._spec, self._binding))
        return state.package

    @property
    def package_class(self) -> Any:
        """The class of the package."""
        if self._binding.packages is None or self.name is None:
            raise UnboundSpecError(f"the spec '{self}' is not connected to recipes")
        return self._binding.packages.package_class(self.fullname)

    @property
    def last_query(self) -> Query | None:
        """The latest query by which any view of this node was obtained."""
        return self._state.query

    @property
    def token(self) -> tuple[BoundSpec]:
        """This view: recipes take it apart from what they asked for it."""
        return (self,)

    @property
    def home(self) -> Any:
        """The directory with the package's files; usually the prefix."""
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
            return view_of(venv, self._binding).command
        return _forward(self, "command")

    # -- attributes set by recipes -------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if hasattr(type(self), name):
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

    def __format__(self, template: str) -> str:
        return self.format(template) if "{" in template else format(str(self), template)

    def __reduce__(self) -> Any:
        return (type(self), (self._spec,))

    def copy(self, **_: Any) -> BoundSpec:
        """A view of the same immutable value with attributes of its own."""
        return (
            type(self)(self._spec)
            if self._binding is UNBOUND
            else view_of(self._spec, self._binding)
        )


def view_of(spec: Spec | ConcreteSpec, binding: Binding, query: Query | None = None) -> BoundSpec:
    """A view of a spec in a binding; its other nodes are reached from it."""
    view: BoundSpec = object.__new__(binding.view_class or BoundSpec)
    view._become(spec, binding, query)
    return view


def bind(
    concrete: ConcreteSpec, prefixes: PrefixOf | None, packages: PackageOf | None
) -> BoundSpec:
    """A view of a concrete graph in a new binding; reach the other nodes from it."""
    return view_of(concrete, Binding(prefixes, packages))


def bind_all(
    concrete: Iterable[ConcreteSpec], prefixes: PrefixOf | None, packages: PackageOf | None
) -> list[BoundSpec]:
    """Views of several graphs in one new binding, so that common nodes share their state."""
    binding = Binding(prefixes, packages)
    return [view_of(spec, binding) for spec in concrete]


def _pure(spec: Any) -> Spec | ConcreteSpec:
    if isinstance(spec, BoundSpec):
        return spec._spec
    if isinstance(spec, (Spec, ConcreteSpec)):
        return spec
    return parsed_spec(str(spec))


def _pure_spec(spec: Any) -> Spec:
    pure = _pure(spec)
    return pure if isinstance(pure, Spec) else parsed_spec(str(pure))


def _find(spec: ConcreteSpec, name: str) -> ConcreteEdge | None:
    """The edge to a dependency: direct build and test edges, then link and run breadth-first.

    The node itself is found under its own name.
    """
    for edge in spec.dependencies:
        if edge.deptypes & (deptypes.BUILD | deptypes.TEST) and _answers(edge, name):
            return edge
    if spec.name == name:
        return ConcreteEdge(spec, 0)
    level: list[ConcreteSpec] = [spec]
    seen = {spec.dag_hash()}
    while level:
        below: list[ConcreteSpec] = []
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


def _answers(edge: ConcreteEdge, name: str) -> bool:
    return edge.spec.name == name or name in edge.virtuals


def _parse_key(key: str) -> Query:
    name, colon, parameters = key.partition(":")
    if ":" in parameters:
        raise KeyError(f"{key!r}: a query has at most one colon")
    words = [word.strip() for word in parameters.split(",")] if colon else []
    return Query(name.strip(), [word for word in words if word], False)


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


_DEFAULTS: Mapping[str, Callable[[BoundSpec], Any]] = {
    "headers": default_headers,
    "libs": default_libs,
}
