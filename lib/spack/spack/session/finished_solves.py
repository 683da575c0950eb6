"""Keeps finished solves on disk, so that a repeated request needs no recipe and no solver.

An entry is found by the request, the configuration, the host, the compilers and this program; it
counts as long as every file that the solve looked at is as it was: recipes that were read with
all beside them, what recipes share, lists of providers, the store, the lock of the environment.
An entry that cannot be read or that no longer counts is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Union

import spack
from spack.errors import SpackError
from spack.language.serialization import Lockfile
from spack.language.specs import ConcreteSpec
from spack.language.versions import GitVersion
from spack.system.filesystem import atomic_write

if TYPE_CHECKING:
    from spack.session.session import Session

#: Directory below the cache of what can be worked out again, and the version of entries.
DIRECTORY, FORMAT = "finished-solves", 1

#: Sections of the configuration that a solve depends on.
_SECTIONS = ("concretizer", "packages", "repos", "config", "develop", "toolchains")
#: Folders of this program whose modules decide what the answer is.
_PARTS = ("config", "host", "language", "recipes", "session", "solve")

Stamp = List[int]


class FinishedSolves:
    """Finished solves of one session for one kind of request.

    Args:
        how: what the command line says beside the specs: reuse, deprecated, tests.
    """

    def __init__(self, session: Session, words: Sequence[str], how: Mapping[str, Any]) -> None:
        self._session = session
        self._words = tuple(words)
        self._how = how
        self._started = time.time_ns()
        self._key: Optional[str] = None

    @property
    def usable(self) -> bool:
        """Whether such requests are kept: a single root by name, the cache switched on."""
        settings = self._session.settings.concretizer
        return (
            settings.cache_enabled
            and len(self._words) > 0
            and not any(os.path.exists(word) for word in self._words)
            and not _other_environments(self._session)
        )

    @property
    def directory(self) -> str:
        """Where the entries are."""
        return os.path.join(self._session.settings.config.misc_cache, DIRECTORY)

    @property
    def path(self) -> str:
        """The file of this request."""
        if self._key is None:
            facts = [FORMAT, spack.__version__, sys.version_info[:2], self._words, self._how]
            facts += [_plain(self._session, name) for name in _SECTIONS]
            host = self._session.host
            facts += [host.platform, host.os, host.target, self._session.environment_directory]
            facts += [_libc(), _program()]
            text = json.dumps(facts, sort_keys=True, default=str)
            self._key = hashlib.sha256(text.encode()).hexdigest()
        return os.path.join(self.directory, self._key[:2], self._key + ".json")

    def find(self) -> Optional[List[ConcreteSpec]]:
        """The concrete roots of a solve that still counts, None without one."""
        try:
            with open(self.path, encoding="utf-8") as file:
                entry = json.load(file)
            stamps: Dict[str, Any] = entry["stamps"]
            if not self._standing() <= stamps.keys():
                return None
            if any(_stamp(path) != stamp for path, stamp in stamps.items()):
                return None
            return [spec for spec, _ in Lockfile.from_dict(entry["lock"]).root_specs()]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SpackError):
            return None

    def keep(self, roots: Sequence[ConcreteSpec], touched: Iterable[str]) -> None:
        """Write an entry; ``touched`` are names of the packages whose records were read.

        Nothing is written when a file changed while the solve ran, where nothing can be, and where
        the answer depends on what a branch or tag of a git repository is now.
        """
        if any(_may_move(self._session, node) for root in roots for node in root.traverse()):
            return
        paths = self._standing()
        names = set(touched)
        for root in roots:
            names.update(node.name for node in root.traverse())
        paths |= _recipe_files(self._session, names)
        stamps = {path: _stamp(path) for path in sorted(paths)}
        if any(stamp is not None and stamp[0] >= self._started for stamp in stamps.values()):
            return
        lock = Lockfile.from_roots([(root, "") for root in roots])
        entry = {"stamps": stamps, "lock": lock.to_dict()}
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            atomic_write(self.path, json.dumps(entry, separators=(",", ":")))
            self._drop_oldest()
        except OSError:
            return

    def _standing(self) -> Set[str]:
        """Files and folders beside the recipes: store, lock, compilers, repositories, indexes."""
        session = self._session
        settings = session.settings
        paths = {os.path.join(settings.config.misc_cache, "recipes")}
        for place in settings.repos.values():
            if place.path:
                paths |= _around(place.path)
        stores = [settings.config.install_tree_root]
        stores += [upstream.install_tree for upstream in settings.upstreams.values()]
        for root in stores:
            paths.add(os.path.join(root, ".spack-db"))
            paths |= set(_files(os.path.join(root, ".spack-db")))
        for package in settings.packages.values():
            for entry in package.externals:
                compilers = entry.extra_attributes.get("compilers") or {}
                paths |= {str(path) for path in compilers.values()}
        if session.environment_directory is not None:
            paths.add(os.path.join(session.environment_directory, "spack.lock"))
        return paths

    def _drop_oldest(self) -> None:
        limit = self._session.settings.concretizer.cache_entry_limit
        found = []
        for folder, _, names in os.walk(self.directory):
            found += [os.path.join(folder, name) for name in names]
        if limit and len(found) > limit:
            stamped = sorted((_stamp(path) or [0], path) for path in found)
            for _, path in stamped[: len(found) - limit]:
                os.unlink(path)


def concretized(
    session: Session,
    words: Sequence[str],
    *,
    reuse: Union[bool, str, None] = None,
    deprecated: bool = False,
    test: Optional[str] = None,
) -> List[ConcreteSpec]:
    """Like :func:`spack.session.concretization.concretized`, from a finished solve if there is one.

    Raises:
        UsageError: no specs and no environment with roots.
    """
    how = {"reuse": reuse, "deprecated": deprecated, "test": test}
    finished = FinishedSolves(session, words, how)
    usable = finished.usable
    if usable:
        found = finished.find()
        if found is not None:
            return found
    from spack.session import concretization

    if not usable:
        return concretization.concretized(
            session, words, reuse=reuse, deprecated=deprecated, test=test
        )
    read: Set[str] = set()
    specs, solutions = concretization.solved(
        session, words, reuse=reuse, deprecated=deprecated, test=test, read=read
    )
    if len(specs) == 1 and all(solution.optimal for solution in solutions):
        finished.keep(specs, read)
    return specs


def _may_move(session: Session, node: ConcreteSpec) -> bool:
    """The version of a node is a state of a git repository that the recipe does not pin."""
    if isinstance(node.version, GitVersion):
        return not (node.version.is_commit and "=" in node.version.string)
    if node.external is not None or not session.repositories.exists(node.name):
        return False
    declared = session.repositories.record(node.name).versions
    return any(
        v.commit is None and (v.branch or v.tag) and v.version == node.version for v in declared
    )


def _plain(session: Session, name: str) -> Any:
    configuration = session.configuration
    return configuration.section(name).plain() if configuration.has(name) else None


def _other_environments(session: Session) -> bool:
    """Whether specs of named environments may be reused: their locks are not watched."""
    data = _plain(session, "concretizer") or {}
    reuse = data.get("reuse")
    sources = reuse.get("from", ()) if isinstance(reuse, dict) else ()
    return any(source.get("type") in ("environment", "buildcache") for source in sources)


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError, AttributeError):
        return ""


def _program() -> List[Optional[Stamp]]:
    """Changes with the modules of this program that make answers."""
    root = os.path.dirname(os.path.abspath(spack.__file__))
    return [
        _stamp(path)
        for part in _PARTS
        for path in sorted(_files(os.path.join(root, part)))
        if path.endswith(".py")
    ]


def _around(root: str) -> Set[str]:
    """What all recipes of a repository share: its files outside of the packages, its git state."""
    from spack.recipes.repositories import Repository

    packages = Repository(root).packages_dir
    found = {packages}
    for folder, folders, names in os.walk(root):
        folders[:] = [
            n for n in folders if os.path.join(folder, n) != packages and n[0] not in "._"
        ]
        found.add(folder)
        found |= {os.path.join(folder, name) for name in names}
    return found


def _recipe_files(session: Session, names: Iterable[str]) -> Set[str]:
    """Recipes by name, what they were made from, and everything beside them."""
    found: Set[str] = set()
    for name in names:
        if not session.repositories.exists(name):
            continue
        repository = session.repositories.repository_of(name)
        plain = name.rpartition(".")[2]
        folder = repository.package_dir(plain)
        found |= {folder, *_files(folder)}
        index = repository.index()
        row = index.row(plain)
        if row.length:
            found |= {path for path, _, _ in index.read(row)[0]}
    return found


def _files(folder: str) -> List[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.name != "__pycache__"]
    except OSError:
        return []


def _stamp(path: str) -> Optional[Stamp]:
    """Time of the last change in ns and size; None where there is nothing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_size]
