"""Features and environments in a manifest: what is read, which errors point where."""

from __future__ import annotations

from pathlib import Path

import pytest

from spack.config.scopes.validation import PROJECT_KEYS
from spack.environments.manifests.manifest import Manifest, parse_manifest_text
from spack.environments.manifests.manifest_cache import read_manifest_cached
from spack.environments.manifests.projects import Project, may_be_project
from spack.errors import ConfigurationError, Origin

PATH = "/p/spack.yaml"


def _manifest(text: str) -> Manifest:
    return parse_manifest_text("spack:\n" + text, PATH)


def _project(text: str) -> Project:
    project = _manifest(text).project
    assert project is not None
    return project


def _always(clause: str, origin: Origin) -> bool:
    return True


def _error(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        _manifest(text)
    return caught.value


FEATURES = "  features: {a: {specs: [zlib]}, b: {specs: [bzip2]}, c: {}}\n"


def test_a_manifest_without_the_keys_is_no_project() -> None:
    assert _manifest("  specs: [zlib]\n").project is None
    assert not may_be_project(b"spack:\n  specs: [zlib]\n")
    assert all(may_be_project(f"spack: {{{key}: {{}}}}".encode()) for key in PROJECT_KEYS)


def test_features_alone_leave_one_environment_of_the_top_level() -> None:
    project = _project(FEATURES)
    assert list(project.environments) == ["default"]
    assert project.environments["default"].features == ("default",)


@pytest.mark.parametrize(
    "written, features",
    [
        ("[a]", ("a", "default")),
        ("[a, b]", ("a", "b", "default")),
        ("[]", ("default",)),
        ("{features: [a]}", ("a", "default")),
        ("{features: [a], default_features: false}", ("a",)),
        ("{features: [a], default-features: false}", ("a",)),
        ("{features: [a], default-features: 'false'}", ("a",)),
        ("{features: [a], no-default-feature: true}", ("a",)),
        ("{features: [default, a]}", ("default", "a")),
        ("{features: [a, b, a]}", ("a", "b", "default")),
    ],
)
def test_the_default_feature_comes_last_unless_it_is_left_out(
    written: str, features: tuple[str, ...]
) -> None:
    project = _project(f"{FEATURES}  environments: {{e: {written}}}\n")
    assert project.environments["e"].features == features
    assert [f.name for f in project.stack(["e"], _always)] == list(features)


def test_a_boolean_in_quotes_is_told() -> None:
    project = _project(FEATURES + "  environments: {e: {default_features: 'false'}}\n")
    (notice,) = project.notices
    assert str(notice).startswith(f"{PATH}:3:") and "without quotes" in str(notice)


def test_bases_come_before_what_is_built_on_them_and_groups_are_one_solve() -> None:
    project = _project(
        FEATURES
        + """\
  environments:
    dev: {environments: [tools], features: [a]}
    one: {features: [a], solve_group: g}
    tools: [b]
    two: {features: [b], solve-group: g}
"""
    )
    assert project.solve_units() == [("tools",), ("dev",), ("one", "two")]


def test_of_a_solve_group_the_features_of_the_first_environment_win() -> None:
    project = _project(
        FEATURES
        + "  environments: {x: {features: [b, a], solve_group: g}, y: {features: [c, a]}}\n"
    )
    names = [feature.name for feature in project.stack(["x", "y"], _always)]
    assert names == ["b", "a", "c", "default"]


def test_a_feature_whose_condition_does_not_hold_is_left_out() -> None:
    project = _project(
        "  features: {a: {when: \"env.get('GPU')\", specs: [zlib]}}\n  environments: {e: [a]}\n"
    )
    held: list[str] = []

    def never(clause: str, origin: Origin) -> bool:
        held.append(f"{clause} {origin.line}")
        return False

    assert [f.name for f in project.stack(["e"], never)] == ["default"]
    assert held == ["env.get('GPU') 2"]


@pytest.mark.parametrize(
    "text, words, line",
    [
        ("  features: {a: {spec: [zlib]}}\n", "did you mean 'specs'", 2),
        ("  features:\n    a:\n      packages: {zlib: {varants: +pic}}\n", "'variants'", 4),
        ("  features: {default: {specs: [zlib]}}\n", "cannot have the name 'default'", 2),
        ("  features: {a/b: {}}\n", "cannot be the name of a feature", 2),
        ("  features: {a: {specs: zlib}}\n", "must be a list", 2),
        ("  features: {a: {system_requirements: {lib: '2'}}}\n", "did you mean 'libc'", 2),
        (FEATURES + "  environments: {e: [aa]}\n", "did you mean 'a'", 3),
        (FEATURES + "  environments:\n    e: {feature: [a]}\n", "did you mean 'features'", 4),
        (FEATURES + "  environments: {e: {environments: [f]}}\n", "no environment 'f'", 3),
        (FEATURES + "  environments: {e: {environments: [e]}}\n", "its own base", 3),
        (FEATURES + "  environments: {e: {default_features: 7}}\n", "true or false", 3),
        (
            FEATURES + "  environments:\n    e: {environments: [f]}\n    f: {environments: [e]}\n",
            "built on each other: e -> f -> e",
            5,
        ),
        ("  enviroments: {e: []}\n", "did you mean 'environments'", 2),
    ],
)
def test_an_error_names_the_line_and_the_nearest_key(text: str, words: str, line: int) -> None:
    error = _error(text)
    assert words in str(error)
    assert error.origin is not None and (error.origin.file, error.origin.line) == (PATH, line)


def test_sections_of_features_come_from_the_kept_manifest_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "spack.yaml"
    path.write_text("spack:\n  features:\n    a:\n      packages:: {zlib: {variants: +pic}}\n")
    fresh = read_manifest_cached(str(path), str(tmp_path))
    kept = read_manifest_cached(str(path), str(tmp_path))
    for manifest in (fresh, kept):
        assert list(manifest.feature_sections["a"]) == ["packages:"]
        assert manifest.feature_sections["a"]["packages:"].origin.line == 4


def test_block_and_flow_style_are_equal() -> None:
    block = "  features:\n    a:\n      specs:\n      - zlib\n  environments:\n    e:\n    - a\n"
    flow = "  features: {a: {specs: [zlib]}}\n  environments: {e: [a]}\n"
    texts = [
        [[f.name, f.specs.plain()] for f in _project(text).stack(["e"], _always)]
        for text in (block, flow)
    ]
    assert texts[0] == texts[1]
