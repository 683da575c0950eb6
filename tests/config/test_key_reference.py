"""Every configuration key has a description, and the manual lists them all."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from spack.config.scopes.effects import WITHOUT_EFFECT
from spack.config.scopes.validation import SECTIONS

DOCS = Path(__file__).parents[2] / "lib" / "spack" / "docs"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """The script that writes the page."""
    spec = importlib.util.spec_from_file_location(
        "configuration_keys", DOCS / "configuration_keys.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_has_a_description(reference: ModuleType, section: str) -> None:
    keys = reference.keys(section)
    assert keys
    bad = [k.path for k in keys if not k.description or not k.description.endswith(".")]
    assert bad == []


def test_the_page_is_up_to_date(reference: ModuleType) -> None:
    """Otherwise: python lib/spack/docs/configuration_keys.py."""
    assert reference.PAGE.read_text(encoding="utf-8") == reference.rst()


@pytest.mark.parametrize("path", WITHOUT_EFFECT)
def test_keys_without_effect_say_so(reference: ModuleType, path: str) -> None:
    wanted = path.replace("*", "NAME")
    below = [
        key
        for key in reference.keys(path.partition(":")[0])
        if key.path == wanted or key.path.startswith(f"{wanted}:")
    ]
    assert below
    assert [k.path for k in below if "Ignored in this version" not in k.description] == []


@pytest.mark.parametrize("path", WITHOUT_EFFECT)
def test_the_page_of_limits_names_keys_without_effect(path: str) -> None:
    page = " ".join((DOCS / "limits.rst").read_text(encoding="utf-8").split())
    side = "|".join(f":{name}:" for name in ("fetch", "push"))
    assert f"``{re.sub(side, ':', path.replace('*', 'NAME'))}``" in page
