"""The protocol of registries: blobs, chunks, mounts, tags, tokens, and registries with faults."""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.buildcache import registries

from spack.buildcache.transports.oci_names import ImageRepository
from spack.buildcache.transports.oci_registry import MANIFEST, Registry
from spack.errors import NotFoundError
from spack.sources.fetching.requests import RequestOptions
from spack.sources.fetching.retries import DownloadError

pytestmark = pytest.mark.usefixtures("no_proxy")


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


@pytest.fixture
def registry(open_registry: str) -> Registry:
    """A new repository; blobs of more than 1,000 bytes are sent in chunks."""
    return Registry(ImageRepository(f"http://{open_registry}", f"t/{uuid.uuid4().hex}"), chunk=1000)


def image(registry: Registry, tag: str) -> str:
    """A small image; the digest of its manifest."""
    config = registry.put_blob(b"{}")
    content = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "x", "digest": config, "size": 2},
        "layers": [],
        "annotations": {"tag": tag},
    }
    return registry.put_manifest(tag, content, MANIFEST)


def test_blobs_and_chunks(registry: Registry, tmp_path: Path) -> None:
    small, large = os.urandom(1000), os.urandom(10_500)
    (tmp_path / "large").write_bytes(large)
    for _ in range(2):
        assert registry.put_blob(small) == digest_of(small)
        assert registry.put_blob(str(tmp_path / "large")) == digest_of(large)
    assert registry.blob(digest_of(large), 20_000) == large
    assert registry.has_blob(digest_of(small)) and not registry.has_blob(digest_of(b"none"))
    with pytest.raises(NotFoundError):
        registry.blob(digest_of(b"none"), 10)
    with pytest.raises(DownloadError, match="more than 100 bytes"):
        registry.blob(digest_of(large), 100)


def test_bytes_of_another_digest_are_refused(registry: Registry) -> None:
    with pytest.raises(DownloadError, match="DIGEST_INVALID"):
        registry.put_blob(b"one", digest_of(b"two"))


def test_images_and_tags(registry: Registry) -> None:
    assert list(registry.tags()) == []
    digest = image(registry, "one")
    image(registry, "two")
    assert registry.manifest("one").digest == digest
    assert registry.manifest(digest).content["annotations"] == {"tag": "one"}
    assert set(registry.tags()) == {"one", "two"}
    assert registry.has_manifest("one") and not registry.has_manifest("three")
    registry.delete("one")
    registry.delete("one")
    assert set(registry.tags()) == {"two"}
    with pytest.raises(NotFoundError):
        registry.manifest("one")


def test_blobs_are_mounted_from_neighbours(registry: Registry) -> None:
    other = Registry(registry.repository._replace(name=f"t/{uuid.uuid4().hex}"))
    digest = registry.put_blob(b"shared")
    assert other.mount(digest, registry.repository)
    assert other.has_blob(digest)
    assert not other.mount(digest_of(b"none"), registry.repository)


def test_an_interrupted_chunk_goes_on(registry: Registry, monkeypatch: Any) -> None:
    """Of the third chunk the registry has a half when the connection ends."""
    data = os.urandom(5000)
    sends = type(registry.client).ask_once
    count = 0

    def cut(self: Any, method: str, url: str, **how: Any) -> Any:
        nonlocal count
        count += method == "PATCH"
        if method == "PATCH" and count == 3:
            start = 2000
            body = type(how["body"])(data, start, 500)
            fields = {**how["fields"], "Content-Range": f"{start}-{start + 499}"}
            sends(self, method, url, fields=fields, body=body)
            raise DownloadError(url, "the connection closed", passing=True)
        return sends(self, method, url, **how)

    monkeypatch.setattr(type(registry.client), "ask_once", cut)
    assert registry.put_blob(data) == digest_of(data)
    assert registry.blob(digest_of(data), 5000) == data


