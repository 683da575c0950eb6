"""The binding of a node of a concrete graph: two interfaces, and the state its views share.

The interfaces say where a package is installed and which class a package has; the store and the
repositories implement them. This module knows neither, and no view.
"""

from __future__ import annotations

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import satisfies
from spack.language.versions import VersionSet
from spack.named_tuples import NamedTuple
from spack.recipes.bound.node_values import VariantMap
from spack.system.files.prefixes import Prefix
from spack.type_names import Any, Callable, Protocol


class UnboundSpecError(SpackError, AttributeError):
    """An abstract spec was asked for something that only an installed or planned package has."""


class PrefixOf(Protocol):
    """The places where concrete specs are, or will be, installed; the store implements it."""

    def prefix(self, spec: ConcreteSpec, /) -> str:
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
    extra_parameters: list[str]
    isvirtual: bool


def qualified_name(node: ConcreteSpec) -> str:
    """``namespace.name`` of a node."""
    return f"{node.namespace}.{node.name}" if node.namespace else node.name


class NodeState:
    """State that all views of one node share."""

    __slots__ = ("attributes", "package", "query", "variants", "prefix")

    def __init__(self) -> None:
        self.attributes: dict[str, Any] = {}
        self.package: Any = None
        self.query: Query | None = None
        self.variants: VariantMap | None = None
        self.prefix: Prefix | None = None


class Binding:
    """The context that concrete nodes are bound to: prefixes, packages, shared state.

    Args:
        view_class: class of the views of nodes; None for the one that recipes see.
    """

    def __init__(
        self,
        prefixes: PrefixOf | None,
        packages: PackageOf | None,
        view_class: type[Any] | None = None,
    ) -> None:
        self.prefixes = prefixes
        self.packages = packages
        self.view_class = view_class
        self._states: dict[str, NodeState] = {}

    def state(self, node: ConcreteSpec) -> NodeState:
        """The shared state of a node."""
        return self._states.setdefault(node.dag_hash(), NodeState())

    @property
    def provided(self) -> Callable[[ConcreteSpec, str], VersionSet | None] | None:
        """:meth:`versions_provided` for questions of matching; None without recipes."""
        return None if self.packages is None else self.versions_provided

    def versions_provided(self, node: ConcreteSpec, virtual: str) -> VersionSet | None:
        """Versions of a virtual that a node provides, None if it does not."""
        packages = self.packages
        if packages is None or not packages.is_virtual(virtual):
            return None
        found: VersionSet | None = None
        for when, records in packages.package_class(qualified_name(node)).provided.items():
            for record in records:
                for spec in record.specs:
                    if spec.name == virtual and satisfies(node, when):
                        versions = spec.versions
                        found = versions if found is None else found.union(versions)
        return found


UNBOUND = Binding(None, None)
