"""Features and environments of a manifest: several environments from one file.

The grammar, below ``spack:`` beside the keys of a manifest without these::

    features: {NAME: {specs, SECTION..., when, platforms, system_requirements}}
    environments: {NAME: [feature...] | {features, environments, default_features, solve_group}}

The keys of the top level are the feature ``default``. Reading checks names and forms and evaluates
nothing: which features apply on a machine is said by :meth:`Project.stack`. Knows no solver and no
lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from spack.config.scopes.reading import parse_manifest
from spack.config.scopes.validation import PROJECT_KEYS, PROJECT_SPELLINGS
from spack.config.values.merging import split_key
from spack.config.values.values import Value
from spack.environments.manifests.spec_lists import ROOTS, Condition
from spack.errors import ConfigurationError, Origin, UsageError, did_you_mean, meant_instead
from spack.named_tuples import NamedTuple

#: The feature of the top level, and the environment that is used when none is named.
DEFAULT = "default"

#: Configuration sections that a feature may have.
SECTIONS = tuple(
    "packages concretizer mirrors repos toolchains config view definitions env_vars".split()
)

_FEATURE_KEYS = (ROOTS, *SECTIONS, "when", "platforms", "system_requirements")
_ENVIRONMENT_KEYS = ("features", "environments", "default_features", "solve_group")
_ENVIRONMENT_SPELLINGS = {
    "default-features": "default_features",
    "no-default-feature": "no_default_feature",
    "solve-group": "solve_group",
}
_REQUIREMENTS = ("libc", "os", "target")
_NAME = re.compile(r"\w[\w.+-]*\Z")

#: What a manifest with features or environments has in its text, whatever its style.
_WORDS = tuple(word.encode() for word in (*PROJECT_KEYS, *PROJECT_SPELLINGS))

Sections = Mapping[str, Value]


class SystemRequirement(NamedTuple):
    """A property that the machine must have: ``libc`` (at least), ``os`` or ``target``."""

    kind: str
    wanted: str
    origin: Origin


class Feature(NamedTuple):
    """A named part of environments.

    Attributes:
        specs: the list of roots, as written.
        sections: configuration by raw key.
        when: a condition on machine and variables, None for none.
        platforms: where environments with it can be, anywhere when empty.
        requirements: on the machine.
    """

    name: str
    origin: Origin
    specs: Value
    sections: Sections = {}
    when: Value | None = None
    platforms: tuple[str, ...] = ()
    requirements: tuple[SystemRequirement, ...] = ()

    @property
    def path(self) -> str:
        """The keys below ``spack:`` that its own stand below, with a colon behind each."""
        return "" if self.name == DEFAULT else f"features:{self.name}:"


class ProjectEnvironment(NamedTuple):
    """An environment of a project.

    Attributes:
        features: names, the first one wins; ``default`` among them unless it is left out, that is,
            its specs are, while its configuration holds.
        bases: environments that are solved before, and whose specs are facts for this one.
        solve_group: environments with the same one are solved at once; empty for none.
    """

    name: str
    origin: Origin
    features: tuple[str, ...]
    bases: tuple[str, ...] = ()
    solve_group: str = ""


class Notice(NamedTuple):
    """Something in the manifest that works, but should be written differently."""

    origin: Origin
    text: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.text}"


class Project(NamedTuple):
    """The features and environments of a manifest, in the order of the file."""

    features: dict[str, Feature]
    environments: dict[str, ProjectEnvironment]
    notices: tuple[Notice, ...] = ()

    def environment(self, name: str) -> ProjectEnvironment:
        """An environment by name. Raises UsageError with the names that there are."""
        if name not in self.environments:
            raise UsageError(
                f"the project has no environment '{name}'",
                hint=meant_instead(name, self.environments)
                or "its environments are " + ", ".join(self.environments),
            )
        return self.environments[name]

    def stack(self, names: Iterable[str], condition: Condition) -> list[Feature]:
        """The features of environments that are solved at once, those that win first.

        ``default`` is the last one unless it is written among the others. Features whose ``when``
        does not hold are left out.
        """
        found: dict[str, None] = {}
        last = False
        for name in names:
            for feature in self.environments[name].features:
                if feature == DEFAULT and self.environments[name].features[-1] == DEFAULT:
                    last = True
                else:
                    found.setdefault(feature)
        if last:
            found.setdefault(DEFAULT)
        features = [self.features[name] for name in found]
        return [f for f in features if f.when is None or condition(str(f.when.data), f.when.origin)]

    def solve_units(self) -> list[tuple[str, ...]]:
        """Names of environments that are solved at once, each tuple after its bases.

        Raises:
            ConfigurationError: environments are their own bases.
        """
        units: dict[str, tuple[str, ...]] = {}
        for environment in self.environments.values():
            group = environment.solve_group
            units[environment.name] = tuple(
                other.name
                for other in self.environments.values()
                if other is environment or (group and other.solve_group == group)
            )
        done: dict[tuple[str, ...], None] = {}
        above: list[tuple[str, ...]] = []

        def visit(unit: tuple[str, ...], origin: Origin) -> None:
            if unit in above:
                circle = [*above[above.index(unit) :], unit]
                raise ConfigurationError(
                    "environments are built on each other: "
                    + " -> ".join("+".join(names) for names in circle),
                    origin=origin,
                    hint="remove one of their 'environments' or 'solve_group'",
                )
            if unit in done:
                return
            above.append(unit)
            for name in unit:
                for base in self.environments[name].bases:
                    visit(units[base], self.environments[name].origin)
            above.pop()
            done[unit] = None

        for name, unit in units.items():
            visit(unit, self.environments[name].origin)
        return list(done)


def may_be_project(text: bytes) -> bool:
    """Whether the text of a manifest holds a word that makes it a project; quick, and no proof."""
    return any(word in text for word in _WORDS)


def is_project(body: Value) -> bool:
    """Whether the mapping below ``spack:`` has a key of projects."""
    return any(PROJECT_SPELLINGS.get(key, key) in PROJECT_KEYS for key in body.data)


def feature_sections(body: Value) -> dict[str, dict[str, Value]]:
    """The configuration sections of each feature by raw key, checked against their schemas.

    Raises:
        ConfigurationError: a key that a feature does not have, or a wrong value in a section.
    """
    found: dict[str, dict[str, Value]] = {}
    for name, value in _mapping(body.child("features"), "features").items():
        own = _mapping(value, f"the feature '{name}'")
        _check_keys(value, _FEATURE_KEYS, PROJECT_SPELLINGS, f"the feature '{name}'")
        sections = {raw: child for raw, child in own.items() if split_key(raw)[0] in SECTIONS}
        found[name] = parse_manifest(value.with_data(sections)).sections
    return found


def read_project(
    body: Value, sections: Mapping[str, Sections], top_sections: Sections
) -> Project | None:
    """The project in the mapping below ``spack:``; None for a manifest without its keys.

    Args:
        sections: of each feature, see :func:`feature_sections`.
        top_sections: those of the top level, by raw key.

    Raises:
        ConfigurationError: names, forms or references that are wrong, each with its place.
    """
    if not is_project(body):
        return None
    features = {}
    for name, value in _mapping(body.child("features"), "features").items():
        if name == DEFAULT:
            raise ConfigurationError(
                f"a feature cannot have the name '{DEFAULT}'",
                origin=body.data["features"].key_origin(name),
                hint="it is what the keys of the top level are called: move these keys there",
            )
        _check_name(name, "a feature", body.data["features"].key_origin(name))
        features[name] = _feature(name, value, sections.get(name, {}))
    features[DEFAULT] = _feature(DEFAULT, body, top_sections)
    notices: list[Notice] = []
    environments: dict[str, ProjectEnvironment] = {}
    written = body.child("environments")
    for name, value in _mapping(written, "environments").items():
        assert written is not None
        _check_name(name, "an environment", written.key_origin(name))
        environments[name] = _environment(name, value, written.key_origin(name), features, notices)
    if not environments:
        environments[DEFAULT] = ProjectEnvironment(DEFAULT, body.origin, (DEFAULT,))
    for environment in environments.values():
        _check_bases(environment, environments, written)
    project = Project(features, environments, tuple(notices))
    project.solve_units()
    return project


def _feature(name: str, value: Value, sections: Sections) -> Feature:
    what = f"the feature '{name}'"
    data = {PROJECT_SPELLINGS.get(key, key): child for key, child in (value.data or {}).items()}
    specs = data.get(ROOTS)
    if specs is None or specs.data is None:
        specs = value.with_data([])
    if not isinstance(specs.data, list):
        raise ConfigurationError(
            f"'{ROOTS}' of {what} must be a list, not {specs.plain()!r}",
            origin=specs.origin,
            hint="start each entry on its own line with '- '",
        )
    when = None if name == DEFAULT else data.get("when")
    if when is not None and not isinstance(when.data, str):
        raise ConfigurationError(f"'when' of {what} must be a string", origin=when.origin)
    return Feature(
        name,
        value.origin,
        specs,
        sections,
        when,
        tuple(_words(data.get("platforms"), f"'platforms' of {what}")),
        tuple(_requirements(data.get("system_requirements"), what)),
    )


def _requirements(value: Value | None, what: str) -> Iterable[SystemRequirement]:
    where = f"'system_requirements' of {what}"
    _check_keys(value, _REQUIREMENTS, {}, where)
    for kind, wanted in _mapping(value, where).items():
        if kind == "libc" and isinstance(wanted.data, dict):
            _check_keys(wanted, ("family", "version"), {}, f"'libc' of {what}")
            wanted = wanted.data.get("version") or wanted
        if isinstance(wanted.data, (dict, list)) or wanted.data in (None, True, False):
            raise ConfigurationError(
                f"'{kind}' of {where} must be a string, not {wanted.plain()!r}",
                origin=wanted.origin,
            )
        yield SystemRequirement(kind, str(wanted.data), wanted.origin)


def _environment(
    name: str,
    value: Value,
    origin: Origin,
    features: Mapping[str, Feature],
    notices: list[Notice],
) -> ProjectEnvironment:
    what = f"the environment '{name}'"
    if isinstance(value.data, list) or value.data is None:
        value = value.with_data({"features": value} if value.data else {})
    spellings = _ENVIRONMENT_SPELLINGS
    _check_keys(value, (*_ENVIRONMENT_KEYS, "no_default_feature"), spellings, what)
    data = {spellings.get(key, key): child for key, child in _mapping(value, what).items()}
    listed = []
    for item in _texts(data.get("features"), f"'features' of {what}"):
        _check_known(item, features, "feature")
        listed.append(str(item.data))
    default = _truth(data.get("default_features"), True, notices)
    if _truth(data.get("no_default_feature"), False, notices):
        default = False
    if default and DEFAULT not in listed:
        listed.append(DEFAULT)
    group = data.get("solve_group")
    if group is not None and not isinstance(group.data, str):
        raise ConfigurationError(f"'solve_group' of {what} must be a string", origin=group.origin)
    bases = tuple(_words(data.get("environments"), f"'environments' of {what}"))
    return ProjectEnvironment(
        name,
        origin,
        tuple(dict.fromkeys(listed)),
        tuple(dict.fromkeys(bases)),
        str(group.data) if group is not None else "",
    )


def _check_bases(
    environment: ProjectEnvironment,
    environments: Mapping[str, ProjectEnvironment],
    written: Value | None,
) -> None:
    if not environment.bases:
        return
    assert written is not None
    for item in written.data[environment.name].data["environments"].data:
        _check_known(item, environments, "environment")
        if item.data == environment.name:
            raise ConfigurationError(
                f"the environment '{environment.name}' cannot be its own base", origin=item.origin
            )


def _check_known(item: Value, known: Iterable[str], kind: str) -> None:
    if item.data not in known:
        raise ConfigurationError(
            f"there is no {kind} '{item.data}'{did_you_mean(str(item.data), known)}",
            origin=item.origin,
            hint=f"the {kind}s are " + ", ".join(known),
        )


def _truth(value: Value | None, default: bool, notices: list[Notice]) -> bool:
    if value is None:
        return default
    if isinstance(value.data, bool):
        return value.data
    text = str(value.data).lower()
    if text not in ("true", "false"):
        raise ConfigurationError(
            f"this must be true or false, not {value.plain()!r}", origin=value.origin
        )
    notices.append(Notice(value.origin, f"write {text} without quotes"))
    return text == "true"


def _check_name(name: str, kind: str, origin: Origin) -> None:
    if not _NAME.match(name):
        raise ConfigurationError(
            f"'{name}' cannot name an {kind}"
            if kind[0] == "e"
            else f"'{name}' cannot be the name of {kind}",
            origin=origin,
            hint="use letters, digits, '_', '-', '+' and '.', beginning with a letter or digit",
        )


def _check_keys(
    value: Value | None, keys: Sequence[str], spellings: Mapping[str, str], what: str
) -> None:
    for raw in _mapping(value, what):
        key = split_key(raw)[0]
        if spellings.get(key, key) not in keys:
            assert value is not None
            question = did_you_mean(key, [*keys, *spellings])
            raise ConfigurationError(
                f"{what} has no key '{key}'{question}",
                origin=value.key_origin(raw),
                hint=None if question else "the keys are " + ", ".join(keys),
            )


def _mapping(value: Value | None, what: str) -> dict[str, Value]:
    if value is None or value.data is None:
        return {}
    if not isinstance(value.data, dict):
        raise ConfigurationError(f"{what} must be a mapping, not a value", origin=value.origin)
    found: dict[str, Value] = value.data
    return found


def _texts(value: Value | None, what: str) -> list[Value]:
    if value is None or value.data is None:
        return []
    items = value.data if isinstance(value.data, list) else None
    if items is None or any(not isinstance(item.data, str) for item in items):
        raise ConfigurationError(f"{what} must be a list of names", origin=value.origin)
    return list(items)


def _words(value: Value | None, what: str) -> list[str]:
    return [str(item.data) for item in _texts(value, what)]
