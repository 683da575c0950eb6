"""The spec as scripts see it, exported under the name ``spack.spec.Spec``.

A view like that of recipes, of the current instance: it can be concretized, and knows whether it is
installed. Must not know any other older name.
"""

from __future__ import annotations

import enum
import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import ALL, from_names
from spack.language.formatting import (
    DISPLAY_FORMAT,
    SHORT_FORMAT,
    STATUS_MARKS,
    format_path,
    format_spec,
    tree,
)
from spack.language.matching import constrain
from spack.language.serialization import specfile_from_dict, specfile_to_dict
from spack.language.specs import Spec
from spack.recipes.bound.bindings import UnboundSpecError
from spack.recipes.bound.bound_spec import BoundEdge, BoundSpec, DepTypes, view_of
from spack.scripting.current import CurrentSpack, GraphBinding, current
from spack.store.records import NoSuchSpecError
from spack.system.terminal.output import wants_color


class InstallStatus(enum.Enum):
    """States of a spec in the store; the values are the marks of trees."""

    installed = STATUS_MARKS["installed"]
    upstream = STATUS_MARKS["upstream"]
    external = STATUS_MARKS["external"]
    absent = STATUS_MARKS["absent"]
    missing = STATUS_MARKS["missing"]

    def __str__(self) -> str:
        return str(self.value)


