"""Requirements that hold below a certain package: ``when: root ^[deptypes=link,run] p``."""

from __future__ import annotations

from typing import Any

import pytest
from tests.solve.corpus import concretize, flag, node, package, world
from tests.solve.scenario_parts import require

from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import World

#: app -> lib -> base; app builds with tool, which links base as well.
RECIPES = (
    package(
        "app",
        variants=[flag("l", True)],
        depends=[("lib", "build,link", "+l"), ("tool", "build"), "mid"],
    ),
    package("mid", depends=["lib"]),
    package("lib", "2.0", "1.0", depends=["base", ("tool", "build")]),
    package("tool", "2.0", "1.0", depends=["base"]),
    package("base", "2.0", "1.0", variants=[flag("z", False)]),
    package("other", depends=["base"]),
)


def below(name: str, wanted: str, when: str) -> World:
    return world(RECIPES, preferences={name: require(wanted, when=when)})


def version(here: World, root: str, name: str) -> str:
    versions: list[str] = []
    for lazy in (True, False):
        versions.append(str(node(concretize(here, root, lazy=lazy), name).version))
    assert versions[0] == versions[1]
    return versions[0]


@pytest.mark.parametrize(
    "name, when, root, expected",
    [
        ("base", "app ^[deptypes=link,run] base", "app", "1.0"),
        ("base", "app ^[deptypes=link,run] base", "other", "2.0"),
        ("base", "lib ^[deptypes=link,run] base", "app", "1.0"),
        ("base", "tool ^[deptypes=link,run] base", "app", "1.0"),
        ("base", "nothing ^[deptypes=link,run] base", "app", "2.0"),
        ("tool", "app ^[deptypes=link,run] tool", "app", "2.0"),
        ("lib", "app ^[deptypes=link,run] base", "app", "1.0"),
        ("lib", "app ^[deptypes=link,run] other", "app", "2.0"),
        # What the condition says of the two packages must hold.
        ("base", "app~l ^[deptypes=link,run] base", "app", "2.0"),
        ("base", "app~l ^[deptypes=link,run] base", "app~l", "1.0"),
        ("base", "app ^[deptypes=link,run] base+z", "app", "2.0"),
        ("base", "app ^[deptypes=link,run] base+z", "app ^base+z", "1.0"),
        # Another package may be named in this form only.
        ("base", "app", "app", "2.0"),
        ("base", "app ^base", "app", "2.0"),
        ("base", "app ^[deptypes=link] base", "app", "2.0"),
        ("lib", "lib@2", "app", "1.0"),
        ("lib", "^base@2", "app", "1.0"),
        ("app", "app ^[deptypes=link,run] base", "app", "1.0"),
    ],
)
def test_where_a_requirement_holds(name: str, when: str, root: str, expected: str) -> None:
    # A one-sided requirement that contradicts its own condition moves the condition instead.
    if (name, when) == ("lib", "lib@2"):
        here = world(RECIPES, preferences={"lib": require("@1.0", when="@2")})
    else:
        here = below(name, "@1.0", when)
    assert version(here, root, name) == expected


def test_one_requirement_for_all_holds_below_the_root_only() -> None:
    here = below("all", "@1.0", "app ^[deptypes=link,run] base")
    assert version(here, "app", "lib") == "1.0"
    assert version(here, "app", "base") == "1.0"
    assert version(here, "app", "tool") == "2.0"


def test_a_requirement_below_a_root_makes_values_set() -> None:
    """A value that such a requirement demands is no deviation from the default."""
    here = below("base", "+z", "app ^[deptypes=link,run] base")
    solution = concretize(here, "app")
    assert node(solution, "base").variants["z"] is True
    assert 250 not in solution.costs


def test_a_requirement_that_cannot_hold_is_named() -> None:
    here = below("base", "@1.0", "app ^[deptypes=link,run] base")
    with pytest.raises(UnsatisfiableRequestError) as caught:
        concretize(here, "app ^base@2.0")
    texts: list[Any] = [reason.text for reason in caught.value.reasons]
    assert any("base requires @1.0 when app ^[deptypes=" in text for text in texts), texts
