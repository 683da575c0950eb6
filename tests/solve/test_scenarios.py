"""Scenarios of the solver, each with its number in the name of the test."""

from __future__ import annotations

import pytest
from tests.solve.corpus import (
    GCC,
    LLVM,
    compiler,
    concretize,
    external,
    flag,
    located,
    names,
    node,
    package,
    words,
    world,
)

from spack.errors import Origin
from spack.language.modes import Unify
from spack.language.parser import parse_spec
from spack.recipes.records.package_records import ValueRecord
from spack.solve.asp import criteria
from spack.solve.explaining.checks import (
    RefusedRequestError,
    UnknownPackageError,
    WrongPlatformError,
)
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.request import Group, Preferences
from spack.solve.problem.reuse import with_candidates
from spack.solve.unify import solve_roots

C = ("c", "build")
CXX = ("cxx", "build")
FORTRAN = ("fortran", "build")


def prefer_groups(policy: str, *members: str, weak: bool = False) -> Preferences:
    specs = tuple(parse_spec(text) for text in members)
    return Preferences(
        groups=(
            Group(
                policy, (*specs, None) if weak else specs, None, None, Origin("packages.yaml", 4)
            ),
        )
    )


# -- versions ----------------------------------------------------------------------------------


def test_01_released_versions_come_before_development_and_prereleases() -> None:
    here = world([package("p", "1.0", "2.0", "develop", "3.0rc1")])
    assert str(node(concretize(here, "p"), "p").version) == "2.0"
    assert str(node(concretize(here, "p@develop"), "p").version) == "develop"
    assert str(node(concretize(here, "p@3.0rc1"), "p").version) == "3.0rc1"


def test_02_preferred_version_wins_and_another_costs() -> None:
    here = world([package("p", "2.0!", "3.0")])
    assert str(node(concretize(here, "p"), "p").version) == "2.0"
    costs = concretize(here, "p@3.0").costs
    assert costs[criteria.ROOT_VERSION + criteria.BUILT] == 1


def test_03_deprecated_versions_need_permission() -> None:
    recipes = [package("p", "0.9?", "0.5")]
    assert str(node(concretize(world(recipes), "p"), "p").version) == "0.5"
    with pytest.raises(RefusedRequestError, match="only deprecated versions"):
        concretize(world(recipes), "p@0.9")
    solution = concretize(world(recipes, deprecated=True), "p@0.9")
    assert solution.costs[criteria.DEPRECATED + criteria.BUILT] == 1
    assert solution.costs[criteria.ROOT_VERSION + criteria.BUILT] == 2


def test_05_an_exact_unknown_version_is_accepted_a_range_is_not() -> None:
    here = world([package("p", "1.0")])
    assert str(node(concretize(here, "p@=7"), "p").version) == "7"
    with pytest.raises(RefusedRequestError, match="no known version"):
        concretize(here, "p@7")


def test_06_configured_versions_come_first() -> None:
    recipes = [package("p", "2.0", "1.5", "main")]
    preferences = {"p": Preferences(versions=(parse_spec("@1.5"), parse_spec("@main")))}
    here = world(recipes, preferences=preferences)
    assert str(node(concretize(here, "p"), "p").version) == "1.5"
    assert concretize(here, "p@2").costs[criteria.ROOT_VERSION + criteria.BUILT] == 2


def test_08_a_dependency_narrows_versions_and_is_charged() -> None:
    here = world([package("p", "1.0", "2.0"), package("q", depends=["p@:1"])])
    solution = concretize(here, "q")
    assert str(node(solution, "p").version) == "1.0"
    assert solution.costs[criteria.VERSION + criteria.BUILT] == 1


def test_09_two_ranges_of_one_package_clash() -> None:
    here = world(
        [
            package("p", "1.0", "2.0"),
            package("q", depends=["p@:1"]),
            package("r", depends=["p@2:"]),
            package("s", depends=["q", "r"]),
        ]
    )
    with pytest.raises(UnsatisfiableRequestError) as error:
        concretize(here, "s")
    text = str(error.value)
    assert "q depends on p@:1" in text and "r depends on p@2:" in text
    assert "q/package.py" in text and "r/package.py" in text


def test_10_a_version_that_only_an_external_has_is_never_built() -> None:
    here = world(
        [package("p", "1.0", "1.5"), package("q", depends=["p@1.5"])],
        concrete=[external("p", "1.2")],
    )
    found = node(concretize(here, "q"), "p")
    assert str(found.version) == "1.5" and found.external is None


# -- variants ----------------------------------------------------------------------------------


