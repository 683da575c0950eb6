"""Packages that are built with Maven."""

from typing import List

from spack.package import (
    BuilderWithDefaults,
    Executable,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    depends_on,
    install_tree,
    register_builder,
    when,
    working_dir,
)


class MavenPackage(PackageBase):
    """Built with ``mvn package``."""

    build_system_class = "MavenPackage"
    default_buildsystem = "maven"

    build_system("maven")

    with when("build_system=maven"):
        depends_on("java", type=("build", "run"))
        depends_on("maven", type="build")


@register_builder("maven")
class MavenBuilder(BuilderWithDefaults):
    """Phases: ``build`` and ``install``."""

    phases = ("build", "install")
    package_methods = ("build_args",)
    package_attributes = ("build_directory",)

    @property
    def build_directory(self) -> str:
        """Directory of ``pom.xml``."""
        return self.stage.source_path

    def build_args(self) -> List[str]:
        """Arguments of ``mvn``, before ``package``."""
        return []

    def build(self, pkg: MavenPackage, spec: Spec, prefix: Prefix) -> None:
        program = Executable(spec["maven"].prefix.bin.mvn)
        downloads = f"-Dmaven.repo.local={self.stage.path}/maven"
        with working_dir(self.build_directory):
            program("-B", downloads, *self.build_args(), "package")

    def install(self, pkg: MavenPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            install_tree(".", prefix)
