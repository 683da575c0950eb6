"""``spack location`` through the launcher, all of its options."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.small_instance import ROOT, Instance


def test_of_the_instance(built: Instance, small_repository: Path) -> None:
    assert built.ok("location", "-r") == f"{ROOT}\n"
    assert built.ok("location", "-P") == f"{small_repository}\n"
    assert built.ok("location", "-S").startswith(str(built.stages))


def test_of_packages(built: Instance, small_repository: Path) -> None:
    prefix = built.ok("location", "asker").strip()
    assert built.ok("location", "-i", "asker").strip() == prefix
    assert Path(prefix, "bin", "asker").exists()
    assert built.ok("location", "-p", "asker") == f"{small_repository}/packages/asker\n"
    assert built.ok("location", "--repo", "asker") == f"{small_repository}\n"
    assert "answer-1.0" in built.ok("location", "--first", "answer")


def test_of_stages(instance: Instance) -> None:
    instance.fails("install", "broken")
    stage = Path(instance.ok("location", "-s", "broken").strip())
    assert (stage / "spack-build-out.txt").exists()
    source = instance.ok("location", "-c", "broken").strip()
    assert Path(source, "broken.c").exists()
    instance.ok("install", "--keep-stage", "answer")
    assert Path(instance.ok("location", "-c", "answer").strip(), "answer.c").exists()


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
        (("-p", "nothing"), "no package 'nothing'"),
        (("-e", "nowhere"), "no environment 'nowhere'"),
        (("-e",), "no environment is active"),
        (("-i", "-p", "asker"), "not allowed with"),
    ],
)
def test_faults(words: "tuple[str, ...]", message: str, built: Instance) -> None:
    assert message in built.fails("location", *words)
