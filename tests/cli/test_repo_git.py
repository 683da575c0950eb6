"""``spack repo`` with git repositories: clone, pin, update, migrate."""

from __future__ import annotations

from pathlib import Path

from .conftest import Run
from .recipe_folders import commit, git, make_git_repository


def test_clone_update_and_pin(spack: Run, tmp_path: Path) -> None:
    top = tmp_path / "server"
    make_git_repository(top)
    first = git(top, "rev-parse", "HEAD")
    assert spack("repo", "add", top.as_uri()).stdout.endswith("repository mine\n")
    assert "base" in spack("list", "base").stdout.split()
    (top / "spack_repo" / "mine" / "packages" / "base" / "package.py").unlink()
    second = commit(top, "two")
    assert "base" in spack("list", "-N", "mine").stdout.split()
    result = spack("repo", "update")
    assert f"{first[:12]} -> {second[:12]}" in result.stdout, result.stderr
    assert "base" not in spack("list", "-N", "mine").stdout.split()
    result = spack("repo", "update", "--commit", first, "mine")
    assert result.returncode == 0, result.stderr
    assert spack("config", "get", "repos:mine:commit").stdout.strip() == first
    assert "base" in spack("list", "-N", "mine").stdout.split()
    assert "up to date" in spack("repo", "update", "mine").stdout


def test_the_line_of_the_readme_puts_public_recipes_in_place_of_ours(
    spack: Run, tmp_path: Path, root: Path
) -> None:
    """As the README says, with an empty home and a copy of the server on this machine."""
    server = tmp_path / "server"
    make_git_repository(server)
    (server / "repos" / "spack_repo").mkdir(parents=True)
    (server / "spack_repo" / "mine").rename(server / "repos" / "spack_repo" / "builtin")
    (server / "repos" / "spack_repo" / "builtin" / "repo.yaml").write_text(
        "repo:\n  namespace: builtin\n  api: v2.2\n"
    )
    (server / "spack-repo-index.yaml").write_text(
        "repo_index:\n  paths:\n  - repos/spack_repo/builtin\n"
    )
    commit(server, "public")
    lines = (root / "README.rst").read_text().splitlines()
    (line,) = [line.split() for line in lines if line.strip().startswith("spack repo add ")]
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[url "{server.as_uri()}"]\n  insteadOf = {line[-1]}\n')
    variables = {"HOME": str(home), "SPACK_USER_CONFIG_PATH": str(home / "config")}
    done = spack(*line[1:], variables=variables)
    assert done.returncode == 0, done.stderr
    shown = spack("list", variables=variables)
    assert shown.stdout.split() == ["base", "host", "plugin"], shown.stderr
    assert spack("repo", "add", str(server), variables=variables).returncode == 1
    again = spack(*line[1:], variables=variables)
    assert (again.returncode, "already a repository 'builtin'" in again.stderr) == (2, True)
    # And back.
    assert spack("repo", "remove", "builtin", variables=variables).returncode == 0
    assert "zlib" not in spack("list", "base", variables=variables).stdout.split()
    assert "heat2d" in spack("list", variables=variables).stdout.split()
    # A checkout does as well as an address.
    checkout = server / "repos" / "spack_repo" / "builtin"
    assert spack("repo", "add", str(checkout), variables=variables).returncode == 0
    assert "base" in spack("list", variables=variables).stdout.split()


def test_changed_clones_are_left_alone(spack: Run, tmp_path: Path) -> None:
    top, clone = tmp_path / "server", tmp_path / "clone"
    make_git_repository(top)
    assert spack("repo", "add", "--name", "m", top.as_uri(), str(clone)).returncode == 0
    recipe = clone / "spack_repo" / "mine" / "packages" / "base" / "package.py"
    recipe.write_text(recipe.read_text() + "\n")
    result = spack("repo", "update", "m")
    assert (result.returncode, "has uncommitted changes" in result.stderr) == (1, True)
    git(clone, "commit", "-qam", "own")
    assert "local commits" in spack("repo", "update", "m").stderr


def test_entries_that_cannot_be_used(spack: Run, tmp_path: Path) -> None:
    top = tmp_path / "server"
    make_git_repository(top)
    assert spack("repo", "add", top.as_uri()).returncode == 0
    result = spack("repo", "update", "--branch", "nowhere", "mine")
    assert "branch nowhere" in result.stderr
    assert spack("repo", "set", "--path", "../out", "mine").returncode == 0
    assert "is outside" in spack("list").stderr
    assert spack("repo", "set", "mine").returncode == 2
    assert spack("repo", "update", "builtin").returncode == 2


def test_migrate_adds_imports(spack: Run, tmp_path: Path) -> None:
    top = tmp_path / "server"
    make_git_repository(top)
    root = top / "spack_repo" / "mine"
    recipe = root / "packages" / "base" / "package.py"
    recipe.write_text(recipe.read_text().partition("\n")[2].replace("(Package)", "(CMakePackage)"))
    assert "imports CMakePackage" in spack("repo", "migrate", str(root)).stdout
    assert spack("repo", "migrate", "--fix", str(root)).returncode == 0
    assert "build_systems.cmake import CMakePackage" in recipe.read_text()
    assert "Nothing to do" in spack("repo", "migrate", str(root)).stdout
