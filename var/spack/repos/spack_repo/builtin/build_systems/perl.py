"""Packages of Perl modules, with Makefile.PL or Build.PL."""

import os
from typing import List

from spack.package import (
    BuilderWithDefaults,
    Executable,
    InstallError,
    PackageBase,
    Prefix,
    SkipTest,
    Spec,
    build_system,
    depends_on,
    execute_install_time_tests,
    extends,
    register_builder,
    run_after,
    test_part,
    when,
)

from ._checks import execute_build_time_tests


class PerlPackage(PackageBase):
    """Built with the script that the module brings."""

    build_system_class = "PerlPackage"
    default_buildsystem = "perl"

    #: Modules whose use is tried in tests.
    use_modules: List[str] = []

    build_system("perl")

    with when("build_system=perl"):
        extends("perl")
        depends_on("gmake", type="build")

    def test_use(self) -> None:
        """use the modules"""
        if not self.use_modules:
            raise SkipTest("the recipe names no modules")
        perl = Executable(self.spec["perl"].command.path)
        for module in self.use_modules:
            name = "test_use_" + module.replace("::", "_")
            with test_part(self, name, purpose=f"use {module}"):
                perl("-e", f"use {module}; print 'OK'")


@register_builder("perl")
class PerlBuilder(BuilderWithDefaults):
    """Phases: ``configure``, ``build`` and ``install``."""

    phases = ("configure", "build", "install")
    package_methods = ("configure_args", "check", "test_use")
    package_attributes = ("build_time_test_callbacks", "install_time_test_callbacks")

    build_time_test_callbacks = ["check"]
    install_time_test_callbacks = ["test_use"]

    run_after("build")(execute_build_time_tests)
    run_after("install")(execute_install_time_tests)

    @property
    def uses_module_build(self) -> bool:
        """Whether the module brings Build.PL and no Makefile.PL."""
        source = self.stage.source_path
        if os.path.isfile(os.path.join(source, "Makefile.PL")):
            return False
        if os.path.isfile(os.path.join(source, "Build.PL")):
            return True
        raise InstallError(f"{self.pkg.name}: there is neither Makefile.PL nor Build.PL")

    def configure_args(self) -> List[str]:
        """Arguments of the script, besides the prefix."""
        return []

    def configure(self, pkg: PerlPackage, spec: Spec, prefix: Prefix) -> None:
        if self.uses_module_build:
            arguments = ["Build.PL", "--install_base", str(prefix)]
        else:
            arguments = ["Makefile.PL", f"INSTALL_BASE={prefix}"]
        pkg.module.perl(*arguments, *self.configure_args())

    def build(self, pkg: PerlPackage, spec: Spec, prefix: Prefix) -> None:
        self._run()

    def install(self, pkg: PerlPackage, spec: Spec, prefix: Prefix) -> None:
        self._run("install")

    def check(self) -> None:
        """Run the tests of the module."""
        self._run("test")

    def test_use(self) -> None:
        self.pkg.test_use()

    def _run(self, *targets: str) -> None:
        if self.uses_module_build:
            self.pkg.module.perl("Build", *targets)
        else:
            self.pkg.module.make(*targets)
