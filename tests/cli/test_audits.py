"""``spack audit``: each kind of finding, and what must not be one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run
from .recipe_folders import make_repository

HEAD = "from spack_repo.builtin.build_systems.generic import Package\nfrom spack.package import *\n"

DETECTION = """\
paths:
- layout:
  - executables: [bin/tool]
    script: |
      echo tool 1.5
  platforms: [linux]
  results:
  - spec: tool@1.5
    extra_attributes: {kind: "small|large"}
- layout:
  - executables: [bin/tool]
    script: exit 1
  results: []
- layout: []
  platforms: [windows]
  results:
  - spec: tool@9
"""


@pytest.fixture
def mine(spack: Run, tmp_path: Path) -> Run:
    root = make_repository(tmp_path / "recipes")
    assert spack("repo", "add", str(root)).returncode == 0
    return spack


def write(tmp_path: Path, name: str, *lines: str) -> Path:
    """A recipe with further lines in the class."""
    folder = tmp_path / "recipes" / "spack_repo" / "mine" / "packages" / name
    folder.mkdir(exist_ok=True)
    body = "".join(f"    {line}\n" for line in ('"""Words."""', *lines))
    (folder / "package.py").write_text(f"{HEAD}\n\nclass {name.title()}(Package):\n{body}")
    return folder


def texts(spack: Run, *words: str) -> list[str]:
    result = spack("audit", words[0], "--json", *words[1:])
    found = [finding["text"] for finding in json.loads(result.stdout)]
    assert result.returncode == (1 if found else 0), result.stderr
    return found


def test_names_that_nobody_has_and_misspelt_names(mine: Run, tmp_path: Path) -> None:
    write(
        tmp_path,
        "odd",
        'version("1", sha256="' + "a" * 64 + '")',
        'conflicts("%xl_r")',
        'conflicts("%gcc@:4", when="%some_old_compiler")',
        'conflicts("^pluign")',
        'for _ in range(3):\n        conflicts("^cmkae")',
    )
    assert texts(mine, "packages", "odd") == [
        "conflicts with ^pluign: there is no package or virtual 'pluign'; did you mean 'plugin'?",
        "conflicts with ^cmkae: there is no package or virtual 'cmkae'; did you mean 'cmake'?",
    ]


def test_one_alternative_of_a_requirement_is_enough(mine: Run, tmp_path: Path) -> None:
    write(
        tmp_path,
        "odd",
        'version("1", sha256="' + "a" * 64 + '")',
        'variant("a", default=True, description="A")',
        'requires("+a", "%nothing_such", policy="one_of")',
        'requires("+b", "%nothing_such", policy="any_of")',
    )
    found = texts(mine, "packages", "odd")
    assert len(found) == 2
    assert "requires +b: odd has no variant 'b'" in found[0]


def test_variants_that_are_absent_where_they_are_named(mine: Run, tmp_path: Path) -> None:
    new = 'variant("new", default=False, description="New", when="@2:")'
    write(
        tmp_path,
        "odd",
        'version("1.0")',
        new,
        'conflicts("+new", when="@1")',
        'conflicts("+new", when="@2")',
        'depends_on("base", when="@1+new")',
        'depends_on("base", when="@2+new")',
    )
    write(tmp_path, "uses", 'version("1.0")', 'depends_on("odd@1+new")', 'depends_on("odd+new")')
    assert texts(mine, "packages", "odd", "uses") == [
        "when='@1+new': odd has no variant 'new' when @1+new",
        "conflicts with +new: odd has no variant 'new' when @1+new",
        "depends on odd@1+new: odd has no variant 'new' when @1+new",
    ]


def test_descriptions_and_variants_of_virtuals(mine: Run, tmp_path: Path) -> None:
    write(tmp_path, "odd", 'version("1")', 'variant("a", default=True)', 'depends_on("basis+a")')
    assert texts(mine, "packages", "odd") == [
        "depends on basis+a: 'basis' is a virtual, which has no variants",
        "the variant 'a' has no description",
    ]


def test_a_default_that_is_no_value(mine: Run, tmp_path: Path) -> None:
    values = 'default="q", values=("a", "b"), description="V"'
    write(tmp_path, "odd", 'version("1")', f'variant("v", {values})')
    found = texts(mine, "packages", "odd")
    assert found == ["the default 'q' of the variant 'v' is not one of its values"]


def test_a_recipe_that_cannot_be_read_is_a_finding_too(mine: Run, tmp_path: Path) -> None:
    folder = write(tmp_path, "odd", "def install(self spec)")
    (found,) = json.loads(mine("audit", "packages", "--json", "odd", "base").stdout)
    assert (found["check"], found["subject"], found["line"]) == ("readable", "odd", 7)
    assert found["file"] == str(folder / "package.py")
    failed = mine("audit", "packages", "nothing")
    assert failed.returncode == 1 and "there is no package 'nothing'" in failed.stderr


def test_weak_checksums_count_unless_the_download_is_by_hand(mine: Run, tmp_path: Path) -> None:
    line = 'version("1", md5="' + "a" * 32 + '")'
    write(tmp_path, "odd", line)
    assert texts(mine, "packages", "odd") == ["version 1 has only an MD5 checksum"]
    write(tmp_path, "odd", 'version("2", "' + "a" * 32 + '")', 'version("1", "' + "a" * 64 + '")')
    assert texts(mine, "packages", "odd") == ["version 2 has only an MD5 checksum"]
    write(tmp_path, "odd", 'version("1", "' + "a" * 63 + '")')
    assert "whose length matches no algorithm" in texts(mine, "packages", "odd")[0]
    write(tmp_path, "odd", "manual_download = True", line)
    assert texts(mine, "packages", "odd") == []


def test_https(mine: Run, tmp_path: Path) -> None:
    write(tmp_path, "odd", 'homepage = "http://example.com"', 'url = "https://example.com/a-1.tar"')
    assert texts(mine, "packages-https", "odd") == [
        "homepage http://example.com does not use https"
    ]


def test_configuration(mine: Run, tmp_path: Path) -> None:
    """S4 audits: what nothing can satisfy; the shipped defaults are no findings."""
    assert texts(mine, "configs") == []
    scope = tmp_path / "scope"
    scope.mkdir()
    (scope / "packages.yaml").write_text(
        "packages:\n"
        "  base:\n    variants: +nothing\n    require: ['+fast', '@2: ++']\n    externals:\n"
        "    - {spec: base@1.0 +gone, prefix: /not/there}\n"
        "    - {spec: host@1, prefix: /usr}\n    - {spec: base, prefix: /usr}\n"
        "  nowhere:\n    buildable: false\n  host:\n    buildable: false\n"
        "  all:\n    target: ['haswel:', x86_64_v3]\n"
    )
    result = mine("-C", str(scope), "audit", "configs", "--json")
    found = " | ".join(finding["text"] for finding in json.loads(result.stdout))
    for words in (
        "base+nothing: base has no variant 'nothing'",
        "'@2: ++' is not a spec",
        "'base@1.0 +gone': base has no variant 'gone'",
        "there is no directory /not/there",
        "the external 'host@1' of base is ignored because it is of another package",
        "the external 'base' of base is ignored because its version is not exact",
        "there is no package or virtual 'nowhere'",
        "there is no target 'haswel'",
    ):
        assert words in found
    assert found.count("|") == 7


def test_detection_tests(mine: Run, tmp_path: Path) -> None:
    recipe = (
        'executables = ["^tool$"]',
        "@classmethod",
        "def determine_version(cls, exe):",
        '    return Executable(exe)(output=str).split()[1] + "EXTRA"',
        "@classmethod",
        "def determine_variants(cls, exes, version):",
        '    return "", {"kind": "small"}',
    )
    folder = write(tmp_path, "tool", *(line.replace('+ "EXTRA"', "") for line in recipe))
    (folder / "detection_test.yaml").write_text(DETECTION)
    assert mine("audit", "externals", "--list").stdout == "tool\n"
    assert texts(mine, "externals") == []
    write(tmp_path, "tool", *(line.replace("EXTRA", "9") for line in recipe))
    assert texts(mine, "externals", "tool") == [
        "tool@1.5 was not found; found: tool@1.59",
        "tool@1.59 was found but not expected",
    ]
    assert "has no detection_test.yaml" in mine("audit", "externals", "base").stderr
    (folder / "detection_test.yaml").write_text("tests: []\n")
    assert texts(mine, "externals", "tool") == ["the file has no list 'paths'"]


def test_checks_as_json(spack: Run) -> None:
    rows = json.loads(spack("audit", "list", "--json").stdout)
    names = [line.partition(":")[0] for line in spack("audit", "list").stdout.splitlines()]
    assert [row["name"] for row in rows] == names


def test_a_patch_that_is_missing_is_found_and_needed_only_where_it_applies(
    mine: Run, tmp_path: Path
) -> None:
    versions = [f'version("{number}", sha256="{"a" * 64}")' for number in (1, 2)]
    folder = write(tmp_path, "patched", *versions, 'patch("none.patch", when="@1")')
    assert texts(mine, "packages", "patched") == [
        f"the patch {folder / 'none.patch'} does not exist"
    ]
    assert mine("spec", "patched@2").returncode == 0
    refused = mine("spec", "patched@1")
    assert refused.returncode == 1
    assert f"{folder / 'package.py'}:9" in refused.stderr
    assert "the patch none.patch of mine.patched does not exist" in refused.stderr
    assert f"put it into {folder}" in refused.stderr


def test_imports_past_the_interface_are_found(mine: Run, tmp_path: Path) -> None:
    folder = write(tmp_path, "older", 'version("1", sha256="' + "a" * 64 + '")')
    recipe = folder / "package.py"
    recipe.write_text(
        f"import llnl.util.tty\nfrom spack.util.prefix import Prefix\n{HEAD}"
        + recipe.read_text()[len(HEAD) :]
    )
    first, second = texts(mine, "packages", "older")
    assert "llnl.util.tty is imported past the recipe interface" in first
    assert "from spack.package import it" in second
