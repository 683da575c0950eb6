"""Typed settings of the sections ``config`` and ``concretizer``."""

from __future__ import annotations

import os
from collections.abc import Mapping

from spack.config.values.path_variables import PathVariables
from spack.config.values.values import Value
from spack.errors import Origin
from spack.language.modes import Reuse, Unify
from spack.named_tuples import NamedTuple
from spack.type_names import Any

Projections = Mapping[str, str]


class SharedLinking(NamedTuple):
    """The way in which installed programs find their libraries: ``rpath`` or ``runpath``."""

    type: str = "rpath"
    bind: bool = False
    missing_library_policy: str = "ignore"


class ConfigSettings(NamedTuple):
    """The section ``config``. Paths are absolute, times in seconds.

    ``padded_length`` is 0 for no padding and -1 for as long as the system permits; timeouts of None
    wait for ever; ``build_jobs`` and ``concurrent_packages`` of 0 mean no limit.
    """

    # Worked out from paths and other keys:
    install_tree_root: str
    projections: Projections
    padded_length: int
    build_stage: tuple[str, ...]
    test_stage: str
    extensions: tuple[str, ...]
    license_dir: str
    source_cache: str
    misc_cache: str
    environments_root: str
    template_dirs: tuple[str, ...]
    ssl_certs: str | None
    additional_external_search_paths: tuple[str, ...]
    keep_werror: str
    shared_linking: SharedLinking
    # As they are written:
    install_hash_length: int | None = None
    stage_name: str | None = None
    develop_stage_link: str | None = None
    connect_timeout: int = 30
    unpack_limit: int = 100
    binary_index_ttl: int = 600
    verify_ssl: bool = True
    debug: bool = False
    checksum: bool = True
    deprecated: bool = False
    locks: bool = True
    sandbox: str = "never"
    dirty: bool = False
    build_language: str = "C"
    build_jobs: int = 0
    concurrent_packages: int = 0
    ccache: bool = False
    db_lock_timeout: int | None = 120
    package_lock_timeout: int | None = None
    allow_sgid: bool = True
    install_status: bool = True
    url_fetch_method: str = "urllib"
    aliases: Mapping[str, str] = {}


class ReuseSource(NamedTuple):
    """One entry of ``reuse:from``: local, buildcache, external or environment."""

    type: str
    path: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class ReuseSettings(NamedTuple):
    """Limits of reuse; ``sources`` empty means every kind."""

    mode: Reuse = Reuse.ANYTHING
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    sources: tuple[ReuseSource, ...] = ()


class Splice(NamedTuple):
    """An explicit splice: what is replaced, by which installed spec."""

    target: str
    replacement: str
    transitive: bool = False


class ConcretizerSettings(NamedTuple):
    """The section ``concretizer``.

    ``compiler_mixing`` is a boolean or the packages that are exempt; ``timeout`` of 0 means none.
    ``duplicates_origins`` are the places of the limits by name, and of the ``strategy``,
    ``mixing_origin`` is that of ``compiler_mixing``.
    """

    force: bool = False
    reuse: ReuseSettings = ReuseSettings()
    unify: Unify = Unify.SEPARATELY
    granularity: str = "microarchitectures"
    host_compatible: bool = True
    duplicates: str = "minimal"
    max_dupes: Mapping[str, int] = {}
    duplicates_origins: Mapping[str, Origin] = {}
    compiler_mixing: bool | tuple[str, ...] = True
    mixing_origin: Origin | None = None
    splice_explicit: tuple[Splice, ...] = ()
    splice_automatic: bool = False
    timeout: int = 0
    error_on_timeout: bool = True
    cache_enabled: bool = True
    cache_url: str | None = None
    cache_entry_limit: int = 1000
    externals_completion: str = "default_variants"


