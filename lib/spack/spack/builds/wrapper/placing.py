"""The compiler wrapper that this program ships: where it is and how it is put into a prefix.

The script ``cc`` beside this file is used for every build. It also stands in for the package
``compiler-wrapper`` of any repository, so that nothing has to be fetched before the first build.
This module knows no package and no store, only paths.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

#: Name of the package in whose place :func:`install_into` is used.
PACKAGE_NAME = "compiler-wrapper"

#: Names of the script, by directory below ``libexec/spack``.
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


def install_into(prefix: str) -> None:
    """Populate ``<prefix>/libexec/spack`` with the script and all its names."""
    directory = Path(prefix, "libexec", "spack")
    directory.mkdir(parents=True, exist_ok=True)
    installed = directory / "cc"
    shutil.copyfile(str(script()), str(installed))
    installed.chmod(0o755)
    for folder, names in LINKS.items():
        (directory / folder).mkdir(exist_ok=True)
        for name in names:
            link = directory / folder / name
            if not os.path.lexists(str(link)):
                link.symlink_to(os.path.relpath(str(installed), str(link.parent)))


def case_patterns(directories: Iterable[str], *, below: bool = False) -> str:
    """Alternatives for a shell ``case`` that match directories, with ``below`` all in them."""
    patterns = []
    for directory in directories:
        path = directory.rstrip("/")
        quoted = "'" + path.replace("'", "'\\''") + "'"
        patterns.append(quoted if path else "/")
        patterns.append(quoted + "/" + ("*" if below else ""))
    return "|".join(patterns)
