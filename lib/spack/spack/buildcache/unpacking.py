"""From the archive of a package to its prefix: unpack, replace paths and search for the old ones.

One pass over the archive. What is small is treated in memory while it is unpacked. Where the
archive says only at its end which paths its files may hold (that of Spack does), files that may
hold some are treated again then. Nothing is written outside the prefix. Knows no cache.
"""

from __future__ import annotations

import os
import posixpath
import tarfile
from collections.abc import Mapping

from spack.buildcache.build_info import FILE, LIMIT, BuildInfo, BuildInfoError, parse_build_info
from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.store.layout import METADATA
from spack.system.binaries.path_replacement import Replacements
from spack.system.binaries.relocation import relocate_file, relocated
from spack.system.files.archives import ArchiveEscapeError, Writer, compression, unpack_tar
from spack.type_names import IO, Callable

#: Larger files are written in pieces and then treated on the disk.
_IN_MEMORY = 1 << 25


class UnpackError(SpackError):
    """An archive is not that of a package."""


class Unpacked(NamedTuple):
    """The result of unpacking a package.

    Attributes:
        info: the place of the build.
        files: number of files, links and directories.
        size: bytes written.
        changed: number of files and links in which paths were replaced.
        left: paths, below the prefix, of files that hold an old path still.
        shortened: new prefixes that stand in binaries by their short paths.
    """

    info: BuildInfo
    files: int
    size: int
    changed: int
    left: tuple[str, ...]
    shortened: tuple[str, ...] = ()


#: Gives the replacements for files that were built at a place.
PathsFor = Callable[[BuildInfo], Replacements]


def unpack(
    stream: IO[bytes], archive: str, prefix: str, paths_for: PathsFor, *, limit: int = 0
) -> Unpacked:
    """Unpack an opened archive into an empty prefix and make its files work there.

    Args:
        archive: path of the archive, for errors and to tell its compression.
        limit: bytes that may be written, 0 for any number.

    Raises:
        ArchiveError, BuildInfoError, UnpackError: it is damaged, or meant to do harm.
        RelocationError: a new path does not fit.
    """
    writer = _PrefixWriter(archive, prefix, paths_for, limit)
    unpack_tar(stream, compression(archive), prefix, writer)
    return writer.finish()


