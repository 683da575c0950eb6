"""Views made on a real disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from spack.language.concrete_specs import ConcreteSpec
from spack.system.binaries import elf
from spack.views.descriptors import Link, LinkType, ViewDescriptor
from spack.views.generation import (
    ViewInProgress,
    ViewRootError,
    ViewWriteError,
    current_directory,
    regenerate,
    remove,
)

#: The fixture of conftest.py.
Installed = Any


def view(root: Path, **changes: object) -> ViewDescriptor:
    return ViewDescriptor("default", str(root))._replace(**changes)  # type: ignore[arg-type]


def listing(root: Path) -> dict[str, str]:
    """Relative paths of the files of a view and what is in them."""
    found = {}
    for folder, directories, files in os.walk(root):
        for name in [*files, *directories]:
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isdir(path):
                relative = os.path.relpath(path, root)
                if not relative.startswith(".spack"):
                    found[relative] = Path(path).read_text() if os.path.isfile(path) else "dir"
    return found


def test_view_of_links(installed: Installed, tmp_path: Path) -> None:
    base = installed.add("base", ["lib/libbase.so"])
    app = installed.add("app", ["bin/app", "lib/libapp.so"], link=[base])
    root = tmp_path / "env" / ".spack-env" / "view"
    report = regenerate(view(root), [app], installed.prefix)
    assert report.changed
    assert listing(root) == {
        "bin/app": "app-1.0 bin/app\n",
        "lib/libapp.so": "app-1.0 lib/libapp.so\n",
        "lib/libbase.so": "base-1.0 lib/libbase.so\n",
    }
    assert os.readlink(root / "bin" / "app") == f"{installed.prefix(app)}/bin/app"
    assert os.path.islink(root)
    assert os.path.dirname(os.readlink(root)) == "._view"
    assert os.readlink(root / ".spack" / "app") == f"{installed.prefix(app)}/.spack"


def test_nothing_is_done_when_nothing_changed(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["bin/app"])
    root = tmp_path / "view"
    regenerate(view(root), [app], installed.prefix)
    before = os.stat(root).st_ino
    report = regenerate(view(root), [app], installed.prefix)
    assert not report.changed
    assert os.stat(root).st_ino == before
    assert regenerate(view(root), [app], installed.prefix, force=True).changed
    assert listing(root) == {"bin/app": "app-1.0 bin/app\n"}
    assert not regenerate(view(root), [app], installed.prefix).changed
    assert regenerate(view(root), [app], installed.prefix, force=True).changed


def test_new_content_replaces_the_tree_and_the_old_one_goes(
    installed: Installed, tmp_path: Path
) -> None:
    one = installed.add("one", ["bin/one"])
    two = installed.add("two", ["bin/two"])
    root = tmp_path / "view"
    regenerate(view(root), [one], installed.prefix)
    old = os.path.realpath(root)
    assert regenerate(view(root), [two], installed.prefix).changed
    assert listing(root) == {"bin/two": "two-1.0 bin/two\n"}
    assert not os.path.exists(old)
    assert len(os.listdir(tmp_path / "._view")) == 2


def test_reinstalled_spec_of_the_same_hash_is_noticed(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["bin/app"])
    root = tmp_path / "view"
    regenerate(view(root), [app], installed.prefix)
    prefix = Path(installed.prefix(app))
    (prefix / "bin" / "more").write_text("more")
    os.utime(prefix / ".spack" / "spec.json", ns=(1, 1))
    assert regenerate(view(root), [app], installed.prefix).changed
    assert "bin/more" in listing(root)


def test_leftover_of_an_interrupted_run_is_replaced(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["bin/app"])
    root = tmp_path / "view"
    regenerate(view(root), [app], installed.prefix)
    made = os.path.realpath(root)
    os.unlink(root)
    os.unlink(os.path.join(made, "bin", "app"))
    Path(made, "rubbish").write_text("")
    regenerate(view(root), [app], installed.prefix)
    assert listing(root) == {"bin/app": "app-1.0 bin/app\n"}


def test_failure_leaves_the_old_view(installed: Installed, tmp_path: Path) -> None:
    one = installed.add("one", ["bin/one"])
    two = installed.add("two", ["bin/two"])
    root = tmp_path / "view"
    regenerate(view(root), [one], installed.prefix)

    def fails(view: ViewInProgress, merge_map: dict[str, str]) -> None:
        raise OSError("disk full")

    with pytest.raises(ViewWriteError, match="disk full"):
        regenerate(
            view(root, link=Link.ROOTS), [two], installed.prefix, add_files=lambda spec: fails
        )
    assert listing(root) == {"bin/one": "one-1.0 bin/one\n"}
    assert len(os.listdir(tmp_path / "._view")) == 2


def test_clashes_name_both_owners(installed: Installed, tmp_path: Path) -> None:
    """The file of the root is kept."""
    metis = installed.add("metis", ["include/metis.h"])
    scotch = installed.add("scotch", ["include/metis.h"], link=[metis])
    report = regenerate(view(tmp_path / "view"), [scotch], installed.prefix)
    assert [(c.path, c.kept.name, c.dropped.name) for c in report.clashes] == [
        ("include/metis.h", "scotch", "metis")
    ]
    (line,) = report.warnings()
    assert "include/metis.h is from scotch@1.0/" in line and "the one from metis@1.0/" in line
    assert report.warnings(limit=0)[0].endswith("1 more files are left out")
    assert listing(tmp_path / "view") == {"include/metis.h": "scotch-1.0 include/metis.h\n"}


def test_specs_that_are_not_installed_are_left_out(installed: Installed, tmp_path: Path) -> None:
    base = installed.add("base", ["lib/b"])
    app = installed.add("app", ["bin/app"], link=[base])
    regenerate(
        view(tmp_path / "view"),
        [app],
        installed.prefix,
        is_installed=lambda spec: spec.name == "base",
    )
    assert listing(tmp_path / "view") == {"lib/b": "base-1.0 lib/b\n"}


def test_hard_links(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["bin/app"])
    os.symlink("app", os.path.join(installed.prefix(app), "bin", "alias"))
    regenerate(view(tmp_path / "v", link_type=LinkType.HARDLINK), [app], installed.prefix)
    assert os.path.samefile(tmp_path / "v/bin/app", f"{installed.prefix(app)}/bin/app")
    assert os.readlink(tmp_path / "v/bin/alias") == "app"


def test_copies_mention_the_view(installed: Installed, tmp_path: Path) -> None:
    """Text files and links are relocated, modes stay."""
    base = installed.add("base", ["lib/b"])
    app = installed.add(
        "app",
        link=[base],
        texts={
            "bin/app": f"#!/bin/sh\nexec {installed.prefix(base)}/lib/b @PREFIX@/x @PREFIX@-other\n"
        },
    )
    script = Path(installed.prefix(app), "bin", "app")
    script.chmod(0o555)
    os.symlink(script, script.parent / "alias")
    root = tmp_path / "v"
    regenerate(view(root, link_type=LinkType.COPY), [app], installed.prefix)
    copy = root / "bin" / "app"
    prefix = installed.prefix(app)
    assert copy.read_text() == f"#!/bin/sh\nexec {root}/lib/b {root}/x {prefix}-other\n"
    assert copy.stat().st_mode & 0o777 == 0o555
    assert os.readlink(root / "bin" / "alias") == str(copy)
    assert not copy.is_symlink()


def test_own_way_of_a_package(installed: Installed, tmp_path: Path) -> None:
    """Overrides of recipes get the destinations and a small view object."""
    base = installed.add("base", ["lib/b"])
    app = installed.add("app", ["bin/app", "lib/a"], link=[base])
    seen = {}

    def add(view: ViewInProgress, merge_map: dict[str, str]) -> None:
        seen["type"] = view.link_type
        seen["place"] = view.get_projection_for_spec(app)
        for source, destination in merge_map.items():
            if "bin" in source:
                Path(destination).write_text("patched")
            else:
                view.link(source, destination, spec=app)
                view.link(source, destination)

    def own_way(spec: ConcreteSpec) -> object:
        return add if spec.name == "app" else None

    root = tmp_path / "view"
    regenerate(view(root), [app], installed.prefix, add_files=own_way)  # type: ignore[arg-type]
    assert listing(root) == {
        "bin/app": "patched",
        "lib/a": "app-1.0 lib/a\n",
        "lib/b": "base-1.0 lib/b\n",
    }
    assert seen == {"type": "symlink", "place": os.path.realpath(root)}


def test_projected_metadata(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["bin/app"])
    regenerate(view(tmp_path / "v", default_projection="{name}"), [app], installed.prefix)
    assert (tmp_path / "v" / "app" / ".spack" / "app" / "spec.json").read_text() == "{}"


def test_a_folder_is_one_link_until_it_has_two_owners(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["share/plugins/a", "share/plugins/deep/a", "share/app/x"])
    root = tmp_path / "v"
    regenerate(view(root), [app], installed.prefix)
    assert os.readlink(root / "share" / "plugins") == f"{installed.prefix(app)}/share/plugins"
    assert (
        root / "share" / "plugins" / "deep" / "a"
    ).read_text() == "app-1.0 share/plugins/deep/a\n"
    more = installed.add("more", ["share/plugins/b"])
    regenerate(view(root), [app, more], installed.prefix)
    assert not os.path.islink(root / "share" / "plugins")
    assert sorted(os.listdir(root / "share" / "plugins")) == ["a", "b", "deep"]
    assert os.path.islink(root / "share" / "plugins" / "deep")
    assert os.path.islink(root / "share" / "app")
    assert not os.path.exists(os.path.join(installed.prefix(app), "share", "plugins", "b"))
    regenerate(view(root), [app], installed.prefix)
    assert os.path.islink(root / "share" / "plugins")


@pytest.mark.parametrize(
    "changes", [{"link_type": LinkType.HARDLINK}, {"link_type": LinkType.COPY}, {"fold": False}]
)
def test_folders_of_other_kinds_of_views_are_real(
    installed: Installed, tmp_path: Path, changes: dict[str, object]
) -> None:
    app = installed.add("app", ["share/app/a"])
    regenerate(view(tmp_path / "v", **changes), [app], installed.prefix)
    assert not os.path.islink(tmp_path / "v" / "share" / "app")
    assert (tmp_path / "v" / "share" / "app" / "a").read_text() == "app-1.0 share/app/a\n"


def test_recipes_with_an_own_way_get_files(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["lib/python/app/x.py"])
    given: list[str] = []

    def add(view: ViewInProgress, merge_map: dict[str, str]) -> None:
        given.extend(merge_map)

    regenerate(view(tmp_path / "v"), [app], installed.prefix, add_files=lambda spec: add)
    assert given == [f"{installed.prefix(app)}/lib/python/app/x.py"]


def looked_into(installed: Installed, root: Path, *specs: ConcreteSpec, **how: Any) -> set[str]:
    """The packages whose prefixes were read while a view was regenerated."""
    read: set[str] = set()
    scandir = os.scandir

    def counting(path: Any) -> Any:
        if str(path).startswith(str(installed.root)):
            read.add(os.path.relpath(path, installed.root).split("-")[0])
        return scandir(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", counting)
        regenerate(view(root), specs, installed.prefix, **how)
    return read


def test_only_new_packages_are_read(installed: Installed, tmp_path: Path) -> None:
    one = installed.add("one", ["bin/one", "lib/one"])
    two = installed.add("two", ["bin/two"])
    root = tmp_path / "v"
    assert looked_into(installed, root, one) == {"one"}
    assert looked_into(installed, root, one) == set()
    assert looked_into(installed, root, one, two) == {"two"}
    assert set(listing(root)) == {"bin/one", "lib/one", "bin/two"}
    os.utime(os.path.join(installed.prefix(one), ".spack", "spec.json"), ns=(1, 1))
    assert looked_into(installed, root, one, two) == {"one"}
    assert looked_into(installed, root, one, two, force=True) == {"one", "two"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2, "trees": {"x": 3}}', "\0"])
def test_a_damaged_record_counts_as_none(installed: Installed, tmp_path: Path, text: str) -> None:
    one = installed.add("one", ["bin/one"])
    two = installed.add("two", ["bin/two"])
    root = tmp_path / "v"
    regenerate(view(root), [one], installed.prefix)
    (tmp_path / "._v" / "record.json").write_text(text)
    assert looked_into(installed, root, one, two) == {"one", "two"}


def links_of(root: Path) -> dict[str, int]:
    """The links of a view: path and inode."""
    top = os.path.realpath(root)
    return {
        os.path.relpath(path, top): os.lstat(path).st_ino
        for folder, directories, files in os.walk(top)
        for path in (os.path.join(folder, name) for name in [*directories, *files])
        if os.path.islink(path)
    }


def test_links_that_stay_are_not_made_again(installed: Installed, tmp_path: Path) -> None:
    one = installed.add("one", ["bin/one", "share/one/a/b", "lib/x/one"])
    two = installed.add("two", ["bin/two", "lib/x/two"])
    root = tmp_path / "v"
    regenerate(view(root), [one], installed.prefix)
    before = links_of(root)
    regenerate(view(root), [one, two], installed.prefix)
    both = links_of(root)
    shared = {"bin/one", "share/one", ".spack/one"}
    assert {path for path in both if before.get(path) == both[path]} == shared
    assert len(os.listdir(tmp_path / "._v")) == 2, "the older tree is gone"
    (tmp_path / "._v" / ".record.json.half").write_text("of a run that was killed")
    regenerate(view(root), [two], installed.prefix)
    assert len(os.listdir(tmp_path / "._v")) == 2
    assert "bin/one" not in links_of(root) and links_of(root)["bin/two"] == both["bin/two"]
    last = links_of(root)
    regenerate(view(root), [two], installed.prefix, force=True)
    assert not set(links_of(root).values()) & set(last.values()), "all is made anew"


def test_what_somebody_put_in_the_place_of_a_link_is_not_kept(
    installed: Installed, tmp_path: Path
) -> None:
    one = installed.add("one", ["bin/one", "bin/other", "bin/third"])
    two = installed.add("two", ["bin/two"])
    root = tmp_path / "v"
    regenerate(view(root), [one], installed.prefix)
    for name in ("one", "other"):
        (root / "bin" / name).unlink()
    (root / "bin" / "one").write_text("mine")
    (root / "bin" / "other").symlink_to("elsewhere")
    regenerate(view(root), [one, two], installed.prefix)
    for name in ("one", "other", "third"):
        assert os.readlink(root / "bin" / name) == f"{installed.prefix(one)}/bin/{name}"


def test_root_that_is_something_else(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["bin/app"])
    root = tmp_path / "mine"
    root.mkdir()
    (root / "precious").write_text("data")
    with pytest.raises(ViewRootError, match="not a view"):
        regenerate(view(root), [app], installed.prefix)
    assert (root / "precious").read_text() == "data"
    link = tmp_path / "link"
    link.symlink_to(root)
    with pytest.raises(ViewRootError, match="not to a view"):
        regenerate(view(link), [app], installed.prefix)


def test_empty_directory_becomes_the_view(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["bin/app"])
    (tmp_path / "v").mkdir()
    regenerate(view(tmp_path / "v"), [app], installed.prefix)
    assert listing(tmp_path / "v") == {"bin/app": "app-1.0 bin/app\n"}


def test_absolute_link_of_another_program_is_understood(
    installed: Installed, tmp_path: Path
) -> None:
    (tmp_path / "._v" / "abc").mkdir(parents=True)
    (tmp_path / "v").symlink_to(tmp_path / "._v" / "abc")
    assert current_directory(str(tmp_path / "v")) == str(tmp_path / "._v" / "abc")
    app = installed.add("app", ["bin/app"])
    regenerate(view(tmp_path / "v"), [app], installed.prefix)
    assert not (tmp_path / "._v" / "abc").exists()


def test_remove(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["bin/app"])
    regenerate(view(tmp_path / "v"), [app], installed.prefix)
    assert remove(str(tmp_path / "v"))
    assert sorted(os.listdir(tmp_path)) == ["store"]
    assert not remove(str(tmp_path / "v"))
    assert Path(installed.prefix(app), "bin", "app").exists()


@pytest.mark.parametrize("room", [True, False])
def test_copied_programs_find_libraries_in_the_view(
    installed: Installed, tmp_path: Path, room: bool
) -> None:
    """The run path of a copied ELF file names the view if that fits, else still the store."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    base = installed.add("base", ["lib/keep"])
    prefix = Path(installed.prefix(base))
    (tmp_path / "b.c").write_text("int base(void) { return 7; }\n")
    library = prefix / "lib" / "libb.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, tmp_path / "b.c"], check=True)
    app = installed.add("app", ["share/keep"], link=[base])
    program = Path(installed.prefix(app), "bin", "app")
    program.parent.mkdir()
    (tmp_path / "a.c").write_text("int base(void); int main(void) { return base(); }\n")
    command = ["gcc", tmp_path / "a.c", "-o", program, f"-L{library.parent}", "-lb"]
    subprocess.run([*command, f"-Wl,-rpath,{library.parent}"], check=True)
    root = tmp_path / ("v" if room else "a-view-with-a-name-that-is-longer-than-" + "x" * 60)
    regenerate(view(root, link_type=LinkType.COPY), [app], installed.prefix)
    expected = str(root / "lib") if room else str(library.parent)
    assert elf.rpaths(str(root / "bin" / "app")) == [expected]
    assert subprocess.run([str(root / "bin" / "app")]).returncode == 7
