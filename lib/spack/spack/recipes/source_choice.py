"""The kind of source that a version of a package has, and what identifies that source.

The choice is made from the keywords of the version's record and from the attributes of the package
class alone. This module fetches nothing and builds no URL.
"""

from __future__ import annotations

from collections.abc import Mapping

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.type_names import Any

#: Kinds in the order in which they are tried.
KINDS = ("url", "go", "git", "cvs", "svn", "hg", "s3", "gs")

#: Kinds of which a package class may name only one.
VERSION_CONTROL = ("git", "svn", "hg", "cvs")

#: Checksum keywords; if a record has several, the last one counts.
CHECKSUMS = ("sha256", "md5", "sha1", "sha224", "sha384", "sha512")

_OWN_KEYWORDS: Mapping[str, frozenset[str]] = {
    "url": frozenset((*CHECKSUMS, "checksum")),
    "git": frozenset(
        "commit tag branch submodules submodules_delete get_full_repo git_sparse_paths".split()
    ),
    "svn": frozenset(("revision",)),
    "hg": frozenset(("revision",)),
    "cvs": frozenset(("branch", "date")),
}


class SourceChoiceError(SpackError):
    """The recipe does not say clearly where a version comes from."""


class Source(NamedTuple):
    """The source of one version.

    Attributes:
        kind: one of :data:`KINDS`, or ``bundle`` for packages without source code.
        address: URL or repository; None when it follows from the version (``url`` only).
        keywords: those of the version's record, with ``commit`` replaced where one was asked for.
    """

    kind: str
    address: str | None
    keywords: Mapping[str, Any]

    def identity(self) -> str | None:
        """Checksum, commit or revision, as written; None if nothing identifies the source."""
        keywords = self.keywords
        if self.kind == "bundle":
            return ""
        if self.kind == "git":
            return _text(keywords.get("commit"))
        if self.kind in ("svn", "hg"):
            return _text(keywords.get("revision"))
        if self.kind == "cvs":
            parts = [f"-{word}={keywords[word]}" for word in ("branch", "date") if word in keywords]
            return "id" + "".join(parts) if parts else None
        if self.kind in ("url", "s3", "gs"):
            return checksum(keywords)
        return None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def checksum(keywords: Mapping[str, Any]) -> str | None:
    """The digest of a record: the last checksum keyword, else the positional one, else None."""
    for name in reversed(CHECKSUMS):
        if keywords.get(name) is not None:
            return str(keywords[name])
    return _text(keywords.get("checksum"))


def choose_source(
    package_name: str,
    version: str,
    attributes: Mapping[str, Any],
    record: Mapping[str, Any] | None,
    *,
    commit: str | None = None,
) -> Source:
    """The source of a version.

    Args:
        attributes: ``has_code``, ``urls`` and the class attributes named in :data:`KINDS`; absent
            or None when the class has none.
        record: keywords of the version's declaration, None if the version is not declared.
        commit: commit of a git version or of the ``commit`` variant.

    Raises :class:`SourceChoiceError` for contradictions, and when nothing names a source.
    """
    keywords = dict(record or {})
    if attributes.get("has_code", True) is False:
        return Source("bundle", None, keywords)
    on_class = {kind: attributes[kind] for kind in KINDS if attributes.get(kind)}
    if "url" not in on_class and attributes.get("urls"):
        on_class["url"] = attributes["urls"][0]
    repositories = [kind for kind in VERSION_CONTROL if kind in on_class]
    if len(repositories) > 1:
        raise SourceChoiceError(
            f"{package_name}: the recipe names several repositories ({', '.join(repositories)})",
            hint="keep one of them on the class and move the others to version(...)",
        )
    if commit is not None:
        address = keywords.get("git") or on_class.get("git")
        if not address:
            raise SourceChoiceError(
                f"{package_name}@{version} is a git version, but the recipe names no git repository"
            )
        return Source("git", str(address), {**keywords, "commit": commit})
    if record is None:
        return Source("url", None, {})
    source = _declared_source(keywords, on_class)
    if source is None:
        raise SourceChoiceError(
            f"{package_name}@{version}: the recipe names no source",
            hint="add 'url' or 'git' to the recipe, or set has_code = False",
        )
    _refuse_foreign_keywords(package_name, version, source)
    return source


def _declared_source(keywords: Mapping[str, Any], on_class: Mapping[str, Any]) -> Source | None:
    for kind in KINDS:
        if keywords.get(kind):
            return Source(kind, str(keywords[kind]), keywords)
    for kind, own in _OWN_KEYWORDS.items():
        if own.intersection(keywords) and (kind in on_class or kind == "url"):
            return Source(kind, _text(on_class.get(kind)), keywords)
    for kind in KINDS:
        if kind in on_class:
            return Source(kind, str(on_class[kind]), keywords)
    return None


def _refuse_foreign_keywords(package_name: str, version: str, source: Source) -> None:
    allowed = _OWN_KEYWORDS.get(source.kind, frozenset())
    if source.kind in ("s3", "gs"):
        allowed = _OWN_KEYWORDS["url"]
    every = frozenset().union(*_OWN_KEYWORDS.values())
    foreign = sorted(every.intersection(source.keywords) - allowed)
    if foreign:
        raise SourceChoiceError(
            f"{package_name}@{version} comes from '{source.kind}', which does not"
            f" support {', '.join(foreign)}"
        )
