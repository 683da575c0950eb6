"""Stages: private build directories, and how a source gets into one.

A stage asks, in this order: its own directory, the source cache, the mirrors, the fetcher, and
whatever further addresses it was given. Every attempt is reported; when all fail, one error lists
them. Knows no recipes: :mod:`spack.sources.package_sources` makes the stages of a package.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence

from spack.config.settings.place_settings import Mirror
from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import format_spec
from spack.named_tuples import NamedTuple
from spack.recipes.urls.version_urls import join_url
from spack.sources import expansion
from spack.sources.cache import copy_whole, holds, pack_tree
from spack.sources.fetching import checksums, network, tools
from spack.sources.fetching.fetchers import (
    BundleFetcher,
    FetchContext,
    Fetcher,
    FetchError,
    Place,
    TreeFetcher,
    UrlFetcher,
    reason_of,
    refuse_web_page,
    tried_error,
)
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.fetching.requests import NetworkSettings, RequestOptions, shown
from spack.sources.fetching.retries import DownloadError
from spack.sources.mirrors import MirrorPaths, request_options, source_mirrors
from spack.sources.silent_mirrors import SilentMirrors
from spack.sources.stage_use import UsedStage, files_in_use, without_users
from spack.system.files.filesystem import get_user, remove_tree
from spack.type_names import Callable

#: Name of the source tree inside every stage.
SOURCE_DIRECTORY = "spack-src"

#: Format of the name of a package's stage unless configured (``config:stage_name``).
STAGE_NAME = "{name}-{version}-{hash}"

_PREFIX = "spack-stage-"


class StageRootError(SpackError):
    """No configured directory can hold stages."""


class StageError(SpackError):
    """A stage is asked for something that its state does not allow."""


def choose_stage_root(candidates: Sequence[str], user: str | None = None) -> str:
    """The first directory whose file system is there, made a private stage root with mode 700.

    A candidate is passed over only if its first directory below ``/`` does not exist and cannot
    be made: it names a disk that this machine does not have. The user's name is added to a path
    that does not contain it as a component. Raises StageRootError for a place that cannot be
    used, or if none is there.
    """
    user = user or get_user()
    absent: list[str] = []
    for candidate in candidates:
        place = os.path.abspath(os.path.expanduser(candidate))
        path = place if user in place.split(os.sep) else os.path.join(place, user)
        try:
            _make_private(path)
        except OSError as error:
            refused = f"    {path}: {error.strerror or error}"
            if os.path.lexists(os.sep + place.split(os.sep)[1]):
                raise StageRootError(
                    f"the directory for build stages cannot be used: {place}",
                    details=refused,
                    hint="mend it, or set config:build_stage to a writable directory",
                ) from error
            absent.append(refused)
        else:
            return path
    raise StageRootError(
        "no directory is suitable for build stages",
        details="\n".join(absent) or None,
        hint="set config:build_stage to a writable directory",
    )


def _make_private(path: str) -> None:
    parent = os.path.dirname(path)
    os.makedirs(parent, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    found = os.stat(path)
    if not stat.S_ISDIR(found.st_mode):
        raise OSError(20, "is not a directory")
    if found.st_uid != os.getuid():
        raise OSError(1, "belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o777 != 0o700:
        os.chmod(path, 0o700)
    if not os.access(path, os.W_OK | os.X_OK):
        raise OSError(13, "is not writable")


def stage_name(spec: ConcreteSpec, template: str | None = None) -> str:
    """Directory name of the stage of a concrete spec, safe as one path component."""
    name = format_spec(spec, template) if template else _PREFIX + format_spec(spec, STAGE_NAME)
    return re.sub(r"[^A-Za-z0-9._+=@,-]", "_", name)


class StageSettings(NamedTuple):
    """Settings that all stages of a run share.

    Attributes:
        root: directory that holds the stages; :func:`choose_stage_root` finds one.
        name_template: ``config:stage_name``, or None.
        cache: directory of the source cache of this machine, or None.
        mirrors: in the order in which they are asked.
        network: how servers are asked.
        require_checksum: verify sources and refuse files without a checksum
            (``config:checksum``); if not, sources are taken as they come.
        mirrors_only: never go to the upstream addresses.
        unpack_limit: bytes that an archive may unpack to, 0 for any number.
        develop_link: name of a link to the stage that is made in a develop source, a template
            (``config:develop_stage_link``); None for no link.
    """

    root: str
    name_template: str | None = None
    cache: str | None = None
    mirrors: tuple[Mirror, ...] = ()
    network: NetworkSettings = NetworkSettings()
    require_checksum: bool = True
    mirrors_only: bool = False
    unpack_limit: int = 0
    develop_link: str | None = None


def _rest(address: str) -> None:
    raise DownloadError(shown(address), "the mirror gave no answer a moment ago")


class _Attempt(NamedTuple):
    """One place where a source may be."""

    address: str
    run: Callable[[], None]


class Stage(UsedStage):
    """One directory with one source.

    Args:
        name: directory name below the stage root.
        fetcher: how the source is had.
        settings: cache, mirrors, network.
        mirror_paths: where the source lies in mirrors; None keeps mirrors and cache out.
        more_addresses: asked for further URLs when everything else failed.

    Attributes:
        path: the stage directory.  source_path: the source tree inside it.
    """

    def __init__(
        self,
        name: str,
        fetcher: Fetcher,
        settings: StageSettings,
        *,
        mirror_paths: MirrorPaths | None = None,
        more_addresses: Callable[[], Sequence[str]] | None = None,
        reporter: FetchReporter = SILENT,
        label: str | None = None,
    ) -> None:
        self.name = name
        self.fetcher = fetcher
        self.settings = settings
        self.mirror_paths = mirror_paths
        self.more_addresses = more_addresses
        self.reporter = reporter
        self.label = label or name
        self.path = os.path.join(settings.root, name)
        #: Directory name at the top of the unpacked archive, known after it was unpacked here.
        self.top_directory: str | None = None

    @property
    def root(self) -> str:
        """The directory of all stages."""
        return self.settings.root

    @property
    def source_path(self) -> str:
        """The source tree; it exists once the stage is expanded."""
        return os.path.join(self.path, SOURCE_DIRECTORY)

    @property
    def expanded(self) -> bool:
        """Whether the source tree exists."""
        return os.path.isdir(self.source_path)

    @property
    def created(self) -> bool:
        """Whether the directory exists."""
        return os.path.isdir(self.path)

    @property
    def archive_file(self) -> str | None:
        """Path of the fetched file, in the tree or in the stage; None for checkouts."""
        for name in self._file_names():
            for directory in (self.source_path, self.path):
                path = os.path.join(directory, name)
                if os.path.isfile(path):
                    return path
        return None

    def _file_names(self) -> list[str]:
        """Names that the fetched file may have: a packed checkout from a mirror has another."""
        names = [self.fetcher.file_name] if self.fetcher.file_name else []
        if not names and self.mirror_paths is not None:
            names.append(os.path.basename(self.mirror_paths.candidates()[0]))
        return names

    def _context(self) -> FetchContext:
        return FetchContext(self.settings.network, self.reporter, self.label)

    def _place(self) -> Place:
        return Place(self.path, self.source_path)

    def create(self) -> None:
        """Make the directory, private to the user. Existing content stays."""
        os.makedirs(self.settings.root, mode=0o700, exist_ok=True)
        self.begin_use()
        with contextlib.suppress(FileExistsError):
            os.mkdir(self.path, 0o700)

    def fetch(self) -> None:
        """Have the source in the stage, verified. Does nothing when it is there already.

        Raises FetchError, ChecksumError or another SpackError when it can be had nowhere.
        """
        self.create()
        if self.expanded or self._already_fetched():
            return
        self._refuse_unchecked()
        failures: list[tuple[str, SpackError]] = []
        for attempt in self._attempts():
            try:
                attempt.run()
            except (SpackError, OSError) as error:
                problem = error if isinstance(error, SpackError) else SpackError(str(error))
                if isinstance(error, tools.ToolMissingError):
                    raise
                failures.append((attempt.address, problem))
                self.reporter.failed(self.label, attempt.address, reason_of(problem))
            else:
                self.reporter.fetched(self.label, attempt.address)
                return
        if len(failures) == 1:
            raise failures[0][1]
        raise tried_error(self.label, [(where, reason_of(why)) for where, why in failures])

    def _already_fetched(self) -> bool:
        path = self.archive_file
        if path is None:
            return False
        if self.fetcher.checksum and not checksums.has_checksum(path, self.fetcher.checksum):
            os.unlink(path)
            return False
        self.reporter.cached(self.label, path)
        return True

    def _refuse_unchecked(self) -> None:
        if (
            self.settings.require_checksum
            and isinstance(self.fetcher, UrlFetcher)
            and self.fetcher.checksum is None
            and network.local_path(self.fetcher.urls[0]) is None
        ):
            raise FetchError(
                f"{self.label} has no checksum, so its source cannot be trusted",
                details=f"    {self.fetcher.address}",
                hint="add a sha256 to the recipe, or use --no-checksum",
            )

    def _attempts(self) -> Iterator[_Attempt]:
        """Every place to ask, in order; made one by one, so that nothing is asked in vain."""
        cached = self._cached_file
        if cached is not None and holds(cached, self.fetcher.checksum):
            path = cached
            yield _Attempt(path, lambda: self._take_file(path))
        yield from self._mirror_attempts()
        if self.settings.mirrors_only and self.fetcher.kind != "bundle":
            return
        if isinstance(self.fetcher, UrlFetcher):
            tried = set()
            for url in self.fetcher.urls:
                tried.add(url)
                yield self._url_attempt(self.fetcher, url)
            for url in self.more_addresses() if self.more_addresses else ():
                if url not in tried:
                    tried.add(url)
                    yield self._url_attempt(self.fetcher, url)
        elif isinstance(self.fetcher, (TreeFetcher, BundleFetcher)):
            fetcher = self.fetcher
            yield _Attempt(fetcher.address, lambda: self._fetch_and_keep(fetcher))

    @property
    def _cached_file(self) -> str | None:
        """The file where the cache has or would have the source; None if it is not to keep it."""
        if self.settings.cache is None or self.mirror_paths is None:
            return None
        return self.mirror_paths.in_cache(self.settings.cache)

    def _mirror_attempts(self) -> Iterator[_Attempt]:
        if self.mirror_paths is None:
            return
        silent = SilentMirrors(self.settings.root)
        for mirror in source_mirrors(self.settings.mirrors):
            options = request_options(mirror.fetch, os.environ)
            address = network.address_of(mirror.fetch.url)
            if silent.has(address):
                yield _Attempt(shown(address), functools.partial(_rest, address))
                continue
            for below in self.mirror_paths.candidates():
                url = join_url(address, below)
                path = network.local_path(url)
                if path is not None and not os.path.exists(path) and not below.startswith("_"):
                    # The link for people is a second guess; on a disk, do not report it as tried.
                    continue
                if silent.has(address):
                    break
                run = functools.partial(self._fetch_from_mirror, url, options, address)
                yield _Attempt(shown(url), run)

    def _fetch_from_mirror(self, url: str, options: RequestOptions, mirror: str) -> None:
        """A mirror holds archives, whatever the fetcher makes."""
        target = os.path.join(self.path, self._file_names()[0])
        self.reporter.attempt(self.label, shown(url))
        try:
            network.download(
                url, target, self.settings.network, options=options, reporter=self.reporter
            )
        except DownloadError as error:
            if error.silent:
                SilentMirrors(self.settings.root).add(mirror)
            raise
        if self.fetcher.expand:
            refuse_web_page(target, url)
        if self.fetcher.checksum is not None:
            checksums.verify(target, self.fetcher.checksum, url=shown(url))
        if self.fetcher.file_name is None:
            self._unpack_tree(target)
        self._keep(target)

    def _take_file(self, path: str) -> None:
        """Use a file of the cache: a link, so that big archives are not copied."""
        self.reporter.attempt(self.label, path)
        target = os.path.join(self.path, self._file_names()[0])
        with contextlib.suppress(FileNotFoundError):
            os.unlink(target)
        os.symlink(path, target)
        if self.fetcher.file_name is None:
            self._unpack_tree(target)

    def _unpack_tree(self, archive: str) -> None:
        """A packed checkout becomes the tree, when it is the one that is wanted."""
        expansion.expand(archive, self.source_path, self.settings.unpack_limit)
        if not self.fetcher.accepts_tree(self.source_path, self._context()):
            shutil.rmtree(self.source_path, ignore_errors=True)
            os.unlink(archive)
            raise FetchError("the stored checkout has another commit or lacks submodules")

    def _url_attempt(self, fetcher: UrlFetcher, url: str) -> _Attempt:
        def run() -> None:
            self._keep(fetcher.fetch_from(url, self._place(), self._context()))

        return _Attempt(shown(url), run)

    def _fetch_and_keep(self, fetcher: TreeFetcher | BundleFetcher) -> None:
        fetcher.fetch(self._place(), self._context())
        target = self._cached_file
        if target is not None and self.expanded:
            with self._keeping(target):
                pack_tree(self.source_path, target, top=SOURCE_DIRECTORY)

    def _keep(self, file: str) -> None:
        target = self._cached_file
        if target is not None:
            with self._keeping(target):
                copy_whole(file, target)

    @contextlib.contextmanager
    def _keeping(self, target: str) -> Iterator[None]:
        """Store a source in the cache; where that cannot be done the user is told."""
        try:
            yield
        except OSError as error:
            self.reporter.warning(
                f"the source of {self.label} is not kept as {target}: {error.strerror or error};"
                " config:source_cache should name a directory that can be written"
            )

    def expand_archive(self) -> None:
        """Make the source tree from the fetched file. Does nothing when it exists."""
        if self.expanded:
            return
        file = self.archive_file
        if file is None:
            raise StageError(f"{self.label} has no source in {self.path}", hint="fetch it first")
        if self.fetcher.expand:
            self.top_directory = expansion.expand(
                file, self.source_path, self.settings.unpack_limit
            )
        else:
            expansion.move_into(file, self.source_path)

    def restage(self) -> None:
        """Throw the tree away and make it again from the fetched file."""
        self.discard_tree()
        self.fetch()
        self.expand_archive()

    def discard_tree(self) -> None:
        """Remove the source tree; a file that is not unpacked goes back to the stage first."""
        name = self.fetcher.file_name
        if not self.fetcher.expand and name:
            moved = os.path.join(self.source_path, name)
            if os.path.isfile(moved):
                os.replace(moved, os.path.join(self.path, name))
        shutil.rmtree(self.source_path, ignore_errors=True)

    def keep_archive(self) -> None:
        """Empty the directory, but for the fetched file."""
        archive = self.archive_file
        self.discard_tree()
        for entry in list(os.scandir(self.path)):
            if entry.path == archive:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)

    def destroy(self) -> None:
        """Remove the directory, read-only entries included, and links that stand in its place."""
        remove_tree(self.path)
        self.leave()


class RemovedStages(NamedTuple):
    """Names of stages that were removed, and those left with who works in them."""

    removed: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


def remove_all_stages(root: str) -> RemovedStages:
    """Remove every stage below a stage root in which nobody works."""
    try:
        names = sorted(os.listdir(root))
    except FileNotFoundError:
        names = []
    return remove_stages(root, [n for n in names if n.startswith((_PREFIX, "resource-"))])


def remove_stages(root: str, names: Sequence[str]) -> RemovedStages:
    """Remove those of some stages in which nobody works."""
    open_files = files_in_use() if names else []
    removed, left = [], []
    for name in names:
        with without_users(root, name, open_files) as user:
            if user:
                left.append((name, user))
            else:
                remove_tree(os.path.join(root, name))
                removed.append(name)
    return RemovedStages(tuple(removed), tuple(left))
