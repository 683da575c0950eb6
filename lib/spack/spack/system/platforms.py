"""Differences between operating systems: suffixes, kernel, and names that only one of them has.

Names of another system exist here and say so when they are used. Must not know packages.
"""

from __future__ import annotations

import enum
import os
import re
import sys

from spack.errors import SpackError
from spack.type_names import Any, NoReturn


class WrongPlatformError(SpackError):
    """Something was used that another operating system has."""


def platform_name() -> str:
    """``linux``, ``darwin``, ``freebsd`` or ``windows``. Raises WrongPlatformError."""
    names = {"Linux": "linux", "Darwin": "darwin", "FreeBSD": "freebsd", "Windows": "windows"}
    system = os.uname().sysname
    if system not in names:
        raise WrongPlatformError(
            f"the operating system {system!r} is not supported",
            hint="use one of " + ", ".join(names),
        )
    return names[system]


def macos_release() -> tuple[int, ...]:
    """Release numbers of macOS, such as ``(14, 5)``. Raises WrongPlatformError elsewhere."""
    if sys.platform != "darwin":
        _only_on("macOS", "macos_version")
    import subprocess

    text = subprocess.run(
        ["sw_vers", "-productVersion"], stdout=subprocess.PIPE, encoding="utf-8", check=False
    ).stdout
    return tuple(int(number) for number in re.findall(r"\d+", text))


def _only_on(system: str, name: str) -> NoReturn:
    raise WrongPlatformError(
        f"{name} works on {system} only, but this is {os.uname().sysname}",
        hint="guard its use with the platform of the spec",
    )


def windows_sfn(path: os.PathLike[str]) -> os.PathLike[str]:
    """The short form of a path on Windows; elsewhere the path as it is."""
    return path


def fix_darwin_install_name(path: str) -> None:
    """Give the shared libraries in a directory of macOS install names that are their paths.

    Raises WrongPlatformError elsewhere if there are such libraries.
    """
    libraries = sorted(
        os.path.join(path, name) for name in os.listdir(path) if name.endswith(".dylib")
    )
    if not libraries:
        return
    if sys.platform != "darwin":
        _only_on("macOS", "fix_darwin_install_name")
    import subprocess

    for library in libraries:
        subprocess.run(["install_name_tool", "-id", library, library], check=True)
        listing = subprocess.run(
            ["otool", "-L", library], stdout=subprocess.PIPE, encoding="utf-8", check=True
        ).stdout
        for dependency in (line.split()[0] for line in listing.splitlines()[1:] if line.split()):
            for other in libraries:
                if os.path.basename(other) == os.path.basename(dependency):
                    subprocess.run(
                        ["install_name_tool", "-change", dependency, other, library], check=True
                    )


class MachO:
    """Reader of macOS binaries. Raises WrongPlatformError when one is made elsewhere."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _only_on("macOS, with the Python package macholib", "MachO")


#: Number of the load command that holds the install name of a macOS library.
LC_ID_DYLIB = 0xD


class HKEY(enum.Enum):
    """Roots of the Windows registry."""

    HKEY_CLASSES_ROOT = "HKEY_CLASSES_ROOT"
    HKEY_CURRENT_USER = "HKEY_CURRENT_USER"
    HKEY_USERS = "HKEY_USERS"
    HKEY_LOCAL_MACHINE = "HKEY_LOCAL_MACHINE"
    HKEY_CURRENT_CONFIG = "HKEY_CURRENT_CONFIG"
    HKEY_PERFORMANCE_DATA = "HKEY_PERFORMANCE_DATA"


class WindowsRegistryView:
    """A part of the Windows registry. Raises WrongPlatformError when one is made elsewhere."""

    def __init__(self, key: str = "", root_key: HKEY = HKEY.HKEY_CURRENT_USER) -> None:
        if sys.platform != "win32":
            _only_on("Windows", "WindowsRegistryView")
        self.key = key
        self.root_key = root_key
