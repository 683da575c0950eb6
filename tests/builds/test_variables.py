"""Variables of builds and runs, and who is called when; with recipes that record their calls."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.install.graphs import external, node

from spack.builds import variables as environment
from spack.builds.roles import Context
from spack.builds.variables import (
    CLEANED,
    BoundGraph,
    VariableHookError,
    VariableSettings,
    build_variables,
    clean_modifications,
    context_modifications,
    load_modules,
    prepare_modules,
    run_modifications,
)
from spack.language.concrete_specs import ConcreteSpec
from spack.recipes.bound.bound_spec import BoundSpec, bind
from spack.recipes.classes.recipe_modules import UndeclaredDependencyError
from spack.recipes.errors import InstallError
from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.system.processes.environment_modules import ModuleCommandError
from spack.system.processes.variables import EnvironmentModifications

RECORDING = '''
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *

CALLS = []


class {name}(Package):
    """Records who calls what."""

    has_code = False
    version("1.0")

    def install(self, spec, prefix):
        pass

    def setup_dependent_package(self, module, dependent_spec):
        CALLS.append(("P", dependent_spec.name))
        setattr(module, "from_" + self.name.replace("-", "_"), str(self.prefix))

    def setup_build_environment(self, env):
        CALLS.append(("B", ""))

    def setup_dependent_build_environment(self, env, dependent_spec):
        CALLS.append(("DB", dependent_spec.name))

    def setup_run_environment(self, env):
        CALLS.append(("R", ""))
        env.set("CC", "/not/this/one")
        env.append_path("SEEN", "/" + self.name)

    def setup_dependent_run_environment(self, env, dependent_spec):
        CALLS.append(("DR", dependent_spec.name))
'''

OTHERS = {
    "odd_flags": '''
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class OddFlags(Package):
    """Sends flags all three ways."""

    has_code = False
    version("1.0")

    def flag_handler(self, name, flags):
        if name == "cflags":
            return (flags + ["-inject"], ["-env"], None)
        if name == "ldflags":
            return (None, None, flags)
        return (flags, None, None)

    def install(self, spec, prefix):
        pass
''',
    "careless": """
from spack_repo.builtin.build_systems.generic import Package
from spack.package import *

class Careless(Package):
    version("1.0")

    def setup_run_environment(self, env):
        env.set("CARELESS", {"x": 1}["x"]) or {}["y"]

    def setup_dependent_package(self, module, dependent_spec):
        raise LookupError("nothing here")
""",
    "careful": """
from spack_repo.builtin.build_systems.generic import Package
from spack.package import *

class Careful(Package):
    version("1.0")
    depends_on("careless", type="run")

    def setup_run_environment(self, env):
        env.set("CAREFUL", "yes")
""",
    "failing": '''
from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class Failing(Package):
    """Has a mistake."""

    has_code = False
    version("1.0")

    def setup_build_environment(self, env):
        env.set("X", {}["y"])

    def install(self, spec, prefix):
        pass
''',
}

Calls = list[tuple[str, str, str]]


class Prefixes:
    """Prefixes below a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def prefix(self, spec: ConcreteSpec) -> str:
        return str(self.root / spec.name)


class World:
    """Recipes that record, in a repository of its own."""

    def __init__(self, directory: Path, number: int) -> None:
        self.namespace = f"recorded{number}"
        root = directory / "spack_repo" / self.namespace
        (root / "packages").mkdir(parents=True)
        (root / "repo.yaml").write_text(f"repo:\n  namespace: {self.namespace}\n  api: v2.2\n")
        recipes = {
            f"ord_{short}": RECORDING.format(name=f"Ord{short.capitalize()}")
            for short in ("app", "tool", "lib", "rt", "base")
        }
        for name, text in {**recipes, **OTHERS}.items():
            (root / "packages" / name).mkdir()
            (root / "packages" / name / "package.py").write_text(text.lstrip("\n"))
        embedded = Path(__file__).parents[2] / "var" / "spack" / "repos" / "spack_repo" / "builtin"
        self.packages = RepositoryPath([Repository(str(root)), Repository(str(embedded))])
        self.prefixes = Prefixes(directory / "store")

    def node(self, name: str, *children: Any, **kwargs: Any) -> ConcreteSpec:
        return node(name, *children, namespace=self.namespace, **kwargs)

    def example(self) -> ConcreteSpec:
        base, rt = self.node("ord-base"), self.node("ord-rt")
        tool = self.node("ord-tool", (rt, "run"), (base, "link"))
        lib = self.node("ord-lib", (base, "build,link"))
        return self.node("ord-app", (tool, "build"), (lib, "build,link"), (rt, "run"))

    def bind(self, spec: ConcreteSpec) -> BoundSpec:
        return bind(spec, self.prefixes, self.packages)

    def module(self, name: str) -> Any:
        return sys.modules[f"spack_repo.{self.namespace}.packages.{name}.package"]

    def calls(self, root: BoundSpec, context: Context, only: str | None = None) -> Calls:
        """(kind, package, dependent) in order."""
        found: Calls = []

        class Log(list[tuple[str, str]]):
            def __init__(self, name: str) -> None:
                super().__init__()
                self.name = name

            def append(self, entry: tuple[str, str]) -> None:
                found.append((entry[0], self.name, entry[1].replace("ord-", "")))

        graph = BoundGraph([root])
        for view in graph.views.values():
            short = view.name.replace("ord-", "")
            sys.modules[type(view.package).__module__].CALLS = Log(short)  # type: ignore
        prepare_modules(graph, context)
        context_modifications(graph, context)
        return found


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    # Modules of recipes stay in the process: every test has a namespace of its own.
    yield World(tmp_path, abs(hash(request.node.name)))


