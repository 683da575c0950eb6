"""Further scenarios of the solver, each with its number in the name of the test."""

from __future__ import annotations

import pytest
from tests.solve.corpus import (
    GCC,
    HOST,
    LLVM,
    compiler,
    concretize,
    external,
    flag,
    names,
    node,
    package,
    words,
    world,
)
from tests.solve.scenario_parts import (
    BUILT,
    CXX,
    PLACE,
    C,
    all_of,
    at_target,
    conflict,
    free,
    gcc,
    installed,
    libc_user,
    prefer,
    require,
    tools,
    two_providers,
)

from spack.errors import SpackError
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.parser import parse_spec
from spack.language.versions import parse_version
from spack.solve.asp import criteria
from spack.solve.explaining.checks import RefusedRequestError
from spack.solve.explaining.refusals import UnsatisfiableRequestError
from spack.solve.problem.preferences import spread_buildable
from spack.solve.problem.request import Preferences
from spack.solve.problem.reuse import with_candidates

# -- versions ----------------------------------------------------------------------------------


def test_04_only_deprecated_versions() -> None:
    recipes = [package("p", "0.9?", "0.5?")]
    with pytest.raises(SpackError, match="deprecated"):
        concretize(world(recipes), "p")
    allowed = concretize(world(recipes, deprecated=True), "p")
    assert str(node(allowed, "p").version) == "0.9"


def test_a_preference_for_versions_that_may_not_be_chosen_says_why() -> None:
    preferences = {"p": Preferences(versions=(parse_spec("@0.5"),))}
    here = world([package("p", "0.9", "0.5?")], preferences=preferences)
    with pytest.raises(SpackError, match=r"that fit are deprecated: 0\.5") as refusal:
        concretize(here, "p")
    assert "--deprecated" in (refusal.value.hint or "")
    assert str(node(concretize(here._replace(allow_deprecated=True), "p"), "p").version) == "0.9"
    pinned = here._replace(allow_deprecated=True, require_checksum=True)
    with pytest.raises(SpackError, match=r"has no checksum: 0\.5"):
        concretize(pinned, "p")


def test_versions_without_checksum_can_be_left_out() -> None:
    """Section 2.1."""
    recipe = package("p", "1.0", "2.0")
    pinned = recipe.versions[0]._replace(checksum=("sha256", "0" * 64))
    here = world([recipe._replace(versions=(pinned, recipe.versions[1])), package("q", "3.0")])
    assert str(node(concretize(here, "p"), "p").version) == "2.0"
    strict = here._replace(require_checksum=True)
    assert str(node(concretize(strict, "p"), "p").version) == "1.0"
    with pytest.raises(RefusedRequestError):
        concretize(strict, "q")


def test_07_a_configured_version_that_nobody_knows_is_an_error() -> None:
    preferences = {"p": Preferences(versions=(parse_spec("@9", PLACE),))}
    here = world([package("p", "1.0")], preferences=preferences)
    with pytest.raises(SpackError, match="9"):
        concretize(here, "p")


def test_11_a_git_version_stands_for_its_number() -> None:
    commit = "a" * 40
    source = package("p", "1.0", "2.0")._replace(git="https://x.org/p.git")
    here = world([source, package("q", depends=["p@2:"])])
    found = node(concretize(here, f"q ^p@git.{commit}=2.1"), "p")
    assert found.variants["commit"] == commit
    assert str(found.version) == f"git.{commit}=2.1"
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here, f"q ^p@git.{commit}=1.9")


@pytest.mark.parametrize("root", ["p@git.main=1.0", "q ^p@git.main=1.0", f"p@git.{'a' * 40}=1.0"])
def test_a_git_version_needs_a_repository(root: str) -> None:
    here = world([package("p", "1.0", "2.0"), package("q", depends=["p"])])
    with pytest.raises(RefusedRequestError, match="needs a git repository"):
        concretize(here, root)
    developed = concretize(here, "p@git.main=1.0 dev_path=/src/p")
    assert str(node(developed, "p").version) == "git.main=1.0"
    there = with_candidates(here, developed.nodes())
    assert not there.concrete.get("p")


def test_a_git_version_that_is_installed_needs_no_repository() -> None:
    source = package("p", "1.0")._replace(git="https://x.org/p.git")
    found = concretize(world([source]), "p@git.main=1.0")
    here = with_candidates(world([package("p", "1.0")]), found.nodes())
    assert concretize(here, "p@git.main=1.0").roots == found.roots


