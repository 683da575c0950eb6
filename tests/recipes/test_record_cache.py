"""Records on disk: complete, individually readable, right after edits, safe against rubbish."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest
from tests.recipes.conftest import aged

from spack.recipes.finding.repositories import Repository, UnknownPackageError
from spack.recipes.records import index_draft
from spack.recipes.records.extracting import Extracted
from spack.recipes.records.index_draft import IndexDraft
from spack.recipes.records.recipe_state import RecipeState
from spack.recipes.records.record_cache import RecordCache
from spack.recipes.records.record_json import RECORD_FORMAT, packed_record, unpacked_record

Make = Callable[..., Any]

RICH = """
'''Words about it.

More words.'''
homepage = "https://example.com"
url = "https://example.com/rich-1.0.tar.gz"
git = "https://example.com/rich.git"
tags = ["E4S"]
executables = ["^rich$"]
maintainers("me")
license("MIT", when="@1:")
version("1.0", sha256="a" * 64, preferred=True)
version("0.9", sha256="b" * 64, deprecated=True)
version("main", branch="main")
variant("a", default=True, description="A", sticky=True)
variant("b", default="x", values=("x", conditional("y", when="+a")), multi=True)
variant("c", values=disjoint_sets(("p",), ("q", "r")), when="@1:")
depends_on("zlib@1.2:", type=("build", "run"), when="+a")
depends_on("mpi", patches=patch("https://example.com/p", sha256="c" * 64))
provides("blas", "lapack@3", when="+a")
conflicts("%gcc@:4", msg="old")
requires("+a", "b=y", policy="any_of", when="@1")
patch("own.patch", level=0)
resource(name="r", url="https://example.com/r", sha256="d" * 64, placement={"a": "b"})
extends("python", when="+a")
redistribute(source=False)
can_splice("poor@1", when="@1.0", match_variants=["a"])


def test_it(self):
    pass
