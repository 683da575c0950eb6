"""The pure plan of a merged tree, over trees that exist only in a dictionary."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from spack.views.merging import Clash, DiskTrees, EntryKind, MergePlan, Tree, merge


class Trees:
    """Trees by name: each a list of file paths; ``a -> b`` is a link to a directory."""

    def __init__(self, trees: dict[str, list[str]]) -> None:
        self.trees = trees

    def entries(self, root: str, folder: str) -> list[str]:
        lead = folder + "/" if folder else ""
        links = dict(p.split(" -> ") for p in self.trees[root] if " -> " in p)
        for link, target in links.items():
            if folder == link or lead.startswith(link + "/"):
                lead = target + lead[len(link) :]
        found: dict[str, EntryKind] = {}
        for path in self.trees[root]:
            name = path.split(" -> ")[0]
            if not name.startswith(lead):
                continue
            first, _, rest = name[len(lead) :].partition("/")
            if rest:
                found[first] = EntryKind.DIRECTORY
            else:
                found[first] = EntryKind.DIRECTORY_LINK if " -> " in path else EntryKind.FILE
        return [name + kind.value for name, kind in sorted(found.items())]


def plan(fold: bool = False, **trees: list[str]) -> MergePlan:
    return merge([Tree(name, foldable=fold) for name in trees], Trees(trees))


def test_two_trees_become_one() -> None:
    result = plan(a=["bin/x", "lib/a.so"], b=["bin/y", "share/doc/b"])
    assert result.directories == ("bin", "lib", "share", "share/doc")
    assert result.files == {
        "bin/x": (0, "bin/x"),
        "lib/a.so": (0, "lib/a.so"),
        "bin/y": (1, "bin/y"),
        "share/doc/b": (1, "share/doc/b"),
    }
    assert result.clashes == ()


def test_first_tree_wins_and_the_clash_is_reported() -> None:
    result = plan(a=["bin/x"], b=["bin/x", "bin/y"], c=["bin/x"])
    assert result.files["bin/x"] == (0, "bin/x")
    assert result.clashes == (Clash("bin/x", 0, 1), Clash("bin/x", 0, 2))


def test_file_against_directory() -> None:
    result = plan(a=["lib"], b=["lib/x"])
    assert result.files == {"lib": (0, "lib")}
    assert result.clashes == (Clash("lib", 0, 1),)
    result = plan(a=["lib/x"], b=["lib"])
    assert result.files == {"lib/x": (0, "lib/x")}
    assert result.clashes == (Clash("lib", 0, 1),)


def test_link_to_a_directory_stays_a_link() -> None:
    result = plan(a=["lib/x", "lib64 -> lib"], b=["bin/y"])
    assert result.files["lib64"] == (0, "lib64")
    assert "lib64" not in result.directories


def test_link_to_a_directory_opens_for_a_real_directory() -> None:
    result = plan(a=["lib/x", "lib64 -> lib"], b=["lib64/y"])
    assert result.files["lib64/x"] == (0, "lib64/x")
    assert result.files["lib64/y"] == (1, "lib64/y")
    assert result.clashes == ()


def test_folders_of_projections() -> None:
    trees = Trees({"a": ["bin/x"], "b": ["bin/x"], "c": ["pkg/bin/y"]})
    result = merge([Tree("a", "pkg/a"), Tree("b", "pkg/b"), Tree("c")], trees)
    assert set(result.files) == {"pkg/a/bin/x", "pkg/b/bin/x", "pkg/bin/y"}
    assert set(result.directories) == {"pkg", "pkg/a", "pkg/b", "pkg/a/bin", "pkg/b/bin", "pkg/bin"}


def test_folding_links_directories_with_one_owner() -> None:
    result = plan(
        True, a=["include/a/x.h", "include/a/y.h", "bin/a"], b=["include/b/z.h", "lib/only"]
    )
    assert result.files == {
        "include/a": (0, "include/a"),
        "include/b": (1, "include/b"),
        "bin/a": (0, "bin/a"),
        "lib/only": (1, "lib/only"),
    }
    assert result.directories == ("bin", "include", "lib")


def test_only_foldable_trees_are_folded() -> None:
    trees = Trees({"a": ["share/a/x", "share/both/x"], "b": ["share/b/y", "share/both/y"]})
    result = merge([Tree("a", foldable=True), Tree("b")], trees)
    assert set(result.files) == {"share/a", "share/b/y", "share/both/x", "share/both/y"}


def test_folders_of_projections_are_folded_if_none_is_in_another() -> None:
    trees = Trees({"a": ["bin/x", "share/a/x"], "b": ["share/a/x"], "c": ["share/c/y"]})
    apart = merge([Tree("a", "p/a", True), Tree("b", "p/b", True)], trees)
    assert set(apart.files) == {"p/a/bin/x", "p/a/share/a", "p/b/share/a"}
    nested = merge([Tree("a", "share", True), Tree("c", "", True)], trees)
    assert set(nested.files) == {"share/bin/x", "share/share/a/x", "share/c/y"}


PATHS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map("/".join), max_size=5
)


def consistent(paths: list[str]) -> bool:
    """No path is both a file and a directory."""
    return not any(other.startswith(path + "/") for path in paths for other in paths)


@given(st.lists(PATHS.filter(consistent), max_size=4), st.booleans())
def test_every_file_is_placed_or_reported(trees: list[list[str]], fold: bool) -> None:
    """Nothing is lost, nothing is planned twice, parents come first."""
    names = {str(number): paths for number, paths in enumerate(trees)}
    result = merge([Tree(name, foldable=fold) for name in names], Trees(names))
    assert not set(result.files) & set(result.directories)
    for path in [*result.files, *result.directories]:
        parent = path.rpartition("/")[0]
        assert not parent or parent in result.directories
        assert parent not in result.files
    lost = {(clash.path, clash.dropped) for clash in result.clashes}
    for number, paths in enumerate(trees):
        for path in paths:
            steps = path.split("/")
            above = ["/".join(steps[:n]) for n in range(1, len(steps) + 1)]
            placed = any(result.files.get(step) == (number, step) for step in above)
            assert placed or any((step, number) in lost for step in above)


def test_disk_trees(tmp_path: Path) -> None:
    (tmp_path / "lib" / "sub").mkdir(parents=True)
    (tmp_path / ".spack").mkdir()
    (tmp_path / "lib" / "x").write_text("")
    (tmp_path / "lib64").symlink_to("lib")
    (tmp_path / "lib" / "sub" / "up").symlink_to("..")
    (tmp_path / "out").symlink_to("/")
    (tmp_path / "dead").symlink_to("nowhere")
    trees = DiskTrees()
    assert sorted(trees.entries(str(tmp_path), "")) == ["dead", "lib/", "lib64//", "out"]
    assert trees.entries(str(tmp_path), "lib/sub") == ["up"]
