"""A corpus of broken requests: the true cause comes first, nothing said is false, ways out solve.

What is said is proved with the solver: the constraints of a clash have no answer together, and one
without any single one of them; what is advised is asked for, and solves. The requests over recipes
that name their fault at first sight are in ``test_explanations``; all here need a solve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.solve.corpus import GCC, LLVM, compiler, external, flag, located, package, words, world
from tests.solve.scenario_parts import installed
from tests.solve.test_explanations import CASES as OTHERS
from tests.solve.test_explanations import records

from spack.config.settings.package_settings import ToolchainEntry
from spack.errors import Origin, SpackError
from spack.language.parser import parse_spec
from spack.recipes.records.package_records import PackageRecord, ValueRecord
from spack.solve import solver, unify
from spack.solve.asp import clashes
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.explaining.relaxations import relaxations
from spack.solve.problem.request import Group, Preferences, World
from spack.solve.unify import solve_roots

C, CXX, FORTRAN = ("c", "build"), ("cxx", "build"), ("fortran", "build")


def recipes() -> list[PackageRecord]:
    gpu = words("arch_of_gpu", "none", ("none", "70", "80"))._replace(sticky=True)
    return [
        package("lib", "3.0", "2.0", "1.0", depends=[C], variants=[flag("shared", True)]),
        package("needs1", depends=["lib@1"]),
        package("needs2", depends=["lib@2"]),
        package("needs3", depends=["lib@3:"]),
        package("both", depends=["needs1", "needs2"]),
        package("far", depends=["near"]),
        package("near", depends=["needs1"]),
        package("wide", depends=["far", "lib@2:"]),
        package("static", depends=["lib~shared"]),
        package("dynamic", depends=["lib+shared"]),
        package("mixed", depends=["static", "dynamic"]),
        package("only-old", depends=[("lib@1", "link", "+old")], variants=[flag("old", False)]),
        package(
            "choosy", variants=[flag("x", False), flag("y", False)], conflicts=[("+x", "+y", None)]
        ),
        package("strict", variants=[flag("x", False)], requires=[(("+x",), "one_of", None)]),
        package("asks-strict", depends=["strict~x"]),
        package("one", requires=[(("@1", "@2"), "one_of", None)], variants=[flag("a", True)]),
        package("late", "2.0", "1.0", variants=[flag("new", False, "@2:")]),
        package(
            "word",
            "2.0",
            "1.0",
            variants=[words("api", "v1", ("v1", ValueRecord("v2", True, "@2:")))],
        ),
        package("gpu", variants=[gpu], conflicts=[("arch_of_gpu=none", None, "say which gpu")]),
        package("gpu-user", depends=["gpu"]),
        package("loop-a", depends=["loop-b"]),
        package("loop-b", depends=["loop-a"]),
        package("api-1", provides=["api@1"]),
        package("api-2", provides=["api@2"], conflicts=[("@1:", None, "api-2 is broken")]),
        package("api-user", depends=["api"]),
        package("new-api-user", depends=["api@2:"]),
        package("fort", depends=[FORTRAN]),
        package("plus", depends=[CXX]),
        package("no-best", depends=[C], conflicts=[("target=x86_64_v4", None, "not on v4")]),
        package("tool", "2", "1", tags=("build-tools",), depends=[C]),
        package("tool-1", depends=[("tool@1", "build")]),
        package("tool-2", depends=[("tool@2", "build"), "tool-1"]),
        package("no-choice", conflicts=[("@1:", None, "never works")]),
        package("old", "1.0?"),
        package("needs-old", depends=["old"]),
        package("conditional", depends=[("lib", "link", "+with")], variants=[flag("with", False)]),
        package("clang-only", depends=[C], requires=[(("%c=llvm",), "one_of", None)]),
        package("not-gcc", depends=[C], conflicts=[("%gcc", None, "gcc is too slow")]),
        package("top", depends=["lib@2", ("tool", "build")]),
    ]


def entry(
    *members: str | None,
    policy: str = "one_of",
    when: str | None = None,
    message: str | None = None,
) -> Preferences:
    specs = tuple(None if m is None else parse_spec(m) for m in members)
    condition = None if when is None else parse_spec(when)
    return Preferences(
        groups=(Group(policy, specs, condition, message, Origin("packages.yaml", 7)),)
    )


UNBUILDABLE = Preferences(buildable=False, buildable_origin=Origin("packages.yaml", 3))
AT_9 = Origin("packages.yaml", 9)

Settings = Mapping[str, Preferences]

#: Request (roots joined by ``;``), configuration, and the true cause: texts of the first lines.
CASES: list[tuple[str, Settings, Sequence[str]]] = [
    # Versions over one edge and over several.
    ("needs1 ^lib@2", {}, ["^lib@2 was requested", "needs1 depends on lib@1"]),
    ("needs3 ^lib@:2", {}, ["^lib@:2 was requested", "needs3 depends on lib@3:"]),
    ("far ^lib@3", {}, ["^lib@3 was requested", "needs1 depends on lib@1"]),
    ("both", {}, ["needs1 depends on lib@1", "needs2 depends on lib@2"]),
    ("wide", {}, ["needs1 depends on lib@1", "wide depends on lib@2:"]),
    ("only-old+old ^lib@2", {}, ["only-old+old", "^lib@2", "only-old depends on lib@1 when +old"]),
    ("lib@3 ^lib@2", {}, ["^lib@2 was requested"]),
    ("tool@2 ^tool@1", {}, ["tool@2 ^tool@1 was requested", "^tool@1 was requested"]),
    ("top ^lib@:1", {}, ["^lib@:1 was requested", "top depends on lib@2"]),
    # Roots that clash.
    ("needs1;needs2", {}, ["needs1 depends on lib@1", "needs2 depends on lib@2"]),
    ("needs1;lib@3", {}, ["lib@3 was requested", "needs1 depends on lib@1"]),
    ("lib@1;lib@2", {}, ["lib@1 was requested", "lib@2 was requested"]),
    ("lib+shared;lib~shared", {}, ["lib+shared was requested", "lib~shared was requested"]),
    ("static;lib+shared", {}, ["lib+shared was requested", "static depends on lib~shared"]),
    # Variants.
    ("mixed", {}, ["static depends on lib~shared", "dynamic depends on lib+shared"]),
    ("static ^lib+shared", {}, ["^lib+shared was requested", "static depends on lib~shared"]),
    ("late@1+new", {}, ["late@1+new was requested", "late has the variant new only when @2:"]),
    ("word@1 api=v2", {}, ["word@1 api=v2 was requested", "word knows api=v2 only when @2:"]),
    ("choosy+x+y", {}, ["choosy+x+y was requested", "conflicts with +x when +y"]),
    ("conditional~with ^lib", {}, ["^lib was requested", "depends on lib only when +with"]),
    ("gpu", {}, ["say which gpu", "arch_of_gpu is sticky"]),
    ("gpu-user", {}, ["say which gpu", "arch_of_gpu is sticky"]),
    ("lib shared==True;gpu", {}, ["say which gpu"]),
    # Rules of recipes.
    ("strict~x", {}, ["strict~x was requested", "strict requires +x"]),
    ("asks-strict", {}, ["strict requires +x", "asks-strict depends on strict~x"]),
    ("no-choice", {}, ["never works"]),
    ("needs-old", {}, ["all known versions of old are deprecated"]),
    ("no-best target=x86_64_v4", {}, ["target=x86_64_v4 was requested", "not on v4"]),
    ("not-gcc", {}, ["gcc is too slow", "the only compiler for c, gcc@12.2.0"]),
    ("clang-only", {}, ["requires %c=clang: no compiler llvm"]),
    # Virtuals.
    ("api-user ^api-1 ^api-2", {}, ["api-2 is broken"]),
    ("new-api-user", {}, ["api-2 is broken", "new-api-user depends on api@2:"]),
    ("new-api-user ^api-1", {}, ["api-2 is broken", "new-api-user depends on api@2:"]),
    ("api-user", {"api": entry("api-2")}, ["provider of api is required to be api-2", "broken"]),
    ("api-user ^api-1", {"api": entry("api-1", None)}, ["^api-1 was requested", "conflict"]),
    # Entries of the configuration.
    ("lib", {"lib": entry("@9")}, ["lib requires @9: no known version"]),
    ("lib@2", {"lib": entry("@3")}, ["lib@2 was requested", "lib requires @3"]),
    ("needs1", {"lib": entry("@2", "@3")}, ["lib requires one of @2, @3", "depends on lib@1"]),
    ("needs1", {"lib": entry("@2", "@3", policy="any_of")}, ["lib requires any of @2, @3"]),
    ("needs1", {"lib": entry("@2", when="+shared"), "needs1": entry("^lib+shared")}, ["@2 when"]),
    ("lib~shared", {"lib": entry("+shared", message="site rule 12")}, ["site rule 12"]),
    ("lib~shared", {"all": entry("+shared")}, ["lib~shared was requested", "lib requires +shared"]),
    ("lib@2", {"lib": entry("@2", None)}, ["lib@2 was requested", "conflict of lib with @2"]),
    ("needs2", {"lib": entry("@2", None)}, ["conflict of lib with @2", "needs2 depends on lib@2"]),
    ("lib", {"lib": entry("@1:", None, message="no lib here")}, ["no lib here"]),
    ("lib+shared", {"all": entry("+shared", None)}, ["conflict of lib with +shared"]),
    (
        "lib@2+shared",
        {"lib": entry("@2", None, when="+shared")},
        ["was requested", "conflict of lib with @2 when +shared"],
    ),
    ("lib", {"lib": entry("%clang")}, ["lib requires %clang"]),
    ("lib target=x86_64_v4", {"all": entry("target=x86_64_v2")}, ["requires target=x86_64_v2"]),
    ("lib", {"lib": UNBUILDABLE}, ["lib may not be built"]),
    ("top", {"tool": UNBUILDABLE}, ["tool may not be built"]),
    ("needs1", {"lib": UNBUILDABLE}, ["lib may not be built"]),
    # Cycles, and what nothing makes possible.
    ("loop-a", {}, ["loop-a -> loop-b -> loop-a"]),
    ("lib ^top", {}, ["top is neither a direct dependency of lib"]),
    ("needs2 ^far", {}, ["far is neither a direct dependency of needs2"]),
    ("top ^tool@1 ^lib@3", {}, ["^lib@3 was requested", "top depends on lib@2"]),
    ("top ^lib cflags=-O2;lib cflags=-O3", {}, ["two requests for cflags of lib differ"]),
]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Sequence[int], Any]]:
    """The clashes of a solve: program, what was assumed, and the clash."""
    kept: list[tuple[Any, Sequence[int], Any]] = []
    find = clashes.find_clash

    def kept_clash(program: Any, assuming: Sequence[int] = (), *rest: Any, **more: Any) -> Any:
        clash = find(program, assuming, *rest, **more)
        kept.append((program, assuming, clash))
        return clash

    monkeypatch.setattr(solver, "find_clash", kept_clash)
    return kept


def refused(roots: str, made: World) -> SpackError:
    with pytest.raises(SpackError) as caught:
        solve_roots([located(text) for text in roots.split(";")], made, lambda spec, patches: "")
    return caught.value


def told(error: SpackError) -> str:
    """The lines that come first, with the message and the place."""
    lines = (error.details or "").splitlines()[:3]
    return "\n".join([error.message, *lines])


def prove_minimal(program: Any, assuming: Sequence[int], clash: Any) -> None:
    """The constraints have no answer together, and have one without any single one of them."""
    reasons = [r for r in clash.reasons if r.law.kind != "cycle"]
    if len(reasons) < len(clash.reasons):
        return
    fresh = clashes.Contradiction(program, [*assuming, *clash.supposed])
    listed = set(reasons)
    assert not fresh.may_do_without(lambda r: r not in listed)
    for one in reasons:
        assert fresh.may_do_without(lambda r, one=one: r not in listed or r == one)  # type: ignore[misc]


def prove_advice(
    error: UnsatisfiableRequestError,
    made: World,
    found: Sequence[tuple[Any, Sequence[int], Any]],
) -> None:
    """All advice solves when it is followed."""
    clash = list(dict.fromkeys(r for program, _, _ in found for _, r in program.constraints if r))
    for text in error.relaxations:
        request, here = error.request, made
        for change in text.split(" and "):
            by_text = {r.text: r for r in relaxations(request, here, clash)}
            if change in by_text:
                request, here = by_text[change].request, by_text[change].world
            else:
                request = request._replace(roots=(located(change[len("request ") :]),))
        solver.search(request, here)


def prove(
    error: SpackError,
    wanted: Sequence[str],
    made: World,
    found: list[tuple[Any, Sequence[int], Any]],
) -> None:
    """The first lines of a refusal have the true cause, and all that it says is true."""
    text = told(error)
    for part in wanted:
        assert part in text, str(error)
    if not isinstance(error, UnsatisfiableRequestError):
        assert error.origin is not None and error.hint
        return
    assert error.minimal
    for program, assuming, clash in found:
        if clash.minimal:
            prove_minimal(program, assuming, clash)
    prove_advice(error, made, found)
    for line in (error.details or "").splitlines():
        assert "[" in line or line.startswith("  ("), line


@pytest.mark.parametrize("roots, settings, wanted", CASES, ids=[case[0] for case in CASES])
def test_the_cause_is_told_first_and_proved(
    roots: str,
    settings: Settings,
    wanted: Sequence[str],
    found: list[tuple[Any, Sequence[int], Any]],
) -> None:
    made = world(recipes(), preferences=dict(settings))
    error = refused(roots, made)
    prove(error, wanted, made, found)
    is_configured = any(one.groups or not one.buildable for one in settings.values())
    if isinstance(error, UnsatisfiableRequestError) and is_configured:
        assert "packages.yaml" in str(error)


@pytest.mark.parametrize("roots, settings", [case[:2] for case in OTHERS])
def test_what_is_said_of_other_requests_is_proved(
    roots: str, settings: Settings, found: list[tuple[Any, Sequence[int], Any]]
) -> None:
    made = world(records(), preferences=dict(settings))
    error = refused(roots, made)
    for program, assuming, clash in found:
        if clash.minimal:
            prove_minimal(program, assuming, clash)
    if isinstance(error, UnsatisfiableRequestError):
        assert error.minimal
        prove_advice(error, made, found)


#: Requests that two changes make solvable, and no single one, with what is advised.
TWO_CHANGES: list[tuple[str, Settings, str]] = [
    ("choosy+x+y ^lib@2", {}, "request choosy+y"),
    ("strict~x ^lib", {}, "request strict"),
    ("late@1+new ^lib", {}, "request late@1"),
    ("top ^tool@1 ^lib@3", {"tool": entry("@2")}, "request top ^lib ^tool"),
    (
        "needs1 ^lib@2",
        {"needs1": entry("^lib@3")},
        "remove the requirement at packages.yaml:7 and request needs1 ^lib",
    ),
]


@pytest.mark.parametrize("roots, settings, wanted", TWO_CHANGES)
def test_two_changes_are_advised_where_one_is_not_enough(
    roots: str,
    settings: Settings,
    wanted: str,
    found: list[tuple[Any, Sequence[int], Any]],
) -> None:
    made = world(recipes(), preferences=dict(settings))
    error = refused(roots, made)
    assert isinstance(error, UnsatisfiableRequestError)
    assert wanted in error.relaxations
    prove_advice(error, made, found)


def test_a_developed_package_is_told_with_its_entry() -> None:
    entry_of_lib = located("lib@2")._replace(origin=Origin("spack.yaml", 12))
    error = refused("needs3", world(recipes())._replace(develop={"lib": entry_of_lib}))
    assert "lib is developed as lib@2  [spack.yaml:12]" in told(error)
    assert "needs3 depends on lib@3:" in told(error)


def test_compilers_that_may_not_be_mixed_are_told_as_such() -> None:
    made = world(
        [
            package("app", depends=[C, "other"], requires=[(("%c=gcc",), "one_of", None)]),
            package("other", depends=[C], requires=[(("%c=llvm",), "one_of", None)]),
        ],
        compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")],
    )
    error = refused("app", made._replace(compiler_mixing=False))
    assert "concretizer:compiler_mixing" in told(error)


def test_a_conflict_of_the_configuration_is_removed_as_one() -> None:
    error = refused("lib@2", world(recipes(), preferences={"lib": entry("@2", None)}))
    assert "remove the conflict at packages.yaml:7" in str(error.hint)
    assert "requirement" not in str(error)


def test_a_missing_value_of_a_sticky_variant_is_proposed() -> None:
    error = refused("gpu-user", world(recipes()))
    assert "gpu-user ^gpu arch_of_gpu=80" in str(error.hint)
    assert "request gpu arch_of_gpu=80" in str(refused("gpu", world(recipes())).hint)


def test_a_compiler_without_a_language_is_named_with_its_entry() -> None:
    only_c = compiler(LLVM, "c", "cxx")._replace(origin=AT_9)
    error = refused("fort", world(recipes(), compilers=[only_c]))
    assert "fortran" in told(error)
    assert "llvm@15.0 [packages.yaml:9]" in told(error)


def test_the_only_compiler_is_named_with_its_entry() -> None:
    error = refused("not-gcc", world(recipes(), compilers=[compiler(GCC)._replace(origin=AT_9)]))
    assert "only compiler for c, gcc@12.2.0  [packages.yaml:9]" in told(error)


def test_a_toolchain_is_named_with_its_entry() -> None:
    place = Origin("toolchains.yaml", 4)
    made = world(recipes(), compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")])
    made = made._replace(
        toolchains={"site": (ToolchainEntry("%c=gcc", "", place),)},
    )
    error = refused("clang-only %site", made)
    assert "toolchain site [toolchains.yaml:4]" in told(error)


def test_a_limit_of_duplicates_is_named_with_its_entry() -> None:
    place = Origin("concretizer.yaml", 6)
    made = world(
        [
            package("app", depends=[C, "other"], requires=[(("%c=gcc",), "one_of", None)]),
            package("other", depends=[C], requires=[(("%c=llvm",), "one_of", None)]),
        ],
        compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")],
    )
    made = made._replace(
        max_duplicates={**made.max_duplicates, "c": 1}, duplicates_origins={"c": place}
    )
    error = refused("app", made)
    assert "at most 1 compilers for c" in told(error)
    assert "concretizer.yaml:6" in told(error)


def test_a_reused_spec_alone_cannot_be_anything_else() -> None:
    made = installed(world(recipes()), "lib@2")
    made = made._replace(preferences={**made.preferences, "lib": UNBUILDABLE})
    error = refused("lib@3", made)
    assert "lib@3 was requested" in told(error) and "lib may not be built" in told(error)


def test_an_external_of_another_version_is_told() -> None:
    made = world(recipes(), preferences={"lib": UNBUILDABLE}, concrete=[external("lib", "1.0")])
    error = refused("needs2", made)
    assert "lib may not be built" in told(error) and "needs2 depends on lib@2" in told(error)


def test_trials_end_on_a_terminal_when_they_are_interrupted() -> None:
    """The refusal is told, with all that was found until then."""
    shown: list[str] = []

    class Watched:
        def __enter__(self) -> None:
            shown.append("begins")

        def __exit__(self, *_: object) -> None:
            shown.append("ends")

    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unify, "_trial", interrupted)
        with pytest.raises(UnsatisfiableRequestError, match="needs1 depends on lib@1"):
            solve_roots(
                [located("needs1"), located("needs2")],
                world(recipes()),
                lambda spec, patches: "",
                watched=Watched,  # type: ignore[arg-type]
            )
    assert shown == ["begins", "ends"]


def test_trials_without_a_terminal_are_interrupted_as_anything_else() -> None:
    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(unify, "_trial", interrupted)
        roots = [located("needs1"), located("needs2")]
        solve_roots(roots, world(recipes()), lambda spec, patches: "")
