"""Environments on disk: places, creation, editing, locking, removal."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.environments.conftest import alone, concrete

from spack.environments.creation import CreationSourceError, create, remove, rename
from spack.environments.environment import Environment
from spack.environments.locations import (
    EnvironmentNameError,
    Location,
    ManagedEnvironments,
    note_root,
)
from spack.environments.recipe_snapshots import RecipeFolder, save_recipes, saved_repositories
from spack.errors import ConfigurationError, ExistsError, NotFoundError, Origin
from spack.language.serialization import SpecfileError

#: The fixture of conftest.py.
Solver = Any


def yes(clause: str, origin: Origin) -> bool:
    return True


@pytest.fixture
def managed(tmp_path: Path) -> ManagedEnvironments:
    return ManagedEnvironments(str(tmp_path / "environments"))


def new(managed: ManagedEnvironments, name: str, **options: Any) -> Environment:
    return create(Location(managed.directory(name), name), **options)


# names and places


def test_managed_by_name(managed: ManagedEnvironments) -> None:
    environment = new(managed, "my-env")
    assert sorted(os.listdir(environment.directory)) == [".spack-env", "spack.yaml"]
    assert "transaction_lock" in os.listdir(environment.internal)
    assert managed.find("my-env") == environment.location
    new(managed, "group/inner")
    assert managed.names() == ["group/inner", "my-env"]


def test_manifest_of_a_new_environment(managed: ManagedEnvironments) -> None:
    """A view, no concretizer key."""
    manifest = new(managed, "e").manifest
    assert manifest.body.plain() == {"specs": [], "view": True}
    assert manifest.text.startswith("# ")
    assert manifest.user_specs(yes) == []


@pytest.mark.parametrize("name", ["a b", "../x", "-x", "a//b", "", "a.b"])
def test_bad_names(managed: ManagedEnvironments, name: str) -> None:
    with pytest.raises(EnvironmentNameError):
        managed.directory(name)


def test_independent_by_directory(managed: ManagedEnvironments, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    create(Location(str(tmp_path / "here"), None))
    found = managed.find(str(tmp_path / "here"))
    assert (found.name, found.label) == (None, "here")
    (tmp_path / "by-hand").mkdir()
    (tmp_path / "by-hand" / "spack.yaml").write_text("spack:\n  specs: [zlib]\n")
    assert Environment(managed.find(str(tmp_path / "by-hand"))).user_specs(yes)[0].text == "zlib"


def test_unknown_names_get_a_suggestion(managed: ManagedEnvironments) -> None:
    new(managed, "analysis")
    with pytest.raises(NotFoundError, match="did you mean 'analysis'"):
        managed.find("analysys")
    with pytest.raises(NotFoundError, match="no environment in"):
        managed.find("./analysis")


def test_environment_that_exists_is_not_overwritten(managed: ManagedEnvironments) -> None:
    environment = new(managed, "e")
    Path(environment.manifest_path).write_text("spack:\n  specs: [mine]\n")
    with pytest.raises(ExistsError):
        new(managed, "e")
    assert "mine" in Path(environment.manifest_path).read_text()


def test_track_and_untrack(managed: ManagedEnvironments, tmp_path: Path) -> None:
    create(Location(str(tmp_path / "project"), None))
    managed.track(str(tmp_path / "project"), "linked")
    assert managed.names() == ["linked"]
    with pytest.raises(ExistsError):
        managed.track(str(tmp_path / "project"), "linked")
    assert managed.untrack("linked") == str(tmp_path / "project")
    assert managed.names() == [] and (tmp_path / "project" / "spack.yaml").exists()
    with pytest.raises(NotFoundError):
        managed.untrack("linked")


def test_folders_behind_a_link_are_not_searched(
    managed: ManagedEnvironments, tmp_path: Path
) -> None:
    create(Location(str(tmp_path / "elsewhere" / "inner"), None))
    new(managed, "own")
    os.symlink(tmp_path / "elsewhere", os.path.join(managed.root, "linked"))
    assert managed.names() == ["own"]


def test_note_of_a_moved_root(tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    note_root(cache, "/spack", "/spack/envs", "/spack/envs")
    assert not os.path.exists(cache)
    note_root(cache, "/spack", "/elsewhere", "/spack/envs")
    note_root(cache, "/other", "/other/envs", "/other/envs")
    assert (tmp_path / "cache" / "environments_root").read_text() == "/spack\n/elsewhere\n"
    note_root(cache, "/spack", "/spack/envs", "/spack/envs")
    assert os.listdir(cache) == []


# creation


def test_from_a_manifest(managed: ManagedEnvironments, tmp_path: Path) -> None:
    """Same roots, comments and relative includes."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "packages.yaml").write_text("packages: {}\n")
    (tmp_path / "extra.yaml").write_text("config: {}\n")
    manifest = tmp_path / "spack.yaml"
    manifest.write_text(
        "# mine\nspack:\n  include:\n  - conf\n  - path: ./extra.yaml\n  - path: gone.yaml\n"
        "    optional: true\n  specs: [zlib]\n  develop:\n    zlib:\n      spec: zlib@1\n"
        "      path: src/zlib\n"
    )
    environment = new(managed, "e", source=str(manifest))
    assert "# mine" in environment.manifest.text
    assert [root.text for root in environment.user_specs(yes)] == ["zlib"]
    assert os.path.exists(os.path.join(environment.directory, "conf", "packages.yaml"))
    assert os.path.exists(os.path.join(environment.directory, "extra.yaml"))
    develop = environment.manifest.sections["develop"].plain()
    assert develop["zlib"]["path"] == str(tmp_path / "src" / "zlib")
    kept = new(managed, "kept", source=str(manifest), keep_relative=True)
    assert kept.manifest.sections["develop"].plain()["zlib"]["path"] == "src/zlib"


