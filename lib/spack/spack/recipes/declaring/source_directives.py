"""Directives about the source: versions, patches, resources, and the terms of its use.

Each function checks its arguments and returns what has to be done with the package class; the
decorator :func:`~spack.recipes.declaring.directive_scope.directive` queues that. This module
fetches nothing; a patch beside the recipe is read for its checksum.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence

from spack.errors import Origin
from spack.language.matching import intersects
from spack.language.specs import Spec
from spack.language.version_keys import VersionError
from spack.language.versions import GitVersion
from spack.recipes.declaring.declarations import Declaring, adding, condition_text, nothing
from spack.recipes.declaring.directive_scope import (
    ALWAYS,
    DirectiveAction,
    DirectiveError,
    Executor,
    When,
    condition,
    directive,
)
from spack.recipes.records.package_records import (
    LicenseRecord,
    PatchRecord,
    RedistributeRecord,
    ResourceRecord,
    parsed_version,
)
from spack.recipes.source_choice import CHECKSUMS
from spack.type_names import Any, Callable, Union

#: The values that ``patches=`` of a dependency takes.
Patches = Union[str, DirectiveAction, list[Union[str, DirectiveAction]], None]

#: Keywords that make a version or a resource fetchable from a version control system.
VCS_KEYWORDS = ("git", "svn", "hg", "cvs", "go")

_ARCHIVE_SUFFIX = re.compile(r"\.(t?gz|t?bz2|tbz|t?xz|txz|zst|zip|tar|Z|lz)$")


@directive
def version(
    ver: str | int,
    checksum: str | None = None,
    *,
    preferred: bool | None = None,
    deprecated: bool | None = None,
    no_cache: bool | None = None,
    url: str | None = None,
    extension: str | None = None,
    expand: bool | None = None,
    fetch_options: dict[str, Any] | None = None,
    md5: str | None = None,
    sha1: str | None = None,
    sha224: str | None = None,
    sha256: str | None = None,
    sha384: str | None = None,
    sha512: str | None = None,
    git: str | None = None,
    commit: str | None = None,
    tag: str | None = None,
    branch: str | None = None,
    get_full_repo: bool | None = None,
    git_sparse_paths: Any = None,
    submodules: Any = None,
    submodules_delete: Any = None,
    svn: str | None = None,
    hg: str | None = None,
    cvs: str | None = None,
    revision: str | None = None,
    date: str | None = None,
) -> Executor:
    """Declare a version and where its source is; later declarations replace earlier ones.

    Args:
        checksum: a digest whose length tells the algorithm; ``sha256=`` and others name it.
        preferred: taken before higher versions; ``deprecated``: only where users permit it.
        url: where the archive is, if not where the class attributes say.
        expand: False for a file that is not an archive.

    The keywords after them name a state of a repository (git, svn, hg, cvs).
    """
    keywords = {
        name: value for name, value in locals().items() if name != "ver" and value is not None
    }
    if isinstance(ver, bool) or not isinstance(ver, (str, int)):
        raise VersionError(
            f"a version must be a string or an integer, not {ver!r}", hint=f'write "{ver}"'
        )
    number = parsed_version(str(ver))

    def execute(pkg: Declaring, origin: Origin) -> None:
        if not pkg.has_code and any(name in keywords for name in (*CHECKSUMS, "checksum")):
            raise DirectiveError(
                f"{pkg.name}@{ver} has a checksum, but the package has has_code = False"
            )
        if isinstance(number, GitVersion) and "git" not in keywords:
            if getattr(pkg, "git", None) is None:
                raise DirectiveError(
                    f"{pkg.name}@{ver} is a git reference, but the recipe names no git repository",
                    hint="set the class attribute 'git' or the keyword git=",
                )
        pkg.versions[number] = keywords
        pkg.version_origins[number] = origin

    return execute


class _PatchCollector:
    """Stands for a package class while the patches of a dependency are collected."""

    def __init__(self, pkg: Declaring) -> None:
        self._pkg = pkg
        self.collected: list[PatchRecord] = []

    def add(self, make: _PatchMaker, origin: Origin) -> None:
        """Collect a patch."""
        self.collected.append(make(self._pkg, origin))


_PatchMaker = Callable[[Any, Origin], PatchRecord]


def _patch_maker(
    url_or_filename: str,
    when: Spec,
    level: int,
    working_dir: str,
    reverse: bool,
    sha256: str | None,
    archive_sha256: str | None,
) -> _PatchMaker:
    if not isinstance(level, int) or level < 0:
        raise ValueError(f"the level of a patch must be a number of at least 0, not {level!r}")
    remote = "://" in url_or_filename
    if remote and not sha256:
        raise ValueError(f"the patch {url_or_filename} needs sha256=")
    if remote and _ARCHIVE_SUFFIX.search(url_or_filename) and not archive_sha256:
        raise ValueError(f"the compressed patch {url_or_filename} needs archive_sha256= too")

    def make(pkg: Any, origin: Origin) -> PatchRecord:
        if not pkg.has_code:
            raise DirectiveError(f"{pkg.name} has no code to apply {url_or_filename} to")
        path = None if remote else _find_patch(pkg, url_or_filename)
        pkg.patch_count += 1
        return PatchRecord(
            sha256 if remote and sha256 else _sha256_of(path or ""),
            condition_text(when),
            level,
            working_dir,
            reverse,
            path,
            url_or_filename if remote else None,
            archive_sha256,
            pkg.fullname,
            (pkg.name, pkg.patch_count),
            origin,
        )

    return make


def _find_patch(pkg: Any, name: str) -> str:
    """The file of a patch; where it should lie if it is nowhere."""
    directories: list[str] = []
    for cls in pkg.__mro__:
        directory = getattr(cls, "package_dir", None)
        if isinstance(directory, str) and directory not in directories:
            directories.append(directory)
    for directory in directories:
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
    return os.path.join(directories[0], name)


def _sha256_of(path: str) -> str:
    """The checksum of a file, "" if there is none: that is an error when it is needed."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return ""


