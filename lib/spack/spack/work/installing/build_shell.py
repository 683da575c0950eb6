"""The environment in which a package is built or tested, for people who want to look inside."""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.builds.roles import Context
from spack.builds.variables import build_variables
from spack.errors import NotFoundError, UsageError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.modes import SolveOptions
from spack.recipes.bound.bound_spec import bind
from spack.recipes.build_context import BuildContext, building
from spack.type_names import TYPE_CHECKING
from spack.work.answers.selection import concrete_specs
from spack.work.installing.installation import InstallOptions, build_world

if TYPE_CHECKING:
    from spack.session.parts import SolverParts
    from spack.store.store import Store


def variables_for(
    parts: SolverParts,
    words: Sequence[str],
    *,
    dirty: bool | None,
    for_tests: bool = False,
    options: SolveOptions = SolveOptions(),
) -> dict[str, str]:
    """The process variables of the build of a spec, or of tests of it.

    Raises:
        UsageError: not exactly one spec is meant.
        NotFoundError
    """
    specs = concrete_specs(parts, words, options)
    if len(specs) != 1:
        raise UsageError(
            f"exactly one spec is needed, not {len(specs)}", hint="specify one by its hash"
        )
    (spec,) = specs
    _check_dependencies(parts.store, spec)
    parts.repositories.serve()
    world = build_world(parts, InstallOptions(dirty=dirty))
    view = bind(spec, world.prefixes, world.packages)
    context = Context.TEST if for_tests else Context.BUILD
    with building(BuildContext(jobs=world.jobs, keep_werror=world.variable_settings.keep_werror)):
        settings = world.variable_settings
        return build_variables(view, settings, parts.variables, context=context).variables


def _check_dependencies(store: Store, spec: ConcreteSpec) -> None:
    types = deptypes.BUILD | deptypes.LINK | deptypes.RUN
    for edge in spec.dependencies:
        if edge.deptypes & types and not store.is_installed(edge.spec):
            raise NotFoundError(
                f"{edge.spec.name}@{edge.spec.version}, a dependency of {spec.name}, is"
                " not installed",
                hint=f"spack install --only dependencies {spec.name}",
            )


def run(command: Sequence[str], variables: dict[str, str]) -> None:
    """Become a command with these variables. Raises UsageError when there is no such program."""
    try:
        os.execvpe(command[0], list(command), variables)
    except OSError as error:
        raise UsageError(f"cannot run {command[0]}: {error.strerror}") from error
