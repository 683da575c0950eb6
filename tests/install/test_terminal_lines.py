"""The output of an installation on a terminal for somebody who watches it, event by event."""

from __future__ import annotations

import io
import re

from spack.builds.events import Finished, NodeName, RunningStep, Started, StepAction, Tick
from spack.install.terminal_lines import TerminalLines
from spack.system.terminal.output import Reporter

SLOW = NodeName("slow", "1.0", "a" * 32)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_status_line_goes_before_the_line_that_says_installed() -> None:
    screen = Terminal()
    lines = TerminalLines(Reporter(screen, screen, color="never"))
    lines.watch(Started(SLOW, StepAction.BUILD, 1, 2, 0.0))
    lines.watch(Tick((RunningStep(SLOW, ""),), 0, 2, 0.0))
    lines.watch(Tick((RunningStep(SLOW, "build"),), 0, 2, 0.0))
    shown = screen.getvalue()
    assert re.search(r"  slow\r\x1b\[K\[0/2\] \S+  slow \(build\)$", shown)
    lines.watch(Finished(SLOW, StepAction.BUILD, "/store/slow", 2.0, 2.0))
    said = screen.getvalue()[len(shown) :]
    assert said == f"\r\x1b[K==> Installed {SLOW} in 2.0s\n    /store/slow\n"
