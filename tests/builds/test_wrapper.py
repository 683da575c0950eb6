"""The compiler wrapper, run for real: compiled and under two shells, with real compilers."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from spack.builds.wrapper import placing as wrapper

#: The wrapper as a program, and as a script for each shell.
FORMS = ["compiled", *(shell for shell in ("dash", "bash") if shutil.which(shell))]

Run = Callable[..., list[str]]


@pytest.fixture(scope="module", params=FORMS)
def wrapper_dir(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prefix populated with the wrapper, as installing ``compiler-wrapper`` does."""
    directory = tmp_path_factory.mktemp("wrapper") / "libexec" / "spack"
    is_compiled = request.param == "compiled"
    wrapper.install_into(str(directory.parents[1]), wrapper.COMPILERS if is_compiled else ())
    assert (directory / "cc").read_bytes().startswith(b"\x7fELF" if is_compiled else b"#!/bin/sh")
    if not is_compiled:
        text = (directory / "cc").read_text()
        (directory / "cc").write_text(text.replace("/bin/sh", str(shutil.which(request.param)), 1))
    return directory


@pytest.fixture
def variables(wrapper_dir: Path, tmp_path: Path) -> dict[str, str]:
    """The least environment in which the wrapper works; /store is managed."""
    return {
        "PATH": f"{wrapper_dir}:{wrapper_dir}/gcc:/usr/bin:/bin",
        "SPACK_COMPILER_WRAPPER_PATH": f"{wrapper_dir}:{wrapper_dir}/gcc",
        "SPACK_DEBUG_LOG_DIR": str(tmp_path),
        "SPACK_DEBUG_LOG_ID": "foo-abc",
        "SPACK_SHORT_SPEC": "foo@1.2 arch=linux-rhel6-x86_64 /abc",
        "SPACK_SYSTEM_DIRS": wrapper.case_patterns(["/usr/include", "/usr/lib"]),
        "SPACK_MANAGED_DIRS": wrapper.case_patterns(["/store"], below=True),
        "SPACK_CC": "/bin/mycc",
        "SPACK_CXX": "/bin/mycxx",
        "SPACK_FC": "/bin/myfc",
        "SPACK_F77": "/bin/myf77",
        **{f"SPACK_{x}_RPATH_ARG": "-Wl,-rpath," for x in ("CC", "CXX", "FC", "F77")},
        **{f"SPACK_{x}_LINKER_ARG": "-Wl," for x in ("CC", "CXX", "FC", "F77")},
    }


