"""Unpacking and recompressing archives: tar in every usual compression, zip, single files.

What a file is, its first bytes decide. Nothing is ever written outside the target directory. Must
not know where archives come from.
"""

from __future__ import annotations

import bz2
import contextlib
import io
import lzma
import os
import shutil
import stat
import subprocess
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator

from spack.errors import SpackError
from spack.system.files.gzip_stream import GzipStream
from spack.system.files.writing import process_mask
from spack.type_names import IO, Any, Union

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x5d\x00\x00", "lzma"),
    (b"\x1f\x9d", "Z"),
    (b"\x1f\xa0", "Z"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"LZIP", "lz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)

#: Programs that write the decompressed content on their output.
_TOOLS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Z": (("gzip", "-dc"), ("uncompress", "-c")),
    "zst": (("zstd", "-dcq"),),
    "lz": (("lzip", "-dc"),),
}

#: Suffixes of compressed files.
_SUFFIXES = frozenset(".gz .tgz .bz2 .tbz .tbz2 .xz .txz .lzma .Z .zst .tzst .lz".split())

_BLOCK = 512

#: Exceptions of the decompressors for damaged input.
_DAMAGE = (EOFError, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, zlib.error)

Text = Union[str, "os.PathLike[str]"]


class ArchiveError(SpackError):
    """A file is not an archive, is damaged, or a program to read it is missing."""


class ArchiveTooLargeError(ArchiveError):
    """More would be unpacked than is allowed."""


class ArchiveEscapeError(ArchiveError):
    """A member of an archive would be written outside the target directory."""


def compression(path: Text) -> str | None:
    """``gz``, ``bz2``, ``xz``, ``lzma``, ``Z``, ``zst``, ``lz``, ``zip``, or None: by content."""
    with open(path, "rb") as stream:
        start = stream.read(8)
    return next((kind for magic, kind in _MAGIC if start.startswith(magic)), None)


def stem(name: str) -> str:
    """The name of a file without the suffix of a compression and without ``.tar`` or ``.zip``."""
    base, suffix = os.path.splitext(name)
    if suffix in _SUFFIXES:
        short = suffix.startswith(".t")
        return base if short or not base.endswith(".tar") else base[:-4]
    return base if suffix in (".tar", ".zip") else name


def extract(archive: Text, into: Text, *, limit: int = 0) -> list[str]:
    """Unpack an archive into a directory, which is made; the names at the top, sorted.

    A compressed file that is not a tar archive becomes one file without the suffix. Permissions are
    those of the archive less the process's mask; times are kept; owners are not.

    Args:
        limit: bytes that may be written, 0 for any number.

    Raises:
        ArchiveTooLargeError: the limit is reached; what came before is unpacked.
        ArchiveEscapeError: a member would land outside; what came before it is unpacked.
        ArchiveError: no archive, or a damaged one.
    """
    path, target = os.fspath(archive), os.path.realpath(into)
    os.makedirs(target, exist_ok=True)
    with _damage_reported(path):
        kind = compression(path)
        writer = Writer(path, limit)
        if kind == "zip":
            _extract_zip(path, target, writer)
        else:
            _extract_stream(path, kind, target, writer)
    return sorted(os.listdir(target))


def _extract_stream(path: str, kind: str | None, target: str, writer: Writer) -> None:
    with _decompressed(path, kind) as stream:
        if _is_tar(stream.peek(_BLOCK)[:_BLOCK]):
            _extract_tar(path, stream, target, writer)
        elif kind is None:
            raise ArchiveError(
                f"{path} is not an archive",
                hint="it may be an error page that was fetched instead: check its content",
            )
        else:
            name = stem(os.path.basename(path))
            writer.write(stream, os.path.join(target, name))


@contextlib.contextmanager
def _damage_reported(path: str) -> Iterator[None]:
    """Turn exceptions of decompressors for damaged input into an ArchiveError."""
    try:
        yield
    except OSError as error:
        # gzip and bz2 say OSError without a number for damaged input.
        if error.errno is not None:
            raise
        raise _damaged(path, error) from error
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _damaged(path: str, error: BaseException) -> ArchiveError:
    return ArchiveError(f"{path} is damaged: {error}", hint="remove it and fetch it again")


