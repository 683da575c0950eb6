"""Errors that recipe code raises, or that running recipe code can end with.

The names are those that recipes import from the facade. This module knows no package class.
"""

from __future__ import annotations

from spack.errors import SpackError
from spack.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from traceback import FrameSummary


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


def frame_in_recipe(error: BaseException) -> FrameSummary | None:
    """The innermost place in a recipe, or in what recipes share, that led to an exception."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    inside = [f for f in frames if "spack_repo" in f.filename or f.filename.endswith("package.py")]
    return inside[-1] if inside else None


class SkipTest(Exception):
    """Raised by a test part that does not apply; its text is the reason. Not a failure."""
