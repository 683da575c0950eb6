"""The spec as scripts see it, exported under the name ``spack.spec.Spec``.

A view like that of recipes, of the current instance: it can be concretized, and knows whether it is
installed. Must not know any other older name.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping

from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import from_names
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
from spack.recipes.bound.bound_spec import BoundSpec, DepTypes, view_of
from spack.scripting.current import CurrentSpack, current
from spack.scripting.graphs import GraphView
from spack.store.records import NoSuchSpecError
from spack.system.terminal.output import wants_color
from spack.type_names import Any


class InstallStatus(enum.Enum):
    """States of a spec in the store; the values are the marks of trees."""

    installed = STATUS_MARKS["installed"]
    upstream = STATUS_MARKS["upstream"]
    external = STATUS_MARKS["external"]
    absent = STATUS_MARKS["absent"]
    missing = STATUS_MARKS["missing"]

    def __str__(self) -> str:
        return str(self.value)


class ScriptSpec(GraphView):
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

    def lookup_hash(self) -> ScriptSpec:
        """The installed spec that the hash of an abstract spec means. Raises NoSuchSpecError."""
        if not isinstance(self._spec, Spec) or not self._spec.abstract_hash:
            return self
        start = self._spec.abstract_hash
        found = current().session.store.database.starting_with(start, installed=True)
        if len(found) != 1:
            many = f"{len(found)} installed specs have" if found else "nothing installed has"
            raise NoSuchSpecError(f"{many} a hash that begins with {start}")
        return seen(found[0].spec)

    def replace_hash(self) -> None:
        """Become the installed spec that the hash means. Raises NoSuchSpecError."""
        found = self.lookup_hash()._spec
        if isinstance(found, ConcreteSpec):
            self._see(found)

    @property
    def package_class(self) -> Any:
        """The class of the recipe, also of an abstract spec. Raises UnknownPackageError."""
        return current().session.repositories.package_class(str(self.fullname))

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
