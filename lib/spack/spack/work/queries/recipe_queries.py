"""Questions over all recipes: dependents, providers, maintainers, tags, extensions, patches.

Only records are read, no recipe runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from spack.errors import NotFoundError, SpackError
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import PackageRecord
from spack.system.files.writing import atomic_write
from spack.type_names import TYPE_CHECKING
from spack.work.queries.queries import one_installed, parse_words

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import Inventory
    from spack.store.store import Store


class ProviderRow(NamedTuple):
    """A package, optionally limited by a condition, that provides a virtual."""

    package: str
    provided: str
    when: str | None


class ResourceRow(NamedTuple):
    """A patch or resource of a recipe."""

    digest: str
    kind: str
    package: str
    where: str
    when: str | None


def name_of(repositories: RepositoryPath, text: str) -> str:
    """The plain name of the package or virtual that a spec names. Raises for an unknown one."""
    spec = parse_words([text])[0].spec
    name = spec.name or text
    if not repositories.exists(name) and not repositories.is_virtual(name):
        repositories.record(name)
    return name


def readable_records(
    repositories: RepositoryPath, names: Iterable[str] | None = None
) -> Iterable[PackageRecord]:
    """Records in order of their names; recipes that cannot be read are passed over."""
    for name in repositories.all_names() if names is None else names:
        try:
            yield repositories.record(name)
        except SpackError:
            continue


def update_file(repositories: RepositoryPath, path: str, text: str) -> bool:
    """Write a list of packages to a file unless it is newer than every repository's packages.

    Returns whether it was written.
    """
    try:
        written = os.path.getmtime(path)
    except OSError:
        written = 0.0
    folders = [repository.packages_dir for repository in repositories.repositories]
    if all(os.path.isdir(f) and os.path.getmtime(f) < written for f in folders):
        return False
    atomic_write(path, text)
    return True


# -- providers -----------------------------------------------------------------------------------


def providers(repositories: RepositoryPath, text: str) -> list[ProviderRow]:
    """The providers of a virtual, with the condition on each. Raises :class:`NotFoundError`."""
    wanted = parse_words([text])[0].spec
    name = wanted.name or text
    found = repositories.providers(name)
    if not found:
        raise NotFoundError(
            f"nothing provides '{name}': it is not a virtual package",
            hint="list the virtual packages with spack providers",
        )
    rows = []
    for package in found:
        for entry in repositories.record(package).provides:
            for spec, spec_text in zip(entry.specs, entry.spec_texts):
                if spec.name == name and spec.versions.intersects(wanted.versions):
                    rows.append(ProviderRow(package, spec_text, entry.when_text))
    return rows


# -- dependencies --------------------------------------------------------------------------------


def possible_dependencies(
    repositories: RepositoryPath,
    texts: Sequence[str],
    *,
    types: int = deptypes.ALL,
    transitive: bool = False,
    expand_virtuals: bool = True,
) -> list[str]:
    """Names of what packages may depend on, sorted; what was asked for is not among them."""
    start = [name_of(repositories, text) for text in texts]
    waiting = _expanded(repositories, start, True)
    seen: set[str] = set(waiting)
    found: set[str] = set()
    while waiting:
        following: list[str] = []
        for record in readable_records(repositories, waiting):
            direct = sorted({d.spec.name or "" for d in record.dependencies if d.deptypes & types})
            for name in _expanded(repositories, direct, expand_virtuals):
                found.add(name)
                if name not in seen:
                    seen.add(name)
                    following.append(name)
        if not transitive:
            break
        waiting = following
        if not expand_virtuals:
            waiting = [name for name in waiting if not repositories.providers(name)]
    return sorted(found - set(start))


def possible_dependents(
    repositories: RepositoryPath, text: str, *, transitive: bool = False
) -> list[str]:
    """Names of packages that may depend on one, also through a virtual that it provides."""
    name = name_of(repositories, text)
    found: set[str] = set()
    waiting = [name]
    inverse = _dependents_of_all(repositories) if transitive else None
    while waiting:
        words = {word for one in waiting for word in _also_provided(repositories, one)}
        if inverse is None:
            direct = {
                record.name
                for record in readable_records(repositories, repositories.mentioning(sorted(words)))
                if any(d.spec.name in words for d in record.dependencies)
            }
        else:
            direct = {dependent for word in words for dependent in inverse.get(word, ())}
        waiting = sorted(direct - found - {name}) if transitive else []
        found |= direct
    return sorted(found - {name})


def _dependents_of_all(repositories: RepositoryPath) -> dict[str, list[str]]:
    inverse: dict[str, list[str]] = {}
    for record in readable_records(repositories):
        for name in {d.spec.name or "" for d in record.dependencies}:
            inverse.setdefault(name, []).append(record.name)
    return inverse


def _also_provided(repositories: RepositoryPath, name: str) -> list[str]:
    """A name, and the virtuals that the package of that name provides."""
    if not repositories.exists(name):
        return [name]
    return [name, *repositories.record(name).provided_names()]


def _expanded(
    repositories: RepositoryPath, names: Iterable[str], expand_virtuals: bool
) -> list[str]:
    found: list[str] = []
    for name in names:
        providing = repositories.providers(name) if expand_virtuals else ()
        if providing and not repositories.exists(name):
            found += providing
        else:
            found.append(name)
    return found


def installed_dependencies(
    inventory: Inventory, text: str, *, types: int = deptypes.ALL, transitive: bool = False
) -> list[ConcreteSpec]:
    """Dependencies of an installed spec."""
    spec = one_installed(inventory, text)
    from spack.store.graph import dependencies

    found = dependencies(inventory.store.database, spec.dag_hash(), types, transitive=transitive)
    return [record.spec for record in found]


def installed_dependents(
    inventory: Inventory, text: str, *, transitive: bool = False
) -> list[ConcreteSpec]:
    """Installed specs that depend on an installed one."""
    spec = one_installed(inventory, text)
    from spack.store.graph import dependents

    found = dependents(inventory.store.database, spec.dag_hash(), transitive=transitive)
    return [record.spec for record in found]


# -- maintainers and tags ------------------------------------------------------------------------


def maintainers(repositories: RepositoryPath) -> dict[str, tuple[str, ...]]:
    """Package name -> its maintainers, for all packages."""
    return {record.name: record.maintainers for record in readable_records(repositories)}


def maintainers_of(
    repositories: RepositoryPath, names: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Package name -> its maintainers, for some."""
    return {name: repositories.record(name).maintainers for name in names}