def test_12_a_demanded_value_costs_nothing() -> None:
    here = world([package("p", variants=[flag("b", True)]), package("q", depends=["p~b"])])
    solution = concretize(here, "q")
    assert node(solution, "p").variants["b"] is False
    assert criteria.VARIANTS + criteria.BUILT not in solution.costs


def test_13_and_14_a_conflict_flips_the_cheaper_variant() -> None:
    here = world(
        [
            package("p", variants=[flag("b", True)]),
            package(
                "root",
                depends=["p"],
                variants=[flag("k", True)],
                conflicts=[("+k", "^p+b", None)],
            ),
        ]
    )
    solution = concretize(here, "root")
    assert node(solution, "p").variants["b"] is False
    assert solution.costs[criteria.VARIANTS + criteria.BUILT] == 2
    assert node(concretize(here, "root+k"), "p").variants["b"] is False
    assert node(concretize(here, "root~k"), "p").variants["b"] is True


def test_15_a_sticky_variant_is_not_flipped_by_a_conflict() -> None:
    here = world(
        [
            package("p", variants=[flag("s", False, sticky=True)]),
            package("r", depends=["p"], conflicts=[("^p~s", None, None)]),
        ]
    )
    with pytest.raises(UnsatisfiableRequestError, match="sticky"):
        concretize(here, "r")
    assert node(concretize(here, "r ^p+s"), "p").variants["s"] is True


def test_16_a_conditional_variant_brings_its_condition() -> None:
    here = world([package("p", variants=[flag("n", False), flag("c", False, when="+n")])])
    solution = concretize(here, "p+c")
    assert node(solution, "p").variants["n"] is True
    assert solution.costs[criteria.ROOT_VARIANTS + criteria.BUILT] == 2


def test_17_a_conditional_value_brings_its_condition() -> None:
    values = ["k1", ValueRecord("k2", True, "@:1")]
    here = world([package("p", "1.0", "2.0", variants=[words("cv", "k1", values)])])
    assert str(node(concretize(here, "p cv=k2"), "p").version) == "1.0"


def test_18_values_of_a_multi_valued_variant() -> None:
    recipes = [
        package("p", variants=[words("m", ("p", "q"), ["p", "q", "o", "r"])]),
        package("dep", depends=["p m=r"]),
    ]
    here = world(recipes)
    assert node(concretize(here, "p m=o"), "p").variants["m"] == ("o",)
    assert node(concretize(here, "dep"), "p").variants["m"] == ("p", "q", "r")
    exact = concretize(here, "p m:=r")
    assert node(exact, "p").variants["m"] == ("r",)
    assert exact.costs[criteria.ROOT_UNUSED_DEFAULTS + criteria.BUILT] == 2


def test_20_configured_variants_apply_where_they_exist() -> None:
    recipes = [
        package("p", variants=[flag("b", True), flag("n", False), flag("c", True, when="+n")]),
        package("q"),
    ]
    here = world(recipes, preferences={"all": Preferences(variants=(parse_spec("~b +n"),))})
    found = node(concretize(here, "p"), "p")
    assert found.variants == {"b": False, "n": True, "c": True}
    assert node(concretize(here, "q"), "q").variants == {}


def test_21_the_later_definition_wins_where_it_applies() -> None:
    here = world(
        [package("p", "1", "2", variants=[flag("z", True, "@2:"), flag("z", False, "@:1")])]
    )
    assert node(concretize(here, "p@2"), "p").variants["z"] is True
    assert node(concretize(here, "p@1"), "p").variants["z"] is False


# -- virtuals ----------------------------------------------------------------------------------


def virtual_world(**kwargs):  # type: ignore[no-untyped-def]
    recipes = [
        package("a", provides=["v"]),
        package("b", provides=["v"]),
        package("client", depends=["v"]),
        package("picky", depends=["v"], conflicts=[("^a", None, None)]),
    ]
    return world(recipes, providers={"v": ("a", "b")}, **kwargs)


def test_24_the_first_possible_provider_is_taken() -> None:
    here = virtual_world()
    assert "a" in names(concretize(here, "client"))
    solution = concretize(here, "picky")
    assert "b" in names(solution)
    assert solution.costs[criteria.PROVIDERS + criteria.BUILT] == 1


def test_26_the_provided_version_counts() -> None:
    here = world(
        [
            package("a", provides=["v@2"]),
            package("b", provides=["v"]),
            package("client", depends=["v@1"]),
        ],
        providers={"v": ("a", "b")},
    )
    assert "b" in names(concretize(here, "client"))


