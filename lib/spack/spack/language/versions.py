"""Versions, ranges of versions and sets of them.

A :class:`Version` is one point of a total order. A :class:`VersionRange` is what ``@1.2:1.4``
means, a half-open interval whose upper bound takes in everything that begins with it. A
:class:`VersionSet` is a union of both in canonical form, so that equal sets are equal values. What
points are compared by is the business of :mod:`spack.language.version_keys`.

Knows no recipe and no repository. Long because the three are one algebra: each answers questions
about the others, and texts stand for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from spack.language.version_keys import (
    COMPONENT,
    FINAL,
    HIGHEST,
    LOWEST,
    Key,
    VersionError,
    VersionWord,
    key_of,
    next_key,
    split,
)
from spack.type_names import Any, Callable, ClassVar, Union, overload

_SEPARATOR = re.compile(r"[_.-]")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LEGAL_REF = re.compile(r"[A-Za-z0-9_./-]+")


class EmptyRangeError(VersionError):
    """The lower bound of a range is above its upper bound."""


class _Ordered:
    """The common part of versions, ranges and sets, answered by the sets that they are."""

    __slots__ = ()

    def as_set(self) -> VersionSet:
        """The set of the same versions."""
        raise NotImplementedError

    def satisfies(self, other: AnyVersions) -> bool:
        """Whether all versions lie in ``other``."""
        return self.as_set().subset_of(_as_set(other))

    def __contains__(self, other: AnyVersions) -> bool:
        return _as_set(other).subset_of(self.as_set())

    def __lt__(self, other: Any) -> bool:
        return _in_order(self, other, tuple.__lt__)

    def __le__(self, other: Any) -> bool:
        return _in_order(self, other, tuple.__le__)

    def __gt__(self, other: Any) -> bool:
        return _in_order(self, other, tuple.__gt__)

    def __ge__(self, other: Any) -> bool:
        return _in_order(self, other, tuple.__ge__)


class _Member(_Ordered):
    """A member of a set: a version or a range."""

    __slots__ = ()

    def intersects(self, other: AnyVersions) -> bool:
        return self.as_set().intersects(_as_set(other))

    def intersection(self, other: AnyVersions) -> VersionSet:
        return self.as_set().intersection(_as_set(other))

    def union(self, other: AnyVersions) -> VersionSet:
        return self.as_set().union(_as_set(other))


class Version(_Member):
    """One version. Immutable, ordered, hashable; equal when the components are equal.

    Raises :class:`VersionError` for characters outside letters, digits, ``_``, ``.`` and ``-``.
    Indexing gives an ``int`` or a :class:`VersionWord`, a slice gives a version.
    """

    __slots__ = ("_key", "string")

    string: str
    _key: Key

    def __init__(self, text: str | int | float) -> None:
        string = text if isinstance(text, str) else str(text)
        self._key = key_of(string)
        self.string = string

    # -- parts ---------------------------------------------------------------------------------

    def _matches(self) -> list[re.Match[str]]:
        """The release components with their places in the text."""
        count = split(self.string)[2]
        return list(COMPONENT.finditer(self.string))[:count]

    def components(self) -> tuple[int | str, ...]:
        """Numbers and words of the release, without separators and without a pre-release part."""
        return tuple(
            int(match.group()) if match.group(1) else VersionWord(match.group())
            for match in self._matches()
        )

    def __iter__(self) -> Iterator[int | str]:
        return iter(self.components())

    def __len__(self) -> int:
        return len(self._key[0])

    def __bool__(self) -> bool:
        return True

    @overload
    def __getitem__(self, index: int) -> int | str: ...

    @overload
    def __getitem__(self, index: slice) -> Version: ...

    def __getitem__(self, index: int | slice) -> int | str | Version:
        if not isinstance(index, slice):
            return self.components()[index]
        matches = self._matches()
        chosen = range(len(matches))[index]
        text = ""
        for place, number in enumerate(chosen):
            start = matches[number].start()
            last = place == len(chosen) - 1
            if last or number + 1 == len(matches):
                stop = matches[number].end()
            else:
                stop = matches[number + 1].start()
            text += self.string[start:stop]
        return Version(text)

    def up_to(self, count: int) -> Version:
        """The first ``count`` components; a negative count drops components from the end."""
        return self[:count]

    @property
    def up_to_1(self) -> Version:
        return self[:1]

    @property
    def up_to_2(self) -> Version:
        return self[:2]

    @property
    def up_to_3(self) -> Version:
        return self[:3]

    # -- other spellings -----------------------------------------------------------------------

    @property
    def version(self) -> tuple[tuple[int | str, ...], tuple[Any, ...]]:
        """The components of the release, and what tells its pre-releases from it."""
        return self.components(), self._key[1]

    @property
    def dotted(self) -> Version:
        """``1-2_3`` as ``1.2.3``."""
        return Version(_SEPARATOR.sub(".", self.string))

    @property
    def dashed(self) -> Version:
        """``1.2.3`` as ``1-2-3``."""
        return Version(_SEPARATOR.sub("-", self.string))

    @property
    def underscored(self) -> Version:
        """``1.2.3`` as ``1_2_3``."""
        return Version(_SEPARATOR.sub("_", self.string))

    @property
    def joined(self) -> Version:
        """``1.2.3`` as ``123``."""
        return Version(_SEPARATOR.sub("", self.string))

    @property
    def dotted_numeric_string(self) -> str:
        """All components joined by dots, words as 0: ``1.2b`` as ``1.2.0``."""
        return ".".join(
            str(int(number)) if number else "0" for number, _ in COMPONENT.findall(self.string)
        )

    def isdevelop(self) -> bool:
        """Whether a component is an infinity name."""
        return any(rank == 2 for rank, _ in self._key[0])

    def is_prerelease(self) -> bool:
        """Whether the version ends in ``alpha``, ``beta`` or ``rc`` with an optional number."""
        return bool(self._key[1] < FINAL)

    @property
    def concrete(self) -> Version:
        return self

    def as_set(self) -> VersionSet:
        return VersionSet((self,))

    # -- value ---------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Version):
            return self._key == other._key
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    def __lt__(self, other: Any) -> bool:
        if isinstance(other, Version):
            return self._key < other._key
        return _in_order(self, other, tuple.__lt__)

    def __le__(self, other: Any) -> bool:
        if isinstance(other, Version):
            return self._key <= other._key
        return _in_order(self, other, tuple.__le__)

    def __gt__(self, other: Any) -> bool:
        if isinstance(other, Version):
            return self._key > other._key
        return _in_order(self, other, tuple.__gt__)

    def __ge__(self, other: Any) -> bool:
        if isinstance(other, Version):
            return self._key >= other._key
        return _in_order(self, other, tuple.__ge__)

    def __str__(self) -> str:
        return self.string

    def __format__(self, spec: str) -> str:
        return format(self.string, spec)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.string!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.string,))


class GitVersion(Version):
    """A git reference, with the version it counts as when that is known.

    Texts: ``git.REF``, ``git.REF=1.2``, 40 hexadecimal digits with or without ``=1.2``, and
    ``REF=1.2``. Without an assigned version it compares as ``0`` until :func:`resolve_git_version`
    has looked at the history. Never equal to a plain version.
    """

    __slots__ = ("ref", "ref_version")

    ref: str
    ref_version: Version | None

    def __init__(self, text: str) -> None:
        name, equals, assigned = text.partition("=")
        ref = name[4:] if name.startswith("git.") else name
        if not _LEGAL_REF.fullmatch(ref) or (equals and not assigned):
            raise VersionError(
                f"{text!r} is not a git version",
                hint="write git.REFERENCE or git.REFERENCE=VERSION",
            )
        self.string = text
        self.ref = ref
        self.ref_version = Version(assigned) if equals else None
        counted = self._effective()._key
        self._key = (*counted, ref, self.ref_version is not None)

    @property
    def is_commit(self) -> bool:
        """Whether the reference is a full commit hash."""
        return _COMMIT.fullmatch(self.ref) is not None

    def assigned(self, version: Version) -> GitVersion:
        """The same reference, counted as ``version``."""
        return GitVersion(f"{self.string.partition('=')[0]}={version}")

    def _effective(self) -> Version:
        return self.ref_version if self.ref_version is not None else Version("0")

    def _matches(self) -> list[re.Match[str]]:
        return self._effective()._matches()

    @overload
    def __getitem__(self, index: int) -> int | str: ...

    @overload
    def __getitem__(self, index: slice) -> Version: ...

    def __getitem__(self, index: int | slice) -> int | str | Version:
        return self._effective()[index]

    @property
    def dotted_numeric_string(self) -> str:
        return self._effective().dotted_numeric_string


class VersionRange(_Member):
    """Everything from ``low`` to ``high``, including what begins with ``high``; None is unbounded.

    Raises :class:`EmptyRangeError` when nothing lies between the bounds.
    """

    __slots__ = ("_high", "_low", "high", "low")

    def __init__(
        self,
        low: Version | str | None = None,
        high: Version | str | None = None,
    ) -> None:
        self.low = parse_version(low) if isinstance(low, str) else low
        self.high = parse_version(high) if isinstance(high, str) else high
        for bound in (self.low, self.high):
            if isinstance(bound, GitVersion):
                raise VersionError(
                    f"the git version {bound} cannot be a bound of a range",
                    hint="use the version it stands for",
                )
        self._low: Key = LOWEST if self.low is None else self.low._key
        self._high: Key = HIGHEST if self.high is None else next_key(self.high._key)
        if self._low >= self._high:
            raise EmptyRangeError(
                f"the version range {self} is empty", hint="write the smaller version first"
            )

    @property
    def concrete(self) -> Version | None:
        return None

    def as_set(self) -> VersionSet:
        return VersionSet((self,))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, VersionRange):
            return self._low == other._low and self._high == other._high
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self._low, self._high))

    def __str__(self) -> str:
        low, high = self.low, self.high
        if low is not None and high is not None and low == high:
            return low.string
        return f"{'' if low is None else low}:{'' if high is None else high}"

    def __repr__(self) -> str:
        return f"VersionRange({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.low, self.high))


_Piece = Union[Version, VersionRange]


class VersionSet(_Ordered):
    """A union of versions and ranges: sorted, disjoint, with adjacent ranges joined.

    Raises nothing; build one from text with :func:`parse_version_set`.
    """

    __slots__ = ("pieces",)

    #: Every version.
    ANY: ClassVar[VersionSet]
    #: No version at all.
    NONE: ClassVar[VersionSet]

    pieces: tuple[_Piece, ...]

    def __init__(self, pieces: Iterable[_Piece] = ()) -> None:
        chosen = tuple(pieces)
        self.pieces = chosen if len(chosen) < 2 else _canonical(chosen)

    # -- questions -----------------------------------------------------------------------------

    @property
    def is_any(self) -> bool:
        """Whether nothing is excluded."""
        return self is VersionSet.ANY or self.pieces == VersionSet.ANY.pieces

    @property
    def concrete(self) -> Version | None:
        """The version, if the set is one exact version (``@=1.2`` or a git reference)."""
        if len(self.pieces) == 1 and isinstance(self.pieces[0], Version):
            return self.pieces[0]
        return None

    @property
    def concrete_range_as_version(self) -> Version | None:
        """The version of ``@=1.2`` and also of ``@1.2``."""
        if len(self.pieces) != 1:
            return None
        piece = self.pieces[0]
        if isinstance(piece, Version):
            return piece
        return piece.low if piece.low is not None and piece.low == piece.high else None

    def contains(self, version: Version) -> bool:
        """Whether ``version`` is in the set. A reference without version matches its own name."""
        key = version._key
        for piece in self.pieces:
            if isinstance(piece, VersionRange):
                if piece._low <= key < piece._high:
                    return True
            elif piece._key == key or _same_reference(version, piece):
                return True
        return False

    def subset_of(self, other: VersionSet) -> bool:
        """Whether every version of this set is in ``other``."""
        if other is VersionSet.ANY:
            return True
        for piece in self.pieces:
            if isinstance(piece, Version):
                if not other.contains(piece):
                    return False
            elif not any(
                isinstance(wide, VersionRange)
                and wide._low <= piece._low
                and piece._high <= wide._high
                for wide in other.pieces
            ):
                return False
        return True

    def intersects(self, other: VersionSet) -> bool:
        """Whether some version is in both sets."""
        if self is VersionSet.ANY or other is VersionSet.ANY:
            return bool(self.pieces) and bool(other.pieces)
        return any(_overlap(a, b) for a in self.pieces for b in other.pieces)

    def intersection(self, other: VersionSet) -> VersionSet:
        if other is VersionSet.ANY or self is other:
            return self
        if self is VersionSet.ANY:
            return other
        pieces = []
        for a in self.pieces:
            for b in other.pieces:
                common = _common(a, b)
                if common is not None:
                    pieces.append(common)
        return VersionSet(pieces)

    def union(self, other: VersionSet) -> VersionSet:
        if self is VersionSet.ANY or other is VersionSet.ANY:
            return VersionSet.ANY
        return VersionSet(self.pieces + other.pieces)

    def as_set(self) -> VersionSet:
        return self

    # -- bounds --------------------------------------------------------------------------------

    def highest(self) -> Version | None:
        """The largest bound, None when unbounded or empty."""
        if not self.pieces:
            return None
        last = self.pieces[-1]
        return last if isinstance(last, Version) else last.high

    def highest_numeric(self) -> Version | None:
        """The largest exact version without an infinity name."""
        for piece in reversed(self.pieces):
            if isinstance(piece, Version) and not piece.isdevelop():
                return piece
        return None

    def preferred(self) -> Version | None:
        """The highest numeric version, else the highest bound."""
        return self.highest_numeric() or self.highest()

    # -- value ---------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[_Piece]:
        return iter(self.pieces)

    def __len__(self) -> int:
        return len(self.pieces)

    def __bool__(self) -> bool:
        return bool(self.pieces)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, VersionSet):
            return self is other or self.pieces == other.pieces
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __str__(self) -> str:
        """The text after ``@``: exact versions carry ``=``, git references do not."""
        return ",".join(_piece_text(piece) for piece in self.pieces)

    def __repr__(self) -> str:
        return f"VersionSet({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self is VersionSet.ANY:
            return (parse_version_set, (":",))
        return (VersionSet, (self.pieces,))


AnyVersions = Union[Version, VersionRange, VersionSet]


def _as_set(versions: object) -> VersionSet:
    if isinstance(versions, _Ordered):
        return versions.as_set()
    if isinstance(versions, (str, int, float)):
        return ver(versions).as_set()
    raise TypeError(f"{versions!r} is not a version, a range or a list of versions")


def _piece_text(piece: _Piece) -> str:
    if isinstance(piece, (VersionRange, GitVersion)):
        return str(piece)
    return f"={piece}"


def _low_key(piece: _Piece) -> Key:
    return piece._low if isinstance(piece, VersionRange) else piece._key


def _order_key(versions: _Ordered) -> tuple[Any, ...]:
    """Bounds of every piece, so that versions, ranges and sets can stand in one order."""
    return tuple(
        (piece._low, piece._high) if isinstance(piece, VersionRange) else (piece._key, piece._key)
        for piece in versions.as_set().pieces
    )


def _in_order(
    a: _Ordered,
    b: object,
    compare: Callable[[tuple[Any, ...], tuple[Any, ...]], bool],
) -> bool:
    if not isinstance(b, _Ordered):
        raise TypeError(f"cannot compare versions with {b!r}")
    return compare(_order_key(a), _order_key(b))


def _same_reference(version: Version, constraint: Version) -> bool:
    """Whether a git version matches a reference that was written without a version."""
    return (
        isinstance(version, GitVersion)
        and isinstance(constraint, GitVersion)
        and constraint.ref_version is None
        and constraint.ref == version.ref
    )


def _overlap(a: _Piece, b: _Piece) -> bool:
    if isinstance(a, VersionRange):
        if isinstance(b, VersionRange):
            return a._low < b._high and b._low < a._high
        return a._low <= b._key < a._high
    if isinstance(b, VersionRange):
        return b._low <= a._key < b._high
    return a._key == b._key or _same_reference(a, b) or _same_reference(b, a)


def _common(a: _Piece, b: _Piece) -> _Piece | None:
    """The intersection of two pieces, itself one piece."""
    if not _overlap(a, b):
        return None
    if isinstance(a, Version):
        return b if isinstance(b, Version) and _same_reference(b, a) else a
    if isinstance(b, Version):
        return b
    low = a if a._low >= b._low else b
    high = a if a._high <= b._high else b
    return low if low is high else _range_unchecked(low, high)


def _range_unchecked(low: VersionRange, high: VersionRange) -> VersionRange:
    """A range from one range's lower to another's upper bound, known not to be empty."""
    joined = VersionRange.__new__(VersionRange)
    joined.low, joined._low = low.low, low._low
    joined.high, joined._high = high.high, high._high
    return joined


def _canonical(pieces: Sequence[_Piece]) -> tuple[_Piece, ...]:
    ranges: list[VersionRange] = []
    for piece in sorted((p for p in pieces if isinstance(p, VersionRange)), key=lambda p: p._low):
        last = ranges[-1] if ranges else None
        if last is None or piece._low > last._high:
            ranges.append(piece)
        elif piece._high > last._high:
            ranges[-1] = _range_unchecked(last, piece)
    kept: list[_Piece] = list(ranges)
    references = {p.ref for p in pieces if isinstance(p, GitVersion) and p.ref_version is None}
    seen = set()
    for point in pieces:
        if isinstance(point, VersionRange) or point._key in seen:
            continue
        seen.add(point._key)
        if (
            isinstance(point, GitVersion)
            and point.ref_version is not None
            and (point.ref in references)
        ):
            continue
        if any(span._low <= point._key < span._high for span in ranges):
            continue
        kept.append(point)
    return tuple(sorted(kept, key=_low_key))


VersionSet.ANY = VersionSet((VersionRange(),))
VersionSet.NONE = VersionSet()


def _is_git(text: str) -> bool:
    return text.startswith("git.") or "=" in text or _COMMIT.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def parse_version(text: str) -> Version:
    """The version written in ``text``; ``git.``, ``=`` and full commits give a :class:`GitVersion`.

    A leading ``=`` is allowed. Raises :class:`VersionError`.
    """
    text = text.strip()
    if text.startswith("="):
        text = text[1:]
    if not text:
        raise VersionError("an empty string is not a version")
    return GitVersion(text) if _is_git(text) else Version(text)


def _parse_piece(text: str) -> _Piece:
    if not text:
        raise VersionError("a list of versions has an empty item", hint="remove the extra comma")
    if ":" not in text:
        if text[0] == "=" or _is_git(text):
            return parse_version(text)
        version = parse_version(text)
        return VersionRange(version, version)
    low, _, high = text.partition(":")
    for bound in (low, high):
        if bound.startswith("="):
            raise VersionError(
                f"the range {text!r} has an exact version as a bound",
                hint="remove the '=' from the bounds of the range",
            )
    return VersionRange(parse_version(low) if low else None, parse_version(high) if high else None)


@lru_cache(maxsize=4096)
def parse_version_set(text: str) -> VersionSet:
    """The set written after ``@``: ``1.2``, ``=1.2``, ``1:2,=4,git.main=5``.

    Raises :class:`VersionError`.
    """
    compact = "".join(text.split())
    if compact in (":", ""):
        return VersionSet.ANY
    result = VersionSet([_parse_piece(piece) for piece in compact.split(",")])
    return VersionSet.ANY if result.is_any else result


def ver(versions: Any) -> AnyVersions:
    """A range from ``"1.2"``, a version from ``"=1.2"``, a set from a list; numbers count as text.

    Raises :class:`VersionError`, and TypeError for anything else.
    """
    if isinstance(versions, (Version, VersionRange, VersionSet)):
        return versions
    if isinstance(versions, (list, tuple)):
        return VersionSet([piece for item in versions for piece in ver(item).as_set().pieces])
    if isinstance(versions, (str, int, float)):
        text = str(versions)
        result = parse_version_set(text)
        return result.pieces[0] if "," not in text and len(result.pieces) == 1 else result
    raise TypeError(f"cannot make versions of {versions!r}")
