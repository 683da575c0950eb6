"""``spack location`` through the launcher, all of its options."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.small_instance import ROOT, Instance


def test_of_the_instance(built: Instance, small_repository: Path) -> None:
    assert built.ok("location", "-r") == f"{ROOT}\n"
    assert built.ok("location", "-m") == f"{ROOT}/lib/spack/spack\n"
    assert built.ok("location", "-P") == f"{small_repository}\n"
    assert built.ok("location", "-S").startswith(str(built.stages))


def test_of_packages(built: Instance, small_repository: Path) -> None:
    prefix = built.ok("location", "-i", "asker").strip()
    assert Path(prefix, "bin", "asker").exists()
    assert built.ok("location", "-p", "asker") == f"{small_repository}/packages/asker\n"
    for words in (("--repo", "asker"), ("-P", "small"), ("asker", "--repo")):
        assert built.ok("location", *words) == f"{small_repository}\n"
    assert built.ok("location", "--repo", "builtin").endswith("/spack_repo/builtin\n")
    assert "answer-1.0" in built.ok("location", "-i", "--first", "answer")


def test_of_stages(instance: Instance) -> None:
    instance.fails("install", "broken")
    stage = Path(instance.ok("location", "-s", "broken").strip())
    assert (stage / "spack-build-out.txt").exists()
    source = instance.ok("location", "broken").strip()
    assert Path(source, "broken.c").exists()
    assert instance.ok("location", "-c", "broken").strip() == source
    instance.ok("install", "--keep-stage", "answer")
    assert Path(instance.ok("location", "-c", "answer").strip(), "answer.c").exists()


def test_where_recipes_build(instance: Instance, tmp_path: Path) -> None:
    instance.ok("install", "--keep-stage", "answer")
    source = instance.ok("location", "-c", "answer").strip()
    assert instance.ok("location", "-b", "answer").strip() == source
    elsewhere = ("-c", "packages:answer:package_attributes:{build_directory: deep/below}")
    assert instance.ok(*elsewhere, "location", "-b", "answer") == f"{source}/deep/below\n"
    instance.ok("env", "create", "mine")
    instance.ok("-e", "mine", "add", "answer@=2.0")
    instance.ok("-e", "mine", "develop", "--no-clone", "-p", str(tmp_path), "answer@=2.0")
    instance.ok("-e", "mine", "concretize")
    for option in ("-s", "-c", "-b"):
        assert instance.ok("-e", "mine", "location", option, "answer") == f"{tmp_path}\n"


def test_of_environments(built: Instance) -> None:
    place = f"{built.state}/var/spack/environments/asking\n"
    assert built.ok("location", "-e", "asking") == place
    assert built.ok("-e", "asking", "location", "-e") == place


@pytest.mark.parametrize(
    "words, message",
    [
        ((), "needs a spec"),
        (("-i", "answer"), "2 installed specs match answer"),
        (("-i", "sleeper"), "nothing installed matches sleeper"),
        (("-s", "asker"), "asker has no stage"),
        (("asker",), "spack location -i asker"),
        (("-P", "nowhere"), "no package 'nowhere'"),
        (("-p", "nothing"), "no package 'nothing'"),
        (("-e", "nowhere"), "no environment 'nowhere'"),
        (("-e",), "no environment is active"),
        (("-i", "-p", "asker"), "not allowed with"),
    ],
)
def test_faults(words: tuple[str, ...], message: str, built: Instance) -> None:
    assert message in built.fails("location", *words)
