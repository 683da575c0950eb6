"""Facts about the machine are found out once, and again when what they were found from changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spack.host import libc, machine_facts, microarchitectures
from spack.host.machine_facts import NAME, KnownLibc, MachineFacts
from spack.language import targets


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """With everything that can be known of a machine with gcc."""
    facts = MachineFacts(str(tmp_path))
    facts.know_targets()
    facts.target()
    facts.libc_of(gcc())
    facts.own_libc()
    facts.supports("gcc", "12.2.0", "zen2")
    facts.save()
    return str(tmp_path)


def gcc() -> str:
    return str(shutil.which("gcc"))


def stored(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(folder, NAME).read_text())
    return found


def test_facts_are_those_of_the_machine(folder: str) -> None:
    found = libc.detect(gcc())
    assert found is not None
    for facts in (MachineFacts(folder), MachineFacts(None)):
        assert facts.target() == microarchitectures.detect()
        assert facts.libc_of(gcc()) == KnownLibc(*found)
        own = libc.of_interpreter()
        assert own is not None and facts.own_libc() == KnownLibc(*own)
        assert facts.supports("gcc", "12.2.0", "zen2")
        assert not facts.supports("gcc", "4.8.5", "zen4")
        assert facts.libc_of("/no/compiler") is None


def test_known_facts_need_neither_archspec_nor_a_compiler(folder: str, root: Path) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(root / "lib" / "spack")!r})
from spack.host.machine_facts import MachineFacts
from spack.host import microarchitectures
from spack.language import targets
facts = MachineFacts({folder!r})
facts.know_targets()
here = facts.target()
print(facts.libc_of({gcc()!r}).name, facts.own_libc().name, facts.supports("gcc", "12.2.0", "zen2"))
print(here in microarchitectures.candidates(here), targets.family(here), targets.describe("zen2"))
print("MODULES", *sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0
    said, _, loaded = done.stdout.partition("MODULES ")
    assert said.splitlines()[0] == "glibc glibc True"
    assert not {"archspec", "subprocess", "spack.host.libc"}.intersection(loaded.split())


def test_the_kept_taxonomy_is_that_of_archspec(folder: str) -> None:
    from archspec.cpu import TARGETS

    MachineFacts(folder).know_targets()
    known = targets.taxonomy()
    assert list(known) == list(TARGETS)
    for name, target in TARGETS.items():
        assert known[name].ancestors == [one.name for one in target.ancestors]
        assert known[name].parents == [one.name for one in target.parents]
        assert known[name].family == target.family.name
        assert known[name].generic == target.generic.name
        assert set(known[name].features) == target.features
        assert (known[name].vendor, known[name].generation) == (target.vendor, target.generation)


def test_a_changed_compiler_is_asked_again(tmp_path: Path) -> None:
    compiler = tmp_path / "cc"
    calls = tmp_path / "calls"
    compiler.write_text(f'#!/bin/sh\necho >> {calls}\nexec {gcc()} "$@"\n')
    compiler.chmod(0o755)
    os.utime(compiler, ns=(1, 1))

    def ask() -> int:
        facts = MachineFacts(str(tmp_path))
        facts.know_targets()
        assert facts.libc_of(str(compiler)) is not None
        facts.save()
        return len(calls.read_text().splitlines())

    assert ask() == ask() == 1
    os.utime(compiler, ns=(0, 0))
    assert ask() == ask() == 2


def test_another_processor_is_looked_at(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "zen3" if microarchitectures.detect() == "zen2" else "zen2"
    asked: list[int] = []
    monkeypatch.setattr(microarchitectures, "detect", lambda: asked.append(1) or other)
    assert MachineFacts(folder).target() != other and not asked
    cpuinfo = Path(folder, "cpuinfo")
    cpuinfo.write_text("processor : 0\nvendor_id : Other\ncpu MHz : 1.0\n\nprocessor : 1\n")
    monkeypatch.setattr(machine_facts, "_PROCESSORS", str(cpuinfo))
    assert MachineFacts(folder).target() == MachineFacts(folder).target() == other
    assert len(asked) == 1
    cpuinfo.write_text("processor : 0\nvendor_id : Other\ncpu MHz : 2.0\n\nprocessor : 1\n")
    assert MachineFacts(folder).target() == other and len(asked) == 1
    cpuinfo.unlink()
    assert MachineFacts(folder).target() == other and len(asked) == 2


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"source": 1}', '{"archspec": 3}'])
def test_a_damaged_file_is_as_good_as_none(folder: str, damage: str) -> None:
    whole = stored(folder)
    Path(folder, NAME).write_text(damage)
    facts = MachineFacts(folder)
    facts.know_targets()
    assert facts.target() == microarchitectures.detect()
    assert stored(folder)["taxonomy"] == whole["taxonomy"]


def test_another_archspec_is_asked_again(folder: str) -> None:
    data = stored(folder)
    data["archspec"][1][0] += 1
    data["taxonomy"] = {"zen2": ["AMD", "x86_64", "x86_64", [], 0, [], [], ""]}
    Path(folder, NAME).write_text(json.dumps(data))
    MachineFacts(folder).know_targets()
    assert len(targets.taxonomy()) > 1


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    facts = MachineFacts(str(tmp_path / "file" / "below"))
    facts.know_targets()
    assert facts.target() == microarchitectures.detect()
