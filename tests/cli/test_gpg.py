"""``spack gpg``: keys made, trusted, moved and removed, files signed and verified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.buildcache.signing.conftest import end_agent

from .conftest import Run


@pytest.fixture
def gpg(spack: Run, tmp_path: Path) -> Iterator[Run]:
    """The program, whose agent ends with the test."""
    yield spack
    home = tmp_path / "state" / "opt" / "spack" / "gpg"
    end_agent(home)


def made(gpg: Run, *words: str) -> str:
    """Make a key; its fingerprint."""
    result = gpg("gpg", "create", *words)
    assert result.returncode == 0, result.stderr
    found = re.search("[0-9A-F]{40}", result.stdout)
    assert found
    return found.group()


def test_keys_and_files(gpg: Run, tmp_path: Path) -> None:
    assert "No keys" in gpg("gpg", "list").stdout
    public, secret = tmp_path / "public.key", tmp_path / "secret.key"
    words = ["--comment", "ours", "--expires", "2y"]
    words += ["--export", str(public), "--export-secret", str(secret), "Alice", "a@example.org"]
    key = made(gpg, *words)
    assert secret.stat().st_mode & 0o777 == 0o600
    listed = gpg("gpg", "list", "--signing").stdout
    assert f"{key}  Alice (ours) <a@example.org>" in listed and "can sign" in listed

    file = tmp_path / "file"
    file.write_text("text\n")
    assert gpg("gpg", "sign", str(file)).returncode == 0
    result = gpg("gpg", "verify", str(file))
    assert result.returncode == 0 and key in result.stdout
    file.write_text("other\n")
    result = gpg("gpg", "verify", str(file), str(tmp_path / "file.asc"))
    assert result.returncode == 1 and "changed after it was signed" in result.stderr

    clear = tmp_path / "clear"
    result = gpg("gpg", "sign", "--clearsign", "--key", key, "--output", str(clear), str(file))
    assert result.returncode == 0 and "other" in clear.read_text()
    assert gpg("gpg", "verify", str(clear)).returncode == 0

    result = gpg("gpg", "untrust", "a@example.org")
    assert result.returncode == 1 and "--signing" in result.stderr
    assert gpg("gpg", "untrust", "--signing", key).returncode == 0
    result = gpg("gpg", "verify", str(clear))
    assert result.returncode == 1 and "not trusted" in result.stderr
    assert key in gpg("gpg", "trust", str(public)).stdout
    assert gpg("gpg", "verify", str(clear)).returncode == 0
    assert "No keys" in gpg("gpg", "list", "--signing").stdout
    assert key in gpg("gpg", "list", "--trusted").stdout
    result = gpg("gpg", "sign", str(file))
    assert result.returncode == 1 and "no key to sign with" in result.stderr


def test_initial_keys_and_exports(gpg: Run, tmp_path: Path) -> None:
    key = made(gpg, "Alice", "a@example.org")
    folder = tmp_path / "keys"
    folder.mkdir()
    assert gpg("gpg", "export", str(folder / "one.key")).returncode == 0
    (folder / "notes.txt").write_text("not a key")
    result = gpg("gpg", "export", "--secret", str(folder / "one.key"))
    assert result.returncode == 1 and "there already" in result.stderr
    assert gpg("gpg", "untrust", "--signing", key).returncode == 0
    result = gpg("gpg", "init", "--from", str(folder))
    assert "Trusted 1 key in" in result.stdout
    result = gpg("gpg", "init")
    assert result.returncode == 1 and "is not a directory" in result.stderr
    result = gpg("gpg", "export", str(folder / "two.key"), "bob")
    assert result.returncode == 1 and "there is no key 'bob'" in result.stderr