def test_include_outside_is_an_error(managed: ManagedEnvironments, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "spack.yaml").write_text("spack:\n  include:\n  - ../x.yaml\n")
    with pytest.raises(ConfigurationError, match=r"spack\.yaml:3"):
        new(managed, "e", source=str(tmp_path / "d" / "spack.yaml"))
    assert managed.names() == []


def test_from_a_lock(managed: ManagedEnvironments, solver: Solver) -> None:
    """Same concrete specs."""
    first = new(managed, "first")
    with first.edit() as edit:
        edit.add_spec("zlib@1.2")
        edit.add_spec("hdf5")
    first.concretize(alone(first.user_specs(yes)), solver)
    second = new(managed, "second", source=first.lock_path)
    assert second.locked().roots == first.locked().roots
    assert second.status(second.user_specs(yes)).current


def test_from_another_environment(managed: ManagedEnvironments, solver: Solver) -> None:
    first = new(managed, "first")
    with first.edit() as edit:
        edit.add_spec("zlib")
    first.concretize(alone(first.user_specs(yes)), solver)
    second = new(managed, "second", source=first.directory)
    assert second.status(second.user_specs(yes)).current


@pytest.mark.parametrize(
    "view, expected", [(True, True), (False, False), ("/some/view", "/some/view")]
)
def test_view_options(managed: ManagedEnvironments, view: Any, expected: Any) -> None:
    environment = new(managed, "e", view=view)
    assert environment.manifest.sections["view"].plain() == expected


def test_sources_that_are_none(managed: ManagedEnvironments, tmp_path: Path) -> None:
    for source in (tmp_path / "nothing.yaml", tmp_path):
        with pytest.raises(CreationSourceError):
            new(managed, "e", source=str(source))
    assert managed.names() == []


# manifest and lock


def test_edit_is_written_and_other_keys_stay(managed: ManagedEnvironments) -> None:
    environment = new(managed, "e")
    with environment.edit() as edit:
        edit.add_spec("zlib")
    assert [root.text for root in environment.user_specs(yes)] == ["zlib"]
    assert not os.path.exists(environment.lock_path)


def test_failed_edit_changes_nothing(managed: ManagedEnvironments) -> None:
    environment = new(managed, "e")
    before = environment.manifest.text
    with pytest.raises(ZeroDivisionError), environment.edit() as edit:
        edit.add_spec("zlib")
        raise ZeroDivisionError
    assert Path(environment.manifest_path).read_text() == before