def grouped(calls: Calls) -> list[tuple[str, str, list[str]]]:
    """Calls of one kind of one package together, dependents sorted: their order is left open."""
    found: list[tuple[str, str, list[str]]] = []
    for kind, package, dependent in calls:
        if found and found[-1][:2] == (kind, package):
            found[-1][2].append(dependent)
        else:
            found.append((kind, package, [dependent]))
    return [(kind, package, sorted(dependents)) for kind, package, dependents in found]


def test_worked_example_in_a_build(world: World) -> None:
    calls = world.calls(world.bind(world.example()), Context.BUILD)
    assert grouped(calls) == [
        ("P", "rt", ["app", "tool"]), ("P", "base", ["lib", "tool"]),
        ("P", "tool", ["app"]), ("P", "lib", ["app"]),
        ("DR", "rt", ["app", "tool"]), ("R", "rt", [""]),
        ("DB", "base", ["app"]), ("DR", "base", ["lib", "tool"]), ("R", "base", [""]),
        ("DB", "tool", ["app"]), ("R", "tool", [""]),
        ("DB", "lib", ["app"]), ("DR", "lib", ["app"]), ("R", "lib", [""]),
        ("B", "app", [""]),
    ]  # fmt: skip


@pytest.mark.parametrize("context", [Context.RUN, Context.TEST])
def test_worked_example_at_run(world: World, context: Context) -> None:
    calls = world.calls(world.bind(world.example()), context)
    assert grouped(calls) == [
        ("P", "base", ["lib"]), ("P", "rt", ["app"]), ("P", "lib", ["app"]),
        ("DR", "base", ["lib"]), ("R", "base", [""]),
        ("DR", "rt", ["app"]), ("R", "rt", [""]),
        ("DR", "lib", ["app"]), ("R", "lib", [""]),
        ("R", "app", [""]),
    ]  # fmt: skip


def test_globals_of_recipes(world: World) -> None:
    root = world.bind(world.example())
    build_variables(root, VariableSettings(), {"PATH": "/usr/bin:/bin"})
    module = world.module("ord_app")
    assert module.make_jobs >= 1
    assert str(module.prefix).endswith("/store/ord-app")
    assert module.dso_suffix in ("so", "dylib")
    assert module.configure.exe == ["./configure"]
    assert module.from_ord_lib == str(world.prefixes.root / "ord-lib")
    with pytest.raises(UndeclaredDependencyError, match="gmake"):
        module.make("install")
    assert not hasattr(module, "spack_fc")


def test_cleaning() -> None:
    before = {
        "CC": "cc", "LD_LIBRARY_PATH": "/x", "BOOST_ROOT": "/b", "SPACK_ROOT": "/s", "HOME": "/h",
        "PATH": "/opt/local/bin:/usr/bin",
    }  # fmt: skip
    after = dict(before)
    clean_modifications(before, "C").apply_modifications(after)
    assert after == {
        "SPACK_ROOT": "/s", "HOME": "/h", "CONFIG_SITE": "/dev/null", "LC_ALL": "C",
        "PATH": "/usr/bin",
    }  # fmt: skip
    assert {"MPICC", "LIBRARY_PATH", "PYTHONPATH", "LD_PRELOAD"} <= set(CLEANED)


def test_a_dirty_build_keeps_variables(world: World) -> None:
    root = world.bind(world.node("ord-base"))
    caller = {"PATH": "/usr/bin", "CPATH": "/x"}
    assert "CPATH" not in build_variables(root, VariableSettings(), caller).variables
    dirty = build_variables(root, VariableSettings(dirty=True), caller).variables
    assert dirty["CPATH"] == "/x"


