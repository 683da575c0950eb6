"""The example of the quick start: created, built, activated, run; a second time without work."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.small_instance import ROOT, SHELLS, Instance

EXAMPLE = ROOT / "share" / "spack" / "examples" / "quickstart" / "spack.yaml"


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Instance:
    made = Instance(tmp_path_factory.mktemp("quickstart") / "instance", shared_cache)
    made.ok("env", "create", "quickstart", str(EXAMPLE))
    made.ok("-e", "quickstart", "install")
    return made


@pytest.mark.parametrize("shell", SHELLS)
def test_activate_and_run(shell: str, quickstart: Instance) -> None:
    result = quickstart.shell(
        shell,
        "dump before",
        "spack env activate quickstart",
        "heat2d --steps 20",
        "spack env deactivate",
        "dump after",
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert result.stdout.startswith("heat2d: 48 x 48 cells, 20 steps, ")
    assert len(result.stdout.splitlines()) == 26
    assert quickstart.dumped("after") == quickstart.dumped("before")


def test_a_second_time_without_work(quickstart: Instance) -> None:
    lock = quickstart.state / "var/spack/environments/quickstart/spack.lock"
    before = lock.stat().st_mtime_ns
    output = quickstart.ok("-e", "quickstart", "install")
    assert "Building" not in output
    assert "Concretized" not in output
    assert lock.stat().st_mtime_ns == before


def test_the_line_of_the_readme(tmp_path: Path, shared_cache: Path) -> None:
    lines = (ROOT / "README.rst").read_text().splitlines()
    commands = [line.strip()[2:] for line in lines if line.strip().startswith("$ ")]
    assert len(commands) == 2
    made = Instance(tmp_path / "instance", shared_cache)
    for expected in (True, False):
        result = made.shell("bash", f"cd '{ROOT}'", commands[0])
        assert result.returncode == 0, result.stdout + result.stderr
        assert "heat2d: 48 x 48 cells, 400 steps" in result.stdout
        assert ("Building heat2d" in result.stdout) is expected
    assert list((tmp_path / "instance" / "home").iterdir()) == []


def test_it_is_linked_with_its_own_libraries(quickstart: Instance) -> None:
    import subprocess

    prefix = quickstart.ok("location", "-i", "heat2d").strip()
    linked = subprocess.check_output(["ldd", f"{prefix}/bin/heat2d"], encoding="utf-8")
    for name in ("heat-grid", "heat-solver"):
        assert quickstart.ok("location", "-i", name).strip() in linked
