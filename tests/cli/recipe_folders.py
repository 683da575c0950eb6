"""A small repository of recipes in a git clone, for the tests of the recipe commands."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from pathlib import Path

CONTENT = b"cmake_minimum_required(VERSION 3.10)\n"

RECIPES = {
    "base": """
class Base(Package):
    \"\"\"What others are built on.\"\"\"

    maintainers("ada", "grace")
    tags = ["core"]

    version("2.0", sha256="{a}")
    version("1.0", sha256="{b}")

    variant("fast", default=False, description="Be fast")

    provides("basis@2", when="@2:")
    resource(name="data", url="https://example.com/d.tar.gz", sha256="{c}", when="+fast")
""",
    "host": """
class Host(Package):
    \"\"\"Can be extended.\"\"\"

    extendable = True

    version("1.0", sha256="{a}")

    depends_on("basis", type="link")
""",
    "plugin": """
class Plugin(Package):
    \"\"\"Extends host.\"\"\"

    maintainers("ada")

    version("1.0", sha256="{a}")

    extends("host")
    depends_on("base+fast", when="@1:", type="build")
""",
}


def digest(word: str) -> str:
    """A digest for a recipe."""
    return hashlib.sha256(word.encode()).hexdigest()


def make_repository(top: Path) -> Path:
    """A repository ``mine`` below a folder; the folder with ``repo.yaml``."""
    root = top / "spack_repo" / "mine"
    for name, text in RECIPES.items():
        folder = root / "packages" / name
        folder.mkdir(parents=True)
        for letter in "abc":
            text = text.replace("{" + letter + "}", digest(letter))
        module = "spack_repo.builtin.build_systems.generic"
        head = f"from {module} import Package\n\nfrom spack.package import *\n\n"
        (folder / "package.py").write_text(head + text)
    (root / "repo.yaml").write_text("repo:\n  namespace: mine\n  api: v2.2\n")
    return root


def make_git_repository(top: Path) -> None:
    """The same as a git repository with an index file."""
    make_repository(top)
    (top / "spack-repo-index.yaml").write_text("repo_index:\n  paths:\n  - spack_repo/mine\n")
    git(top, "init", "-q", "-b", "main")
    commit(top, "one")


def git(top: Path, *words: str) -> str:
    """Run git in a folder."""
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.com"]
    done = subprocess.run(
        ["git", *identity, *words], cwd=top, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    return done.stdout.strip()


def commit(top: Path, message: str) -> str:
    """Commit everything; the commit."""
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", message)
    return git(top, "rev-parse", "HEAD")


def make_archive(directory: Path, name: str, version: str) -> Path:
    """A source archive that CMake builds."""
    tree = directory / f"{name}-{version}"
    tree.mkdir(parents=True)
    (tree / "CMakeLists.txt").write_bytes(CONTENT)
    path = directory / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(tree, tree.name)
    return path
