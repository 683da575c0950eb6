"""Regenerate an environment's views, and write the scripts that activate it.

The scripts hold all that activation needs, so that activating starts no interpreter: variables of
the ``env_vars`` section, what the recipes of the view's specs ask for, and the directories of the
view. They are written after every change of the views, the manifest or the lock.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence

from spack.activation.actions import VariableAction, set_value
from spack.activation.inspections import inspect
from spack.activation.modifications import actions_for, actions_of, through_view, with_manual_pages
from spack.activation.saved import restored
from spack.activation.scripts import ActivationPlan, activation_code, write_scripts
from spack.config.scopes.scopes import Scope
from spack.environments.environment import Environment
from spack.environments.manifests.view_sections import DEFAULT_VIEW
from spack.errors import NotFoundError
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.system.files.writing import mkdirp
from spack.system.processes.variables import EnvironmentModifications
from spack.type_names import Callable
from spack.views.descriptors import ViewDescriptor
from spack.views.generation import AddFiles, PrefixOf, ViewReport, regenerate
from spack.views.selection import Duplicate, Naming, Placement, place, reachable, select

Runtime = Callable[[Sequence[ConcreteSpec]], EnvironmentModifications]


class ActivationInputs(NamedTuple):
    """Inputs of activation scripts, beside the environment itself.

    Attributes:
        inspections: folder of a prefix to variables (``modules:prefix_inspections``).
        variables: requests of the ``env_vars`` section.
        runtime: requests of the recipes of some specs, in terms of their prefixes.
        prefix_of: prefix of a spec.
        is_installed: specs not installed are not in views.
        naming: what folders in views depend on beside projections.
        depends_on: files beside manifest and lock whose change makes the scripts outdated, such
            as included configuration.
    """

    inspections: Mapping[str, Sequence[str]]
    variables: EnvironmentModifications
    runtime: Runtime
    prefix_of: PrefixOf
    is_installed: Callable[[ConcreteSpec], bool] = lambda spec: True
    naming: Naming = Naming()
    depends_on: tuple[str, ...] = ()


#: Configuration sections that decide what activation does.
_SECTIONS = ("env_vars", "modules", "view")


def configuration_files(scopes: Iterable[Scope]) -> tuple[str, ...]:
    """The existing files whose change makes activation scripts outdated, for ``depends_on``.

    Shipped scopes are left out: they change with the program only.
    """
    found = []
    for scope in scopes:
        if scope.path is None or scope.fixed:
            continue
        names = {scope.file_of(section) for section in _SECTIONS}
        found += sorted(name for name in names if name is not None and os.path.isfile(name))
    return tuple(dict.fromkeys(found))


def regenerate_views(
    environment: Environment,
    views: Iterable[ViewDescriptor],
    inputs: ActivationInputs,
    *,
    add_files: Callable[[ConcreteSpec], AddFiles | None] = lambda spec: None,
    force: bool = False,
) -> list[ViewReport]:
    """Bring all views up to date, then the activation scripts.

    Raises:
        ViewConflictError, ProjectionError, ViewRootError, ViewWriteError
    """
    views = list(views)
    with environment.transaction():
        for view in views:
            # A conflict in any of them is told before files of another are touched.
            _placed(environment, view, inputs)
        reports = [
            regenerate(
                view,
                environment.roots_of(view),
                inputs.prefix_of,
                is_installed=inputs.is_installed,
                add_files=add_files,
                naming=inputs.naming,
                force=force,
            )
            for view in views
        ]
        write_activation_scripts(environment, views, inputs)
    return reports


def _placed(
    environment: Environment, view: ViewDescriptor, inputs: ActivationInputs
) -> tuple[list[Placement], list[Duplicate]]:
    """The installed specs that a view holds, and those that it leaves out.

    Raises:
        ViewConflictError, ProjectionError
    """
    nodes = reachable(environment.roots_of(view), view.link)
    installed = [spec for spec in nodes if inputs.is_installed(spec)]
    return place(select(installed, view), view, inputs.naming)


def check_views(
    environment: Environment, views: Iterable[ViewDescriptor], inputs: ActivationInputs
) -> list[str]:
    """List, a line each, what the views would leave out of the specs of ``inputs.is_installed``.

    Raises:
        ViewConflictError, ProjectionError
    """
    return [
        f"view {view.root}: {duplicate}"
        for view in views
        for duplicate in _placed(environment, view, inputs)[1]
    ]


def write_activation_scripts(
    environment: Environment,
    views: Sequence[ViewDescriptor],
    inputs: ActivationInputs,
) -> list[str]:
    """Write the scripts for every view, for none, and the one taken unasked.

    Views whose requests need the present values of variables get no script, and the shell
    functions ask the program instead. Returns the paths; scripts of former views are removed.
    """
    written: list[str] = []
    folder = environment.activation_folder
    mkdirp(folder)
    plans: list[tuple[str | None, ActivationPlan | None]] = [
        (view.name, activation_plan(environment, view, inputs)) for view in views
    ]
    plans.append((None, activation_plan(environment, None, inputs)))
    named = dict(plans)
    for _, plan in plans:
        if plan is not None:
            written += write_scripts(folder, plan, default=False)
    unasked = named.get(DEFAULT_VIEW) if DEFAULT_VIEW in named else named[None]
    if unasked is not None:
        written += write_scripts(folder, unasked, default=True)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.startswith("activate") and path not in written and name.count(".") >= 1:
            os.unlink(path)
    return written


def activation_plan(
    environment: Environment,
    view: ViewDescriptor | None,
    inputs: ActivationInputs,
    process: Mapping[str, str] | None = None,
) -> ActivationPlan | None:
    """The changes that activation makes.

    Args:
        view: the view to load, None for none.
        process: variables of the process that is to be activated; with them every request can be
            carried out. None: only what holds in any process.

    Returns:
        None when ``process`` is None and some request needs it.
    """
    requests = EnvironmentModifications(inputs.variables)
    shown: list[VariableAction] = []
    if view is not None:
        placements = _placed(environment, view, inputs)[0]
        folders = _folders(view, placements, inputs)
        runtime = inputs.runtime([spec for spec, _ in placements])
        requests.extend(through_view(runtime, folders))
        shown = inspect(view.root, inputs.inspections, planned=not placements)
    if process is None:
        actions = actions_of(requests)
        if actions is None:
            return None
    else:
        actions = actions_for(requests, process)
    return ActivationPlan(
        environment.directory,
        environment.label,
        view.name if view is not None else None,
        (
            *(set_value(name, value) for name, value in environment.variables.items()),
            *with_manual_pages([*actions, *shown]),
        ),
        tuple(
            dict.fromkeys((environment.manifest_path, environment.lock_path, *inputs.depends_on))
        ),
    )


def view_folders(
    environment: Environment, view: ViewDescriptor, inputs: ActivationInputs
) -> dict[str, str]:
    """The prefix of each package in a view, and the directory that stands for it there."""
    return _folders(view, _placed(environment, view, inputs)[0], inputs)


def _folders(
    view: ViewDescriptor, placements: Iterable[Placement], inputs: ActivationInputs
) -> dict[str, str]:
    return {
        inputs.prefix_of(spec): os.path.join(view.root, folder).rstrip(os.sep)
        for spec, folder in placements
    }


def activation_text(
    shell: str,
    environment: Environment,
    views: Sequence[ViewDescriptor],
    inputs: ActivationInputs,
    process: Mapping[str, str],
    *,
    view: str | None = DEFAULT_VIEW,
    prompt: bool = False,
) -> str:
    """Code for ``env activate --sh``: activates in a process with these variables.

    Also writes the scripts of the environment, where its directory can be written to.

    Args:
        view: name of the view to load; the default one need not exist. None: no view.

    Raises:
        NotFoundError: a view by a name the environment does not have.
    """
    found = next((v for v in views if v.name == view), None)
    if found is None and view not in (None, DEFAULT_VIEW):
        raise NotFoundError(
            f"{environment.label} has no view '{view}'",
            hint="its views are " + ", ".join(v.name for v in views) if views else "it has none",
        )
    inputs = inputs._replace(runtime=_remembered(inputs.runtime))
    plan = activation_plan(environment, found, inputs, restored(process))
    assert plan is not None
    # Being asked means that the scripts are missing or outdated; the next activation is fast.
    with contextlib.suppress(OSError):
        mkdirp(environment.internal)
        write_activation_scripts(environment, views, inputs)
    return activation_code(shell, plan, prompt=prompt)


def _remembered(runtime: Runtime) -> Runtime:
    """The same function, which computes each answer once: it may have to load recipes."""
    known: dict[tuple[str, ...], EnvironmentModifications] = {}

    def ask(specs: Sequence[ConcreteSpec]) -> EnvironmentModifications:
        key = tuple(spec.dag_hash() for spec in specs)
        if key not in known:
            known[key] = runtime(specs)
        return known[key]

    return ask
