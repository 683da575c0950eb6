"""Put planned files into a view: links, hard links, or copies with their paths rewritten.

Knows files and prefixes, no specs.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping

from spack.system.binaries import elf
from spack.type_names import Callable
from spack.views.descriptors import LinkType

Placer = Callable[[str, str], None]

#: Whether a symbolic link can get a second name in a folder that is open.
_CAN_SHARE = os.link in os.supports_dir_fd and os.link in os.supports_follow_symlinks


def placer(link_type: LinkType, relocations: Mapping[str, str]) -> Placer:
    """A function that puts a source at a destination. Raises FileExistsError if something is there.

    Args:
        relocations: for copies, prefix to the place of its files in the view; every mention of a
            prefix in text, in rpaths and in absolute links is rewritten.
    """
    if link_type is LinkType.SYMLINK:
        return os.symlink
    if link_type is LinkType.HARDLINK:
        return _hard_link
    return _Copier(relocations)


def link_names(folder: str, links: Iterable[tuple[str, str]], older: str | None = None) -> None:
    """Make symbolic links in a folder: a name and a target each.

    What a folder of an older tree has just so gets a second name here instead, which costs a file
    system less than a new link, and the removal of the older tree less, too. What is there under
    a name already stays.
    """
    new = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    old: int | None = None
    try:
        if older is not None and _CAN_SHARE:
            with contextlib.suppress(OSError):
                old = os.open(older, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        for name, target in links:
            if old is None or not _shared(name, target, old, new):
                try:
                    os.symlink(target, name, dir_fd=new)
                except FileExistsError:
                    pass
    finally:
        os.close(new)
        if old is not None:
            os.close(old)


def _shared(name: str, target: str, old: int, new: int) -> bool:
    """Give the link of an older folder a second name, if it is the one that is wanted."""
    try:
        if os.readlink(name, dir_fd=old) != target:
            return False
        os.link(name, name, src_dir_fd=old, dst_dir_fd=new, follow_symlinks=False)
    except OSError:  # It is not there or no link, or the file system has no such names.
        return False
    return True


def _hard_link(source: str, destination: str) -> None:
    if os.path.islink(source):
        os.symlink(os.readlink(source), destination)
    else:
        os.link(source, destination)


class _Copier:
    """Copies files and rewrites the prefixes that they mention."""

    def __init__(self, relocations: Mapping[str, str]) -> None:
        self.relocations: dict[bytes, bytes] = {
            os.fsencode(old): os.fsencode(new) for old, new in relocations.items()
        }
        # The longest prefix first, and only where the path component ends.
        prefixes = sorted(self.relocations, key=len, reverse=True)
        self.pattern: re.Pattern[bytes] | None = None
        if prefixes:
            self.pattern = re.compile(
                b"(" + b"|".join(re.escape(prefix) for prefix in prefixes) + rb")(?![\w.+-])"
            )

    def __call__(self, source: str, destination: str) -> None:
        if os.path.lexists(destination):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), destination)
        if os.path.islink(source):
            os.symlink(os.fsdecode(self.rewrite(os.fsencode(os.readlink(source)))), destination)
            return
        shutil.copy2(source, destination)
        with open(destination, "rb") as stream:
            data = stream.read()
        if data.startswith(b"\x7fELF"):
            self.rewrite_rpaths(destination)
        elif b"\0" not in data[:8192]:
            changed = self.rewrite(data)
            if changed != data:
                _overwrite(destination, changed)

    def rewrite(self, data: bytes) -> bytes:
        """The data with every prefix replaced."""
        if self.pattern is None:
            return data
        return self.pattern.sub(lambda match: self.relocations[match.group(1)], data)

    def rewrite_rpaths(self, path: str) -> None:
        """Replace prefixes in the run path of an ELF file.

        Where the new one does not fit in the place of the old one, the old one stays: it names
        the same libraries in the store.
        """
        try:
            old = elf.rpaths(path)
            new = [os.fsdecode(self.rewrite(os.fsencode(entry))) for entry in old]
            if new != old:
                with _writable(path):
                    elf.set_rpath(path, new)
        except elf.ElfError:
            return


@contextlib.contextmanager
def _writable(path: str) -> Iterator[None]:
    """Let the owner write to a file inside the block."""
    mode = stat.S_IMODE(os.stat(path).st_mode)
    os.chmod(path, mode | stat.S_IWUSR)
    try:
        yield
    finally:
        os.chmod(path, mode)


def _overwrite(path: str, data: bytes) -> None:
    with _writable(path), open(path, "wb") as stream:
        stream.write(data)
