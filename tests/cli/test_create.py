"""``spack create``, ``checksum`` and ``versions``: recipes from archives."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .conftest import Run
from .recipe_folders import make_archive, make_repository


def test_from_an_archive_to_new_versions(spack: Run, tmp_path: Path) -> None:
    root = make_repository(tmp_path / "recipes")
    assert spack("repo", "add", str(root)).returncode == 0
    folder = tmp_path / "archives"
    first = make_archive(folder, "gadget", "1.0")
    made = spack("create", "--skip-editor", first.as_uri())
    assert made.returncode == 0, made.stderr
    recipe = root / "packages" / "gadget" / "package.py"
    text = recipe.read_text()
    assert "class Gadget(CMakePackage):" in text
    assert hashlib.sha256(first.read_bytes()).hexdigest() in text
    assert spack("create", "--skip-editor", first.as_uri()).returncode == 1
    second = make_archive(folder, "gadget", "1.1")
    found = json.loads(spack("versions", "--json", "gadget").stdout)
    assert found == {"safe": ["1.0"], "remote": ["1.1"]}
    assert spack("versions", "--new", "gadget").stdout == "1.1\n"
    added = spack("checksum", "--add-to-package", "gadget")
    assert added.returncode == 0, added.stderr
    lines = [line for line in recipe.read_text().splitlines() if "version(" in line]
    assert [line.split('"')[1] for line in lines] == ["1.1", "1.0"]
    assert hashlib.sha256(second.read_bytes()).hexdigest() in lines[0]
    assert spack("checksum", "--verify", "gadget", "1.0", "1.1").returncode == 0
    first.write_bytes(second.read_bytes())
    assert "not those of the recipe" in spack("checksum", "--verify", "gadget", "1.0").stderr


def test_from_a_template(spack: Run, tmp_path: Path) -> None:
    root = make_repository(tmp_path / "recipes")
    words = ("create", "--skip-editor", "-t", "python", "-r", str(root))
    assert spack(*words).returncode == 2
    assert spack(*words, "-n", "py-thing").returncode == 0
    text = (root / "packages" / "py_thing" / "package.py").read_text()
    assert "class PyThing(PythonPackage):" in text
