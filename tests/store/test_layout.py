"""The places of prefixes."""

from __future__ import annotations

import pytest

from spack.store.layout import Layout, LayoutError, metadata, padded_root

from .conftest import node


def test_default_projection() -> None:
    zlib = node("zlib", "1.3")
    assert Layout("/opt").prefix(zlib) == f"/opt/linux-x86_64/zlib-1.3-{zlib.dag_hash()}"


def test_externals_are_where_they_are() -> None:
    assert Layout("/opt").prefix(node("gcc", external="/usr")) == "/usr"


def test_first_matching_projection_wins_and_all_is_last() -> None:
    layout = Layout(
        "/opt", {"all": "rest/{name}-{hash:7}", "zlib@1.3": "a/{name}", "zlib": "b/{name}"}
    )
    assert layout.prefix(node("zlib", "1.3")) == "/opt/a/zlib"
    assert layout.prefix(node("zlib", "1.2")) == "/opt/b/zlib"
    other = node("curl")
    assert layout.prefix(other) == f"/opt/rest/curl-{other.dag_hash()[:7]}"


def test_hash_length() -> None:
    zlib = node("zlib")
    prefix = Layout("/opt", hash_length=7).prefix(zlib)
    assert prefix == f"/opt/linux-x86_64/zlib-1.0-{zlib.dag_hash()[:7]}"


@pytest.mark.parametrize("template", ["/abs/{name}", "../{name}", "a/../../{name}"])
def test_projections_that_leave_the_tree_are_errors(template: str) -> None:
    with pytest.raises(LayoutError):
        Layout("/opt", {"all": template})


def test_projection_that_gives_nothing_is_an_error() -> None:
    with pytest.raises(LayoutError):
        Layout("/opt", {"all": "{compiler_flags}"}).prefix(node("zlib"))


def test_relative_root_is_an_error() -> None:
    with pytest.raises(LayoutError):
        Layout("opt")


def test_padding_is_that_of_spack() -> None:
    """Observed: a root of 18 characters padded to 128."""
    word = "/__spack_path_placeholder__"
    assert padded_root("/opt/software/tree", 128) == "/opt/software/tree" + word * 4 + "/_"


@pytest.mark.parametrize("length", range(22, 300))
def test_padding_is_exact_for_every_length(length: int) -> None:
    root = "/a" * 10
    if length == 21:
        return
    padded = padded_root(root, length)
    assert len(padded) == length and padded.startswith(root) and "//" not in padded
    assert not padded.endswith("/")


def test_padding_that_is_too_short_is_an_error() -> None:
    assert padded_root("/opt/spack", 0) == "/opt/spack"
    with pytest.raises(LayoutError, match="padded"):
        padded_root("/opt/spack", 5)
    with pytest.raises(LayoutError):
        padded_root("/opt/spack", 11)


def test_metadata_names() -> None:
    names = metadata("/p")
    assert names.spec_file == "/p/.spack/spec.json"
    assert names.manifest == "/p/.spack/install_manifest.json"
    assert names.build_log == "/p/.spack/spack-build-out.txt.gz"
