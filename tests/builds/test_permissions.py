"""Modes of installed files."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from spack.builds.permissions import PermissionsError, apply
from spack.config.settings.package_settings import Permissions


def mode(path: Path) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    root = tmp_path / "prefix"
    (root / "bin").mkdir(parents=True, mode=0o700)
    for name, bits in (("bin/tool", 0o700), ("readme", 0o400), ("bin/odd", 0o610)):
        (root / name).write_text("")
        (root / name).chmod(bits)
    (root / "link").symlink_to("absent")
    return root


def test_defaults(prefix: Path) -> None:
    apply(str(prefix), Permissions())
    assert mode(prefix) == mode(prefix / "bin") == 0o2755
    assert mode(prefix / "bin" / "tool") == mode(prefix / "bin" / "odd") == 0o755
    assert mode(prefix / "readme") == 0o644


@pytest.mark.parametrize(
    "permissions, directory, file, program",
    [
        (Permissions("group", "user"), 0o2750, 0o640, 0o750),
        (Permissions("world", "group"), 0o2775, 0o664, 0o775),
        (Permissions("user", "user", None, False), 0o700, 0o600, 0o700),
    ],
)
def test_audiences(
    prefix: Path, permissions: Permissions, directory: int, file: int, program: int
) -> None:
    apply(str(prefix), permissions)
    assert (mode(prefix / "bin"), mode(prefix / "readme"), mode(prefix / "bin" / "tool")) == (
        directory, file, program,
    )  # fmt: skip


def test_set_id_programs_stay_and_are_never_writable_by_others(prefix: Path) -> None:
    (prefix / "bin" / "tool").chmod(0o4755)
    apply(str(prefix), Permissions())
    assert mode(prefix / "bin" / "tool") == 0o4755
    for open_to in (Permissions("world", "world"), Permissions("world", "group")):
        with pytest.raises(PermissionsError, match="tool runs as another user"):
            apply(str(prefix), open_to)
    (prefix / "bin" / "tool").chmod(0o2755)
    apply(str(prefix), Permissions("world", "group"))
    with pytest.raises(PermissionsError):
        apply(str(prefix), Permissions("world", "world"))


def test_senseless_permissions(prefix: Path) -> None:
    with pytest.raises(PermissionsError, match="'all' is not a valid permission"):
        apply(str(prefix), Permissions("all", "user"))
    with pytest.raises(PermissionsError, match="let 'world' write"):
        apply(str(prefix), Permissions("group", "world"))
