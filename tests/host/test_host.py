"""Facts about this machine, and about others."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from spack.errors import NotFoundError
from spack.host import architecture, libc, microarchitectures, operating_systems
from spack.host.libc import Libc
from spack.host.microarchitectures import UnsupportedTargetError

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ('ID=debian\nVERSION_ID="12"\n', "debian12"),
        ('NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="22.04"\n', "ubuntu22.04"),
        ('ID="rhel"\nVERSION_ID="9.4"\n', "rhel9"),
        ("ID='sles'\nVERSION_ID='15.6'\n", "sles15"),
        ('ID="ol"\nVERSION_ID="8.10"\n', "oracle8"),
        ("ID=opensuse-leap\nVERSION_ID=15.5\n", "opensuse15"),
        ("ID=alpine\nVERSION_ID=3.19.1\n# ID=x\n", "alpine3"),
        ('ID="amzn"\nVERSION_ID="2023"\n', "amzn2023"),
        ("ID=arch\n", "arch"),
        ("ID='unfinished\n", "unfinished"),
        ("", "unknown"),
    ],
)
def test_linux_names(fields: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "usr" / "lib").mkdir(parents=True)
    (tmp_path / "usr" / "lib" / "os-release").write_text(fields)
    assert operating_systems.linux_name(operating_systems.read_os_release(str(tmp_path))) == name


def test_no_description_of_the_system(tmp_path: Path) -> None:
    assert operating_systems.read_os_release(str(tmp_path)) == {}


def test_macos_names() -> None:
    assert operating_systems.macos_name("14.5") == "sonoma"
    assert operating_systems.macos_name("10.15.7") == "catalina"
    assert operating_systems.macos_name("99.1") == "macos99"


@linux
def test_this_host() -> None:
    host = architecture.host()
    assert host is architecture.host()
    assert host.platform == "linux"

    assert host.family == microarchitectures.family(host.target)


# targets


def test_flags_by_package_or_compiler_name() -> None:
    assert microarchitectures.flags("gcc", "12.2.0", "zen3") == "-march=znver3 -mtune=znver3"
    same = microarchitectures.flags("clang", "15", "haswell")
    assert microarchitectures.flags("llvm", "15.0.7", "haswell") == same != ""
    assert microarchitectures.flags("llvm", "main", "haswell") == same
    oneapi = microarchitectures.flags("intel-oneapi-compilers", "2023", "zen3")
    assert oneapi == "-march=core-avx2 -mtune=core-avx2"
    assert microarchitectures.flags("unknown-compiler", "1", "zen3") == ""


def test_what_a_compiler_supports() -> None:
    assert microarchitectures.supports("gcc", "12.2.0", "x86_64_v4")
    assert not microarchitectures.supports("gcc", "4.8", "x86_64_v4")
    with pytest.raises(UnsupportedTargetError, match=r"gcc@4\.8") as caught:
        microarchitectures.flags("gcc", "4.8", "zen3")
    assert "target=" in str(caught.value)


def test_unknown_target() -> None:
    for use in (microarchitectures.family, microarchitectures.candidates):
        with pytest.raises(NotFoundError, match="z80"):
            use("z80")


def test_families_and_generic_targets() -> None:
    assert microarchitectures.family("zen3") == "x86_64"
    assert microarchitectures.generic("zen3") == "x86_64_v3"


def test_candidates_from_specific_to_generic() -> None:
    assert microarchitectures.candidates("zen3") == [
        "zen3",
        "zen2",
        "zen",
        "x86_64_v3",
        "x86_64_v2",
        "x86_64",
    ]
    assert microarchitectures.candidates("zen3", granularity="generic") == [
        "x86_64_v3",
        "x86_64_v2",
        "x86_64",
    ]


def test_candidates_that_do_not_run_here() -> None:
    found = microarchitectures.candidates("x86_64_v4", host_compatible=False, requested=["a64fx"])
    assert found[:4] == ["x86_64_v4", "x86_64_v3", "x86_64_v2", "x86_64"]
    assert "zen4" in found and "a64fx" in found and "aarch64" in found
    assert found.index("cascadelake") < found.index("nocona")
    assert len(found) == len(set(found)) and "power9" not in found


def test_a_requested_target_comes_last_and_is_there_at_any_granularity() -> None:
    found = microarchitectures.candidates(
        "icelake", host_compatible=False, granularity="generic", requested=["zen2"]
    )
    assert found[:5] == ["x86_64_v4", "x86_64_v3", "x86_64_v2", "x86_64", "zen2"]
    assert "zen4" not in found
    assert "zen2" not in microarchitectures.candidates("icelake", requested=["zen2"])


# C libraries


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("ld.so (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.\nCopyright", "2.36"),
        ("ld.so (GNU libc) release release version 2.39.9000.\n", "2.39.9000"),
        ("ldd (Ubuntu GLIBC 2.35-0ubuntu3.8) 2.35\n", "2.35"),
        ("ldd (GNU libc) 2.17\n", "2.17"),
        ("something 1.2\n", None),
        ("", None),
    ],
)
def test_versions_of_glibc(text: str, version: object) -> None:
    assert libc.glibc_version(text) == version


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/usr"),
        ("/lib64/ld-2.17.so", "/usr"),
        ("/lib/ld-musl-x86_64.so.1", "/usr"),
        ("/opt/glibc-2.39/lib/ld-linux.so.2", "/opt/glibc-2.39"),
        ("/opt/glibc-2.39/lib64/ld-linux.so.2", "/opt/glibc-2.39"),
    ],
)
def test_prefixes(path: str, prefix: str) -> None:
    assert libc.prefix_of_linker(path) == prefix


def tool(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def test_musl(tmp_path: Path) -> None:
    linker = tool(
        tmp_path / "lib" / "ld-musl-x86_64.so.1",
        "printf 'musl libc (x86_64)\\nVersion 1.2.4\\nDynamic Program Loader\\n' >&2; exit 1\n",
    )
    found = libc.from_dynamic_linker(linker)
    assert found == Libc("musl", "1.2.4", str(tmp_path))
    assert found is not None and str(found) == "musl@=1.2.4"


def test_old_glibc(tmp_path: Path) -> None:
    """A linker that knows no --version: the file name, or ldd beside it, tells."""
    named = tool(tmp_path / "a" / "lib" / "ld-2.17.so", "echo usage >&2; exit 127\n")
    assert libc.from_dynamic_linker(named) == Libc("glibc", "2.17", str(tmp_path / "a"))
    plain = tool(tmp_path / "b" / "lib64" / "ld-linux.so.2", "exit 127\n")
    tool(tmp_path / "b" / "bin" / "ldd", "echo 'ldd (GNU libc) 2.28'\n")
    assert libc.from_dynamic_linker(plain) == Libc("glibc", "2.28", str(tmp_path / "b"))
    silent = tool(tmp_path / "c" / "lib" / "ld-linux.so.2", "exit 127\n")
    assert libc.from_dynamic_linker(silent) is None
    assert libc.from_dynamic_linker(str(tmp_path / "no")) is None


@linux
@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_the_real_compiler() -> None:
    found = libc.detect(str(shutil.which("gcc")))
    assert found is not None and found.name in ("glibc", "musl")
    assert os.path.isdir(os.path.join(found.prefix, "include"))
    interpreter = libc.of_interpreter()
    assert interpreter is not None and interpreter.name == found.name
    assert libc.detect("/no/compiler") is None


def test_a_compiler_of_another_libc(tmp_path: Path) -> None:
    linker = tool(tmp_path / "lib" / "ld-musl-x.so.1", "printf 'Version 1.1.24\\n'\n")
    compiler = tool(tmp_path / "cc", f"echo ' ld -dynamic-linker {linker} -o x' >&2\n")
    found = libc.detect(compiler)
    assert found is not None and (found.name, found.version) == ("musl", "1.1.24")
