"""Typed settings of ``trust``: what binary caches must show before they are believed."""

from __future__ import annotations

from collections.abc import Mapping

from spack.config.settings.place_settings import Mirror
from spack.config.settings.program_settings import texts
from spack.config.values.values import Value
from spack.errors import ConfigurationError
from spack.named_tuples import NamedTuple
from spack.type_names import Any

#: Entry of the section that holds for every mirror, under the entry of the mirror itself.
EVERY = "all"


class TrustPolicy(NamedTuple):
    """The demands on one mirror.

    Attributes:
        name: of the mirror, or ``all``.
        require: ``signed``, or ``any``: unsigned packages and unknown keys are fine.
        keys: fingerprints in upper case that count; empty for every key in the ring.
        on_failure: ``source``: build instead; ``error``: stop.
        licenses: names of licences, or patterns of them, that packages may have; empty for any.
    """

    name: str = EVERY
    require: str = "signed"
    keys: tuple[str, ...] = ()
    on_failure: str = "source"
    licenses: tuple[str, ...] = ()


class TrustSettings:
    """The section ``trust``.

    Attributes:
        key_ring: the directory with the keys of this instance.
    """

    def __init__(self, section: Value, key_ring: str) -> None:
        self.key_ring = key_ring
        self._entries: dict[str, dict[str, Any]] = {}
        for name, value in section.data.items():
            entry = value.plain()
            keys = tuple(text.replace(" ", "").upper() for text in texts(entry.get("keys")))
            if "keys" in entry and not keys:
                raise ConfigurationError(
                    f"trust:{name}:keys names no key",
                    origin=value.origin,
                    hint="leave the key out to trust every key in the ring, or set binary: false"
                    " for the mirror",
                )
            self._entries[name] = {**entry, "keys": keys} if keys else entry

    def policy(self, mirror: Mirror | None, *, unchecked: bool = False) -> TrustPolicy:
        """The demands on a mirror; None stands for one that is not configured.

        What ``trust`` does not say follows the entry of the mirror: ``signed: false`` is
        ``require: any``. ``unchecked`` is the option ``--no-check-signature``.
        """
        name = EVERY if mirror is None else mirror.name
        require = "signed" if mirror is None or mirror.signed else "any"
        known: Mapping[str, Any] = {
            "require": require,
            **self._entries.get(EVERY, {}),
            **self._entries.get(name, {}),
        }
        return TrustPolicy(
            name,
            "any" if unchecked else known["require"],
            known.get("keys", ()),
            known.get("on_failure", "source"),
            texts(known.get("licenses")),
        )