def maintained_by(repositories: RepositoryPath, users: Sequence[str]) -> dict[str, list[str]]:
    """User -> packages that the user maintains. Without users, of everybody."""
    names = repositories.mentioning(users) if users else repositories.all_names()
    found: dict[str, list[str]] = {user: [] for user in users}
    for record in readable_records(repositories, names):
        for user in record.maintainers:
            if not users or user in found:
                found.setdefault(user, []).append(record.name)
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def tags(repositories: RepositoryPath) -> dict[str, list[str]]:
    """Tag -> names of its packages."""
    return {tag: list(names) for tag, names in repositories.tags().items()}


def installed_names(store: Store) -> set[str]:
    """Names of the installed packages."""
    return {record.spec.name for record in store.database.query(installed=True)}


# -- extensions ----------------------------------------------------------------------------------


def extendable(repositories: RepositoryPath) -> list[str]:
    """Names of packages that others can extend."""
    names = {
        extendee.name for record in readable_records(repositories) for extendee in record.extendees
    }
    return sorted(name for name in names if repositories.exists(name))


def extensions(repositories: RepositoryPath, text: str) -> list[str]:
    """Names of packages that extend one. Raises :class:`NotFoundError`."""
    name = name_of(repositories, text)
    found = [
        record.name
        for record in readable_records(repositories, repositories.mentioning([name]))
        if any(extendee.name == name for extendee in record.extendees)
    ]
    if not found and not repositories.record(name).extendable:
        raise NotFoundError(
            f"{name} cannot be extended", hint="list extendable packages with spack extensions"
        )
    return found


def installed_extensions(inventory: Inventory, text: str) -> list[ConcreteSpec]:
    """Installed specs that extend a package and use it."""
    name = name_of(inventory.repositories, text)
    names = set(extensions(inventory.repositories, text))
    return [
        record.spec
        for record in inventory.store.database.query(installed=True)
        if record.spec.name in names and record.spec.edge(name) is not None
    ]


# -- patches and resources -----------------------------------------------------------------------


def resources(repositories: RepositoryPath) -> list[ResourceRow]:
    """Every patch and resource of every recipe, by digest."""
    rows = [row for r in readable_records(repositories) for row in _resource_rows(r)]
    return sorted(set(rows), key=lambda row: (row.digest, row.package))


def resources_of_digest(repositories: RepositoryPath, digest: str) -> list[ResourceRow]:
    """The patches and resources whose digest begins so. Raises :class:`NotFoundError`."""
    names = repositories.mentioning([digest])
    rows = [
        row
        for record in readable_records(repositories, names)
        for row in _resource_rows(record)
        if row.digest.startswith(digest)
    ]
    if not rows:
        raise NotFoundError(
            f"no patch or resource has a digest that starts with {digest}",
            hint="list all of them with spack resource list",
        )
    return sorted(set(rows), key=lambda row: (row.digest, row.package))


def _resource_rows(record: PackageRecord) -> Iterable[ResourceRow]:
    patches = list(record.patches)
    for dependency in record.dependencies:
        patches += dependency.patches
    for patch in patches:
        where = patch.url or patch.path or ""
        yield ResourceRow(patch.sha256, "patch", record.name, where, patch.when_text)
    for resource in record.resources:
        keywords = resource.keywords
        digest = next((str(keywords[k]) for k in _DIGESTS if keywords.get(k)), "")
        where = str(keywords.get("url") or keywords.get("git") or keywords.get("svn") or "")
        yield ResourceRow(
            digest, f"resource {resource.name}", record.name, where, resource.when_text
        )


_DIGESTS = ("sha256", "sha512", "sha384", "sha224", "sha1", "md5", "commit", "tag", "branch")
