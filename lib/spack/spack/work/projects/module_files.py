"""Module files of installed packages: which sets there are, and what the store and recipes say."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from functools import cached_property

import spack
from spack.builds.variables import ModuleModifications, has_recipe
from spack.config.settings.module_settings import ModuleSetSettings
from spack.errors import NotFoundError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import format_spec
from spack.language.versions import VersionSet
from spack.modulefiles.content import PackageFacts
from spack.modulefiles.filters import FILTERS
from spack.modulefiles.generation import Kept, digest_of
from spack.modulefiles.index import Entry, index_path, read_index
from spack.modulefiles.module_set import ModuleSet
from spack.modulefiles.rules import RecipeFacts
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bindings import Binding
from spack.recipes.bound.bound_spec import BoundSpec, view_of
from spack.store.graph import dependencies
from spack.store.layout import metadata
from spack.system.files.kept import lasting_stamp, lasting_stamps
from spack.system.files.templates import OWN_FOLDER, Templates
from spack.system.processes.variables import EnvironmentModifications, is_system_path
from spack.type_names import TYPE_CHECKING, Any, Callable
from spack.work.projects.module_sets import set_settings, upstream_roots

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import ViewParts
    from spack.store.records import InstallRecord
    from spack.store.store import Store

_LINKED = deptypes.LINK | deptypes.RUN


class ModulePackages:
    """Installed packages, as module files of one kind in one set see them.

    Args:
        places: prefix -> directory of a view that stands for it; empty for the prefixes themselves.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        repositories: RepositoryPath,
        module_set: ModuleSetSettings,
        kind: str,
        places: Callable[[], Mapping[str, str]],
    ) -> None:
        self._settings = settings
        self._store = store
        self._repositories = repositories
        self._set = module_set
        self._kind = kind
        self._view_places = places
        self._stamps: dict[str, Any] = {}
        self._requests = ModuleModifications()
        self._provided: dict[tuple[str, str], VersionSet | None] = {}
        own = module_set.prefix_inspections
        shared = settings.modules.prefix_inspections
        self._inspections = {
            folder: tuple(dict.fromkeys((*own.get(folder, ()), *shared.get(folder, ()))))
            for folder in (*own, *(folder for folder in shared if folder not in own))
        }

    @cached_property
    def _binding(self) -> Binding:
        self._repositories.serve()
        return Binding(self._store, self._repositories)

    @cached_property
    def _places(self) -> Mapping[str, str]:
        return self._view_places()

    @cached_property
    def _elsewhere(self) -> list[dict[str, Entry]]:
        """The indexes of upstreams, the nearest first."""
        return [read_index(root) for root in upstream_roots(self._settings, self._kind)]

    # What module files are made of

    def prefix(self, node: ConcreteSpec) -> str:
        return self._store.prefix(node)

    def _in_view(self, prefix: str) -> str:
        """The directory that stands for a prefix in the view that files are about."""
        return self._places.get(prefix, prefix)

    def is_explicit(self, node: ConcreteSpec) -> bool:
        record = self._store.database.get(node.dag_hash())
        return record is not None and record.explicit

    def entry_elsewhere(self, node: ConcreteSpec) -> Entry | None:
        """The file that an upstream has for a package."""
        for index in self._elsewhere:
            if node.dag_hash() in index:
                return index[node.dag_hash()]
        return None

    def name_elsewhere(self, node: ConcreteSpec, kind: str) -> str | None:
        record = self._store.database.get(node.dag_hash())
        if record is None or not record.upstream or not self._elsewhere:
            return None
        entry = self.entry_elsewhere(node)
        return "" if entry is None else entry.use_name

    def facts(self, node: ConcreteSpec, kind: str) -> PackageFacts:
        record = self._store.database.get(node.dag_hash())
        recipe = None
        if self._repositories.exists(node.name):
            recipe = self._repositories.record(node.name)
        view = view_of(node, self._binding)
        package = view.package if has_recipe(view) else None
        view.short_spec = format_spec(node, "{short_spec}")  # Templates of sites ask for it.
        installed = record.installation_time if record is not None else 0
        return PackageFacts(
            description=recipe.description if recipe is not None else "",
            modifications=self._modifications(view),
            installed=time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(installed)),
            configure_options=_configure_options(node, self._store),
            template=getattr(package, f"{kind}_template", None),
            context=getattr(package, f"{kind}_context", None) or {},
            view=view,
        )

    def _modifications(self, view: BoundSpec) -> EnvironmentModifications:
        env = EnvironmentModifications()
        node = view.unbound
        assert isinstance(node, ConcreteSpec)
        for path, names in self._inspected(self._in_view(self.prefix(node))):
            for name in names:
                env.prepend_path(name, path)
        requests = self._requests.of(view)
        if self._places:
            from spack.activation.modifications import through_view

            requests = through_view(requests, self._places)
        env.extend(requests)
        return env

    def _inspected(self, prefix: str) -> list[tuple[str, tuple[str, ...]]]:
        """The existing directories of a prefix that belong in variables."""
        if not prefix:
            return []
        try:
            with os.scandir(prefix) as entries:
                present = {entry.name for entry in entries}
        except OSError:
            return []
        found = []
        for folder, names in self._inspections.items():
            first = folder.partition("/")[0]
            if first and first != ".." and first not in present:
                continue
            path = f"{prefix}/{folder}" if folder else prefix
            if (not folder or os.path.isdir(path)) and not is_system_path(path):
                found.append((path, names))
        return found

    # What they depend on

    def made_from(self, record: InstallRecord) -> str:
        """A text that differs where the file of a package would."""
        database = self._store.database
        kind = self._set.kind(self._kind)
        explicit = [record.explicit]
        if kind.exclude_implicits or kind.hide_implicits:
            below = dependencies(database, record.hash, _LINKED)
            explicit += [other.explicit for other in below]
        linked = [edge.hash for edge in record.dependencies if edge.deptypes & _LINKED]
        others = (database.get(digest) for digest in linked)
        names = [record.name, *(other.name for other in others if other is not None)]
        prefix = self._in_view(record.path or "")
        return digest_of(
            record.installation_time,
            explicit,
            [path for path, _ in self._inspected(prefix)],
            [self._recipe_stamp(name) for name in names],
        )

    def _recipe_stamp(self, name: str) -> Any:
        if name not in self._stamps:
            stamp = None
            if self._repositories.exists(name):
                repository = self._repositories.repository_of(name)
                stamp = lasting_stamp(repository.recipe_file(name))
            self._stamps[name] = stamp
        return self._stamps[name]

    def shared_inputs(self) -> tuple[object, ...]:
        """The inputs of every file of the set beside its settings and templates."""
        shared = [
            os.path.join(repository.root, "build_systems")
            for repository in self._repositories.repositories
        ]
        indexes = [index_path(root) for root in upstream_roots(self._settings, self._kind)]
        return (
            self._store.root,
            self._inspections,
            sorted(self._places.items()),
            lasting_stamps(shared),
            [(path, lasting_stamp(path)) for path in indexes],
        )

    # RecipeFacts

    def virtuals(self) -> RecipeFacts:
        """Facts about recipes for matching."""
        return RecipeFacts(self._repositories.is_virtual, self._versions_provided, self._compiles)

    def _compiles(self, name: str) -> bool:
        repositories = self._repositories
        return repositories.exists(name) and bool(repositories.record(name).compiler_languages)

    def _versions_provided(self, node: ConcreteSpec, virtual: str) -> VersionSet | None:
        key = node.dag_hash(), virtual
        if key not in self._provided:
            found = None
            if self._repositories.exists(node.name):
                if virtual in self._repositories.provided_by(node.name):
                    found = self._binding.versions_provided(node, virtual)
            self._provided[key] = found
        return self._provided[key]


