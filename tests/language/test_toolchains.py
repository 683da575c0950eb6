"""Toolchains: names after ``%`` that stand for constraints."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from spack.errors import Origin
from spack.language.matching import UnsatisfiableSpecError
from spack.language.parser import parse_spec
from spack.language.toolchains import ToolchainError, expand_toolchains


class Part(NamedTuple):
    spec: str
    when: str = ""
    origin: Origin = Origin("toolchains.yaml", 3)


TOOLCHAINS = {
    "simple": [Part("%c=gcc@12 %cxx=gcc@12")],
    "mixed": [
        Part("%c=llvm@18", "%c"),
        Part("%fortran=gcc@13", "%fortran"),
        Part("%mpi=mpich"),
    ],
    "clang": [Part("%c=llvm@19")],
    "flags": [
        Part("cflags=-O3 +x", "%fortran"),
        Part("%c=gcc target=x86_64_v3", "%c"),
        Part("cflags=-O1"),
    ],
    "nested": [Part("%flags")],
    "both": [Part("%[when=+y] clang", "+x"), Part("%mpi=mpich")],
}


@pytest.mark.parametrize(
    "text, expanded",
    [
        ("a", "a"),
        ("a %gcc", "a %gcc"),
        ("a %simple", "a %c,cxx=gcc@12"),
        ("a+x %simple ^b", "a+x %c,cxx=gcc@12 ^b"),
        ("a ^b %simple", "a ^b %c,cxx=gcc@12"),
        ("a %mixed", "a %[when=%c] c=llvm@18 %[when=%fortran] fortran=gcc@13 %mpi=mpich"),
        ("a %[when=+x] simple", "a %[when=+x] c,cxx=gcc@12"),
        (
            "a %[when=+y] mixed ",
            "a %[when='+y %c'] c=llvm@18 %[when='+y %fortran'] fortran=gcc@13 %[when=+y] mpi=mpich",
        ),
        ("a %clang", "a %c=llvm@19"),
        ("a %%simple", "a %%c,cxx=gcc@12"),
        ("a %%mixed", "a %%[when=%c] c=llvm@18 %%[when=%fortran] fortran=gcc@13 %%mpi=mpich"),
        ("a %%nested", "a+x cflags='-O3 -O1' %%[when=%c] c=gcc target=x86_64_v3"),
        ("a %both", "a %[when='+x+y'] c=llvm@19 %mpi=mpich"),
        ("a+y cflags=-g %flags", "a+x+y cflags='-g -O3 -O1' %[when=%c] c=gcc target=x86_64_v3"),
        (
            "b ^a %[when=+z] nested",
            "b ^a+x cflags='-O3 -O1' %[when='+z %c'] c=gcc target=x86_64_v3",
        ),
        ("a ^simple", "a ^simple"),
        ("a %c=simple", "a %c=simple"),
    ],
)
def test_expansion(text: str, expanded: str) -> None:
    assert expand_toolchains(parse_spec(text), TOOLCHAINS) == parse_spec(expanded)


def test_without_toolchains_nothing_changes() -> None:
    spec = parse_spec("a %simple")
    assert expand_toolchains(spec, {}) is spec
    other = parse_spec("a %gcc ^b")
    assert expand_toolchains(other, TOOLCHAINS) is other


@pytest.mark.parametrize(
    "text, reason",
    [
        ("+x %c=gcc ^mpich", "can only constrain the package that uses it"),
        ("^mpich", "can only constrain the package that uses it"),
        ("gcc", "can only constrain the package that uses it"),
        ("%c=gcc@@", "does not consist of specs"),
    ],
)
def test_bad_definitions_are_told_with_their_place(text: str, reason: str) -> None:
    with pytest.raises(ToolchainError, match=reason) as caught:
        expand_toolchains(parse_spec("a %t"), {"t": [Part(text)]})
    assert "toolchains.yaml:3" in str(caught.value)


def test_toolchains_that_name_each_other() -> None:
    parts: list[Part] = [Part("%u")]
    with pytest.raises(ToolchainError, match="t -> u -> t") as caught:
        expand_toolchains(parse_spec("a %t"), {"t": parts, "u": [Part("%mpi=x"), Part("%t")]})
    assert "toolchains.yaml:3" in str(caught.value)


def test_a_toolchain_takes_no_constraints() -> None:
    with pytest.raises(ToolchainError, match="further constraints") as caught:
        expand_toolchains(parse_spec("a %simple@2"), TOOLCHAINS, Origin("spack.yaml", 7))
    assert "spack.yaml:7" in str(caught.value)
    assert caught.value.hint == "write %simple alone; constraints belong in its definition"


def test_contradicting_toolchains() -> None:
    with pytest.raises(UnsatisfiableSpecError):
        expand_toolchains(parse_spec("a~x %flags"), TOOLCHAINS)
    with pytest.raises(UnsatisfiableSpecError):
        expand_toolchains(parse_spec("a %simple %c=gcc@13"), TOOLCHAINS)
