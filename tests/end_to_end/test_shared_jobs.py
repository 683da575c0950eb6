"""Real tools share the jobs of one server: no more of their commands run at once than it has jobs.

Make 4.4 and ninja 1.13 are those of the test tools, beside the interpreter. The make of the machine
may be older, and then finds a job server by descriptors alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from tests.clone import SPACK
from tests.end_to_end.small_instance import Instance

#: A command: it notes that it runs, and that it ends. Cargo has it in front of the compiler.
JOB = """#!/bin/sh
echo "+ $TOOL" >>"$LOG"
sleep 0.1
echo "- $TOOL" >>"$LOG"
case $1 in *rustc) exec "$@";; esac
"""

#: A tool that is told a number of jobs, with ``-j`` or in a variable.
TOLD = """#!/usr/bin/env python3
import os, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

told = [word[2:] for word in sys.argv if word.startswith("-j")]
with ThreadPoolExecutor(int(told[0] if told else os.environ["JOBS"])) as pool:
    list(pool.map(lambda _: subprocess.run([os.environ["JOB"]], check=True), range(12)))
"""

#: Commands that each tool runs.
COUNT = 12

RECIPE = '''\
import os

from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class {class_name}(Package):
    """Has the commands of a tool run."""

    has_code = False
    version("{version}")
{rest}
'''

MAKE = """
    depends_on("gmake", type="build")

    def install(self, spec, prefix):
        with open("Makefile", "w") as stream:
            print("all: 1 2 3 4 5 6 7 8 9 10 11 12", file=stream)
            print("1 2 3 4 5 6 7 8 9 10 11 12:\\n\\t@$(JOB)", file=stream)
        {call}
        touch(prefix.done)
"""

NINJA = """
    depends_on("ninja", type="build")

    def install(self, spec, prefix):
        with open("build.ninja", "w") as stream:
            print("rule job\\n  command = $$JOB", file=stream)
            for number in range(12):
                print(f"build {number}: job", file=stream)
        ninja()
        touch(prefix.done)
"""

CARGO = """
    def install(self, spec, prefix):
        names = [f"part{number}" for number in range(12)]
        with open("Cargo.toml", "w") as stream:
            print(f"[workspace]\\nmembers = {names}", file=stream)
        for name in names:
            mkdirp(f"{name}/src")
            touch(f"{name}/src/lib.rs")
            with open(f"{name}/Cargo.toml", "w") as stream:
                print(f"[package]\\nname = '{name}'\\nversion = '1.0.0'", file=stream)
        os.environ["RUSTC_WRAPPER"] = os.environ["JOB"]
        Executable(os.environ["CARGO"])("build", "--offline", "--quiet")
        touch(prefix.done)
"""

TOLD_ONE = """
    def setup_build_environment(self, env):
        {setting}

    def install(self, spec, prefix):
        {call}
        touch(prefix.done)
"""

#: Name of a package to the rest of its recipe.
PACKAGES = {
    "by-make": MAKE.replace("{call}", 'make("all")'),
    "by-make-below": MAKE.replace("{call}", 'Executable("sh")("-c", f"{make.command} all")'),
    "by-ninja": NINJA,
    "by-cargo": CARGO,
    "by-number": TOLD_ONE.format(
        setting="pass", call='Executable(os.environ["TOLD"])(f"-j{make_jobs}")'
    ),
    "by-variable": TOLD_ONE.format(
        setting='env.set("JOBS", str(make_jobs))', call='Executable(os.environ["TOLD"])()'
    ),
    "by-old-tool": TOLD_ONE.format(
        setting="pass",
        call='MakeExecutable(os.environ["TOLD"], jobs=2, supports_jobserver=False)()',
    ),
}

#: A tool that is copied into the store, so that its version is known for certain.
COPY = """
    def install(self, spec, prefix):
        mkdirp(prefix.bin)
        install("{program}", prefix.bin)

    def setup_dependent_package(self, module, dependent_spec):
        jobs = determine_number_of_jobs(parallel=True)
        module.{name} = MakeExecutable(self.prefix.bin.{name}, jobs=jobs)