def test_search_paths_and_programs(world: World) -> None:
    store = world.prefixes.root
    for path in ("ord-lib/lib/pkgconfig", "ord-lib/include", "ord-base/lib", "ord-tool/bin"):
        (store / path).mkdir(parents=True)
    (store / "ord-rt" / "bin").mkdir(parents=True)
    (store / "ord-lib" / "include" / "lib.h").touch()
    root = world.bind(world.example())
    settings = VariableSettings(managed=(str(store),))
    found = build_variables(root, settings, {"PATH": "/usr/bin"}).variables
    assert found["PKG_CONFIG_PATH"] == f"{store}/ord-lib/lib/pkgconfig"
    cmake = found["CMAKE_PREFIX_PATH"].split(":")
    assert set(cmake) == {f"{store}/ord-{name}" for name in ("lib", "tool", "base")}
    assert found["PATH"].split(":") == [
        f"{store}/ord-tool/bin", f"{store}/ord-rt/bin", "/usr/bin",
    ]  # fmt: skip
    assert found["SPACK_STORE_INCLUDE_DIRS"] == f"{store}/ord-lib/include"
    links = found["SPACK_STORE_LINK_DIRS"].split(":")
    assert sorted(links) == [f"{store}/ord-base/lib", f"{store}/ord-lib/lib"]
    rpaths = found["SPACK_STORE_RPATH_DIRS"].split(":")
    assert rpaths[:2] == [f"{store}/ord-app/lib", f"{store}/ord-app/lib64"]
    assert sorted(rpaths[2:]) == sorted(links)
    assert found["SPACK_LINK_DIRS"] == found["SPACK_RPATH_DIRS"] == ""


def test_compilers_of_run_environments_are_dropped_in_builds(world: World) -> None:
    root = world.bind(world.example())
    found = build_variables(root, VariableSettings(), {"PATH": "/usr/bin"}).variables
    assert "CC" not in found
    assert set(found["SEEN"].split(":")) == {"/ord-rt", "/ord-base", "/ord-tool", "/ord-lib"}
    after: dict[str, str] = {}
    run_modifications([world.bind(world.example())]).apply_modifications(after)
    assert after["CC"] == "/not/this/one"


def test_prefix_inspections(world: World) -> None:
    store = world.prefixes.root
    (store / "ord-lib" / "bin").mkdir(parents=True)
    (store / "ord-app" / "bin").mkdir(parents=True)
    after = {"PATH": "/usr/bin"}
    inspections = {"bin": ("PATH",), "share/man": ("MANPATH",), "": ("CMAKE_PREFIX_PATH",)}
    root = world.bind(world.example())
    run_modifications([root], inspections).apply_modifications(after)
    paths = after["PATH"].split(":")
    assert f"{store}/ord-app/bin" in paths and f"{store}/ord-lib/bin" in paths
    assert paths.index(f"{store}/ord-app/bin") < paths.index(f"{store}/ord-lib/bin")
    assert "MANPATH" not in after