@pytest.mark.parametrize("part", ["^", "^@1.0", "^+x", "%@1", "^[virtuals=v] @1", "^p %+x"])
def test_a_dependency_has_a_name(part: str) -> None:
    here = world([package("p"), package("q", depends=["p"])])
    with pytest.raises(RefusedRequestError, match="names no package"):
        concretize(here, f"q {part}")


def test_the_age_of_a_runtime_root_counts_as_that_of_a_root_too() -> None:
    here = world([], compilers=[compiler(gcc("11.3.0")), compiler(GCC)])
    assert concretize(here, "gcc-runtime %gcc@11").costs[criteria.ROOT_VERSION] == 1
    assert criteria.ROOT_VERSION not in concretize(here, "gcc-runtime").costs
    old = world([package("lib", depends=[C])], compilers=[compiler(gcc("11.3.0")), compiler(GCC)])
    costs = concretize(old, "lib %gcc@11").costs
    assert costs[criteria.RUNTIME_VERSION] == 1 and criteria.ROOT_VERSION not in costs


# -- variants ----------------------------------------------------------------------------------


def test_19_values_of_disjoint_sets_do_not_mix() -> None:
    values = ("a1", "b1", "c1")
    dj = words("dj", ("a1",), values)._replace(sets=(frozenset({"a1"}), frozenset({"b1", "c1"})))
    here = world([package("p", variants=[dj])])
    with pytest.raises(SpackError):
        concretize(here, "p dj=a1,b1")
    assert node(concretize(here, "p dj=b1,c1"), "p").variants["dj"] == ("b1", "c1")


def test_22_a_demanded_free_value_costs_nothing() -> None:
    here = world([package("p", variants=[free("any", "x")]), package("q", depends=["p any=zzz"])])
    solution = concretize(here, "q")
    assert node(solution, "p").variants["any"] == "zzz"
    assert set(solution.costs) == {criteria.BUILDS}


def test_23_an_unlisted_value_is_never_chosen_by_itself() -> None:
    here = world(
        [
            package("p", variants=[free("any", "x")]),
            package("old", "1", "2"),
            package("q", depends=["p", ("old@1", "build,link", "^p any=x")]),
        ]
    )
    assert node(concretize(here, "q"), "p").variants["any"] == "x"


# -- virtuals ----------------------------------------------------------------------------------


def test_25_an_unlisted_provider_costs_a_hundred() -> None:
    here = world(
        [
            package("a", provides=["v"]),
            package("b", provides=["v"]),
            package("client", depends=["v"]),
        ]
    )
    assert concretize(here, "client").costs[criteria.PROVIDERS + BUILT] == 100


def test_27_what_is_provided_together_is_taken_together() -> None:
    here = world(
        [
            package("a", provides=["v u"]),
            package("b", provides=["u"]),
            package("both", depends=["v", "u"]),
            package("one", depends=["v"]),
        ],
        providers={"v": ("a",), "u": ("b", "a")},
    )
    assert "b" not in names(concretize(here, "both"))
    with pytest.raises(UnsatisfiableRequestError):
        concretize(here, "both ^u=b")
    assert "a" in names(concretize(here, "one"))


def test_28_a_root_that_provides_is_the_provider() -> None:
    here = world(
        [
            package("a", provides=["v"]),
            package("b", provides=["v"]),
            package("client", depends=["v"]),
        ],
        providers={"v": ("a", "b")},
    )
    solution = concretize(here, "client", "b")
    assert [e.spec.name for e in node(solution, "client").dependencies] == ["b"]
    assert "a" not in names(solution)


def test_30_a_requirement_on_a_virtual_names_its_provider() -> None:
    solution = concretize(two_providers(v=require("a@1.0")), "client")
    assert "b" not in names(solution)
    assert str(node(solution, "a").version) == "1.0"
    assert solution.costs[criteria.VERSION + BUILT] == 1
    with pytest.raises(UnsatisfiableRequestError, match=r"packages\.yaml:4"):
        concretize(two_providers(v=require("a")), "client ^b")


def test_31_a_preference_on_a_virtual_gives_way() -> None:
    assert "a" in names(concretize(two_providers(v=prefer("a")), "client"))
    forced = concretize(two_providers(v=prefer("a")), "client ^v=b")
    assert forced.costs[criteria.REQUIREMENTS] == 1


def test_32_a_conflict_on_a_virtual_excludes_a_provider() -> None:
    solution = concretize(two_providers(v=conflict("b")), "client")
    assert "b" not in names(solution)
    assert solution.costs[criteria.REQUIREMENTS] == 1


