"""Packages with a ``configure`` script."""

import os
from typing import Callable, Dict, List, Optional, Set, Tuple, Union

from spack.package import (
    BuilderWithDefaults,
    Executable,
    InstallError,
    PackageBase,
    Prefix,
    Spec,
    apply_macos_rpath_fixups,
    build_system,
    conflicts,
    copy,
    create_builder,
    depends_on,
    execute_install_time_tests,
    filter_file,
    find,
    force_remove,
    keep_modification_time,
    register_builder,
    run_after,
    run_before,
    set_executable,
    when,
    working_dir,
)

from ._checks import execute_build_time_tests

Activation = Union[str, Callable[[str], str], None]


class AutotoolsPackage(PackageBase):
    """Built with ``./configure && make && make install``."""

    build_system_class = "AutotoolsPackage"
    default_buildsystem = "autotools"

    build_system("autotools")

    with when("build_system=autotools"):
        conflicts("platform=windows")
        depends_on("gmake", type="build")

    def flags_to_build_system_args(self, flags: Dict[str, List[str]]) -> None:
        """Keep the flags that the flag handler left to the build system for ``configure``."""
        self.configure_flag_args = []
        for name, values in flags.items():
            if values:
                variable = "LIBS" if name == "ldlibs" else name.upper()
                self.configure_flag_args.append(f"{variable}={' '.join(values)}")
        if flags.get("fflags"):
            self.configure_flag_args.append(f"FCFLAGS={' '.join(flags['fflags'])}")

    def with_or_without(
        self, name: str, activation_value: Activation = None, variant: Optional[str] = None
    ) -> List[str]:
        """See :meth:`AutotoolsBuilder.with_or_without`."""
        return create_builder(self).with_or_without(name, activation_value, variant)

    def enable_or_disable(
        self, name: str, activation_value: Activation = None, variant: Optional[str] = None
    ) -> List[str]:
        """See :meth:`AutotoolsBuilder.enable_or_disable`."""
        return create_builder(self).enable_or_disable(name, activation_value, variant)


