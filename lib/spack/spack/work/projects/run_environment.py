"""Variables that installed packages set for their users, and their own ways into views."""

from __future__ import annotations

from collections.abc import Sequence

from spack.builds.variables import run_modifications
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import LINK, RUN
from spack.language.matching import satisfies
from spack.recipes.bound.bound_spec import bind_all
from spack.recipes.classes.package_class import PackageBase
from spack.system.processes.variables import EnvironmentModifications
from spack.type_names import TYPE_CHECKING
from spack.views.generation import AddFiles

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import InstalledParts
    from spack.store.store import Store


def runtime_modifications(
    parts: InstalledParts, specs: Sequence[ConcreteSpec]
) -> EnvironmentModifications:
    """Requests of the recipes of some specs, without search paths of their prefixes."""
    return _modifications(parts, specs, inspect=False)


def load_modifications(
    parts: InstalledParts, specs: Sequence[ConcreteSpec]
) -> EnvironmentModifications:
    """Search paths of the prefixes of some specs, and the requests of recipes that exist."""
    return _modifications(parts, specs, inspect=True)


def _modifications(
    parts: InstalledParts, specs: Sequence[ConcreteSpec], *, inspect: bool
) -> EnvironmentModifications:
    parts.repositories.serve()
    roots = bind_all(specs, parts.store, parts.repositories)
    inspections = parts.settings.modules.prefix_inspections if inspect else None
    return run_modifications(roots, inspections)


def view_hook(repositories: RepositoryPath, store: Store, spec: ConcreteSpec) -> AddFiles | None:
    """A package's own ``add_files_to_view``, None when its recipe does not define one."""
    if spec.external is not None or not repositories.exists(spec.name):
        return None
    repositories.serve()
    cls = repositories.package_class(spec.name)
    if cls.add_files_to_view is PackageBase.add_files_to_view:
        return None
    view = bind_all([spec], store, repositories)[0]
    method: AddFiles = view.package.add_files_to_view
    return method


def extended_by(repositories: RepositoryPath, spec: ConcreteSpec) -> ConcreteSpec | None:
    """The package below a spec that its recipe extends."""
    if spec.external is not None or not repositories.exists(spec.name):
        return None
    for extendee in repositories.record(spec.name).extendees:
        if extendee.when is None or satisfies(spec, extendee.when):
            for edge in spec.edges(LINK | RUN):
                if edge.spec.name == extendee.name:
                    return edge.spec
    return None
