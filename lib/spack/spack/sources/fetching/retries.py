"""Failures of downloads: what they are, which may pass, and how long to wait for that.

Knows no way to download.
"""

from __future__ import annotations

import random
import time
from time import sleep

from spack.errors import SpackError
from spack.type_names import Callable, TypeVar

Result = TypeVar("Result")

#: Requests for one address, and the seconds before the second of them; each pause is twice as long
#: as the one before, by chance a half more or less.
ATTEMPTS = 4
FIRST_PAUSE = 0.5
#: Seconds that a server may make us wait.
LONGEST_PAUSE = 60.0
#: Statuses of servers that are busy or being restarted.
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class DownloadError(SpackError):
    """One address could not be read; ``reason`` says why in a few words.

    Attributes:
        passing: whether asking again may help.
        silent: whether the server gave no answer at all.
        wait: seconds that the server asks to wait, 0 if it does not say.
        status: of the answer of a server, 0 if there was none.
    """

    def __init__(
        self,
        url: str,
        reason: str,
        *,
        hint: str | None = None,
        passing: bool = False,
        silent: bool = False,
        wait: float = 0.0,
        status: int = 0,
    ) -> None:
        self.url = url
        self.reason = reason
        self.passing = passing
        self.silent = silent
        self.wait = wait
        self.status = status
        super().__init__(f"cannot download {url}: {reason}", hint=hint)


def is_passing(status: int) -> bool:
    """Whether a server that answers with this status may answer otherwise soon."""
    return status in _PASSING


def seconds_of(text: str | None) -> float:
    """The seconds that a ``Retry-After`` asks for, a number or a date; 0 for none."""
    if not text:
        return 0.0
    if text.strip().isdecimal():
        return float(text)
    import email.utils

    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0


def repeated(attempt: Callable[[], Result]) -> Result:
    """Try until it succeeds, as long as there is hope. Raises the last DownloadError."""
    pause, left = FIRST_PAUSE, ATTEMPTS
    while True:
        left -= 1
        try:
            return attempt()
        except DownloadError as error:
            if not left or not error.passing or error.wait > LONGEST_PAUSE:
                raise
            sleep(max(error.wait, pause * random.uniform(0.5, 1.5)))
            pause *= 2
