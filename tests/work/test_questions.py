"""Questions to the solver as values: what tells them apart, and how they are split."""

from __future__ import annotations

from typing import Any

import pytest

from spack.errors import UsageError
from spack.language.modes import Reuse, SolveOptions, Tests, Unify
from spack.work.answers.questions import Question, question_of
from spack.work.queries.queries import parse_words


class Nowhere:
    """An inventory that nobody may look into."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was looked at")


def asked(*words: str, unify: Unify = Unify.SEPARATELY, **options: Any) -> Question:
    return question_of(Nowhere(), parse_words(words), unify, SolveOptions(**options))


@pytest.mark.parametrize(
    "question, told",
    [
        (asked("a", "b"), [["a", "b"], False, False, None, False]),
        (asked("a"), [["a"], True, False, None, False]),
        (
            asked("a", "b", unify=Unify.WHEN_POSSIBLE),
            [["a", "b"], "when_possible", False, None, False],
        ),
        (asked("a", reuse=Reuse.NOTHING), [["a"], True, False, False, False]),
        (asked("a", reuse=Reuse.DEPENDENCIES), [["a"], True, False, "dependencies", False]),
        (asked("b", "a", tests=Tests(roots=True)), [["b", "a"], False, ["a", "b"], None, False]),
        (asked("a", tests=Tests(every=True)), [["a"], True, True, None, False]),
        (asked("a", deprecated=True), [["a"], True, False, None, True]),
        (asked("a", jobs=4, force=True), [["a"], True, False, None, False]),
    ],
)
def test_what_tells_questions_apart(question: Question, told: list[Any]) -> None:
    assert question.facts() == [*told, None, [], []]


def test_separate_roots_keep_the_tests_of_all() -> None:
    parts = asked("a", "b", tests=Tests(roots=True)).parts()
    assert [[root.text for root in part.roots] for part in parts] == [["a"], ["b"]]
    assert all(part.options.tests.names == {"a", "b"} for part in parts)
    together = asked("a", "b", unify=Unify.TOGETHER)
    assert together.parts() == [together]


def test_a_root_needs_a_name() -> None:
    with pytest.raises(UsageError, match="does not name a package"):
        asked("+pic")
