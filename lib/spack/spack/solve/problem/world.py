"""Puts together what a solve depends on: recipes, host, configuration, compilers, candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.config.settings.package_settings import PackageSettings
from spack.config.settings.program_settings import ConcretizerSettings
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteSpec, External, Value
from spack.language.matching import satisfies
from spack.language.modes import Reuse
from spack.language.specs import Located
from spack.language.targets import target_satisfies
from spack.language.toolchains import Definition
from spack.language.versions import parse_version
from spack.named_tuples import NamedTuple
from spack.solve.problem.externals import (
    find_compilers,
    lowest_target,
    read_externals,
    required_target,
)
from spack.solve.problem.preferences import (
    read_preferences,
    read_preferred_compilers,
    read_providers,
    spread_buildable,
)
from spack.solve.problem.request import LANGUAGES, Compiler, ContentHash, Host, Packages, World
from spack.solve.problem.reuse import Admission, ByName, Specs, by_name, external_filter
from spack.solve.problem.toolchains import ToolchainExpander
from spack.type_names import Callable


class LibcDescription(NamedTuple):
    """The C library that a compiler links against."""

    name: str
    version: str
    prefix: str


class Reusable(NamedTuple):
    """Concrete specs that are there already.

    Attributes:
        specs: those that may be chosen instead of building, by package.
        compilers: installed specs of compiler packages; they may compile even if nothing is reused.
    """

    specs: Specs = {}
    compilers: Sequence[ConcreteSpec] = ()


def build_world(
    packages: Packages,
    host: Host,
    settings: Mapping[str, PackageSettings],
    concretizer: ConcretizerSettings,
    content_hash: ContentHash,
    *,
    libc_of: Callable[[str], LibcDescription | None],
    own_libc: Callable[[], LibcDescription | None] = lambda: None,
    supported_targets: Callable[[str, str, Sequence[str]], frozenset[str]],
    reusable: Reusable = Reusable(),
    toolchains: Mapping[str, Definition] = {},
    develop: Mapping[str, Located] = {},
    allow_deprecated: bool = False,
    require_checksum: bool = False,
) -> World:
    """The world of one instance.

    Args:
        libc_of: the C library of a compiler, from the path of its C compiler.
        own_libc: the C library that this process runs with; asked for if there is no compiler.
        supported_targets: which of the targets a compiler (name, version) can build for.
        develop: packages that are built from local sources, their specs with ``dev_path``.
    """
    expander = ToolchainExpander(packages, toolchains)
    admitted = external_filter(concretizer.reuse)
    host = host._replace(targets=_preferred_targets(host.targets, settings))
    externals = read_externals(
        packages,
        settings,
        host,
        content_hash,
        complete_variants=concretizer.externals_completion == "default_variants",
    )
    libcs: dict[str, ConcreteSpec] = {}

    def libc_node(found: LibcDescription | None) -> ConcreteSpec | None:
        if found is None or not packages.exists(found.name):
            return None
        key = f"{found.name}@{found.version}"
        if key not in libcs:
            target = lowest_target(required_target(settings, found.name), host)
            libcs[key] = _libc_node(packages, host, found, target, content_hash)
        return libcs[key]

    def present(recorded: LibcDescription | None) -> LibcDescription | None:
        """The C library now in the place where a compiler found its own when it was built."""
        if recorded is None:
            return None
        place = (recorded.name, recorded.prefix)
        here = [_description(libc) for libc in libcs.values()]
        here += [found for found in (own_libc(),) if found is not None]
        return next((libc for libc in here if (libc.name, libc.prefix) == place), recorded)

    def supported(spec: ConcreteSpec) -> frozenset[str]:
        return supported_targets(spec.name, str(spec.version), host.targets)

    compilers = find_compilers(
        externals.specs,
        packages,
        lambda spec: libc_node(libc_of(_compiler_path(spec))),
        supported,
        externals.origins,
    )
    installed = [
        Compiler(spec, languages, libc_node(present(_recorded_libc(spec))), supported(spec))
        for spec in reusable.compilers
        for languages in [provided_languages(packages, spec)]
        if languages
    ]
    compilers = tuple(
        sorted((*compilers, *installed), key=lambda c: (c.spec.name, c.spec.version), reverse=True)
    )
    if not compilers:
        libc_node(own_libc())
    usable = {c.spec.dag_hash() for c in compilers}
    offered: list[ConcreteSpec] = []

    for specs in externals.specs.values():
        for spec in specs:
            if spec.name not in develop and (spec.dag_hash() in usable or admitted.admits(spec)):
                offered.append(spec)
    offered += libcs.values()
    entries = {name: own.externals for name, own in settings.items()}
    admission = Admission(packages, host, list(libcs.values()), entries, develop)
    for compiler in installed:
        for spec in _needed_to_compile(compiler.spec):
            if spec is compiler.spec or admission.admits(spec):
                offered.append(spec)
    at_hand = by_name(offered)
    concrete = ByName(
        lambda: (*at_hand, *reusable.specs),
        lambda name: (
            *at_hand.get(name, ()),
            *(spec for spec in reusable.specs.get(name, ()) if admission.admits(spec)),
        ),
    )
    return World(
        packages=packages,
        host=host._replace(targets=_buildable_targets(host, compilers)),
        preferences=spread_buildable(read_preferences(settings, expander.expand), packages),
        providers=read_providers(settings),
        compilers=compilers,
        concrete=concrete,
        rejected=externals.rejected,
        max_duplicates=concretizer.max_dupes,
        duplicates=concretizer.duplicates,
        duplicates_origins=concretizer.duplicates_origins,
        allow_deprecated=allow_deprecated,
        require_checksum=require_checksum,
        compiler_mixing=concretizer.compiler_mixing,
        mixing_origin=concretizer.mixing_origin,
        develop=develop,
        reuse_roots=concretizer.reuse.mode is not Reuse.DEPENDENCIES,
        toolchains=toolchains,
        splicing=concretizer.splice_automatic,
        preferred_compilers=read_preferred_compilers(settings, compilers),
    )


def _preferred_targets(
    targets: Sequence[str], settings: Mapping[str, PackageSettings]
) -> tuple[str, ...]:
    """Candidates sorted by the first preference of ``packages:all:target`` that each matches."""
    general = settings.get("all")
    wanted = general.target if general is not None else ()

    def position(target: str) -> int:
        matching = (n for n, text in enumerate(wanted) if target_satisfies(target, text))
        return next(matching, len(wanted))

    return tuple(sorted(targets, key=position))


def _buildable_targets(host: Host, compilers: Sequence[Compiler]) -> tuple[str, ...]:
    """Candidates that some compiler supports, and the family."""
    supported = tuple(t for t in host.targets if any(t in c.targets for c in compilers))
    if not supported:
        return host.targets
    return (*supported, *(t for t in host.targets if t not in supported and t == host.family))


def _compiler_path(compiler: ConcreteSpec) -> str:
    external = compiler.external
    paths = external.extra_attributes.get("compilers", {}) if external is not None else {}
    return str(paths.get("c") or paths.get("cxx") or paths.get("fortran") or "")


def _description(libc: ConcreteSpec) -> LibcDescription:
    path = libc.external.path if libc.external is not None else None
    return LibcDescription(libc.name, str(libc.version), path or "")


def _recorded_libc(compiler: ConcreteSpec) -> LibcDescription | None:
    """The C library that an installed compiler was linked with."""
    edge = compiler.edge("libc")
    if edge is None or edge.spec.external is None:
        return None
    return _description(edge.spec)


def provided_languages(packages: Packages, spec: ConcreteSpec) -> frozenset[str]:
    """Languages that an installed spec compiles, by its recipe; none if it is not a compiler."""
    if not packages.exists(spec.name):
        return frozenset()
    record = packages.record(spec.name)
    if "compiler" not in record.tags:
        return frozenset()
    return frozenset(
        virtual.name
        for provided in record.provides
        if provided.when is None or satisfies(spec, provided.when)
        for virtual in provided.specs
        if virtual.name in LANGUAGES
    )


def _needed_to_compile(compiler: ConcreteSpec) -> list[ConcreteSpec]:
    """A compiler, what it runs, and what those link and run."""
    found = [compiler]
    for edge in compiler.edges(deptypes.RUN):
        found.extend(edge.spec.traverse(deptypes.LINK | deptypes.RUN))
    return found


def _libc_node(
    packages: Packages,
    host: Host,
    libc: LibcDescription,
    target: str,
    content_hash: ContentHash,
) -> ConcreteSpec:
    record = packages.record(libc.name)

    def node(package_hash: str = "") -> ConcreteSpec:
        return ConcreteSpec(
            libc.name,
            parse_version(libc.version),
            Architecture(host.platform, host.os, target),
            namespace=record.namespace,
            variants=_default_variants(packages, libc.name),
            external=External(libc.prefix),
            package_hash=package_hash,
        )

    return node(content_hash(node(), ()))


def _default_variants(packages: Packages, name: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for variant in packages.record(name).variants:
        if variant.when is None:
            values[variant.name] = variant.default
    return values
