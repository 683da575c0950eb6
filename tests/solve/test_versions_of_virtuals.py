"""A condition on a version of a virtual holds if that version is asked for or given for certain."""

from __future__ import annotations

import pytest
from tests.solve.corpus import concretize, flag, names, package, world

from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import World

ANY = package("any-pil", provides=["pil"])
NEW = package("new-pil", provides=["pil@8.1:"])
OLD = package("old-pil", provides=["pil@:7"])


def conflicting(*others: str) -> World:
    """An application that excludes one version of what it needs, and a user of it."""
    app = package("app", depends=["pil"], conflicts=[("^pil@8.3", None, None)])
    user = package("user", depends=["app", *others])
    return world([app, user, ANY])


def test_a_provider_that_gives_no_version_does_not_clash() -> None:
    assert names(concretize(conflicting(), "app")) == ["any-pil", "app"]


def test_it_satisfies_what_asks_for_a_version() -> None:
    asking = package("asking", depends=["pil@9:"])
    assert names(concretize(world([asking, ANY]), "asking")) == ["any-pil", "asking"]


def test_it_clashes_where_somebody_asks_for_that_version() -> None:
    assert "user" in names(concretize(conflicting("pil@8:"), "user"))  # 8 is not 8.3
    with pytest.raises(UnsatisfiableRequestError):
        concretize(conflicting("pil@8.3"), "user")


def test_a_request_asks_too() -> None:
    assert "any-pil" in names(concretize(conflicting(), "app ^pil@8.2"))
    with pytest.raises(UnsatisfiableRequestError):
        concretize(conflicting(), "app ^pil@8.3")


def test_a_provider_with_a_range_gives_one_of_its_versions() -> None:
    app = package("app", depends=["pil"], conflicts=[("^pil@8:", None, None)])
    assert names(concretize(world([app, OLD]), "app")) == ["app", "old-pil"]
    with pytest.raises(UnsatisfiableRequestError):
        concretize(world([app, NEW]), "app")


def test_a_conditional_dependency() -> None:
    app = package("app", depends=["pil", ("extra", "link", "^pil@8:")])
    extra = package("extra")
    assert "extra" not in names(concretize(world([app, extra, ANY]), "app"))
    assert "extra" not in names(concretize(world([app, extra, OLD]), "app"))
    assert "extra" in names(concretize(world([app, extra, NEW]), "app"))


def test_a_conditional_variant() -> None:
    app = package("app", depends=["pil"], variants=[flag("fast", False, "^pil@8:")])
    assert "any-pil" in names(concretize(world([app, ANY]), "app"))
    with pytest.raises(UnsatisfiableRequestError):
        concretize(world([app, ANY]), "app+fast")
    assert "new-pil" in names(concretize(world([app, NEW]), "app+fast"))
