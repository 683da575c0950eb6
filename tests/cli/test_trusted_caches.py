"""Signed binary caches through the launcher: keys that count, falling back, registries."""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.buildcache import registries
from tests.buildcache.signing.conftest import end_agent
from tests.end_to_end.small_instance import Instance


@pytest.fixture
def signing(instance: Instance, tmp_path: Path) -> Iterator[Instance]:
    """An instance with a key, and ``answer`` installed and pushed, signed, to ``here``."""
    cache = tmp_path / "cache"
    instance.ok("gpg", "create", "--export", str(tmp_path / "public"), "Alice", "a@example.org")
    instance.ok("mirror", "add", "--type", "binary", "here", str(cache))
    instance.ok("install", "--fake", "answer")
    instance.ok("buildcache", "push", "--update-index", "here", "answer")
    instance.ok("gpg", "publish", "-m", "here")
    instance.ok("uninstall", "-y", "--all")
    yield instance
    ring = instance.state / "opt" / "spack" / "gpg"
    end_agent(ring)


def said(instance: Instance, *words: str) -> str:
    """Everything that a command says that must succeed."""
    result = instance(*words)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def refused(instance: Instance, *words: str) -> str:
    """The errors of a command that must not succeed."""
    result = instance(*words)
    assert result.returncode == 1 and "Traceback" not in result.stderr, result.stdout
    return result.stderr


def _forget_keys(instance: Instance) -> None:
    instance.ok("gpg", "untrust", "--signing", "a@example.org")


def test_only_what_is_signed_by_a_trusted_key_is_taken(signing: Instance, tmp_path: Path) -> None:
    (manifest,) = (tmp_path / "cache").glob("v3/manifests/spec/answer/*")
    assert manifest.read_text().startswith("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512")
    signing.ok("install", "--cache-only", "answer")
    prefix = Path(signing.ok("location", "-i", "answer").strip())
    key = json.loads((prefix / ".spack/cache_origin.json").read_text())["signed_by"]
    assert key in signing.ok("gpg", "list")
    signing.ok("uninstall", "-y", "--all")

    _forget_keys(signing)
    failed = signing.fails("install", "--cache-only", "answer")
    assert f"signed by {key}, which is not trusted" in failed
    assert "which is not trusted" in said(signing, "install", "--fake", "answer")  # and is built
    signing.ok("uninstall", "-y", "--all")
    signing.ok("install", "--cache-only", "--no-check-signature", "answer")
    signing.ok("uninstall", "-y", "--all")

    assert f"here: {key}  Alice <a@example.org>  (not trusted)" in signing.ok("buildcache", "keys")
    signing.ok("buildcache", "keys", "--install")
    assert "No keys" in signing.ok("gpg", "list")
    assert "(trusted)" in signing.ok("buildcache", "keys", "--install", "--trust")
    signing.ok("install", "--cache-only", "answer")


def test_a_changed_cache_is_noticed(signing: Instance, tmp_path: Path) -> None:
    (manifest,) = (tmp_path / "cache").glob("v3/manifests/spec/answer/*")
    text = manifest.read_text()
    manifest.write_text(re.sub('"contentLength": ', '"contentLength": 1', text, count=1))
    assert "changed after it was signed" in signing.fails("install", "--cache-only", "answer")
    failed = signing.fails("install", "--cache-only", "--no-check-signature", "answer")
    assert "changed after it was signed" in failed
    assert "building it from source" in said(signing, "install", "--fake", "answer")
    signing.ok("uninstall", "-y", "--all")
    signing.ok("config", "add", "trust:here:on_failure:error")
    assert "changed after it was signed" in signing.fails("install", "--fake", "answer")


def test_keys_and_licenses_of_a_mirror(signing: Instance) -> None:
    signing.ok("config", "add", f"trust:here:keys:['{'0' * 40}']")
    failed = signing.fails("install", "--cache-only", "answer")
    assert "not one of the keys for here" in failed
    signing.ok("config", "remove", "trust:here:keys")
    signing.ok("config", "add", "trust:here:licenses:[MIT]")
    failed = signing.fails("install", "--cache-only", "answer")
    assert "is not one of trust:here:licenses" in failed
    signing.ok("config", "add", "trust:here:licenses:['GPL*', NOASSERTION]")
    signing.ok("install", "--cache-only", "answer")


def test_registries(signing: Instance, open_registry: str, tmp_path: Path) -> None:
    url = f"oci+http://{open_registry}/tests/{uuid.uuid4().hex}"
    signing.ok("install", "--fake", "asker")
    signing.ok("mirror", "add", "--type", "binary", "images", url)
    assert "hold no signatures" in refused(signing, "buildcache", "push", "images", "asker")
    signing.ok("mirror", "set", "--unsigned", "images")
    signing.ok("mirror", "remove", "here")
    shown = signing.ok("buildcache", "push", "--update-index", "--tag", "all", "images", "asker")
    assert "0 failed" in shown
    assert "No problems" in signing.ok("buildcache", "check-index", "images")
    assert "asker@1.0" in signing.ok("buildcache", "list", "asker")
    signing.ok("uninstall", "-y", "--all")
    signing.ok("install", "--cache-only", "asker")
    signing.ok("verify", "manifest", "--all")
    failed = signing.fails("buildcache", "push", "--unsigned", "--tag", "x", str(tmp_path / "c"))
    assert "no specs given" in failed
    words = ("buildcache", "push", "--unsigned", "--tag", "x", str(tmp_path / "c"), "asker")
    assert "not a registry of images" in signing.fails(*words)


def test_registries_with_logins(instance: Instance, tmp_path: Path) -> None:
    instance.ok("install", "--fake", "answer")
    (tmp_path / "registry").mkdir()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(registries.tokens(tmp_path / "registry"))
        settings = server.settings()
        place = stack.enter_context(registries.running(tmp_path / "registry", settings))
        user, password = server.USER
        instance.ok(
            "mirror", "add", "--unsigned", "--oci-username", user, "--oci-password-variable",
            "PASSWORD", "images", f"oci+http://{place}/lab/cache",
        )  # fmt: skip
        failed = refused(instance, "buildcache", "push", "images", "answer")
        assert "401" in failed and "--oci-username-variable" in failed
        variables = {"PASSWORD": password}
        instance.ok("buildcache", "push", "images", "answer", variables=variables)
        instance.ok("uninstall", "-y", "--all")
        instance.ok("install", "--cache-only", "answer")  # everybody may read
