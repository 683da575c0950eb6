"""A made-up machine: recipes of a compiler and a tool, and programs that answer for them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.clone import warm

HEADER = "import re\nimport os\n\nfrom spack_repo.builtin.build_systems.generic import Package\n\n"
HEADER += "from spack.package import *\n\n\n"

COMPILER = '''class Fakecc(Package):
    """A compiler."""

    has_code = False
    version("2.0")
    tags = ["compiler"]
    provides("c", "cxx")
    executables = [r"^fakecc$", r"^fakec\\+\\+$"]

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--version", output=str, error=str, fail_on_error=False)
        match = re.search(r"fakecc ([0-9.]+)", output)
        return match.group(1) if match else None

    @classmethod
    def determine_variants(cls, exes, version_str):
        names = {"fakecc": "c", "fakec++": "cxx"}
        return "", {"compilers": {names[os.path.basename(exe)]: exe for exe in exes}}
'''

TOOL = '''class {name}(Package):
    """A tool."""

    has_code = False
    version("1.0")
    tags = ["{tag}"]
    executables = ["^{program}$"]

    @classmethod
    def determine_version(cls, exe):
        output = Executable(exe)("--version", output=str, error=str, fail_on_error=False)
        match = re.search(r"version ([0-9.]+)", output)
        return match.group(1) if match else None
'''

PLAIN = '''class Plain(Package):
    """Nothing that could be found."""

    has_code = False
    version("1.0")
'''


class Tools:
    """Recipes of tools, and programs, below a directory."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.repository = top / "recipes" / "spack_repo" / "made_up"
        recipes: dict[str, str] = {
            "fakecc": COMPILER,
            "hammer": TOOL.format(name="Hammer", tag="build-tools", program="hammer"),
            "gmake": TOOL.format(name="Gmake", tag="build-tools", program="make"),
            "pencil": TOOL.format(name="Pencil", tag="office", program="pencil"),
            "plain": PLAIN,
        }
        for name, text in recipes.items():
            self.recipe(name, text)
        (self.repository / "repo.yaml").write_text("repo:\n  namespace: made_up\n  api: v2.2\n")
        self.program("bin/make", "GNU Make version 4.3")

    def recipe(self, name: str, text: str) -> None:
        """A recipe, made or made anew."""
        folder = self.repository / "packages" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.py").write_text(HEADER + text)

    def program(self, path: str, says: str) -> Path:
        """A program below the top directory that prints something."""
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\necho '{says}'\n")
        file.chmod(0o755)
        return file


class Machine(Tools):
    """A launcher with its own state, PATH, home and one repository."""

    def __init__(self, root: Path, top: Path) -> None:
        super().__init__(top)
        self.root = root
        self.state = top / "state"
        self.home = top / "home"
        self.home.mkdir(parents=True)
        settings = self.state / "etc" / "spack"
        settings.mkdir(parents=True)
        warm(self.state)
        (settings / "repos.yaml").write_text(f"repos:\n  made_up: {self.repository}\n")

    @property
    def packages(self) -> Path:
        return self.state / "etc" / "spack" / "packages.yaml"

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.root / "bin" / "spack"), *words],
            cwd=self.top,
            env={
                **os.environ,
                "PATH": f"{self.top / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.home),
                "SPACK_STATE_DIR": str(self.state),
                "SPACK_DISABLE_LOCAL_CONFIG": "1",
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )

    def ok(self, *words: str, **variables: str) -> str:
        done = self.run(*words, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout
