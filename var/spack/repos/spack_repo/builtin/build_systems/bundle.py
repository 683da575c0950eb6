"""Packages without code of their own, which only bring others together."""

from spack.package import Builder, PackageBase, Prefix, Spec, build_system, register_builder


class BundlePackage(PackageBase):
    """A name for a set of dependencies."""

    build_system_class = "BundlePackage"
    default_buildsystem = "bundle"
    has_code = False

    build_system("bundle")


@register_builder("bundle")
class BundleBuilder(Builder):
    """One phase that does nothing; an empty prefix is fine."""

    phases = ("install",)

    def install(self, pkg: BundlePackage, spec: Spec, prefix: Prefix) -> None:
        """There is nothing to install."""
