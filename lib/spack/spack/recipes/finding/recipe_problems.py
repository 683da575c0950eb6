"""Errors for recipes that cannot be loaded: what is wrong, and on which line of which file.

This module imports no recipe; it looks at exceptions, and at files where these name no line.
"""

from __future__ import annotations

import os
import re
from types import ModuleType

from spack.errors import Origin, SpackError
from spack.recipes.finding.repository_description import RepositoryError


class BrokenRecipeError(RepositoryError):
    """A recipe cannot be imported; other recipes are not affected."""


def without_class(name: str, path: str, module: ModuleType, class_name: str) -> BrokenRecipeError:
    """The error for a recipe whose class is missing or called otherwise."""
    others = [
        word
        for word, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    line = line_of_name(path, others[0]) if others else 1
    there = f"; it defines {', '.join(others)}" if others else ""
    return BrokenRecipeError(
        f"the recipe of {name} defines no class {class_name}{there}",
        origin=Origin(path, line),
        hint=f"the class of {name} must be called {class_name}",
    )


def cannot_be_loaded(
    fullname: str, path: str, root: str, error: BaseException
) -> BrokenRecipeError:
    """The error for an exception that a recipe ended with, told at its line of the repository."""
    origin = origin_of(error, root) or Origin(path, _line_of_problem(path))
    if isinstance(error, SpackError):
        text, hint, details = error.message, error.hint, error.details
    else:
        text, hint, details = f"{type(error).__name__}: {error}", None, None
        if isinstance(error, SyntaxError):
            text = f"{error.msg}"
        text = " ".join(text.split())
    return BrokenRecipeError(
        f"the recipe of {fullname} cannot be loaded: {text}",
        origin=origin,
        hint=hint,
        details=details,
    )


def line_of_name(path: str, name: str) -> int:
    """Line on which a file defines a name, by its look; 1 if that cannot be told."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if re.match(rf"(class\s+)?{re.escape(name)}\b\s*[(:=]", line):
                    return number
    except OSError:
        pass
    return 1


def _line_of_problem(path: str) -> int:
    """Line that Python does not tell: that of a null byte, else the first; 0 if unreadable."""
    try:
        with open(path, "rb") as file:
            before, found, _ = file.read().partition(b"\0")
    except OSError:
        return 0
    return before.count(b"\n") + 1 if found else 1


def origin_of(error: BaseException, root: str) -> Origin | None:
    """The place in the repository where an exception of an import arose."""
    if isinstance(error, SpackError) and error.origin is not None:
        return error.origin
    if isinstance(error, SyntaxError) and error.filename:
        return Origin(error.filename, error.lineno or 1, error.offset or 0)
    import traceback

    inside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(root + os.sep)
    ]
    return Origin(inside[-1].filename, inside[-1].lineno or 0) if inside else None
