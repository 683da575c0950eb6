"""The spec as recipe code sees it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, Callable

import pytest

from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.deptypes import from_names
from spack.language.versions import Version
from spack.recipes.bound.bindings import UnboundSpecError
from spack.recipes.bound.bound_spec import BoundSpec, bind, bind_all
from spack.recipes.bound.node_values import Target
from spack.recipes.classes.compiler_view import CompilerError, NoCompilerError, compiler_spec
from spack.recipes.finding.repositories import RepositoryPath
from spack.system.binaries.libraries import NoHeadersError, NoLibrariesError

Make = Callable[..., Any]

ARCH = Architecture("linux", "debian12", "zen2")


class Prefixes:
    """Prefixes below one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prefix(self, spec: ConcreteSpec) -> str:
        return str(self.root / spec.name)


def node(name: str, version: str, *edges: Any, **keywords: Any) -> ConcreteSpec:
    """A concrete node; edges are (node, types, virtuals)."""
    dependencies = tuple(
        ConcreteEdge(child, from_names(types), tuple(virtuals)) for child, types, virtuals in edges
    )
    return ConcreteSpec(
        name,
        Version(version),
        ARCH,
        namespace="sample",
        dependencies=dependencies,
        **keywords,
    )


RECIPES = {
    "app": """
    from spack.package import *


    class App(Package):
        version("1.0")

        def tool(self):
            return self["tool"].spec.name
    """,
    "openblas": """
    from spack.package import *


    class Openblas(Package):
        version("0.3")
        provides("blas@3", when="@0.2:")
        provides("blas@2")
        headers = None

        @property
        def blas_libs(self):
            return LibraryList(["/x/libblas.so"])

        @property
        def lapack_libs(self):
            raise AttributeError("hidden")

        @property
        def libs(self):
            words = self.spec.last_query.extra_parameters
            return LibraryList([f"/x/lib{w}.so" for w in words] or ["/x/libopenblas.so"])
    """,
    "tool": """
    from spack.package import *


    class Tool(Package):
        version("2")
    """,
    "low": """
    from spack.package import *


    class Low(Package):
        version("1")
    """,
    "comp": """
    from spack.package import *


    class Comp(Package):
        version("12.2")
        tags = ["compiler"]
        cc = "/usr/bin/comp"
        pic_flag = "-fPIC"
        openmp_flag = "-fopenmp"
        rpath_arg = "-Wl,-rpath,"

        def standard_flag(self, *, language, standard):
            return f"-std={language}{standard}"

        def implicit_rpaths(self):
            return ["/usr/lib/comp"]
    """,
}


@pytest.fixture
def app(make_repository: Make, tmp_path: Path) -> BoundSpec:
    path = RepositoryPath([make_repository(RECIPES)])
    low = node("low", "1", variants={"shared": True})
    comp = node(
        "comp",
        "12.2",
        external=External("/usr", ("comp/12",), {"compilers": {"c": "/usr/bin/comp"}}),
    )
    blas = node("openblas", "0.3", (low, "link", ()), (comp, "build", ["c"]))
    tool = node("tool", "2", (low, "run", ()))
    root = node(
        "app",
        "1.0",
        (blas, ("build", "link"), ["blas", "lapack"]),
        (comp, "build", ["c"]),
        (tool, "build", ()),
        variants={"mpi": True, "langs": ("c", "fortran"), "kind": "x"},
        flags={"cflags": ("-O2",)},
    )
    return bind(root, Prefixes(tmp_path / "opt"), path)


def test_attributes_of_a_node(app: BoundSpec) -> None:
    assert (app.name, app.namespace, app.fullname) == ("app", "sample", "sample.app")
    assert app.concrete and app.version == Version("1.0")
    assert app.variants["mpi"].value is True and "fortran" in app.variants["langs"]
    assert app.variants["langs"].values == ("c", "fortran")
    assert app.variants["kind"].values == ("x",)
    assert "none" not in app.variants
    assert str(app.variants) == "+mpi kind=x langs=c,fortran"
    assert app.variants.dict is app.variants
    assert app.compiler_flags["cflags"] == ["-O2"] and app.compiler_flags["ldlibs"] == []
    assert (app.platform, app.os, str(app.target)) == ("linux", "debian12", "zen2")
    assert not app.external and not app.is_develop and not app.spliced
    assert app.build_spec is app
    assert len(app.dag_hash()) == 32 and app.dag_hash(7) == app.dag_hash()[:7]
    assert app.format("{name}-{version}") == "app-1.0"
    assert app.format("{prefix}").endswith("/opt/app")
    assert format(app, "{name}") == "app" and format(BoundSpec("a"), ">3") == "  a"


