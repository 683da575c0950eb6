"""The traces of directives on a package class."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from spack.language.parser import parse_spec
from spack.language.versions import Version
from spack.recipes.declaring.directive_scope import ALWAYS, DirectiveError
from spack.recipes.declaring.variants import default_value
from spack.recipes.finding.recipe_problems import BrokenRecipeError

Make = Callable[..., Any]


def test_redeclared_version_replaces_all_keywords_and_keeps_its_place(package_class: Make) -> None:
    cls = package_class(
        """
        url = "https://example.com/thing-1.0.tar.gz"
        version("1.0", sha256="a" * 64, deprecated=True)
        version("2.0", sha256="b" * 64)
        version("1_0", branch="main")
        """
    )
    assert list(cls.versions) == [Version("1.0"), Version("2.0")]
    assert cls.versions[Version("1.0")] == {"branch": "main"}


@pytest.mark.parametrize(
    "body, text",
    [
        ("version(1.5)", "not 1.5"),
        ('has_code = False\nversion("1", sha256="a" * 64)', "has_code = False"),
        ('version("1", colour="red")', "unexpected keyword argument 'colour'"),
        ('version("git.main=1.2")', "git"),
        ('with when("+a"):\n    version("1")', "cannot be conditional"),
        ('depends_on("thing")', "itself"),
        ('depends_on("a ^b")', "below it"),
        ('depends_on("a", type="bulid")', "dependency type"),
        ('provides("thing")', "itself"),
        ('variant("x")', "no default"),
        ('variant("x", default="")', "empty"),
        ('variant("os", default=True)', "is reserved in specs"),
        ('variant("-x", default=True)', "is not a valid variant name"),
        ('variant("x", default="a", values=any_combination_of("a"))', "default"),
        ('variant("x", default="a", values=disjoint_sets(("a", "b"), ("b",)))', "more than one"),
        ('license("MIT")\nlicense("BSD", when="@1")', "declared"),
        ('redistribute(source=False, when="+x")', "only depend on versions"),
        ("redistribute(source=True)", "only forbid"),
        ('patch("https://example.com/a.patch")', "sha256"),
        ('patch("https://example.com/a.patch.gz", sha256="a" * 64)', "archive_sha256"),
        ('patch("x.patch", level=-1)', "level"),
        ('resource(name="r", url="https://example.com/r", destination="/abs")', "absolute"),
        ('resource(name="r", url="https://example.com/r", destination="../x")', "outside"),
        ('resource(name="r")', "source is missing"),
        ('requires("+a", policy="some_of")', "policy"),
        ('maintainers("me", when="+a")', "unexpected keyword argument"),
        ('can_splice("a", when="@1", match_variants="x")', "match_variants"),
        ('build_system(conditional("a", when="@1"), "b")', "default="),
        ('with when("@1"):\n    with when("@2"): conflicts("+x")', "@"),
    ],
)
def test_misuse_names_the_file_and_the_line(package_class: Make, body: str, text: str) -> None:
    with pytest.raises(BrokenRecipeError) as caught:
        package_class(body)
    assert text in str(caught.value)
    assert caught.value.origin is not None
    assert caught.value.origin.file.endswith("package.py")
    assert caught.value.origin.line == 5 + body.count("\n")


def test_disjoint_licences_are_accepted(package_class: Make) -> None:
    cls = package_class('license("MIT", when="@2:")\nlicense("BSD", when="@:1")')
    assert [record.identifier for record in cls.licenses.values()] == ["MIT", "BSD"]


def test_equal_dependencies_are_conjoined(package_class: Make) -> None:
    cls = package_class(
        """
        depends_on("zlib@1.2:", type="build")
        depends_on("zlib+shared", type="link")
        depends_on("zlib@2:", when="+new")
        """
    )
    record = cls.dependencies[ALWAYS]["zlib"]
    assert record.spec == parse_spec("zlib@1.2:+shared")
    assert record.deptypes == 5
    assert cls.dependencies[parse_spec("+new")]["zlib"].spec_text == "zlib@2:"


def test_equal_dependencies_keep_the_first_place_and_all_patches_in_order(
    package_class: Make,
) -> None:
    cls = package_class(
        """
        depends_on("zlib", patches=patch("https://example.com/1", sha256="1" * 64))
        depends_on("zlib@2:", patches=patch("https://example.com/2", sha256="2" * 64))
        """
    )
    record = cls.dependencies[ALWAYS]["zlib"]
    first, second = record.patches
    assert (first.url, second.url) == ("https://example.com/1", "https://example.com/2")
    assert record.origin.line == first.origin.line == second.origin.line - 1


def test_conditions_are_compared_as_specs(package_class: Make) -> None:
    cls = package_class('conflicts("@1", when="+a+b")\nconflicts("@2", when="+b+a")')
    assert len(cls.conflicts) == 1


def test_extends_python_brings_the_virtual_environment(package_class: Make) -> None:
    cls = package_class('extends("python")')
    assert set(cls.dependencies[ALWAYS]) == {"python", "python-venv"}
    venv = package_class('extends("python")', name="python-venv")
    assert set(venv.dependencies[ALWAYS]) == {"python"}
    assert list(cls.extendees) == ["python"]


def test_messages_begin_with_the_name(package_class: Make) -> None:
    cls = package_class('conflicts("@1", msg="no")\nrequires("+a", msg="")\nconflicts("@2")')
    assert [r.message for r in cls.conflicts[ALWAYS]] == ["thing: no", None]
    assert cls.requirements[ALWAYS][0].message == "thing: "


def test_nested_conditions_and_default_arguments(package_class: Make) -> None:
    cls = package_class(
        """
        with when("+foo"):
            with when("@2: %gcc"):
                conflicts("+x", when="+bar ^[virtuals=mpi] mpich")
        with default_args(type="build", when="+a"):
            depends_on("one")
            with default_args(type="run"):
                depends_on("two")
            depends_on("three", type="link", when="+b")
            with when("+c"):
                depends_on("four")
        """
    )
    (condition,) = cls.conflicts
    assert condition == parse_spec("@2:+bar+foo %gcc ^[virtuals=mpi] mpich")
    assert cls.dependencies[parse_spec("+a")]["one"].deptypes == 4
    assert cls.dependencies[parse_spec("+a")]["two"].deptypes == 2
    assert cls.dependencies[parse_spec("+b")]["three"].deptypes == 1
    assert "four" in cls.dependencies[parse_spec("+a+c")]


def test_never_and_always(package_class: Make) -> None:
    cls = package_class(
        """
        depends_on("a", when=False)
        depends_on("b", when=True)
        with when(False):
            depends_on("c")
        with when("+x"):
            depends_on("d", when=False)
        variant("v", default=True, when=False)
        """
    )
    assert sorted(n for group in cls.dependencies.values() for n in group) == ["b", "d"]
    assert "d" in cls.dependencies[parse_spec("+x")]
    assert cls.has_variant("v") and "v" in cls.variants[None]


def test_always_within_a_block_is_refused(package_class: Make) -> None:
    with pytest.raises(BrokenRecipeError, match="when=True"):
        package_class('with when("+x"):\n    depends_on("a", when=True)')


def test_base_classes_come_first_and_once(package_class: Make) -> None:
    cls = package_class(
        """
        from spack.package import *


        class Root(PackageBase):
            conflicts("root")


        class A(Root):
            conflicts("a")


        class B(Root):
            conflicts("b")


        class Thing(A, B, Package):
            conflicts("own")
        """
    )
    assert [r.spec_text for r in cls.conflicts[ALWAYS]] == ["root", "b", "a", "own"]
    assert cls.has_variant("build_system")


def test_helpers_called_in_class_bodies(package_class: Make) -> None:
    cls = package_class(
        """
        from spack.package import *


        def both(name, **kwargs):
            depends_on(f"{name}-a", **kwargs)
            depends_on(f"{name}-b", **kwargs)


        class Thing(Package):
            for name in ("x", "y"):
                both(name, type="link")
        """
    )
    names = sorted(name for group in cls.dependencies.values() for name in group)
    assert names == ["x-a", "x-b", "y-a", "y-b"]


def test_patches_of_dependencies_are_not_patches_of_the_package(
    package_class: Make,
) -> None:
    cls = package_class(
        """
        depends_on(
            "zlib",
            patches=[patch("https://example.com/1.patch", sha256="1" * 64, when="@1", level=0)],
        )
        patch("https://example.com/2.patch", sha256="2" * 64)
        """
    )
    (own,) = cls.patches[ALWAYS]
    (given,) = cls.dependencies[ALWAYS]["zlib"].patches
    assert own.sha256 == "2" * 64
    assert (given.level, given.when_text, given.owner) == (0, "@1", "sample.thing")
    assert given.ordering < own.ordering


def test_conditional_values_and_kinds_of_variants(package_class: Make) -> None:
    cls = package_class(
        """
        variant("a", default="true")
        variant("b", default="x", values=("x", conditional("y", "z", when="@2:")), multi=True)
        variant("c", default="1,2", values=("1", "2"), multi=True)
        variant("d", default="any")
        variant("e", values=any_combination_of("p", "q"), description=" text ")
        """
    )
    by_name = {n: cls.variant_definitions(n)[0][1] for n in "abcde"}
    kinds = [by_name[n].variant_type for n in "abcde"]
    assert kinds == ["bool", "multi", "multi", "single", "multi"]
    assert by_name["a"].default is True
    assert [str(v) for v in by_name["b"].values] == ["x", "y", "z"]
    assert by_name["b"].values[1].when == parse_spec("@2:")
    assert default_value(by_name["c"].default, "multi") == ("1", "2")
    assert by_name["d"].allowed is None
    assert default_value(by_name["e"].default, "multi") == ("none",)
    assert by_name["e"].description == "text"


def test_later_definition_hides_the_one_it_overrides(package_class: Make) -> None:
    cls = package_class(
        """
        variant("x", default=True, when="@2:")
        variant("x", default=False, when="@1:")
        variant("x", default=True, when="+y")
        variant("y", default=True)
        """
    )
    conditions = [str(when) for when, _ in cls.variant_definitions("x")]
    assert conditions == ["@1:", "+y"]


def test_maintainers_are_joined_with_inherited_ones(package_class: Make) -> None:
    cls = package_class(
        """
        from spack.package import *


        class Base(Package):
            maintainers("zoe", "adam")


        class Thing(Base):
            maintainers("mia")
        """
    )
    assert cls.maintainers == ["adam", "mia", "zoe"]


def test_redistribution_is_summed_up(package_class: Make) -> None:
    cls = package_class(
        """
        redistribute(source=False, when="@1")
        redistribute(binary=False, when="@1")
        """
    )
    (record,) = cls.disable_redistribute.values()
    assert record.source_disabled and record.binary_disabled
    source_only = package_class('redistribute(source=False, when="@1")', name="free")
    (record,) = source_only.disable_redistribute.values()
    assert record.source_disabled and not record.binary_disabled


def test_nothing_of_a_broken_class_body_reaches_the_next_recipe(make_repository: Make) -> None:
    repository = make_repository(
        {"bad": 'depends_on("left-over")\nraise RuntimeError("x")', "good": 'version("1")'}
    )
    with pytest.raises(BrokenRecipeError, match="RuntimeError: x"):
        repository.package_class("bad")
    assert repository.package_class("good").dependencies == {}


def test_a_directive_error_is_an_error_of_spack() -> None:
    assert "Error" in DirectiveError.__name__
    with pytest.raises(DirectiveError, match="one_of or any_of"):
        from spack.package import requires

        requires("+a", policy="all")


def test_a_method_that_never_applies_is_never_chosen(package_class: Make) -> None:
    cls = package_class(
        """
        @when(False)
        def word(self):
            return "never"

        @when(True)
        def word(self):
            return "always"
        """
    )
    assert [case.condition for case in cls.word.cases] == [ALWAYS]
    assert cls("thing@1").word() == "always"
