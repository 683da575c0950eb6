"""Facts about this machine, kept on disk: asking processors and compilers takes long.

The file is shared by machines that share a home directory, so each fact is kept with what it was
found from: the processor's own description, or the files of a compiler and of its dynamic linker.
A file that cannot be read, or that another version wrote, is as good as none.
"""

from __future__ import annotations

import json
import os
import sys
import time

from spack.language import targets
from spack.language.targets import Microarchitecture
from spack.named_tuples import NamedTuple
from spack.system.files.kept import DamagedError, lasting_stamp, read_kept, write_kept
from spack.type_names import Any, Callable

NAME = "machine"
_FORMAT = 1

#: The file in which Linux describes processors, and the bytes of it to read: the first one.
_PROCESSORS, _ENOUGH = "/proc/cpuinfo", 8192
#: Lines of it that tell one processor from another.
_TELLING = frozenset(
    "vendor_id,cpu family,model,model name,stepping,flags,"  # x86
    "CPU implementer,CPU architecture,CPU variant,CPU part,CPU revision,Features,"  # ARM
    "cpu,revision,platform,machine,"  # Power
    "isa,uarch".split(",")  # RISC-V
)


class KnownLibc(NamedTuple):
    """A C library: name of its package, version, prefix."""

    name: str
    version: str
    prefix: str


class MachineFacts:
    """Facts about this machine and about processors.

    Args:
        folder: where the file is; None keeps nothing.
    """

    def __init__(self, folder: str | None) -> None:
        self._path = os.path.join(folder, NAME) if folder else os.devnull
        self._source = [_FORMAT, sys.prefix]
        try:
            self._facts = read_kept(self._path, self._current)
        except DamagedError:
            self._facts = {}
        self._changed = False

    def know_targets(self) -> None:
        """Give the taxonomy of processors to whoever asks for it in this process."""
        known = self._facts.get("taxonomy")
        if known:
            targets.use_taxonomy(
                {name: Microarchitecture(*fields) for name, fields in known.items()}
            )
        else:
            from spack.host import microarchitectures

            seen = time.time_ns()
            self._facts["taxonomy"] = targets.taxonomy()
            path = microarchitectures.data_place()
            self._keep("archspec", [path, lasting_stamp(path, seen)])

    def target(self) -> str:
        """The micro-architecture of this machine."""
        from spack.host import microarchitectures

        processor = _processor()
        known: dict[str, str] = self._facts.get("processors", {})
        if processor is None:
            return microarchitectures.detect()
        if processor not in known:
            self._keep("processors", {**known, processor: microarchitectures.detect()})
            known = self._facts["processors"]
        return known[processor]

    def supports(self, compiler: str, version: str, target: str) -> bool:
        """Whether a compiler, by package and version, can make code for a target."""
        known: dict[str, bool] = self._facts.setdefault("supported", {})
        key = f"{compiler}@{version} {target}"
        if key not in known:
            from spack.host import microarchitectures

            known[key] = microarchitectures.supports(compiler, version, target)
            self._changed = True
        return known[key]

    def libc_of(self, compiler: str) -> KnownLibc | None:
        """The C library of programs that a compiler makes; None if it does not say."""
        return self._libc(compiler, lambda libc: libc.linker_of(compiler))

    def own_libc(self) -> KnownLibc | None:
        """The C library of the running Python interpreter; None outside Linux."""
        program = os.path.realpath(sys.executable)
        return self._libc(program, lambda libc: libc.linker_of_interpreter())

    def _libc(self, program: str, linker_of: Callable[[Any], str | None]) -> KnownLibc | None:
        known: dict[str, list[Any]] = self._facts.setdefault("libcs", {})
        found = known.get(program)
        if found is not None and found[:2] == [lasting_stamp(program), lasting_stamp(found[2])]:
            return KnownLibc(*found[3:])
        from spack.host import libc

        seen = time.time_ns()
        linker = linker_of(libc)
        library = libc.from_dynamic_linker(linker) if linker else None
        if linker is None or library is None:
            return None
        known[program] = [
            lasting_stamp(program, seen),
            lasting_stamp(linker, seen),
            linker,
            *library,
        ]
        self._changed = True
        return KnownLibc(*library)

    def save(self) -> None:
        """Keep what is new."""
        if not self._changed or self._path == os.devnull:
            return
        self._changed = False
        facts = {"source": self._source, **self._facts}
        write_kept(self._path, json.dumps(facts, separators=(",", ":")))

    def _keep(self, name: str, value: Any) -> None:
        self._facts[name] = value
        self._changed = True
        self.save()

    def _current(self, content: bytes) -> dict[str, Any]:
        """The facts in the file, none if they are of another Python or of other processors."""
        data = json.loads(content)
        path, stamp = data["archspec"]
        current = data.pop("source") == self._source and stamp == lasting_stamp(path)
        return dict(data) if current else {}


def _processor() -> str | None:
    """The system's description of the first processor; None where it says nothing."""
    try:
        with open(_PROCESSORS, "rb", buffering=0) as stream:
            text = stream.read(_ENOUGH).decode("utf-8", "replace")
    except OSError:
        return None
    lines = text.partition("\n\n")[0].splitlines()
    telling = [line for line in lines if line.partition(":")[0].strip() in _TELLING]
    return "\n".join(" ".join(line.split()) for line in telling)
