"""Typed settings: the shipped defaults, and every section from text to values."""

from __future__ import annotations

from pathlib import Path

import pytest

from spack.config.loading import instance, load
from spack.config.settings.package_settings import ANY_OF, ONE_OF
from spack.config.settings.program_settings import ReuseSettings
from spack.config.settings.settings import Settings
from spack.language.modes import Reuse, Unify

from .conftest import HOST, MiniInstance


def settings(mini: MiniInstance, **sections: str) -> Settings:
    for name, text in sections.items():
        mini.write(f"clone/etc/spack/{name}.yaml", f"{name}:\n{text}")
    return Settings(mini.load(), str(mini.root))


@pytest.fixture
def shipped(root: Path, tmp_path: Path) -> Settings:
    variables = {
        "HOME": str(tmp_path),
        "SPACK_DISABLE_LOCAL_CONFIG": "1",
        "SPACK_USER_CACHE_PATH": str(tmp_path),
        "TMPDIR": "/tmp",
        "USER": "me",
    }
    place = instance(str(root), variables, lambda: HOST)
    return Settings(load(place), str(root))


def test_shipped_defaults(shipped: Settings, root: Path, tmp_path: Path) -> None:
    config = shipped.config
    assert config.install_tree_root == f"{root}/opt/spack"
    assert config.build_stage == ("/tmp/me/spack-stage", f"{tmp_path}/stage")
    assert (config.build_jobs, config.concurrent_packages) == (0, 0)
    assert (config.db_lock_timeout, config.package_lock_timeout) == (60, None)
    assert config.aliases["rm"] == "remove"
    assert shipped.concretizer.unify is Unify.SEPARATELY
    assert shipped.concretizer.max_dupes["cmake"] == 2
    assert shipped.packages["all"].providers["mpi"] == ("openmpi", "mpich")
    assert len(shipped.packages["all"].providers) == 52
    assert not shipped.package("glibc").buildable
    assert shipped.package("zlib").buildable
    assert shipped.repos["builtin"].path == f"{root}/var/spack/repos/spack_repo/builtin"
    assert shipped.mirrors["spack-public"].binary is False


def test_prefix_inspections(shipped: Settings) -> None:
    assert shipped.modules.prefix_inspections == {
        "bin": ("PATH",),
        "man": ("MANPATH",),
        "share/man": ("MANPATH",),
        "share/aclocal": ("ACLOCAL_PATH",),
        "lib": ("LD_LIBRARY_PATH", "LIBRARY_PATH"),
        "lib64": ("LD_LIBRARY_PATH", "LIBRARY_PATH"),
        "include": ("CPATH",),
        "lib/pkgconfig": ("PKG_CONFIG_PATH",),
        "lib64/pkgconfig": ("PKG_CONFIG_PATH",),
        "share/pkgconfig": ("PKG_CONFIG_PATH",),
        "": ("CMAKE_PREFIX_PATH",),
    }


def test_requirements_keep_their_policy_and_place(mini: MiniInstance) -> None:
    packages = settings(
        mini,
        packages="""\
  all: {require: '+shared'}
  hdf5:
    require:
    - '@1.14'
    - one_of: ['%gcc', '%clang']
      when: '+mpi'
      message: use a known compiler
    - any_of: [+a, +b]
    - spec: '+c'
    prefer: [+x, {spec: +y, when: '@2:'}]
    conflict: ['+z']
""",
    ).packages
    entries = packages["hdf5"].require
    assert [(e.policy, e.specs) for e in entries] == [
        (ONE_OF, ("@1.14",)),
        (ONE_OF, ("%gcc", "%clang")),
        (ANY_OF, ("+a", "+b")),
        (ONE_OF, ("+c",)),
    ]
    assert (entries[1].when, entries[1].message) == ("+mpi", "use a known compiler")
    assert entries[1].origin.line == 6
    assert [e.specs for e in packages["hdf5"].prefer] == [("+x", "@:"), ("+y", "@:")]
    assert [(e.policy, e.specs) for e in packages["hdf5"].conflict] == [(ONE_OF, ("+z", "@:"))]
    assert [e.specs for e in packages["all"].require] == [("+shared",)]


def test_externals(mini: MiniInstance) -> None:
    packages = settings(
        mini,
        packages="""\
  gcc:
    buildable: false
    externals:
    - spec: gcc@12.2.0 languages:='c,c++'
      prefix: $HOME/gcc
      id: mine
      modules: [gcc/12]
      extra_attributes: {compilers: {c: /usr/bin/gcc}}
      dependencies: [{id: other, deptypes: [link], virtuals: libc}]
""",
    ).packages
    (external,) = packages["gcc"].externals
    assert external.prefix == str(mini.home / "gcc")
    assert (external.id, external.modules) == ("mine", ("gcc/12",))
    assert external.extra_attributes["compilers"] == {"c": "/usr/bin/gcc"}
    (dependency,) = external.dependencies
    assert (dependency.id, dependency.deptypes, dependency.virtuals) == (
        "other",
        ("link",),
        ("libc",),
    )
    assert not packages["gcc"].buildable


