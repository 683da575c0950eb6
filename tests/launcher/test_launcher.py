"""``bin/spack``: which Python it takes, how it makes a private one, what it says when it cannot.

The environments are made by a real ``python3 -m venv``, but with a ``pyproject.toml`` that names
one package which a test builds by hand: no test needs the network.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

PROJECT = """\
[project]
dependencies = [
  "tiny-dependency>=1",
]

[project.optional-dependencies]
test = [
  "tiny-dependency",
]
"""

ENTRY = """\
def main():
    import os, site, sys
    site.main()
    import tiny_dependency
    print(tiny_dependency.NAME, *sys.argv[1:])
    return 0
"""


class Clone:
    """A copy of the launcher with a tiny program behind it."""

    def __init__(self, top: Path, root: Path) -> None:
        self.top = top
        self.path = top / "a clone"
        (self.path / "bin").mkdir(parents=True)
        cli = self.path / "lib" / "spack" / "spack" / "cli"
        cli.mkdir(parents=True)
        shutil.copy(root / "bin" / "spack", self.path / "bin")
        for name in ("launch.py", "private_python.py"):
            shutil.copy(root / "lib" / "spack" / name, self.path / "lib" / "spack")
        (self.path / "pyproject.toml").write_text(PROJECT)
        (cli / "__init__.py").touch()
        (cli.parent / "__init__.py").touch()
        (cli / "main.py").write_text(ENTRY)
        (cli / "program_image.py").write_text("def keep(image, root): pass\n")
        self.wheels = top / "wheels"
        self.wheels.mkdir()
        make_wheel(self.wheels)
        self.variables: dict[str, str] = {
            "PATH": f"{Path(sys.executable).resolve().parent}:{os.environ['PATH']}",
            "HOME": str(top / "home"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "SPACK_DISABLE_LOCAL_CONFIG": "1",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.path / "bin" / "spack"), *arguments],
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        output, errors = process.communicate()
        return subprocess.CompletedProcess([], process.returncode, output, errors)

    def environments(self, state: Path | None = None) -> list[Path]:
        folder = (state or self.path) / "var" / "spack" / "python"
        return sorted(folder.glob("env-*")) if folder.exists() else []


def make_wheel(folder: Path) -> None:
    """The package that stands for all dependencies."""
    info = "tiny_dependency-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny_dependency-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_dependency.py", "NAME = 'tiny'\n")
        metadata = "Metadata-Version: 2.1\nName: tiny-dependency\nVersion: 1.0\n"
        wheel.writestr(f"{info}/METADATA", metadata)
        tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{info}/WHEEL", tags)
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def clone(tmp_path: Path, root: Path) -> Clone:
    return Clone(tmp_path, root)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Clone:
    """A clone that was started: tests leave it as it is, but for files of their own beside it."""
    clone = Clone(tmp_path_factory.mktemp("started"), root)
    assert clone.run("x").stdout == "tiny x\n"
    return clone


def only_programs(folder: Path, *names: str) -> str:
    """A PATH with nothing but some programs of this machine."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return str(folder)


def test_the_first_start_makes_an_environment_and_the_second_uses_it(clone: Clone) -> None:
    first = clone.run("a", "b c")
    assert (first.returncode, first.stdout) == (0, "tiny a b c\n")
    assert first.stderr.count("\n") == 1
    second = clone.run("a")
    assert (second.stdout, second.stderr) == ("tiny a\n", "")
    assert len(clone.environments()) == 1


def test_two_first_starts_at_once_make_one_working_environment(clone: Clone) -> None:
    processes = [clone.start(str(number)) for number in range(3)]
    results = [process.communicate()[0] for process in processes]
    assert results == ["tiny 0\n", "tiny 1\n", "tiny 2\n"]
    assert len(clone.environments()) == 1


@pytest.mark.parametrize("delay", [0.05, 0.4, 1.2])
def test_a_kill_in_the_middle_is_repaired_by_the_next_start(clone: Clone, delay: float) -> None:
    process = clone.start()
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert clone.run("x").stdout == "tiny x\n"
    assert len(clone.environments()) == 1


