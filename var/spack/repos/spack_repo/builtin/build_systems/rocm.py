"""Packages with parts for GPUs of AMD."""

import os
import re
from typing import Iterable, Optional

from spack.package import (
    EnvironmentModifications,
    PackageBase,
    any_combination_of,
    conflicts,
    depends_on,
    variant,
    when,
)

_GENERATIONS = {
    "gfx7": ("gfx701",),
    "gfx8": ("gfx801", "gfx802", "gfx803"),
    "gfx9": (
        "gfx900",
        "gfx900:xnack-",
        "gfx902",
        "gfx904",
        "gfx906",
        "gfx906:xnack-",
        "gfx908",
        "gfx908:xnack-",
        "gfx908:xnack+",
        "gfx909",
        "gfx90a",
        "gfx90a:xnack-",
        "gfx90a:xnack+",
        "gfx90c",
        "gfx940",
        "gfx941",
        "gfx942",
        "gfx950",
    ),
    "gfx10": ("gfx1010", "gfx1011", "gfx1012", "gfx1013")
    + tuple(f"gfx103{digit}" for digit in range(7)),
    "gfx11": tuple(f"gfx110{digit}" for digit in range(4))
    + tuple(f"gfx115{digit}" for digit in range(4)),
    "gfx12": ("gfx1200", "gfx1201"),
}


class ROCmPackage(PackageBase):
    """Mixin with the variants ``rocm`` and ``amdgpu_target``."""

    #: All values of ``amdgpu_target``.
    amdgpu_targets = tuple(name for names in _GENERATIONS.values() for name in names)

    variant("rocm", default=False, description="parts for GPUs of AMD, with ROCm")
    variant(
        "amdgpu_target",
        values=any_combination_of(*amdgpu_targets),
        sticky=True,
        when="+rocm",
        description="architectures that code is made for",
    )

    with when("+rocm"):
        conflicts("amdgpu_target=none", msg="+rocm needs a value of amdgpu_target")
        depends_on("llvm-amdgpu")
        depends_on("hsa-rocr-dev")
        depends_on("hip")

    for name in ("gfx940", "gfx941", "gfx942"):
        depends_on("llvm-amdgpu@5.7:", when=f"amdgpu_target={name}")
    depends_on("llvm-amdgpu@6.4:", when="amdgpu_target=gfx950")
    for name in _GENERATIONS["gfx12"]:
        depends_on("llvm-amdgpu@6.3:", when=f"amdgpu_target={name}")
    del name

    @staticmethod
    def hip_flags(amdgpu_target: Iterable[str]) -> str:
        """The option of ``hipcc`` for architectures."""
        return "--offload-arch=" + ",".join(amdgpu_target)

    def asan_on(self, env: EnvironmentModifications) -> None:
        """Compile with the compilers of ROCm and the address sanitizer, in a build environment."""
        programs = self.spec["llvm-amdgpu"].prefix.bin
        env.set("CC", programs.clang)
        env.set("CXX", programs.join("clang++"))
        env.set("ASAN_OPTIONS", "detect_leaks=0")
        options = "-fsanitize=address -shared-libasan"
        env.append_flags("CFLAGS", options)
        env.append_flags("CXXFLAGS", options)
        env.append_flags("LDFLAGS", f"{options} -Wl,-rpath={self._sanitizer_directory()}")

    def _sanitizer_directory(self) -> str:
        """Where the run-time library of the sanitizer lies, below the compiler's directory."""
        root = os.path.join(str(self.spec["llvm-amdgpu"].prefix), "lib", "clang")
        for folder, folders, files in os.walk(root):
            folders.sort()
            if any(name.startswith("libclang_rt.asan") for name in files):
                return folder
        return root


class ROCmLibrary(PackageBase):
    """Mixin for parts of ROCm, which are found in an installation of all of it.

    Such a part rarely tells its version; it has that of the installation. The recipe says with
    ``libraries`` or ``executables`` which files to look for.
    """

    @classmethod
    def determine_version(cls, path: str) -> Optional[str]:
        """The version of the installation that a file belongs to, None if it cannot be told.

        The directory is called after it, as in ``/opt/rocm-6.2.1``; otherwise a header has it.
        """
        match = re.search(r"rocm-(\d+\.\d+\.\d+)", path) or re.search(
            r"rocm-(\d+\.\d+\.\d+)", os.path.realpath(path)
        )
        return match.group(1) if match else cls.version_from_rocm_version_h(path)

    @classmethod
    def version_from_rocm_version_h(cls, path: str) -> Optional[str]:
        """The version that the header of the installation around a file states."""
        root = os.path.dirname(os.path.dirname(os.path.abspath(path)))
        for folder in ("include/rocm-core", "include"):
            header = os.path.join(root, *folder.split("/"), "rocm_version.h")
            if os.path.isfile(header):
                with open(header, encoding="utf-8", errors="replace") as file:
                    text = file.read()
                found = [
                    re.search(rf"^\s*#\s*define\s+ROCM_VERSION_{part}\s+(\d+)", text, re.MULTILINE)
                    for part in ("MAJOR", "MINOR", "PATCH")
                ]
                if all(found):
                    return ".".join(match.group(1) for match in found if match)
        return None
