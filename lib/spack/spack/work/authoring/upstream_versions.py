"""Versions of a package that its servers have, their checksums, and putting these in the recipe."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from spack.errors import NotFoundError, Origin, SpackError, UsageError
from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.language.versions import Version, parse_version
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bound_spec import bind
from spack.recipes.urls import version_urls as recipe_urls
from spack.recipes.urls.url_names import find_name
from spack.recipes.urls.url_pages import ListingPage, listing_pages
from spack.recipes.urls.url_patterns import find_version
from spack.sources.fetching import network, scraping
from spack.sources.fetching.checksums import file_digest
from spack.sources.fetching.fetchers import archive_extension
from spack.sources.fetching.parallel import in_parallel
from spack.sources.fetching.retries import DownloadError
from spack.sources.repository_clones import network_settings
from spack.system.files.writing import atomic_write, mkdirp
from spack.type_names import TYPE_CHECKING, Any, Callable
from spack.work.queries.queries import parse_words
from spack.work.queries.queries import record as record_of

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.host.architecture import HostDescription
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import HasRepositories, UpstreamParts
    from spack.system.terminal.output import Reporter


class ChecksumDiffersError(SpackError):
    """A checksum in a recipe is not that of the file that the server has."""


class RecipeEditError(SpackError):
    """A recipe has no place where versions could be added."""


class ParsedUrl(NamedTuple):
    """Name and version recognised in a URL."""

    name: str | None
    version: str | None


class Checked(NamedTuple):
    """A version, where it was had, and its digest.

    Attributes:
        known: the digest in the recipe, None if it has none.
        derived: the recipe alone leads to the address, from the version.
    """

    version: str
    url: str
    sha256: str
    known: str | None
    derived: bool = True


def parse_url(url: str) -> ParsedUrl:
    """Name and version in a URL. Raises UsageError for what cannot be one."""
    try:
        urlsplit(url)
    except ValueError as error:
        raise UsageError(f"'{url}' is not a URL: {error}") from error
    found = find_version(url)
    return ParsedUrl(find_name(url), found.version if found else None)


def linked_archives(settings: Settings, url: str) -> dict[str, str]:
    """Version -> URL of the archives like ``url`` that its host lists, newest first.

    Raises DownloadError if no page could be read.
    """
    return _newest_first(_similar(_listed(settings, listing_pages(url)), [url]))


def safe_versions(parts: HasRepositories, name: str) -> list[str]:
    """Versions in the recipe that a checksum or commit pins, newest first."""
    record = record_of(parts, name)
    known = [v for v in record.versions if v.has_checksum]
    return [v.text for v in sorted(known, key=lambda v: v.version, reverse=True)]


def remote_versions(
    repositories: RepositoryPath, host: HostDescription, settings: Settings, name: str
) -> dict[str, str]:
    """Version -> URL of what the servers of a package have, newest first; may be empty.

    Raises:
        NotFoundError: the recipe names no archive.
        DownloadError: no page could be read.
    """
    package = _package(repositories, host, name)
    examples = [url for url in recipe_urls.all_urls(package) if url]
    if not examples:
        raise NotFoundError(f"the recipe of {name} names no archive to search for similar ones")
    pages: list[ListingPage] = []
    listed = getattr(package, "list_url", None)
    if listed:
        depth = int(getattr(package, "list_depth", 0) or 0)
        pages.append(ListingPage(str(listed), depth))
    for url in examples[:_MOST_EXAMPLES]:
        pages += listing_pages(url)
    found = _similar(_listed(settings, pages), examples)
    return _newest_first({_spelling(package, v, url): url for v, url in found.items()})


#: Addresses of a recipe whose folders are looked at.
_MOST_EXAMPLES = 3


def _listed(settings: Settings, pages: Sequence[ListingPage]) -> dict[str, list[str]]:
    """Version -> archives that any of the pages links to. Raises DownloadError if all fail."""
    network_ = network_settings(settings)
    by_depth: dict[int, dict[str, None]] = {}
    for page in pages:
        by_depth.setdefault(page.depth, {})[page.address] = None
    found: dict[str, list[str]] = {}
    problem: DownloadError | None = None
    for depth, addresses in by_depth.items():
        try:
            more = scraping.archives_by_version(list(addresses), depth, network_)
        except DownloadError as error:
            problem = problem or error
            continue
        for version, links in more.items():
            found.setdefault(version, []).extend(links)
    if problem is not None and not found:
        raise problem
    return found


def _similar(found: dict[str, list[str]], examples: Sequence[str]) -> dict[str, str]:
    """Of the archives of each version the best that is named like one of the examples."""
    names = {find_name(url) for url in examples}
    endings = [_ending(url) for url in examples]
    kinds = {_kind(ending) for ending in endings}
    chosen: dict[str, str] = {}
    for version, links in found.items():
        fitting = [
            link for link in links if find_name(link) in names and _kind(_ending(link)) in kinds
        ]
        fitting.sort(key=lambda link: _ending(link) not in endings)
        if fitting:
            chosen[version] = fitting[0]
    return chosen


def _ending(url: str) -> str:
    """Return the part after the version, such as ``-src.tar.gz``."""
    found = find_version(url)
    return re.sub(r"/download$", "", url[found.start + len(found.version) :]) if found else ""


def _kind(ending: str) -> str:
    """An ending without its kind of compression: programs for Windows are not sources."""
    extension = archive_extension(ending)
    return ending[: -len(extension) - 1] if extension and extension != "whl" else ending


def _spelling(package: Any, version: str, url: str) -> str:
    """A version as the recipe writes it: ``1.80.0`` for the archive ``boost_1_80_0``."""
    dotted = str(parse_version(version).dotted)
    if dotted == version:
        return version
    try:
        return dotted if url in package.all_urls_for_version(parse_version(dotted)) else version
    except SpackError:
        return version


def _newest_first(found: dict[str, str]) -> dict[str, str]:
    order = sorted(found, key=lambda text: parse_version(text), reverse=True)
    return {version: found[version] for version in order}


def _package(
    repositories: RepositoryPath, host: HostDescription, name: str, version: str | None = None
) -> Any:
    """A package object that can be asked for URLs; nothing is concretized for it."""
    cls = repositories.package_class(name)
    chosen = parse_version(version) if version else max(cls.versions, default=Version("0"))
    concrete = ConcreteSpec(
        cls.name,
        chosen,
        Architecture(host.platform, host.os, host.target),
        namespace=cls.namespace,
    )
    return cls(bind(concrete, None, None))


def checksums(
    parts: UpstreamParts,
    text: str,
    versions: Sequence[str],
    *,
    latest: bool = False,
    preferred: bool = False,
    verified: bool = False,
    jobs: int | None = None,
    keep: bool = False,
) -> list[Checked]:
    """Fetch archives of versions and compute their SHA-256; with ``keep`` the files stay.

    Without versions: the newest one upstream (``latest``), the one in the recipe that is preferred,
    those in the recipe that have such a checksum (``verified``), or all upstream ones that the
    recipe does not know. A range after the name leaves only what is in it.

    Raises:
        NotFoundError, DownloadError.
    """
    from spack.work.queries.queries import version_rows

    spec = parse_words([text])[0].spec
    name = spec.name or text
    record = record_of(parts, name)
    known = {v.text: (v.checksum[1] if v.checksum else None) for v in record.versions}
    wanted: dict[str, str | None] = dict.fromkeys(versions)
    range_text = str(spec.versions).lstrip("=")
    inside = spec.versions.contains
    if not spec.versions.is_any and not set(range_text) & set(":,"):
        wanted.setdefault(range_text)
    if preferred:
        wanted.update((row.text, None) for row in version_rows(record) if row.preferred)
    elif verified and not wanted:
        pinned = [v for v in record.versions if v.checksum_kind == "sha256"]
        wanted = {v.text: None for v in pinned if inside(v.version)}
    elif not wanted:
        listed = remote_versions(parts.repositories, parts.host, parts.settings, name)
        remote = {v: url for v, url in listed.items() if inside(parse_version(v))}
        old = {v.version for v in record.versions}
        new = {v: url for v, url in remote.items() if parse_version(v) not in old}
        wanted = dict(list((remote if latest else new).items())[: 1 if latest else None])
    told = parts.reporter.information if keep else None
    with passing_stage(parts.settings, "checksum", "the files are", told) as directory:

        def fetch(version: str) -> Checked:
            folder = os.path.join(directory, version)
            return _checked(parts, name, version, wanted[version], known.get(version), folder)

        results = in_parallel(fetch, list(wanted), jobs or 4)
    return _successes(parts.reporter, results, all_needed=bool(versions) or preferred or verified)


@contextlib.contextmanager
def passing_stage(
    settings: Settings, purpose: str, what: str, kept: Callable[[str], None] | None
) -> Iterator[str]:
    """A directory beside the stages that lasts for a block, or is kept and its place told."""
    from spack.sources.stage import choose_stage_root

    root = choose_stage_root(settings.config.build_stage)
    directory = tempfile.mkdtemp(prefix=f"spack-stage-{purpose}-", dir=root)
    try:
        yield directory
    finally:
        if kept is not None:
            kept(f"{what} in {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)


def fetched(settings: Settings, url: str, folder: str) -> str:
    """The path of a file that was downloaded into a folder. Raises DownloadError."""
    path = os.path.join(folder, os.path.basename(url.partition("?")[0]) or "archive")
    network.download(url, path, network_settings(settings))
    return path


def _successes(
    reporter: Reporter, results: Sequence[Checked | SpackError], *, all_needed: bool
) -> list[Checked]:
    """The results that could be had; versions that nobody named may be missing, with a warning."""
    found = [result for result in results if isinstance(result, Checked)]
    problems = [result for result in results if isinstance(result, SpackError)]
    for problem in problems:
        if all_needed or not found or not isinstance(problem, NotFoundError):
            raise problem
        reporter.warning(problem.message)
    return found


def _checked(
    parts: UpstreamParts,
    name: str,
    version: str,
    url: str | None,
    known: str | None,
    folder: str,
) -> Checked:
    package = _package(parts.repositories, parts.host, name, version)
    derived: list[str] = []
    try:
        derived = list(package.all_urls_for_version(parse_version(version)))
    except recipe_urls.NoURLError as error:
        if url is None:
            raise NotFoundError(error.message, hint=error.hint) from error
    # The address that the recipe leads to comes first: others fetch from there. One that a page
    # has is only asked for what the recipe alone does not find.
    candidates = derived + ([url] if url and url not in derived else [])
    problem: DownloadError | None = None
    for candidate in candidates:
        mkdirp(folder)
        try:
            path = fetched(parts.settings, candidate, folder)
        except DownloadError as error:
            problem = problem or error
            continue
        return Checked(version, candidate, file_digest(path), known, candidate in derived)
    raise NotFoundError(
        f"{name}@{version} cannot be fetched: {problem.message if problem else 'no URL'}",
        hint=f"list the versions on its servers with spack versions {name}",
    )


def version_line(version: str, sha256: str, url: str | None = None) -> str:
    """The directive of a version, as recipes have it; with an address that others do not tell."""
    address = f', url="{url}"' if url else ""
    return f'    version("{version}", sha256="{sha256}"{address})'


def line_of(checked: Checked) -> str:
    """The directive of a version that was fetched."""
    url = None if checked.derived else checked.url
    return version_line(checked.version, checked.sha256, url)


def verify(found: Sequence[Checked]) -> None:
    """Raises :class:`ChecksumDiffersError` unless every digest is that of the recipe."""
    wrong = [c for c in found if c.known is not None and c.known != c.sha256]
    if wrong:
        raise ChecksumDiffersError(
            f"{len(wrong)} of {len(found)} checksums differ from the recipe",
            details="\n".join(
                f"    {c.version}: {c.sha256} at {c.url}\n        the recipe has {c.known}"
                for c in wrong
            ),
            hint="ask upstream whether the files were replaced intentionally",
        )


def add_to_recipe(parts: HasRepositories, text: str, found: Sequence[Checked]) -> tuple[str, int]:
    """Put the versions that a recipe does not have in it, newest first; file and their number.

    Raises:
        RecipeEditError: the recipe has no version to stand beside, or cannot be read.
    """
    name = parse_words([text])[0].spec.name or text
    record = record_of(parts, name)
    known = {v.version for v in record.versions}
    new = [c for c in found if parse_version(c.version) not in known]
    if not new:
        return record.path, 0
    with open(record.path, encoding="utf-8") as file:
        text = file.read()
    lines = text.splitlines(keepends=True)
    places = _version_lines(text, record.class_name)
    if not places:
        raise RecipeEditError(
            f"the recipe of {name} has no version directive to add others next to",
            origin=Origin(record.path, record.line),
            hint="write the first one manually",
        )
    for checked in sorted(new, key=lambda c: parse_version(c.version)):
        mine = parse_version(checked.version)
        below = [line for version, line, _ in places if version < mine]
        at = below[0] - 1 if below else places[-1][2]
        lines.insert(at, line_of(checked) + "\n")
        places = _version_lines("".join(lines), record.class_name)
    atomic_write(record.path, "".join(lines))
    return record.path, len(new)


def _version_lines(text: str, class_name: str) -> list[tuple[Version, int, int]]:
    """(version, first line, last line) of the version directives in the body of a class."""
    found = []
    for node in ast.parse(text).body:
        if not isinstance(node, ast.ClassDef) or node.name != class_name:
            continue
        for statement in node.body:
            call = statement.value if isinstance(statement, ast.Expr) else None
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            first = call.args[0] if call.args else None
            if call.func.id == "version" and isinstance(first, ast.Constant):
                version = parse_version(str(first.value))
                if not version.isdevelop():
                    end = statement.end_lineno or statement.lineno
                    found.append((version, statement.lineno, end))
    return found
