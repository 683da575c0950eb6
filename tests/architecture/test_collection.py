"""Every file of tests is collected by a run without arguments."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.clone import SOURCE

#: Says which files are collected, and looks into none.
PROGRAM = """
import sys, pytest

class Empty(pytest.File):
    def collect(self):
        print("COLLECTED", self.path)
        return []

class Plugin:
    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path, parent):
        return Empty.from_parent(parent, path=module_path)

sys.exit(pytest.main(["--collect-only", "-s", "-p", "no:cacheprovider"], [Plugin()]))
"""


def test_every_file_of_tests_is_collected() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=SOURCE,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    lines = (line.partition("COLLECTED ") for line in result.stdout.splitlines())
    found = [path for before, mark, path in lines if mark and not before]
    assert sorted(found) == sorted(map(str, SOURCE.glob("tests/**/test_*.py"))), result.stdout
