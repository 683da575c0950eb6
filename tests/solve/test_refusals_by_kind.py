"""More broken requests for the corpus, by kind of cause: machines, compilers, settings, git, flags.

Each is proved as in ``test_refusals``: the true cause in the first three lines, a place for every
line, nothing said that could be left out, and ways out that solve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable

import pytest
from tests.solve.corpus import GCC, LLVM, compiler, external, flag, located, package, words, world
from tests.solve.scenario_parts import installed
from tests.solve.test_refusals import (
    AT_9,
    CXX,
    FORTRAN,
    UNBUILDABLE,
    C,
    entry,
    prove,
    recipes,
    told,
)
from tests.solve.test_refusals import found as found_clashes

from spack.config.settings.package_settings import ToolchainEntry
from spack.errors import Origin, SpackError
from spack.language.modes import Unify
from spack.recipes.records.package_records import PackageRecord
from spack.solve.problem.request import Preferences, World
from spack.solve.unify import solve_roots

found = found_clashes

TOOLCHAINS = {
    "llvm-chain": (ToolchainEntry("%c=llvm", "", Origin("toolchains.yaml", 4)),),
    "gcc-chain": (ToolchainEntry("%c=gcc", "", Origin("toolchains.yaml", 9)),),
}


def more_recipes() -> list[PackageRecord]:
    archs = words("cuda_arch", "none", ("none", "70", "80"))._replace(sticky=True)
    return [
        *recipes(),
        package(
            "device",
            variants=[flag("cuda", False), archs],
            conflicts=[("cuda_arch=none", "+cuda", None)],
        ),
        package("device-user", depends=["device+cuda"]),
        package("level2", depends=["device-user"]),
        package("clang-lib", depends=[C], requires=[(("%c=llvm",), "one_of", None)]),
        package("gcc-app", depends=[C, "clang-lib"], requires=[(("%c=gcc",), "one_of", None)]),
        package("both-languages", depends=[C, CXX]),
        package("fort-and-c", depends=[C, FORTRAN]),
        package("needs-fort", depends=["fort"]),
        package("old-only", "2.0?", "1.0?"),
        package("some-old", "3.0", "2.0?"),
        package("needs-some-old", depends=["some-old@2"]),
        package("newest", depends=["lib@3"], conflicts=[("^lib@3", None, "lib 3 is broken")]),
        package(
            "either",
            requires=[(("+a", "+b"), "one_of", None)],
            variants=[flag("a", False), flag("b", False)],
        ),
        package(
            "any",
            requires=[(("+a", "+b"), "any_of", None)],
            variants=[flag("a", False), flag("b", False)],
        ),
        package(
            "by-version",
            "2.0",
            "1.0",
            requires=[(("+a",), "one_of", "@2:")],
            variants=[flag("a", False)],
        ),
        package("not-v3", depends=[C], requires=[(("target=x86_64_v2",), "one_of", None)]),
        package("asks-v4", depends=["not-v3 target=x86_64_v4"]),
        package("not-here", conflicts=[("os=debian12", None, "not on debian")]),
        package("not-linux", conflicts=[("platform=linux", None, "not on linux")]),
        package("reader", depends=["api@1"]),
        package("writer", depends=["api@2"]),
        package("reads-writes", depends=["reader", "writer"]),
        package("late-dep", "2.0", "1.0", depends=[("lib", "link", "@2:")]),
        package("late-user", depends=["late-dep@1"]),
        package("tests-lib", depends=[("lib", "link", "^lib@2")]),
        package("shared-tool", depends=[("tool@1", "run"), ("tool-2", "link")]),
    ]


def site(**changes: Any) -> Callable[[World], World]:
    """A world with these fields instead."""
    return lambda made: made._replace(**changes)


def with_entries(**entries: Preferences) -> Callable[[World], World]:
    return lambda made: made._replace(
        preferences={
            **made.preferences,
            **{name.replace("_", "-"): e for name, e in entries.items()},
        }
    )


def with_compilers(*compilers: Any, **changes: Any) -> Callable[[World], World]:
    def changed(made: World) -> World:
        other = world(more_recipes(), compilers=compilers)
        return made._replace(compilers=other.compilers, concrete=other.concrete, **changes)

    return changed


def with_external(*specs: Any, **entries: Preferences) -> Callable[[World], World]:
    def changed(made: World) -> World:
        rows = dict(made.concrete)
        for spec in specs:
            rows[spec.name] = (*rows.get(spec.name, ()), spec)
        return with_entries(**entries)(made._replace(concrete=rows))

    return changed


BOTH = (
    compiler(GCC)._replace(origin=Origin("packages.yaml", 20)),
    compiler(LLVM, "c", "cxx")._replace(origin=Origin("packages.yaml", 30)),
)
PLAIN = site()

#: Request, what is changed in the world, and texts of the first lines.
KINDS: list[tuple[str, Callable[[World], World], Sequence[str]]] = [
    # Git versions, and versions that do not exist.
    ("lib@git.main=2.0", PLAIN, ["lib@git.main=2.0 needs a git repository", "requested by"]),
    ("needs1 ^lib@git.main=1.0", PLAIN, ["lib@git.main=1.0 needs a git repository"]),
    ("lib@9", PLAIN, ["no known version of lib satisfies @9"]),
    ("needs1 ^lib@7:", PLAIN, ["no known version of lib satisfies @7:"]),
    ("top ^tool@4", PLAIN, ["no known version of tool satisfies @4"]),
    ("lib", with_entries(lib=entry("@7:9")), ["lib requires @7:9: no known version"]),
    ("needs1", with_entries(lib=entry("@8")), ["lib requires @8: no known version"]),
    # Dependencies that other versions have.
    ("late-dep@1 ^lib", PLAIN, ["late-dep@1 ^lib was", "late-dep depends on lib only when @2:"]),
    ("late-user ^lib", PLAIN, ["^lib was", "late-dep@1", "late-dep depends on lib only when @2:"]),
    ("tests-lib ^lib@1", PLAIN, ["^lib@1 was", "tests-lib depends on lib only when ^lib@2"]),
    # Deprecated versions.
    ("old-only", PLAIN, ["only deprecated versions of old-only are known: 2.0, 1.0"]),
    ("some-old@2", PLAIN, ["only deprecated versions of some-old satisfy @2"]),
    ("needs-some-old", PLAIN, ["needs-some-old depends on some-old@2", "version of some-old"]),
    # Unknown names, variants and values.
    ("nosuch", PLAIN, ["no recipe for package 'nosuch'"]),
    ("lib ^nosuch", PLAIN, ["no recipe for package 'nosuch'"]),
    ("lib+nosuch", PLAIN, ["package lib has no variant 'nosuch'"]),
    ("lib shared=maybe", PLAIN, ["variant shared of lib has no value 'maybe'"]),
    ("word api=v9", PLAIN, ["variant api of word has no value 'v9'"]),
    ("needs1 ^lib+nosuch", PLAIN, ["package lib has no variant 'nosuch'"]),
    ("lib", with_entries(lib=entry("+nosuch")), ["lib requires +nosuch", "no variant 'nosuch'"]),
    ("word", with_entries(word=entry("api=v7")), ["word requires api=v7", "no value 'v7'"]),
    # Values and flags that are handed down.
    ("needs1 ++nosuch ^lib@2", PLAIN, ["^lib@2 was requested", "needs1 depends on lib@1"]),
    ("static ++shared", PLAIN, ["static ++shared was", "static depends on lib~shared"]),
    ("mixed ~~shared", PLAIN, ["static depends on lib~shared", "dynamic depends on lib+shared"]),
    ("dynamic ~~shared", PLAIN, ["~~shared", "dynamic depends on lib+shared"]),
    ("top cflags==-O2;lib@2 cflags=-O3;needs1", PLAIN, ["lib@2", "needs1 depends on lib@1"]),
    ("lib cflags=-O2;lib cflags=-O1", PLAIN, ["two requests for cflags of lib differ"]),
    # Missing processors of a graphics card.
    ("device+cuda", PLAIN, ["device+cuda", "conflicts with cuda_arch=none when +cuda", "sticky"]),
    ("device-user", PLAIN, ["cuda_arch is sticky", "conflicts with cuda_arch=none"]),
    ("level2", PLAIN, ["cuda_arch is sticky", "device-user depends on device+cuda"]),
    ("device+cuda cuda_arch=none", PLAIN, ["device+cuda cuda_arch=none", "when +cuda"]),
    ("device", with_entries(device=entry("+cuda")), ["device requires +cuda", "sticky"]),
    # Compilers.
    ("fort %c=llvm", with_compilers(*BOTH), ["never a direct dependency of fort"]),
    ("fort", with_compilers(BOTH[1]), ["fort needs a compiler for fortran"]),
    ("needs-fort", with_compilers(BOTH[1]), ["fort needs a compiler for fortran"]),
    ("fort-and-c %fortran=gcc %c=nosuch", with_compilers(*BOTH), ["no recipe for package"]),
    ("fort %fortran=llvm", with_compilers(*BOTH), ["llvm", "fortran"]),
    (
        "plus",
        with_compilers(compiler(GCC, "c")._replace(origin=AT_9)),
        ["for cxx", "[packages.yaml:9]"],
    ),
    ("plus", with_compilers(), ["plus needs a compiler for cxx, and none is configured"]),
    (
        "both-languages %c=gcc %cxx=llvm",
        with_compilers(*BOTH),
        ["%c=gcc", "%cxx=clang", "one compiler"],
    ),
    ("lib %gcc@9", PLAIN, ["no known version of gcc satisfies @9"]),
    ("lib %clang", PLAIN, ["no compiler llvm is configured"]),
    (
        "clang-lib %gcc",
        with_compilers(*BOTH),
        ["%gcc was requested", "clang-lib requires %c=clang"],
    ),
    ("not-gcc %gcc", with_compilers(*BOTH), ["%gcc was requested", "gcc is too slow"]),
    (
        "gcc-app",
        with_compilers(*BOTH, compiler_mixing=False, mixing_origin=AT_9),
        ["compiler_mixing", "requires %c=gcc", "packages.yaml:9"],
    ),
    # Toolchains.
    (
        "clang-lib %gcc-chain",
        with_compilers(*BOTH, toolchains=TOOLCHAINS),
        ["toolchain gcc-chain [toolchains.yaml:9]", "clang-lib requires"],
    ),
    (
        "not-gcc %gcc-chain",
        with_compilers(*BOTH, toolchains=TOOLCHAINS),
        ["toolchain gcc-chain [toolchains.yaml:9]", "gcc is too slow"],
    ),
    (
        "gcc-app %llvm-chain",
        with_compilers(*BOTH, toolchains=TOOLCHAINS),
        ["toolchain llvm-chain [toolchains.yaml:4]", "requires %c=gcc"],
    ),
    ("lib %llvm-chain", site(toolchains=TOOLCHAINS), ["no compiler llvm is configured"]),
    # Limits of duplicates.
    (
        "gcc-app",
        with_compilers(
            *BOTH, max_duplicates={"default": 1, "c": 1}, duplicates_origins={"c": AT_9}
        ),
        ["at most 1 compilers for c", "packages.yaml:9"],
    ),
    (
        "tool-2",
        site(max_duplicates={"default": 1}, duplicates_origins={"default": AT_9}),
        ["tool-2 depends on tool@2", "tool-1 depends on tool@1"],
    ),
    ("shared-tool", PLAIN, ["tool-1 depends on tool@1", "tool-2 depends on tool@2"]),
    # Machines.
    ("lib target=haswell", PLAIN, ["lib was requested for target haswell"]),
    ("lib target=zen99", PLAIN, ["unknown target 'zen99'"]),
    ("lib os=windows11", PLAIN, ["lib was requested for windows11"]),
    ("lib platform=darwin", PLAIN, ["lib was requested for darwin"]),
    ("needs1 ^lib os=rhel9", PLAIN, ["lib was requested for rhel9"]),
    (
        "not-v3 target=x86_64_v3",
        PLAIN,
        ["target=x86_64_v3 was", "not-v3 requires target=x86_64_v2"],
    ),
    ("asks-v4", PLAIN, ["not-v3 requires target=x86_64_v2", "asks-v4 depends on not-v3 target="]),
    (
        "lib target=x86_64_v3",
        with_entries(all=entry("target=x86_64_v2:x86_64_v2")),
        ["x86_64_v3 was", "requires target"],
    ),
    ("not-here", PLAIN, ["not on debian"]),
    ("not-linux", PLAIN, ["not on linux"]),
    # What may not be built, and externals that do not fit.
    (
        "lib@2",
        with_external(external("lib", "1.0"), lib=UNBUILDABLE),
        ["lib@2 was", "lib may not be built"],
    ),
    (
        "lib+shared",
        with_external(external("lib", "3.0", shared=False), lib=UNBUILDABLE),
        ["lib+shared was", "lib may not be built"],
    ),
    (
        "dynamic",
        with_external(external("lib", "3.0", shared=False), lib=UNBUILDABLE),
        ["lib may not be built", "dynamic depends on lib+shared"],
    ),
    (
        "lib %gcc",
        with_external(lib=UNBUILDABLE),
        ["lib may not be built", "none of its externals is configured"],
    ),
    (
        "reader",
        with_entries(api_1=UNBUILDABLE),
        ["api-1 may not be built", "api-2 is broken", "one provider of api"],
    ),
    ("top", with_entries(lib=UNBUILDABLE, tool=UNBUILDABLE), ["may not be built"]),
    # Requirements, conflicts, and their alternatives.
    ("either+a+b", PLAIN, ["either+a+b was", "either requires one of +a, +b"]),
    ("either~a~b", PLAIN, ["either~a~b was", "either requires one of +a, +b"]),
    ("any~a~b", PLAIN, ["any~a~b was", "any requires any of +a, +b"]),
    ("by-version@2~a", PLAIN, ["by-version@2~a was", "by-version requires +a when @2:"]),
    ("newest", PLAIN, ["lib 3 is broken", "newest depends on lib@3"]),
    (
        "needs1",
        with_entries(needs1=entry("^lib@2")),
        ["needs1 requires ^lib@2", "needs1 depends on lib@1"],
    ),
    (
        "needs1",
        with_entries(lib=entry("@1", None)),
        ["conflict of lib with @1", "needs1 depends on lib@1"],
    ),
    ("lib@1", with_entries(lib=entry("@:1", None)), ["lib@1 was", "conflict of lib with @:1"]),
    (
        "reads-writes",
        with_entries(api=entry("api-1")),
        ["cannot provide both api@1", "reader [reader/package.py:2]", "writer [writer/package"],
    ),
    ("writer ^api-1", PLAIN, ["api-2 is broken", "writer depends on api@2"]),
    ("lib ^api", PLAIN, ["^api was requested", "api is neither a direct dependency of lib"]),
]


def refused(roots: str, made: World, unify: Unify = Unify.TOGETHER) -> SpackError:
    with pytest.raises(SpackError) as caught:
        wanted = [located(text) for text in roots.split(";")]
        solve_roots(wanted, made, lambda spec, patches: "", unify=unify)
    return caught.value


@pytest.mark.parametrize(
    "roots, changed, wanted", KINDS, ids=[f"{n}-{case[0]}" for n, case in enumerate(KINDS)]
)
def test_the_cause_is_told_first_and_proved(
    roots: str,
    changed: Callable[[World], World],
    wanted: Sequence[str],
    found: list[tuple[Any, Sequence[int], Any]],
) -> None:
    made = changed(world(more_recipes()))
    prove(refused(roots, made), wanted, made, found)


@pytest.mark.parametrize(
    "roots, wanted",
    [
        ("gpu;strict~x", ["gpu cannot be concretized", "say which gpu"]),
        ("strict~x;gpu", ["strict~x was requested", "strict requires +x"]),
        ("both;mixed;no-choice", ["needs1 depends on lib@1", "needs2 depends on lib@2"]),
    ],
)
def test_of_roots_none_of_which_solves_the_first_one_is_told(
    roots: str, wanted: Sequence[str]
) -> None:
    error = refused(roots, world(more_recipes()), Unify.WHEN_POSSIBLE)
    for part in wanted:
        assert part in told(error), str(error)


def test_a_lock_that_a_new_root_contradicts_is_told() -> None:
    made = installed(world(more_recipes()), "needs1")
    error = refused("needs1 ^lib@2", made)
    assert "^lib@2 was requested" in told(error) and "needs1 depends on lib@1" in told(error)
