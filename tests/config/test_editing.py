"""Changes of configuration files: where they go, what stays, what is refused."""

from __future__ import annotations

import pytest

from spack.config.configuration import ChangedFile
from spack.config.editing import add, merge_file, put_first, remove, revert, set_value, update
from spack.errors import ConfigurationError

from .conftest import MiniInstance


def test_changes_go_to_the_user_scope_by_default(mini: MiniInstance) -> None:
    change = add(mini.load(), ["config", "build_jobs"], "4")
    assert change == str(mini.home / ".spack" / "config.yaml")
    assert mini.load().get("config:build_jobs") == 4


def test_an_environment_is_a_scope_and_keeps_its_comments(
    mini: MiniInstance,
) -> None:
    manifest = mini.write("env/spack.yaml", "spack:\n  # what we need\n  specs: [zlib]  # small\n")
    configuration = mini.load(environment=manifest)
    set_value(configuration, ["config", "build_jobs"], 4, "env:test")
    text = manifest.read_text()
    assert "# what we need\n  specs: [zlib]  # small\n" in text
    assert "  config:\n    build_jobs: 4\n" in text
    assert mini.load(environment=manifest).get("config:build_jobs") == 4
    assert configuration.write_target().name == "env:test"


def test_comments_and_order_stay(mini: MiniInstance) -> None:
    file = mini.write(
        "home/.spack/config.yaml",
        "# mine\nconfig:\n  ccache: true  # fast\n  build_jobs: 2\n",
    )
    set_value(mini.load(), ["config", "build_jobs"], 3)
    assert file.read_text() == "# mine\nconfig:\n  ccache: true  # fast\n  build_jobs: 3\n"


def test_adding_to_a_list_puts_the_value_first(mini: MiniInstance) -> None:
    add(mini.load(), ["config", "extensions"], "/a")
    add(mini.load(), ["config", "extensions"], "[/b, /c]")
    assert mini.load().get("config:extensions") == ["/b", "/c", "/a", "/shipped"]


def test_the_first_entry_of_an_ordered_mapping(mini: MiniInstance) -> None:
    put_first(mini.load(), "repos", "a", "/a")
    file = mini.home / ".spack" / "repos.yaml"
    file.write_text(file.read_text() + "  # an old friend\n  b: /b\n")
    put_first(mini.load(), "repos", "c", "/c")
    assert list(mini.load().get("repos")) == ["c", "a", "b"]
    put_first(mini.load(), "repos", "b", "/b2")
    assert next(iter(mini.load().get("repos").items())) == ("b", "/b2")
    assert "# an old friend" in file.read_text()


def test_a_key_that_replaces(mini: MiniInstance) -> None:
    add(mini.load(), ["config", "extensions:"], "/only")
    assert mini.load().get("config:extensions") == ["/only"]


def test_removing(mini: MiniInstance) -> None:
    mini.write("home/.spack/config.yaml", "config: {build_jobs: 2, extensions: [/a, /b]}")
    remove(mini.load(), ["config", "build_jobs"])
    remove(mini.load(), ["config", "extensions"], "/a")
    assert mini.load().get("config:build_jobs") == 16
    assert mini.load().get("config:extensions") == ["/b", "/shipped"]
    with pytest.raises(ConfigurationError, match="has no config:build_jobs"):
        remove(mini.load(), ["config", "build_jobs"])
    with pytest.raises(ConfigurationError, match="has no config:extensions:/z"):
        remove(mini.load(), ["config", "extensions"], "/z")


def test_a_wrong_change_leaves_the_file_alone(mini: MiniInstance) -> None:
    file = mini.write("home/.spack/config.yaml", "config: {build_jobs: 2}")
    with pytest.raises(ConfigurationError, match="whole number"):
        add(mini.load(), ["config", "build_jobs"], "many")
    with pytest.raises(ConfigurationError, match="did you mean"):
        add(mini.load(), ["config", "bild_jobs"], "3")
    assert file.read_text() == "config: {build_jobs: 2}"


