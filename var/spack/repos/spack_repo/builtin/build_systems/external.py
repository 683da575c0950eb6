"""Packages that are taken from the machine and never built."""

from spack.package import GenericBuilder, InstallError, Package, Prefix, Spec

__all__ = ["ExternalPackage", "GenericBuilder"]


class ExternalPackage(Package):
    """A recipe that only describes installations which exist already.

    Without versions the solver says at once when there is no such installation. Compilers have
    versions all the same, because other recipes refer to them.
    """

    build_system_class = "ExternalPackage"
    has_code = False

    def install(self, spec: Spec, prefix: Prefix) -> None:
        raise InstallError(
            f"{self.name} is not built: this recipe describes installations on the machine",
            "Install it with the system's package manager and run "
            f"'spack external find {self.name}', or add a repository whose recipe builds it.",
        )
