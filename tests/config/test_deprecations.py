"""Old forms: what they mean today, and what the warning says."""

from __future__ import annotations

from typing import Any

import pytest

from spack.config.scopes.deprecations import Deprecation
from spack.config.settings.settings import Settings
from spack.errors import ConfigurationError

from .conftest import MiniInstance


@pytest.mark.parametrize(
    "section, text, path, value, new",
    [
        ("config", "{install_tree: /a}", "install_tree:root", "/a", "install_tree:root"),
        (
            "config",
            "{install_path_scheme: '{name}'}",
            "install_tree:projections:all",
            "{name}",
            "config:install_tree:projections:all",
        ),
        ("config", "{module_roots: {tcl: /a}}", "module_roots", None, "modules:default:roots"),
        ("repos", "[/a, /b]", "/a", "/a", "a mapping of names to paths"),
        ("modules", "{enable: [tcl]}", "default:enable", ["tcl"], "modules:default:enable"),
        (
            "modules",
            "{default: {tcl: {whitelist: [gcc]}}}",
            "default:tcl:include",
            ["gcc"],
            "modules:default:tcl:include",
        ),
        (
            "modules",
            "{default: {tcl: {all: {filter: {environment_blacklist: [A]}}}}}",
            "default:tcl:all:filter:exclude_env_vars",
            ["A"],
            "exclude_env_vars",
        ),
        (
            "packages",
            "{cmake: {paths: {cmake@3: /usr}}}",
            "cmake:externals",
            [{"spec": "cmake@3", "prefix": "/usr"}],
            "packages:cmake:externals",
        ),
        ("modules", "{'enable:': [tcl]}", "default:enable", ["tcl"], "modules:default:enable"),
        ("packages", "{all: {compiler: [a@1]}}", "all:compiler", ["a@1"], "packages:all:prefer"),
        ("packages", "{hdf5: {compiler: [a]}}", "hdf5:compiler", ["a"], "packages:hdf5:prefer"),
        ("packages", "{hdf5: {target: [zen2]}}", "hdf5", {}, "packages:hdf5:prefer"),
        ("packages", "{hdf5: {providers: {mpi: [a]}}}", "hdf5", {}, "packages:all:providers"),
    ],
)
def test_old_forms(
    mini: MiniInstance, section: str, text: str, path: str, value: Any, new: str
) -> None:
    file = mini.write(f"home/.spack/{section}.yaml", f"{section}: {text}")
    assert mini.load().get(f"{section}:{path}") == value
    (note,) = (note for note in mini.notes if isinstance(note, Deprecation))
    assert new in note.new
    assert str(note).startswith(f"{file}:1:")
    assert "deprecated" in str(note)


def test_each_warning_is_given_once(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "config: {install_tree: /a}")
    configuration = mini.load()
    configuration.section("config")
    configuration.get("config:ccache")
    assert len(mini.notes) == 1


def test_a_key_without_effect_is_told_once(mini: MiniInstance) -> None:
    file = mini.write("home/.spack/config.yaml", "config:\n  installer: old\n")
    configuration = mini.load("config:suppress_gpg_warnings:true")
    mini.notes.clear()  # those of checking the assignment
    configuration.section("config")
    configuration.get("config:ccache")
    assert [str(note) for note in mini.notes] == [
        f"{file}:2:14: config:installer is ignored in this version",
        "command line (config:suppress_gpg_warnings:true): config:suppress_gpg_warnings is ignored"
        " in this version",
    ]


def test_compilers_become_externals(mini: MiniInstance) -> None:
    mini.write(
        "home/.spack/compilers.yaml",
        """\
        compilers:
        - compiler:
            spec: gcc@=12.2.0
            paths: {cc: /opt/gcc/bin/gcc, cxx: /opt/gcc/bin/g++, f77: null, fc: null}
            operating_system: debian12
            target: x86_64
            modules: []
            flags: {cflags: -O2}
        - compiler:
            spec: clang@=15.0.0
            paths: {cc: /usr/bin/clang, cxx: null, f77: null, fc: null}
            target: any
            modules: [llvm/15]
        """,
    )
    mini.write("home/.spack/packages.yaml", "packages: {gcc: {buildable: false}}")
    packages = mini.load().get("packages")
    assert packages["gcc"]["buildable"] is False
    assert packages["gcc"]["externals"] == [
        {
            "spec": "gcc@12.2.0 languages:='c,c++' os=debian12 target=x86_64:",
            "prefix": "/opt/gcc",
            "extra_attributes": {
                "compilers": {"c": "/opt/gcc/bin/gcc", "cxx": "/opt/gcc/bin/g++"},
                "flags": {"cflags": "-O2"},
            },
        }
    ]
    (llvm,) = packages["llvm"]["externals"]
    assert (llvm["spec"], llvm["modules"]) == ("llvm@15.0.0+clang", ["llvm/15"])
    assert [note.old for note in mini.notes] == ["compilers"]


