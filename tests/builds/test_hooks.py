"""Checks and changes of a new prefix, on real files."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spack.builds import hooks, shared_libraries
from spack.builds.hooks import HookSettings, after_install, check_libraries
from spack.builds.shared_libraries import (
    Unresolved,
    UnresolvedLibrariesError,
    bind_sonames,
    drop_redundant_rpaths,
    elf_files,
    unresolved_libraries,
)
from spack.config.settings.package_settings import Permissions
from spack.system.binaries import elf
from spack.system.binaries.dynamic_linker import default_search_paths

needs_gcc = pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
needs_patchelf = pytest.mark.skipif(not shutil.which("patchelf"), reason="needs patchelf")


def package(tmp_path: Path, **attributes: Any) -> Any:
    """As much of a package object as hooks look at."""
    defaults = {
        "name": "thing",
        "homepage": "https://example.org",
        "spec": SimpleNamespace(external=False),
        "license_required": False,
        "license_files": [],
        "license_vars": [],
        "license_url": "",
        "license_comment": "#",
        "global_license_file": None,
        "non_bindable_shared_objects": [],
        "unresolved_libraries": [],
    }
    return SimpleNamespace(**{**defaults, **attributes})


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    root = tmp_path / "prefix"
    for name in ("bin", "lib", ".spack"):
        (root / name).mkdir(parents=True)
    return root


def compile_library(prefix: Path, name: str, *flags: str) -> Path:
    path = prefix / "lib" / f"lib{name}.so"
    source = prefix.parent / f"{name}.c"
    source.write_text(f"int {name}(void) {{ return 1; }}\n")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", str(source), "-o", str(path), f"-Wl,-soname,lib{name}.so"]
        + list(flags),
        check=True,
    )
    return path


def test_scripts_with_long_interpreters(prefix: Path, tmp_path: Path) -> None:
    """128 bytes are too long, 127 are not."""
    for length in (127, 128):
        line = "#!/" + "x" * (length - 4) + "\n"
        script = prefix / "bin" / str(length)
        script.write_text(line + "echo\n")
        script.chmod(0o755)
    store = tmp_path / "store"
    view: Any = SimpleNamespace(package=package(tmp_path))
    after_install(view, str(prefix), HookSettings(sbang_root=str(store)), Permissions())
    sbang = store / "bin" / "sbang"
    assert sbang.stat().st_mode & stat.S_IXUSR
    assert (prefix / "bin" / "127").read_text().startswith("#!/xxx")
    changed = (prefix / "bin" / "128").read_text().splitlines()
    assert changed[0] == f"#!/bin/sh {sbang}" and changed[1].startswith("#!/xxx")
    assert (prefix / ".spack" / "install_manifest.json").exists()


@needs_gcc
def test_useless_rpaths_are_dropped(prefix: Path) -> None:
    rpaths = ["/does/not/exist", str(prefix / "lib"), "$ORIGIN/../lib", "relative"]
    path = compile_library(prefix, "one", "-Wl,-rpath," + ":".join(rpaths))
    path.chmod(0o555)
    (prefix / "lib" / "link.so").symlink_to(path)
    assert list(elf_files(str(prefix))) == [str(path)]
    assert drop_redundant_rpaths(str(prefix)) == [str(path)]
    assert elf.rpaths(str(path)) == [str(prefix / "lib"), "$ORIGIN/../lib"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o555
    assert drop_redundant_rpaths(str(prefix)) == []


@needs_gcc
@needs_patchelf
def test_sonames_become_absolute_except_exempt_ones(prefix: Path) -> None:
    one, two = compile_library(prefix, "one"), compile_library(prefix, "two")
    three = compile_library(prefix, "three")
    (prefix / "lib" / "exempt-link.so").symlink_to("libthree.so")
    patchelf = shutil.which("patchelf") or ""
    assert bind_sonames(str(prefix), ["libtwo.so", "exempt-link.so"], patchelf) == [str(one)]
    assert elf.soname(str(one)) == str(one)
    assert elf.soname(str(two)) == "libtwo.so"
    assert elf.soname(str(three)) == "libthree.so"
    assert bind_sonames(str(prefix), ["lib"], patchelf) == []


@needs_gcc
def test_libraries_that_nothing_provides(prefix: Path, tmp_path: Path) -> None:
    compile_library(prefix, "lost")
    lib = str(prefix / "lib")
    found = compile_library(prefix, "found", f"-L{lib}", "-Wl,--no-as-needed", "-llost")
    (prefix / "lib" / "liblost.so").rename(tmp_path / "liblost.so")
    system = default_search_paths()
    assert unresolved_libraries(str(prefix), [], system) == [Unresolved(str(found), "liblost.so")]
    assert unresolved_libraries(str(prefix), ["liblo*"], system) == []
    assert unresolved_libraries(str(prefix), [], [*system, str(tmp_path)]) == []

    thing = package(tmp_path)
    assert check_libraries(thing, str(prefix), "ignore") is None
    warning = check_libraries(thing, str(prefix), "warn")
    assert warning is not None and "lib/libfound.so needs liblost.so" in warning
    with pytest.raises(UnresolvedLibrariesError, match="1 needed libraries will not be found"):
        check_libraries(thing, str(prefix), "error")
    allowed = package(tmp_path, unresolved_libraries=["liblost.so"])
    assert check_libraries(allowed, str(prefix), "error") is None


def test_files_that_are_not_elf_are_left_alone(prefix: Path) -> None:
    (prefix / "lib" / "text.so").write_text("INPUT(-lm)")
    (prefix / "lib" / "broken.so").write_bytes(b"\x7fELF")
    assert list(elf_files(str(prefix))) == []
    assert shared_libraries.unresolved_libraries(str(prefix), [], []) == []


def test_licences(prefix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = tmp_path / "licenses" / "thing" / "license.lic"
    thing = package(
        tmp_path,
        license_required=True,
        license_files=["etc/license.lic", "bin/license.lic"],
        license_vars=["THING_LICENSE"],
        global_license_file=str(common),
    )
    hooks.link_licenses(thing, str(prefix))
    assert not (prefix / "etc").exists()
    hooks.prepare_license(thing)
    assert "THING_LICENSE" in common.read_text()
    assert str(common) in capsys.readouterr().err
    common.write_text("the key\n")
    hooks.prepare_license(thing)
    (prefix / "bin" / "license.lic").write_text("from the build")
    hooks.link_licenses(thing, str(prefix))
    for name in ("etc/license.lic", "bin/license.lic"):
        assert (prefix / name).read_text() == "the key\n"


def test_a_licence_in_variables_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hooks.prepare_license(package(tmp_path, license_required=True, license_vars=["LM_LICENSE"]))
    assert "see LM_LICENSE" in capsys.readouterr().err
