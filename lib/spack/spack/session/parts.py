"""The parts of a session, an interface each, and those that are used together.

A function of ``work`` asks for the parts that it uses. A :class:`~spack.session.session.Session`
has them all and makes each when it is first asked for; a test passes a record of a few. Only
annotations name these interfaces, so no command imports this file. Bases are in the order in which
single parts are defined, whatever joins some of them first.
"""

from __future__ import annotations

from spack.type_names import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spack.config.configuration import Configuration
    from spack.config.loading import Instance
    from spack.config.settings.settings import Settings
    from spack.config.values.values import Value
    from spack.environments.environment import Environment
    from spack.host.architecture import HostDescription
    from spack.host.machine_facts import MachineFacts
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.options import Options
    from spack.session.places import ActivePlace
    from spack.store.store import Store
    from spack.system.terminal.output import Reporter


class HasSettings(Protocol):
    """The typed settings."""

    @property
    def settings(self) -> Settings: ...


class HasRepositories(Protocol):
    """The recipe repositories."""

    @property
    def repositories(self) -> RepositoryPath: ...


class HasStore(Protocol):
    """The store that is written, with the ones below it."""

    @property
    def store(self) -> Store: ...


class HasConfiguration(Protocol):
    """All scopes."""

    @property
    def configuration(self) -> Configuration: ...


class ForgetsConfiguration(Protocol):
    """Reads the configuration again when it is next asked for: a file was changed."""

    def forget_configuration(self) -> None: ...


class HasBaseSettings(Protocol):
    """The settings without any environment."""

    @property
    def base_settings(self) -> Settings: ...


class HasInstance(Protocol):
    """The instance whose configuration, store and caches are used."""

    @property
    def instance(self) -> Instance: ...


class HasVariables(Protocol):
    """The process variables."""

    @property
    def variables(self) -> Mapping[str, str]: ...


class HasUserCache(Protocol):
    """The directory of what can be had again, such as clones of recipe repositories."""

    @property
    def user_cache(self) -> str: ...


class HasHost(Protocol):
    """This machine."""

    @property
    def host(self) -> HostDescription: ...


class HasReporter(Protocol):
    """Shows messages."""

    @property
    def reporter(self) -> Reporter: ...


class HasEnvironment(Protocol):
    """The active environment."""

    @property
    def environment(self) -> Environment | None: ...


class HasEnvironmentDirectory(Protocol):
    """The directory of the active environment."""

    @property
    def environment_directory(self) -> str | None: ...


class HasEnvironmentName(Protocol):
    """The managed name of the active environment, or its directory."""

    @property
    def environment_name(self) -> str | None: ...


class OpensEnvironments(Protocol):
    """Gives the parts of the same session in another environment."""

    def for_environment(self, directory: str, member: str | None = None) -> ViewParts: ...


# -- used together -----------------------------------------------------------------------------


class WritableSettings(HasSettings, HasConfiguration, ForgetsConfiguration, Protocol):
    """Settings and the scopes they come from, in which they are changed."""


class PackageParts(HasSettings, HasRepositories, Protocol):
    """Recipes and what is configured for their packages."""


class InstalledParts(PackageParts, HasStore, Protocol):
    """Recipes, what is configured for their packages, and what is installed of them."""


class Inventory(InstalledParts, HasVariables, HasEnvironment, HasEnvironmentName, Protocol):
    """The data that most questions read: known and installed specs."""


class RepositoryParts(
    HasSettings, HasConfiguration, HasInstance, HasUserCache, HasReporter, Protocol
):
    """The places where recipe repositories are configured and cloned."""


class ExternalParts(PackageParts, HasVariables, HasHost, Protocol):
    """Recipes and the configured externals of this machine."""


class DetectionParts(PackageParts, WritableSettings, HasVariables, Protocol):
    """Recipes that recognise installations, where to look, and where to note what is found."""


class CompilerParts(DetectionParts, HasHost, HasReporter, Protocol):
    """The parts that find compilers on first use."""


class MachineParts(
    InstalledParts, HasConfiguration, HasBaseSettings, HasVariables, HasUserCache, HasHost, Protocol
):
    """Everything that is checked on a machine."""


class FactParts(HasSettings, HasConfiguration, HasInstance, HasHost, HasEnvironmentName, Protocol):
    """Everything that a report of a fault describes."""


class ReuseParts(InstalledParts, HasBaseSettings, HasEnvironment, Protocol):
    """Concrete specs that solves may use: installed ones, those of environments."""


class WorldParts(
    InstalledParts,
    HasConfiguration,
    HasBaseSettings,
    HasVariables,
    HasUserCache,
    HasHost,
    HasReporter,
    HasEnvironment,
    Protocol,
):
    """Everything that the world of the solver is built from."""

    @property
    def machine_facts(self) -> MachineFacts: ...


