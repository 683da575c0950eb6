"""``spack spec`` through the launcher."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.small_instance import Instance

from spack.system.files.yaml_files import load_text


def test_tree(built: Instance) -> None:
    shown = built.ok("spec", "-l", "-t", "asker")
    lines = shown.splitlines()
    assert lines[0].startswith("[+]  ")
    assert "[    ]  asker@1.0~loud" in lines[0]
    assert any("[bl  ]      ^answer@2.0+shared" in line for line in lines)
    assert any(line.startswith("[e]") and "^gcc@" in line for line in lines)
    assert "[+]" not in built.ok("spec", "--no-install-status", "asker")
    assert " -  " in built.ok("spec", "asker+loud")


def test_machine_forms(built: Instance) -> None:
    data = json.loads(built.ok("spec", "--json", "asker"))
    names = [node["name"] for node in data["spec"]["nodes"]]
    assert names[0] == "asker"
    assert "answer" in names
    assert load_text(built.ok("spec", "-y", "asker")) == data
    assert built.ok("spec", "--format", "{name}-{version}", "asker") == "asker-1.0\n"
    assert built.ok("spec", "-N", "--format", "{fullname}", "answer") == "small.answer\n"


def test_choices(built: Instance) -> None:
    def chosen(*words: str) -> str:
        return built.ok("spec", "--format", "{name}{@version} {variants.mode}", *words).strip()

    assert chosen("answer") == "answer@2.0 mode=fast"
    assert chosen("answer@1") == "answer@1.0 mode=fast"
    assert chosen("answer", "mode=slow") == "answer@2.0 mode=slow"
    assert chosen("--fresh", "answer").startswith("answer@2.0")
    form = "{^answer.version} {^answer.variants.shared}"
    assert built.ok("spec", "--format", form, "asker ^answer~shared") == "2.0 ~shared\n"


def test_in_an_environment_without_specs(built: Instance) -> None:
    assert built.ok("-e", "asking", "spec", "--format", "{name}") == "asker\n"
    assert "no specs given" in built.fails("spec")


def test_a_spec_has_a_name(built: Instance) -> None:
    assert "'+shared' does not name a package" in built.fails("spec", "+shared")
    assert "no specs given" in built.fails("spec", "")


def test_nothing_is_installed_by_it(instance: Instance) -> None:
    instance.ok("spec", "asker")
    assert instance.installed() == []
    assert instance.store() == []


def test_a_namespace_chooses_the_repository(built: Instance, tmp_path: Path) -> None:
    root = tmp_path / "spack_repo" / "other"
    recipe = root / "packages" / "answer" / "package.py"
    recipe.parent.mkdir(parents=True)
    (root / "repo.yaml").write_text("repo:\n  namespace: other\n  api: v2.2\n")
    recipe.write_text(
        "from spack.package import *\n\n\n"
        "class Answer(Package):\n"
        '    """Another answer."""\n\n'
        "    has_code = False\n"
        '    version("7")\n'
    )
    first = ("-c", f"repos:other:{root}")
    shown = "{fullname}{@version}"
    assert built.ok(*first, "spec", "--format", shown, "other.answer") == "other.answer@7\n"
    assert built.ok(*first, "spec", "--format", shown, "small.answer") == "small.answer@2.0\n"


def test_non_defaults_are_stressed_where_there_is_colour(built: Instance) -> None:
    plain = built.ok("--color", "always", "spec", "answer@1")
    stressed = built.ok("--color", "always", "spec", "--non-defaults", "answer@1")
    assert plain != stressed
    assert built.ok("spec", "--non-defaults", "answer@1") == built.ok("spec", "answer@1")


def test_force_concretizes_what_is_locked_again(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    instance.ok("-e", "e", "add", "answer")
    instance.ok("-e", "e", "-c", "packages:answer:require:'@1.0'", "concretize")
    version = ("--format", "{name}@{version}")
    for words, expected in (
        (("spec",), "answer@1.0"),
        (("spec", "answer"), "answer@1.0"),
        (("spec", "-f"), "answer@2.0"),
        (("spec", "-f", "answer"), "answer@2.0"),
    ):
        assert instance.ok("-e", "e", *words, *version).strip() == expected, words
    for words in (("stage",), ("fetch", "answer"), ("mirror", "create", "-d", "m", "-j", "2")):
        assert "answer-2" in str(instance.ok("-e", "e", *words, "--force")) + str(
            [path.name for path in instance.directory.rglob("*answer*2*")]
        )
