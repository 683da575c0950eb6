"""The real module commands of the distribution, called by real shells.

Environment Modules and Lmod cannot be installed at once, so the former is unpacked from its
package, into a folder of the clone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.clone import SOURCE

LMOD = Path("/usr/share/lmod/lmod/libexec/lmod")
UNPACKED = SOURCE / "var" / "spack" / "cache" / "environment-modules"

#: Shell -> the words that start it on a script, and its definition of ``module``.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile"], 'module() {{ eval "$({command} bash "$@")"; }}'),
    "zsh": (["zsh", "-f"], 'module() {{ eval "$({command} zsh "$@")"; }}'),
    "tcsh": (
        ["tcsh", "-f"],
        "alias module 'set noglob; eval `{command} {csh} \\!*`; unset noglob'",
    ),
    "fish": (["fish", "--no-config"], "function module; {command} fish $argv | source; end"),
}

_SHOW = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"


class Tool(NamedTuple):
    """A module command: the name and the words that run it."""

    name: str
    command: str

    def run(
        self,
        lines: Sequence[str],
        folders: Sequence[Path | str],
        *,
        shell: str = "bash",
        variables: Mapping[str, str] = {},
        home: Path,
    ) -> list[dict[str, str]]:
        """The variables at each line ``show`` of a script of module commands.

        What the commands tell people is in the file ``told`` of the home directory then.
        """
        starts, define = SHELLS[shell]
        if shutil.which(starts[0]) is None:
            pytest.skip(f"needs {starts[0]}")
        csh = "csh" if self.name == "lmod" else "tcsh"
        script = [define.format(command=self.command, csh=csh)]
        shown: list[Path] = []
        for line in lines:
            if line == "show":
                shown.append(home / f"shown-{len(shown)}.json")
                script.append(f'{sys.executable} -c "{_SHOW}" {shown[-1]}')
            else:
                script.append(line)
        file = home / f"script.{shell}"
        file.write_text("\n".join(script) + "\n")
        result = subprocess.run(
            [*starts, str(file)],
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(home),
                "MODULEPATH": ":".join(map(str, folders)),
                "MODULESHOME": str(UNPACKED / "usr" / "share" / "modules"),
                **variables,
            },
            cwd=home,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        assert all(path.exists() for path in shown), result.stdout + result.stderr
        self.check(result.stderr)
        (home / "told").write_text(result.stderr)
        return [json.loads(path.read_text()) for path in shown]

    def ask(self, *words: str, folders: Sequence[Path | str], home: Path) -> str:
        """The output of the command for people."""
        result = subprocess.run(
            [*self.command.split(), "bash", *words],
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(home),
                "MODULEPATH": ":".join(map(str, folders)),
            },
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        return result.stdout + result.stderr

    @staticmethod
    def check(errors: str) -> None:
        """Fail where a module command complained."""
        bad = [line for line in errors.splitlines() if "ERROR" in line or "error:" in line.lower()]
        assert not bad, errors


def tool(name: str) -> Tool:
    """A module command, ``lmod`` or ``modules``; skips where it is not there."""
    if name == "lmod":
        if not LMOD.exists():
            pytest.skip("needs Lmod, the Debian package lmod")
        return Tool(name, str(LMOD))
    found = sorted(UNPACKED.glob("usr/lib/*/modulecmd.tcl"))
    if not found or shutil.which("tclsh") is None:
        pytest.skip(f"needs the Debian package environment-modules, unpacked in {UNPACKED}")
    return Tool(name, f"tclsh {found[0]}")


#: Variables of the module commands themselves and of shells.
_OWN = ("LMOD_", "__LMOD", "_LMFILES", "LOADEDMODULES", "__MODULES", "_ModuleTable", "MODULES_",
        "MODULEPATH_", "SHLVL", "PWD", "OLDPWD", "_", "HOST", "LOGNAME", "USER", "GROUP",
        "VENDOR", "OSTYPE", "MACHTYPE", "HOSTTYPE", "REMOTEHOST", "TERM")  # fmt: skip


def own(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, but for those of the tool and of the shell."""
    return {
        name: value
        for name, value in variables.items()
        if not (name == "_" or name.startswith(tuple(word for word in _OWN if word != "_")))
    }
