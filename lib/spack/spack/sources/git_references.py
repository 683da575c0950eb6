"""Git references as versions: what a reference counts as is found in the history of its repository.

Knows no repository: asks through :class:`GitHistory`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from spack.language.versions import GitVersion, Version
from spack.type_names import Protocol

_THREE_NUMBERS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


class GitHistory(Protocol):
    """Questions of the language about one repository; implemented where repositories are known."""

    def ancestor_tags(self, ref: str) -> Iterable[tuple[str, int]]:
        """Tags that are ``ref`` or its ancestors, each with the number of commits in between."""

    def commit_count(self, ref: str) -> int:
        """The number of commits that lead to ``ref``, itself included."""


def resolve_git_version(
    version: GitVersion, history: GitHistory, known: Iterable[Version] = ()
) -> GitVersion:
    """The reference with the version it counts as.

    That is the nearest ancestor tag naming a version of ``known`` or a three-number version, each
    with an optional leading ``v``; commits after the tag are counted in ``-git.N``. A history
    without such a tag gives 0, with all its commits after it. A version that was assigned stays.
    """
    if version.ref_version is not None:
        return version
    texts = {str(item) for item in known if not isinstance(item, GitVersion)}
    best: tuple[int, str] | None = None
    for tag, distance in history.ancestor_tags(version.ref):
        name = next(
            (
                candidate
                for candidate in (tag, tag[1:] if tag[:1] == "v" else tag)
                if candidate in texts or _THREE_NUMBERS.fullmatch(candidate)
            ),
            None,
        )
        if name is not None and (best is None or distance < best[0]):
            best = (distance, name)
    distance, name = best if best is not None else (history.commit_count(version.ref), "0")
    return version.assigned(Version(f"{name}-git.{distance}" if distance else name))