def test_scopes_that_cannot_be_written(mini: MiniInstance) -> None:
    configuration = mini.load()
    with pytest.raises(ConfigurationError, match="is not stored in files"):
        configuration.write_target("command_line")
    with pytest.raises(ConfigurationError, match="no configuration scope 'nowhere'"):
        configuration.write_target("nowhere")


def test_another_scope_can_be_named(mini: MiniInstance) -> None:
    change = add(mini.load(), ["config", "build_jobs"], "4", "site")
    assert change == str(mini.root / "etc" / "spack" / "site" / "config.yaml")


def test_without_a_home_changes_go_to_the_instance(mini: MiniInstance) -> None:
    mini.variables["SPACK_DISABLE_LOCAL_CONFIG"] = "1"
    file = add(mini.load(), ["config", "build_jobs"], "4")
    assert file == str(mini.root / "etc" / "spack" / "config.yaml")


def test_whole_sections_from_a_file(mini: MiniInstance) -> None:
    mini.write("home/.spack/packages.yaml", "packages:\n  zlib: {require: +a}  # why\n")
    source = mini.write("more.yaml", "packages: {hdf5: {buildable: false}}\nconfig: {ccache: true}")
    merge_file(mini.load(), str(source))
    configuration = mini.load()
    assert configuration.get("packages") == {
        "zlib": {"require": "+a"},
        "hdf5": {"buildable": False},
    }
    assert "# why" in (mini.home / ".spack" / "packages.yaml").read_text()
    assert configuration.get("config:ccache") is True


def test_update_writes_the_present_form_and_revert_undoes_it(mini: MiniInstance) -> None:
    old = "config:\n  install_tree: /store\n"
    file = mini.write("home/.spack/config.yaml", old)
    done = update(mini.load(), "config")
    assert done is not None
    assert [note.old for note in done.deprecations] == ["config:install_tree as a string"]
    assert file.read_text() == "config:\n  install_tree:\n    root: /store\n"
    assert update(mini.load(), "config") is None
    revert(mini.load(), "config")
    assert file.read_text() == old
    with pytest.raises(ConfigurationError, match="no backup of 'config'"):
        revert(mini.load(), "config")


def test_blame_gives_the_place_of_every_line(mini: MiniInstance) -> None:
    text = "config:\n  build_jobs: 2\n  aliases: {a: 'x y'}\n"
    file = mini.write("home/.spack/config.yaml", text)
    lines = mini.load("config:ccache:true").lines("config")
    found = {line.text.strip(): str(line.origin) for line in lines}
    assert found["build_jobs: 2"] == f"{file}:2:15"
    assert found["a: x y"].startswith(f"{file}:3:")
    assert found["ccache: true"] == "command line (config:ccache:true)"


@pytest.mark.parametrize(
    "text",
    ["true", "1.10", "- a", "a: b", "", "'quoted'", "#x", "%gcc", "a\nb", "{x}", "null", "*"],
)
def test_what_is_shown_can_be_read_again(mini: MiniInstance, text: str) -> None:
    from spack.config.values.rendering import render
    from spack.config.values.values import located
    from spack.config.values.yaml_values import parse_yaml

    data = {"key": text, "list": [text, {"a": [], "b": {}}, [text]], text + "k": 1}
    shown = "\n".join(line.text for line in render(located(data, "x")))
    assert parse_yaml(shown, "y").plain() == data


def test_the_first_element_of_a_list_makes_the_list(mini: MiniInstance) -> None:
    key = "additional_external_search_paths"
    assigned = mini.load(f"config:{key}:/mine", f"config:{key}:/yours")
    assert assigned.get(f"config:{key}") == ["/mine", "/yours"]
    add(mini.load(), ["config", key], "/opt", "user")
    assert mini.load().get(f"config:{key}") == ["/opt"]


def test_a_suffix_that_is_asked_for_takes_the_place_of_the_former_key(mini: MiniInstance) -> None:
    file = mini.write(
        "home/.spack/config.yaml", "# top\nconfig:  # why\n  ccache: true\nview: {}\n"
    )
    add(mini.load(), ["config:", "build_jobs"], "2", "user")
    assert file.read_text() == (
        "# top\nconfig::  # why\n  ccache: true\n  build_jobs: 2\nview: {}\n"
    )
    assert sorted(mini.load().get("config")) == ["build_jobs", "ccache"]


