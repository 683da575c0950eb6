"""Packages of the Ruby language."""

import glob

from spack.package import (
    BuilderWithDefaults,
    InstallError,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    extends,
    register_builder,
    when,
)


class RubyPackage(PackageBase):
    """A gem, built from a gemspec or a Rakefile."""

    build_system_class = "RubyPackage"
    default_buildsystem = "ruby"

    build_system("ruby")

    with when("build_system=ruby"):
        extends("ruby")


@register_builder("ruby")
class RubyBuilder(BuilderWithDefaults):
    """Phases: ``build`` and ``install``."""

    phases = ("build", "install")

    def build(self, pkg: RubyPackage, spec: Spec, prefix: Prefix) -> None:
        if glob.glob("*.gem"):
            return
        descriptions = sorted(glob.glob("*.gemspec"))
        if descriptions:
            pkg.module.gem("build", "--norc", descriptions[0])
        elif glob.glob("Rakefile"):
            pkg.module.rake("package")
        else:
            raise InstallError(f"{pkg.name}: there is no gem, gemspec or Rakefile to start from")

    def install(self, pkg: RubyPackage, spec: Spec, prefix: Prefix) -> None:
        gems = sorted(glob.glob("*.gem")) or sorted(glob.glob("pkg/*.gem"))
        if not gems:
            raise InstallError(f"{pkg.name}: the build made no gem")
        options = ["--norc", "--ignore-dependencies", "--no-document"]
        pkg.module.gem("install", *options, "--install-dir", str(prefix), gems[0])
