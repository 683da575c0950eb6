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
    "no recipe repository 'gone' in /nonexistent": ("-c", "repos:gone:/nonexistent", "list"),
    "answer": ("providers", "answer"),
    "cannot be extended": ("extensions", "asker"),
    "there is no package 'nosuch'": ("edit", "nosuch"),
    "already exists": ("create", "-t", "bundle", "-n", "answer", "--skip-editor"),
    "the recipe repository 'file:///nonexistent.git'": ("repo", "add", "file:///nonexistent.git"),
    "nobody can answer": ("uninstall", "asker"),
    "no patch or resource": ("resource", "show", "0123abcd"),
    "nosuch-phase": ("install", "--overwrite", "--until", "nosuch-phase", "answer"),
}


@pytest.mark.parametrize("message", sorted(CASES))
def test_each_fault_is_one_message(built: Instance, message: str) -> None:
    done = built(*CASES[message])
    assert done.returncode not in (0, 70), done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
