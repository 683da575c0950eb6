"""Packages of GNU Octave."""

from spack.package import (
    BuilderWithDefaults,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    extends,
    mkdirp,
    register_builder,
    when,
)


class OctavePackage(PackageBase):
    """Installed with Octave's own ``pkg install``."""

    build_system_class = "OctavePackage"
    default_buildsystem = "octave"

    build_system("octave")

    with when("build_system=octave"):
        extends("octave")


@register_builder("octave")
class OctaveBuilder(BuilderWithDefaults):
    """One phase, ``install``."""

    phases = ("install",)

    def setup_build_environment(self, env) -> None:
        super().setup_build_environment(env)
        # The wrapper is found by name; Octave was configured with another compiler.
        for name in ("CC", "CXX", "F77"):
            env.unset(f"MKOCTFILE_{name}")

    def install(self, pkg: OctavePackage, spec: Spec, prefix: Prefix) -> None:
        mkdirp(prefix)
        # The list of packages lies in the prefix too: without that it would be the user's own.
        commands = [
            f"pkg prefix {_quoted(prefix)} {_quoted(prefix)}",
            f"pkg local_list {_quoted(prefix.octave_packages)}",
            f"pkg install -local -nodeps {_quoted(self.stage.source_path)}",
        ]
        pkg.module.octave("--no-gui", "--norc", "--quiet", "--eval", "; ".join(commands))


def _quoted(text: object) -> str:
    """A string of Octave."""
    return "'" + str(text).replace("'", "''") + "'"
