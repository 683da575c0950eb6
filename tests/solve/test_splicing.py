"""Automatic and explicit splices."""

from __future__ import annotations

import pytest
from tests.solve.corpus import FakePackages, concretize, flag, node, package, world

from spack.config.settings.program_settings import Splice
from spack.errors import ConfigurationError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.lockfiles import Lockfile
from spack.language.specs import Spec
from spack.recipes.records.package_records import PackageRecord, SpliceRecord
from spack.solve.asp import criteria
from spack.solve.problem.request import Solution, World
from spack.solve.problem.reuse import with_candidates
from spack.solve.problem.splicing import respliced, with_explicit_splices


def splicing(
    record: PackageRecord, target: str, when: str, match: tuple[str, ...] | None = None
) -> PackageRecord:
    return record._replace(splices=(SpliceRecord(target, when, match),))


RECIPES = (
    package("dep", "1.0", variants=[flag("x", False)], provides=["v"]),
    splicing(
        package("ned", "1.0", "2.0", variants=[flag("x", False)], provides=["v"]),
        "dep@1.0",
        "@2.0",
        ("*",),
    ),
    package("lib", depends=[("v", "link"), ("tool", "build")]),
    package("app", depends=["lib"]),
    package("top", depends=["app", ("ned", "link")]),
    package("tool"),
    package("base", "1.0", "2.0"),
    package("a", depends=["base"]),
    package("b", depends=["base", "a"]),
)


def here() -> World:
    return world(RECIPES, providers={"v": ("dep", "ned")})


def installed(*roots: str, on: World | None = None) -> World:
    nodes = [n for root in roots for n in concretize(here(), root).nodes()]
    return with_candidates(on or here(), nodes)


def only_root(solution: Solution) -> ConcreteSpec:
    (root,) = solution.roots
    assert root is not None
    return root


def test_a_reused_node_takes_a_package_that_may_stand_for_its_dependency() -> None:
    reusing = installed("app")._replace(splicing=True)
    solution = concretize(reusing, "top ^v=ned")
    assert solution.costs[criteria.BUILDS] == 2
    lib = node(solution, "lib")
    assert lib.edge("v").spec.name == "ned"  # type: ignore[union-attr]
    assert lib.build_spec is not None and lib.build_spec.edge("v").spec.name == "dep"  # type: ignore[union-attr]
    assert [e.spec.name for e in lib.dependencies] == ["ned"]
    app = node(solution, "app")
    assert app.build_spec is not None
    assert app.dag_hash()[-7:] == app.build_spec.dag_hash()[-7:]


def test_without_splicing_it_is_built_again() -> None:
    solution = concretize(installed("app"), "top ^v=ned")
    assert solution.costs[criteria.BUILDS] == 4
    assert node(solution, "lib").build_spec is None


def test_values_have_to_be_equal_where_the_directive_says_so() -> None:
    reusing = installed("app ^dep+x")._replace(splicing=True)
    solution = concretize(reusing, "top ^v=ned+x")
    assert node(solution, "lib").build_spec is not None
    forced = concretize(reusing, "top ^v=ned~x")
    assert node(forced, "lib").build_spec is None


def test_nothing_is_spliced_without_need() -> None:
    reusing = installed("app")._replace(splicing=True)
    solution = concretize(reusing, "app")
    assert solution.costs.get(criteria.BUILDS, 0) == 0
    assert node(solution, "app").build_spec is None


def test_spliced_specs_survive_a_lock_file() -> None:
    reusing = installed("app")._replace(splicing=True)
    root = only_root(concretize(reusing, "top ^v=ned"))
    lock = Lockfile.from_roots([(root, "top ^v=ned")])
    (again, _), *_ = Lockfile.from_text(lock.to_text()).root_specs()
    app = next(n for n in again.traverse() if n.name == "app")
    assert app.build_spec is not None
    assert app.dag_hash() == next(n for n in root.traverse() if n.name == "app").dag_hash()


# -- explicit ----------------------------------------------------------------------------------


def spliced(
    root: ConcreteSpec, target: str, new: ConcreteSpec, *, transitive: bool = False
) -> ConcreteSpec:
    wanted = Splice(target, f"{new.name}/{new.dag_hash()}", transitive)

    def by_hash(spec: Spec) -> ConcreteSpec:
        assert new.dag_hash().startswith(spec.abstract_hash or "?")
        return new

    (result,) = with_explicit_splices([root], [wanted], by_hash, FakePackages(RECIPES))
    return result


def names(spec: ConcreteSpec) -> list[str]:
    return sorted(f"{n.name}@{n.version}" for n in spec.traverse(deptypes.LINK | deptypes.RUN))


def test_an_explicit_splice_exchanges_a_provider() -> None:
    app = only_root(concretize(here(), "app"))
    ned = only_root(concretize(here(), "ned@1.0"))
    found = spliced(app, "v", ned)
    assert names(found) == ["app@1.0", "lib@1.0", "ned@1.0"]
    assert found.build_spec is app
    lib = found.edge("lib").spec  # type: ignore[union-attr]
    assert lib.edge("v").virtuals == ("v",)  # type: ignore[union-attr]
    assert spliced(found, "ned", ned) is found
    assert spliced(only_root(concretize(here(), "tool")), "v", ned).build_spec is None


def test_shared_dependencies_come_from_the_root_or_from_the_replacement() -> None:
    b = only_root(concretize(here(), "b ^base@1.0"))
    a = only_root(concretize(here(), "a ^base@2.0"))
    kept = spliced(b, "a", a)
    assert names(kept) == ["a@1.0", "b@1.0", "base@1.0"]
    taken = spliced(b, "a", a, transitive=True)
    assert names(taken) == ["a@1.0", "b@1.0", "base@2.0"]
    assert taken.edge("a").spec.build_spec is None  # type: ignore[union-attr]


def test_what_does_not_provide_cannot_replace() -> None:
    app = only_root(concretize(here(), "app"))
    base = only_root(concretize(here(), "base"))
    with pytest.raises(ConfigurationError, match="does not provide v"):
        spliced(app, "dep", base)


def test_a_replacement_needs_a_hash() -> None:
    app = only_root(concretize(here(), "app"))
    with pytest.raises(ConfigurationError, match="no hash"):
        with_explicit_splices(
            [app], [Splice("dep", "ned@2.0")], lambda spec: app, FakePackages(RECIPES)
        )


def test_a_node_without_changes_is_itself() -> None:
    app = only_root(concretize(here(), "app"))
    assert respliced(app, {}) is app
