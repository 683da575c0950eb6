"""``env update`` and ``env revert``: manifests in their present form, and back."""

from __future__ import annotations

import os

from spack.config.editing import update
from spack.config.scopes.scopes import ENVIRONMENT
from spack.config.scopes.validation import SECTIONS
from spack.errors import NotFoundError
from spack.system.files.writing import atomic_write
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.environments.environment import Environment


def update_manifest(configuration: Configuration, environment: Environment) -> list[str]:
    """Write the manifest of the active environment in its present form; what was old in it.

    The former file is kept beside it with ``.bak``.
    """
    path = environment.manifest_path
    with open(path, encoding="utf-8") as stream:
        former = stream.read()
    scope = next(s.name for s in configuration.scopes if s.kind == ENVIRONMENT)
    notes: list[str] = []
    for section in SECTIONS:
        done = update(configuration, section, scope)
        if done is not None:
            notes += [str(note) for note in done.deprecations]
    if notes:
        atomic_write(f"{path}.bak", former)
    return notes


def revert_manifest(environment: Environment) -> None:
    """Put the manifest from before the update back. Raises NotFoundError."""
    path = environment.manifest_path
    if not os.path.isfile(f"{path}.bak"):
        raise NotFoundError(f"{path}.bak does not exist")
    os.replace(f"{path}.bak", path)
