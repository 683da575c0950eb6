"""Variables in configured paths: ``$spack``, ``${user_cache_path}``, ``$HOME``, ``~``.

Names are not case-sensitive. A name that is not a variable of Spack is taken from the process
variables; what is neither stays as it is written. Knows the machine only through a
:class:`HostFacts` that is asked when a value is needed.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping

import spack
from spack.named_tuples import NamedTuple
from spack.type_names import Callable

_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


class HostFacts(NamedTuple):
    """Words for this machine, such as ``linux``, ``debian12``, ``zen3`` and ``x86_64``."""

    platform: str
    os: str
    target: str
    target_family: str

    def __str__(self) -> str:
        return f"{self.platform}-{self.os}-{self.target}"


def host_platform() -> str:
    """``linux``, ``darwin`` or ``freebsd``: the only fact that is free."""
    return sys.platform.rstrip("0123456789")


def no_host_facts() -> HostFacts:
    """For callers that have no description of the machine."""
    return HostFacts(host_platform(), "unknown", "unknown", "unknown")


class PathVariables:
    """Replaces variables in texts.

    Args:
        root: the instance (``$spack``).
        user_cache_path: ``$user_cache_path``.
        environment: directory of the active environment (``$env``), if any.
        variables: the process variables.
        host: asked for the machine's facts on first use only.
    """

    def __init__(
        self,
        root: str,
        user_cache_path: str,
        environment: str | None = None,
        variables: Mapping[str, str] = os.environ,
        host: Callable[[], HostFacts] = no_host_facts,
    ) -> None:
        self.root = root
        self.user_cache_path = user_cache_path
        self.environment = environment
        self.variables = variables
        self.host = host

    def substitute(self, text: str) -> str:
        """The text with its variables and a leading ``~`` replaced."""
        if "$" in text:
            text = _VARIABLE.sub(self._replacement, text)
        return self._expand_home(text) if text.startswith("~") else text

    def path(self, text: str, relative_to: str = "") -> str:
        """An absolute path; relative ones count from ``relative_to`` or the working directory."""
        return os.path.abspath(os.path.join(relative_to, self.substitute(text)))

    def _replacement(self, match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2)
        own = self._own(name.lower())
        if own is not None:
            return own
        return self.variables.get(name, match.group(0))

    def _own(self, name: str) -> str | None:
        if name == "spack":
            return self.root
        if name == "user_cache_path":
            return self.user_cache_path
        if name == "env":
            return self.environment
        if name == "tempdir":
            return self._temporary_directory()
        if name == "user":
            return self._user()
        if name == "platform":
            return host_platform()
        if name in ("os", "operating_system"):
            return self.host().os
        if name == "target":
            return self.host().target
        if name == "target_family":
            return self.host().target_family
        if name in ("arch", "architecture"):
            return str(self.host())
        if name == "date":
            import time

            return time.strftime("%Y-%m-%d")
        if name == "spack_short_version":
            return ".".join(spack.__version__.split(".")[:2])
        return None

    def _temporary_directory(self) -> str:
        for name in ("TMPDIR", "TMP", "TEMP"):
            if os.path.isdir(self.variables.get(name, "")):
                return os.path.abspath(self.variables[name])
        return "/tmp"

    def _user(self) -> str:
        for name in ("LOGNAME", "USER"):
            if self.variables.get(name):
                return self.variables[name]
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            return str(os.getuid())

    def _expand_home(self, text: str) -> str:
        if text == "~" or text.startswith("~/"):
            return home(self.variables) + text[1:]
        return os.path.expanduser(text)


def home(variables: Mapping[str, str]) -> str:
    """The home directory: ``HOME``, or what the user database says."""
    return variables.get("HOME") or os.path.expanduser("~")
