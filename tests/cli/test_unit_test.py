"""``spack unit-test`` without test tools that can be had."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

from spack.cli.commands import unit_test
from spack.config.loading import Instance
from spack.session.session import Session
from spack.work.machine import own_python

from .conftest import Run


def test_tools_that_cannot_be_installed_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: failed)
    with pytest.raises(own_python.TestToolsError, match="could not be installed"):
        own_python.test_interpreter(Instance("/clone", "/state", {}))


def test_they_run_in_parallel_unless_the_user_says_how(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands: list[list[str]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "execve", lambda python, command, variables: commands.append(command))
    for words in (["-x"], ["-n3"], ["--numprocesses", "3"]):
        arguments = argparse.Namespace(show=None, pytest_args=words)
        unit_test.run(arguments, Session())
    parallel = ["-n", "auto", "--dist", "worksteal"]
    own = [command[command.index("pytest") + 1 :] for command in commands]
    assert own == [[*parallel, "-x"], ["-n3"], ["--numprocesses", "3"]]


def test_tests_are_listed(spack: Run) -> None:
    where = "tests/cli/test_unit_test.py"
    shown = spack("unit-test", "-l", where).stdout
    assert shown.startswith(f"{where}: ")
    assert f"{where}::test_tests_are_listed\n" in spack("unit-test", "-N", where).stdout
    assert "<Function test_tests_are_listed>" in spack("unit-test", "--list-long", where).stdout
    assert "--showlocals" in spack("unit-test", "-H").stdout
