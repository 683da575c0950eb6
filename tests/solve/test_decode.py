"""The concrete specs of an answer: their edges, patches, commits and variants."""

from __future__ import annotations

from tests.solve.corpus import (
    TOOLCHAIN,
    FakePackages,
    concretize,
    flag,
    names,
    node,
    package,
    world,
)

from spack.errors import Origin
from spack.language import deptypes
from spack.language.parser import parse_spec
from spack.language.specs import Located
from spack.language.versions import Version
from spack.recipes.records.package_records import DependencyRecord, PatchRecord, VersionRecord

LINKED = deptypes.BUILD | deptypes.LINK


def patches_of(*owned: PatchRecord, brought: tuple[PatchRecord, ...] = ()) -> tuple[str, ...]:
    """Patches of ``lib``, its own and those that ``app`` brings."""
    lib = package("lib", "2.0", variants=[flag("x", True)])._replace(patches=owned)
    app = package("app")._replace(dependencies=(DependencyRecord("lib", LINKED, None, brought),))
    return node(concretize(world([app, lib]), "app"), "lib").patches


def test_patches_are_applied_in_their_order() -> None:
    first = PatchRecord("ff", ordering=("test.app", 1))
    second = PatchRecord("aa", ordering=("test.lib", 1))
    third = PatchRecord("cc", ordering=("test.lib", 2))
    assert patches_of(third, second, brought=(first,)) == ("ff", "aa", "cc")


def test_patches_are_applied_where_their_condition_holds() -> None:
    new, old = PatchRecord("aa", "@2:"), PatchRecord("bb", "@:1")
    assert patches_of(new, old) == ("aa",)
    assert patches_of(brought=(new, old, PatchRecord("cc", "~x"))) == ("aa",)


def test_directives_on_one_package_make_one_edge() -> None:
    app = package("app", depends=[("lib", "link"), ("lib", "build"), ("lib", "run", "+x")])
    app = app._replace(variants=(flag("x", False),))
    (edge,) = node(concretize(world([app, package("lib")]), "app"), "app").edges(deptypes.ALL)
    assert edge.deptypes == LINKED


class Branches(FakePackages):
    """All branches are at one commit."""

    def commit_of(self, name: str, version: Version) -> str:
        return "b" * 40


def test_commits_of_versions_are_variants_unless_the_source_is_local() -> None:
    versions = (VersionRecord("1.0", commit="a" * 40), VersionRecord("main", branch="main"))
    here = world([])._replace(
        packages=Branches([*TOOLCHAIN, package("lib")._replace(versions=versions)])
    )
    assert node(concretize(here, "lib@1.0"), "lib").variants == {"commit": "a" * 40}
    assert node(concretize(here, "lib@main"), "lib").variants == {"commit": "b" * 40}
    entry = Located(parse_spec("lib@=1.0 dev_path=/src"), Origin("spack.yaml", 1), "lib")
    developed = here._replace(develop={"lib": entry})
    assert node(concretize(developed, "lib"), "lib").variants == {"dev_path": "/src"}


def test_a_condition_on_any_value_asks_for_the_variant() -> None:
    app = package("app", "2.0", "1.0", depends=[("lib", "link", "x=*")])
    app = app._replace(variants=(flag("x", False, when="@2:"),))
    here = world([app, package("lib")])
    assert [edge.spec.name for edge in node(concretize(here, "app"), "app").edges()] == ["lib"]
    assert not node(concretize(here, "app@1"), "app").edges()


def test_a_condition_on_a_dependency_may_have_a_condition_itself() -> None:
    app = package(
        "app",
        depends=["dep", ("lib", "link", "%[when='+x'] dep@2:")],
        variants=[flag("x", False)],
    )
    here = world([app, package("dep", "1.0"), package("lib")])
    assert "lib" in names(concretize(here, "app~x"))
    assert "lib" not in names(concretize(here, "app+x"))
