"""Versions of a package that its servers have, their checksums, and putting these in the recipe."""

from __future__ import annotations

import ast
import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from spack.errors import Origin, SpackError
from spack.language.specs import Architecture, ConcreteSpec
from spack.language.versions import Version, parse_version
from spack.recipes import urls as recipe_urls
from spack.recipes.bound_spec import bind
from spack.recipes.url_names import find_name
from spack.recipes.url_patterns import find_version
from spack.session.queries import parse_words
from spack.session.queries import record as record_of
from spack.session.repository_clones import network_settings
from spack.sources import network, scraping
from spack.sources.checksums import file_digest
from spack.sources.network import DownloadError
from spack.system.filesystem import atomic_write, mkdirp

if TYPE_CHECKING:
    from spack.session.session import Session


class NoSourceError(SpackError):
    """A package has no archives whose checksum could be computed."""


class ChecksumDiffersError(SpackError):
    """A checksum in a recipe is not that of the file that the server has."""


class VersionNotFoundError(SpackError):
    """A version of a package cannot be found at its servers."""


class RecipeEditError(SpackError):
    """A recipe has no place where versions could be added."""


class ParsedUrl(NamedTuple):
    """What is recognised in a URL."""

    name: Optional[str]
    version: Optional[str]


class Checked(NamedTuple):
    """A version, where it was had, and its digest; ``known`` is the digest in the recipe."""

    version: str
    url: str
    sha256: str
    known: Optional[str]


def parse_url(url: str) -> ParsedUrl:
    """Name and version in a URL."""
    found = find_version(url)
    return ParsedUrl(find_name(url), found.version if found else None)


def linked_archives(session: Session, url: str) -> Dict[str, str]:
    """Version -> URL of the archives like ``url`` that its folder links to, newest first."""
    network_ = network_settings(session.settings)
    return _newest_first(_similar(scraping.archives_by_version(_folders(url), 0, network_), [url]))


def safe_versions(session: Session, name: str) -> List[str]:
    """Versions in the recipe that a checksum or commit pins, newest first."""
    record = record_of(session, name)
    known = [v for v in record.versions if v.has_checksum]
    return [v.text for v in sorted(known, key=lambda v: v.version, reverse=True)]


def remote_versions(session: Session, name: str) -> Dict[str, str]:
    """Version -> URL of what the servers of a package have, newest first; may be empty.

    Raises:
        NoSourceError: the recipe names no archive.
        DownloadError: no page could be read.
    """
    package = _package(session, name)
    examples = [url for url in recipe_urls.all_urls(package) if url]
    if not examples:
        raise NoSourceError(f"the recipe of {name} names no archive to look for others like it")
    pages: List[str] = []
    listed = getattr(package, "list_url", None)
    if listed:
        pages.append(str(listed))
    for url in examples[:3]:
        pages += _folders(url)
    depth = int(getattr(package, "list_depth", 0) or 0)
    found = scraping.archives_by_version(
        list(dict.fromkeys(pages)), depth, network_settings(session.settings)
    )
    return _newest_first(_similar(found, examples))


def _folders(url: str) -> List[str]:
    """Pages that probably link to archives like one."""
    match = re.match(r"(https?://[^/]*(?:github|gitlab)[^/]*/[^/]+/[^/]+)", url)
    if match:
        return [re.sub(r"\.git$", "", match.group(1)) + "/tags"]
    return [url.rpartition("/")[0] + "/"]


def _similar(found: Dict[str, List[str]], examples: Sequence[str]) -> Dict[str, str]:
    """Of the archives of each version the best that is named like one of the examples."""
    names = {find_name(url) for url in examples}
    endings = [_ending(url) for url in examples]
    chosen: Dict[str, str] = {}
    for version, links in found.items():
        fitting = [link for link in links if find_name(link) in names]
        fitting.sort(key=lambda link: _ending(link) not in endings)
        if fitting:
            chosen[version] = fitting[0]
    return chosen


def _ending(url: str) -> str:
    found = find_version(url)
    return url[found.start + len(found.version) :] if found else ""


def _newest_first(found: Dict[str, str]) -> Dict[str, str]:
    order = sorted(found, key=lambda text: parse_version(text), reverse=True)
    return {version: found[version] for version in order}


def _package(session: Session, name: str, version: Optional[str] = None) -> Any:
    """A package object that can be asked for URLs; nothing is concretized for it."""
    cls = session.repositories.package_class(name)
    host = session.host
    chosen = parse_version(version) if version else max(cls.versions, default=Version("0"))
    concrete = ConcreteSpec(
        cls.name, chosen, Architecture(host.platform, host.os, host.target),
        namespace=cls.namespace,
    )
    return cls(bind(concrete, None, None))


