"""Package objects, the flags of a package, its modules, the build it runs in."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any, Callable

import pytest

from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec
from spack.language.deptypes import from_names
from spack.language.versions import Version
from spack.recipes.bound.bound_spec import bind
from spack.recipes.build_context import (
    BuildContext,
    NoStageError,
    build_context,
    building,
    determine_number_of_jobs,
)
from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.classes.class_properties import classproperty, memoized
from spack.recipes.classes.flag_handlers import plan_flags
from spack.recipes.classes.recipe_modules import (
    ModuleChangePropagator,
    UndeclaredDependencyError,
    link_static_library,
    set_module_globals,
    shared_library_suffix,
    static_library_suffix,
)
from spack.recipes.errors import InstallError
from spack.recipes.finding.repositories import RepositoryPath
from spack.system.processes.executables import Executable

Make = Callable[..., Any]


class Prefixes:
    """Prefixes below one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prefix(self, spec: ConcreteSpec) -> str:
        return str(self.root / spec.name)


def node(name: str, version: str, *edges: Any, **keywords: Any) -> ConcreteSpec:
    """A concrete node; edges are (node, types, virtuals)."""
    return ConcreteSpec(
        name,
        Version(version),
        Architecture("linux", "debian12", "x86_64"),
        namespace="sample",
        dependencies=tuple(ConcreteEdge(s, from_names(t), tuple(v)) for s, t, v in edges),
        **keywords,
    )


@pytest.fixture
def bound(make_repository: Make, tmp_path: Path) -> Callable[..., Any]:
    """A package object made of one class body."""
    places = itertools.count()

    def make(body: str, *edges: Any, **keywords: Any) -> Any:
        others = keywords.pop("others", {})
        place = tmp_path / str(next(places))
        path = RepositoryPath([make_repository({"thing": body, **others}, place=place)])
        concrete = node("thing", "1.0", *edges, **keywords)
        return bind(concrete, Prefixes(tmp_path / "opt"), path).package

    return make


def test_defaults(bound: Make, tmp_path: Path) -> None:
    pkg = bound('version("1.0")')
    assert pkg.has_code and pkg.parallel and not pkg.run_tests and not pkg.extendable
    assert str(pkg.prefix) == str(tmp_path / "opt" / "thing") == str(pkg.home)
    assert str(pkg.version) == "1.0" and repr(pkg).startswith("Thing(")
    assert pkg.metadata_dir == f"{pkg.prefix}/.spack"
    assert pkg.install_log_path.endswith("/.spack/spack-build-out.txt.gz")
    assert pkg.global_license_file is None
    assert pkg.cmake_prefix_paths == [pkg.prefix]
    assert pkg.rpath == [f"{pkg.prefix}/lib", f"{pkg.prefix}/lib64"]
    paths = (pkg.prefix, pkg.home, *pkg.rpath, *pkg.cmake_prefix_paths, pkg.spec.prefix)
    assert all(path.cmake.join("x") == f"{path}/cmake/x" for path in paths)
    assert pkg.rpath_args.startswith("-Wl,-rpath,")
    assert create_builder(pkg).build_system == "generic"
    with pytest.raises(NoStageError):
        _ = pkg.stage
    with pytest.raises(ValueError):
        pkg.get_variant("nothing")


def test_url_and_urls_together_are_refused(bound: Make) -> None:
    with pytest.raises(ValueError, match="both url and urls"):
        bound('url = "https://example.com/a-1.tgz"\nurls = ["https://example.com/b-1.tgz"]')


def test_executables_make_a_package_detectable(package_class: Make) -> None:
    cls = package_class('executables = ["^x$"]\ntags = ["build-tools"]\nversion("1")')
    assert cls.tags == ["build-tools", "detectable"]


def test_versions_and_virtuals(bound: Make) -> None:
    pkg = bound(
        """
        git = "https://example.com/g.git"
        version("main", branch="main")
        version("1.0", sha256="a" * 64)
        provides("blas@3", when="@1:")
        provides("lapack", when="@2:")
        """
    )
    assert [str(s) for s in pkg.virtuals_provided] == ["blas@3"]
    assert pkg.provides("blas") and not pkg.provides("lapack")


def test_extensions(bound: Make) -> None:
    python = node("python", "3.11")
    pkg = bound(
        'extends("python", when="@1:")\nversion("1.0")',
        (python, ("build", "run"), ()),
        others={"python": 'version("3.11")'},
    )
    assert pkg.is_extension and pkg.extendee_spec.name == "python"
    assert pkg.extends(pkg.spec["python"])
    assert not bound('version("1.0")').is_extension


