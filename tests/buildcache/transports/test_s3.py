"""Caches in S3 buckets: the same signatures as others make, and a service that others wrote."""

from __future__ import annotations

import os
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spack.buildcache.transports import s3_access
from spack.buildcache.transports.port import UploadError
from spack.buildcache.transports.s3 import S3Transport
from spack.buildcache.transports.s3_signing import AccessKey, signed_fields
from spack.config.settings.place_settings import Connection
from spack.errors import ConfigurationError, NotFoundError
from spack.sources.fetching.retries import DownloadError

pytestmark = pytest.mark.usefixtures("no_proxy")

VARIABLES = {"ID": "key", "SECRET": "secret"}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """Address of an S3 service."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def connection(service: str) -> Connection:
    """The access to a new bucket."""
    bucket = f"bucket-{uuid.uuid4()}"
    found = Connection(
        f"s3://{bucket}/some/prefix",
        id_variable="ID",
        secret_variable="SECRET",
        endpoint_url=service,
    )
    S3Transport(found._replace(url=f"s3://{bucket}"), variables=VARIABLES)._changed(
        "PUT", f"{service}/{bucket}"
    )
    return found


def test_files_come_back(connection: Connection, tmp_path: Path) -> None:
    cache = S3Transport(connection, variables=VARIABLES)
    data = os.urandom(100_000)
    (tmp_path / "a").write_bytes(data)
    cache.upload("v3/a b+ü%.json", b"{}", media_type="application/json")
    cache.upload("blobs/x", str(tmp_path / "a"), media_type="application/x")
    assert cache.read("v3/a b+ü%.json", limit=2) == b"{}"
    assert cache.read_part("blobs/x", 5, 10) == data[5:15]
    cache.download("blobs/x", str(tmp_path / "b"), size=100_000)
    assert (tmp_path / "b").read_bytes() == data
    first = cache.read_changed("v3/a b+ü%.json", "", limit=10)
    assert first is not None and first.tag
    assert cache.read_changed("v3/a b+ü%.json", first.tag, limit=10) is None
    assert cache.exists(["blobs/x", "none", "../x"]) == {"blobs/x"}
    assert set(cache.list("")) == {"v3/a b+ü%.json", "blobs/x"}
    assert list(cache.list("blobs")) == ["blobs/x"]
    cache.delete("blobs/x")
    cache.delete("blobs/x")
    with pytest.raises(NotFoundError):
        cache.read("blobs/x", limit=10)
    whole = S3Transport(connection._replace(url=connection.url[:-12]), variables=VARIABLES)
    assert list(whole.list("")) == ["some/prefix/v3/a b+ü%.json"]


def test_large_files_go_in_parts(connection: Connection, tmp_path: Path) -> None:
    cache = S3Transport(connection, variables=VARIABLES, part_size=5 << 20)
    data = os.urandom(12 << 20)
    (tmp_path / "a").write_bytes(data)
    cache.upload("a", str(tmp_path / "a"), media_type="application/x")
    cache.download("a", str(tmp_path / "b"), size=len(data))
    assert (tmp_path / "b").read_bytes() == data


def test_long_lists(connection: Connection) -> None:
    cache = S3Transport(connection, variables=VARIABLES)
    for number in range(1005):
        cache.upload(f"d/{number}", b"", media_type="x")
    assert set(cache.list("d")) == {f"d/{number}" for number in range(1005)}


def test_refusals_say_why(connection: Connection) -> None:
    cache = S3Transport(connection._replace(url="s3://none/x"), variables=VARIABLES)
    with pytest.raises(UploadError, match="NoSuchBucket"):
        cache.upload("a", b"", media_type="x")
    with pytest.raises(DownloadError, match="NoSuchBucket"):
        list(cache.list(""))
    with pytest.raises(ConfigurationError, match="names no bucket"):
        S3Transport(connection._replace(url="s3:///x"), variables=VARIABLES)


_PATHS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30)


@given(
    path=_PATHS,
    query=st.dictionaries(
        st.text("abcdeXYZ-.~", min_size=1), st.text("a /+=&?üß%~*()!'", max_size=8), max_size=4
    ),
    method=st.sampled_from(["GET", "PUT", "HEAD"]),
    token=st.sampled_from(["", "token/+="]),
    host=st.sampled_from(["https://b.s3.eu-west-1.amazonaws.com", "http://127.0.0.1:9000"]),
)
def test_signatures_are_those_of_the_library_of_the_service(
    path: str, query: dict[str, str], method: str, token: str, host: str
) -> None:
    import urllib.parse

    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url = f"{host}/{urllib.parse.quote(path)}"
    if query:
        url += "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote)
    request = AWSRequest(method, url, data=b"body")
    request.context["payload_signing_enabled"] = True
    request.context["client_config"] = None
    S3SigV4Auth(Credentials("id", "secret", token or None), "s3", "eu-west-1").add_auth(request)
    digest = request.headers["X-Amz-Content-SHA256"]
    now = request.headers["X-Amz-Date"]
    ours = signed_fields(AccessKey("id", "secret", token), "eu-west-1", method, url, digest, now)
    assert ours["Authorization"] == request.headers["Authorization"]


def test_keys_of_the_mirror_come_first(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    files = {
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "env",
        "AWS_SECRET_ACCESS_KEY": "env-secret",
        "T": "token",
        **VARIABLES,
    }
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id=d\naws_secret_access_key=s\n"
        "[lab]\naws_access_key_id=lab\naws_secret_access_key=s\naws_session_token=t\n"
    )
    (tmp_path / ".aws" / "config").write_text("[profile lab]\nregion=eu-north-1\n")

    def key(variables: dict[str, str], **fields: str) -> AccessKey | None:
        return s3_access.key_source(Connection("s3://b", **fields), variables)()

    pair = {"id_variable": "ID", "secret_variable": "SECRET"}
    assert key(files, **pair) == AccessKey("key", "secret")
    assert key(files, **pair, access_token_variable="T") == AccessKey("key", "secret", "token")
    assert key(files) == AccessKey("env", "env-secret")
    assert key(files, profile="lab") == AccessKey("lab", "s", "t")
    assert key({"HOME": str(tmp_path)}) == AccessKey("d", "s")
    assert key({"HOME": str(tmp_path / "none")}) is None
    with pytest.raises(ConfigurationError, match="no profile 'other'"):
        key(files, profile="other")
    assert s3_access.region_of(Connection("s3://b", profile="lab"), files) == "eu-north-1"
    assert s3_access.region_of(Connection("s3://b"), {**files, "AWS_REGION": "x"}) == "x"


def test_the_library_of_the_service_finds_keys(monkeypatch: Any, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[lab]\naws_access_key_id=lab\naws_secret_access_key=s\n")
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert s3_access.key_source(Connection("s3://b", profile="lab"), {})() == AccessKey("lab", "s")
    with pytest.raises(ConfigurationError, match="profile"):
        s3_access.key_source(Connection("s3://b", profile="other"), {})


def test_uploads_in_parts_that_fail_leave_nothing(served: Any, tmp_path: Path) -> None:
    """The service refuses the second part; the upload is given up."""
    lock = threading.Lock()

    def answers(handler: Any, data: bytes) -> bool:
        length = int(handler.headers.get("Content-Length", 0))
        handler.rfile.read(length)
        with lock:
            if handler.command == "POST":
                text = b"<R><UploadId>a/b</UploadId></R>"
                handler.answer(200, text)
            elif "partNumber=2" in handler.path:
                handler.answer(400, b"<Error><Code>Broken</Code><Message>no</Message></Error>")
            else:
                handler.answer(204 if handler.command == "DELETE" else 200, b"", ETag='"1"')
        return True

    served.fault = answers
    connection = Connection(
        "s3://b", id_variable="ID", secret_variable="SECRET", endpoint_url=served.url
    )
    cache = S3Transport(connection, variables=VARIABLES, part_size=1000)
    (tmp_path / "a").write_bytes(b"x" * 2500)
    with pytest.raises(UploadError, match=r"Broken: no"):
        cache.upload("a", str(tmp_path / "a"), media_type="x")
    assert served.requests[-1][:2] == ("DELETE", "/b/a?uploadId=a%2Fb")


@pytest.mark.parametrize(
    "answer, reason",
    [
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "document type"),
        (b"<a>" * 100 + b"</a>" * 100, "too deep"),
        (b"<a>" + b"x" * 100_000 + b"</a>", "too long"),
        (b"<a>", "not XML"),
        (b"\xff\xfe\x00", "not XML"),
    ],
)
def test_hostile_lists_are_refused(served: Any, answer: bytes, reason: str) -> None:
    def lists(handler: Any, data: bytes) -> bool:
        handler.answer(200, answer)
        return True

    served.fault = lists
    cache = S3Transport(Connection("s3://b", endpoint_url=served.url), variables={"HOME": "/"})
    with pytest.raises(DownloadError, match=reason):
        list(cache.list(""))


def test_lists_name_nothing_outside_and_end(served: Any) -> None:
    def lists(handler: Any, data: bytes) -> bool:
        keys = ("p/../../x", "p//y", "q/z", "p/good", "p/sub/", "p/%0a")
        body = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
        more = "<NextContinuationToken>same</NextContinuationToken>"
        handler.answer(200, f"<L>{body}{more}</L>".encode())
        return True

    served.fault = lists
    cache = S3Transport(Connection("s3://b/p", endpoint_url=served.url), variables={"HOME": "/"})
    found = []
    with pytest.raises(DownloadError, match="does not end"):
        for path in cache.list(""):
            found.append(path)
    assert set(found) == {"good"}


@given(st.binary(max_size=300) | st.text("<>/&;!abKey[]\"'= ", max_size=80).map(str.encode))
def test_xml_is_read_or_refused(data: bytes) -> None:
    from spack.buildcache.transports.xml_answers import XmlError, elements

    try:
        elements(data)
    except XmlError:
        pass
