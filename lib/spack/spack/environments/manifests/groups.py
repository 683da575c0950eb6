"""Groups of roots: entries of ``specs`` that are solved by themselves, some after others.

The grammar of a group, beside that of :mod:`spack.environments.manifests.spec_lists`::

    group := {group: name, specs: [entry...], needs: [name...], override: {section: ...},
              explicit: bool}

In the place of ``specs`` a group may have ``matrix``, with ``exclude`` and ``strict``. Entries
outside of groups are one group more, which ``needs`` calls ``default``. Knows no solver.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.config.scopes.reading import parse_manifest
from spack.config.scopes.validation import check_section_name
from spack.config.values.merging import split_key
from spack.config.values.values import Value
from spack.errors import ConfigurationError, Origin
from spack.named_tuples import NamedTuple

#: The name in ``needs`` of the entries outside of groups; the name of that group itself is empty.
DEFAULT_GROUP = "default"

#: Sections that say nothing of a solve, or that bring further scopes.
_OF_ALL = ("definitions", "include", "view")

_MATRIX = ("matrix", "exclude", "excludes", "strict")
_KEYS = ("group", "specs", "needs", "override", "explicit", *_MATRIX)


class SpecGroup(NamedTuple):
    """Roots that are solved by themselves.

    Attributes:
        name: empty for the entries outside of groups.
        entries: the list of roots, as written.
        needs: names of the groups that are solved before and whose specs are reused.
        override: configuration sections of its solve by raw key.
        explicit: its roots count as asked for; else they are collected when nothing needs them.
    """

    name: str
    entries: Value
    origin: Origin
    needs: tuple[str, ...] = ()
    override: dict[str, Value] = {}
    explicit: bool = True

    @property
    def label(self) -> str:
        """The name that users see."""
        return self.name or DEFAULT_GROUP


def is_group(entry: Value) -> bool:
    """Whether an entry of ``specs`` is a group."""
    return isinstance(entry.data, dict) and "group" in entry.data


def read_groups(specs: Value) -> list[SpecGroup]:
    """The groups of the list ``specs``, in an order in which they can be solved.

    That is the order of the file as far as what groups need permits it.

    Raises:
        ConfigurationError: a group that is malformed, unknown or needs itself.
        ConfigurationError: an override that is not configuration.
    """
    entries = list(specs.data or ())
    plain = [entry for entry in entries if not is_group(entry)]
    default = SpecGroup("", specs.with_data(plain), specs.origin)
    groups: dict[str, SpecGroup] = {}
    for entry in entries:
        group = _group(entry) if is_group(entry) else default
        if groups.setdefault(group.name, group) is not group:
            raise ConfigurationError(
                f"there are two groups '{group.label}'",
                origin=entry.origin,
                hint=f"the other one is at {groups[group.name].origin}",
            )
    if not groups:
        groups[""] = default
    return _in_order(groups)


def _group(entry: Value) -> SpecGroup:
    data: dict[str, Value] = entry.data
    for key, value in data.items():
        if key not in _KEYS:
            raise ConfigurationError(
                f"'{key}' is not a key of a group",
                origin=value.origin,
                hint="the keys are group, specs, matrix, needs, override and explicit",
            )
    name = data["group"]
    if not isinstance(name.data, str) or not name.data or name.data == DEFAULT_GROUP:
        raise ConfigurationError(
            f"a group cannot have the name {name.plain()!r}",
            origin=name.origin,
            hint=f"'{DEFAULT_GROUP}' is what the specs outside of groups are called"
            if name.data == DEFAULT_GROUP
            else "give a string",
        )
    matrix = {key: data[key] for key in _MATRIX if key in data}
    if ("specs" in data) == bool(matrix):
        raise ConfigurationError(
            f"the group '{name.data}' needs either 'specs' or 'matrix'", origin=entry.origin
        )
    entries = entry.with_data([entry.with_data(matrix)]) if matrix else data["specs"]
    for inner in entries.data if isinstance(entries.data, list) else ():
        if is_group(inner):
            raise ConfigurationError("groups cannot be nested", origin=inner.origin)
    explicit = data.get("explicit")
    if explicit is not None and not isinstance(explicit.data, bool):
        raise ConfigurationError("'explicit' must be true or false", origin=explicit.origin)
    needs = [_needed(item) for item in _items(data.get("needs"), "needs")]
    return SpecGroup(
        name.data,
        entries,
        entry.origin,
        tuple(dict.fromkeys(needs)),
        _override(data.get("override")),
        explicit is None or bool(explicit.data),
    )


def _items(value: Value | None, key: str) -> Sequence[Value]:
    if value is None or value.data is None:
        return ()
    if isinstance(value.data, str):
        return [value]
    if not isinstance(value.data, list):
        raise ConfigurationError(f"'{key}' must be a list of groups", origin=value.origin)
    return value.data


def _needed(item: Value) -> str:
    if not isinstance(item.data, str):
        raise ConfigurationError(f"{item.plain()!r} is not the name of a group", origin=item.origin)
    return "" if item.data == DEFAULT_GROUP else item.data


def _override(value: Value | None) -> dict[str, Value]:
    if value is None or value.data is None:
        return {}
    if not isinstance(value.data, dict):
        raise ConfigurationError("'override' must be a mapping of sections", origin=value.origin)
    for raw in value.data:
        name = split_key(raw)[0]
        check_section_name(name, value.key_origin(raw))
        if name in _OF_ALL:
            raise ConfigurationError(
                f"a group cannot override '{name}'",
                origin=value.key_origin(raw),
                hint="write it below 'spack:', where it holds for all groups",
            )
    return parse_manifest(value).sections


def _in_order(groups: dict[str, SpecGroup]) -> list[SpecGroup]:
    done: dict[str, SpecGroup] = {}
    above: list[str] = []

    def visit(group: SpecGroup) -> None:
        if group.name in above:
            circle = [*above[above.index(group.name) :], group.name]
            raise ConfigurationError(
                "groups need each other: " + " -> ".join(groups[n].label for n in circle),
                origin=group.origin,
                hint="remove one of the 'needs'",
            )
        if group.name in done:
            return
        above.append(group.name)
        for name in group.needs:
            if name not in groups:
                known = ", ".join(g.label for g in groups.values() if g is not group)
                raise ConfigurationError(
                    f"the group '{group.label}' needs '{name or DEFAULT_GROUP}', which does not"
                    " exist",
                    origin=group.origin,
                    hint=f"the other groups are {known}" if known else "there is no other group",
                )
            visit(groups[name])
        above.pop()
        done[group.name] = group

    for group in groups.values():
        visit(group)
    return list(done.values())