def test_targets_are_compared_by_compatibility(app: BoundSpec) -> None:
    target = app.target
    assert target.family == "x86_64" and str(target.generic) == "x86_64_v3"
    assert target >= "x86_64" and target > "x86_64_v3" and target <= "zen2"
    assert not target < "skylake" and not target >= "skylake"
    assert "avx2" in target and "avx512f" not in target and "avx2" in target.features
    assert target.ancestors[-1].name == "x86_64" and target.vendor == "AuthenticAMD"
    assert "zen2" in app.architecture and "darwin" not in app.architecture
    assert str(app.architecture) == "linux-debian12-zen2"
    assert {target: 1}[target] == 1


def test_queries(app: BoundSpec) -> None:
    blas = app["blas"]
    assert blas.token[0].name == "openblas"
    assert blas.name == "openblas" and blas.last_query == ("blas", [], True)
    assert app["app"].name == "app"
    assert app["low"].name == "low"
    assert app["openblas: a, b"].last_query.extra_parameters == ["a", "b"]
    assert app["tool"].last_query.isvirtual is False
    with pytest.raises(KeyError):
        app["nothing"]
    with pytest.raises(KeyError):
        app["a:b:c"]
    assert app.package.tool() == "tool"


def test_what_a_query_finds_first() -> None:
    below = node("mid", "1", (node("tool", "1"), "link", ()), (node("low", "1"), "run", ()))
    hidden = node("other", "1", (node("hidden", "1"), "build", ()))
    root = node(
        "app",
        "1.0",
        (below, "link", ()),
        (hidden, "link", ()),
        (node("check", "1"), "test", ()),
        (node("tool", "2"), "build", ()),
    )
    view = bind(root, None, None)
    assert view["tool"].version == Version("2")
    assert view["check"].name == "check" and view["low"].name == "low"
    with pytest.raises(KeyError):
        view["hidden"]


def test_what_is_in_a_spec(app: BoundSpec) -> None:
    assert "+mpi" in app and "app@1" in app and "%comp@12" in app
    assert "openblas@0.3" in app and "openblas@0.4" not in app
    assert "blas" in app and "blas@3" in app and "blas@4" not in app
    assert "nothing" not in app
    assert "c" in app and "c@1" not in app  # its recipe provides no version of it
    assert "low+shared" in app
    assert app.satisfies("^low") and app.satisfies("%c=comp")
    assert app.satisfies(BoundSpec("app")) and app.intersects("app@1:")
    assert app["blas"].satisfies("blas@3")
    assert "%blas@3:" in app
    assert app.has_virtual_dependency("c") and not app.has_virtual_dependency("cxx")


def test_attributes_set_on_a_node_are_shared(app: BoundSpec) -> None:
    app["openblas"].mpicc = "/bin/mpicc"
    assert app["blas"].mpicc == "/bin/mpicc"
    assert app["blas"].package.spec.mpicc == "/bin/mpicc"
    with pytest.raises(AttributeError):
        _ = app["tool"].mpicc
    with pytest.raises(AttributeError):
        app["tool"].libs = ["x"]
    assert app["blas"].package is app["openblas"].package


def test_forwarding_to_the_package(app: BoundSpec) -> None:
    assert list(app["blas"].libs) == ["/x/libblas.so"]
    assert list(app["openblas"].libs) == ["/x/libopenblas.so"]
    assert list(app["openblas:p,q"].libs) == ["/x/libp.so", "/x/libq.so"]
    # An AttributeError inside of a property means: go on.
    assert list(app["lapack"].libs) == ["/x/libopenblas.so"]
    with pytest.raises(AttributeError, match="no headers"):
        _ = app["blas"].headers
    assert str(app["tool"].home).endswith("/opt/tool")


def test_default_search(app: BoundSpec) -> None:
    prefix = Path(app["low"].prefix)
    with pytest.raises(NoLibrariesError, match="low"):
        _ = app["low"].libs
    with pytest.raises(NoHeadersError, match="low"):
        _ = app["low"].headers
    (prefix / "lib").mkdir(parents=True)
    (prefix / "include").mkdir()
    (prefix / "lib" / "liblow.a").write_text("")
    with pytest.raises(NoLibrariesError):
        _ = app["low"].libs
    (prefix / "lib" / "liblow.so").write_text("")
    (prefix / "include" / "low.h").write_text("")
    assert app["low"].libs.directories == [str(prefix / "lib")]
    assert app["low"].headers.directories == [str(prefix / "include")]
    with pytest.raises(RuntimeError, match="program"):
        _ = app["low"].command


