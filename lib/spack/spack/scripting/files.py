"""Small helpers that scripts import from Spack: YAML, words in columns, colours, graphs, places.

Must not know specs beyond their methods, nor any instance.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

from spack.recipes.finding.old_functions import CLONE
from spack.system.files.yaml_files import dump, load_text, plain
from spack.system.terminal.output import is_terminal, width
from spack.type_names import Any, TextIO
from spack.work.queries.columns import columns

LIBRARY = os.path.join(CLONE, "lib", "spack")
MODULES = os.path.join(LIBRARY, "spack")
SHARED = os.path.join(CLONE, "share", "spack")
CONFIGURED = os.path.join(CLONE, "etc", "spack")
VARIABLE = os.path.join(os.environ.get("SPACK_STATE_DIR") or CLONE, "var", "spack")
USER = os.environ.get("SPACK_USER_CONFIG_PATH") or os.path.expanduser("~/.spack")
CACHE = os.environ.get("SPACK_USER_CACHE_PATH") or os.path.expanduser("~/.spack")

_COLOR_MARK = re.compile(r"@(?:(@)|\.|[*_]?[a-zA-Z]?(?:\{((?:[^}]|\}\})*)\})?)")


def load_yaml(stream_or_text: Any) -> Any:
    """The data of YAML, a text or a stream, as dicts, lists and scalars.

    Raises:
        YamlError: with the line.
    """
    text = stream_or_text.read() if hasattr(stream_or_text, "read") else stream_or_text
    return plain(load_text(text, str(getattr(stream_or_text, "name", "<text>"))))


def dump_yaml(data: Any, stream: Any = None, **_: Any) -> str | None:
    """Data as YAML in block style: the text, or None when it was written to a stream."""
    text = dump(data)
    if stream is None:
        return text
    stream.write(text)
    return None


def colify(
    elements: Iterable[Any], output: TextIO | None = None, indent: int = 0, **_: Any
) -> None:
    """Print things in columns on a terminal, one a line elsewhere."""
    stream = sys.stdout if output is None else output
    room = width(stream) - indent if is_terminal(stream) else 0
    for line in columns([str(element) for element in elements], room).splitlines():
        stream.write(" " * indent + line + "\n")


def colorize(text: str, **_: Any) -> str:
    """A text without its marks of colour: ``@*b{word}`` gives ``word``, ``@@`` gives ``@``."""
    return _COLOR_MARK.sub(lambda found: found[1] or (found[2] or "").replace("}}", "}"), text)


def cescape(text: str) -> str:
    """A text in which nothing counts as a mark of colour."""
    return text.replace("@", "@@").replace("}", "}}")


def cwrite(text: str, stream: TextIO | None = None, **_: Any) -> None:
    """Write a text without its marks of colour."""
    (sys.stdout if stream is None else stream).write(colorize(text))


def cprint(text: str, stream: TextIO | None = None, **_: Any) -> None:
    """Write a line without its marks of colour."""
    cwrite(text + "\n", stream)


def traverse_nodes(
    specs: Sequence[Any], root: bool = True, order: str = "pre", deptype: Any = "all", **_: Any
) -> Iterator[Any]:
    """The nodes of several graphs, each once, in the order of the specs."""
    seen = {} if root else dict.fromkeys(specs)
    for spec in specs:
        for node in spec.traverse(order=order, deptype=deptype):
            if node not in seen:
                seen[node] = None
                yield node
