"""Makes the records of many recipes at a time, in processes that share the machine's processors.

Must not know where records are kept.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import PackageRecord
from spack.recipes.records.recipe_state import RecipeSource, StampRow, stamp_row
from spack.recipes.records.record_json import packed_record
from spack.system.files.kept import lasting_stamp
from spack.system.processes.forking import forked_map
from spack.system.processors import available_processors
from spack.type_names import Callable, Protocol

_FEW = 4
_CHUNK = 48


class RecordSource(RecipeSource, Protocol):
    """The repository, as far as the cache of its records needs it."""

    def extract(self, name: str) -> PackageRecord:
        """Make a record by importing the recipe."""


class Extracted(NamedTuple):
    """The outcome for one recipe: a line of a data file, or the text of an error.

    Attributes:
        line: the files the record was made from beside the recipe with their stamps, and the
            record, as JSON.
        bases: recipes that it inherits from, with their stamps.
        virtual: the recipe only describes a virtual.
    """

    name: str
    line: bytes
    error: str = ""
    provides: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    bases: tuple[tuple[str, StampRow], ...] = ()
    virtual: bool = False


def extract_all(
    source: RecordSource,
    names: Sequence[str],
    workers: int,
    take: Callable[[Sequence[Extracted]], None],
) -> None:
    """Make records, and give them to ``take`` as they come, some at a time.

    Args:
        workers: processes that read recipes; 0: one per available processor, up to eight.
    """
    if len(names) <= _FEW and not any(_is_recipe(module) for module in sys.modules):
        take([_extracted(source, name) for name in names])
        return
    chunks = [names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK)]

    def extract(number: int) -> list[Extracted]:
        return [_extracted(source, name) for name in chunks[number]]

    forked_map(
        extract,
        len(chunks),
        min(workers or min(8, available_processors()), len(chunks)),
        lambda number, found: take(found),
        _forget_recipe_modules,
    )


def _extracted(source: RecordSource, name: str) -> Extracted:
    seen = time.time_ns()
    try:
        record = source.extract(name)
        others = [path for path in record.dependent_files if path != record.path]
        stamps = [(path, lasting_stamp(path, seen)) for path in others]
        line = json.dumps([stamps, packed_record(record)], separators=(",", ":")).encode()
    except SpackError as error:
        return Extracted(name, b"", str(error))
    except Exception as error:
        text = f"{source.recipe_file(name)}: {type(error).__name__}: {error}"
        return Extracted(name, b"", text)
    return Extracted(
        name,
        line + b"\n",
        "",
        tuple(record.provided_names()),
        tuple({tag.lower() for tag in record.tags}),
        tuple((path, stamp_row(path, seen)) for path in others if path.endswith("package.py")),
        record.virtual,
    )


def _is_recipe(module: str) -> bool:
    return module.startswith(("spack_repo.", "spack.pkg."))


def _forget_recipe_modules() -> None:
    """Drop inherited recipe modules: their files may have changed."""
    for name in [n for n in sys.modules if _is_recipe(n)]:
        del sys.modules[name]
