"""Make environments: from nothing, from a manifest, from a lock, from another environment.

A new directory is complete or not there: it is filled aside and moved to its place, unless the
directory exists already (``env create -d .``), in which case the manifest is written last.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from spack.config.values.merging import split_key
from spack.config.values.values import Value
from spack.environments.concretization import locked_groups
from spack.environments.environment import Environment, read_lock_file
from spack.environments.locations import (
    INTERNAL_NAME,
    LOCK_NAME,
    MANIFEST_NAME,
    Location,
    is_environment,
)
from spack.environments.manifests.manifest import (
    Manifest,
    ManifestEditor,
    parse_manifest_text,
    read_manifest,
)
from spack.errors import ConfigurationError, ExistsError, NotFoundError, SpackError
from spack.named_tuples import NamedTuple
from spack.system.files.writing import atomic_write, mkdirp
from spack.system.files.yaml_files import dump
from spack.type_names import Any

_NEW = """\
# The environment's manifest: list the software it is to have below 'specs',
# or let 'spack add' do it; then run 'spack install'.
spack:
  specs: []
  view: true
"""


class CreationSourceError(SpackError):
    """A file or directory that no environment can be made from."""


class _Content(NamedTuple):
    """Content of a new environment: manifest text, lock text, files to copy (from, to)."""

    manifest: str
    lock: str | None
    copies: tuple[tuple[str, str], ...]


def create(
    location: Location,
    source: str | None = None,
    *,
    view: bool | str | None = None,
    keep_relative: bool = False,
    include_concrete: Sequence[str] = (),
) -> Environment:
    """Make an environment.

    Args:
        location: where; must not be an environment yet.
        source: a manifest, a lock or the directory of another environment; None for an empty one.
        view: True or False for ``view:``, a text for the root of a single view, None as it is.
        keep_relative: leave relative paths of develop specs as they are, instead of making them
            point into the source's directory.
        include_concrete: directories of environments to include.

    Raises:
        ExistsError, CreationSourceError, ConfigurationError
    """
    directory = location.directory
    if is_environment(directory):
        raise ExistsError(
            f"there is already an environment in {directory}",
            hint="choose another name or directory, or remove this one with 'spack env remove'",
        )
    content = _content(source, keep_relative)
    text = _adjusted(content.manifest, directory, view, include_concrete)
    staged = directory if os.path.isdir(directory) else f"{directory}.new-{os.getpid()}"
    try:
        mkdirp(staged)
        for old, relative in content.copies:
            _copy(old, os.path.join(staged, relative))
        if content.lock is not None:
            atomic_write(os.path.join(staged, LOCK_NAME), content.lock)
        mkdirp(os.path.join(staged, INTERNAL_NAME))
        atomic_write(os.path.join(staged, MANIFEST_NAME), text)
        if staged != directory:
            os.rename(staged, directory)
    except OSError as error:
        if staged != directory:
            shutil.rmtree(staged, ignore_errors=True)
        raise CreationSourceError(
            f"cannot create the environment in {directory}: {error.strerror}",
            hint="check permissions and free space",
        ) from error
    environment = Environment(location)
    environment.make_internal()
    return environment


def remove(environment: Environment) -> None:
    """Remove an environment's directory, or only the link of a tracked one.

    Raises:
        NotFoundError: there is none.
    """
    directory = environment.directory
    if not os.path.lexists(directory):
        raise NotFoundError(f"there is no environment in {directory}")
    if os.path.islink(directory):
        os.unlink(directory)
        return
    with environment.transaction():
        shutil.rmtree(directory)
    _remove_empty_parents(environment.location)


def rename(environment: Environment, target: Location, *, force: bool = False) -> Environment:
    """Move an environment to another name or directory.

    Raises:
        ExistsError: something is there and ``force`` is not given.
    """
    if os.path.lexists(target.directory):
        if not force:
            raise ExistsError(f"{target.directory} already exists", hint="replace it with --force")
        remove(Environment(target))
    mkdirp(os.path.dirname(target.directory))
    os.rename(environment.directory, target.directory)
    _remove_empty_parents(environment.location)
    return Environment(target)


def _remove_empty_parents(location: Location) -> None:
    """Directories of a nested name that hold nothing any more."""
    parent = os.path.dirname(location.directory)
    for _ in range((location.name or "").count("/")):
        if os.listdir(parent):
            return
        os.rmdir(parent)
        parent = os.path.dirname(parent)


def _content(source: str | None, keep_relative: bool) -> _Content:
    if source is None:
        return _Content(_NEW, None, ())
    if os.path.isdir(source):
        if not is_environment(source):
            raise CreationSourceError(
                f"{source} has no {MANIFEST_NAME}",
                hint="name a manifest, a lock or an environment",
            )
        lock = os.path.join(source, LOCK_NAME)
        content = _from_manifest(os.path.join(source, MANIFEST_NAME), keep_relative)
        return content._replace(lock=_text(lock) if os.path.exists(lock) else None)
    if not os.path.isfile(source):
        raise CreationSourceError(
            f"{source} does not exist", hint="name a manifest, a lock or an environment"
        )
    if source.endswith((".lock", ".json")):
        return _from_lock(source)
    return _from_manifest(source, keep_relative)


def _from_lock(path: str) -> _Content:
    """The lock as it is, and a manifest with its roots."""
    lock = read_lock_file(path)
    specs: list[Any] = []
    groups: dict[str, list[str]] = {}
    for name, (_, text) in zip(locked_groups(lock), lock.roots):
        if name and name not in groups:
            groups[name] = []
            specs.append({"group": name, "specs": groups[name]})
        (groups[name] if name else specs).append(text)
    body: dict[str, Any] = {"specs": specs, "view": True}
    if lock.included:
        body["include_concrete"] = list(lock.included)
    return _Content(dump({"spack": body}), _text(path), ())


def _from_manifest(path: str, keep_relative: bool) -> _Content:
    """The manifest with its comments, and what it includes by relative paths."""
    manifest = read_manifest(path)
    directory = os.path.dirname(os.path.abspath(path))
    editor = ManifestEditor(manifest)
    if not keep_relative:
        develop = manifest.section("develop")
        for name, entry in (develop.data or {}).items() if develop is not None else ():
            place = entry.child("path")
            written = str(place.data) if place is not None else name
            if not written.startswith(("/", "$", "~")):
                absolute = os.path.normpath(os.path.join(directory, written))
                editor.set_key(["develop", name, "path"], absolute)
    return _Content(editor.text(), None, tuple(_relative_includes(manifest, directory)))


def _relative_includes(manifest: Manifest, directory: str) -> list[tuple[str, str]]:
    """Files and directories to copy: their path and where they go in the new environment."""
    copies = []
    for raw, value in manifest.body.data.items():
        if split_key(raw)[0] != "include":
            continue
        for entry in value.data or ():
            written = _include_path(entry)
            if written is None or written.startswith(("/", "$", "~")) or "://" in written:
                continue
            relative = os.path.normpath(written)
            if relative.split(os.sep)[0] == "..":
                raise ConfigurationError(
                    f"the include '{written}' is outside the manifest's directory",
                    origin=entry.origin,
                    hint="move it next to the manifest, or use an absolute path",
                )
            source = os.path.join(directory, relative)
            if os.path.exists(source):
                copies.append((source, relative))
    return copies


def _include_path(entry: Value) -> str | None:
    if isinstance(entry.data, dict):
        place = entry.child("path")
        return str(place.data) if place is not None and "git" not in entry.data else None
    return str(entry.data)


def _adjusted(
    text: str, directory: str, view: bool | str | None, include_concrete: Sequence[str]
) -> str:
    """The manifest text with what the command line says about views and inclusion."""
    manifest = parse_manifest_text(text, os.path.join(directory, MANIFEST_NAME))
    if view is None and not include_concrete:
        return text
    editor = ManifestEditor(manifest)
    if view is not None:
        editor.set_key(["view"], view)
    if include_concrete:
        editor.set_key(
            ["include_concrete"], list(dict.fromkeys(map(os.path.abspath, include_concrete)))
        )
    return editor.text()


def _copy(source: str, target: str) -> None:
    mkdirp(os.path.dirname(target))
    if os.path.isdir(source):
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif os.path.abspath(source) != os.path.abspath(target):
        shutil.copy2(source, target)


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as stream:
        return stream.read()
