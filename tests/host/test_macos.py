"""The differences of macOS, with recorded answers of such a machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from spack.config.values import path_variables
from spack.host import operating_systems
from spack.system import platforms


@pytest.fixture
def darwin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    darwin = os.uname_result(("Darwin", "here", "23.5.0", "Darwin Kernel Version", "arm64"))
    monkeypatch.setattr(os, "uname", lambda: darwin)
    monkeypatch.setattr(platform, "mac_ver", lambda: ("14.5", ("", "", ""), "arm64"))


@pytest.mark.usefixtures("darwin")
def test_names_of_the_machine() -> None:
    assert platforms.platform_name() == "darwin"
    assert operating_systems.detect() == "sonoma"
    assert path_variables.host_platform() == "darwin"


@pytest.mark.usefixtures("darwin")
def test_the_release_comes_from_sw_vers(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(command: list[str], **kwargs: Any) -> subprocess.CompletedProcess[str]:
        assert command == ["sw_vers", "-productVersion"]
        return subprocess.CompletedProcess(command, 0, "14.5.1\n", "")

    monkeypatch.setattr(subprocess, "run", answer)
    assert platforms.macos_release() == (14, 5, 1)


OTOOL = """\
{place}/liba.1.dylib:
\t/build/tree/libb.dylib (compatibility version 1.0.0, current version 1.0.0)
\t/usr/lib/libSystem.B.dylib (compatibility version 1.0.0, current version 1345.100.2)
"""


@pytest.mark.usefixtures("darwin")
def test_install_names_become_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library itself and the ones beside it; those of the system stay."""
    for name in ("liba.1.dylib", "libb.dylib"):
        (tmp_path / name).write_text("")
    calls: list[list[str]] = []

    def record(command: list[str], **kwargs: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        a_or_b = OTOOL if command[-1].endswith("liba.1.dylib") else "x:\n"
        return subprocess.CompletedProcess(command, 0, a_or_b.format(place=tmp_path), "")

    monkeypatch.setattr(subprocess, "run", record)
    platforms.fix_darwin_install_name(str(tmp_path))
    a, b = str(tmp_path / "liba.1.dylib"), str(tmp_path / "libb.dylib")
    changes = [call for call in calls if call[0] == "install_name_tool"]
    assert ["install_name_tool", "-id", a, a] in changes
    assert ["install_name_tool", "-id", b, b] in changes
    assert ["install_name_tool", "-change", "/build/tree/libb.dylib", b, a] in changes
    assert len(changes) == 3
