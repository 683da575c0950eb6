"""Bytes from an address: http, https, ftp and file through urllib, or any of them through curl.

Knows addresses, time-outs and certificates; must not know packages, checksums or mirrors.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping

from spack.sources.fetching import curl
from spack.sources.fetching.partial_files import Partial
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.fetching.requests import NetworkSettings, RequestOptions, shown
from spack.sources.fetching.retries import DownloadError, is_passing, repeated, seconds_of
from spack.type_names import IO, TYPE_CHECKING, Callable

# The modules for servers are slow to import, and most commands ask no server.
if TYPE_CHECKING:
    import email.message
    import ssl

    #: The body of an answer and its head, while it is open.
    Answer = contextlib.AbstractContextManager[tuple[IO[bytes], email.message.Message]]
    #: Sends a request with these header fields.
    Opened = Callable[[Mapping[str, str]], Answer]

_BLOCK = 1 << 16
#: All of a page must arrive within so many times the time-out for its next bytes.
_PATIENCE = 3

#: Schemes that a plain download understands.
SCHEMES = ("file", "http", "https", "ftp")


def address_of(text: str) -> str:
    """A URL for a URL or a path: paths become absolute ``file://`` addresses."""
    if "://" in text:
        return text
    return "file://" + urllib.parse.quote(os.path.abspath(os.path.expanduser(text)))


def local_path(url: str) -> str | None:
    """The path that a ``file`` address or a plain path names on this machine, else None."""
    if "://" not in url:
        return os.path.abspath(os.path.expanduser(url))
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    return urllib.parse.unquote(parts.path)


def is_local_repository(url: str) -> bool:
    """Whether a repository address is on this machine; ``host:path`` forms are not."""
    return url.startswith(("/", "./", "../", "~", "file://"))


def ssl_context(settings: NetworkSettings) -> ssl.SSLContext:
    """The certificates and checks of secure connections under these settings."""
    import ssl

    context = ssl.create_default_context()
    if settings.ssl_certs:
        where = os.path.expanduser(settings.ssl_certs)
        if os.path.isdir(where):
            context.load_verify_locations(capath=where)
        elif os.path.isfile(where):
            context.load_verify_locations(cafile=where)
    if not settings.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def reason_of(error: BaseException) -> str:
    """The cause of a failed request in a few words."""
    import ssl
    import urllib.error

    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP status {error.code} ({error.reason})"
    if isinstance(error, urllib.error.URLError):
        inner = error.reason
        return reason_of(inner) if isinstance(inner, BaseException) else str(inner)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "no response in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def hint_for(reason: str) -> str | None:
    """Advice for a request that failed for such a reason."""
    if "certificate" in reason:
        return "set config:ssl_certs to the certificate authorities of this site, or use --insecure"
    return None


def check_allowed(url: str, settings: NetworkSettings) -> None:
    """Raise DownloadError for an address that may not be asked, or of an unknown scheme."""
    try:
        scheme = urllib.parse.urlsplit(url).scheme
    except ValueError as error:
        raise DownloadError(url, str(error)) from error
    if scheme not in SCHEMES:
        raise DownloadError(shown(url), f"the scheme {scheme!r} is not one of {', '.join(SCHEMES)}")
    if settings.offline and scheme != "file":
        raise DownloadError(shown(url), "network access is disabled")


@contextlib.contextmanager
def _opened(
    url: str,
    settings: NetworkSettings,
    options: RequestOptions,
    method: str = "GET",
    fields: Mapping[str, str] = {},
) -> Iterator[tuple[IO[bytes], email.message.Message]]:
    import http.client
    import urllib.error
    import urllib.request

    request = urllib.request.Request(url, method=method)
    request.add_header("User-Agent", "spack")
    for name, value in fields.items():
        request.add_header(name, value)
    for name, value in options.header_fields():
        # Unredirected: credentials and cookies stay with the server they were meant for.
        request.add_unredirected_header(name, value)
    timeout = settings.connect_timeout if options.timeout is None else options.timeout
    handlers: list[urllib.request.BaseHandler] = []
    if url.startswith("https:"):
        handlers.append(urllib.request.HTTPSHandler(context=ssl_context(settings)))
    opener = urllib.request.build_opener(*handlers)
    try:
        response = opener.open(request, timeout=timeout or None)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = reason_of(error)
        if isinstance(error, urllib.error.HTTPError):
            error.close()
            passing = is_passing(error.code) or (error.code == 416 and bool(fields))
            wait = seconds_of(error.headers.get("Retry-After"))
            raise DownloadError(
                shown(url), reason, passing=passing, wait=wait, status=error.code
            ) from error
        inner = error.reason if isinstance(error, urllib.error.URLError) else error
        passing = isinstance(inner, (ConnectionResetError, http.client.HTTPException))
        raise DownloadError(
            shown(url), reason, hint=hint_for(reason), passing=passing, silent=True
        ) from error
    with response:
        yield response, response.headers


def _length(headers: email.message.Message) -> int | None:
    text = headers.get("Content-Length")
    return int(text) if text and text.isdecimal() else None


def receive(url: str, partial: Partial, opened: Opened, reporter: FetchReporter) -> None:
    """Take what is missing of a file.

    ``opened`` sends a request with some header fields and gives the body of the answer with its
    head. Raises DownloadError.
    """
    try:
        with opened(partial.wanted()) as (response, headers):
            _take(url, response, headers, partial, reporter)
    except DownloadError as error:
        partial.refused(error)
        raise


