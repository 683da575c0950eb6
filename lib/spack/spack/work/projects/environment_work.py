"""Work on environments beyond manifests: concretize, join in views, activate."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence

import spack
from spack.activation.scripts import deactivation_code
from spack.environments.activation_files import (
    ActivationInputs,
    activation_text,
    configuration_files,
    regenerate_views,
)
from spack.environments.activation_files import check_views as check_views_of
from spack.environments.concretization import Concretized
from spack.environments.environment import Environment
from spack.environments.locations import Location
from spack.environments.manifests.applicability import applicable
from spack.environments.manifests.view_sections import DEFAULT_VIEW
from spack.environments.members import Member
from spack.environments.recipe_capabilities import RecipeCapabilities
from spack.environments.recipe_snapshots import RecipeFolder, save_recipes
from spack.environments.solve_graph import Known, Solve, SolveNode
from spack.environments.variables import variable_modifications
from spack.errors import Origin, SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import MEMBERS, Lockfile
from spack.language.modes import SolveOptions, Unify
from spack.language.specs import Located
from spack.type_names import TYPE_CHECKING, Callable
from spack.views.descriptors import Link, ViewDescriptor
from spack.views.generation import ViewReport, current_directory
from spack.views.generation import remove as remove_view
from spack.views.selection import Naming, ViewConflictError, reachable
from spack.work.answers.finished_solves import answer
from spack.work.answers.questions import question_of
from spack.work.projects import environments
from spack.work.projects.environments import active, managed, user_specs
from spack.work.projects.run_environment import extended_by, runtime_modifications, view_hook

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.config.settings.settings import Settings
    from spack.environments.manifests.spec_lists import UserSpec
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import (
        ActivationParts,
        HasSettings,
        LockParts,
        SolverParts,
        ViewEditParts,
        ViewParts,
    )


# -- concretizing ------------------------------------------------------------------------------


def concretize(
    parts: LockParts,
    options: SolveOptions = SolveOptions(),
    places: Mapping[str, Origin] = {},
) -> Concretized:
    """Bring the lock of the active environment up to date; others who change it wait.

    Args:
        places: where errors say that roots of these texts are written, if not in the manifest.
    """
    with active(parts).transaction():
        return _concretize(parts, options, places)


def _concretize(
    parts: LockParts, options: SolveOptions, places: Mapping[str, Origin]
) -> Concretized:
    environment = active(parts)
    capabilities = RecipeCapabilities(parts.repositories)
    written = user_specs(parts.configuration, environment)
    written = [root._replace(origin=places.get(root.text, root.origin)) for root in written]
    roots, dropped = applicable(written, capabilities)
    for item in dropped:
        parts.reporter.warning(str(item))
    groups = parts_of_groups(parts, environment)
    result = environment.concretize(
        solve_graph(environment, roots, groups),
        solver(groups, options, _in_group),
        force=options.force or parts.settings.concretizer.force,
        included=environment.included_locks(parts.configuration.paths.substitute),
        program={"version": spack.__version__, "type": "release"},
    )
    if result.changed:
        keep_recipes(parts.repositories, environment, result.lock)
    return result


def _in_group(node: SolveNode, error: SpackError, known: Known) -> None:
    """Say in an error which solve it is of, and what may help."""
    from spack.solve.explaining.refusals import UnsatisfiableRequestError

    if known.fixed and isinstance(error, UnsatisfiableRequestError):
        error.hint = "concretize the locked roots again, too, with spack concretize --force"
    if node.name:
        error.message = f"in the group '{node.name}': {error.message}"


def solver(
    groups: Mapping[str, SolverParts],
    options: SolveOptions,
    explain: Callable[[SolveNode, SpackError, Known], None],
) -> Solve:
    """The solver of the nodes of a graph of solves.

    Args:
        groups: the parts that each node is solved with, by its name.
        explain: adds to an error what is known of its node.
    """

    def solve(
        node: SolveNode, wanted: Sequence[Located], known: Known
    ) -> Mapping[str, ConcreteSpec]:
        question = question_of(
            groups[node.name],
            wanted,
            node.unify,
            options,
            locked=known.candidates,
            fixed=known.fixed,
            needed=known.needed,
        )
        try:
            specs = answer(groups[node.name], question).specs
        except SpackError as error:
            explain(node, error, known)
            raise
        return {root.text: spec for root, spec in zip(wanted, specs)}

    return solve


def keep_recipes(repositories: RepositoryPath, environment: Environment, lock: Lockfile) -> None:
    """Keep the recipes of locked specs beside the lock."""

    def folder_of(spec: ConcreteSpec) -> RecipeFolder | None:
        if not repositories.exists(spec.name):
            return None
        repository = repositories.repository_of(spec.name)
        description = os.path.join(repository.root, "repo.yaml")
        return RecipeFolder(repository.package_dir(spec.name), description)

    save_recipes(environment, lock.concrete_specs.values(), folder_of)


def parts_of_groups(parts: LockParts, environment: Environment) -> dict[str, SolverParts]:
    """The parts that each group of roots is solved with, by its name, with what it overrides."""
    return {
        group.name: parts.with_overrides(group.override, f"group {group.name}")
        if group.override
        else parts
        for group in environment.manifest.groups
    }


def solve_graph(
    environment: Environment, roots: Sequence[UserSpec], groups: Mapping[str, HasSettings]
) -> list[SolveNode]:
    """The solves of an environment, one a group."""
    together = environment.manifest.solves_together
    nodes = []
    for group in environment.manifest.groups:
        unify = groups[group.name].settings.concretizer.unify
        nodes.append(
            SolveNode(
                group.name,
                tuple(root for root in roots if root.group == group.name),
                group.needs,
                unify,
                whole=together and unify is Unify.TOGETHER,
            )
        )
    return nodes


# -- views and activation ----------------------------------------------------------------------


def views(configuration: Configuration, environment: Environment) -> list[ViewDescriptor]:
    """The views of an environment as configured."""
    section = configuration.section("view") if configuration.has("view") else None
    return environment.views(section, configuration.paths.substitute)


def activation_inputs(parts: ViewParts) -> ActivationInputs:
    """Return the input of activation scripts of this session."""
    store = parts.store
    configuration = parts.configuration
    section = configuration.section("env_vars") if configuration.has("env_vars") else None
    return ActivationInputs(
        inspections=parts.settings.modules.prefix_inspections,
        variables=variable_modifications(section, configuration.paths.substitute),
        runtime=lambda specs: runtime_modifications(parts, specs),
        prefix_of=store.prefix,
        is_installed=store.is_installed,
        naming=Naming(
            configuration.paths.substitute, lambda spec: extended_by(parts.repositories, spec)
        ),
        depends_on=configuration_files(configuration.scopes),
    )


def update_views(parts: ViewParts, *, force: bool = False) -> list[ViewReport]:
    """Bring the views and activation scripts of the active environment up to date."""
    environment = active(parts)
    reports = regenerate_views(
        environment,
        views(parts.configuration, environment),
        activation_inputs(parts),
        add_files=lambda spec: view_hook(parts.repositories, parts.store, spec),
        force=force,
    )
    for report in reports:
        for line in report.warnings():
            parts.reporter.warning(line)
    return reports


def check_views(parts: ViewParts, coming: Iterable[ConcreteSpec]) -> list[str]:
    """List, a line each, what views of the active environment leave out once specs are installed.

    Without groups there are no lines: where roots are separate, several specs of a package are
    usual, and what a view has is told when it is made.

    Raises:
        ViewConflictError, ProjectionError
    """
    environment = active(parts)
    planned = {node.dag_hash() for root in coming for node in root.traverse()}
    inputs = activation_inputs(parts)
    inputs = inputs._replace(
        is_installed=lambda spec: spec.dag_hash() in planned or parts.store.is_installed(spec)
    )
    lines = check_views_of(environment, views(parts.configuration, environment), inputs)
    return lines if len(environment.manifest.groups) > 1 else []


def show_views(parts: ViewParts, result: Concretized) -> None:
    """Bring views up to date after concretizing; of what they cannot hold there is a warning.

    Raises:
        ViewConflictError: nothing was concretized, and views cannot hold what is installed.
    """
    told: list[str] = []
    try:
        if result.changed:
            told = check_views(parts, [spec for spec, _ in active(parts).locked().every_root()])
    except ViewConflictError as error:
        told = [str(error)]
    for line in told:
        parts.reporter.warning(line)
    try:
        update_views(parts)
    except ViewConflictError:
        if not told:
            raise


def environments_needing(
    base_settings: Settings,
    here: str | None,
    hashes: Collection[str],
    warn: Callable[[str], None] | None = None,
) -> dict[str, set[str]]:
    """Directories of environments whose roots are, or need at run time, some of these packages.

    Known are managed environments, tracked ones among them, and the active one, ``here``. The
    value is which packages it needs. With ``warn`` a lock that cannot be read is a warning.

    Raises:
        SpackError: a lock cannot be read.
    """
    places = managed(base_settings)
    found = {os.path.realpath(d): d for d in map(places.directory, places.names())}
    if here is not None:
        found[os.path.realpath(here)] = here
    needing = {}
    for directory in found.values():
        try:
            lock = Environment(Location(directory, None)).read_lock()
        except SpackError as error:
            if warn is None:
                raise
            warn(f"what {directory} needs is not known: {error}")
            continue
        roots = [spec for spec, _ in lock.every_root()] if lock is not None else []
        needed = {spec.dag_hash() for spec in reachable(roots, Link.ALL)}
        if needed & set(hashes):
            needing[directory] = needed & set(hashes)
    return needing


def update_views_of(
    directories: Iterable[str],
    parts_in: Callable[..., ViewParts],
    warn: Callable[[str], None],
    *,
    force: bool = False,
) -> None:
    """Bring the views of environments up to date; where that fails there is a warning.

    ``parts_in`` gives the parts of a session in the environment of a directory, or in one of the
    environments of a project by its name. Of a project all that are locked follow.
    ``force`` builds them again although they hold the same packages: their files are others.
    """
    for directory in directories:
        try:
            for there in _each_locked(directory, parts_in):
                update_views(there, force=force)
        except (SpackError, OSError) as error:
            warn(f"the views of {directory} are not up to date: {error}")


def _each_locked(directory: str, parts_in: Callable[..., ViewParts]) -> Iterable[ViewParts]:
    there = parts_in(directory)
    environment = active(there)
    if not isinstance(environment, Member):
        return [there]
    whole = environment.read_whole_lock()
    locked = () if whole is None else whole.extra.get(MEMBERS, {})
    return [
        parts_in(directory, name) for name in environment.project.environments if name in locked
    ]


def disable_view(parts: ViewEditParts) -> None:
    """Drop the default view from the manifest and from disk."""
    roots = _default_view(parts.configuration, active(parts))
    with active(parts).edit() as editor:
        editor.disable_view()
    for root in roots:
        remove_view(root)
    parts.forget_configuration()


def enable_view(parts: ViewEditParts, path: str | None) -> None:
    """Add the default view to the manifest and build it; one at another place is removed.

    Raises:
        ViewRootError: at the path is something that is not a view; nothing was changed.
    """
    if path is not None:
        path = environments.view_path(path)
        current_directory(path)
    former = _default_view(parts.configuration, active(parts))
    with active(parts).edit() as editor:
        editor.enable_view(path)
    parts.forget_configuration()
    update_views(parts)
    for root in set(former) - set(_default_view(parts.configuration, active(parts))):
        remove_view(root)


def _default_view(configuration: Configuration, environment: Environment) -> list[str]:
    """The root of the default view, none without one."""
    found = views(configuration, environment)
    return [view.root for view in found if view.name == DEFAULT_VIEW]


def activate_text(parts: ActivationParts, shell: str, *, view: str | None, prompt: bool) -> str:
    """Code that activates the environment of a session in a shell."""
    environment = active(parts)
    return activation_text(
        shell,
        environment,
        views(parts.configuration, environment),
        activation_inputs(parts),
        parts.variables,
        view=view,
        prompt=prompt,
    )


def deactivate_text(shell: str) -> str:
    """Code that undoes an activation."""
    return deactivation_code(shell)
