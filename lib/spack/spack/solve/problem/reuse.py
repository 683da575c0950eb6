"""Concrete specs that may be chosen instead of building: sources, filters, and what drops out.

Where the specs are kept is behind :class:`Sources`; this module opens no store and no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from spack.config.settings.package_settings import ExternalEntry
from spack.config.settings.program_settings import ReuseSettings
from spack.language import deptypes
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import satisfies
from spack.language.modes import Reuse
from spack.language.parser import parse_spec
from spack.language.specs import Located, Spec
from spack.solve.problem.request import RUNTIMES, WRAPPER, Host, Packages, World
from spack.type_names import Callable, Protocol

#: Packages of which no concrete spec is ever chosen.
ALWAYS_NEW = frozenset((WRAPPER, *RUNTIMES.values()))

#: Values of ``type`` in ``reuse:from``.
LOCAL, BUILD_CACHE, EXTERNAL, ENVIRONMENT = "local", "buildcache", "external", "environment"


#: Concrete specs by package.
Specs = Mapping[str, Sequence[ConcreteSpec]]


class ByName(Mapping[str, tuple[ConcreteSpec, ...]]):
    """Concrete specs by package, each package looked up when it is asked for.

    A store of a hundred thousand specs is not read for a solve that meets sixty packages.

    Args:
        names: gives every name that may have specs.
        find: gives the specs of a name; of several with one hash the first is taken.
    """

    def __init__(
        self,
        names: Callable[[], Iterable[str]],
        find: Callable[[str], Iterable[ConcreteSpec]],
    ) -> None:
        self._all_names = names
        self._find = find
        self._found: dict[str, tuple[ConcreteSpec, ...]] = {}
        self._names: dict[str, None] | None = None

    def __getitem__(self, name: str) -> tuple[ConcreteSpec, ...]:
        known = self._found.get(name)
        if known is None:
            each: dict[str, ConcreteSpec] = {}
            for spec in self._find(name):
                each.setdefault(spec.dag_hash(), spec)
            known = self._found[name] = tuple(each.values())
        if not known:
            raise KeyError(name)
        return known

    def __iter__(self) -> Iterator[str]:
        if self._names is None:
            self._names = dict.fromkeys(self._all_names())
        return (name for name in self._names if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def by_name(specs: Iterable[ConcreteSpec]) -> dict[str, list[ConcreteSpec]]:
    """Specs that are at hand, by package."""
    found: dict[str, list[ConcreteSpec]] = {}
    for spec in specs:
        found.setdefault(spec.name, []).append(spec)
    return found


class Sources(Protocol):
    """The sources of concrete specs."""

    def local(self) -> Specs:
        """The specs that are installed, here and upstream."""

    def build_caches(self) -> Specs:
        """The specs that build caches offer."""

    def environment(self, path: str | None) -> Specs:
        """The locked specs of an environment, and of those it includes; None: the active one."""


def collect(reuse: ReuseSettings, sources: Sources) -> Specs:
    """Specs that the configured sources offer and their filters admit, each once."""
    if reuse.mode is Reuse.NOTHING:
        return {}
    parts: list[tuple[Specs, Filter]] = []

    def add(specs: Specs, chosen: Filter) -> None:
        parts.append((specs, chosen))

    general = Filter(reuse.include, reuse.exclude)
    if not reuse.sources:
        add(sources.local(), general)
        add(sources.build_caches(), general)
        add(sources.environment(None), general)
    for source in reuse.sources:
        own = Filter(source.include or reuse.include, source.exclude or reuse.exclude)
        if source.type == LOCAL:
            add(sources.local(), own)
        elif source.type == BUILD_CACHE:
            add(sources.build_caches(), own)
        elif source.type == ENVIRONMENT:
            add(sources.environment(source.path), own)
    return ByName(
        lambda: (name for specs, _ in parts for name in specs),
        lambda name: (
            spec for specs, own in parts for spec in specs.get(name, ()) if own.admits(spec)
        ),
    )


class Filter:
    """``include`` and ``exclude``: one of the first, if there are any, and none of the others."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str]) -> None:
        self._include = [parse_spec(text) for text in include]
        self._exclude = [parse_spec(text) for text in exclude]

    def admits(self, spec: ConcreteSpec) -> bool:
        """Whether the spec passes."""
        if self._include and not any(satisfies(spec, wanted) for wanted in self._include):
            return False
        return not any(satisfies(spec, wanted) for wanted in self._exclude)


def external_filter(reuse: ReuseSettings) -> Filter:
    """The filter of the source ``external``; it admits everything when the source is not listed."""
    for source in reuse.sources:
        if source.type == EXTERNAL:
            return Filter(source.include or reuse.include, source.exclude or reuse.exclude)
    return Filter((), ())


