"""Git references in specs: which version they count as, from a real repository on this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.small_instance import HEADER, Instance

RECIPE = '''
class Tracked(Package):
    """Its source is in git."""

    git = "file://{address}"
    version("main", branch="main")
    version("tagged", tag="v1.2")
    version("2.0", tag="v2.0.1")
    version("1.2", tag="v1.2")
    version("1.0", tag="v1.0")
    variant("fast", default=True, when="@1.1:")

    def install(self, spec, prefix):
        install("a.txt", prefix)
'''

UNTRACKED = '''
class Untracked(Package):
    """Names no git repository."""

    has_code = False
    version("1.0")
'''

USER = '''
class User(Package):
    """Depends on what is in git."""

    has_code = False
    version("1.0")
    depends_on("tracked")
'''


class History:
    """main: one (v1.0), two (v1.2), three (v2.0.1), four; alone: two commits without any tag."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self("init", "--quiet", "--initial-branch=main")
        self("config", "user.email", "someone@example.org")
        self("config", "user.name", "Someone")
        self.one = self.commit("one")
        self("tag", "v1.0")
        self.two = self.commit("two")
        self("tag", "v1.2")
        self.three = self.commit("three")
        self("tag", "-a", "-m", "annotated", "v2.0.1")
        self.four = self.commit("four")
        self("checkout", "--quiet", "--orphan", "alone")
        self.commit("lone")
        self.lone = self.commit("lonely")
        self("checkout", "--quiet", "main")
        self("branch", "feature/x", self.two)

    def __call__(self, *words: str) -> str:
        command = ["git", *words]
        done = subprocess.run(command, cwd=self.path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, text: str) -> str:
        """A commit that writes the text; its full name."""
        (self.path / "a.txt").write_text(text)
        self("add", "a.txt")
        self("commit", "--quiet", "-m", text)
        return self("rev-parse", "HEAD")


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "upstream")


@pytest.fixture
def tracking(tmp_path: Path, instance: Instance, history: History) -> Instance:
    root = tmp_path / "spack_repo" / "tracking"
    for name, text in (("tracked", RECIPE), ("untracked", UNTRACKED), ("user", USER)):
        folder = root / "packages" / name
        folder.mkdir(parents=True)
        recipe = text.replace("{address}", str(history.path))
        (folder / "package.py").write_text(HEADER + recipe.lstrip("\n"))
    (root / "repo.yaml").write_text("repo:\n  namespace: tracking\n  api: v2.2\n")
    repos = (instance.config / "repos.yaml").read_text()
    (instance.config / "repos.yaml").write_text(repos + f"  tracking: {root}\n")
    return instance


def node(instance: Instance, *words: str, name: str = "tracked") -> dict[str, Any]:
    nodes: list[dict[str, Any]] = json.loads(instance.ok("spec", "--json", *words))["spec"]["nodes"]
    return next(found for found in nodes if found["name"] == name)


def test_references_count_as_the_nearest_tag(tracking: Instance, history: History) -> None:
    for reference, version, commit in (
        ("git.main", "git.main=2.0.1-git.1", history.four),
        ("git.v1.2", "git.v1.2=1.2", history.two),
        ("git.feature/x", "git.feature/x=1.2", history.two),
        ("git.alone", "git.alone=0-git.2", history.lone),
        (history.four, f"{history.four}=2.0.1-git.1", history.four),
        (history.one, f"{history.one}=1.0", history.one),
    ):
        found = node(tracking, f"tracked@{reference}")
        assert (found["version"], found["parameters"]["commit"]) == (version, commit)
        newer = version.partition("=")[2] not in ("1.0", "0-git.2")
        assert ("fast" in found["parameters"]) == newer, reference


def test_an_assigned_version_wins_over_the_history(tracking: Instance, history: History) -> None:
    found = node(tracking, "tracked@git.main=1.0")
    assert found["version"] == "git.main=1.0"
    assert found["parameters"]["commit"] == history.four
    assert "fast" not in found["parameters"]


def test_commits_of_branches_and_tags_of_the_recipe_are_recorded(
    tracking: Instance, history: History
) -> None:
    assert node(tracking, "tracked@main")["parameters"]["commit"] == history.four
    assert node(tracking, "tracked@tagged")["parameters"]["commit"] == history.two


def test_a_branch_that_moved_is_seen_by_a_repeated_request(
    tracking: Instance, history: History
) -> None:
    assert node(tracking, "tracked@git.main")["version"] == "git.main=2.0.1-git.1"
    assert node(tracking, "tracked@main")["parameters"]["commit"] == history.four
    five = history.commit("five")
    assert node(tracking, "tracked@git.main")["version"] == "git.main=2.0.1-git.2"
    assert node(tracking, "tracked@main")["parameters"]["commit"] == five


def test_a_commit_that_was_looked_up_needs_no_repository(
    tracking: Instance, history: History
) -> None:
    asked = f"tracked@{history.four}"
    before = node(tracking, asked)
    shutil.rmtree(history.path)
    assert node(tracking, asked) == before


def test_references_in_dependencies_and_configuration(tracking: Instance) -> None:
    assert node(tracking, "user", "^tracked@git.v1.2")["version"] == "git.v1.2=1.2"
    packages = tracking.config / "packages.yaml"
    before = packages.read_text()
    packages.write_text(before + "  tracked:\n    require: '@git.main'\n")
    assert node(tracking, "user")["version"] == "git.main=2.0.1-git.1"
    packages.write_text(before + "  tracked:\n    version: [git.v1.2, '2.0']\n")
    assert node(tracking, "user")["version"] == "git.v1.2=1.2"


def test_configuration_of_other_packages_asks_nobody(tracking: Instance, history: History) -> None:
    packages = tracking.config / "packages.yaml"
    packages.write_text(packages.read_text() + "  tracked:\n    require: '@git.main'\n")
    shutil.rmtree(history.path)
    tracking.ok("spec", "untracked")
    assert "git.main stands for" in tracking.fails("spec", "user")


def test_what_cannot_be_looked_up(tracking: Instance, history: History) -> None:
    text = tracking.fails("spec", "tracked@git.nowhere")
    assert "no branch, tag or commit nowhere" in text
    assert "write tracked@git.nowhere=VERSION" in text
    assert "the recipe names none" in tracking.fails("spec", "untracked@git.main")
    shutil.rmtree(history.path)
    text = tracking.fails("spec", "tracked@git.main")
    assert "which version tracked@git.main stands for" in text
    assert str(history.path) in text and "does not appear to be a git repository" in text


def test_an_unknown_commit_is_a_warning(tracking: Instance, history: History) -> None:
    shutil.rmtree(history.path)
    done = tracking("spec", "--json", "tracked@main")
    assert done.returncode == 0
    assert "the commit of tracked@main is unknown" in done.stderr
    assert "commit" not in json.loads(done.stdout)["spec"]["nodes"][0]["parameters"]


def test_the_source_of_a_reference_is_built(tracking: Instance) -> None:
    tracking.ok("install", "tracked@git.v1.2")
    prefix = Path(tracking.ok("location", "-i", "tracked@git.v1.2").strip())
    assert (prefix / "a.txt").read_text() == "two"
    assert tracking.ok("find", "--format", "{version}", "tracked@1.2") == "git.v1.2=1.2\n"