@pytest.fixture
def run(wrapper_dir: Path, variables: dict[str, str]) -> Run:
    """Answer of ``SPACK_TEST_COMMAND`` (dump-args unless told) for a program and arguments."""

    def answer(name: str, *arguments: str, ask: str = "dump-args", **extra: str) -> list[str]:
        env = {**variables, "SPACK_TEST_COMMAND": ask, **extra}
        done = subprocess.run(
            [str(wrapper_dir / name), *arguments],
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n")[:-1]

    return answer


@pytest.mark.parametrize("made", ["exit 1", "touch", "printf '#!/bin/sh\\necho real\\n' >"])
def test_a_compiler_that_makes_no_working_program_is_passed_over(tmp_path: Path, made: str) -> None:
    compiler = tmp_path / "mycc"
    compiler.write_text(f'#!/bin/sh\nfor word; do out=$before before=$word; done\n{made} "$out"\n')
    compiler.chmod(0o755)
    wrapper.install_into(str(tmp_path), [str(compiler), str(tmp_path / "absent")])
    script = (tmp_path / "libexec" / "spack" / "gcc" / "gcc").read_bytes()
    assert script == wrapper.script().read_bytes()


def test_no_process_is_started_on_the_way() -> None:
    code = [
        line
        for line in wrapper.script().read_text().splitlines()
        if not line.lstrip().startswith("#")
    ]
    assert not [line for line in code if "`" in line or "$(" in line.replace("$((", "")]


@pytest.mark.parametrize(
    "arguments, mode",
    [
        (["-E"], "cpp"),
        (["-S"], "as"),
        (["-c"], "cc"),
        (["foo.o"], "ccld"),
        (["-v"], "vcheck"),
        (["-V"], "vcheck"),
        (["--version"], "vcheck"),
        (["-dumpversion"], "vcheck"),
        (["-c", "-E", "x.c"], "cpp"),
        ([], "ccld"),
    ],
)
def test_mode(run: Run, arguments: list[str], mode: str) -> None:
    assert run("cc", *arguments, ask="dump-mode") == [mode]


@pytest.mark.parametrize("name", ["ld", "ld.gold", "ld.lld"])
def test_linkers(run: Run, name: str) -> None:
    assert run(name, "a.o", ask="dump-mode") == ["ld"]
    assert run(name, "-v", ask="dump-mode") == ["vcheck"]
    rpaths = {"SPACK_STORE_RPATH_DIRS": "/store/l/lib"}
    assert run(name, "a.o", "-rpath", "/x", "--rpath=/y", **rpaths) == [
        name, "-rpath", "/store/l/lib", "-rpath", "/x", "-rpath", "/y", "a.o",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name, real",
    [
        ("cc", "/bin/mycc"),
        ("c99", "/bin/mycc"),
        ("gcc/gcc", "/bin/mycc"),
        ("clang/clang", "/bin/mycc"),
        ("cce/cc", "/bin/mycc"),
        ("fj/fcc", "/bin/mycc"),
        ("c++", "/bin/mycxx"),
        ("gcc/g++", "/bin/mycxx"),
        ("case-insensitive/CC", "/bin/mycxx"),
        ("fj/case-insensitive/FCC", "/bin/mycxx"),
        ("cce/case-insensitive/crayCC", "/bin/mycxx"),
        ("fc", "/bin/myfc"),
        ("f90", "/bin/myfc"),
        ("f95", "/bin/myfc"),
        ("ftn", "/bin/myfc"),
        ("gcc/gfortran", "/bin/myfc"),
        ("oneapi/ifx", "/bin/myfc"),
        ("f77", "/bin/myf77"),
        ("cpp", "cpp"),
    ],
)
def test_language_from_the_name(run: Run, name: str, real: str) -> None:
    assert run(name, "-v" if name == "cpp" else "x.o")[0] == real


def test_version_check_gets_only_the_always_flags(run: Run) -> None:
    answer = run(
        "cc", "--version",
        SPACK_ALWAYS_CFLAGS="-m64", SPACK_CFLAGS="-O3", SPACK_TARGET_ARGS_CC="-march=x",
        SPACK_STORE_LINK_DIRS="/store/a/lib", SPACK_DTAGS_TO_ADD="--disable-new-dtags",
    )  # fmt: skip
    assert answer == ["/bin/mycc", "-m64", "--version"]


def test_order_of_the_whole_command_line(run: Run) -> None:
    answer = run(
        "cc",
        "-I/usr/include", "-L/usr/lib", "-isystem", "/sys", "-I/other/inc", "a.c",
        "-I", "/store/u/include", "-isystem/store/s/include", "-L", "/other/lib",
        "-Wl,-rpath,/other/lib", "-L/store/u/lib", "-Wl,-rpath=/usr/lib", "-lfoo", "-o", "a.out",
        SPACK_CFLAGS="-O2 -I/flag/inc", SPACK_CPPFLAGS="-DNAME=1", SPACK_LDFLAGS="-L/flag/lib -pie",
        SPACK_LDLIBS="-lm z", SPACK_TARGET_ARGS_CC="-march=zen2 -mtune=zen2",
        SPACK_ADD_DEBUG_FLAGS="true",
        SPACK_INCLUDE_DIRS="/ext/include",
        SPACK_STORE_INCLUDE_DIRS="/store/a/include:/store/b/include",
        SPACK_LINK_DIRS="/ext/lib", SPACK_STORE_LINK_DIRS="/store/a/lib:/store/b/lib",
        SPACK_RPATH_DIRS="/ext/lib", SPACK_STORE_RPATH_DIRS="/store/me/lib:/store/a/lib",
        SPACK_COMPILER_EXTRA_RPATHS="/extra", SPACK_COMPILER_IMPLICIT_RPATHS="/implicit/lib64",
        SPACK_DTAGS_TO_ADD="--disable-new-dtags", SPACK_DTAGS_TO_STRIP="--enable-new-dtags",
    )  # fmt: skip
    assert answer == [
        "/bin/mycc",
        "-g", "-march=zen2", "-mtune=zen2",
        "-I/flag/inc",
        "-I/store/u/include", "-I/other/inc",
        "-isystem", "/store/s/include", "-isystem", "/store/a/include",
        "-isystem", "/store/b/include",
        "-isystem", "/sys", "-isystem", "/ext/include",
        "-I/usr/include",
        "-L/flag/lib",
        "-L/store/u/lib", "-L/store/a/lib", "-L/store/b/lib", "-L/other/lib", "-L/ext/lib",
        "-L/usr/lib",
        "-Wl,--disable-new-dtags",
        "-Wl,-rpath,/store/me/lib", "-Wl,-rpath,/store/a/lib",
        "-Wl,-rpath,/other/lib", "-Wl,-rpath,/ext/lib", "-Wl,-rpath,/extra",
        "-Wl,-rpath,/implicit/lib64", "-Wl,-rpath,/usr/lib",
        "a.c", "-lfoo", "-o", "a.out",
        "-DNAME=1", "-O2", "-pie",
        "-lm", "-lz",
    ]  # fmt: skip


def test_injected_includes_are_plain_without_isystem(run: Run) -> None:
    assert run("c++", "-c", "a.cc", SPACK_STORE_INCLUDE_DIRS="/store/a/include") == [
        "/bin/mycxx", "-I/store/a/include", "-c", "a.cc",
    ]  # fmt: skip


def test_compiling_gets_no_link_flags(run: Run) -> None:
    answer = run(
        "cc", "-c", "a.c",
        SPACK_LDFLAGS="-pie", SPACK_LDLIBS="-lm", SPACK_STORE_LINK_DIRS="/store/a/lib",
        SPACK_STORE_RPATH_DIRS="/store/a/lib", SPACK_DTAGS_TO_ADD="--disable-new-dtags",
    )  # fmt: skip
    assert answer == ["/bin/mycc", "-c", "a.c"]


@pytest.mark.parametrize(
    "spelling",
    [
        ["-Wl,-rpath,/a", "-Wl,-rpath,/b"],
        ["-Wl,-rpath=/a", "-Wl,--rpath=/b"],
        ["-Wl,--rpath,/a:/b"],
        ["-Wl,-rpath", "-Wl,/a", "-Wl,--rpath", "-Wl,/b"],
        ["-Xlinker", "-rpath", "-Xlinker", "/a", "-Xlinker", "-rpath=/b"],
        ["-Xlinker", "--rpath", "-Xlinker", "/a", "-Xlinker", "--rpath=/b"],
        ["-Wl,-rpath,/a,-rpath,/b,-rpath,/a"],
        ["-Wl,-Wl,,-rpath,,/a", "-Wl,-Wl,,-rpath=/b"],
    ],
)
def test_spellings_of_rpath(run: Run, spelling: list[str]) -> None:
    expected = ["/bin/mycc", "-Wl,-rpath,/a", "-Wl,-rpath,/b", "x.o"]
    assert run("cc", *spelling, "x.o") == expected


@pytest.mark.parametrize("padded", ["::::", "/a:/b::::"])
def test_an_rpath_that_cmake_padded_stays(padded: str, run: Run) -> None:
    assert run("cc", f"-Wl,-rpath,{padded}", "x.o") == ["/bin/mycc", f"-Wl,-rpath,{padded}", "x.o"]


def test_other_linker_arguments_stay(run: Run) -> None:
    arguments = [
        "-Wl,-rpath-link,/x", "-Wl,--start-group", "-lfoo", "-Wl,--end-group", "-Xlinker", "-z",
        "-Xlinker", "now", "-Wl,-soname,libx.so.1",
    ]  # fmt: skip
    assert run("cc", *arguments) == ["/bin/mycc", *arguments]
    mixed = run("cc", "-Wl,-O1,-rpath,/x,-z,now", "a.o")
    assert mixed == ["/bin/mycc", "-Wl,-rpath,/x", "-Wl,-O1,-z,now", "a.o"]


def test_dtags_are_replaced(run: Run) -> None:
    dtags = {
        "SPACK_DTAGS_TO_ADD": "--disable-new-dtags",
        "SPACK_DTAGS_TO_STRIP": "--enable-new-dtags",
    }
    for form in (["-Wl,--enable-new-dtags"], ["-Xlinker", "--enable-new-dtags"]):
        assert run("cc", *form, "a.o", **dtags) == ["/bin/mycc", "-Wl,--disable-new-dtags", "a.o"]
    assert run("cc", "-Wl,-O1,--enable-new-dtags", "a.o", **dtags)[-2:] == ["-Wl,-O1", "a.o"]
    assert run("ld", "--enable-new-dtags", "a.o", **dtags) == ["ld", "--disable-new-dtags", "a.o"]


def test_arguments_with_blanks_quotes_and_newlines_survive(
    wrapper_dir: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    report = tmp_path / "report"
    fake = tmp_path / "fake cc"
    fake.write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" > '{report}'\n")
    fake.chmod(0o755)
    odd = ['-DX="a b"', "it's", "", "*", "$HOME", "a\nb", "`x`", "\\", "-Wl,-z, now"]
    odd.append("-I/with blank")
    command = [str(wrapper_dir / "cc"), *odd]
    subprocess.run(command, env={**variables, "SPACK_CC": str(fake)}, check=True)
    assert report.read_text().split("\0")[:-1] == ["-I/with blank", *odd[:-1]]


def test_flag_order_by_language(run: Run) -> None:
    flags = {
        "SPACK_CPPFLAGS": "-DP", "SPACK_FFLAGS": "-f1",
        "SPACK_CFLAGS": "-c1", "SPACK_CXXFLAGS": "-x1",
        "SPACK_TARGET_ARGS_CC": "-tc", "SPACK_TARGET_ARGS_CXX": "-tx",
        "SPACK_TARGET_ARGS_FORTRAN": "-tf",
    }  # fmt: skip
    assert run("cc", "-c", "a.c", **flags) == ["/bin/mycc", "-tc", "-c", "a.c", "-DP", "-c1"]
    assert run("c++", "-c", "a.cc", **flags) == ["/bin/mycxx", "-tx", "-c", "a.cc", "-DP", "-x1"]
    assert run("fc", "-c", "a.f", **flags) == ["/bin/myfc", "-tf", "-c", "a.f", "-f1", "-DP"]
    assert run("f77", "-c", "a.f", **flags) == ["/bin/myf77", "-tf", "-c", "a.f", "-f1", "-DP"]
    assert run("cc", "-E", "a.c", **flags) == ["/bin/mycc", "-tc", "-E", "a.c", "-DP"]


def test_random_seed(run: Run) -> None:
    gcc = {"SPACK_CC_HAS_FRANDOM_SEED": "1"}
    assert "-frandom-seed=a.c|b.c" in run("cc", "-c", "a.c", "b.c", "-o", "x.c", **gcc)
    assert run("cc", "-c", "a.c", "-frandom-seed=7", **gcc)[1:] == ["-c", "a.c", "-frandom-seed=7"]
    assert run("cc", "a.o", **gcc) == ["/bin/mycc", "a.o"]
    assert run("cc", "-c", "a.c") == ["/bin/mycc", "-c", "a.c"]


def test_werror_rules(run: Run) -> None:
    replace = {"SPACK_COMPILER_FLAGS_REPLACE": "-Werror-|-Wno-error= -Werror|-Wno-error"}
    arguments = ["-c", "a.c", "-Werror", "-Werror=unused", "-Werror-all", "-Wall"]
    assert run("cc", *arguments, **replace)[3:] == [
        "-Wno-error", "-Wno-error=unused", "-Wno-error=all", "-Wall",
    ]  # fmt: skip
    specific = run("cc", *arguments, SPACK_COMPILER_FLAGS_KEEP="-Werror-*|-Werror=*", **replace)
    assert specific[3:] == ["-Wno-error", "-Werror=unused", "-Werror-all", "-Wall"]
    every = run("cc", *arguments, SPACK_COMPILER_FLAGS_KEEP="-Werror*", **replace)
    assert every[1:] == arguments


def test_ccache_only_for_c_and_cxx(run: Run) -> None:
    ccache = {"SPACK_CCACHE_BINARY": "/bin/ccache"}
    assert run("cc", "-c", "a.c", **ccache)[:2] == ["/bin/ccache", "/bin/mycc"]
    assert run("c++", "-c", "a.c", **ccache)[:2] == ["/bin/ccache", "/bin/mycxx"]
    assert run("fc", "-c", "a.f", **ccache)[0] == "/bin/myfc"
    assert run("ld", "a.o", **ccache)[0] == "ld"
    assert run("cc", "-c", "a.c", ask="dump-env-CCACHE_NOHASHDIR", **ccache) == [
        "CCACHE_NOHASHDIR: yes"
    ]


def test_path_loses_wrappers_dots_and_blanks(run: Run, variables: dict[str, str]) -> None:
    path = f"{variables['SPACK_COMPILER_WRAPPER_PATH']}::.:/usr/bin/:/bin"
    assert run("cc", "x.o", ask="dump-env-PATH", PATH=path) == ["PATH: /usr/bin/:/bin"]


def test_headerpad_and_relocatable_output_on_macos(run: Run) -> None:
    mac = {"SPACK_SHORT_SPEC": "foo@1.2 arch=darwin-x-y", "SPACK_STORE_RPATH_DIRS": "/store/a/lib"}
    assert "-Wl,-headerpad_max_install_names" in run("cc", "x.o", **mac)
    assert "-Wl,-rpath,/store/a/lib" in run("cc", "x.o", **mac)
    assert "-Wl,-rpath,/store/a/lib" not in run("cc", "-r", "x.o", **mac)


def test_loopopt_is_dropped_when_linking(run: Run) -> None:
    assert run("cc", "x.o", "-loopopt=0") == ["/bin/mycc", "x.o"]
    assert run("cc", "-c", "x.c", "-loopopt=0")[-1] == "-loopopt=0"


def failure(wrapper_dir: Path, env: dict[str, str], name: str = "cc") -> str:
    done = subprocess.run(
        [str(wrapper_dir / name), "x.o"], env=env, stderr=subprocess.PIPE, text=True
    )
    assert done.returncode == 1
    return done.stderr


def test_errors_say_what_is_missing(wrapper_dir: Path, variables: dict[str, str]) -> None:
    assert "SPACK_COMPILER_WRAPPER_PATH is not set" in failure(wrapper_dir, {"PATH": "/bin"})
    del variables["SPACK_FC_RPATH_ARG"]
    message = failure(wrapper_dir, variables, "gcc/gfortran")
    assert 'depends_on("fortran", type="build")' in message
    assert failure(wrapper_dir, {**variables, "SPACK_TEST_COMMAND": "dump"}).count("dump-args") == 1
    message = failure(wrapper_dir, {**variables, "SPACK_TEST_COMMAND": "dump-env-A;B"})
    assert "not the name of a variable" in message


def test_debug_logs(wrapper_dir: Path, variables: dict[str, str], tmp_path: Path) -> None:
    env = {**variables, "SPACK_DEBUG": "TRUE", "SPACK_CC": "true", "SPACK_CFLAGS": "-O1"}
    subprocess.run([str(wrapper_dir / "cc"), "-c", "a.c"], env=env, check=True)
    assert (tmp_path / "spack-cc-foo-abc.in.log").read_text() == "[cc] cc -c a.c\n"
    assert (tmp_path / "spack-cc-foo-abc.out.log").read_text() == "[cc] true -c a.c -O1\n"


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
@pytest.mark.skipif(not shutil.which("readelf"), reason="needs readelf")
def test_real_gcc_finds_a_library_and_records_its_directory(
    wrapper_dir: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    gcc = shutil.which("gcc") or ""
    store = tmp_path / "store"
    library = store / "answer"
    for folder in ("include", "lib"):
        (library / folder).mkdir(parents=True)
    (library / "include" / "answer.h").write_text("int answer(void);\n")
    (tmp_path / "answer.c").write_text("int answer(void) { return 42; }\n")
    (tmp_path / "main.c").write_text(
        '#include <answer.h>\n#include <stdio.h>\nint main(void) { printf("%d\\n", answer()); }\n'
    )
    env = {
        **variables,
        "SPACK_CC": gcc,
        "SPACK_CC_HAS_FRANDOM_SEED": "1",
        "SPACK_MANAGED_DIRS": wrapper.case_patterns([str(store)], below=True),
        "SPACK_STORE_INCLUDE_DIRS": str(library / "include"),
        "SPACK_STORE_LINK_DIRS": str(library / "lib"),
        "SPACK_STORE_RPATH_DIRS": str(library / "lib"),
        "SPACK_DTAGS_TO_ADD": "--disable-new-dtags",
        "SPACK_DTAGS_TO_STRIP": "--enable-new-dtags",
    }
    cc = str(wrapper_dir / "gcc" / "gcc")

    def compile_(*arguments: str) -> None:
        subprocess.run([cc, *arguments], env=env, cwd=str(tmp_path), check=True)

    compile_("-shared", "-fPIC", "answer.c", "-o", str(library / "lib" / "libanswer.so"))
    compile_("-O2", "main.c", "-Wl,--enable-new-dtags", "-lanswer", "-o", "main")
    clean = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    assert subprocess.check_output([str(tmp_path / "main")], env=clean) == b"42\n"
    dynamic = subprocess.check_output(["readelf", "-d", str(tmp_path / "main")]).decode()
    assert f"(RPATH)              Library rpath: [{library}/lib]" in dynamic
