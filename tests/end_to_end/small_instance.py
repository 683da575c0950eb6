"""An instance with a repository of a few C packages, driven through the real launcher.

The packages are built by the gcc of the machine in a moment; nothing needs the network. The
compiler is configured, so that it is not looked for again by each test.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.clone import ROOT, SPACK, warm

#: Shells and how they are started without the user's files.
SHELLS: dict[str, tuple[str, ...]] = {
    "bash": ("bash", "--norc", "--noprofile"),
    "zsh": ("zsh", "-f"),
    "fish": ("fish", "-N"),
    "tcsh": ("tcsh", "-f"),
}

SOURCES: dict[str, dict[str, str]] = {
    "answer": {
        "answer.h": "int answer(void);\n",
        "answer.c": '#include "answer.h"\nint answer(void) { return NUMBER; }\n',
    },
    "asker": {
        "asker.c": "#include <answer.h>\n#include <stdio.h>\n"
        'int main(void) { printf("the answer is %d\\n", answer()); return 0; }\n',
        "Makefile": "asker: asker.c\n\t$(CC) -o $@ $< -lanswer\n\n"
        "install: asker\n\tmkdir -p $(PREFIX)/bin\n\tcp asker $(PREFIX)/bin/\n",
    },
    "broken": {"broken.c": "#include <not-there.h>\nint main(void) { return 0; }\n"},
    "tampered": {"file": "as it is now\n"},
}

HEADER = """\
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