def _configure_options(node: ConcreteSpec, store: Store) -> str:
    """The arguments that a package was configured with, as far as they were kept."""
    if node.external is not None:
        return "not known: it was installed by others"
    try:
        with open(metadata(store.prefix(node)).configure_arguments, encoding="utf-8") as stream:
            return " ".join(stream.read().split())
    except OSError:
        return ""


class OpenSet(NamedTuple):
    """A set that can be asked, or written."""

    files: ModuleSet
    packages: ModulePackages
    kept: Kept


def open_set(parts: ViewParts, name: str, kind: str, *, elsewhere: bool = True) -> OpenSet:
    """One kind of files of a set.

    Args:
        elsewhere: what an upstream has is left to its own module files.

    Raises:
        UsageError: there is no such set.
        NotFoundError: its files are about a view, and there is none.
        ConfigurationError: its settings are wrong.
    """
    settings = parts.settings
    module_set = set_settings(settings.modules, name)
    packages = ModulePackages(
        settings,
        parts.store,
        parts.repositories,
        module_set,
        kind,
        lambda: _view_places(parts, module_set),
    )
    templates = Templates((*settings.config.template_dirs, OWN_FOLDER), FILTERS)
    files = ModuleSet(
        module_set, kind, packages.virtuals(), templates, packages, elsewhere=elsewhere
    )
    program = os.path.dirname(os.path.abspath(spack.__file__))
    makers = (os.path.join(program, part) for part in ("modulefiles", "builds", "work/projects"))
    inputs = (
        spack.__version__,
        module_set,
        kind,
        elsewhere,
        lasting_stamps(templates.folders),
        packages.shared_inputs(),
        lasting_stamps(makers),
    )
    path = os.path.join(settings.config.misc_cache, "module-files", digest_of(files.root, kind))
    return OpenSet(files, packages, Kept(path, digest_of(*inputs)))


def _view_places(parts: ViewParts, module_set: ModuleSetSettings) -> Mapping[str, str]:
    if module_set.use_view is None:
        return {}
    from spack.environments.activation_files import view_folders
    from spack.work.projects.environment_work import activation_inputs, views

    environment = parts.environment
    if environment is None:
        raise NotFoundError(
            f"module files of the set '{module_set.name}' are about a view",
            hint="write them in its environment: spack -e NAME module tcl refresh",
        )
    for view in views(parts.configuration, environment):
        if view.name == module_set.use_view:
            return view_folders(environment, view, activation_inputs(parts))
    raise NotFoundError(
        f"{environment.label} has no view '{module_set.use_view}', which module files are about",
        hint=f"correct modules:{module_set.name}:use_view",
    )
