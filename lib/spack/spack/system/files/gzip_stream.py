"""Reading gzip files in large pieces: twice as fast as the module ``gzip`` of the interpreter.

Knows no archives.
"""

from __future__ import annotations

import io
import zlib

from spack.type_names import IO, Any

_BLOCK = 1 << 17
#: Says to zlib that there is a gzip header, whose checksum at the end is verified.
_GZIP = 16 + zlib.MAX_WBITS


class GzipStream(io.RawIOBase):
    """The decompressed content of an opened gzip file of one or more parts.

    Reading raises ``zlib.error`` for damaged content and EOFError where it ends too early.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._inflater: Any = zlib.decompressobj(_GZIP)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = len(buffer)
        while wanted:
            if self._inflater.eof and not self._begin_part():
                return 0
            given = self._rest or self._source.read(_BLOCK)
            data = self._inflater.decompress(given, wanted)
            self._rest = self._inflater.unconsumed_tail
            if data:
                buffer[: len(data)] = data
                return len(data)
            if not given and not self._inflater.eof:
                raise EOFError("the compressed file ends too early")
        return 0

    def _begin_part(self) -> bool:
        """Whether another part follows; zeros after the last one do not count."""
        rest = self._inflater.unused_data or self._source.read(_BLOCK)
        while rest and not rest.strip(b"\0"):
            rest = self._source.read(_BLOCK)
        if not rest:
            return False
        self._inflater = zlib.decompressobj(_GZIP)
        self._rest = rest.lstrip(b"\0")
        return True
