"""Module files follow what is uninstalled, in the sets that are enabled."""

from __future__ import annotations

from collections.abc import Sequence

from spack.config.settings.module_settings import ModulesSettings
from spack.errors import SpackError
from spack.type_names import Callable
from spack.work.projects.module_sets import enabled_sets


def follow_uninstall(
    settings: ModulesSettings, digests: Sequence[str], warn: Callable[[str], object]
) -> None:
    """Remove the module files of what is no longer installed; an error is a warning."""
    for one in enabled_sets(settings) if digests else ():
        from spack.modulefiles import generation

        try:
            generation.remove(settings.sets[one.name].roots[one.kind], one.kind, digests)
        except (SpackError, OSError) as error:
            warn(one.stale(error))