def test_33_nothing_provides_what_may_not_be_built() -> None:
    here = virtual_world(
        preferences={"a": Preferences(buildable=False), "b": Preferences(buildable=False)}
    )
    with pytest.raises(UnsatisfiableRequestError, match="may not be built"):
        concretize(here, "client")


def test_34_one_edge_carries_the_virtual_of_a_direct_dependency() -> None:
    here = world(
        [package("a", provides=["v"]), package("client", depends=["v", "a"])],
        providers={"v": ("a",)},
    )
    edges = node(concretize(here, "client"), "client").dependencies
    assert [(e.spec.name, e.virtuals) for e in edges] == [("a", ("v",))]


def test_35_a_request_chooses_the_provider() -> None:
    here = virtual_world()
    assert "b" in names(concretize(here, "client ^v=b"))
    assert "b" in names(concretize(here, "client ^b"))


# -- compilers ---------------------------------------------------------------------------------


def test_37_a_compiled_package_gets_compiler_wrapper_runtime_and_libc() -> None:
    solution = concretize(world([package("p", depends=[C])]), "p")
    edges = {(e.spec.name, e.deptypes, e.virtuals) for e in node(solution, "p").dependencies}
    assert edges == {
        ("gcc", 4, ("c",)),
        ("compiler-wrapper", 4, ()),
        ("gcc-runtime", 1, ()),
        ("glibc", 1, ("libc",)),
    }
    runtime = node(solution, "gcc-runtime")
    assert {(e.spec.name, e.deptypes, e.virtuals) for e in runtime.dependencies} == {
        ("gcc", 4, ()),
        ("glibc", 1, ("libc",)),
    }
    assert str(runtime.version) == "12.2.0"


def test_38_a_package_without_languages_gets_none_of_these() -> None:
    assert names(concretize(world([package("p")]), "p")) == ["p"]


def test_39_fortran_brings_its_runtime_virtuals() -> None:
    solution = concretize(world([package("p", depends=[FORTRAN])]), "p")
    edges = {e.spec.name: e.virtuals for e in node(solution, "p").dependencies}
    assert edges["gcc-runtime"] == ("fortran-rt", "libgfortran")


def test_40_a_requested_compiler_drags_what_can_follow() -> None:
    here = world(
        [package("a", depends=[C, "d"]), package("d", depends=[C])],
        compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")],
    )
    solution = concretize(here, "a%llvm")
    assert "gcc" not in names(solution) and "gcc-runtime" not in names(solution)


def test_41_two_compilers_stand_side_by_side_when_demanded() -> None:
    here = world(
        [package("a", depends=[C, "d"]), package("d", depends=[C])],
        compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")],
    )
    solution = concretize(here, "a%gcc ^d%llvm")
    assert {"gcc", "llvm"} <= set(names(solution))
    assert solution.costs[criteria.DUPLICATES] == 1


def test_42_c_and_cxx_come_from_one_compiler_fortran_may_differ() -> None:
    here = world(
        [package("a", depends=[C, CXX]), package("f", depends=[C, FORTRAN])],
        compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")],
    )
    with pytest.raises(UnsatisfiableRequestError, match="one compiler"):
        concretize(here, "a%c=llvm %cxx=gcc")
    mixed = concretize(here, "f%c=llvm")
    assert mixed.costs[criteria.COMPILERS_PER_NODE + criteria.BUILT] == 1


def test_46_a_compiler_is_never_built_to_compile() -> None:
    here = world([package("p", depends=[C])])
    with pytest.raises(RefusedRequestError):
        concretize(here, "p%gcc@13.1")


def test_50_targets_fall_to_what_the_compiler_supports() -> None:
    old = compiler(GCC, targets=frozenset({"x86_64_v2", "x86_64"}))
    solution = concretize(world([package("p", depends=[C])], compilers=[old]), "p")
    assert node(solution, "p").target == "x86_64_v2"


# -- reach of requests and tests ---------------------------------------------------------------


def test_55_a_request_reaches_the_root_set_and_direct_dependencies_only() -> None:
    here = world(
        [
            package("tool"),
            package("lib", depends=[("tool", "build")]),
            package("app", depends=["lib"]),
        ]
    )
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here, "app ^tool")
    assert "tool" in names(concretize(here, "lib ^tool"))


def test_56_test_dependencies_appear_on_demand() -> None:
    here = world([package("t"), package("p", depends=[("t", "test")])])
    assert names(concretize(here, "p")) == ["p"]
    assert names(concretize(here, "p", tests=["p"])) == ["p", "t"]


