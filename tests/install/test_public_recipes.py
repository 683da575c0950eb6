"""Public recipes, unmodified, built from real sources where both are at hand.

In a process of its own: the public repository and the embedded one share their namespace.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SCRIPT = """
import json, os, sys
from pathlib import Path
from spack.builds.variables import VariableSettings
from spack.builds.hooks import HookSettings
from spack.builds.procedure import BuildWorld
from spack.install.installer import Installer
from spack.install.terminal.lines import TerminalLines
from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.config.settings.place_settings import Connection, Mirror
from spack.sources.stage import StageSettings
from spack.store.store import Store
from spack.system.terminal.output import Reporter
from tests.install.graphs import external, node
from tests.install.mini_repository import gcc, gmake, wrapper

recipes, mirror, directory = sys.argv[1:]
packages = RepositoryPath([Repository(os.path.join(recipes, "spack_repo", "builtin"))])
store = Store(os.path.join(directory, "store"))
world = BuildWorld(
    prefixes=store,
    packages=packages,
    stages=StageSettings(
        root=os.path.join(directory, "stages"),
        mirrors=(Mirror("sources", Connection(mirror), Connection(mirror)),) if mirror else (),
        mirrors_only=True,
    ),
    jobs=2,
    variable_settings=VariableSettings(managed=(directory,)),
    hooks=HookSettings(sbang_root=store.root, missing_libraries="error"),
)
generic = {"build_system": "generic"}
compiler = gcc()
scripts = node("compiler-wrapper", version="1.1.0", variants=generic)
runtime = node(
    "gcc-runtime", (compiler, "build"), version=str(compiler.version), variants=generic
)
tools = [(compiler, "build", ("c",)), (scripts, "build"), (runtime, "link"), (gmake(), "build")]
bzip2 = node(
    "bzip2",
    (external("diffutils", "/usr"), "build"),
    *tools,
    version="1.0.8",
    variants={"shared": True, "pic": False, "debug": False, **generic},
    flags={"cflags": ("-g0",)},
)
roots = [bzip2] if mirror else [scripts, runtime]
lines = TerminalLines(Reporter(color="never"))
Installer(store, world, watch=lines.watch).install(roots)
print(json.dumps({spec.name: store.prefix(spec) for spec in roots}))
"""


def run(recipes: Path, mirror: str, directory: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), str(recipes), mirror, str(directory)],
        cwd=str(ROOT),
        env={**os.environ, "PYTHONPATH": f"{ROOT}/lib/spack:{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_compiler_wrapper_and_gcc_runtime(public_recipes: Path, tmp_path: Path) -> None:
    run(public_recipes, "", tmp_path)
    (wrapper,) = tmp_path.glob("store/*/compiler-wrapper-*")
    assert (wrapper / "libexec" / "spack" / "gcc" / "gcc").exists()
    (runtime,) = tmp_path.glob("store/*/gcc-runtime-*")
    assert (runtime / "lib" / "libgcc_s.so.1").exists()


def test_bzip2_from_a_mirror(public_recipes: Path, tmp_path: Path) -> None:
    mirror = os.environ.get("SPACK_SOURCE_MIRROR", "")
    if not os.path.isdir(mirror):
        pytest.skip("needs SPACK_SOURCE_MIRROR, a directory")
    run(public_recipes, mirror, tmp_path)
    (prefix,) = tmp_path.glob("store/*/bzip2-*")
    program = prefix / "bin" / "bzip2"
    packed = subprocess.run([str(program), "-c"], input=b"x" * 9999, stdout=subprocess.PIPE)
    assert packed.returncode == 0 and len(packed.stdout) < 100
    dynamic = subprocess.check_output(["readelf", "-d", str(program)]).decode()
    assert f"{prefix}/lib" in dynamic