def _take(
    url: str,
    response: IO[bytes],
    headers: email.message.Message,
    partial: Partial,
    reporter: FetchReporter,
) -> None:
    """Write the body of an answer where it belongs."""
    import http.client

    status = getattr(response, "status", None) or 200
    length = _length(headers)
    resumed = partial.begins(status, headers)
    if status == 206 and not resumed:
        partial.validator = ""
        partial.is_checked = False
        raise DownloadError(shown(url), "the server sent another part", passing=True)
    total = partial.size if length is None else partial.received + length
    if partial.size is not None and total != partial.size:
        raise _unexpected(url, total, partial.size)
    with open(partial.path, "ab" if resumed else "wb") as target:
        while True:
            try:
                block = response.read(_BLOCK)
            except (OSError, http.client.HTTPException) as error:
                raise DownloadError(shown(url), reason_of(error), passing=True) from error
            if not block:
                break
            target.write(block)
            partial.received += len(block)
            if partial.size is not None and partial.received > partial.size:
                raise _unexpected(url, partial.received, partial.size)
            reporter.progress(shown(url), partial.received, total)
    if total is not None and partial.received != total and not headers.get("Content-Encoding"):
        raise DownloadError(
            shown(url),
            f"the connection closed after {partial.received} of {total} bytes",
            passing=True,
        )


def _unexpected(url: str, found: int | None, size: int) -> DownloadError:
    return DownloadError(shown(url), f"it has {found} bytes, expected {size}")


def download(
    url: str,
    destination: str,
    settings: NetworkSettings = NetworkSettings(),
    *,
    options: RequestOptions = RequestOptions(),
    reporter: FetchReporter = SILENT,
    may_resume: bool = True,
) -> bool:
    """Write what ``url`` (address or path) holds to the file ``destination``.

    Servers that are busy are asked again after a pause, and for the rest alone where they can say
    whether the file is still the same. The destination appears complete or not at all.

    Args:
        may_resume: ask for the rest alone.

    Returns:
        Whether it is joined from parts, which only a checksum proves to fit together.

    Raises DownloadError.
    """
    url = address_of(url)
    check_allowed(url, settings)
    handle, partial = tempfile.mkstemp(
        dir=os.path.dirname(destination) or ".", prefix=".download-", suffix=".part"
    )
    os.close(handle)
    try:
        path = local_path(url)
        part = Partial(partial, may_resume=may_resume)
        if path is not None:
            _copy_local(url, path, partial)
        elif settings.method.split()[:1] == ["curl"]:
            repeated(lambda: curl.receive(url, part, settings, options, reporter))
        else:

            def opened(fields: Mapping[str, str]) -> Answer:
                return _opened(url, settings, options, fields=fields)

            repeated(lambda: receive(url, part, opened, reporter))
        os.chmod(partial, 0o644)
        os.replace(partial, destination)
        return part.joined
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def _copy_local(url: str, path: str, partial: str) -> None:
    if not os.path.exists(path):
        raise DownloadError(url, "no such file")
    if not os.path.isfile(path):
        raise DownloadError(url, "not a regular file")
    try:
        shutil.copyfile(path, partial)
    except OSError as error:
        raise DownloadError(url, reason_of(error)) from error


def _some_bytes(response: IO[bytes], size: int) -> bytes:
    """At least one byte and at most ``size``, as soon as there are some; empty at the end."""
    read1 = getattr(response, "read1", None)
    return bytes(read1(size) if read1 is not None else response.read(size))


def read_text(
    url: str,
    settings: NetworkSettings = NetworkSettings(),
    *,
    options: RequestOptions = RequestOptions(),
    limit: int = 1 << 24,
) -> tuple[str, str]:
    """The text of a page and the address it finally came from. Raises DownloadError.

    At most ``limit`` bytes are read, for at most a few times the time-out of the settings.
    """
    import http.client
    import time

    url = address_of(url)
    check_allowed(url, settings)
    with _opened(url, settings, options) as (response, headers):
        timeout = settings.connect_timeout if options.timeout is None else options.timeout
        end = time.monotonic() + _PATIENCE * timeout if timeout else None
        data = b""
        try:
            while len(data) < limit:
                block = _some_bytes(response, min(_BLOCK, limit - len(data)))
                data += block
                if not block:
                    break
                if end is not None and time.monotonic() > end:
                    raise DownloadError(shown(url), "the page took too long to load")
        except (OSError, http.client.HTTPException) as error:
            raise DownloadError(shown(url), reason_of(error)) from error
        charset = headers.get_content_charset() or "utf-8"
        final = getattr(response, "url", url) or url
    try:
        return data.decode(charset, "replace"), final
    except LookupError:
        return data.decode("utf-8", "replace"), final


def exists(
    url: str,
    settings: NetworkSettings = NetworkSettings(),
    *,
    options: RequestOptions = RequestOptions(),
) -> bool:
    """Whether the address can be read now; never raises for an address that cannot."""
    url = address_of(url)
    path = local_path(url)
    if path is not None:
        return os.path.exists(path)
    try:
        check_allowed(url, settings)
        method = "GET" if url.startswith("ftp:") else "HEAD"
        with _opened(url, settings, options, method):
            return True
    except DownloadError:
        return False
