"""Packages that come with a makefile, to be edited or parametrised by the recipe."""

from typing import List

from spack.package import (
    BuilderWithDefaults,
    PackageBase,
    Prefix,
    Spec,
    apply_macos_rpath_fixups,
    build_system,
    conflicts,
    depends_on,
    execute_install_time_tests,
    register_builder,
    run_after,
    when,
    working_dir,
)

from ._checks import execute_build_time_tests


class MakefilePackage(PackageBase):
    """Built with ``make``, installed with ``make install``."""

    build_system_class = "MakefilePackage"
    default_buildsystem = "makefile"

    build_system("makefile")

    with when("build_system=makefile"):
        conflicts("platform=windows")
        depends_on("gmake", type="build")


@register_builder("makefile")
class MakefileBuilder(BuilderWithDefaults):
    """Phases: ``edit`` (the recipe's), ``build`` and ``install`` (make with lists of targets)."""

    phases = ("edit", "build", "install")
    package_methods = ("check", "installcheck")
    package_attributes = (
        "build_targets",
        "install_targets",
        "build_time_test_callbacks",
        "install_time_test_callbacks",
        "build_directory",
    )

    build_targets: List[str] = []
    install_targets: List[str] = ["install"]
    build_time_test_callbacks = ["check"]
    install_time_test_callbacks = ["installcheck"]

    run_after("build")(execute_build_time_tests)
    run_after("install", when="platform=darwin")(apply_macos_rpath_fixups)
    run_after("install")(execute_install_time_tests)

    @property
    def build_directory(self) -> str:
        """Where the main makefile is."""
        return self.stage.source_path

    def edit(self, pkg: MakefilePackage, spec: Spec, prefix: Prefix) -> None:
        """Change the makefile; by default it is left as it is."""

    def build(self, pkg: MakefilePackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.make(*self.build_targets)

    def install(self, pkg: MakefilePackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.make(*self.install_targets)

    def check(self) -> None:
        """Run the target ``test`` or ``check``, where there is one."""
        with working_dir(self.build_directory):
            self.pkg._if_make_target_execute("test")
            self.pkg._if_make_target_execute("check")

    def installcheck(self) -> None:
        """Run the target ``installcheck``, if there is one."""
        with working_dir(self.build_directory):
            self.pkg._if_make_target_execute("installcheck")
