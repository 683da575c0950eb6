"""Files and trees: create, copy, install, link, move, remove, replace without half-written states.

Must not know packages, stores or environments.
"""

from __future__ import annotations

import contextlib
import glob
import itertools
import os
import shutil
import stat
from collections.abc import Iterator

from spack.system.files.writing import Text, mkdirp
from spack.system.terminal import messages
from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from pathlib import Path

# --- writing -------------------------------------------------------------------------------------


def touch(path: Text) -> None:
    """Create the file or set its times to now; its directory must exist."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY, 0o666)
    os.close(descriptor)
    os.utime(path, None)


# --- directories ---------------------------------------------------------------------------------


@contextlib.contextmanager
def working_dir(dirname: Text, *, create: bool = False) -> Iterator[None]:
    """Work in another directory inside the block, then in the old one, also after an exception.

    ``create`` makes it, with those above it.
    """
    if create:
        mkdirp(dirname)
    before = os.getcwd()
    os.chdir(dirname)
    try:
        yield
    finally:
        os.chdir(before)


# --- copying -------------------------------------------------------------------------------------


def _matches(pattern: str) -> list[str]:
    found = [pattern] if os.path.lexists(pattern) else sorted(glob.glob(pattern))
    if not found:
        raise FileNotFoundError(2, "nothing matches", pattern)
    return found


def _copy_files(src: Text, dest: Text, finish: Callable[[str, str], None]) -> None:
    pattern, target = os.fspath(src), os.fspath(dest)
    sources = _matches(pattern)
    if len(sources) > 1 and not os.path.isdir(target):
        raise ValueError(f"several files match {pattern!r}, but {target!r} is not a directory")
    for source in sources:
        place = target
        if os.path.isdir(target):
            place = os.path.join(target, os.path.basename(source))
        shutil.copyfile(source, place)
        finish(source, place)


def _installed_mode(source: str, target: str) -> None:
    bits = os.stat(source).st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    os.chmod(target, 0o644 | bits)


def copy(src: Text, dest: Text) -> None:
    """Copy the files that match ``src`` to a file or into a directory, with their modes.

    Links are followed. Raises FileNotFoundError (nothing matches), ValueError (several files, but
    ``dest`` is not a directory), IsADirectoryError (a directory matches).
    """
    _copy_files(src, dest, shutil.copymode)


def install(src: Text, dest: Text) -> None:
    """Like :func:`copy`, but everyone may read, the owner write, and execute bits are kept."""
    _copy_files(src, dest, _installed_mode)


Ignore = Callable[[str], bool]


def install_tree(
    src: Text, dest: Text, symlinks: bool = True, ignore: Ignore | None = None
) -> None:
    """Copy what is in the directories that match ``src`` into ``dest``, which is made.

    Directories get mode 755, files 644 and their execute bits; times are kept. Links stay links:
    an absolute one that points below ``src`` points below ``dest`` afterwards.

    Args:
        symlinks: False copies what links point to.
        ignore: gets a path relative to ``src``; true leaves it out, with everything below it.

    Raises:
        FileNotFoundError: nothing matches.
        FileExistsError: a link is in the way.
        ValueError: ``dest`` is below ``src``.
    """
    _copy_trees(src, dest, symlinks, ignore, _installed_mode, lambda path: os.chmod(path, 0o755))


def copy_tree(src: Text, dest: Text, symlinks: bool = True, ignore: Ignore | None = None) -> None:
    """Like :func:`install_tree`, but all modes are kept."""
    _copy_trees(src, dest, symlinks, ignore, shutil.copymode, None)


def _copy_trees(
    src: Text,
    dest: Text,
    symlinks: bool,
    ignore: Ignore | None,
    finish: Callable[[str, str], None],
    finish_directory: Callable[[str], None] | None,
) -> None:
    left_out: Ignore = ignore or (lambda path: False)
    target = os.path.abspath(dest)
    for match in _matches(os.fspath(src)):
        source = os.path.abspath(match)
        if path_contains_subdirectory(target, source) and target != source:
            raise ValueError(f"cannot copy the directory {source} into itself: {target}")
        mkdirp(target)
        directories: list[tuple[str, str]] = [(source, target)]
        _copy_below(source, target, "", symlinks, left_out, finish, directories)
        # Times of directories last: writing into them changes those.
        for old, new in reversed(directories):
            if finish_directory is None:
                shutil.copymode(old, new)
            elif new != target:
                finish_directory(new)
            _copy_times(old, new)


def _copy_times(old: str, new: str) -> None:
    status = os.stat(old)
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))


def _copy_below(
    source: str,
    target: str,
    relative: str,
    symlinks: bool,
    left_out: Ignore,
    finish: Callable[[str, str], None],
    directories: list[tuple[str, str]],
) -> None:
    with os.scandir(os.path.join(source, relative)) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        path = os.path.join(relative, name)
        old, new = os.path.join(source, path), os.path.join(target, path)
        if left_out(path):
            continue
        if symlinks and os.path.islink(old):
            text = os.readlink(old)
            if _names_ignored(text, source, left_out):
                messages.warn(f"the link {old} is left out: so is (a part of) its target {text}")
                continue
            if os.path.isabs(text) and path_contains_subdirectory(text, source):
                text = os.path.join(target, os.path.relpath(text, source))
            os.symlink(text, new)
        elif os.path.isdir(old):
            mkdirp(new)
            directories.append((old, new))
            _copy_below(source, target, path, symlinks, left_out, finish, directories)
        else:
            shutil.copyfile(old, new)
            finish(old, new)
            _copy_times(old, new)


def _names_ignored(text: str, source: str, left_out: Ignore) -> bool:
    """Whether the target text of a link, or a leading part of it, is left out of the copy."""
    if os.path.isabs(text) and path_contains_subdirectory(text, source):
        text = os.path.relpath(text, source)
    parts = [part for part in text.split(os.sep) if part]
    return any(left_out(part) for part in itertools.accumulate(parts, os.path.join))


# --- links, permissions, times -------------------------------------------------------------------


def symlink(source_path: Text, link_path: Text, target_is_directory: bool = False) -> None:
    """Make a link whose target text is ``source_path``. Raises FileExistsError."""
    os.symlink(source_path, link_path, target_is_directory)


def force_symlink(src: Text, dest: Text) -> None:
    """Make a link in place of whatever file or link is there."""
    try:
        os.symlink(src, dest)
    except OSError:
        os.remove(dest)
        os.symlink(src, dest)


def set_executable(path: Text) -> None:
    """Let all who may read the file also execute it."""
    mode = os.stat(path).st_mode
    os.chmod(path, stat.S_IMODE(mode) | ((mode & 0o444) >> 2))


def set_install_permissions(path: Text) -> None:
    """Mode 755 for a directory, 644 for a file; a link is left alone."""
    if os.path.islink(path):
        return
    os.chmod(path, 0o755 if os.path.isdir(path) else 0o644)


def is_exe(path: Text) -> bool:
    """Whether it is a regular file that this process may execute."""
    return os.path.isfile(path) and os.access(path, os.X_OK)


def can_access(file_name: Text) -> bool:
    """Whether this process may read and write the file."""
    return os.access(file_name, os.R_OK | os.W_OK)


@contextlib.contextmanager
def keep_modification_time(*filenames: Text) -> Iterator[None]:
    """Files have the same modification time after the block as before; missing ones are ignored."""
    times = {name: os.stat(name).st_mtime_ns for name in filenames if os.path.exists(name)}
    yield
    for name, time in times.items():
        if os.path.exists(name):
            os.utime(name, ns=(os.stat(name).st_atime_ns, time))


# --- removing ------------------------------------------------------------------------------------


def force_remove(*paths: Text) -> None:
    """Remove files, silent about every error."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.remove(path)


