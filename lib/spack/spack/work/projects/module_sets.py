"""Sets of module files by name, and those that installing and uninstalling keep up to date."""

from __future__ import annotations

from spack.config.settings.module_settings import KINDS, ModuleSetSettings, ModulesSettings
from spack.errors import UsageError
from spack.named_tuples import NamedTuple


class SetName(NamedTuple):
    """One kind of files of a named set."""

    name: str
    kind: str


def set_settings(settings: ModulesSettings, name: str) -> ModuleSetSettings:
    """The settings of a set. Raises UsageError where there is none of that name."""
    found = settings.sets.get(name)
    if found is None:
        known = ", ".join(settings.sets)
        raise UsageError(
            f"there is no set '{name}' of module files",
            hint=f"the sets are {known}" if known else "configure modules:NAME:roots",
        )
    return found


def enabled_sets(settings: ModulesSettings) -> list[SetName]:
    """The files that installing and uninstalling keep up to date."""
    return [
        SetName(name, kind)
        for name, one in settings.sets.items()
        for kind in KINDS
        if kind in one.enable
    ]
