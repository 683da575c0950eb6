"""Which environment a call works in: the one of its options, or that of the shell.

Knows options, process variables and directories; must not know what is in an environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Callable

from spack.errors import UsageError
from spack.session.options import Options

MANIFEST_NAME = "spack.yaml"


class NoSuchEnvironmentError(UsageError):
    """The environment that a command should use does not exist."""


def active_directory(
    options: Options, variables: Mapping[str, str], managed_root: Callable[[], str]
) -> str | None:
    """Directory of the environment: ``-e``, ``-D``, ``SPACK_ENV``; None without, and with ``-E``.

    Args:
        managed_root: where environments have names; asked for where one is given by name.

    Raises:
        NoSuchEnvironmentError: it has no manifest.
    """
    active = variables.get("SPACK_ENV") or None
    name = active if options.environment is None else options.environment
    if options.no_environment or name is None:
        return None
    by_directory = options.directory or "/" in name
    if options.environment is None:
        directory = name
    elif by_directory:
        directory = os.path.abspath(name)
    else:
        directory = os.path.join(managed_root(), name)
        if not _has_manifest(directory) and os.path.isdir(name):
            directory = os.path.abspath(name)
    if _has_manifest(directory):
        return directory
    text = f"there is no environment '{name}'"
    hint = "list environments with spack env list, or create one with spack env create"
    if name == active:
        hint = "run spack env deactivate, or use -E to ignore it"
    elif by_directory:
        text = f"there is no environment in {directory}"
        hint = f"create one with spack env create -d {name}"
    else:
        import difflib

        from spack.environments.locations import ManagedEnvironments

        close = difflib.get_close_matches(name, ManagedEnvironments(managed_root()).names(), n=1)
        hint = f"did you mean '{close[0]}'?" if close else hint
    raise NoSuchEnvironmentError(text, hint=hint)


def scope_directory(place: str, state: str) -> str:
    """A ``-C`` value: a directory, or the name of an environment below the state of an instance."""
    managed = os.path.join(state, "var", "spack", "environments", place)
    if not os.path.isdir(place) and _has_manifest(managed):
        return managed
    return place


def _has_manifest(directory: str) -> bool:
    return os.path.isfile(os.path.join(directory, MANIFEST_NAME))