def remove_tree(path: Text) -> None:
    """Remove a directory with read-only parts in it, a file or a link; silent if nothing is there.

    Raises OSError if something cannot be removed.
    """
    if os.path.islink(path) or not os.path.isdir(path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return
    for directory, _, _ in os.walk(path):
        with contextlib.suppress(OSError):
            mode = os.lstat(directory).st_mode
            if mode & 0o700 != 0o700:
                os.chmod(directory, stat.S_IMODE(mode) | 0o700)
    shutil.rmtree(path)


def remove_linked_tree(path: Text) -> None:
    """Remove a tree; for a link also the tree it points to. Silent about errors."""
    if os.path.islink(path):
        shutil.rmtree(os.path.realpath(path), ignore_errors=True)
        with contextlib.suppress(OSError):
            os.unlink(path)
    elif os.path.exists(path):
        shutil.rmtree(path, ignore_errors=True)


def remove_directory_contents(path: Text) -> None:
    """Empty a directory and keep it; nothing happens if it does not exist."""
    if not os.path.isdir(path):
        return
    for name in os.listdir(path):
        entry = os.path.join(path, name)
        if os.path.isdir(entry) and not os.path.islink(entry):
            shutil.rmtree(entry)
        else:
            os.remove(entry)


@contextlib.contextmanager
def safe_remove(*files_or_dirs: str) -> Iterator[dict[str, str]]:
    """Remove what matches, but put it back if the block raises.

    Yields where each path lies meanwhile: absolute old path to temporary path.
    """
    found = [
        os.path.abspath(path)
        for path in dict.fromkeys(
            itertools.chain.from_iterable(sorted(glob.glob(p)) for p in files_or_dirs)
        )
    ]
    moved: dict[str, str] = {}
    import tempfile

    with tempfile.TemporaryDirectory() as aside:
        try:
            for number, path in enumerate(found):
                place = os.path.join(aside, f"{os.path.basename(path)}-{number}")
                shutil.move(path, place)
                moved[path] = place
            yield moved
        except BaseException:
            for path, place in moved.items():
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path)
                elif os.path.lexists(path):
                    os.remove(path)
                shutil.move(place, path)
            raise


# --- names of paths ------------------------------------------------------------------------------


def join_path(prefix: object, *args: object) -> str:
    """Join the texts of all parts as paths; an absolute part drops what is before it."""
    return os.path.join(str(prefix), *(str(arg) for arg in args))


def ancestor(dir: str, n: int = 1) -> str:
    """The directory ``n`` levels above."""
    parent = os.path.abspath(dir)
    for _ in range(n):
        parent = os.path.dirname(parent)
    return parent


def path_contains_subdirectory(path: Text, root: Text) -> bool:
    """Whether ``path`` is ``root`` or below it, judged by the texts alone (no links followed)."""
    top = os.path.abspath(root).rstrip(os.sep) + os.sep
    return (os.path.abspath(path) + os.sep).startswith(top)


def bash_completion_path(root: Text) -> Path:
    """The directory where a package installs completions for bash."""
    return _shared_path(root, "bash-completion", "completions")


def zsh_completion_path(root: Text) -> Path:
    """The directory where a package installs completions for zsh."""
    return _shared_path(root, "zsh", "site-functions")


def fish_completion_path(root: Text) -> Path:
    """The directory where a package installs completions for fish."""
    return _shared_path(root, "fish", "vendor_completions.d")


def _shared_path(root: Text, *parts: str) -> Path:
    from pathlib import Path

    return Path(root, "share", *parts)


def get_user() -> str:
    """Login name of the user, or the number if there is no name."""
    try:
        import getpass

        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
