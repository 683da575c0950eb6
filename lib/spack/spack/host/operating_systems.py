"""The name of the operating system and its release, as architectures have it.

Reads ``/etc/os-release``; must not know processors or compilers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from spack.system import platforms

#: Numbers of releases of macOS, with their names.
_MACOS_RELEASES = dict(
    pair.split("=")
    for pair in (
        "10.10=yosemite 10.11=elcapitan 10.12=sierra 10.13=highsierra 10.14=mojave 10.15=catalina "
        "11=bigsur 12=monterey 13=ventura 14=sonoma 15=sequoia 26=tahoe"
    ).split()
)

#: Distributions with another name here than in their own file.
_NAMES = {"ol": "oracle", "opensuse-leap": "opensuse"}

#: Distributions whose releases have two numbers.
_TWO_NUMBERS = ("ubuntu",)


def platform_of(name: str) -> str | None:
    """The platform that an operating system belongs to by its name, None for distributions."""
    if name.startswith("windows"):
        return "windows"
    return "darwin" if name.startswith("macos") or name in _MACOS_RELEASES.values() else None


def read_os_release(root: str = "/") -> dict[str, str]:
    """The fields of the file that describes a Linux system; none if there is no such file."""
    for name in ("etc/os-release", "usr/lib/os-release"):
        try:
            with open(os.path.join(root, name), encoding="utf-8", errors="replace") as stream:
                return _fields(stream.read())
        except OSError:
            continue
    return {}


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            found[name] = _unquoted(value)
    return found


def _unquoted(value: str) -> str:
    """A value without the quotes of a shell; as it is where they are unbalanced."""
    inner = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    if not set(inner) & set("\"'\\") and (inner is not value or not set(inner) & set(" \t")):
        return inner  # most are so simple
    import shlex

    try:
        return "".join(shlex.split(value))
    except ValueError:
        return value


def linux_name(fields: Mapping[str, str]) -> str:
    """``debian12``, ``rhel9``, ``ubuntu22.04``, … from the fields of ``os-release``.

    A distribution without release number has its name alone; no file at all gives ``unknown``.
    """
    name = fields.get("ID", "").lower()
    name = re.sub(r"[^a-z0-9_-]", "", _NAMES.get(name, name))
    if not name:
        return "unknown"
    numbers = fields.get("VERSION_ID", "")
    if name in _TWO_NUMBERS:
        return name + ".".join(numbers.split(".")[:2])
    return name + re.split(r"[^\w-]", numbers)[0]


def macos_name(release: str) -> str:
    """``sonoma`` for ``14.5``; a release that is not known has the name ``macos<number>``."""
    numbers = release.split(".")
    for key in (".".join(numbers[:2]), numbers[0]):
        if key in _MACOS_RELEASES:
            return _MACOS_RELEASES[key]
    return f"macos{numbers[0]}"


def detect() -> str:
    """The operating system of this machine. Raises WrongPlatformError."""
    system = platforms.platform_name()
    if system == "darwin":
        import platform

        return macos_name(platform.mac_ver()[0])
    if system == "linux":
        return linux_name(read_os_release())
    release = os.uname().release
    return f"{system}{release.split('.')[0].split('-')[0]}"