def test_58_a_requested_target_goes_down_link_and_run_edges() -> None:
    here = world(
        [
            package("lib"),
            package("tool"),
            package("app", depends=["lib", ("tool", "build")]),
        ]
    )
    solution = concretize(here, "app target=x86_64_v2")
    assert node(solution, "app").target == node(solution, "lib").target == "x86_64_v2"
    assert node(solution, "tool").target == "x86_64_v4"


def test_59_a_lowered_dependency_lowers_its_dependents() -> None:
    here = world([package("lib"), package("app", depends=["lib"])])
    solution = concretize(here, "app ^lib target=x86_64_v3")
    assert node(solution, "app").target == "x86_64_v3"


def test_60_a_dependency_may_not_need_more_than_its_dependent() -> None:
    here = world([package("lib"), package("app", depends=["lib"])])
    with pytest.raises(UnsatisfiableRequestError, match="newer target"):
        concretize(here, "app target=x86_64_v3 ^lib target=x86_64_v4")


# -- requirements ------------------------------------------------------------------------------


def requirement_recipes():  # type: ignore[no-untyped-def]
    return [package("p", "0.5", "1.0", variants=[flag("p", False)])]


def test_64_one_of_prefers_its_first_member_and_any_of_takes_several() -> None:
    one = world(requirement_recipes(), preferences={"p": prefer_groups("one_of", "@0.5", "+p")})
    assert str(node(concretize(one, "p"), "p").version) == "0.5"
    assert concretize(one, "p@1.0+p").costs[criteria.REQUIREMENTS] == 1
    with pytest.raises(UnsatisfiableRequestError, match=r"packages\.yaml:4"):
        concretize(one, "p@0.5+p")
    either = world(requirement_recipes(), preferences={"p": prefer_groups("any_of", "@0.5", "+p")})
    assert node(concretize(either, "p@0.5+p"), "p").variants["p"] is True


def test_65_preferences_give_way() -> None:
    here = world(
        requirement_recipes(), preferences={"p": prefer_groups("any_of", "@0.5", weak=True)}
    )
    assert str(node(concretize(here, "p"), "p").version) == "0.5"
    assert concretize(here, "p@1.0").costs[criteria.REQUIREMENTS] == 1


def test_66_requirements_on_all_pass_over_packages_that_cannot_express_them() -> None:
    recipes = [
        package("lib", variants=[flag("p", True)]),
        package("other", variants=[flag("p", False)], depends=["lib", "plain"]),
        package("plain"),
    ]
    here = world(
        recipes,
        preferences={
            "all": prefer_groups("one_of", "+p"),
            "lib": prefer_groups("one_of", "~p"),
        },
    )
    solution = concretize(here, "other")
    assert node(solution, "lib").variants["p"] is False
    assert node(solution, "other").variants["p"] is True


# -- errors before solving ---------------------------------------------------------------------


def test_83_what_cannot_be_is_refused_with_its_name() -> None:
    here = world([package("zlib", variants=[flag("shared", True)]), package("other")])
    with pytest.raises(UnknownPackageError, match="zlob"):
        concretize(here, "zlob")
    with pytest.raises(RefusedRequestError, match="did you mean shared"):
        concretize(here, "zlib+shard")
    with pytest.raises(RefusedRequestError):
        concretize(here, "zlib shared=maybe")
    with pytest.raises(RefusedRequestError):
        concretize(here, "zlib%other")


# -- exactness ---------------------------------------------------------------------------------


def test_lazy_and_full_solves_agree() -> None:
    here = virtual_world()
    for root in ("client", "picky", "client ^v=b"):
        lazy, full = concretize(here, root), concretize(here, root, lazy=False)
        assert lazy.costs == full.costs
        assert names(lazy) == names(full)


# -- reuse and several roots -------------------------------------------------------------------


def installed(here, *roots):  # type: ignore[no-untyped-def]
    """The same world in which everything of an earlier answer may be reused."""
    nodes = [
        spec
        for root in roots
        for spec in concretize(here, root).nodes()
        if spec.external is None and spec.name not in ("compiler-wrapper", "gcc-runtime")
    ]
    return with_candidates(here, nodes)


def test_70_what_is_installed_is_reused() -> None:
    here = installed(
        world([package("lib", "0.5", "1.0"), package("app", depends=["lib"])]), "lib@0.5"
    )
    solution = concretize(here, "lib")
    assert str(node(solution, "lib").version) == "0.5"
    assert solution.costs == {criteria.ROOT_VERSION: 1}
    assert str(node(concretize(here, "lib@1.0"), "lib").version) == "1.0"


