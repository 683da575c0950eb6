"""Files that arrive in pieces, and what a server must say so that the pieces fit together."""

from __future__ import annotations

import contextlib
import os

from spack.sources.fetching.retries import DownloadError
from spack.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    import email.message


class Partial:
    """A file that arrives in one or more answers of a server.

    Attributes:
        received: bytes that are there.
        validator: entity tag or time by which the server knows whether they still count; "" if
            it gave none.
        size: bytes of the whole file if they are known, which more or fewer may not arrive.
        joined: whether the bytes came in more than one answer.
        may_resume: whether the rest alone is asked for.
        is_checked: whether the reader checks the whole by a checksum, so that parts count without
            a validator, and those that are at the path already.
    """

    def __init__(
        self,
        path: str,
        size: int | None = None,
        *,
        is_checked: bool = False,
        may_resume: bool = True,
    ) -> None:
        self.path = path
        self.size = size
        self.is_checked = is_checked
        self.received = 0
        self.validator = ""
        self.joined = False
        self.may_resume = may_resume
        if is_checked:
            with contextlib.suppress(FileNotFoundError):
                self.received = os.stat(path).st_size
            if size is not None and self.received >= size:
                self.received = 0

    def wanted(self) -> dict[str, str]:
        """Header fields that ask for the rest alone."""
        if not self.may_resume:
            return {}
        if self.received and self.is_checked:
            return {"Range": f"bytes={self.received}-"}
        if not (self.received and self.validator):
            return {}
        return {"Range": f"bytes={self.received}-", "If-Range": self.validator}

    def refused(self, error: DownloadError) -> None:
        """Note that a request failed: a file that became shorter is taken from its beginning."""
        if error.status == 416:
            self.validator = ""
            self.is_checked = False

    def begins(self, status: int, headers: email.message.Message) -> bool:
        """Note the head of an answer; whether it goes on where the bytes end."""
        start = (headers.get("Content-Range") or "").partition("-")[0]
        resumed = status == 206 and start == f"bytes {self.received}"
        self.joined = resumed
        if not resumed:
            self.received = 0
        tag = headers.get("ETag") or ""
        self.validator = tag if tag.startswith('"') else headers.get("Last-Modified") or ""
        if headers.get("Content-Encoding"):
            self.validator = ""
        return resumed
