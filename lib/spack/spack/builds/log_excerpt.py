"""The few lines of a build log that say why the build failed.

Works on the text of any log; knows no package and no build system.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from re import Pattern

from spack.named_tuples import NamedTuple
from spack.system.terminal.output import harmless

#: The most lines of an excerpt.
LIMIT = 10

#: Characters of a line in which signs are looked for: some patterns take the square of the time.
_SEARCHED = 1000

#: Characters of a line that are shown.
_SHOWN = 300


class LogLine(NamedTuple):
    """A line of a log; numbers count from 1."""

    number: int
    text: str
    decisive: bool = False

    def __str__(self) -> str:
        return f"{'>>' if self.decisive else '  '} {self.number:6d}  {self.text}"


class Excerpt(NamedTuple):
    """The lines to show, in order, and what kind of failure they tell of ("" if unknown)."""

    cause: str
    lines: tuple[LogLine, ...]

    def __str__(self) -> str:
        return "\n".join(str(line) for line in self.lines)


class _Sign(NamedTuple):
    cause: str
    pattern: Pattern[str]


def _sign(cause: str, *alternatives: str) -> _Sign:
    return _Sign(cause, re.compile("|".join(alternatives)))


#: Signs of causes; the first that matches names the cause of a line. Machine troubles come first:
#: they explain every other error.
_CAUSES: Sequence[_Sign] = (
    _sign("the disk is full", r"No space left on device", r"Disk quota exceeded"),
    _sign(
        "the machine ran out of memory",
        r"\b[Oo]ut of memory\b",
        r"virtual memory exhausted",
        r"cc1(plus)?: .*Killed",
        r"fatal error: Killed signal",
        r"std::bad_alloc",
        r"Cannot allocate memory",
    ),
    _sign("a file cannot be written or read", r"[Pp]ermission denied", r"Read-only file system"),
    _sign(
        "a header is missing",
        r"fatal error: .*: No such file or directory",
        r"fatal error: .* file not found",
        r"Fatal Error: (Cannot|Can't) open (module|include) file",
    ),
    _sign(
        "a library or symbol is missing",
        r"undefined reference to",
        r"[Uu]ndefined symbols?( for architecture|:)",
        r"\bld(\.\w+)?: .*(cannot find|library not found|unable to find)",
        r"cannot open shared object file",
        r"multiple definition of",
        r"relocation .* against",
    ),
    _sign(
        "the configuration failed",
        r"^configure: error:",
        r"^CMake Error",
        r"^error: .*configure",
        r"meson\.build:\d+(:\d+)?: ERROR",
        r"^(Error|ERROR): (Dependency|Program|Problem encountered)",
        r"Could NOT find .*\(missing:",
    ),
    _sign(
        "a program is missing",
        r"command not found",
        r"^(\S*sh|env|make(\[\d+\])?|gmake): .*(: not found|No such file or directory)$",
        r"[Nn]o such program",
    ),
    _sign("make has no rule for a target", r"^g?make(\[\d+\])?: \*\*\* No rule to make target"),
    _sign(
        "the compiler rejected the code",
        r"(^|\s)\S+:\d+(:\d+)?:\s+(fatal )?error:",
        r"^\S+\(\d+\): (catastrophic )?error",
        r"^(Fatal )?Error: ",
        r"\berror #\d+",
        r"internal compiler error",
        r"error(\[E\d+\])?: could not compile",
        r"unrecognized command[- ]line option",
        r"^error(\[E\d+\])?: ",
        r"\berror: ",
    ),
    _sign(
        "a test failed",
        r"^FAILED:? ",
        r"^FAIL: ",
        r"\*\*\*Failed",
        r"tests? failed out of",
        r"^not ok \d+",
    ),
    _sign(
        "the recipe failed",
        r"^(\w+\.)*\w*(Error|Exception): ",
        r"^==> Error: ",
        r"Segmentation fault",
        r"Aborted",
        r"ERROR: ",
        r"^[Ee]rror:",
    ),
)

#: Lines that only repeat that something failed before.
_CONSEQUENCE = re.compile(
    r"^g?make(\[\d+\])?: (\*\*\* (?!No rule)|Target .* not remade|Leaving|Entering)"
    r"|^ninja: build stopped|^collect2: error: ld returned|compilation terminated"
    r"|\bErrors? were encountered|^ProcessError|ProcessError: "
    r"|^The command was:|exited with status|\d+ errors? generated"
)

#: Lines that look like errors and are not.
_INNOCENT = re.compile(
    r"-Werror|-Wno-error|(?i:\b(0|no) errors?\b)|error_|_error|errors?\.(c|h|o|lo|cc|cpp|py|in)\b"
    r"|^(checking|configure: checking|--? |\[ *\d+%\] Building|  CC|libtool: )"
    r"|strerror|perror|on error|error[- ](code|handling|message)s?\b"
)


def cause_of(line: str) -> str:
    """The kind of failure that one line tells of, "" for none."""
    line = harmless(line)[:_SEARCHED]
    if _CONSEQUENCE.search(line):
        return ""
    for sign in _CAUSES:
        if sign.pattern.search(line):
            if _INNOCENT.search(line) and not re.search(r"(^|\s)(fatal )?error: |: error:", line):
                return ""
            return sign.cause
    return ""


def excerpt(lines: Iterable[str], limit: int = LIMIT) -> Excerpt:
    """At most ``limit`` decisive lines of a log.

    The first errors with the line before and the two lines after each; the end of the log when
    nothing looks like an error, or when there is room.
    """
    texts = [harmless(line.rstrip("\n"))[:_SEARCHED] for line in lines]
    while texts and not texts[-1].strip():
        texts.pop()
    causes = [cause_of(text) for text in texts]
    errors = [at for at, cause in enumerate(causes) if cause]
    chosen: list[int] = []

    def take(at: int) -> None:
        if 0 <= at < len(texts) and at not in chosen and len(chosen) < limit:
            chosen.append(at)

    for at in errors[: max(1, limit // 3)]:
        for near in (at, at + 1, at + 2, at - 1):
            take(near)
    for at in errors:
        take(at)
    for at in range(len(texts) - 1, -1, -1):
        if errors and len(chosen) >= limit // 2:
            break
        take(at)
    ranks = [sign.cause for sign in _CAUSES]
    found = sorted({causes[at] for at in errors}, key=ranks.index)
    machine = [cause for cause in found if ranks.index(cause) < 2]
    cause = machine[0] if machine else (causes[errors[0]] if errors else "")
    return Excerpt(
        cause, tuple(LogLine(at + 1, texts[at][:_SHOWN], bool(causes[at])) for at in sorted(chosen))
    )


def excerpt_of_file(path: str) -> Excerpt:
    """The excerpt of a log file; an empty one if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return excerpt(stream)
    except OSError:
        return Excerpt("", ())
