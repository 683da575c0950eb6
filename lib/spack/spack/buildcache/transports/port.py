"""The interface of all transports, its errors, and the rule for paths.

Must not know what is in the files of a cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spack.errors import NotFoundError, SpackError
from spack.named_tuples import NamedTuple
from spack.sources.fetching.retries import DownloadError
from spack.type_names import Protocol


class UploadError(SpackError):
    """A file could not be put into a cache, or not be removed from it; nothing half is there.

    ``reason`` says why in a few words.
    """

    def __init__(self, url: str, reason: str, *, hint: str | None = None) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"cannot write {url}: {reason}", hint=hint)


class Content(NamedTuple):
    """Bytes of a file with the tag by which the cache knows this content; "" if it has none."""

    data: bytes
    tag: str


class Transport(Protocol):
    """The files of one cache.

    A path is relative, has ``/`` between its parts and none of ``.``, ``..`` or the empty part
    among them; any other raises NotFoundError. Every method may be called by several threads at
    once. Methods that read raise DownloadError if a file cannot be read for another reason than
    its absence: no answer, no permission, a connection that ended too early, more bytes than
    expected. Methods that write raise UploadError. Passing failures are repeated before that.

    Attributes:
        url: address of the cache for messages, without credentials and without ``/`` at its end.
        is_layered: whether a manifest refers to those of what its package needs, which must be
            there before it.
    """

    url: str
    is_layered: bool

    def read(self, path: str, *, limit: int) -> bytes:
        """All bytes of a file. Raises NotFoundError; DownloadError for more than ``limit``."""

    def read_changed(self, path: str, tag: str, *, limit: int) -> Content | None:
        """Bytes of a file unless its content is the one that ``tag`` was given with.

        None says that it is still the same; a tag of "" never is. Raises as :meth:`read`.
        """

    def read_part(self, path: str, start: int, length: int) -> bytes:
        """Bytes ``start`` to ``start + length`` of a file, fewer only where the file ends.

        Where a server cannot send parts the file is taken up to the end of the part. Raises
        NotFoundError and DownloadError.
        """

    def local_file(self, path: str) -> str | None:
        """The path on this machine of a file of the cache, whether or not the file is there.

        None for caches elsewhere. Saves a copy before the content is checked while it is read.
        """

    def download(self, path: str, target: str, *, size: int | None) -> None:
        """Write a file of the cache to ``target``, which appears complete or not at all.

        With a ``size`` other numbers of bytes are refused, as early as possible, and what arrived
        is kept in ``target + ".part"`` when this fails or is interrupted: the next call takes only
        the rest. That the parts belong together is for the caller to check, by the checksum.
        Raises NotFoundError and DownloadError.
        """

    def upload(self, path: str, source: str | bytes, *, media_type: str) -> None:
        """Make a file out of another (its path) or out of bytes; replaces what is there.

        Readers see the old content or the new one, never half of it. Raises UploadError.
        """

    def exists(self, paths: Iterable[str]) -> set[str]:
        """Those of many paths that are files of the cache; asked in parallel.

        Raises DownloadError if one of the questions has no answer.
        """

    def list(self, prefix: str) -> Iterator[str]:
        """Paths of all files below a directory of the cache ("" for all), in no certain order.

        Nothing for a directory that does not exist. Raises DownloadError; UnlistedError where the
        server cannot list.
        """

    def delete(self, path: str) -> None:
        """Remove a file; one that is not there is fine. Raises UploadError."""


class UnlistedError(DownloadError):
    """The server of a cache does not list its files; what is not named cannot be found there."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url,
            "its server does not list files",
            hint="use the index of the cache, or its directory, bucket or registry",
        )


def parts_of(path: str) -> tuple[str, ...]:
    """The parts of a path in a cache. Raises NotFoundError for what is not such a path."""
    parts = tuple(path.split("/"))
    if any(part in ("", ".", "..") for part in parts) or not path.isprintable() or "\\" in path:
        raise NotFoundError(f"{path!r} is not the path of a file in a binary cache")
    return parts


def absent(url: str, path: str) -> NotFoundError:
    """The error of a file that a cache does not have."""
    return NotFoundError(f"there is no {path} in {url}")


def too_large(url: str, path: str, limit: int) -> DownloadError:
    """The error of a file with more bytes than it may have."""
    return DownloadError(f"{url}/{path}", f"it has more than {limit} bytes")


def wrong_size(url: str, path: str, size: int, found: int) -> DownloadError:
    """The error of a file with another number of bytes than expected."""
    return DownloadError(f"{url}/{path}", f"it has {found} bytes, expected {size}")
