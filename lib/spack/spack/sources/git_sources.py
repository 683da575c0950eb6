"""Asks git repositories of packages what a reference counts as, and which commit it is at.

Bare clones are kept in the user cache, so that a commit that was looked up once needs no network
again. Branches and tags move: they are asked for in every run, once each.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.config.settings.settings import Settings
from spack.errors import SpackError
from spack.language.versions import GitVersion, Version
from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import PackageRecord
from spack.sources.git_references import resolve_git_version
from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from spack.sources.fetching.git import RepositoryHistory

#: Directory of the clones, below the user cache.
DIRECTORY = "git_histories"


class UnknownGitVersionError(SpackError):
    """It cannot be found out which version a git reference counts as."""


class _HistoryAt(NamedTuple):
    """The history of a reference whose commit is known, so that it is fetched once."""

    history: RepositoryHistory
    commit: str

    def ancestor_tags(self, ref: str) -> Sequence[tuple[str, int]]:
        """Tags before the commit, with the number of commits after each."""
        return self.history.ancestor_tags(self.commit)

    def commit_count(self, ref: str) -> int:
        """The number of commits that lead to the commit, itself included."""
        return self.history.commit_count(self.commit)


class GitSources:
    """The git repositories that recipes name.

    Args:
        record: the record of a package.
        warn: says that a commit is not known.
    """

    def __init__(
        self,
        record: Callable[[str], PackageRecord],
        settings: Settings,
        user_cache: str,
        warn: Callable[[str], None],
    ) -> None:
        self._record = record
        self._settings = settings
        self._cache = os.path.join(user_cache, DIRECTORY)
        self._warn = warn
        self._versions: dict[tuple[str, str], GitVersion] = {}
        self._commits: dict[tuple[str, str], str | None] = {}

    def version(self, name: str, version: GitVersion) -> GitVersion:
        """The reference with the version that it counts as, by the tags before it.

        Raises:
            UnknownGitVersionError: the recipe names no repository, it cannot be read, or it does
                not have the reference.
        """
        if version.ref_version is not None:
            return version
        key = (name, version.ref)
        if key not in self._versions:
            self._versions[key] = self._look_up(name, version)
        return self._versions[key]

    def _look_up(self, name: str, version: GitVersion) -> GitVersion:
        record = self._record(name)
        address = self._address(record, None)
        hint = f"write {name}@{version}=VERSION to specify the version it stands for"
        if address is None:
            raise UnknownGitVersionError(
                f"{name}@{version} needs a git repository, but the recipe names none",
                origin=record.origin,
                hint="add a git attribute to the recipe",
            )
        from spack.sources.fetching.git import RepositoryHistory
        from spack.sources.repository_clones import network_settings

        history = RepositoryHistory(address, self._cache, network_settings(self._settings))
        try:
            commit = history.commit(version.ref)
            found = resolve_git_version(
                version, _HistoryAt(history, commit), (v.version for v in record.versions)
            )
        except SpackError as error:
            raise UnknownGitVersionError(
                f"cannot determine which version {name}@{version} stands for: {error.message}",
                origin=record.origin,
                details=error.details,
                hint=hint,
            ) from error
        self._commits[name, version.ref] = commit
        return found

    def commit(self, name: str, version: Version) -> str | None:
        """The commit of a version that is a branch or tag; None for others.

        A warning says that the repository cannot be asked; None then as well.
        """
        if isinstance(version, GitVersion):
            address, reference = self._address(self._record(name), None), version.ref
        else:
            declared = next((v for v in self._record(name).versions if v.version == version), None)
            if declared is None or not (declared.branch or declared.tag):
                return None
            address = self._address(self._record(name), declared.git)
            reference = declared.tag or declared.branch or ""
        key = (name, reference)
        if key not in self._commits:
            self._commits[key] = self._ask(f"{name}@{version}", address, reference)
        return self._commits[key]

    def _ask(self, what: str, address: str | None, reference: str) -> str | None:
        from spack.sources.fetching.git import resolve_reference
        from spack.sources.repository_clones import network_settings

        reason = "the recipe names no git repository"
        if address is not None:
            try:
                found = resolve_reference(address, reference, network_settings(self._settings))
                if found is not None:
                    return found
                reason = f"{address} has no branch or tag {reference}"
            except SpackError as error:
                reason = error.message
        self._warn(f"the commit of {what} is unknown, so its source may change: {reason}")
        return None

    def _address(self, record: PackageRecord, own: str | None) -> str | None:
        """The address of a package's repository: by its version, the configuration, its class."""
        configured = self._settings.packages.get(record.name)
        attributes = configured.package_attributes if configured is not None else {}
        return own or attributes.get("git") or record.git
