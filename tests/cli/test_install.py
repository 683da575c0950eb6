"""``spack install`` and ``spack uninstall`` through the launcher."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.end_to_end.small_instance import Instance


def test_install_twice(instance: Instance) -> None:
    shown = instance.ok("install", "asker")
    assert "Installed asker@1.0/" in shown
    prefix = Path(instance.ok("location", "-i", "asker").strip())
    assert subprocess.check_output([str(prefix / "bin/asker")]) == b"the answer is 42\n"
    assert (prefix / ".spack" / "spec.json").exists()
    assert list(instance.stages.glob("*/spack-stage-*")) == []
    again = instance.ok("install", "asker")
    assert "Building" not in again and again.endswith("installed already\n==> Nothing to do\n")
    assert "Building asker" in instance.ok("install", "-y", "--overwrite", "asker")
    assert instance.installed().count("asker") == 1


def test_options(instance: Instance) -> None:
    instance.ok("install", "--only", "dependencies", "asker")
    assert "asker" not in instance.installed()
    assert "answer" in instance.installed()
    instance.ok("install", "--only", "package", "-j1", "-v", "asker")
    assert "asker" in instance.installed()
    instance.ok("install", "--fake", "answer@1.0")
    assert instance.installed().count("answer") == 2
    assert "no specs given" in instance.fails("install")
    assert "at least 1" in instance.fails("install", "-j0", "asker")


def test_verbose_shows_the_build(instance: Instance) -> None:
    assert "-lanswer" in instance.ok("install", "-v", "asker")


def test_a_checksum_may_be_passed_over_on_demand(instance: Instance) -> None:
    instance.ok("install", "--no-checksum", "tampered")
    assert "tampered" in instance.installed()


def test_a_spec_in_an_environment_becomes_a_root(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "install", "answer@1.0")
    place = instance.state / "var/spack/environments/e"
    assert "- answer@1.0" in (place / "spack.yaml").read_text()
    lock = json.loads((place / "spack.lock").read_text())
    assert [root["spec"] for root in lock["roots"]] == ["answer@1.0"]
    assert (place / ".spack-env/view/lib/libanswer.so").exists()
    instance.ok("-e", "e", "install", "--add", "asker")
    assert "- asker" in (place / "spack.yaml").read_text()
    before = (place / "spack.yaml").read_text()
    instance.fails("-e", "e", "install", "--no-add", "answer~shared mode=slow")
    instance.ok("-e", "e", "install", "answer@1.0")
    assert (place / "spack.yaml").read_text() == before


def test_a_failure_in_an_environment_keeps_what_was_built(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "asker", "needs-broken")
    assert "not-there.h" in instance.fails("-e", "e", "install")
    assert "asker" in instance.installed()
    assert "broken" not in instance.installed()


def test_uninstall(instance: Instance) -> None:
    instance.ok("install", "asker", "answer@1.0")
    assert "2 installed specs match answer" in instance.fails("uninstall", "-y", "answer")
    assert "is needed by" in instance.fails("uninstall", "-y", "answer@2.0")
    assert "-y" in instance.fails("uninstall", "answer@1.0")
    assert "nothing installed matches sleeper" in instance.fails("uninstall", "-y", "sleeper")
    assert "needs specs" in instance.fails("uninstall")
    assert instance.installed().count("answer") == 2
    prefix = Path(instance.ok("location", "-i", "answer@1.0").strip())
    instance.ok("uninstall", "-y", "answer@1.0")
    assert not prefix.exists()
    instance.ok("uninstall", "-y", "--dependents", "answer")
    assert instance.installed() == ["compiler-wrapper", "gcc-runtime"]
    instance.ok("uninstall", "-y", "--all")
    assert instance.installed() == []
    assert not [path for path in instance.store() if path.startswith("linux-")]


def test_binaries_alone_need_a_mirror_that_has_them(instance: Instance) -> None:
    assert "no mirror with binaries" in instance.fails("install", "--cache-only", "answer")
    instance.ok("install", "--fake", "--use-cache", "answer")
