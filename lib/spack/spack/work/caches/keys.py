"""Keys of binary caches: published in them, offered by them, trusted on request alone."""

from __future__ import annotations

from collections.abc import Sequence

from spack.buildcache.keys import publish, published
from spack.buildcache.signing.gnupg import GpgError, SigningKey
from spack.config.settings.settings import Settings
from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.type_names import Callable
from spack.work.caches.opened import fetch_caches, named_mirror, opened
from spack.work.machine.signing_keys import chosen_keys, keyring


class OfferedKey(NamedTuple):
    """A key that a mirror offers, and whether it is in the ring."""

    mirror: str
    key: SigningKey
    is_trusted: bool


def offered_keys(
    settings: Settings, warn: Callable[[str], None], *, trust: bool = False
) -> list[OfferedKey]:
    """The keys that the configured caches offer. With ``trust`` they are in the ring afterwards.

    A cache that cannot be read, or that offers another key than it says, is told of.
    """
    ring = keyring(settings)
    found = []
    for cache in fetch_caches(settings, checked=False):
        try:
            for offer in published(cache):
                keys = ring.keys_in(offer.data)
                if [key.fingerprint for key in keys] != [offer.fingerprint]:
                    raise GpgError(f"it offers another key as {offer.fingerprint}")
                if trust:
                    ring.trust(offer.data)
                known = {key.fingerprint for key in ring.listing()}
                found.append(OfferedKey(cache.name, keys[0], offer.fingerprint in known))
        except SpackError as error:
            warn(f"the keys of {cache.name} cannot be used: {error.message}")
    return found


def publish_keys(
    settings: Settings, mirror: str, words: Sequence[str], *, update: bool
) -> list[SigningKey]:
    """Put public keys of the ring, without words those that can sign, into a cache; those keys."""
    ring = keyring(settings)
    chosen = chosen_keys(ring, words)
    place = named_mirror(settings, mirror)
    cache = opened(place.name, place.push, settings)
    data = {key.fingerprint: ring.export([key.fingerprint]) for key in chosen}
    publish(cache.transport, data, update=update)
    return chosen