def test_an_installed_package_without_recipe_is_left_out(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = world.node("ord-gone")
    root = world.bind(world.node("ord-app", (gone, "link"), (world.node("ord-lib"), "link")))
    after: dict[str, str] = {}
    run_modifications([root]).apply_modifications(after)
    assert after["SEEN"] == "/ord-lib:/ord-app"
    assert "ord-gone@1.0 adds nothing" in capsys.readouterr().err


def test_the_directory_of_a_test_comes_first(world: World) -> None:
    root = world.bind(world.example())
    for context, first in ((Context.TEST, True), (Context.BUILD, False)):
        found = build_variables(root, VariableSettings(), {"PATH": "/usr/bin"}, context=context)
        assert (found.variables["PATH"].split(":")[0] == ".") is first


def test_externals_of_the_system_add_no_paths_but_their_own_environment(world: World) -> None:
    tool = external(
        "ord-tool", "/usr", namespace=world.namespace,
        environment={"set": {"LICENSE": "key"}, "prepend_path": {"PATH": "/special"}},
    )  # fmt: skip
    root = world.bind(world.node("ord-app", (tool, "build")))
    found = build_variables(root, VariableSettings(), {"PATH": "/usr/bin"}).variables
    assert found["LICENSE"] == "key"
    assert found["PATH"] == "/special:/usr/bin"
    assert "CMAKE_PREFIX_PATH" not in found


def test_flags_go_three_ways(world: World) -> None:
    plain = world.node("odd-flags", flags={"cflags": ("-O1",)})
    found = build_variables(world.bind(plain), VariableSettings(), {"PATH": ""}).variables
    assert found["SPACK_CFLAGS"] == "-O1 -inject"
    assert found["CFLAGS"] == "-env"
    with_link = world.node("odd-flags", flags={"ldflags": ("-s",)})
    with pytest.raises(InstallError, match="takes no compiler flags"):
        build_variables(world.bind(with_link), VariableSettings(), {"PATH": ""})


@pytest.mark.parametrize(
    "keep, replace, kept",
    [
        ("none", "-Werror-|-Wno-error= -Werror|-Wno-error", ""),
        ("specific", "-Werror-|-Wno-error= -Werror|-Wno-error", "-Werror-*|-Werror=*"),
        ("all", "", "-Werror*"),
    ],
)
def test_werror(world: World, keep: str, replace: str, kept: str) -> None:
    settings = VariableSettings(keep_werror=keep)
    root = world.bind(world.node("ord-base"))
    found = build_variables(root, settings, {"PATH": ""}).variables
    assert found["SPACK_COMPILER_FLAGS_REPLACE"] == replace
    assert found["SPACK_COMPILER_FLAGS_KEEP"] == kept


def test_protocol_variables(world: World) -> None:
    root = world.bind(world.node("ord-base"))
    settings = VariableSettings(managed=("/store",), debug=True, ccache="/bin/ccache")
    found = build_variables(root, settings, {"PATH": ""}, log_directory="/logs").variables
    assert found["SPACK_SHORT_SPEC"].startswith("ord-base@1.0 arch=linux-debian12-x86_64 /")
    assert found["SPACK_DEBUG_LOG_DIR"] == "/logs"
    assert found["SPACK_MANAGED_DIRS"] == "'/store'|'/store'/*"
    assert "'/usr/lib'" in found["SPACK_SYSTEM_DIRS"]
    assert (found["SPACK_DEBUG"], found["SPACK_CCACHE_BINARY"]) == ("TRUE", "/bin/ccache")
    plain = build_variables(root, VariableSettings(), {"PATH": ""}).variables
    assert plain["CCACHE_DISABLE"] == "1"


def test_dtags_and_wrappers_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def asks(graph: BoundGraph, context: Context) -> EnvironmentModifications:
        env = EnvironmentModifications()
        env.set("SPACK_ENABLE_NEW_DTAGS", "--enable-new-dtags")
        env.set("SPACK_DISABLE_NEW_DTAGS", "--disable-new-dtags")
        env.prepend_path("SPACK_COMPILER_WRAPPER_PATH", "/w/gcc")
        env.prepend_path("SPACK_COMPILER_WRAPPER_PATH", "/w")
        return env

    monkeypatch.setattr(environment, "context_modifications", asks)
    root = world.bind(world.node("ord-base"))
    found = build_variables(root, VariableSettings(), {"PATH": "/usr/bin"}).variables
    assert found["PATH"] == "/w:/w/gcc:/usr/bin"
    assert found["SPACK_DTAGS_TO_ADD"] == "--disable-new-dtags"
    assert found["SPACK_DTAGS_TO_STRIP"] == "--enable-new-dtags"
    runpath = VariableSettings(runpath=True)
    found = build_variables(root, runpath, {"PATH": "/usr/bin"}).variables
    assert found["SPACK_DTAGS_TO_ADD"] == "--enable-new-dtags"


def test_a_mistake_of_a_recipe_names_it(world: World) -> None:
    with pytest.raises(VariableHookError, match=r"failing: setup_build_environment .*KeyError"):
        build_variables(world.bind(world.node("failing")), VariableSettings(), {"PATH": ""})


def test_a_mistake_in_what_users_are_told_is_a_warning(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    user = world.node("careful", (world.node("careless"), "run"))
    found = run_modifications([world.bind(user)])
    told = capsys.readouterr().err
    place = f"recorded{world.namespace[8:]}/packages/careless/package.py:8: "
    assert f"{place}setup_run_environment of careless@1.0 failed" in told
    assert "KeyError: 'y'" in told
    assert "setup_dependent_package of careless@1.0 failed" in told
    assert {item.name for item in found} == {"CARELESS", "CAREFUL"}


def test_modules_of_externals(world: World, tmp_path: Path) -> None:
    assert load_modules([], {"A": "1"}) == {"A": "1"}
    function = '() { eval "export LOADED=$2"; }'
    variables = {"PATH": "/usr/bin:/bin", "BASH_FUNC_module%%": function}
    assert load_modules(["craype"], variables)["LOADED"] == "craype"
    with pytest.raises(ModuleCommandError):
        load_modules(["craype"], {"PATH": "/usr/bin:/bin"})
