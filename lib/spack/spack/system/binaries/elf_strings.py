"""Other strings in ELF files: run paths, names of libraries and the dynamic linker, of any length.

A string that is not longer is written over the old one. For longer ones a segment is added at the
end of the file that holds the table of segments, the dynamic linker's name and a copy of the string
table; what was there before is blanked. Nothing else moves, so addresses in the code stay right.
Must not know what the strings mean.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping

from spack.named_tuples import NamedTuple
from spack.system.binaries.elf import (
    DT_STRSZ,
    DT_STRTAB,
    PT_INTERP,
    PT_LOAD,
    STRING_TAGS,
    DynamicEntry,
    ElfError,
    ElfFile,
    parse_elf,
    symbol_names,
)
from spack.type_names import Callable

_PT_PHDR = 6
_SHT_PROGBITS, _SHT_STRTAB = 1, 3
_READ_WRITE = 6
_DT_VERDEF, _DT_VERDEFNUM, _DT_VERNEED, _DT_VERNEEDNUM = range(0x6FFFFFFC, 0x70000000)

#: Machines whose pages are never larger than 4 KB: Intel's, of 32 and 64 bits. Others: 64 KB.
_SMALL_PAGES = (3, 62)

#: Exceptions for numbers in a file that cannot be right.
_DAMAGE = (struct.error, OverflowError, MemoryError, IndexError, ValueError)

#: No file grows by more than this only to keep positions and addresses apart by the same number.
_MOST_GAP = 1 << 26


class _Segment(NamedTuple):
    """A row of the table of segments."""

    kind: int
    flags: int
    offset: int
    address: int
    physical: int
    size: int
    memory: int
    alignment: int


class _Layout(NamedTuple):
    """The forms of the tables of one file, for ``struct``."""

    order: str
    wide: bool

    @property
    def segment(self) -> struct.Struct:
        return struct.Struct(self.order + ("IIQQQQQQ" if self.wide else "IIIIIIII"))

    @property
    def section(self) -> struct.Struct:
        return struct.Struct(self.order + ("IIQQQQIIQQ" if self.wide else "IIIIIIIIII"))

    @property
    def entry(self) -> struct.Struct:
        return struct.Struct(self.order + ("qQ" if self.wide else "iI"))

    def read_segment(self, content: bytes | bytearray, position: int) -> _Segment:
        row = self.segment.unpack_from(content, position)
        if self.wide:
            return _Segment(*row)
        kind, offset, address, physical, size, memory, flags, alignment = row
        return _Segment(kind, flags, offset, address, physical, size, memory, alignment)

    def packed(self, row: _Segment) -> bytes:
        if self.wide:
            return self.segment.pack(*row)
        kind, flags, *middle, alignment = row
        return self.segment.pack(kind, *middle, flags, alignment)


def replace_strings(
    content: bytes, replace: Callable[[bytes], bytes], fit: Callable[[bytes], bytes]
) -> bytes:
    """The file with other strings in its dynamic section, and for the dynamic linker.

    Args:
        replace: gives the new string for an old one, of any length.
        fit: gives a new string of the same length; used where other strings lie in its bytes.

    Raises:
        ElfError: the file is not ELF, or is damaged.
    """
    try:
        return _replaced(content, replace, fit)
    except _DAMAGE as error:
        raise ElfError(f"damaged ELF file: {error}") from error


def _replaced(
    content: bytes, replace: Callable[[bytes], bytes], fit: Callable[[bytes], bytes]
) -> bytes:
    stream = io.BytesIO(content)
    elf = parse_elf(stream, interpreter=True, dynamic_section=True)
    changed: dict[int, bytes] = {}
    for entry in elf.entries:
        if entry.tag in STRING_TAGS:
            old = elf.string(entry.value)
            new = replace(old)
            if new != old:
                changed[entry.value] = new
    old_interpreter = elf.pt_interp_str
    interpreter = replace(old_interpreter)
    if not changed and interpreter == old_interpreter:
        return content
    references = _References(stream, elf) if changed else None
    edited = bytearray(content)
    longer: dict[int, bytes] = {}
    for offset, new in changed.items():
        assert references is not None
        old = elf.string(offset)
        if len(new) > len(old):
            longer[offset] = new
            continue
        if references.first_inside(offset, len(old)) is not None or not references.complete:
            new = fit(old)
        start = elf.strings_position + offset
        edited[start : start + len(old)] = new.ljust(len(old), b"\0")
    place = next((s for s in elf.segments if s[0] == PT_INTERP), None)
    if place is not None and len(interpreter) < place[3]:
        edited[place[1] : place[1] + place[3]] = interpreter.ljust(place[3], b"\0")
        place = None
    if longer or (place is not None and interpreter != old_interpreter):
        strings = bytearray(elf.strings)
        start = elf.strings_position
        strings[:] = edited[start : start + len(strings)]
        return _Growth(edited, elf).grow(strings, longer, references, interpreter, place)
    return bytes(edited)


class _References:
    """The offsets in the string table that something in the file names.

    ``complete`` is false where the names of symbols cannot be known.
    """

    def __init__(self, stream: io.BytesIO, elf: ElfFile) -> None:
        found = {entry.value for entry in elf.entries if entry.tag in STRING_TAGS}
        found.update(symbol_names(stream, elf))
        found.update(_version_names(stream.getbuffer(), elf))
        self._sorted = sorted(found)
        self.complete = elf.section_table[2] > 0

    def first_inside(self, start: int, length: int) -> int | None:
        """The first offset behind ``start`` that lies in so many bytes."""
        import bisect

        at = bisect.bisect_right(self._sorted, start)
        if at < len(self._sorted) and self._sorted[at] < start + length:
            return self._sorted[at]
        return None


def _version_names(content: memoryview, elf: ElfFile) -> Iterator[int]:
    """Offsets of the names in the tables of symbol versions."""
    values = {entry.tag: entry.value for entry in elf.entries}
    try:
        for table, number, form in (
            (_DT_VERNEED, _DT_VERNEEDNUM, _NEEDED_VERSIONS),
            (_DT_VERDEF, _DT_VERDEFNUM, _OWN_VERSIONS),
        ):
            if table in values:
                position = _position(elf, values[table])
                yield from form.names(content, elf.byte_order, position, values.get(number, 0))
    except struct.error as error:
        raise ElfError("the versions of symbols are damaged") from error


class _VersionTable(NamedTuple):
    """The form of a table of symbol versions: rows in a chain, each with a chain of names.

    The numbers of the fields of a row: how many names, and one name of its own (None: none). The
    last two are the distances to the names and to the next row.
    """

    fields: str
    how_many: int
    own_name: int | None
    name_at: int

    def names(self, content: memoryview, order: str, position: int, rows: int) -> Iterator[int]:
        """Offsets of all names. Raises struct.error."""
        for _ in range(min(rows, _MOST_VERSIONS)):
            row = struct.unpack_from(order + self.fields, content, position)
            if self.own_name is not None:
                yield row[self.own_name]
            place = position + row[-2]
            for _ in range(row[self.how_many]):
                name, following = struct.unpack_from(order + "II", content, place + self.name_at)
                yield name
                if not following:
                    break
                place += following
            if not row[-1]:
                return
            position += row[-1]


_NEEDED_VERSIONS = _VersionTable("HHIII", 1, 2, 8)
_OWN_VERSIONS = _VersionTable("HHHHIII", 3, None, 0)

#: No file has more libraries with versions, or versions.
_MOST_VERSIONS = 1 << 16


def _position(elf: ElfFile, address: int) -> int:
    for kind, offset, start, size, _ in elf.segments:
        if kind == PT_LOAD and start <= address < start + size:
            return address - start + offset
    raise ElfError(f"the address {address:#x} is in no loaded segment")


class _Growth:
    """Adds a segment to a file."""

    def __init__(self, content: bytearray, elf: ElfFile) -> None:
        self.content = content
        self.elf = elf
        self.layout = _Layout(elf.byte_order, elf.is_64_bit)
        position, step, count = elf.program_table
        self.segments = [
            self.layout.read_segment(content, position + number * step) for number in range(count)
        ]
        if step != self.layout.segment.size:
            raise ElfError("the table of segments has rows of an unknown size")

    def grow(
        self,
        strings: bytearray,
        longer: Mapping[int, bytes],
        references: _References | None,
        interpreter: bytes,
        place: tuple[int, int, int, int, int] | None,
    ) -> bytes:
        """The file with longer strings, and with another interpreter if ``place`` is that."""
        moved: dict[int, int] = {}
        for offset, new in longer.items():
            assert references is not None
            end = offset + len(self.elf.string(offset))
            kept = references.first_inside(offset, end - offset)
            if references.complete:
                kept = end if kept is None else kept
                strings[offset:kept] = bytes(kept - offset)
            moved[offset] = len(strings)
            strings += new + b"\0"
        offset, address = self._free_place()
        rows = (len(self.segments) + 1) * self.layout.segment.size
        name_at = rows
        table_at = _aligned(name_at + (len(interpreter) + 1 if place is not None else 0), 16)
        size = table_at + len(strings) if longer else table_at
        if place is not None:
            self._move_interpreter(place, interpreter, offset + name_at, address + name_at)
        if longer:
            self._move_strings(strings, moved, offset + table_at, address + table_at)
        self._move_table(offset, address, size)
        body = bytearray(size)
        body[:rows] = b"".join(map(self.layout.packed, self.segments))
        if place is not None:
            body[name_at : name_at + len(interpreter)] = interpreter
        if longer:
            body[table_at:] = strings
        return bytes(self.content) + bytes(offset - len(self.content)) + bytes(body)

    def _free_place(self) -> tuple[int, int]:
        """File position and address behind everything.

        The same distance as that of the first segment, since older kernels tell programs of their
        table of segments by it.
        """
        loads = [segment for segment in self.segments if segment.kind == PT_LOAD]
        if not loads:
            raise ElfError("no segment is loaded")
        page = 0x1000 if self.elf.machine in _SMALL_PAGES else 0x10000
        address = _aligned(max(segment.address + segment.memory for segment in loads), page)
        offset = address - (loads[0].address - loads[0].offset)
        end = _aligned(len(self.content), page)
        if offset < end:
            address += end - offset
            offset = end
        elif offset - end > _MOST_GAP:
            offset = end
        return offset, address

    def _move_table(self, offset: int, address: int, size: int) -> None:
        """Enter the new segment, and say where the table of segments is."""
        own = (len(self.segments) + 1) * self.layout.segment.size
        for number, segment in enumerate(self.segments):
            if segment.kind == _PT_PHDR:
                self.segments[number] = segment._replace(
                    offset=offset, address=address, physical=address, size=own, memory=own
                )
        last = max(n for n, segment in enumerate(self.segments) if segment.kind == PT_LOAD)
        page = 0x1000 if self.elf.machine in _SMALL_PAGES else 0x10000
        added = _Segment(PT_LOAD, _READ_WRITE, offset, address, address, size, size, page)
        self.segments.insert(last + 1, added)
        order = self.layout.order
        if self.layout.wide:
            struct.pack_into(order + "Q", self.content, 32, offset)
            struct.pack_into(order + "H", self.content, 56, len(self.segments))
        else:
            struct.pack_into(order + "I", self.content, 28, offset)
            struct.pack_into(order + "H", self.content, 44, len(self.segments))

    def _move_interpreter(
        self, place: tuple[int, int, int, int, int], name: bytes, offset: int, address: int
    ) -> None:
        _, old_offset, old_address, old_size, _ = place
        self.content[old_offset : old_offset + old_size] = bytes(old_size)
        size = len(name) + 1
        for number, segment in enumerate(self.segments):
            if segment.kind == PT_INTERP:
                self.segments[number] = segment._replace(
                    offset=offset, address=address, physical=address, size=size, memory=size
                )
        self._move_section(_SHT_PROGBITS, old_address, offset, address, size)

    def _move_strings(
        self, strings: bytes | bytearray, moved: Mapping[int, int], offset: int, address: int
    ) -> None:
        start = self.elf.strings_position
        self.content[start : start + len(self.elf.strings)] = bytes(len(self.elf.strings))
        for entry in self.elf.entries:
            value = entry.value
            if entry.tag == DT_STRTAB:
                self._move_section(_SHT_STRTAB, value, offset, address, len(strings))
                value = address
            elif entry.tag == DT_STRSZ:
                value = len(strings)
            elif entry.tag in STRING_TAGS:
                value = moved.get(value, value)
            if value != entry.value:
                self._set(entry, value)

    def _set(self, entry: DynamicEntry, value: int) -> None:
        self.layout.entry.pack_into(self.content, entry.position, entry.tag, value)

    def _move_section(
        self, kind: int, old_address: int, offset: int, address: int, size: int
    ) -> None:
        """Tell tools that read sections, such as linkers, of the new place."""
        start, step, count = self.elf.section_table
        form = self.layout.section
        for number in range(count):
            row = list(form.unpack_from(self.content, start + number * step))
            if row[1] == kind and row[3] == old_address:
                row[3:6] = address, offset, size
                form.pack_into(self.content, start + number * step, *row)
                return


def _aligned(number: int, to: int) -> int:
    return -(-number // to) * to