def test_74_a_reused_node_is_charged_less_than_a_build() -> None:
    here = installed(world([package("p", variants=[flag("b", True)])]), "p~b")
    assert concretize(here, "p").costs == {criteria.ROOT_VARIANTS: 2}
    assert criteria.BUILDS in concretize(here, "p+b").costs


def test_reused_nodes_bring_their_recorded_dependencies() -> None:
    recipes = [
        package("lib", "0.5", "1.0"),
        package("app", depends=["lib"]),
        package("top", depends=["app"]),
    ]
    here = installed(world(recipes), "app ^lib@0.5")
    assert str(node(concretize(here, "top"), "lib").version) == "0.5"


def test_71_builds_follow_the_compiler_of_what_they_reuse() -> None:
    old = external("gcc", "11.4.0", languages=("c", "c++", "fortran"))
    here = world(
        [package("a", depends=[C]), package("b", depends=[C, "a"])],
        compilers=[compiler(GCC), compiler(old)],
    )
    reusing = installed(here, "a%gcc@11")
    gcc = node(concretize(reusing, "b"), "b").edge("gcc").spec
    assert str(gcc.version) == "11.4.0"


def test_81_and_82_roots_together_separately_and_when_possible() -> None:
    here = world([package("lib", "0.5", "1.0"), package("app", depends=["lib"])])

    def versions(unify: Unify, *roots: str) -> list:  # type: ignore[type-arg]
        specs, _ = solve_roots([located(r) for r in roots], here, lambda s, p: "", unify=unify)
        found = []
        for spec in specs:
            library = spec if spec.name == "lib" else spec.edge("lib").spec
            found.append(str(library.version))
        return found

    assert versions(Unify.TOGETHER, "app", "lib@0.5") == ["0.5", "0.5"]
    assert versions(Unify.SEPARATELY, "app", "lib@0.5") == ["1.0", "0.5"]
    with pytest.raises(UnsatisfiableRequestError):
        versions(Unify.TOGETHER, "app ^lib@1.0", "lib@0.5")
    assert versions(Unify.WHEN_POSSIBLE, "app ^lib@1.0", "lib@0.5") == ["1.0", "0.5"]


def test_a_default_that_is_not_allowed_here_is_not_taken() -> None:
    values = [ValueRecord("runtime", True, "+clang"), "project"]
    recipe = package("p", variants=[flag("clang", True), words("openmp", "runtime", values)])
    here = world([recipe])
    assert node(concretize(here, "p"), "p").variants["openmp"] == "runtime"
    assert node(concretize(here, "p~clang"), "p").variants["openmp"] == "project"


def test_values_of_dependencies_in_a_requirement_are_free() -> None:
    recipes = [
        package("lib", variants=[flag("openmp", False)]),
        package("other", variants=[flag("openmp", False)]),
        package(
            "app",
            depends=["fft"],
            requires=[(("^lib+openmp", "^other+openmp"), "one_of", None)],
        ),
    ]
    recipes[0] = recipes[0]._replace(provides=package("x", provides=["fft"]).provides)
    recipes[1] = recipes[1]._replace(provides=package("x", provides=["fft"]).provides)
    here = world(recipes, providers={"fft": ("lib", "other")})
    solution = concretize(here, "app")
    assert node(solution, "lib").variants["openmp"] is True
    assert criteria.VARIANTS + criteria.BUILT not in solution.costs


def test_29_a_requested_virtual_stands_for_its_provider() -> None:
    here = virtual_world()
    (root,) = concretize(here, "v").roots
    assert root is not None and root.name == "a"
    compilers = world([], compilers=[compiler(GCC)])
    (root,) = concretize(compilers, "c").roots
    assert root is not None and root.name == "gcc"


def test_a_compiler_that_nobody_configured_is_named() -> None:
    here = world([package("p", depends=[C])])
    with pytest.raises(RefusedRequestError, match="no compiler llvm") as error:
        concretize(here, "p%llvm")
    assert "gcc@12.2.0" in str(error.value)


def test_another_platform_is_refused() -> None:
    with pytest.raises(WrongPlatformError, match="darwin"):
        concretize(world([package("p")]), "p platform=darwin")


def test_without_a_compiler_the_answer_says_how_to_get_one() -> None:
    here = world([package("p", depends=[C])], compilers=[])
    with pytest.raises(UnsatisfiableRequestError, match="apt-get install") as error:
        concretize(here, "p")
    assert "spack compiler find" in str(error.value)
