"""Directories that ``spack location`` prints."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spack.errors import NotFoundError

if TYPE_CHECKING:
    from spack.language.concrete_specs import ConcreteSpec
    from spack.session.session import Session


def of_instance(session: Session, what: str) -> str:
    """``root``, ``module`` or ``stages``."""
    if what == "root":
        return session.root
    if what == "module":
        return os.path.join(session.root, "lib", "spack", "spack")
    from spack.sources.stage import choose_stage_root

    return choose_stage_root(session.settings.config.build_stage)


def of_repository(session: Session, text: str) -> str:
    """The directory of a recipe repository: by its namespace, of a package, or the first one."""
    if text:
        from spack.work.queries.queries import parse_words

        for repository in session.repositories.repositories:
            if repository.namespace == text:
                return repository.root
        record = session.repositories.record(parse_words([text])[0].spec.name or text)
        return os.path.dirname(os.path.dirname(os.path.dirname(record.path)))
    first = next(iter(session.settings.repos.values()), None)
    if first is None:
        raise NotFoundError("no recipe repository is configured", hint="spack repo add DIR")
    return first.path or first.destination or ""


def of_environment(session: Session, name: str) -> str:
    """The directory of an environment, of the active one without a name."""
    if not name:
        if session.environment_directory is None:
            raise NotFoundError("no environment is active", hint="spack location -e NAME")
        return session.environment_directory
    from spack.environments.locations import ManagedEnvironments

    return ManagedEnvironments(session.settings.config.environments_root).find(name).directory


def of_spec(session: Session, what: str, text: str, *, first: bool) -> str:
    """``install``, ``package``, ``stage``, ``source`` or ``build`` of a spec."""
    from spack.work.queries.queries import parse_words, usable

    if what == "package":
        name = parse_words([text])[0].spec.name or text
        return os.path.dirname(session.repositories.record(name).path)
    if what == "install":
        return session.store.prefix(usable(session, text, first=first))
    spec = _staged_spec(session, text, first)
    local = spec.variants.get("dev_path")
    if isinstance(local, str):
        stage = source = local
    else:
        from spack.sources.stage import SOURCE_DIRECTORY, stage_name

        name = stage_name(spec, session.settings.config.stage_name)
        stage = os.path.join(of_instance(session, "stages"), name)
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
        return _build_directory(session, spec, source)
    return stage if what == "stage" else source


def _staged_spec(session: Session, text: str, first: bool) -> ConcreteSpec:
    """The spec whose stage is meant: locked, else installed, else what would be built now."""
    from spack.language.matching import satisfies
    from spack.work.answers.finished_solves import concretized
    from spack.work.queries.queries import NoMatchError, ambiguous, one_installed, parse_words

    lock = session.environment.read_lock() if session.environment is not None else None
    if lock is not None:
        wanted = parse_words([text])[0].spec
        found = [node for node in lock.concrete_specs.values() if satisfies(node, wanted)]
        if len(found) > 1 and not first:
            raise ambiguous(text, found, "locked")
        if found:
            return found[0]
    try:
        return one_installed(session, text, first=first)
    except NoMatchError:
        # A build that failed leaves its stage.
        return concretized(session, [text])[0]


def _build_directory(session: Session, spec: ConcreteSpec, source: str) -> str:
    """The directory in which the recipe of a spec builds it."""
    from spack.recipes.build_context import BuildContext, building
    from spack.recipes.builders.builder_choice import create_builder
    from spack.work.installing.staging import source_of

    found = source_of(session, spec)
    with building(BuildContext(stage_of=lambda package: found.stages)):
        own = getattr(found.package, "build_directory", "")
        directory = getattr(create_builder(found.package), "build_directory", own)
        return os.path.normpath(os.path.join(source, str(directory)))
