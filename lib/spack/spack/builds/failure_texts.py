"""The words in which the failure of a build is told, beside those of its log."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Mapping

from spack.errors import SpackError
from spack.recipes.errors import frame_in_recipe
from spack.system.files import mounts
from spack.system.files.mounts import temporary_directory

#: Advice for a file system that does not do what builds need.
OTHER_PLACES = (
    "free space there, or choose another directory: config:build_stage for stages, TMPDIR for"
    " temporary files"
)


def unexpected(error: Exception | SystemExit) -> tuple[str, str | None]:
    """The words for an error that no recipe raises on purpose, and a hint."""
    full = mounts.shortage(error) if isinstance(error, OSError) else None
    return (full, OTHER_PLACES) if full else (f"{type(error).__name__}: {error}", None)


def obstacles(places: Mapping[str, str], text: str) -> str:
    """Things that a build needs and file systems forbid, in words; "" for none.

    Args:
        places: paths by what they are for.
        text: everything that is said of the failure.
    """
    run = re.search("[Pp]ermission|cannot (be )?run", text) is not None
    place = temporary_directory(os.environ)
    return "; ".join(mounts.obstacles({**places, "temporary directory": place}, run=run))


def write_error(error: BaseException) -> None:
    """Put an error into the log of the step."""
    if isinstance(error, SpackError):
        print(f"==> Error: {error}")
    else:
        traceback.print_exception(type(error), error, error.__traceback__)
    sys.stdout.flush()


def first_lines(text: str | None, limit: int = 10) -> str | None:
    """A text without the lines after so many; None for none."""
    if not text:
        return None
    lines = text.splitlines()
    if len(lines) > limit:
        lines = [*lines[:limit], f"... and {len(lines) - limit} more lines"]
    return "\n".join(lines)


def recipe_lines(error: BaseException) -> str | None:
    """The place in the recipe where an unexpected error arose: file, line and the line itself."""
    last = frame_in_recipe(error)
    if last is None:
        return None
    return f"{last.filename}:{last.lineno}, in {last.name}:\n    {last.line}"
