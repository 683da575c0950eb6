"""Questions about what is installed and what recipes declare, for the query commands."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Collection, Mapping, Sequence

from spack.errors import AmbiguousError, Origin, SpackError, UsageError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.formatting import Highlight
from spack.language.specs import Located, Spec
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.environments.environment import Environment
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.recipes.records.package_records import PackageRecord as PackageRecord
    from spack.recipes.records.package_records import VariantRecord as VariantRecord
    from spack.session.parts import HasRepositories, Inventory
    from spack.store.database import Database
    from spack.store.records import InstallRecord
    from spack.store.store import Store


COMMAND_LINE = Origin("command line")


class NoMatchError(SpackError):
    """Nothing installed satisfies a spec."""


class InstalledQuery(NamedTuple):
    """A query for installed specs.

    ``explicit`` is True, False or None for both; ``missing`` adds what is recorded but gone;
    ``deprecated`` is True for only what was replaced, False for none of that, None for both;
    ``since`` and ``until`` bound the time of installation, seconds since 1970; ``unknown`` is what
    no repository has a recipe for. ``tree`` is ``all``, ``local``, ``upstream``, or the name of an
    upstream or the directory of a store; ``origin`` is where records came from.
    """

    constraints: tuple[str, ...] = ()
    explicit: bool | None = None
    missing: bool = False
    only_missing: bool = False
    external: bool = False
    loaded: bool = False
    tags: tuple[str, ...] = ()
    deprecated: bool | None = None
    since: float | None = None
    until: float | None = None
    unknown: bool = False
    tree: str = "all"
    origin: str | None = None


class Installed(NamedTuple):
    """One installed spec: itself, or its record, from which it is read when it is asked for."""

    known: InstallRecord | ConcreteSpec
    prefix: str
    explicit: bool

    @property
    def spec(self) -> ConcreteSpec:
        """The concrete spec."""
        return self.known if isinstance(self.known, ConcreteSpec) else self.known.spec


class VersionRow(NamedTuple):
    """A version of a recipe for display."""

    text: str
    source: str
    preferred: bool
    deprecated: bool


def parse_words(words: Sequence[str]) -> list[Located]:
    """Specs as typed on the command line; several words may form one spec, or several."""
    if not words:
        return []
    from spack.language.parser import parse_arguments

    return [
        Located(spec, COMMAND_LINE, text) for spec, text in parse_arguments(words, COMMAND_LINE)
    ]


def find(inventory: Inventory, query: InstalledQuery) -> list[Installed]:
    """Installed specs that satisfy all constraints, in the active environment if there is one."""
    constraints = [
        _expanded(inventory.settings, located) for located in parse_words(query.constraints)
    ]
    installed: bool | None = True
    if query.missing or query.only_missing:
        installed = None
    # What is loaded is so in the shell, whatever environment is active there.
    scope: Collection[str] | None
    scope = None if query.loaded else _hashes_in_scope(inventory.environment)
    loaded = _loaded(inventory.variables) if query.loaded else None
    tagged = None
    if query.tags:
        tagged = {name for tag in query.tags for name in inventory.repositories.with_tag(tag)}
    found: list[Installed] = []
    tree = _store_of(inventory.settings, inventory.store, query.tree)
    scope = _candidates(tree.database, constraints, scope)
    for record in tree.database.query(
        upstream=query.tree in ("all", "upstream"),
        installed=installed,
        explicit=query.explicit,
        hashes=scope,
        deprecated=query.deprecated,
        since=query.since,
        until=query.until,
    ):
        if tagged is not None and record.name not in tagged:
            continue
        if query.only_missing and tree.has(record.hash):
            continue
        if query.tree == "upstream" and not record.upstream:
            continue
        if query.origin is not None and record.origin != query.origin:
            continue
        if query.unknown and inventory.repositories.exists(record.name):
            continue
        if loaded is not None and record.hash not in loaded:
            continue
        if query.external and not record.external:
            continue
        if constraints and not any(record.satisfies(wanted) for wanted in constraints):
            continue
        found.append(Installed(record, record.path or "", record.explicit))
    return found


def _candidates(
    database: Database, constraints: Sequence[Spec], scope: Collection[str] | None
) -> Collection[str] | None:
    """Hashes that alone can match, where names or hashes in the constraints say so; else None."""
    if not constraints or not all(wanted.name or wanted.abstract_hash for wanted in constraints):
        return scope
    found: dict[str, None] = {}
    for wanted in constraints:
        if wanted.abstract_hash:
            records = database.starting_with(wanted.abstract_hash)
        else:
            records = database.records(name=wanted.name)
        found.update((record.hash, None) for record in records)
    return found if scope is None else [digest for digest in scope if digest in found]


def _store_of(settings: Settings, store: Store, tree: str) -> Store:
    """The store whose records are wanted. Raises UsageError for one that does not exist."""
    if tree in ("all", "local", "upstream"):
        return store
    upstreams = settings.upstreams
    root = upstreams[tree].install_tree if tree in upstreams else os.path.abspath(tree)
    for known in (store, *store.upstreams):
        if os.path.realpath(known.root) == os.path.realpath(root):
            return known
    if not os.path.isdir(os.path.join(root, ".spack-db")):
        names = ", ".join(["all", "local", "upstream", *upstreams])
        raise UsageError(f"there is no store in {root}", hint=f"{names}, or a directory")
    from spack.store.store import Store

    return Store(root, settings.config.projections, read_only=True)


def _expanded(settings: Settings, located: Located) -> Spec:
    """A constraint without names of toolchains."""
    if not located.spec.dependencies or not settings.toolchains:
        return located.spec
    from spack.language.toolchains import expand_toolchains

    return expand_toolchains(located.spec, settings.toolchains, located.origin)


def _loaded(variables: Mapping[str, str]) -> set[str]:
    from spack.activation.loading import loaded_hashes

    return set(loaded_hashes(variables))


def _hashes_in_scope(environment: Environment | None) -> list[str] | None:
    """Hashes of everything in the active environment, None without one."""
    if environment is None:
        return None
    lock = environment.read_lock()
    return [spec.dag_hash() for spec in lock.every_spec()] if lock is not None else []


def no_match(inventory: Inventory, text: str, hint: str | None = None) -> NoMatchError:
    """The error for a constraint that nothing installed satisfies."""
    name = inventory.environment_name
    if name is None:
        return NoMatchError(f"nothing installed matches {text}", hint=hint or "spack find")
    return NoMatchError(
        f"nothing installed in environment {name} matches {text}",
        hint=f"search the whole store with spack -E find {text}",
    )


def one_installed(
    inventory: Inventory, text: str, *, first: bool = False, loaded: bool = False
) -> ConcreteSpec:
    """The installed spec that a text means.

    Args:
        first: the first of several that match.
        loaded: only among those that are loaded in the user's shell.

    Raises:
        NoMatchError, AmbiguousError.
    """
    found = find(inventory, InstalledQuery((text,), loaded=loaded))
    if not found and loaded:
        raise NoMatchError(f"nothing loaded matches {text}", hint="spack load --list")
    if not found:
        install = f"run spack install {text}, or list installed packages with spack find"
        raise no_match(inventory, text, install)
    if len(found) > 1 and not first:
        state = "loaded" if loaded else "installed"
        raise ambiguous(text, [item.spec for item in found], state)
    return found[0].spec


def usable(inventory: Inventory, text: str, *, first: bool = False) -> ConcreteSpec:
    """The installed spec that a text means, whose files are there.

    Raises:
        NoMatchError, AmbiguousError: as for :func:`one_installed`, or the prefix is gone.
    """
    spec = one_installed(inventory, text, first=first)
    check_is_there(inventory.store, spec)
    return spec


def check_is_there(store: Store, spec: ConcreteSpec) -> None:
    """Raises NoMatchError: the spec is recorded as installed, and its prefix is gone."""
    prefix = store.vanished(spec)
    if prefix is not None:
        raise NoMatchError(
            f"{spec.label} was installed in {prefix}, which is gone",
            hint=f"spack install /{spec.dag_hash()[:7]} installs it again",
        )


def ambiguous(text: str, specs: Sequence[ConcreteSpec], state: str) -> AmbiguousError:
    """The error for a text that means several specs where one is needed."""
    lines = [f"    {spec.label}" for spec in specs]
    return AmbiguousError(
        f"{len(specs)} {state} specs match {text}:",
        details="\n".join(lines),
        hint="add a version, a variant or /hash",
    )


def status(store: Store, spec: ConcreteSpec) -> str:
    """installed, upstream, external, absent or missing: keys of ``STATUS_MARKS``.

    Missing is what is recorded and not there: a dependency that was removed, a prefix that is gone.
    """
    if spec.external is not None:
        return "external"
    record = store.database.get(spec.dag_hash())
    if record is None:
        return "absent"
    if not store.has(record.hash):
        return "missing"
    return "upstream" if record.upstream else "installed"


def package_names(
    repositories: RepositoryPath,
    patterns: Sequence[str],
    *,
    descriptions: bool = False,
    virtuals: bool = False,
    tags: Sequence[str] = (),
    namespaces: Sequence[str] = (),
) -> list[str]:
    """Names of recipes that match one of the patterns and have all tags, sorted."""
    for namespace in namespaces:
        repositories.by_namespace(namespace)
    names = set(repositories.all_names())
    if virtuals:
        names.update(repositories.virtuals())
    for tag in tags:
        names &= set(repositories.with_tag(tag))
    if namespaces:
        names = {n for n in names if repositories.repository_of(n).namespace in namespaces}
    if patterns:
        globs = [p if set(p) & set("*?[") else f"*{p}*" for p in patterns]
        matching = {n for n in names if any(fnmatch.fnmatch(n, g.lower()) for g in globs)}
        if descriptions:
            for name in names - matching:
                if not repositories.exists(name):
                    continue
                text = repositories.record(name).description.lower()
                if any(fnmatch.fnmatch(text, glob.lower()) for glob in globs):
                    matching.add(name)
        names = matching
    return sorted(names)


def package_name(text: str) -> str:
    """The name in a text that names a package and nothing else. Raises UsageError."""
    found = parse_words([text])
    spec = found[0].spec if len(found) == 1 else Spec()
    qualified = f"{spec.namespace}.{spec.name}" if spec.namespace else spec.name
    if not spec.name or str(spec) not in (spec.name, qualified):
        raise UsageError(f"'{text}' is not the name of a package", hint="such as zlib, without @")
    return qualified or text


def record(parts: HasRepositories, text: str) -> PackageRecord:
    """The record of the package that a spec names."""
    found = parse_words([text])
    if len(found) != 1:
        raise UsageError(
            f"'{text}' does not name exactly one package", hint="specify one package, such as zlib"
        )
    spec = found[0].spec
    name = spec.name or text
    qualified = f"{spec.namespace}.{name}" if spec.namespace else name
    return parts.repositories.record(qualified)


def narrowed(found: PackageRecord, text: str) -> PackageRecord:
    """The record with only the versions, variants and dependencies that a spec leaves possible."""
    from spack.language.matching import intersects

    wanted = parse_words([text])[0].spec

    def possible(when: Spec | None) -> bool:
        return when is None or intersects(wanted.replace(name=None, namespace=None), when)

    return found._replace(
        versions=tuple(v for v in found.versions if wanted.versions.contains(v.version)),
        variants=tuple(v for v in found.variants if possible(v.when)),
        dependencies=tuple(d for d in found.dependencies if possible(d.when)),
    )


def non_defaults(repositories: RepositoryPath) -> Highlight:
    """Return what differs in a concrete spec from the preferences of its recipe."""
    from spack.language.matching import satisfies

    def version(spec: ConcreteSpec) -> bool:
        if not repositories.exists(spec.name):
            return False
        preferred = [
            row.text for row in version_rows(repositories.record(spec.name)) if row.preferred
        ]
        return str(spec.version) not in preferred

    def variant(spec: ConcreteSpec, name: str) -> bool:
        if not repositories.exists(spec.name):
            return False
        for definition in reversed(repositories.record(spec.name).definitions(name)):
            if definition.when is None or satisfies(spec, definition.when):
                return spec.variants.get(name) != definition.default
        return False

    return Highlight(version, variant)


def package_summary(parts: HasRepositories, name: str) -> dict[str, Any]:
    """Facts about a package for scripts."""
    found = record(parts, name)
    return {
        "name": found.name,
        "namespace": found.namespace,
        "latest_version": version_rows(found)[0].text if found.versions else None,
        "versions": [row.text for row in version_rows(found)],
        "homepage": found.homepage,
        "file": found.path,
        "maintainers": list(found.maintainers),
        "tags": list(found.tags),
        "variants": found.variant_names(),
        "dependencies": sorted({d.spec.name or "" for d in found.dependencies}),
        "provides": found.provided_names(),
        "description": found.description,
    }


def phases(repositories: RepositoryPath, found: PackageRecord) -> list[tuple[str, tuple[str, ...]]]:
    """(Build system, phases) for each build system of a recipe; imports the recipe."""
    from spack.recipes.builders.builder_choice import phases_of_class

    cls = repositories.package_class(f"{found.namespace}.{found.name}")
    return [(name, phases_of_class(cls, name)) for name in found.build_systems]


def version_rows(found: PackageRecord) -> list[VersionRow]:
    """Versions of a recipe, newest first; what counts as preferred is marked."""
    ordered = sorted(found.versions, key=lambda v: v.version, reverse=True)
    best = max(
        (v for v in ordered if not v.deprecated),
        key=lambda v: (
            v.preferred,
            not v.version.isdevelop(),
            not v.version.is_prerelease(),
            v.version,
        ),
        default=None,
    )
    rows = []
    for version in ordered:
        source = version.url or ""
        if version.git or version.branch or version.tag or version.commit:
            word = version.branch or version.tag or version.commit or ""
            source = f"[git] {version.git or found.git or ''} {word}".strip()
        rows.append(VersionRow(version.text, source, version is best, version.deprecated))
    return rows
