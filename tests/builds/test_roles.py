"""Roles and order of nodes in environments."""

from __future__ import annotations

from tests.install.graphs import external, names, node

from spack.builds.roles import Context, Participant, Role, link_closure, participants
from spack.language.concrete_specs import ConcreteSpec


def worked_example() -> ConcreteSpec:
    base = node("ord-base")
    rt = node("ord-rt")
    tool = node("ord-tool", (rt, "run"), (base, "link"))
    lib = node("ord-lib", (base, "build,link"))
    return node("ord-app", (tool, "build"), (lib, "build,link"), (rt, "run"))


def by_name(found: list[Participant]) -> dict[str, Role]:
    return {entry.spec.name: entry.roles for entry in found}


def test_worked_example_in_a_build() -> None:
    found = participants([worked_example()], Context.BUILD)
    order = ["ord-rt", "ord-base", "ord-tool", "ord-lib", "ord-app"]
    assert [entry.spec.name for entry in found] == order
    assert by_name(found) == {
        "ord-app": Role.ROOT,
        "ord-lib": Role.DIRECT_BUILD | Role.BUILD_VISIBLE,
        "ord-tool": Role.DIRECT_BUILD,
        "ord-base": Role.RUNTIME | Role.BUILD_VISIBLE,
        "ord-rt": Role.RUNNABLE,
    }
    dependents = {entry.spec.name: {d.name for d, _ in entry.dependents} for entry in found}
    assert dependents == {
        "ord-rt": {"ord-app", "ord-tool"},
        "ord-base": {"ord-tool", "ord-lib"},
        "ord-tool": {"ord-app"},
        "ord-lib": {"ord-app"},
        "ord-app": set(),
    }


def test_worked_example_at_run_and_in_tests() -> None:
    for context in (Context.RUN, Context.TEST):
        found = participants([worked_example()], context)
        assert [e.spec.name for e in found] == ["ord-base", "ord-rt", "ord-lib", "ord-app"]
        assert by_name(found) == {
            "ord-app": Role.ROOT,
            "ord-lib": Role.RUNTIME,
            "ord-base": Role.RUNTIME,
            "ord-rt": Role.RUNNABLE,
        }


def test_compilers_take_part_in_tests_that_compile() -> None:
    gcc, wrapper = external("gcc", "/usr", node("zlib")), node("compiler-wrapper")
    library = node("library", (gcc, "build", ("c", "cxx")), (wrapper, "build"))
    tools = ((gcc, "build", ("c",)), (wrapper, "build"), (node("cmake"), "build"))
    app = node("app", library, *tools)
    found = by_name(participants([app], Context.COMPILING_TEST))
    assert found == {
        "app": Role.ROOT,
        "library": Role.RUNTIME,
        "gcc": Role.DIRECT_BUILD,
        "zlib": Role.RUNTIME,
        "compiler-wrapper": Role.DIRECT_BUILD,
    }
    assert set(by_name(participants([app], Context.TEST))) == {"app", "library"}


def test_run_only_dependencies_of_the_root_are_not_followed_in_a_build() -> None:
    app = node("app", (node("data", (node("deep"), "run")), "run"))
    assert by_name(participants([app], Context.BUILD)) == {"app": Role.ROOT}


def test_test_dependencies() -> None:
    app = node("app", (node("check"), "test"))
    assert by_name(participants([app], Context.BUILD))["check"] == Role.DIRECT_BUILD
    assert by_name(participants([app], Context.TEST))["check"] == Role.RUNNABLE
    assert "check" not in by_name(participants([app], Context.RUN))


def test_build_dependencies_of_dependencies_do_not_take_part() -> None:
    lib = node("lib", (node("cmake"), "build"))
    assert set(by_name(participants([node("app", lib)], Context.BUILD))) == {"app", "lib"}


def test_externals_come_first_and_the_order_is_stable() -> None:
    gcc = external("gcc", "/usr")
    late = external("late", "/opt")
    lib = node("lib", (late, "link"), (gcc, "build"))
    app = node("app", (lib, "link"), (gcc, "build"))
    order = [entry.spec.name for entry in participants([app], Context.BUILD)]
    assert order == ["late", "gcc", "lib", "app"]


def test_several_roots_share_a_dependency() -> None:
    zlib = node("zlib")
    roots = [node("a", zlib), node("b", zlib), zlib]
    found = by_name(participants(roots, Context.RUN))
    assert found == {"a": Role.ROOT, "b": Role.ROOT, "zlib": Role.ROOT | Role.RUNTIME}


def test_link_closure() -> None:
    base = node("base")
    mid = node("mid", base, (node("doxygen"), "build"))
    app = node("app", mid, (node("perl"), "run"))
    assert names(link_closure([app])) == ["mid", "base"]
    assert names(link_closure([app], direct_only=True)) == ["mid"]
