"""Directories that ``spack location`` prints."""

from __future__ import annotations

import os

from spack.errors import NotFoundError
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.language.concrete_specs import ConcreteSpec
    from spack.session.parts import PackageParts, PlaceParts, SolverParts, SourceParts


def of_program(root: str, what: str) -> str:
    """``root`` or ``module`` of a clone."""
    return root if what == "root" else os.path.join(root, "lib", "spack", "spack")


def of_stages(settings: Settings) -> str:
    """The directory of all stages."""
    from spack.sources.stage import choose_stage_root

    return choose_stage_root(settings.config.build_stage)


def of_repository(parts: PackageParts, text: str) -> str:
    """The directory of a recipe repository: by its namespace, of a package, or the first one."""
    if text:
        from spack.work.queries.queries import parse_words

        for repository in parts.repositories.repositories:
            if repository.namespace == text:
                return repository.root
        record = parts.repositories.record(parse_words([text])[0].spec.name or text)
        return os.path.dirname(os.path.dirname(os.path.dirname(record.path)))
    first = next(iter(parts.settings.repos.values()), None)
    if first is None:
        raise NotFoundError("no recipe repository is configured", hint="spack repo add DIR")
    return first.path or first.destination or ""


def of_environment(parts: PlaceParts, name: str) -> str:
    """The directory of an environment, of the active one without a name."""
    if not name:
        if parts.environment_directory is None:
            raise NotFoundError("no environment is active", hint="spack location -e NAME")
        return parts.environment_directory
    from spack.environments.locations import ManagedEnvironments

    return ManagedEnvironments(parts.settings.config.environments_root).find(name).directory


def of_spec(parts: SolverParts, what: str, text: str, *, first: bool) -> str:
    """``install``, ``package``, ``stage``, ``source`` or ``build`` of a spec."""
    from spack.work.queries.queries import parse_words, usable

    if what == "package":
        name = parse_words([text])[0].spec.name or text
        return os.path.dirname(parts.repositories.record(name).path)
    if what == "install":
        return parts.store.prefix(usable(parts, text, first=first))
    spec = _staged_spec(parts, text, first)
    local = spec.variants.get("dev_path")
    if isinstance(local, str):
        stage = source = local
    else:
        from spack.sources.stage import SOURCE_DIRECTORY, stage_name

        name = stage_name(spec, parts.settings.config.stage_name)
        stage = os.path.join(of_stages(parts.settings), name)
        source = os.path.join(stage, SOURCE_DIRECTORY)
    if not os.path.isdir(stage):
        raise NotFoundError(
            f"{spec.name} has no stage",
            hint=(
                f"spack stage {spec.name} makes one, spack install --keep-stage keeps it;"
                f" spack location -i {spec.name} prints the prefix"
            ),
        )
    if what == "build":
        return _build_directory(parts, spec, source)
    return stage if what == "stage" else source


def _staged_spec(parts: SolverParts, text: str, first: bool) -> ConcreteSpec:
    """The spec whose stage is meant: locked, else installed, else what would be built now."""
    from spack.language.matching import satisfies
    from spack.work.answers.finished_solves import concretized
    from spack.work.queries.queries import NoMatchError, ambiguous, one_installed, parse_words

    lock = parts.environment.read_lock() if parts.environment is not None else None
    if lock is not None:
        wanted = parse_words([text])[0].spec
        found = [node for node in lock.concrete_specs.values() if satisfies(node, wanted)]
        if len(found) > 1 and not first:
            raise ambiguous(text, found, "locked")
        if found:
            return found[0]
    try:
        return one_installed(parts, text, first=first)
    except NoMatchError:
        # A build that failed leaves its stage.
        return concretized(parts, [text])[0]


def _build_directory(parts: SourceParts, spec: ConcreteSpec, source: str) -> str:
    """The directory in which the recipe of a spec builds it."""
    from spack.recipes.build_context import BuildContext, building
    from spack.recipes.builders.builder_choice import create_builder
    from spack.work.installing.staging import source_of

    found = source_of(parts, spec)
    with building(BuildContext(stage_of=lambda package: found.stages)):
        own = getattr(found.package, "build_directory", "")
        directory = getattr(create_builder(found.package), "build_directory", own)
        return os.path.normpath(os.path.join(source, str(directory)))
