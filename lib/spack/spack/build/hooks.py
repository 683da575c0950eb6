"""What is done around the phases of every package: licences, and the checks of a new prefix.

Module files and pushing to mirrors belong to higher layers, which do them when a package is
recorded.
"""

from __future__ import annotations

import os
from typing import Any, List, NamedTuple

from spack.build import manifest, permissions
from spack.build.permissions import Permissions
from spack.recipes.bound_spec import BoundSpec
from spack.system import messages
from spack.system.filesystem import mkdirp


class HookSettings(NamedTuple):
    """What the configuration says about installed prefixes.

    Attributes:
        sbang_root: directory whose ``bin/sbang`` runs scripts with long interpreter lines.
        bind_sonames: make sonames absolute (``config:shared_linking:bind``).
        missing_libraries: ``ignore``, ``warn`` or ``error``.
    """

    sbang_root: str = ""
    bind_sonames: bool = False
    missing_libraries: str = "ignore"


def prepare_license(package: Any) -> None:
    """Before the phases: make the global licence file of a package that needs one."""
    if not package.license_required or package.spec.external:
        return
    path = package.global_license_file
    if path is None:
        where = ", ".join(package.license_vars) or package.license_url
        messages.warn(f"{package.name} needs a licence", f"see {where or package.homepage}")
        return
    if os.path.exists(path):
        return
    mkdirp(os.path.dirname(path))
    comment = package.license_comment
    lines = [f"{comment} Licence of {package.name}: put the key or server here."]
    if package.license_vars:
        lines.append(f"{comment} The same can be set in {', '.join(package.license_vars)}.")
    if package.license_url:
        lines.append(f"{comment} More: {package.license_url}")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
    messages.warn(f"{package.name} needs a licence", f"write it into {path}")


def link_licenses(package: Any, prefix: str) -> None:
    """Link the licence files that a package reads to the global one, if that exists."""
    target = package.global_license_file
    if target is None or not os.path.exists(target):
        return
    for name in package.license_files:
        link = os.path.join(prefix, name)
        mkdirp(os.path.dirname(link))
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(target, link)


def after_install(
    view: BoundSpec, prefix: str, settings: HookSettings, modes: Permissions
) -> List[str]:
    """All checks and adjustments of a new prefix, in order; warnings. Also for unpacked binaries.

    Raises PermissionsError and UnresolvedLibrariesError.
    """
    warnings: List[str] = []
    link_licenses(view.package, prefix)
    permissions.apply(prefix, modes)
    manifest.write(prefix)
    return warnings