class Admission:
    """Tells candidates that can be used on this host and with this configuration from others.

    Args:
        libcs: C libraries of this host; none if they are not known.
        entries: configured externals by package.
        develop: packages that are built from local sources.
    """

    def __init__(
        self,
        packages: Packages,
        host: Host,
        libcs: Sequence[ConcreteSpec],
        entries: Mapping[str, Sequence[ExternalEntry]] = {},
        develop: Iterable[str] = (),
    ) -> None:
        self._packages = packages
        self._host = host
        self._libcs = libcs
        self._entries = entries
        self._left_out = {*ALWAYS_NEW, *develop}
        self._below: dict[str, frozenset[str]] = {}

    def admits(self, spec: ConcreteSpec) -> bool:
        """Whether a spec that is not an external of the present configuration may be chosen."""
        if spec.name in self._left_out or "dev_path" in spec.variants:
            return False
        if not self._packages.exists(spec.name):
            return False
        if spec.platform != self._host.platform or spec.target not in self._host.targets:
            return False
        if spec.external is not None:
            return self._is_configured(spec)
        return not self._lacks_runtime(spec) and self.fits_libc(spec)

    def _is_configured(self, spec: ConcreteSpec) -> bool:
        """An entry of the configuration still describes this external."""
        external = spec.external
        return external is not None and any(
            entry.prefix == external.path
            and tuple(entry.modules) == tuple(external.modules)
            and satisfies(spec, parse_spec(entry.spec, entry.origin).without_dependencies())
            for entry in self._entries.get(spec.name, ())
        )

    def _lacks_runtime(self, spec: ConcreteSpec) -> bool:
        """It was compiled before compilers brought a package with their run-time libraries."""
        below = self._names_below(spec)
        return any(compiler in below and RUNTIMES[compiler] not in below for compiler in RUNTIMES)

    def _names_below(self, spec: ConcreteSpec) -> frozenset[str]:
        """The compilers and runtimes in the graph of a node."""
        digest = spec.dag_hash()
        known = self._below.get(digest)
        if known is None:
            names = {spec.name} & _OF_INTEREST
            for edge in spec.dependencies:
                names |= self._names_below(edge.spec)
            known = self._below[digest] = frozenset(names)
        return known

    def fits_libc(self, spec: ConcreteSpec) -> bool:
        """One of the host's C libraries stands for the one that the node was linked with."""
        if not self._libcs or spec.external is not None:
            return True
        for edge in spec.dependencies:
            if "libc" in edge.virtuals and edge.deptypes & deptypes.LINK:
                if not any(stands_for(libc, edge.spec) for libc in self._libcs):
                    return False
        return True


_OF_INTEREST = {*RUNTIMES, *RUNTIMES.values()}


def stands_for(libc: ConcreteSpec, recorded: ConcreteSpec) -> bool:
    """A C library of this host can be used by what was linked with the recorded one."""
    if libc.name != recorded.name or libc.version < recorded.version:
        return False
    if libc.external is None or recorded.external is None:
        return True
    return libc.external.path == recorded.external.path


def admission(world: World) -> Admission:
    """The admission for specs that are added to a finished world."""
    return Admission(world.packages, world.host, host_libcs(world), develop=world.develop)


def host_libcs(world: World) -> list[ConcreteSpec]:
    """C libraries that the usable compilers link against."""
    found = {c.libc.dag_hash(): c.libc for c in world.compilers if c.libc is not None}
    return list(found.values())


def with_candidates(world: World, nodes: Iterable[ConcreteSpec], *, fixed: bool = False) -> World:
    """The world in which these nodes may be reused, as far as they are admitted.

    With ``fixed`` they are admitted whatever they are, except compiler wrapper and run-time
    libraries, which belong to every answer anew.
    """
    admitted = admission(world)
    before = world.concrete
    added = by_name(
        node
        for node in {node.dag_hash(): node for node in nodes}.values()
        if node.name not in ALWAYS_NEW
        and (fixed or node.external is not None or admitted.admits(node))
    )
    concrete = ByName(
        lambda: (*before, *added), lambda name: (*before.get(name, ()), *added.get(name, ()))
    )
    return world._replace(concrete=concrete)


def without_roots(world: World, roots: Sequence[Located]) -> World:
    """The world without reusable specs that are, or are built on, one of the roots."""
    wanted = [root.spec for root in roots]
    verdicts: dict[str, bool] = {}

    def holds_root(spec: ConcreteSpec) -> bool:
        digest = spec.dag_hash()
        known = verdicts.get(digest)
        if known is None:
            known = any(_is_root(spec, root) for root in wanted) or any(
                holds_root(edge.spec) for edge in spec.dependencies
            )
            verdicts[digest] = known
        return known

    before = world.concrete
    concrete = ByName(
        lambda: before,
        lambda name: (
            spec
            for spec in before.get(name, ())
            if spec.external is not None or not holds_root(spec)
        ),
    )
    return world._replace(concrete=concrete)


def _is_root(spec: ConcreteSpec, root: Spec) -> bool:
    return root.name in (None, spec.name) and satisfies(spec, root)
