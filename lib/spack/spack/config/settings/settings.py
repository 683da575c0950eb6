"""The typed view of a configuration, built once by the session and passed down.

Each section is read when it is first used. Nobody below the session asks for a key by its text.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property

from spack.config.configuration import Configuration
from spack.config.settings.container_settings import ContainerSettings, container_settings
from spack.config.settings.module_settings import ModulesSettings, modules_settings
from spack.config.settings.package_settings import (
    PackageSettings,
    ToolchainEntry,
    package_settings,
    toolchain_settings,
)
from spack.config.settings.place_settings import (
    Mirror,
    RepositoryPlace,
    Upstream,
    mirror_settings,
    repository_settings,
    upstream_settings,
)
from spack.config.settings.program_settings import (
    ConcretizerSettings,
    ConfigSettings,
    concretizer_settings,
    config_settings,
)
from spack.config.settings.trust_settings import TrustSettings


class Settings:
    """Typed settings of one configuration.

    Args:
        configuration: the merged scopes.
        state: directory below which the instance keeps what it writes.
    """

    def __init__(self, configuration: Configuration, state: str) -> None:
        self._configuration = configuration
        self._state = state

    def of_scope(self, name: str | None) -> Settings:
        """The settings of one scope alone; these, of all scopes, without a name."""
        return self if name is None else Settings(self._configuration.only(name), self._state)

    @cached_property
    def config(self) -> ConfigSettings:
        return config_settings(
            self._configuration.section("config"), self._configuration.paths, self._state
        )

    @cached_property
    def concretizer(self) -> ConcretizerSettings:
        section = self._configuration.section("concretizer")
        return concretizer_settings(section, self._configuration.paths)

    @cached_property
    def packages(self) -> Mapping[str, PackageSettings]:
        """By package name; ``all`` is always there."""
        section = self._configuration.section("packages")
        return package_settings(section, self._configuration.paths)

    def package(self, name: str) -> PackageSettings:
        """The settings of one package, configured or not."""
        found = self.packages.get(name)
        if found is not None:
            return found
        general = self.packages["all"]
        return PackageSettings(buildable=general.buildable, permissions=general.permissions)

    @cached_property
    def toolchains(self) -> Mapping[str, tuple[ToolchainEntry, ...]]:
        return toolchain_settings(self._configuration.section("toolchains"))

    @cached_property
    def mirrors(self) -> Mapping[str, Mirror]:
        section = self._configuration.section("mirrors")
        return mirror_settings(section, self._configuration.paths)

    @cached_property
    def repos(self) -> Mapping[str, RepositoryPlace]:
        """The one that wins first."""
        section = self._configuration.section("repos")
        return repository_settings(section, self._configuration.paths)

    @cached_property
    def upstreams(self) -> Mapping[str, Upstream]:
        section = self._configuration.section("upstreams")
        return upstream_settings(section, self._configuration.paths)

    @cached_property
    def trust(self) -> TrustSettings:
        """The demands on binary caches."""
        home = self._configuration.paths.variables.get("SPACK_GNUPGHOME")
        key_ring = home or os.path.join(self._state, "opt", "spack", "gpg")
        return TrustSettings(self._configuration.section("trust"), key_ring)

    @cached_property
    def modules(self) -> ModulesSettings:
        section = self._configuration.section("modules")
        return modules_settings(section, self._configuration.paths)

    @cached_property
    def container(self) -> ContainerSettings:
        return container_settings(self._configuration.section("container"))
