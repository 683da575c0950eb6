"""Expand the spec lists of a manifest: plain specs, matrices, references, definitions.

The grammar of an entry::

    entry     := spec text | reference | {matrix: [row...], exclude: [spec...], strict: bool} | null
    row       := [ (spec text | reference | nested matrix)... ]
    reference := "$" name | "$%" name | "$^" name

A reference is replaced by the elements of the list in place; ``$%`` and ``$^`` turn each element
into a direct dependency or a dependency. A definition sees only the definitions above it. A matrix
is the cross product of its rows, the first row varying slowest, without the combinations that
satisfy one of the ``exclude`` specs.

Each result remembers the parts it was made of, because whether a part makes sense for a package is
known only later, see :mod:`spack.environments.manifests.applicability`. Must not know recipes or
the host.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from spack.config.values.values import Value
from spack.errors import ConfigurationError, Origin, SpackError
from spack.language.matching import constrain, satisfies
from spack.language.parser import parse_spec
from spack.language.specs import Located, Spec
from spack.named_tuples import NamedTuple
from spack.type_names import Callable

#: The list that holds the roots.
ROOTS = "specs"

#: A reference to a list.
REFERENCE = re.compile(r"\$(?P<sigil>[%^]?)(?P<name>[A-Za-z_][\w.-]*|\{[\w.-]+\})\Z")


class UserSpec(NamedTuple):
    """One root as the user asked for it.

    Attributes:
        text: canonical text of the whole spec, the key under which the lock knows it.
        spec: all parts together.
        origin: the list entry.
        parts: what was combined; one element unless the entry is a matrix or holds references.
        entry: index of the entry in its list.
        strict: a part that does not apply to the package is an error instead of being dropped.
        written: texts of the combinations that became this root when parts were dropped.
        group: name of the group that the entry is in, empty outside of groups.
        title: the words for its solve in a project, empty elsewhere.
    """

    text: str
    spec: Spec
    origin: Origin
    parts: tuple[Located, ...]
    entry: int
    strict: bool = False
    written: tuple[str, ...] = ()
    group: str = ""
    title: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """The key of a root of an environment: group and text."""
        return self.group, self.text

    @property
    def label(self) -> str:
        """The text with the group, for messages."""
        if self.title:
            return f"{self.text} in {self.title}"
        return f"{self.text} in group {self.group}" if self.group else self.text

    @property
    def located(self) -> Located:
        """The spec with its place, for the solver."""
        return Located(self.spec, self.origin, self.text)

    @property
    def from_matrix(self) -> bool:
        """Whether several parts were combined, so that some may not apply."""
        return len(self.parts) > 1


class Combination(NamedTuple):
    """The meaning of one element of a list: the parts to be joined to a spec.

    ``strict``: it comes from a matrix that says so.
    """

    parts: tuple[Located, ...]
    strict: bool = False


Lists = Mapping[str, Sequence[Combination]]
Condition = Callable[[str, Origin], bool]


def expand_definitions(definitions: Value, condition: Condition) -> dict[str, list[Combination]]:
    """The named lists, in the order of the file.

    Args:
        definitions: list of mappings with one name each and an optional ``when``.
        condition: evaluates a ``when`` clause.

    Raises:
        ConfigurationError: with the place of the offending entry.
    """
    lists: dict[str, list[Combination]] = {}
    for item in definitions.data or ():
        name = _name_of(item)
        clause = item.data.get("when")
        if clause is not None and not condition(str(clause.data), clause.origin):
            # The name exists even so: a reference to it gives nothing.
            lists.setdefault(name, [])
            continue
        lists.setdefault(name, [])
        lists[name].extend(expand_list(item.data[name], lists))
    return lists


def _name_of(item: Value) -> str:
    if not isinstance(item.data, dict):
        raise ConfigurationError(
            "a definition is a mapping of a name to a list", origin=item.origin
        )
    names = [key for key in item.data if key != "when"]
    if len(names) != 1:
        raise ConfigurationError(
            "a definition has exactly one name besides 'when', this one has "
            + (", ".join(repr(name) for name in names) if names else "none"),
            origin=item.data[names[1]].origin if names else item.origin,
            hint="start a new list item with '-' for each name",
        )
    return str(names[0])


def expand_list(entries: Value, lists: Lists) -> list[Combination]:
    """The combinations that the entries of one list stand for, in order."""
    return [combination for entry in _items(entries) for combination in _entry(entry, lists)]


def user_specs(entries: Value, lists: Lists, group: str = "") -> list[UserSpec]:
    """The roots of a group, in order; equal ones once, at their first place.

    Raises:
        ConfigurationError, SpecSyntaxError, UnsatisfiableSpecError
    """
    found: dict[str, UserSpec] = {}
    for index, entry in enumerate(_items(entries)):
        for parts, strict in _entry(entry, lists):
            spec = combine(parts, entry.origin)
            if spec.name is None and spec.abstract_hash is None:
                raise ConfigurationError(
                    f"'{spec}' does not name a package",
                    origin=entry.origin,
                    hint="constraints alone belong in a matrix row or in packages:all:require",
                )
            text = parts[0].text if len(parts) == 1 else str(spec)
            root = UserSpec(text, spec, entry.origin, tuple(parts), index, strict, group=group)
            found.setdefault(text, root)
    return list(found.values())


def combine(parts: Sequence[Located], origin: Origin) -> Spec:
    """One spec with the constraints of all parts.

    Raises:
        ConfigurationError: the parts contradict each other.
    """
    spec = parts[0].spec
    for part in parts[1:]:
        try:
            spec = constrain(spec, part.spec)
        except SpackError as error:
            raise ConfigurationError(
                f"'{spec}' and '{part.text}' cannot be combined: {error.message}",
                origin=origin,
                hint="leave out the combination with 'exclude'",
            ) from error
    return spec


def _items(entries: Value) -> list[Value]:
    """The entries of a list, without empty ones."""
    if entries.data is None:
        return []
    if not isinstance(entries.data, list):
        raise ConfigurationError("this must be a list of specs", origin=entries.origin)
    return [entry for entry in entries.data if entry.data is not None]


def _entry(entry: Value, lists: Lists) -> list[Combination]:
    """The combinations of one entry."""
    return _matrix(entry, lists) if isinstance(entry.data, dict) else _text(entry, lists)


def _text(entry: Value, lists: Lists) -> list[Combination]:
    """A spec or a reference."""
    if not isinstance(entry.data, (str, int, float)) or isinstance(entry.data, bool):
        raise ConfigurationError(
            f"{entry.plain()!r} is not a spec",
            origin=entry.origin,
            hint="quote it if it is a string",
        )
    text = str(entry.data).strip()
    reference = REFERENCE.match(text)
    if reference is None:
        return [Combination((Located(parse_spec(text, entry.origin), entry.origin, text),))]
    name = reference.group("name").strip("{}")
    if name not in lists:
        raise ConfigurationError(
            f"no list '{name}' is defined above this reference",
            origin=entry.origin,
            hint="the lists are " + ", ".join(sorted(lists)) if lists else "add it to definitions",
        )
    sigil = reference.group("sigil")
    if not sigil:
        return list(lists[name])
    return [
        Combination((_as_dependency(sigil, element.parts, entry.origin),), element.strict)
        for element in lists[name]
    ]


def _as_dependency(sigil: str, parts: Sequence[Located], origin: Origin) -> Located:
    """An element of a list as a constraint on other packages."""
    text = parts[0].text if len(parts) == 1 else str(combine(parts, origin))
    return Located(parse_spec(sigil + text, origin), origin, sigil + text)


def _matrix(entry: Value, lists: Lists) -> list[Combination]:
    """The cross product of the rows, without what is excluded."""
    unknown = [key for key in entry.data if key not in ("matrix", "exclude", "excludes", "strict")]
    if len(entry.data) == 1 and unknown and entry.data[unknown[0]].data is None:
        raise ConfigurationError(
            f"'{unknown[0]}:' is read as a mapping, because it ends in a colon",
            origin=entry.origin,
            hint=f"put it in quotes: '{unknown[0]}:'",
        )
    if unknown or "matrix" not in entry.data:
        raise ConfigurationError(
            f"'{unknown[0]}' is not a key of a matrix"
            if unknown
            else "this mapping is not a matrix",
            origin=entry.data[unknown[0]].origin if unknown else entry.origin,
            hint="the keys are matrix, exclude and strict",
        )
    rows: list[list[Combination]] = []
    for row in _items(entry.data["matrix"]):
        rows.append([part for item in _items(row) for part in _entry(item, lists)])
    excluded: list[Spec] = []
    for key in ("exclude", "excludes"):
        if key in entry.data:
            for item in _items(entry.data[key]):
                for element in _text(item, lists):
                    excluded.append(combine(element.parts, item.origin))
    strict = entry.data.get("strict")
    is_strict = bool(strict is not None and strict.data)
    combinations = []
    for product in itertools.product(*rows):
        parts = tuple(part for element in product for part in element.parts)
        if not parts:
            continue
        if excluded:
            spec = combine(parts, entry.origin)
            if any(satisfies(spec, out) for out in excluded):
                continue
        combinations.append(
            Combination(parts, is_strict or any(element.strict for element in product))
        )
    return combinations