class ScriptSpec(BoundSpec):
    """``Spec("hdf5 +mpi")``: abstract until it is concretized; see ``BoundSpec`` for the rest."""

    __slots__ = ()

    def __init__(self, text: Any = None) -> None:
        super().__init__(text)
        if isinstance(self._spec, ConcreteSpec):
            self._see(self._spec)

    def _see(self, spec: ConcreteSpec) -> None:
        """Be a view of a concrete spec of the current instance."""
        self._become(spec, current().binding(ScriptSpec, spec))

    # -- concretizing --------------------------------------------------------------------------

    def concretized(self, tests: bool = False) -> ScriptSpec:
        """Concretize the spec. Raises UnsatisfiableRequestError."""
        if isinstance(self._spec, ConcreteSpec):
            return self
        return seen(current().concretize(self._spec, tests=tests)[0])

    def concretize(self, tests: bool = False) -> None:
        """Become concrete. Raises UnsatisfiableRequestError."""
        if isinstance(self._spec, Spec):
            self._see(current().concretize(self._spec, tests=tests)[0])

    def constrain(self, other: Any, deps: bool = True) -> bool:
        """Add the constraints of another spec; whether that changed anything.

        Raises an error if they contradict each other, also if this spec is concrete and differs.
        """
        added = ScriptSpec(other)._spec
        if isinstance(added, Spec) and not deps:
            added = added.without_dependencies()
        before, after = self._spec, constrain(self._spec, added)
        if isinstance(after, ConcreteSpec):
            self._see(after)
        else:
            self._become(after, self._binding)
        return before != after

    @property
    def package(self) -> Any:
        """The package object, which can be fetched, staged and installed, too."""
        known = self._state.package
        found = known or BoundSpec.package.__get__(self)
        if known is None:
            from spack.scripting.packages import with_actions

            with_actions(found, self._decided())
        return found

    # -- the store -----------------------------------------------------------------------------

    @property
    def installed(self) -> bool:
        """Whether the spec is concrete and can be used now."""
        if not isinstance(self._spec, ConcreteSpec):
            return False
        store = current().session.store
        store.database.refresh()
        return store.is_installed(self._spec)

    @property
    def installed_upstream(self) -> bool:
        """Whether the spec is installed in a store below this one."""
        record = current().session.store.database.get(self.dag_hash())
        return record is not None and record.installed and record.upstream

    def install_status(self) -> InstallStatus:
        """The state of the spec in the store; printed as the mark that trees show."""
        from spack.work.queries.queries import status

        if not isinstance(self._spec, ConcreteSpec):
            return InstallStatus.absent
        store = current().session.store
        store.database.refresh()
        return InstallStatus[status(store, self._spec)]

    # -- the graph -----------------------------------------------------------------------------

    @property
    def root(self) -> ScriptSpec:
        """The spec that this one was reached from; itself where that is how it was got."""
        binding = self._binding
        if not isinstance(binding, GraphBinding):
            return self
        top = view_of(binding.top, binding)
        assert isinstance(top, ScriptSpec)
        return top

    def edges_from_dependents(
        self, name: str | None = None, depflag: int = ALL, *, virtuals: Any = None
    ) -> list[BoundEdge]:
        """Edges to this node within the graph that it was reached in."""
        edges = []
        for node in self.root.traverse():
            if name is None or node.name == name:
                found = node.edges_to_dependencies(self.name, depflag, virtuals=virtuals)
                edges += [edge for edge in found if edge.spec == self]
        return edges

    def dependents(self, name: str | None = None, deptype: DepTypes = "all") -> list[ScriptSpec]:
        """Direct dependents: those of the graph it was reached in, then installed ones, sorted."""
        code = self.dag_hash()
        flags = deptype if isinstance(deptype, int) else from_names(deptype)
        near: list[Any] = [edge.parent for edge in self.edges_from_dependents(name, flags)]
        installed = [
            seen(record.spec)
            for record in current().session.store.database.query()
            if (name is None or record.name == name)
            and any(e.hash == code and e.deptypes & flags for e in record.dependencies)
        ]
        return list(dict.fromkeys([*near, *installed]))

    def index(self, deptype: DepTypes = "all") -> dict[str, list[Any]]:
        """The nodes of the graph by name."""
        found: dict[str, list[Any]] = {}
        for node in self.traverse(deptype=deptype):
            found.setdefault(node.name, []).append(node)
        return found

    def eq_node(self, other: ScriptSpec) -> bool:
        """Whether another spec is like this one, dependencies apart."""
        return bool(_alone(self) == _alone(other))

    def eq_dag(self, other: ScriptSpec, deptypes: bool = True) -> bool:
        """Whether another spec is like this one with all that is below it."""
        del deptypes
        return bool(self == other)

    def lookup_hash(self) -> ScriptSpec:
        """The installed spec that the hash of an abstract spec means. Raises NoSuchSpecError."""
        if not isinstance(self._spec, Spec) or not self._spec.abstract_hash:
            return self
        from spack.scripting.databases import DB

        found = DB.query_one(self)
        if found is None:
            raise NoSuchSpecError(f"nothing installed has the hash /{self._spec.abstract_hash}")
        return found

    def replace_hash(self) -> None:
        """Become the installed spec that the hash means. Raises NoSuchSpecError."""
        found = self.lookup_hash()._spec
        if isinstance(found, ConcreteSpec):
            self._see(found)

    @property
    def package_class(self) -> Any:
        """The class of the recipe, also of an abstract spec. Raises UnknownPackageError."""
        return current().session.repositories.package_class(str(self.fullname))

    def traverse(
        self,
        *,
        root: bool = True,
        order: str = "pre",
        deptype: DepTypes = "all",
        direction: str = "children",
        depth: bool = False,
        cover: str = "nodes",
        **settings: Any,
    ) -> Iterator[Any]:
        """Nodes of the graph.

        Args:
            order: ``pre``, ``post``, ``topo`` or ``breadth``; the latter and ``pre`` alone for
                parents, with the depth, or more than once.
            direction: ``children`` (dependencies), or ``parents``: what is installed and depends on
                this spec.
            depth: pairs of the depth and the node in place of nodes.
            cover: ``nodes`` gives each once, ``edges`` once an edge, ``paths`` once a path.

        Raises:
            SpackError: the order is not possible with the rest.
        """
        if (direction, depth, cover) == ("children", False, "nodes"):
            yield from super().traverse(root=root, order=order, deptype=deptype, **settings)
            return
        if order not in ("pre", "breadth"):
            raise SpackError(f"traverse cannot have the order '{order}' with a direction or depth")
        seen: set[ScriptSpec] = set()
        waiting: deque[tuple[int, Any]] = deque([(0, self)])
        while waiting:
            here, node = waiting.popleft() if order == "breadth" else waiting.pop()
            known = node in seen
            seen.add(node)
            if (root or here) and (not known or cover != "nodes"):
                yield (here, node) if depth else node
            if not known or cover == "paths":
                parents = direction == "parents"
                near = node.dependents if parents else node.dependencies
                found = [(here + 1, other) for other in near(deptype=deptype)]
                waiting.extend(found if order == "breadth" else reversed(found))

    def traverse_edges(self, *, deptype: DepTypes = "all", **_: Any) -> Iterator[BoundEdge]:
        """Every edge below this node, parents first, each once."""
        flags = deptype if isinstance(deptype, int) else from_names(deptype)
        for node in self.traverse(deptype=deptype):
            yield from node.edges_to_dependencies(depflag=flags)

    @property
    def virtual(self) -> bool:
        """Whether the name is that of a virtual package."""
        return bool(self.name) and current().session.repositories.is_virtual(self.name)

    # -- as text and as data -------------------------------------------------------------------

    @property
    def anonymous(self) -> bool:
        """Whether the spec names no package, which one with a hash does."""
        return not self.name and not self.abstract_hash

    @property
    def abstract_hash(self) -> str | None:
        """The beginning of a hash that an abstract spec asks for."""
        return self._spec.abstract_hash if isinstance(self._spec, Spec) else None

    def package_hash(self) -> str:
        """The hash of the recipe that the spec was concretized with."""
        return self._decided().package_hash

    @property
    def patches(self) -> list[Any]:
        """The patches of the node in the order of application: each has ``sha256``, ``level``."""
        from spack.work.installing.staging import source_of

        return list(source_of(current().session, self._decided()).patches)

    def format_path(self, template: str) -> str:
        """:meth:`format` as a path: only slashes of the template itself separate."""
        return format_path(self._spec, template, prefix=current().session.store.prefix)

    @property
    def compilers(self) -> str:
        """Its compilers, as trees show them."""
        return self.format("{compilers}").strip()

    def cformat(self, template: str = DISPLAY_FORMAT) -> str:
        """:meth:`format` with colours where the output shows them."""
        prefix = current().session.store.prefix
        return format_spec(self._spec, template, prefix=prefix, color=wants_color())

    def colorized(self) -> str:
        """The text of the spec with colours where the output shows them."""
        return self.cformat()

    @property
    def cshort_spec(self) -> str:
        """:attr:`short_spec` with colours where the output shows them."""
        return self.cformat(SHORT_FORMAT)

    @property
    def colored_str(self) -> str:
        """:meth:`colorized` under another name."""
        return self.cformat()

    @property
    def short_spec(self) -> str:
        """Name, version, variants, architecture and the beginning of the hash."""
        return self.format(SHORT_FORMAT)

    @property
    def long_spec(self) -> str:
        """The spec with all that is below it, in one line."""
        return str(self) if not self.concrete else self.format("{long_spec}")

    def tree(
        self,
        *,
        format: str = DISPLAY_FORMAT,
        cover: str = "nodes",
        deptypes: DepTypes = "all",
        hashes: bool = False,
        hashlen: int = 7,
        show_types: bool = False,
        depth: bool = False,
        indent: int = 0,
        recurse_dependencies: bool = True,
        color: bool | None = None,
    ) -> str:
        """The graph as an indented tree; ``cover`` is ``nodes``, ``edges`` or ``paths``."""
        return tree(
            self._spec,
            fmt=format,
            cover=cover,
            deptypes=deptypes if isinstance(deptypes, int) else from_names(deptypes),
            hash_length=hashlen if hashes else 0,
            show_types=show_types,
            show_depth=depth,
            indent=indent,
            recurse=recurse_dependencies,
            prefix=current().session.store.prefix,
            color=wants_color() if color is None else color,
        )

    def _decided(self) -> ConcreteSpec:
        if isinstance(self._spec, ConcreteSpec):
            return self._spec
        raise UnboundSpecError(f"the spec '{self}' is abstract; concretize it first")

    def to_dict(self) -> dict[str, Any]:
        """The data of a specfile."""
        return specfile_to_dict(self._decided())

    def to_node_dict(self) -> dict[str, Any]:
        """The data of this node alone."""
        return self._decided().node_dict()

    def node_dict_with_hashes(self) -> dict[str, Any]:
        """The data of this node alone, with its hash."""
        return {**self.to_node_dict(), "hash": self.dag_hash()}

    def to_json(self, stream: Any = None) -> str | None:
        """A specfile as JSON: the text, or None when it was written to a stream."""
        return _written(json.dumps(self.to_dict()), stream)

    def to_yaml(self, stream: Any = None) -> str | None:
        """A specfile as YAML: the text, or None when it was written to a stream."""
        from spack.work.answers.concretization import yaml_text

        return _written(yaml_text(self.to_dict()), stream)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> ScriptSpec:
        """The root of the data of a specfile. Raises SpecfileError."""
        return ScriptSpec(specfile_from_dict(data))

    @staticmethod
    def from_json(text: Any) -> ScriptSpec:
        """The root of a specfile: its text, or a stream. Raises SpecfileError, ValueError."""
        return ScriptSpec.from_dict(json.loads(text.read() if hasattr(text, "read") else text))

    @staticmethod
    def from_yaml(stream: Any) -> ScriptSpec:
        """The root of a specfile as YAML: its text, or a stream. Raises SpecfileError."""
        from spack.scripting.files import load_yaml

        return ScriptSpec.from_dict(load_yaml(stream))

    @staticmethod
    def from_specfile(path: str) -> ScriptSpec:
        """The root of a specfile on disk. Raises SpecfileError, OSError, ValueError."""
        with open(path, encoding="utf-8") as stream:
            return ScriptSpec.from_json(stream)


def _alone(view: ScriptSpec) -> Any:
    """The node of a spec without what is below it, to compare."""
    spec = view._spec
    if isinstance(spec, Spec):
        return spec.without_dependencies()
    node = spec.node_dict()
    return {key: value for key, value in node.items() if key not in ("dependencies", "hash")}


def seen(spec: ConcreteSpec, spack: CurrentSpack | None = None) -> ScriptSpec:
    """A concrete spec as scripts see it, in the current instance or another one."""
    view = view_of(spec, (spack or current()).binding(ScriptSpec, spec))
    assert isinstance(view, ScriptSpec)
    return view


def _written(text: str, stream: Any) -> str | None:
    if stream is None:
        return text
    stream.write(text)
    return None
