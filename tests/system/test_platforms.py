"""Names that only one operating system has."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from spack.system import platforms
from spack.system.platforms import WrongPlatformError

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")


@linux
def test_names_of_other_systems(tmp_path: Path) -> None:
    assert platforms.platform_name() == "linux"
    for use in (
        platforms.macos_release,
        lambda: platforms.MachO("x"),
        lambda: platforms.WindowsRegistryView("x", root_key=platforms.HKEY.HKEY_LOCAL_MACHINE),
    ):
        with pytest.raises(WrongPlatformError, match="only"):
            use()
    assert platforms.windows_sfn(tmp_path) == tmp_path
    platforms.fix_darwin_install_name(str(tmp_path))
    (tmp_path / "x.dylib").write_text("")
    with pytest.raises(WrongPlatformError, match="macOS"):
        platforms.fix_darwin_install_name(str(tmp_path))


def test_an_unknown_system(monkeypatch: pytest.MonkeyPatch) -> None:
    plan9 = os.uname_result(("Plan9", "here", "4", "4", "amd64"))
    monkeypatch.setattr(os, "uname", lambda: plan9)
    with pytest.raises(WrongPlatformError, match="Plan9"):
        platforms.platform_name()
