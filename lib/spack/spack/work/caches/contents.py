"""The content of binary caches: listing, checking, downloading and removing packages."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Collection, Iterable, Sequence

from spack.buildcache.caches import BinaryCache, Offer, offer_of
from spack.buildcache.indexing import Indexed, unverified, update_index
from spack.buildcache.layout import hash_in_path, spec_path
from spack.buildcache.old_layout import migrate
from spack.buildcache.upkeep import (
    Discrepancies,
    Pruned,
    check_index,
    copy_package,
    copy_packages,
    prune,
)
from spack.config.settings.settings import Settings
from spack.environments.environment import Environment
from spack.environments.locations import ManagedEnvironments
from spack.errors import AmbiguousError, NotFoundError, SpackError, UsageError
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.matching import satisfies
from spack.language.specs import Located
from spack.system.files.writing import atomic_write
from spack.type_names import Callable
from spack.work.caches.opened import fetch_caches, index_reader, named_mirror, opened, verifier
from spack.work.caches.pushing import PushOptions, signer

__all__ = ["Discrepancies", "Indexed", "Pruned"]


class OldLayoutError(SpackError):
    """Packages of layout 2 that cannot be put into layout 3."""


Warn = Callable[[str], None]


def cached_specs(
    settings: Settings,
    constraints: Sequence[Located],
    warn: Warn,
    *,
    here: tuple[str, str] | None = None,
    caches: Sequence[BinaryCache] | None = None,
) -> list[ConcreteSpec]:
    """The specs in the indexes of caches that satisfy one of the constraints, all without any.

    Args:
        here: platform and operating system that they must be for; None for any.
        caches: those to look into, by default the configured ones.
    """
    read = index_reader(settings, warn, now=True)
    found: list[ConcreteSpec] = []
    for cache in fetch_caches(settings, checked=False) if caches is None else caches:
        index = read(cache)
        if index is None:
            continue
        named = [located.spec for located in constraints]
        if not named:
            found += index.specs()
        for wanted in named:
            specs: Iterable[ConcreteSpec]
            if wanted.abstract_hash:
                specs = index.starting_with(wanted.abstract_hash)
            else:
                specs = index.named(wanted.name) if wanted.name else index.specs()
            found += [spec for spec in specs if satisfies(spec, wanted)]
    if here is not None:
        found = [spec for spec in found if (spec.platform, spec.os) == here]
    return distinct(found)


def specs_to_install(
    settings: Settings,
    constraints: Sequence[Located],
    warn: Warn,
    *,
    here: tuple[str, str] | None,
    several: bool,
) -> list[ConcreteSpec]:
    """The specs in caches that some words mean, one for each unless ``several`` may be meant.

    Raises NotFoundError, AmbiguousError.
    """
    chosen: list[ConcreteSpec] = []
    for wanted in constraints:
        found = cached_specs(settings, [wanted], warn, here=here)
        if not found:
            raise NotFoundError(
                f"no binary cache has {wanted.text}",
                hint="list what there is with spack buildcache list --allarch",
            )
        if len(found) > 1 and not several:
            raise AmbiguousError(
                f"{len(found)} cached packages match {wanted.text}",
                details="\n".join(f"    {spec.label}" for spec in found),
                hint="name one by its hash, or install all of them with --multiple",
            )
        chosen += found
    return distinct(chosen)


def check_specs(
    settings: Settings, specs: Sequence[ConcreteSpec], url: str | None
) -> dict[str, list[ConcreteSpec]]:
    """The specs that each cache does not have in a form that can be installed, by its address."""
    if url is None:
        caches = fetch_caches(settings)
    else:
        mirror = named_mirror(settings, url)
        caches = [opened(mirror.name, mirror.fetch, settings, signed=False)]
    if not caches:
        raise UsageError(
            "no mirror with binaries is configured",
            hint="name one with --mirror-url, or add one with spack mirror add",
        )
    verify = verifier(settings)

    def is_there(cache: BinaryCache, spec: ConcreteSpec) -> bool:
        try:
            offer = offer_of(cache, spec, verify)
        except SpackError:
            return False
        return bool(cache.transport.exists([offer.path]))

    return {c.url: [spec for spec in specs if not is_there(c, spec)] for c in caches}


def download(settings: Settings, spec: ConcreteSpec, directory: str) -> Offer:
    """Fetch manifest, specfile and archive of a spec into a directory, laid out as a cache.

    Raises NotFoundError when no configured cache has it.
    """
    verify = verifier(settings)
    errors: list[str] = []
    for cache in fetch_caches(settings):
        try:
            offer = offer_of(cache, spec, verify)
        except NotFoundError:
            continue
        except SpackError as error:
            errors.append(f"    {cache.name}: {error.message}")
            continue
        target = opened(directory, named_mirror(settings, _as_path(directory)).push, settings)
        copy_package(cache, target, spec_path(spec))
        return offer
    raise NotFoundError(
        f"{spec.label} is in no binary cache",
        details="\n".join(errors) or None,
        hint="list what there is with spack buildcache list",
    )


def _as_path(directory: str) -> str:
    return os.path.abspath(directory) + os.sep


def prune_cache(settings: Settings, mirror: str, keep: str | None, *, dry_run: bool) -> Pruned:
    """Remove from a mirror what is not to be kept; the index follows.

    ``keep`` is a file with a hash on a line. Raises UsageError when it cannot be read.
    """
    place = named_mirror(settings, mirror)
    cache = opened(place.name, place.push, settings)
    hashes = None if keep is None else frozenset(_words(keep))
    removed = prune(cache, hashes, dry_run=dry_run)
    if removed.manifests and not dry_run:
        update_index(cache)
    return removed


def _words(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as stream:
            return [word.rpartition("/")[2] for line in stream for word in line.split()]
    except (OSError, ValueError) as error:
        raise UsageError(f"the list {path} cannot be read: {error}") from error


def check_mirror_index(
    settings: Settings, mirror: str, name: str | None, verify: Collection[str]
) -> Discrepancies:
    """Compare the index of a mirror with what the mirror has."""
    place = named_mirror(settings, mirror)
    cache = opened(place.name, place.fetch._replace(view=name), settings)
    wanted = set(verify)
    return check_index(cache, {"manifests", "blobs"} if "all" in wanted else wanted)


def update_mirror_index(
    settings: Settings,
    base_settings: Settings,
    mirror: str,
    name: str | None,
    sources: Sequence[str],
    *,
    append: bool,
    force: bool,
) -> Indexed:
    """Make the index of a mirror, or of a view that has the specs of some environments.

    ``sources`` are names or directories of environments. Raises UsageError for some without the
    name of a view.
    """
    place = named_mirror(settings, mirror)
    view = name or place.push.view
    if sources and not view:
        raise UsageError(
            "environments are given, but not the name of an index for them",
            hint="name it with --name",
        )
    cache = opened(place.name, place.push._replace(view=view), settings)
    hashes = None
    if sources:
        known = ManagedEnvironments(base_settings.config.environments_root)
        nodes = [
            node
            for environment in (Environment(known.find(text)) for text in sources)
            for spec, _ in environment.concrete_roots()
            for node in spec.traverse()
        ]
        hashes = frozenset(node.dag_hash() for node in nodes)
    return update_index(cache, hashes=hashes, append=append, force=force or not view)


def sync(settings: Settings, source: str, target: str) -> list[str]:
    """Copy all packages of one mirror that another does not have; the paths of the manifests."""
    origin, destination = named_mirror(settings, source), named_mirror(settings, target)
    return copy_packages(
        opened(origin.name, origin.fetch, settings),
        opened(destination.name, destination.push, settings),
    )


def sync_listed(settings: Settings, pattern: str, target: str | None) -> list[str]:
    """Copy the packages that files list, each with its source and its destination.

    A file is JSON: hash to a list of ``src`` and ``dest``, the addresses of manifests.
    """
    copied = []
    for path in sorted(glob.glob(pattern)):
        for digest, entries in _listed(path):
            for entry in entries:
                where, inner = _split(entry["src"], path)
                into = target or _split(entry["dest"], path)[0]
                origin, destination = named_mirror(settings, where), named_mirror(settings, into)
                copy_package(
                    opened(origin.name, origin.fetch, settings),
                    opened(destination.name, destination.push, settings),
                    inner,
                )
                copied.append(digest)
    if not copied:
        raise UsageError(f"no file that matches {pattern} lists a package")
    return copied


def _listed(path: str) -> list[tuple[str, list[dict[str, str]]]]:
    try:
        with open(path, encoding="utf-8") as stream:
            data = json.load(stream)
        return [(key, [value] if isinstance(value, dict) else value) for key, value in data.items()]
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} is not a list of packages to copy: {error}") from error


def _split(address: str, path: str) -> tuple[str, str]:
    """The address of a cache and the path of a manifest in it."""
    where, found, inner = address.partition("/v3/")
    if not found or hash_in_path(f"v3/{inner}") is None:
        raise UsageError(f"{path}: {address!r} is not the address of a manifest")
    return where, f"v3/{inner}"


def migrate_mirror(settings: Settings, mirror: str, *, unsigned: bool, delete: bool) -> int:
    """Put the packages of layout 2 of a mirror into layout 3, and make its index; how many.

    ``unsigned`` looks at no signature and makes none. Raises OldLayoutError, which lists those that
    stay where they are.
    """
    place = named_mirror(settings, mirror)
    signed = place.signed and not unsigned
    cache = opened(place.name, place.push, settings, signed=signed)
    verify = unverified if unsigned else verifier(settings)
    sign = signer(settings, place, PushOptions(unsigned=not signed))
    done = list(migrate(cache, verify, sign, delete=delete))
    failed = [f"    {one.path}: {one.error.message}" for one in done if one.error is not None]
    if len(done) > len(failed):
        update_index(cache)
    if failed:
        raise OldLayoutError(
            f"{len(failed)} of {len(done)} packages stay in layout 2",
            details="\n".join(failed),
            hint="trust the keys that signed them, or migrate with --unsigned",
        )
    return len(done)


def save_specfiles(
    root: ConcreteSpec, names: Sequence[str], directory: str, text_of: Callable[[ConcreteSpec], str]
) -> list[str]:
    """Write the specfiles of some packages below a root; their paths.

    Raises UsageError for a name that is not there.
    """
    os.makedirs(directory, exist_ok=True)
    written = []
    for name in names:
        node = next((node for node in root.traverse() if node.name == name), None)
        if node is None:
            raise UsageError(f"{root.label} does not need {name}")
        path = os.path.join(directory, f"{name}.json")
        atomic_write(path, text_of(node))
        written.append(path)
    return written
