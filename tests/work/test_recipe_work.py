"""Operations on recipes, each with the errors it may raise: versions, files, clones, migration."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from recipe_folders import commit, digest, git, make_git_repository, make_repository
from tests.clone import ROOT
from tests.work import hand_made
from tests.work.hand_made import Parts

from spack.cli.editor import open_in_editor
from spack.config.settings.place_settings import RepositoryPlace
from spack.errors import NotFoundError, Origin, SpackError, UsageError
from spack.host.architecture import HostDescription
from spack.language.parser import SpecSyntaxError
from spack.recipes.finding.repositories import Repository
from spack.session.session import Session
from spack.sources import repository_clones
from spack.sources.fetching.requests import NetworkSettings
from spack.system.terminal.output import Reporter
from spack.work.authoring import (
    file_names,
    recipe_history,
    repository_migration,
    skeletons,
    upstream_versions,
)
from spack.work.authoring.detection_audits import audit_externals
from spack.work.authoring.upstream_versions import Checked
from spack.work.queries import recipe_queries


def make_parts(tmp_path: Path, *repositories: Path) -> Parts:
    """Parts of a session with these repositories before the embedded one."""
    sections = {
        "config": {"build_stage": [str(tmp_path / "stage")]},
        "repos": {f"r{number}": str(path) for number, path in enumerate(repositories)},
    }
    return Parts(
        tmp_path / "scope",
        sections,
        repositories=hand_made.repositories(*repositories),
        host=HostDescription("linux", "debian12", "x86_64"),
        reporter=Reporter(),
        user_cache=str(tmp_path / "cache"),
    )


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "recipes")


@pytest.fixture
def parts(tmp_path: Path, mine: Path) -> Parts:
    return make_parts(tmp_path, mine)


def add_recipe(root: Path, name: str, body: str, base: str = "Package") -> Path:
    folder = root / "packages" / name
    folder.mkdir()
    text = f"from spack.package import *\n\n\nclass {name.title()}({base}):\n"
    (folder / "package.py").write_text(text + "".join(f"    {x}\n" for x in body.splitlines()))
    return folder / "package.py"


# -- versions and checksums ----------------------------------------------------------------------


def test_checksums_that_differ() -> None:
    right = Checked("1.0", "u", "a", "a")
    upstream_versions.verify([right, Checked("2.0", "u", "b", None)])
    with pytest.raises(upstream_versions.ChecksumDiffersError, match="1 of 2") as caught:
        upstream_versions.verify([right, Checked("1.1", "the-address", "b", "c")])
    assert "the-address" in str(caught.value.details)


def test_packages_without_archives(parts: Parts, mine: Path) -> None:
    with pytest.raises(upstream_versions.NotFoundError, match="names no archive"):
        upstream_versions.remote_versions(parts.repositories, parts.host, parts.settings, "base")
    with pytest.raises(upstream_versions.NotFoundError):
        upstream_versions.checksums(parts, "base", ["2.0"])


def test_versions_that_servers_do_not_have(parts: Parts, mine: Path, tmp_path: Path) -> None:
    add_recipe(mine, "far", f'url = "{tmp_path.as_uri()}/far-1.0.tar.gz"\nversion("1.0")')
    with pytest.raises(upstream_versions.NotFoundError, match=r"far@9.9 cannot be fetched"):
        upstream_versions.checksums(parts, "far", ["9.9"])


def test_new_versions_stand_in_their_place(parts: Parts, mine: Path) -> None:
    found = [Checked("1.5", "u", digest("x"), None), Checked("3.0", "u", digest("y"), None)]
    path, count = upstream_versions.add_to_recipe(parts, "base", found)
    lines = [
        line.split('"')[1] for line in Path(path).read_text().splitlines() if "version(" in line
    ]
    assert (count, lines) == (2, ["3.0", "2.0", "1.5", "1.0"])
    compile(Path(path).read_text(), path, "exec")


def test_recipes_where_no_version_can_be_added(parts: Parts, mine: Path) -> None:
    add_recipe(mine, "looped", 'for v in ("1", "2"):\n    version(v)')
    with pytest.raises(upstream_versions.RecipeEditError, match="no version directive"):
        upstream_versions.add_to_recipe(parts, "looped", [Checked("3", "u", "a", None)])


@pytest.mark.parametrize(
    "url, name, version",
    [
        ("https://example.com/big-tool-1.2.3.tar.gz", "big-tool", "1.2.3"),
        ("https://github.com/one/two/archive/v2.0.tar.gz", "two", "2.0"),
        ("https://example.com/nothing", None, None),
    ],
)
def test_urls(url: str, name: str, version: str) -> None:
    parsed = upstream_versions.parse_url(url)
    assert parsed.version == version
    if name:
        assert parsed.name == name


# -- skeletons -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "files, template",
    [
        (["CMakeLists.txt", "configure"], "cmake"),
        (["configure", "configure.ac", "Makefile"], "autotools"),
        (["configure.ac"], "autoreconf"),
        (["pyproject.toml"], "python"),
        (["DESCRIPTION", "NAMESPACE"], "r"),
        (["x.rockspec"], "lua"),
        (["README"], "generic"),
    ],
)
def test_templates(files: list[str], template: str) -> None:
    assert skeletons.guess_template(files) == template


def test_every_template_gives_a_recipe_that_is_read(parts: Parts, mine: Path) -> None:
    for number, (kind, template) in enumerate(sorted(skeletons.TEMPLATES.items())):
        made = skeletons.create(
            parts,
            None,
            name=f"{template.prefix}new{number}",
            template=kind,
            repository=str(mine),
            namespace=None,
            force=False,
        )
        compile(made.text, made.path, "exec")
        assert Repository(str(mine)).record(made.name).name == made.name, kind


def test_names_and_recipes_that_exist(parts: Parts, mine: Path) -> None:
    def create(name: object, force: bool = False) -> skeletons.Skeleton:
        return skeletons.create(
            parts,
            None,
            name=name,  # type: ignore[arg-type]
            template="bundle",
            repository=str(mine),
            namespace=None,
            force=force,
        )

    with pytest.raises(skeletons.ExistsError):
        create("base")
    assert create("base", force=True).name == "base"
    for bad in (None, "Bad Name", "a_b"):
        with pytest.raises(UsageError):
            create(bad)


# -- files to edit -------------------------------------------------------------------------------


def test_files(parts: Parts, mine: Path) -> None:
    def of(kind: str, *names: str) -> list[str]:
        found = file_names.files_to_edit(parts.repositories, str(ROOT), names, kind)
        return [os.path.relpath(path) for path in found]

    assert of("package") == [os.path.relpath(mine / "packages")]
    assert of("command", "log-parse")[0].endswith("cli/commands/log_parse.py")
    assert of("module", "work.authoring.audits")[0].endswith("work/authoring/audits.py")
    assert of("test", "source_requirements")[0].endswith("test_source_requirements.py")
    assert of("build-system")[0].startswith(os.path.relpath(mine))
    assert of("docs")[0] == os.path.relpath(os.path.join(ROOT, "lib/spack/docs"))
    with pytest.raises(file_names.NotFoundError, match="no command 'nothing'"):
        of("command", "nothing")
    with pytest.raises(SpackError, match="no package 'basse'"):
        of("package", "basse")


def test_without_an_editor() -> None:
    with pytest.raises(UsageError, match="no editor is set"):
        open_in_editor(Session(variables={"PATH": os.environ["PATH"]}), ["/nowhere"])


def test_the_first_editor_is_used(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/opened\n')
    editor.chmod(0o755)
    variables = {"EDITOR": "/nowhere", "SPACK_EDITOR": f"{editor} --wait"}
    open_in_editor(Session(variables=variables), ["a", "b"])
    assert (tmp_path / "opened").read_text() == "--wait a b\n"


# -- questions -----------------------------------------------------------------------------------


def test_questions_about_names_that_do_not_fit(parts: Parts) -> None:
    with pytest.raises(recipe_queries.NotFoundError):
        recipe_queries.providers(parts.repositories, "host")
    with pytest.raises(recipe_queries.NotFoundError):
        recipe_queries.extensions(parts.repositories, "base")
    with pytest.raises(recipe_queries.NotFoundError):
        recipe_queries.resources_of_digest(parts.repositories, "0123456789")
    with pytest.raises(SpecSyntaxError):
        recipe_queries.name_of(parts.repositories, "base@@")
    with pytest.raises(NotFoundError):
        audit_externals(parts.repositories, ["base"])
    with pytest.raises(recipe_history.NotFoundError):
        recipe_history.History(parts.repositories, parts.settings, parts.reporter)


def test_broken_recipes_are_passed_over(parts: Parts, mine: Path) -> None:
    add_recipe(mine, "odd", "this is no python")
    names = [record.name for record in recipe_queries.readable_records(parts.repositories)]
    assert "base" in names and "odd" not in names
    assert recipe_queries.possible_dependents(parts.repositories, "base") == ["host", "plugin"]


@pytest.mark.parametrize(
    "seconds, words", [(0, "just now"), (61, "1 minute ago"), (90000, "1 day ago")]
)
def test_ages(seconds: int, words: str) -> None:
    import time

    assert recipe_history.age(int(time.time()) - seconds) == words


def test_revisions_that_are_none(tmp_path: Path) -> None:
    make_git_repository(tmp_path / "recipes")
    parts = make_parts(tmp_path, tmp_path / "recipes/spack_repo/mine")
    found = recipe_history.History(parts.repositories, parts.settings, parts.reporter)
    with pytest.raises(recipe_history.NotFoundError):
        found.names("nowhere")


# -- clones --------------------------------------------------------------------------------------


def place(git_address: str, **keys: object) -> RepositoryPlace:
    values: dict[str, object] = {
        "name": "mine",
        "path": None,
        "git": git_address,
        "branch": None,
        "commit": None,
        "tag": None,
        "destination": None,
        "paths": (),
        "origin": Origin("repos.yaml", 2),
    }
    return RepositoryPlace(**{**values, **keys})  # type: ignore[arg-type]


def test_clones_without_recipes(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    with pytest.raises(repository_clones.CloneError, match="location of its recipes") as caught:
        repository_clones.roots(place("x"), str(clone))
    assert str(caught.value.origin) == "repos.yaml:2"
    with pytest.raises(repository_clones.CloneError, match="is outside"):
        repository_clones.roots(place("x", paths=("../up",)), str(clone))
    (clone / "spack-repo-index.yaml").write_text("repo_index: {paths: no-list}\n")
    with pytest.raises(repository_clones.CloneError, match="does not list"):
        repository_clones.roots(place("x"), str(clone))
    (clone / "spack-repo-index.yaml").unlink()
    (clone / "repo.yaml").write_text("repo: {namespace: x}\n")
    assert repository_clones.roots(place("x"), str(clone)) == [str(clone)]


def test_updates_never_lose_changes(tmp_path: Path) -> None:
    server = tmp_path / "server"
    make_git_repository(server)
    here, cache, network = place(server.as_uri()), str(tmp_path / "cache"), NetworkSettings()
    clone = Path(repository_clones.ensure_clone(here, cache, network))
    pin = repository_clones.pin_of(here)
    assert str(pin) == "the default branch"
    (server / "new").write_text("x")
    newest = commit(server, "two")
    done = repository_clones.update_clone(here, cache, network, pin)
    assert done.after == newest != done.before
    (clone / "new").write_text("changed")
    with pytest.raises(repository_clones.LocalChangesError, match="uncommitted changes") as caught:
        repository_clones.update_clone(here, cache, network, pin)
    assert "new" in str(caught.value.details)
    git(clone, "commit", "-qam", "mine")
    with pytest.raises(repository_clones.LocalChangesError, match="1 local commits"):
        repository_clones.update_clone(here, cache, network, pin)
    assert (clone / "new").read_text() == "changed"


def test_a_destination_that_is_no_clone(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("")
    here = place("x", destination=str(tmp_path / "other"))
    with pytest.raises(repository_clones.CloneError, match="is not a git clone"):
        repository_clones.update_clone(
            here, str(tmp_path), NetworkSettings(), repository_clones.Pin()
        )


# -- migration -----------------------------------------------------------------------------------

OLD = """\
# A comment stays.
from spack.package import *


