"""Section 7: every field of format strings, errors, safe paths, trees."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from spack.language import deptypes as dt
from spack.language.concrete_specs import ConcreteSpec, External
from spack.language.formatting import (
    DEFAULT_FORMAT,
    DISPLAY_FORMAT,
    STATUS_MARKS,
    FormatError,
    Highlight,
    format_path,
    format_spec,
    tree,
)
from spack.language.lockfiles import Lockfile
from spack.language.parser import parse_spec

VARIANTS = "+mpi api=v18 fabrics:=tcp,ucx"


@pytest.mark.parametrize(
    "fmt, expected",
    [
        ("{name}", "app"),
        ("{NAME}", "app"),
        ("{fullname}", "builtin.app"),
        ("{namespace}", "builtin"),
        ("{version}", "2.1"),
        ("{@version}", "@2.1"),
        ("{versions}", "=2.1"),
        ("{@versions}", "@=2.1"),
        ("{version.up_to_1}", "2"),
        ("{version.dashed}", "2-1"),
        ("{compiler.name}", "gcc"),
        ("{compiler.version}", "12.2.0"),
        ("{compiler.version.up_to_1}", "12"),
        ("{@compiler.version}", "@12.2.0"),
        ("{%compiler.name}", "%gcc"),
        ("{compilers}", "%c,cxx=gcc@12.2.0"),
        ("{name}{compilers}|", "app %c,cxx=gcc@12.2.0|"),
        ("{compiler_flags}", "cflags='-O2 -g'"),
        ("{name}{compiler_flags}x", "app cflags='-O2 -g' x"),
        ("{variants}", VARIANTS),
        ("{variants.mpi}", "+mpi"),
        ("{VARIANTS.MPI}", "+mpi"),
        ("{variants.mpi.name}", "mpi"),
        ("{variants.mpi.value}", "True"),
        ("{variants.api}", "api=v18"),
        ("{variants.api.value}", "v18"),
        ("{variants.fabrics}", "fabrics:=tcp,ucx"),
        ("{variants.fabrics.value}", "tcp,ucx"),
        ("{architecture}", "linux-debian12-x86_64_v3"),
        ("{arch}", "linux-debian12-x86_64_v3"),
        ("{arch=architecture}", "arch=linux-debian12-x86_64_v3"),
        ("{architecture.platform}", "linux"),
        ("{architecture.os}", "debian12"),
        ("{architecture.target}", "x86_64_v3"),
        ("{platform}/{os}/{target}", "linux/debian12/x86_64_v3"),
        ("{target.family}", "x86_64"),
        ("{target.generic} {target.name}", "x86_64_v3 x86_64_v3"),
        ("{external}", "False"),
        ("{concrete} {spliced}", "True False"),
        ("{specfile_version}", "v5"),
        ("{abstract_hash}", ""),
        ("{^mpich.version}", "4.1"),
        ("{^mpi.name}", "mpich"),
        ("{@^mpi.version}", "@4.1"),
        ("{^hwloc.variants.pci}", "~pci"),
        ("{^c.name}", "gcc"),
        ("{^gcc.compiler.name}", "none"),
        ("x{ namespace=namespace}", "x namespace=builtin"),
        ("{ns=namespace}", "ns=builtin"),
        ("{name}{ @version}", "app @2.1"),
        (r"\{{name}\}", "{app}"),
        (r"\\{name}", r"\app"),
        ("plain", "plain"),
        ("", ""),
        ("{spack_root}", "/opt/spack"),
        ("{prefix}", "/opt/app"),
        ("{^mpi.prefix}", "/opt/mpich"),
        (
            DEFAULT_FORMAT,
            f"app@=2.1 cflags='-O2 -g' {VARIANTS} platform=linux os=debian12 target=x86_64_v3",
        ),
        (
            DISPLAY_FORMAT,
            f"app@2.1 cflags='-O2 -g' {VARIANTS} platform=linux os=debian12"
            " target=x86_64_v3 %c,cxx=gcc@12.2.0",
        ),
    ],
)
def test_concrete_fields(app: ConcreteSpec, fmt: str, expected: str) -> None:
    text = format_spec(
        app, fmt, prefix=lambda spec: f"/opt/{spec.name}", values={"spack_root": "/opt/spack"}
    )
    assert text == expected


def test_hashes(app: ConcreteSpec) -> None:
    code = app.dag_hash()
    assert format_spec(app, "{hash}") == code
    assert format_spec(app, "{hash:7}") == code[:7]
    assert format_spec(app, "{/hash:7}") == "/" + code[:7]
    assert format_spec(app, "{hash:0}") == ""
    assert format_spec(app, "{short_spec}").endswith("target=x86_64_v3/" + code[:7])
    compiler = app.lookup("gcc")
    assert compiler is not None
    assert format_spec(app, "{compiler}") == f"gcc@12.2.0/{compiler.dag_hash()}"
    assert format_spec(app, "{%compiler}") == f"%gcc@12.2.0/{compiler.dag_hash()}"
    assert format_spec(app, "{long_spec}") == tree(app).rstrip()


@pytest.mark.parametrize(
    "fmt, expected",
    [
        ("{name}", "zlib"),
        ("{version}", "1.2:1.3"),
        ("{@version}", "@1.2:1.3"),
        ("{versions}", "1.2:1.3"),
        ("{variants}", "+x~y z=1"),
        ("{compiler}", "none"),
        ("{compiler.name}", "none"),
        ("{compilers}", ""),
        ("{architecture}", "linux-a-zen2"),
        ("{target.family}", "x86_64"),
        ("{hash}", ""),
        ("{/hash}", ""),
        ("{/abstract_hash}", "/abc"),
        ("{namespace}", ""),
        ("x{ namespace=namespace}", "x"),
        ("{fullname}", "zlib"),
        ("{^b.version}", "2"),
        ("{^mpi.name}", "mpich"),
        ("{external}", "False"),
        ("{specfile_version}", ""),
        (DEFAULT_FORMAT, "zlib@1.2:1.3 cflags=-O2 +x~y z=1 platform=linux os=a target=zen2/abc"),
    ],
)
def test_abstract_fields(fmt: str, expected: str) -> None:
    spec = parse_spec(
        "zlib@1.2:1.3+x~y z=1 cflags=-O2 arch=linux-a-zen2 /abc %gcc@12 ^b@=2 ^mpi=mpich"
    )
    assert format_spec(spec, fmt) == expected


def test_what_is_not_constrained_prints_nothing() -> None:
    spec = parse_spec("+x namespace=n")
    assert format_spec(spec) == "+x namespace=n"
    assert format_spec(parse_spec("a"), "{version}{architecture}{@versions}{target.family}") == ""
    assert format_spec(parse_spec("a@=2"), "{version}") == "2"


def test_patches_are_shortened(make_node: Callable[..., ConcreteSpec]) -> None:
    spec = make_node("a@1", variants={"patches": ("0123456789abcdef", "fedcba9876543210")})
    assert format_spec(spec, "{variants}") == "patches:=0123456,fedcba9"
    assert format_spec(spec, "{variants.patches.value}") == "0123456789abcdef,fedcba9876543210"


@pytest.mark.parametrize(
    "fmt, reason",
    [
        ("{@name}", "only for versions"),
        ("{%version}", "only for compilers"),
        ("{%compilers}", "only for compilers"),
        ("{/name}", "only for hashes"),
        ("{nope}", "no attribute nope"),
        ("{_hash}", "private"),
        ("{version._key}", "private"),
        ("{version.up_to}", "no attribute"),
        ("{dag_hash}", "no attribute"),
        ("{os.x}", "no attribute"),
        ("{target.x}", "no attribute"),
        ("{compiler.x}", "no attribute"),
        ("{variants.nope}", "no variant nope"),
        ("{variants.mpi.x}", "no variant"),
        ("{^nope.name}", "no dependency nope"),
        ("{version:3}", "length"),
        ("{hash:x}", "not a field"),
        ("{}", "not a field"),
        ("{^}", "not a field"),
        ("{=name}", "not a field"),
        ("{name", "not matched"),
        ("name}", "not matched"),
        ("{@{name}}", "not matched"),
        ("{prefix}", "not installed"),
        ("{spack_root}", "no attribute"),
    ],
)
def test_errors_show_the_field(app: ConcreteSpec, fmt: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason) as caught:
        format_spec(app, fmt)
    assert caught.value.span is not None and "^" in str(caught.value)


def test_prefix_of_externals(make_node: Callable[..., ConcreteSpec]) -> None:
    spec = make_node("gcc@12", external=External("/usr"))
    assert format_spec(spec, "{prefix} {external}") == "/usr True"
    assert format_spec(spec, "{prefix}", prefix="/x") == "/x"


def test_old_nodes_know_their_compiler(make_node: Callable[..., ConcreteSpec]) -> None:
    spec = make_node("a@1", annotations={"original_specfile_version": 4, "compiler": "gcc@=12.2.0"})
    assert format_spec(spec, "{compiler} {compiler.version}{compilers} {specfile_version}") == (
        "gcc@12.2.0 12.2.0 %gcc@12.2.0 v4"
    )


def test_compilers_keep_the_names_users_know(make_node: Callable[..., ConcreteSpec]) -> None:
    llvm, gcc = make_node("llvm@18"), make_node("gcc@13")
    spec = make_node("a@1", (llvm, dt.BUILD, ["c", "cxx"]), (gcc, dt.BUILD, ["fortran"]))
    assert format_spec(spec, "{name}{compilers}") == "a %fortran=gcc@13 %c,cxx=clang@18"
    assert format_spec(spec, "{compiler.name}") == "llvm"


# -- paths -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fmt, expected",
    [
        ("{name}/{version}/{architecture}", "app/2.1/linux-debian12-x86_64_v3"),
        ("/abs/{name}", "/abs/app"),
        ("a{variants.mpi}:{variants.api}", "a+mpi_api_v18"),
        ("x/{compiler_flags}//{compilers}", "x/cflags__-O2_-g_/_c_cxx_gcc_12.2.0"),
        ("~a@b,c(d)[e]=f%g#h!i j&k", "_a_b_c_d__e__f_g_h_i_j_k"),
        ("{prefix}/share", "/opt/app/share"),
    ],
)
def test_paths(app: ConcreteSpec, fmt: str, expected: str) -> None:
    assert format_path(app, fmt, prefix="/opt/app") == expected


def test_separators_in_values_stay_in_their_component() -> None:
    assert format_path(parse_spec("a@git.x/y"), "{name}/{version}/{/hash}z") == "a/git.x_y/z"


# -- trees -----------------------------------------------------------------------------------------


def test_each_node_stands_at_its_smallest_depth(app: ConcreteSpec) -> None:
    assert tree(app, fmt="{name}") == (
        "app\n"
        "    ^cmake\n"
        "        ^ninja\n"
        "        ^zlib\n"
        "    ^gcc\n"
        "    ^mpich\n"
        "        ^hwloc\n"
        "            ^pkgconf\n"
    )


def test_types_depth_and_hashes(app: ConcreteSpec) -> None:
    lines = tree(app, fmt="{name}", show_types=True, show_depth=True, hash_length=7).splitlines()
    mpich = app.lookup("mpich")
    assert mpich is not None
    assert lines[0] == f"0   {app.dag_hash(7)}  [    ]  app"
    assert lines[5] == f"1   {mpich.dag_hash(7)}  [bl  ]      ^mpich"


def test_edges_and_paths(make_node: Callable[..., ConcreteSpec]) -> None:
    d = make_node("d@1", (make_node("e@1"), dt.LINK))
    b, c = make_node("b@1", (d, dt.LINK)), make_node("c@1", (d, dt.RUN))
    a = make_node("a@1", (b, dt.BUILD), (c, dt.LINK))
    assert tree(a, fmt="{name}", cover="nodes", show_types=True) == (
        "[    ]  a\n[b   ]      ^b\n[ lr ]          ^d\n[ l  ]              ^e\n[ l  ]      ^c\n"
    )
    assert tree(a, fmt="{name}", cover="edges", show_types=True) == (
        "[    ]  a\n[b   ]      ^b\n[ l  ]          ^d\n[ l  ]              ^e\n"
        "[ l  ]      ^c\n[  r ]          ^d\n"
    )
    assert tree(a, fmt="{name}", cover="paths").count("^e") == 2
    assert tree(a, fmt="{name}", deptypes=dt.BUILD) == "a\n    ^b\n"
    assert tree(a, fmt="{name}", recurse=False) == "a\n"
    with pytest.raises(ValueError, match="cover"):
        tree(a, cover="all")


def test_several_roots_share_their_nodes(make_node: Callable[..., ConcreteSpec]) -> None:
    c = make_node("c@1")
    a, b = make_node("a@1", (c, dt.LINK)), make_node("b@1", (c, dt.LINK))
    assert tree([a, b, a], fmt="{name}") == "a\n    ^c\nb\n"
    assert tree([a, b, a], fmt="{name}", recurse=False) == "a\nb\n"


def test_status_marks_and_namespaces(app: ConcreteSpec) -> None:
    text = tree(
        app,
        fmt="{name}",
        namespaces=True,
        indent=2,
        status=lambda spec: STATUS_MARKS["installed" if spec.name == "app" else "absent"],
    )
    assert text.splitlines()[:2] == ["  [+]  builtin.app", "   -       ^builtin.cmake"]
    assert list(STATUS_MARKS.values()) == ["[+]", "[^]", "[e]", " - ", "[-]"]


def test_tree_of_an_abstract_spec() -> None:
    spec = parse_spec("zlib@1.2 %gcc@12 ^b+x %c")
    assert tree(spec) == "zlib@1.2\n    ^b+x\n        ^c\n    ^gcc@12\n"
    assert tree(spec, status=lambda _: "[+]", hash_length=3).startswith(" -   ---  zlib@1.2")


def test_tree_of_a_real_lock() -> None:
    lock = Lockfile.from_text((Path(__file__).parent / "data" / "zen2.lock").read_text())
    bzip2 = next(spec for spec, _ in lock.root_specs() if spec.name == "bzip2")
    lines = tree(bzip2, hash_length=7).splitlines()
    assert lines[0] == (
        "kxgtf23  bzip2@1.0.8~debug~pic+shared build_system=generic platform=linux os=debian12 "
        "target=icelake %c=gcc@12.2.0"
    )
    assert [line.split("@")[0].split("^")[-1] for line in lines[1:]] == [
        "compiler-wrapper",
        "diffutils",
        "libiconv",
        "gcc",
        "gcc-runtime",
        "glibc",
        "gmake",
    ]


# -- colour ----------------------------------------------------------------------------------------


def test_no_colour_unless_asked(app: ConcreteSpec) -> None:
    assert "\033" not in format_spec(app, DISPLAY_FORMAT) + tree(app, hash_length=7)


def test_colour_and_highlight(app: ConcreteSpec) -> None:
    plain = format_spec(app, DISPLAY_FORMAT)
    colored = format_spec(app, DISPLAY_FORMAT, color=True)
    stressed = format_spec(
        app,
        DISPLAY_FORMAT,
        color=True,
        highlight=Highlight(lambda spec: True, lambda spec, name: name == "api"),
    )
    for text in (colored, stressed):
        assert "\033[0;35m" in text
        for code in ("\033[0;36m", "\033[0;32m", "\033[0;94m", "\033[0;35m", "\033[1;31m"):
            text = text.replace(code, "")
        assert text.replace("\033[0m", "") == plain
    assert "\033[1;31mapi=v18" in stressed and "\033[1;31m@2.1" in stressed
    assert "\033[1;31m+mpi" not in stressed and "\033[1;31m" not in colored
    every = Highlight(lambda spec: True, lambda spec, name: True)
    one = format_spec(app, "{variants.api}", color=True, highlight=every)
    assert one.startswith("\033[1;31m")
    assert "\033[0;90m" in tree(app, hash_length=7, color=True)
