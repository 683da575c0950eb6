"""Compilers, externals and checks of a machine, from hand-made parts: there is no instance."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cli.machine_with_tools import Tools
from tests.work.hand_made import Parts, repositories

from spack.host.architecture import HostDescription
from spack.store.store import Store
from spack.system.terminal.output import Reporter
from spack.work.machine import compilers, doctor, externals, settings_edits


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path / "tools")


def parts_of(tools: Tools, sections: Mapping[str, Any] = {}) -> Parts:
    """Parts that see the programs of some tools, and their recipes."""
    return Parts(
        tools.top / "scope",
        sections,
        repositories=repositories(tools.repository),
        variables={"PATH": str(tools.top / "bin")},
        host=HostDescription("linux", "debian12", "x86_64"),
        reporter=Reporter(errors=io.StringIO()),
    )


def told(parts: Parts) -> str:
    return str(parts.reporter._errors.getvalue())


def broken(findings: Iterable[doctor.Finding]) -> str:
    return "\n".join(one.text for one in findings if one.status == doctor.BROKEN)


# -- externals and compilers -----------------------------------------------------------------------


def test_a_configured_search_path_is_searched_too(tools: Tools) -> None:
    tools.program("elsewhere/bin/pencil", "version 2.0")
    place = str(tools.top / "elsewhere" / "bin")
    parts = parts_of(tools, {"config": {"additional_external_search_paths": [place]}})
    found, _ = externals.detect(parts.repositories, parts.settings, parts.variables, ["pencil"])
    assert [str(item.spec) for item in found["pencil"]] == ["pencil@2.0"]
    assert externals.new_ones(parts.settings, "pencil", found["pencil"]) == found["pencil"]


def test_audit_finds_compilers_that_are_gone(tools: Tools) -> None:
    tools.program("cc/bin/fakecc", "fakecc 2.0")
    plusplus = tools.program("cc/bin/fakec++", "fakecc 2.0")
    parts = parts_of(tools)
    compilers.find_compilers(parts, [str(tools.top / "cc" / "bin")], "only")
    assert externals.audit(parts) == []
    plusplus.unlink()
    text = f"there is no program {plusplus}, the compiler for cxx"
    assert text in [drift.text for drift in externals.audit(parts)]


def test_a_compiler_cache_under_the_name_of_a_compiler_is_none(tools: Tools) -> None:
    cache = tools.program("cache/ccache", "fakecc 2.0")
    (tools.top / "bin" / "fakecc").symlink_to(cache)
    found = compilers.find_compilers(parts_of(tools), scope="only")
    assert not any("fakecc" in text for text in found.added)
    assert any("it is another name of ccache" in text for text in found.rejected)


def test_compilers_of_another_system_do_not_keep_the_first_solve_from_looking(
    tools: Tools,
) -> None:
    """One file for several machines: a compiler of the other one cannot build here."""
    old = tools.program("old/bin/fakecc", "fakecc 2.0")
    tools.program("bin/fakecc", "fakecc 2.0")
    entry = {
        "spec": "fakecc@2.0 os=redhat6",
        "prefix": str(tools.top / "old"),
        "extra_attributes": {"compilers": {"c": str(old)}},
    }
    parts = parts_of(tools, {"packages": {"all": {}, "fakecc": {"externals": [entry]}}})
    compilers.look_if_there_are_none(parts)
    assert f"Found fakecc@2.0 in {tools.top}" in told(parts)
    here = list(compilers.compilers_here(parts.settings, parts.host))
    assert [item.prefix for item in here] == [str(tools.top)]
    shutil.rmtree(tools.top / "old")
    assert externals.audit(parts, ["fakecc"]) == []


# -- checks ----------------------------------------------------------------------------------------


def test_places_with_blanks_are_told_of(tmp_path: Path) -> None:
    root = str(tmp_path / "a store")
    settings = Parts(tmp_path, {"config": {"install_tree": {"root": root}}}).settings
    found = broken(doctor.check_space(settings, {}))
    assert f"the path of the store '{root}' contains a blank" in found


def test_an_environment_that_cannot_be_read(tmp_path: Path) -> None:
    for name, lock in (("fine", None), ("broken", "{")):
        directory = tmp_path / "environments" / name
        directory.mkdir(parents=True)
        (directory / "spack.yaml").write_text("spack: {}\n")
        if lock is not None:
            (directory / "spack.lock").write_text(lock)
    root = str(tmp_path / "environments")
    settings = Parts(tmp_path / "scope", {"config": {"environments_root": root}}).settings
    found = broken(doctor.check_environments(settings))
    assert "environment broken" in found and "environment fine" not in found


def test_locks_that_are_switched_off(tmp_path: Path) -> None:
    sections = {"config": {"locks": False, "install_tree": {"root": str(tmp_path)}}}
    parts = Parts(tmp_path / "scope", sections, store=Store(str(tmp_path)), repositories=None)
    (tmp_path / ".spack-db").mkdir()
    found = [(one.status, one.text) for one in doctor.check_store(parts)]
    assert (doctor.WARNING, "file locks are disabled") in found


def test_variables_that_change_which_libraries_are_loaded(tmp_path: Path) -> None:
    settings = Parts(tmp_path).settings
    told = [one.text for one in doctor.check_process(settings, {"LD_PRELOAD": "/x.so"})]
    assert any(text.startswith("LD_PRELOAD is set") for text in told)
    assert len(list(doctor.check_process(settings, {}))) == len(told) - 1


# -- mirrors ---------------------------------------------------------------------------------------


def test_a_mirror_is_changed_where_it_is_configured(tmp_path: Path) -> None:
    parts = Parts(tmp_path, {"mirrors": {"m": "https://example.org/a", "n": "/b"}})
    settings_edits.change_mirror(
        parts.configuration,
        parts.settings.mirrors,
        "m",
        url="https://example.org/c",
        direction="push",
        types=["source"],
        autopush=None,
        signed=None,
        access={},
        scope="only",
    )
    settings_edits.remove_mirror(parts.configuration, parts.settings.mirrors, "n", "only")
    parts.forget_configuration()
    (mirror,) = parts.settings.mirrors.values()
    assert (mirror.fetch.url, mirror.push.url) == ("https://example.org/a", "https://example.org/c")
    assert mirror.source and not mirror.binary
