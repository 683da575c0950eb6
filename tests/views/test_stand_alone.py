"""Views that are made by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from spack.views.descriptors import LinkType, ViewDescriptor
from spack.views.stand_alone import (
    ProjectionsChangedError,
    SpecInUseError,
    StandAloneView,
    ViewFileConflictError,
)

#: The fixture of conftest.py.
Installed = Any


def view(installed: Installed, root: Path, **changes: Any) -> StandAloneView:
    return StandAloneView(ViewDescriptor("v", str(root))._replace(**changes), installed.prefix)


def files(root: Path) -> list[str]:
    return sorted(
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
        if ".spack" not in folder
    )


@pytest.mark.parametrize("link_type", list(LinkType))
def test_add_and_remove(installed: Installed, tmp_path: Path, link_type: LinkType) -> None:
    base = installed.add("base", ["lib/b", "share/b/x"])
    app = installed.add("app", ["bin/a", "lib/a"], link=[base])
    made = view(installed, tmp_path / "v", link_type=link_type)
    assert made.add([app, base]) == []
    assert files(tmp_path / "v") == ["bin/a", "lib/a", "lib/b", "share/b/x"]
    assert [entry.state for entry in made.status([app, base])] == ["complete", "complete"]
    assert made.remove([app], others=[app, base]) == ["app"]
    assert files(tmp_path / "v") == ["lib/b", "share/b/x"]
    assert not (tmp_path / "v" / "bin").exists()
    assert [entry.state for entry in made.status([app, base])] == ["absent", "complete"]
    assert made.held([app, base]) == [base]


def test_dependents(installed: Installed, tmp_path: Path) -> None:
    base = installed.add("base", ["lib/b"])
    app = installed.add("app", ["bin/a"], link=[base])
    made = view(installed, tmp_path / "v")
    made.add([app, base])
    with pytest.raises(SpecInUseError, match="app is in the view"):
        made.remove([base], others=[app, base], with_dependents=False)
    assert sorted(made.remove([base], others=[app, base])) == ["app", "base"]
    assert files(tmp_path / "v") == []


def test_conflicts(installed: Installed, tmp_path: Path) -> None:
    one = installed.add("one", ["bin/x"])
    two = installed.add("two", ["bin/x", "bin/y"])
    made = view(installed, tmp_path / "v")
    made.add([one])
    with pytest.raises(ViewFileConflictError, match="1 files") as caught:
        made.add([two])
    assert "bin/x, wanted by two" in str(caught.value)
    assert files(tmp_path / "v") == ["bin/x"]
    assert made.add([two], ignore_conflicts=True) == ["bin/x"]
    assert (tmp_path / "v" / "bin" / "x").read_text().startswith("one")
    assert made.remove([two], others=[one, two]) == ["two"]
    assert files(tmp_path / "v") == ["bin/x"]


def test_adding_again_changes_nothing(installed: Installed, tmp_path: Path) -> None:
    one = installed.add("one", ["bin/x"])
    made = view(installed, tmp_path / "v")
    made.add([one])
    assert made.add([one]) == []


def test_missing_files_are_reported(installed: Installed, tmp_path: Path) -> None:
    one = installed.add("one", ["bin/x", "bin/y"])
    made = view(installed, tmp_path / "v")
    made.add([one])
    os.unlink(tmp_path / "v" / "bin" / "x")
    (status,) = made.status([one])
    assert (status.state, status.missing) == ("partial", ("bin/x",))


def test_projections_are_remembered(installed: Installed, tmp_path: Path) -> None:
    one = installed.add("one", ["bin/x"])
    made = view(installed, tmp_path / "v", default_projection="{name}")
    made.add([one])
    assert (tmp_path / "v" / "one" / "bin" / "x").exists()
    with pytest.raises(ProjectionsChangedError, match="other projections"):
        view(installed, tmp_path / "v").add([one])


def test_own_way_of_a_package_82(installed: Installed, tmp_path: Path) -> None:
    app = installed.add("app", ["bin/activate", "bin/a"])
    other = installed.add("other", ["bin/o"])
    (Path(installed.prefix(app)) / "bin" / "activate").write_text(installed.prefix(app))

    def own_way(view: Any, merge_map: dict[str, str]) -> None:
        for source, destination in merge_map.items():
            if destination.endswith("activate"):
                Path(destination).write_text(str(view.get_projection_for_spec(app)))
            else:
                view.link(source, destination, spec=app)

    root = tmp_path / "v"
    made = StandAloneView(
        ViewDescriptor("v", str(root)),
        installed.prefix,
        lambda spec: own_way if spec is app else None,  # type: ignore[arg-type,return-value]
    )
    assert made.add([app, other]) == []
    assert (root / "bin" / "activate").read_text() == str(root)
    assert (root / "bin" / "a").is_symlink() and (root / "bin" / "o").is_symlink()
    assert [entry.state for entry in made.status([app, other])] == ["complete", "complete"]
    # What the recipe wrote goes with its package, also when the recipe is gone by then.
    assert view(installed, root).remove([app], others=[app, other]) == ["app"]
    assert files(root) == ["bin/o"]
    assert not (root / ".spack" / "own-files.json").exists()
    (root / ".spack" / "own-files.json").write_text("{")
    assert made.remove([other], others=[other]) == ["other"]
