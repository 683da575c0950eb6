"""Places with blanks: a clone there works, a store or stage there is refused at once."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.clone import ROOT
from tests.end_to_end.small_instance import Instance


def test_a_store_or_stage_with_a_blank_is_refused_at_once(
    instance: Instance, tmp_path: Path
) -> None:
    for key, value in (("install_tree:root", "'/a b'"), ("build_stage", f"['{tmp_path}/a b']")):
        refused = instance.fails("-c", f"config:{key}:{value}", "install", "answer")
        assert "contains a blank" in refused and f"set config:{key.partition(':')[0]}" in refused
    assert instance.installed() == []


def test_a_clone_with_a_blank_builds_where_the_store_has_none(
    instance: Instance, tmp_path: Path
) -> None:
    clone = tmp_path / "a clone"
    for folder in ("bin", "share", "etc"):
        shutil.copytree(ROOT / folder, clone / folder, symlinks=True)
    for name in ("lib", "pyproject.toml"):
        (clone / name).symlink_to(ROOT / name)
    (clone / "var" / "spack").mkdir(parents=True)
    (clone / "var" / "spack" / "repos").symlink_to(ROOT / "var" / "spack" / "repos")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(clone / "bin" / words[0]), *words[1:]],
            cwd=instance.cwd,
            env=instance.variables,
            capture_output=True,
            encoding="utf-8",
        )

    result = run("spack", "install", "asker")
    assert result.returncode == 0, result.stderr
    prefix = run("spack", "location", "-i", "asker").stdout.strip()
    assert subprocess.check_output([f"{prefix}/bin/asker"]) == b"the answer is 42\n"
    script = "import spack.store; print(len(spack.store.STORE.db.query('asker')))"
    assert run("spack-python", "-c", script).stdout == "1\n"
