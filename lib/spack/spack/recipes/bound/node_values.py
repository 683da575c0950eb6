"""Values of a node as recipe code sees them: variants, architecture, micro-architecture.

Made from pure specs, and pure themselves: this module knows no binding, no package and no prefix.
"""

from __future__ import annotations

from collections.abc import Iterator

from spack.language import targets
from spack.language.concrete_specs import ConcreteSpec, Value
from spack.language.specs import Spec
from spack.named_tuples import NamedTuple
from spack.type_names import Any


class VariantValue:
    """The value of a variant on a node. ``value`` is a boolean, a word, or sorted words."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: Value) -> None:
        self.name = name
        self.value: Any = value

    @property
    def values(self) -> tuple[Any, ...]:
        """The value as a tuple."""
        return self.value if isinstance(self.value, tuple) else (self.value,)

    def __contains__(self, item: object) -> bool:
        return item in self.values

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, VariantValue):
            return (self.name, self.value) == (other.name, other.value)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.value))

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return ("+" if self.value else "~") + self.name
        return f"{self.name}={','.join(str(word) for word in self.values)}"

    def __repr__(self) -> str:
        return f"VariantValue({self.name!r}, {self.value!r})"


class VariantMap(dict[str, VariantValue]):
    """Variants of a node by name, sorted. Text is the canonical form."""

    @property
    def dict(self) -> VariantMap:
        """The mapping itself, for older recipes."""
        return self

    def __str__(self) -> str:
        booleans = [str(v) for v in self.values() if isinstance(v.value, bool)]
        others = [str(v) for v in self.values() if not isinstance(v.value, bool)]
        return "".join(booleans) + "".join(" " + text for text in others)


class Target:
    """A micro-architecture: comparable by compatibility, ``in`` asks for a feature."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def family(self) -> Target:
        """The generic root."""
        return Target(targets.family(self.name))

    @property
    def generic(self) -> Target:
        """The nearest target without a vendor."""
        return Target(targets.generic(self.name))

    @property
    def ancestors(self) -> list[Target]:
        """Targets whose binaries run on this one, nearest first."""
        return [Target(name) for name in targets.ancestors(self.name)]

    @property
    def features(self) -> Any:
        """Names of the processor's features."""
        return targets.features(self.name)

    @property
    def vendor(self) -> str:
        """The maker, or ``generic``."""
        return targets.vendor(self.name)

    @property
    def compilers(self) -> Any:
        """Ranges of versions of compilers with the name and the flags that they have for it."""
        return targets.compilers(self.name)

    @property
    def microarchitecture(self) -> Target:
        """The target itself, for recipes that ask for the inner object."""
        return self

    def __contains__(self, feature: object) -> bool:
        return isinstance(feature, str) and targets.has_feature(self.name, feature)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Target, str)) and str(other) == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __lt__(self, other: object) -> bool:
        return self.name in targets.ancestors(str(other))

    def __le__(self, other: object) -> bool:
        return self == other or self < other

    def __gt__(self, other: object) -> bool:
        return str(other) in targets.ancestors(self.name)

    def __ge__(self, other: object) -> bool:
        return self == other or self > other

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Target({self.name!r})"


class BoundArchitecture(NamedTuple):
    """Platform, operating system and target of a node; ``in`` looks into the text."""

    platform: str | None
    os: str | None
    target: Target | None

    def __contains__(self, text: object) -> bool:
        if self.target is not None and text in self.target:
            return True
        return str(text) in str(self)

    def __str__(self) -> str:
        return "-".join(str(part) for part in self)


def variant_map(spec: Spec | ConcreteSpec) -> VariantMap:
    """The variants of a spec; the hashes of its patches are among them."""
    found = VariantMap()
    for name in sorted(spec.variants):
        value: Any = spec.variants[name]
        if isinstance(spec, Spec):
            values = spec.variants[name].values
            value = values[0] if len(values) == 1 else tuple(values)
        found[name] = VariantValue(name, value)
    if isinstance(spec, ConcreteSpec) and spec.patches and "patches" not in found:
        found["patches"] = VariantValue("patches", tuple(sorted(spec.patches)))
    return found
