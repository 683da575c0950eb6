"""The form in which a build finds its job server."""

from __future__ import annotations

import pytest
from tests.install.graphs import external, node

from spack.builds.build_tools import takes_jobs_by_path
from spack.language.concrete_specs import ConcreteSpec

NEW_MAKE, OLD_MAKE = node("gmake", version="4.4.1"), node("gmake", version="4.3")
NEW_NINJA, OLD_NINJA = node("ninja", version="1.13.0"), node("ninja", version="1.12.1")


@pytest.mark.parametrize(
    ("tools", "by_path"),
    [
        ([], False),
        ([NEW_MAKE], True),
        ([OLD_MAKE], False),
        ([external("gmake", "/usr", version="4.4.1")], False),
        ([NEW_NINJA], True),
        ([OLD_NINJA], False),
        ([NEW_MAKE, OLD_NINJA], True),
        ([OLD_MAKE, NEW_NINJA], False),
        ([node("meson", OLD_MAKE), NEW_MAKE], False),
    ],
)
def test_old_tools_are_given_descriptors(tools: list[ConcreteSpec], by_path: bool) -> None:
    assert takes_jobs_by_path(node("app", *tools)) is by_path
