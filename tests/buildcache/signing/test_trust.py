"""Signatures that count and those that do not, for every policy; texts made by enemies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spack.buildcache import trust
from spack.buildcache.signing.gnupg import GpgError, Keyring
from spack.buildcache.trust import TrustError
from spack.config.settings.trust_settings import TrustPolicy

TEXT = json.dumps({"version": 3, "data": ["- dash", "ü"]}, indent=1) + "\n"
SIGNED, ANY = TrustPolicy(), TrustPolicy(require="any")


@pytest.fixture
def reader(ring: Keyring, alice: Keyring) -> Keyring:
    """A ring that trusts one key."""
    ring.trust(alice.export([]))
    return ring


def test_signed_texts_come_back(alice: Keyring, reader: Keyring) -> None:
    signed = trust.sign(TEXT, alice)
    (key,) = reader.listing()
    assert trust.is_signed(signed) and not trust.is_signed(TEXT)
    for policy in (SIGNED, ANY, TrustPolicy(keys=(key.fingerprint,))):
        payload, signer = trust.verify(signed, policy, reader)
        assert json.loads(payload) == json.loads(TEXT) and signer == key
        assert trust.verify(f"\n{signed}\n\n", policy, reader)[1] == key


def test_unsigned_texts(reader: Keyring) -> None:
    with pytest.raises(TrustError, match="not signed"):
        trust.verify(TEXT, SIGNED, reader)
    assert trust.verify(TEXT, ANY, reader) == (TEXT, None)


def test_changed_texts_are_never_believed(alice: Keyring, reader: Keyring) -> None:
    changed = trust.sign(TEXT, alice).replace("version", "Version")
    for policy in (SIGNED, ANY):
        with pytest.raises(TrustError, match="changed after it was signed"):
            trust.verify(changed, policy, reader)


def test_unknown_keys(mallory: Keyring, reader: Keyring) -> None:
    signed = trust.sign(TEXT, mallory)
    (key,) = mallory.listing()
    with pytest.raises(TrustError, match=f"{key.fingerprint}, which is not trusted"):
        trust.verify(signed, SIGNED, reader)
    payload, signer = trust.verify(signed, ANY, reader)
    assert json.loads(payload) == json.loads(TEXT) and signer is None
    assert [one.fingerprint for one in reader.listing()] != [key.fingerprint]


def test_keys_of_other_mirrors(alice: Keyring, reader: Keyring) -> None:
    policy = TrustPolicy("lab", keys=("0" * 40,))
    with pytest.raises(TrustError, match="not one of the keys for lab"):
        trust.verify(trust.sign(TEXT, alice), policy, reader)


def test_text_beside_the_signed_one_is_refused(alice: Keyring, reader: Keyring) -> None:
    signed = trust.sign(TEXT, alice)
    hostile = [
        signed + TEXT,
        signed + signed,
        signed.replace("-----BEGIN PGP SIGNATURE-----", "x\n-----BEGIN PGP SIGNATURE-----", 1),
        signed.replace("Hash: SHA512\n", "Hash: SHA512\nEvil: yes\n"),
        signed.replace("\n\n", "\nnot signed\n\n", 1),
        signed.partition("-----BEGIN PGP SIGNATURE-----")[0],
    ]
    for text in hostile:
        with pytest.raises((TrustError, GpgError)):
            trust.verify(text, SIGNED, reader)


def test_expired_and_removed_keys(ring: Keyring) -> None:
    """The key was made, and has signed, some years ago."""
    settings_file = Path(ring.home, "gpg.conf")
    settings_file.parent.mkdir(mode=0o700)
    settings_file.write_text("faked-system-time 1577836800\n")
    brief = ring.create("Brief", "brief@example.org", expires="1y")
    signed = trust.sign(TEXT, ring)
    settings_file.unlink()
    ring = Keyring(ring.home)
    assert [key.is_usable for key in ring.listing()] == [False]
    with pytest.raises(TrustError, match="expired"):
        trust.verify(signed, SIGNED, ring)
    ring.untrust(brief.fingerprint, secret=True)
    with pytest.raises(TrustError, match="not trusted"):
        trust.verify(signed, SIGNED, ring)


def test_nobody_is_believed_without_the_program(
    alice: Keyring, reader: Keyring, monkeypatch: Any, tmp_path: Path
) -> None:
    signed = trust.sign(TEXT, alice)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GpgError, match="not installed"):
        trust.verify(signed, SIGNED, reader)
    assert json.loads(trust.verify(signed, ANY, reader)[0]) == json.loads(TEXT)


def test_licenses_and_failures() -> None:
    policy = TrustPolicy("lab", licenses=("MIT",), on_failure="error")
    trust.check_license("MIT", policy)
    trust.check_license("GPL-2.0-only", TrustPolicy())
    for expression, reason in [
        ("GPL-2.0-only", "GPL-2.0-only is not one of trust:lab:licenses"),
        ("", "NOASSERTION is not one of"),
        ("(", "cannot be judged"),
    ]:
        with pytest.raises(TrustError, match=reason):
            trust.check_license(expression, policy)
    assert trust.may_build_instead(TrustPolicy()) and not trust.may_build_instead(policy)


_LINES = st.sampled_from(
    [
        "-----BEGIN PGP SIGNED MESSAGE-----",
        "Hash: SHA512",
        "",
        "- x",
        "{}",
        "-----BEGIN PGP SIGNATURE-----",
        "-----END PGP SIGNATURE-----",
        "iQIzBAEBCgAdFiEE",
        "=abcd",
    ]
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_LINES | st.text(max_size=20), max_size=12))
def test_any_text_is_refused(reader: Keyring, lines: list[str]) -> None:
    text = "\n".join(["-----BEGIN PGP SIGNED MESSAGE-----", *lines])
    with pytest.raises((TrustError, GpgError)):
        trust.verify(text, SIGNED, reader)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_is_refused_or_means_the_same(
    alice: Keyring, reader: Keyring, data: st.DataObject
) -> None:
    signed = trust.sign('{"a": 1, "b": [2, 3]}\n', alice)
    position = data.draw(st.integers(0, len(signed) - 1))
    character = data.draw(st.characters(min_codepoint=1, max_codepoint=300))
    text = signed[:position] + character + signed[position + 1 :]
    try:
        payload, signer = trust.verify(text, SIGNED, reader)
    except (TrustError, GpgError):
        return
    assert signer is not None and json.loads(payload) == {"a": 1, "b": [2, 3]}
