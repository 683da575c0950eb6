"""The facts about the place where a package was built: ``.spack/binary_distribution``.

They go along in its archive and say which paths its files may hold. Written as JSON, which Spack
reads; read as the YAML that Spack writes. Pure.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Mapping

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.store.layout import METADATA
from spack.system.files.yaml_files import load_text, plain
from spack.type_names import Any

#: Its path below a prefix.
FILE = f"{METADATA}/binary_distribution"

_REFERENCE = re.compile(r"(^|[\s\[{,])[&*]\S")

#: Bytes of the largest one that is read.
LIMIT = 1 << 24


class BuildInfoError(SpackError):
    """An archive does not say, in a form that can be read, where its package was built."""


class BuildInfo(NamedTuple):
    """The place of a build.

    Attributes:
        root: root of the store.
        prefix: prefix of the package below it, relative.
        prefixes: DAG hash to absolute prefix of the package and of what it links or runs.
        sbang: path of the program for long first lines of scripts.
        instance: directory of the program that built it.
        texts, binaries, links: paths below the prefix of files that hold such paths, and of
            absolute links. Spack replaces paths in these alone.
    """

    root: str
    prefix: str
    prefixes: Mapping[str, str]
    sbang: str = ""
    instance: str = ""
    texts: tuple[str, ...] = ()
    binaries: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    def text(self) -> bytes:
        """The content of the file."""
        data = {
            "sbang_install_path": self.sbang,
            "buildpath": self.root,
            "spackprefix": self.instance,
            "relative_prefix": self.prefix,
            "hardlinks_deduped": True,
            "hash_to_prefix": dict(sorted(self.prefixes.items())),
            "relocate_textfiles": list(self.texts),
            "relocate_binaries": list(self.binaries),
            "relocate_links": list(self.links),
        }
        return json.dumps(data, separators=(", ", ": ")).encode("ascii") + b"\n"


def parse_build_info(content: bytes, where: str) -> BuildInfo:
    """Read the content of the file; ``where`` names it. Raises BuildInfoError."""
    try:
        data = _data(content.decode("utf-8"), where)
        root = _path(data["buildpath"])
        prefix = data["relative_prefix"]
        if posixpath.normpath(prefix) != prefix or prefix.startswith(("/", "..")):
            raise ValueError(f"{prefix!r} is not a prefix below the store")
        prefixes = {
            str(digest): _path(place) if os.path.isabs(place) else _path(f"{root}/{place}")
            for digest, place in (data.get("hash_to_prefix") or {}).items()
        }
        sbang, instance = data.get("sbang_install_path"), data.get("spackprefix")
        return BuildInfo(
            root,
            prefix,
            prefixes,
            _path(sbang) if sbang else "",
            _path(instance) if instance else "",
        )
    except (SpackError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BuildInfoError(
            f"{where} does not say where its package was built: {error}",
            hint="push the package again",
        ) from error


def _data(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass
    if _REFERENCE.search(text):
        # Nobody writes them here, and a few lines of them stand for any amount of data.
        raise ValueError("references of YAML are not read")
    return plain(load_text(text, where))


def _path(text: object) -> str:
    """An absolute path of more than the root. Raises ValueError."""
    if not isinstance(text, str) or not os.path.isabs(text) or "\0" in text or "\n" in text:
        raise ValueError(f"{text!r} is not an absolute path")
    path = os.path.normpath(text)
    if path in ("/", "//"):
        raise ValueError("the root of the file system is not a place of packages")
    return path
