"""Running the programs that fetching and patching need: git, svn, hg, cvs, go, patch.

Knows how to start one and how to say that it failed; must not know what it is for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from spack.errors import SpackError

#: Lines of a tool's output that an error shows.
_SHOWN_LINES = 20


class ToolMissingError(SpackError):
    """A program that a fetch or a patch needs is not installed."""


class ToolFailedError(SpackError):
    """A program ended with an error; the last lines of what it said are the details."""

    def __init__(self, command: Sequence[str], exit_status: int, output: str) -> None:
        self.command = tuple(command)
        self.exit_status = exit_status
        self.output = output
        lines = [line for line in output.strip().splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith("fatal: ")]
        said = fatal[0][len("fatal: ") :] if fatal else lines[-1].strip() if lines else ""
        self.reason = said or f"exit status {exit_status}"
        super().__init__(
            f"{' '.join(command)} failed with exit status {exit_status}",
            details="\n".join("    " + line for line in lines[-_SHOWN_LINES:]) or None,
        )


def find_tool(name: str, *, needed_for: str) -> str:
    """Path of a program. Raises ToolMissingError when there is none."""
    path = shutil.which(name)
    if path is None:
        raise ToolMissingError(
            f"{name} is not installed, but is needed to {needed_for}",
            hint=f"install {name} on this machine, or fetch from a mirror that holds the source",
        )
    return path


def run(
    command: Sequence[str], *, cwd: str | None = None, env: Mapping[str, str] | None = None
) -> str:
    """Run a program without a terminal and return what it wrote, errors included.

    ``env`` is added to the process's variables. Raises ToolFailedError.
    """
    variables = dict(os.environ)
    variables["LC_ALL"] = "C"
    variables.update(env or {})
    done = subprocess.run(
        list(command),
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    output = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        raise ToolFailedError(command, done.returncode, output)
    return output
