"""The commands of build systems of the embedded repository, with programs that only take notes."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hand_made import EMBEDDED, Prefixes, node

from spack.recipes.bound.bound_spec import bind
from spack.recipes.build_context import BuildContext, building
from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.system.files.writing import mkdirp

TOOLS = (
    "cargo cmake configure gem go luarocks make meson ninja octave perl python qmake R rake scons"
).split()


class Bench:
    """One recipe in a repository of its own, with a stage and tools that take notes."""

    def __init__(
        self, root: Path, imports: str, body: str, build_system: str, variants: Any
    ) -> None:
        self.calls: list[str] = []
        name = "sample"
        # A directory of its own for each test, as Python keeps modules.
        namespace = f"bench_{abs(hash(str(root))):x}"
        home = root / "spack_repo" / namespace
        recipe = home / "packages" / name / "package.py"
        recipe.parent.mkdir(parents=True)
        (home / "repo.yaml").write_text(f"repo:\n  namespace: {namespace}\n  api: v2.2\n")
        recipe.write_text(f"{imports}\nfrom spack.package import *\n\n\n{body}\n")
        self.repository = Repository(str(home))
        path = RepositoryPath([self.repository, Repository(str(EMBEDDED))])
        source = root / "stage/spack-src"
        source.mkdir(parents=True)
        self.source = source
        stage = types.SimpleNamespace(
            path=str(source.parent), source_path=str(source), archive_file=None
        )
        self.context = BuildContext(jobs=3, stage_of=lambda pkg: stage)
        spec = node(name, "1.0", build_system, variants=variants, namespace=namespace)
        self.pkg = bind(spec, Prefixes(root), path).package
        self.prefix = str(self.pkg.prefix)
        for tool in TOOLS:
            setattr(self.pkg.module, tool, self._noting(tool))
        self.pkg.module.make_jobs = 3

    def _noting(self, tool: str) -> Any:
        def run(*arguments: Any, **keywords: Any) -> None:
            self.calls.append(" ".join([tool, *map(str, arguments)]))
            if "install" in arguments or "CMD" in arguments or tool == "octave":
                mkdirp(os.path.join(self.prefix, "lib"))

        return run

    def run(self) -> list[str]:
        """Run all phases in the source directory; the commands with short paths."""
        with building(self.context):
            builder = create_builder(self.pkg)
            before = os.getcwd()
            os.chdir(self.source)
            try:
                for phase in builder:
                    phase.execute()
            finally:
                os.chdir(before)
        short = {self.prefix: "PREFIX", str(self.source): "SOURCE"}
        shortened = []
        for call in self.calls:
            for long, word in short.items():
                call = call.replace(long, word)
            shortened.append(call)
        return shortened


def bench(
    root: Path,
    module: str,
    base: str,
    build_system: str,
    body: Sequence[str] = (),
    variants: Mapping[str, Any] = {},
) -> Bench:
    imports = f"from spack_repo.builtin.build_systems.{module} import {base}"
    lines = [f"class Sample({base}):", '    """A sample."""', '    version("1.0")', *body]
    return Bench(root, imports, "\n".join(lines), build_system, variants)


def test_makefile(tmp_path: Path) -> None:
    body = ['    build_targets = ["all"]', '    install_targets = ["install", "X=1"]']
    tools = bench(tmp_path, "makefile", "MakefilePackage", "makefile", body)
    assert tools.run() == ["make all", "make install X=1"]


def test_cmake(tmp_path: Path) -> None:
    body = [
        '    variant("shared", default=True)',
        '    variant("kind", default="a", values=("a", "b"), multi=True)',
        "    def cmake_args(self):",
        '        return [self.define_from_variant("BUILD_SHARED_LIBS", "shared"),',
        '                self.define_from_variant("KIND"), self.define("LIST", ["x", "y"]),',
        '                self.define_from_variant("GONE", "gone")]',
        '    variant("gone", default=True, when="@2:")',
    ]
    variants = {
        "build_type": "Debug",
        "ipo": False,
        "generator": "ninja",
        "shared": False,
        "kind": ("a", "b"),
    }
    tools = bench(tmp_path, "cmake", "CMakePackage", "cmake", body, variants)
    configure, build, install = tools.run()
    assert configure.startswith("cmake -G Ninja -DCMAKE_INSTALL_PREFIX:STRING=PREFIX ")
    assert "-DCMAKE_BUILD_TYPE:STRING=Debug" in configure
    assert configure.endswith(
        "-DBUILD_SHARED_LIBS:BOOL=OFF -DKIND:STRING=a;b -DLIST:STRING=x;y SOURCE"
    )
    assert (build, install) == ("ninja -v", "ninja -v install")


def test_cmake_flags(tmp_path: Path) -> None:
    pkg = bench(tmp_path, "cmake", "CMakePackage", "cmake").pkg
    pkg.flags_to_build_system_args(
        {"cflags": ["-O1"], "cppflags": ["-DX"], "ldflags": ["-s"], "ldlibs": ["-lm"]}
    )
    assert "-DCMAKE_C_FLAGS=-O1 -DX" in pkg.cmake_flag_args
    assert "-DCMAKE_Fortran_FLAGS=-DX" in pkg.cmake_flag_args
    assert "-DCMAKE_EXE_LINKER_FLAGS=-s" in pkg.cmake_flag_args
    assert "-DCMAKE_CXX_STANDARD_LIBRARIES=-lm" in pkg.cmake_flag_args


AUTOTOOLS = [
    '    variant("bar", default=True)',
    '    variant("ba_z", default=False)',
    '    variant("fs", values=any_combination_of("lustre", "gpfs"))',
    '    variant("fab", values=auto_or_any_combination_of("psm", "ucx"))',
    '    variant("set", values=disjoint_sets(("a",)))',
    '    variant("pick", default="b", values=("a", "b"), multi=False)',
    '    variant("own", default="x", values=("x", "y"), multi=True)',
    '    variant("off", default=True, when="@2:")',
    "    def with_or_without_x(self, active):",
    '        return f"--own-x-is-{active}"',
]
AUTOTOOLS_VALUES = {
    "bar": True,
    "ba_z": False,
    "fs": ("lustre",),
    "fab": ("auto",),
    "set": ("none",),
    "pick": "b",
    "own": ("x",),
}


@pytest.mark.parametrize(
    "method, arguments, expected",
    [
        ("with_or_without", ("bar",), ["--with-bar"]),
        ("enable_or_disable", ("ba-z", None, "ba_z"), ["--disable-ba-z"]),
        ("with_or_without", ("libbar", lambda x: "V:" + x, "bar"), ["--with-libbar=V:libbar"]),
        ("with_or_without", ("fs",), ["--with-lustre", "--without-gpfs"]),
        ("with_or_without", ("fab",), ["--without-psm", "--without-ucx"]),
        ("with_or_without", ("set",), ["--without-a", "--with-none"]),
        ("with_or_without", ("pick",), ["--without-a", "--with-b"]),
        ("with_or_without", ("own",), ["--own-x-is-True", "--without-y"]),
        ("with_or_without", ("off",), []),
    ],
)
def test_options_of_variants(
    method: str, arguments: Any, expected: list[str], tmp_path: Path
) -> None:
    tools = bench(
        tmp_path, "autotools", "AutotoolsPackage", "autotools", AUTOTOOLS, AUTOTOOLS_VALUES
    )
    assert getattr(tools.pkg, method)(*arguments) == expected


def test_options_of_an_unknown_variant(tmp_path: Path) -> None:
    pkg = bench(tmp_path, "autotools", "AutotoolsPackage", "autotools").pkg
    with pytest.raises(KeyError, match="nothing"):
        pkg.with_or_without("nothing")
    with pytest.raises(KeyError, match="nothing"):
        bench(tmp_path / "2", "cmake", "CMakePackage", "cmake").pkg.define_from_variant("NOTHING")


def test_autotools_runs_the_configure_script(tmp_path: Path) -> None:
    body = [
        "    def configure_args(self):",
        '        return ["--enable-x"]',
        "    def flag_handler(self, name, flags):",
        "        return (None, None, flags)",
    ]
    tools = bench(tmp_path, "autotools", "AutotoolsPackage", "autotools", body)
    script = tools.source / "configure"
    script.write_text('#!/bin/sh\necho "$@" > arguments\n')
    tools.pkg.flags_to_build_system_args({"cflags": ["-a", "-b"], "fflags": ["-f"]})
    library = Path(tools.prefix, "lib/libx.la")
    library.parent.mkdir(parents=True)
    library.write_text("")
    assert tools.run() == ["make V=1", "make install"]
    arguments = (tools.source / "arguments").read_text().split()
    expected = ["CFLAGS=-a", "-b", "FFLAGS=-f", "FCFLAGS=-f", f"--prefix={tools.prefix}"]
    assert arguments == [*expected, "--enable-x"]
    assert not library.exists()
    assert (tools.source / "removed_la_files.txt").read_text() == f"{library}\n"


def test_autotools_without_configure_script(tmp_path: Path) -> None:
    from spack.recipes.errors import InstallError

    tools = bench(tmp_path, "autotools", "AutotoolsPackage", "autotools")
    with pytest.raises(InstallError, match="autoconf, automake, libtool is missing"):
        tools.run()


def test_meson(tmp_path: Path) -> None:
    variants = {"buildtype": "debug", "strip": True, "default_library": ("shared", "static")}
    tools = bench(tmp_path, "meson", "MesonPackage", "meson", variants=variants)
    configure, build, install = tools.run()
    assert configure == (
        "meson setup SOURCE -Dprefix=PREFIX -Dlibdir=lib -Dbuildtype=debug -Dstrip=true "
        "-Ddefault_library=both -Dwrap_mode=nodownload"
    )
    assert (build, install) == ("ninja -v", "ninja install")


def test_perl(tmp_path: Path) -> None:
    tools = bench(tmp_path, "perl", "PerlPackage", "perl")
    (tools.source / "Makefile.PL").write_text("")
    assert tools.run() == ["perl Makefile.PL INSTALL_BASE=PREFIX", "make", "make install"]


def test_perl_with_module_build(tmp_path: Path) -> None:
    tools = bench(tmp_path, "perl", "PerlPackage", "perl")
    (tools.source / "Build.PL").write_text("")
    assert tools.run() == [
        "perl Build.PL --install_base PREFIX",
        "perl Build",
        "perl Build install",
    ]


def test_qmake_scons_waf(tmp_path: Path) -> None:
    qmake = bench(tmp_path / "q", "qmake", "QMakePackage", "qmake")
    assert qmake.run() == ["qmake", "make", "make install"]
    scons = bench(tmp_path / "s", "scons", "SConsPackage", "scons")
    assert scons.run() == ["scons -j3", "scons install"]
    waf = bench(tmp_path / "w", "waf", "WafPackage", "waf")
    assert waf.run() == [
        "python waf -j3 configure --prefix=PREFIX",
        "python waf -j3 build",
        "python waf -j3 install",
    ]


def test_go(tmp_path: Path) -> None:
    tools = bench(tmp_path, "go", "GoPackage", "go", ['    ldflags = ["-s", "-w"]'])
    (tools.source / "sample").write_text("")
    assert tools.run() == ["go build -p 3 -o sample -ldflags -s -w"]
    assert Path(tools.prefix, "bin/sample").is_file()


def test_cargo(tmp_path: Path) -> None:
    tools = bench(tmp_path, "cargo", "CargoPackage", "cargo", ['    build_args = ["--features=x"]'])
    (tools.source / "out/bin").mkdir(parents=True)
    (tools.source / "out/bin/sample").write_text("")
    assert tools.run() == ["cargo install --root out --path . -j 3 --locked --features=x"]
    assert Path(tools.prefix, "bin/sample").is_file()


def test_r(tmp_path: Path) -> None:
    body = ['    cran = "Sample"', "    def configure_args(self):", '        return ["--x", "--y"]']
    tools = bench(tmp_path, "r", "RPackage", "r_package", body)
    tools.pkg.module.r_lib_dir = os.path.join(tools.prefix, "rlib")
    assert tools.run() == [
        "R --vanilla CMD INSTALL --library=PREFIX/rlib --configure-args=--x --y SOURCE"
    ]
    assert tools.pkg.homepage == "https://cloud.r-project.org/package=Sample"
    assert tools.pkg.url_for_version("0.9").endswith("/Archive/Sample/Sample_0.9.tar.gz")


def test_ruby(tmp_path: Path) -> None:
    tools = bench(tmp_path, "ruby", "RubyPackage", "ruby")
    (tools.source / "sample.gem").write_text("")
    assert tools.run() == [
        "gem install --norc --ignore-dependencies --no-document --install-dir PREFIX sample.gem"
    ]


def test_ruby_with_nothing_to_build(tmp_path: Path) -> None:
    from spack.recipes.errors import InstallError

    with pytest.raises(InstallError, match="no gem"):
        bench(tmp_path, "ruby", "RubyPackage", "ruby").run()


def test_external_packages_are_not_built(tmp_path: Path) -> None:
    from spack.recipes.errors import InstallError

    tools = bench(tmp_path, "external", "ExternalPackage", "generic")
    with pytest.raises(InstallError, match="is not built"):
        tools.run()


CACHED = [
    '    variant("wide", default=True)',
    '    variant("kinds", default="a", values=("a", "b"), multi=True)',
    '    variant("gone", default=True, when="@2:")',
    "    def initconfig_package_entries(self):",
    '        return [cmake_cache_option("X", True), cmake_cache_string("Y", "a\\\\b")]',
]


def test_cached_cmake(tmp_path: Path) -> None:
    names = "CachedCMakePackage, cmake_cache_option, cmake_cache_string"
    imports = f"from spack_repo.builtin.build_systems.cached_cmake import {names}"
    lines = ["class Sample(CachedCMakePackage):", '    """A sample."""', '    version("1.0")']
    variants = {"wide": False, "kinds": ("a", "b"), "generator": "ninja", "build_type": "Debug"}
    tools = Bench(tmp_path, imports, "\n".join([*lines, *CACHED]), "cmake", variants)
    with building(tools.context):
        builder = create_builder(tools.pkg)
        assert [phase.name for phase in builder] == ["initconfig", "cmake", "build", "install"]
        entry = builder.define_cmake_cache_from_variant
        assert entry("WIDE") == 'set(WIDE "OFF" CACHE BOOL "")\n'
        assert entry("K", "kinds", "which") == 'set(K "a;b" CACHE STRING "which")\n'
        assert entry("GONE") == ""
        with pytest.raises(KeyError, match="nothing"):
            entry("NOTHING")
        cache = builder.cache_path
    configure, build, install = tools.run()
    assert configure.startswith(f"cmake -C SOURCE/{os.path.basename(cache)} -G Ninja ")
    assert (build, install) == ("ninja -v", "ninja install") or install == "ninja -v install"
    text = Path(cache).read_text()
    assert 'set(CMAKE_BUILD_TYPE "Debug" CACHE STRING "")\n' in text
    assert text.endswith('set(X "ON" CACHE BOOL "")\nset(Y "a\\\\b" CACHE STRING "")\n')
    assert Path(tools.prefix, "share/cmake", os.path.basename(cache)).read_text() == text


def test_cache_entries_can_be_forced(tmp_path: Path) -> None:
    bench(tmp_path, "cached_cmake", "CachedCMakePackage", "cmake")
    from spack_repo.builtin.build_systems import cached_cmake

    path = cached_cmake.cmake_cache_path
    assert path("A", '/a "b"', "where", True) == 'set(A "/a \\"b\\"" CACHE PATH "where" FORCE)\n'
    assert cached_cmake.cmake_cache_filepath("A", "/b") == 'set(A "/b" CACHE FILEPATH "")\n'


def test_octave(tmp_path: Path) -> None:
    tools = bench(tmp_path, "octave", "OctavePackage", "octave")
    assert tools.run() == [
        "octave --no-gui --norc --quiet --eval pkg prefix 'PREFIX' 'PREFIX'; "
        "pkg local_list 'PREFIX/octave_packages'; pkg install -local -nodeps 'SOURCE'"
    ]


def test_racket(tmp_path: Path) -> None:
    tools = bench(tmp_path, "racket", "RacketPackage", "racket", ['    racket_name = "a-lib"'])
    with building(tools.context):
        arguments = create_builder(tools.pkg).raco_args
    assert " ".join(arguments).startswith("--type dir --name a-lib --deps fail --copy --no-setup")
    assert arguments[-1] == f"{tools.prefix}/share/racket/pkgs"


def test_cuda(tmp_path: Path) -> None:
    tools = bench(
        tmp_path,
        "cuda",
        "CudaPackage",
        "generic",
        ['    build_system("generic")'],
        variants={"cuda": True, "cuda_arch": ("80", "90a")},
    )
    pkg = tools.pkg
    arches = pkg.spec.variants["cuda_arch"].value
    assert pkg.cuda_flags(arches) == [
        "-gencode=arch=compute_80,code=[sm_80,compute_80]",
        "-gencode=arch=compute_90a,code=[sm_90a,compute_90a]",
    ]
    assert pkg.compute_capabilities(("80", "90a", "120")) == ["8.0", "9.0a", "12.0"]
    assert {"70", "90", "100"} <= set(pkg.cuda_arch_values)
    record = RepositoryPath([Repository(str(EMBEDDED)), tools.repository]).record("sample")
    wanted = {d.spec_text: d.when_text for d in record.dependencies}
    assert wanted["cuda@11.0:"] == "cuda_arch=80"
    assert wanted["cuda@9.0:12"] == "cuda_arch=70"
    assert any(c.spec_text == "%gcc@11:" for c in record.conflicts)


def test_rocm(tmp_path: Path) -> None:
    tools = bench(
        tmp_path,
        "rocm",
        "ROCmPackage",
        "generic",
        ['    build_system("generic")'],
        variants={"rocm": True, "amdgpu_target": ("gfx90a", "gfx942")},
    )
    targets = tools.pkg.spec.variants["amdgpu_target"].value
    assert tools.pkg.hip_flags(targets) == "--offload-arch=gfx90a,gfx942"
    assert {"gfx906", "gfx1100", "gfx90a:xnack+"} <= set(tools.pkg.amdgpu_targets)
    record = RepositoryPath([Repository(str(EMBEDDED)), tools.repository]).record("sample")
    assert {"hip", "llvm-amdgpu", "hsa-rocr-dev"} <= {d.spec.name for d in record.dependencies}
    assert any(c.spec_text == "amdgpu_target=none" for c in record.conflicts)


def test_rocm_library(tmp_path: Path) -> None:
    tools = bench(
        tmp_path,
        "rocm",
        "ROCmLibrary",
        "generic",
        ['    build_system("generic")', '    libraries = ["libsample"]'],
    )
    version = type(tools.pkg).determine_version
    assert version("/opt/rocm-6.2.1/lib/libsample.so") == "6.2.1"
    assert version("/opt/rocm-10.0.12-14/bin/sample") == "10.0.12"
    assert version("/opt/rocm-6.2/lib/libsample.so") is None
    (tmp_path / "rocm-5.7.1/lib").mkdir(parents=True)
    (tmp_path / "rocm").symlink_to(tmp_path / "rocm-5.7.1")
    assert version(str(tmp_path / "rocm/lib/libsample.so")) == "5.7.1"
    for folder in ("include", "include/rocm-core"):
        plain = tmp_path / folder.replace("/", "_")
        (plain / folder).mkdir(parents=True)
        assert version(str(plain / "lib/libsample.so")) is None
        (plain / folder / "rocm_version.h").write_text(
            "#define ROCM_VERSION_MAJOR   7\n#define ROCM_VERSION_MINOR 1\n"
            "  # define ROCM_VERSION_PATCH 0\n"
        )
        assert version(str(plain / "lib/libsample.so")) == "7.1.0"
