"""Matrices, definitions and references."""

from __future__ import annotations

import pytest

from spack.config.values.yaml_values import parse_yaml
from spack.environments.manifests.spec_lists import UserSpec, expand_definitions, user_specs
from spack.errors import ConfigurationError, Origin
from spack.language.parser import SpecSyntaxError, parse_spec


def roots(text: str, conditions: dict[str, bool] | None = None) -> list[UserSpec]:
    """Expand ``definitions`` and ``specs`` of a YAML text."""
    top = parse_yaml(text, "spack.yaml")

    def condition(clause: str, origin: Origin) -> bool:
        return (conditions or {})[clause]

    lists = {}
    if "definitions" in top.data:
        lists = expand_definitions(top.data["definitions"], condition)
    return user_specs(top.data["specs"], lists)


def same(found: list[UserSpec], expected: list[str]) -> None:
    assert [root.spec for root in found] == [parse_spec(text) for text in expected]


def test_plain_specs_keep_text_and_place() -> None:
    found = roots("specs:\n- zlib@1.2\n- 'hdf5 +mpi'\n-\n")
    assert [root.text for root in found] == ["zlib@1.2", "hdf5 +mpi"]
    assert str(found[1].origin).startswith("spack.yaml:3")
    assert [root.entry for root in found] == [0, 1]


def test_equal_specs_are_one_root() -> None:
    same(roots("specs: [zlib, zlib]"), ["zlib"])


def test_matrix_with_exclusion_and_plain_spec() -> None:
    """Six specs."""
    text = """
specs:
- matrix:
  - [zlib, libelf, libdwarf]
  - ['%gcc@7.1.0', '%intel@18']
  exclude: [libdwarf%intel]
- cmake
"""
    same(
        roots(text),
        [
            "zlib%gcc@7.1.0",
            "zlib%intel@18",
            "libelf%gcc@7.1.0",
            "libelf%intel@18",
            "libdwarf%gcc@7.1.0",
            "cmake",
        ],
    )


def test_excludes_is_accepted() -> None:
    """The manual's text and its example spell the key in two ways."""
    text = "specs: [{matrix: [[a, b], ['@1']], excludes: [b]}]"
    same(roots(text), ["a@1"])


def test_rows_of_anonymous_constraints() -> None:
    text = "specs: [{matrix: [[hdf5+mpi], ['^mvapich2@2.2', '^openmpi'], ['%gcc@7']]}]"
    same(roots(text), ["hdf5+mpi %gcc@7 ^mvapich2@2.2", "hdf5+mpi %gcc@7 ^openmpi"])


def test_parts_remember_their_row() -> None:
    found = roots("specs: [{matrix: [[zlib], ['%gcc', '+x'], ['@1']]}]")
    assert [[part.text for part in root.parts] for root in found] == [
        ["zlib", "%gcc", "@1"],
        ["zlib", "+x", "@1"],
    ]
    assert all(root.from_matrix for root in found)


def test_references_example() -> None:
    """Five roots."""
    text = """
definitions:
- first: [libelf, libdwarf]
- compilers: ['%gcc', '%intel']
- second:
  - $first
  - matrix:
    - [zlib]
    - [$compilers]
specs: [$second, cmake]
"""
    same(roots(text), ["libelf", "libdwarf", "zlib%gcc", "zlib%intel", "cmake"])


def test_forward_reference_is_an_error_with_place() -> None:
    with pytest.raises(ConfigurationError) as caught:
        roots("definitions:\n- a: [$b]\n- b: [zlib]\nspecs: []\n")
    assert "spack.yaml:2" in str(caught.value)
    assert "'b'" in str(caught.value)


def test_same_name_is_appended_when_true() -> None:
    text = """
definitions:
- compilers: ['%gcc', '%clang']
- compilers: ['%intel']
  when: x86
specs: [{matrix: [[zlib], [$compilers]]}]
"""
    same(roots(text, {"x86": True}), ["zlib%gcc", "zlib%clang", "zlib%intel"])
    same(roots(text, {"x86": False}), ["zlib%gcc", "zlib%clang"])


def test_list_with_false_condition_is_empty_not_unknown() -> None:
    same(roots("definitions:\n- a: [zlib]\n  when: no\nspecs: [$a, b]", {"no": False}), ["b"])


def test_lists_as_constraints() -> None:
    """Compiler, MPI built with it, application built with both."""
    text = """
definitions:
- compilers: [gcc@8.1.0]
- mpis:
  - matrix: [[mvapich2@2.2], [$%compilers]]
- packages: [hdf5]
specs:
- $compilers
- $mpis
- matrix:
  - [$packages]
  - [$^mpis]
  - [$%compilers]
"""
    found = roots(text)
    assert len(found) == 3
    same(found[:2], ["gcc@8.1.0", "mvapich2@2.2%gcc@8.1.0"])
    assert found[2].spec.name == "hdf5"
    assert found[2].spec == parse_spec("hdf5 %gcc@8.1.0 ^mvapich2@2.2%gcc@8.1.0")


def test_sigil_goes_to_every_element() -> None:
    text = "definitions:\n- c: [gcc, clang@7]\nspecs: [{matrix: [[a], [$%c]]}]"
    same(roots(text), ["a%gcc", "a%clang@7"])


def test_nested_matrix_in_a_row() -> None:
    text = "specs: [{matrix: [[{matrix: [[a, b], ['@1']]}], ['+x']]}]"
    same(roots(text), ["a@1+x", "b@1+x"])


def test_two_names_in_one_definition() -> None:
    with pytest.raises(ConfigurationError) as caught:
        roots("definitions:\n- a: [x]\n  b: [y]\nspecs: []")
    assert "spack.yaml:3" in str(caught.value)


@pytest.mark.parametrize(
    "text, message, place",
    [
        ("specs:\n- {matrx: [[a]]}", "matrx", ":2"),
        ("specs:\n- '+debug'", "does not name a package", ":2"),
        ("specs:\n- zlib\n- zlib@1.2:", "put it in quotes", ":3"),
        ("specs: zlib", "list of specs", ":1"),
        ("specs:\n- a\n- [b]", "not a spec", ":3"),
        ("specs:\n- matrix: [[a@1], ['@2']]", "cannot be combined", ":2"),
    ],
)
def test_malformed_entries_say_where(text: str, message: str, place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        roots(text)
    assert message in str(caught.value)
    assert f"spack.yaml{place}" in str(caught.value)


def test_syntax_error_of_a_spec_names_the_line() -> None:
    with pytest.raises(SpecSyntaxError) as caught:
        roots("specs:\n- zlib@@1")
    assert "spack.yaml:2" in str(caught.value)
