"""The places of environments: managed ones below a root by name, independent ones anywhere.

Names have one or more parts separated by ``/``; each begins with a letter, a digit or ``_`` and
goes on with these and ``-``. A tracked environment is a link below the root to an independent one.
Knows directories, no manifests' content.
"""

from __future__ import annotations

import os
import re

from spack.errors import ExistsError, NotFoundError, SpackError, nearest
from spack.named_tuples import NamedTuple
from spack.system.files.writing import atomic_write, mkdirp

MANIFEST_NAME = "spack.yaml"
LOCK_NAME = "spack.lock"
INTERNAL_NAME = ".spack-env"

_NAME = re.compile(r"\w[\w-]*(/\w[\w-]*)*\Z")

#: The file in the user's cache that tells the shell functions where a moved root is.
_ROOT_NOTE = "environments_root"


class EnvironmentNameError(SpackError):
    """A text that cannot be the name of a managed environment."""


class Location(NamedTuple):
    """An environment's directory, and its name if it is managed.

    ``label`` is what messages and prompts show.
    """

    directory: str
    name: str | None

    @property
    def label(self) -> str:
        return self.name or os.path.basename(self.directory.rstrip(os.sep)) or self.directory


def check_name(name: str) -> None:
    """Raises EnvironmentNameError when a managed environment cannot have this name."""
    if not _NAME.match(name):
        raise EnvironmentNameError(
            f"'{name}' cannot name an environment",
            hint="use letters, digits, '_', '-' and '/', beginning with a letter or digit; "
            "use --dir for an environment in a directory",
        )


def is_environment(directory: str) -> bool:
    """Whether there is a manifest in the directory."""
    return os.path.isfile(os.path.join(directory, MANIFEST_NAME))


class ManagedEnvironments:
    """The environments below one root.

    Args:
        root: ``config:environments_root``; need not exist.
    """

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    def directory(self, name: str) -> str:
        """Directory of an environment of that name, made or not. Raises EnvironmentNameError."""
        check_name(name)
        return os.path.join(self.root, name)

    def exists(self, name: str) -> bool:
        """Whether there is a managed environment of that name."""
        return bool(_NAME.match(name)) and is_environment(os.path.join(self.root, name))

    def names(self) -> list[str]:
        """Names of all managed environments, sorted; tracked ones among them."""
        return sorted(self._names_below(""))

    def _names_below(self, prefix: str) -> list[str]:
        found = []
        try:
            entries = sorted(os.listdir(os.path.join(self.root, prefix)))
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return []
        for entry in entries:
            name = f"{prefix}/{entry}" if prefix else entry
            directory = os.path.join(self.root, name)
            if not _NAME.match(name) or not os.path.isdir(directory):
                continue
            if is_environment(directory):
                found.append(name)
            elif not os.path.islink(directory):
                found.extend(self._names_below(name))
        return found

    def find(self, text: str, *, by_directory: bool = False) -> Location:
        """The environment that a user names: managed by name first, else by directory.

        Raises:
            NotFoundError: with the nearest name.
        """
        path_like = text.startswith((".", "/", "~")) or by_directory
        if not path_like and self.exists(text):
            return Location(os.path.join(self.root, text), text)
        directory = os.path.abspath(os.path.expanduser(text))
        if is_environment(directory):
            return self.location_of(directory)
        if path_like or "/" in text:
            raise NotFoundError(
                f"there is no environment in {directory}",
                hint=f"create one with 'spack env create -d {text}'",
            )
        close = nearest(text, self.names())
        raise NotFoundError(
            f"there is no environment '{text}'",
            hint=f"did you mean '{close[0]}'?"
            if close
            else f"create one with 'spack env create {text}', or list them with 'spack env list'",
        )

    def location_of(self, directory: str) -> Location:
        """The location of a directory: managed if it is below the root."""
        directory = os.path.abspath(directory)
        name = os.path.relpath(directory, self.root)
        managed = _NAME.match(name) and not name.startswith("..")
        return Location(directory, name if managed else None)

    def track(self, directory: str, name: str) -> Location:
        """Give an independent environment a name.

        Raises:
            NotFoundError, ExistsError, EnvironmentNameError
        """
        directory = os.path.abspath(directory)
        if not is_environment(directory):
            raise NotFoundError(f"there is no environment in {directory}")
        link = self.directory(name)
        if os.path.lexists(link):
            raise ExistsError(
                f"there is already an environment '{name}'", hint="choose another name with --name"
            )
        mkdirp(os.path.dirname(link))
        os.symlink(directory, link)
        return Location(link, name)

    def untrack(self, name: str) -> str:
        """Take the name of a tracked environment away; returns its directory, which stays.

        Raises:
            NotFoundError: no tracked environment has the name.
        """
        link = self.directory(name)
        if not os.path.islink(link):
            raise NotFoundError(
                f"'{name}' is not a tracked environment",
                hint="remove managed environments with 'spack env remove'",
            )
        target = os.path.realpath(link)
        os.unlink(link)
        return target


def note_root(cache: str, instance: str, root: str, default_root: str) -> None:
    """Tell the shell functions where managed environments are, if not in the usual place.

    The note has two lines: the instance and the root.

    Args:
        cache: the user's cache directory.
        instance: ``SPACK_ROOT`` of the instance whose configuration moved the root.
        default_root: what the shell functions assume.
    """
    note = os.path.join(cache, _ROOT_NOTE)
    text = f"{instance}\n{os.path.abspath(root)}\n"
    try:
        with open(note, encoding="utf-8") as stream:
            present = stream.read()
    except OSError:
        present = ""
    if os.path.abspath(root) == os.path.abspath(default_root):
        if present.startswith(f"{instance}\n"):
            os.unlink(note)
    elif present != text:
        mkdirp(cache)
        atomic_write(note, text)
