"""``spack compiler``, ``spack mirror`` and ``spack repo`` through the launcher."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.end_to_end.small_instance import Instance


def test_compilers(instance: Instance) -> None:
    listed = instance.ok("compiler", "list")
    assert listed.startswith("[e]  gcc@")
    info = instance.ok("compiler", "info", "gcc")
    assert "    compilers:\n        c: /" in info
    assert f"configured in {instance.config}/packages.yaml:" in info
    instance.ok("compiler", "find")  # the machine may have further ones
    assert "==> No new compilers" in instance.ok("compiler", "find")
    assert "==> Removed gcc@" in instance.ok("compiler", "remove", "--all", "gcc")
    assert "gcc" not in instance.ok("compiler", "list")
    assert "no configured compiler matches gcc" in instance.fails("compiler", "info", "gcc")
    assert "no configured compiler matches gcc" in instance.fails("compiler", "rm", "gcc")
    assert "==> Added gcc@" in instance.ok("compiler", "find")
    assert "[e]  gcc@" in instance.ok("compiler", "ls")
    assert instance.ok("spec", "--format", "{name}", "asker") == "asker\n"


def test_compilers_in_a_directory(instance: Instance, tmp_path: Path) -> None:
    (instance.config / "packages.yaml").unlink()
    assert "==> No new compilers" in instance.ok("compiler", "find", str(tmp_path))
    assert "gcc" in instance.ok("compiler", "find", "/usr/bin")


def test_the_first_solve_looks_for_compilers(instance: Instance) -> None:
    (instance.config / "packages.yaml").unlink()
    result = instance("spec", "--format", "{name}", "asker")
    assert (result.returncode, result.stdout) == (0, "asker\n")
    assert "Found gcc@" in result.stderr
    assert instance("spec", "asker").stderr == ""
    assert list(Path(instance.variables["HOME"]).iterdir()) == []


def test_mirrors(instance: Instance, tmp_path: Path) -> None:
    assert instance.ok("mirror", "list") == "==> No mirrors configured\n"
    instance.ok("mirror", "add", "here", str(tmp_path))
    instance.ok("mirror", "add", "--type", "source", "there", "https://example.org/mirror")
    rows = [line.split() for line in instance.ok("mirror", "list").splitlines()]
    assert rows == [
        ["there", "s", "-", "https://example.org/mirror"],
        ["here", "s", "b", str(tmp_path)],
    ]
    assert "already a mirror 'here'" in instance.fails("mirror", "add", "here", "/elsewhere")
    instance.ok("mirror", "remove", "here")
    assert "there is no mirror 'here'" in instance.fails("mirror", "rm", "here")
    assert "there" in instance.ok("mirror", "ls")
    assert "mirror needs a subcommand" in instance.fails("mirror")


def test_how_mirrors_are_entered(instance: Instance) -> None:
    def entry(name: str) -> Any:
        return json.loads(instance.ok("config", "get", "--json", "mirrors"))["mirrors"][name]

    login = ("--s3-access-key-id-variable", "ID", "--s3-access-key-secret-variable", "SECRET")
    instance.ok("mirror", "add", "--s3-profile", "mine", *login, "-n", "v", "m", "s3://bucket")
    pair = {"id_variable": "ID", "secret_variable": "SECRET"}
    assert entry("m") == {
        "url": "s3://bucket", "view": "v", "profile": "mine", "access_pair": pair,
    }  # fmt: skip
    token = ("--s3-access-token-variable", "TOKEN")
    instance.ok("mirror", "set-url", "--push", *token, "m", "s3://other")
    assert entry("m")["push"] == {"url": "s3://other", "access_token_variable": "TOKEN"}
    words = ("--oci-username", "me", "--oci-password-variable", "WORD")
    instance.ok("mirror", "set", "--url", "oci://host/x", *words, "m")
    assert entry("m")["access_pair"] == {"id": "me", "secret_variable": "WORD"}
    assert entry("m")["profile"] == "mine"


def test_repositories(instance: Instance, tmp_path: Path, small_repository: Path) -> None:
    assert instance.ok("repo", "list", "--names").split() == ["small", "builtin"]
    made = instance.ok("repo", "create", str(tmp_path / "new"), "mine")
    place = tmp_path / "new" / "spack_repo" / "mine"
    assert str(place) in made
    assert "already" in instance.fails("repo", "create", str(tmp_path / "new"), "mine")
    instance.ok("repo", "add", str(place))
    rows = instance.ok("repo", "list").splitlines()
    assert rows[0].split() == ["[+]", "mine", "mine", "v2.2", str(place)]
    assert rows[1].split()[-1] == str(small_repository)
    assert instance.ok("repo", "list", "--namespaces").split() == ["mine", "small", "builtin"]
    assert "already a repository 'mine'" in instance.fails("repo", "add", str(place))
    instance.ok("repo", "remove", "mine")
    assert "there is no repository 'mine'" in instance.fails("repo", "rm", "mine")
    assert "no repository in /nowhere" in instance.fails("repo", "add", "/nowhere")


def test_a_new_repository_comes_before_the_others(
    instance: Instance, tmp_path: Path, small_repository: Path
) -> None:
    instance.ok("repo", "create", str(tmp_path), "mine")
    folder = tmp_path / "spack_repo" / "mine" / "packages" / "answer"
    folder.mkdir()
    original = (small_repository / "packages" / "answer" / "package.py").read_text()
    (folder / "package.py").write_text(original.replace('"2.0"', '"3.0"'))
    instance.ok("repo", "add", str(tmp_path / "spack_repo" / "mine"))
    fmt = "{namespace} {version}"
    assert instance.ok("spec", "--format", fmt, "answer") == "mine 3.0\n"
    assert instance.ok("spec", "--format", fmt, "small.asker") == "small 1.0\n"
