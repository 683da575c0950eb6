"""Keys in a ring of our own, made, moved and removed by the real GnuPG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spack.buildcache.signing.gnupg import GpgError, Keyring

from .conftest import end_agent


def test_keys_are_made_and_listed(alice: Keyring) -> None:
    (key,) = alice.listing()
    assert key.user == "Alice (of: the lab) <alice@example.org>"
    assert len(key.fingerprint) == 40 and key.is_secret and key.is_usable and key.expires is None
    for wanted in (key.fingerprint, "0x" + key.fingerprint[-16:].lower(), "alice@", "LAB"):
        assert alice.find(wanted) == [key]
    assert alice.find("bob") == []


def test_a_ring_that_is_not_there_is_empty(ring: Keyring) -> None:
    assert ring.listing() == []
    assert not Path(ring.home).exists()


def test_keys_are_trusted_and_removed(alice: Keyring, ring: Keyring) -> None:
    (key,) = alice.listing()
    data = alice.export([key.fingerprint])
    assert [one.fingerprint for one in ring.keys_in(data)] == [key.fingerprint]
    assert ring.listing() == []
    (found,) = ring.trust(data)
    assert found == key._replace(is_secret=False) and ring.listing() == [found]
    assert Path(ring.home).stat().st_mode & 0o777 == 0o700
    ring.untrust(key.fingerprint)
    assert ring.listing() == []


def test_secret_keys_move(alice: Keyring, ring: Keyring) -> None:
    (key,) = alice.listing()
    assert ring.trust(alice.export([], secret=True)) == [key]
    with pytest.raises(GpgError, match="could not be removed"):
        ring.untrust(key.fingerprint)
    ring.untrust(key.fingerprint, secret=True)
    assert ring.listing() == []


def test_keys_that_expire(ring: Keyring) -> None:
    key = ring.create("Brief", "brief@example.org", expires="1d")
    assert key.expires is not None and key.expires - key.created == 86400


@pytest.mark.parametrize("text", ["a\nName-Real: b", "a\x00", " a"])
def test_names_add_no_lines(ring: Keyring, text: str) -> None:
    with pytest.raises(GpgError, match="cannot be in a key"):
        ring.create(text, "a@example.org")
    with pytest.raises(GpgError, match="cannot be in a key"):
        ring.create("Name", "a@example.org", comment=text)


@pytest.mark.parametrize("data", [b"", b"no key", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx"])
def test_files_without_keys_are_refused(ring: Keyring, data: bytes) -> None:
    with pytest.raises(GpgError):
        ring.trust(data)
    assert ring.listing() == []


def test_the_key_to_sign_with(alice: Keyring, mallory: Keyring, ring: Keyring) -> None:
    with pytest.raises(GpgError, match="no key to sign with") as caught:
        ring.signing_key(None)
    assert "spack gpg create" in str(caught.value)
    (key,) = alice.listing()
    assert alice.signing_key(None) == alice.signing_key("alice") == key
    with pytest.raises(GpgError, match="that matches 'bob'"):
        alice.signing_key("bob")
    for other in (alice, mallory):
        ring.trust(other.export([], secret=True))
    with pytest.raises(GpgError, match="several keys") as caught:
        ring.signing_key(None)
    assert key.fingerprint in str(caught.value)
    assert ring.signing_key("alice@") == key


def test_long_names_of_directories(alice: Keyring, tmp_path: Path) -> None:
    """The name of the socket of the agent has room for some hundred characters only."""
    ring = Keyring(str(tmp_path / ("d" * 120)))
    (key,) = ring.trust(alice.export([], secret=True))
    assert ring.check_clear(ring.sign(b"text\n", key.fingerprint, clear=True))[0] == b"text\n"
    end_agent(Path(ring.home))


def test_without_the_program(ring: Keyring, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GpgError, match="GnuPG is not installed"):
        ring.create("Alice", "alice@example.org")
