"""Views outside environments (``spack view``): specs are put into and taken out of directories."""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.errors import ConfigurationError, Origin
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.system.files.yaml_files import load
from spack.type_names import TYPE_CHECKING
from spack.views.descriptors import LinkType, Projection, ViewDescriptor
from spack.views.generation import AddFiles
from spack.views.selection import Naming
from spack.views.stand_alone import StandAloneView, Status
from spack.work.queries.queries import InstalledQuery, check_is_there, find, one_installed

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import Inventory
    from spack.store.store import Store

LINK_TYPES = {"symlink": LinkType.SYMLINK, "hardlink": LinkType.HARDLINK, "copy": LinkType.COPY}


def chosen(
    inventory: Inventory, words: Sequence[str], *, dependencies: bool, exclude: Sequence[str] = ()
) -> list[ConcreteSpec]:
    """Installed specs, with what they need at run time unless ``dependencies`` is False."""
    roots = [one_installed(inventory, text) for text in words]
    types = deptypes.LINK | deptypes.RUN
    nodes = list(roots)
    if dependencies:
        nodes = [node for root in roots for node in root.traverse(deptypes=types)]
    return [
        node
        for node in distinct(nodes)
        if node.external is None and not any(pattern in node.name for pattern in exclude)
    ]


def view_at(
    repositories: RepositoryPath,
    store: Store,
    path: str,
    link: str = "symlink",
    projections: str | None = None,
) -> StandAloneView:
    """The view in a directory.

    Raises:
        ConfigurationError: the file with projections is not a mapping of specs to paths.
    """
    rules, default = _projections(projections)
    descriptor = ViewDescriptor(
        name="by hand",
        root=os.path.abspath(path),
        projections=rules,
        default_projection=default,
        link_type=LINK_TYPES[link],
    )

    def own_way(spec: ConcreteSpec) -> AddFiles | None:
        from spack.work.projects.run_environment import view_hook

        return view_hook(repositories, store, spec)

    def extended(spec: ConcreteSpec) -> ConcreteSpec | None:
        from spack.work.projects.run_environment import extended_by

        return extended_by(repositories, spec)

    return StandAloneView(descriptor, store.prefix, own_way, Naming(extended=extended))


def _projections(path: str | None) -> tuple[tuple[Projection, ...], str]:
    if path is None:
        return (), ""
    data = load(path)
    section = data.get("projections") if isinstance(data, dict) else None
    if not isinstance(section, dict):
        raise ConfigurationError(
            f"{path} has no 'projections'", hint="projections: {all: '{name}-{version}'}"
        )
    rules = []
    default = ""
    for text, place in section.items():
        if str(text) == "all":
            default = str(place)
            continue
        origin = Origin(path)
        wanted = Located(parse_spec(str(text), origin), origin, str(text))
        rules.append(Projection(wanted, str(place)))
    return tuple(rules), default


def put(
    store: Store, view: StandAloneView, specs: Sequence[ConcreteSpec], *, ignore_conflicts: bool
) -> list[str]:
    """Add specs; paths that were left out. Raises NoMatchError: a prefix is gone."""
    for spec in specs:
        check_is_there(store, spec)
    return view.add(specs, ignore_conflicts=ignore_conflicts)


def take(
    inventory: Inventory, view: StandAloneView, specs: Sequence[ConcreteSpec], *, dependents: bool
) -> list[str]:
    """Remove specs; the names of what was removed."""
    others = [item.spec for item in find(inventory, InstalledQuery())]
    return view.remove(specs, others=others, with_dependents=dependents)


def held(inventory: Inventory, view: StandAloneView) -> list[ConcreteSpec]:
    """Every installed spec that the view holds."""
    return view.held([i.spec for i in find(inventory, InstalledQuery()) if i.spec.external is None])


def states(inventory: Inventory, view: StandAloneView, words: Sequence[str]) -> list[Status]:
    """The completeness of specs in a view; without words, of the specs that it holds."""
    specs = chosen(inventory, words, dependencies=False) if words else held(inventory, view)
    return view.status(specs)