def test_changed_dependencies_make_a_new_environment(clone: Clone) -> None:
    clone.run()
    (old,) = clone.environments()
    project = clone.path / "pyproject.toml"
    later = time.time() + 100
    os.utime(project, (later, later))
    assert clone.run().stderr == ""
    assert clone.environments() == [old]
    project.write_text(PROJECT.replace(">=1", ">=0.5"))
    os.utime(project, (later + 100, later + 100))
    assert "Preparing" in clone.run().stderr
    assert clone.run().stderr == ""
    assert old not in clone.environments()[-1:] or len(clone.environments()) == 2


def test_a_read_only_clone_works_with_a_state_directory(clone: Clone) -> None:
    state = clone.top / "state"
    clone.variables["SPACK_STATE_DIR"] = str(state)
    assert clone.run("x").stdout == "tiny x\n"
    assert clone.environments() == []
    assert len(clone.environments(state)) == 1
    assert not list(clone.path.rglob("__pycache__"))


def test_a_relative_state_directory_counts_from_the_working_directory(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clone.top)
    clone.variables["SPACK_STATE_DIR"] = "near"
    show = "def main():\n    import os\n    print(os.environ['SPACK_STATE_DIR'])\n"
    (clone.path / "lib" / "spack" / "spack" / "cli" / "main.py").write_text(show)
    assert clone.run().stdout == f"{clone.top}/near\n"
    assert len(clone.environments(clone.top / "near")) == 1


def test_a_place_that_cannot_be_written_is_one_clear_error(clone: Clone) -> None:
    clone.variables["SPACK_STATE_DIR"] = "/proc/nowhere"
    result = clone.run()
    assert result.returncode == 1
    assert "Error: cannot prepare /proc/nowhere" in result.stderr
    assert "SPACK_STATE_DIR" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("unprivileged")
def test_the_private_python_of_another_user(clone: Clone) -> None:
    assert clone.run().stdout == "tiny\n"
    private = clone.path / "var" / "spack" / "python"
    (environment,) = clone.environments()
    program = environment / "bin" / "python"
    real, far = os.readlink(program), clone.top / "home of its owner" / "deep" / "python"
    far.parent.mkdir(parents=True)
    far.symlink_to(real)

    def refused() -> str:
        result = clone.run()
        assert result.returncode == 1 and result.stdout == ""
        first, second = result.stderr.splitlines()
        assert first.startswith("Error: the private Python of this instance cannot be used: ")
        assert "SPACK_STATE_DIR" in second and "SPACK_PYTHON" in second
        return first

    locked = [environment, environment / "bin", private]
    try:
        program.unlink()
        shutil.copy(real, clone.top / "copy")
        (clone.top / "copy").chmod(0o600)
        program.symlink_to(clone.top / "copy")
        for place in locked:
            place.chmod(0o500)
        (private / "lock").chmod(0o400)
        assert f"{clone.top}/copy cannot be run by you" in refused()
        (clone.top / "copy").chmod(0o700)
        (clone.top / "copy").rename(far.parent / "copy")
        environment.chmod(0o700), (environment / "bin").chmod(0o700)
        program.unlink()
        program.symlink_to(far.parent / "copy")
        far.parent.parent.chmod(0o600)
        assert f"{far.parent.parent} cannot be entered by you" in refused()
        far.parent.parent.chmod(0o700)
        private.chmod(0o000)
        assert f"{private} is not readable" in refused()
        private.chmod(0o500)
        (clone.path / "pyproject.toml").write_text(PROJECT.replace(">=1", ">=0.5"))
        program.unlink()
        program.symlink_to(real)
        assert "made again by its owner" in refused()
    finally:
        for place in (far.parent.parent, private, *locked):
            place.chmod(0o700)


def test_packages_that_cannot_be_had_are_one_clear_error(clone: Clone) -> None:
    shutil.rmtree(clone.wheels)
    clone.wheels.mkdir()
    result = clone.run()
    assert result.returncode == 1
    assert "pip could not get the Python packages" in result.stderr
    assert "PIP_FIND_LINKS" in result.stderr
    assert clone.environments() == []


