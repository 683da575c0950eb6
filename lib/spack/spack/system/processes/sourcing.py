"""The effect of sourced shell scripts on process variables. Loaded by those who source one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence

from spack.system.processes import shells
from spack.type_names import Union

Pattern = Union[str, "re.Pattern[str]"]

#: Variables that differ between any two shells, or that steer the module command.
_NOISE = (
    "_ SHLVL PWD OLDPWD PS1 PS2 ENV LOADEDMODULES _LMFILES_ BASH_FUNC_.* MODULEPATH MODULES_.* "
    ".*_modshare .*_modquar __MODULES_.* LMOD_.* _ModuleTable.*"
).split()


def is_noise(name: str, exclude: Sequence[Pattern], include: Sequence[Pattern]) -> bool:
    """Whether a variable says nothing about a script that was sourced."""
    if any(re.fullmatch(pattern, name) for pattern in include):
        return False
    if not shells.is_variable_name(name):
        return True
    return any(re.fullmatch(pattern, name) for pattern in (*_NOISE, *exclude))


def environment_after_sourcing_files(
    *files: str,
    shell: str = "/bin/bash",
    shell_options: str = "-c",
    source_command: str = "source",
    suppress_output: str = "&> /dev/null",
    concatenate_on_success: str = "&&",
    env: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The variables of a shell that sourced the files, each written as in a command line.

    Raises RuntimeError with what the shell said if a file fails.
    """
    steps = [f"{source_command} {file} {suppress_output}" for file in files]
    program = f" {concatenate_on_success} ".join([*steps, "env -0"])
    done = subprocess.run(
        [shell, *shell_options.split(), program],
        env=dict(os.environ if env is None else env),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise RuntimeError(f"sourcing {', '.join(files)} failed ({done.returncode}) {said}".strip())
    text = done.stdout.decode("utf-8", "surrogateescape")
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)
