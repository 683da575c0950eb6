"""Fixtures of every test: no test sees the home directory, or settings of users and machines.

The launcher runs with the interpreter of the tests, which has what it needs; the tests of the
launcher itself unset that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from tests.clone import ROOT

from spack.session import session

# A session that is made in this process finds the clone under test by where its module is.
session.__file__ = str(ROOT / "lib" / "spack" / "spack" / "session" / "session.py")

# A run in the background of a script ignores interruptions, and so would all that tests start.
for number in (signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler)

# Nothing is asserted about time: examples may be slow to make on a busy machine.
hypothesis.settings.register_profile(
    "tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("tests")

#: Why a test may skip where everything that can be had is there: what it needs is not public.
_MAY_SKIP = ("needs SPACK_PUBLIC_RECIPES", "needs REAL_SPACK")

#: Of Linux: the rights of root to pass over permissions, and that programs it starts get none.
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2
_PR_SET_SECUREBITS, _NO_ROOT = 28, 1


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In CI, where every tool is installed, a test that is skipped has failed."""
    report = (yield).get_result()  # type: ignore[misc]
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        _, _, reason = report.longrepr
        if not any(text in reason for text in _MAY_SKIP):
            report.outcome, report.longrepr = "failed", f"skipped in CI: {reason}"


@pytest.fixture(autouse=True)
def isolated_process_variables(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A private home, and none of the variables that steer Spack."""
    kept = ("SPACK_PUBLIC_RECIPES", "SPACK_SOURCE_MIRROR")
    for name in list(os.environ):
        if name.startswith("SPACK_") and name not in kept:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("SPACK_SYSTEM_CONFIG_PATH", "/nowhere")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("SPACK_PYTHON", sys.executable)
    yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The clone under test, without configuration of its owner."""
    return ROOT


@pytest.fixture(scope="session")
def public_recipes() -> Path:
    """The folder that holds ``spack_repo`` of the public recipes; skips where it is absent."""
    place = os.environ.get("SPACK_PUBLIC_RECIPES")
    if not place or not Path(place, "spack_repo").is_dir():
        pytest.skip("needs SPACK_PUBLIC_RECIPES, a folder with spack_repo")
    return Path(place)


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Permissions of files count, for this process and what it starts, also if it is root's."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    # Version 3 of the header, and effective, permitted, inheritable, 32 capabilities at a time.
    header, kept = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc.capget(header, kept)
    fewer = type(kept)(*kept)
    fewer[0] &= ~(_DAC_OVERRIDE | _DAC_READ_SEARCH)
    if libc.prctl(_PR_SET_SECUREBITS, _NO_ROOT, 0, 0, 0) or libc.capset(header, fewer):
        pytest.skip(f"needs a root that can give up rights: {os.strerror(ctypes.get_errno())}")
    yield
    assert libc.capset(header, kept) == 0
    assert libc.prctl(_PR_SET_SECUREBITS, 0, 0, 0, 0) == 0
