"""The use of configuration by commands before and after solving, through the real launcher."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import Instance

VERSION = ("spec", "--format", "{version}")


def hash_of(instance: Instance, *words: str) -> str:
    return instance.ok("find", "--format", "{hash}", *words).strip()


def environment(instance: Instance, text: str, name: str = "env") -> Path:
    directory = instance.directory / name
    directory.mkdir(exist_ok=True)
    (directory / "spack.yaml").write_text(text)
    return directory


def locked(directory: Path) -> list[str]:
    """Roots of a lock with their hashes."""
    lock = json.loads((directory / "spack.lock").read_text())
    return [f"{root['spec']} {root['hash']}" for root in lock["roots"]]


# -- reuse -------------------------------------------------------------------------------------


def test_70_forms_of_reuse(instance: Instance) -> None:
    """An older version than the best is installed."""
    built = instance
    built.ok("install", "--fake", "answer@1.0")
    assert built.ok(*VERSION, "answer") == "1.0\n"
    assert built.ok(*VERSION, "--reuse", "answer") == "1.0\n"
    assert built.ok(*VERSION, "--fresh", "answer") == "2.0\n"
    assert built.ok(*VERSION, "--fresh-roots", "answer") == "2.0\n"
    below = built.ok("spec", "--fresh-roots", "--json", "asker")
    assert "answer 1.0" in [f"{n['name']} {n['version']}" for n in nodes(below)]
    for value, expected in (
        ("false", "2.0"),
        ("true", "1.0"),
        ("dependencies", "2.0"),
        ("{exclude: [answer@1.0]}", "2.0"),
        ("{include: [asker]}", "2.0"),
        ("{include: [answer]}", "1.0"),
        ("{roots: false}", "2.0"),
        ("{from: [{type: buildcache}]}", "2.0"),
        ("{from: [{type: local}]}", "1.0"),
        ("{from: [{type: local, exclude: ['@1.0']}]}", "2.0"),
        ("{from: [{type: external}]}", "2.0"),
    ):
        (built.config / "concretizer.yaml").write_text(f"concretizer:\n  reuse: {value}\n")
        assert built.ok(*VERSION, "answer") == expected + "\n", value


def nodes(text: str) -> list[dict]:  # type: ignore[type-arg]
    found: list[dict] = json.loads(text)["spec"]["nodes"]  # type: ignore[type-arg]
    return found


def test_76_a_hash_is_used_even_if_nothing_is_reused(built: Instance) -> None:
    digest = hash_of(built, "answer@1.0")
    shown = built.ok("spec", "--fresh", "--json", f"asker ^/{digest[:10]}")
    assert digest in [node["hash"] for node in nodes(shown)]
    alone = built.ok("spec", "--fresh", "--format", "{hash}", f"/{digest[:8]}")
    assert alone == digest + "\n"


def test_hashes_that_mean_nothing_are_refused(built: Instance) -> None:
    assert "no spec that is installed" in built.fails("spec", "answer/zzzzzzz")
    digest = hash_of(built, "answer@2.0")
    assert "is not answer@1.0" in built.fails("spec", f"answer@1.0/{digest[:10]}")


def test_specs_of_another_environment_are_reused(instance: Instance) -> None:
    first = environment(instance, "spack:\n  specs: [answer@1.0]\n  view: false\n", "first")
    instance.ok("-D", str(first), "concretize")
    instance.ok("-D", str(first), "install", "--fake")
    reuse = f"concretizer:\n  reuse:\n    from: [{{type: environment, path: {first}}}]\n"
    (instance.config / "concretizer.yaml").write_text(reuse)
    assert instance.ok(*VERSION, "answer") == "1.0\n"


# -- toolchains --------------------------------------------------------------------------------

TOOLCHAINS = """\
toolchains:
  mine:
  - spec: '%c=gcc'
    when: '%c'
  - spec: '%cxx=gcc'
    when: '%cxx'
  lost:
  - spec: '%c=gcx@12'
  round: '%about'
  about: '%round'
