"""Definitions of variants as recipes write them: values, conditions on values, sets of values.

A :class:`VariantDefinition` is what ``variant()`` records; it knows no spec and no solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Sequence as AbstractSequence

from spack.errors import SpackError
from spack.language.specs import Spec
from spack.type_names import Any, Callable

#: ``validator(package name, variant name, values)``; raises if the values do not go together.
GroupValidator = Callable[[str, str, tuple[Any, ...]], None]


class VariantDefinitionError(SpackError, ValueError):
    """The values or the default of a variant make no sense."""


class ConditionalValue:
    """A value that may be chosen under a condition; otherwise like the bare value.

    ``when`` is None if the value is never allowed.
    """

    __slots__ = ("value", "when")

    def __init__(self, value: Any, when: Spec | None) -> None:
        self.value = value
        self.when = when

    def __repr__(self) -> str:
        return f"ConditionalValue({self.value!r}, when={str(self.when)!r})"

    def __str__(self) -> str:
        return str(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ConditionalValue):
            return bool(self.value == other.value)
        return bool(self.value == other)

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)


class ConditionalValues(tuple[ConditionalValue, ...]):
    """Values that share a condition, as one item of a sequence of values."""


def bare(value: Any) -> Any:
    """A value without its condition."""
    return value.value if isinstance(value, ConditionalValue) else value


def flatten(values: Iterable[Any]) -> tuple[Any, ...]:
    """Values in order, with conditional groups expanded in place."""
    flat: list[Any] = []
    for value in values:
        if isinstance(value, ConditionalValues):
            flat.extend(value)
        else:
            flat.append(value)
    return tuple(flat)


class DisjointSetsOfValues(AbstractSequence):  # type: ignore[type-arg]
    """Values of a multi-valued variant, of which those chosen together come from one set."""

    multi = True

    def __init__(self, *sets: Iterable[str]) -> None:
        self.sets: tuple[tuple[str, ...], ...] = tuple(tuple(flatten(group)) for group in sets)
        for group in self.sets:
            if "none" in group and len(group) > 1:
                raise VariantDefinitionError("the value 'none' must be the only one in its set")
        seen: list[str] = []
        for group in self.sets:
            for value in dict.fromkeys(group):
                if value in seen:
                    raise VariantDefinitionError(
                        f"the value {value!r} is in more than one disjoint set"
                    )
                seen.append(value)
        if not any(group == ("none",) for group in self.sets):
            self._without_none = self.sets
            self.sets = (("none",), *self.sets)
        else:
            self._without_none = tuple(group for group in self.sets if group != ("none",))
        self.default: str | None = None
        self.feature_values: tuple[str, ...] = tuple(self)
        self.error_format = (
            "values {values} of variant {variant} of {package} are mutually exclusive"
        )

    def __iter__(self) -> Iterator[str]:
        return (value for group in self.sets for value in group)

    def __len__(self) -> int:
        return sum(len(group) for group in self.sets)

    def __getitem__(self, index: Any) -> Any:
        return tuple(self)[index]

    def with_default(self, default: str) -> DisjointSetsOfValues:
        """Set the default; several values are joined by commas."""
        self.default = default
        return self

    def with_error(self, error_format: str) -> DisjointSetsOfValues:
        """Set the text of the error; fields ``{variant}``, ``{package}``, ``{values}``."""
        self.error_format = error_format
        return self

    def with_non_feature_values(self, *values: str) -> DisjointSetsOfValues:
        """Values that stand for no feature and so make no configure option."""
        self.feature_values = tuple(v for v in self.feature_values if v not in values)
        return self

    def allow_empty_set(self) -> DisjointSetsOfValues:
        """The same sets with ``none``, without a default."""
        return DisjointSetsOfValues(("none",), *self._without_none)

    def prohibit_empty_set(self) -> DisjointSetsOfValues:
        """The same sets without ``none``, without a default."""
        result = DisjointSetsOfValues(*self._without_none)
        result.sets = self._without_none
        result.feature_values = tuple(result)
        return result

    def validate(self, package: str, variant: str, values: tuple[Any, ...]) -> None:
        """Raise unless one set holds all the values."""
        chosen = set(values)
        if not any(chosen <= set(group) for group in self.sets):
            listed = ", ".join(str(value) for value in values)
            raise VariantDefinitionError(
                self.error_format.format(
                    variant=variant, package=package, values=listed, pkg_name=package
                )
            )


def disjoint_sets(*sets: Iterable[str]) -> DisjointSetsOfValues:
    """Sets of values that exclude each other, and ``none``, which is the default."""
    values = DisjointSetsOfValues(*sets).allow_empty_set().with_default("none")
    features = [value for group in sets for value in flatten(group) if value != "none"]
    values.feature_values = (*features, "none")
    return values


def any_combination_of(*values: str) -> DisjointSetsOfValues:
    """Any combination of the values, or ``none``, which is the default."""
    combined = DisjointSetsOfValues(values).allow_empty_set().with_default("none")
    return combined.with_non_feature_values("none")


def auto_or_any_combination_of(*values: str) -> DisjointSetsOfValues:
    """Any combination of the values, or ``auto``, which is the default."""
    combined = DisjointSetsOfValues(("auto",), values).prohibit_empty_set().with_default("auto")
    return combined.with_non_feature_values("auto")


class VariantDefinition:
    """One ``variant()``.

    Attributes:
        values: tuple of the listed values, or the function or type that checks a value, or None.
        allowed_values: the listed values, None where they are not listed.
        precedence: the larger of two applicable definitions wins.
        variant_type: ``bool``, ``single`` or ``multi``.
    """

    __slots__ = (
        "name",
        "default",
        "description",
        "values",
        "multi",
        "sticky",
        "precedence",
        "group_validator",
        "sets",
        "allowed",
        "origin_key",
    )

    def __init__(
        self,
        name: str,
        default: Any,
        description: str,
        values: Any,
        multi: bool,
        *,
        validator: GroupValidator | None = None,
        sticky: bool = False,
        precedence: int = 0,
        origin_key: Any = None,
    ) -> None:
        self.name = name
        self.default = default
        self.description = description.strip()
        self.sticky = sticky
        self.multi = multi
        self.precedence = precedence
        self.group_validator = validator
        self.origin_key = origin_key
        self.sets: tuple[frozenset[str], ...] | None = None
        self.values = values
        self.allowed: tuple[Any, ...] | None = None
        if isinstance(values, DisjointSetsOfValues):
            self.sets = tuple(frozenset(str(v) for v in group) for group in values.sets)
            self.group_validator = values.validate
            self.allowed = tuple(values)
        elif isinstance(values, (list, tuple)):
            self.values = self.allowed = flatten(values)
        elif isinstance(values, str):
            self.values = None if values == "*" else tuple(values)
            self.allowed = self.values
        elif isinstance(values, AbstractSequence) or (values is not None and not callable(values)):
            self.values = self.allowed = flatten(values)

    @property
    def variant_type(self) -> str:
        """``multi``, ``bool`` or ``single``."""
        if self.multi:
            return "multi"
        if self.allowed is not None and len(self.allowed) == 2:
            if self.allowed[0] is True and self.allowed[1] is False:
                return "bool"
        return "single"

    @property
    def allowed_values(self) -> str:
        """The values in words, for people."""
        if self.allowed is not None:
            return ", ".join(str(value) for value in self.allowed) or "none"
        if callable(self.values):
            return self.values.__doc__ or "values checked by the recipe"
        return "any value"

    def allows(self, value: Any) -> bool:
        """Whether one value may be chosen, conditions left aside."""
        if self.allowed is not None:
            return value in self.allowed
        if isinstance(self.values, type):
            try:
                self.values(value)
            except ValueError:
                return False
            return True
        return self.values is None or self.values(value) is not False

    def validate(self, package: str, values: Sequence[Any]) -> None:
        """Raise if a value is not allowed or the values do not go together."""
        for value in values:
            if not self.allows(value):
                raise VariantDefinitionError(
                    f"{package}: {value} is not a value of variant {self.name}",
                    hint=f"the values are: {self.allowed_values}",
                )
        if self.group_validator is not None:
            self.group_validator(package, self.name, tuple(values))


def default_value(default: Any, kind: str) -> bool | str | tuple[str, ...]:
    """A default as written, in the form of a concrete value of a variant of this kind."""
    if kind == "bool":
        return default in (True, 1, "True", "true")
    if isinstance(default, (list, tuple)):
        words = [str(word) for word in default]
    else:
        words = str(default).split(",") if kind == "multi" else [str(default)]
    if kind == "multi":
        return tuple(sorted(word.strip() for word in words))
    return ",".join(words)
