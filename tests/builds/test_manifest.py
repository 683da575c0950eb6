"""The manifest of a prefix and finding later changes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from spack.builds import manifest
from spack.builds.manifest import Deviation, NoManifestError


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    root = tmp_path / "prefix"
    (root / ".spack").mkdir(parents=True)
    (root / "lib").mkdir()
    (root / "lib" / "libx.so.1").write_text("")
    (root / "lib" / "libx.so").symlink_to("libx.so.1")
    manifest.write(str(root))
    return root


def test_format(prefix: Path) -> None:
    data = json.loads((prefix / ".spack" / "install_manifest.json").read_text())
    assert set(data) == {
        str(prefix / name) for name in (".spack", "lib", "lib/libx.so", "lib/libx.so.1")
    }
    file = data[str(prefix / "lib" / "libx.so.1")]
    assert file["hash"] == "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    assert set(file) == {"mode", "owner", "group", "hash", "time", "size"}
    assert set(data[str(prefix / "lib")]) == {"mode", "owner", "group"}
    assert set(data[str(prefix / "lib" / "libx.so")]) == {"mode", "owner", "group", "dest"}


def test_nothing_changed(prefix: Path) -> None:
    os.utime(prefix / "lib" / "libx.so.1")
    (prefix / ".spack" / "deprecated").mkdir()
    assert manifest.verify(str(prefix)) == []


def test_every_change_is_found(prefix: Path) -> None:
    (prefix / "lib" / "libx.so.1").write_text("x")
    (prefix / "lib" / "libx.so").unlink()
    (prefix / "lib").chmod(0o700)
    (prefix / "new").write_text("")
    found = {(os.path.relpath(path, prefix), what) for path, what in manifest.verify(str(prefix))}
    assert {("lib/libx.so", "removed"), ("lib", "mode"), ("new", "added")} < found
    assert {("lib/libx.so.1", "hash"), ("lib/libx.so.1", "size")} < found


def test_a_link_that_leads_elsewhere(prefix: Path) -> None:
    (prefix / "lib" / "libx.so").unlink()
    (prefix / "lib" / "libx.so").symlink_to("other")
    assert manifest.verify(str(prefix)) == [Deviation(str(prefix / "lib" / "libx.so"), "dest")]


def test_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(NoManifestError, match="no readable manifest"):
        manifest.verify(str(tmp_path))
