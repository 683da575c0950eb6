"""This machine: platform, operating system, processor. Detected once per process."""

from __future__ import annotations

import functools
from typing import NamedTuple

from spack.host import microarchitectures, operating_systems
from spack.system import platforms


class HostDescription(NamedTuple):
    """The machine that this process runs on."""

    platform: str
    os: str
    target: str

    @property
    def family(self) -> str:
        """The architecture family of the processor, such as ``x86_64``."""
        return microarchitectures.family(self.target)

    @property
    def name(self) -> str:
        """The platform, as recipes ask for it."""
        return self.platform

    @property
    def default(self) -> str:
        """The target, as recipes ask for it."""
        return self.target

    @property
    def default_os(self) -> str:
        """The operating system, as recipes ask for it."""
        return self.os

    def __str__(self) -> str:
        """The platform: recipes compare ``str(host_platform())`` with its name."""
        return self.platform


@functools.cache
def host() -> HostDescription:
    """This machine. Raises WrongPlatformError on one that is not supported."""
    return host_with(microarchitectures.detect())


def host_with(target: str) -> HostDescription:
    """This machine, whose processor is known. Raises WrongPlatformError."""
    system = operating_systems.detect()
    return HostDescription(platforms.platform_name(), system, target)
