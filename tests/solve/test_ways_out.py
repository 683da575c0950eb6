"""Changes that make a request solvable are found on the program of the refusal, without a solve."""

from __future__ import annotations

import pytest
from tests.solve.corpus import flag, located, package, words, world

from spack.errors import SpackError
from spack.recipes.records.package_records import PackageRecord
from spack.solve import unify
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.unify import solve_roots

GPU = words("gpu", "none", ("none", "70", "80"))._replace(sticky=True)


def records() -> list[PackageRecord]:
    return [
        package("lib", "3.0", "2.0", "1.0", variants=[flag("shared", True)]),
        package("app", depends=["lib@1"]),
        package("top", depends=["deep"], conflicts=[("^lib", None, None)]),
        package("deep", depends=["lib"]),
        package("card", variants=[GPU], conflicts=[("gpu=none", None, "say which gpu")]),
        package("user", depends=["card"]),
        package("fixed", variants=[GPU], conflicts=[("gpu=70", None, None)]),
        package("two", variants=[flag("a", True)], conflicts=[("+a", "@1:", None)]),
    ]


def advice(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Advice for a request, where no solve is needed to know of it."""

    def refuse(*_: object) -> object:
        raise SpackError("not solved here")

    monkeypatch.setattr(unify, "_trial", refuse)
    with pytest.raises(UnsatisfiableRequestError) as caught:
        solve_roots([located(text)], world(records()), lambda spec, patches: "")
    for change in caught.value.relaxations:
        request = change[len("request ") :].partition(" (")[0]
        solve_roots([located(request)], world(records()), lambda spec, patches: "")
    return caught.value.relaxations


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("app ^lib@2", ["request app ^lib", "request app"]),
        ("app ^lib@2~shared", ["request app ^lib~shared", "request app"]),
        ("top ^lib", ["request top"]),
        ("user", ["request user ^card gpu=80 (or another value of gpu)"]),
        ("two+a", ["request two"]),
    ],
)
def test_a_change_is_told_that_the_program_proves(
    text: str, wanted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(advice(text, monkeypatch)) == wanted


def test_a_value_that_was_asked_for_is_no_default_without_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``gpu=70`` is excluded; without it the sticky variant has the value of the recipe."""
    assert advice("fixed gpu=70", monkeypatch) == ("request fixed",)


def test_what_a_request_names_is_part_of_the_cause() -> None:
    """A conflict with ``^lib`` is about direct dependencies, unless the request names lib."""
    solve_roots([located("top")], world(records()), lambda spec, patches: "")
    with pytest.raises(UnsatisfiableRequestError, match=r"\^lib was requested in top \^lib"):
        solve_roots([located("top ^lib")], world(records()), lambda spec, patches: "")
