"""``spack create``, ``checksum`` and ``versions``: recipes from archives."""

from __future__ import annotations

import hashlib
import json
import shutil
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
    assert (
        "checksums differ from the recipe" in spack("checksum", "--verify", "gadget", "1.0").stderr
    )


def test_from_a_template(spack: Run, tmp_path: Path) -> None:
    root = make_repository(tmp_path / "recipes")
    words = ("create", "--skip-editor", "-t", "python", "-r", str(root))
    assert spack(*words).returncode == 2
    assert spack(*words, "-n", "py-thing").returncode == 0
    text = (root / "packages" / "py_thing" / "package.py").read_text()
    assert "class PyThing(PythonPackage):" in text


def test_dependencies_of_the_sources_are_guessed(spack: Run, tmp_path: Path) -> None:
    root = make_repository(tmp_path / "recipes")
    assert spack("repo", "add", str(root)).returncode == 0
    tree = tmp_path / "widget-2.0"
    tree.mkdir()
    (tree / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(widget C)\n"
        "find_package(Base 1.0)\nfind_package(Unheard)\n"
    )
    archive = shutil.make_archive(str(tree), "gztar", tmp_path, "widget-2.0")
    made = spack("create", "--keep-stage", "--skip-editor", Path(archive).as_uri())
    assert made.returncode == 0, made.stderr
    assert "the sources are in" in made.stderr
    kept = Path(made.stderr.split("sources are in ")[1].split()[0])
    assert (kept / "tree" / "widget-2.0" / "CMakeLists.txt").is_file()
    shutil.rmtree(kept)
    text = (root / "packages" / "widget" / "package.py").read_text()
    lines = map(str.strip, text.splitlines())
    body = [line for line in lines if line.startswith(("depends_on", "#"))]
    assert body == [
        'depends_on("c", type="build")',
        'depends_on("cmake@3.20:", type="build")',
        'depends_on("base@1.0:")',
        "# There is no recipe yet for unheard.",
    ]
    assert spack("spec", "widget").stderr.count("Traceback") == 0


def test_checksum_can_keep_what_it_fetched(spack: Run, tmp_path: Path) -> None:
    root = make_repository(tmp_path / "recipes")
    assert spack("repo", "add", str(root)).returncode == 0
    archive = make_archive(tmp_path / "archives", "gadget", "1.0")
    assert spack("create", "--skip-editor", archive.as_uri()).returncode == 0
    done = spack("checksum", "--keep-stage", "--json", "gadget", "1.0")
    assert json.loads(done.stdout)[0]["version"] == "1.0"
    kept = Path(done.stderr.split("files are in ")[1].split()[0])
    assert (kept / "1.0" / "gadget-1.0.tar.gz").read_bytes() == archive.read_bytes()
    shutil.rmtree(kept)
