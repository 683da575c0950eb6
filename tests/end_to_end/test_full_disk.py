"""Disks that are full and places that cannot be written: what is said, and that nothing is left."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest
from tests.clone import SPACK
from tests.end_to_end.small_instance import Instance

from spack.system.files.mounts import shortage

#: A place where file systems can be mounted that nobody else sees.
PRIVATE = ["unshare", "--mount", *(["--user", "--map-root-user"] if os.getuid() else [])]


def can_mount() -> bool:
    try:
        return subprocess.run([*PRIVATE, "true"], capture_output=True).returncode == 0
    except OSError:
        return False


needs_mounts = pytest.mark.skipif(not can_mount(), reason="needs mounts of its own")


def run(instance: Instance, script: str) -> str:
    """Everything that a shell script writes among mounts of its own."""
    done = subprocess.run(
        [*PRIVATE, "sh", "-c", script],
        cwd=str(instance.cwd),
        env={**instance.variables, "SPACK": str(SPACK)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout


@needs_mounts
def test_a_store_on_a_full_disk(instance: Instance, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    key = f"config:install_tree:root:{store}"
    said = run(
        instance,
        f"mount -t tmpfs -o size=1400k tmpfs {store}"
        f" && $SPACK -c {key} install asker; echo status $?; $SPACK -c {key} find; ls {store}/l*",
    )
    assert "the disk is full: cannot write " in said and "MB more are needed" in said
    assert "status 1\n" in said and "Traceback" not in said
    listed = said.split("status 1\n")[1]
    assert "gcc-runtime" not in listed and "compiler-wrapper@" in listed


@needs_mounts
def test_a_stage_on_a_full_disk(instance: Instance, tmp_path: Path) -> None:
    stages = tmp_path / "small"
    stages.mkdir()
    said = run(
        instance,
        f"mount -t tmpfs -o size=12k tmpfs {stages}"
        f" && $SPACK -c \"config:build_stage:['{stages}']\" install asker; echo then; $SPACK find",
    )
    assert "is full" in said and str(stages) in said and "build_stage" in said
    assert "asker@" not in said.split("then\n")[1] and "Traceback" not in said


@needs_mounts
def test_a_stage_on_a_disk_that_is_read_only(instance: Instance, tmp_path: Path) -> None:
    stages = tmp_path / "fixed"
    stages.mkdir()
    said = run(
        instance,
        f"mount -t tmpfs -o ro tmpfs {stages}"
        f" && $SPACK -c \"config:build_stage:['{stages}', '{tmp_path}/other']\" install asker",
    )
    assert f"the directory for build stages cannot be used: {stages}" in said
    assert "Read-only file system" in said and not (tmp_path / "other").exists()


def test_how_much_is_missing(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(bytes(3_000_000))
    target.write_bytes(bytes(1_000_000))
    error = OSError(errno.ENOSPC, "No space left on device", str(source), None, str(target))
    told = f"the disk is full: cannot write {target}, 2.0 MB more are needed for it"
    assert shortage(error) == told
    quota = OSError(errno.EDQUOT, "Disk quota exceeded", "/x")
    assert shortage(quota) == "the disk quota is used up: cannot write /x"
    assert shortage(PermissionError(errno.EACCES, "no", "/x")) is None
