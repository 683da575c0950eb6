"""Directories that ``spack location`` prints."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spack.errors import SpackError

if TYPE_CHECKING:
    from spack.session.session import Session


class NoLocationError(SpackError):
    """There is no such directory."""


def of_instance(session: Session, what: str) -> str:
    """``root``, ``stages`` or ``repository``."""
    if what == "root":
        return session.root
    if what == "stages":
        from spack.sources.stage import choose_stage_root

        return choose_stage_root(session.settings.config.build_stage)
    first = next(iter(session.settings.repos.values()), None)
    if first is None:
        raise NoLocationError("no recipe repository is configured", hint="spack repo add DIR")
    return first.path or first.destination or ""


def of_environment(session: Session, name: str) -> str:
    """The directory of an environment, of the active one without a name."""
    if not name:
        if session.environment_directory is None:
            raise NoLocationError("no environment is active", hint="spack location -e NAME")
        return session.environment_directory
    from spack.environments.locations import ManagedEnvironments

    return ManagedEnvironments(session.settings.config.environments_root).find(name).directory


def of_spec(session: Session, what: str, text: str, *, first: bool) -> str:
    """``install``, ``package``, ``repository``, ``stage`` or ``source`` directory of a spec."""
    from spack.session.queries import NoMatchError, one_installed, parse_words

    if what in ("package", "repository"):
        name = parse_words([text])[0].spec.name or text
        record = session.repositories.record(name)
        directory = os.path.dirname(record.path)
        return directory if what == "package" else os.path.dirname(os.path.dirname(directory))
    if what == "install":
        return session.store.prefix_of(one_installed(session, text, first=first))
    try:
        spec = one_installed(session, text, first=first)
    except NoMatchError:
        # A build that failed leaves its stage.
        from spack.session.finished_solves import concretized

        spec = concretized(session, [text])[0]
    from spack.sources.stage import stage_name

    name = stage_name(spec, session.settings.config.stage_name)
    stage = os.path.join(of_instance(session, "stages"), name)
    if not os.path.isdir(stage):
        raise NoLocationError(
            f"{spec.name} has no stage", hint="spack install --keep-stage keeps stages"
        )
    return stage if what == "stage" else os.path.join(stage, "spack-src")