def test_33_a_virtual_that_may_not_be_built_takes_an_external() -> None:
    here = two_providers(v=Preferences(buildable=False))
    here = here._replace(preferences=spread_buildable(here.preferences, here.packages))
    with pytest.raises(UnsatisfiableRequestError, match="may not be built"):
        concretize(here, "client")
    here = with_candidates(here, [external("a", "1.0")])
    assert node(concretize(here, "client"), "a").external is not None


def test_36_two_providers_side_by_side() -> None:
    here = world(
        [
            package("a", provides=["u", "v"]),
            package("b", provides=["v"]),
            package("client", depends=["u", "v"]),
        ],
        providers={"u": ("a",), "v": ("b", "a")},
    )
    edges = {
        e.spec.name: e.virtuals for e in node(concretize(here, "client"), "client").dependencies
    }
    assert edges in ({"a": ("u",), "b": ("v",)}, {"a": ("u", "v")})
    forced = node(concretize(here, "client ^v=b"), "client").dependencies
    assert {e.spec.name: e.virtuals for e in forced} == {"a": ("u",), "b": ("v",)}


# -- compilers ---------------------------------------------------------------------------------


def test_44_one_package_that_refuses_a_compiler_moves_the_graph() -> None:
    here = world(
        [
            package("a", depends=[C, "d"]),
            package("d", depends=[C], conflicts=[("%gcc@12", None, None)]),
        ],
        compilers=[compiler(gcc("12.2.0")), compiler(gcc("11.4.0"))],
    )
    solution = concretize(here, "a")
    assert [str(spec.version) for spec in all_of(solution, "gcc")] == ["11.4.0"]
    assert criteria.DUPLICATES not in solution.costs


def test_49_a_tool_that_could_compile_does_not() -> None:
    here = world([package("p", depends=[C, ("llvm", "build")])])
    edges = {e.spec.name: e.virtuals for e in node(concretize(here, "p"), "p").dependencies}
    assert edges["gcc"] == ("c",)
    assert edges["llvm"] == ()


# -- unification sets --------------------------------------------------------------------------


def test_52_only_build_tools_may_stand_twice() -> None:
    with pytest.raises(UnsatisfiableRequestError):
        concretize(tools(), "b")


def test_53_one_node_serves_where_it_can() -> None:
    here = world(
        [
            package("tool", "1", "2", tags=("build-tools",)),
            package("gen", depends=[("tool@1", "build")]),
            package("linktool", depends=["tool", ("gen", "build")]),
        ]
    )
    here = here._replace(max_duplicates={**here.max_duplicates, "tool": 2})
    solution = concretize(here, "linktool")
    found = sorted(str(s.version) for s in all_of(solution, "tool"))
    assert found == ["1"] or (found == ["1", "2"] and solution.costs[criteria.DUPLICATES] == 1)
    assert found == ["1"]


def test_57_an_extension_and_its_dependency_share_the_interpreter() -> None:
    both = ("build", "run")
    here = world(
        [
            package("py", "3.8", "3.9", tags=("build-tools",)),
            package("ext2", depends=[("py@3.8", ",".join(both))]),
            package("ext1", depends=[("py", ",".join(both)), ("ext2", "build,run")]),
        ]
    )
    here = here._replace(max_duplicates={**here.max_duplicates, "py": 2})
    solution = concretize(here, "ext1")
    assert [str(s.version) for s in all_of(solution, "py")] == ["3.8"]


# -- targets -----------------------------------------------------------------------------------


def test_61_the_target_of_an_external_is_compared_with_its_dependents() -> None:
    recipes = [
        package("lib"),
        package("app", depends=["lib"]),
        package("top", depends=["app", "lib"]),
    ]
    same = concretize(world(recipes, concrete=[at_target("lib", "x86_64_v4")]), "top")
    assert criteria.TARGET_MISMATCHES not in same.costs
    other = concretize(world(recipes, concrete=[at_target("lib", "x86_64")]), "top")
    assert other.costs[criteria.TARGET_MISMATCHES] == 2
    assert node(other, "top").target == "x86_64_v4"


def test_62_a_required_target_holds_for_everything() -> None:
    here = world(
        [package("lib"), package("app", depends=["lib", ("tool", "build")]), package("tool")],
        preferences={"all": require("target=x86_64_v3")},
        compilers=[],
    )
    solution = concretize(here, "app")
    assert {spec.target for spec in solution.nodes()} == {"x86_64_v3"}