def test_all_gives_buildable_and_permissions(mini: MiniInstance) -> None:
    found = settings(
        mini,
        packages="""\
  all: {buildable: false, permissions: {read: group, group: hpc}}
  zlib: {buildable: true, permissions: {write: group}}
""",
    )
    assert found.package("zlib").buildable
    assert found.package("zlib").permissions[:3] == ("group", "group", "hpc")
    assert not found.package("other").buildable


def test_places(mini: MiniInstance) -> None:
    found = settings(
        mini,
        mirrors="""\
  near: ../mirror
  far: {fetch: 'https://a/x', push: {url: 's3://b', access_pair: {id: me}}, binary: true}
""",
        repos="""\
  mine: ./recipes
  theirs: {git: 'https://x/y.git', tag: v1, paths: [repos/a]}
""",
        upstreams="  site: {install_tree: /site/store, modules: {tcl: /site/modules}}\n",
    )
    etc = mini.root / "etc"
    assert found.mirrors["near"].fetch.url == str(etc / "mirror")
    assert found.mirrors["far"].fetch.url == "https://a/x"
    assert found.mirrors["far"].push[:3] == ("s3://b", None, "me")
    assert list(found.repos) == ["mine", "theirs"]
    assert found.repos["mine"].path == str(etc / "spack" / "recipes")
    assert (found.repos["theirs"].git, found.repos["theirs"].tag) == ("https://x/y.git", "v1")
    assert found.upstreams["site"].install_tree == "/site/store"


def test_concretizer_reuse(mini: MiniInstance) -> None:
    reuse = settings(
        mini,
        concretizer="""\
  reuse: {roots: false, from: [{type: local, exclude: [zlib]}]}
  unify: true
""",
    ).concretizer
    assert reuse.reuse.mode is Reuse.DEPENDENCIES
    assert reuse.reuse.sources[0][:1] + reuse.reuse.sources[0][3:] == ("local", ("zlib",))
    assert reuse.unify is Unify.TOGETHER


@pytest.mark.parametrize(
    "text, expected",
    [
        ("  reuse: true\n", ReuseSettings()),
        ("  reuse: false\n", ReuseSettings(Reuse.NOTHING)),
        ("  reuse: dependencies\n", ReuseSettings(Reuse.DEPENDENCIES)),
    ],
)
def test_reuse_as_one_word(mini: MiniInstance, text: str, expected: ReuseSettings) -> None:
    assert settings(mini, concretizer=text).concretizer.reuse == expected


def test_toolchains(mini: MiniInstance) -> None:
    manifest = mini.write(
        "env/spack.yaml",
        """\
        spack:
          toolchains:
            one: '%gcc'
            two: [{spec: '%c=gcc', when: '%c'}]
        """,
    )
    found = Settings(mini.load(environment=manifest), "/")
    assert [entry[:2] for entry in found.toolchains["two"]] == [("%c=gcc", "%c")]
    assert found.toolchains["one"][0].spec == "%gcc"


def test_roots_of_module_sets(mini: MiniInstance) -> None:
    found = settings(mini, modules="  mine: {enable: [tcl], roots: {tcl: $spack/m}}\n").modules
    assert found.sets["mine"].roots["tcl"] == f"{mini.root}/m"
    assert found.sets["mine"].enable == ("tcl",)


def test_a_rule_remembers_that_it_replaces_others(mini: MiniInstance) -> None:
    text = "  s: {tcl: {zlib::: {load: [a]}, 'gmake': {load: [b]}, all: {autoload: run}}}\n"
    rules = settings(mini, modules=text.replace(":::", "::")).modules.sets["s"].tcl.rules
    assert [(r.constraint, r.replaces, r.load) for r in rules] == [
        ("zlib", True, ("a",)),
        ("gmake", False, ("b",)),
        ("all", False, ()),
    ]


def test_directories_of_inspections_are_told_apart_by_what_they_are(mini: MiniInstance) -> None:
    found = settings(mini, modules="  prefix_inspections: {lib: [A, B], ./lib/: [B, C], ./: [D]}\n")
    assert found.modules.prefix_inspections == {"lib": ("A", "B", "C"), "": ("D",)}


def test_path_variables(mini: MiniInstance) -> None:
    scratch = mini.write("scratch/file", "").parent
    mini.variables.update(USER="me", SITE="/site", TMPDIR=f"{scratch}/gone", TMP=str(scratch))
    manifest = mini.write("env/spack.yaml", "spack: {}")
    paths = mini.load(environment=manifest).paths
    expected = {
        "$spack/x": f"{mini.root}/x",
        "${SPACK}x": f"{mini.root}x",
        "$env": str(manifest.parent),
        "$tempdir/$user": f"{scratch}/me",
        "$arch": "linux-debian12-zen3",
        "$os-$target-$target_family": "debian12-zen3-x86_64",
        "$SITE/$unknown": "/site/$unknown",
        "~/x": f"{mini.home}/x",
        "$user_cache_path": f"{mini.home}/.spack",
        "$spack_short_version": "0.1",
    }
    assert {text: paths.substitute(text) for text in expected} == expected
