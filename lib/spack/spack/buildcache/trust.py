"""Decides what of a binary cache is believed: signatures, the keys that made them, licences.

A policy says what a mirror must show. Everything that is not proved raises :class:`TrustError`,
and whoever installs goes on with the source or stops, as the policy says.
"""

from __future__ import annotations

from spack.buildcache.signing.gnupg import Keyring, Signature, SigningKey
from spack.buildcache.signing.licenses import UNKNOWN, LicenseError, is_allowed
from spack.config.settings.trust_settings import TrustPolicy
from spack.errors import SpackError

_BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"


class TrustError(SpackError):
    """Something of a cache is not believed; ``reason`` says why in a few words."""

    def __init__(self, reason: str, *, hint: str | None = None) -> None:
        self.reason = reason
        super().__init__(reason, hint=hint)


def is_signed(text: str) -> bool:
    """Whether a text claims to be signed."""
    return text.lstrip().startswith(_BEGIN)


def sign(text: str, keyring: Keyring, key: str | None = None) -> str:
    """The text with a signature around it, as Spack signs its manifests.

    ``key`` is a fingerprint, the end of one or an address; None takes the only key. Raises
    GpgError.
    """
    chosen = keyring.signing_key(key)
    return keyring.sign(text.encode(), chosen.fingerprint, clear=True).decode()


def verify(text: str, policy: TrustPolicy, keyring: Keyring) -> tuple[str, SigningKey | None]:
    """The text that was signed, and the key that did it; None as key if the policy asks for none.

    ``text`` is a whole file of a cache, clear-signed or plain. A signature that is there must not
    be a false one, whatever the policy. Raises TrustError; GpgError if GnuPG is not there.
    """
    if not is_signed(text):
        if policy.require == "signed":
            raise TrustError(
                "it is not signed",
                hint="push it with a key, or accept it with --no-check-signature",
            )
        return text, None
    payload = _payload(text)
    if policy.require != "signed" and not _may_judge(keyring):
        return payload, None
    checked, findings = keyring.check_clear(text.encode())
    if any(one.verdict == "bad" for one in findings):
        raise TrustError("its signature is false: it was changed after it was signed")
    known = {key.fingerprint: key for key in keyring.listing()}
    for one in findings:
        if one.verdict == "good" and one.fingerprint in known:
            if not policy.keys or one.fingerprint in policy.keys:
                return checked.decode("utf-8", "replace"), known[one.fingerprint]
    if policy.require != "signed":
        return payload, None
    raise _unproved(findings, policy)


def may_build_instead(policy: TrustPolicy) -> bool:
    """Whether a package that is not believed may be built from its source."""
    return policy.on_failure == "source"


def check_license(expression: str, policy: TrustPolicy) -> None:
    """Raise TrustError unless a package with these licences, as SPDX writes them, may be used."""
    try:
        allowed = is_allowed(expression, policy.licenses)
    except LicenseError as error:
        raise TrustError(f"its licence cannot be judged: {error.message}") from error
    if not allowed:
        raise TrustError(
            f"its licence {expression or UNKNOWN} is not one of trust:{policy.name}:licenses"
        )


def _may_judge(keyring: Keyring) -> bool:
    """Whether there is a key by which a signature could be found to be false."""
    import os
    import shutil

    is_there = shutil.which("gpg2") or shutil.which("gpg")
    return bool(is_there) and os.path.isdir(keyring.home) and bool(keyring.listing())


def _unproved(findings: list[Signature], policy: TrustPolicy) -> TrustError:
    """The error for signatures of which none counts."""
    one = findings[0]
    name = one.fingerprint or "an unknown key"
    if one.verdict == "good":
        return TrustError(
            f"it is signed by {name}, which is not one of the keys for {policy.name}",
            hint=f"add the key to trust:{policy.name}:keys if you trust it",
        )
    if one.verdict == "unknown":
        return TrustError(
            f"it is signed by {name}, which is not trusted",
            hint="list the keys of the mirrors with spack buildcache keys, trust one with --trust",
        )
    if one.verdict in ("expired", "revoked"):
        return TrustError(f"it is signed by {name}, which is {one.verdict}")
    return TrustError("its signature cannot be read")


def _payload(text: str) -> str:
    """The text inside of a clear-signed one, unproved. Raises TrustError if it is not one."""
    lines = text.strip().splitlines()
    ends = [number for number, line in enumerate(lines) if line.rstrip() == _SIGNATURE]
    starts = [number for number, line in enumerate(lines) if line.rstrip() == _BEGIN]
    is_one = starts == [0] and len(ends) == 1 and lines[-1].rstrip() == _END
    if not is_one or "" not in lines[: ends[0]]:
        raise TrustError("its signature cannot be read")
    body = lines[lines.index("") + 1 : ends[0]]
    return "".join(f"{line[2:] if line.startswith('- ') else line}\n" for line in body)
