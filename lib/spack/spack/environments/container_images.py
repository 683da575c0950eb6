"""Operating systems that images of containers can start from, and their package managers."""

from __future__ import annotations

from collections.abc import Sequence

from spack.errors import UsageError
from spack.named_tuples import NamedTuple

#: Packages that this program needs, and compilers, for each family of systems.
_DEBIAN = (
    "python3", "python3-venv", "git", "ca-certificates", "curl", "file", "gcc", "g++", "gfortran",
    "make", "patch", "tar", "gzip", "bzip2", "xz-utils", "zstd", "unzip", "binutils",
)  # fmt: skip
_RED_HAT = (
    "git", "ca-certificates", "file", "gcc", "gcc-c++", "gcc-gfortran", "make", "patch", "tar",
    "gzip", "bzip2", "xz", "zstd", "unzip", "binutils", "findutils", "diffutils",
)  # fmt: skip
_SUSE = (
    "python311", "git-core", "ca-certificates-mozilla", "curl", "file", "gcc", "gcc-c++",
    "gcc-fortran", "make", "patch", "tar", "gzip", "bzip2", "xz", "zstd", "unzip", "binutils",
    "findutils",
)  # fmt: skip
_ALPINE = (
    "python3", "py3-pip", "git", "ca-certificates", "curl", "file", "gcc", "g++", "gfortran",
    "musl-dev", "linux-headers", "make", "patch", "tar", "gzip", "bzip2", "xz", "zstd", "unzip",
    "binutils", "findutils", "coreutils",
)  # fmt: skip


class System(NamedTuple):
    """An operating system.

    Attributes:
        image: its name in a registry.
        manager: its package manager.
        packages: that this program needs to run and to build.
    """

    image: str
    manager: str
    packages: tuple[str, ...]


class Manager(NamedTuple):
    """The commands of a package manager.

    ``lists`` fetches what there is to install, ``update`` brings up to date what is installed,
    ``install`` is followed by names, ``clean`` makes the image small.
    """

    lists: str
    update: str
    install: str
    clean: str


SYSTEMS = {
    "alpine:3": System("docker.io/alpine:3", "apk", _ALPINE),
    "almalinux:8": System("docker.io/almalinux:8", "dnf", ("python3.11", *_RED_HAT)),
    "almalinux:9": System("docker.io/almalinux:9", "dnf", ("python3", *_RED_HAT)),
    "amazonlinux:2023": System("docker.io/amazonlinux:2023", "dnf", ("python3", *_RED_HAT)),
    "centos:stream9": System("quay.io/centos/centos:stream9", "dnf", ("python3", *_RED_HAT)),
    "debian:12": System("docker.io/debian:12", "apt", _DEBIAN),
    "debian:13": System("docker.io/debian:13", "apt", _DEBIAN),
    "fedora:40": System("docker.io/fedora:40", "dnf", ("python3", *_RED_HAT)),
    "fedora:41": System("docker.io/fedora:41", "dnf", ("python3", *_RED_HAT)),
    "opensuse/leap:15": System("docker.io/opensuse/leap:15", "zypper", _SUSE),
    "rockylinux:8": System("docker.io/rockylinux:8", "dnf", ("python3.11", *_RED_HAT)),
    "rockylinux:9": System("docker.io/rockylinux:9", "dnf", ("python3", *_RED_HAT)),
    "ubuntu:22.04": System("docker.io/ubuntu:22.04", "apt", _DEBIAN),
    "ubuntu:24.04": System("docker.io/ubuntu:24.04", "apt", _DEBIAN),
}

_APT = "DEBIAN_FRONTEND=noninteractive apt-get -yqq"

MANAGERS = {
    "apk": Manager("apk update", "apk upgrade", "apk add --no-cache", "rm -rf /var/cache/apk"),
    "apt": Manager(
        f"{_APT} update",
        f"{_APT} upgrade",
        f"{_APT} install --no-install-recommends",
        "rm -rf /var/lib/apt/lists/*",
    ),
    "dnf": Manager("", "dnf -qy upgrade", "dnf -qy install", "dnf -q clean all"),
    "yum": Manager("", "yum -qy update", "yum -qy install", "yum -q clean all"),
    "yum_amazon": Manager("", "yum -qy update", "yum -qy install", "yum -q clean all"),
    "zypper": Manager(
        "zypper -nq refresh", "zypper -nq update", "zypper -nq install", "zypper -nq clean --all"
    ),
}


def system(name: str) -> System:
    """An operating system by name. Raises UsageError."""
    found = SYSTEMS.get(name)
    if found is None:
        raise UsageError(
            f"images cannot start from '{name}'",
            hint="name one of spack containerize --list-os in container:images:os, or images of"
            " your own in container:images:build and final",
        )
    return found


def manager_of(image: str) -> str | None:
    """The package manager of an image, as far as its name tells."""
    bare = image.rpartition("/")[2]
    for name, known in SYSTEMS.items():
        if image in (name, known.image) or bare.split(":")[0] == name.split(":")[0]:
            return known.manager
    return None


def installation(manager: str, packages: Sequence[str], *, update: bool) -> list[str]:
    """Commands that install packages; none without any."""
    if not packages:
        return []
    known = MANAGERS[manager]
    names = " ".join(packages)
    lines = [known.lists, known.update if update else "", f"{known.install} {names}", known.clean]
    return [line for line in lines if line]
