"""The package class for recipes without a build system: the recipe says how to install."""

from __future__ import annotations

from spack.recipes.classes.package_class import PackageBase
from spack.recipes.declaring.variant_directives import build_system


class Package(PackageBase):
    """A package that installs itself with its own ``install`` method, or several own phases."""

    build_system_class = "Package"
    default_buildsystem = "generic"

    build_system("generic")