def test_63_preferred_targets_cost_nothing() -> None:
    here = world([package("lib"), package("app", depends=["lib"])])
    here = here._replace(
        host=HOST._replace(targets=("x86_64_v2", "x86_64_v4", "x86_64_v3", "x86_64"))
    )
    solution = concretize(here, "app")
    assert {spec.target for spec in solution.nodes()} == {"x86_64_v2"}
    assert set(solution.costs) == {criteria.BUILDS}


# -- requirements ------------------------------------------------------------------------------


def test_67_a_conditional_requirement() -> None:
    here = world(
        [package("p", "0.5", "1.0", variants=[flag("p", False)]), package("q", depends=["p"])],
        preferences={"p": require("@0.5", when="~p")},
    )
    assert str(node(concretize(here, "q"), "p").version) == "0.5"
    assert str(node(concretize(here, "p+p"), "p").version) == "1.0"


def test_69_a_preferred_compiler_of_a_root_and_all_below() -> None:
    here = world(
        [
            package("a", depends=[C, "d", "data"]),
            package("d", depends=[C]),
            package("data"),
        ],
        compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")],
    )
    solution = concretize(here, "a%%llvm")
    assert "gcc" not in names(solution)
    assert solution.costs[criteria.REQUIREMENTS] >= 2
    assert "llvm" in names(solution)


# -- reuse -------------------------------------------------------------------------------------


def test_what_is_run_is_below_a_root_with_a_preferred_compiler() -> None:
    def cost(types: str) -> int:
        records = [package("a", depends=[C, ("tool", types)]), package("tool", depends=[C])]
        both = [compiler(GCC), compiler(LLVM, "c", "cxx")]
        here = world(records, compilers=both, preferences={"tool": require("%gcc")})
        return concretize(here, "a%%llvm").costs[criteria.REQUIREMENTS]

    assert cost("run") > cost("build")


def test_default_values_that_an_external_lacks_are_charged() -> None:
    variants = [words("v", ("a", "b"), ("a", "b"))]
    here = world([package("p", variants=variants)], concrete=[external("p", "1.0", v=("a",))])
    assert concretize(here, "p").costs[criteria.ROOT_UNUSED_DEFAULTS] == 1


def test_72_a_requested_compiler_does_not_prevent_reuse() -> None:
    here = world(
        [package("lib", depends=[C]), package("app", depends=[C, "lib"])],
        compilers=[compiler(gcc("12.2.0")), compiler(gcc("11.4.0"))],
    )
    reusing = installed(here, "lib%gcc@11")
    solution = concretize(reusing, "app%gcc@12")
    assert solution.costs[criteria.REUSED_COMPILERS] == 1
    assert solution.costs[criteria.BUILDS] == 1
    assert sorted(str(s.version) for s in all_of(solution, "gcc-runtime")) == ["11.4.0", "12.2.0"]


def test_73_a_newer_runtime_forces_a_rebuild_below_compiled_packages() -> None:
    recipes = [
        package("lib", depends=[C]),
        package("app", depends=[C, "lib"]),
        package("data", depends=["lib"]),
    ]
    newer = world(recipes, compilers=[compiler(gcc("13.1"))])
    nodes = [
        spec
        for spec in concretize(newer, "lib").nodes()
        if spec.external is None and spec.name not in ("compiler-wrapper", "gcc-runtime")
    ]
    here = with_candidates(world(recipes, compilers=[compiler(gcc("12.2.0"))]), nodes)
    assert concretize(here, "app").costs[criteria.BUILDS] == 2
    kept = concretize(here, "data")
    assert kept.costs[criteria.BUILDS] == 1
    assert kept.costs[criteria.REUSED_COMPILERS] == 1


def test_75_what_needs_a_newer_libc_is_not_reused() -> None:
    recipes = [package("lib", depends=[C]), package("app", depends=["lib"])]
    older = with_candidates(world(recipes), [libc_user("2.31")])
    assert criteria.BUILDS not in concretize(older, "lib").costs
    newer = with_candidates(world(recipes), [libc_user("2.40")])
    assert concretize(newer, "lib").costs[criteria.BUILDS] == 1


def test_77_a_new_conflict_does_not_prevent_reuse() -> None:
    nodes = concretize(world([package("lib", "1.0")]), "lib").nodes()
    recipes = [package("lib", "1.0", "2.0", conflicts=[("@1.0", None, None)])]
    here = with_candidates(world(recipes), nodes)
    solution = concretize(here, "lib")
    assert str(node(solution, "lib").version) == "1.0"
    assert criteria.BUILDS not in solution.costs


