"""Records the view of an installation, as the page of the manual on installing has it.

    lib/spack/docs/record_installation.py [FILE]

A small graph is built by gcc and make on a terminal, while somebody presses keys: a log is
followed, jobs are added and taken away, the window gets another size, a package fails in the
middle, and Ctrl-C ends it. FILE, by default that of the manual, has the format of asciinema,
version 2: a line for the window, then one for everything that was written, typed or changed. Needs
the test tools; run it with their interpreter.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "lib" / "spack")]

from tests.clone import SPACK  # noqa: E402
from tests.end_to_end.screens import Terminal  # noqa: E402
from tests.end_to_end.small_instance import Instance  # noqa: E402

RECORDING = Path(__file__).parent / "howto" / "installing.cast"

RECIPE = '''\
from spack_repo.builtin.build_systems.makefile import MakefilePackage

from spack.package import *


class {class_name}(MakefilePackage):
    """Takes a few seconds to compile."""

    has_code = False
    version("1.0")
    depends_on("c", type="build")
{needs}

    def edit(self, spec, prefix):
        numbers = range(1, {files} + 1)
        for number in numbers:
            with open(f"{name}_{{number}}.c", "w") as stream:
                header = "display.h" if {fails} and number == 5 else "math.h"
                print(f"#include <{{header}}>\\nint part_{{number}} = {{number}};", file=stream)
        with open("Makefile", "w") as stream:
            print("all:", *(f"{name}_{{number}}.o" for number in numbers), file=stream)
            print("%.o: %.c\\n\\t@sleep {pause}\\n\\tcc -O2 -c $< -o $@", file=stream)

    def install(self, spec, prefix):
        touch(prefix.done)
'''

#: Names: what a package needs, how many files it has, seconds for each, and whether one fails.
PACKAGES: dict[str, tuple[tuple[str, ...], int, float, bool]] = {
    "fftlib": ((), 9, 0.9, False),
    "meshlib": ((), 12, 1.1, False),
    "viewer": ((), 6, 1.0, True),
    "solver": (("fftlib", "meshlib"), 20, 1.0, False),
    "studio": (("solver", "viewer"), 5, 1.0, False),
}


def write_recipes(directory: Path) -> Path:
    """Write the recipes; the folder of the repository."""
    root = directory / "spack_repo" / "demonstration"
    for name, (needs, files, pause, fails) in PACKAGES.items():
        folder = root / "packages" / name
        folder.mkdir(parents=True)
        text = RECIPE.format(
            class_name=name.capitalize(),
            name=name,
            needs="\n".join(f'    depends_on("{need}")' for need in needs),
            files=files,
            pause=pause,
            fails=fails,
        )
        (folder / "package.py").write_text(text)
    (root / "repo.yaml").write_text("repo:\n  namespace: demonstration\n  api: v2.2\n")
    return root


class Recorded(Terminal):
    """A terminal that notes what happens on it.

    Args:
        hidden: texts that are written otherwise, such as the paths of this machine.
    """

    def __init__(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        size: tuple[int, int],
        hidden: Mapping[str, str],
    ) -> None:
        self.begun = time.monotonic()
        self.hidden = hidden
        self.events: list[tuple[float, str, str]] = []
        self.pending = b""
        super().__init__(command, {**variables, "TERM": "xterm"}, *size)

    def note(self, kind: str, text: str) -> None:
        """Note that something happens now."""
        self.events.append((round(time.monotonic() - self.begun, 3), kind, text))

    def draw(self, data: bytes) -> None:
        super().draw(data)
        whole = self.pending + data
        # The end may be the beginning of a path that is hidden: it waits for the rest.
        start = whole.rfind(b"/tmp")
        if start < 0 or b"\n" in whole[start:] or b" " in whole[start:]:
            start = len(whole)
        self.pending = whole[start:]
        self.write(whole[:start])

    def write(self, data: bytes) -> None:
        """Note what was written."""
        text = data.decode("utf-8", "replace")
        for old, new in self.hidden.items():
            text = text.replace(old, new)
        if text:
            self.note("o", text)

    def press(self, keys: str) -> None:
        self.note("i", keys)
        super().press(keys)

    def resize(self, columns: int, lines: int) -> None:
        self.note("r", f"{columns}x{lines}")
        super().resize(columns, lines)


def act(seen: Recorded) -> None:
    """Be the one who watches."""
    seen.until("3 running")
    seen.look(2.5)
    seen.press("n")
    seen.look(0.8)
    seen.press("v")
    seen.look(3.0)
    seen.press("q")
    seen.until("Failed viewer@1.0")
    seen.look(1.0)
    seen.press("++")
    seen.look(2.0)
    seen.press("-")
    seen.until("solver@1.0")
    seen.look(1.5)
    seen.resize(76, 20)
    seen.look(1.5)
    seen.resize(100, 20)
    seen.look(1.0)
    seen.press("\x03")
    seen.until_ended()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("file", nargs="?", default=str(RECORDING))
    args = parser.parse_args()
    size = (100, 20)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        directory = Path(folder)
        instance = Instance(directory / "me", directory / "cache", write_recipes(directory))
        instance.ok("spec", "studio")
        hidden = {str(directory / "me" / "state"): "~/spack", str(directory): "~"}
        words = (str(SPACK), "install", "--dirty", "-j4", "studio")
        seen = Recorded(words, instance.variables, size, hidden)
        try:
            act(seen)
            seen.write(seen.pending)
        finally:
            seen.close()
    head = {"version": 2, "width": size[0], "height": size[1], "title": "spack install -j4 studio"}
    lines = [json.dumps(head), *(json.dumps(event) for event in seen.events)]
    Path(args.file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
