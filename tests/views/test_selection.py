"""The specs that go into a view, and their places."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from spack.errors import Origin
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.formatting import FormatError
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.language.versions import Version
from spack.views.descriptors import Link, LinkType, Projection, ViewDescriptor
from spack.views.selection import (
    Naming,
    ProjectionError,
    ViewConflictError,
    place,
    reachable,
    select,
)


def node(
    name: str,
    *edges: tuple[ConcreteSpec, int],
    version: str = "1.0",
    virtuals: tuple[str, ...] = (),
    external: bool = False,
) -> ConcreteSpec:
    return ConcreteSpec(
        name,
        Version(version),
        Architecture("linux", "debian12", "x86_64"),
        dependencies=tuple(ConcreteEdge(s, d, virtuals) for s, d in edges),
        external=External("/usr") if external else None,
    )


def located(text: str) -> Located:
    return Located(parse_spec(text), Origin("spack.yaml", 3), text)


def view(
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    projections: Sequence[tuple[str, str]] = (),
    default: str = "",
    link: Link = Link.ALL,
) -> ViewDescriptor:
    return ViewDescriptor(
        "default",
        "/v",
        tuple(Projection(located(text), path) for text, path in projections),
        default,
        tuple(located(text) for text in select),
        tuple(located(text) for text in exclude),
        link,
        LinkType.SYMLINK,
        origin=Origin("spack.yaml", 7),
    )


def names(specs: Sequence[ConcreteSpec]) -> list[str]:
    return [spec.name for spec in specs]


@pytest.fixture
def app() -> ConcreteSpec:
    """app -> lib (link) -> base (link), tool (build), script (run) -> interpreter (run)."""
    base = node("base")
    lib = node("lib", (base, deptypes.LINK | deptypes.BUILD))
    interpreter = node("interpreter", (base, deptypes.LINK))
    script = node("script", (interpreter, deptypes.RUN))
    return node("app", (lib, deptypes.LINK), (node("tool"), deptypes.BUILD), (script, deptypes.RUN))


def test_link_all(app: ConcreteSpec) -> None:
    assert names(reachable([app], Link.ALL)) == ["app", "lib", "script", "base", "interpreter"]


def test_link_run(app: ConcreteSpec) -> None:
    assert names(reachable([app], Link.RUN)) == ["app", "script", "interpreter"]


def test_link_roots(app: ConcreteSpec) -> None:
    assert names(reachable([app], Link.ROOTS)) == ["app"]


def test_select_by_dependency() -> None:
    """Select by a dependency: those that depend on MPI, by the virtual."""
    mpich = node("mpich")
    hdf5 = node("hdf5", (mpich, deptypes.LINK), virtuals=("mpi",))
    zlib = node("zlib")
    assert names(select([hdf5, zlib, mpich], view(select=["^mpi"]))) == ["hdf5"]


def test_exclude_by_compiler() -> None:
    gcc = node("gcc", version="12.2.0")
    built = node("a", (gcc, deptypes.BUILD), virtuals=("c",))
    assert names(select([built, node("b")], view(exclude=["%gcc@12"]))) == ["b"]


def test_externals_have_no_files() -> None:
    assert names(select([node("a"), node("b", external=True)], view())) == ["a"]


def test_default_is_the_root_of_the_view() -> None:
    placed, _ = place([node("a"), node("b")], view(projections=[("b", "{name}")]))
    assert [entry.folder for entry in placed] == ["", "b"]


def test_first_matching_projection_and_all() -> None:
    """The position of all does not matter."""
    descriptor = view(
        projections=[("zlib@1.2", "old/{name}-{version}"), ("zlib", "{name}-{version}")],
        default="rest/{name}",
    )
    specs = [node("zlib", version="1.2.8"), node("zlib", version="1.3"), node("other")]
    placed, _ = place(specs, descriptor)
    assert [entry.folder for entry in placed] == ["old/zlib-1.2.8", "zlib-1.3", "rest/other"]


def test_projection_variables_are_expanded() -> None:
    placed, _ = place(
        [node("a")],
        view(default="$date/{name}"),
        Naming(expand=lambda t: t.replace("$date", "today")),
    )
    assert placed[0].folder == "today/a"


def test_an_extension_goes_where_its_extendee_goes() -> None:
    python = node("python", version="3.11")
    extension = node("py-x")
    naming = Naming(extended=lambda spec: python if spec is extension else None)
    placed, _ = place([extension, python, node("b")], view(default="{name}-{version}"), naming)
    assert [entry.folder for entry in placed] == ["python-3.11", "python-3.11", "b-1.0"]


def test_projection_outside_the_view() -> None:
    with pytest.raises(ProjectionError, match="outside the view") as caught:
        place([node("a")], view(default="../{name}"))
    assert "spack.yaml:7" in str(caught.value)


def test_an_unknown_field_of_a_projection_is_told_with_its_place() -> None:
    with pytest.raises(FormatError, match="no attribute nome") as caught:
        place([node("a")], view(default="{nome}"))
    assert "spack.yaml:7" in str(caught.value)


def test_one_folder_for_two_specs() -> None:
    """All such specs and the remedies are named, at once."""
    specs = [node(name, version=version) for version in ("1.0", "2.0", "3.0") for name in "ab"]
    with pytest.raises(ViewConflictError) as caught:
        place(specs, view(default="{name}"))
    text = str(caught.value)
    for spec in specs:
        assert f"{spec.name}@{spec.version}/" in text
    assert all(remedy in text for remedy in ("unify", "exclude", "projections"))


def test_duplicates_in_the_root_keep_the_first() -> None:
    first, second = node("a"), node("a", version="2.0")
    placed, duplicates = place([first, second], view())
    assert [entry.spec for entry in placed] == [first]
    assert [(entry.kept, entry.dropped) for entry in duplicates] == [(first, second)]


def test_newest_runtime_package_is_kept() -> None:
    old, new = node("gcc-runtime", version="12"), node("gcc-runtime", version="13")
    for specs in ([old, new], [new, old]):
        placed, duplicates = place(specs, view(default="{name}"))
        assert [entry.spec.version for entry in placed] == [new.version]
        assert duplicates == []
