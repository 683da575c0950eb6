"""Checksums of fetched files: algorithms, computing, and the error when one does not match.

Must not know where a file came from beyond the address it is told, nor what package wants it.
"""

from __future__ import annotations

import hashlib
import os
import string

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.type_names import BinaryIO

#: Algorithm names by the number of hexadecimal digits of their digests.
_BY_LENGTH = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}

#: Names of the keyword arguments of ``version`` and ``resource`` that hold a digest, best first.
ALGORITHMS = ("sha512", "sha384", "sha256", "sha224", "sha1", "md5")

_BLOCK = 1 << 20


class UnknownChecksumError(SpackError):
    """A digest whose text or length belongs to no supported algorithm."""


class ChecksumError(SpackError):
    """A file does not have the promised checksum.

    Attributes:
        file: path of the file; it has been removed when ``removed`` is true.
        expected, got: hexadecimal digests.
        url: where the file came from, or None.
    """

    def __init__(
        self,
        file: str,
        checksum: Checksum,
        got: str,
        *,
        url: str | None = None,
        size: int = 0,
        removed: bool = False,
    ) -> None:
        self.file = file
        self.expected = checksum.digest
        self.got = got
        self.url = url
        self.removed = removed
        lines = [
            f"    file:      {file} ({size} bytes{', now removed' if removed else ''})",
            f"    expected:  {checksum.algorithm} {checksum.digest}",
            f"    got:       {checksum.algorithm} {got}",
        ]
        if url:
            lines.append(f"    from:      {url}")
        super().__init__(
            f"{checksum.algorithm} checksum of {os.path.basename(file)} does not match",
            details="\n".join(lines),
            hint=(
                "fetch again; if the error persists, the source may have been replaced: compare it"
                " with what its authors publish before you change the recipe"
            ),
        )


class Checksum(NamedTuple):
    """An algorithm and a lower case hexadecimal digest."""

    algorithm: str
    digest: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.digest}"


def parse_checksum(digest: str, algorithm: str | None = None) -> Checksum:
    """The checksum written as ``digest``; the algorithm is told by the length unless given.

    Raises UnknownChecksumError when the text is not a hexadecimal digest of a known length or of
    the given algorithm.
    """
    text = digest.strip().lower()
    by_length = _BY_LENGTH.get(len(text))
    if not text or set(text) - set(string.hexdigits) or by_length is None:
        raise UnknownChecksumError(
            f"{digest!r} is not a hexadecimal digest of {', '.join(reversed(ALGORITHMS))}",
            hint="take the digest from `spack checksum PACKAGE`",
        )
    if algorithm is not None and algorithm != by_length:
        raise UnknownChecksumError(
            f"{digest!r} has the length of a {by_length} digest, but is declared as {algorithm}"
        )
    return Checksum(by_length, text)


def _hash_stream(stream: BinaryIO, algorithm: str) -> str:
    # md5 and sha1 identify files here, they protect nothing: allowed on FIPS systems too.
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    while True:
        block = stream.read(_BLOCK)
        if not block:
            return hasher.hexdigest()
        hasher.update(block)


def file_digest(path: str, algorithm: str = "sha256") -> str:
    """Hexadecimal digest of the bytes of a file."""
    with open(path, "rb") as stream:
        return _hash_stream(stream, algorithm)


def has_checksum(path: str, checksum: Checksum) -> bool:
    """Whether the file has this checksum."""
    return file_digest(path, checksum.algorithm) == checksum.digest


def verify(path: str, checksum: Checksum, *, url: str | None = None, remove: bool = True) -> None:
    """Raise ChecksumError unless the file has this checksum; a bad file is removed by default."""
    got = file_digest(path, checksum.algorithm)
    if got == checksum.digest:
        return
    size = os.path.getsize(path)
    if remove:
        os.unlink(path)
    raise ChecksumError(path, checksum, got, url=url, size=size, removed=remove)