def test_79_what_is_built_follows_the_compiler_of_a_reused_node() -> None:
    entry = ConcreteSpec(
        "p",
        parse_version("1.0"),
        Architecture(HOST.platform, HOST.os, HOST.targets[0]),
        namespace="test",
        dependencies=(ConcreteEdge(LLVM, deptypes.BUILD, ("c",)),),
        external=External("/opt/p"),
    )
    here = world(
        [package("p", depends=[C]), package("cdep", depends=[C, "p"])],
        compilers=[compiler(GCC), compiler(LLVM, "c", "cxx")],
        concrete=[entry],
    )
    solution = concretize(here, "cdep")
    assert "c" in next(
        e.virtuals for e in node(solution, "cdep").dependencies if e.spec.name == "llvm"
    )
    assert criteria.REUSED_COMPILERS not in solution.costs


def test_80_without_builds_no_runtime_is_charged() -> None:
    here = world([package("lib", depends=[C])])
    assert concretize(installed(here, "lib"), "lib").costs == {}


# -- requests ----------------------------------------------------------------------------------


def test_84_a_conditional_edge_of_a_request() -> None:
    here = world(
        [
            package("lib", "0.5", "1.0"),
            package("app", depends=["lib"], variants=[flag("p", False)]),
        ]
    )
    assert str(node(concretize(here, "app %[when=+p] lib@0.5"), "lib").version) == "1.0"
    assert str(node(concretize(here, "app+p %[when=+p] lib@0.5"), "lib").version) == "0.5"
    assert str(node(concretize(here, "app+p ^[when=+p] lib@0.5"), "lib").version) == "0.5"


def test_86_the_cost_of_one_compiled_package() -> None:
    runtime = package("glibc", "2.43", "2.36", provides=["libc"], tags=("runtime",))
    recipes = [
        package("zlib", depends=[C, CXX, ("gmake", "build")]),
        package("gmake", depends=[C], tags=("build-tools",)),
        runtime,
    ]
    here = world(recipes, providers={"libc": ("glibc",)})
    solution = concretize(here, "zlib")
    assert len(solution.nodes()) == 6
    assert solution.costs == {110: 2, 25: 1, 7: 3, 4: 1, 3: 3, 1: 3}


def test_a_recipe_may_rule_the_best_target_out() -> None:
    """Another target is taken, and versions count more than targets."""
    here = world(
        [
            package("no-v4", conflicts=[("target=x86_64_v4:", None, None)]),
            package("new", "2.0", "1.0", conflicts=[("target=x86_64_v4:", "@2:", None)]),
            package("low", requires=[(("target=:x86_64_v2",), "any_of", None)]),
            package("other", conflicts=[("target=x86_64_v4:", "%llvm", None)]),
            package("part", depends=["no-v4"]),
        ]
    )
    assert node(concretize(here, "no-v4"), "no-v4").target == "x86_64_v3"
    newer = node(concretize(here, "new"), "new")
    assert (str(newer.version), newer.target) == ("2.0", "x86_64_v3")
    assert node(concretize(here, "low"), "low").target == "x86_64_v2"
    assert node(concretize(here, "other"), "other").target == "x86_64_v4"
    together = concretize(here, "part")
    assert node(together, "no-v4").target == "x86_64_v3"
    assert node(together, "part").target == "x86_64_v3", "a difference along an edge costs more"


@pytest.mark.parametrize("lazy", [True, False])
def test_where_the_default_is_excluded_the_next_listed_value_is_taken(lazy: bool) -> None:
    """No rule mentions the value that remains."""
    here = world(
        [
            package("app", depends=["lib"], conflicts=[("^lib m=a", None, None)]),
            package("lib", variants=[words("m", "a", ("a", "c", "b"))]),
            package("own", variants=[words("m", "a", ("a", "c"))], conflicts=[("m=a", None, None)]),
            package(
                "many",
                variants=[words("m", ("a", "b"), ("a", "b", "d", "c"))],
                conflicts=[("m=a", None, None), ("m=b", None, None)],
            ),
        ]
    )
    solution = concretize(here, "app", lazy=lazy)
    assert node(solution, "lib").variants["m"] == "c"
    assert solution.costs[250] == 2
    assert node(concretize(here, "own", lazy=lazy), "own").variants["m"] == "c"
    assert node(concretize(here, "many", lazy=lazy), "many").variants["m"] == ("d",)
