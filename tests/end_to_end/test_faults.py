"""Faults end in one clear error, an exit status that is not 0, and a store as it was."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.small_instance import SPACK, Instance


@pytest.mark.parametrize(
    "words, messages",
    [
        (("tampered",), ("sha256", "does not match", "expected:", "got:", "tampered-1.0.tar.gz")),
        (("absent",), ("file:///nowhere/absent-1.0.tar.gz",)),
        (("broken",), ("not-there.h: No such file", "spack-build-out.txt")),
        (("needs-broken",), ("not-there.h: No such file", "1 skipped")),
        (("mistaken",), ("KeyError: 'at all'", "package.py:14")),
        (("anser",), ("'anser'", "did you mean answer")),
        (("asker+lowd",), ("no variant 'lowd'", "did you mean loud")),
        (("answer", "mode=wrong"), ("no value 'wrong'", "fast, slow")),
        (("answer@3.0",), ("@3.0", "2.0, 1.0")),
        (("answer@@2",), ("answer@@2", "^")),
        (("answer@1.0", "mode=slow"), ("version 1.0 is always fast",)),
        (("picky", "^answer@2.0"), ("picky depends on answer@1.0", "package.py:11")),
    ],
)
def test_what_cannot_be_installed(
    words: tuple[str, ...], messages: tuple[str, ...], instance: Instance
) -> None:
    error = instance.fails("install", *words)
    for message in messages:
        assert message in error
    wanted = words[0].partition("@")[0].partition("+")[0]
    assert wanted not in instance.installed()
    assert not [path for path in instance.store() if f"/{wanted}-" in path]


@pytest.mark.parametrize("in_environment", [False, True])
def test_commands_that_are_advised_after_a_failure_work(
    in_environment: bool, instance: Instance
) -> None:
    words = ["install", "needs-broken"]
    if in_environment:
        instance.ok("env", "create", "e")
        instance.ok("-e", "e", "add", "needs-broken")
        words = ["-e", "e", "install"]
    error = instance.fails(*words)
    assert "not tried because of it: needs-broken@1.0" in error
    advised = dict(re.findall("    (try again|look inside): spack (.*)", error))
    again = instance.fails(*shlex.split(advised["try again"]))
    assert "not-there.h: No such file" in again and "needs-broken" not in again
    command = shlex.split(advised["look inside"])
    assert command[-2:] == ["--", "bash"]
    shown = instance.ok(*command[:-1], "sh", "-c", "echo in $SPACK_SHORT_SPEC")
    assert shown.startswith("in broken@1.0")


def test_what_does_not_stay_in_an_environment_is_not_tried_again_there(instance: Instance) -> None:
    instance.ok("env", "create", "e")
    error = instance.fails("-e", "e", "install", "--add", "broken")
    assert "look inside: spack -D" in error and "try again" not in error


@pytest.mark.parametrize(
    "text, place, message",
    [
        ("spack:\n  specs: [asker\n", "spack.yaml:3:1", ""),
        ("spack:\n  specs:\n  - asker\n  vieuw: true\n", "spack.yaml:4:", "'vieuw'"),
        ("spack:\n  specs:\n  - asker@@1\n", "spack.yaml:3:5", "asker@@1"),
        ("spack:\n  specs:\n  - asker\n  concretizer:\n    unify: sometimes\n", "spack.yaml:5", ""),
    ],
)
def test_a_malformed_manifest(text: str, place: str, message: str, instance: Instance) -> None:
    manifest = instance.cwd / "spack.yaml"
    manifest.write_text(text)
    error = instance.fails("-D", str(instance.cwd), "install")
    assert str(instance.cwd / place) in error
    assert message in error
    assert instance.store() == []
    assert manifest.read_text() == text


@pytest.mark.usefixtures("unprivileged")
def test_a_store_that_cannot_be_written(instance: Instance) -> None:
    store = instance.state / "opt"
    store.mkdir()
    store.chmod(0o555)
    assert str(store) in instance.fails("install", "answer")


def test_a_file_in_place_of_the_store(instance: Instance) -> None:
    (instance.state / "opt").write_text("in the way")
    assert str(instance.state / "opt") in instance.fails("install", "answer")


def test_a_reader_that_goes_away(built: Instance) -> None:
    for words in ("list", "find --json", "config get", "info gcc"):
        result = subprocess.run(
            ["bash", "-c", f'set -o pipefail; "{SPACK}" {words} | head -1 >/dev/null'],
            env=built.variables,
            capture_output=True,
            encoding="utf-8",
        )
        assert result.stderr == ""
        assert result.returncode in (0, 141)


def test_a_failure_does_not_stop_what_does_not_need_it(instance: Instance) -> None:
    error = instance.fails("install", "needs-broken", "asker")
    assert "1 package failed" in error
    assert {"answer", "asker"} <= set(instance.installed())
    instance.fails("install", "--fail-fast", "broken", "answer@1.0")


def test_the_same_failure_again_after_a_failure(instance: Instance) -> None:
    first, second = (instance.fails("install", "broken") for _ in range(2))
    assert "not-there.h" in first
    assert "not-there.h" in second


def test_a_repository_that_went_away(instance: Instance, tmp_path: Path) -> None:
    (instance.config / "repos.yaml").write_text("repos:\n  gone: /nowhere/at/all\n")
    error = instance.fails("install", "answer")
    assert "/nowhere/at/all" in error
    assert "repos.yaml:2" in error
