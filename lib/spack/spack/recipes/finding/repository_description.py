"""Content of a ``repo.yaml``: namespace, layout and recipe interface of a repository.

Read without a YAML parser where it is written the usual way. This module knows no recipe.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from spack.errors import Origin, SpackError
from spack.named_tuples import NamedTuple

#: Newest recipe interface that this program serves.
NEWEST_API = (2, 4)


class RepositoryError(SpackError):
    """A repository, or a recipe in it, cannot be read."""


class Description(NamedTuple):
    """The content of a ``repo.yaml``.

    ``complete`` is the address of a repository with recipes that this one lacks, "" for none.
    """

    namespace: str
    subdirectory: str
    api: tuple[int, int]
    complete: str


def read_description(root: str) -> Description:
    """Read ``repo.yaml`` of a repository. Raises :class:`RepositoryError`."""
    path = os.path.join(root, "repo.yaml")
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError as error:
        hint = "a repository is a directory with a file repo.yaml"
        if os.path.isdir(os.path.join(root, "packages")):
            namespace = re.sub(r"\W", "_", os.path.basename(os.path.abspath(root)))
            hint = f"write into {path}:\n  repo:\n    namespace: {namespace}"
        raise RepositoryError(
            f"there is no repository in {root}: {error.strerror} ({path})", hint=hint
        ) from error
    values = _read_words(path, lines)
    api = _api_version(path, values.get("api", "v1.0"))
    namespace = values.get("namespace", "")
    if api >= (2, 0):
        namespace = _namespace_of_place(root, path, namespace)
    elif not namespace:
        raise RepositoryError("the repository has no namespace", origin=Origin(path))
    if not re.fullmatch(r"[A-Za-z_][\w.-]*", namespace):
        raise RepositoryError(f"{namespace!r} is not a valid namespace", origin=Origin(path))
    subdirectory = values.get("subdirectory", "packages")
    return Description(namespace, subdirectory, api, values.get("complete", ""))


def _read_words(path: str, lines: Sequence[str]) -> dict[str, str]:
    """The words below ``repo:``; the file has one level of mapping and nothing else.

    Read without a YAML parser, which costs more than most commands; written in one line, with it.
    """
    values: dict[str, str] = {}
    inside = False
    for number, line in enumerate(lines, start=1):
        text = re.sub(r"(^|\s)#.*", "", line).rstrip()
        if not text or text in ("---", "..."):
            continue
        match = re.fullmatch(r"(\s*)([A-Za-z_]+)\s*:\s*(.*)", text)
        if match is None or (match.group(1) and not inside):
            raise RepositoryError(
                f"cannot read {text.strip()!r}",
                origin=Origin(path, number),
                hint="the file holds 'repo:' and below it namespace, api and subdirectory",
            )
        key, value = match.group(2), match.group(3).strip().strip("'\"")
        if not match.group(1):
            inside = key == "repo"
            if inside and value.startswith("{"):
                return _read_inline(path)
        elif inside:
            values[key] = value
    return values


def _read_inline(path: str) -> dict[str, str]:
    from spack.system.files.yaml_files import load

    data = load(path)
    return {str(key): str(value) for key, value in data["repo"].items()}


def _api_version(path: str, text: str) -> tuple[int, int]:
    match = re.fullmatch(r"v(\d+)\.(\d+)", text)
    if match is None:
        raise RepositoryError(f"{text!r} is not a version such as v2.2", origin=Origin(path))
    version = (int(match.group(1)), int(match.group(2)))
    if not (1, 0) <= version <= NEWEST_API:
        newest = ".".join(map(str, NEWEST_API))
        raise RepositoryError(
            f"the repository needs recipe interface {text}, but only v1.0 to v{newest}"
            " are supported",
            origin=Origin(path),
        )
    return version


def _namespace_of_place(root: str, path: str, stated: str) -> str:
    parts = os.path.abspath(root).split(os.sep)
    if "spack_repo" not in parts[:-1]:
        raise RepositoryError(
            "a repository with api v2 must be in a directory named spack_repo",
            origin=Origin(path),
            hint="move it to …/spack_repo/<namespace>",
        )
    place = len(parts) - 1 - parts[::-1].index("spack_repo")
    namespace = ".".join(parts[place + 1 :])
    if stated and stated != namespace:
        raise RepositoryError(
            f"the namespace {stated!r} does not match the directory, which implies {namespace!r}",
            origin=Origin(path),
        )
    return namespace
