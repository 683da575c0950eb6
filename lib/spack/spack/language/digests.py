"""Digests of short texts, such as the hashes of specs, and how they are written.

The functions of the interpreter itself are taken where it has them: ``hashlib`` loads the OpenSSL
library, which takes 2 ms, as much as all digests of a solve. They are the same for any text.
"""

from __future__ import annotations

from typing import Any

_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"


def sha1(data: bytes) -> Any:
    """Like ``hashlib.sha1``."""
    try:
        from _sha1 import sha1 as function  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha1 as function
    return function(data)


def sha256(data: bytes) -> Any:
    """Like ``hashlib.sha256``."""
    try:
        from _sha256 import sha256 as function  # type: ignore[import-not-found]
    except ImportError:
        try:
            from _sha2 import sha256 as function  # type: ignore[import-not-found]
        except ImportError:
            from hashlib import sha256 as function
    return function(data)


def base32(digest: bytes) -> str:
    """Five bits a letter, lower case, filled up with ``=`` to a multiple of eight letters."""
    bits = 8 * len(digest)
    length = -(-bits // 5)
    number = int.from_bytes(digest, "big") << (5 * length - bits)
    letters = [_DIGITS[number >> shift & 31] for shift in range(5 * length - 5, -1, -5)]
    return "".join(letters) + "=" * (-length % 8)