COMMENTED = """\
packages:
  zlib:
    require:
    - "@1.3.1"  # tested
    - +pic  # wanted
    - ~shared  # small
  hdf5: {}  # nothing yet
"""


@pytest.mark.parametrize(
    "value, lines",
    [
        (["@1.3.2", "+pic", "~shared"], ['- "@1.3.2"  # tested', "- +pic  # wanted", "- ~shared"]),
        (["@1.3.1", "~shared"], ['- "@1.3.1"  # tested', "- ~shared  # small"]),
        (["+x", "@1.3.1", "+pic", "~shared"], ["- +x", '- "@1.3.1"  # tested', "- +pic  # wanted"]),
        (["@1.3.1", "+pic", "~shared", "+x"], ["- +pic  # wanted", "- ~shared  # small", "- +x"]),
    ],
)
def test_comments_at_the_end_of_lines_stay_with_what_stays(
    mini: MiniInstance, value: list[str], lines: list[str]
) -> None:
    file = mini.write("home/.spack/packages.yaml", COMMENTED)
    set_value(mini.load(), ["packages", "zlib", "require"], value)
    assert mini.load().get("packages:zlib:require") == value
    text = file.read_text()
    assert all(f"    {line}" in text for line in lines), text
    assert "  hdf5: {}  # nothing yet\n" in text


def test_an_update_keeps_the_comments_of_what_is_not_old(mini: MiniInstance) -> None:
    file = mini.write(
        "home/.spack/config.yaml",
        "config:\n  install_tree: /a\n  ccache: true  # fast\n  # why two\n  build_jobs: 2\n",
    )
    done = update(mini.load(), "config")
    assert done is not None
    text = file.read_text()
    assert "  ccache: true  # fast\n  # why two\n  build_jobs: 2\n" in text
    assert mini.load().get("config:install_tree") == {"root": "/a"}


def test_an_old_form_that_still_counts_is_left_to_people(mini: MiniInstance) -> None:
    text = "packages:\n  all:\n    compiler: [gcc@12]  # ours\n"
    file = mini.write("home/.spack/packages.yaml", text)
    assert update(mini.load(), "packages") is None
    assert file.read_text() == text


def test_whoever_watches_is_told_of_changed_files(mini: MiniInstance) -> None:
    file = mini.write("home/.spack/config.yaml", "config: {install_tree: /a}\n")
    for change in (
        lambda: add(mini.load(), ["config", "ccache"], "true"),
        lambda: update(mini.load(), "config"),
        lambda: revert(mini.load(), "config"),
        lambda: remove(mini.load(), ["config", "ccache"]),
    ):
        mini.notes.clear()
        change()
        assert mini.notes[-1] == ChangedFile(str(file))


def test_a_key_is_found_whatever_its_suffix(mini: MiniInstance) -> None:
    file = mini.write("home/.spack/config.yaml", "config:\n  aliases::\n    a: find\n")
    add(mini.load(), ["config", "aliases", "b"], "find")
    assert file.read_text() == "config:\n  aliases::\n    a: find\n    b: find\n"
    remove(mini.load(), ["config", "aliases", "a"])
    remove(mini.load(), ["config", "aliases", "b"], "find")
    add(mini.load(), ["config", "aliases"], "{c: find}")
    assert file.read_text() == "config:\n  aliases::\n    c: find\n"
    with pytest.raises(ConfigurationError, match="has no config:aliases:c:list"):
        remove(mini.load(), ["config", "aliases", "c"], "list")
    remove(mini.load(), ["config", "aliases"])
    assert file.read_text() == "config: {}\n"
    add(mini.load(), ["config", "aliases"], "{c: find}")
    add(mini.load(), ["config", "aliases:"], "{}")
    assert file.read_text() == "config:\n  aliases:: {}\n"
