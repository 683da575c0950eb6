"""The Python of this program: where it is, whether it has what is needed, and how it is made.

The launcher makes the private Python before anything else runs; here it is looked at, and the test
tools are added.
"""

from __future__ import annotations

import os
import subprocess
import sys

from spack.errors import SpackError
from spack.type_names import TYPE_CHECKING
from spack.work.machine.doctor import FINE, WARNING, Finding, check_programs, check_python

if TYPE_CHECKING:
    from spack.config.loading import Instance

#: Modules of the test tools of pyproject.toml, in the interpreter that runs this program.
_TEST_TOOLS = ("pytest", "xdist", "hypothesis", "mypy", "ruff")


class TestToolsError(SpackError):
    """The test tools could not be installed."""


def folder(instance: Instance) -> str:
    """The directory of the private Python and of the one for tests."""
    return os.path.join(instance.state, "var", "spack", "python")


def has_test_tools() -> bool:
    """Whether the interpreter that runs this program has them."""
    import importlib.util

    return all(importlib.util.find_spec(name) for name in _TEST_TOOLS)


def test_interpreter(instance: Instance) -> str:
    """The interpreter that has the test tools; makes an environment with them if there is none.

    Raises:
        TestToolsError: they cannot be installed.
    """
    if has_test_tools():
        return sys.executable
    prepare(instance, dev=True)
    return _interpreter_for_tests(instance)


def _interpreter_for_tests(instance: Instance) -> str:
    return os.path.join(folder(instance), "test", "bin", "python")


def prepare(instance: Instance, *, dev: bool) -> None:
    """Make the private Python complete, and the one for tests if wanted.

    With ``SPACK_PYTHON`` there is no private Python, and nothing is made for that.

    Raises:
        TestToolsError: the test tools cannot be installed; what is wrong was printed.
    """
    script = os.path.join(instance.root, "lib", "spack", "private_python.py")
    wanted = [] if instance.variables.get("SPACK_PYTHON") else [("current", "")]
    wanted += [("test", "test")] if dev and not has_test_tools() else []
    for name, group in wanted:
        command = [sys.executable, "-I", script, folder(instance), name, group]
        if subprocess.run(command).returncode != 0:
            raise TestToolsError("the Python packages could not be installed; see above")


def needs(instance: Instance, *, optional: bool, dev: bool) -> list[Finding]:
    """Requirements of this program, and whether they are met.

    Args:
        optional: with programs that some builds need.
        dev: with the tools of its tests.
    """
    found = list(check_python())
    if optional:
        found += check_programs(instance.variables.get("PATH"))
    if dev:
        there = has_test_tools() or os.access(_interpreter_for_tests(instance), os.X_OK)
        text = "the tools of tests are installed" if there else "the tools of tests are missing"
        advice = "" if there else "spack bootstrap now --dev"
        found.append(Finding("python", FINE if there else WARNING, text, advice))
    return found