@directive
def patch(
    url_or_filename: str,
    level: int = 1,
    when: When = None,
    working_dir: str = ".",
    reverse: bool = False,
    sha256: str | None = None,
    archive_sha256: str | None = None,
) -> Executor:
    """Declare a patch: a file beside the recipe, or a URL with its checksum.

    Args:
        level: how many folders are cut off the names in the patch.
        working_dir: where it is applied, from the top of the source.
        reverse: take the change back.
        sha256: of the patch itself; ``archive_sha256``: of a compressed download.

    Raises ValueError for a URL without checksum. A missing file is an error where it is needed.
    """
    active = condition(when)
    if active is None:
        return nothing
    make = _patch_maker(
        url_or_filename, active, level, working_dir, reverse, sha256, archive_sha256
    )

    def execute(pkg: Any, origin: Origin) -> None:
        if isinstance(pkg, _PatchCollector):
            pkg.add(make, origin)
        else:
            pkg.patches.setdefault(active, []).append(make(pkg, origin))

    return execute


_RESOURCE_KEYWORDS = frozenset(
    ("url", "checksum", "extension", "expand", "no_cache", "fetch_options", "git", "commit", "tag")
    + ("branch", "get_full_repo", "git_sparse_paths", "submodules", "submodules_delete", "svn")
    + ("hg", "cvs", "revision", "date", "go", "preferred", "deprecated")
    + CHECKSUMS
)


@directive
def resource(
    *,
    name: str | None = None,
    destination: str = "",
    placement: Any = None,
    when: When = None,
    **keywords: Any,
) -> Executor:
    """Declare something else to fetch and to place in the source directory.

    Args:
        destination: folder below the source directory; neither absolute nor outside of it.
        placement: name in that folder, or a mapping of names in the archive to such names.
        keywords: those of :func:`version` that say where it is.
    """
    unknown = sorted(set(keywords) - _RESOURCE_KEYWORDS)
    if unknown:
        raise TypeError(f"resource() got an unexpected keyword argument {unknown[0]!r}")
    if os.path.isabs(destination):
        raise RuntimeError(f"the destination {destination} of resource {name} is absolute")
    if os.path.normpath(destination).split(os.sep)[0] == os.pardir:
        raise RuntimeError(
            f"the destination {destination} of resource {name} is outside the source directory"
        )
    fetchable = ("url", *VCS_KEYWORDS)
    if not any(keywords.get(keyword) for keyword in fetchable):
        raise DirectiveError(
            f"resource {name}: the source is missing", hint=f"give one of {', '.join(fetchable)}"
        )
    given = {key: value for key, value in keywords.items() if value is not None}
    return adding(
        "resources",
        when,
        lambda pkg, text, origin: ResourceRecord(
            name or "", destination, placement, given, text, origin
        ),
    )


def dependency_patches(pkg: Declaring, patches: Patches, origin: Origin) -> tuple[PatchRecord, ...]:
    """The patches that a directive about a dependency brings."""
    if patches is None:
        return ()
    several = [patches] if isinstance(patches, (str, DirectiveAction)) else patches
    collector = _PatchCollector(pkg)
    for each in several:
        if isinstance(each, DirectiveAction):
            each.execute(collector, each.origin)
        else:
            collector.add(_patch_maker(each, ALWAYS, 1, ".", False, None, None), origin)
    return tuple(collector.collected)


@directive
def license(
    license_identifier: str, checked_by: str | Sequence[str] | None = None, when: When = None
) -> Executor:
    """Declare the licence, an SPDX expression. ``checked_by`` is for readers of the recipe."""
    active = condition(when)
    del checked_by
    if active is None:
        return nothing

    def execute(pkg: Declaring, origin: Origin) -> None:
        for other in pkg.licenses:
            if intersects(active, other):
                raise DirectiveError(
                    f"{pkg.name}: the licence {license_identifier} is declared for "
                    f"{condition_text(active) or 'every version'}, where "
                    f"{pkg.licenses[other].identifier} is declared too"
                )
        pkg.licenses[active] = LicenseRecord(license_identifier, condition_text(active), origin)

    return execute


@directive
def maintainers(*names: str) -> Executor:
    """Add maintainers, by their account names."""

    def execute(pkg: Declaring, origin: Origin) -> None:
        known: set[str] = set(getattr(pkg, "maintainers", ()) or ())
        pkg.maintainers = sorted(known.union(names))

    return execute


@directive
def redistribute(
    source: bool | None = None, binary: bool | None = None, when: When = None
) -> Executor:
    """Forbid to pass on the source or the installed files; only False may be said."""
    if source is True or binary is True:
        raise DirectiveError(
            "redistribute can only forbid redistribution: use source=False or binary=False"
        )
    active = condition(when)
    if active is None:
        return nothing
    if source is False and active != Spec(versions=active.versions):
        raise DirectiveError("redistribute(source=False) can only depend on versions")

    def execute(pkg: Declaring, origin: Origin) -> None:
        known = pkg.disable_redistribute.get(active)
        pkg.disable_redistribute[active] = RedistributeRecord(
            source is False or (known is not None and known.source_disabled),
            binary is False or (known is not None and known.binary_disabled),
            condition_text(active),
            origin,
        )

    return execute