def test_edit_by_hand_is_noticed(managed: ManagedEnvironments) -> None:
    environment = new(managed, "e")
    assert environment.user_specs(yes) == []
    Path(environment.manifest_path).write_text("spack:\n  specs: [by-hand]\n")
    assert environment.user_specs(yes)[0].text == "by-hand"


def test_unchanged_manifest_is_not_parsed_again(
    managed: ManagedEnvironments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "spack:\n  concretization: together\n  specs:\n  - zlib\n  - matrix: [[a], ['@1']]\n"
        "  include_concrete: [/x]\n"
    )
    environment = new(managed, "e")
    path = Path(environment.manifest_path)
    path.write_text(text)
    os.utime(path, ns=(1, 1))
    first = environment.manifest

    def parsed(text: str, file: str) -> Any:
        raise AssertionError("parsed again")

    monkeypatch.setattr("spack.environments.manifests.manifest.parse_yaml", parsed)
    again = Environment(environment.location).manifest
    assert again.text == first.text and again.body.plain() == first.body.plain()
    assert again.sections["concretizer"].plain() == {"unify": True}
    assert str(again.user_specs(yes)[1].origin) == str(first.user_specs(yes)[1].origin)
    assert [entry.data for entry in again.include_concrete] == ["/x"]
    os.utime(path, ns=(2, 2))
    with pytest.raises(AssertionError, match="parsed again"):
        assert Environment(environment.location).manifest
    Path(environment.internal, "manifest.json").write_text("rubbish")
    with pytest.raises(AssertionError, match="parsed again"):
        assert Environment(environment.location).manifest


def test_lock_is_written_only_if_it_changed(managed: ManagedEnvironments, solver: Solver) -> None:
    environment = new(managed, "e")
    with environment.edit() as edit:
        edit.add_spec("zlib")
    roots = environment.user_specs(yes)
    assert environment.status(roots).new == tuple(roots)
    environment.concretize(alone(roots), solver)
    inode = os.stat(environment.lock_path).st_ino
    environment.concretize(alone(roots), solver)
    assert os.stat(environment.lock_path).st_ino == inode
    assert [text for _, text in environment.concrete_roots()] == ["zlib"]


