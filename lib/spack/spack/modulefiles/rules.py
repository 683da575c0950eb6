"""The rules of a set of module files, for one spec: what the configuration says of it.

Specs of the configuration are parsed once. Rules for ``all`` come first, the others in the order in
which they are written; each adds to those before it, one with ``::`` takes their place.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from spack.config.settings.module_settings import ModuleKindSettings
from spack.errors import Origin
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import Provided, satisfies
from spack.language.parser import parse_spec
from spack.language.specs import Spec
from spack.named_tuples import NamedTuple
from spack.system.processes.variables import is_system_path
from spack.type_names import Callable, Generic, TypeVar

T = TypeVar("T")

#: The word of the configuration that stands for every package.
EVERY = "all"


class RecipeFacts(NamedTuple):
    """The knowledge of recipes that matching needs.

    Attributes:
        known: whether a name is that of a virtual.
        provided: versions of a virtual that a node provides, None if it does not.
        compiles: whether a package of a name is a compiler.
    """

    known: Callable[[str], bool]
    provided: Provided
    compiles: Callable[[str], bool] = lambda name: False


class Matcher(Generic[T]):
    """Specs of a table with what belongs to each; finds those that a node satisfies, in order."""

    def __init__(
        self, rows: Iterable[tuple[str, T]], virtuals: RecipeFacts, origin: Origin | None = None
    ) -> None:
        self._virtuals = virtuals
        self._rows: list[tuple[Spec | None, T]] = []
        self._named: dict[str, list[int]] = {}
        self._others: list[int] = []
        for text, value in rows:
            spec = None if text == EVERY else parse_spec(text, origin)
            place = len(self._rows)
            self._rows.append((spec, value))
            name = spec.name if spec is not None else None
            if name is None or virtuals.known(name):
                self._others.append(place)
            else:
                self._named.setdefault(name, []).append(place)

    def of(self, node: ConcreteSpec) -> list[T]:
        """The values of all rows that a node satisfies."""
        places = self._others + self._named.get(node.name, [])
        return [self._rows[place][1] for place in sorted(places) if self._fits(node, place)]

    def first(self, node: ConcreteSpec) -> T | None:
        """The value of the first row that a node satisfies; ``all`` comes last."""
        general = None
        for place in sorted(self._others + self._named.get(node.name, [])):
            spec, value = self._rows[place]
            if spec is None:
                general = value
            elif self._fits(node, place):
                return value
        return general

    def any(self, node: ConcreteSpec) -> bool:
        """Whether a node satisfies one of the rows."""
        return bool(self._rows) and bool(self.of(node))

    def _fits(self, node: ConcreteSpec, place: int) -> bool:
        spec = self._rows[place][0]
        return spec is None or satisfies(node, spec, self._virtuals.provided)


class SpecRules(NamedTuple):
    """The sum of the rules for one spec.

    Attributes:
        environment: kind of change (``set``, ``prepend_path``, …), name of a variable, value;
            names and values as they are written.
        suffixes: what is appended to the name, as it is written.
    """

    template: str | None = None
    autoload: str = "direct"
    prerequisites: str = "none"
    conflict: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    exclude_env_vars: frozenset[str] = frozenset()
    environment: tuple[tuple[str, str, str], ...] = ()
    origin: Origin | None = None


class RuleBook:
    """The settings of one kind of module files, asked spec by spec."""

    def __init__(self, settings: ModuleKindSettings, virtuals: RecipeFacts) -> None:
        self.settings = settings
        self._virtuals = virtuals
        first = [rule for rule in settings.rules if rule.constraint == EVERY]
        others = [rule for rule in settings.rules if rule.constraint != EVERY]
        for rule in others:
            parse_spec(rule.constraint, rule.origin)  # An error says where the rule is written.
        self._rules = Matcher([(rule.constraint, rule) for rule in (*first, *others)], virtuals)
        self._include = self._specs(settings.include)
        self._exclude = self._specs(settings.exclude)
        self._defaults = self._specs(settings.defaults)
        self._core = self._specs(settings.core_specs)
        self._core_compilers = self._specs(settings.core_compilers)
        self._projections = Matcher(settings.projections.items(), virtuals, settings.origin)
        self._left_out = Matcher(settings.filter_hierarchy_specs.items(), virtuals, settings.origin)
        self._suffixes: dict[str, Matcher[str]] = {}

    def _specs(self, texts: Sequence[str]) -> Matcher[bool]:
        return Matcher([(text, True) for text in texts], self._virtuals, self.settings.origin)

    def is_excluded(self, node: ConcreteSpec, explicit: bool) -> bool:
        """Whether a node has no module file."""
        if self._include.any(node):
            return False
        return self._exclude.any(node) or (self.settings.exclude_implicits and not explicit)

    def is_hidden(self, node: ConcreteSpec, explicit: bool) -> bool:
        """Whether the file of a node is there, but not listed."""
        return self.settings.hide_implicits and not explicit

    def is_default(self, node: ConcreteSpec) -> bool:
        """Whether the file of a node is loaded where its name alone is asked for."""
        return self._defaults.any(node)

    def projection(self, node: ConcreteSpec) -> str | None:
        """The format of the name of a node's file, None for the usual one."""
        return self._projections.first(node)

    def is_core(self, node: ConcreteSpec) -> bool:
        """Whether a node is at the base of the hierarchy."""
        return self._core.any(node)

    def is_core_compiler(self, node: ConcreteSpec) -> bool:
        """Whether what a node compiles is at the base of the hierarchy.

        Those of the system are, where the settings name none.
        """
        if not self.settings.core_compilers:
            return _is_of_system(node)
        return self._core_compilers.any(node)

    def left_out_levels(self, node: ConcreteSpec) -> set[str]:
        """Levels of the hierarchy that do not count for a node."""
        return {level for levels in self._left_out.of(node) for level in levels}

    def of(self, node: ConcreteSpec) -> SpecRules:
        """All that the rules say of a node."""
        found = SpecRules()
        suffixes: dict[str, str] = {}
        environment: dict[tuple[str, str], str] = {}
        for rule in self._rules.of(node):
            if rule.replaces:
                found, suffixes, environment = SpecRules(), {}, {}
            found = found._replace(
                template=rule.template or found.template,
                autoload=rule.autoload or found.autoload,
                prerequisites=rule.prerequisites or found.prerequisites,
                conflict=_joined(found.conflict, rule.conflict),
                load=_joined(found.load, rule.load),
                exclude_env_vars=found.exclude_env_vars.union(rule.exclude_env_vars),
                origin=rule.origin,
            )
            suffixes.update(rule.suffixes)
            environment.update(_changes(rule.environment))
        return found._replace(
            suffixes=self._suffixes_of(node, suffixes),
            environment=tuple((kind, name, text) for (kind, name), text in environment.items()),
        )

    def _suffixes_of(self, node: ConcreteSpec, suffixes: Mapping[str, str]) -> tuple[str, ...]:
        fitting: dict[str, None] = {}
        for constraint, suffix in suffixes.items():
            matcher = self._suffixes.get(constraint)
            if matcher is None:
                matcher = Matcher([(constraint, "")], self._virtuals, self.settings.origin)
                self._suffixes[constraint] = matcher
            if matcher.any(node):
                fitting[suffix] = None
        return tuple(fitting)


def _is_of_system(compiler: ConcreteSpec) -> bool:
    """Whether the programs of a compiler are in directories that every search finds."""
    attributes = compiler.external.extra_attributes if compiler.external is not None else {}
    programs = (attributes.get("compilers") or {}).values()
    return any(is_system_path(os.path.dirname(str(program))) for program in programs)


def _joined(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _changes(environment: Mapping[str, object]) -> dict[tuple[str, str], str]:
    """Kind of change and variable -> value, empty for ``unset``."""
    found: dict[tuple[str, str], str] = {}
    for kind, changes in environment.items():
        if isinstance(changes, Mapping):
            found.update(((kind, str(name)), str(value)) for name, value in changes.items())
        elif isinstance(changes, (list, tuple)):
            found.update(((kind, str(name)), "") for name in changes)
    return found
