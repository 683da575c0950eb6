"""The phases of every embedded build system."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hand_made import EMBEDDED

from spack.recipes.builders.builders import GenericBuilder
from spack.recipes.finding.repositories import Repository, RepositoryPath

TABLE = {
    "autotools": ("AutotoolsBuilder", ("autoreconf", "configure", "build", "install")),
    "bundle": ("BundleBuilder", ("install",)),
    "cached_cmake": ("CachedCMakeBuilder", ("initconfig", "cmake", "build", "install")),
    "cargo": ("CargoBuilder", ("build", "install")),
    "cmake": ("CMakeBuilder", ("cmake", "build", "install")),
    "generic": ("GenericBuilder", ("install",)),
    "go": ("GoBuilder", ("build", "install")),
    "lua": ("LuaBuilder", ("unpack", "generate_luarocks_config", "preprocess", "install")),
    "makefile": ("MakefileBuilder", ("edit", "build", "install")),
    "maven": ("MavenBuilder", ("build", "install")),
    "meson": ("MesonBuilder", ("meson", "build", "install")),
    "octave": ("OctaveBuilder", ("install",)),
    "perl": ("PerlBuilder", ("configure", "build", "install")),
    "python": ("PythonPipBuilder", ("install",)),
    "qmake": ("QMakeBuilder", ("qmake", "build", "install")),
    "r": ("RBuilder", ("install",)),
    "racket": ("RacketBuilder", ("install",)),
    "ruby": ("RubyBuilder", ("build", "install")),
    "scons": ("SConsBuilder", ("build", "install")),
    "sip": ("SIPBuilder", ("configure", "build", "install")),
    "waf": ("WafBuilder", ("configure", "build", "install")),
}


@pytest.mark.parametrize("module", sorted(TABLE))
def test_phases(module: str) -> None:
    RepositoryPath([Repository(str(EMBEDDED))]).serve()
    name, phases = TABLE[module]
    imported = importlib.import_module(f"spack_repo.builtin.build_systems.{module}")
    builder = getattr(imported, name)
    found: tuple[str, ...] = tuple(builder.phases)
    assert found == phases
    if module == "generic":
        assert issubclass(builder, GenericBuilder)
