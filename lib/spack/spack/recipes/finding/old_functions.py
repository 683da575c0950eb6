"""Functions that older recipes call by names that the facade does not have; see :mod:`.shims`."""

from __future__ import annotations

import os
import sys

from spack.recipes.classes.build_queries import microarchitecture_flags_from_target, spack_script
from spack.recipes.classes.recipe_modules import SHARED_SUFFIXES
from spack.system.processes.executables import Executable
from spack.type_names import Any

SHARED_SUFFIX = SHARED_SUFFIXES.get(sys.platform, "so")
STATIC_SUFFIX = "a"
BIN = os.path.dirname(spack_script)
CLONE = os.path.dirname(BIN)


def optimization_flags(compiler: Any, target: Any) -> str:
    """Flags by which a compiler (a node, or ``self.compiler``) aims at a target; "" if unknown."""
    return microarchitecture_flags_from_target(target, compiler)


def apply_patch(
    source: Any, patch_path: str, level: int = 1, working_dir: str = ".", reverse: bool = False
) -> None:
    """Run ``patch`` in a source directory, or in that of a stage.

    Raises:
        ProcessError: the patch does not apply.
    """
    folder = os.path.join(str(getattr(source, "source_path", source)), working_dir)
    words: tuple[str, ...] = ("-s", "-p", str(level), "-i", patch_path, "-d", folder)
    Executable("patch")(*words, *(("-R",) if reverse else ()))
