"""Omissions of ``spack mirror create``, and what of build caches ``spack install`` accepts."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

from .conftest import Run
from .recipe_folders import make_repository

RECIPE = """\
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class Secret(Package):
    \"\"\"Has sources that are not for everybody, and some that change.\"\"\"

    url = "file://{folder}/secret-1.0.tar.gz"

    version("3.0", url="file://{folder}/secret-3.0.tar.gz")
    version("2.0", sha256="{digest}")
    version("1.0", sha256="{digest}")

    redistribute(source=False, when="@1")

    def install(self, spec, prefix):
        install("README", prefix)
"""


def archive(path: Path) -> str:
    """Write an archive with one file; its digest."""
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo(f"{path.name[:10]}/README")
        info.size = 5
        tar.addfile(info, io.BytesIO(b"read\n"))
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def mine(spack: Run, tmp_path: Path) -> Run:
    root = make_repository(tmp_path / "recipes")
    folder = root / "packages" / "secret"
    folder.mkdir()
    sources = tmp_path / "sources"
    sources.mkdir()
    digests = {archive(sources / "secret-1.0.tar.gz")}
    for version in ("2.0", "3.0"):
        content = (sources / "secret-1.0.tar.gz").read_bytes()
        (sources / f"secret-{version}.tar.gz").write_bytes(content)
    text = RECIPE.replace("{folder}", str(sources)).replace("{digest}", digests.pop())
    (folder / "package.py").write_text(text)
    assert spack("repo", "add", str(root)).returncode == 0
    scope = tmp_path / "state" / "etc" / "spack"
    (scope / "mirrors.yaml").write_text("mirrors:: {}\n")
    return spack


def test_what_must_not_be_passed_on_is_left_out(mine: Run, tmp_path: Path) -> None:
    result = mine("mirror", "create", "-d", "m", "secret@1.0", "secret@2.0")
    assert result.returncode == 0, result.stderr
    assert "secret@1.0 is left out: its source must not be redistributed; see --private" in (
        result.stderr
    )
    assert "m: 1 added, 0 were there, 0 failed" in result.stdout
    result = mine("mirror", "create", "-d", "p", "--private", "secret@1.0")
    assert "p: 1 added" in result.stdout
    assert "left out" not in result.stderr


def test_what_nothing_pins_is_left_out_on_request(mine: Run) -> None:
    words = ("mirror", "-n", "create", "-d", "m", "secret@3.0")
    result = mine(*words, "--skip-unstable-versions")
    assert (
        "secret@3.0 is left out: its source is pinned by neither a checksum nor a commit"
        in result.stderr
    )
    assert "m: 0 added" in result.stdout
    assert "m: 1 added" in mine(*words).stdout


def test_all_versions(mine: Run) -> None:
    result = mine("mirror", "create", "-d", "m", "--private", "-n", "all", "secret")
    assert "m: 2 added" in result.stdout or "m: 1 added, 1 were there" in result.stdout
    bad = mine("mirror", "create", "-d", "m", "-n", "many", "secret")
    assert bad.returncode == 2
    assert "must be at least 1, not 'many'" in bad.stderr


@pytest.mark.parametrize(
    "words", [("--cache-only",), ("--use-buildcache", "only"), ("--use-buildcache=package:only",)]
)
def test_what_needs_a_build_cache_is_refused(mine: Run, words: tuple[str, ...]) -> None:
    result = mine("install", *words, "secret@2.0")
    assert result.returncode == 2
    assert "no mirror with binaries is configured\nTry: add one" in result.stderr


def test_what_can_do_without_a_build_cache_is_accepted(mine: Run) -> None:
    assert mine("install", "--use-buildcache", "dependency:only", "x").returncode == 2
    result = mine("install", "--use-cache", "--source", "secret@2.0")
    assert result.returncode == 0, result.stderr
    prefix = mine("location", "-i", "secret").stdout.strip()
    assert (Path(prefix) / "share" / "secret" / "src" / "README").read_text() == "read\n"


def test_all_in_an_environment_are_its_packages(instance: Instance) -> None:
    """A source that cannot be had does not end the run."""
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "absent", "asker")
    instance.ok("-e", "e", "concretize", "-q")
    result = instance("-e", "e", "mirror", "create", "--all", "-d", "m")
    assert result.returncode == 1
    assert "m: 2 added, 0 were there, 1 failed" in result.stdout
    assert "absent@1.0: " in result.stderr and "sleeper" not in result.stdout


def test_all_packages_that_can_be_had(instance: Instance, tmp_path: Path) -> None:
    """Packages that cannot be concretized here, or with a failing recipe, are left out and told."""
    folder = tmp_path / "spack_repo" / "odd"
    (folder / "packages" / "foreign").mkdir(parents=True)
    (folder / "repo.yaml").write_text("repo: {namespace: odd, api: v2.2}\n")
    (folder / "packages" / "foreign" / "package.py").write_text(
        "from spack.package import *\n\n\nclass Foreign(PackageBase):\n"
        '    version("1.0", sha256="' + 64 * "0" + '")\n    conflicts("platform=linux")\n'
        "    def url_for_version(self, version):\n        return {}[version]\n"
    )
    (instance.config / "repos.yaml").write_text(f"repos::\n  odd: {folder}\n")
    left = instance("mirror", "create", "--all", "-d", "m")
    assert left.returncode == 0, left.stderr
    assert "foreign is left out: " in left.stderr
    (folder / "packages" / "wrong").mkdir()
    (folder / "packages" / "wrong" / "package.py").write_text("import nothing_that_is_here\n")
    package = folder / "packages" / "foreign" / "package.py"
    package.write_text(package.read_text().replace('    conflicts("platform=linux")\n', ""))
    failed = instance("mirror", "create", "--all", "-d", "m")
    assert failed.returncode == 1 and "foreign@1.0: KeyError" in failed.stderr
    assert "wrong is left out: " in failed.stderr
