"""A repository and a scope of configuration that a test may change, with a cache of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.small_instance import ROOT, Instance

RECIPE = """\
from spack.package import *


class {name}(Package):
    has_code = False
    version("{version}")
{more}
"""

PACKAGES = """\
packages:
  tool:
    buildable: false
    externals:
    - spec: tool@1.0
      prefix: {prefix}
  gcc:
    externals:
    - spec: gcc@12.2.0 languages:=c,c++
      prefix: /usr
      extra_attributes:
        compilers:
          c: {compiler}
"""


class Place:
    """A repository and a scope of configuration that a test may change, with a cache of its own."""

    def __init__(self, instance: Instance, tmp_path: Path) -> None:
        self.instance, self.path = instance, tmp_path
        self.compiler = tmp_path / "gcc"
        shutil.copy(os.path.realpath("/usr/bin/gcc"), self.compiler)
        self.recipe("app", "1.0", '    depends_on("lib")\n    depends_on("tool")')
        self.recipe("lib", "1.0", '    provides("words")')
        self.recipe("tool", "1.0")
        (tmp_path / "spack_repo" / "mine" / "repo.yaml").write_text(
            "repo:\n  namespace: mine\n  api: v2.0\n"
        )
        self.packages = tmp_path / "scope" / "packages.yaml"
        self.packages.parent.mkdir()
        self.write_packages("/opt/tool")

    def recipe(self, name: str, version: str, more: str = "") -> Path:
        file = self.path / "spack_repo" / "mine" / "packages" / name / "package.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(RECIPE.format(name=name.capitalize(), version=version, more=more))
        return file

    def write_packages(self, prefix: str) -> None:
        self.packages.write_text(PACKAGES.format(prefix=prefix, compiler=self.compiler))

    def environment(self, unify: str, *roots: str) -> Path:
        """An environment that was never concretized."""
        directory = self.path / f"environment-{unify}"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        text = f"spack:\n  view: false\n  concretizer:\n    unify: {unify}\n"
        (directory / "spack.yaml").write_text(text + f"  specs: [{', '.join(roots)}]\n")
        return directory

    def spec(self, *words: str) -> str:
        """The output of a command, ``spec app`` by default."""
        return self.instance.ok(*self.options(), *(words or ("spec", "app")))

    def options(self) -> list[str]:
        """Options for the repository, the configuration and the cache of this place."""
        options: list[str] = ["-C", str(self.packages.parent)]
        options += ["-c", f"config:misc_cache:{self.path / 'misc'}"]
        options += ["-c", f"repos:mine:{self.path / 'spack_repo' / 'mine'}"]
        options += ["-c", f"config:install_tree:root:{self.path / 'store'}"]
        return options

    def entries(self) -> list[Path]:
        """Files of all kept solves."""
        return sorted(self.path.rglob("finished-solves/*/*.json"))

    def poison(self) -> None:
        """Let every kept solve say so: its nodes have another version."""
        for entry in self.entries():
            entry.write_text(entry.read_text().replace('"version":"1.0"', '"version":"1.0.9"'))

    def poisoned(self) -> bool:
        """Solve, mark the entry, and whether the next answer comes from it."""
        self.spec()
        self.spec()
        self.poison()
        return "app@1.0.9" in self.spec()

    def modules(self, *words: str) -> list[str]:
        """Modules that a command has loaded in the end."""
        program = (
            "import sys; sys.path.insert(0, sys.argv.pop(1)); from spack.cli.main import main\n"
            "code = main(); print('MODULES', *sys.modules); sys.exit(code)"
        )
        command = [sys.executable, "-I", "-S", "-c", program, str(ROOT / "lib" / "spack")]
        result = subprocess.run(
            [*command, *self.options(), *words],
            cwd=str(self.instance.cwd),
            env=self.instance.variables,
            capture_output=True,
            encoding="utf-8",
        )
        assert result.returncode == 0, result.stderr
        return result.stdout.rpartition("MODULES ")[2].split()
