"""Commands that want one installed spec, or a new name, and find more."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.work.hand_made import Parts

from spack.errors import AmbiguousError, ExistsError
from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.language.versions import Version
from spack.work.installing import removal
from spack.work.machine.settings_edits import add_mirror
from spack.work.queries import queries
from spack.work.queries.queries import Installed, NoMatchError

ARCH = Architecture("linux", "debian12", "x86_64")
TWO = [Installed(ConcreteSpec("p", Version(v), ARCH), f"/{v}", True) for v in ("1", "2")]


class FakeSession:
    """As much of a session as these functions ask for."""

    environment_name = None


def test_one_of_several_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "find", lambda session, query: TWO)
    with pytest.raises(AmbiguousError, match="2 installed specs match p") as error:
        queries.one_installed(FakeSession(), "p")  # type: ignore[arg-type]
    assert "p@1/" in str(error.value)
    assert queries.one_installed(FakeSession(), "p", first=True) is TWO[0].spec  # type: ignore[arg-type]
    monkeypatch.setattr(queries, "find", lambda session, query: [])
    with pytest.raises(NoMatchError, match="nothing installed matches p"):
        queries.one_installed(FakeSession(), "p")  # type: ignore[arg-type]


def test_uninstall_does_not_guess_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "find", lambda session, query: TWO)
    with pytest.raises(AmbiguousError, match="2 installed specs match p"):
        removal.plan_removal(
            FakeSession(),  # type: ignore[arg-type]
            ["p"],
            all_matches=False,
            dependents=False,
            force=False,
        )


def test_a_mirror_is_not_replaced_by_accident(tmp_path: Path) -> None:
    parts = Parts(tmp_path, {"mirrors": {"local": "/somewhere"}})
    with pytest.raises(ExistsError, match="/somewhere"):
        add_mirror(
            parts.configuration,
            parts.settings.mirrors,
            "local",
            "/elsewhere",
            types=None,
            autopush=False,
            signed=None,
            scope=None,
            access={},
        )
