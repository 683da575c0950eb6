"""Functions of the facade that ask about the build and the machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.deptypes import from_names
from spack.language.versions import Version
from spack.recipes.bound.bound_spec import BoundSpec, bind
from spack.recipes.build_context import BuildContext, building
from spack.recipes.classes.build_queries import (
    CompilerPropertyDetector,
    LinkTree,
    NotInABuildError,
    all_deptypes,
    compile_c_and_execute,
    dedupe,
    environment_modifications_for_specs,
    filter_shebang,
    find_compilers,
    get_cmake_prefix_path,
    host_platform,
    kernel_version,
    libc_from_dynamic_linker,
    library_extensions,
    make_package_test_rpath,
    microarchitecture_flags,
    sbang_install_path,
    sbang_shebang_line,
    spack_script,
)
from spack.recipes.finding.repositories import RepositoryPath
from spack.system.processes.variables import EnvironmentModifications

Make = Callable[..., Any]


def node(name: str, *edges: Any, **keywords: Any) -> ConcreteSpec:
    """A concrete node; edges are (node, types, virtuals)."""
    return ConcreteSpec(
        name,
        Version("12.2"),
        Architecture("linux", "debian12", "x86_64_v3"),
        namespace="sample",
        dependencies=tuple(ConcreteEdge(s, from_names(t), tuple(v)) for s, t, v in edges),
        **keywords,
    )


@pytest.fixture
def app(make_repository: Make, tmp_path: Path) -> BoundSpec:
    """``app`` needs a tool, a library with a library below, and gcc."""
    compiler = """
    cc = "/usr/bin/gcc"
    pic_flag = "-fPIC"
    implicit_rpath_libs = ["libgcc"]
    version("12.2")
    """
    recipes = dict.fromkeys(("app", "tool", "upper", "lower", "run-only"), 'version("12.2")')
    wrapped = """
    version("12.2")
    filter_compiler_wrappers("settings", relative_root="lib")

    def install(self, spec, prefix):
        pass
    """
    path = RepositoryPath([make_repository({**recipes, "gcc": compiler, "app": wrapped})])
    gcc = node("gcc", external=External("/usr", (), {"compilers": {"c": "/usr/bin/gcc"}}))
    lower = node("lower")
    upper = node("upper", (lower, "link", ()))
    root = node(
        "app",
        (gcc, "build", ["c"]),
        (node("run-only"), "run", ()),
        (node("tool"), "build", ()),
        (upper, ("build", "link"), ()),
    )

    class Prefixes:
        def prefix(self, spec: ConcreteSpec) -> str:
            return str(tmp_path / spec.name)

    return bind(root, Prefixes(), path)


def test_small_things() -> None:
    assert list(dedupe([3, 1, 3, 2])) == [3, 1, 2]
    assert list(dedupe(["a", "A", "b"], key=str.lower)) == ["a", "b"]
    assert all_deptypes == ("build", "link", "run", "test")
    assert library_extensions[-1] == "a"
    assert Path(spack_script).parts[-2:] == ("bin", "spack") and os.path.exists(spack_script)
    assert str(host_platform()) in ("linux", "darwin", "freebsd") and host_platform().name
    assert kernel_version() > Version("1")
    make_package_test_rpath(None, "/nowhere")


def test_prefixes_for_cmake(app: BoundSpec) -> None:
    names = [os.path.basename(path) for path in get_cmake_prefix_path(app.package)]
    assert sorted(names) == ["lower", "tool", "upper"]
    assert names.index("upper") < names.index("lower")


def test_target_flags(app: BoundSpec) -> None:
    assert microarchitecture_flags(app, "c") == "-march=x86-64-v3 -mtune=generic"
    with pytest.raises(ValueError, match="fortran"):
        microarchitecture_flags(app, "fortran")


def test_what_only_a_build_knows(app: BoundSpec, tmp_path: Path) -> None:
    for ask in (sbang_install_path, sbang_shebang_line):
        with pytest.raises(NotInABuildError):
            ask()
    with pytest.raises(NotInABuildError):
        environment_modifications_for_specs(app)
    assert find_compilers(["/usr/bin"]) == []
    changes = EnvironmentModifications()
    context = BuildContext(
        sbang_path="/store/bin/sbang",
        find_compilers=lambda paths: ["gcc@12"],
        run_modifications=lambda specs, set_globals: changes,
    )
    with building(context):
        assert sbang_install_path() == "/store/bin/sbang"
        assert sbang_shebang_line() == "#!/bin/sh /store/bin/sbang"
        assert [str(spec) for spec in find_compilers()] == ["gcc@12"]
        assert environment_modifications_for_specs(app) is changes
        script = tmp_path / "script"
        script.write_text("#!/" + 200 * "x" + "\n")
        assert filter_shebang(str(script))
        assert script.read_text().startswith("#!/bin/sh /store/bin/sbang\n")


def test_link_trees(tmp_path: Path) -> None:
    source = tmp_path / "a" / "sub"
    source.mkdir(parents=True)
    (source / "file").write_text("x")
    (source / "other").write_text("x")
    (tmp_path / "b" / "sub").mkdir(parents=True)
    (tmp_path / "b" / "sub" / "other").write_text("mine")
    LinkTree(str(tmp_path / "a")).merge(str(tmp_path / "b"))
    assert (tmp_path / "b" / "sub" / "file").is_symlink()
    assert (tmp_path / "b" / "sub" / "other").read_text() == "mine"
    with pytest.raises(OSError):
        LinkTree(str(tmp_path / "nowhere"))


@pytest.mark.skipif(sys.platform != "linux", reason="runs gcc of the host")
def test_a_program_is_built_and_run(tmp_path: Path) -> None:
    source = tmp_path / "p.c"
    source.write_text('#include <stdio.h>\nint main(void) { puts("out"); return 0; }\n')
    assert compile_c_and_execute(str(source), [], []) == "out\n"


@pytest.mark.skipif(not os.path.exists("/usr/bin/gcc"), reason="needs gcc")
def test_what_a_compiler_does_by_itself(app: BoundSpec) -> None:
    detector = CompilerPropertyDetector(app["gcc"])
    assert "collect2" in detector.compiler_verbose_output()
    linker = detector.default_dynamic_linker()
    assert linker is not None and os.path.exists(linker)
    libc = libc_from_dynamic_linker(linker)
    assert libc is not None and libc.name in ("glibc", "musl") and libc.external
    assert all(os.path.isdir(path) for path in detector.implicit_rpaths())
    with pytest.raises(ValueError):
        CompilerPropertyDetector(BoundSpec("gcc"))


def test_wrappers_are_replaced_in_installed_files(
    app: BoundSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spack.recipes.builders.builder_choice import create_builder

    settings = tmp_path / "app" / "lib" / "settings"
    settings.parent.mkdir(parents=True)
    settings.write_text("CC=/wrappers/gcc/gcc -Wl,--enable-new-dtags\n")
    monkeypatch.setenv("CC", "/wrappers/gcc/gcc")
    (phase,) = create_builder(app.package)
    phase.execute()
    assert settings.read_text() == "CC=/usr/bin/gcc \n"
