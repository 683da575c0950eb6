"""Digests are those of ``hashlib``, and their letters those of ``base64``."""

from __future__ import annotations

import base64
import hashlib

import pytest

from spack.language.digests import base32, sha1, sha256


@pytest.mark.parametrize("data", [b"", b"a", b"\0\0zlib", bytes(range(256)) * 9])
def test_digests_are_the_usual_ones(data: bytes) -> None:
    assert sha1(data).digest() == hashlib.sha1(data).digest()
    assert sha256(data).hexdigest() == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("length", range(34))
def test_letters_are_the_usual_ones(length: int) -> None:
    for data in (bytes(length), bytes(range(7, 7 + length)), b"\xff" * length):
        assert base32(data) == base64.b32encode(data).decode().lower()
