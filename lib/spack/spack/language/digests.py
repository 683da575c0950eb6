"""Digests of short texts, such as the hashes of specs, and how they are written.

The functions of the interpreter itself are taken where it has them: ``hashlib`` loads the OpenSSL
library, which takes 2 ms, as much as all digests of a solve. They are the same for any text.
"""

from __future__ import annotations

from functools import cache

from spack.type_names import Any

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"


@cache
def _function(name: str) -> Any:
    """The digest of that name. Python 3.12 has those of the second kind in one module."""
    for module in (f"_{name}", "_sha2"):
        try:
            return getattr(__import__(module), name)
        except (ImportError, AttributeError):
            continue
    return getattr(__import__("hashlib"), name)


def sha1(data: bytes) -> Any:
    """Like ``hashlib.sha1``."""
    return _function("sha1")(data)


def sha256(data: bytes) -> Any:
    """Like ``hashlib.sha256``."""
    return _function("sha256")(data)


def base32(digest: bytes) -> str:
    """Five bits a letter, lower case, filled up with ``=`` to a multiple of eight letters."""
    bits = 8 * len(digest)
    length = -(-bits // 5)
    number = int.from_bytes(digest, "big") << (5 * length - bits)
    letters = [_DIGITS[number >> shift & 31] for shift in range(5 * length - 5, -1, -5)]
    return "".join(letters) + "=" * (-length % 8)