def texts(value: Any) -> tuple[str, ...]:
    """A text or a list of texts, as a tuple; None gives the empty one."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return (str(value),)


def config_settings(section: Value, paths: PathVariables, state: str) -> ConfigSettings:
    """The section ``config``; what no file says is kept below ``state`` and the user's cache."""
    data = section.plain()

    def text(key: str) -> str | None:
        return paths.substitute(data[key]) if key in data else None

    def directory(key: str, *default: str) -> str:
        return paths.path(data[key]) if key in data else os.path.join(*default)

    def directories(key: str) -> tuple[str, ...]:
        return tuple(paths.path(item) for item in texts(data.get(key)))

    tree = data.get("install_tree", {})
    padded = tree.get("padded_length", 0)
    linking = data.get("shared_linking", {})
    if isinstance(linking, str):
        linking = {"type": linking}
    cache = paths.user_cache_path
    certificates = text("ssl_certs")
    plain = {key: data[key] for key in ConfigSettings._field_defaults if key in data}
    return ConfigSettings(
        install_tree_root=paths.path(tree.get("root", os.path.join(state, "opt", "spack"))),
        projections=tree.get("projections", {}),
        padded_length=-int(padded) if isinstance(padded, bool) else padded,
        build_stage=directories("build_stage") or (os.path.join(cache, "stage"),),
        test_stage=directory("test_stage", cache, "test"),
        extensions=directories("extensions"),
        license_dir=directory("license_dir", state, "etc", "spack", "licenses"),
        source_cache=directory("source_cache", state, "var", "spack", "cache"),
        misc_cache=directory("misc_cache", cache, "cache"),
        environments_root=directory("environments_root", state, "var", "spack", "environments"),
        template_dirs=directories("template_dirs"),
        ssl_certs=None if not certificates or certificates.startswith("$") else certificates,
        additional_external_search_paths=directories("additional_external_search_paths"),
        keep_werror=data.get("flags", {}).get("keep_werror", "none"),
        shared_linking=SharedLinking(**linking),
        **plain,
    )


def _origins(duplicates: Value | None) -> dict[str, Origin]:
    """The places of ``strategy`` and of each of ``max_dupes``."""
    if duplicates is None:
        return {}
    limits = duplicates.child("max_dupes")
    found = {} if limits is None else {name: limits.key_origin(name) for name in limits.plain()}
    return {**found, "strategy": duplicates.key_origin("strategy")}


def concretizer_settings(section: Value, paths: PathVariables) -> ConcretizerSettings:
    """The section ``concretizer``."""
    data = section.plain()
    targets = data.get("targets", {})
    duplicates = data.get("duplicates", {})
    splice = data.get("splice", {})
    cache = data.get("concretization_cache", {})
    mixing = data.get("compiler_mixing", True)
    defaults = ConcretizerSettings()
    plain = {key: data[key] for key in ("force", "timeout", "error_on_timeout") if key in data}
    return ConcretizerSettings(
        reuse=_reuse(data.get("reuse", True), paths),
        unify=Unify(data.get("unify", defaults.unify)),
        granularity=targets.get("granularity", defaults.granularity),
        host_compatible=targets.get("host_compatible", defaults.host_compatible),
        duplicates=duplicates.get("strategy", defaults.duplicates),
        max_dupes=duplicates.get("max_dupes", defaults.max_dupes),
        duplicates_origins=_origins(section.child("duplicates")),
        compiler_mixing=mixing if isinstance(mixing, bool) else texts(mixing),
        mixing_origin=section.key_origin("compiler_mixing") if "compiler_mixing" in data else None,
        splice_explicit=tuple(Splice(**entry) for entry in splice.get("explicit", ())),
        splice_automatic=splice.get("automatic", defaults.splice_automatic),
        cache_enabled=cache.get("enable", defaults.cache_enabled),
        cache_url=paths.path(cache["url"]) if "url" in cache else None,
        cache_entry_limit=cache.get("entry_limit", defaults.cache_entry_limit),
        externals_completion=data.get("externals", {}).get(
            "completion", defaults.externals_completion
        ),
        **plain,
    )


def _reuse(data: Any, paths: PathVariables) -> ReuseSettings:
    if not isinstance(data, dict):
        return ReuseSettings(Reuse(data))
    return ReuseSettings(
        Reuse.ANYTHING if data.get("roots", True) else Reuse.DEPENDENCIES,
        include=texts(data.get("include")),
        exclude=texts(data.get("exclude")),
        sources=tuple(
            ReuseSource(
                source["type"],
                paths.substitute(source["path"]) if "path" in source else None,
                texts(source.get("include")),
                texts(source.get("exclude")),
            )
            for source in data.get("from", ())
        ),
    )
