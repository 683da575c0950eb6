"""The names that recipes of the first recipe interface have without importing them.

Such a recipe starts with ``from spack.package import *``, which then meant the build systems too.
"""

from .autotools import AutotoolsBuilder, AutotoolsPackage
from .bundle import BundlePackage
from .cached_cmake import (
    CachedCMakeBuilder,
    CachedCMakePackage,
    cmake_cache_filepath,
    cmake_cache_option,
    cmake_cache_path,
    cmake_cache_string,
)
from .cargo import CargoPackage
from .cmake import CMakeBuilder, CMakePackage, generator
from .compiler import CompilerPackage
from .cuda import CudaPackage
from .generic import GenericBuilder, Package
from .gnu import GNUMirrorPackage
from .go import GoPackage
from .lua import LuaPackage
from .makefile import MakefileBuilder, MakefilePackage
from .maven import MavenPackage
from .meson import MesonBuilder, MesonPackage
from .octave import OctavePackage
from .perl import PerlPackage
from .python import PythonExtension, PythonPackage, PythonPipBuilder
from .qmake import QMakePackage
from .r import RPackage
from .racket import RacketPackage
from .rocm import ROCmLibrary, ROCmPackage
from .ruby import RubyPackage
from .scons import SConsPackage
from .sip import SIPPackage
from .sourceforge import SourceforgePackage
from .sourceware import SourcewarePackage
from .waf import WafPackage
from .xorg import XorgPackage

__all__ = [
    "AutotoolsBuilder",
    "AutotoolsPackage",
    "BundlePackage",
    "CMakeBuilder",
    "CMakePackage",
    "CachedCMakeBuilder",
    "CachedCMakePackage",
    "CargoPackage",
    "CompilerPackage",
    "CudaPackage",
    "GNUMirrorPackage",
    "GenericBuilder",
    "GoPackage",
    "LuaPackage",
    "MakefileBuilder",
    "MakefilePackage",
    "MavenPackage",
    "MesonBuilder",
    "MesonPackage",
    "OctavePackage",
    "Package",
    "PerlPackage",
    "PythonExtension",
    "PythonPackage",
    "PythonPipBuilder",
    "QMakePackage",
    "ROCmLibrary",
    "ROCmPackage",
    "RPackage",
    "RacketPackage",
    "RubyPackage",
    "SConsPackage",
    "SIPPackage",
    "SourceforgePackage",
    "SourcewarePackage",
    "WafPackage",
    "XorgPackage",
    "cmake_cache_filepath",
    "cmake_cache_option",
    "cmake_cache_path",
    "cmake_cache_string",
    "generator",
]
