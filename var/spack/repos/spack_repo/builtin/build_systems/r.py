"""Packages of the R language."""

from typing import List, Optional

from spack.package import (
    BuilderWithDefaults,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    classproperty,
    extends,
    mkdirp,
    register_builder,
    when,
)


class RPackage(PackageBase):
    """Installed with ``R CMD INSTALL``."""

    build_system_class = "RPackage"
    default_buildsystem = "r_package"

    #: Name of the package in the archive CRAN, or in Bioconductor.
    cran: Optional[str] = None
    bioc: Optional[str] = None

    build_system("r_package")

    with when("build_system=r_package"):
        extends("r")

    @classproperty
    def homepage(cls) -> Optional[str]:
        """The page of the package in its archive."""
        if cls.cran:
            return f"https://cloud.r-project.org/package={cls.cran}"
        return f"https://bioconductor.org/packages/{cls.bioc}" if cls.bioc else None

    @classproperty
    def list_url(cls) -> Optional[str]:
        """The list of older archives."""
        if not cls.cran:
            return None
        return f"https://cloud.r-project.org/src/contrib/Archive/{cls.cran}/"

    @classproperty
    def git(cls) -> Optional[str]:
        """The repository of a package of Bioconductor."""
        return f"https://git.bioconductor.org/packages/{cls.bioc}" if cls.bioc else None

    def url_for_version(self, version) -> str:
        """The newest version lies in another directory than the older ones."""
        if not self.cran:
            return super().url_for_version(version)
        name = f"{self.cran}_{version}.tar.gz"
        newest = max(self.versions) if self.versions else None
        if version == newest:
            return f"https://cloud.r-project.org/src/contrib/{name}"
        return f"{self.list_url}{name}"


@register_builder("r_package")
class RBuilder(BuilderWithDefaults):
    """One phase, ``install``."""

    phases = ("install",)
    package_methods = ("configure_args", "configure_vars")

    def configure_args(self) -> List[str]:
        """Arguments for the configure script of the package."""
        return []

    def configure_vars(self) -> List[str]:
        """``NAME=value`` words for the configure script of the package."""
        return []

    def install(self, pkg: RPackage, spec: Spec, prefix: Prefix) -> None:
        library = pkg.module.r_lib_dir
        mkdirp(library)
        arguments = ["--vanilla", "CMD", "INSTALL", f"--library={library}"]
        for option, words in (
            ("--configure-args", self.configure_args()),
            ("--configure-vars", self.configure_vars()),
        ):
            if words:
                arguments.append(f"{option}={' '.join(words)}")
        pkg.module.R(*arguments, self.stage.source_path)
