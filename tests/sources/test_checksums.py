"""Checksums: algorithms told by length, and errors that say everything."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest

from spack.sources.fetching.checksums import (
    ALGORITHMS,
    Checksum,
    ChecksumError,
    UnknownChecksumError,
    file_digest,
    has_checksum,
    parse_checksum,
    verify,
)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm_is_known_by_its_length_and_computed(tmp_path: Any, algorithm: str) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"spack")
    digest = hashlib.new(algorithm, b"spack").hexdigest()
    assert parse_checksum(digest) == Checksum(algorithm, digest)
    assert parse_checksum(digest.upper(), algorithm) == Checksum(algorithm, digest)
    assert file_digest(str(path), algorithm) == digest
    assert has_checksum(str(path), parse_checksum(digest))


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "a" * 63])
def test_text_that_is_no_digest_is_an_error(text: str) -> None:
    with pytest.raises(UnknownChecksumError):
        parse_checksum(text)


def test_digest_of_another_algorithm_is_an_error() -> None:
    with pytest.raises(UnknownChecksumError, match="sha1"):
        parse_checksum("a" * 40, "sha256")


def test_mismatch_names_file_both_digests_and_address_and_removes_the_file(tmp_path: Any) -> None:
    path = tmp_path / "lz4.tar.gz"
    path.write_bytes(b"evil")
    with pytest.raises(ChecksumError) as caught:
        verify(str(path), Checksum("sha256", "0" * 64), url="https://example.org/lz4.tar.gz")
    text = str(caught.value)
    assert str(path) in text and "0" * 64 in text and "https://example.org/lz4.tar.gz" in text
    assert hashlib.sha256(b"evil").hexdigest() in text
    assert caught.value.removed and not os.path.exists(path)


def test_mismatch_can_leave_the_file(tmp_path: Any) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"evil")
    with pytest.raises(ChecksumError):
        verify(str(path), Checksum("sha256", "0" * 64), remove=False)
    assert path.exists()
