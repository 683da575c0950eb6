"""Concrete specs that may be chosen, and compilers and targets as the world makes them."""

from __future__ import annotations

import pytest
from tests.solve.corpus import (
    GLIBC,
    HOST,
    TOOLCHAIN,
    FakePackages,
    concretize,
    external,
    flag,
    located,
    node,
    package,
    world,
)

from spack.config.settings.package_settings import ExternalEntry, PackageSettings, RequirementEntry
from spack.config.settings.program_settings import ConcretizerSettings, ReuseSettings, ReuseSource
from spack.errors import Origin
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External
from spack.language.modes import Reuse
from spack.language.versions import parse_version
from spack.solve.problem.request import World
from spack.solve.problem.reuse import (
    Admission,
    ByName,
    Filter,
    Specs,
    by_name,
    collect,
    external_filter,
    with_candidates,
    without_roots,
)
from spack.solve.problem.world import LibcDescription, Reusable, build_world
from spack.solve.unify import solve_roots

C = ("c", "build")
PLACE = Origin("packages.yaml", 3)
RECIPES = (
    *TOOLCHAIN,
    package("lib", "1.0", "2.0", depends=[C], variants=[flag("x", True)]),
    package("app", depends=[C, "lib"]),
    package("ssl", "3.0"),
)
GCC_ENTRY = ExternalEntry(
    "gcc@12.2.0 languages:=c,c++,fortran",
    "/usr",
    (),
    None,
    {"compilers": {"c": "/usr/bin/gcc", "cxx": "/usr/bin/g++", "fortran": "/usr/bin/gfortran"}},
    (),
    PLACE,
)


def built(
    name: str,
    version: str = "1.0",
    *edges: ConcreteEdge,
    target: str = "x86_64_v4",
    path: str | None = None,
    **variants: object,
) -> ConcreteSpec:
    return ConcreteSpec(
        name,
        parse_version(version),
        Architecture(HOST.platform, HOST.os, target),
        namespace="test",
        variants=variants,  # type: ignore[arg-type]
        dependencies=edges,
        external=None if path is None else External(path),
    )


def made(
    reuse: ReuseSettings = ReuseSettings(),
    settings: dict[str, PackageSettings] | None = None,
    reusable: Reusable = Reusable(),
    libc: LibcDescription | None = LibcDescription("glibc", "2.36", "/usr"),
) -> World:
    packages = {
        "all": PackageSettings(),
        "gcc": PackageSettings(externals=(GCC_ENTRY,)),
        "glibc": PackageSettings(buildable=False),
    }
    return build_world(
        FakePackages(RECIPES),
        HOST,
        {**packages, **(settings or {})},
        ConcretizerSettings(reuse=reuse, max_dupes={"default": 1, "c": 2, "cxx": 2, "gcc": 2}),
        lambda spec, patches: "",
        libc_of=lambda path: libc,
        supported_targets=lambda name, version, targets: frozenset(targets),
        reusable=reusable,
    )


# -- sources -----------------------------------------------------------------------------------


class Sources:
    def local(self) -> Specs:
        return by_name([built("lib", "1.0"), built("app", "1.0")])

    def build_caches(self) -> Specs:
        return by_name([built("lib", "2.0")])

    def environment(self, path: str | None) -> Specs:
        return by_name([built("lib", "1.0"), built("ssl", "3.0" if path is None else "3.1")])


def offered(reuse: ReuseSettings) -> list[str]:
    return sorted(
        f"{spec.name}@{spec.version}"
        for found in collect(reuse, Sources()).values()
        for spec in found
    )


