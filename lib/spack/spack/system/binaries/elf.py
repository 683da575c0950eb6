"""Reading ELF files, and the few edits that fit in place.

Reads headers and the dynamic section only. Must not know where libraries are meant to be found.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.type_names import BinaryIO, Callable, Union

#: The first bytes of every file.
MAGIC = b"\x7fELF"
PT_LOAD, _PT_DYNAMIC, PT_INTERP = 1, 2, 3
_SHT_DYNSYM = 11
_DT_NULL, _DT_NEEDED, DT_STRTAB, DT_STRSZ, _DT_SONAME = 0, 1, 5, 10, 14
_DT_RPATH, _DT_RUNPATH = 15, 29

#: Tags whose value is an offset in the string table.
STRING_TAGS = (_DT_NEEDED, _DT_SONAME, _DT_RPATH, _DT_RUNPATH)

ET_EXEC, ET_DYN = 2, 3

Text = Union[str, "os.PathLike[str]"]


class ElfError(SpackError):
    """A file is not an ELF file, is damaged, or an edit does not fit in it."""


class ElfCompatibility(NamedTuple):
    """Files that can be loaded together have equal values."""

    is_64_bit: bool
    is_little_endian: bool
    machine: int


class DynamicEntry(NamedTuple):
    """One entry of the dynamic section, with its position in the file."""

    tag: int
    value: int
    position: int


class ElfFile:
    """Content of an ELF file; texts are bytes without the closing zero.

    Attributes beyond the header are filled only if :func:`parse_elf` was asked for them.
    """

    def __init__(self) -> None:
        self.is_64_bit = True
        self.is_little_endian = True
        self.type = 0
        self.machine = 0
        self.segments: list[tuple[int, int, int, int, int]] = []
        self.section_table: tuple[int, int, int] = (0, 0, 0)
        self.program_table: tuple[int, int, int] = (0, 0, 0)
        self.entries: list[DynamicEntry] = []
        self.strings = b""
        self.strings_position = 0
        self.pt_interp_str = b""
        self.has_pt_interp = False
        self.has_pt_dynamic = False

    @property
    def byte_order(self) -> str:
        """Sign of the byte order for ``struct``."""
        return "<" if self.is_little_endian else ">"

    def _texts(self, tag: int) -> list[bytes]:
        return [self.string(entry.value) for entry in self.entries if entry.tag == tag]

    def string(self, offset: int) -> bytes:
        """The text at an offset of the dynamic string table. Raises ElfError."""
        end = self.strings.find(b"\0", offset)
        if offset >= len(self.strings) or end < 0:
            raise ElfError("a string of the dynamic section is outside its table")
        return self.strings[offset:end]

    @property
    def has_needed(self) -> bool:
        """Whether other libraries are needed."""
        return any(entry.tag == _DT_NEEDED for entry in self.entries)

    @property
    def dt_needed_strs(self) -> list[bytes]:
        """Names of the libraries needed, in order."""
        return self._texts(_DT_NEEDED)

    @property
    def has_soname(self) -> bool:
        """Whether the library has a name of its own."""
        return any(entry.tag == _DT_SONAME for entry in self.entries)

    @property
    def dt_soname_str(self) -> bytes:
        """The library's own name. Raises ElfError if it has none."""
        names = self._texts(_DT_SONAME)
        if not names:
            raise ElfError("the file has no soname")
        return names[0]

    @property
    def rpath_entry(self) -> DynamicEntry | None:
        """The run path in force: ``DT_RUNPATH`` if there is one, else ``DT_RPATH``."""
        for tag in (_DT_RUNPATH, _DT_RPATH):
            for entry in self.entries:
                if entry.tag == tag:
                    return entry
        return None

    @property
    def dt_rpath_str(self) -> bytes:
        """The run path, empty if there is none."""
        entry = self.rpath_entry
        return self.string(entry.value) if entry else b""


def parse_elf(
    f: BinaryIO, interpreter: bool = False, dynamic_section: bool = False, only_header: bool = False
) -> ElfFile:
    """Read an ELF file from a binary stream that can seek.

    Args:
        interpreter: read the name of the dynamic linker.
        dynamic_section: read needed libraries, soname and run paths.
        only_header: no program headers either.

    Raises:
        ElfError: it is none, or it is damaged.
    """
    elf = ElfFile()
    try:
        _read_header(f, elf)
        if only_header:
            return elf
        for kind, offset, _, size, _ in elf.segments:
            if kind == PT_INTERP:
                elf.has_pt_interp = True
                if interpreter:
                    elf.pt_interp_str = _read(f, offset, size).rstrip(b"\0")
            elif kind == _PT_DYNAMIC:
                elf.has_pt_dynamic = True
                if dynamic_section:
                    _read_dynamic(f, elf, offset, size)
    except struct.error as error:
        raise ElfError(f"damaged ELF file: {error}") from error
    return elf


