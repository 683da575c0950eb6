"""Entries of configuration files that several machines may share."""

from __future__ import annotations

from spack.config.settings.package_settings import ExternalEntry
from spack.host.architecture import HostDescription
from spack.language.parser import parse_spec


def is_here(entry: ExternalEntry, host: HostDescription) -> bool:
    """Whether an entry is about this machine: files may be shared with others."""
    from spack.solve.problem.externals import other_machine

    spec = parse_spec(entry.spec, entry.origin)
    return other_machine(spec, host.platform, host.os, host.family) is None
