"""Packages that are built with SCons."""

from typing import List

from spack.package import (
    BuilderWithDefaults,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    depends_on,
    register_builder,
    run_after,
    when,
)

from ._checks import execute_build_time_tests


class SConsPackage(PackageBase):
    """Built with ``scons``."""

    build_system_class = "SConsPackage"
    default_buildsystem = "scons"

    build_system("scons")

    with when("build_system=scons"):
        depends_on("scons", type="build")

    def build_test(self) -> None:
        """Tests of the build; a recipe may define some."""


@register_builder("scons")
class SConsBuilder(BuilderWithDefaults):
    """Phases: ``build`` and ``install``."""

    phases = ("build", "install")
    package_methods = ("build_test",)
    package_long_methods = ("build_args", "install_args")
    package_attributes = ("build_time_test_callbacks",)

    build_time_test_callbacks = ["build_test"]

    run_after("build")(execute_build_time_tests)

    def build_args(self, spec: Spec, prefix: Prefix) -> List[str]:
        """Arguments of scons while building."""
        return []

    def install_args(self, spec: Spec, prefix: Prefix) -> List[str]:
        """Arguments of scons while installing."""
        return []

    def build(self, pkg: SConsPackage, spec: Spec, prefix: Prefix) -> None:
        jobs = f"-j{pkg.module.make_jobs}"
        pkg.module.scons(jobs, *self.build_args(spec, prefix))

    def install(self, pkg: SConsPackage, spec: Spec, prefix: Prefix) -> None:
        pkg.module.scons("install", *self.install_args(spec, prefix))

    def build_test(self) -> None:
        """Tests of the build; a recipe may define some."""