def _read(f: BinaryIO, position: int, size: int) -> bytes:
    try:
        f.seek(position)
        data = f.read(size)
    except (OverflowError, ValueError, MemoryError) as error:
        raise ElfError("the ELF file names a place that cannot be in it") from error
    if len(data) != size:
        raise ElfError("the ELF file ends too early")
    return data


def _read_header(f: BinaryIO, elf: ElfFile) -> None:
    f.seek(0)
    start = f.read(16)
    if len(start) < 16 or start[:4] != MAGIC:
        raise ElfError("not an ELF file")
    if start[4] not in (1, 2) or start[5] not in (1, 2):
        raise ElfError("an ELF file of an unknown class or byte order")
    elf.is_64_bit, elf.is_little_endian = start[4] == 2, start[5] == 1
    layout = elf.byte_order + ("HHIQQQIHHHHHH" if elf.is_64_bit else "HHIIIIIHHHHHH")
    fields = struct.unpack(layout, _read(f, 16, struct.calcsize(layout)))
    elf.type, elf.machine = fields[0], fields[1]
    elf.section_table = (fields[5], fields[10], fields[11])
    elf.program_table = (fields[4], fields[8], fields[9])
    layout = elf.byte_order + ("IIQQQQQQ" if elf.is_64_bit else "IIIIIIII")
    step = fields[8]
    for number in range(fields[9]):
        row = struct.unpack(layout, _read(f, fields[4] + number * step, struct.calcsize(layout)))
        if elf.is_64_bit:
            kind, _, offset, address, _, size, memory, _ = row
        else:
            kind, offset, address, _, size, memory, _, _ = row
        elf.segments.append((kind, offset, address, size, memory))


def _read_dynamic(f: BinaryIO, elf: ElfFile, offset: int, size: int) -> None:
    layout = elf.byte_order + ("qQ" if elf.is_64_bit else "iI")
    width = struct.calcsize(layout)
    data = _read(f, offset, size - size % width)
    for at, (tag, value) in enumerate(struct.iter_unpack(layout, data)):
        if tag == _DT_NULL:
            break
        elf.entries.append(DynamicEntry(tag, value, offset + at * width))
    values = {entry.tag: entry.value for entry in elf.entries}
    if DT_STRTAB in values and DT_STRSZ in values:
        elf.strings_position = _file_position(elf, values[DT_STRTAB])
        elf.strings = _read(f, elf.strings_position, values[DT_STRSZ])


def _file_position(elf: ElfFile, address: int) -> int:
    for kind, offset, start, size, _ in elf.segments:
        if kind == PT_LOAD and start <= address < start + size:
            return address - start + offset
    raise ElfError("the dynamic string table is in no loaded segment")


# --- questions about files -----------------------------------------------------------------------


def is_elf(path: Text) -> bool:
    """Whether the file can be read and starts like an ELF file."""
    try:
        with open(path, "rb") as stream:
            return stream.read(4) == MAGIC
    except OSError:
        return False


def read_elf(path: Text) -> ElfFile:
    """Everything :func:`parse_elf` can read of a file. Raises ElfError, OSError."""
    with open(path, "rb") as stream:
        try:
            return parse_elf(stream, interpreter=True, dynamic_section=True)
        except ElfError as error:
            error.message = f"{os.fspath(path)}: {error.message}"
            raise


def get_elf_compat(path: Text) -> ElfCompatibility:
    """Word size, byte order and machine of a file. Raises ElfError, OSError."""
    with open(path, "rb") as stream:
        elf = parse_elf(stream, only_header=True)
    return ElfCompatibility(elf.is_64_bit, elf.is_little_endian, elf.machine)


def interpreter(path: Text) -> str | None:
    """The dynamic linker a program asks for, or None. Raises ElfError, OSError."""
    text = read_elf(path).pt_interp_str
    return os.fsdecode(text) if text else None


def soname(path: Text) -> str | None:
    """The library's own name, or None. Raises ElfError, OSError."""
    elf = read_elf(path)
    return os.fsdecode(elf.dt_soname_str) if elf.has_soname else None


def rpaths(path: Text) -> list[str]:
    """The directories of the run path. Raises ElfError, OSError."""
    text = os.fsdecode(read_elf(path).dt_rpath_str)
    return text.split(":") if text else []


# --- edits in place ------------------------------------------------------------------------------


def delete_needed_from_elf(f: BinaryIO, elf: ElfFile, needed: bytes) -> None:
    """Remove a needed library from an open file, and from ``elf``; nothing if it is not needed."""
    gone = [e for e in elf.entries if e.tag == _DT_NEEDED and elf.string(e.value) == needed]
    _remove_entries(f, elf, gone)


