"""Configuration included from git repositories of this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from spack.config.scopes.git_includes import Refreshed
from spack.errors import ConfigurationError

from .conftest import MiniInstance


def git(directory: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", *words]
    return subprocess.run(
        command, cwd=directory, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> tuple[Path, str]:
    """A repository with two states; the first is the tag ``one`` and the commit that is given."""
    place = tmp_path / "remote"
    (place / "site").mkdir(parents=True)
    git(tmp_path, "init", "-q", "-b", "main", "remote")
    (place / "site" / "config.yaml").write_text("config: {build_jobs: 2}\n")
    (place / "more.yaml").write_text("config: {build_jobs: 9, ccache: true}\n")
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "one")
    git(place, "tag", "one")
    commit = git(place, "rev-parse", "HEAD")
    (place / "site" / "config.yaml").write_text("config: {build_jobs: 3}\n")
    git(place, "commit", "-q", "-a", "-m", "two")
    return place, commit


def manifest(mini: MiniInstance, entry: str) -> Path:
    return mini.write("env/spack.yaml", f"spack: {{specs: [], include: [{{{entry}}}]}}\n")


@pytest.mark.parametrize("kind, jobs", [("branch", 3), ("tag", 2), ("commit", 2), ("", 3)])
def test_a_branch_a_tag_a_commit_or_the_default_branch(
    mini: MiniInstance, remote: tuple[Path, str], kind: str, jobs: int
) -> None:
    place, commit = remote
    value = {"branch": "main", "tag": "one", "commit": commit}.get(kind)
    pin = f", {kind}: '{value}'" if value else ""
    file = manifest(mini, f"git: '{place}', paths: [site, more.yaml], name: ours{pin}")
    configuration = mini.load(environment=file)
    assert configuration.get("config:build_jobs") == jobs
    assert configuration.get("config:ccache") is True
    names = [scope.name for scope in configuration.scopes]
    assert names[-4:] == ["ours:more.yaml", "ours:site", "env:test", "command_line"]
    assert not configuration.scope("ours:site").is_writable()


def test_the_clone_is_used_again_without_the_server(
    mini: MiniInstance, remote: tuple[Path, str]
) -> None:
    place, _ = remote
    file = manifest(mini, f"git: '{place}', branch: main, paths: [site]")
    assert mini.load(environment=file).get("config:build_jobs") == 3
    shutil.rmtree(place)
    assert mini.load(environment=file).get("config:build_jobs") == 3


def test_a_branch_is_fetched_anew_when_that_is_asked_for(
    mini: MiniInstance, remote: tuple[Path, str]
) -> None:
    place, _ = remote
    entries = ["branch: main, name: a", "name: b", "tag: one, name: c"]
    text = ", ".join(f"{{git: '{place}', paths: [more.yaml], {entry}}}" for entry in entries)
    file = mini.write("env/spack.yaml", f"spack: {{specs: [], include: [{text}]}}\n")
    assert mini.load(environment=file).get("config:build_jobs") == 9
    (place / "more.yaml").write_text("config: {build_jobs: 5}\n")
    git(place, "commit", "-q", "-a", "-m", "three")
    assert mini.load(environment=file).get("config:build_jobs") == 9
    told: list[Refreshed] = []
    newest = git(place, "rev-parse", "HEAD")
    assert mini.load(environment=file, refreshed=told.append).get("config:build_jobs") == 5
    # Includes are read from the last, which is the lowest, to the first; the tag is left alone.
    assert [(item.branch, item.after, item.changed) for item in told] == [
        ("HEAD", newest, True),
        ("main", newest, True),
    ]
    assert mini.load(environment=file).get("config:build_jobs") == 5
    told.clear()
    mini.load(environment=file, refreshed=told.append)
    assert [item.changed for item in told] == [False, False]


def test_a_branch_that_cannot_be_fetched_anew_stays_as_it_is(
    mini: MiniInstance, remote: tuple[Path, str]
) -> None:
    place, _ = remote
    file = manifest(mini, f"git: '{place}', branch: main, paths: [site]")
    assert mini.load(environment=file).get("config:build_jobs") == 3
    shutil.rmtree(place)
    with pytest.raises(ConfigurationError, match="cannot include from"):
        mini.load(environment=file, refreshed=lambda done: None)
    assert mini.load(environment=file).get("config:build_jobs") == 3


@pytest.mark.parametrize(
    "more, message",
    [
        ("branch: none, paths: [site]", "cannot include from"),
        ("commit: 0123456789, paths: [site]", "cannot include from"),
        ("paths: [nothing]", "has no nothing"),
        ("paths: [../x]", "is outside the repository"),
        ("tag: one, branch: main, paths: [site]", "not tag and branch"),
    ],
)
def test_what_cannot_be_had_is_an_error_at_the_entry(
    mini: MiniInstance, remote: tuple[Path, str], more: str, message: str
) -> None:
    file = manifest(mini, f"git: '{remote[0]}', {more}")
    with pytest.raises(ConfigurationError, match=message) as caught:
        mini.load(environment=file)
    assert caught.value.origin is not None
    assert caught.value.origin.file == str(file)


def test_an_optional_one_that_cannot_be_had_is_left_out(
    mini: MiniInstance, remote: tuple[Path, str]
) -> None:
    file = manifest(mini, "git: /nowhere/at/all, paths: [site], optional: true")
    assert mini.load(environment=file).get("config:build_jobs") == 16
    file = manifest(mini, f"git: '{remote[0]}', paths: [nothing, site], optional: true")
    assert mini.load(environment=file).get("config:build_jobs") == 3


def test_a_condition_is_asked_before_anything_is_cloned(mini: MiniInstance) -> None:
    entry = "git: /nowhere/at/all, paths: [site], when: 'platform == \"none\"'"
    assert mini.load(environment=manifest(mini, entry)).get("config:build_jobs") == 16


def test_without_git(
    mini: MiniInstance, remote: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    file = manifest(mini, f"git: '{remote[0]}', paths: [site]")
    with pytest.raises(ConfigurationError, match="git is not installed"):
        mini.load(environment=file)
