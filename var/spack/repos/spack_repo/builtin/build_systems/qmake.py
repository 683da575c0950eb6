"""Packages that are configured with qmake."""

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
    working_dir,
)

from ._checks import execute_build_time_tests


class QMakePackage(PackageBase):
    """Built with ``qmake`` and ``make``."""

    build_system_class = "QMakePackage"
    default_buildsystem = "qmake"

    build_system("qmake")

    with when("build_system=qmake"):
        depends_on("qmake", type="build")
        depends_on("gmake", type="build")


@register_builder("qmake")
class QMakeBuilder(BuilderWithDefaults):
    """Phases: ``qmake``, ``build`` and ``install``."""

    phases = ("qmake", "build", "install")
    package_methods = ("qmake_args", "check")
    package_attributes = ("build_directory", "build_time_test_callbacks")

    build_time_test_callbacks = ["check"]

    run_after("build")(execute_build_time_tests)

    @property
    def build_directory(self) -> str:
        """Directory of the project file."""
        return self.stage.source_path

    def qmake_args(self) -> List[str]:
        """Arguments of qmake."""
        return []

    def qmake(self, pkg: QMakePackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.qmake(*self.qmake_args())

    def build(self, pkg: QMakePackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.make()

    def install(self, pkg: QMakePackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.make("install")

    def check(self) -> None:
        """Run the target ``check``, if there is one."""
        with working_dir(self.build_directory):
            self.pkg._if_make_target_execute("check")
