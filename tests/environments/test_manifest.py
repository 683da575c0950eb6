"""Reading manifests, and edits that keep what they do not touch."""

from __future__ import annotations

from pathlib import Path

import pytest

from spack.environments.manifests.manifest import ManifestEditor, parse_manifest_text, read_manifest
from spack.environments.manifests.view_sections import view_descriptors
from spack.errors import ConfigurationError, NotFoundError, Origin, SpackError


def editor(text: str, path: str = "spack.yaml") -> ManifestEditor:
    return ManifestEditor(parse_manifest_text(text, path))


def yes(clause: str, origin: Origin) -> bool:
    return True


COMMENTED = """\
# top comment
spack:
  # the roots
  specs:
  - zlib   # why zlib
  - hdf5+mpi
  # views
  view: true
"""


@pytest.mark.parametrize(
    "text, words",
    [
        ("spack:\n  spec: [zlib]\n", ["spack.yaml:2", "'spec'", "did you mean 'specs'?"]),
        ("specs: [zlib]\n", ["spack.yaml:1", "one top-level key"]),
        ("spack: {}\nview: true\n", ["spack.yaml:2", "next to 'spack'"]),
        ("spack:\n  specs: zlib\n", ["spack.yaml:2", "must be a list"]),
        ("spack: []\n", ["spack.yaml:1", "mapping"]),
        ("spack:\n  view: 7\n", ["spack.yaml:2", "view"]),
        ("spack:\n  view:\n    v: {root: x, lnk: run}\n", ["spack.yaml:3", "lnk", "link"]),
        ("spack:\n  include_concrete: [1]\n", ["spack.yaml:2", "path"]),
        ("", ["one top-level key"]),
    ],
)
def test_malformed_manifests_say_where_and_what(text: str, words: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_manifest_text(text, "spack.yaml")
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_broken_yaml_is_an_error_for_users() -> None:
    with pytest.raises(SpackError) as caught:
        parse_manifest_text("spack:\n  specs: [zlib\n", "spack.yaml")
    assert "spack.yaml:" in str(caught.value)


def test_missing_manifest(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no manifest"):
        read_manifest(str(tmp_path / "spack.yaml"))


def test_empty_body_has_no_roots() -> None:
    assert parse_manifest_text("spack:\n", "spack.yaml").user_specs(yes) == []


def test_concretization_is_unify() -> None:
    together = parse_manifest_text("spack:\n  concretization: together\n", "spack.yaml")
    assert together.sections["concretizer"].plain() == {"unify": True}
    separately = parse_manifest_text("spack:\n  concretization: separately\n", "spack.yaml")
    assert separately.sections["concretizer"].plain() == {"unify": False}
    both = "spack:\n  concretization: together\n  concretizer:\n    unify: false\n"
    with pytest.raises(ConfigurationError):
        parse_manifest_text(both, "spack.yaml")


def test_add_keeps_comments_and_order() -> None:
    edit = editor(COMMENTED)
    assert edit.add_spec("cmake@3")
    # The comment before the next key belongs to the entry above it.
    assert edit.text().replace("  - cmake@3\n", "") == COMMENTED
    reread = parse_manifest_text(edit.text(), "spack.yaml")
    assert [r.text for r in reread.user_specs(yes)] == ["zlib", "hdf5+mpi", "cmake@3"]
    for comment in ("# top comment", "# the roots", "# why zlib", "# views"):
        assert comment in edit.text()


def test_add_what_is_there_changes_nothing() -> None:
    edit = editor(COMMENTED)
    assert not edit.add_spec("hdf5 +mpi")
    assert edit.text() == COMMENTED


@pytest.mark.parametrize("before", ["spack:\n", "spack: {}\n", "spack:\n  specs: []\n"])
def test_add_to_an_empty_manifest(before: str) -> None:
    edit = editor(before)
    edit.add_spec("zlib")
    reread = parse_manifest_text(edit.text(), "spack.yaml")
    assert [root.text for root in reread.user_specs(yes)] == ["zlib"]


def test_add_to_a_definition() -> None:
    text = "spack:\n  definitions:\n  - a: [x]\n    when: 'no'\n  - a: [y]\n  specs: [$a]\n"
    edit = editor(text)
    edit.add_spec("z", "a", lambda clause, origin: clause != "no")
    reread = parse_manifest_text(edit.text(), "spack.yaml")
    roots = reread.user_specs(lambda clause, origin: clause != "no")
    assert [root.text for root in roots] == ["y", "z"]
    with pytest.raises(NotFoundError, match="'b'"):
        edit.add_spec("z", "b")


def test_add_refuses_what_is_no_spec() -> None:
    with pytest.raises(SpackError):
        editor(COMMENTED).add_spec("zlib@@")


def test_remove_exact_then_by_satisfaction() -> None:
    edit = editor("spack:\n  specs: [hdf5, hdf5+mpi, zlib]\n")
    assert edit.remove_spec("hdf5") == ["hdf5"]
    assert edit.remove_spec("hdf5") == ["hdf5+mpi"]
    assert "zlib" in edit.text()


def test_remove_keeps_comments() -> None:
    edit = editor(COMMENTED)
    edit.remove_spec("hdf5")
    assert "# top comment" in edit.text() and "# why zlib" in edit.text()
    assert "view: true" in edit.text()


def test_remove_from_a_matrix_explains() -> None:
    edit = editor("spack:\n  specs:\n  - matrix: [[zlib, hdf5], [+x]]\n")
    with pytest.raises(NotFoundError) as caught:
        edit.remove_spec("zlib")
    assert "exclude" in str(caught.value) and "spack.yaml:3" in str(caught.value)


def test_remove_what_is_not_there() -> None:
    with pytest.raises(NotFoundError, match="no entry"):
        editor(COMMENTED).remove_spec("cmake")


def test_change_in_place() -> None:
    edit = editor("spack:\n  specs: [a, b, c]\n")
    edit.change_spec("b", "b@2")
    assert "[a, b@2, c]" in edit.text()
    with pytest.raises(NotFoundError):
        edit.change_spec("d", "e")


def test_views_enabled_and_disabled() -> None:
    edit = editor(COMMENTED)
    edit.disable_view()
    assert "view: false" in edit.text()
    edit.enable_view("/some/where")
    assert "view: /some/where" in edit.text()
    named = editor("spack:\n  view:\n    other: {root: v}\n")
    named.enable_view()
    named.enable_view("w")
    reread = parse_manifest_text(named.text(), "spack.yaml")
    view = reread.sections["view"].plain()
    assert view == {"other": {"root": "v"}, "default": {"root": "w"}}
    named.disable_view()
    reread = parse_manifest_text(named.text(), "spack.yaml")
    assert reread.sections["view"].plain() == {"other": {"root": "v"}}


def test_nested_keys() -> None:
    edit = editor(COMMENTED)
    edit.set_key(["develop", "zlib", "spec"], "zlib@1.3")
    assert edit.get_key(["develop", "zlib", "spec"]) == "zlib@1.3"
    assert edit.remove_key(["develop", "zlib", "spec"])
    assert edit.get_key(["develop"]) is None
    assert not edit.remove_key(["develop", "zlib"])
    assert edit.text() == COMMENTED


def test_invalid_change_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "spack.yaml"
    path.write_text(COMMENTED)
    edit = ManifestEditor(read_manifest(str(path)))
    edit.set_key(["view"], 12)
    with pytest.raises(SpackError):
        edit.save()
    assert path.read_text() == COMMENTED


def test_keys_of_this_program_are_accepted() -> None:
    """Folding of views; the second spelling of exclude in a definition."""
    text = """
spack:
  definitions:
  - a: [{matrix: [[x, y], ['@1']], excludes: [y], strict: true}]
  specs: [$a]
  view: {default: {root: v, fold: true}}
"""
    manifest = parse_manifest_text(text, "spack.yaml")
    (root,) = manifest.user_specs(yes)
    assert root.text == "x@1" and root.strict
    (view,) = view_descriptors(manifest.section("view"), "/env")
    assert view.fold
    assert view.root == "/env/v"
