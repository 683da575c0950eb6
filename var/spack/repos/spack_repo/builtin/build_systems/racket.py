"""Packages of the Racket language."""

from typing import List, Optional

from spack.package import (
    BuilderWithDefaults,
    Executable,
    PackageBase,
    Prefix,
    Spec,
    build_system,
    extends,
    find,
    mkdirp,
    register_builder,
    when,
    working_dir,
)


class RacketPackage(PackageBase):
    """Installed with ``raco pkg install``."""

    build_system_class = "RacketPackage"
    default_buildsystem = "racket"

    #: Name of the package among Racket's; the recipe's without ``rkt-`` if it is not given.
    racket_name: Optional[str] = None

    build_system("racket")

    with when("build_system=racket"):
        extends("racket")

    def setup_run_environment(self, env) -> None:
        """Racket reads one configuration: that of the package names all it depends on too."""
        super().setup_run_environment(env)
        env.set("PLTCONFIGDIR", self.prefix.etc.racket)


@register_builder("racket")
class RacketBuilder(BuilderWithDefaults):
    """One phase, ``install``."""

    phases = ("install",)
    package_attributes = ("racket_name", "build_directory")

    racket_name: Optional[str] = None

    @property
    def build_directory(self) -> str:
        """Directory of ``info.rkt``."""
        return self.stage.source_path

    def setup_build_environment(self, env) -> None:
        super().setup_build_environment(env)
        # What belongs to the user is neither read nor written.
        env.set("PLTADDONDIR", f"{self.stage.path}/racket")

    @property
    def name_in_racket(self) -> str:
        """The name of the package among Racket's."""
        name = str(self.pkg.name)
        return self.racket_name or (name[len("rkt-") :] if name.startswith("rkt-") else name)

    @property
    def raco_args(self) -> List[str]:
        """Arguments of ``raco pkg install``: dependencies must be there, nothing is downloaded."""
        scope = str(self.prefix.share.racket.pkgs)
        options = ["--type", "dir", "--name", self.name_in_racket, "--deps", "fail", "--copy"]
        return [*options, "--no-setup", "--scope-dir", scope]

    def write_configuration(self, racket: Executable) -> None:
        """The configuration of the installation, with the places of this package and below it."""
        pkg = self.pkg
        extending = [
            dependency.prefix
            for dependency in self.spec.traverse(deptype=("build", "link", "run"), root=False)
            if dependency.package.extends(self.spec["racket"])
        ]
        places = [f'"{prefix.share.racket.pkgs}"' for prefix in (pkg.prefix, *extending)]
        links = [f'{place[:-1]}/links.rktd"' for place in places]
        mkdirp(pkg.prefix.etc.racket)
        racket(
            "-l",
            "racket/base",
            "-l",
            "setup/dirs",
            "-e",
            '(define file (build-path (find-config-dir) "config.rktd"))'
            " (define old (if (file-exists? file) (call-with-input-file file read) (hash)))"
            " (define new (hash-set* old"
            f" 'links-search-files (list #f {' '.join(links)})"
            f" 'pkgs-search-dirs (list #f {' '.join(places)})))"
            f' (call-with-output-file "{pkg.prefix.etc.racket.join("config.rktd")}"'
            " (lambda (out) (write new out)))",
        )

    def install(self, pkg: RacketPackage, spec: Spec, prefix: Prefix) -> None:
        racket = Executable(spec["racket"].prefix.bin.racket)
        raco = Executable(spec["racket"].prefix.bin.raco)
        mkdirp(prefix.share.racket.pkgs)
        self.write_configuration(racket)
        raco.add_default_env("PLTCONFIGDIR", str(prefix.etc.racket))
        with working_dir(self.build_directory):
            raco("pkg", "install", *self.raco_args, self.build_directory)
        sources = find(prefix.share.racket.pkgs.join(self.name_in_racket), "*.rkt")
        if sources:
            raco("make", "-j", str(pkg.module.make_jobs), *sources)
