"""A site with installed packages, made once in a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.fixtures import shared_cache  # noqa: F401
from tests.modulefiles.site import Site, make_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Site:  # noqa: F811
    """A site; only look at its store."""
    return make_site(tmp_path_factory.mktemp("site"), shared_cache)
