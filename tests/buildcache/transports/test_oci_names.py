"""Names in registries, and the demands of servers that ask to log in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spack.buildcache.transports import oci_names as names
from spack.buildcache.transports.oci_login import Demand, demands
from spack.errors import ConfigurationError

HASH = "g32vemqewbcc2j2pcffahyu2y4kfw4t6"


def test_addresses() -> None:
    repository = names.repository_of("oci://registry.example.org:5000/Lab/cache")
    assert repository.address("tags/list") == (
        "https://registry.example.org:5000/v2/lab/cache/tags/list"
    )
    assert names.repository_of("oci+http://localhost/x").root == "http://localhost"
    assert names.repository_of("oci://docker.io/me/x").root == "https://registry-1.docker.io"
    for url in ("oci://host", "oci:///x", "https://host/x", "oci://host/a//b", "oci://host/a b"):
        with pytest.raises(ConfigurationError, match="oci://REGISTRY/NAME"):
            names.repository_of(url)


def test_base_images() -> None:
    near = names.ImageRepository("http://127.0.0.1:5000", "cache")
    found = {
        text: names.image_reference(text, near)
        for text in ("ubuntu", "me/x:1", "127.0.0.1:5000/base:2", "ghcr.io/a/b@sha256:" + "0" * 64)
    }
    assert [(one.repository.root, one.repository.name) for one in found.values()] == [
        ("https://registry-1.docker.io", "library/ubuntu"),
        ("https://registry-1.docker.io", "me/x"),
        ("http://127.0.0.1:5000", "base"),
        ("https://ghcr.io", "a/b"),
    ]
    references = [one.reference for one in found.values()]
    assert references == ["latest", "1", "2", "sha256:" + "0" * 64]
    for text in ("", ":1", "a b", "x@sha256:0", "x:" + "1" * 200):
        with pytest.raises(ConfigurationError, match="HOST/NAME:TAG"):
            names.image_reference(text, near)


@pytest.mark.parametrize(
    "path, tag",
    [
        (
            f"v3/manifests/spec/zlib-ng/zlib-ng-2.3.3-{HASH}.spec.manifest.json",
            f"zlib-ng-2.3.3-{HASH}.spack",
        ),
        (
            f"v3/manifests/spec/py-x/py-x-develop-{HASH}.spec.manifest.json",
            f"py-x-develop-{HASH}.spack",
        ),
        ("v3/manifests/index/index.manifest.json", "index.spack"),
        ("v3/manifests/index/lab/index.manifest.json", "lab.index.spack"),
    ],
)
def test_paths_and_tags(path: str, tag: str) -> None:
    assert names.tag_of(path) == tag
    assert names.path_of(tag) == path


def test_odd_versions_have_tags() -> None:
    path = f"v3/manifests/spec/a/a-git.x=1+2-{HASH}.spec.manifest.json"
    assert names.tag_of(path) == f"a-git.x_1_2-{HASH}.spack"
    assert names.tag_of("v3/layout.json") is None
    assert names.path_of("latest") is None


def test_demands() -> None:
    text = 'Bearer realm="https://a/token",service="s,\\"x\\"",scope="repository:n:pull", Basic'
    assert demands(text) == [
        Demand(
            "bearer",
            {"realm": "https://a/token", "service": 's,"x"', "scope": "repository:n:pull"},
        ),
        Demand("basic", {}),
    ]
    assert demands("Basic realm=x") == [Demand("basic", {"realm": "x"})]


@given(st.text(max_size=100) | st.text('Bearer realm="x",=\\ ', max_size=60))
def test_any_demand_is_understood_or_not(text: str) -> None:
    for demand in demands(text):
        assert demand.scheme and all(isinstance(value, str) for value in demand.parameters.values())


@given(st.text(max_size=60))
def test_tags_are_valid(text: str) -> None:
    tag = names.valid_tag(f"a{text}")
    assert names.is_tag(tag)
