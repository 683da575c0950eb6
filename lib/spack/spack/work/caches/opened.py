"""The binary caches that are configured or named, opened, and what an installation takes from them.

Nothing is asked of a cache before somebody needs it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.buildcache import trust
from spack.buildcache.caches import BinaryCache, CheckedText, Verify
from spack.buildcache.index import CacheIndex, Indexes
from spack.buildcache.opening import open_transport
from spack.buildcache.pulling import CacheSource, Destination
from spack.buildcache.pushing import BuildPlace
from spack.builds.options import CachePolicy, InstallOptions
from spack.config.settings.place_settings import Connection, Mirror
from spack.config.settings.settings import Settings
from spack.errors import NotFoundError, SpackError, UsageError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import satisfies
from spack.recipes.finding.repositories import RepositoryPath
from spack.sources.repository_clones import network_settings
from spack.sources.stage import choose_stage_root
from spack.store.store import Store
from spack.type_names import TYPE_CHECKING, Callable
from spack.work.machine.signing_keys import keyring

if TYPE_CHECKING:
    from spack.session.parts import CacheParts

#: Directory of copies of indexes below the cache of what can be had again.
INDEXES = "binary-indexes"


def fetch_caches(settings: Settings, *, checked: bool = True) -> list[BinaryCache]:
    """The configured caches to install from, the first to be asked first.

    Args:
        checked: require signatures where the entry of the mirror does.
    """
    return [
        opened(
            mirror.name, mirror.fetch, settings, signed=_must_be_signed(settings, mirror, checked)
        )
        for mirror in settings.mirrors.values()
        if mirror.binary
    ]


def _must_be_signed(settings: Settings, mirror: Mirror, checked: bool) -> bool:
    return settings.trust.policy(mirror, unchecked=not checked).require == "signed"


def opened(
    name: str,
    connection: Connection,
    settings: Settings,
    *,
    signed: bool = True,
    base_image: str | None = None,
) -> BinaryCache:
    """The cache behind one direction of a mirror. Raises ConfigurationError."""
    network = network_settings(settings)
    transport = open_transport(connection, network, base_image=base_image)
    policy = settings.trust.policy(settings.mirrors.get(name))
    return BinaryCache(name, transport, signed, connection.view, trust.may_build_instead(policy))


def named_mirror(settings: Settings, text: str) -> Mirror:
    """The mirror of a name, or one made of an address or a directory.

    Raises NotFoundError for a word that is neither.
    """
    known = settings.mirrors.get(text)
    if known is not None:
        return known
    if "://" not in text and os.sep not in text and not os.path.isdir(text):
        names = ", ".join(settings.mirrors) or "none"
        raise NotFoundError(
            f"there is no mirror '{text}'",
            hint=f"configured are {names}; an address or a path with a slash also works",
        )
    connection = Connection(text if "://" in text else os.path.abspath(text))
    return Mirror(text, connection, connection)


def index_reader(
    settings: Settings, warn: Callable[[str], None], *, now: bool = False
) -> Callable[[BinaryCache], CacheIndex | None]:
    """Reads the index of a cache; of one that cannot be read it is told, and there is none.

    ``now`` asks the cache even if it was asked a moment ago.
    """
    config = settings.config
    lifetime = 0 if now else config.binary_index_ttl
    known = Indexes(os.path.join(config.misc_cache, INDEXES), lifetime)
    told: set[str] = set()

    def read(cache: BinaryCache) -> CacheIndex | None:
        try:
            return known.of(cache)
        except SpackError as error:
            if cache.url not in told:
                told.add(cache.url)
                warn(f"the index of the binary cache {cache.name} cannot be used: {error.message}")
            return None

    return read


def opened_indexes(settings: Settings, warn: Callable[[str], None]) -> list[CacheIndex]:
    """The indexes of the configured caches that can be read, the first to be asked first."""
    read = index_reader(settings, warn)
    found = (read(cache) for cache in fetch_caches(settings, checked=False))
    return [index for index in found if index is not None]


def verifier(settings: Settings) -> Verify:
    """The check of manifests as it is configured. What it returns raises TrustError."""
    ring = keyring(settings)

    def verify(data: bytes, cache: BinaryCache, where: str) -> CheckedText:
        policy = settings.trust.policy(settings.mirrors.get(cache.name))
        policy = policy._replace(require="signed" if cache.signed else "any")
        try:
            payload, key = trust.verify(data.decode("utf-8", "replace"), policy, ring)
        except trust.TrustError as error:
            raise trust.TrustError(f"{where}: {error.reason}", hint=error.hint) from error
        return CheckedText(payload.encode("utf-8"), None if key is None else key.fingerprint)

    return verify


def license_check(
    settings: Settings, repositories: RepositoryPath
) -> Callable[[BinaryCache, ConcreteSpec], None]:
    """The check of the licences that recipes declare. What it returns raises TrustError."""

    def check(cache: BinaryCache, spec: ConcreteSpec) -> None:
        policy = settings.trust.policy(settings.mirrors.get(cache.name))
        if not policy.licenses:
            return
        known = repositories.record(spec.name).licenses if repositories.exists(spec.name) else ()
        texts = [one.identifier for one in known if one.when is None or satisfies(spec, one.when)]
        trust.check_license(" AND ".join(f"({text})" for text in texts), policy)

    return check


def cache_source(parts: CacheParts, options: InstallOptions) -> CacheSource | None:
    """The caches as an installation sees them; None where it may take nothing from any."""
    policies = (options.root_policy, options.dependency_policy)
    if all(policy is CachePolicy.NEVER for policy in policies):
        return None
    settings = parts.settings
    caches = fetch_caches(settings, checked=options.check_signatures)
    if not caches:
        return None
    config = settings.config
    destination = Destination(
        parts.store,
        sbang_of(parts.store),
        os.path.join(choose_stage_root(config.build_stage), "binary-downloads"),
        config.unpack_limit * 10**9,
    )
    return CacheSource(
        caches,
        destination,
        verify=verifier(settings),
        index_of=index_reader(settings, parts.reporter.warning),
        check=license_check(settings, parts.repositories),
    )


def sbang_of(store: Store) -> str:
    """The path of the program for long first lines of scripts."""
    return os.path.join(store.unpadded_root, "bin", "sbang")


def build_place(store: Store, instance: str) -> BuildPlace:
    """The store that packages are pushed from."""
    roots = (store.root, *(upstream.root for upstream in store.upstreams))
    return BuildPlace(roots, sbang_of(store), instance, store.prefix)


def check_options(settings: Settings, policies: Sequence[CachePolicy]) -> None:
    """Raises UsageError where only caches may be used and none is configured."""
    if CachePolicy.ONLY in policies and not any(m.binary for m in settings.mirrors.values()):
        raise UsageError(
            "only binary caches may be used, but no mirror with binaries is configured",
            hint="add one with spack mirror add --type binary NAME URL",
        )
