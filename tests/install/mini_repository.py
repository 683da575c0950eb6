"""A repository of tiny C packages with a store around it, for tests with real compilers."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.install.graphs import Child, external, node

from spack.builds.events import Watch
from spack.builds.hooks import HookSettings
from spack.builds.procedure import BuildWorld
from spack.builds.variables import VariableSettings
from spack.install.installer import Installer
from spack.language.concrete_specs import ConcreteSpec
from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.sources.stage import StageSettings
from spack.store.store import Store

ROOT = Path(__file__).parents[2]

#: sha256 of the patch of ``patched``.
PATCH = "--- text\n+++ text\n@@ -1 +1 @@\n-one\n+two\n"
PATCH_SHA256 = hashlib.sha256(PATCH.encode()).hexdigest()

HEADER = """\
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


"""

#: A library that says a number, and a program that prints it.
SOURCES: dict[str, dict[str, str]] = {
    "answer": {
        "answer.h": "int answer(void);\n",
        "answer.c": '#include "answer.h"\nint answer(void) { return NUMBER; }\n',
    },
    "asker": {
        "asker.c": "#include <answer.h>\n#include <stdio.h>\n"
        'int main(void) { printf("%d\\n", answer()); return 0; }\n',
        "Makefile": "all: asker\n\nasker: asker.c\n\t$(CC) -o $@ $< -lanswer\n\n"
        "install: asker\n\tmkdir -p $(PREFIX)/bin\n\tcp asker $(PREFIX)/bin/\n",
    },
    "patched": {"text": "one\n"},
    "broken": {"broken.c": "#include <not-there.h>\nint main(void) { return 0; }\n"},
}

RECIPES: dict[str, str] = {
    "answer": '''
class Answer(Package):
    """A library."""

    url = "file://{archive}"
    version("1.0", sha256="{sha256}")
    depends_on("c", type="build")

    def install(self, spec, prefix):
        compiler = Executable(spack_cc)
        mkdirp(prefix.lib, prefix.include)
        library = prefix.lib.join("libanswer." + dso_suffix)
        compiler("-DNUMBER=42", "-fPIC", "-shared", "answer.c", "-o", library)
        install("answer.h", prefix.include)
''',
    "asker": '''
class Asker(Package):
    """A program that uses the library."""

    url = "file://{archive}"
    version("1.0", sha256="{sha256}")
    depends_on("c", type="build")
    depends_on("gmake", type="build")
    depends_on("answer")

    phases = ["edit", "build", "install"]
    sanity_check_is_file = ["bin/asker"]

    @property
    def archive_files(self):
        return [join_path(self.stage.source_path, "Makefile")]

    def edit(self, spec, prefix):
        print("editing", spec["answer"].prefix)
        filter_file("^all:", "everything:", "Makefile")

    @run_before("build")
    def say(self):
        print("before the build with", make_jobs, "jobs")

    def build(self, spec, prefix):
        make("everything")

    def install(self, spec, prefix):
        make("install", "PREFIX={{0}}".format(prefix))

    def setup_run_environment(self, env):
        env.set("ASKER_HOME", self.prefix)
''',
    "patched": '''
class Patched(Package):
    """Is patched by a file and by a method, and has tests of its build."""

    url = "file://{archive}"
    version("1.0", sha256="{sha256}")
    patch("number.patch", level=0)

    install_time_test_callbacks = ["look"]

    def patch(self):
        filter_file("two", "three", "text")

    def install(self, spec, prefix):
        install("text", prefix)

    def look(self):
        if "three" not in open(self.prefix.text).read():
            raise InstallError("the text is wrong")
        touch(self.prefix.tested)
''',
    "broken": '''
class Broken(Package):
    """Fails to compile."""

    url = "file://{archive}"
    version("1.0", sha256="{sha256}")
    depends_on("c", type="build")

    def install(self, spec, prefix):
        mkdirp(prefix.lib)
        print("compiling")
        Executable(spack_cc)("broken.c", "-o", prefix.lib.broken)
''',
    "mistaken": '''
class Mistaken(Package):
    """Has a mistake in its recipe."""

    has_code = False
    version("1.0")

    def install(self, spec, prefix):
        nothing = {{}}
        nothing["at all"]
''',
    "empty": '''
class Empty(Package):
    """Installs nothing."""

    has_code = False
    version("1.0")

    def install(self, spec, prefix):
        pass
''',
    "user": '''
class User(Package):
    """Needs something that fails."""

    has_code = False
    version("1.0")
    depends_on("broken")

    def install(self, spec, prefix):
        touch(prefix.used)
''',
    "masked": '''
class Masked(Package):
    """Installs what its umask is."""

    has_code = False
    version("1.0")

    def install(self, spec, prefix):
        import os

        with open(prefix.umask, "w") as stream:
            stream.write("%03o" % os.umask(0))
''',
    "prober": '''
class Prober(Package):
    """Tries a command, and installs its output and its exit code."""

    has_code = False
    version("1.0")
    depends_on("answer")

    def install(self, spec, prefix):
        import os

        shell = Executable("/bin/sh")
        output = shell("-c", os.environ["PROBE"], output=str, error=str, fail_on_error=False)
        print(output)
        with open(prefix.output, "w") as stream:
            stream.write("%d\\n%s" % (shell.returncode, output))
''',
    "sleeper": '''
class Sleeper(Package):
    """Takes its time, to be interrupted."""

    has_code = False
    version("1.0")

    def install(self, spec, prefix):
        import os
        import time

        touch(prefix.begun)
        for _ in range(600):
            if os.path.exists(os.environ.get("WAKE_UP", "/nonexistent")):
                break
            time.sleep(0.1)
        touch(prefix.finished)
''',
}


def make_repository(directory: Path) -> Repository:
    """Write recipes and archives below a directory."""
    root = directory / "spack_repo" / "mini"
    (root / "packages").mkdir(parents=True)
    (root / "repo.yaml").write_text("repo:\n  namespace: mini\n  api: v2.2\n")
    for name, recipe in RECIPES.items():
        values = {"archive": "", "sha256": ""}
        if name in SOURCES:
            archive = _archive(directory, name)
            values["archive"] = str(archive)
            values["sha256"] = hashlib.sha256(archive.read_bytes()).hexdigest()
        folder = root / "packages" / name
        folder.mkdir()
        if name == "patched":
            (folder / "number.patch").write_text(PATCH)
        (folder / "package.py").write_text(HEADER + recipe.format(**values).lstrip("\n"))
    return Repository(str(root))


def _archive(directory: Path, name: str) -> Path:
    tree = directory / "sources" / f"{name}-1.0"
    tree.mkdir(parents=True)
    for file, text in SOURCES[name].items():
        (tree / file).write_text(text)
    archive = directory / f"{name}-1.0.tar.gz"
    with tarfile.open(str(archive), "w:gz") as stream:
        stream.add(str(tree), arcname=tree.name)
    return archive


def gcc() -> ConcreteSpec:
    """The compiler of this machine as an external."""
    version = subprocess.check_output(["gcc", "-dumpfullversion"]).decode().strip()
    programs = {
        language: shutil.which(name)
        for language, name in (("c", "gcc"), ("cxx", "g++"), ("fortran", "gfortran"))
        if shutil.which(name)
    }
    return external("gcc", "/usr", version=version, languages="c", compilers=programs)


def gmake() -> ConcreteSpec:
    """The make of this machine as an external."""
    return external("gmake", "/usr", version="4.4.1")


def wrapper() -> ConcreteSpec:
    """The package for which our compiler wrapper stands in."""
    return node("compiler-wrapper", version="1.1.0")


def package(name: str, *children: Child, compiled: bool = True, **kwargs: Any) -> ConcreteSpec:
    """A node of the mini repository, with compiler and wrapper if it is compiled."""
    tools: Sequence[Child] = ()
    if compiled:
        tools = ((gcc(), "build", ("c",)), (wrapper(), "build"))
    return node(name, *children, *tools, namespace="mini", **kwargs)


class World:
    """A store and everything to install into it, below one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.repository = make_repository(directory)
        embedded = Repository(str(ROOT / "var" / "spack" / "repos" / "spack_repo" / "builtin"))
        self.packages = RepositoryPath([self.repository, embedded])
        self.store = Store(str(directory / "store"))

    def build_world(self, **changes: Any) -> BuildWorld:
        """Settings for builds; keywords replace fields."""
        return BuildWorld(
            prefixes=self.store,
            packages=self.packages,
            stages=StageSettings(root=str(self.directory / "stages")),
            jobs=2,
            variable_settings=VariableSettings(
                managed=(str(self.directory / "stages"), self.store.root)
            ),
            hooks=HookSettings(sbang_root=self.store.root),
        )._replace(**changes)

    def installer(self, watch: Watch | None = None, **changes: Any) -> Installer:
        """An installer into the store."""
        return Installer(self.store, self.build_world(**changes), watch=watch)