"""


def edit(path: str, text: str) -> None:
    """Change a file and its time for sure."""
    before = os.stat(path).st_mtime_ns
    Path(path).write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


@pytest.fixture
def rich(make_repository: Make, tmp_path: Path) -> Repository:
    repository: Repository = make_repository({"plain": 'version("1")'}, cache=str(tmp_path / "c"))
    folder = Path(repository.package_dir("rich"))
    folder.mkdir()
    aged(folder / "own.patch", "--- a\n+++ b\n")
    make_repository({"rich": RICH}, cache=str(tmp_path / "c"))
    return repository


def test_record_survives_json(rich: Repository) -> None:
    record = rich.record("rich")
    again = unpacked_record(json.loads(json.dumps(packed_record(record))))
    assert again == record
    assert type(again.versions[0].checksum) is tuple
    assert record.description == "Words about it.\n\nMore words."
    assert [v.text for v in record.versions] == ["1.0", "0.9", "main"]
    assert record.versions[0].preferred and record.versions[1].deprecated
    assert not record.versions[2].has_checksum and record.versions[2].branch == "main"
    definition = record.definitions("b")[0]
    assert definition.values is not None
    assert [(v.value, v.conditional, str(v.when)) for v in definition.values] == [
        ("x", False, "None"),
        ("y", True, "+a"),
    ]
    sets = record.definitions("c")[0].sets
    assert sets == (frozenset(["none"]), frozenset("p"), frozenset("qr"))
    assert record.provided_names() == ["blas", "lapack"]
    assert record.detectable and "detectable" in record.tags
    assert record.test_names == ("test_it",)
    assert [p.level for p in record.patches] == [0]
    assert len(record.dependent_files) == 2
    assert record.origin.file == record.path and record.versions[0].origin.line == 15
    assert record.build_systems == ("generic",)
    assert {d.spec.name for d in record.dependencies} == {"zlib", "mpi", "python", "python-venv"}


@pytest.mark.parametrize("data", [None, [], [0, [], []], [RECORD_FORMAT, [], ["x"]], {"a": 1}])
def test_other_data_is_no_record(data: Any) -> None:
    with pytest.raises(ValueError):
        unpacked_record(data)


def test_a_second_start_imports_nothing(
    rich: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = rich.record("rich")
    second = Repository(rich.root, cache=RecordCache(str(tmp_path / "c")))
    monkeypatch.setattr(Repository, "extract", lambda self, name: pytest.fail(f"imported {name}"))
    assert second.record("rich") == expected
    assert second.index().providers("blas") == ["rich"]
    assert second.index().with_tag("e4s") == ["rich"] == second.index().with_tag("E4S")
    assert second.index().virtuals() == ["blas", "lapack"]
    assert second.all_names() == ("plain", "rich")


def test_an_edited_recipe_is_noticed(rich: Repository, tmp_path: Path) -> None:
    rich.index()
    path = rich.recipe_file("plain")
    edit(path, Path(path).read_text().replace('"1"', '"2"') + '    provides("blas")\n')
    second = Repository(rich.root, cache=RecordCache(str(tmp_path / "c")))
    assert [v.text for v in second.record("plain").versions] == ["2"]
    assert second.index().providers("blas") == ["plain", "rich"]
    third = Repository(rich.root, cache=RecordCache(str(tmp_path / "c")))
    assert third.index().providers("blas") == ["plain", "rich"]


def test_new_and_removed_recipes_are_noticed(
    rich: Repository, tmp_path: Path, make_repository: Make
) -> None:
    rich.index()
    make_repository({"new": 'version("1")'})
    os.unlink(rich.recipe_file("plain"))
    os.rmdir(rich.package_dir("plain"))
    second = Repository(rich.root, cache=RecordCache(str(tmp_path / "c")))
    assert second.all_names() == ("new", "rich")
    with pytest.raises(UnknownPackageError):
        second.record("plain")


def test_an_edited_patch_and_an_edited_base_recipe_are_noticed(
    rich: Repository, tmp_path: Path, make_repository: Make
) -> None:
    make_repository(
        {
            "heir": "from spack.package import *\n"
            "from spack_repo.sample.packages.plain.package import Plain\n\n\n"
            "class Heir(Plain):\n    pass\n"
        }
    )
    digest = rich.record("rich").patches[0].sha256
    edit(os.path.join(rich.package_dir("rich"), "own.patch"), "--- x\n+++ y\n")
    path = rich.recipe_file("plain")
    edit(path, Path(path).read_text().replace('"1"', '"3"'))
    second = Repository(rich.root, cache=RecordCache(str(tmp_path / "c"), workers=1))
    assert second.record("rich").patches[0].sha256 != digest
    assert [v.text for v in second.record("heir").versions] == ["3"]


def test_a_change_of_what_recipes_share_is_noticed(rich: Repository, tmp_path: Path) -> None:
    rich.index()
    Path(rich.root, "build_systems").mkdir()
    aged(Path(rich.root, "build_systems", "new.py"), "x = 1\n")
    cache = RecordCache(str(tmp_path / "c"))
    second = Repository(rich.root, cache=cache)
    assert second.index().is_new and len(second.all_names()) == 2
    assert not cache.index_of(rich).is_new


def spoil_nothing(content: bytes) -> bytes:
    return b""


def spoil_middle(content: bytes) -> bytes:
    return content[: len(content) // 2]


def spoil_header(content: bytes) -> bytes:
    return content.replace(b'"count":2', b'"count":7')


def spoil_with_rubbish(content: bytes) -> bytes:
    return b"\x00\xff" * 100


@pytest.mark.parametrize("spoil", [spoil_nothing, spoil_middle, spoil_header, spoil_with_rubbish])
def test_spoiled_files_are_made_anew(
    rich: Repository, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    expected = rich.record("rich")
    for file in (tmp_path / "c").rglob("*"):
        if file.is_file():
            file.write_bytes(spoil(file.read_bytes()))
    second = Repository(rich.root, cache=RecordCache(str(tmp_path / "c")))
    assert second.record("rich") == expected
    third = Repository(rich.root, cache=RecordCache(str(tmp_path / "c")))
    assert third.record("rich") == expected


def test_a_damaged_record_is_read_from_the_recipe(rich: Repository, tmp_path: Path) -> None:
    expected = rich.record("rich")
    for file in (tmp_path / "c").rglob("*.data"):
        file.write_bytes(b"#" * file.stat().st_size)
    second = Repository(rich.root, cache=RecordCache(str(tmp_path / "c")))
    assert second.record("rich") == expected


def test_a_cache_that_cannot_be_written_stops_nobody(make_repository: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    repository = make_repository({"a": 'version("1")'}, cache=str(tmp_path / "file" / "c"))
    assert repository.record("a").name == "a"


def test_users_learn_why_all_recipes_are_read_again(
    make_repository: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(path: str, content: bytes, durable: bool) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index_draft, "MANY", 2)
    monkeypatch.setattr("spack.system.files.writing.atomic_write", full)
    recipes = {"a": 'version("1")', "b": 'version("1")'}
    repository = make_repository(recipes, cache=str(tmp_path / "c"))
    assert repository.record("a").name == "a"
    said = capsys.readouterr().err
    assert "Warning: cannot cache the records of 2 recipes in" in said
    assert "No space left on device" in said


def test_data_that_is_cut_leaves_no_file(rich: Repository, tmp_path: Path) -> None:
    class Cut(str):
        """No file takes it."""

    draft = IndexDraft(str(tmp_path / "c"), rich, RecipeState({}, {}, 0), None, set())
    draft.add([Extracted("a", b"one"), Extracted("b", Cut())])  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        draft.finished()
    assert list((tmp_path / "c").iterdir()) == []


def test_many_edits_keep_the_number_of_files_small(rich: Repository, tmp_path: Path) -> None:
    path = rich.recipe_file("plain")
    original = Path(path).read_text()
    for number in range(12):
        edit(path, original.replace('"1"', f'"{number}"'))
        again = Repository(rich.root, cache=RecordCache(str(tmp_path / "c")))
        assert again.record("plain").versions[0].text == str(number)
        assert again.record("rich").name == "rich"
        assert len(again.index().header["data"]) <= 8


def test_refresh_looks_at_every_file(rich: Repository) -> None:
    rich.index()
    path = rich.recipe_file("plain")
    edit(path, Path(path).read_text() + '    provides("blas")\n')
    rich.refresh()
    assert rich.index().providers("blas") == ["plain", "rich"]


def test_a_pull_in_a_further_work_tree_is_noticed(rich: Repository, tmp_path: Path) -> None:
    git = tmp_path / "main.git"
    git.mkdir()
    aged(git / "index", "1")
    aged(Path(rich.root, ".git"), f"gitdir: {git}\n")
    cache = RecordCache(str(tmp_path / "c"))
    before = cache.index_of(rich).header["folder"]
    edit(str(git / "index"), "2")
    assert cache.index_of(rich).header["folder"] != before


def test_two_processes_build_at_once(rich: Repository, tmp_path: Path) -> None:
    cache = str(tmp_path / "shared")
    code = (
        "import sys; from spack.recipes.finding.repositories import Repository;"
        "from spack.recipes.records.record_cache import RecordCache;"
        f"r = Repository({rich.root!r}, cache=RecordCache({cache!r}, workers=1));"
        "sys.exit(r.record('rich').name != 'rich' or len(r.all_names()) != 2)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = [subprocess.Popen([sys.executable, "-c", code], env=environment) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    second = Repository(rich.root, cache=RecordCache(cache))
    assert second.record("rich") == rich.record("rich")


def test_recipes_that_missed_another_repository_are_read_again(
    make_repository: Make, tmp_path: Path
) -> None:
    """A recipe is broken without the namespace that it imports from, and right once it is there."""
    cache = str(tmp_path / "c")
    heir = """
        from spack_repo.other_place.packages.parent.package import Parent
        from spack.package import *


        class Heir(Parent):
            version("2")
            provides("words")
    """
    make_repository({"heir": heir, "plain": 'version("1")'}, namespace="first", cache=cache)
    make_repository({"parent": 'version("1")'}, namespace="other_place", cache=cache)
    program = (
        "import sys\n"
        "from spack.recipes.records.record_cache import RecordCache\n"
        "from spack.recipes.finding.repositories import Repository, RepositoryPath\n"
        f"cache = RecordCache({cache!r}, workers=1)\n"
        f"roots = [f'{tmp_path}/spack_repo/' + name for name in sys.argv[1:]]\n"
        "path = RepositoryPath([Repository(root, cache=cache) for root in roots])\n"
        "path.serve()\n"
        "print('broken:', *path.broken(), end='')\n"
        "print('; provides words:', *path.providers('words'))\n"
    )

    def run(*names: str) -> str:
        command = [sys.executable, "-c", program, *names]
        variables = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.check_output(command, encoding="utf-8", env=variables).strip()

    assert run("first") == "broken: heir; provides words:"
    assert run("first", "other_place") == "broken:; provides words: heir"
    assert run("other_place", "first") == "broken:; provides words: heir"


def heir_of(namespace: str, base: str) -> str:
    return (
        "from spack.package import *\n"
        f"from spack_repo.{namespace}.packages.{base}.package import {base.title()}\n\n\n"
        f"class Heir({base.title()}):\n    pass\n"
    )


def test_heirs_of_a_changed_recipe_are_read_again(
    rich: Repository, tmp_path: Path, make_repository: Make
) -> None:
    """The index that heirs are found by is right before anybody asks for their records."""
    make_repository({"heir": heir_of("sample", "plain")})
    assert not rich.index().providers("words")
    path = rich.recipe_file("plain")
    edit(path, Path(path).read_text() + '    provides("words")\n')
    second = Repository(rich.root, cache=RecordCache(str(tmp_path / "c"), workers=1))
    assert second.record("plain").provided_names() == ["words"]
    assert second.index().providers("words") == ["heir", "plain"]
    third = Repository(rich.root, cache=RecordCache(str(tmp_path / "c"), workers=1))
    assert third.index().providers("words") == ["heir", "plain"]


def test_heirs_in_another_repository_are_read_again(
    rich: Repository, tmp_path: Path, make_repository: Make
) -> None:
    make_repository({"heir": heir_of("sample", "plain")}, namespace="other")
    place, cache = str(tmp_path / "spack_repo" / "other"), str(tmp_path / "c")
    # Nothing else tells that something has changed.
    os.utime(os.path.join(place, "packages"), (1, 1))

    def heirs() -> Repository:
        rich.serve()
        found = Repository(place, cache=RecordCache(cache, workers=1))
        found.index()
        return found

    assert not heirs().index().providers("words")
    path = rich.recipe_file("plain")
    edit(path, Path(path).read_text() + '    provides("words")\n')
    assert heirs().index().providers("words") == ["heir"]
    os.unlink(heirs().recipe_file("heir"))
    os.rmdir(heirs().package_dir("heir"))
    assert heirs().index().header["foreign"] == {}


def test_a_recipe_changed_within_a_step_of_the_clock_is_read_again(
    make_repository: Make, tmp_path: Path
) -> None:
    """Two states of a recipe with one time and size: the first one is not kept as the second."""
    repository = make_repository({"plain": 'version("1")'}, cache=str(tmp_path / "c"))
    path = Path(repository.recipe_file("plain"))
    text = path.read_text()
    for version in ("1", "2"):
        path.write_text(text.replace('"1"', f'"{version}"'))
        future = 10**9 * 4_000_000_000 + 1
        os.utime(path, ns=(future, future))
        again = Repository(repository.root, cache=RecordCache(str(tmp_path / "c"), workers=1))
        assert [v.text for v in again.record("plain").versions] == [version]
