"""Scopes of installed Python packages (entry points ``spack.config``)."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from spack.config.scopes import plugins
from spack.config.scopes.plugins import Plugin, find_plugins, package_directories, scope_of
from spack.config.scopes.reading import FileReader
from spack.errors import ConfigurationError

from .conftest import MiniInstance


def install(packages: Path, name: str, target: str) -> None:
    """Leave the files of an installer for a package with an entry point; the folder looks old."""
    information = packages / f"{name}-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "entry_points.txt").write_text(
        f"[console_scripts]\n{name} = {name}:main\n\n[spack.config]\n{name} = {target}\n"
    )
    os.utime(packages, ns=(1, time.time_ns() - 10**12))


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "site-packages"
    place.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(place)])
    return place


def test_a_plugin_stands_below_the_user_and_above_the_site(
    mini: MiniInstance, packages: Path, tmp_path: Path
) -> None:
    place = mini.write("plugged/config.yaml", "config: {build_jobs: 7, ccache: true}").parent
    mini.write("home/.spack/config.yaml", "config: {build_jobs: 8}")
    (packages / "plugged_for_a_test.py").write_text(f"def place():\n    return {str(place)!r}\n")
    install(packages, "plugged_for_a_test", "plugged_for_a_test:place")
    configuration = mini.load()
    names = [scope.name for scope in configuration.scopes]
    at = names.index("plugin-plugged_for_a_test")
    assert (names[at - 1], names[at + 1]) == ("site", "user")
    assert configuration.get("config:build_jobs") == 8
    assert configuration.get("config:ccache") is True


def test_what_is_installed_is_read_once(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(packages, "first", "module:function")
    cache = str(tmp_path / "cache")
    assert find_plugins([str(packages)], FileReader(cache, "x")) == [
        Plugin("first", "module:function")
    ]
    with monkeypatch.context() as patch:
        patch.setattr(plugins, "_read_entry_points", lambda directory: 1 / 0)
        assert len(find_plugins([str(packages)], FileReader(cache, "x"))) == 1
    install(packages, "second", "module:other")
    assert len(find_plugins([str(packages)], FileReader(cache, "x"))) == 2
    assert find_plugins([str(tmp_path / "nothing")], FileReader(cache, "x")) == []


def test_metadata_that_is_no_metadata_is_passed_over(packages: Path) -> None:
    install(packages, "broken", "module:function")
    (packages / "broken-1.0.dist-info" / "entry_points.txt").write_text("spack.config\n=\n")
    (packages / "other-1.0.dist-info").mkdir()
    assert find_plugins([str(packages)], FileReader(None, "x")) == []


def test_directories_of_the_search_path_and_those_beside_the_interpreter() -> None:
    found = package_directories(["", "/a/lib", "/a/site-packages"], "/b/bin/python3")
    assert found[0] == "/a/site-packages"
    assert "/a/lib" not in found
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"/b/lib/{version}/site-packages" in found


def test_a_plugin_that_fails_says_which_one() -> None:
    for target in ("no_such_module_at_all:f", "os:no_such_function", "os:getpid"):
        with pytest.raises(ConfigurationError) as caught:
            scope_of(Plugin("mine", target))
        assert "plug-in mine" in str(caught.value)
    with pytest.raises(ConfigurationError, match="is not a directory"):
        scope_of(Plugin("mine", "platform:system"))