def test_flags_take_the_way_that_the_handler_chooses(bound: Make) -> None:
    flags = {"cflags": ("-O2",), "ldflags": ("-s",)}
    assert plan_flags(bound("pass", flags=flags)).inject == {"cflags": ["-O2"], "ldflags": ["-s"]}
    plan = plan_flags(bound("flag_handler = env_flags", flags=flags))
    assert plan.env["cflags"] == ["-O2"] and not plan.inject
    pkg = bound(
        """
        def flag_handler(self, name, flags):
            if name == "cflags":
                flags.append("-g")
                return flags, None, None
            return self.build_system_flags(name, flags)
        """,
        flags=flags,
    )
    plan = plan_flags(pkg)
    assert plan.inject == {"cflags": ["-O2", "-g"]}
    assert set(plan.build_system) >= {"cflags", "ldlibs"} and plan.build_system["ldflags"] == ["-s"]
    with pytest.raises(InstallError):
        pkg.flags_to_build_system_args(plan.build_system)
    pkg.flags_to_build_system_args({"cflags": []})


def test_globals_of_recipe_modules(bound: Make) -> None:
    pkg = bound('version("1.0")')
    with building(BuildContext(jobs=3)):
        set_module_globals(pkg)
    module = pkg.module
    assert module.make_jobs == 3 and module.prefix == pkg.prefix
    assert module.dso_suffix in ("so", "dylib", "dll")
    with pytest.raises(UndeclaredDependencyError, match="gmake"):
        module.make("install")
    with pytest.raises(UndeclaredDependencyError):
        module.ninja.add_default_env("A", "b")
    proxy = ModuleChangePropagator(pkg)
    proxy.spack_cc = "/cc"
    assert module.spack_cc == "/cc" == proxy.spack_cc
    assert not hasattr(proxy, "spack_fc")
    proxy.propagate_changes_to_mro()


def test_names_reach_the_modules_of_base_recipes(bound: Make) -> None:
    pkg = bound(
        """
        from spack.package import *
        from spack_repo.sample.packages.base.package import Base


        class Thing(Base):
            version("1.0")
        """,
        others={"base": "def jobs(self):\n    return make_jobs"},
    )
    with building(BuildContext(jobs=5)):
        set_module_globals(pkg)
    assert pkg.jobs() == 5


def test_build_context() -> None:
    assert build_context() == BuildContext()
    with building(BuildContext(jobs=7)) as context:
        assert determine_number_of_jobs(parallel=True) == 7 == context.jobs
        assert determine_number_of_jobs(parallel=False) == 1
        assert build_context() is context
    assert determine_number_of_jobs(parallel=True, max_cpus=2) == 2
    assert build_context() == BuildContext()


def test_stage_and_tests_come_from_the_build(bound: Make, tmp_path: Path) -> None:
    class Stage:
        path = str(tmp_path)

    context = BuildContext(
        stage_of=lambda pkg: Stage(), run_tests=lambda name: name == "thing", license_dir="/l"
    )
    with building(context):
        pkg = bound('license_files = ["etc/key.lic"]')
        assert pkg.run_tests
        assert pkg.log_path == str(tmp_path / "spack-build-out.txt")
        assert pkg.global_license_file == "/l/thing/key.lic"


def test_make_targets(bound: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pkg = bound('version("1.0")')
    monkeypatch.chdir(tmp_path)
    calls: list[str] = []
    monkeypatch.setattr(pkg.module, "make", lambda *a: calls.extend(a), raising=False)
    pkg._if_make_target_execute("check")
    Path("Makefile").write_text("check:\n\ttrue\n")
    pkg._if_make_target_execute("check")
    pkg._if_make_target_execute("absent")
    pkg._if_ninja_target_execute("check")
    assert calls == ["check"]


def test_class_properties_and_memory() -> None:
    class Base:
        word = "a"

        @classproperty
        def twice(cls) -> str:
            return 2 * cls.word  # type: ignore[attr-defined,no-any-return]

    class Heir(Base):
        word = "b"

    class Constant(Base):
        twice = "c"  # type: ignore[assignment]

    assert (Base.twice, Heir.twice, Heir().twice, Constant.twice) == ("aa", "bb", "bb", "c")
    calls: list[int] = []

    @memoized
    def double(number: int) -> int:
        calls.append(number)
        return 2 * number

    assert (double(2), double(2), calls) == (4, 4, [2])


def test_suffixes(bound: Make) -> None:
    spec = bound('version("1.0")').spec
    assert (shared_library_suffix(spec), static_library_suffix(spec)) == ("so", "a")


def test_static_library_becomes_a_shared_one(tmp_path: Path) -> None:
    source = tmp_path / "a.c"
    source.write_text("int answer(void) { return 42; }\n")
    Executable("cc")("-fPIC", "-c", str(source), "-o", str(tmp_path / "a.o"))
    archive = str(tmp_path / "liba.a")
    Executable("ar")("rcs", archive, str(tmp_path / "a.o"))
    link_static_library("linux", Executable("cc"), archive, version="1.2", compat_version="1")
    assert (tmp_path / "liba.so.1.2").is_file()
    assert os.readlink(tmp_path / "liba.so") == "liba.so.1.2" == os.readlink(tmp_path / "liba.so.1")
