"""The commands that ask about recipes: providers, dependencies, maintainers, tags, resource …"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run
from .recipe_folders import digest, make_repository


@pytest.fixture
def mine(spack: Run, tmp_path: Path) -> Run:
    root = make_repository(tmp_path / "recipes")
    assert spack("repo", "add", str(root)).returncode == 0
    return spack


def test_providers(mine: Run) -> None:
    assert mine("providers", "basis").stdout == "base@2:\n"
    rows = json.loads(mine("providers", "--json", "basis").stdout)
    assert rows["basis"][0]["provided"] == "basis@2"
    assert "basis" in mine("providers").stdout.split()
    assert "not a virtual" in mine("providers", "host").stderr


def test_dependencies(mine: Run) -> None:
    assert mine("dependencies", "plugin").stdout.split() == ["base", "host"]
    assert mine("dependencies", "host").stdout.split() == ["base"]
    assert mine("dependencies", "-V", "host").stdout.split() == ["basis"]
    assert mine("dependencies", "--deptype", "build", "host").stdout == ""
    assert json.loads(mine("dependencies", "-t", "--json", "plugin").stdout) == ["base", "host"]


def test_dependents(mine: Run) -> None:
    assert mine("dependents", "base").stdout.split() == ["host", "plugin"]
    assert json.loads(mine("dependents", "--json", "host").stdout) == ["plugin"]
    assert mine("dependents", "-t", "basis").stdout.split() == ["host", "plugin"]


def test_maintainers(mine: Run) -> None:
    assert mine("maintainers", "base").stdout.split() == ["ada", "grace"]
    assert mine("maintainers", "--by-user", "ada").stdout.split() == ["base", "plugin"]
    assert json.loads(mine("maintainers", "--json", "plugin").stdout) == {"plugin": ["ada"]}
    assert "host" in mine("maintainers", "--unmaintained").stdout.split()
    assert mine("maintainers").returncode == 2


def test_tags(mine: Run) -> None:
    assert "core" in mine("tags").stdout.split()
    assert json.loads(mine("tags", "--json", "core").stdout) == {"core": ["base"]}
    assert mine("tags", "nothing").returncode == 1


def test_extensions(mine: Run) -> None:
    assert "plugin" in mine("extensions", "host").stdout.split()
    assert "cannot be extended" in mine("extensions", "base").stderr


def test_resource(mine: Run) -> None:
    assert digest("c") in mine("resource", "list", "--only-hashes").stdout.split()
    rows = json.loads(mine("resource", "show", "--json", digest("c")[:8]).stdout)
    assert (rows[0]["package"], rows[0]["kind"]) == ("base", "resource data")
    assert mine("resource", "show", "ffff0000").returncode == 1


def test_edit(mine: Run) -> None:
    shown = mine("edit", "--print-file", "base").stdout
    assert shown.endswith("base/package.py\n")
    assert mine("edit", "--print-file", "-c", "edit").stdout.endswith("commands/edit.py\n")
    assert mine("edit", "--print-file", "-d", "nothing-like-it").returncode == 1


def test_audit(mine: Run, tmp_path: Path) -> None:
    assert mine("audit", "packages", "base", "plugin").returncode == 0
    recipe = tmp_path / "recipes" / "spack_repo" / "mine" / "packages" / "plugin" / "package.py"
    text = recipe.read_text()
    recipe.write_text(text + '    depends_on("base@7:+slow")\n    depends_on("nowhere")\n')
    result = mine("audit", "packages", "--json", "plugin")
    texts = " ".join(finding["text"] for finding in json.loads(result.stdout))
    assert result.returncode == 1
    assert "no variant 'slow'" in texts
    assert "no version in @7:" in texts
    assert "no package or virtual 'nowhere'" in texts
    assert "dependencies" in mine("audit", "list").stdout


def test_url_parse(mine: Run) -> None:
    shown = mine("url", "parse", "--json", "https://example.com/big-tool-1.2.3.tar.gz").stdout
    assert json.loads(shown) == {"name": "big-tool", "version": "1.2.3"}


def test_names_and_addresses_that_are_none(mine: Run) -> None:
    for words, status, text in (
        (("info", "nowhere.base"), 1, "no repository"),
        (("info", "base host"), 2, "takes one spec, not 2: base, host"),
        (("dependencies", "--deptype", "nonsense", "base"), 2, "the types are build"),
        (("url", "parse", "http://[::1/x"), 2, "'http://[::1/x' is not a URL"),
        (("create", "-b", "-n", "new", "http://[::1/x"), 2, "is not a URL"),
        (("list", "-N", "nowhere"), 1, "no repository has the namespace 'nowhere'"),
        (("versions", "base@1.0"), 2, "'base@1.0' is not the name of a package"),
        (("versions", "base host"), 2, "'base host' is not the name of a package"),
        (("versions", "nowhere.base"), 1, "no repository has the namespace 'nowhere'"),
    ):
        failed = mine(*words)
        assert (failed.returncode, text in failed.stderr) == (status, True), failed.stderr
    assert mine("info", "mine.base").returncode == 0
    assert mine("versions", "--safe", "mine.base").stdout.split() == ["2.0", "1.0"]


def test_repositories_for_scripts(mine: Run, tmp_path: Path) -> None:
    assert mine("config", "add", f"repos:gone:{tmp_path / 'gone'}").returncode == 0
    rows = {row["name"]: row for row in json.loads(mine("repo", "list", "--json").stdout)}
    assert rows["mine"]["namespace"] == "mine" and rows["mine"]["usable"] is True
    assert rows["mine"]["path"].endswith("spack_repo/mine")
    assert rows["gone"]["usable"] is False and "no repository" in rows["gone"]["reason"]


def test_repositories_that_cannot_be_made(spack: Run, tmp_path: Path) -> None:
    for namespace in ("a b", "my-own", "class", "a..b", "", "../up"):
        failed = spack("repo", "create", str(tmp_path / "new"), namespace)
        assert failed.returncode == 2 and "is not a valid namespace" in failed.stderr
    failed = spack("repo", "create", "-d", "../up", str(tmp_path / "new"), "fine")
    assert failed.returncode == 2 and "is not a valid directory for the packages" in failed.stderr
    assert not (tmp_path / "new").exists()
    assert spack("repo", "add", "").returncode == 2
    assert spack("repo", "create", str(tmp_path / "new"), "lab.tools").returncode == 0
    assert spack("repo", "add", str(tmp_path / "new/spack_repo/lab/tools")).returncode == 0


TWO_BUILD_SYSTEMS = """
from spack_repo.builtin.build_systems import cmake, makefile
from spack_repo.builtin.build_systems.cmake import CMakePackage
from spack_repo.builtin.build_systems.makefile import MakefilePackage
from spack.package import *


class Two(CMakePackage, MakefilePackage):
    version("1.0", sha256="{digest}")
    build_system("cmake", "makefile", default="makefile")


class CMakeBuilder(cmake.CMakeBuilder):
    phases = ("cmake", "install")


class MakefileBuilder(makefile.MakefileBuilder):
    pass
"""


def test_phases_are_those_of_the_builders(mine: Run, tmp_path: Path) -> None:
    packages = tmp_path / "recipes" / "spack_repo" / "mine" / "packages"
    (packages / "two").mkdir()
    (packages / "two" / "package.py").write_text(TWO_BUILD_SYSTEMS.format(digest=digest("a")))
    shown = mine("info", "--phases", "mine.two").stdout
    assert "cmake:     cmake, install\n" in shown, shown
    assert "makefile:  edit, build, install\n" in shown, shown
    assert "Phases:\n    install\n" in mine("info", "--phases", "base").stdout
