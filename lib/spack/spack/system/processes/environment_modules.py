"""The ``module`` command of a site: call it, and read paths out of what it shows.

Knows the command and its texts; must not know packages.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import MutableMapping

from spack.errors import SpackError

#: Subcommands that change the variables of the process; others only print.
_CHANGING = ("load", "unload", "swap", "switch", "purge", "use", "unuse", "add", "rm", "restore")

_QUOTED = re.compile(r"""["']([^"']*)["']""")


class ModuleCommandError(SpackError):
    """The module command failed or is missing."""


def module_command(
    *args: str, variables: MutableMapping[str, str] | None = None, shell: str = "/bin/bash"
) -> str:
    """Run ``module`` with arguments; what it prints.

    Subcommands such as ``load`` change ``variables`` (those of this process if None). Raises
    ModuleCommandError.
    """
    process = os.environ if variables is None else variables
    changing = bool(args) and args[0] in _CHANGING
    program = 'module "$@" 2>&1; code=$?'
    if changing:
        program += '; printf "\\0"; env -0'
    done = subprocess.run(
        [shell, "-c", program + "; exit $code", "module", *args],
        env=dict(process),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    said, _, rest = done.stdout.decode("utf-8", "surrogateescape").partition("\0")
    if done.returncode != 0:
        raise ModuleCommandError(
            f"the command 'module {' '.join(args)}' failed ({done.returncode})",
            details=said.strip() or None,
            hint="check that modules are set up in non-interactive shells",
        )
    if changing:
        new = dict(entry.split("=", 1) for entry in rest.split("\0") if "=" in entry)
        for name in [name for name in process if name not in new]:
            del process[name]
        process.update({name: text for name, text in new.items() if name not in ("_", "SHLVL")})
    return said


def get_path_args_from_module_line(line: str) -> list[str]:
    """The paths of a line of a module file: its last argument, split at ``:``.

    Both ``setenv NAME value`` and ``setenv("NAME", "value")`` are understood; a line without
    arguments has none.
    """
    if "(" in line and ")" in line:
        inside = line[line.index("(") + 1 : line.rindex(")")]
        quoted = _QUOTED.findall(inside)
        last = quoted[-1] if quoted else inside.split(",")[-1].strip()
    else:
        words = line.split()
        if len(words) < 3:
            return []
        last = words[2]
    return [part for part in last.split(":") if part]