"""

RECIPES: dict[str, str] = {
    "answer": '''
class Answer(Package):
    """A library that knows a number."""

    homepage = "https://example.org/answer"
    url = "file://{archive}"
    maintainers("deepthought")
    tags = ["numbers"]

    version("2.0", sha256="{sha256}", url="file://{archive}")
    version("1.0", sha256="{sha256}", url="file://{archive}")

    variant("shared", default=True, description="Build a shared library")
    variant("mode", default="fast", values=("fast", "slow"), description="How to think")

    provides("oracle")
    depends_on("c", type="build")
    conflicts("mode=slow", when="@1.0", msg="version 1.0 is always fast")

    def install(self, spec, prefix):
        mkdirp(prefix.lib, prefix.include)
        flags = ["-DNUMBER={{0}}".format(42 if spec.satisfies("@2:") else 41), "-fPIC"]
        compiler = Executable(spack_cc)
        if spec.satisfies("+shared"):
            compiler(*flags, "-shared", "answer.c", "-o", prefix.lib.join("libanswer.so"))
        else:
            compiler(*flags, "-c", "answer.c")
            Executable("ar")("rcs", prefix.lib.join("libanswer.a"), "answer.o")
        install("answer.h", prefix.include)
''',
    "asker": '''
class Asker(Package):
    """A program that prints what the library knows."""

    url = "file://{archive}"
    version("1.0", sha256="{sha256}")
    variant("loud", default=False, description="Shout")
    depends_on("c", type="build")
    depends_on("gmake", type="build")
    depends_on("answer")

    def install(self, spec, prefix):
        make("install", "PREFIX={{0}}".format(prefix))

    def setup_run_environment(self, env):
        env.set("ASKER_HOME", self.prefix)
''',
    "broken": '''
class Broken(Package):
    """Fails to compile."""

    url = "file://{archive}"
    version("1.0", sha256="{sha256}")
    depends_on("c", type="build")

    def install(self, spec, prefix):
        mkdirp(prefix.lib)
        Executable(spack_cc)("broken.c", "-o", prefix.lib.broken)
''',
    "needs-broken": '''
class NeedsBroken(Package):
    """Needs what cannot be built."""

    has_code = False
    version("1.0")
    depends_on("broken")

    def install(self, spec, prefix):
        touch(prefix.used)
''',
    "tampered": '''
class Tampered(Package):
    """Its source is not what it was."""

    url = "file://{archive}"
    version("1.0", sha256="0000000000000000000000000000000000000000000000000000000000000000")

    def install(self, spec, prefix):
        install("file", prefix)
''',
    "absent": '''
class Absent(Package):
    """Its source is nowhere."""

    url = "file:///nowhere/absent-1.0.tar.gz"
    version("1.0", sha256="1111111111111111111111111111111111111111111111111111111111111111")

    def install(self, spec, prefix):
        touch(prefix.file)
''',
    "picky": '''
class Picky(Package):
    """Wants the old answer."""

    has_code = False
    version("1.0")
    depends_on("answer@1.0")

    def install(self, spec, prefix):
        touch(prefix.file)
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
    "sleeper": '''
class Sleeper(Package):
    """Installs one file, sleeps, installs another."""

    has_code = False
    version("1.0")
    depends_on("asker")

    def install(self, spec, prefix):
        import os
        import time

        touch(prefix.begun)
        awake = os.environ.get("SLEEPER_WAKES", "/nowhere")
        while not os.path.exists(awake):
            time.sleep(0.05)
        touch(prefix.finished)
''',
}


@functools.cache
def compilers() -> str:
    """Configuration of the compiler and make of the machine; skips where there is none."""
    programs = {"c": "gcc", "cxx": "g++", "fortran": "gfortran"}
    paths = {language: shutil.which(name) for language, name in programs.items()}
    if paths["c"] is None or paths["cxx"] is None or shutil.which("make") is None:
        pytest.skip("needs gcc, g++ and make")
    version = subprocess.check_output(["gcc", "-dumpfullversion"], encoding="utf-8").strip()
    words = "c,c++" + (",fortran" if paths["fortran"] else "")
    found = "".join(f"          {k}: {v}\n" for k, v in paths.items() if v)
    make = subprocess.check_output(["make", "--version"], encoding="utf-8").split()[2]
    return (
        f"packages:\n  gcc:\n    externals:\n    - spec: gcc@{version} languages:='{words}'\n"
        f"      prefix: /usr\n      extra_attributes:\n        compilers:\n{found}"
        f"  gmake:\n    buildable: false\n    externals:\n    - spec: gmake@{make}\n"
        "      prefix: /usr\n"
    )


def make_repository(directory: Path) -> Path:
    """Write recipes and archives below a directory; the folder that holds ``repo.yaml``."""
    root = directory / "spack_repo" / "small"
    (root / "packages").mkdir(parents=True)
    (root / "repo.yaml").write_text("repo:\n  namespace: small\n  api: v2.2\n")
    for name, recipe in RECIPES.items():
        archive = directory / f"{name}-1.0.tar.gz"
        digest = ""
        if name in SOURCES:
            tree = directory / "sources" / f"{name}-1.0"
            tree.mkdir(parents=True)
            for file, text in SOURCES[name].items():
                (tree / file).write_text(text)
            with tarfile.open(str(archive), "w:gz") as stream:
                stream.add(str(tree), arcname=tree.name)
            digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        folder = root / "packages" / name.replace("-", "_")
        folder.mkdir()
        text = recipe.format(archive=archive, sha256=digest).lstrip("\n")
        (folder / "package.py").write_text(HEADER + text)
    return root


class Instance:
    """A state directory of its own below ``directory`` and what runs commands in it.

    Args:
        repository: the recipes that come before the embedded ones; None for the embedded alone.
        cache: what may be shared with other instances (records of recipes).
    """

    def __init__(
        self, directory: Path, cache: Path, repository: Path | None = None, config: str = ""
    ) -> None:
        self.directory = directory
        self.started: list[subprocess.Popen[str]] = []
        self.state = directory / "state"
        self.stages = directory / "stages"
        self.config = self.state / "etc" / "spack"
        self.cwd = directory / "cwd"
        for folder in (self.config, self.cwd, directory / "home"):
            folder.mkdir(parents=True)
        warm(self.state)
        (self.config / "config.yaml").write_text(
            f"config:\n  build_stage:: ['{self.stages}']\n  build_jobs: 2\n"
        )
        (self.config / "packages.yaml").write_text(compilers())
        (self.config / "mirrors.yaml").write_text("mirrors:: {}\n")
        if repository is not None:
            (self.config / "repos.yaml").write_text(f"repos:\n  small: {repository}\n")
        self.variables = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(directory / "home"),
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
            "NO_COLOR": "1",
            "SPACK_PYTHON": sys.executable,
            "SPACK_STATE_DIR": str(self.state),
            "SPACK_USER_CACHE_PATH": str(cache),
            "SPACK_DISABLE_LOCAL_CONFIG": "1",
        }

    def __call__(
        self,
        *words: str,
        variables: Mapping[str, str] | None = None,
        stdin: str = "",
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run one command."""
        return subprocess.run(
            [str(SPACK), *words],
            cwd=str(cwd or self.cwd),
            env={**self.variables, **(variables or {})},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
        )

    def ok(self, *words: str, **kwargs: object) -> str:
        """Run one command that must succeed; what it prints."""
        result = self(*words, **kwargs)  # type: ignore[arg-type]
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def fails(self, *words: str, **kwargs: object) -> str:
        """Run one command that must fail with one clear error; the error."""
        result = self(*words, **kwargs)  # type: ignore[arg-type]
        assert result.returncode in (1, 2, 3), result.stdout + result.stderr
        assert "Traceback" not in result.stdout + result.stderr
        errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, result.stderr
        return result.stderr

    def start(
        self, *words: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        process = subprocess.Popen(
            [str(SPACK), *words],
            cwd=str(self.cwd),
            env={**self.variables, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """Kill what a test that failed left running."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()

    def shell(
        self, shell: str, *lines: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Source the set-up file in a shell and run lines; ``dump FILE`` writes the variables."""
        command = SHELLS[shell]
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        extension = {"fish": "fish", "tcsh": "csh"}.get(shell, "sh")
        word = "." if extension == "sh" else "source"
        script = self.directory / f"script.{extension}"
        text = [f'{word} "{ROOT}/share/spack/setup-env.{extension}"']
        for line in lines:
            if line.startswith("dump "):
                line = f'/usr/bin/env -0 > "{self.directory}/{line[5:]}"'
            text.append(line)
        script.write_text("\n".join(text) + "\n")
        return subprocess.run(
            [*command, str(script)],
            cwd=str(self.cwd),
            env={**self.variables, "SPACK_ROOT": str(ROOT), **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )

    def dumped(self, name: str) -> dict[str, str]:
        """Variables that a shell wrote, without those that shells keep themselves."""
        data = (self.directory / name).read_bytes().decode()
        pairs = (item.partition("=") for item in data.split("\0") if item)
        own = ("_", "SHLVL", "PWD", "OLDPWD")
        return {key: value for key, _, value in pairs if key not in own}

    def installed(self) -> list[str]:
        """Names of what find lists, externals left out."""
        shown = self.ok("-E", "find", "--format", "{name} {prefix}").split("\n")
        pairs = [line.split() for line in shown if line]
        return sorted(name for name, prefix in pairs if prefix.startswith(str(self.state)))

    def store(self) -> list[str]:
        """Every file of the store that is no lock, bookkeeping of the database apart."""
        root = self.state / "opt" / "spack"
        return sorted(
            str(path.relative_to(root)) for path in root.glob("*/*") if ".spack-db" not in str(path)
        )