# --- streams -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _decompressed(
    path: str, kind: str | None, opened: IO[bytes] | None = None
) -> Iterator[io.BufferedReader]:
    """The content of a file, which may be opened already."""
    stream: Any
    with contextlib.ExitStack() as stack:
        source = opened or stack.enter_context(open(path, "rb", buffering=0))
        if kind is None:
            stream = source
        elif kind == "gz":
            stream = GzipStream(source)
        elif kind == "bz2":
            stream = bz2.open(source)  # noqa: SIM115
        elif kind in ("xz", "lzma"):
            stream = lzma.open(source)  # noqa: SIM115
        else:
            stream = stack.enter_context(_piped(_tool(kind), path, source))
        yield stack.enter_context(io.BufferedReader(stream, 1 << 16))


@contextlib.contextmanager
def _piped(command: tuple[str, ...], path: str, source: IO[bytes]) -> Iterator[IO[bytes]]:
    """The output of a program about a file; it must succeed if everything was read."""
    child = subprocess.Popen(
        command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    with child:
        assert child.stdout is not None and child.stderr is not None
        try:
            yield child.stdout
        except BaseException:
            child.kill()
            raise
        complaint = child.stderr.read().decode("utf-8", "replace").strip()
    if child.returncode not in (0, -13):
        raise ArchiveError(f"{command[0]} cannot read {path}", details=complaint)


def _tool(kind: str) -> tuple[str, ...]:
    for command in _TOOLS[kind]:
        if shutil.which(command[0]):
            return command
    names = " or ".join(command[0] for command in _TOOLS[kind])
    raise ArchiveError(f"files compressed with {kind} need the program {names}", hint="install it")


# --- tar -----------------------------------------------------------------------------------------


def _is_tar(block: bytes) -> bool:
    if len(block) < _BLOCK:
        return False
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return not any(block)  # An empty tar archive starts with zeros.
    return True


class Writer:
    """Writes the files of an archive, and no more bytes than are allowed.

    Others write the members under other names, or with other content.

    Args:
        archive: names the archive in errors.
        limit: bytes that may be written, 0 for any number.
    """

    def __init__(self, archive: str, limit: int = 0) -> None:
        self.archive = archive
        self.limit = limit
        self.written = 0

    def name(self, member: tarfile.TarInfo) -> str | None:
        """The path that a member gets below the target directory; None to leave it out."""
        return member.name

    def target_of(self, member: tarfile.TarInfo) -> str:
        """The text of a symbolic link."""
        return member.linkname

    def count(self, size: int) -> None:
        """Note that bytes will be written. Raises ArchiveTooLargeError."""
        self.written += size
        if self.limit and self.written > self.limit:
            raise ArchiveTooLargeError(
                f"{self.archive} unpacks to more than {self.limit / 1e9:g} GB, the limit",
                hint="if that is right, raise config:unpack_limit (gigabytes, 0 for none)",
            )

    def write(self, content: IO[bytes], place: str) -> None:
        """Copy one file. Raises ArchiveTooLargeError."""
        with open(place, "wb") as output:
            while block := content.read(1 << 18):
                self.count(len(block))
                try:
                    output.write(block)
                except OSError as error:
                    error.filename = place
                    raise


class _Target:
    """A directory that nothing may leave, neither by name nor through a link."""

    def __init__(self, archive: str, root: str) -> None:
        self.archive = archive
        self.root = root
        self._safe: set[str] = {root}

    def place(self, name: str) -> str:
        """The path that a member goes to, its directory made. Raises ArchiveEscapeError."""
        relative = os.path.normpath(name)
        if os.path.isabs(name) or relative == ".." or relative.startswith("../"):
            raise self._escape(name)
        path = os.path.join(self.root, relative)
        self._directory(path if relative == "." else os.path.dirname(path), name)
        return path

    def _directory(self, path: str, name: str) -> None:
        if path in self._safe:
            return
        self._directory(os.path.dirname(path), name)
        if os.path.islink(path):
            real = os.path.realpath(path)
            if real != self.root and not real.startswith(self.root + os.sep):
                raise self._escape(name)
            return  # Not remembered: the link may be replaced by a later member.
        os.makedirs(path, exist_ok=True)
        self._safe.add(path)

    def replace(self, path: str) -> None:
        """Make way for a member: what an earlier one put there goes, unless it is a directory."""
        if os.path.lexists(path) and (os.path.islink(path) or not os.path.isdir(path)):
            os.unlink(path)

    def check_link(self, path: str, name: str) -> None:
        real = os.path.realpath(path)
        if not real.startswith(self.root + os.sep):
            raise self._escape(name)

    def _escape(self, name: str) -> ArchiveEscapeError:
        return ArchiveEscapeError(
            f"{self.archive} has a member that would be written outside: {name}",
            hint="do not trust this archive",
        )


def _linked(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member that a hard link stands for."""
    return tarfile.TarInfo(member.linkname)


def unpack_tar(stream: IO[bytes], kind: str | None, into: Text, writer: Writer) -> None:
    """Unpack an opened tar archive of a compression into a directory, which exists.

    Names, links and content are those that the writer gives. Raises as :func:`extract`.
    """
    with _damage_reported(writer.archive), _decompressed(writer.archive, kind, stream) as plain:
        _extract_tar(writer.archive, plain, os.path.realpath(into), writer)


def _extract_tar(path: str, stream: io.BufferedReader, root: str, writer: Writer) -> None:
    target = _Target(path, root)
    mask = 0o777 & ~process_mask()
    directories: list[tuple[str, tarfile.TarInfo]] = []
    with tarfile.open(
        fileobj=stream, mode="r|", bufsize=1 << 18, errors="surrogateescape"
    ) as archive:
        for member in archive:
            name = writer.name(member)
            if name is None:
                continue
            place = target.place(name)
            if member.isdir():
                target.replace(place)
                os.makedirs(place, exist_ok=True)
                directories.append((place, member))
                continue
            target.replace(place)
            if member.issym():
                os.symlink(writer.target_of(member), place)
            elif member.islnk():
                source = target.place(writer.name(_linked(member)) or member.linkname)
                target.check_link(source, member.name)
                os.link(source, place, follow_symlinks=False)
            elif member.isfile():
                content = archive.extractfile(member)
                assert content is not None
                writer.write(content, place)
                os.chmod(place, (member.mode | stat.S_IRUSR | stat.S_IWUSR) & mask)
                os.utime(place, (member.mtime, member.mtime))
            else:
                raise ArchiveError(f"{path} has a member that is not a file: {member.name}")
    for place, member in reversed(directories):
        if os.path.isdir(place) and not os.path.islink(place):
            os.chmod(place, (member.mode | stat.S_IRWXU) & mask)
            os.utime(place, (member.mtime, member.mtime))
    while stream.read(1 << 16):
        pass  # A program that writes into the pipe shall end by itself.


# --- zip -----------------------------------------------------------------------------------------


def _extract_zip(path: str, root: str, writer: Writer) -> None:
    target = _Target(path, root)
    mask = 0o777 & ~process_mask()
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            place = target.place(member.filename)
            mode = member.external_attr >> 16
            if member.is_dir():
                os.makedirs(place, exist_ok=True)
                continue
            target.replace(place)
            if stat.S_ISLNK(mode):
                os.symlink(archive.read(member).decode("utf-8", "surrogateescape"), place)
                continue
            with archive.open(member) as content:
                writer.write(content, place)
            os.chmod(place, ((mode & 0o777 or 0o644) | stat.S_IRUSR | stat.S_IWUSR) & mask)
            moment = time.mktime((*member.date_time, 0, 0, -1))
            os.utime(place, (moment, moment))
