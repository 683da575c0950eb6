"""The compiler wrapper that this program ships: where it is and how it is put into a prefix.

The program ``cc.c`` beside this file is compiled by the user's compiler when the wrapper is
installed; where that fails the script ``cc``, which does the same, is used. The wrapper stands in
for the package ``compiler-wrapper`` of any repository, so that nothing has to be fetched before the
first build. This module knows no package and no store, only paths.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

#: Name of the package in whose place :func:`install_into` is used.
PACKAGE_NAME = "compiler-wrapper"

#: Programs that may compile the wrapper, the preferred one first.
COMPILERS = ("cc", "gcc", "clang")

#: A question to a wrapper that was just compiled; the answer is ``real`` and ``-g``.
_TRIAL = {
    **dict.fromkeys(
        (
            "SPACK_COMPILER_WRAPPER_PATH",
            "SPACK_DEBUG_LOG_DIR",
            "SPACK_DEBUG_LOG_ID",
            "SPACK_SHORT_SPEC",
            "SPACK_SYSTEM_DIRS",
            "SPACK_MANAGED_DIRS",
            "SPACK_CC_RPATH_ARG",
            "SPACK_CC_LINKER_ARG",
        ),
        "/trial",
    ),
    "SPACK_CC": "real",
    "SPACK_ADD_DEBUG_FLAGS": "true",
    "SPACK_TEST_COMMAND": "dump-args",
}

#: Names of the wrapper, by directory below ``libexec/spack``.
LINKS: dict[str, tuple[str, ...]] = {
    "": ("c++", "c89", "c99", "cpp", "f77", "f90", "f95", "fc", "ftn", "ld", "ld.gold", "ld.lld"),
    "aocc": ("clang", "clang++", "flang"),
    "arm": ("armclang", "armclang++", "armflang"),
    "case-insensitive": ("CC",),
    "cce": ("cc", "craycc", "crayftn", "ftn"),
    "cce/case-insensitive": ("CC", "crayCC"),
    "clang": ("clang", "clang++", "flang"),
    "fj": ("fcc", "frt"),
    "fj/case-insensitive": ("FCC",),
    "gcc": ("gcc", "g++", "gfortran"),
    "intel": ("icc", "icpc", "ifort"),
    "nag": ("nagfor",),
    "nvhpc": ("nvc", "nvc++", "nvfortran"),
    "oneapi": ("icx", "icpx", "ifx"),
    "rocmcc": ("amdclang", "amdclang++", "amdflang"),
    "xl": ("xlc", "xlc++", "xlf", "xlf90"),
    "xl_r": ("xlc_r", "xlc++_r", "xlf_r", "xlf90_r"),
}


def script() -> Path:
    """The shell script in the source tree."""
    return Path(__file__).with_name("cc")


def install_into(prefix: str, compilers: Iterable[str] = COMPILERS) -> None:
    """Populate ``<prefix>/libexec/spack`` with the wrapper and all its names.

    Args:
        compilers: programs of which the first that can compiles the wrapper.
    """
    directory = Path(prefix, "libexec", "spack")
    directory.mkdir(parents=True, exist_ok=True)
    installed = directory / "cc"
    if not any(_compile(compiler, installed) for compiler in compilers):
        shutil.copyfile(str(script()), str(installed))
    installed.chmod(0o755)
    for folder, names in LINKS.items():
        (directory / folder).mkdir(exist_ok=True)
        for name in names:
            link = directory / folder / name
            if not os.path.lexists(str(link)):
                link.symlink_to(os.path.relpath(str(installed), str(link.parent)))


def _compile(compiler: str, installed: Path) -> bool:
    """Whether the wrapper was compiled and works; it is linked statically if that is possible."""
    if shutil.which(compiler) is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "cc")
        for how in (["-static"], []):
            command = [compiler, "-O2", *how, "-o", str(made), str(script().with_name("cc.c"))]
            if _says(command) is not None and _says([str(made)], _TRIAL) == "real\n-g\n":
                shutil.copyfile(str(made), str(installed))
                return True
    return False


def _says(command: Sequence[str], variables: Mapping[str, str] | None = None) -> str | None:
    """The output of a command, with these variables alone if any; None if it fails or hangs."""
    try:
        done = subprocess.run(
            command,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def case_patterns(directories: Iterable[str], *, below: bool = False) -> str:
    """Alternatives for a shell ``case`` that match directories, with ``below`` all in them."""
    patterns = []
    for directory in directories:
        path = directory.rstrip("/")
        quoted = "'" + path.replace("'", "'\\''") + "'"
        patterns.append(quoted if path else "/")
        patterns.append(quoted + "/" + ("*" if below else ""))
    return "|".join(patterns)
