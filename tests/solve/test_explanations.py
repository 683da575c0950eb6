"""Broken requests, each with the true cause in words, the place it was written, and a way out."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from tests.solve.corpus import (
    GCC,
    compiler,
    concretize,
    external,
    flag,
    located,
    node,
    package,
    said,
    words,
    world,
)

from spack.errors import Origin, SpackError
from spack.language.parser import parse_spec
from spack.recipes.records.package_records import PackageRecord, ValueRecord
from spack.solve.asp.clashes import find_clash
from spack.solve.asp.program import CYCLE, Program, Reason
from spack.solve.encoding.sentences import VERSIONS
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.explaining.relaxations import relaxations, weaker
from spack.solve.problem.request import Group, Preferences, Request, World
from spack.solve.unify import solve_roots


def records() -> list[PackageRecord]:
    return [
        package(
            "app",
            "2.0",
            "1.0",
            "0.9?",
            depends=[("c", "build"), "lib@2:", "mpi", ("tool", "build"), ("opt", "link", "+opt")],
            variants=[flag("opt", False), words("mode", "fast", ("fast", "small"))],
            conflicts=[("+opt", "@1.0", "opt came with 2.0"), ("mode=small", "@2:", None)],
        ),
        package("lib", "3.0", "2.0", "1.0", depends=["deep"], conflicts=[("^deep@2", "@3:", None)]),
        package("deep", "2.0", "1.0", variants=[flag("shared", True)]),
        package("opt", "1.0", depends=["deep@1"]),
        package("tool", "1.0", depends=["python-like"]),
        package("python-like", "3", "2"),
        package("mpi-a", "1.0", provides=["mpi"], variants=[flag("fort", True)]),
        package("mpi-b", "1.0", provides=["mpi@3"], depends=[("fortran", "build")]),
        package("old", "1.0?", "0.5?"),
        package("a", "1.0", depends=["lib@3:"]),
        package("b", "1.0", depends=["lib@2"]),
        package("ab", "1.0", depends=["a", "b"]),
        package("strict", "1.0", requires=[(("+x",), "any_of", None)], variants=[flag("x", False)]),
        package(
            "either",
            "1.0",
            variants=[flag("x", False), flag("y", False)],
            requires=[(("+x", "+y"), "one_of", None)],
        ),
        package("picky", "1.0", depends=["strict~x"]),
        package("sticky", "1.0", variants=[flag("lock", False, None, True)]),
        package(
            "glue",
            "1.0",
            depends=[("sticky", "link")],
            requires=[(("^sticky+lock",), "any_of", None)],
        ),
        package("maybe", "2.0", "1.0", variants=[flag("new", False, "@2:")]),
        package(
            "valued",
            "2.0",
            "1.0",
            variants=[words("api", "v1", ("v1", ValueRecord("v2", True, "@2:")))],
        ),
        package("loop-a", depends=["loop-b"]),
        package("loop-b", depends=["loop-a"]),
        package("needs-none", depends=["ghost-api"]),
        package("misspelt", depends=[("liib", "link", "@:1")]),
        package("wants-variant", depends=["deep+shraed"]),
        package("wants-value", depends=["app mode=fasst"]),
        package("wants-below", depends=["lib %deepp"]),
        package(
            "parallel",
            variants=[flag("mpi", True)],
            depends=[("mpi", "link", "+mpi"), ("mpi-a+fort", "link", "+mpi ^mpi=mpi-a")],
        ),
        package("wants-virtual", depends=["mpi@4:"]),
        package("deprecates", depends=["old"]),
        package("missing-version", depends=["lib@7:"]),
        package("clang-only", depends=[("c", "build")], requires=[(("%c=llvm",), "any_of", None)]),
        package("windows", conflicts=[("platform=linux", None, "needs another system")]),
        package("no-v4", conflicts=[("target=x86_64_v4", None, "breaks on v4")]),
        package("deepest", depends=["app"], conflicts=[("^deep", None, None)]),
        package("fort", depends=[("fortran", "build")]),
        package("cxx-user", depends=[("cxx", "build")]),
        package(
            "odd",
            "1.0",
            variants=[flag("wide", False, "+typo")],
            depends=[
                ("lib", "link", "+typo"),
                ("tool", "link", "@9:"),
                ("deep", "link", "@9: mode=x"),
            ],
        ),
        package("never", conflicts=[("@1:", None, "nobody can build this")]),
    ]


def config(
    *members: str, policy: str = "any_of", line: int = 7, message: str | None = None
) -> Preferences:
    group = Group(
        policy,
        tuple(parse_spec(text) for text in members),
        None,
        message,
        Origin("packages.yaml", line),
    )
    return Preferences(groups=(group,))


UNBUILDABLE = Preferences(buildable=False, buildable_origin=Origin("packages.yaml", 3))
NO_CXX = (compiler(GCC, "c"),)

Case = tuple[str, dict[str, Preferences], Sequence[str]]

#: What is asked for (roots joined by ``;``), configuration, words and places of the explanation.
CASES: list[Case] = [
    ("ap", {}, ["no recipe for package 'ap'", "did you mean", "app"]),
    ("app ^libb", {}, ["'libb'", "did you mean lib"]),
    ("app+optt", {}, ["no variant 'optt'", "did you mean opt"]),
    ("app ^deep+share", {}, ["deep has no variant 'share'", "shared"]),
    ("app mode=fasst", {}, ["has no value 'fasst'", "did you mean fast"]),
    ("app opt=maybe", {}, ["opt of app has no value 'maybe'"]),
    ("app@7", {}, ["no known version of app satisfies @7", "2.0, 1.0"]),
    ("app@0.9", {}, ["only deprecated versions of app", "0.9", "--deprecated"]),
    ("old", {}, ["only deprecated versions of old", "1.0, 0.5", "--deprecated"]),
    ("app ^lib@9", {}, ["no known version of lib satisfies @9"]),
    ("misspelt", {}, ["misspelt depends on liib when @:1: there is no recipe for package 'liib'"]),
    ("wants-variant", {}, ["deep+shraed: package deep has no variant 'shraed'", "shared"]),
    ("wants-value", {}, ["app mode=fasst: variant mode of app has no value 'fasst'", "fast?"]),
    (
        "wants-below",
        {},
        ["lib %deepp: there is no recipe for package 'deepp'", "did you mean deep"],
    ),
    ("app os=windows11", {}, ["requested for windows11, which is a system of windows", "linux"]),
    ("app os=sonoma", {}, ["sonoma, which is a system of darwin"]),
    ("app platform=darwin", {}, ["darwin", "this machine is linux"]),
    ("app os=rhel9;app os=rhel8", {}, ["app os=rhel9 was requested", "app os=rhel8 was requested"]),
    ("app os=rhel9 ^lib os=rhel8", {}, ["lib was requested for rhel8", "debian12, rhel9"]),
    ("app", {"lib": config("os=rhel9")}, ["lib requires os=rhel9", "packages.yaml:7"]),
    ("app target=power9le", {}, ["for target power9le", "usable: x86_64_v4, x86_64_v3"]),
    ("app target=x86_64_v5", {}, ["unknown target 'x86_64_v5'", "did you mean x86_64_v"]),
    ("app ^lib target=haswel:", {}, ["unknown target 'haswel'", "did you mean haswell"]),
    ("app target=:sandybrige,m1", {}, ["unknown target 'sandybrige'", "did you mean sandybridge"]),
    ("app~opt %opt", {}, ["%opt was requested in app~opt %opt", "command line"]),
    ("app %deep", {}, ["deep is never a direct dependency of app", "^deep"]),
    ("app %lib %mpi-a %a", {}, ["a is never a direct dependency of app"]),
    ("app ^loop-a", {}, ["^loop-a was requested in app ^loop-a", "request app"]),
    ("app ^python-like@1", {}, ["no known version of python-like satisfies @1"]),
    ("app %gcc@13", {}, ["no compiler gcc@13", "gcc@12.2.0"]),
    ("app %gcc@99", {}, ["no known version of gcc satisfies @99"]),
    ("app %llvm", {}, ["no compiler llvm", "gcc@12.2.0"]),
    ("app@1.0+opt", {}, ["opt came with 2.0", "app/package.py", "app@1.0"]),
    ("app+opt mode=small", {}, ["conflicts with mode=small when @2:", "opt came with 2.0"]),
    ("app@2 mode=small", {}, ["conflicts with mode=small when @2:", "request app@2"]),
    ("app ^lib@1", {}, ["^lib@1 was requested", "app depends on lib@2:", "app/package.py"]),
    ("app+opt ^deep@2", {}, ["^deep@2 was requested", "opt depends on deep@1", "opt/package.py"]),
    ("app ^lib@3 ^deep@2", {}, ["lib: conflicts with ^deep@2 when @3:", "lib/package.py"]),
    ("app ^mpi-a ^mpi-b", {}, ["mpi-a", "mpi-b"]),
    ("app ^[virtuals=mpi] lib", {}, ["lib does not provide mpi", "providers of mpi: mpi-a, mpi-b"]),
    (
        "app ^[virtuals=lib] mpi-a",
        {},
        ["mpi-a does not provide lib", "not a virtual; mpi-a provides: mpi"],
    ),
    ("app %[virtuals=opt] lib", {}, ["lib does not provide opt", "no package provides opt"]),
    ("app %gcc cflags=-O3", {}, ["cflags=-O3 are flags for gcc", "request app cflags=-O3 %gcc"]),
    ("wants-virtual ^mpi-b", {}, ["wants-virtual depends on mpi@4:", "wants-virtual/package.py"]),
    ("needs-none", {}, ["no recipe for package 'ghost-api'", "needs-none/package.py"]),
    ("ab", {}, ["a depends on lib@3:", "b depends on lib@2", "a/package.py", "b/package.py"]),
    ("a;b", {}, ["a, b cannot be concretized", "a depends on lib@3:", "b depends on lib@2"]),
    ("a;lib@2", {}, ["lib@2 was requested", "a depends on lib@3:", "remove the root"]),
    ("lib@2;lib@3", {}, ["lib@2 was requested", "request lib instead of lib@3"]),
    ("deep+shared;deep~shared", {}, ["deep+shared was requested", "deep~shared was requested"]),
    ("strict~x", {}, ["strict~x was requested", "strict requires +x", "strict/package.py"]),
    ("picky", {}, ["picky depends on strict~x", "strict requires +x", "strict/package.py"]),
    ("either+x+y", {}, ["either+x+y was requested", "one of +x, +y", "either/package.py"]),
    ("either~x~y", {}, ["either~x~y was requested", "one of +x, +y"]),
    ("maybe@1+new", {}, ["maybe@1+new was requested", "request maybe@1"]),
    ("valued@1 api=v2", {}, ["valued@1 api=v2 was requested"]),
    ("loop-a", {}, ["loop-a -> loop-b -> loop-a", "form a cycle"]),
    ("deprecates", {}, ["all known versions of old are deprecated", "deprecates depends on old"]),
    ("missing-version", {}, ["missing-version depends on lib@7:", "missing-version/package.py"]),
    ("clang-only", {}, ["clang-only requires %c=clang", "no compiler llvm is configured"]),
    ("windows", {}, ["needs another system", "windows/package.py"]),
    ("no-v4 target=x86_64_v4", {}, ["target=x86_64_v4 was requested", "breaks on v4"]),
    ("deepest ^lib ^deep", {}, ["deepest: conflicts with ^deep", "deepest/package.py"]),
    ("never", {}, ["nobody can build this", "never/package.py"]),
    ("lib", {"lib": config("@9")}, ["lib requires @9", "packages.yaml:7"]),
    ("lib", {"lib": config("@9")}, ["lib requires @9: no known version of lib satisfies @9"]),
    ("app", {"lib": config("+nope")}, ["lib requires +nope: package lib has no variant 'nope'"]),
    ("lib", {"all": config("target=zen9")}, ["target=zen9: unknown target 'zen9'"]),
    (
        "app",
        {"app": config("@7", "mode=off")},
        ["any of @7, mode=off: no known version of app satisfies @7; variant mode of app has no"],
    ),
    ("app", {"app": config("%c=llvm")}, ["no compiler llvm is configured", "packages.yaml:7"]),
    ("lib ^app", {}, ["app is neither a direct dependency of lib nor one that it links or runs"]),
    (
        "lib@2",
        {"lib": config("@3")},
        ["lib@2 was requested", "lib requires @3", "packages.yaml:7", "remove the requirement"],
    ),
    ("app", {"lib": config("@1")}, ["app depends on lib@2:", "lib requires @1", "packages.yaml:7"]),
    (
        "strict",
        {"strict": config("~x")},
        ["strict requires ~x", "strict requires +x", "packages.yaml:7", "strict/package.py"],
    ),
    ("deep~shared", {"deep": config("+shared", message="site rule 12")}, ["site rule 12"]),
    ("deep+shared", {"all": config("~shared")}, ["deep requires ~shared", "packages.yaml:7"]),
    ("app ^mpi-a", {"mpi": config("mpi-b")}, ["mpi-b", "packages.yaml:7"]),
    (
        "lib",
        {"lib": UNBUILDABLE},
        ["lib may not be built", "packages.yaml:3", "set packages:lib:buildable to true"],
    ),
    ("app", {"deep": UNBUILDABLE}, ["deep may not be built", "packages.yaml:3"]),
    ("either+x+y", {"either": config("+x", "+y", policy="one_of")}, ["either+x+y was requested"]),
    ("glue ^sticky~lock", {}, ["^sticky~lock was requested", "glue requires ^sticky+lock"]),
    ("lib %c=gcc", {}, ["gcc"]),
    ("app@2:@1", {}, ["version"]),
    ("app+opt~opt", {}, ["variant opt is given twice"]),
    ("app ^tool@1.0 ^python-like@2", {}, ["^python-like@2 was requested"]),
    ("app ^deep@3", {}, ["no known version of deep satisfies @3"]),
    ("odd ^lib", {}, ["odd has no variant 'typo'", "odd/package.py"]),
    ("fort ^mpi", {}, ["^mpi was requested in fort ^mpi"]),
]


#: The same requests, with everything that is said of each: no more and no less.
EXACT: dict[str, Sequence[str]] = {
    "odd ^lib": [
        "^lib was requested in odd ^lib",
        "odd depends on lib only when +typo, and odd has no variant 'typo'",
    ],
    "odd ^tool": [
        "^tool was requested in odd ^tool",
        "odd depends on tool only when @9:, and odd has no version in @9:",
    ],
    "odd ^deep": [
        "^deep was requested in odd ^deep",
        "odd depends on deep only when @9: mode=x, "
        "and odd has no variant 'mode' and no version in @9:",
    ],
    "odd+wide": [
        "odd+wide was requested",
        "odd has the variant wide only when +typo, and odd has no variant 'typo'",
    ],
    "app~opt %opt": [
        "app~opt %opt was requested",
        "%opt was requested in app~opt %opt",
        "app depends on opt only when +opt",
    ],
    "app ^loop-a": [
        "^loop-a was requested in app ^loop-a, but "
        "loop-a is neither a direct dependency of app nor one that it links or runs",
    ],
    "app@1.0+opt": [
        "app@1.0+opt was requested",
        "opt came with 2.0",
    ],
    "app+opt mode=small": [
        "app+opt mode=small was requested",
        "opt came with 2.0",
        "app: conflicts with mode=small when @2:",
        "the known versions of app are 2.0, 1.0",
    ],
    "app@2 mode=small": [
        "app@2 mode=small was requested",
        "app: conflicts with mode=small when @2:",
    ],
    "app ^lib@1": [
        "^lib@1 was requested in app ^lib@1",
        "app depends on lib@2:",
    ],
    "app+opt ^deep@2": [
        "app+opt ^deep@2 was requested",
        "^deep@2 was requested in app+opt ^deep@2",
        "opt depends on deep@1",
    ],
    "app ^lib@3 ^deep@2": [
        "^lib@3 was requested in app ^lib@3 ^deep@2",
        "^deep@2 was requested in app ^lib@3 ^deep@2",
        "lib: conflicts with ^deep@2 when @3:",
    ],
    "app ^mpi-a ^mpi-b": [
        "^mpi-a was requested in app ^mpi-a ^mpi-b",
        "^mpi-b was requested in app ^mpi-a ^mpi-b",
        "an answer has one provider of mpi",
    ],
    "wants-virtual ^mpi-b": [
        "^mpi-b was requested in wants-virtual ^mpi-b",
        "wants-virtual depends on mpi@4:",
    ],
    "needs-none": [
        "needs-none depends on ghost-api: there is no recipe for package 'ghost-api'",
    ],
    "ab": [
        "a depends on lib@3:",
        "b depends on lib@2",
    ],
    "a;b": [
        "a depends on lib@3:",
        "b depends on lib@2",
    ],
    "a;lib@2": [
        "lib@2 was requested",
        "a depends on lib@3:",
    ],
    "lib@2;lib@3": [
        "lib@2 was requested",
        "lib@3 was requested",
    ],
    "deep+shared;deep~shared": [
        "deep+shared was requested",
        "deep~shared was requested",
    ],
    "strict~x": [
        "strict~x was requested",
        "strict requires +x",
    ],
    "picky": [
        "strict requires +x",
        "picky depends on strict~x",
    ],
    "either+x+y": [
        "either+x+y was requested",
        "either requires one of +x, +y",
    ],
    "either~x~y": [
        "either~x~y was requested",
        "either requires one of +x, +y",
    ],
    "maybe@1+new": [
        "maybe@1+new was requested",
        "maybe has the variant new only when @2:",
    ],
    "valued@1 api=v2": [
        "valued@1 api=v2 was requested",
        "valued knows api=v2 only when @2:",
    ],
    "loop-a": [
        "the dependencies loop-a -> loop-b -> loop-a form a cycle",
    ],
    "deprecates": [
        "all known versions of old are deprecated: 1.0, 0.5",
        "(old is needed: deprecates depends on old [deprecates/package.py:2])",
    ],
    "missing-version": [
        "missing-version depends on lib@7:",
        "the known versions of lib are 3.0, 2.0, 1.0",
    ],
    "clang-only": [
        "clang-only requires %c=clang: no compiler llvm is configured or installed",
    ],
    "windows": [
        "needs another system",
    ],
    "no-v4 target=x86_64_v4": [
        "no-v4 target=x86_64_v4 was requested",
        "breaks on v4",
    ],
    "deepest ^lib ^deep": [
        "^deep was requested in deepest ^lib ^deep",
        "deepest: conflicts with ^deep",
    ],
    "never": [
        "nobody can build this",
        "the only known version of never is 1.0",
    ],
    "lib ^app": [
        "^app was requested in lib ^app, but "
        "app is neither a direct dependency of lib nor one that it links or runs",
    ],
    "glue ^sticky~lock": [
        "^sticky~lock was requested in glue ^sticky~lock",
        "glue requires ^sticky+lock",
    ],
    "app ^tool@1.0 ^python-like@2": [
        "^python-like@2 was requested in app ^tool@1.0 ^python-like@2, but "
        "python-like is neither a direct dependency of app nor one that it links or runs",
    ],
    "fort ^mpi": [
        "^mpi was requested in fort ^mpi, but "
        "mpi is neither a direct dependency of fort nor one that it links or runs",
    ],
}


def explained(roots: str, made: World) -> str:
    """The whole text of the error that a request ends in."""
    with pytest.raises(SpackError) as caught:
        solve_roots([located(text) for text in roots.split(";")], made, lambda spec, patches: "")
    error = caught.value
    if isinstance(error, UnsatisfiableRequestError):
        assert error.reasons
    parts = (str(error.origin or ""), error.message, error.details or "", error.hint or "")
    return "\n".join(part for part in parts if part)


@pytest.mark.parametrize("roots, preferences, wanted", CASES, ids=[case[0] for case in CASES])
def test_the_true_cause_is_named(
    roots: str, preferences: dict[str, Preferences], wanted: Sequence[str]
) -> None:
    text = explained(roots, world(records(), preferences=preferences))
    for part in wanted:
        assert part in text, text
    assert "internal" not in text.lower()


@pytest.mark.parametrize("roots", EXACT)
def test_nothing_else_is_told(roots: str) -> None:
    """Every line is part of the cause: general rules that the others imply are left out."""
    found = []
    for line in explained(roots, world(records())).splitlines():
        if re.match(r"  \d+\. ", line):
            found.append(re.sub(r"  \[[^]]*\]$", "", line[5:]))
        elif line.startswith("  ("):
            found.append(line.strip())
    assert found == EXACT[roots]


def test_known_versions_are_told_where_they_are_the_cause() -> None:
    made = world(
        [
            package("app", depends=["one", "two"]),
            package("one", depends=["lib@1:1.5"]),
            package("two", depends=["lib@1.5:2"]),
            package("three", depends=["lib@3:"]),
            package("lib", "2.0", "1.0"),
        ]
    )
    text = explained("app", made)
    assert "one depends on lib@1:1.5" in text and "two depends on lib@1.5:2" in text
    assert "the known versions of lib are 2.0, 1.0" in text
    made = world([package("four", depends=["lib@1"]), package("lib", "2.0", "1.0")])
    text = explained("four;lib@2", made)
    assert "four depends on lib@1" in text
    assert "known" not in text


def test_values_are_told_where_they_are_the_cause() -> None:
    made = world(
        [
            package(
                "lib",
                variants=[words("mode", "a", ("a", "b"))],
                conflicts=[("mode=a", "@1:", "no a"), ("mode=b", "@1:", "no b")],
            )
        ]
    )
    text = explained("lib@1", made)
    assert "no a" in text and "no b" in text and "lib: variant mode is one of a, b" in text


def test_conditions_of_conditions_are_told() -> None:
    made = world(
        [
            package(
                "app",
                variants=[
                    flag("mpi", False),
                    flag("grid", False, "+mpi"),
                    flag("deep", False, "+grid"),
                ],
            )
        ]
    )
    text = explained("app~mpi+deep", made)
    assert "app has the variant deep only when +grid" in text
    assert "app has the variant grid only when +mpi" in text


def test_a_cause_is_found_among_hundreds_of_constraints() -> None:
    """Two of them clash at a place that many others lead to."""
    program = Program()
    atoms = [program.atom() for _ in range(600)]
    program.choice(atoms, ())
    for position, (first, second) in enumerate(zip(atoms, atoms[1:])):
        program.require((first,), second, said(f"step {position}"))
    program.forbid((-atoms[0],), said("first"))
    program.forbid((atoms[0], atoms[5]), said("clash"))
    found = {reason.in_words().text for reason in find_clash(program).reasons}
    assert found == {"first", "clash", *(f"step {n}" for n in range(5))}


def test_a_cause_that_is_not_minimal_says_so() -> None:
    program = Program()
    atoms = [program.atom() for _ in range(40)]
    program.choice(atoms, ())
    for position, (first, second) in enumerate(zip(atoms, atoms[1:])):
        program.require((first,), second, said(f"step {position}"))
    program.forbid((-atoms[0],), said("first"))
    program.forbid((atoms[-1],), said("last"))
    assert find_clash(program).minimal
    found = find_clash(program, conflicts=0)
    assert found.reasons and not found.minimal
    error = UnsatisfiableRequestError(
        Request((located("p"),)), [r.in_words() for r in found.reasons], minimal=False
    )
    assert "not all of these may matter" in str(error)


def test_constraints_are_known_to_be_dispensable_or_not() -> None:
    program = Program()
    a, b = program.atom(), program.atom()
    program.choice([a, b], ())
    program.forbid((-a,), said("a"))
    program.forbid((a,), said("not a"))
    program.forbid((-b,), said("b"))
    program.forbid((b,), said("not b"))
    found = find_clash(program)
    assert len(found.reasons) == 2
    assert not found.may_do_without(found.reasons[:1].__contains__)
    assert found.may_do_without([said("not a"), said("b")].__contains__)


def test_a_cause_is_not_told_in_terms_of_far_fetched_ways() -> None:
    """``far`` is looked at since it may lead to lib; what is wrong there does not matter."""
    made = world(
        [
            package("app", depends=["v", ("lib", "link", "+x")], variants=[flag("x", False)]),
            package("lib"),
            package("near", provides=["v"]),
            package("other", provides=["v"], depends=["far"]),
            package("far", depends=["lib"], conflicts=[("^lib", None, "never with lib")]),
        ],
        providers={"v": ("near", "other")},
    )
    text = explained("app~x ^lib", made)
    assert "app depends on lib only when +x" in text and "app~x ^lib was requested" in text
    assert "far" not in text
    assert "never with lib" in explained("app ^lib ^far", made)


def test_all_ways_to_what_is_asked_for_are_looked_at_together() -> None:
    chain = [package(f"way{n}", depends=[f"way{n + 1}"]) for n in range(20)]
    made = world(
        [
            package("app", depends=["v"]),
            package("near", provides=["v"]),
            package("other", provides=["v"], depends=["way0"]),
            *chain,
            package("way20"),
        ],
        providers={"v": ("near", "other")},
    )
    solution = concretize(made, "app ^way20")
    assert node(solution, "way20").name == "way20"
    assert solution.statistics.rounds <= 3


@pytest.mark.parametrize("language, root", [("cxx", "cxx-user"), ("fortran", "fort")])
def test_a_missing_compiler_is_named_by_language(language: str, root: str) -> None:
    text = explained(root, world(records(), compilers=NO_CXX))
    assert f"{root} needs a compiler for {language}" in text
    assert f"{root}/package.py" in text
    assert "spack compiler find" in text


def test_an_external_that_does_not_fit_is_named() -> None:
    made = world(
        records(),
        preferences={"lib": UNBUILDABLE},
        concrete=[external("lib", "1.0")],
    )
    text = explained("app", made)
    assert "app depends on lib@2:" in text
    assert "lib may not be built" in text


def test_rejected_externals_are_told_with_their_fault() -> None:
    made = world(records(), preferences={"lib": UNBUILDABLE})._replace(
        rejected={"lib": ("lib@8: no such version",)}
    )
    assert "lib@8: no such version" in explained("lib", made)


def test_no_reason_at_all_is_never_shown() -> None:
    error = UnsatisfiableRequestError(Request((located("app"),)), [])
    assert "app was requested" in str(error)


def test_what_is_proposed_solves() -> None:
    made = world(records())
    with pytest.raises(UnsatisfiableRequestError) as caught:
        solve_roots([located("app@1.0+opt")], made, lambda spec, patches: "")
    proposed = [t[len("request ") :] for t in caught.value.relaxations if t.startswith("request ")]
    assert proposed == ["app@1.0", "app+opt"]
    for text in proposed:
        solve_roots([located(text)], made, lambda spec, patches: "")


def test_deprecated_versions_are_proposed_where_they_help() -> None:
    made = world(
        [
            package("p", "2.0", "1.0?", depends=["q"]),
            package("q", conflicts=[("@1:", None, None)]),
        ]
    )
    clash = [Reason(VERSIONS, ("p", (), (), False))]
    changed = [
        r for r in relaxations(Request((located("p"),)), made, clash) if r.world.allow_deprecated
    ]
    assert [r.text for r in changed] == ["give --deprecated"]


def test_weaker_specs_lack_one_constraint_each() -> None:
    found = [(str(w.spec), w.part) for w in weaker(parse_spec("app@1+opt ^lib@2"))]
    assert found == [
        ("app@1+opt ^lib", "^lib@2"),
        ("app@1 ^lib@2", "app+opt"),
        ("app+opt ^lib@2", "app@1"),
        ("app@1+opt", "^lib@2"),
    ]


def test_a_cycle_without_labels_is_told_by_number() -> None:
    program = Program()
    program.acyclic_edge(1, 2, 1)
    program.acyclic_edge(2, 1, 1)
    (reason,) = find_clash(program).reasons
    assert reason.kind == CYCLE.kind
    assert "1 -> 2 -> 1" in reason.in_words().text


def test_a_long_list_of_constraints_is_cut() -> None:
    reasons = [said(f"constraint {number}").in_words() for number in range(30)]
    error = UnsatisfiableRequestError(Request((located("p"),)), reasons)
    assert "20. constraint 19" in str(error)
    assert "constraint 20" not in str(error)
    assert "… and 10 more" in str(error)


def test_a_condition_that_presupposes_what_is_missing_is_not_told() -> None:
    with pytest.raises(UnsatisfiableRequestError) as caught:
        concretize(world(records()), "parallel~mpi ^mpi-a")
    told = [reason.text for reason in caught.value.reasons]
    assert told == [
        "parallel~mpi ^mpi-a was requested",
        "^mpi-a was requested in parallel~mpi ^mpi-a",
        "parallel depends on mpi only when +mpi",
    ]
