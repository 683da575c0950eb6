"""Packages that bring the build program waf."""

from typing import List

from spack.package import (
    BuilderWithDefaults,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    depends_on,
    execute_install_time_tests,
    register_builder,
    run_after,
    when,
    working_dir,
)

from ._checks import execute_build_time_tests


class WafPackage(PackageBase):
    """Built with the ``waf`` script of the sources."""

    build_system_class = "WafPackage"
    default_buildsystem = "waf"

    build_system("waf")

    with when("build_system=waf"):
        depends_on("python", type="build")


@register_builder("waf")
class WafBuilder(BuilderWithDefaults):
    """Phases: ``configure``, ``build`` and ``install``."""

    phases = ("configure", "build", "install")
    package_methods = (
        "build_test",
        "install_test",
        "configure_args",
        "build_args",
        "install_args",
        "waf",
    )
    package_attributes = (
        "build_time_test_callbacks",
        "install_time_test_callbacks",
        "build_directory",
    )

    build_time_test_callbacks = ["build_test"]
    install_time_test_callbacks = ["install_test"]

    run_after("build")(execute_build_time_tests)
    run_after("install")(execute_install_time_tests)

    @property
    def build_directory(self) -> str:
        """Directory of the script."""
        return self.stage.source_path

    def waf(self, *arguments: str) -> None:
        """Run the script with the usual number of jobs."""
        with working_dir(self.build_directory):
            self.pkg.module.python("waf", f"-j{self.pkg.module.make_jobs}", *arguments)

    def configure_args(self) -> List[str]:
        """Arguments of ``waf configure``, besides the prefix."""
        return []

    def build_args(self) -> List[str]:
        """Arguments of ``waf build``."""
        return []

    def install_args(self) -> List[str]:
        """Arguments of ``waf install``."""
        return []

    def configure(self, pkg: WafPackage, spec: Spec, prefix: Prefix) -> None:
        self.waf("configure", f"--prefix={prefix}", *self.configure_args())

    def build(self, pkg: WafPackage, spec: Spec, prefix: Prefix) -> None:
        self.waf("build", *self.build_args())

    def install(self, pkg: WafPackage, spec: Spec, prefix: Prefix) -> None:
        self.waf("install", *self.install_args())

    def build_test(self) -> None:
        """Tests after the build; a recipe may define some."""

    def install_test(self) -> None:
        """Tests after the installation; a recipe may define some."""
