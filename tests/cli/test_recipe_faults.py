"""Faults of recipes that commands survive, and words for those that they do not."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import pytest

from .machine_with_tools import Machine

MOODY = '''class Moody(Package):
    """Says something wrong to its users."""

    has_code = False
    version("1.0")

    def install(self, spec, prefix):
        mkdirp(prefix.bin)

    def setup_run_environment(self, env):
        env.set("MOODY_HOME", self.prefix)
        raise RuntimeError("cannot locate my files")

    def setup_dependent_run_environment(self, env, dependent_spec):
        raise RuntimeError("cannot serve others")
'''

USER = '''class User(Package):
    """Is run with it."""

    has_code = False
    version("1.0")
    depends_on("moody", type="run")

    def install(self, spec, prefix):
        mkdirp(prefix.bin)

    def setup_run_environment(self, env):
        env.set("USER_HOME", self.prefix)
'''


@pytest.fixture
def machine(root: Path, tmp_path: Path) -> Machine:
    machine = Machine(root, tmp_path / "m")
    machine.recipe("moody", MOODY)
    machine.recipe("user", USER)
    return machine


def test_a_fault_in_what_users_are_told_is_a_warning_with_its_place(machine: Machine) -> None:
    place = machine.repository / "packages" / "moody" / "package.py"
    line = (place.read_text().splitlines().index('        env.set("MOODY_HOME", self.prefix)')) + 2
    told = f"{place}:{line}: setup_run_environment of moody@1.0 failed"
    machine.ok("env", "create", "e")
    machine.ok("-e", "e", "add", "user")
    machine.ok("-e", "e", "concretize")
    done = machine.run("-e", "e", "install")
    assert done.returncode == 0, done.stderr
    assert told in done.stderr
    assert "setup_dependent_run_environment of moody@1.0 failed" in done.stderr
    active = machine.run("env", "activate", "--sh", "e")
    assert active.returncode == 0, active.stderr
    assert "USER_HOME" in active.stdout and "MOODY_HOME" in active.stdout
    loaded = machine.run("load", "--sh", "user")
    assert loaded.returncode == 0 and told in loaded.stderr
    assert "USER_HOME" in loaded.stdout


def test_a_fault_is_told_once_and_may_end_the_process(machine: Machine) -> None:
    """``tty.die`` of a recipe, and what several loaded packages meet."""
    machine.recipe("moody", MOODY.replace('raise RuntimeError("cannot l', 'tty.die("cannot l'))
    for name in ("second", "third"):
        machine.recipe(name, USER.replace("User", name.capitalize()).replace('"moody"', '"user"'))
    machine.ok("install", "third", "second")
    loaded = machine.run("load", "--sh", "third", "second")
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stderr.count("setup_run_environment of moody@1.0 failed") == 1
    assert "USER_HOME" in loaded.stdout and "MOODY_HOME" in loaded.stdout


def test_what_is_installed_is_loaded_without_its_recipe(machine: Machine) -> None:
    machine.ok("install", "user")
    with_recipe = machine.ok("load", "--sh", "user")
    for name in ("user", "moody"):
        (machine.repository / "packages" / name / "package.py").unlink()
        (machine.repository / "packages" / name).rmdir()
    loaded = machine.run("load", "--sh", "user")
    assert "the recipe of user@1.0 adds nothing to the environment" in loaded.stderr
    lines = [line for line in with_recipe.splitlines() if "_HOME=" not in line]
    assert loaded.stdout.splitlines() == lines and any("PATH=" in line for line in lines)


def test_a_fault_that_concerns_a_build_stops_it(machine: Machine) -> None:
    machine.recipe("user", USER.replace("setup_run_environment", "setup_build_environment", 1))
    place = machine.repository / "packages" / "user" / "package.py"
    place.write_text(place.read_text().replace("self.prefix)", "self.nothing)"))
    done = machine.run("install", "user")
    assert done.returncode != 0
    assert f"{place}:" in done.stderr and "setup_build_environment" in done.stderr


@pytest.mark.parametrize(
    "method", ["install(self, spec, prefix)", "setup_build_environment(self, env)"]
)
def test_a_recipe_that_ends_the_process_is_told_without_a_stack(
    machine: Machine, method: str
) -> None:
    machine.recipe(
        "plain",
        f'''class Plain(Package):
    """Gives up."""

    has_code = False
    version("1.0")

    def {method}:
        tty.die("there is no way on")
''',
    )
    done = machine.run("install", "plain")
    assert done.returncode == 1
    assert "plain@1.0" in done.stderr and "there is no way on" in done.stderr
    assert "Traceback" not in done.stderr and "SystemExit" not in done.stderr


MOVED = '''class Moved(Package):
    """Moves its source to where its build wants it."""

    url = "file://{archive}"
    version("1.0", sha256="{digest}")

    def do_stage(self, mirror_only=False):
        super().do_stage(mirror_only)
        if os.path.exists(join_path(self.stage.source_path, "1.0")):
            os.rename(join_path(self.stage.source_path, "1.0"), self.wanted)

    @property
    def wanted(self):
        return join_path(self.stage.path, "gopath")

    def install(self, spec, prefix):
        mkdirp(prefix)
        install(join_path(self.wanted, "file"), prefix)
'''


def test_a_recipe_rearranges_its_source_where_it_is_staged(machine: Machine) -> None:
    """As public recipes do that need another tree than their archive has."""
    source = machine.top / "moved-1.0" / "1.0"
    source.mkdir(parents=True)
    (source / "file").write_text("here\n")
    archive = machine.top / "moved-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(source.parent, "moved-1.0")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    machine.recipe("moved", MOVED.format(archive=archive, digest=digest))
    machine.ok("stage", "-p", str(machine.top / "stages"), "moved")
    assert [path.read_text() for path in machine.top.glob("stages/**/gopath/file")] == ["here\n"]
    machine.ok("install", "moved")
    prefix = machine.ok("location", "-i", "moved").strip()
    assert (Path(prefix) / "file").read_text() == "here\n"