@pytest.mark.parametrize(
    "reuse, expected",
    [
        (ReuseSettings(), ["app@1.0", "lib@1.0", "lib@2.0", "ssl@3.0"]),
        (ReuseSettings(Reuse.NOTHING), []),
        (ReuseSettings(include=("lib",)), ["lib@1.0", "lib@2.0"]),
        (ReuseSettings(exclude=("lib@2.0", "app")), ["lib@1.0", "ssl@3.0"]),
        (ReuseSettings(sources=(ReuseSource("buildcache"),)), ["lib@2.0"]),
        (ReuseSettings(sources=(ReuseSource("environment", "/e"),)), ["lib@1.0", "ssl@3.1"]),
        (ReuseSettings(sources=(ReuseSource("external"),)), []),
        (
            ReuseSettings(
                include=("lib",),
                sources=(ReuseSource("local"), ReuseSource("environment", "/e", ("ssl",))),
            ),
            ["lib@1.0", "ssl@3.1"],
        ),
    ],
)
def test_sources_and_their_filters(reuse: ReuseSettings, expected: list[str]) -> None:
    assert offered(reuse) == expected


def test_the_source_external_filters_externals() -> None:
    entry = ExternalEntry("ssl@3.0", "/opt/ssl", (), None, {}, (), PLACE)
    settings = {"ssl": PackageSettings(externals=(entry,))}
    assert "ssl" in made(settings=settings).concrete
    listed = ReuseSettings(sources=(ReuseSource("external", None, (), ("ssl",)),))
    there = made(listed, settings)
    assert "ssl" not in there.concrete
    assert "gcc" in there.concrete and "glibc" in there.concrete
    assert external_filter(ReuseSettings()).admits(built("ssl"))
    assert not Filter(("lib",), ()).admits(built("ssl"))


# -- what drops out ----------------------------------------------------------------------------


def admits(spec: ConcreteSpec, *, develop: tuple[str, ...] = ()) -> bool:
    entry = ExternalEntry("ssl@3.0", "/opt/ssl", (), None, {}, (), PLACE)
    admission = Admission(FakePackages(RECIPES), HOST, [GLIBC], {"ssl": (entry,)}, develop)
    return admission.admits(spec)


def test_what_may_be_chosen() -> None:
    libc = ConcreteEdge(GLIBC, deptypes.LINK, ("libc",))
    runtime = ConcreteEdge(built("gcc-runtime", "12.2.0"), deptypes.LINK)
    gcc = ConcreteEdge(external("gcc", "12.2.0"), deptypes.BUILD, ("c",))
    assert admits(built("lib", "1.0", libc, runtime, gcc))
    assert not admits(built("lib", "1.0", libc, gcc)), "compiled before runtimes were packages"
    assert not admits(built("lib", dev_path="/src"))
    assert not admits(built("compiler-wrapper"))
    assert not admits(built("gcc-runtime", "12.2.0"))
    assert not admits(built("unknown"))
    assert not admits(built("lib", target="icelake"))
    assert not admits(built("lib"), develop=("lib",))


def test_recorded_externals_have_to_be_configured_still() -> None:
    assert admits(built("ssl", "3.0", path="/opt/ssl"))
    assert not admits(built("ssl", "3.1", path="/opt/ssl"))
    assert not admits(built("ssl", "3.0", path="/usr"))
    assert not admits(built("lib", "1.0", path="/usr"))


def test_the_c_library_has_to_stand_for_the_recorded_one() -> None:
    def linked(version: str, path: str = "/usr") -> ConcreteSpec:
        libc = built("glibc", version, path=path, target="x86_64")
        return built("ssl", "3.0", ConcreteEdge(libc, deptypes.LINK, ("libc",)))

    assert admits(linked("2.36")) and admits(linked("2.17"))
    assert not admits(linked("2.38"))
    assert not admits(linked("2.17", "/opt/sysroot"))


