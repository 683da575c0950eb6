"""Packages that are configured with Meson."""

import os
from typing import List

from spack.package import (
    BuilderWithDefaults,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    conflicts,
    depends_on,
    register_builder,
    run_after,
    variant,
    when,
    working_dir,
)

from ._checks import execute_build_time_tests


class MesonPackage(PackageBase):
    """Built with ``meson`` and ``ninja``."""

    build_system_class = "MesonPackage"
    default_buildsystem = "meson"

    build_system("meson")

    with when("build_system=meson"):
        variant(
            "buildtype",
            default="release",
            values=("plain", "debug", "debugoptimized", "release", "minsize"),
            description="kind of optimisation",
        )
        variant(
            "default_library",
            default="shared",
            values=("shared", "static"),
            multi=True,
            description="kinds of libraries to build",
        )
        variant("strip", default=False, description="remove symbols from what is installed")
        depends_on("meson", type="build")
        depends_on("ninja", type="build")
        conflicts("platform=windows")

    def flags_to_build_system_args(self, flags) -> None:
        """Meson takes flags from variables; nothing has to be passed."""


@register_builder("meson")
class MesonBuilder(BuilderWithDefaults):
    """Phases: ``meson``, ``build`` and ``install``, in a build directory beside the source."""

    phases = ("meson", "build", "install")
    package_methods = ("meson_args", "check")
    package_attributes = (
        "build_targets",
        "install_targets",
        "build_time_test_callbacks",
        "root_mesonlists_dir",
        "std_meson_args",
        "build_directory",
    )

    build_targets: List[str] = []
    install_targets: List[str] = ["install"]
    build_time_test_callbacks = ["check"]

    run_after("build")(execute_build_time_tests)

    @property
    def archive_files(self) -> List[str]:
        return [os.path.join(self.build_directory, "meson-logs", "meson-log.txt")]

    @property
    def root_mesonlists_dir(self) -> str:
        """Directory of the main meson.build, absolute or relative to the source."""
        return self.stage.source_path

    @property
    def std_meson_args(self) -> List[str]:
        """The arguments that every package gets."""
        return self.std_args(self.pkg)

    @staticmethod
    def std_args(pkg: PackageBase) -> List[str]:
        """The arguments that every package gets."""
        variants = pkg.spec.variants
        kind = str(variants["buildtype"].value) if "buildtype" in variants else "release"
        strip = "strip" in variants and bool(variants["strip"].value)
        libraries = variants["default_library"].values if "default_library" in variants else ()
        both = len(libraries) > 1
        return [
            f"-Dprefix={pkg.prefix}",
            "-Dlibdir=lib",
            f"-Dbuildtype={kind}",
            f"-Dstrip={'true' if strip else 'false'}",
            f"-Ddefault_library={'both' if both else next(iter(libraries), 'shared')}",
            # Subprojects would be downloads that nobody declared.
            "-Dwrap_mode=nodownload",
        ]

    @property
    def build_directory(self) -> str:
        return os.path.join(self.stage.path, f"spack-build-{self.spec.dag_hash(7)}")

    def meson_args(self) -> List[str]:
        """Arguments of meson, besides the standard ones."""
        return []

    def meson(self, pkg: MesonPackage, spec: Spec, prefix: Prefix) -> None:
        root = os.path.join(self.stage.source_path, self.root_mesonlists_dir)
        with working_dir(self.build_directory, create=True):
            pkg.module.meson(
                "setup", os.path.abspath(root), *self.std_meson_args, *self.meson_args()
            )

    def build(self, pkg: MesonPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.ninja("-v", *self.build_targets)

    def install(self, pkg: MesonPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.ninja(*self.install_targets)

    def check(self) -> None:
        """Run the target ``test`` or ``check``, where there is one."""
        with working_dir(self.build_directory):
            self.pkg._if_ninja_target_execute("test")
            self.pkg._if_ninja_target_execute("check")
