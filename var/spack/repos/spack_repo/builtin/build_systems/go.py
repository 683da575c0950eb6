"""Packages of the Go language."""

from typing import List

from spack.package import (
    BuilderWithDefaults,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    depends_on,
    execute_install_time_tests,
    install,
    join_path,
    mkdirp,
    register_builder,
    run_after,
    when,
    working_dir,
)


class GoPackage(PackageBase):
    """A program built with ``go build``."""

    build_system_class = "GoPackage"
    default_buildsystem = "go"

    build_system("go")

    with when("build_system=go"):
        depends_on("go", type="build")


@register_builder("go")
class GoBuilder(BuilderWithDefaults):
    """Phases: ``build`` and ``install``."""

    phases = ("build", "install")
    package_methods = ("check",)
    package_attributes = (
        "build_args",
        "check_args",
        "build_directory",
        "install_time_test_callbacks",
        "ldflags",
    )

    install_time_test_callbacks = ["check"]
    #: Words for ``-ldflags``.
    ldflags: List[str] = []
    #: Further arguments of ``go test``.
    check_args: List[str] = []

    run_after("install")(execute_install_time_tests)

    def setup_build_environment(self, env) -> None:
        super().setup_build_environment(env)
        # Caches and modules stay in the stage; nothing of the home directory is used.
        env.set("GO111MODULE", "on")
        env.set("GOTOOLCHAIN", "local")
        env.set("GOPATH", join_path(self.stage.path, "go"))
        env.set("GOCACHE", join_path(self.stage.path, "go-cache"))
        env.append_flags("GOFLAGS", "-modcacherw")

    @property
    def build_directory(self) -> str:
        """Directory of ``go.mod``."""
        return self.stage.source_path

    @property
    def build_args(self) -> List[str]:
        """Arguments of ``go build``."""
        arguments = ["-p", str(self.pkg.module.make_jobs), "-o", str(self.pkg.name)]
        if self.ldflags:
            arguments += ["-ldflags", " ".join(self.ldflags)]
        return arguments

    def build(self, pkg: GoPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.go("build", *self.build_args)

    def install(self, pkg: GoPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            mkdirp(prefix.bin)
            install(str(pkg.name), prefix.bin)

    def check(self) -> None:
        """Run ``go test``."""
        with working_dir(self.build_directory):
            self.pkg.module.go("test", *self.check_args)
