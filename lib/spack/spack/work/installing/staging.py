"""Sources for commands: fetch, unpack, patch, throw away, and copies of them in mirrors."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from spack.builds.roles import Context
from spack.builds.variables import BoundGraph, prepare_modules
from spack.builds.wrapper import placing as wrapper
from spack.errors import NotFoundError, SpackError, UsageError
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.matching import satisfies
from spack.language.modes import SolveOptions
from spack.language.parser import parse_spec
from spack.language.versions import GitVersion, parse_version_set
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bound_spec import bind
from spack.recipes.build_context import BuildContext, building
from spack.recipes.declaring.multimethods import NoSuchMethodError
from spack.recipes.records.package_records import PatchRecord
from spack.sources import mirror_creation, patches
from spack.sources.composite import CompositeStage
from spack.sources.fetching.reporting import FetchReporter
from spack.sources.mirror_creation import MirrorStatistics
from spack.sources.package_sources import (
    fetch_package,
    patches_for,
    resources_of,
    stage_for_package,
    stage_package,
)
from spack.sources.stage import RemovedStages, StageSettings, remove_stages
from spack.store.graph import dependents
from spack.system.files.filesystem import remove_tree
from spack.type_names import TYPE_CHECKING, Any, Callable
from spack.work.answers.selection import concrete_specs, graph_nodes
from spack.work.installing.installation import InstallOptions, build_world
from spack.work.queries.queries import parse_words

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import InstalledParts, SolverParts, SourceParts
    from spack.system.terminal.output import Reporter


class NodeSource(NamedTuple):
    """The source of one node: its package object, its stages, its patches."""

    spec: ConcreteSpec
    package: Any
    stages: CompositeStage
    patches: Sequence[PatchRecord]


class _Said(FetchReporter):
    """Tells the user where sources come from."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def attempt(self, what: str, address: str) -> None:
        self._reporter.message(f"Fetching {address}")

    def failed(self, what: str, address: str, reason: str) -> None:
        self._reporter.detail(f"{what} is not at {address}: {reason}")

    def cached(self, what: str, path: str) -> None:
        self._reporter.message(f"Using {path}")

    def progress(self, address: str, received: int, total: int | None) -> None:
        share = f" of {total / 1e6:.1f}" if total else ""
        self._reporter.status(f"{address}: {received / 1e6:.1f}{share} MB")

    def fetched(self, what: str, address: str) -> None:
        self._reporter.status("")

    def note(self, text: str) -> None:
        self._reporter.message(text)

    def warning(self, text: str) -> None:
        self._reporter.warning(text)


def source_of(
    parts: SourceParts,
    spec: ConcreteSpec,
    *,
    checksum: bool = True,
    root: str | None = None,
    within: Sequence[ConcreteSpec] = (),
) -> NodeSource:
    """The source of a node; nothing is made yet.

    Args:
        root: where stages go instead of the configured place.
        within: the graph that the node is in; its dependents there may have patches for it.
    """
    parts.repositories.serve()
    world = build_world(parts, InstallOptions(checksum=checksum))
    settings: StageSettings = world.stages
    if root is not None:
        settings = settings._replace(root=os.path.abspath(root))
    view = bind(spec, parts.store, parts.repositories)
    package = view.package
    known = patches_for(type(package), spec, _dependents(parts, spec, within))
    stages = stage_for_package(
        package,
        spec,
        settings,
        resources=resources_of(package, spec),
        patches=known,
        reporter=_Said(parts.reporter),
    )
    return NodeSource(spec, package, stages, known)


def _dependents(
    parts: SourceParts, spec: ConcreteSpec, within: Sequence[ConcreteSpec]
) -> Iterable[Any]:
    """Recipes of what may have patches for a node: its dependents in graphs that are known."""
    names: dict[str, bool] = {}
    for node in graph_nodes(within):
        if any(edge.spec.dag_hash() == spec.dag_hash() for edge in node.dependencies):
            names[f"{node.namespace}.{node.name}"] = True
    environment = parts.environment
    if environment is not None:
        lock = environment.read_lock()
        for node in lock.concrete_specs.values() if lock is not None else ():
            if any(edge.spec.dag_hash() == spec.dag_hash() for edge in node.dependencies):
                names[f"{node.namespace}.{node.name}"] = True
    for record in dependents(parts.store.database, spec.dag_hash()):
        names[f"{record.namespace}.{record.name}"] = True
    for name in names:
        if parts.repositories.exists(name):
            yield parts.repositories.package_class(name)


