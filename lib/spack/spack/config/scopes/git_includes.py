"""Configuration files included from git repositories: cloned once, kept by address and reference.

A clone of a commit or a tag never changes. That of a branch is the state it had when it was cloned,
until :func:`refresh` is asked for: a command never waits for a server because of its configuration.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping

from spack.errors import ConfigurationError, Origin
from spack.named_tuples import NamedTuple
from spack.system.processes import children as processes
from spack.type_names import Any

#: Keys of an entry that say which state of the repository is meant, the most exact first.
REFERENCES = ("commit", "tag", "branch")

_TIME_LIMIT_SECONDS = 600


class Refreshed(NamedTuple):
    """A branch that was looked at again: its commits before and after, equal if nothing is new."""

    address: str
    branch: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        return self.before != self.after


def clone(settings: Mapping[str, Any], address: str, directory: str, origin: Origin) -> str:
    """The directory with the files of an ``include`` entry that has ``git``.

    Args:
        settings: the entry; at most one of :data:`REFERENCES` is used.
        address: of the repository, with variables replaced.
        directory: where clones are kept.

    Raises:
        ConfigurationError: two references, no git, no such repository or reference.
    """
    place, kind, reference = _place(settings, address, directory, origin)
    if not os.path.isdir(place):
        _make(address, kind, reference, place, origin)
    return place


def refresh(
    settings: Mapping[str, Any], address: str, directory: str, origin: Origin
) -> Refreshed | None:
    """Bring the clone of a branch up to date; None for a commit or a tag, which do not change.

    The server is asked for the commit first; only a new one is fetched. The old clone stays whole
    until the new one takes its place. Arguments and errors as for :func:`clone`.
    """
    place, kind, reference = _place(settings, address, directory, origin)
    if kind != "branch":
        return None
    branch = reference or "HEAD"
    before = _head(place, address, origin) if os.path.isdir(place) else ""
    wanted = f"refs/heads/{reference}" if reference else "HEAD"
    listed = _git(["ls-remote", "--", address, wanted], address, origin).split()
    if not before or not listed or listed[0] != before:
        _make(address, kind, reference, place, origin)
    return Refreshed(address, branch, before, _head(place, address, origin))


def _place(
    settings: Mapping[str, Any], address: str, directory: str, origin: Origin
) -> tuple[str, str, str | None]:
    """The place of the clone of an entry, the kind of its reference, and the reference."""
    given = [kind for kind in REFERENCES if settings.get(kind)]
    if len(given) > 1:
        raise ConfigurationError(
            f"an include from git needs exactly one of {', '.join(REFERENCES)}, not"
            f" {' and '.join(given)}",
            origin=origin,
        )
    kind = given[0] if given else "branch"
    reference: str | None = settings.get(kind)
    name = hashlib.sha256(f"{address}\0{kind}\0{reference or ''}".encode()).hexdigest()[:16]
    return os.path.join(directory, name), kind, reference


def _make(address: str, kind: str, reference: str | None, place: str, origin: Origin) -> None:
    """Clone beside a place and put the clone there, instead of one that is there already."""
    directory, name = os.path.split(place)
    os.makedirs(directory, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=f"{name}.", dir=directory)
    new, old = os.path.join(temporary, "new"), os.path.join(temporary, "old")
    try:
        os.mkdir(new)
        _checkout(address, kind, reference, new, origin)
        if os.path.isdir(place):
            os.rename(place, old)
        try:
            os.rename(new, place)
        except OSError:
            # Another process was faster; what it cloned is the same.
            if not os.path.isdir(place):
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _head(place: str, address: str, origin: Origin) -> str:
    """The commit of a clone."""
    return _git(["-C", place, "rev-parse", "HEAD"], address, origin).strip()


def files(settings: Mapping[str, Any], place: str, origin: Origin) -> list[str]:
    """The paths of an entry inside its clone. Raises ConfigurationError for one that leads out."""
    found = []
    for path in settings["paths"]:
        whole = os.path.normpath(os.path.join(place, path))
        if os.path.isabs(path) or not (whole + os.sep).startswith(place + os.sep):
            raise ConfigurationError(f"the path {path} is outside the repository", origin=origin)
        found.append(whole)
    return found


def _checkout(
    address: str, kind: str, reference: str | None, directory: str, origin: Origin
) -> None:
    """Clone into an empty directory and go to the reference."""
    if kind == "commit":
        _git(["clone", "--quiet", "--no-checkout", "--", address, directory], address, origin)
        command = ["-C", directory, "checkout", "--quiet", "--detach", str(reference), "--"]
        _git(command, address, origin)
        return
    options = ["--branch", reference] if reference else []
    shallow = ["clone", "--quiet", "--depth", "1", *options, "--", address, directory]
    _git(shallow, address, origin)


def _git(words: list[str], address: str, origin: Origin) -> str:
    variables = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = processes.run(["git", *words], variables=variables, seconds=_TIME_LIMIT_SECONDS)
    except processes.ProcessStartError:
        raise ConfigurationError(
            "configuration is included from git, but git is not installed",
            origin=origin,
            hint="install git, or include the files by path",
        ) from None
    except processes.ProcessTimeLimitError:
        raise ConfigurationError(
            f"cloning {address} took over {_TIME_LIMIT_SECONDS} seconds", origin=origin
        ) from None
    if done.code != 0:
        lines = [line for line in done.errors.strip().splitlines() if line]
        raise ConfigurationError(
            f"cannot include from {address}: {lines[-1] if lines else 'git failed'}",
            origin=origin,
            hint="check the address, and the branch, tag or commit; or add 'optional: true'",
        )
    return done.output
