"""Errors in configuration files: place, offending value, and what was probably meant."""

from __future__ import annotations

import pytest

from spack.config.scopes.validation import SECTIONS, schema
from spack.errors import ConfigurationError
from spack.system.files.yaml_files import YamlError

from .conftest import MiniInstance


@pytest.mark.parametrize(
    "section, text, line, message",
    [
        ("config", "config:\n  bild_jobs: 4", 2, "no key 'bild_jobs'; did you mean 'build_jobs'"),
        ("config", "config:\n  ccache: true\n  build_jobs: many", 3, "whole number, not 'many'"),
        ("config", "config:\n  build_jobs: 0", 2, "at least 1"),
        ("config", "config:\n  installer: newer", 2, "did you mean 'new'"),
        ("config", "config: [1]", 1, "config must be a mapping"),
        ("config", "confg: {}", 1, "did you mean 'config'"),
        ("config", "config: {flags: {keep_werror: nothing}}", 1, "cannot be 'nothing'"),
        ("config", "config:\n  url_fetch_method: wget", 2, "cannot be 'wget'"),
        ("concretizer", "concretizer:\n  unify: sometimes", 2, "when_possible, not 'sometimes'"),
        ("concretizer", "concretizer:\n  reuse:\n    form: []", 3, "did you mean 'from'"),
        (
            "config",
            "config:\n  terminal_title: true",
            2,
            "no key 'terminal_title' any more; config:install_status took its place",
        ),
        ("packages", "packages:\n  zlib:\n    nobuild: true", 3, "NAME:buildable: false took"),
        ("packages", "packages:\n  zlib:\n    buildable: maybe", 3, "true or false, not 'maybe'"),
        (
            "packages",
            "packages:\n  zlib:\n    externals:\n    - prefix: /usr\n",
            4,
            "needs the key 'spec'",
        ),
        ("packages", "packages:\n  zlib:\n    require:\n    - one_off: [a]", 4, "'one_of'"),
        ("modules", "modules:\n  default:\n    tcl: {all: {autoload: some}}", 3, "'some'"),
        ("mirrors", "mirrors:\n  a:\n    fetch:\n      ulr: x", 4, "did you mean 'url'"),
        ("view", "view: 3", 1, "not 3"),
        ("include", "include:\n- pth: x", 2, "has no key 'pth'; did you mean 'path'"),
        ("include", "include:\n- git: x\n  branch: y", 2, "needs the key 'paths'"),
        ("config", "config: {ccache: true}\nconfig::\n  dirty: true", 2, "the same section twice"),
    ],
)
def test_what_is_wrong_and_where(
    mini: MiniInstance, section: str, text: str, line: int, message: str
) -> None:
    file = mini.write(f"home/.spack/{section}.yaml", text)
    with pytest.raises(ConfigurationError) as caught:
        mini.load().section(section)
    assert message in str(caught.value)
    origin = caught.value.origin
    assert origin is not None
    assert (origin.file, origin.line) == (str(file), line)


@pytest.mark.parametrize("text", ["config: {", "config:\n\t- a", "a: 1\na: 2"])
def test_malformed_yaml_names_file_and_line(mini: MiniInstance, text: str) -> None:
    file = mini.write("home/.spack/config.yaml", text)
    with pytest.raises(YamlError) as caught:
        mini.load().section("config")
    assert caught.value.origin is not None
    assert caught.value.origin.file == str(file)
    assert caught.value.origin.line > 0


def test_a_section_that_is_not_used_is_not_read(mini: MiniInstance) -> None:
    mini.write("home/.spack/packages.yaml", "nonsense: [")
    assert mini.load().get("config:build_jobs") == 16


@pytest.mark.parametrize("section", SECTIONS)
def test_every_schema_is_one(section: str) -> None:
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(schema(section))


def test_suffixes_are_no_unknown_keys(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "config:\n  extensions::\n  - /mine\n")
    assert mini.load().get("config:extensions") == ["/mine"]


def test_an_empty_file_and_an_empty_section_say_nothing(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "config:\n")
    mini.write("home/.spack/packages.yaml", "")
    configuration = mini.load()
    assert configuration.get("config:build_jobs") == 16
    assert configuration.section("packages").plain() == {}


def test_versions_keep_their_text(mini: MiniInstance) -> None:
    mini.write("home/.spack/packages.yaml", "packages: {a: {version: [1.10, 007, 4]}}")
    assert mini.load().get("packages:a:version") == ["1.10", "007", 4]


def test_the_top_of_a_file_must_be_a_mapping(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "- config")
    with pytest.raises(ConfigurationError, match="mapping of sections"):
        mini.load().section("config")


def test_an_unknown_scope_is_named(mini: MiniInstance) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'user'"):
        mini.load().scope("usr")


def test_the_keys_are_listed_when_none_is_near(mini: MiniInstance) -> None:
    mini.write("home/.spack/concretizer.yaml", "concretizer: {targets: {zzz: 1}}")
    with pytest.raises(ConfigurationError) as caught:
        mini.load().section("concretizer")
    assert caught.value.hint == "the keys are granularity, host_compatible"


@pytest.mark.parametrize(
    "text, line, column",
    [
        ("config:\n  bild_jobs:   3\n", 2, 3),
        ("config: {ccache: true,  bild_jobs: 3}\n", 1, 25),
        ("config:\n  install_tree:\n    rot:\n      x\n", 3, 5),
        ("confg:   3\n", 1, 1),
    ],
)
def test_an_unknown_key_is_shown_where_the_key_stands(
    mini: MiniInstance, text: str, line: int, column: int
) -> None:
    mini.write("home/.spack/config.yaml", text)
    with pytest.raises(ConfigurationError) as caught:
        mini.load().section("config")
    assert caught.value.origin is not None
    assert caught.value.origin[1:] == (line, column)


@pytest.mark.parametrize(
    "key, told",
    [
        ("gitlab-ci", "'gitlab-ci' is not a key of an environment any more; ci took its place"),
        ("speks", "'speks' is not a key of an environment; did you mean 'specs'?"),
        ("qq", "the keys are specs, include_concrete"),
    ],
)
def test_a_manifest_with_an_unknown_key_is_no_configuration(
    mini: MiniInstance, key: str, told: str
) -> None:
    """Not even for commands that only ask for a section of it."""
    manifest = mini.write("env/spack.yaml", f"spack:\n  specs: []\n  {key}: {{}}\n")
    with pytest.raises(ConfigurationError) as caught:
        mini.load(environment=manifest).section("config")
    assert told in str(caught.value)
    assert str(caught.value.origin) == f"{manifest}:3:3"
