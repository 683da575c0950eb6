"""Specs as values: equality, traversal, lookup of dependencies, dependency types."""

from __future__ import annotations

import pickle
from typing import Callable

import pytest

from spack.language import deptypes as dt
from spack.language.concrete_specs import ConcreteEdge, ConcreteSpec, External
from spack.language.parser import parse_spec
from spack.language.specs import Spec


def names(app: ConcreteSpec, **options: object) -> str:
    return " ".join(spec.name for spec in app.traverse(**options))  # type: ignore[arg-type]


def test_orders_of_traversal(app: ConcreteSpec) -> None:
    assert names(app) == "app cmake ninja zlib gcc mpich hwloc pkgconf"
    assert names(app, order="post") == "ninja zlib cmake gcc pkgconf hwloc mpich app"
    assert names(app, order="breadth") == "app cmake gcc mpich ninja zlib hwloc pkgconf"
    assert names(app, order="topo") == "app mpich hwloc pkgconf gcc cmake zlib ninja"
    assert names(app, root=False, deptypes=dt.LINK | dt.RUN) == "mpich hwloc"


def test_topological_order_puts_parents_first(app: ConcreteSpec) -> None:
    order = list(app.traverse(order="topo"))
    for parent, edge in app.traverse_edges():
        assert order.index(parent) < order.index(edge.spec)


def test_edges(app: ConcreteSpec) -> None:
    assert [edge.spec.name for edge in app.edges(dt.LINK)] == ["mpich"]
    edge = app.edge("mpi")
    assert edge is not None and edge.spec.name == "mpich"
    assert app.edge("zlib") is None


def test_a_linked_edge_wins(make_node: Callable[..., ConcreteSpec]) -> None:
    old, new = make_node("b@1"), make_node("b@2")
    spec = make_node("a@1", (old, dt.BUILD), (new, dt.LINK))
    edge = spec.edge("b")
    assert edge is not None and edge.spec is new


def test_lookup(app: ConcreteSpec) -> None:
    found = {name: app.lookup(name) for name in ("app", "mpi", "hwloc", "c", "zlib", "nothing")}
    assert {name: spec and spec.name for name, spec in found.items()} == {
        "app": "app",
        "mpi": "mpich",
        "hwloc": "hwloc",
        "c": "gcc",
        "zlib": None,
        "nothing": None,
    }


def test_equality_of_concrete_specs_is_their_hash(app: ConcreteSpec) -> None:
    copy = pickle.loads(pickle.dumps(app))
    assert copy == app and hash(copy) == hash(app) and copy.node_dict() == app.node_dict()
    assert app != app.dependencies[0].spec
    assert str(app) == f"app@2.1/{app.dag_hash()}"
    assert app.dag_hash(7) == app.dag_hash()[:7]


def test_parts_of_a_concrete_spec(app: ConcreteSpec) -> None:
    assert (app.platform, app.os, app.target) == ("linux", "debian12", "x86_64_v3")
    assert str(app.arch) == "linux-debian12-x86_64_v3"
    assert app.concrete and not Spec().concrete and not app.spliced
    assert app.versions.concrete == app.version
    assert app.flags["cflags"] == ("-O2", "-g") and app.flags["ldlibs"] == ()


def test_hash_does_not_depend_on_the_order_of_construction(
    make_node: Callable[..., ConcreteSpec],
) -> None:
    b, c = make_node("b@1"), make_node("c@1")
    one = make_node("a@1", (b, dt.LINK), (c, dt.BUILD), variants={"x": True, "y": "1"})
    two = make_node("a@1", (c, dt.BUILD), (b, dt.LINK), variants={"y": "1", "x": True})
    assert one == two


@pytest.mark.parametrize(
    "change",
    [
        {"variants": {"x": False}},
        {"namespace": "other"},
        {"package_hash": "abc"},
        {"flags": {"cflags": ("-g",)}},
        {"external": External("/usr")},
        {"patches": ("abc",)},
    ],
)
def test_every_part_is_in_the_hash(
    make_node: Callable[..., ConcreteSpec], change: dict[str, object]
) -> None:
    assert make_node("a@1", **change) != make_node("a@1")


def test_deptypes_are_in_the_hash(make_node: Callable[..., ConcreteSpec]) -> None:
    b = make_node("b@1")
    variants = [
        make_node("a@1", (b, deptypes, virtuals))
        for deptypes in (dt.LINK, dt.LINK | dt.TEST)
        for virtuals in ((), ("v",))
    ]
    assert len({spec.dag_hash() for spec in variants}) == 4


def test_spec_values() -> None:
    spec = parse_spec("n.a@=1+x ^b %c")
    assert spec.fullname == "n.a" and str(spec.version) == "1"
    assert spec.without_dependencies() == parse_spec("n.a@=1+x")
    assert [node.name for node in spec.traverse()] == ["a", "b", "c"]
    assert spec.replace(name="z") == parse_spec("n.z@=1+x ^b %c")
    assert parse_spec("a ^b ^c") == parse_spec("a ^c ^b") != parse_spec("a ^b")
    assert spec != "n.a" and len({spec, parse_spec(str(spec))}) == 1
    assert repr(parse_spec("a+x")) == "Spec('a+x')"


def test_deptype_names() -> None:
    assert dt.from_names("all") == dt.ALL
    assert dt.from_names(["link", "build"]) == dt.BUILD | dt.LINK
    assert dt.to_names(dt.ALL) == ("build", "link", "run", "test")
    assert dt.letters(dt.BUILD | dt.RUN) == "b r "
    with pytest.raises(ValueError, match="not a dependency type"):
        dt.from_names("bild")


def test_edges_of_a_concrete_spec_are_sorted(make_node: Callable[..., ConcreteSpec]) -> None:
    spec = make_node("a@1", (make_node("z@1"), dt.LINK), (make_node("b@1"), dt.LINK))
    assert [edge.spec.name for edge in spec.dependencies] == ["b", "z"]
    assert spec.dependencies[0] == ConcreteEdge(spec.dependencies[0].spec, dt.LINK)
