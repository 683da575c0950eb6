"""The sources of a package: from what its recipe says to fetchers and stages.

Recipe objects are seen through :class:`SourcePackage`: a handful of attributes, so that anything
with them will do. This is the only module of the layer that knows what a recipe looks like.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import intersects
from spack.language.versions import GitVersion, Version
from spack.recipes.records.package_records import PatchRecord, ResourceRecord
from spack.recipes.source_choice import CHECKSUMS, KINDS, Source, choose_source
from spack.sources.composite import AnyStage, CompositeStage
from spack.sources.develop_stage import DevelopStage
from spack.sources.fetching import scraping
from spack.sources.fetching.checksums import Checksum, parse_checksum
from spack.sources.fetching.fetchers import BundleFetcher, Fetcher, FetchError, UrlFetcher
from spack.sources.fetching.git import GitFetcher, Submodules
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.fetching.requests import NetworkSettings, RequestOptions
from spack.sources.fetching.retries import DownloadError
from spack.sources.fetching.version_control import CvsFetcher, GoFetcher, HgFetcher, SvnFetcher
from spack.sources.mirrors import MirrorPaths, readable_path, readable_resource_path
from spack.sources.patches import PatchError, patch_stages
from spack.sources.resources import ResourceFetcher, ResourceStage, StagedResource
from spack.sources.stage import Stage, StageSettings, stage_name
from spack.type_names import Any, Callable, Protocol


class SourcePackage(Protocol):
    """The package object that this layer needs. Optional attributes are read when present:
    ``git svn hg cvs go`` (addresses), ``submodules``, ``get_full_repo``, ``git_sparse_paths``,
    ``fetch_options``, ``list_url``, ``list_depth``, ``manual_download``, ``download_instr``.
    """

    @property
    def name(self) -> str: ...

    @property
    def has_code(self) -> bool: ...

    @property
    def versions(self) -> Mapping[Version, Mapping[str, Any]]: ...

    def all_urls_for_version(self, version: Version) -> Sequence[str]: ...


def _checksum(keywords: Mapping[str, Any]) -> Checksum | None:
    for algorithm in reversed(CHECKSUMS):
        digest = keywords.get(algorithm)
        if digest:
            return parse_checksum(str(digest), algorithm)
    digest = keywords.get("checksum")
    return parse_checksum(str(digest)) if digest else None


def _truth(value: Any) -> bool:
    """Recipes also write ``"True"``."""
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false", "0", "no")
    return bool(value)


def _submodules(value: Any, package: Any) -> Submodules:
    if callable(value):
        value = value(package)
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(value)
    return _truth(value)


def _git_fetcher(
    url: str, keywords: Mapping[str, Any], package: Any, reference: str | None
) -> GitFetcher:
    def attribute(name: str) -> Any:
        value = keywords.get(name)
        return getattr(package, name, None) if value is None else value

    sparse = attribute("git_sparse_paths")
    if callable(sparse):
        sparse = sparse(package)
    return GitFetcher(
        url,
        commit=None if reference else keywords.get("commit"),
        tag=keywords.get("tag"),
        branch=keywords.get("branch"),
        reference=reference,
        submodules=_submodules(attribute("submodules"), package),
        submodules_delete=tuple(keywords.get("submodules_delete") or ()),
        full=_truth(attribute("get_full_repo")),
        sparse_paths=tuple(sparse or ()),
        cachable=not _truth(keywords.get("no_cache")),
    )


def _fetcher_of(
    source: Source, *, package: Any, urls: Callable[[], Sequence[str]], reference: str | None
) -> Fetcher:
    """The fetcher of a chosen source; ``urls`` is asked only for a URL source."""
    keywords = source.keywords
    cachable = not _truth(keywords.get("no_cache"))
    if source.kind == "bundle":
        return BundleFetcher()
    if source.kind in ("url", "s3", "gs"):
        return _url_fetcher(source, package, urls)
    address = str(source.address)
    if source.kind == "git":
        return _git_fetcher(address, keywords, package, reference)
    if source.kind == "cvs":
        return CvsFetcher(
            address, branch=keywords.get("branch"), date=keywords.get("date"), cachable=cachable
        )
    classes: dict[str, Callable[..., Fetcher]] = {
        "svn": SvnFetcher,
        "hg": HgFetcher,
        "go": GoFetcher,
    }
    return classes[source.kind](address, keywords.get("revision"), cachable=cachable)


def _url_fetcher(source: Source, package: Any, urls: Callable[[], Sequence[str]]) -> Fetcher:
    keywords = source.keywords
    candidates = tuple(urls())
    own = keywords.get("url") or (source.address if not candidates else None)
    if own and own not in candidates:
        candidates = (str(own), *candidates)
    options = keywords.get("fetch_options")
    if options is None:
        options = getattr(package, "fetch_options", None)
    expand = keywords.get("expand")
    return UrlFetcher(
        candidates,
        _checksum(keywords),
        expand=True if expand is None else _truth(expand),
        extension=keywords.get("extension"),
        options=RequestOptions.from_fetch_options(options),
        cachable=not _truth(keywords.get("no_cache")),
    )


def fetcher_for_version(
    package: SourcePackage, version: Version, commit: str | None = None
) -> Fetcher:
    """The fetcher for the source of a version of a package.

    ``commit`` is what concretization recorded for a branch or tag. Raises SourceChoiceError,
    NoFetcherError or UnknownChecksumError.
    """
    attributes = {kind: getattr(package, kind, None) for kind in (*KINDS, "urls")}
    attributes["has_code"] = package.has_code
    record = package.versions.get(version)
    reference = None
    wanted = commit
    if isinstance(version, GitVersion) and commit is None:
        known = record or {}
        if not any(known.get(key) for key in ("commit", "tag", "branch")):
            wanted = version.ref
            if not version.is_commit:
                reference = version.ref
    elif record is not None and any(record.get(key) for key in ("svn", "hg", "cvs", "go")):
        wanted = None
    source = choose_source(package.name, str(version), attributes, record, commit=wanted)
    return _fetcher_of(
        source,
        package=package,
        urls=lambda: package.all_urls_for_version(version),
        reference=reference,
    )


def fetcher_for_resource(resource: ResourceRecord) -> Fetcher:
    """The fetcher for a resource. Raises SourceChoiceError or UnknownChecksumError."""
    source = choose_source(f"resource {resource.name}", "any", {}, resource.keywords)
    # The package is asked for nothing here: a resource says everything itself.
    return _fetcher_of(source, package=None, urls=tuple, reference=None)


def recorded_commit(concrete: ConcreteSpec) -> str | None:
    """The commit that was recorded when a branch or tag was concretized, if any."""
    value = concrete.variants.get("commit")
    return value if isinstance(value, str) and value else None


def mirror_paths(
    package_name: str, version: Version, fetcher: Fetcher, resource: str | None = None
) -> MirrorPaths:
    """The paths in mirrors of the source of a version, or of one of its resources."""
    extension = fetcher.extension
    if resource is not None:
        link = readable_resource_path(package_name, resource, str(version), extension)
    else:
        link = readable_path(package_name, str(version), extension)
    return MirrorPaths(fetcher.cache_path, link)


def _searched_addresses(
    package: Any, version: Version, network: NetworkSettings
) -> Callable[[], Sequence[str]]:
    """Addresses of a version found on the pages that a recipe lists; asked last."""

    def search() -> Sequence[str]:
        pages = getattr(package, "list_url", None)
        if not pages:
            return ()
        depth = int(getattr(package, "list_depth", 0) or 0)
        try:
            return scraping.archives_of_version(str(pages), str(version), depth, network)
        except DownloadError:
            return ()

    return search


def resources_of(package: Any, concrete: ConcreteSpec) -> list[ResourceRecord]:
    """The resources that a node needs, in the order of their declaration."""
    found: list[ResourceRecord] = []
    for when, records in package.resources.items():
        if intersects(concrete, when):
            found += records
    return found


def resources_in_stages(package: Any, stages: CompositeStage) -> dict[Any, list[Any]]:
    """The resources of a package, those that have a stage with it: what recipes see of them."""
    by_name = {stage.name: stage for stage in stages if isinstance(stage, ResourceStage)}
    digest = package.spec.unbound.dag_hash()

    def seen(record: ResourceRecord) -> ResourceRecord | StagedResource:
        stage = by_name.get(_resource_stage_name(record, digest))
        if stage is None:
            return record
        return StagedResource(
            record.name, record.destination, record.placement, ResourceFetcher(stage)
        )

    return {when: [seen(one) for one in group] for when, group in package.resources.items()}


def patches_for(
    package: Any, concrete: ConcreteSpec, dependents: Iterable[Any] = ()
) -> list[PatchRecord]:
    """The patches of a node in the order of application.

    ``dependents`` are packages (or classes) that may patch the node as their dependency: its
    parents in the graph. They are only looked at when the node has patches that its own class does
    not have. Raises PatchError when one is in none of them.
    """
    known = {record.sha256: record for group in package.patches.values() for record in group}
    missing = set(concrete.patches) - set(known)
    for dependent in dependents if missing else ():
        for by_name in dependent.dependencies.values():
            if concrete.name in by_name:
                for record in by_name[concrete.name].patches:
                    known.setdefault(record.sha256, record)
    for digest in concrete.patches:
        if digest not in known:
            raise PatchError(
                f"no recipe has the patch {digest[:7]} of {concrete.name}@{concrete.version}",
                hint="the recipe has changed since the spec was concretized: concretize it again",
            )
    return [known[digest] for digest in concrete.patches]


def develop_path(concrete: ConcreteSpec) -> str | None:
    """The directory of a develop spec, None for others."""
    value = concrete.variants.get("dev_path")
    return value if isinstance(value, str) and value else None


def stage_for_package(
    package: SourcePackage,
    concrete: ConcreteSpec,
    settings: StageSettings,
    *,
    resources: Iterable[ResourceRecord] = (),
    patches: Sequence[PatchRecord] = (),
    reporter: FetchReporter = SILENT,
) -> CompositeStage:
    """The stages of a node: its source, its resources by length of destination, its patches.

    Nothing is created or fetched yet. Raises NoFetcherError or UnknownChecksumError.
    """
    name = stage_name(concrete, settings.name_template)
    label = f"{concrete.name}@{concrete.version}"
    source: AnyStage
    directory = develop_path(concrete)
    if directory is not None:
        link = stage_name(concrete, settings.develop_link) if settings.develop_link else None
        source = DevelopStage(name, directory, settings, link=link, reporter=reporter)
        return CompositeStage([source, *patch_stages(concrete, patches, settings, reporter)])
    fetcher = fetcher_for_version(package, concrete.version, recorded_commit(concrete))
    chosen = fetcher
    if isinstance(fetcher, UrlFetcher) and not settings.require_checksum:
        chosen = fetcher.unchecked()
    source = Stage(
        name,
        chosen,
        settings,
        mirror_paths=(
            mirror_paths(concrete.name, concrete.version, fetcher)
            if not isinstance(fetcher, BundleFetcher)
            else None
        ),
        more_addresses=(
            _searched_addresses(package, concrete.version, settings.network)
            if fetcher.checksum is not None
            else None
        ),
        reporter=reporter,
        label=label,
    )
    stages: list[AnyStage] = [source]
    for resource in sorted(resources, key=lambda r: len(r.destination)):
        stages.append(_resource_stage(resource, source, concrete, settings, reporter))
    stages += patch_stages(concrete, patches, settings, reporter)
    return CompositeStage(stages)


def _resource_stage_name(resource: ResourceRecord, digest: str) -> str:
    return f"resource-{resource.name}-{digest}"


def _resource_stage(
    resource: ResourceRecord,
    source: AnyStage,
    concrete: ConcreteSpec,
    settings: StageSettings,
    reporter: FetchReporter,
) -> ResourceStage:
    what = f"resource {resource.name} of {concrete.name}@{concrete.version}"
    fetcher = fetcher_for_resource(resource)
    return ResourceStage(
        _resource_stage_name(resource, concrete.dag_hash()),
        fetcher,
        settings,
        root_stage=source,
        destination=resource.destination,
        placement=resource.placement,
        mirror_paths=mirror_paths(concrete.name, concrete.version, fetcher, resource.name),
        reporter=reporter,
        label=what,
    )


def fetch_package(stages: CompositeStage, package: Any) -> None:
    """Fetch every stage; for sources that people must download themselves, say how.

    Raises FetchError or another SpackError.
    """
    with _told_how_to_download(stages, package):
        stages.fetch()


def stage_package(stages: CompositeStage, package: Any) -> None:
    """Fetch and unpack what is in the stages of a package, in the way of its recipe.

    Raises FetchError or another SpackError.
    """
    with _told_how_to_download(stages, package):
        package.do_stage()


@contextlib.contextmanager
def _told_how_to_download(stages: CompositeStage, package: Any) -> Iterator[None]:
    try:
        yield
    except FetchError as error:
        if not getattr(package, "manual_download", False):
            raise
        text = str(getattr(package, "download_instr", "") or "")
        raise FetchError(
            f"the source of {package.name} must be downloaded manually",
            details="\n".join(part for part in (text, error.details) if part),
            hint=f"add the file to a mirror, or put it in {os.path.join(stages.path, '')}",
        ) from error
