"""Steps around the phases of every package: licences, and the checks of a new prefix.

Module files and pushing to mirrors belong to higher layers, which do them when a package is
recorded.
"""

from __future__ import annotations

import os
import sys

from spack.builds import manifest, permissions, shared_libraries
from spack.builds.shared_libraries import UnresolvedLibrariesError
from spack.config.settings.package_settings import Permissions
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bound_spec import BoundSpec
from spack.recipes.classes.package_class import words
from spack.system.binaries.dynamic_linker import default_search_paths
from spack.system.files import sbang
from spack.system.files.writing import mkdirp
from spack.system.processes.executables import which_string
from spack.system.terminal import messages
from spack.type_names import Any


class HookSettings(NamedTuple):
    """Settings of installed prefixes.

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
    messages.warn(f"{package.name} needs a licence", f"write it to {path}")


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
) -> list[str]:
    """All checks and adjustments of a new prefix, in order; warnings. Also for unpacked binaries.

    Raises PermissionsError, UnresolvedLibrariesError and SbangError.
    """
    package = view.package
    warnings: list[str] = []
    link_licenses(package, prefix)
    if settings.sbang_root:
        program = os.path.join(settings.sbang_root, "bin", "sbang")
        # Always there, so that a store can be searched for it and used by older recipes.
        sbang.install_sbang(program)
        sbang.filter_tree(prefix, program)
    if sys.platform == "linux":
        shared_libraries.drop_redundant_rpaths(prefix)
        patchelf = which_string("patchelf") if settings.bind_sonames else None
        if patchelf is not None:
            exempt = words(package.non_bindable_shared_objects)
            shared_libraries.bind_sonames(prefix, exempt, patchelf)
    permissions.apply(prefix, modes)
    if sys.platform == "linux":
        problem = check_libraries(package, prefix, settings.missing_libraries)
        if problem is not None:
            warnings.append(problem)
            messages.warn(problem)
    manifest.write(prefix)
    return warnings


def check_libraries(package: Any, prefix: str, policy: str) -> str | None:
    """Look for needed libraries that nothing provides; a warning if there are some.

    ``policy`` is ``ignore``, ``warn`` or ``error``, which raises UnresolvedLibrariesError.
    """
    if policy == "ignore":
        return None
    found = shared_libraries.unresolved_libraries(
        prefix, words(package.unresolved_libraries), default_search_paths()
    )
    if not found:
        return None
    lines = [f"    {os.path.relpath(path, prefix)} needs {library}" for path, library in found]
    message = f"{package.name}: {len(found)} needed libraries will not be found"
    if policy == "error":
        raise UnresolvedLibrariesError(
            message,
            details="\n".join(lines),
            hint="add the missing link dependency, or name them in unresolved_libraries",
        )
    return "\n".join([message, *lines])
