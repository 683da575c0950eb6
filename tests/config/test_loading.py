"""Scopes and their order; includes; the environment; the command line."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from spack.config.configuration import Configuration
from spack.config.loading import command_line_scope
from spack.errors import ConfigurationError, UsageError

from .conftest import MiniInstance


def names(configuration: Configuration) -> list[str]:
    return [scope.name for scope in configuration.scopes]


def test_scopes_stand_in_the_documented_order(mini: MiniInstance) -> None:
    manifest = mini.write("env/spack.yaml", "spack: {include: [extra], specs: []}")
    mini.write("env/extra/config.yaml", "config: {build_jobs: 2}")
    extra = mini.write("dir/config.yaml", "config: {}").parent
    configuration = mini.load(environment=manifest, scopes=[command_line_scope(str(extra))])
    assert names(configuration) == [
        "_builtin",
        "base",
        "defaults",
        "site",
        "user",
        "spack",
        "extra",
        "env:test",
        str(extra),
        "command_line",
    ]


def test_the_highest_scope_wins(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "config: {build_jobs: 3}")
    assert mini.load().get("config:build_jobs") == 3
    mini.write("clone/etc/spack/config.yaml", "config: {build_jobs: 4}")
    assert mini.load().get("config:build_jobs") == 4
    manifest = mini.write("env/spack.yaml", "spack: {config: {build_jobs: 5}, specs: []}")
    assert mini.load(environment=manifest).get("config:build_jobs") == 5
    assert mini.load("config:build_jobs:6", environment=manifest).get("config:build_jobs") == 6


def test_sections_stand_below_spack_in_a_manifest(mini: MiniInstance) -> None:
    manifest = mini.write(
        "env/spack.yaml",
        """\
        spack:
          specs: [zlib]
          packages:
            all:
              target: [zen2]
        """,
    )
    value = mini.load(environment=manifest).at("packages:all:target")
    assert value is not None
    assert (value.plain(), value.origin.file, value.origin.line) == (["zen2"], str(manifest), 5)


def test_inline_wins_over_included_and_earlier_includes_win(
    mini: MiniInstance,
) -> None:
    mini.write("env/a.yaml", "config: {build_jobs: 1, ccache: true}")
    mini.write("env/b.yaml", "config: {build_jobs: 2, ccache: false, dirty: true}")
    manifest = mini.write(
        "env/spack.yaml", "spack: {include: [a.yaml, b.yaml], config: {build_jobs: 3}}"
    )
    configuration = mini.load(environment=manifest)
    found = [configuration.get(f"config:{key}") for key in ("build_jobs", "ccache", "dirty")]
    assert found == [3, True, True]


def test_include_with_two_colons_keeps_only_the_defaults(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "config: {build_jobs: 3}")
    manifest = mini.write("env/spack.yaml", "spack:\n  include:: []\n")
    configuration = mini.load(environment=manifest)
    assert names(configuration) == ["_builtin", "base", "defaults", "env:test", "command_line"]
    assert configuration.get("config:build_jobs") == 16


def test_a_named_include_replaces_the_scope_of_that_name(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "config: {dirty: true}")
    mini.write("env/mine/config.yaml", "config: {build_jobs: 7}")
    manifest = mini.write("env/spack.yaml", "spack: {include: [{name: user, path: mine}]}")
    configuration = mini.load(environment=manifest)
    assert names(configuration).count("user") == 1
    assert configuration.get("config:dirty") is None
    assert configuration.get("config:build_jobs") == 7


def test_an_include_can_depend_on_the_machine(mini: MiniInstance) -> None:
    mini.write("env/a.yaml", "config: {build_jobs: 1}")
    manifest = mini.write(
        "env/spack.yaml",
        """\
        spack:
          include:
          - {path: absent.yaml, when: platform == 'darwin'}
          - {path: a.yaml, when: os == 'debian12' and arch.satisfies('target=x86_64:')}
          - {path: '${target}.yaml', optional: true}
        """,
    )
    assert mini.load(environment=manifest).get("config:build_jobs") == 1


def test_disable_local_config_keeps_out_of_the_home_directory(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "config: {build_jobs: 3}")
    mini.variables["SPACK_DISABLE_LOCAL_CONFIG"] = "1"
    configuration = mini.load()
    assert configuration.get("config:build_jobs") == 16
    assert "user" not in names(configuration)
    assert configuration.paths.user_cache_path.startswith(str(mini.root))
    assert sorted(os.listdir(mini.home / ".spack")) == ["config.yaml"]


def test_process_variables_move_the_user_scope_and_the_cache(mini: MiniInstance) -> None:
    mini.write("elsewhere/config.yaml", "config: {build_jobs: 5}")
    mini.variables["SPACK_USER_CONFIG_PATH"] = str(mini.top / "elsewhere")
    mini.variables["SPACK_USER_CACHE_PATH"] = str(mini.top / "cache")
    configuration = mini.load()
    assert configuration.get("config:build_jobs") == 5
    assert configuration.paths.substitute("$user_cache_path/x") == str(mini.top / "cache" / "x")


def test_a_state_directory_takes_what_would_be_written_in_the_clone(mini: MiniInstance) -> None:
    mini.variables["SPACK_STATE_DIR"] = str(mini.top / "state")
    configuration = mini.load()
    assert configuration.get("config:install_tree:root") == str(mini.top / "state/opt/spack")
    assert configuration.write_target().path == str(mini.top / "state/etc/spack")


def test_a_missing_include_is_an_error_with_its_line(mini: MiniInstance) -> None:
    manifest = mini.write("env/spack.yaml", "spack:\n  include:\n  - absent.yaml\n")
    with pytest.raises(ConfigurationError, match="does not exist") as caught:
        mini.load(environment=manifest)
    assert caught.value.origin is not None
    assert (caught.value.origin.file, caught.value.origin.line) == (str(manifest), 3)


def test_an_include_of_itself_is_an_error(mini: MiniInstance) -> None:
    mini.write("env/a/include.yaml", "include: [../b]")
    mini.write("env/b/include.yaml", "include: [../a]")
    manifest = mini.write("env/spack.yaml", "spack: {include: [a]}")
    with pytest.raises(ConfigurationError, match="includes itself"):
        mini.load(environment=manifest)


@pytest.mark.parametrize("condition", ["nonsense ==", "unknown_name", "env.__class__", "1/0"])
def test_a_bad_condition_is_an_error(mini: MiniInstance, condition: str) -> None:
    manifest = mini.write(
        "env/spack.yaml", f"spack: {{include: [{{path: a.yaml, when: '{condition}'}}]}}"
    )
    with pytest.raises(ConfigurationError):
        mini.load(environment=manifest)


def test_a_url_needs_the_checksum_of_what_it_gives(mini: MiniInstance) -> None:
    content = mini.write("server/a.yaml", "config: {build_jobs: 9}\n")
    good = hashlib.sha256(content.read_bytes()).hexdigest()
    url = content.as_uri()

    def load(entry: str) -> Configuration:
        manifest = mini.write("env/spack.yaml", f"spack: {{include: [{entry}]}}")
        return mini.load(environment=manifest)

    with pytest.raises(ConfigurationError, match="needs the key 'sha256'"):
        load(url)
    with pytest.raises(ConfigurationError, match="has the sha256"):
        load(f"{{path: '{url}', sha256: '{'0' * 64}'}}")
    assert load(f"{{path: '{url}', sha256: '{good}'}}").get("config:build_jobs") == 9
    content.unlink()
    assert load(f"{{path: '{url}', sha256: '{good}'}}").get("config:build_jobs") == 9
    with pytest.raises(ConfigurationError, match="cannot fetch"):
        load(f"{{path: '{url}', sha256: '{'1' * 64}'}}")


def test_command_line_values(mini: MiniInstance) -> None:
    configuration = mini.load(
        "config:extensions:/mine",
        "packages:all:require:['+shared', '%gcc']",
        "mirrors:mine:https://example.org/a",
        "config:ccache:true",
    )
    assert configuration.get("config:extensions") == ["/mine", "/shipped"]
    assert configuration.get("packages:all:require") == ["+shared", "%gcc"]
    assert configuration.get("mirrors:mine") == "https://example.org/a"
    assert configuration.get("config:ccache") is True
    assert "command line" in str(configuration.at("config:ccache"))


def test_command_line_values_can_replace(mini: MiniInstance) -> None:
    configuration = mini.load("config:extensions::/only")
    assert configuration.get("config:extensions") == ["/only"]


@pytest.mark.parametrize("text", ["config", "config:", ":4", "config:'x'y:4"])
def test_command_line_values_of_another_form(mini: MiniInstance, text: str) -> None:
    with pytest.raises(UsageError):
        mini.load(text)


def test_a_scope_that_is_no_directory(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a directory"):
        command_line_scope(str(tmp_path / "absent"))


def test_a_scope_may_be_an_environment(mini: MiniInstance) -> None:
    manifest = mini.write("env/spack.yaml", "spack: {config: {build_jobs: 5}}")
    scope = command_line_scope(str(manifest.parent))
    assert mini.load(scopes=[scope]).get("config:build_jobs") == 5
