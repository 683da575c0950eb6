"""Real software from a source mirror, installed by the program and run.

Needs SPACK_SOURCE_MIRROR, a directory with upstream archives; the public recipes besides need
SPACK_PUBLIC_RECIPES, the folder that holds their ``spack_repo``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

MIRROR = os.environ.get("SPACK_SOURCE_MIRROR", "")
pytestmark = pytest.mark.skipif(
    not Path(MIRROR or "/nowhere").is_dir(), reason="needs SPACK_SOURCE_MIRROR"
)


def output_of(prefix: str, program: str, *words: str, cwd: Path, stdin: str = "") -> str:
    """The output of an installed program, without help from the variables of the shell."""
    return subprocess.run(
        [f"{prefix}/bin/{program}", *words],
        cwd=str(cwd),
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=True,
    ).stdout


def with_mirror(instance: Instance) -> Instance:
    (instance.config / "mirrors.yaml").write_text(f"mirrors::\n  here: {MIRROR}\n")
    return instance


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Instance:
    """Our own recipes only."""
    directory = tmp_path_factory.mktemp("embedded") / "instance"
    return with_mirror(Instance(directory, shared_cache))


def prefix_of(instance: Instance, spec: str) -> str:
    instance.ok("install", spec)
    return instance.ok("location", "-i", spec).strip()


@pytest.mark.parametrize("name", ["bzip2", "xz", "lz4"])
def test_compressors(name: str, embedded: Instance, tmp_path: Path) -> None:
    prefix = prefix_of(embedded, name)
    (tmp_path / "text").write_text("text\n" * 1000)
    output_of(prefix, name, "-k", "text", cwd=tmp_path)
    packed = next(path for path in tmp_path.iterdir() if path.name.startswith("text."))
    assert packed.stat().st_size < 500
    shown = output_of(prefix, name, "-d", "-c", packed.name, cwd=tmp_path)
    assert shown == "text\n" * 1000
    assert "0 failed" in embedded.ok("test", "run", name)


def test_gdbm_with_readline_and_ncurses(embedded: Instance, tmp_path: Path) -> None:
    prefix = prefix_of(embedded, "gdbm+readline")
    output_of(prefix, "gdbmtool", "--newdb", "a.db", "store", "colour", "green", cwd=tmp_path)
    assert "green" in output_of(prefix, "gdbmtool", "a.db", "fetch", "colour", cwd=tmp_path)
    assert "1 tested, 0 failed" in embedded.ok("test", "run", "gdbm+readline")
    linked = subprocess.check_output(["ldd", f"{prefix}/bin/gdbmtool"], encoding="utf-8")
    for name in ("readline", "ncurses"):
        assert embedded.ok("location", "-i", name).strip() in linked


def test_m4(embedded: Instance, tmp_path: Path) -> None:
    prefix = prefix_of(embedded, "m4")
    text = "define(`greet', `hello $1')greet(`world')\n"
    assert output_of(prefix, "m4", "-", cwd=tmp_path, stdin=text) == "hello world\n"
    embedded.ok("test", "run", "--alias", "macros", "m4")
    shown = embedded.ok("test", "results", "-l", "macros")
    for name in ("test_macro", "test_file"):
        assert f"PASSED: M4::{name}" in shown


@pytest.mark.skipif(shutil.which("cmake") is None, reason="needs cmake")
def test_a_cmake_project(embedded: Instance, tmp_path: Path) -> None:
    version = subprocess.check_output(["cmake", "--version"], encoding="utf-8").split()[2]
    place = Path(shutil.which("cmake") or "").parents[1]
    text = f"  cmake:\n    externals:\n    - spec: cmake@{version}\n      prefix: {place}\n"
    with open(embedded.config / "packages.yaml", "a") as file:
        file.write(text)
    prefix = prefix_of(embedded, "utf8proc")
    (tmp_path / "t.c").write_text(
        "#include <stdio.h>\n#include <utf8proc.h>\n"
        "int main(void) { puts(utf8proc_version()); return 0; }\n"
    )
    flags = [f"-I{prefix}/include", f"-L{prefix}/lib", f"-Wl,-rpath,{prefix}/lib", "-lutf8proc"]
    subprocess.run(["gcc", "t.c", "-o", "t", *flags], cwd=str(tmp_path), check=True)
    assert re.match(r"\d+\.\d+", subprocess.check_output([str(tmp_path / "t")]).decode())


def test_public_recipes_unmodified(
    public_recipes: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """bzip2, libbsd with libmd, and xxhash."""
    cache = Path(os.environ.get("SPACK_USER_CACHE_PATH") or tmp_path_factory.mktemp("cache"))
    instance = with_mirror(Instance(tmp_path / "instance", cache))
    if shutil.which("diff") is None:
        pytest.skip("needs diffutils")
    with open(instance.config / "packages.yaml", "a") as file:
        file.write("  diffutils:\n    externals:\n    - spec: diffutils@3.8\n      prefix: /usr\n")
    recipes = public_recipes / "spack_repo" / "builtin"
    (instance.config / "repos.yaml").write_text(f"repos::\n  builtin: {recipes}\n")
    bzip2 = prefix_of(instance, "bzip2~debug")
    (tmp_path / "text").write_text("text\n" * 1000)
    output_of(bzip2, "bzip2", "-k", "text", cwd=tmp_path)
    assert output_of(bzip2, "bzcat", "text.bz2", cwd=tmp_path) == "text\n" * 1000
    xxhash = prefix_of(instance, "xxhash")
    assert output_of(xxhash, "xxhsum", "-H1", "text", cwd=tmp_path).endswith("  text\n")
    libbsd = prefix_of(instance, "libbsd")
    libmd = instance.ok("location", "-i", "libmd").strip()
    (tmp_path / "t.c").write_text(
        "#include <stdio.h>\n#include <bsd/string.h>\n"
        'int main(void) { char b[4]; strlcpy(b, "longer", sizeof b); puts(b); return 0; }\n'
    )
    # libbsd.so is a linker script that names libmd.
    flags = [f"-I{libbsd}/include", "-lbsd"]
    for place in (libbsd, libmd):
        flags += [f"-L{place}/lib", f"-Wl,-rpath,{place}/lib"]
    subprocess.run(["gcc", "t.c", "-o", "t", *flags], cwd=str(tmp_path), check=True)
    assert subprocess.check_output([str(tmp_path / "t")]) == b"lon\n"
    library = next(Path(libbsd, "lib").glob("libbsd.so.0*"))
    assert libmd in subprocess.check_output(["ldd", str(library)], encoding="utf-8")
