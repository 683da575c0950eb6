"""Sets of module files by name, and those that installing and uninstalling keep up to date."""

from __future__ import annotations

from spack.config.settings.module_settings import KINDS, ModuleSetSettings, ModulesSettings
from spack.errors import UsageError
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings


class SetName(NamedTuple):
    """One kind of files of a named set."""

    name: str
    kind: str

    def stale(self, error: Exception) -> str:
        """The warning that an error kept its files from following what is installed."""
        return f"the {self.kind} module files of the set '{self.name}' are not up to date: {error}"


def upstream_roots(settings: Settings, kind: str) -> list[str]:
    """The directories of the module files of upstreams, the nearest first."""
    roots = (upstream.modules.get(kind) for upstream in settings.upstreams.values())
    return [root for root in roots if root is not None]


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
