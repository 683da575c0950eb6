"""Puts together what a solve depends on: recipes, host, configuration, compilers, candidates."""

from __future__ import annotations

from typing import Callable, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence

from spack.config.package_settings import PackageSettings
from spack.config.program_settings import ConcretizerSettings
from spack.language.matching import satisfies
from spack.language.parser import parse_spec
from spack.language.specs import Architecture, ConcreteSpec, External, Value
from spack.language.versions import parse_version
from spack.solve.decode import ContentHash
from spack.solve.externals import find_compilers, read_externals
from spack.solve.preferences import read_preferences, read_providers
from spack.solve.request import Host, Packages, World


class LibcDescription(NamedTuple):
    """The C library that a compiler links against."""

    name: str
    version: str
    prefix: str


def build_world(
    packages: Packages,
    host: Host,
    settings: Mapping[str, PackageSettings],
    concretizer: ConcretizerSettings,
    content_hash: ContentHash,
    *,
    libc_of: Callable[[str], Optional[LibcDescription]],
    supported_targets: Callable[[str, str, Sequence[str]], FrozenSet[str]],
    reusable: Sequence[ConcreteSpec] = (),
    allow_deprecated: bool = False,
) -> World:
    """The world of one instance.

    Args:
        libc_of: the C library of a compiler, from the path of its C compiler.
        supported_targets: which of the targets a compiler (name, version) can build for.
        reusable: installed or cached specs that may be chosen instead of building.
    """
    externals = read_externals(
        packages,
        settings,
        host,
        content_hash,
        complete_variants=concretizer.externals_completion == "default_variants",
    )
    libcs: Dict[str, ConcreteSpec] = {}

    def libc_node(compiler: ConcreteSpec) -> Optional[ConcreteSpec]:
        external = compiler.external
        paths = external.extra_attributes.get("compilers", {}) if external is not None else {}
        path = paths.get("c") or paths.get("cxx") or paths.get("fortran")
        found = libc_of(path) if path else None
        if found is None or not packages.exists(found.name):
            return None
        key = f"{found.name}@{found.version}"
        if key not in libcs:
            libcs[key] = _libc_node(packages, host, found, content_hash)
        return libcs[key]

    compilers = find_compilers(
        externals.specs,
        packages,
        libc_node,
        lambda spec: supported_targets(spec.name, str(spec.version), host.targets),
    )
    concrete: Dict[str, List[ConcreteSpec]] = {
        name: list(specs) for name, specs in externals.specs.items()
    }
    for libc in libcs.values():
        concrete.setdefault(libc.name, []).append(libc)
    for spec in reusable:
        if _may_be_reused(packages, spec, concretizer):
            concrete.setdefault(spec.name, []).append(spec)
    supported = [t for t in host.targets if any(t in c.targets for c in compilers)]
    others = [t for t in host.targets if t not in supported and t == host.family]
    if supported:
        host = host._replace(targets=(*supported, *others))
    return World(
        packages=packages,
        host=host,
        preferences=read_preferences(settings),
        providers=read_providers(settings),
        compilers=compilers,
        concrete={name: tuple(specs) for name, specs in concrete.items()},
        rejected=externals.rejected,
        max_duplicates=concretizer.max_dupes,
        allow_deprecated=allow_deprecated,
    )


def _libc_node(
    packages: Packages, host: Host, libc: LibcDescription, content_hash: ContentHash
) -> ConcreteSpec:
    record = packages.record(libc.name)

    def node(package_hash: str = "") -> ConcreteSpec:
        return ConcreteSpec(
            libc.name,
            parse_version(libc.version),
            Architecture(host.platform, host.os, host.family),
            namespace=record.namespace,
            variants=_default_variants(packages, libc.name),
            external=External(libc.prefix),
            package_hash=package_hash,
        )

    return node(content_hash(node(), ()))


def _default_variants(packages: Packages, name: str) -> Dict[str, Value]:
    values: Dict[str, Value] = {}
    for variant in packages.record(name).variants:
        if variant.when is None:
            values[variant.name] = variant.default
    return values


def _may_be_reused(
    packages: Packages, spec: ConcreteSpec, concretizer: ConcretizerSettings
) -> bool:
    """Installed nodes that the configuration admits; what is injected anew never counts."""
    if spec.external is not None or not packages.exists(spec.name):
        return False
    if spec.name == "compiler-wrapper" or "dev_path" in spec.variants:
        return False
    reuse = concretizer.reuse
    if reuse.include and not any(satisfies(spec, parse_spec(text)) for text in reuse.include):
        return False
    return not any(satisfies(spec, parse_spec(text)) for text in reuse.exclude)
