"""Errors that recipe code raises, or that running recipe code can end with.

The names are those that recipes import from the facade. This module knows no package class.
"""

from __future__ import annotations

from typing import Any

from spack.errors import SpackError


class InstallError(SpackError):
    """A package cannot be installed; raised by recipes and by the checks after a build.

    Args:
        message: one sentence.
        long_message: longer explanation, printed below it.
        pkg: the package object, when the recipe passes it.
    """

    def __init__(self, message: str, long_message: str | None = None, pkg: Any = None) -> None:
        super().__init__(message, details=long_message)
        self.pkg = pkg


class SkipTest(Exception):
    """Raised by a test part that does not apply; its text is the reason. Not a failure."""
