"""What most questions read: what is known and installed here. A session is one, lazily."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.environments.environment import Environment
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.store.store import Store


class Inventory(Protocol):
    """Settings, recipes, the store, and the active environment with its name or directory."""

    variables: Mapping[str, str]

    @property
    def settings(self) -> Settings: ...

    @property
    def repositories(self) -> RepositoryPath: ...

    @property
    def store(self) -> Store: ...

    @property
    def environment(self) -> Environment | None: ...

    @property
    def environment_name(self) -> str | None: ...