class _PrefixWriter(Writer):
    """Writes members below a prefix, wherever they were."""

    def __init__(self, archive: str, prefix: str, paths_for: PathsFor, limit: int) -> None:
        super().__init__(archive, limit)
        self.prefix = prefix
        self.paths_for = paths_for
        self.old_prefix: str | None = None
        self.info: BuildInfo | None = None
        self.paths: Replacements | None = None
        self.above: set[str] = set()
        self.files = 0
        self.changed = 0
        self.left: list[str] = []
        #: Places of files and links that are treated when it is known which paths to replace.
        self.later: list[str] = []

    # -- names -----------------------------------------------------------------------------------

    def name(self, member: tarfile.TarInfo) -> str | None:
        path = posixpath.normpath(member.name)
        if self.old_prefix is None:
            if member.isdir() and f"/{METADATA}" not in path:
                self.above.add(path)
                return None
            self._begin(path)
        old = self.old_prefix
        assert old is not None
        if path == old or old.startswith(path + "/"):
            return None
        if not path.startswith(old + "/"):
            raise ArchiveEscapeError(
                f"{self.archive} has a member outside of its package: {member.name}",
                hint="do not trust this archive",
            )
        self.files += 1
        return path[len(old) + 1 :]

    def _begin(self, path: str) -> None:
        """Know the old prefix by the first member that is not a directory above it.

        That is in the metadata directory, or at the top: directories are sorted.
        """
        before, found, _ = path.partition(f"/{METADATA}")
        self.old_prefix = before if found else posixpath.dirname(path)
        for folder in self.above:
            inner = folder[len(self.old_prefix) + 1 :]
            if folder.startswith(self.old_prefix + "/"):
                os.makedirs(os.path.join(self.prefix, inner), exist_ok=True)
                self.files += 1

    def target_of(self, member: tarfile.TarInfo) -> str:
        if self.paths is None:
            # Whoever writes there later goes through the link as it is now.
            self.later.append(self._place(member))
            return member.linkname
        return self._new_target(member.linkname)

    def _place(self, member: tarfile.TarInfo) -> str:
        assert self.old_prefix is not None
        inner = posixpath.normpath(member.name)[len(self.old_prefix) + 1 :]
        return os.path.join(self.prefix, inner)

    def _new_target(self, old: str) -> str:
        assert self.paths is not None
        new = os.fsdecode(self.paths.in_text(os.fsencode(old)))
        self.changed += new != old
        return new

    # -- content ---------------------------------------------------------------------------------

    def write(self, content: IO[bytes], place: str) -> None:
        if place == os.path.join(os.path.realpath(self.prefix), FILE):
            data = content.read(LIMIT)
            self.count(len(data))
            self.info = parse_build_info(data, self.archive)
            self._check_prefix(self.info)
            self.paths = self.paths_for(self.info)
            _write(place, data)
            return
        data = content.read(_IN_MEMORY)
        self.count(len(data))
        if len(data) == _IN_MEMORY:
            _write(place, data)
            self._append(content, place)
            self.later.append(place)
        elif self.paths is None:
            _write(place, data)
            if self._may_hold_paths(data):
                self.later.append(place)
        else:
            new = relocated(data, self.paths, place)
            self.changed += new is not data and new != data
            self._search(new, place)
            _write(place, new)

    def _append(self, content: IO[bytes], place: str) -> None:
        with open(place, "ab") as output:
            while block := content.read(1 << 20):
                self.count(len(block))
                output.write(block)

    def _may_hold_paths(self, data: bytes) -> bool:
        """Whether data has a path like that of the old prefix; the store is above it."""
        assert self.old_prefix is not None
        first = "/" + "/".join(self.old_prefix.split("/")[:2])
        return data.find(os.fsencode(first)) >= 0 or data.startswith(b"#!")

    def _check_prefix(self, info: BuildInfo) -> None:
        told = posixpath.normpath(f"{info.root}/{info.prefix}").lstrip("/")
        if told != self.old_prefix:
            raise UnpackError(
                f"{self.archive} has files of /{self.old_prefix}, but says that its prefix is"
                f" /{told}",
                hint="do not trust this archive",
            )

    def _search(self, data: bytes, place: str) -> None:
        """Note a file that still has an old path."""
        assert self.paths is not None
        if self.paths.may_be_in(data) and self.paths.are_in(data):
            self.left.append(os.path.relpath(place, self.prefix))

    # -- the end ---------------------------------------------------------------------------------

    def finish(self) -> Unpacked:
        """Treat what had to wait; the result."""
        if self.info is None or self.paths is None:
            raise BuildInfoError(
                f"{self.archive} does not say where its package was built: it has no {FILE}",
                hint="push the package again",
            )
        for place in self.later:
            if os.path.islink(place):
                self._relink(place)
                continue
            self.changed += relocate_file(place, self.paths)
            with open(place, "rb") as stream:
                self._search(stream.read(), place)
        return Unpacked(
            self.info,
            self.files,
            self.written,
            self.changed,
            tuple(sorted(self.left)),
            tuple(sorted(map(os.fsdecode, self.paths.aliases_used))),
        )

    def _relink(self, place: str) -> None:
        old = os.readlink(place)
        new = self._new_target(old)
        if new != old:
            os.unlink(place)
            os.symlink(new, place)


def _write(place: str, data: bytes) -> None:
    try:
        with open(place, "wb", buffering=0) as output:
            left = memoryview(data)
            while left:
                left = left[output.write(left) :]
    except OSError as error:
        error.filename = place  # a full disk does not say which file it was
        raise


def replacements(
    info: BuildInfo,
    new_root: str,
    new_prefixes: Mapping[str, str],
    *,
    own: str,
    sbang: str,
    exchanged: Mapping[str, str] = {},
    aliases: Mapping[str, str] = {},
) -> Replacements:
    """The paths to replace in files that were built at one place, for another.

    Args:
        new_root: root of the store that the package goes to.
        new_prefixes: DAG hash to prefix, of what the package links or runs.
        own: the new prefix of the package itself.
        sbang: the program for long first lines of scripts there.
        exchanged: hash of a dependency at the build to that which takes its place.
        aliases: see Replacements.
    """
    paths: dict[str, str] = {info.root: new_root}
    for digest, old in info.prefixes.items():
        new = new_prefixes.get(exchanged.get(digest, digest))
        if new is not None and old != info.root and not info.root.startswith(old + "/"):
            paths[old] = new
    paths[posixpath.join(info.root, info.prefix)] = own
    if info.sbang and sbang:
        paths[info.sbang] = sbang
    return Replacements(paths, roots=frozenset((info.root,)), aliases=aliases)
