"""Descriptions of this machine and this instance for people: processors, versions, places."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping

import spack
from spack.errors import SpackError, UsageError
from spack.language import targets
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.host.architecture import HostDescription
    from spack.session.parts import FactParts


def known_targets() -> Mapping[str, list[str]]:
    """Names of processors by family, both sorted."""
    found: dict[str, list[str]] = {}
    for name in targets.all_names():
        found.setdefault(targets.family(name), []).append(name)
    return {family: sorted(names) for family, names in sorted(found.items())}


def shell_variables(
    host: HostDescription, configuration: Configuration, shells: str
) -> Iterator[str]:
    """Assignments for set-up scripts: the machine, and where module files are.

    Args:
        shells: names of shells with commas; what else is asked for in the list is left out.

    Raises:
        UsageError: none of them is a shell that is known.
    """
    from spack.system.processes.shells import FAMILIES, set_line

    named = [word for word in shells.split(",") if word in FAMILIES]
    if not named:
        raise UsageError(f"'{shells}' is not a known shell", hint=f"one of {', '.join(FAMILIES)}")
    arch = f"{host.platform}-{host.os}-{host.target}"
    roots = configuration.get("modules:default:roots", {})
    places = {kind: configuration.paths.path(str(roots[kind])) for kind in roots}
    values = {"_sp_sys_type": arch, "_sp_module_prefix": "not_installed"}
    for kind in ("tcl", "lmod"):
        if kind in places:
            values[f"_sp_{kind}_roots"] = os.path.join(places[kind], arch)
    for name, value in values.items():
        yield set_line(name, value, named[0])


def facts(parts: FactParts) -> Iterator[tuple[str, str]]:
    """Names and values of what a bug report should say; what cannot be had says why."""
    yield "Spack", f"{spack.__version__}{_commit(parts.instance.root)}"
    yield "Python", f"{platform.python_version()} ({sys.executable})"
    yield "Platform", str(parts.host.platform) + f"-{parts.host.os}-{parts.host.target}"
    yield "Kernel", " ".join(platform.uname()[i] for i in (0, 2, 4))
    yield "Libraries", ", ".join(_library_versions())
    try:
        for place in parts.settings.repos.values():
            where = place.path or place.git or ""
            yield f"Repository {place.name}", where + (_commit(place.path) if place.path else "")
        yield "Store", parts.settings.config.install_tree_root
        yield "Scopes", ", ".join(scope.name for scope in reversed(parts.configuration.scopes))
        yield "Environment", parts.environment_name or "none"
    except SpackError as error:
        yield "Configuration", f"broken: {error.message}"


def _library_versions() -> Iterator[str]:
    import sysconfig
    from importlib import metadata

    # Not on sys.path before a module of them is imported.
    places = [*sys.path, sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    for name in ("clingo", "archspec", "ruamel.yaml", "jsonschema", "jinja2"):
        found = next(iter(metadata.distributions(name=name, path=places)), None)
        yield f"{name} {found.version}" if found is not None else f"{name} missing"


def _commit(directory: str) -> str:
    """`` (commit)`` of a git work tree that a directory is in; nothing where there is none."""
    from spack.system.processes import children as processes

    if not os.path.isdir(directory):
        return ""
    command = ["git", "-C", directory, "rev-parse", "--short=12", "HEAD"]
    try:
        done = processes.run(command, seconds=10)
    except (processes.ProcessStartError, processes.ProcessTimeLimitError):
        return ""
    return f" ({done.output.strip()})" if done.code == 0 else ""
