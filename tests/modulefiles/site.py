"""A site with a few packages, installed without building: compilers, MPIs, what depends on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.end_to_end.small_instance import HEADER, Instance

#: What stands between the class line and the end of each recipe.
RECIPES: dict[str, str] = {
    "smpi": '''
    """A message passing interface.

    It is small; and it has odd signs: "quotes", $dollars, [brackets] and {braces."""
    provides("mpi")
    depends_on("c", type="build")

    def setup_run_environment(self, env):
        env.set("MPICC", self.prefix.bin.mpicc)
''',
    "ompi": '''
    """Another message passing interface."""
    provides("mpi")
    depends_on("c", type="build")

    def setup_run_environment(self, env):
        env.set("MPICC", self.prefix.bin.mpicc)
''',
    "lin": '''
    """Linear algebra."""
    variant("threads", default=False, description="Threads")
    provides("lapack", "blas")
    depends_on("c", type="build")
''',
    "para": '''
    """Needs MPI."""
    variant("fast", default=True, description="Fast")
    depends_on("c", type="build")
    depends_on("mpi")
    depends_on("plain")
''',
    "solver": '''
    """Needs MPI and LAPACK."""
    depends_on("c", type="build")
    depends_on("mpi")
    depends_on("lapack")
''',
    "plain": '''
    """Needs only a compiler."""
    variant("pic", default=True, description="Position-independent code")
    depends_on("c", type="build")
''',
    "interp": '''
    """An interpreter."""
    extendable = True
    depends_on("c", type="build")

    def setup_dependent_run_environment(self, env, dependent_spec):
        env.prepend_path("INTERP_PATH", dependent_spec.prefix.lib)
''',
    "ext": '''
    """Extends the interpreter."""
    extends("interp")
    depends_on("script", type="run")

    def setup_run_environment(self, env):
        env.append_flags("EXT_FLAGS", "-x y")
        env.unset("EXT_OFF")
''',
    "script": '''
    """Needs no compiler."""
''',
}

SPECS = (
    "plain", "plain@1.0~pic %gcc@11", "para ^smpi", "para ^ompi", "para %gcc@11 ^smpi",
    "solver ^smpi", "ext", "script@2.0",
)  # fmt: skip


def write_recipes(directory: Path) -> Path:
    """Write the recipes; the folder with ``repo.yaml``."""
    root = directory / "spack_repo" / "site"
    for name, body in RECIPES.items():
        folder = root / "packages" / name
        folder.mkdir(parents=True)
        text = f"class {name.capitalize()}(Package):{body}"
        text += '    has_code = False\n    version("2.0")\n    version("1.0")\n'
        (folder / "package.py").write_text(HEADER + text)
    (root / "repo.yaml").write_text("repo:\n  namespace: site\n  api: v2.2\n")
    return root


class Site:
    """An instance with what :data:`SPECS` says, and configurations of module files for it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.root = instance.directory
        self._scopes = 0

    def scope(self, modules: dict[str, Any] | str, folder: Path) -> Path:
        """A configuration scope with a section ``modules``; roots are below the folder."""
        text = modules if isinstance(modules, str) else json.dumps({"modules": modules})
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "modules.yaml").write_text(text.replace("@/", f"{folder}/"))
        return folder

    def hash(self, *query: str) -> str:
        """The short hash of an installed spec."""
        return self.instance.ok("find", "--format", "{hash:7}", *query).strip()


def make_site(directory: Path, cache: Path) -> Site:
    """Install the packages of the site."""
    recipes = write_recipes(directory)
    instance = Instance(directory / "instance", cache, recipes)
    packages = (instance.config / "packages.yaml").read_text()
    second = """\
    - spec: gcc@11.4.0 languages:='c,c++'
      prefix: /opt/gcc-11
      extra_attributes:
        compilers:
          c: /usr/bin/gcc
          cxx: /usr/bin/g++
"""
    packages = packages.replace("  gmake:\n", second + "  gmake:\n")
    (instance.config / "packages.yaml").write_text(packages)
    for spec in SPECS:
        instance.ok("install", "--fake", *spec.split())
    return Site(instance)