def test_no_python_is_one_clear_error(clone: Clone) -> None:
    clone.variables["PATH"] = only_programs(clone.top / "bin", "sh")
    result = clone.run()
    assert result.returncode == 1
    assert "no Python 3.9 or newer" in result.stderr
    for family in ("apt-get install", "dnf install", "zypper install"):
        assert family in result.stderr


def test_an_old_python_is_passed_over(clone: Clone) -> None:
    folder = clone.top / "bin"
    clone.variables["PATH"] = only_programs(folder, "sh")
    (folder / "python3").write_text("#!/bin/sh\nexit 1\n")
    (folder / "python3").chmod(0o755)
    (folder / "python3.11").symlink_to(Path(sys.executable).resolve())
    assert clone.run("x").stdout == "tiny x\n"


def test_a_python_without_venv_is_one_clear_error(clone: Clone) -> None:
    folder = clone.top / "bin"
    clone.variables["PATH"] = only_programs(folder, "sh")
    broken = "import sys; sys.modules['ensurepip'] = None; import runpy; sys.argv = sys.argv[2:]; "
    broken += "runpy.run_path(sys.argv[0], run_name='__main__')"
    python = Path(sys.executable).resolve()
    (folder / "python3").write_text(
        f'#!/bin/sh\n[ "$1" = -c ] && exec "{python}" "$@"\nexec "{python}" -c "{broken}" "$@"\n'
    )
    (folder / "python3").chmod(0o755)
    result = clone.run()
    assert result.returncode == 1
    assert "no module 'ensurepip'" in result.stderr
    assert "python3-venv" in result.stderr


def test_spack_python_is_used_as_it_is(clone: Clone) -> None:
    (clone.path / "lib" / "spack" / "tiny_dependency.py").write_text("NAME = 'own'\n")
    clone.variables["SPACK_PYTHON"] = sys.executable
    assert clone.run("x").stdout == "own x\n"
    assert clone.environments() == []
    clone.variables["SPACK_PYTHON"] = "/nowhere/python"
    result = clone.run()
    assert (result.returncode, "names /nowhere/python" in result.stderr) == (1, True)
    link = clone.path.parent / "linked-python"
    link.symlink_to("/nowhere/python")
    clone.variables["SPACK_PYTHON"] = str(link)
    assert "leads to /nowhere/python, which this user cannot run" in clone.run().stderr


def test_a_symbolic_link_to_the_launcher_works(started: Clone) -> None:
    link = started.top / "links" / "spack"
    link.parent.mkdir()
    link.symlink_to(Path("..") / "a clone" / "bin" / "spack")
    output = subprocess.run([str(link), "x"], env=started.variables, stdout=subprocess.PIPE)
    assert output.stdout == b"tiny x\n"


def test_the_users_python_variables_do_not_matter(
    started: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    (started.top / "bad").mkdir()
    (started.top / "bad" / "os.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.setitem(started.variables, "PYTHONPATH", str(started.top / "bad"))
    monkeypatch.setitem(started.variables, "PYTHONHOME", "/nowhere")
    assert started.run("x").stdout == "tiny x\n"


def test_a_warm_start_runs_no_other_program(started: Clone) -> None:
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    trace = started.top / "trace"
    command = ["strace", "-f", "-e", "trace=execve", "-o", str(trace)]
    subprocess.run(
        [*command, str(started.path / "bin" / "spack")],
        env=started.variables,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    succeeded = [line for line in trace.read_text().splitlines() if line.endswith(" = 0")]
    assert len(succeeded) == 2


def test_the_real_project_file_is_understood(root: Path) -> None:
    text = (root / "pyproject.toml").read_text()
    program = (
        "import runpy, sys; module = runpy.run_path(sys.argv[1]);"
        "print(*module['requirements'](sys.stdin.read(), sys.argv[2]), sep='\\n')"
    )
    for group in ("", "test"):
        found = subprocess.run(
            [sys.executable, "-c", program, str(root / "lib/spack/private_python.py"), group],
            input=text,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        ).stdout.split()
        assert {"archspec", "clingo", "jinja2", "jsonschema", "ruamel.yaml"} <= {
            name.partition(">=")[0] for name in found
        }
        assert any(name.startswith("pytest") for name in found) == bool(group)