class ReadParts(
    HasSettings,
    HasConfiguration,
    HasBaseSettings,
    HasVariables,
    HasUserCache,
    HasHost,
    HasEnvironmentDirectory,
    Protocol,
):
    """Everything but files that an answer may depend on."""


class SolverParts(WorldParts, CompilerParts, ReadParts, Inventory, Protocol):
    """The parts that answer a question to the solver."""

    @property
    def options(self) -> Options: ...


class MigrationParts(PackageParts, HasUserCache, Protocol):
    """Recipes, and where their repositories are cloned."""


class AuthoringParts(PackageParts, HasReporter, Protocol):
    """The parts that write recipes."""


class UpstreamParts(PackageParts, HasHost, HasReporter, Protocol):
    """The parts that look at what upstream projects have released."""


class ManagedParts(HasConfiguration, HasBaseSettings, HasEnvironmentDirectory, Protocol):
    """The managed environments, and the active one."""


class ActivePlaceParts(HasBaseSettings, HasEnvironmentDirectory, Protocol):
    """The managed environments, and the active one or project."""

    @property
    def place(self) -> ActivePlace | None: ...


class ManifestParts(HasConfiguration, HasInstance, HasEnvironment, Protocol):
    """The active environment and what its manifest may depend on."""


class RootParts(HasRepositories, HasConfiguration, HasEnvironment, Protocol):
    """The active environment, its roots, and what recipes say of them."""


class StatusParts(
    HasRepositories, HasStore, HasConfiguration, HasVariables, HasEnvironment, Protocol
):
    """The state of the active environment."""


class ViewParts(InstalledParts, HasConfiguration, HasReporter, HasEnvironment, Protocol):
    """The parts that make the views of the active environment."""


class MarkParts(Inventory, ViewParts, Protocol):
    """Installed packages, and the parts that their module files are made from."""


class ViewEditParts(ViewParts, WritableSettings, Protocol):
    """The views of the active environment, which are changed in its manifest."""


class ActivationParts(
    InstalledParts, HasConfiguration, HasVariables, HasReporter, HasEnvironment, Protocol
):
    """The parts that activate the active environment in a shell."""


class LockParts(SolverParts, Protocol):
    """The parts that bring the lock of the active environment up to date."""

    @property
    def instance(self) -> Instance: ...

    def with_overrides(self, sections: Mapping[str, Value], name: str) -> SolverParts:
        """The same with sections above those of the environment, in a scope of that name."""

    def for_environments(self, names: Sequence[str]) -> LockParts:
        """The same in environments of a project that are solved at once."""


class PlaceParts(HasSettings, HasEnvironmentDirectory, Protocol):
    """The places of environments, and the active one."""


class ContainerParts(HasSettings, HasReporter, HasEnvironment, Protocol):
    """The active environment, and what images with it are like."""


class CacheParts(HasSettings, HasRepositories, HasStore, HasReporter, Protocol):
    """Settings of binary caches, recipes, the store that they serve, who is told of problems."""


class PushParts(CacheParts, HasInstance, Protocol):
    """The parts that push installed packages to binary caches."""


class BuildParts(InstalledParts, HasHost, Protocol):
    """The surroundings of builds."""


class SourceParts(InstalledParts, HasHost, HasReporter, HasEnvironment, Protocol):
    """The parts that bring the sources of packages."""


class TestParts(Inventory, BuildParts, HasReporter, Protocol):
    """The parts that test what is installed."""


class ManifestEditParts(ForgetsConfiguration, HasEnvironment, Protocol):
    """The active environment, whose manifest is changed."""


class DevelopParts(SolverParts, Protocol):
    """The parts that put a package of the active environment under development."""

    def without_environment(self) -> SolverParts:
        """The same in no environment."""


class UnusedParts(Inventory, HasBaseSettings, Protocol):
    """The data that tell what nothing needs."""


class StoreEditParts(
    HasSettings,
    HasStore,
    HasBaseSettings,
    HasReporter,
    HasEnvironmentDirectory,
    OpensEnvironments,
    Protocol,
):
    """The store, and all environments, whose views follow when it is changed."""


class RemovalParts(
    InstalledParts,
    ForgetsConfiguration,
    HasBaseSettings,
    HasVariables,
    HasReporter,
    HasEnvironment,
    HasEnvironmentDirectory,
    HasEnvironmentName,
    OpensEnvironments,
    Protocol,
):
    """The parts that uninstall packages, also out of the active environment."""


class InstallerParts(
    InstalledParts,
    HasInstance,
    HasConfiguration,
    HasBaseSettings,
    HasHost,
    HasReporter,
    HasEnvironment,
    HasEnvironmentDirectory,
    OpensEnvironments,
    Protocol,
):
    """The parts that install concrete specs."""


class InstallParts(SolverParts, InstallerParts, Protocol):
    """The parts that answer a question and install the answer."""


class ProjectParts(LockParts, InstallParts, HasInstance, Protocol):
    """The parts that lock and install the active environment."""