def test_only_the_rest_is_sent_where_the_registry_says_what_it_has(served: Any) -> None:
    data, received = os.urandom(3000), bytearray()

    def keeps(handler: Any, _: bytes) -> bool:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        if handler.command == "HEAD":
            handler.answer(404, b"")
        elif handler.command == "POST":
            handler.answer(202, b"", Location="/upload")
        elif handler.command == "GET":
            handler.answer(204, b"", Location="/upload", Range=f"0-{len(received) - 1}")
        elif handler.command == "PUT":
            handler.answer(201 if bytes(received) == data else 400, b"")
        elif len(received) == 1000:
            received.extend(body[:500])
            handler.close_connection = True
        else:
            received.extend(body)
            handler.answer(202, b"", Location="/upload")
        return True

    served.fault = keeps
    registry = Registry(ImageRepository(served.url, "x"), chunk=1000)
    assert registry.put_blob(data) == digest_of(data)
    sent = [fields["Content-Range"] for way, _, fields in served.requests if way == "PATCH"]
    assert sent == ["0-999", "1000-1999", "1500-2499", "2500-2999"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: Any) -> Iterator[tuple[str, registries.TokenServer]]:
    """A registry that demands tokens, and the server of these."""
    folder = tmp_path_factory.mktemp("guarded")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(registries.tokens(folder))
        yield stack.enter_context(registries.running(folder, server.settings())), server


def test_tokens(guarded: tuple[str, registries.TokenServer]) -> None:
    place, server = guarded
    repository = ImageRepository(f"http://{place}", f"t/{uuid.uuid4().hex}")
    owner = Registry(repository, options=RequestOptions(basic_auth=server.USER))
    image(owner, "one")
    stranger = Registry(repository)
    server.asked.clear()
    assert set(stranger.tags()) == {"one"}
    assert stranger.manifest("one").digest == owner.manifest("one").digest
    assert server.asked == [(f"repository:{repository.name}:pull", False)]
    with pytest.raises(DownloadError, match="401"):
        stranger.put_blob(b"intruder")
    wrong = Registry(repository, options=RequestOptions(basic_auth=("me", "wrong")))
    with pytest.raises(DownloadError, match="login failed with HTTP status 401"):
        list(wrong.tags())


def test_passwords_go_only_to_safe_places(served: Any) -> None:
    def sends_away(handler: Any, data: bytes) -> bool:
        handler.answer(401, b"", WWW_Authenticate='Bearer realm="ftp://thief.example.org/"')
        return True

    served.fault = sends_away
    options = RequestOptions(basic_auth=("me", "secret"))
    registry = Registry(ImageRepository(served.url, "x"), options=options)
    with pytest.raises(DownloadError, match="not safe"):
        list(registry.tags())


@pytest.mark.parametrize(
    "answer", [b"[]", b"{}", b'{"token": 1}', b'{"token": "a\\nb"}', b"\xff", b"[" * 100_000]
)
def test_odd_tokens_are_refused(served: Any, answer: bytes) -> None:
    def asks(handler: Any, data: bytes) -> bool:
        if handler.path.startswith("/token"):
            handler.answer(200, answer)
        else:
            demand = f'Bearer realm="{served.url}/token"'
            handler.answer(401, b"", WWW_Authenticate=demand)
        return True

    served.fault = asks
    with pytest.raises(DownloadError, match=r"no token|bytes"):
        list(Registry(ImageRepository(served.url, "x")).tags())


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{", b'{"tags": 7}', b'{"tags": [7, null, "x"]}', b"[" * 100_000]
)
def test_odd_answers_are_refused(served: Any, answer: bytes) -> None:
    def odd(handler: Any, data: bytes) -> bool:
        handler.answer(200, answer, Link="<" + handler.path + '>; rel="next"')
        return True

    served.fault = odd
    registry = Registry(ImageRepository(served.url, "x"))
    for read in (lambda: list(registry.tags()), lambda: registry.manifest("x")):
        try:
            read()
        except DownloadError:
            pass
    with pytest.raises(DownloadError, match=r"do not have this digest|more than"):
        registry.blob(digest_of(b"x"), 10)


def test_refusals_say_why(served: Any) -> None:
    def refuses(handler: Any, data: bytes) -> bool:
        handler.answer(403, b'{"errors": [{"code": "DENIED", "message": "not yours"}]}')
        return True

    served.fault = refuses
    registry = Registry(ImageRepository(served.url, "x"))
    with pytest.raises(DownloadError, match=r"403 \(DENIED: not yours\)") as caught:
        registry.manifest("x")
    assert "--oci-username-variable" in str(caught.value)
