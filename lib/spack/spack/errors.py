"""The root of the error tree, and the place in a file that an error points at.

Every error that a user can cause derives from :class:`SpackError` and says three things: what is
wrong, where (an :class:`Origin` or a :class:`Span`), and what to try (the hint). Errors are raised
by features and caught in ``cli/main.py`` only. This module imports nothing of
the project but the kind of class that its values have.
"""

from __future__ import annotations

from collections.abc import Iterable

from spack.named_tuples import NamedTuple


class Origin(NamedTuple):
    """The place where a value was written: a recipe line, a configuration line, the command line.

    ``file`` is a path or a label such as ``command line``; ``line`` and ``column`` count from 1,
    0 means unknown.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        text = self.file
        if self.line:
            text += f":{self.line}"
            if self.column:
                text += f":{self.column}"
        return text


class Span(NamedTuple):
    """Half-open range ``[start, end)`` of characters of one source text."""

    text: str
    start: int
    end: int

    def caret(self) -> str:
        """Two lines: the source line that holds the span, and carets under the span."""
        begin = self.text.rfind("\n", 0, self.start) + 1
        stop = self.text.find("\n", self.start)
        line = self.text[begin:] if stop < 0 else self.text[begin:stop]
        width = max(1, min(self.end, begin + len(line)) - self.start)
        return f"{line}\n{' ' * (self.start - begin)}{'^' * width}"


class SpackError(Exception):
    """An error: what happened, where, and what to try.

    Args:
        message: one sentence, no trailing newline.
        origin: file and line that caused it.
        span: source text with the offending characters, drawn with a caret line.
        hint: what the user can do about it.
        details: longer text (log excerpt, list) printed after the message.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        origin: Origin | None = None,
        span: Span | None = None,
        hint: str | None = None,
        details: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.origin = origin
        self.span = span
        self.hint = hint
        self.details = details

    def at(self, origin: Origin) -> SpackError:
        """The same error with an origin, unless it has one already."""
        if self.origin is None:
            self.origin = origin
        return self

    def __str__(self) -> str:
        """Everything a user needs to see, without the leading ``Error:``."""
        parts = [f"{self.origin}: {self.message}" if self.origin else self.message]
        if self.span is not None:
            parts.append("\n".join("    " + line for line in self.span.caret().splitlines()))
        if self.details:
            parts.append(self.details)
        if self.hint:
            parts.append(f"Try: {self.hint}")
        return "\n".join(parts)


class UsageError(SpackError):
    """The command line does not make sense."""

    exit_code = 2


class NotFoundError(SpackError):
    """The named thing does not exist, or is not of the kind that is needed."""


class ExistsError(SpackError):
    """The name or place of something new is taken."""


class AmbiguousError(SpackError):
    """Several things match where one is needed."""


class ConfigurationError(SpackError):
    """A value of the configuration or of a manifest that cannot be used; says where it stands."""


class InternalError(SpackError):
    """A broken invariant: an error in Spack itself, not in what its user did."""

    exit_code = 70


def nearest(word: str, known: Iterable[str], count: int = 1) -> list[str]:
    """The known words, at most so many, that were probably meant; the most similar one first."""
    import difflib

    return difflib.get_close_matches(word, list(known), n=count, cutoff=0.6)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question to append to a message; empty when no known word is near."""
    return "".join(f"; did you mean '{guess}'?" for guess in nearest(word, known))


def meant_instead(word: str, known: Iterable[str]) -> str:
    """A hint with the words that were probably meant; empty when no known word is near."""
    close = nearest(word, known, 3)
    return f"did you mean {' or '.join(close)}?" if close else ""
