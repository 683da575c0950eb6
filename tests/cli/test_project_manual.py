"""The example of the manual about projects, as it stands there, over the public recipes."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path

import pytest
from tests.cli.test_projects import Project
from tests.clone import ROOT
from tests.end_to_end.small_instance import Instance

PAGE = ROOT / "lib" / "spack" / "docs" / "howto" / "projects.rst"
RECIPES = os.environ.get("SPACK_PUBLIC_RECIPES", "")


def _example() -> str:
    """The first block of YAML of the page."""
    after = PAGE.read_text().split(".. code-block:: yaml\n", 1)[1]
    lines = after.splitlines()
    end = next(n for n, line in enumerate(lines) if line and not line.startswith(" "))
    return textwrap.dedent("\n".join(lines[:end]))


@pytest.mark.skipif(not RECIPES, reason="needs SPACK_PUBLIC_RECIPES")
def test_eight_environments_from_versions_of_two_packages(
    instance: Instance, tmp_path: Path
) -> None:
    project = Project(instance, tmp_path / "project")
    repository = Path(RECIPES) / "spack_repo" / "builtin"
    project.write(f"{_example()}  repos:: {{builtin: {repository}}}\n")
    project.ok("concretize", "-q")
    lock = project.lock
    assert len(lock["environments"]) == 8
    for name in lock["environments"]:
        python, numpy = name.split("-")
        roots = project.roots(name)
        minor = python[3:]
        assert roots[f"python@3.{minor}"]["version"].startswith(f"3.{minor}.")
        assert roots[f"py-numpy@{numpy[-1]}"]["version"].startswith(numpy[-1])
        nodes = [n for n in lock["concrete_specs"].values() if name in n["environments"]]
        assert len([n for n in nodes if n["name"] == "python"]) == 1
    text = json.dumps(lock)
    project.ok("concretize", "--locked")
    assert json.dumps(project.lock) == text
