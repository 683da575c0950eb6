"""Small repositories for the tests of the recipe layer."""

from __future__ import annotations

import os
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

import pytest

from spack.recipes.finding.repositories import Repository
from spack.recipes.records.record_cache import RecordCache
from spack.recipes.repository_names import class_name_of, directory_of

HEAD = "from spack.package import *\n\n\n"

MakeRepository = Callable[..., Repository]


def aged(path: Path, text: str) -> None:
    """Write a file that was changed a while ago: its records may be kept."""
    path.write_text(text, encoding="utf-8")
    changed = time.time_ns() - 60 * 10**9
    os.utime(path, ns=(changed, changed))


def write_recipe(folder: Path, body: str, *, bases: str = "Package", name: str = "") -> Path:
    """Write the recipe of one package; ``body`` is the class body or, with a class, the file."""
    folder.mkdir(parents=True, exist_ok=True)
    text = textwrap.dedent(body).strip("\n")
    if "class " not in text:
        indented = textwrap.indent(text or "pass", "    ")
        text = f"{HEAD}class {class_name_of(name)}({bases}):\n{indented}\n"
    path = folder / "package.py"
    aged(path, text + "\n")
    return path


@pytest.fixture
def make_repository(tmp_path: Path) -> MakeRepository:
    """Make a repository from class bodies: ``make_repository({"zlib": 'version("1")'})``."""

    def make(
        recipes: Mapping[str, str],
        *,
        namespace: str = "sample",
        cache: str | None = None,
        place: Path | None = None,
        attributes: dict[str, dict[str, Any]] | None = None,
    ) -> Repository:
        root = (place or tmp_path) / "spack_repo" / namespace
        root.mkdir(parents=True, exist_ok=True)
        aged(root / "repo.yaml", f"repo:\n  namespace: {namespace}\n  api: v2.2\n")
        (root / "packages").mkdir(exist_ok=True)
        for name, body in recipes.items():
            write_recipe(root / "packages" / directory_of(name), body, name=name)
        return Repository(
            str(root), cache=RecordCache(cache, workers=1), package_attributes=attributes
        )

    return make


@pytest.fixture
def package_class(make_repository: MakeRepository) -> Callable[..., Any]:
    """The class made of one class body: ``package_class('version("1")')``."""

    def make(body: str, name: str = "thing", **others: str) -> Any:
        recipes = {name: body}
        recipes.update({key.replace("_", "-"): text for key, text in others.items()})
        return make_repository(recipes).package_class(name)

    return make
