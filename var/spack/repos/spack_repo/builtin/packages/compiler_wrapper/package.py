import os

from spack_repo.builtin.build_systems.bundle import BundlePackage

from spack.package import *

#: Language -> attribute of the compiler package, and the variables that name the compiler.
LANGUAGES = {
    "c": ("cc", ("CC",)),
    "cxx": ("cxx", ("CXX",)),
    "fortran": ("fortran", ("F77", "FC")),
}


class CompilerWrapper(BundlePackage):
    """Scripts that stand before the real compilers, to add what a spec and its dependencies need.

    The program brings the scripts along and puts them into the prefix; nothing is fetched.
    """

    homepage = "https://spack.io"

    tags = ["runtime"]

    version("1.1.0")

    def scripts(self):
        """Directory of the scripts."""
        return self.prefix.libexec.spack

    def script_for(self, compiler, language):
        """The script that stands before a compiler, None if that one needs none."""
        name = compiler.compiler_wrapper_link_paths.get(language)
        return None if name is None else self.scripts().join(name)

    def setup_dependent_build_environment(self, env, dependent_spec):
        directories, implicit, extra = [], [], []
        for language, (attribute, names) in LANGUAGES.items():
            if not dependent_spec.has_virtual_dependency(language):
                continue
            compiler = dependent_spec[language].package
            program = getattr(compiler, attribute, None)
            if program is None:
                continue
            script = self.script_for(compiler, language)
            for name in names:
                env.set(f"SPACK_{name}", program)
                if compiler.name == "gcc":
                    env.set(f"SPACK_{name}_HAS_FRANDOM_SEED", "1")
                if script is not None:
                    env.set(name, script)
                    env.set(f"SPACK_{name}_RPATH_ARG", compiler.rpath_arg)
                    env.set(f"SPACK_{name}_LINKER_ARG", compiler.linker_arg)
            if script is None:
                continue
            flags = microarchitecture_flags(dependent_spec, language)
            if flags:
                env.set(f"SPACK_TARGET_ARGS_{attribute.upper()}", flags)
            directories += self._directories(script)
            implicit += CompilerPropertyDetector(compiler.spec).implicit_rpaths()
            extra += compiler.spec.extra_attributes.get("extra_rpaths", [])
        if not directories:
            return
        if implicit:
            env.set("SPACK_COMPILER_IMPLICIT_RPATHS", ":".join(dedupe(implicit)))
        if extra:
            env.set("SPACK_COMPILER_EXTRA_RPATHS", ":".join(dedupe(extra)))
        on_macos = self.spec.satisfies("platform=darwin")
        env.set("SPACK_ENABLE_NEW_DTAGS", "" if on_macos else "--enable-new-dtags")
        env.set("SPACK_DISABLE_NEW_DTAGS", "" if on_macos else "--disable-new-dtags")
        for directory in dedupe(directories):
            env.prepend_path("SPACK_COMPILER_WRAPPER_PATH", directory)

    def _directories(self, script):
        """Where the names of the wrapper are, those that need a case-sensitive disk apart."""
        for directory in (str(self.scripts()), os.path.dirname(script)):
            yield directory
            apart = os.path.join(directory, "case-insensitive")
            if os.path.isdir(apart):
                yield apart

    def setup_dependent_package(self, module, dependent_spec):
        names = {"c": ("spack_cc",), "cxx": ("spack_cxx",), "fortran": ("spack_fc", "spack_f77")}
        for language, globals_ in names.items():
            if not dependent_spec.has_virtual_dependency(language):
                continue
            script = self.script_for(dependent_spec[language].package, language)
            if script is not None:
                for name in globals_:
                    setattr(module, name, str(script))
