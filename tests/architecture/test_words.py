"""Phrases that the style page rejects stay out of messages, help texts, docstrings and manual."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lib" / "spack" / "spack"
MANUAL = ROOT / "lib" / "spack" / "docs"
STYLE = MANUAL / "internals" / "style.rst"
TESTS = [path for room in ("tests", "benchmarks") for path in (ROOT / room).rglob("*.py")]

#: A pattern of messages and manual to what is written in its place.
PHRASES = {
    r"(?<![Tt]here )\b(?:is|are) no (?!longer\b|other\b|more\b|such\b|difference\b)\w+": "is not a",
    r"(?<!there )\b[Nn]othing is wrong\b": "No problems found",
    r"\bfault of this program\b": "internal error",
    r"\bas wished\b": "as requested",
    r"\bof no effect\b": "ignored",
    r"\bas the user said\b": "the name of the option",
    r"\b(?:is|are) called '": "there is no …",
    r"\bmake[sd]? \w+ anew\b|\bread \w+ anew\b": "rebuild, read again",
    r"\bnobody knows\b": "unknown",
    r"\bthis program's own\b": "Spack's own",
}

#: First words of docstrings; a noun or a verb stands in their place.
QUESTION_WORDS = re.compile(
    r"(?:What|Who|Whose|Whom|Which|How|Where|When|Why|Whatever|Whoever|That which|The one who)\b"
)


def _documented(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


def strings(source: str) -> Iterator[tuple[int, bool, str]]:
    """Line, whether it is a docstring, and text of every string; of f-strings the fixed parts."""
    tree = ast.parse(source)
    documented = {id(node) for node in _documented(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, id(node) in documented, node.value


def faults(text: str) -> Iterator[str]:
    """The phrases in a text, each with what to write."""
    for pattern, instead in PHRASES.items():
        for found in re.finditer(pattern, " ".join(text.split())):
            yield f"'{found.group()}': write '{instead}'"


def test_messages_help_texts_and_docstrings() -> None:
    found = [
        f"{path}:{line}: {fault}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, _, text in strings(path.read_text(encoding="utf-8"))
        for fault in faults(text)
    ]
    assert found == []


def test_docstrings_do_not_start_with_a_question_word() -> None:
    found = [
        f"{path}:{line}: {text.splitlines()[0]}"
        for path in sorted([*PACKAGE.parent.glob("*.py"), *PACKAGE.rglob("*.py"), *TESTS])
        for line, is_docstring, text in strings(path.read_text(encoding="utf-8"))
        if is_docstring and QUESTION_WORDS.match(text.lstrip())
    ]
    assert found == []


@pytest.mark.parametrize(
    "page",
    sorted({*MANUAL.rglob("*.rst"), ROOT / "README.rst", ROOT / "CONTRIBUTING.rst"} - {STYLE}),
    ids=lambda page: page.name,
)
def test_manual(page: Path) -> None:
    assert list(faults(page.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "/x is no directory",
        "Nothing is wrong",
        "a fault of this program: KeyError",
        "stopped at a phase, as wished",
        "of no effect: headings",
        "as the user said",
        "no mirror is called 'x'",
        "make it anew",
    ],
)
def test_phrases_are_found(text: str) -> None:
    assert list(faults(text))