def sources(
    parts: InstalledParts,
    specs: Iterable[ConcreteSpec],
    *,
    dependencies: bool = False,
    missing: bool = False,
    exclude: Sequence[str] = (),
) -> list[ConcreteSpec]:
    """The nodes whose sources are wanted: no externals, nothing that is built from local sources.

    Args:
        dependencies: also everything below.
        missing: only what is not installed.
        exclude: specs that are not wanted.
    """
    unwanted = [parse_spec(text) for text in exclude]
    return [
        node
        for node in (graph_nodes(specs) if dependencies else distinct(specs))
        if node.external is None
        and not (missing and parts.store.is_installed(node))
        and not any(satisfies(node, spec) for spec in unwanted)
        and _has_sources(parts.repositories, node)
    ]


def _has_sources(repositories: RepositoryPath, node: ConcreteSpec) -> bool:
    """Whether anything is fetched to build a node; the compiler wrapper is part of this program."""
    if node.name == wrapper.PACKAGE_NAME:
        return False
    if not repositories.exists(node.name):
        return True
    repositories.serve()
    return bool(repositories.package_class(node.name).has_code)


def fetch(
    parts: SourceParts,
    spec: ConcreteSpec,
    *,
    checksum: bool = True,
    within: Sequence[ConcreteSpec] = (),
) -> None:
    """Have the sources of a node in its stage and in the source cache."""
    source = source_of(parts, spec, checksum=checksum, within=within)
    source.stages.create()
    fetch_package(source.stages, source.package)


def stage(
    parts: SourceParts, spec: ConcreteSpec, *, checksum: bool = True, root: str | None = None
) -> str:
    """Fetch and unpack the source of a node; the directory of its stage."""
    source = source_of(parts, spec, checksum=checksum, root=root)
    _expand(source)
    return source.stages.path


def patch(parts: SourceParts, spec: ConcreteSpec, *, checksum: bool = True) -> str:
    """Fetch, unpack and patch the source of a node; the directory of its stage."""
    source = source_of(parts, spec, checksum=checksum)
    _expand(source)
    package = source.package
    context = BuildContext(stage_of=lambda wanted: source.stages)
    with building(context):
        prepare_modules(BoundGraph([package.spec]), Context.BUILD)
        patches.apply(
            source.stages,
            patches.ready_patches(source.patches, source.stages),
            patch_method=_patch_method(package),
            reporter=_Said(parts.reporter),
        )
    return source.stages.path


def _patch_method(package: Any) -> Callable[[], object] | None:
    method = getattr(package, "patch", None)
    if method is None:
        return None

    def run() -> None:
        try:
            method()
        except NoSuchMethodError:
            return  # no case of a conditional method applies: nothing to patch

    return run


def _expand(source: NodeSource) -> None:
    with building(BuildContext(stage_of=lambda wanted: source.stages)):
        stage_package(source.stages, source.package)


def restage(parts: SourceParts, spec: ConcreteSpec) -> str:
    """Make the unpacked source of a node anew; the directory of its stage.

    Raises:
        NotFoundError: it has none.
    """
    source = source_of(parts, spec)
    if not source.stages.created:
        raise NotFoundError(
            f"{spec.name}@{spec.version} has no stage", hint=f"spack stage {spec.name}"
        )
    source.stages.work_alone()
    source.stages.restage()
    _expand(source)
    return source.stages.path


def remove(parts: SourceParts, spec: ConcreteSpec) -> RemovedStages:
    """Remove the stages of a node in which nobody works; develop sources stay."""
    stages = source_of(parts, spec).stages
    return remove_stages(stages[0].root, [one.name for one in stages if one.created])


# -- mirrors -----------------------------------------------------------------------------------