def test_fresh_roots_keep_what_holds_no_root() -> None:
    here = world([package("lib", "0.5", "1.0"), package("app", depends=["lib"])])
    nodes = concretize(here, "app ^lib@0.5").nodes()
    full = here._replace(
        concrete={**here.concrete, "lib": (nodes[1],), "app": (nodes[0],)}, reuse_roots=False
    )

    def versions(*roots: str) -> list[str]:
        specs, _ = solve_roots([located(root) for root in roots], full, lambda s, p: "")
        return [str(n.version) for spec in specs for n in spec.traverse() if n.name == "lib"]

    assert versions("lib") == ["1.0"]
    assert versions("app") == ["0.5"]
    left = without_roots(full, [located("lib")]).concrete
    assert "lib" not in left and "app" not in left


# -- compilers ---------------------------------------------------------------------------------


def installed_gcc(libc_version: str = "2.36") -> ConcreteSpec:
    linked = built("glibc", libc_version, path="/usr", target="x86_64")
    libc = ConcreteEdge(linked, deptypes.LINK, ("libc",))
    lib = ConcreteEdge(built("lib", "1.0"), deptypes.LINK)
    return built("gcc", "13.1", libc, lib, languages=("c", "c++", "fortran"))


def test_an_installed_compiler_is_used_though_nothing_is_reused() -> None:
    """Section 5.1; what it is linked with binds nobody."""
    here = made(ReuseSettings(Reuse.NOTHING), reusable=Reusable({}, [installed_gcc()]))
    assert [str(c.spec.version) for c in here.compilers] == ["13.1", "12.2.0"]
    solution = concretize(here, "app")
    assert str(node(solution, "app").edge("gcc").spec.version) == "13.1"  # type: ignore[union-attr]
    assert str(node(solution, "app").edge("lib").spec.version) == "2.0"  # type: ignore[union-attr]
    assert str(node(solution, "gcc-runtime").version) == "13.1"


def test_an_installed_compiler_targets_the_c_library_that_is_there_now() -> None:
    here = made(reusable=Reusable({}, [installed_gcc("2.31")]))
    found = {str(c.libc.version) for c in here.compilers if c.libc is not None}
    assert found == {"2.36"}


def test_an_installed_package_that_compiles_nothing_is_no_compiler() -> None:
    no_languages = built("gcc", "13.1", languages=("ada",))
    here = made(ReuseSettings(Reuse.NOTHING), reusable=Reusable({}, [no_languages]))
    assert [str(c.spec.version) for c in here.compilers] == ["12.2.0"]


# -- targets -----------------------------------------------------------------------------------


def test_62_a_required_target_is_that_of_externals_too() -> None:
    require = RequirementEntry("one_of", ("target=x86_64_v3",), "", None, PLACE)
    here = made(settings={"all": PackageSettings(require=(require,))})
    assert {c.spec.target for c in here.compilers} == {"x86_64_v3"}
    assert {spec.target for spec in concretize(here, "app").nodes()} == {"x86_64_v3"}


def test_an_external_of_another_target_than_required_is_left_out() -> None:
    require = RequirementEntry("one_of", ("target=x86_64_v3",), "", None, PLACE)
    entry = ExternalEntry("ssl@3.0 target=x86_64", "/opt/ssl", (), None, {}, (), PLACE)
    here = made(settings={"ssl": PackageSettings(require=(require,), externals=(entry,))})
    assert "ssl" not in here.concrete
    assert "packages.yaml:3" in here.rejected["ssl"][0]


@pytest.mark.parametrize(
    "required, external, built",
    [
        ("target=x86_64_v2:x86_64_v3", "x86_64_v2", "x86_64_v3"),
        ("target=x86_64_v3:", "x86_64_v3", "x86_64_v4"),
        ("target=:x86_64_v3", "x86_64", "x86_64_v3"),
        ("target=x86_64_v2,x86_64_v4", "x86_64_v2", "x86_64_v4"),
    ],
)
def test_an_external_without_a_target_has_the_lower_end_of_a_required_range(
    required: str, external: str, built: str
) -> None:
    require = RequirementEntry("one_of", (required,), "", None, PLACE)
    here = made(settings={"all": PackageSettings(require=(require,))})
    found = {spec.name: spec.target for spec in concretize(here, "app").nodes()}
    assert (found["gcc"], found["glibc"], found["app"]) == (external, external, built)