"""


def program_of_tests(name: str) -> str:
    """A program of the test tools."""
    path = os.path.join(sysconfig.get_path("scripts"), name)
    if not os.access(path, os.X_OK):
        pytest.skip(f"{name} is not among the test tools")
    return path


class Shared:
    """An instance with packages that are built by real tools.

    Attributes:
        variables: for commands, which keep them with ``--dirty``.
    """

    def __init__(self, directory: Path, cache: Path) -> None:
        self.log, job, told = directory / "log", directory / "job", directory / "told"
        for path, text in ((job, JOB), (told, TOLD)):
            path.write_text(text)
            path.chmod(0o755)
        self.root = directory / "spack_repo" / "tools"
        for name, rest in PACKAGES.items():
            self.write(name, "1.0", rest)
        (self.root / "repo.yaml").write_text("repo:\n  namespace: tools\n  api: v2.2\n")
        self.instance = Instance(directory / "instance", cache, self.root)
        self.packages = self.instance.config / "packages.yaml"
        cargo = shutil.which("cargo", path="/usr/bin")
        self.names = [name for name in PACKAGES if cargo or name != "by-cargo"]
        self.variables = {
            **self.instance.variables,
            "LOG": str(self.log),
            "JOB": str(job),
            "TOLD": str(told),
            "CARGO": cargo or "",
        }

    def write(self, name: str, version: str, rest: str) -> None:
        """Write a recipe, which names itself in the variable ``TOOL``."""
        class_name = "".join(word.capitalize() for word in name.split("-"))
        rest = rest.replace(
            "    def install(self, spec, prefix):\n",
            f'    def install(self, spec, prefix):\n        os.environ["TOOL"] = "{name}"\n',
        )
        folder = self.root / "packages" / name.replace("-", "_")
        folder.mkdir(parents=True)
        text = RECIPE.format(class_name=class_name, version=version, rest=rest)
        (folder / "package.py").write_text(text)

    def have_tools(self, *, built: bool) -> None:
        """Have ninja 1.13; with ``built`` as a package of the store, and make 4.4, too."""
        ninja = program_of_tests("ninja")
        if not built:
            with self.packages.open("a") as file:
                file.write(
                    "  ninja:\n    buildable: false\n    externals:\n    - spec: ninja@1.13.2\n"
                    f"      prefix: {Path(ninja).parents[1]}\n"
                )
            return
        self.packages.write_text(self.packages.read_text().partition("  gmake:")[0])
        self.write("ninja", "1.13.2", COPY.format(program=ninja, name="ninja"))
        make = COPY.format(program=program_of_tests("make"), name="make")
        self.write("gmake", "4.4.1", make)

    def counts(self) -> tuple[dict[str, int], int]:
        """The number of commands of each tool, and the most that ran at once."""
        found: dict[str, int] = {}
        running = most = 0
        for line in self.log.read_text().splitlines():
            sign, name = line.split()
            running += 1 if sign == "+" else -1
            most = max(most, running)
            found[name] = found.get(name, 0) + (sign == "+")
        assert running == 0
        return found, most


@pytest.fixture
def shared(tmp_path: Path, shared_cache: Path) -> Shared:
    return Shared(tmp_path, shared_cache)


@pytest.mark.parametrize("built", [False, True])
def test_all_tools_together_run_no_more_commands_than_there_are_jobs(
    shared: Shared, built: bool
) -> None:
    shared.have_tools(built=built)
    words = ("install", "--dirty", "-j4", *shared.names)
    shared.instance.ok(*words, variables=shared.variables)
    counts, most = shared.counts()
    assert sorted(counts) == sorted(shared.names)
    assert all(count >= COUNT for count in counts.values()), counts
    assert 2 <= most <= 4


@pytest.mark.parametrize("name", PACKAGES)
def test_a_tool_alone_has_all_jobs(shared: Shared, name: str) -> None:
    if name not in shared.names:
        pytest.skip("cargo is not installed")
    shared.have_tools(built=False)
    shared.instance.ok("install", "--dirty", "-j3", name, variables=shared.variables)
    counts, most = shared.counts()
    assert counts[name] >= COUNT and most == 3


@pytest.mark.parametrize("is_new", [False, True])
def test_make_over_a_depfile_runs_no_more_commands_than_it_has_jobs(
    shared: Shared, is_new: bool
) -> None:
    shared.have_tools(built=False)
    make = program_of_tests("make") if is_new else shutil.which("make", path="/usr/bin:/bin") or ""
    spack = shared.instance
    spack.ok("env", "create", "jobs")
    spack.ok("-e", "jobs", "add", *shared.names)
    spack.ok("-e", "jobs", "concretize")
    rules = shared.log.with_name("rules")
    spack.ok("-e", "jobs", "env", "depfile", "-o", str(rules))
    words = ["-j4", "-f", str(rules), f"SPACK={SPACK}", "SPACK_INSTALL_FLAGS=--dirty"]
    done = subprocess.run(
        [make, *words], env=shared.variables, cwd=spack.cwd, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts, most = shared.counts()
    assert sorted(counts) == sorted(shared.names)
    assert 2 <= most <= 4