def test_externals(app: BoundSpec) -> None:
    comp = app["comp"]
    assert comp.external and str(comp.prefix) == "/usr" and comp.external_path == "/usr"
    assert comp.external_modules == ["comp/12"]
    assert comp.extra_attributes["compilers"]["c"] == "/usr/bin/comp"


def test_the_graph(app: BoundSpec) -> None:
    assert [s.name for s in app.dependencies(deptype="link")] == ["openblas"]
    assert [s.name for s in app.dependencies(virtuals=("c",))] == ["comp"]
    assert [s.name for s in app.dependencies("tool")] == ["tool"]
    names: list[Any] = [s.name for s in app.traverse()]
    assert names[0] == "app" and sorted(names) == ["app", "comp", "low", "openblas", "tool"]
    assert [s.name for s in app.traverse(root=False, deptype=("link",))] == ["openblas", "low"]
    edges: dict[Any, Any] = {e.spec.name: e for e in app.edges_to_dependencies()}
    assert edges["openblas"].virtuals == ("blas", "lapack")
    assert edges["openblas"].parent is app and edges["openblas"].depflag == 5


def test_one_binding_for_several_graphs(app: BoundSpec) -> None:
    pure = app.unbound
    assert isinstance(pure, ConcreteSpec)
    first, second = bind_all([pure, pure], None, None)
    first.note = 1
    assert second.note == 1
    with pytest.raises(UnboundSpecError):
        _ = first.prefix
    with pytest.raises(UnboundSpecError):
        _ = first.package


def test_the_old_compiler_object(app: BoundSpec) -> None:
    compiler = app.package.compiler
    assert compiler.name == "comp" and compiler.version == Version("12.2")
    assert compiler.cc == "/usr/bin/comp" and compiler.cc_pic_flag == "-fPIC"
    assert compiler.openmp_flag == "-fopenmp" and compiler.c11_flag == "-std=c11"
    assert compiler.cc_rpath_arg == "-Wl,-rpath," and compiler.extra_rpaths == []
    assert compiler.implicit_rpaths() == ["/usr/lib/comp"]
    assert str(compiler.prefix) == "/usr" and compiler.spec.name == "comp"
    with pytest.raises(NoCompilerError):
        _ = compiler.fc
    with pytest.raises(KeyError):
        _ = compiler.cxx11_flag
    with pytest.raises(AttributeError):
        _ = compiler.msvc_version
    with pytest.raises(TypeError):
        compiler.cc = "x"
    assert app.compiler.name == "comp"
    found = compiler_spec(app)
    assert found is not None and found.name == "comp"
    assert compiler_spec(app["low"]) is None
    with pytest.raises(NoCompilerError):
        _ = app["low"].package.compiler
    with pytest.raises(UnboundSpecError):
        _ = app["low"].compiler
    assert issubclass(CompilerError, Exception)


def test_abstract_specs() -> None:
    spec = BoundSpec("zlib@1.2:+shared ^cmake@3")
    assert not spec.concrete and spec.name == "zlib"
    assert spec.satisfies("@1:") and "+shared" in spec and "cmake@3" in spec
    assert spec["cmake"].name == "cmake" and spec["zlib"] is spec
    assert spec == "zlib@1.2:+shared ^cmake@3" and spec == BoundSpec(spec)
    assert spec.constrained("~static").satisfies("~static")
    assert {spec: 1}[BoundSpec(str(spec))] == 1
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert repr(BoundSpec("a")) == "Spec('a')" and BoundSpec("a") < BoundSpec("b")
    assert BoundSpec().name is None
    assert [s.name for s in spec.traverse()] == ["zlib", "cmake"]
    for attribute in ("version", "prefix", "package", "package_class"):
        with pytest.raises(UnboundSpecError):
            getattr(spec, attribute)
    with pytest.raises(UnboundSpecError):
        spec.dag_hash()
    assert BoundSpec("zlib@=1.3").version == Version("1.3")


def test_detected_specs() -> None:
    found = BoundSpec.from_detection(
        "gcc@12", external_path="/usr", extra_attributes={"compilers": {}}
    )
    assert found.external and str(found.prefix) == "/usr"
    assert found.extra_attributes == {"compilers": {}} and found.external_modules is None


def test_a_target_says_what_compilers_call_it() -> None:
    entries = Target("zen2").compilers["gcc"]
    assert any(entry["versions"] and entry.get("flags") for entry in entries)
    assert Target("no-such-target").compilers == {}
