"""Tiny C packages, built with the real compiler through everything."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from spack.install.installer import InstallOptions
from tests.install.mini_repository import World, gmake, package

pytestmark = [
    pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc"),
    pytest.mark.skipif(not shutil.which("make"), reason="needs make"),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_library_and_a_program_that_uses_it(world: World) -> None:
    answer = package("answer")
    asker = package("asker", (answer, "build,link"), (gmake(), "build"))
    report = world.installer().install([asker])
    assert [s.name for s in report.installed][-2:] == ["answer", "asker"]
    prefix = Path(world.store.prefix_of(asker))
    clean = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    assert subprocess.check_output([str(prefix / "bin" / "asker")], env=clean) == b"42\n"
