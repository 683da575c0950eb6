"""An environment: one directory with a manifest, a lock and what belongs to them.

:class:`Environment` reads and writes the files of the directory and nothing else: solving,
installing and prefixes come as arguments. Its layout::

    spack.yaml                    manifest
    spack.lock                    lock
    loads, loads.{csh,fish}       scripts that load the packages of the environment
    .spack-env/transaction_lock   held while the files above are changed
    .spack-env/view               link to the default view's tree in .spack-env/._view
    .spack-env/repos              recipes of the locked specs (older ones: .spack-env/repo)
    .spack-env/logs               links to build logs
    .spack-env/manifest.json      the manifest as checked, for quick reading
    .spack-env/activate.{sh,csh,fish}   ready-made activation scripts
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence

from spack.config.loading import environment_scope
from spack.config.scopes.scopes import Scope
from spack.config.values.values import Value
from spack.environments import concretization
from spack.environments.concretization import Concretized, LockStatus, lock_status, locked_groups
from spack.environments.locations import INTERNAL_NAME, LOCK_NAME, MANIFEST_NAME, Location
from spack.environments.manifests.groups import DEFAULT_GROUP
from spack.environments.manifests.manifest import Manifest, ManifestEditor
from spack.environments.manifests.manifest_cache import read_manifest_cached
from spack.environments.manifests.spec_lists import Condition, UserSpec
from spack.environments.manifests.view_sections import view_descriptors
from spack.environments.solve_graph import Solve, SolveNode
from spack.errors import ConfigurationError, NotFoundError, Origin
from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import Lockfile
from spack.language.serialization import SpecfileError
from spack.system.files.kept import Stamp
from spack.system.files.locks import Lock
from spack.system.files.writing import atomic_write, mkdirp
from spack.type_names import Callable
from spack.views.descriptors import ViewDescriptor

#: The time that a process waits for another one that changes the environment.
_LOCK_SECONDS = 600


class Environment:
    """The files of one environment. Making the object touches no disk.

    Args:
        location: directory, and name if managed.
        stands_for: what the names of locked roots are checked with, see
            :meth:`.Lockfile.check_names`; without it any name will do.
    """

    def __init__(
        self,
        location: Location,
        stands_for: Callable[[str, str], bool] = lambda name, package: True,
    ) -> None:
        self.location = location
        self._stands_for = stands_for
        self.directory = location.directory
        self._transaction = Lock(
            os.path.join(self.internal, "transaction_lock"), timeout=_LOCK_SECONDS
        )
        self._manifest: tuple[Stamp, Manifest] | None = None
        self._lock: tuple[Stamp, Lockfile] | None = None

    def __repr__(self) -> str:
        return f"Environment({self.directory!r})"

    # places

    @property
    def label(self) -> str:
        """The name in messages and prompts: its own, or that of the directory."""
        return self.location.label

    @property
    def internal(self) -> str:
        """The directory for metadata, ``.spack-env``."""
        return os.path.join(self.directory, INTERNAL_NAME)

    @property
    def manifest_path(self) -> str:
        return os.path.join(self.directory, MANIFEST_NAME)

    @property
    def lock_path(self) -> str:
        return os.path.join(self.directory, LOCK_NAME)

    @property
    def activation_folder(self) -> str:
        """The directory of the activation files."""
        return self.internal

    @property
    def variables(self) -> Mapping[str, str]:
        """Process variables that an activation sets beside ``SPACK_ENV``."""
        return {}

    @property
    def logs(self) -> str:
        """The directory for links to build logs."""
        return os.path.join(self.internal, "logs")

    @property
    def repos(self) -> str:
        """The directory that keeps recipes of the locked specs."""
        return os.path.join(self.internal, "repos")

    @property
    def loads_path(self) -> str:
        """The load script."""
        return os.path.join(self.directory, "loads")

    @property
    def scope(self) -> Scope:
        """The configuration scope of the manifest, ``env:NAME``."""
        return environment_scope(self.label, self.manifest_path)

    # manifest

    @property
    def manifest(self) -> Manifest:
        """The manifest; read again when the file has changed."""
        stamp = Stamp.of(self.manifest_path)
        if self._manifest is None or stamp is None or self._manifest[0] != stamp:
            manifest = read_manifest_cached(self.manifest_path, self.internal)
            self._manifest = (stamp or Stamp(0, 0, 0), manifest)
        return self._manifest[1]

    def user_specs(self, condition: Condition, definitions: Value | None = None) -> list[UserSpec]:
        """The roots, expanded; see :meth:`Manifest.user_specs`."""
        return self.manifest.user_specs(condition, definitions)

    def views(
        self,
        section: Value | None = None,
        substitute: Callable[[str], str] = lambda text: text,
    ) -> list[ViewDescriptor]:
        """The views; ``section`` is the merged ``view`` section instead of the manifest's own."""
        own = section if section is not None else self.manifest.section("view")
        groups = [group.label for group in self.manifest.groups]
        return view_descriptors(own, self.directory, substitute, groups)

    @contextlib.contextmanager
    def edit(self) -> Iterator[ManifestEditor]:
        """Change the manifest inside the block; it is checked and written after the block."""
        with self.transaction():
            editor = ManifestEditor(self.manifest)
            yield editor
            editor.save()
            self._manifest = None

    # lock

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Exclude other processes that change this environment."""
        with self._transaction.exclusive():
            yield

    @contextlib.contextmanager
    def unchanged_by_errors(self) -> Iterator[None]:
        """Give the manifest and the lock back the content they had if the block raises.

        To be used within a transaction.
        """
        before = {path: _content(path) for path in (self.manifest_path, self.lock_path)}
        try:
            yield
        except BaseException:
            for path, content in before.items():
                if _content(path) == content:
                    continue
                if content is None:
                    os.unlink(path)
                else:
                    atomic_write(path, content)
            self._manifest = self._lock = None
            raise

    def read_lock(self) -> Lockfile | None:
        """The lock, None when the environment was not concretized. Raises SpecfileError."""
        stamp = Stamp.of(self.lock_path)
        if stamp is None:
            return None
        if self._lock is None or self._lock[0] != stamp:
            lock = read_lock_file(self.lock_path)
            try:
                lock.check_names(self._stands_for)
            except SpecfileError as error:
                raise error.at(Origin(self.lock_path)) from None
            self._lock = (stamp, lock)
        return self._lock[1]

    def locked(self) -> Lockfile:
        """The lock. Raises NotFoundError when there is none."""
        lock = self.read_lock()
        if lock is None:
            raise NotFoundError(
                f"{self.label} is not concretized", hint="run 'spack concretize' in it"
            )
        return lock

    def write_lock(self, lock: Lockfile) -> None:
        """Replace the lock, whole or not at all."""
        with self.transaction():
            atomic_write(self.lock_path, lock.to_text())
            self._lock = None

    def concrete_roots(self) -> list[tuple[ConcreteSpec, str]]:
        """The locked roots with the user's texts; none when not concretized."""
        lock = self.read_lock()
        return lock.root_specs() if lock is not None else []

    def roots_of(self, view: ViewDescriptor) -> list[ConcreteSpec]:
        """The locked roots that a view shows: those of its groups, else all, included ones too."""
        lock = self.read_lock()
        if lock is None:
            return []
        if not view.groups:
            return [spec for spec, _ in lock.every_root()]
        return [
            spec
            for group, (spec, _) in zip(locked_groups(lock), lock.root_specs())
            if (group or DEFAULT_GROUP) in view.groups
        ]

    def status(self, roots: Sequence[UserSpec]) -> LockStatus:
        """Compare the lock with the roots."""
        return lock_status(roots, self.read_lock())

    def concretize(
        self,
        graph: Sequence[SolveNode],
        solve: Solve,
        *,
        force: bool = False,
        included: Mapping[str, Lockfile] | None = None,
        program: Mapping[str, str] | None = None,
    ) -> Concretized:
        """Decide what is not locked and write the lock if it changed.

        See :func:`spack.environments.concretization.concretize`.
        """
        with self.transaction():
            result = concretization.concretize(
                graph,
                self.read_lock(),
                solve,
                force=force,
                included=included,
                program=program,
            )
            if result.changed:
                self.write_lock(result.lock)
        return result

    def included_places(
        self, substitute: Callable[[str], str] = lambda text: text
    ) -> list[tuple[str, Origin]]:
        """The directories in ``include_concrete``, and where each is written."""
        return [
            (os.path.normpath(os.path.join(self.directory, substitute(str(e.data)))), e.origin)
            for e in self.manifest.include_concrete
        ]

    def included_locks(
        self, substitute: Callable[[str], str] = lambda text: text
    ) -> dict[str, Lockfile]:
        """The locks of the environments in ``include_concrete``, by directory.

        Raises:
            ConfigurationError: one does not exist or is not concretized, or is this one.
        """
        result: dict[str, Lockfile] = {}
        for directory, origin in self.included_places(substitute):
            path = os.path.join(directory, LOCK_NAME)
            if os.path.realpath(directory) == os.path.realpath(self.directory):
                raise ConfigurationError("an environment cannot include itself", origin=origin)
            if not os.path.exists(path):
                if not os.path.exists(os.path.join(directory, MANIFEST_NAME)):
                    raise ConfigurationError(
                        f"there is no environment in {directory}",
                        origin=origin,
                        hint="correct the path, which counts from the including environment",
                    )
                raise ConfigurationError(
                    f"{directory} has no {LOCK_NAME}",
                    origin=origin,
                    hint="concretize the included environment first",
                )
            lock = read_lock_file(path)
            result[directory] = Lockfile(
                lock.roots, lock.concrete_specs, included=lock.included, extra=lock.extra
            )
        return result

    # what belongs to an installation

    def link_log(self, name: str, log: str) -> str:
        """Link a build log in ``.spack-env/logs``, one that is compressed by its text.

        Args:
            name: of the link, ``NAME-VERSION-HASH``.
            log: absolute path of the log.

        Returns the link. Raises OSError.
        """
        import gzip
        import shutil

        link = os.path.join(self.logs, f"{name}.log")
        mkdirp(self.logs)
        if log.endswith(".gz"):
            text = os.path.join(self.logs, "text", f"{name}.log")
            if not os.path.exists(text) or os.path.getmtime(text) < os.path.getmtime(log):
                mkdirp(os.path.dirname(text))
                with gzip.open(log) as packed, open(text, "wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
            log = text
        staged = f"{link}.{os.getpid()}"
        os.symlink(log, staged)
        os.replace(staged, link)
        return link

    def make_internal(self) -> None:
        """Make ``.spack-env`` with its lock file."""
        mkdirp(self.internal)
        with self.transaction():
            pass


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return None


def read_lock_file(path: str) -> Lockfile:
    """The lock in a file.

    Raises:
        SpecfileError: damaged, or of a version that is not known.
        NotFoundError: there is no such file.
    """
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}") from error
    return Lockfile.from_text(text, Origin(path))
