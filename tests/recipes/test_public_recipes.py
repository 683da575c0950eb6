"""All public recipes, unmodified; skipped where they are absent."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec, External, Value
from spack.language.matching import satisfies
from spack.language.versions import Version
from spack.recipes.bound.bound_spec import BoundSpec, bind
from spack.recipes.build_context import BuildContext, building
from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.classes.flag_handlers import plan_flags
from spack.recipes.classes.recipe_modules import set_module_globals
from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.recipes.records.package_records import PackageRecord
from spack.recipes.records.record_cache import RecordCache


@pytest.fixture(scope="module")
def public(public_recipes: Path, tmp_path_factory: pytest.TempPathFactory) -> RepositoryPath:
    """The public repository; records are kept in a directory of this module."""
    cache = RecordCache(str(tmp_path_factory.mktemp("records")))
    return RepositoryPath([Repository(str(public_recipes / "spack_repo" / "builtin"), cache=cache)])


def test_every_recipe_yields_a_record(public: RepositoryPath) -> None:
    repository = public.repositories[0]
    assert repository.index().broken() == {}
    names = public.all_names()
    assert len(names) + len(repository.virtual_recipes()) == len(repository.list_directories())
    assert len(names) > 8800
    for name in names[::20]:
        record = public.record(name)
        assert record.name == name and record.origin.line > 0
        for dependency in record.dependencies:
            assert dependency.spec.name and dependency.origin.line
        for version in record.versions:
            assert str(version.version) == version.text
    assert "openmpi" in public.providers("mpi") and public.is_virtual("c")
    assert "cmake" in public.with_tag("build-tools")
    gcc = public.record("gcc")
    assert "compiler" in gcc.tags and "fortran" in gcc.compiler_languages


def test_every_build_system_is_there(public: RepositoryPath) -> None:
    seen: Counter[str] = Counter()
    for name in public.all_names():
        seen.update(public.record(name).build_systems)
    assert set(seen) >= {
        *("autotools", "bundle", "cargo", "cmake", "generic", "go", "lua", "makefile", "maven"),
        *("meson", "octave", "perl", "python_pip", "qmake", "racket", "ruby", "scons", "sip"),
        *("waf", "msbuild", "nmake"),
    }


def defaults(record: PackageRecord) -> dict[str, Value]:
    """Default values of the variants that the newest version has."""
    values: dict[str, Value] = {v.name: v.default for v in record.variants if v.when is None}
    if record.versions:
        arch = Architecture("linux", "debian12", "x86_64_v3")
        plain = ConcreteSpec(record.name, newest(record), arch, variants=values)
        for variant in record.variants:
            if variant.when is not None and satisfies(plain, variant.when):
                values[variant.name] = variant.default
    return values


def newest(record: PackageRecord) -> Version:
    """The highest numeric version, else the first."""
    versions = [v.version for v in record.versions if not v.version.isdevelop()]
    return max(versions) if versions else record.versions[0].version


class Graphs:
    """Nodes with default variants and the direct dependencies that apply."""

    def __init__(self, path: RepositoryPath) -> None:
        self.path = path
        self.arch = Architecture("linux", "debian12", "x86_64_v3")
        programs = dict.fromkeys(("c", "cxx", "fortran"), "/usr/bin/gcc")
        self.gcc = ConcreteSpec(
            "gcc",
            Version("12.2.0"),
            self.arch,
            external=External("/usr", (), {"compilers": programs}),
            variants={"languages": ("c", "c++", "fortran"), "build_system": "autotools"},
        )

    def node(self, name: str) -> ConcreteSpec:
        """A node with one level of dependencies."""
        record = self.path.record(name)
        plain = ConcreteSpec(name, newest(record), self.arch, variants=defaults(record))
        view = BoundSpec(plain)
        edges: dict[str, tuple[ConcreteSpec, int, list[str]]] = {}
        for dependency in record.dependencies:
            if dependency.when is not None and not view.satisfies(dependency.when):
                continue
            wanted = dependency.spec.name or ""
            virtuals: list[str] = []
            child = wanted
            if not self.path.exists(wanted):
                virtuals = [wanted]
                child = "gcc" if wanted in ("c", "cxx", "fortran") else self._provider(wanted)
            leaf = self.gcc if child == "gcc" else self._leaf(child)
            known = edges.get(child, (leaf, 0, []))
            edges[child] = (leaf, known[1] | dependency.deptypes, known[2] + virtuals)
        return ConcreteSpec(
            name,
            plain.version,
            self.arch,
            variants=plain.variants,
            dependencies=tuple(ConcreteEdge(s, t, tuple(v)) for s, t, v in edges.values()),
        )

    def _provider(self, virtual: str) -> str:
        return sorted(self.path.providers(virtual))[0]

    def _leaf(self, name: str) -> ConcreteSpec:
        record = self.path.record(name)
        return ConcreteSpec(name, newest(record), self.arch, variants=defaults(record))


def varied_names(path: RepositoryPath) -> Iterator[str]:
    """At least a hundred packages: several of every build system and of every mixture."""
    taken: Counter[tuple[str, ...]] = Counter()
    for name in path.all_names():
        record = path.record(name)
        kind = (*record.build_systems, str("+cuda" in record.tags), str(len(record.fullnames) > 1))
        if record.versions and taken[kind] < 4:
            taken[kind] += 1
            yield name


def test_package_and_builder_objects_of_varied_recipes(
    public: RepositoryPath, tmp_path: Path
) -> None:
    class Prefixes:
        def prefix(self, spec: ConcreteSpec) -> str:
            prefix = tmp_path / spec.name
            if not prefix.exists():
                stem = spec.name if spec.name.startswith("lib") else f"lib{spec.name}"
                for file in (f"lib/{stem}.so", f"lib/{stem}.a", "include/header.h"):
                    (prefix / file).parent.mkdir(parents=True, exist_ok=True)
                    (prefix / file).write_text("")
            return str(prefix)

    class Stage:
        path = str(tmp_path / "stage")
        source_path = str(tmp_path / "stage" / "spack-src")

    os.makedirs(Stage.source_path)
    graphs = Graphs(public)
    count = 0
    with building(BuildContext(jobs=2, stage_of=lambda pkg: Stage())):
        for name in varied_names(public):
            if name == "gcc":
                continue
            spec = bind(graphs.node(name), Prefixes(), public)
            pkg: Any = spec.package
            set_module_globals(pkg)
            builder = create_builder(pkg)
            assert list(builder.phases) == [phase.name for phase in builder]
            assert pkg.name == name and pkg.spec is not None and str(pkg.prefix)
            assert plan_flags(pkg) is not None
            count += 1
    assert count >= 100
