"""Caches in OCI registries: packages under the paths of other caches, images that run."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from spack.buildcache import layout
from spack.buildcache.oci_caches import OciTransport
from spack.buildcache.opening import open_transport
from spack.buildcache.transports.oci_images import BaseImage, Layer, manifest
from spack.buildcache.transports.oci_names import repository_of
from spack.buildcache.transports.oci_registry import MANIFEST, Registry
from spack.buildcache.transports.port import UploadError
from spack.config.settings.place_settings import Connection
from spack.errors import NotFoundError
from spack.sources.fetching.retries import DownloadError

pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.fixture
def no_proxy(monkeypatch: Any) -> None:
    """No proxy is configured."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def node(name: str, *dependencies: str, **more: Any) -> dict[str, Any]:
    """A node of a specfile that links to others."""
    return {
        "name": name,
        "version": "1.0",
        "hash": (name * 32)[:32],
        "arch": {"platform": "linux", "platform_os": "debian12", "target": {"name": "icelake"}},
        "dependencies": [
            {"name": one, "hash": (one * 32)[:32], "parameters": {"deptypes": ["link"]}}
            for one in dependencies
        ],
        **more,
    }


def archive(prefix: str, files: dict[str, str]) -> bytes:
    """The archive of a package, which was in this prefix."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name, text in {**files, ".spack/binary_distribution": "{}"}.items():
            entry = tarfile.TarInfo(f"{prefix[1:]}/{name}")
            entry.size, entry.mode = len(text), 0o755
            tar.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(target.getvalue(), mtime=0)


def push(cache: Any, folder: Path, nodes: list[dict[str, Any]], **files: str) -> str:
    """Push a package as the pusher of packages does; the path of its manifest."""
    root = nodes[0]
    prefix = f"/opt/{root['name']}-{root['hash']}"
    (folder / "archive").write_bytes(archive(prefix, files))
    data = (folder / "archive").read_bytes()
    specfile = json.dumps({"spec": {"_meta": {"version": 5}, "nodes": nodes}}).encode()
    blobs = (
        layout.blob_of(data, layout.ARCHIVE, layout.GZIP),
        layout.blob_of(specfile, layout.SPECFILE),
    )
    cache.upload(blobs[0].path, str(folder / "archive"), media_type=layout.ARCHIVE)
    cache.upload(blobs[1].path, specfile, media_type=layout.SPECFILE)
    path = f"v3/manifests/spec/{root['name']}/{root['name']}-1.0-{root['hash']}.spec.manifest.json"
    text = layout.CacheManifest(blobs).text().encode()
    cache.upload(path, text, media_type=layout.MANIFEST)
    return path


def test_packages_come_back(registry_url: str, tmp_path: Path) -> None:
    cache = open_transport(Connection(registry_url), variables={})
    assert list(cache.list("")) == []
    b = push(cache, tmp_path, [node("b")])
    a = push(cache, tmp_path, [node("a", "b"), node("b")])
    reader = OciTransport(registry_url)
    found = layout.parse_manifest(reader.read(a, limit=layout.MANIFEST_LIMIT), a)
    reader.download(found.archive.path, str(tmp_path / "copy"), size=found.archive.size)
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "archive").read_bytes()
    specfile = json.loads(reader.read(found.specfile.path, limit=found.specfile.size))
    assert [one["name"] for one in specfile["spec"]["nodes"]] == ["a", "b"]
    hashed = hashlib.sha256((tmp_path / "copy").read_bytes()).hexdigest()
    assert found.archive.checksum == hashed
    assert specfile["binary_cache_checksum"] == {"hash_algorithm": "sha256", "hash": hashed}
    assert set(reader.list("v3/manifests/spec")) == {a, b}
    assert list(reader.list("v3/manifests/index")) == []
    missing = a.replace("1.0", "2.0")
    wanted = [a, b, missing, found.archive.path, layout.blob_path("0" * 64), layout.LAYOUT_FILE]
    assert reader.exists(wanted) == {a, b, found.archive.path, layout.LAYOUT_FILE}
    with pytest.raises(NotFoundError):
        reader.read(missing, limit=100)
    assert json.loads(reader.read(layout.LAYOUT_FILE, limit=100)) == {"signing": "gpg"}
    first = reader.read_changed(a, "", limit=1000)
    assert first is not None and reader.read_changed(a, first.tag, limit=1000) is None
    assert reader.read_part(found.archive.path, 0, 2) == b"\x1f\x8b"
    reader.delete(a)
    assert set(reader.list("")) == {b}


def test_images_have_the_layers_of_what_they_need(registry_url: str, tmp_path: Path) -> None:
    cache = OciTransport(registry_url)
    external = node("e", external={"path": "/usr"})
    nodes = [node("a", "b", "c", "e"), node("b", "c"), node("c"), external]
    for start in (2, 1, 0):
        push(cache, tmp_path, nodes[start:])
    registry = Registry(repository_of(registry_url))
    image = registry.manifest(f"a-1.0-{'a' * 32}.spack")
    config = registry.json_blob(image.content["config"]["digest"], 1 << 20)
    layers = image.content["layers"]
    prefixes = [next(iter(layer["annotations"].values())) for layer in layers]
    assert [prefix[5] for prefix in prefixes] == ["c", "b", "a"]
    assert config["architecture"] == "amd64" and config["os"] == "linux"
    for layer, diff_id in zip(layers, config["rootfs"]["diff_ids"]):
        data = gzip.decompress(registry.blob(layer["digest"], 1 << 20))
        assert "sha256:" + hashlib.sha256(data).hexdigest() == diff_id
    path = next(text for text in config["config"]["Env"] if text.startswith("PATH="))
    assert path.startswith(f"PATH={prefixes[2]}/bin:{prefixes[1]}/bin:{prefixes[0]}/bin:/usr/")


@pytest.mark.parametrize("compression", [layout.PLAIN, layout.GZIP])
def test_an_index_is_plain_in_a_registry(registry_url: str, compression: str) -> None:
    cache = OciTransport(registry_url)
    text = b'{"database": {}}'
    data = gzip.compress(text) if compression == layout.GZIP else text
    blob = layout.blob_of(data, layout.DATABASE, compression)
    cache.upload(blob.path, data, media_type=layout.DATABASE)
    path = layout.index_path()
    cache.upload(path, layout.CacheManifest((blob,)).text().encode(), media_type=layout.MANIFEST)
    reader = OciTransport(registry_url)
    found = layout.parse_manifest(reader.read(path, limit=1000), path).of_type(layout.DATABASE)
    assert found.compression == layout.PLAIN
    assert reader.read(found.path, limit=100) == text
    assert list(reader.list("")) == [path]


def test_base_and_combined_images(registry_url: str, tmp_path: Path) -> None:
    """The base is in another repository of the registry; its layers are mounted."""
    place = registry_url.partition("://")[2]
    registry = Registry(repository_of(registry_url + "/base"))
    layer = archive("/base", {"x": "1"})
    config = {
        "architecture": "amd64",
        "rootfs": {"diff_ids": ["sha256:" + hashlib.sha256(gzip.decompress(layer)).hexdigest()]},
        "config": {"Env": ["PATH=/base/bin", "LANG=C"], "Cmd": ["sh"]},
    }
    data = json.dumps(config).encode()
    content = {
        "schemaVersion": 2,
        "config": {"digest": registry.put_blob(data), "size": len(data), "mediaType": "x"},
        "layers": [
            {
                "digest": registry.put_blob(layer),
                "size": len(layer),
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
            }
        ],
    }
    digest = registry.put_manifest("one", content, MANIFEST)
    index = {
        "schemaVersion": 2,
        "manifests": [
            {"digest": "sha256:" + "0" * 64, "platform": {"os": "linux", "architecture": "arm"}},
            {"digest": digest, "platform": {"os": "linux", "architecture": "amd64"}},
        ],
    }
    with pytest.raises(DownloadError):
        registry.put_manifest("broken", {"schemaVersion": 2}, MANIFEST)
    kind = "application/vnd.oci.image.index.v1+json"
    index["mediaType"] = kind
    index["manifests"] = index["manifests"][1:]  # type: ignore[index]
    index["manifests"][0].update(size=len(json.dumps(content, separators=(",", ":"))))  # type: ignore[index]
    index["manifests"][0].update(mediaType=MANIFEST)  # type: ignore[index]
    registry.put_manifest("many", index, kind)
    for base in ("one", "many"):
        url = f"{registry_url}/{base}"
        cache = OciTransport(url, base_image=f"{place}/base:{base}")
        paths = [push(cache, tmp_path, [node("b")]), push(cache, tmp_path, [node("a")])]
        cache.tag_image("together", paths)
        there = Registry(repository_of(url))
        image = there.manifest("together")
        assert len(image.content["layers"]) == 3
        assert {one["mediaType"] for one in image.content["layers"]} == {
            "application/vnd.oci.image.layer.v1.tar+gzip"
        }
        combined = there.json_blob(image.content["config"]["digest"], 1 << 20)
        assert combined["config"]["Cmd"] == ["sh"] and "LANG=C" in combined["config"]["Env"]
        path = next(text for text in combined["config"]["Env"] if text.startswith("PATH="))
        assert path == f"PATH=/opt/b-{'b' * 32}/bin:/opt/a-{'a' * 32}/bin:/base/bin"
        for tag in ("index.spack", "x-1.0.spack", "a b"):
            with pytest.raises(UploadError, match="cannot be the tag"):
                cache.tag_image(tag, paths)


def test_uploads_that_make_no_sense_are_refused(registry_url: str, tmp_path: Path) -> None:
    cache = OciTransport(registry_url)
    path = f"v3/manifests/spec/a/a-1.0-{'a' * 32}.spec.manifest.json"
    with pytest.raises(UploadError, match="hold no signatures"):
        cache.upload(path, b"-----BEGIN PGP SIGNED MESSAGE-----\n", media_type="x")
    with pytest.raises(UploadError, match="nothing else"):
        cache.upload("v3/manifests/key/keys.manifest.json", b"{}", media_type="x")
    with pytest.raises(UploadError):
        cache.upload(path, b"{}", media_type="x")
    (tmp_path / "half").write_bytes(archive("/opt/a", {"f": "x" * 1000})[:-20])
    data = (tmp_path / "half").read_bytes()
    blob = layout.blob_of(data, layout.ARCHIVE)
    with pytest.raises(UploadError, match="archive"):
        cache.upload(blob.path, str(tmp_path / "half"), media_type=layout.ARCHIVE)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"layers": [], "config": {}},
        {"layers": [{"digest": "sha256:0", "size": 1}], "config": {"digest": "x", "size": 1}},
        {"layers": [{"digest": "sha256:" + "0" * 64, "size": "1"}], "config": {}},
        {"layers": {"a": 1}, "config": []},
    ],
)
def test_hostile_images_are_refused(
    registry_url: str, monkeypatch: Any, content: dict[str, Any]
) -> None:
    from spack.buildcache.transports.oci_registry import ImageManifest

    cache = OciTransport(registry_url)
    answer = ImageManifest(content, MANIFEST, "sha256:" + "0" * 64)
    monkeypatch.setattr(cache._registry, "manifest", lambda tag: answer)
    path = f"v3/manifests/spec/a/a-1.0-{'a' * 32}.spec.manifest.json"
    with pytest.raises(DownloadError, match="not the image of a package"):
        cache.read(path, limit=1000)


def _machine() -> bytes:
    """A layer with the shell of this machine and the libraries that it needs."""
    target = io.BytesIO()
    shell = os.path.realpath("/bin/sh")
    listed = subprocess.run(["ldd", shell], check=True, capture_output=True, text=True).stdout
    names = {word for word in listed.split() if word.startswith("/")}
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        for name in (*sorted(names), "/bin/sh"):
            tar.add(os.path.realpath(name), arcname=name[1:])
    return target.getvalue()


def test_an_image_runs(registry_url: str, tmp_path: Path) -> None:
    """The tool of the package is run in a container of the image that the registry has."""
    if shutil.which("buildah") is None or os.geteuid() != 0:
        pytest.skip("needs buildah, and the right to change the root directory")
    place = registry_url.partition("://")[2]
    registry = Registry(repository_of(registry_url))
    layer = _machine()
    diff_id = "sha256:" + hashlib.sha256(gzip.decompress(layer)).hexdigest()
    config = {"architecture": "amd64", "os": "linux", "config": {}}
    data = json.dumps({**config, "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode()
    base = BaseImage((Layer(registry.put_blob(layer), len(layer), diff_id),))
    content = manifest(registry.put_blob(data), len(data), base.layers)
    registry.put_manifest("base", content, MANIFEST)
    cache = OciTransport(registry_url, base_image=f"{place}:base")
    files = {"bin/hello": "#!/bin/sh\necho hello from $0\n"}
    cache.tag_image("tools", [push(cache, tmp_path, [node("a")], **files)])
    command = ["buildah", "--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run")]
    command += ["--storage-driver", "vfs"]
    pull = [*command, "from", "--tls-verify=false", f"docker://{place}:tools"]
    made = subprocess.run(pull, check=True, capture_output=True, text=True).stdout.strip()
    run = [*command, "run", "--isolation", "chroot", made, "--", "hello"]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    assert done.stdout == f"hello from /opt/a-{'a' * 32}/bin/hello\n"
    subprocess.run([*command, "rm", made], check=True, capture_output=True)