def delete_rpath(path: Text) -> None:
    """Remove the run paths of a file, if it has any. Raises ElfError, OSError."""
    with open(path, "rb+") as stream:
        elf = parse_elf(stream, dynamic_section=True)
        gone = [entry for entry in elf.entries if entry.tag in (_DT_RPATH, _DT_RUNPATH)]
        _remove_entries(stream, elf, gone)


def _remove_entries(f: BinaryIO, elf: ElfFile, gone: list[DynamicEntry]) -> None:
    """Close the gaps in the dynamic section and end it with zeros."""
    if not gone:
        return
    layout = elf.byte_order + ("qQ" if elf.is_64_bit else "iI")
    kept = [entry for entry in elf.entries if entry not in gone]
    first = elf.entries[0].position
    data = b"".join(struct.pack(layout, entry.tag, entry.value) for entry in kept)
    data += bytes(struct.calcsize(layout) * len(gone))
    f.seek(first)
    f.write(data)
    width = struct.calcsize(layout)
    elf.entries = [
        DynamicEntry(entry.tag, entry.value, first + at * width) for at, entry in enumerate(kept)
    ]


def set_rpath(path: Text, directories: list[str]) -> None:
    """Write another run path over the one that is there, padded with zeros.

    Raises ElfError if there is none, if the new one is longer, or if other names share its bytes.
    """
    with open(path, "rb+") as stream:
        elf = parse_elf(stream, dynamic_section=True)
        if elf.rpath_entry is None:
            raise ElfError(f"{os.fspath(path)} has no run path to replace")
        for entry in elf.entries:
            if entry.tag in (_DT_RPATH, _DT_RUNPATH):
                _overwrite(stream, elf, entry, os.fsencode(":".join(directories)), path)


def shorten_rpaths(path: Text, keep: Callable[[str], bool]) -> bool:
    """Drop the directories of the run paths that ``keep`` refuses; whether the file changed.

    The file keeps its size: the rest is padded with zeros. A run path that nothing is left of is
    removed. A run path whose bytes other names share is left as it is. Raises ElfError, OSError.
    """
    with open(path, "rb") as stream:
        elf = parse_elf(stream, dynamic_section=True)
        plan: dict[DynamicEntry, bytes] = {}
        for entry in elf.entries:
            if entry.tag not in (_DT_RPATH, _DT_RUNPATH):
                continue
            old = elf.string(entry.value)
            kept = [part for part in old.split(b":") if keep(os.fsdecode(part))]
            new = b":".join(dict.fromkeys(kept))
            if new != old:
                plan[entry] = new
        plan = {e: text for e, text in plan.items() if not text or not _is_shared(stream, elf, e)}
    if not plan:
        return False
    with open(path, "rb+") as writable:
        for entry, text in plan.items():
            if text:
                _overwrite(writable, elf, entry, text, path)
        empty = [entry for entry, text in plan.items() if not text]
        _remove_entries(writable, elf, empty)
    return True


def is_useful_rpath(directory: str) -> bool:
    """Whether a run path entry can find anything: relative to the file, or an existing place."""
    return directory.startswith("$") or (os.path.isabs(directory) and os.path.exists(directory))


def _overwrite(f: BinaryIO, elf: ElfFile, entry: DynamicEntry, text: bytes, path: Text) -> None:
    old = elf.string(entry.value)
    if len(text) > len(old):
        raise ElfError(
            f"{os.fspath(path)}: the run path has room for {len(old)} bytes, not {len(text)}",
            hint="use patchelf, which can move it",
        )
    if _is_shared(f, elf, entry):
        raise ElfError(f"{os.fspath(path)}: other names are stored inside the run path")
    f.seek(elf.strings_position + entry.value)
    f.write(text.ljust(len(old), b"\0"))


def _is_shared(f: BinaryIO, elf: ElfFile, entry: DynamicEntry) -> bool:
    """Whether another name lies in the bytes of this one (linkers merge equal tails)."""
    first, last = entry.value, entry.value + len(elf.string(entry.value))
    for other in elf.entries:
        if other.tag in STRING_TAGS and other != entry and first <= other.value < last:
            if other.tag not in (_DT_RPATH, _DT_RUNPATH) or other.value != first:
                return True
    return any(first <= offset < last for offset in symbol_names(f, elf))


def symbol_names(f: BinaryIO, elf: ElfFile) -> Iterator[int]:
    """Offsets of the names of dynamic symbols in the string table."""
    start, step, count = elf.section_table
    layout = elf.byte_order + ("IIQQQQIIQQ" if elf.is_64_bit else "IIIIIIIIII")
    for number in range(count):
        row = struct.unpack(layout, _read(f, start + number * step, struct.calcsize(layout)))
        if row[1] != _SHT_DYNSYM:
            continue
        width = 24 if elf.is_64_bit else 16
        data = _read(f, row[4], row[5] - row[5] % width)
        for (name,) in struct.iter_unpack(f"{elf.byte_order}I{width - 4}x", data):
            yield name