def test_solver_failure_leaves_the_lock(managed: ManagedEnvironments, solver: Solver) -> None:
    environment = new(managed, "e")
    with environment.edit() as edit:
        edit.add_spec("zlib")
    environment.concretize(alone(environment.user_specs(yes)), solver)
    before = Path(environment.lock_path).read_bytes()

    def fails(node: Any, roots: Any, known: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        environment.concretize(alone(environment.user_specs(yes)), fails, force=True)
    assert Path(environment.lock_path).read_bytes() == before


def test_no_lock_and_a_damaged_lock(managed: ManagedEnvironments) -> None:
    environment = new(managed, "e")
    assert environment.read_lock() is None
    with pytest.raises(NotFoundError, match="not concretized"):
        environment.locked()
    Path(environment.lock_path).write_text("{}")
    with pytest.raises(SpecfileError) as caught:
        environment.locked()
    assert "spack.lock" in str(caught.value)


def test_transactions_exclude_each_other(managed: ManagedEnvironments) -> None:
    environment = new(managed, "e")
    code = (
        "import sys\n"
        "from spack.environments import environment\n"
        "from spack.environments.locations import Location\n"
        "from spack.system.files.locks import LockTimeoutError\n"
        "environment._LOCK_SECONDS = 0\n"
        "there = environment.Environment(Location(sys.argv[1], None))\n"
        "try:\n"
        "    with there.transaction(): pass\n"
        "except LockTimeoutError: sys.exit(7)\n"
    )
    command = [sys.executable, "-c", code, environment.directory]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with environment.transaction():
        assert subprocess.run(command, env=variables).returncode == 7
    assert subprocess.run(command, env=variables).returncode == 0


def test_included_environments(managed: ManagedEnvironments, solver: Solver) -> None:
    base = new(managed, "base")
    user = new(managed, "user", include_concrete=[base.directory])
    with pytest.raises(ConfigurationError, match="concretize the included"):
        user.included_locks()
    with base.edit() as edit:
        edit.add_spec("zlib")
    base.concretize(alone(base.user_specs(yes)), solver)
    locks = user.included_locks()
    assert [text for _, text in locks[base.directory].roots] == ["zlib"]
    user.concretize(alone([]), solver, included=locks)
    assert list(user.locked().included) == [base.directory]


def test_build_logs_are_linked(managed: ManagedEnvironments, solver: Solver) -> None:
    environment = new(managed, "e")
    link = environment.link_log("base-1-abc", "/stage/base/build.log")
    assert environment.link_log("base-1-abc", "/stage/base/build.log") == link
    assert os.readlink(link) == "/stage/base/build.log"
    assert os.path.dirname(link) == environment.logs


def test_a_link_to_a_compressed_log_can_be_read(
    managed: ManagedEnvironments, tmp_path: Path
) -> None:
    environment = new(managed, "e")
    log = tmp_path / "build.log.gz"
    for text in (b"first\n", b"built again\n"):
        log.write_bytes(gzip.compress(text))
        link = Path(environment.link_log("base-1-abc", str(log)))
        assert link.is_symlink() and link.read_bytes() == text
        os.utime(link.resolve(), (1, 1))


def test_recipes_are_kept(managed: ManagedEnvironments, solver: Solver, tmp_path: Path) -> None:
    (tmp_path / "repo" / "packages" / "base").mkdir(parents=True)
    (tmp_path / "repo" / "repo.yaml").write_text("repo: {namespace: builtin}\n")
    (tmp_path / "repo" / "packages" / "base" / "package.py").write_text("# recipe\n")

    def folder_of(spec: Any) -> Any:
        folder = tmp_path / "repo" / "packages" / spec.name
        if not folder.exists():
            return None
        return RecipeFolder(str(folder), str(tmp_path / "repo" / "repo.yaml"))

    environment = new(managed, "e")
    root = Path(environment.repos, "builtin", "spack_repo", "builtin")
    assert len(save_recipes(environment, [solver.base], folder_of)) == 1
    assert save_recipes(environment, [solver.base], folder_of) == []
    (tmp_path / "repo" / "packages" / "other").mkdir()
    made = save_recipes(environment, [solver.base, concrete("other")], folder_of)
    assert made == [str(root / "packages" / "other")]
    assert (root / "packages" / "base" / "package.py").read_text() == "# recipe\n"
    assert saved_repositories(environment) == [str(root)]


def test_repositories_of_older_environments(managed: ManagedEnvironments) -> None:
    """The folder was called repo."""
    environment = new(managed, "e")
    old = Path(environment.internal, "repo")
    old.mkdir()
    (old / "repo.yaml").write_text("repo: {}\n")
    assert saved_repositories(environment) == [str(old)]


# removal


def test_remove_and_rename(managed: ManagedEnvironments) -> None:
    environment = new(managed, "group/inner")
    target = Location(managed.directory("other"), "other")
    moved = rename(environment, target)
    assert managed.names() == ["other"]
    assert os.listdir(managed.root) == ["other"]
    new(managed, "third")
    with pytest.raises(ExistsError):
        rename(moved, Location(managed.directory("third"), "third"))
    rename(moved, Location(managed.directory("third"), "third"), force=True)
    remove(Environment(managed.find("third")))
    assert managed.names() == []
    with pytest.raises(NotFoundError):
        remove(moved)


def test_removing_a_tracked_environment_keeps_it(
    managed: ManagedEnvironments, tmp_path: Path
) -> None:
    create(Location(str(tmp_path / "project"), None))
    remove(Environment(managed.track(str(tmp_path / "project"), "linked")))
    assert managed.names() == [] and (tmp_path / "project" / "spack.yaml").exists()


def test_scope_of_the_environment(managed: ManagedEnvironments) -> None:
    environment = new(managed, "e")
    assert environment.scope.name == "env:e"
    assert environment.scope.path == environment.manifest_path