def checksums(
    session: Session,
    text: str,
    versions: Sequence[str],
    *,
    latest: bool = False,
    preferred: bool = False,
    jobs: Optional[int] = None,
    keep: bool = False,
) -> List[Checked]:
    """Fetch archives of versions and compute their SHA-256; with ``keep`` the files stay.

    Without versions: the newest one upstream (``latest``), the one in the recipe that is preferred,
    or all upstream ones that the recipe does not know.

    Raises:
        NoSourceError, VersionNotFoundError, DownloadError.
    """
    from spack.session.queries import version_rows
    from spack.sources.stage import choose_stage_root

    spec = parse_words([text])[0].spec
    name = spec.name or text
    record = record_of(session, name)
    known = {v.text: (v.checksum[1] if v.checksum else None) for v in record.versions}
    wanted: Dict[str, Optional[str]] = dict.fromkeys(versions)
    if spec.version is not None:
        wanted.setdefault(str(spec.version))
    if preferred:
        wanted.update((row.text, None) for row in version_rows(record) if row.preferred)
    elif not wanted:
        remote = remote_versions(session, name)
        new: Dict[str, Optional[str]] = {v: url for v, url in remote.items() if v not in known}
        wanted = dict(list((remote if latest else new).items())[: 1 if latest else None])
    directory = tempfile.mkdtemp(
        prefix="spack-stage-checksum-", dir=choose_stage_root(session.settings.config.build_stage)
    )
    try:
        with ThreadPoolExecutor(jobs or 4) as pool:
            tasks = [
                pool.submit(_checked, session, name, version, url, known.get(version),
                            os.path.join(directory, version))
                for version, url in wanted.items()
            ]
            return [task.result() for task in tasks]
    finally:
        if keep:
            session.notices.message(f"the files are kept in {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)


def _checked(
    session: Session, name: str, version: str, url: Optional[str], known: Optional[str], folder: str
) -> Checked:
    candidates = [url] if url else []
    if not candidates:
        package = _package(session, name, version)
        try:
            candidates = list(package.all_urls_for_version(parse_version(version)))
        except recipe_urls.NoURLError as error:
            raise NoSourceError(error.message, hint=error.hint) from error
    problem: Optional[DownloadError] = None
    for candidate in candidates:
        path = os.path.join(folder, os.path.basename(candidate.partition("?")[0]) or "archive")
        mkdirp(folder)
        try:
            network.download(candidate, path, network_settings(session.settings))
        except DownloadError as error:
            problem = problem or error
            continue
        return Checked(version, candidate, file_digest(path), known)
    raise VersionNotFoundError(
        f"{name}@{version} cannot be fetched: {problem.message if problem else 'no address'}",
        hint=f"spack versions {name} lists what its servers have",
    )


def version_line(version: str, sha256: str) -> str:
    """The directive of a version, as recipes have it."""
    return f'    version("{version}", sha256="{sha256}")'


def verify(found: Sequence[Checked]) -> None:
    """Raises :class:`ChecksumDiffersError` unless every digest is that of the recipe."""
    wrong = [c for c in found if c.known is not None and c.known != c.sha256]
    if wrong:
        raise ChecksumDiffersError(
            f"{len(wrong)} of {len(found)} checksums are not those of the recipe",
            details="\n".join(
                f"    {c.version}: {c.sha256} at {c.url}\n        the recipe has {c.known}"
                for c in wrong
            ),
            hint="ask upstream whether the files were replaced on purpose",
        )


def add_to_recipe(session: Session, text: str, found: Sequence[Checked]) -> Tuple[str, int]:
    """Put the versions that a recipe does not have in it, newest first; file and their number.

    Raises:
        RecipeEditError: the recipe has no version to stand beside, or cannot be read.
    """
    name = parse_words([text])[0].spec.name or text
    record = record_of(session, name)
    known = {v.text for v in record.versions}
    new = [c for c in found if c.version not in known]
    if not new:
        return record.path, 0
    with open(record.path, encoding="utf-8") as file:
        text = file.read()
    lines = text.splitlines(keepends=True)
    places = _version_lines(text, record.class_name)
    if not places:
        raise RecipeEditError(
            f"the recipe of {name} has no version directive to put others beside",
            origin=Origin(record.path, record.line),
            hint="write the first one by hand",
        )
    for checked in sorted(new, key=lambda c: parse_version(c.version)):
        mine = parse_version(checked.version)
        below = [line for version, line, _ in places if version < mine]
        at = below[0] - 1 if below else places[-1][2]
        lines.insert(at, version_line(checked.version, checked.sha256) + "\n")
        places = _version_lines("".join(lines), record.class_name)
    atomic_write(record.path, "".join(lines))
    return record.path, len(new)


def _version_lines(text: str, class_name: str) -> List[Tuple[Version, int, int]]:
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