class {name}({base}, GNUMirrorPackage):
    \"\"\"Old.\"\"\"

    version("1.0", sha256="{digest}")
"""


def old_repository(root: Path) -> Path:
    """A repository of the first interface with names that folders of the second cannot have."""
    for directory, name, base in (
        ("old-tool", "OldTool", "CMakePackage"),
        ("7z", "_7z", "MakefilePackage"),
        ("plain", "Plain", "AutotoolsPackage"),
    ):
        folder = root / "packages" / directory
        folder.mkdir(parents=True)
        text = OLD.format(name=name, base=base, digest=digest("a"))
        (folder / "package.py").write_text(text)
    (root / "repo.yaml").write_text("repo:\n  namespace: 'aged'\n")
    return root


def test_a_repository_of_the_first_interface_is_migrated(tmp_path: Path) -> None:
    root = old_repository(tmp_path / "spack_repo" / "aged")
    parts = make_parts(tmp_path, root)
    assert parts.repositories.record("old-tool").versions[0].text == "1.0"
    before = {path: path.read_text() for path in root.rglob("*") if path.is_file()}
    notes = repository_migration.migrate(parts, str(root), write_changes=False)
    assert {path: path.read_text() for path in root.rglob("*") if path.is_file()} == before
    assert any(note.endswith("imports CMakePackage, GNUMirrorPackage") for note in notes)
    assert any(note.endswith("old-tool: becomes old_tool") for note in notes)
    assert any(note.endswith("7z: becomes _7z") for note in notes)
    assert any(note.endswith("api becomes v2.0") for note in notes)
    assert repository_migration.migrate(parts, str(root), write_changes=True) == notes
    assert sorted(p.name for p in (root / "packages").iterdir()) == ["_7z", "old_tool", "plain"]
    text = (root / "packages" / "old_tool" / "package.py").read_text()
    assert text.startswith("# A comment stays.\nfrom spack_repo.builtin.build_systems.cmake import")
    fresh = make_parts(tmp_path, root)
    assert fresh.repositories.by_namespace("aged").api == (2, 0)
    for name in ("old-tool", "7z", "plain"):
        assert fresh.repositories.record(name).versions[0].text == "1.0"
    assert repository_migration.migrate(fresh, str(root), write_changes=True) == []


def test_a_repository_must_lie_where_the_second_interface_wants_it(tmp_path: Path) -> None:
    root = old_repository(tmp_path / "elsewhere")
    with pytest.raises(
        repository_migration.MigrationError, match="must first be in spack_repo/aged"
    ):
        repository_migration.migrate(make_parts(tmp_path, root), str(root), write_changes=True)
    assert (root / "packages" / "old-tool").is_dir()
