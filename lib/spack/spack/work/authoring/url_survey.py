"""All addresses of sources in recipes: what is recognised in them, and how they are protected.

Only records are read, no recipe runs: addresses that a recipe computes are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import PackageRecord, VersionRecord
from spack.recipes.urls.version_urls import substitute_version
from spack.type_names import TYPE_CHECKING
from spack.work.authoring.upstream_versions import parse_url
from spack.work.queries.recipe_queries import readable_records

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath

#: Prefixes of package names that the names of their archives do not have.
_PREFIXES = ("py-", "perl-", "r-", "ruby-", "lua-", "octave-", "rkt-")


class UrlRow(NamedTuple):
    """An address in a recipe, and what is recognised in it.

    ``expected`` is the version that the recipe gives for it, None for its general address.
    """

    package: str
    url: str
    expected: str | None
    name: str | None
    version: str | None

    @property
    def name_is_right(self) -> bool:
        """Whether the package could be named after the address."""
        if self.name is None:
            return False
        plain = self.name.lower().replace("_", "-").replace(".", "-")
        return any(self.package == prefix + plain for prefix in ("", *_PREFIXES))

    @property
    def version_is_right(self) -> bool:
        """Whether the version in the address is that of the recipe; any will do if it says none."""
        if self.expected is None or self.version is None:
            return self.version is not None
        separators = str.maketrans("_-", "..")
        return self.version.translate(separators) == self.expected.translate(separators)


class UrlStatistics(NamedTuple):
    """Counts of the ways to fetch and check all versions; ``issues`` are places, a line each."""

    packages: int
    versions: int
    schemes: dict[str, int]
    checks: dict[str, int]
    issues: list[str]


def rows(repositories: RepositoryPath, *, extrapolate: bool = False) -> list[UrlRow]:
    """The addresses of all recipes, by package.

    Args:
        extrapolate: also those that follow from the general address for each version.
    """
    found: dict[UrlRow, None] = {}
    for record in readable_records(repositories):
        for expected, url in _addresses(record, extrapolate):
            parsed = parse_url(url)
            found[UrlRow(record.name, url, expected, parsed.name, parsed.version)] = None
    return list(found)


def _addresses(record: PackageRecord, extrapolate: bool) -> Iterator[tuple[str | None, str]]:
    general = [url for url in (record.url, *record.urls) if url]
    for url in dict.fromkeys(general):
        yield None, url
    for version in record.versions:
        if version.url:
            yield version.text, version.url
        elif extrapolate and general and not version.git and not version.version.isdevelop():
            yield version.text, substitute_version(general[0], version.version)


def statistics(repositories: RepositoryPath) -> UrlStatistics:
    """Numbers over the versions of all recipes."""
    packages = versions = 0
    schemes: dict[str, int] = {}
    checks: dict[str, int] = {}
    issues: list[str] = []
    for record in readable_records(repositories):
        packages += 1
        for version in record.versions:
            versions += 1
            scheme, check = _scheme(record, version), _check(version)
            schemes[scheme] = schemes.get(scheme, 0) + 1
            checks[check] = checks.get(check, 0) + 1
            if scheme in ("http", "ftp") and check in ("nothing", "md5", "branch"):
                issues.append(f"{version.origin}: {record.name}@{version.text} {scheme}, {check}")
    return UrlStatistics(packages, versions, _sorted(schemes), _sorted(checks), issues)


def _scheme(record: PackageRecord, version: VersionRecord) -> str:
    if version.git or version.branch or version.tag or version.commit:
        return "git"
    url = version.url or record.url or (record.urls[0] if record.urls else None)
    return url.partition("://")[0] if url and "://" in url else "computed"


def _check(version: VersionRecord) -> str:
    if version.checksum is not None:
        return version.checksum_kind or "unknown"
    for word in ("commit", "tag", "branch"):
        if getattr(version, word):
            return word
    return "nothing"


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