def fill_mirror(
    parts: SourceParts, directory: str, specs: Sequence[ConcreteSpec], *, checksum: bool = True
) -> MirrorStatistics:
    """Put the sources of nodes into a mirror directory."""

    def maker(spec: ConcreteSpec) -> Callable[[], CompositeStage]:
        return lambda: source_of(parts, spec, checksum=checksum, within=specs).stages

    nodes = [spec for spec in specs if spec.external is None]
    packages = [(f"{spec.name}@{spec.version}", maker(spec)) for spec in nodes]
    return mirror_creation.create(directory, packages, _Said(parts.reporter))


def solvable(
    parts: SolverParts, names: Sequence[str], count: int, options: SolveOptions
) -> tuple[list[ConcreteSpec], list[str]]:
    """The newest versions of packages, each solved by itself, and why others cannot be had here."""
    kept: list[ConcreteSpec] = []
    reasons: list[str] = []
    for name in names:
        try:
            for word in newest_versions(parts.repositories, [name], count):
                kept += concrete_specs(parts, [word], options)
        except SpackError as error:
            reasons.append(f"{name} is left out: {error.message}")
    return distinct(kept), reasons


def for_mirror(
    repositories: RepositoryPath, nodes: Sequence[ConcreteSpec], *, private: bool, only_stable: bool
) -> tuple[list[ConcreteSpec], list[str]]:
    """The nodes whose sources belong in a mirror, and why the others do not.

    Args:
        private: the mirror is not for others, so that it may have what must not be passed on.
        only_stable: leave out sources that may change, which nothing pins.
    """
    kept, reasons = [], []
    for node in nodes:
        name = f"{node.name}@{node.version}"
        if not private and _is_for_oneself(repositories, node):
            reasons.append(
                f"{name} is left out: its source must not be redistributed; see --private"
            )
        elif only_stable and not _is_pinned(repositories, node):
            reasons.append(
                f"{name} is left out: its source is pinned by neither a checksum nor a commit"
            )
        else:
            kept.append(node)
    return kept, reasons


def _is_for_oneself(repositories: RepositoryPath, node: ConcreteSpec) -> bool:
    if not repositories.exists(node.name):
        return False
    record = repositories.record(node.name)
    return any(
        entry.source_disabled and (entry.when is None or satisfies(node, entry.when))
        for entry in record.redistributions
    )


def _is_pinned(repositories: RepositoryPath, node: ConcreteSpec) -> bool:
    if isinstance(node.version, GitVersion) or not repositories.exists(node.name):
        return False
    known = repositories.record(node.name).versions
    return any(entry.has_checksum for entry in known if entry.version == node.version)


def mirror_words(path: str) -> list[str]:
    """Specs from a file with one on a line; ``#`` begins a comment."""
    try:
        with open(path, encoding="utf-8") as stream:
            lines = [line.partition("#")[0].strip() for line in stream]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text"
        raise NotFoundError(f"cannot read {path}: {reason}") from error
    return [line for line in lines if line]


def newest_versions(repositories: RepositoryPath, words: Sequence[str], count: int) -> list[str]:
    """The specs, for each of the newest versions of its package that it permits."""
    result: list[str] = []
    for located in parse_words(words):
        name = located.spec.name
        if name is None:
            raise UsageError(f"'{located.text}' does not name a package")
        known = [
            version
            for version in repositories.record(name).versions
            if located.spec.versions.contains(version.version)
            and not version.deprecated
            and version.has_checksum
        ]
        known.sort(key=lambda version: version.version, reverse=True)
        for version in known[:count]:
            exactly = parse_version_set(f"={version.text}")
            result.append(str(located.spec.replace(versions=exactly)))
    return result


#: The entries at the top of a mirror.
_MIRROR_PARTS = {"_source-cache", "build_cache", "blobs", "v3"}


def remove_mirror_directory(path: str) -> str:
    """Remove a mirror with everything in it; its directory.

    Raises:
        MirrorCreationError: the address is not a directory here, or has nothing that mirrors have.
    """
    root = mirror_creation.mirror_root(path)
    if not os.path.isdir(root):
        raise mirror_creation.MirrorCreationError(f"there is no mirror in {root}")
    if not _MIRROR_PARTS & set(os.listdir(root)):
        raise mirror_creation.MirrorCreationError(
            f"{root} does not look like a mirror", hint="remove it manually if it is one"
        )
    remove_tree(root)
    return root
