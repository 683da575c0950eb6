"""The keys of this instance, in a key ring of GnuPG that is its own.

A key in the ring is trusted, whatever else GnuPG may think of it; no key gets in by being seen.
Must not know what is signed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence

from spack.errors import SpackError
from spack.named_tuples import NamedTuple

#: Seconds in which GnuPG must answer where nobody is asked for a password.
_PATIENCE = 300
#: Bytes of a file with keys.
_MOST_KEYS = 16 << 20
#: Directory names of this length and more leave no room for the name of the agent's socket.
_LONGEST_HOME = 80


class GpgError(SpackError):
    """GnuPG is not there, or could not do what was asked."""


class SigningKey(NamedTuple):
    """A key in the ring, or in a file.

    Attributes:
        fingerprint: hexadecimal, in upper case.
        user: name, comment and address of its owner.
        is_secret: whether it can sign, too.
        created, expires: seconds since 1970; None for a key that lasts.
        is_usable: neither expired nor revoked nor disabled.
    """

    fingerprint: str
    user: str
    is_secret: bool
    created: int
    expires: int | None = None
    is_usable: bool = True


class Signature(NamedTuple):
    """The finding about one signature.

    Attributes:
        fingerprint: of the primary key that made it; the number of the key if it is not in the
            ring, "" if even that is unknown.
        verdict: ``good``, ``bad``, ``unknown`` (no such key), ``expired``, ``revoked``, ``broken``.
    """

    fingerprint: str
    verdict: str


class _Answer(NamedTuple):
    """The end of a run: exit code, output, lines of status, and what it said to people."""

    code: int
    output: bytes
    status: list[list[str]]
    said: str


class Keyring:
    """The keys below one directory, which is made when it is first needed."""

    def __init__(self, home: str) -> None:
        self.home = os.path.abspath(home)
        self._short = self.home
        self._is_ready = False
        self._known: list[SigningKey] | None = None

    # -- keys ----------------------------------------------------------------------------------

    def listing(self) -> list[SigningKey]:
        """All keys of the ring, in order, as they were when this ring first looked or changed."""
        if self._known is None:
            self._known = self._read()
        return list(self._known)

    def _read(self) -> list[SigningKey]:
        secret = {key.fingerprint for key in self._listed("--list-secret-keys")}
        return [
            key._replace(is_secret=key.fingerprint in secret) for key in self._listed("--list-keys")
        ]

    def _listed(self, *words: str) -> list[SigningKey]:
        if not os.path.isdir(self.home):
            return []
        return _parse_keys(self._run("--with-colons", "--fixed-list-mode", *words).output)

    def find(self, wanted: str) -> list[SigningKey]:
        """Keys by fingerprint, the end of one, or a part of name and address."""
        digits = wanted.replace(" ", "").upper()
        if digits.startswith("0X"):
            digits = digits[2:]
        is_number = re.fullmatch(r"[0-9A-F]{8,}", digits) is not None
        return [
            key
            for key in self.listing()
            if (is_number and key.fingerprint.endswith(digits))
            or wanted.lower() in key.user.lower()
        ]

    def signing_key(self, wanted: str | None) -> SigningKey:
        """The key to sign with: the one that is named, or the only one. Raises GpgError."""
        able = [key for key in self.listing() if key.is_secret and key.is_usable]
        if wanted is not None:
            named = {key.fingerprint for key in self.find(wanted)}
            able = [key for key in able if key.fingerprint in named]
        if len(able) == 1:
            return able[0]
        if not able:
            raise GpgError(
                "there is no key to sign with" + (f" that matches '{wanted}'" if wanted else ""),
                hint="make one with spack gpg create NAME EMAIL",
            )
        raise GpgError(
            "there are several keys to sign with"
            if wanted is None
            else f"several keys to sign with match '{wanted}'",
            details="\n".join(f"    {key.fingerprint}  {key.user}" for key in able),
            hint="choose one by its fingerprint with --key",
        )

    def create(self, name: str, email: str, *, comment: str = "", expires: str = "0") -> SigningKey:
        """Make a key without a password; ``expires`` as GnuPG writes it: 0, 2y, 2030-01-01."""
        for text in (name, email, comment, expires):
            if not text.isprintable() or text != text.strip():
                raise GpgError(f"{text!r} cannot be in a key")
        lines = ["%no-protection", "Key-Type: rsa", "Key-Length: 4096", "Key-Usage: sign"]
        lines += [f"Name-Real: {name}", f"Name-Email: {email}", f"Expire-Date: {expires}"]
        lines += [f"Name-Comment: {comment}"] if comment else []
        self._known = None
        answer = self._run("--gen-key", given="\n".join([*lines, "%commit", ""]).encode())
        made = [words[2] for words in answer.status if words[:1] == ["KEY_CREATED"]]
        if answer.code or not made:
            raise self._failed("the key could not be made", answer)
        return next(key for key in self.listing() if key.fingerprint == made[0])

    def trust(self, data: bytes) -> list[SigningKey]:
        """Add the keys in a file to the ring; those keys. Raises GpgError if there is none."""
        found = self.keys_in(data)
        self._known = None
        answer = self._run("--import", given=data)
        imported = {words[2] for words in answer.status if words[:1] == ["IMPORT_OK"]}
        if not imported & {key.fingerprint for key in found}:
            raise self._failed("the keys could not be imported", answer)
        return [key for key in self.listing() if key.fingerprint in imported]

    def keys_in(self, data: bytes) -> list[SigningKey]:
        """The keys in a file, which stay outside of the ring. Raises GpgError if there is none."""
        if len(data) > _MOST_KEYS:
            raise GpgError(f"a file with keys has more than {_MOST_KEYS} bytes")
        answer = self._run("--with-colons", "--fixed-list-mode", "--show-keys", given=data)
        found = _parse_keys(answer.output)
        if not found:
            raise self._failed("there is no key in it", answer)
        return found

    def untrust(self, fingerprint: str, *, secret: bool = False) -> None:
        """Remove a key from the ring; with ``secret`` one that can sign, too."""
        way = "--delete-secret-and-public-key" if secret else "--delete-keys"
        self._known = None
        answer = self._run("--yes", way, fingerprint)
        if answer.code:
            raise self._failed(
                f"the key {fingerprint} could not be removed",
                answer,
                None if secret else "remove a key that can sign with --signing",
            )

    def export(self, fingerprints: Sequence[str], *, secret: bool = False) -> bytes:
        """Keys as text, for a file. Without fingerprints all of them."""
        way = "--export-secret-keys" if secret else "--export"
        answer = self._run("--armor", way, *fingerprints)
        if answer.code or not answer.output:
            raise self._failed("the keys could not be exported", answer)
        return answer.output

    # -- signatures ----------------------------------------------------------------------------

    def sign(self, data: bytes, fingerprint: str, *, clear: bool) -> bytes:
        """A text with its signature around it, or with ``clear`` false the signature alone."""
        way = "--clear-sign" if clear else "--detach-sign"
        answer = self._run(
            "--armor", "--digest-algo", "SHA512", "--local-user", fingerprint, way, given=data,
            asks=True,
        )  # fmt: skip
        if answer.code or not answer.output:
            raise self._failed(f"signing with the key {fingerprint} failed", answer)
        return answer.output

    def check_clear(self, data: bytes) -> tuple[bytes, list[Signature]]:
        """The text that is signed in ``data``, and the finding about each signature.

        Raises GpgError for what is not one signed text.
        """
        answer = self._run("--decrypt", given=data)
        texts = sum(words[:1] == ["PLAINTEXT"] for words in answer.status)
        found = _signatures(answer.status)
        if not found or texts > 1:
            raise self._failed("there is no signature that can be read", answer)
        return answer.output, found

    def check_detached(self, data: str, signature: str) -> list[Signature]:
        """The findings about the signatures in one file for another; both are paths."""
        answer = self._run("--verify", "--", signature, data)
        found = _signatures(answer.status)
        if not found:
            raise self._failed("there is no signature that can be read", answer)
        return found

    # -- the program ---------------------------------------------------------------------------

    def _run(self, *arguments: str, given: bytes = b"", asks: bool = False) -> _Answer:
        """Run GnuPG on the ring. ``asks``: it may ask the user for the password of a key."""
        self._prepare()
        command = [_program(), "--batch", "--no-tty", "--no-greeting", "--quiet"]
        command += ["--homedir", self._short, "--trust-model", "always"]
        command += ["--weak-digest", "SHA1", "--no-auto-key-retrieve", "--no-auto-key-locate"]
        command += ["--keyid-format", "long", *arguments]
        # Not beside what is said to people, where a name in a key could pass for a finding.
        with tempfile.TemporaryFile() as status:
            number = status.fileno()
            command[1:1] = ["--status-fd", str(number)]
            try:
                done = subprocess.run(
                    command,
                    input=given,
                    capture_output=True,
                    env={**os.environ, "LC_ALL": "C"},
                    pass_fds=(number,),
                    timeout=None if asks else _PATIENCE,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise GpgError(f"GnuPG gave no answer in {_PATIENCE} seconds") from error
            status.seek(0)
            lines = status.read().decode("utf-8", "replace").splitlines()
        words = [line.split()[1:] for line in lines if line.startswith("[GNUPG:] ")]
        return _Answer(done.returncode, done.stdout, words, done.stderr.decode("utf-8", "replace"))

    def _prepare(self) -> None:
        if self._is_ready:
            return
        try:
            os.makedirs(self.home, mode=0o700, exist_ok=True)
        except OSError as error:
            raise GpgError(f"{self.home} cannot be made: {error.strerror}") from error
        if len(self.home) >= _LONGEST_HOME:
            self._short = _short_name(self.home)
        self._is_ready = True

    def _failed(self, what: str, answer: _Answer, hint: str | None = None) -> GpgError:
        lines = [line for line in answer.said.splitlines() if line.strip()]
        return GpgError(
            f"{what} (GnuPG exited with {answer.code})",
            details="\n".join(f"    {line}" for line in lines[-10:]),
            hint=hint,
        )


def _short_name(home: str) -> str:
    """A link to a directory whose own name is too long, in a directory of this user alone.

    Raises GpgError if another user has taken that directory.
    """
    folder = os.path.join("/tmp", f"spack-gpg-{os.getuid()}")
    link = os.path.join(folder, hashlib.sha256(home.encode()).hexdigest()[:16])
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    facts = os.lstat(folder)
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
        raise GpgError(
            f"{folder} belongs to somebody else", hint="set SPACK_GNUPGHOME to a short directory"
        )
    if not os.path.islink(link):
        with contextlib.suppress(FileExistsError):
            os.symlink(home, link)
    return link


def _program() -> str:
    """The path of GnuPG. Raises GpgError."""
    found = shutil.which("gpg2") or shutil.which("gpg")
    if found is None:
        raise GpgError(
            "GnuPG is not installed", hint="install it (gnupg), or use unsigned binary caches"
        )
    return found


def _parse_keys(listing: bytes) -> list[SigningKey]:
    """The primary keys in a listing with colons."""
    found: list[SigningKey] = []
    is_primary = False
    for line in listing.decode("utf-8", "replace").splitlines():
        fields = line.split(":") + [""] * 12
        kind = fields[0]
        if kind in ("pub", "sec"):
            is_usable = fields[1] not in ("e", "r", "d", "i")
            expires = int(fields[6]) if fields[6].isdigit() else None
            created = int(fields[5]) if fields[5].isdigit() else 0
            found.append(SigningKey("", "", kind == "sec", created, expires, is_usable))
            is_primary = True
        elif kind in ("sub", "ssb"):
            is_primary = False
        elif kind == "fpr" and is_primary and found and not found[-1].fingerprint:
            found[-1] = found[-1]._replace(fingerprint=fields[9])
        elif kind == "uid" and found and not found[-1].user:
            found[-1] = found[-1]._replace(user=_unescaped(fields[9]))
    return [key for key in found if key.fingerprint]


def _unescaped(text: str) -> str:
    """A name in a listing, in which some bytes are written as ``\\x3a``."""
    plain = re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match.group(1), 16)), text)
    return "".join(character if character.isprintable() else "?" for character in plain)


#: Words of status for a signature, and the verdict that they stand for.
_VERDICTS = {
    "GOODSIG": "good",
    "BADSIG": "bad",
    "EXPSIG": "expired",
    "EXPKEYSIG": "expired",
    "REVKEYSIG": "revoked",
}
#: Status of a signature that could not be checked because there is no such key.
_NO_KEY = "9"


def _signatures(status: Sequence[Sequence[str]]) -> list[Signature]:
    """The findings in a status, one for each signature."""
    found: list[Signature] = []
    for words in status:
        word = words[0] if words else ""
        if word == "NEWSIG":
            found.append(Signature("", "broken"))
        elif not found:
            continue
        elif word in _VERDICTS and len(words) > 1:
            # Good only with its primary key, which a later line names.
            verdict = _VERDICTS[word]
            found[-1] = Signature(words[1], "unproved" if verdict == "good" else verdict)
        elif word == "ERRSIG" and len(words) > 6:
            name = words[7] if len(words) > 7 and words[7] != "-" else words[1]
            found[-1] = Signature(name, "unknown" if words[6] == _NO_KEY else "broken")
        elif word == "VALIDSIG" and len(words) > 10:
            verdict = "good" if found[-1].verdict == "unproved" else found[-1].verdict
            found[-1] = Signature(words[10], verdict)
    return [one._replace(verdict="broken") if one.verdict == "unproved" else one for one in found]
