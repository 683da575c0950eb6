"""Targets of make and ninja that a build may have: asked for before they are run.

The programs are those of the recipe's module, where a build has put them.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from spack.type_names import Any


class MakeTargets:
    """Methods that recipes and build systems use to run a target where there is one."""

    module: Any

    def _has_make_target(self, target: str) -> bool:
        if not any(os.path.exists(n) for n in ("GNUmakefile", "Makefile", "makefile")):
            return False
        make = self._program("make")
        environment = {**os.environ, "LC_ALL": "C", "MAKEFLAGS": ""}
        if make is None:
            return False
        run = subprocess.run(
            [make, "-n", target], env=environment, text=True, check=False, capture_output=True
        )
        messages = (
            f"No rule to make target `{target}'",
            f"No rule to make target '{target}'",
            f"don't know how to make {target}",
        )
        return not any(message in run.stderr for message in messages)

    def _if_make_target_execute(self, target: str, *args: Any, **kwargs: Any) -> None:
        if self._has_make_target(target):
            self.module.make(target, *args, **kwargs)

    def _has_ninja_target(self, target: str) -> bool:
        ninja = self._program("ninja")
        if not os.path.exists("build.ninja") or ninja is None:
            return False
        run = subprocess.run([ninja, "-t", "targets", "all"], text=True, capture_output=True)
        return any(line.startswith(target + ":") for line in run.stdout.splitlines())

    def _if_ninja_target_execute(self, target: str, *args: Any, **kwargs: Any) -> None:
        if self._has_ninja_target(target):
            self.module.ninja(target, *args, **kwargs)

    def _program(self, name: str) -> str | None:
        program = getattr(self.module, name, None)
        path = getattr(program, "path", None)
        if isinstance(path, str) and os.path.isabs(path):
            return path
        return shutil.which(name)