"""


def test_toolchains_in_requests_requirements_and_matrices(instance: Instance) -> None:
    (instance.config / "toolchains.yaml").write_text(TOOLCHAINS)
    assert "%c=gcc" in instance.ok("spec", "answer %mine")
    assert "%c=gcc" in instance.ok("spec", "asker ^answer %mine")
    directory = environment(
        instance,
        "spack:\n  view: false\n  specs:\n  - matrix:\n    - [answer@1.0, picky]\n    - ['%mine']\n"
        "  packages:\n    answer:\n      require: ['%mine']\n",
    )
    instance.ok("-D", str(directory), "concretize")
    assert [text.split()[0] for text in locked(directory)] == ["answer@1.0", "picky"]


def test_a_requested_target_is_built_for_at_any_granularity(instance: Instance) -> None:
    settings = "concretizer:\n  targets: {granularity: generic, host_compatible: false}\n"
    (instance.config / "concretizer.yaml").write_text(settings)
    family = instance.ok("arch", "--family").strip()
    wanted = "zen2" if family.endswith("x86_64") else "a64fx"
    assert instance.ok("spec", "--format", "{target}", f"answer target={wanted}") == f"{wanted}\n"
    below = instance.ok("spec", "--json", f"asker ^answer target={wanted}")
    assert wanted in below


def test_toolchains_in_queries(instance: Instance) -> None:
    (instance.config / "toolchains.yaml").write_text(
        TOOLCHAINS + "  other:\n  - spec: '%c=llvm'\n    when: '%c'\n"
    )
    instance.ok("install", "--fake", "answer")
    assert instance.ok("find", "--format", "{name}", "answer %mine") == "answer\n"
    assert "answer" not in instance("find", "--format", "{name}", "answer %other").stdout


def test_toolchains_that_mean_nothing(instance: Instance) -> None:
    (instance.config / "toolchains.yaml").write_text(TOOLCHAINS)
    error = instance.fails("spec", "answer %lost")
    assert "%gcx is not a package" in error and "toolchains.yaml:8" in error
    error = instance.fails("spec", "answer %round")
    assert "round -> about -> round" in error and "toolchains.yaml:" in error
    error = instance.fails("spec", "answer %mime")
    assert "did you mean mine" in error
    directory = environment(instance, "spack:\n  specs:\n  - answer %mime\n")
    assert "spack.yaml:3" in instance.fails("-D", str(directory), "concretize")


# -- environments ------------------------------------------------------------------------------


def test_a_new_root_is_solved_beside_the_locked_ones(instance: Instance) -> None:
    text = "spack:\n  view: false\n  concretizer: {{unify: {unify}}}\n  specs: [{roots}]\n"
    directory = environment(instance, text.format(unify="true", roots="picky"))
    instance.ok("-D", str(directory), "concretize")
    (first,) = locked(directory)
    environment(instance, text.format(unify="true", roots="picky, asker"))
    shown = instance.ok("-D", str(directory), "concretize")
    assert "Concretized asker" in shown and "Concretized picky" not in shown
    assert locked(directory)[0] == first
    assert "answer@1.0" in shown
    environment(instance, text.format(unify="true", roots="picky, asker, answer@2.0"))
    error = instance.fails("-D", str(directory), "concretize")
    assert "already in the environment" in error and "--force" in error
    environment(instance, text.format(unify="when_possible", roots="picky, asker, answer@2.0"))
    assert "answer@2.0" in instance.ok("-D", str(directory), "concretize")


def test_specs_of_the_command_line_are_unified_if_the_configuration_says_so(
    instance: Instance,
) -> None:
    show = ("spec", "--format", "{name} {^answer.version}", "picky", "asker")
    apart = instance.ok(*show)
    assert "picky 1.0" in apart and "asker 2.0" in apart
    together = instance.ok("-c", "concretizer:unify:true", *show)
    assert "picky 1.0" in together and "asker 1.0" in together


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_82_separate_roots_in_several_processes(instance: Instance, jobs: str) -> None:
    text = "spack:\n  view: false\n  concretizer: {unify: false}\n  specs: [picky, asker, answer]\n"
    directory = environment(instance, text)
    instance.ok("-D", str(directory), "concretize", "-j", jobs)
    shown = instance.ok("-D", str(directory), "spec", "--format", "{name} {^answer.version}")
    assert "picky 1.0" in shown and "asker 2.0" in shown
    environment(instance, text.replace("answer]", "answer@1.0 mode=slow]"))
    error = instance.fails("-D", str(directory), "concretize", "-f", "-j", jobs)
    assert "answer@1.0" in error and "always fast" in error


def test_develop_entries_hold_in_the_environment(instance: Instance) -> None:
    directory = environment(
        instance,
        "spack:\n  view: false\n  specs: [asker]\n  develop:\n    answer:\n"
        "      spec: answer@=2.5\n      path: src\n",
    )
    instance.ok("-D", str(directory), "concretize")
    lock = json.loads((directory / "spack.lock").read_text())
    (answer,) = [n for n in lock["concrete_specs"].values() if n["name"] == "answer"]
    assert answer["version"] == "2.5"
    assert answer["parameters"]["dev_path"] == str(directory / "src")


def test_virtuals_can_be_required(instance: Instance) -> None:
    require = "packages:\n  oracle:\n    require: [answer@1.0]\n"
    with (instance.config / "packages.yaml").open("a") as stream:
        stream.write(require.partition("\n")[2])
    assert instance.ok(*VERSION, "oracle") == "1.0\n"
