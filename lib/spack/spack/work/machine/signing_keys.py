"""Keys of binary caches, as ``spack gpg`` manages them: made, trusted, exported, published."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence

from spack.buildcache.signing.gnupg import GpgError, Signature
from spack.buildcache.signing.gnupg import Keyring as Keyring
from spack.buildcache.signing.gnupg import SigningKey as SigningKey
from spack.config.settings.settings import Settings
from spack.errors import ExistsError, NotFoundError, SpackError
from spack.system.files.writing import atomic_write


class SignatureError(SpackError):
    """A file is not signed by a trusted key."""


def keyring(settings: Settings) -> Keyring:
    """The key ring of the instance, or that which ``SPACK_GNUPGHOME`` names."""
    return Keyring(settings.trust.key_ring)


def initial_keys(state: str) -> str:
    """The directory with the keys of an instance that ``spack gpg init`` trusts."""
    return os.path.join(state, "var", "spack", "gpg")


def trust_file(ring: Keyring, path: str) -> list[SigningKey]:
    """Trust the keys in a file; those keys. Raises GpgError."""
    return ring.trust(_content(path))


def trust_directory(ring: Keyring, directory: str) -> list[SigningKey]:
    """Trust the keys in all files ``*.key`` of a directory; those keys. Raises NotFoundError."""
    if not os.path.isdir(directory):
        raise NotFoundError(f"{directory} is not a directory", hint="name one with --from")
    found = []
    for path in sorted(glob.glob(os.path.join(glob.escape(directory), "*.key"))):
        found += trust_file(ring, path)
    return found


def untrust(ring: Keyring, words: Sequence[str], *, signing: bool) -> list[SigningKey]:
    """Remove keys from the ring; ``signing``: also those that can sign. Raises NotFoundError."""
    chosen = _chosen(ring, words)
    own = [key for key in chosen if key.is_secret]
    if own and not signing:
        raise GpgError(
            f"{own[0].fingerprint} ({own[0].user}) can sign, and would be lost",
            hint="export it with spack gpg export --secret, then remove it with --signing",
        )
    for key in chosen:
        ring.untrust(key.fingerprint, secret=key.is_secret)
    return chosen


def export(ring: Keyring, words: Sequence[str], path: str, *, secret: bool = False) -> None:
    """Write keys, without words all of them, to a file; secret ones for its owner alone.

    Raises ExistsError if secret keys would replace a file.
    """
    if secret and os.path.lexists(path):
        raise ExistsError(f"{path} is there already", hint="choose another file for the keys")
    able = [key for key in _chosen(ring, words) if key.is_secret or not secret]
    if not able:
        raise NotFoundError("there is no such key", hint="list the keys with spack gpg list")
    data = ring.export([key.fingerprint for key in able], secret=secret)
    atomic_write(path, data, mode=0o600 if secret else 0o644)


def chosen_keys(ring: Keyring, words: Sequence[str]) -> list[SigningKey]:
    """Keys by fingerprints or addresses, all that can sign without words. Raises NotFoundError."""
    if words:
        return _chosen(ring, words)
    able = [key for key in ring.listing() if key.is_secret and key.is_usable]
    if not able:
        raise NotFoundError(
            "there is no key that can sign", hint="make one with spack gpg create NAME EMAIL"
        )
    return able


def _chosen(ring: Keyring, words: Sequence[str]) -> list[SigningKey]:
    if not words:
        return ring.listing()
    found: dict[str, SigningKey] = {}
    for word in words:
        matching = ring.find(word)
        if not matching:
            raise NotFoundError(
                f"there is no key '{word}'", hint="list the keys with spack gpg list"
            )
        found.update((key.fingerprint, key) for key in matching)
    return list(found.values())


def sign_file(ring: Keyring, path: str, output: str, *, key: str | None, clear: bool) -> SigningKey:
    """Sign a file, its text with ``clear``; the key that signed. Raises GpgError."""
    chosen = ring.signing_key(key)
    if os.path.lexists(output) and os.path.realpath(output) == os.path.realpath(path):
        raise ExistsError(f"{output} is the file itself", hint="choose another with --output")
    atomic_write(output, ring.sign(_content(path), chosen.fingerprint, clear=clear))
    return chosen


def verify_file(ring: Keyring, path: str, signature: str | None) -> Signature:
    """The good signature of a file, in it or in a file of its own. Raises SignatureError."""
    beside = signature or next((p for p in (f"{path}.asc", f"{path}.sig") if os.path.isfile(p)), "")
    if beside:
        _content(beside)
        found = ring.check_detached(path, beside)
    else:
        _, found = ring.check_clear(_content(path))
    for one in found:
        if one.verdict == "good" and not any(other.verdict == "bad" for other in found):
            return one
    verdict = "bad" if any(one.verdict == "bad" for one in found) else found[0].verdict
    raise SignatureError(
        f"{path}: {_MEANING.get(verdict, 'the signature cannot be read')}",
        details=f"    key {found[0].fingerprint}" if found[0].fingerprint else None,
    )


_MEANING = {
    "bad": "the signature is false: the file was changed after it was signed",
    "unknown": "the signature is of a key that is not trusted",
    "expired": "the signature or its key has expired",
    "revoked": "the key of the signature was revoked",
}


def _content(path: str) -> bytes:
    """The bytes of a file. Raises NotFoundError."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}") from error
