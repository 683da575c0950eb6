"""``spack unit-test`` without test tools that can be had."""

from __future__ import annotations

import importlib.util
import subprocess

import pytest

from spack.cli.commands import unit_test
from spack.session.session import Session

from .conftest import Run


def test_tools_that_cannot_be_installed_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: failed)
    with pytest.raises(unit_test.TestToolsError, match="could not be installed"):
        unit_test._test_interpreter(Session())


def test_tests_are_listed(spack: Run) -> None:
    where = "tests/cli/test_unit_test.py"
    shown = spack("unit-test", "-l", where).stdout
    assert shown.startswith(f"{where}: ")
    assert f"{where}::test_tests_are_listed\n" in spack("unit-test", "-N", where).stdout
    assert "<Function test_tests_are_listed>" in spack("unit-test", "--list-long", where).stdout
    assert "--showlocals" in spack("unit-test", "-H").stdout