@pytest.mark.parametrize("text", ["[{compiler: {spec: gcc@1}}]", "{a: b}"])
def test_malformed_compilers(mini: MiniInstance, text: str) -> None:
    mini.write("home/.spack/compilers.yaml", f"compilers: {text}")
    with pytest.raises(ConfigurationError):
        mini.load().section("packages")


@pytest.mark.parametrize("word, unify", [("together", True), ("separately", False)])
def test_concretization_is_unify(mini: MiniInstance, word: str, unify: bool) -> None:
    manifest = mini.write("env/spack.yaml", f"spack: {{concretization: {word}}}")
    assert mini.load(environment=manifest).get("concretizer:unify") is unify
    assert mini.notes == []


def test_both_keys_must_agree(mini: MiniInstance) -> None:
    text = "spack:\n  concretization: together\n  concretizer:\n    unify: {}\n"
    manifest = mini.write("env/spack.yaml", text.format("true"))
    assert mini.load(environment=manifest).get("concretizer:unify") is True
    manifest = mini.write("env2/spack.yaml", text.format("false"))
    with pytest.raises(ConfigurationError, match=r"spack.yaml:4:\d+\)") as caught:
        mini.load(environment=manifest).section("concretizer")
    assert caught.value.origin is not None and caught.value.origin.line == 2


def test_other_words_are_refused(mini: MiniInstance) -> None:
    manifest = mini.write("env/spack.yaml", "spack: {concretization: sometimes}")
    with pytest.raises(ConfigurationError, match="sometimes"):
        mini.load(environment=manifest).section("concretizer")


def test_externals_that_are_left_out_or_read_as_more_than_they_say(mini: MiniInstance) -> None:
    """The rest of the file counts."""
    file = mini.write(
        "home/.spack/packages.yaml",
        """\
        packages:
          zlib:
            externals:
            - spec: zlib@1.3.1
            - spec: "3.0.8"
              prefix: /opt/a
            - spec: "@1.2.11"
              prefix: /opt/b
            - {spec: os=debian12, modules: [zlib]}
            - {spec: zlib@1.2.8, prefix: /opt/c, modules: []}
            - {spec: "zlib@1.2:", prefix: /opt/d}
            - {spec: "%gcc@12.2.0", prefix: /opt/d}
            - {spec: bzip2@1.0.8, prefix: /opt/d}
            - {spec: zlib-1.2, prefix: /opt/d}
            - {spec: zlib +pic @=1.2.9 %gcc@12, prefix: /opt/e}
            - {spec: builtin.zlib@1.2.7, prefix: /opt/f}
        """,
    )
    settings = Settings(mini.load(), str(mini.top))
    assert [entry.spec for entry in settings.package("zlib").externals] == [
        "zlib@1.2.11",
        "zlib os=debian12",
        "zlib@1.2.8",
        "zlib@1.2:",
        "zlib%gcc@12.2.0",
        "zlib +pic @=1.2.9 %gcc@12",
        "builtin.zlib@1.2.7",
    ]
    assert [str(note) for note in mini.notes] == [
        f"{file}:4:7: the external 'zlib@1.3.1' of zlib is ignored because it has neither prefix"
        " nor modules",
        f"{file}:5:7: the external '3.0.8' of zlib is ignored because it does not name a"
        " package: write zlib@3.0.8",
        f"{file}:7:7: the external '@1.2.11' of zlib is taken for zlib@1.2.11 because it does not"
        " name a package",
        f"{file}:9:7: the external 'os=debian12' of zlib is ignored because its version is not"
        " exact: write zlib@VERSION",
        f"{file}:11:7: the external 'zlib@1.2:' of zlib is ignored because its version is not"
        " exact: write zlib@VERSION",
        f"{file}:12:7: the external '%gcc@12.2.0' of zlib is ignored because its version is not"
        " exact: write zlib@VERSION",
        f"{file}:13:7: the external 'bzip2@1.0.8' of zlib is ignored because it is of another"
        " package: list it below bzip2",
        f"{file}:14:7: the external 'zlib-1.2' of zlib is ignored because it is of another"
        " package: list it below zlib-1.2",
    ]
