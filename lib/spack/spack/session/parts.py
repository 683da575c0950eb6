"""The parts of a session, an interface each, and those that are used together.

A function of ``work`` asks for the parts that it uses. A :class:`~spack.session.session.Session`
has them all and makes each when it is first asked for; a test passes a record of a few. Only
annotations name these interfaces, so no command imports this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spack.config.configuration import Configuration
    from spack.config.loading import Instance
    from spack.config.settings.settings import Settings
    from spack.environments.environment import Environment
    from spack.host.architecture import HostDescription
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.store.store import Store
    from spack.system.terminal.output import Reporter


class HasVariables(Protocol):
    """The process variables."""

    @property
    def variables(self) -> Mapping[str, str]: ...


class HasInstance(Protocol):
    """The instance whose configuration, store and caches are used."""

    @property
    def instance(self) -> Instance: ...


class HasConfiguration(Protocol):
    """All scopes."""

    @property
    def configuration(self) -> Configuration: ...


class HasSettings(Protocol):
    """The typed settings."""

    @property
    def settings(self) -> Settings: ...


class HasBaseSettings(Protocol):
    """The settings without any environment."""

    @property
    def base_settings(self) -> Settings: ...


class HasUserCache(Protocol):
    """The directory of clones of recipe repositories and of record caches."""

    @property
    def user_cache(self) -> str: ...


class HasReporter(Protocol):
    """Shows messages."""

    @property
    def reporter(self) -> Reporter: ...


class HasRepositories(Protocol):
    """The recipe repositories."""

    @property
    def repositories(self) -> RepositoryPath: ...


class HasHost(Protocol):
    """This machine."""

    @property
    def host(self) -> HostDescription: ...


class HasStore(Protocol):
    """The store that is written, with the ones below it."""

    @property
    def store(self) -> Store: ...


class HasEnvironment(Protocol):
    """The active environment."""

    @property
    def environment(self) -> Environment | None: ...


class HasEnvironmentName(Protocol):
    """The managed name of the active environment, or its directory."""

    @property
    def environment_name(self) -> str | None: ...


# -- used together -----------------------------------------------------------------------------


class WritableSettings(HasConfiguration, HasSettings, Protocol):
    """Settings and the scopes they come from, in which they are changed."""

    def forget_configuration(self) -> None:
        """Read the configuration again when it is next asked for."""


class RepositoryParts(
    HasConfiguration, HasSettings, HasInstance, HasUserCache, HasReporter, Protocol
):
    """The places where recipe repositories are configured and cloned."""


class DetectionParts(WritableSettings, HasRepositories, HasVariables, Protocol):
    """Recipes that recognise installations, where to look, and where to note what is found."""


class CompilerParts(DetectionParts, HasHost, HasReporter, Protocol):
    """The parts that find compilers on first use."""


class PackageParts(HasSettings, HasRepositories, Protocol):
    """Recipes and what is configured for their packages."""


class MigrationParts(PackageParts, HasUserCache, Protocol):
    """Recipes, and where their repositories are cloned."""


class AuthoringParts(PackageParts, HasReporter, Protocol):
    """The parts that write recipes."""


class UpstreamParts(AuthoringParts, HasHost, Protocol):
    """The parts that look at what upstream projects have released."""


class ExternalParts(PackageParts, HasHost, HasVariables, Protocol):
    """Recipes and the configured externals of this machine."""


class InstalledParts(PackageParts, HasStore, Protocol):
    """Recipes, what is configured for their packages, and what is installed of them."""


class Inventory(InstalledParts, HasVariables, HasEnvironment, HasEnvironmentName, Protocol):
    """The data that most questions read: known and installed specs."""


class MachineParts(
    ExternalParts, HasStore, HasConfiguration, HasBaseSettings, HasUserCache, Protocol
):
    """Everything that is checked on a machine."""


class FactParts(HasInstance, HasHost, HasConfiguration, HasSettings, HasEnvironmentName, Protocol):
    """Everything that a report of a fault describes."""
