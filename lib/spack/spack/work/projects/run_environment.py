"""What installed packages ask of the variables of their users, and their own ways into views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, Sequence

from spack.builds.variables import run_modifications
from spack.language.concrete_specs import ConcreteSpec
from spack.recipes.classes.bound_spec import bind_all
from spack.recipes.classes.package_class import PackageBase
from spack.store.prefixes import StorePrefixes
from spack.system.processes.variables import EnvironmentModifications
from spack.views.generation import AddFiles

if TYPE_CHECKING:
    from spack.session.session import Session


def runtime_modifications(
    session: Session, specs: Sequence[ConcreteSpec]
) -> EnvironmentModifications:
    """Requests of the recipes of some specs, without search paths of their prefixes."""
    return _modifications(session, specs, inspect=False)


def load_modifications(session: Session, specs: Sequence[ConcreteSpec]) -> EnvironmentModifications:
    """Search paths of the prefixes of some specs, and the requests of their recipes."""
    return _modifications(session, specs, inspect=True)


def _modifications(
    session: Session, specs: Sequence[ConcreteSpec], *, inspect: bool
) -> EnvironmentModifications:
    known = [spec for spec in specs if session.repositories.exists(spec.name)]
    if not known:
        return EnvironmentModifications()
    session.repositories.serve()
    roots = bind_all(known, StorePrefixes(session.store), session.repositories)
    inspections = session.settings.modules.prefix_inspections if inspect else None
    return run_modifications(roots, inspections)


def view_hook(session: Session, spec: ConcreteSpec) -> Optional[AddFiles]:
    """A package's own ``add_files_to_view``, None when its recipe does not define one."""
    if spec.external is not None or not session.repositories.exists(spec.name):
        return None
    session.repositories.serve()
    cls = session.repositories.package_class(spec.name)
    if cls.add_files_to_view is PackageBase.add_files_to_view:
        return None
    view = bind_all([spec], StorePrefixes(session.store), session.repositories)[0]
    method: AddFiles = view.package.add_files_to_view
    return method
