"""Errors of commands through the launcher: one message, the right exit status, no traceback."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.end_to_end.small_instance import Instance

CASES: dict[str, Sequence[str]] = {
    "nothing installed matches": ("location", "-i", "nosuch-package"),
    "nothing installed matches zzz": ("find", "zzz"),
    "no environment is active": ("location", "-e"),
    "there is no environment 'nosuch'": ("-e", "nosuch", "find"),
    "there is no environment in ": ("-D", "nosuch", "find"),
    "create one with spack env create -d ./nosuch": ("-e", "./nosuch", "find"),
    "/no/such is not a directory": ("compiler", "find", "/no/such"),
    "there is no mirror 'nosuch'": ("mirror", "remove", "nosuch"),
    "there is no repository 'nosuch'": ("repo", "remove", "nosuch"),
    "no recipe repository 'gone' in /dev/null/gone": ("-c", "repos:gone:/dev/null/gone", "list"),
    "answer": ("providers", "answer"),
    "cannot be extended": ("extensions", "asker"),
    "there is no package 'nosuch'": ("edit", "nosuch"),
    "already exists": ("create", "-t", "bundle", "-n", "answer", "--skip-editor"),
    "the recipe repository 'file:///dev/null/gone.git'": (
        "repo",
        "add",
        "file:///dev/null/gone.git",
    ),
    "cannot ask": ("env", "rm", "asking"),
    "no patch or resource": ("resource", "show", "0123abcd"),
    "nosuch-phase": ("install", "--overwrite", "--until", "nosuch-phase", "answer"),
}


#: What no graph satisfies, seen before solving.
REFUSED = (
    "nosuch", "answer@99", "answer+nosuch", "answer mode=wrong", "answer%nosuch", "answer^nosuch",
    "answer target=nosuch", "answer platform=darwin", "answer^asker",
    "nosuch.answer", "asker^nosuch.answer",
)  # fmt: skip


@pytest.mark.parametrize("spec", REFUSED)
def test_what_is_refused_before_solving_has_the_code_of_no_answer(
    built: Instance, spec: str
) -> None:
    for command in ("spec", "install"):
        done = built(command, spec)
        assert done.returncode == 3, done.stdout + done.stderr
        assert done.stderr.startswith("Error: ")


@pytest.mark.parametrize(
    "words",
    [
        ("install", "--until", "nosuch-phase", "answer@2.0", "asker"),
        ("install", "--until", "nosuch-phase", "--fake", "picky"),
        ("install", "--until", "nosuch-phase", "--only", "dependencies", "picky"),
        ("dev-build", "-u", "nosuch-phase", "picky@1.0"),
        ("dev-build", "-b", "nosuch-phase", "picky@1.0"),
    ],
)
def test_a_phase_that_is_not_there_is_told_before_anything_is_built(
    instance: Instance, words: tuple[str, ...]
) -> None:
    done = instance(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("has no phase 'nosuch-phase'") == 1
    assert "Try: its phases are install" in done.stderr
    assert instance.installed() == []


@pytest.mark.parametrize("message", sorted(CASES))
def test_each_fault_is_one_message(built: Instance, message: str) -> None:
    done = built(*CASES[message])
    assert done.returncode not in (0, 70), done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
