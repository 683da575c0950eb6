"""Packages of the Rust language."""

from typing import List

from spack.package import (
    BuilderWithDefaults,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    depends_on,
    execute_install_time_tests,
    install_tree,
    join_path,
    register_builder,
    run_after,
    when,
    working_dir,
)


class CargoPackage(PackageBase):
    """Programs built with ``cargo install``."""

    build_system_class = "CargoPackage"
    default_buildsystem = "cargo"

    build_system("cargo")

    with when("build_system=cargo"):
        depends_on("rust", type="build")


@register_builder("cargo")
class CargoBuilder(BuilderWithDefaults):
    """Phases: ``build`` and ``install``."""

    phases = ("build", "install")
    package_methods = ("check",)
    package_attributes = (
        "build_args",
        "check_args",
        "build_directory",
        "install_time_test_callbacks",
        "std_build_args",
    )

    install_time_test_callbacks = ["check"]
    build_args: List[str] = []
    check_args: List[str] = []

    run_after("install")(execute_install_time_tests)

    @property
    def std_build_args(self) -> List[str]:
        """Arguments that every package gets."""
        return ["-j", str(self.pkg.module.make_jobs), "--locked"]

    @property
    def build_directory(self) -> str:
        """Directory of ``Cargo.toml``."""
        return self.stage.source_path

    def setup_build_environment(self, env) -> None:
        super().setup_build_environment(env)
        # Downloaded crates stay in the stage; nothing of the home directory is used.
        env.set("CARGO_HOME", join_path(self.stage.path, "cargo"))

    def build(self, pkg: CargoPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.cargo(
                "install", "--root", "out", "--path", ".", *self.std_build_args, *self.build_args
            )

    def install(self, pkg: CargoPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            install_tree("out", prefix)

    def check(self) -> None:
        """Run ``cargo test``."""
        with working_dir(self.build_directory):
            self.pkg.module.cargo("test", *self.check_args)
