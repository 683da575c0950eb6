"""Concrete specs that solves of this instance may use: installed ones, those of environments."""

from __future__ import annotations

from collections.abc import Sequence

from spack.config.settings.program_settings import ReuseSettings
from spack.errors import AmbiguousError, Origin
from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import LINK, RUN
from spack.language.matching import satisfies
from spack.language.modes import Reuse
from spack.language.specs import Located, Spec
from spack.solve.problem.request import LANGUAGES
from spack.solve.problem.reuse import ByName, Specs, by_name, collect
from spack.solve.problem.world import Reusable
from spack.system.terminal import messages
from spack.type_names import TYPE_CHECKING
from spack.work.answers.solve_reads import note_file, note_indexes
from spack.work.queries.queries import NoMatchError

if TYPE_CHECKING:
    from spack.environments.environment import Environment
    from spack.session.parts import ReuseParts
    from spack.store.store import Store


def reuse_settings(configured: ReuseSettings, asked: Reuse | None) -> ReuseSettings:
    """Apply ``--fresh``, ``--reuse`` or ``--fresh-roots`` to the configured value."""
    return configured if asked is None else ReuseSettings(asked)


def reusable_specs(
    parts: ReuseParts,
    reuse: ReuseSettings,
    locked: Sequence[ConcreteSpec] | None = None,
    needed: Sequence[ConcreteSpec] = (),
) -> Reusable:
    """Specs that may be chosen, and the compilers that are installed or that ``needed`` brings.

    ``locked`` are specs of the active environment, by default those of its lock.
    """
    sources = _Sources(parts, locked)
    return Reusable(collect(reuse, sources), sources.compilers(needed))


class _Sources:
    """Implements :class:`spack.solve.problem.reuse.Sources`; each source is read when asked for."""

    def __init__(self, parts: ReuseParts, locked: Sequence[ConcreteSpec] | None) -> None:
        self._parts = parts
        self._locked = locked

    def local(self) -> Specs:
        database = self._parts.store.database
        return ByName(
            database.names, lambda name: [record.spec for record in database.query(name=name)]
        )

    def build_caches(self) -> Specs:
        settings = self._parts.settings
        if not any(mirror.binary for mirror in settings.mirrors.values()):
            return {}
        from spack.work.caches.opened import opened_indexes

        note_indexes(self._parts)
        indexes = opened_indexes(settings, messages.warn)
        return ByName(
            lambda: (name for index in indexes for name in index.names()),
            lambda name: (spec for index in indexes for spec in index.named(name)),
        )

    def environment(self, path: str | None) -> Specs:
        if path is None and self._locked is not None:
            return by_name(self._locked)
        if path is None:
            environment = self._parts.environment
        else:
            from spack.environments.environment import Environment
            from spack.environments.locations import ManagedEnvironments

            root = self._parts.base_settings.config.environments_root
            environment = Environment(ManagedEnvironments(root).find(path))
            note_file(self._parts, environment.lock_path)
        if environment is None:
            return {}
        lock = environment.read_lock() if path is None else environment.locked()
        return {} if lock is None else by_name(lock.every_spec())

    def compilers(self, needed: Sequence[ConcreteSpec]) -> Sequence[ConcreteSpec]:
        """Specs of packages that may compile: installed ones, and what is needed links or runs."""
        repositories = self._parts.repositories
        names = {name for language in LANGUAGES for name in repositories.providers(language)}
        database = self._parts.store.database
        records = [
            record
            for name in sorted(names)
            for record in database.query(name=name, where=lambda record: not record.external)
        ]
        found = {record.hash: record.spec for record in records}
        for spec in (node for root in needed for node in root.traverse(LINK | RUN)):
            if spec.name in names and spec.external is None:
                found.setdefault(spec.dag_hash(), spec)
        return list(found.values())


# -- specs named by hash -----------------------------------------------------------------------


def resolve_hashes(
    store: Store, environment: Environment | None, roots: Sequence[Located]
) -> tuple[list[Located], list[ConcreteSpec]]:
    """Roots whose ``/hash`` parts are whole hashes with names, and the specs that these mean.

    Hashes are looked up in the active environment, then in the store.

    Raises:
        NoMatchError, AmbiguousError.
    """
    found: list[ConcreteSpec] = []

    def resolved(spec: Spec, root: Located) -> Spec:
        if spec.dependencies:
            edges = tuple(e._replace(spec=resolved(e.spec, root)) for e in spec.dependencies)
            spec = spec.replace(dependencies=edges)
        if not spec.abstract_hash:
            return spec
        concrete = spec_by_hash(store, environment, spec, root.origin)
        found.append(concrete)
        return spec.replace(name=concrete.name, abstract_hash=concrete.dag_hash())

    if not any(part.abstract_hash for root in roots for part in root.spec.traverse()):
        return list(roots), []
    return [root._replace(spec=resolved(root.spec, root)) for root in roots], found


def spec_by_hash(
    store: Store, environment: Environment | None, wanted: Spec, origin: Origin
) -> ConcreteSpec:
    """The concrete spec that a spec with a hash means, from the active environment or the store.

    Where neither has it, it may be one whose build has failed.

    Raises:
        NoMatchError, AmbiguousError.
    """
    prefix = wanted.abstract_hash or ""
    lock = environment.read_lock() if environment is not None else None
    known = {} if lock is None else {spec.dag_hash(): spec for spec in lock.every_spec()}
    matching = {digest: spec for digest, spec in known.items() if digest.startswith(prefix)}
    for record in store.database.starting_with(prefix):
        if record.installed and record.hash not in matching:
            matching[record.hash] = record.spec
    if not matching:
        matching = {spec.dag_hash(): spec for spec in store.failures.specs(prefix)}
    if not matching:
        raise NoMatchError(
            f"no spec that is installed or in the environment has the hash /{prefix}",
            origin=origin,
            hint="list hashes with spack find -l",
        )
    if len(matching) > 1:
        lines = [f"    {s.name}@{s.version}/{s.dag_hash()[:12]}" for s in matching.values()]
        raise AmbiguousError(
            f"{len(matching)} specs have a hash that starts with /{prefix}",
            origin=origin,
            details="\n".join(lines),
            hint="give more characters",
        )
    (concrete,) = matching.values()
    own = wanted.without_dependencies().replace(abstract_hash=None)
    if not satisfies(concrete, own):
        raise NoMatchError(
            f"{concrete.name}@{concrete.version}/{prefix} is not {own}", origin=origin
        )
    return concrete
