"""``spack doctor``, ``spack arch`` and ``spack debug`` through the launcher."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from spack.work.machine import doctor

from .conftest import Run
from .machine_with_tools import Machine


@pytest.fixture
def machine(root: Path, tmp_path: Path) -> Machine:
    return Machine(root, tmp_path / "m")


def findings(machine: Machine, code: int, **variables: str) -> list[dict[str, str]]:
    done = machine.run("doctor", "--json", **variables)
    assert done.returncode == code, done.stdout + done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def texts(found: list[dict[str, str]], status: str) -> str:
    return "\n".join(f["subject"] + ": " + f["text"] for f in found if f["status"] == status)


def test_a_new_instance_has_nothing_broken(machine: Machine) -> None:
    found = findings(machine, 0)
    assert {finding["subject"] for finding in found} >= {"python", "store", "locks", "space"} - {
        "store"
    }
    assert "file locks work" in texts(found, "fine")
    assert "no compiler is configured" in texts(found, "warning")
    shown = machine.ok("doctor")
    assert "do: spack compiler find" in shown
    assert "==> 0 broken" in shown.splitlines()[-1]
    assert "[ok]" not in machine.ok("doctor", "-q")
    assert not list(machine.state.rglob(".spack-doctor-*"))


def test_every_fault_is_told_with_what_to_do(machine: Machine) -> None:
    machine.program("cc/bin/fakecc", "fakecc 2.0")
    machine.ok("compiler", "find", str(machine.top / "cc"))
    machine.program("cc/bin/fakecc", "fakecc 2.1")
    settings = machine.state / "etc" / "spack"
    (settings / "config.yaml").write_text(
        "config:\n  install_tree: {root: /proc/nowhere/store}\n  locks: true\n"
    )
    (settings / "mirrors.yaml").write_text("mirrors:\n  a: {ulr: x}\n")
    (settings / "modules.yaml").write_text("modules: [")
    (settings / "repos.yaml").write_text(
        (settings / "repos.yaml").read_text() + "  gone: /nowhere/at/all\n"
    )
    found = findings(machine, 1, LD_LIBRARY_PATH="/somewhere")
    broken = texts(found, "broken")
    assert "configuration: " in broken and "mirrors.yaml:2:" in broken
    assert "repository gone cannot be read" in broken
    assert "fakecc@2.0: " in broken
    assert "/proc/nowhere/store" in broken
    assert "LD_LIBRARY_PATH is set" in texts(found, "warning")
    assert all(finding["advice"] for finding in found if finding["status"] != "fine")


def test_a_note_on_the_configuration_is_told_once(machine: Machine) -> None:
    settings = machine.state / "etc" / "spack"
    (settings / "config.yaml").write_text("config: {installer: old}\n")
    (settings / "packges.yaml").write_text("packages: {}\n")
    (settings / "packages.yaml").unlink(missing_ok=True)
    done = machine.run("doctor")
    shown = done.stdout + done.stderr
    assert shown.count("config:installer is ignored") == 1
    assert shown.count("packges.yaml is not read") == 1


def test_locks_that_lock_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_other_process_locks", lambda path: True)
    found = list(doctor._locking(str(tmp_path), True))
    assert found[0].status == doctor.BROKEN
    assert "two processes get the same lock" in found[0].text
    monkeypatch.setattr(doctor, "_other_process_locks", lambda path: False)
    assert "is not released" in next(iter(doctor._locking(str(tmp_path), True))).text
    assert os.listdir(tmp_path) == []


def test_a_compiler_that_makes_nothing(tmp_path: Path) -> None:
    program = tmp_path / "cc"
    program.write_text("#!/bin/sh\necho 'no licence' >&2\nexit 1\n")
    program.chmod(0o755)
    assert "no licence" in doctor._compile_fault(str(program))
    program.write_text('#!/bin/sh\nprintf "#!/bin/sh\\nexit 3\\n" > "$3"; chmod +x "$3"\n')
    assert "do not run" in doctor._compile_fault(str(program))


def test_views_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "view" / "bin").mkdir(parents=True)
    assert doctor._dangling(str(tmp_path / "view")) == ""
    (tmp_path / "view" / "bin" / "own").symlink_to("not-there")
    assert doctor._dangling(str(tmp_path / "view")) == ""
    (tmp_path / "view" / "bin" / "x").symlink_to("/nowhere/bin/x")
    assert doctor._dangling(str(tmp_path / "view")) == "/nowhere/bin/x"


def test_arch(spack: Run) -> None:
    whole = spack("arch").stdout.strip()
    platform, system, target = whole.split("-", 2)
    assert spack("arch", "-p").stdout.strip() == platform
    assert spack("arch", "-o").stdout.strip() == system
    assert spack("arch", "-t").stdout.strip() == target
    assert spack("arch", "-f").stdout.strip() == whole
    assert spack("arch", "--backend", "-p").stdout.strip() == platform
    family = spack("arch", "--family", "-t").stdout.strip()
    assert spack("arch", "-g").stdout.strip().startswith(f"{platform}-{system}-{family}")
    known = spack("arch", "--known-targets").stdout
    assert "    zen3\n" in known and "\naarch64\n" in "\n" + known
    assert spack("arch", "-p", "-o").returncode == 2


def test_debug_report(spack: Run) -> None:
    shown = spack("debug", "report").stdout
    for name in ("Spack", "Python", "Platform", "Libraries", "Store", "Scopes"):
        assert f"* **{name}:** " in shown
    assert "clingo" in shown


def test_a_fault_that_stops_other_checks_is_told_of_once(machine: Machine) -> None:
    settings = machine.state / "etc" / "spack"
    (settings / "config.yaml").write_text("config: {bild_jobs: 3}\n")
    found = findings(machine, 1)
    assert texts(found, "broken").count("bild_jobs") == 1
    unchecked = [finding for finding in found if finding["text"] == "not checked"]
    assert {"compilers", "space"} <= {finding["subject"] for finding in unchecked}
    (settings / "config.yaml").write_text("config: [\n")
    lines = machine.run("doctor").stdout.splitlines()
    assert all(line.startswith(("[", "     ", "==>")) for line in lines)