def test_an_external_without_a_target_has_the_first_of_several_required_ones() -> None:
    require = RequirementEntry("one_of", ("target=x86_64_v3", "target=x86_64_v2"), "", None, PLACE)
    here = made(settings={"all": PackageSettings(require=(require,))})
    assert {spec.target for spec in concretize(here, "app").nodes()} == {"x86_64_v3"}


@pytest.mark.parametrize("own, kept", [("x86_64_v2", True), ("x86_64_v4", False)])
def test_an_external_with_a_target_of_the_required_range_is_kept(own: str, kept: bool) -> None:
    require = RequirementEntry("one_of", ("target=:x86_64_v3",), "", None, PLACE)
    entry = ExternalEntry(f"ssl@3.0 target={own}", "/opt/ssl", (), None, {}, (), PLACE)
    here = made(settings={"ssl": PackageSettings(require=(require,), externals=(entry,))})
    assert ("ssl" in here.concrete) is kept


def test_63_preferred_targets_come_first() -> None:
    here = made(settings={"all": PackageSettings(target=("x86_64_v2", "x86_64_v3"))})
    assert here.host.targets == ("x86_64_v2", "x86_64_v3", "x86_64_v4", "x86_64")


def test_providers_are_listed_by_requirements_preferences_and_the_list() -> None:
    def entry(policy: str, *specs: str) -> RequirementEntry:
        return RequirementEntry(policy, specs, "", None, PLACE)

    here = made(
        settings={
            "all": PackageSettings(providers={"mpi": ("a", "b+x", "c"), "v": ("a",)}),
            "mpi": PackageSettings(
                require=(entry("any_of", "d@2", "b"),),
                prefer=(entry("any_of", "e", "@:"),),
                conflict=(entry("one_of", "c", "@:"), entry("one_of", "a@3", "@:")),
            ),
            "w": PackageSettings(require=(entry("one_of", "z"),)),
        }
    )
    assert here.providers["mpi"] == ("d", "b", "e", "a")
    assert here.providers["v"] == ("a",) and here.providers["w"] == ("z",)


# -- packages are looked up when they are asked for ----------------------------------------------


def test_a_solve_looks_up_only_packages_that_it_may_meet() -> None:
    """``other`` is in the store, and nothing of this request can lead to it."""
    asked: list[str] = []
    stored = by_name([built("lib", "1.0"), built("ssl", "3.0")])

    def find(name: str) -> list[ConcreteSpec]:
        asked.append(name)
        return list(stored.get(name, ()))

    here = made(reusable=Reusable(ByName(lambda: ("lib", "ssl", "other"), find)))
    assert str(node(concretize(here, "lib"), "lib").version) == "1.0"
    assert "other" not in asked and "ssl" not in asked
    assert asked.count("lib") == 1


@pytest.mark.parametrize("fixed", [True, False])
def test_worlds_that_look_packages_up_are_those_that_have_read_everything(fixed: bool) -> None:
    """The same specs in the same order, whatever is added and left out."""
    installed = [built("lib", "1.0"), built("lib", "2.0"), built("app", "1.0"), built("ssl", "3.0")]
    stored = by_name(installed)
    worlds = [
        made(reusable=Reusable(specs))
        for specs in (stored, ByName(lambda: stored, lambda name: stored.get(name, ())))
    ]
    for change in (
        lambda world: world,
        lambda world: with_candidates(world, [built("ssl", "3.1"), installed[0]], fixed=fixed),
        lambda world: without_roots(world, [located("lib@1.0")]),
    ):
        eager, lazy = (change(world).concrete for world in worlds)
        assert {name: list(eager[name]) for name in eager} == {
            name: list(lazy[name]) for name in lazy
        }
        assert list(eager) == list(lazy) and len(eager) == len(lazy)
        assert "gone" not in lazy and lazy.get("gone") is None
