"""Builders, adapters, phases and conditional methods."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spack.errors import InternalError
from spack.recipes.builders.builder_choice import (
    UnknownBuildSystemError,
    create_builder,
    default_builder_class,
)
from spack.recipes.builders.builders import (
    BaseBuilder,
    Builder,
    BuilderWithDefaults,
    GenericBuilder,
    MissingPhaseError,
    register_builder,
)
from spack.recipes.classes import stand_alone_tests
from spack.recipes.classes.stand_alone_tests import TestFailureError
from spack.recipes.declaring import multimethods
from spack.recipes.declaring.multimethods import MultiMethodMeta, NoSuchMethodError
from spack.recipes.declaring.phases import (
    PhaseCallbacksMeta,
    StopPhase,
    on_package_attributes,
    run_after,
    run_before,
)
from spack.recipes.errors import InstallError, SkipTest


class FakeValue:
    def __init__(self, value: Any) -> None:
        self.value = value


class FakeSpec:
    """Satisfies the conditions it is made with, and counts the questions."""

    def __init__(self, *satisfied: str, build_system: str | None = "generic") -> None:
        self.satisfied = satisfied
        self.asked: list[str] = []
        self.variants: dict[str, FakeValue] = {}
        if build_system:
            self.variants["build_system"] = FakeValue(build_system)

    def satisfies(self, condition: str) -> bool:
        self.asked.append(condition)
        return condition in self.satisfied

    def __str__(self) -> str:
        return "fake@1"


class PackageMeta(PhaseCallbacksMeta, MultiMethodMeta):
    """Counts the classes it makes, as a stand-in for the execution of directives."""

    made: list[str] = []

    def __new__(mcs, name: str, bases: Any, namespace: Any, **kwargs: Any) -> Any:
        mcs.made.append(name)
        return super().__new__(mcs, name, bases, namespace, **kwargs)


class FakePackage(metaclass=PackageMeta):
    run_tests = False
    test_requires_compiler = False
    test_suite = None
    calls: list[str]

    def __init__(self, spec: FakeSpec, prefix: Path) -> None:
        self.spec = spec
        self.prefix = prefix
        self.name = type(self).__name__.lower()
        self.stage = types.SimpleNamespace(path=str(prefix.parent), source_path=str(prefix.parent))
        self.calls = []

    @property
    def tester(self) -> Any:
        return stand_alone_tests.tester_of(self)


def when(condition: Any) -> Any:
    return lambda function: multimethods.register(condition, function)


@register_builder("fakebuild")
class FakeBuildBuilder(BuilderWithDefaults):
    phases = ("configure", "install")
    package_methods = ("configure_args", "check")
    package_long_methods = ("install_options",)
    package_attributes = ("build_directory", "targets", "build_time_test_callbacks")
    targets: list[str] = ["all"]
    build_time_test_callbacks = ["check"]

    @run_after("configure")
    def run_build_time_tests(self) -> None:
        if self.pkg.run_tests:
            self.pkg.tester.phase_tests(self, "build", self.build_time_test_callbacks)

    @property
    def build_directory(self) -> str:
        return "from-builder"

    @property
    def std_args(self) -> list[str]:
        return ["--std"]

    def configure_args(self) -> list[str]:
        return [*self.std_args, "--builder"]

    def install_options(self, spec: Any, prefix: Any) -> list[str]:
        return [f"--for={spec}"]

    def check(self) -> None:
        self.pkg.calls.append("builder check")

    def configure(self, pkg: Any, spec: Any, prefix: Any) -> None:
        pkg.calls.append(
            "configure " + " ".join(self.configure_args()) + f" in {self.build_directory}"
        )

    def install(self, pkg: Any, spec: Any, prefix: Any) -> None:
        pkg.calls.append(f"install {' '.join(self.targets)}")
        os.makedirs(os.path.join(prefix, "bin"), exist_ok=True)


def build(pkg: Any) -> list[str]:
    """Run all phases; the list of what was called."""
    for phase in create_builder(pkg):
        phase.execute()
    return list(pkg.calls)


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return tmp_path / "prefix"


@pytest.fixture
def recipe_module() -> Iterator[types.ModuleType]:
    """A module with the name of a recipe."""
    module = types.ModuleType("spack_repo.fake.packages.own.package")
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def test_the_builder_of_the_packages_own_modules_is_taken(prefix: Path) -> None:
    near = type("TwiceBuilder", (GenericBuilder,), {"__module__": "near"})
    register_builder("twice")(near)
    far = type("TwiceBuilder", (GenericBuilder,), {"__module__": "far"})
    register_builder("twice")(far)
    base = type("Base", (FakePackage,), {"__module__": "near"})
    here = type("Here", (base,), {"__module__": "elsewhere"})
    assert isinstance(create_builder(here(FakeSpec(build_system="twice"), prefix)), near)
    stranger = FakePackage(FakeSpec(build_system="twice"), prefix)
    assert isinstance(create_builder(stranger), far)


def test_a_class_of_a_module_that_was_loaded_anew_is_not_taken(
    recipe_module: types.ModuleType, prefix: Path
) -> None:
    """Another repository with the same namespace brought the first one."""
    kept = []
    for base in (Builder, BuilderWithDefaults):
        text = "@register_builder('anew')\nclass AnewBuilder(base):\n    pass\n"
        text += "class AnewPackage(package):\n    pass\n"
        names = {"register_builder": register_builder, "base": base, "package": FakePackage}
        recipe_module.__dict__.update(names)
        exec(text, recipe_module.__dict__)
        kept.append(recipe_module.AnewBuilder)
    pkg = recipe_module.AnewPackage(FakeSpec(build_system="anew"), prefix)
    assert default_builder_class(pkg) is kept[1]


def fake(spec: FakeSpec | None = None) -> FakeSpec:
    return spec or FakeSpec(build_system="fakebuild")


def test_builder_methods_are_used_when_the_package_has_none(prefix: Path) -> None:
    class Plain(FakePackage):
        pass

    pkg = Plain(fake(), prefix)
    assert build(pkg) == ["configure --std --builder in from-builder", "install all"]


def test_package_overrides_methods_and_attributes(prefix: Path) -> None:
    class Overriding(FakePackage):
        build_directory = "mine"
        targets = ["one", "two"]

        def configure_args(self) -> list[str]:
            return ["--package"]

    pkg = Overriding(fake(), prefix)
    assert build(pkg) == ["configure --package in mine", "install one two"]


def test_super_reaches_the_builder_38(prefix: Path) -> None:
    class Super(FakePackage):
        def configure_args(self) -> list[str]:
            return [*super().configure_args(), *self.std_args, "--more"]  # type: ignore[misc]

        @property
        def build_directory(self) -> str:
            return "below/" + super().build_directory  # type: ignore[misc]

    pkg = Super(fake(), prefix)
    assert build(pkg)[0] == "configure --std --builder --std --more in below/from-builder"


def test_super_install_gets_the_package_inserted_37(prefix: Path) -> None:
    class SuperInstall(FakePackage):
        def install(self, spec: Any, prefix: Any) -> None:
            self.calls.append("before")
            super().install(spec, prefix)  # type: ignore[misc]

    pkg = SuperInstall(fake(), prefix)
    assert build(pkg)[1:] == ["before", "install all"]


def test_package_phases_replace_those_of_the_builder_36(prefix: Path) -> None:
    class OwnPhases(FakePackage):
        phases = ("prepare", "install")

        def prepare(self, spec: Any, prefix: Any) -> None:
            self.calls.append("prepare")

    pkg = OwnPhases(fake(), prefix)
    assert build(pkg) == ["prepare", "install all"]


def test_missing_phase_is_an_error_at_creation(prefix: Path) -> None:
    class Missing(FakePackage):
        phases = ("nothing",)

    with pytest.raises(MissingPhaseError, match="'nothing'") as caught:
        create_builder(Missing(fake(), prefix))
    assert isinstance(caught.value, RuntimeError)


def test_attributes_set_in_the_build_stay_on_the_wrapper_39(prefix: Path) -> None:
    class Setting(FakePackage):
        seen = "class"

        def configure_args(self) -> list[str]:
            self.seen = "build"
            self.targets = ["assigned"]
            return []

    pkg = Setting(fake(), prefix)
    assert build(pkg)[1] == "install assigned"
    assert pkg.seen == "class"


def test_live_attributes_follow_the_package(prefix: Path) -> None:
    class Live(FakePackage):
        def install(self, spec: Any, prefix: Any) -> None:
            self.calls.append(f"run_tests={self.run_tests}")
            os.makedirs(os.path.join(prefix, "lib"))

    pkg = Live(FakeSpec(), prefix)
    builder = create_builder(pkg)
    pkg.run_tests = True
    builder[0].execute()
    assert pkg.calls == ["run_tests=True"]


def test_error_inside_a_package_property_is_not_hidden(prefix: Path) -> None:
    class Broken(FakePackage):
        @property
        def build_directory(self) -> str:
            return self.no_such_thing  # type: ignore[attr-defined,no-any-return]

    with pytest.raises(AttributeError, match="no_such_thing"):
        build(Broken(fake(), prefix))


def test_wrapper_is_not_seen_by_the_metaclass_of_packages(prefix: Path) -> None:
    class Quiet(FakePackage):
        pass

    before = list(PackageMeta.made)
    create_builder(Quiet(fake(), prefix))
    assert PackageMeta.made == before


def test_environment_methods_of_the_package_are_found(prefix: Path) -> None:
    class Env(FakePackage):
        def setup_build_environment(self, env: list[str]) -> None:
            super().setup_build_environment(env)  # type: ignore[misc]
            env.append("package")

    env: list[str] = []
    builder = create_builder(Env(fake(), prefix))
    builder.setup_build_environment(env)
    builder.setup_dependent_build_environment(env, None)
    assert env == ["package"]


def test_builder_of_the_recipe_disables_package_phases_35(
    prefix: Path, recipe_module: types.ModuleType
) -> None:
    class WithOwnBuilder(FakePackage):
        def configure_args(self) -> list[str]:
            return ["--ignored"]

        @run_before("install")
        def ignored(self) -> None:
            self.calls.append("ignored callback")

    own = type(FakeBuildBuilder)(
        "FakeBuildBuilder",
        (FakeBuildBuilder,),
        {"__module__": recipe_module.__name__, "configure_args": lambda self: ["--own"]},
    )
    WithOwnBuilder.__module__ = recipe_module.__name__
    recipe_module.FakeBuildBuilder = own  # type: ignore[attr-defined]
    pkg = WithOwnBuilder(fake(), prefix)
    assert type(create_builder(pkg)) is own
    assert build(pkg) == ["configure --own in from-builder", "install all"]


def test_imported_build_system_builder_is_not_the_recipes_own(
    prefix: Path, recipe_module: types.ModuleType
) -> None:
    class Importing(FakePackage):
        def configure_args(self) -> list[str]:
            return ["--package"]

    Importing.__module__ = recipe_module.__name__
    recipe_module.FakeBuildBuilder = FakeBuildBuilder  # type: ignore[attr-defined]
    assert build(Importing(fake(), prefix))[0].startswith("configure --package")


def test_package_attribute_names_a_specialised_builder(prefix: Path) -> None:
    class Special(FakeBuildBuilder):
        def configure_args(self) -> list[str]:
            return ["--special"]

    class Using(FakePackage):
        FakeBuildBuilder = Special

    assert build(Using(fake(), prefix))[0].startswith("configure --special")


def test_builder_is_cached_per_package_51(prefix: Path) -> None:
    class Cached(FakePackage):
        pass

    one, two = Cached(fake(), prefix), Cached(fake(), prefix)
    assert create_builder(one) is create_builder(one)
    assert create_builder(one) is not create_builder(two)


def test_default_build_system_and_unknown_one(prefix: Path) -> None:
    class Default(FakePackage):
        default_buildsystem = "fakebuild"

    class Older(FakePackage):
        legacy_buildsystem = "fakebuild"

    class Nothing(FakePackage):
        pass

    bare = FakeSpec(build_system=None)
    assert isinstance(create_builder(Default(bare, prefix)), FakeBuildBuilder)
    assert isinstance(create_builder(Older(bare, prefix)), FakeBuildBuilder)
    with pytest.raises(UnknownBuildSystemError):
        create_builder(Nothing(bare, prefix))
    with pytest.raises(UnknownBuildSystemError, match="nowhere"):
        create_builder(Nothing(FakeSpec(build_system="nowhere"), prefix))


def test_derived_callbacks_first_and_package_before_builder_40(prefix: Path) -> None:
    class Base(FakePackage):
        @run_after("install")
        def base_callback(self) -> None:
            self.calls.append("base")

    class Derived(Base):
        @run_after("install")
        def first(self) -> None:
            self.calls.append("derived 1")

        @run_after("install")
        def second(self) -> None:
            self.calls.append("derived 2")

        @run_before("install")
        def ahead(self) -> None:
            self.calls.append("ahead 1")

        @run_before("install")
        def then(self) -> None:
            self.calls.append("ahead 2")

        def install(self, spec: Any, prefix: Any) -> None:
            self.calls.append("install")
            os.makedirs(os.path.join(prefix, "lib"))

    pkg = Derived(FakeSpec(), prefix)
    assert build(pkg) == ["ahead 1", "ahead 2", "install", "derived 1", "derived 2", "base"]
    names = [callback.function.__name__ for callback in create_builder(pkg)[0].after]
    assert names == [
        "first",
        "second",
        "base_callback",
        "execute_install_time_tests",
        "sanity_check_prefix",
    ]


def test_overriding_without_decorating_runs_the_old_callback_41(prefix: Path) -> None:
    class Base(FakePackage):
        @run_after("install")
        def callback(self) -> None:
            self.calls.append("old")

        def install(self, spec: Any, prefix: Any) -> None:
            os.makedirs(os.path.join(prefix, "lib"))

    class Silent(Base):
        def callback(self) -> None:
            self.calls.append("new")

    class Again(Base):
        @run_after("install")
        def callback(self) -> None:
            self.calls.append("new")

    assert build(Silent(FakeSpec(), prefix)) == ["old"]
    assert build(Again(FakeSpec(), prefix.with_name("second"))) == ["new", "old"]


def test_condition_of_a_callback_is_evaluated_once_42(prefix: Path) -> None:
    class Conditional(FakePackage):
        @run_before("install", when="+yes")
        def yes(self) -> None:
            self.calls.append("yes")

        @run_before("install", when="+no")
        def no(self) -> None:
            self.calls.append("no")

        def install(self, spec: Any, prefix: Any) -> None:
            os.makedirs(os.path.join(prefix, "lib"))

    spec = FakeSpec("+yes")
    pkg = Conditional(spec, prefix)
    assert build(pkg) == ["yes"]
    assert spec.asked.count("+yes") == 1


def test_callback_of_a_plain_mixin_goes_to_the_next_class(prefix: Path) -> None:
    class Mixin:
        @run_before("install")
        def from_mixin(self) -> None:
            self.calls.append("mixin")  # type: ignore[attr-defined]

    class Next(Mixin, FakePackage):
        def install(self, spec: Any, prefix: Any) -> None:
            os.makedirs(os.path.join(prefix, "lib"))

    assert build(Next(FakeSpec(), prefix)) == ["mixin"]


def test_any_function_may_be_a_callback(prefix: Path) -> None:
    seen: list[Any] = []

    class WithFunction(Builder):
        phases = ("one",)
        run_after("one")(seen.append)

        def one(self, pkg: Any, spec: Any, prefix: Any) -> None:
            pass

    class Pkg(FakePackage):
        pass

    builder = WithFunction(Pkg(fake(), prefix))
    builder[0].execute()
    assert seen == [builder]


def test_stop_before_and_after_a_phase(prefix: Path) -> None:
    class Stopping(FakePackage):
        pass

    pkg = Stopping(fake(), prefix)
    pkg.stop_before_phase = "install"  # type: ignore[attr-defined]
    with pytest.raises(StopPhase) as before:
        build(pkg)
    assert (before.value.phase, before.value.completed) == ("install", False)
    other = Stopping(fake(), prefix)
    other.last_phase = "configure"  # type: ignore[attr-defined]
    with pytest.raises(StopPhase) as after:
        build(other)
    assert (after.value.phase, after.value.completed) == ("configure", True)
    assert len(other.calls) == 1


def test_empty_prefix_fails_44(prefix: Path) -> None:
    class Empty(FakePackage):
        made = ""

        def install(self, spec: Any, prefix: Any) -> None:
            if self.made:
                os.makedirs(os.path.join(prefix, self.made))

    with pytest.raises(InstallError, match="nothing was installed"):
        build(Empty(FakeSpec(), prefix))
    only_metadata = Empty(FakeSpec(), prefix.with_name("metadata"))
    only_metadata.made = ".spack"
    with pytest.raises(InstallError, match="nothing was installed"):
        build(only_metadata)
    empty_lib = Empty(FakeSpec(), prefix.with_name("lib"))
    empty_lib.made = "lib"
    build(empty_lib)


def test_sanity_checks_take_text_or_list_45(prefix: Path) -> None:
    class Promising(FakePackage):
        sanity_check_is_file = "bin/tool"
        sanity_check_is_dir = ["bin"]

        def install(self, spec: Any, prefix: Any) -> None:
            os.makedirs(os.path.join(prefix, "bin"))

    with pytest.raises(InstallError, match="bin/tool"):
        build(Promising(FakeSpec(), prefix))
    (prefix / "bin" / "tool").write_text("")
    pkg = Promising(FakeSpec(), prefix)
    create_builder(pkg)[0].after[-1]()


def test_generic_package_without_install(prefix: Path) -> None:
    class NoInstall(FakePackage):
        pass

    with pytest.raises(InstallError, match="no method 'install'"):
        build(NoInstall(FakeSpec(), prefix))


def test_build_time_tests_run_only_when_asked(prefix: Path) -> None:
    class Tested(FakePackage):
        def check(self) -> None:
            self.calls.append("package check")

    pkg = Tested(fake(), prefix)
    pkg.run_tests = True
    assert build(pkg)[1] == "package check"
    quiet = Tested(fake(), prefix)
    assert "package check" not in build(quiet)


def test_missing_test_callback_is_reported_at_the_end_43(prefix: Path) -> None:
    class Tested(FakePackage):
        build_time_test_callbacks = ["no_such_method", "check"]

    pkg = Tested(fake(), prefix)
    pkg.run_tests = True
    with pytest.raises(TestFailureError, match="1 test failed"):
        build(pkg)
    assert "builder check" in pkg.calls
    log = (prefix.parent / "install-time-test-log.txt").read_text()
    assert "FAILED: Tested::no_such_method" in log


def test_mixin_builder_is_called_after_the_real_one(prefix: Path) -> None:
    class Environment(BaseBuilder):
        def setup_build_environment(self, env: list[str]) -> None:
            super().setup_build_environment(env)
            env.append("mixin")

    class Real(GenericBuilder, Environment):
        pass

    class Pkg(FakePackage):
        pass

    env: list[str] = []
    Real(Pkg(FakeSpec(), prefix)).setup_build_environment(env)
    assert env == ["mixin"]


# --- conditional methods -------------------------------------------------------------------------


class MultiBase(FakePackage):
    def f(self) -> str:
        return "B default"

    @when("@3")
    def f(self) -> str:  # type: ignore[no-redef]  # noqa: F811
        return "B @3"


class MultiChild(MultiBase):
    @when("@1")
    def f(self) -> str:
        return "P @1"

    @when("@:2")
    def f(self) -> str:  # type: ignore[no-redef]  # noqa: F811
        return "P @:2"


@pytest.mark.parametrize(
    "satisfied, expected",
    [
        (("@1", "@:2"), "P @1"),
        (("@:2",), "P @:2"),
        (("@3",), "B @3"),
        ((), "B default"),
    ],
)
def test_first_match_then_parents_47_48(satisfied: Any, expected: str, prefix: Path) -> None:
    assert MultiChild(FakeSpec(*satisfied), prefix).f() == expected


def test_undecorated_definition_after_replaces_all_46(prefix: Path) -> None:
    class Replaced(FakePackage):
        @when("@1")
        def f(self) -> str:
            return "conditional"

        def f(self) -> str:  # type: ignore[no-redef]  # noqa: F811
            return "plain"

    assert Replaced(FakeSpec("@1"), prefix).f() == "plain"


def test_no_definition_applies_49(prefix: Path) -> None:
    class OnlyConditional(FakePackage):
        @when("@1")
        def f(self) -> str:
            return "conditional"

    with pytest.raises(NoSuchMethodError, match=r"OnlyConditional\.f") as caught:
        OnlyConditional(FakeSpec(), prefix).f()
    assert "@1" in str(caught.value)


def test_never_registered_condition_keeps_the_default(prefix: Path) -> None:
    class Never(FakePackage):
        def f(self) -> str:
            return "default"

        @when(None)
        def f(self) -> str:  # type: ignore[no-redef]  # noqa: F811
            return "never"

    assert Never(FakeSpec(), prefix).f() == "default"


def test_property_above_when(prefix: Path) -> None:
    class Parent(FakePackage):
        libs = ["parent"]

    class Props(Parent):
        @property
        @when("@1")
        def libs(self) -> list[str]:
            return ["one"]

        @property
        @when("@2")
        def libs(self) -> list[str]:  # noqa: F811
            return ["two"]

    assert Props(FakeSpec("@1"), prefix).libs == ["one"]
    assert Props(FakeSpec("@2"), prefix).libs == ["two"]
    assert Props(FakeSpec(), prefix).libs == ["parent"]


def test_super_inside_a_conditional_method(prefix: Path) -> None:
    class Calling(MultiBase):
        @when("@1")
        def f(self) -> str:
            return "above " + super().f()

    assert Calling(FakeSpec("@1"), prefix).f() == "above B default"
    assert Calling(FakeSpec("@1", "@3"), prefix).f() == "above B @3"


def test_conditional_method_reaches_the_builder_and_falls_back_to_it(prefix: Path) -> None:
    class Conditional(FakePackage):
        @when("@1")
        def configure_args(self) -> list[str]:
            return ["--one"]

    matching = Conditional(FakeSpec("@1", build_system="fakebuild"), prefix)
    other = Conditional(FakeSpec(build_system="fakebuild"), prefix)
    assert build(matching)[0] == "configure --one in from-builder"
    assert build(other)[0] == "configure --std --builder in from-builder"


def test_conditional_methods_work_on_builders(prefix: Path) -> None:
    class Conditional(GenericBuilder):
        @when("@1")
        def flavour(self) -> str:
            return "one"

        @when("@2")
        def flavour(self) -> str:  # type: ignore[no-redef]  # noqa: F811
            return "two"

    class Pkg(FakePackage):
        pass

    assert Conditional(Pkg(FakeSpec("@2"), prefix)).flavour() == "two"


def test_when_outside_a_class_is_refused() -> None:
    with pytest.raises(InternalError):

        @when("@1")
        def f() -> None:
            pass


def test_nested_class_does_not_disturb_the_outer_body(prefix: Path) -> None:
    class Outer(FakePackage):
        @when("@1")
        def f(self) -> str:
            return "one"

        class Inner(FakePackage):
            @when("@9")
            def f(self) -> str:
                return "inner"

        @when("@2")
        def f(self) -> str:  # type: ignore[no-redef]  # noqa: F811
            return "two"

    assert Outer(FakeSpec("@1"), prefix).f() == "one"
    assert Outer(FakeSpec("@2"), prefix).f() == "two"


def test_on_package_attributes_returns_none_50(prefix: Path) -> None:
    class Guarded(FakePackage):
        @on_package_attributes(run_tests=True)
        def only_tests(self) -> str:
            self.calls.append("ran")
            return "lost"

        @on_package_attributes(no_such_attribute=True)
        def never(self) -> None:
            self.calls.append("never")

    pkg = Guarded(FakeSpec(), prefix)
    pkg.only_tests()
    assert pkg.calls == []
    pkg.run_tests = True
    assert pkg.only_tests() is None  # type: ignore[func-returns-value]
    pkg.never()
    assert pkg.calls == ["ran"]


def test_skip_is_not_an_error_of_the_tree() -> None:
    assert not issubclass(SkipTest, InstallError)
