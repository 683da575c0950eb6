"""This machine: platform, operating system, processor. Detected once per process."""

from __future__ import annotations

import functools

from spack.host import microarchitectures, operating_systems
from spack.named_tuples import NamedTuple
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


@functools.cache
def host() -> HostDescription:
    """This machine. Raises WrongPlatformError on one that is not supported."""
    return host_with(microarchitectures.detect())


def host_with(target: str) -> HostDescription:
    """This machine, whose processor is known. Raises WrongPlatformError."""
    system = operating_systems.detect()
    return HostDescription(platforms.platform_name(), system, target)
