"""The index of a set of module files: which package has which name for the module command."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from spack.errors import Origin, SpackError
from spack.named_tuples import NamedTuple

#: The file, in the root of the module files of one kind.
INDEX_NAME = "module-index.yaml"

_HEAD = "module_index:"

#: An entry as it is written here; others are left to a reader of YAML.
_ENTRY = re.compile(
    r"  (?P<hash>[a-z0-9]+):\n"
    r"    path: (?P<path>/[^\s#:'\"]+)\n"
    r"    use_name: (?P<name>[^\s#:'\"]+)\n"
)


class ModuleIndexError(SpackError):
    """There is no index of module files, or it cannot be understood."""


class Entry(NamedTuple):
    """The file of a package, and its name for the module command."""

    path: str
    use_name: str

    @property
    def folder(self) -> str:
        """The directory that must be in ``MODULEPATH``; "" if the path has not the name."""
        before, found, _ = self.path.rpartition(f"/{self.use_name}")
        return before if found else ""


def index_path(root: str) -> str:
    """The file of the index of a set."""
    return os.path.join(root, INDEX_NAME)


def read_index(root: str) -> dict[str, Entry]:
    """Files of packages by the DAG hash; empty without an index.

    Raises:
        ModuleIndexError: a damaged index.
    """
    path = index_path(root)
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except FileNotFoundError:
        return {}
    head, _, body = text.partition("\n")
    found = {m["hash"]: Entry(m["path"], m["name"]) for m in _ENTRY.finditer(body)}
    if head.rstrip() == _HEAD and body.count("\n") == 3 * len(found):
        return found
    from spack.system.files.yaml_files import load_text, plain

    data = plain(load_text(text, path))
    try:
        rows = data["module_index"] or {}
        return {str(h): Entry(str(row["path"]), str(row["use_name"])) for h, row in rows.items()}
    except (KeyError, TypeError, AttributeError):
        raise ModuleIndexError(
            "this is not an index of module files",
            origin=Origin(path),
            hint="write it again with spack module tcl refresh --delete-tree, or lmod",
        ) from None


def index_text(entries: Mapping[str, Entry]) -> str:
    """The content of an index."""
    lines = [_HEAD] if entries else [_HEAD + " {}"]
    for digest, entry in entries.items():
        lines += [
            f"  {digest}:",
            f"    path: {_scalar(entry.path)}",
            f"    use_name: {_scalar(entry.use_name)}",
        ]
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_./+@=-]+", text) and not re.fullmatch(r"[-+.0-9eE_]*", text):
        return text
    return "'" + text.replace("'", "''") + "'"
