"""Private repositories of sites: layout 1, imports past the facade, files beside the recipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.clone import SOURCE

from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.recipes.finding.repository_description import RepositoryError, read_description
from spack.recipes.finding.shims import UnavailableNameError, replacements

#: Statements of recipes -> an expression that is then true in the module.
IMPORTS = {
    "from llnl.util import tty": "callable(tty.info)",
    "import llnl.util.tty as tty": "callable(tty.warn) and callable(tty.debug)",
    "import llnl.util.filesystem as fs": "fs.mkdirp is mkdirp",
    "from llnl.util.filesystem import FileFilter, working_dir": "callable(working_dir)",
    "from llnl.util.lang import classproperty, dedupe": "list(dedupe([1, 1])) == [1]",
    "import spack.llnl.util.tty as tty": "callable(tty.msg)",
    "from spack.llnl.util.filesystem import install_tree": "callable(install_tree)",
    "import spack.util.environment": "spack.util.environment.set_env is set_env",
    "from spack.util.environment import EnvironmentModifications as E": (
        "E is EnvironmentModifications"
    ),
    "from spack.util.executable import which, ProcessError": "issubclass(ProcessError, Exception)",
    "from spack.util.prefix import Prefix": "Prefix('/a').bin == '/a/bin'",
    "from spack.util.git import git": "git is not None",
    "import spack.util.tty as tty": "callable(tty.die)",
    "import spack.platforms": "spack.platforms.host().name",
    "from spack.operating_systems.mac_os import macos_version": "callable(macos_version)",
    "from spack.operating_systems.linux_distro import kernel_version": "callable(kernel_version)",
    "from spack.version import Version, ver": "Version('1.2') < Version('1.10') in ver('1:2')",
    "from spack.version.version_types import VersionList": "VersionList",
    "from spack.error import NoHeadersError, SpackError": "issubclass(NoHeadersError, SpackError)",
    "from spack.error import NeverHeardOfError": "issubclass(NeverHeardOfError, Exception)",
    "from spack.build_environment import dso_suffix, stat_suffix": (
        "dso_suffix in ('so', 'dylib') and stat_suffix == 'a'"
    ),
    "from spack.build_environment import optimization_flags": "callable(optimization_flags)",
    "import spack.user_environment as uenv": "uenv.environment_modifications_for_specs",
    "from spack.package_base import PackageBase": "issubclass(Package, PackageBase)",
    "from spack.package_test import compare_output_file, compile_c_and_execute": (
        "callable(compare_output_file)"
    ),
    "import spack.builder": "spack.builder.run_after is run_after",
    "from spack.directives import depends_on as d": "d is depends_on",
    "from spack.spec import Spec": "str(Spec('a@1')) == 'a@1'",
    "from spack.store import STORE": "STORE is not None",
    "from spack.patch import apply_patch": "callable(apply_patch)",
    "from spack.fetch_strategy import URLFetchStrategy": "URLFetchStrategy is not None",
    "import spack.paths": "spack.paths.prefix + '/bin' == spack.paths.bin_path",
    "from spack.compilers.libraries import CompilerPropertyDetector as C": "callable(C)",
    "from spack.build_systems.cmake import CMakeBuilder": "CMakeBuilder",
    "import spack.build_systems.autotools": "spack.build_systems.autotools.AutotoolsBuilder",
    "from spack.build_systems import makefile": "makefile.MakefilePackage is MakefilePackage",
    "from spack.pkg.builtin.zlib import Zlib as Z": "Z is not None",
    "import spack.pkg.builtin.zlib": "spack.pkg.builtin.zlib.Zlib",
    "from spack.pkg.site.first_base import FirstBase": "FirstBase.mark == 'first'",
    "from spack.pkg.site.num7zip import _7zip": "_7zip",
}


def recipe(name: str, body: str = "", before: str = "", base: str = "Package") -> str:
    return f"{before}\nfrom spack.package import *\n\nclass {name}({base}):\n    {body or 'pass'}\n"


class Site:
    """A repository of layout 1 above one of layout 2."""

    def __init__(self, top: Path, embedded: Path) -> None:
        self.root = top / "site"
        self.builtin = top / "spack_repo" / "builtin"
        (self.builtin / "packages" / "zlib").mkdir(parents=True)
        (self.builtin / "repo.yaml").write_text("repo:\n  namespace: builtin\n  api: v2.2\n")
        (self.builtin / "build_systems").symlink_to(embedded / "build_systems")
        own = recipe(
            "Zlib", "version('1')", "from spack_repo.builtin.build_systems.generic import *"
        )
        (self.builtin / "packages" / "zlib" / "package.py").write_text(own)
        self.root.mkdir()
        (self.root / "repo.yaml").write_text("repo:\n  namespace: site\n")
        self.write("first-base", recipe("FirstBase", "mark = 'first'"))
        self.write("7zip", recipe("_7zip"))

    def write(self, name: str, text: str, **files: str) -> None:
        folder = self.root / "packages" / name
        folder.mkdir(parents=True)
        (folder / "package.py").write_text(text)
        for file, content in files.items():
            (folder / f"{file}.py").write_text(content)

    def path(self) -> RepositoryPath:
        found = RepositoryPath([Repository(str(self.root)), Repository(str(self.builtin))])
        found.serve()
        return found

    def load(self, name: str) -> Any:
        return self.path().package_class(name)


@pytest.fixture
def site(tmp_path: Path, root: Path) -> Site:
    return Site(tmp_path, root / "var" / "spack" / "repos" / "spack_repo" / "builtin")


def namespace(site: Site, cls: Any) -> dict[str, Any]:
    return vars(sys.modules[cls.__module__])


@pytest.mark.parametrize("statement", IMPORTS)
def test_what_older_recipes_import_is_there(site: Site, statement: str) -> None:
    site.write("asks", recipe("Asks", before=statement))
    cls = site.load("asks")
    assert eval(IMPORTS[statement], dict(namespace(site, cls)))


@pytest.mark.parametrize(
    "use", ["STORE.db.query('x')", "STORE()", "STORE['a']", "bool(STORE)", "spack.config.get('a')"]
)
def test_what_cannot_be_given_fails_when_it_is_used(site: Site, use: str) -> None:
    before = "from spack.store import STORE\nimport spack.config"
    site.write("uses", recipe("Uses", f"def use(self):\n        {use}", before=before))
    cls = site.load("uses")
    with pytest.raises(UnavailableNameError) as caught:
        cls.use(None)
    assert "is not part of what recipes" in str(caught.value)
    assert "from spack.package import *" in (caught.value.hint or "")


def test_packages_of_this_program_keep_their_modules(site: Site) -> None:
    site.path()
    code = "from spack.{} import {}"
    for package, module in (("store", "layout"), ("config", "editing"), ("store", "failures")):
        sys.modules.pop(f"spack.{package}.{module}", None)
        found: dict[str, Any] = {}
        exec(code.format(package, module), found)
        assert found[module].__name__ == f"spack.{package}.{module}"
    with pytest.raises(ImportError):
        exec("from spack.store import nothing_of_the_kind")


def test_a_base_that_cannot_be_given_is_told_with_its_line(site: Site) -> None:
    site.write("heir", recipe("Heir", before="from spack.binary_distribution import X", base="X"))
    with pytest.raises(Exception, match=r"heir/package.py:4: .*spack.binary_distribution.X is not"):
        site.load("heir")


def test_modules_have_what_python_gives_a_module(site: Site) -> None:
    text = "from pathlib import Path\nHERE = Path(__file__).parent"
    reads = "note = (HERE / 'note.py').read_text()"
    site.write("reads", recipe("Reads", reads, before=text), note="beside")
    cls = site.load("reads")
    assert cls.note == "beside"
    module = sys.modules[cls.__module__]
    assert module.__file__ == str(site.root / "packages" / "reads" / "package.py")
    assert module.__spec__ is not None and module.__spec__.origin == module.__file__
    assert module.__loader__ is module.__spec__.loader


def test_a_folder_on_the_search_path_serves_the_recipe_and_hides_nothing(site: Site) -> None:
    games = (
        "import os, sys\nsys.path.insert(0, os.path.dirname(__file__))\nfrom shared_part import *"
    )
    files = {"shared_part": "answer = 42\n", "colorsys": "raise ImportError\n"}
    site.write("plays", recipe("Plays", "number = answer", before=games), **files)
    before = list(sys.path)
    try:
        cls = site.load("plays")
        assert cls.number == 42
        assert sys.path[: len(before)] == before
        import colorsys

        assert "plays" not in (colorsys.__file__ or "")
    finally:
        sys.path[:] = before
        sys.modules.pop("shared_part", None)


def test_a_missing_patch_does_not_hinder_loading(site: Site) -> None:
    site.write("patched", recipe("Patched", "version('1')\n    patch('none.patch', when='@1')"))
    (patch,) = site.path().record("patched").patches
    assert patch.sha256 == ""
    assert patch.path == str(site.root / "packages" / "patched" / "none.patch")
    Path(patch.path).write_text("later")
    (patch,) = site.path().record("patched").patches
    assert len(patch.sha256) == 64


def test_a_folder_of_packages_without_a_description(tmp_path: Path) -> None:
    (tmp_path / "my-recipes" / "packages").mkdir(parents=True)
    with pytest.raises(RepositoryError) as caught:
        read_description(str(tmp_path / "my-recipes"))
    assert "namespace: my_recipes" in (caught.value.hint or "")


def test_what_to_write_instead_of_an_import() -> None:
    source = (
        "import llnl.util.tty as tty\n"
        "from spack.package import *\n"
        "from spack.util.prefix import Prefix\n"
        "from spack.store import STORE\n"
        "def f():\n    from spack.build_environment import dso_suffix\n"
    )
    assert [tuple(found) for found in replacements(source)] == [
        (1, "llnl.util.tty", None),
        (3, "spack.util.prefix.Prefix", "spack.package"),
        (4, "spack.store.STORE", None),
        (6, "spack.build_environment.dso_suffix", None),
    ]


def test_modules_of_this_program_are_found_where_recipes_know_other_names() -> None:
    """Also those that are imported when recipes were loaded already."""
    program = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from spack.recipes.finding.recipe_imports import recipe_finder\n"
        "recipe_finder()\n"
        "for package in ('config', 'store'):\n"
        "    for file in os.listdir(os.path.join(sys.argv[1], 'spack', package)):\n"
        "        name = file[:-3]\n"
        "        if file.endswith('.py') and name != '__init__':\n"
        "            exec(f'from spack.{package} import {name} as found')\n"
        "            assert found.__name__ == f'spack.{package}.{name}'\n"
    )
    library = str(SOURCE / "lib" / "spack")
    subprocess.run([sys.executable, "-c", program, library], check=True)
