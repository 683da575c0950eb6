"""Reports of fetching for watchers: attempts, failures, progress. The default is silent.

Must not know a terminal.
"""

from __future__ import annotations


class FetchReporter:
    """Receives the steps of a fetch; every method does nothing unless overridden."""

    def attempt(self, what: str, address: str) -> None:
        """``what`` (a stage name) is about to be read from ``address``."""

    def failed(self, what: str, address: str, reason: str) -> None:
        """The address could not be used; the next one follows."""

    def fetched(self, what: str, address: str) -> None:
        """``what`` is complete and verified."""

    def cached(self, what: str, path: str) -> None:
        """``what`` was found in the stage or in the source cache."""

    def progress(self, address: str, received: int, total: int | None) -> None:
        """Bytes received so far, and in all when the server said it."""

    def note(self, text: str) -> None:
        """Something worth a line: a patch was applied, a develop source is used."""

    def warning(self, text: str) -> None:
        """Something that the user should change, though the fetch goes on."""


SILENT = FetchReporter()