@register_builder("autotools")
class AutotoolsBuilder(BuilderWithDefaults):
    """Phases: ``autoreconf`` (only without a configure script, or if forced), ``configure``,
    ``build``, ``install``."""

    phases = ("autoreconf", "configure", "build", "install")
    package_methods = ("configure_args", "check", "installcheck")
    package_attributes = (
        "archive_files",
        "patch_libtool",
        "build_targets",
        "install_targets",
        "build_time_test_callbacks",
        "install_time_test_callbacks",
        "force_autoreconf",
        "autoreconf_extra_args",
        "install_libtool_archives",
        "patch_config_files",
        "configure_directory",
        "configure_abs_path",
        "build_directory",
        "autoreconf_search_path_args",
    )

    #: Replace outdated ``config.guess`` and ``config.sub`` with those of a gnuconfig dependency.
    patch_config_files = True
    #: Give generated ``libtool`` scripts the linker and position-independence flags they lack.
    patch_libtool = True
    #: Keep ``.la`` files in the prefix.
    install_libtool_archives = False
    #: Run ``autoreconf`` even if there is a configure script.
    force_autoreconf = False
    autoreconf_extra_args: List[str] = []
    build_targets: List[str] = []
    install_targets: List[str] = ["install"]
    build_time_test_callbacks = ["check"]
    install_time_test_callbacks = ["installcheck"]

    run_after("build")(execute_build_time_tests)
    run_after("install", when="platform=darwin")(apply_macos_rpath_fixups)
    run_after("install")(execute_install_time_tests)

    @property
    def archive_files(self) -> List[str]:
        """Files kept with the metadata: the log of configure and the list of removed files."""
        return [os.path.join(self.build_directory, "config.log"), self._removed_la_files_log]

    @property
    def _removed_la_files_log(self) -> str:
        return os.path.join(self.build_directory, "removed_la_files.txt")

    @property
    def configure_directory(self) -> str:
        """Where the configure script is."""
        return self.stage.source_path

    @property
    def configure_abs_path(self) -> str:
        return os.path.join(os.path.abspath(self.configure_directory), "configure")

    @property
    def build_directory(self) -> str:
        """Where configure and make are run."""
        path = self.configure_directory
        return path if os.path.isabs(path) else os.path.join(self.stage.source_path, path)

    @property
    def autoreconf_search_path_args(self) -> List[str]:
        """``-I`` for the macro directories of the build dependencies."""
        arguments = []
        for dependency in self.spec.dependencies(deptype="build"):
            directory = os.path.join(str(dependency.prefix), "share", "aclocal")
            if os.path.isdir(directory) and not dependency.external:
                arguments += ["-I", directory]
        return arguments

    @run_before("autoreconf")
    def _delete_configure_if_forced(self) -> None:
        if self.force_autoreconf:
            with working_dir(self.configure_directory):
                force_remove("configure")

    def autoreconf(self, pkg: AutotoolsPackage, spec: Spec, prefix: Prefix) -> None:
        """Make a configure script, if there is none."""
        if os.path.exists(self.configure_abs_path):
            return
        missing = [name for name in ("autoconf", "automake", "libtool") if name not in spec]
        if missing:
            raise InstallError(
                f"{pkg.name}: there is no configure script, and {', '.join(missing)} is missing",
                "The recipe must depend on autoconf, automake and libtool (type build) in order "
                f"to make {self.configure_abs_path}.",
            )
        with working_dir(self.configure_directory):
            arguments = ["-ivf", *self.autoreconf_search_path_args, *self.autoreconf_extra_args]
            Executable(str(spec["autoconf"].prefix.bin.autoreconf))(*arguments)

    @run_after("autoreconf")
    def _require_configure(self) -> None:
        if not os.path.exists(self.configure_abs_path):
            raise InstallError(f"{self.pkg.name}: there is no {self.configure_abs_path}")
        set_executable(self.configure_abs_path)
        self.pkg.module.configure = Executable(self.configure_abs_path)

    @run_before("configure")
    def _update_config_files(self) -> None:
        if not self.patch_config_files or "gnuconfig" not in self.spec:
            return
        newest = self.spec["gnuconfig"].prefix
        for name in ("config.guess", "config.sub"):
            for path in find(self.stage.source_path, name):
                copy(newest.join(name), path)

    def configure_args(self) -> List[str]:
        """Arguments for configure, besides ``--prefix``."""
        return []

    def configure(self, pkg: AutotoolsPackage, spec: Spec, prefix: Prefix) -> None:
        arguments = [
            *getattr(pkg, "configure_flag_args", []),
            f"--prefix={prefix}",
            *self.configure_args(),
        ]
        with working_dir(self.build_directory, create=True):
            pkg.module.configure(*arguments)

    @run_after("configure")
    def _complete_libtool_scripts(self) -> None:
        if not self.patch_libtool:
            return
        compiler = next(
            (self.spec[language].package for language in ("c", "cxx") if language in self.spec),
            None,
        )
        if compiler is None:
            return
        for script in find(self.build_directory, "libtool"):
            if os.path.isfile(script):
                with keep_modification_time(script):
                    filter_file(r'^wl=""$', f'wl="{compiler.linker_arg}"', script)
                    filter_file(r'^pic_flag=""$', f'pic_flag=" {compiler.pic_flag}"', script)

    def build(self, pkg: AutotoolsPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.make("V=1", *self.build_targets)

    def install(self, pkg: AutotoolsPackage, spec: Spec, prefix: Prefix) -> None:
        with working_dir(self.build_directory):
            pkg.module.make(*self.install_targets)

    @run_after("install")
    def _remove_libtool_archives(self) -> None:
        if self.install_libtool_archives:
            return
        archives = find(str(self.prefix), "*.la", recursive=True)
        force_remove(*archives)
        if archives:
            with open(self._removed_la_files_log, "w", encoding="utf-8") as log:
                log.write("\n".join(archives) + "\n")

    def check(self) -> None:
        """Run the target ``test`` or ``check``, where there is one."""
        with working_dir(self.build_directory):
            self.pkg._if_make_target_execute("test")
            self.pkg._if_make_target_execute("check")

    def installcheck(self) -> None:
        """Run the target ``installcheck``, if there is one."""
        with working_dir(self.build_directory):
            self.pkg._if_make_target_execute("installcheck")

    def with_or_without(
        self, name: str, activation_value: Activation = None, variant: Optional[str] = None
    ) -> List[str]:
        """``--with-X`` or ``--without-X`` for a variant, one for each of its possible values.

        Args:
            name: word after the dash, for boolean variants.
            activation_value: gives the text after ``=`` of an option that is on; ``"prefix"``
                stands for the prefix of the dependency named like the value.
            variant: name of the variant, if it is not ``name``.
        """
        return self._options(name, ("with", "without"), activation_value, variant)

    def enable_or_disable(
        self, name: str, activation_value: Activation = None, variant: Optional[str] = None
    ) -> List[str]:
        """As :meth:`with_or_without`, with the words ``enable`` and ``disable``."""
        return self._options(name, ("enable", "disable"), activation_value, variant)

    def _options(
        self, name: str, words: Tuple[str, str], value_of: Activation, variant: Optional[str]
    ) -> List[str]:
        spec, variant = self.spec, variant or name
        if not self.pkg.has_variant(variant):
            raise KeyError(f"{self.pkg.name} has no variant '{variant}'")
        if variant not in spec.variants:
            return []
        if value_of == "prefix":

            def value_of(option: str) -> str:
                return str(spec[option].prefix)

        on, off = words
        arguments = []
        for option, active in self._choices(name, variant):
            own = f"{on}_or_{off}_{option}".replace("-", "_")
            method = getattr(self, own, None) or getattr(self.pkg, own, None)
            if method is not None:
                arguments.append(method(active))
            elif not active:
                arguments.append(f"--{off}-{option}")
            else:
                value = value_of(option) if value_of is not None else None
                arguments.append(f"--{on}-{option}" + (f"={value}" if value else ""))
        return arguments

    def _choices(self, name: str, variant: str) -> List[Tuple[str, bool]]:
        definition = self.pkg.get_variant(variant)
        possible = definition.values
        if not callable(possible) and possible is not None and set(possible) == {True, False}:
            return [(name, bool(self.spec.variants[variant].value))]
        chosen: Set[str] = set(map(str, self.spec.variants[variant].values))
        features = getattr(possible, "feature_values", None) or possible
        return [(str(value), str(value) in chosen) for value in features]
