"""Packages whose CMake options are kept in a file, an initial cache for ``cmake -C``."""

import os
from typing import Any, List, Optional, Tuple

from spack.package import Prefix, Spec, install, mkdirp, run_after

from .cmake import CMakeBuilder, CMakePackage

_HEADING = "#" + "-" * 78 + "\n"


def _entry(name: str, value: Any, kind: str, comment: str, force: bool) -> str:
    """One ``set`` command; the rest of the file may follow it."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    suffix = " FORCE" if force else ""
    return f'set({name} "{text}" CACHE {kind} "{comment}"{suffix})\n'


def cmake_cache_path(name: str, value: Any, comment: str = "", force: bool = False) -> str:
    """The line of a cache entry that is a directory."""
    return _entry(name, value, "PATH", comment, force)


def cmake_cache_filepath(name: str, value: Any, comment: str = "", force: bool = False) -> str:
    """The line of a cache entry that is a file."""
    return _entry(name, value, "FILEPATH", comment, force)


def cmake_cache_string(name: str, value: Any, comment: str = "", force: bool = False) -> str:
    """The line of a cache entry that is text."""
    return _entry(name, value, "STRING", comment, force)


def cmake_cache_option(
    name: str, boolean_value: Any, comment: str = "", force: bool = False
) -> str:
    """The line of a cache entry that is ON or OFF."""
    return _entry(name, "ON" if boolean_value else "OFF", "BOOL", comment, force)


class CachedCMakeBuilder(CMakeBuilder):
    """Phases: ``initconfig``, which writes the file, ``cmake``, ``build`` and ``install``."""

    phases: Tuple[str, ...] = ("initconfig", "cmake", "build", "install")
    package_methods: Tuple[str, ...] = (
        *CMakeBuilder.package_methods,
        "initconfig_compiler_entries",
        "initconfig_mpi_entries",
        "initconfig_hardware_entries",
        "initconfig_package_entries",
        "std_initconfig_entries",
    )
    package_attributes: Tuple[str, ...] = (*CMakeBuilder.package_attributes, "cache_name")

    @property
    def cache_name(self) -> str:
        """File name of the initial cache."""
        return f"{self.pkg.name}-{self.spec.dag_hash(7)}.cmake"

    @property
    def cache_path(self) -> str:
        return os.path.join(self.stage.source_path, self.cache_name)

    @property
    def std_cmake_args(self) -> List[str]:
        return ["-C", self.cache_path, *super().std_cmake_args]

    def define_cmake_cache_from_variant(
        self, cmake_var: str, variant: Optional[str] = None, comment: str = ""
    ) -> str:
        """The line of an entry with the value of a variant; empty if the variant is not active.

        Args:
            variant: its name; the lower-case name of the entry if it is not given.

        Raises KeyError if the package has no such variant.
        """
        name = variant or cmake_var.lower()
        if not self.pkg.has_variant(name):
            raise KeyError(f"{self.pkg.name} has no variant '{name}'")
        if name not in self.spec.variants:
            return ""
        value = self.spec.variants[name].value
        if isinstance(value, bool):
            return cmake_cache_option(cmake_var, value, comment)
        if isinstance(value, (tuple, list, set, frozenset)):
            value = ";".join(sorted(map(str, value)))
        return cmake_cache_string(cmake_var, value, comment)

    def initconfig_compiler_entries(self) -> List[str]:
        """The compilers and their flags."""
        lines = _section("Compilers")
        for language, name in (("C", "spack_cc"), ("CXX", "spack_cxx"), ("Fortran", "spack_fc")):
            program = getattr(self.pkg.module, name, None)
            if program:
                lines.append(cmake_cache_path(f"CMAKE_{language}_COMPILER", program))
        lines.append(cmake_cache_string("CMAKE_BUILD_TYPE", self._build_type))
        flags = self.spec.compiler_flags
        for language, name in (("C", "cflags"), ("CXX", "cxxflags"), ("Fortran", "fflags")):
            words = [*flags.get(name, ()), *flags.get("cppflags", ())]
            if words:
                lines.append(cmake_cache_string(f"CMAKE_{language}_FLAGS", " ".join(words)))
        linking = " ".join(flags.get("ldflags", ()))
        if linking:
            for kind in ("EXE", "MODULE", "SHARED"):
                lines.append(cmake_cache_string(f"CMAKE_{kind}_LINKER_FLAGS", linking))
        return lines

    def initconfig_mpi_entries(self) -> List[str]:
        """The wrappers of MPI, and the program that starts processes."""
        if not self.spec.satisfies("^mpi"):
            return []
        mpi = self.spec["mpi"]
        lines = _section("MPI")
        for language, name in (("C", "mpicc"), ("CXX", "mpicxx"), ("Fortran", "mpifc")):
            wrapper = getattr(mpi, name, None)
            if wrapper:
                lines.append(cmake_cache_path(f"MPI_{language}_COMPILER", wrapper))
        starter = self.get_mpi_exec()
        if starter:
            lines.append(cmake_cache_path("MPIEXEC_EXECUTABLE", starter))
        flag = self.get_mpi_exec_num_proc()
        lines.append(cmake_cache_string("MPIEXEC_NUMPROC_FLAG", flag))
        return lines

    def get_mpi_exec(self) -> Optional[str]:
        """The program that starts processes of MPI, or None."""
        if self.spec.satisfies("^slurm"):
            return str(self.spec["slurm"].prefix.bin.srun)
        for name in ("mpirun", "mpiexec"):
            path = str(self.spec["mpi"].prefix.bin.join(name))
            if os.path.exists(path):
                return path
        return None

    def get_mpi_exec_num_proc(self) -> str:
        """The option of that program for the number of processes."""
        return "-n"

    def initconfig_hardware_entries(self) -> List[str]:
        """GPUs: what CMake has to know for CUDA and HIP."""
        lines = _section("Hardware")
        variants = self.spec.variants
        if "cuda" in variants and variants["cuda"].value:
            root = self.spec["cuda"].prefix
            lines.append(cmake_cache_path("CUDAToolkit_ROOT", root))
            lines.append(cmake_cache_path("CUDA_TOOLKIT_ROOT_DIR", root))
            lines.append(cmake_cache_path("CMAKE_CUDA_COMPILER", root.bin.nvcc))
            lines.append(cmake_cache_path("CMAKE_CUDA_HOST_COMPILER", "${CMAKE_CXX_COMPILER}"))
            lines += self._architectures("CMAKE_CUDA_ARCHITECTURES", "cuda_arch")
        if "rocm" in variants and variants["rocm"].value:
            lines.append(cmake_cache_path("HIP_ROOT_DIR", self.spec["hip"].prefix))
            lines += self._architectures("CMAKE_HIP_ARCHITECTURES", "amdgpu_target")
            lines += self._architectures("GPU_TARGETS", "amdgpu_target")
        return lines

    def _architectures(self, cmake_var: str, variant: str) -> List[str]:
        values = [value for value in self.spec.variants[variant].value if value != "none"]
        return [cmake_cache_string(cmake_var, ";".join(values))] if values else []

    def initconfig_package_entries(self) -> List[str]:
        """The options of the package itself; a recipe gives them."""
        return []

    def std_initconfig_entries(self) -> List[str]:
        """What every file starts with."""
        prefixes = ";".join(
            str(dependency.prefix)
            for dependency in self.spec.traverse(root=False, deptype=("build", "link", "test"))
        )
        return [
            *_section(f"{self.pkg.name}@{self.spec.version}: initial cache of CMake"),
            cmake_cache_string("CMAKE_PREFIX_PATH", prefixes),
        ]

    def initconfig(self, pkg: CMakePackage, spec: Spec, prefix: Prefix) -> None:
        lines = [
            *self.std_initconfig_entries(),
            *self.initconfig_compiler_entries(),
            *self.initconfig_mpi_entries(),
            *self.initconfig_hardware_entries(),
            *self.initconfig_package_entries(),
        ]
        with open(self.cache_path, "w", encoding="utf-8") as file:
            file.writelines(line if line.endswith("\n") else line + "\n" for line in lines if line)

    @run_after("install")
    def install_cmake_cache(self) -> None:
        """Keep the file with what was built from it."""
        folder = self.pkg.prefix.share.cmake
        mkdirp(folder)
        install(self.cache_path, folder)

    @property
    def _build_type(self) -> str:
        variants = self.spec.variants
        return str(variants["build_type"].value) if "build_type" in variants else "Release"


def _section(title: str) -> List[str]:
    return [_HEADING, f"# {title}\n", _HEADING]


class CachedCMakePackage(CMakePackage):
    """Like :class:`CMakePackage`, with the options in a file that ``cmake -C`` reads."""

    build_system_class = "CachedCMakePackage"

    CMakeBuilder = CachedCMakeBuilder
