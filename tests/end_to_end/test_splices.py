"""Splices with real programs: what was built against one library runs with another one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import HEADER, Instance

LIBRARY = '''
class {cls}(Package):
    """A library that returns {number}."""

    has_code = False
    version("1.0")
    provides("side")
    depends_on("c", type="build")
    {directive}

    def install(self, spec, prefix):
        with open("side.c", "w") as stream:
            stream.write("int side(void) {{ return {number}; }}")
        mkdirp(prefix.lib)
        Executable(spack_cc)(
            "-shared", "-fPIC", "side.c", "-Wl,-soname,libside.so",
            "-o", prefix.lib.join("libside.so"),
        )
'''

SHOWER = '''
class Shower(Package):
    """A program that shows what the library returns."""

    has_code = False
    version("1.0")
    depends_on("side")
    depends_on("c", type="build")

    def install(self, spec, prefix):
        with open("main.c", "w") as stream:
            stream.write(
                "#include <stdio.h>\\nint side(void);\\n"
                'int main(void) {{ printf("%d\\\\n", side()); return 0; }}'
            )
        mkdirp(prefix.bin, prefix.share)
        Executable(spack_cc)("main.c", "-lside", "-o", prefix.bin.shower)
        with open(prefix.share.where, "w") as stream:
            stream.write(str(spec["side"].prefix) + " " + str(prefix))
        symlink(spec["side"].prefix.lib, prefix.share.link)
'''

BOTH = '''
class Both(Package):
    """Needs the program, and one library itself."""

    has_code = False
    version("1.0")
    depends_on("shower")
    depends_on("right")

    def install(self, spec, prefix):
        touch(prefix.done)
'''


@pytest.fixture
def sides(tmp_path: Path, shared_cache: Path) -> Instance:
    """An instance with two libraries of one interface, and a program that was built with one."""
    root = tmp_path / "spack_repo" / "sides"
    recipes = {
        "lefta": LIBRARY.format(cls="Lefta", number=1, directive=""),
        "right": LIBRARY.format(
            cls="Right", number=2, directive='can_splice("lefta@1.0", when="@1.0")'
        ),
        "rightmost": LIBRARY.format(cls="Rightmost", number=3, directive=""),
        "shower": SHOWER.format(),
        "both": BOTH,
    }
    for name, text in recipes.items():
        folder = root / "packages" / name
        folder.mkdir(parents=True)
        (folder / "package.py").write_text(HEADER + text.lstrip("\n"))
    (root / "repo.yaml").write_text("repo:\n  namespace: sides\n  api: v2.2\n")
    made = Instance(tmp_path / "instance", shared_cache, root)
    made.ok("install", "shower ^side=lefta")
    return made


def configure(instance: Instance, text: str) -> None:
    (instance.config / "concretizer.yaml").write_text(f"concretizer:\n{text}")


def explicit(instance: Instance, name: str) -> None:
    digest = instance.ok("find", "--format", "{hash}", name).strip()
    configure(
        instance,
        f"  reuse: true\n  splice:\n    explicit:\n    - target: side\n"
        f"      replacement: {name}/{digest}\n",
    )


def shown(prefix: str) -> str:
    return subprocess.check_output([f"{prefix}/bin/shower"], encoding="utf-8").strip()


def test_an_explicit_splice_is_installed_and_runs(sides: Instance) -> None:
    sides.ok("install", "right")
    before = sides.ok("location", "-i", "shower").strip()
    assert shown(before) == "1"
    explicit(sides, "right")
    assert "right@1.0" in sides.ok("spec", "shower ^side=lefta")
    assert "to splice" in sides.ok("install", "shower ^side=lefta")
    found = sides.ok("find", "--format", "{hash}", "shower").split()
    prefixes = [sides.ok("location", "-i", f"/{digest}").strip() for digest in found]
    (after,) = set(prefixes) - {before}
    assert shown(after) == "2"
    assert shown(before) == "1"
    right = sides.ok("location", "-i", "right").strip()
    assert Path(after, "share", "where").read_text() == f"{right} {after}"
    assert Path(after, "share", "link").resolve() == Path(right, "lib").resolve()
    spec = json.loads(Path(after, ".spack", "spec.json").read_text())
    node = spec["spec"]["nodes"][0]
    assert node["build_spec"]["hash"] == Path(before).name[-32:]
    assert sides.ok("spec", "--json", "shower ^side=lefta")
    again = sides.ok("install", "shower ^side=lefta")
    assert "to splice" not in again


def test_an_automatic_splice_is_installed_and_runs(sides: Instance) -> None:
    configure(sides, "  reuse: true\n  splice:\n    automatic: true\n")
    out = sides.ok("install", "both ^side=right")
    assert "1 to splice" in out
    found = sides.ok("find", "--format", "{hash}", "shower").split()
    results = [shown(sides.ok("location", "-i", f"/{digest}").strip()) for digest in found]
    assert sorted(results) == ["1", "2"]


def test_a_replacement_with_a_longer_path_runs(sides: Instance) -> None:
    """Strings of binaries that cannot grow have the short link of the prefix."""
    sides.ok("install", "rightmost")
    before = sides.ok("location", "-i", "shower").strip()
    explicit(sides, "rightmost")
    sides.ok("install", "shower ^side=lefta")
    found = sides.ok("find", "--format", "{hash}", "shower").split()
    prefixes = {sides.ok("location", "-i", f"/{digest}").strip() for digest in found}
    (after,) = prefixes - {before}
    assert shown(before) == "1" and shown(after) == "3"


def test_a_replacement_that_nobody_knows(sides: Instance) -> None:
    configure(
        sides,
        "  splice:\n    explicit:\n    - target: side\n      replacement: right/zzzz\n",
    )
    assert "/zzzz" in sides.fails("spec", "shower")
    configure(sides, "  splice:\n    explicit:\n    - target: side\n      replacement: right@1.0\n")
    assert "has no hash" in sides.fails("spec", "shower")
