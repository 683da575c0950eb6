"""Recipes of Python packages put their files into views in their own way.

The embedded ones always, the public ones with SPACK_PUBLIC_RECIPES.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec
from spack.language.versions import Version
from spack.recipes.bound.bound_spec import bind_all
from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.recipes.records.record_cache import RecordCache
from spack.views.descriptors import ViewDescriptor
from spack.views.generation import AddFiles
from spack.views.stand_alone import StandAloneView


class Store:
    """Prefixes by name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prefix(self, spec: ConcreteSpec) -> str:
        return str(self.root / spec.name)


def node(name: str, version: str, build_system: str, *edges: ConcreteEdge) -> ConcreteSpec:
    return ConcreteSpec(
        name,
        Version(version),
        Architecture("linux", "debian12", "x86_64"),
        namespace="builtin",
        variants={"build_system": build_system},
        dependencies=edges,
    )


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


@pytest.fixture(params=["embedded", "public"])
def recipes(request: pytest.FixtureRequest, root: Path) -> Path:
    """The folder with ``spack_repo``."""
    if request.param == "embedded":
        return root / "var" / "spack" / "repos"
    place: Path = request.getfixturevalue("public_recipes")
    return place


def test_scripts_of_python_packages_82_83(recipes: Path, tmp_path: Path) -> None:
    """Activation scripts and programs name the view, their links lead to copies."""
    cache = RecordCache(str(tmp_path / "records"), workers=1)
    repository = Repository(str(recipes / "spack_repo" / "builtin"), cache=cache)
    repositories = RepositoryPath([repository])
    repositories.serve()
    used = deptypes.BUILD | deptypes.RUN
    python = node("python", "3.11.2", "generic")
    venv = node("python-venv", "1.0", "generic", ConcreteEdge(python, used))
    edges = (ConcreteEdge(python, used), ConcreteEdge(venv, used))
    tool = node("py-six", "1.16.0", "python_pip", *edges)
    store = Store(tmp_path / "store")
    for spec in (python, venv, tool):
        write(Path(store.prefix(spec)) / ".spack" / "spec.json", "{}")
    interpreter = f"{store.prefix(venv)}/bin/python3"
    write(Path(store.prefix(venv)) / "bin" / "activate", f"VIRTUAL_ENV={store.prefix(venv)}\n")
    write(Path(store.prefix(venv)) / "pyvenv.cfg", "home = /usr/bin\n")
    programs = Path(store.prefix(tool)) / "bin"
    write(programs / "run", f"#!{interpreter}\nprint(1)\n", 0o755)
    (programs / "again").symlink_to("run")
    write(programs / "notes", f"#!{interpreter}\n")
    write(Path(store.prefix(tool)) / "lib" / "python3.11" / "site-packages" / "six.py", "")
    views = dict(
        zip(
            ("python", "python-venv", "py-six"), bind_all([python, venv, tool], store, repositories)
        )
    )

    def own_way(spec: ConcreteSpec) -> AddFiles | None:
        method: Any = views[spec.name].package.add_files_to_view
        return None if spec is python else method

    root = tmp_path / "view"
    made = StandAloneView(ViewDescriptor("v", str(root)), store.prefix, own_way)
    assert made.add([tool, venv]) == []
    assert (root / "bin" / "activate").read_text() == f"VIRTUAL_ENV={root}\n"
    assert not (root / "bin" / "run").is_symlink() and os.access(root / "bin" / "run", os.X_OK)
    assert (root / "bin" / "run").read_text() == f"#!{root}/bin/python3\nprint(1)\n"
    assert os.path.realpath(root / "bin" / "again") == os.path.realpath(root / "bin" / "run")
    for linked in ("bin/notes", "pyvenv.cfg", "lib/python3.11/site-packages/six.py"):
        assert (root / linked).is_symlink()
