"""Recipes that are broken in every way: an error with file and line, all others are usable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spack.recipes.finding.recipe_problems import BrokenRecipeError
from spack.recipes.finding.repositories import Repository, RepositoryPath, UnknownPackageError
from spack.recipes.records.record_cache import RecordCache
from spack.recipes.repository_names import class_name_of, directory_of

IMPORT = "from spack.package import *\n"


def body(name: str, *lines: str, base: str = "Package") -> str:
    """A recipe whose first line of the class body is line 3."""
    text = f"{IMPORT}class {class_name_of(name)}({base}):\n"
    return text + "".join(f"    {line}\n" for line in ("has_code = False", *lines))


#: Package -> (recipe, line of the error, words of the message).
BROKEN: dict[str, tuple[str | bytes, int, str]] = {
    "syntax": (body("syntax", "def install(self spec): pass"), 4, "syntax"),
    "indented": (body("indented", "x = 1", "  y = 1"), 5, "indent"),
    "nested": (body("nested", "x = " + "(" * 5000 + ")" * 5000), 4, "nested|memory"),
    "keyword": (body("keyword", 'depends_on("good", tpye="build")'), 4, "tpye"),
    "version-keyword": (body("version-keyword", 'version("1", sha255="a")'), 4, "sha255"),
    "version-range": (body("version-range", 'version("1.0:2")'), 4, "'1.0:2' is not a version"),
    "version-float": (body("version-float", "version(1.5)"), 4, "1.5"),
    "bad-when": (body("bad-when", 'depends_on("good", when="@@")'), 4, "'@' is not followed"),
    "bad-type": (body("bad-type", 'depends_on("good", type="bulid")'), 4, "bulid"),
    "no-spec": (body("no-spec", "depends_on(None)"), 4, "a spec must be a string or a"
        " Spec, not None"),
    "own": (body("own", 'depends_on("own")'), 4, "cannot depend on itself"),
    "no-default": (body("no-default", 'variant("x")'), 4, "has no default"),
    "bytes": (body("bytes").encode() + b"    x = '\xff'\n", 4, "utf-8"),
    "null": (body("null").encode() + b"    x = '\0'\n", 4, "null bytes"),
    "coding": (b"# coding: nonsense\n" + body("coding").encode(), 1, "nonsense"),
    "lacking": ("import not_there_at_all\n" + body("lacking"), 1, "not_there_at_all"),
    "name": ("from spack.package import not_there\n" + body("name"), 1, "not_there"),
    "raising": (body("raising", 'raise ValueError("at import")'), 4, "ValueError: at import"),
    "leaving": ("import sys\nsys.exit(3)\n" + body("leaving"), 2, "SystemExit: 3"),
    "odd": ("raise BaseException('odd')\n", 1, "BaseException: odd"),
    "endless": ("def f():\n    return f()\n\n\nf()\n" + body("endless"), 2, "RecursionError"),
    "empty": ("", 1, "defines no class Empty"),
    "renamed": (body("other"), 2, "defines no class Renamed; it defines Other"),
    "number": ("Number = 3\n", 1, "Number in the recipe of number is not a package class"),
    "plain": ("\nclass Plain:\n    pass\n", 2, "not a package class"),
    "order": (body("order", base="object, Package"), 2, "method resolution order"),
    "kinds": (body("kinds", "maintainers = 3"), 2, "'int' object is not iterable"),
    "property": (
        body("property", "@classproperty", "def homepage(cls):", "    raise KeyError(1)"),
        6,
        "KeyError: 1",
    ),
    "mirrored": (
        "from spack_repo.sample.packages.mirror.package import Mirror\n"
        + body("mirrored", base="Mirror"),
        1,
        "circular import",
    ),
    "mirror": (
        "from spack_repo.sample.packages.mirrored.package import Mirrored\n"
        + body("mirror", base="Mirrored"),
        1,
        "circular import",
    ),
    "itself": (
        "from spack_repo.sample.packages.itself.package import Itself\n"
        + body("itself", base="Itself"),
        1,
        "circular import",
    ),
}  # fmt: skip

#: Broken by another: the error is where that one is broken.
HEIR = "from spack_repo.sample.packages.syntax.package import Syntax\n" + body(
    "heir", base="Syntax"
)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "spack_repo" / "sample"
    recipes: dict[str, str | bytes] = {name: text for name, (text, _, _) in BROKEN.items()}
    recipes["heir"] = HEIR
    recipes["good"] = body("good", 'version("1")')
    recipes["user"] = body("user", 'version("2")', 'depends_on("good")')
    recipes["loud"] = "print('NOISE')\n" + body("loud", 'version("1")')
    for name, text in recipes.items():
        folder = root / "packages" / directory_of(name)
        folder.mkdir(parents=True)
        data = text if isinstance(text, bytes) else text.encode()
        (folder / "package.py").write_bytes(data)
    (root / "repo.yaml").write_text("repo:\n  namespace: sample\n  api: v2.2\n")
    return Repository(str(root), cache=RecordCache(str(tmp_path / "cache"), workers=2))


def test_each_error_has_file_and_line_and_others_are_usable(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(repository.index().broken()) == {*BROKEN, "heir"}
    assert repository.record("user").dependencies[0].spec.name == "good"
    assert RepositoryPath([repository]).package_class("good").name == "good"
    assert repository.record("loud").name == "loud"
    assert "NOISE" not in capsys.readouterr().out
    for name, (_, line, words) in BROKEN.items():
        for ask in (repository.record, repository.package_class):
            if ask == repository.package_class and name in ("kinds", "property"):
                # The class is there; only its values are of the wrong kind.
                continue
            with pytest.raises(BrokenRecipeError, match=words) as caught:
                ask(name)
            origin = caught.value.origin
            assert origin is not None, name
            inner = "mirrored" if name == "mirror" else "mirror" if name == "mirrored" else name
            assert origin.file == repository.recipe_file(inner), name
            assert origin.line == line, name
            assert "\n" not in caught.value.message
    with pytest.raises(BrokenRecipeError) as caught:
        repository.record("heir")
    assert caught.value.origin is not None
    assert caught.value.origin.file == repository.recipe_file("syntax")


def test_files_that_are_none(repository: Repository, tmp_path: Path) -> None:
    packages = Path(repository.packages_dir)
    for name in ("dangling", "loop", "folder", "pipe"):
        (packages / name).mkdir()
    (packages / "dangling" / "package.py").symlink_to("nowhere")
    (packages / "loop" / "package.py").symlink_to("package.py")
    (packages / "folder" / "package.py").mkdir()
    os.mkfifo(str(packages / "pipe" / "package.py"))
    (packages / "round").symlink_to("round")
    (packages / "file").write_text("")
    (packages / "alias").symlink_to("good")
    repository.refresh()
    assert repository.record("good").name == "good"
    for name in ("dangling", "loop", "folder", "pipe", "round", "file"):
        assert name not in repository.all_names()
        with pytest.raises(UnknownPackageError):
            repository.record(name)
    with pytest.raises(BrokenRecipeError, match="defines no class Alias; it defines Good"):
        repository.record("alias")


@pytest.mark.usefixtures("unprivileged")
def test_an_unreadable_file(repository: Repository) -> None:
    path = repository.recipe_file("good")
    os.chmod(path, 0)
    with pytest.raises(BrokenRecipeError, match="Permission denied") as caught:
        repository.record("good")
    assert caught.value.origin is not None and caught.value.origin.file == path
    assert "good" in repository.index().broken()


def test_a_mended_recipe_is_read_again(repository: Repository) -> None:
    with pytest.raises(BrokenRecipeError):
        repository.record("syntax")
    Path(repository.recipe_file("syntax")).write_text(body("syntax", 'version("3")'))
    repository.refresh()
    assert [v.text for v in repository.record("syntax").versions] == ["3"]
    assert repository.record("heir").name == "heir"
