"""Names, layouts, loading, precedence, errors of repositories."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from spack.recipes.classes.package_class import PackageBase
from spack.recipes.finding.recipe_problems import BrokenRecipeError
from spack.recipes.finding.repositories import (
    Repository,
    RepositoryPath,
    UnknownNamespaceError,
    UnknownPackageError,
)
from spack.recipes.finding.repository_description import RepositoryError, read_description
from spack.recipes.repository_names import (
    class_name_of,
    directory_of,
    is_legal_directory,
    is_recipe_module,
    names_of_module,
    package_of,
)

Make = Callable[..., Any]


@pytest.mark.parametrize(
    "package, directory, class_name",
    [
        ("3proxy", "_3proxy", "_3proxy"),
        ("py-foo_bar", "py_foo_bar", "PyFooBar"),
        ("r-e1071", "r_e1071", "RE1071"),
        ("none", "none", "_None"),
        ("class", "_class", "Class"),
        ("match", "match", "Match"),
        ("a--b", "a__b", "AB"),
        ("pyQt", "pyQt", "Pyqt"),
    ],
)
def test_directories_and_classes(package: str, directory: str, class_name: str) -> None:
    assert directory_of(package) == directory
    assert class_name_of(package) == class_name


@pytest.mark.parametrize(
    "directory, legal",
    [
        ("zlib", True),
        ("_3proxy", True),
        ("_class", True),
        ("class", False),
        ("foo__bar", False),
        ("_zlib", False),
        ("Zlib", False),
        ("3proxy", False),
    ],
)
def test_legal_directories(directory: str, legal: bool) -> None:
    assert is_legal_directory(directory) is legal


def test_names_of_modules() -> None:
    assert names_of_module("spack_repo.a.b.packages._3proxy.package") == ("a.b", "3proxy")
    assert names_of_module("spack.pkg.old.py_foo") == ("old", "py-foo")
    assert names_of_module("spack_repo.a.build_systems.cmake") == (None, None)
    assert package_of("_3proxy") == "3proxy"
    assert not is_recipe_module("os.path")


def test_classes_know_their_names_and_places(make_repository: Make) -> None:
    repository = make_repository({"3proxy": 'version("1")'})
    before = list(sys.path)
    cls = repository.package_class("3proxy")
    assert sys.path == before
    assert (cls.name, cls.namespace, cls.fullname) == ("3proxy", "sample", "sample.3proxy")
    assert cls.__module__ == "spack_repo.sample.packages._3proxy.package"
    assert cls.package_dir == repository.package_dir("3proxy")
    assert issubclass(cls, PackageBase)
    assert not list(Path(repository.root).rglob("__pycache__"))


def test_recipes_may_inherit_from_recipes_of_other_repositories(
    make_repository: Make, tmp_path: Path
) -> None:
    first = make_repository({"base": 'conflicts("+x")'}, namespace="one", place=tmp_path / "1")
    second = make_repository(
        {
            "heir": """
            from spack.package import *
            from spack_repo.one.packages.base.package import Base


            class Heir(Base):
                pass
            """
        },
        namespace="two",
        place=tmp_path / "2",
    )
    cls = RepositoryPath([second, first]).package_class("heir")
    assert cls.fullnames == ["two.heir", "one.base"]
    assert len(cls.conflicts) == 1


def test_the_first_repository_wins_and_qualified_names_are_exact(
    make_repository: Make, tmp_path: Path
) -> None:
    first = make_repository({"zlib": 'version("2")'}, namespace="one", place=tmp_path / "1")
    second = make_repository(
        {"zlib": 'version("1")', "curl": 'version("8")\nprovides("http")'},
        namespace="two",
        place=tmp_path / "2",
    )
    path = RepositoryPath([first, second])
    assert path.record("zlib").namespace == "one"
    assert path.record("two.zlib").namespace == "two"
    assert path.package_class("two.zlib").fullname == "two.zlib"
    assert path.repository_of("curl") is second
    assert path.repository_of("nothing") is first
    assert path.all_names() == ("curl", "zlib")
    assert path.exists("two.curl") and not path.exists("one.curl")
    assert not path.exists("three.curl")
    assert path.providers("http") == ("curl",)
    assert path.is_virtual("http") and not path.is_virtual("zlib")
    with pytest.raises(UnknownNamespaceError, match="three"):
        path.record("three.zlib")
    with pytest.raises(UnknownPackageError, match="zlip") as caught:
        path.record("zlip")
    assert caught.value.hint == "did you mean zlib?"


def test_two_folders_of_one_namespace_in_one_process(make_repository: Make, tmp_path: Path) -> None:
    old = make_repository({"zlib": 'version("1")'}, place=tmp_path / "1")
    new = make_repository({"zlib": 'version("2")'}, place=tmp_path / "2")
    assert [str(v) for v in old.package_class("zlib").versions] == ["1"]
    assert [str(v) for v in new.package_class("zlib").versions] == ["2"]


def test_broken_recipes_say_where_and_leave_others_alone(make_repository: Make) -> None:
    repository = make_repository(
        {
            "syntax": "class Syntax(Package:\n    pass",
            "absent": "class Other: pass",
            "number": "from spack.package import *\nclass Other: pass\nNumber = 1",
            "good": 'version("1")',
        }
    )
    with pytest.raises(BrokenRecipeError) as caught:
        repository.package_class("syntax")
    assert caught.value.origin is not None and caught.value.origin.line == 1
    assert "sample.syntax" in str(caught.value)
    with pytest.raises(BrokenRecipeError, match="defines no class Absent"):
        repository.package_class("absent")
    with pytest.raises(BrokenRecipeError, match="not a package class"):
        repository.package_class("number")
    assert repository.record("good").name == "good"
    assert set(repository.index().broken()) == {"syntax", "absent", "number"}
    with pytest.raises(BrokenRecipeError):
        repository.record("syntax")
    with pytest.raises(UnknownPackageError):
        repository.package_class("nowhere")


def test_configured_attributes_are_set_and_undone(make_repository: Make) -> None:
    plain = make_repository({"zlib": 'parallel = False\nversion("1")'})
    changed = Repository(plain.root, package_attributes={"zlib": {"parallel": True, "new": 1}})
    assert changed.package_class("zlib").parallel is True
    assert changed.package_class("zlib").new == 1
    assert plain.package_class("zlib").parallel is False
    assert not hasattr(plain.package_class("zlib"), "new")


@pytest.mark.parametrize(
    "place, text, message",
    [
        ("spack_repo/y", "repo:\n  namespace: x\n  api: v2.0\n", "does not match the directory"),
        ("elsewhere/y", "repo:\n  api: v2.0\n", "spack_repo"),
        ("spack_repo/y", "repo:\n  api: v9.0\n", "v9.0"),
        ("spack_repo/y", "repo:\n  api: two\n", "two"),
        ("spack_repo/y", "repo: [1\n  - 2", "cannot read"),
        ("y", "repo:\n  subdirectory: p\n", "no namespace"),
        ("y", "repo:\n  namespace: 'a b'\n", "is not a valid namespace"),
    ],
)
def test_wrong_descriptions(tmp_path: Path, place: str, text: str, message: str) -> None:
    folder = tmp_path / place
    folder.mkdir(parents=True)
    (folder / "repo.yaml").write_text(text)
    with pytest.raises(RepositoryError, match=message):
        read_description(str(folder))


def test_no_description(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="no repository"):
        read_description(str(tmp_path))


def test_a_description_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "repo.yaml").write_text("repo: {namespace: mine, subdirectory: pkgs}\n")
    description = read_description(str(tmp_path))
    assert (description.namespace, description.subdirectory) == ("mine", "pkgs")


def test_namespace_follows_from_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "spack_repo" / "site" / "hpc"
    folder.mkdir(parents=True)
    (folder / "repo.yaml").write_text("# ours\nrepo:\n  api: v2.2  # new\n  subdirectory: 'pkgs'\n")
    description = read_description(str(folder))
    assert description == ("site.hpc", "pkgs", (2, 2), "")


def test_layout_1_sees_build_systems_without_import(make_repository: Make, tmp_path: Path) -> None:
    builtin = make_repository({}, namespace="builtin", place=tmp_path / "new")
    systems = Path(builtin.root, "build_systems")
    systems.mkdir()
    (systems / "_package_api_v1.py").write_text(
        "from spack.package import Package, Tuple\n\n\nclass CMakePackage(Package):\n    pass\n"
    )
    old = tmp_path / "old"
    recipe = old / "packages" / "py-thing" / "package.py"
    recipe.parent.mkdir(parents=True)
    (old / "repo.yaml").write_text("repo:\n  namespace: old\n")
    recipe.write_text(
        "from spack.package import *\n\n\nclass PyThing(CMakePackage):\n    version('1')\n"
    )
    path = RepositoryPath([Repository(str(old)), builtin])
    cls = path.package_class("py-thing")
    assert cls.fullname == "old.py-thing"
    assert cls.__module__ == "spack.pkg.old.py_thing"
    assert path.record("py-thing").versions[0].origin.line == 5


def test_imports_past_the_facade(make_repository: Make) -> None:
    repository = make_repository(
        {
            "odd": """
            import spack.util.environment as envutil
            from spack import *
            from spack.install_test import SkipTest
            from spack.package import *
            from spack.util.environment import EnvironmentModifications, set_env
            from spack.util.executable import which


            class Odd(Package):
                flag = envutil.is_system_path("/usr/lib")

                def find(self):
                    from spack.detection import by_path

                    return by_path
            """
        }
    )
    cls = repository.package_class("odd")
    assert cls.flag is True
    assert callable(cls.find(None))


def test_recipes_of_virtuals_are_no_packages(make_repository: Make) -> None:
    repository = make_repository(
        {"mpi": "virtual = True", "openmpi": 'version("5")\nprovides("mpi")'}
    )
    path = RepositoryPath([repository])
    assert path.all_names() == ("openmpi",) and not path.exists("mpi")
    assert path.is_virtual("mpi") and path.virtuals() == ["mpi"]
    assert path.record("mpi").virtual and path.package_class("mpi").virtual
