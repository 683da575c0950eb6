"""The demands on binary caches: of every mirror, of one, and what mirrors say themselves."""

from __future__ import annotations

import pytest

from spack.config.scopes.validation import validate
from spack.config.settings.place_settings import Connection, Mirror
from spack.config.settings.trust_settings import TrustPolicy, TrustSettings
from spack.config.values.values import Value
from spack.config.values.yaml_values import parse_yaml
from spack.errors import ConfigurationError

FINGERPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


def trusted(text: str) -> TrustSettings:
    return TrustSettings(section(text), "/ring")


def section(text: str) -> Value:
    return parse_yaml(f"trust:\n{text}", "/f/trust.yaml").data["trust"]


def mirror(name: str, *, signed: bool = True) -> Mirror:
    return Mirror(name, Connection("/m"), Connection("/m"), signed=signed)


def test_mirrors_alone() -> None:
    trust = trusted("  {}")
    assert trust.policy(None) == TrustPolicy("all", "signed", (), "source", ())
    assert trust.policy(mirror("a")).require == "signed"
    assert trust.policy(mirror("a", signed=False)).require == "any"
    assert trust.policy(mirror("a"), unchecked=True).require == "any"


def test_one_mirror_and_all() -> None:
    keys = f"keys: ['{FINGERPRINT[:20].lower()} {FINGERPRINT[20:]}']"
    trust = trusted(
        "  all: {require: signed, on_failure: error, licenses: [MIT]}\n"
        f"  lab: {{{keys}, on_failure: source, require: any}}\n"
    )
    assert trust.policy(mirror("x", signed=False)) == TrustPolicy(
        "x", "signed", (), "error", ("MIT",)
    )
    assert trust.policy(mirror("lab")) == TrustPolicy(
        "lab", "any", (FINGERPRINT,), "source", ("MIT",)
    )


def test_an_empty_list_of_keys_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="names no key") as caught:
        trusted("  lab: {keys: []}")
    assert "trust.yaml" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["{require: maybe}", "{keys: [abc]}", "{keys: x}", "{on_failure: ignore}", "{licences: [a]}"],
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        validate("trust", section(f"  lab: {text}"))
