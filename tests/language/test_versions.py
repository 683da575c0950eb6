"""Section 5: the order of versions, ranges, sets, git references, the component interface."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from itertools import combinations

import pytest

from spack.language.version_keys import VersionError
from spack.language.versions import (
    EmptyRangeError,
    GitVersion,
    Version,
    VersionRange,
    VersionSet,
    parse_version,
    parse_version_set,
    ver,
)
from spack.sources.git_references import resolve_git_version

ASCENDING = (
    "a final 1a 1.0alpha 1.0alpha1 1.0-beta2 1.0rc1 1.0 1.0a 1.0b3 1.0p1 1.0.0 1.0.1 1.1 1.9 1.10 "
    "1.develop 2.0 2023-01-01 20230101 stable nightly trunk head master main develop develop.1"
).split()


@pytest.mark.parametrize("low, high", list(zip(ASCENDING, ASCENDING[1:])))
def test_observed_order(low: str, high: str) -> None:
    assert Version(low) < Version(high)
    assert Version(high) > Version(low)
    assert Version(low) != Version(high)


def test_order_is_total_over_the_observed_list() -> None:
    for low, high in combinations(ASCENDING, 2):
        assert Version(low) < Version(high)


@pytest.mark.parametrize(
    "a, b",
    [
        ("1.4-2", "1.4.2"),
        ("1_4", "1.4"),
        ("1.0rc1", "1.0-rc.1"),
        ("1.0", "1.0final"),
        ("1.0.", "1.0"),
        ("1.0a", "1.0-a"),
    ],
)
def test_separators_mean_nothing_to_the_order(a: str, b: str) -> None:
    assert Version(a) == Version(b)
    assert hash(Version(a)) == hash(Version(b))


@pytest.mark.parametrize(
    "low, high",
    [
        ("v1.2", "1.0"),
        ("1.4", "1.4.0"),
        ("1.0RC1", "1.0RC2"),
        ("5.4", "5.4b0"),
        ("1.999", "1.develop"),
        ("999", "develop"),
        ("rc1", "1"),
        ("1.0final", "1.0a"),
    ],
)
def test_further_order(low: str, high: str) -> None:
    assert Version(low) < Version(high)


def test_lone_rc1_is_no_prerelease() -> None:
    assert not Version("rc1").is_prerelease()
    assert Version("1.0rc1").is_prerelease()
    assert not Version("1.0final").is_prerelease()
    assert not Version("1.0b3").is_prerelease()


@pytest.mark.parametrize(
    "version, constraint, expected",
    [
        ("1.2.3", "1.2", True),
        ("1.2-custom", "1.2", True),
        ("1.20", "1.2", False),
        ("1.2", "=1.2", True),
        ("1.2.0", "=1.2", False),
        ("1.4rc1", ":1.3", True),
        ("1.4rc1", ":1.4", True),
        ("1.4rc1", "1.4", False),
        ("1.4rc1", "1.4:", False),
        ("develop", "1:", True),
        ("develop", ":9999", False),
        ("1.4a", "1.4", True),
        ("1.4.9", "1.2:1.4", True),
        ("1.5", "1.2:1.4", False),
        ("1.4ab", "1.4a", True),
        ("1.4za", "1.4z", False),
        ("1.4rc1", "1.4rc", False),
        ("develop.1", ":develop", True),
        ("develop", ":main", False),
        ("1.4Zb", "1.4Z", True),
        ("1.4a", "1.4Z", False),
        ("3", "1:2,=3", True),
        ("3.1", "1:2,=3", False),
    ],
)
def test_membership(version: str, constraint: str, expected: bool) -> None:
    assert parse_version_set(constraint).contains(Version(version)) is expected
    assert Version(version).satisfies(ver(constraint)) is expected


@pytest.mark.parametrize(
    "text, canonical",
    [
        ("1.2:1.4,1.5", "1.2:1.5"),
        ("1.2,=1.2.3", "1.2"),
        ("1.2:1.4,=1.5", "1.2:1.4,=1.5"),
        ("=1.3,=1.2", "=1.2,=1.3"),
        ("1.4.5:1.4", "1.4.5:1.4"),
        (":,1.2", ":"),
        (":", ":"),
        ("1.2:1.2", "1.2"),
        ("1.2 , 1.3", "1.2:1.3"),
        ("5:,1.2,=3", "1.2,=3,5:"),
        ("git.main=1.2", "git.main=1.2"),
        ("1.2:1.4,=1.6,2:", "1.2:1.4,=1.6,2:"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    versions = parse_version_set(text)
    assert str(versions) == canonical
    assert parse_version_set(canonical) == versions
    assert hash(parse_version_set(canonical)) == hash(versions)


def test_any_is_one_object() -> None:
    assert parse_version_set(":") is VersionSet.ANY
    assert parse_version_set("1:,:2") is VersionSet.ANY
    assert VersionSet.ANY.is_any and not parse_version_set("1:").is_any
    assert not VersionSet.NONE


@pytest.mark.parametrize("text", ["1.4:1.2", "develop:1", "2:1"])
def test_empty_range(text: str) -> None:
    with pytest.raises(EmptyRangeError, match="empty"):
        parse_version_set(text)


@pytest.mark.parametrize(
    "text",
    ["1.2,", ",", "1 @2", "@1.2", "=1.2:1.3", "1:=2", "git.main:", "1:git.main", "git.a=", "é"],
)
def test_bad_versions(text: str) -> None:
    with pytest.raises(VersionError) as caught:
        parse_version_set(text)
    assert caught.value.message


def test_version_refuses_other_characters() -> None:
    with pytest.raises(VersionError, match="not a version"):
        Version("1.2/3")
    with pytest.raises(VersionError, match="empty"):
        parse_version("")


@pytest.mark.parametrize(
    "a, b, both, either",
    [
        ("1:3", "2:", "2:3", "1:"),
        ("1.2", "=1.2", "=1.2", "1.2"),
        ("1:2", "4:5", "", "1:2,4:5"),
        ("1:2,4:5", "2:4", "2,4", "1:5"),
        ("=1", "=2", "", "=1,=2"),
        (":", "1", "1", ":"),
        (":1.3", "1.2.5:", "1.2.5:1.3", ":"),
        ("git.main=1.2", "1.2", "git.main=1.2", "1.2"),
    ],
)
def test_set_algebra(a: str, b: str, both: str, either: str) -> None:
    left, right = parse_version_set(a), parse_version_set(b)
    assert str(left.intersection(right)) == both
    assert left.intersection(right) == right.intersection(left)
    assert str(left.union(right)) == either
    assert left.intersects(right) is right.intersects(left) is bool(both)


def test_bounds_and_preferred() -> None:
    assert VersionSet([Version("1.2"), Version("develop")]).preferred() == Version("1.2")
    assert parse_version_set("1:3").preferred() == Version("3")
    assert parse_version_set("1:").highest() is None
    assert VersionSet.NONE.highest() is None
    assert parse_version_set("=1.2").concrete == Version("1.2")
    assert parse_version_set("1.2").concrete is None
    assert parse_version_set("1.2").concrete_range_as_version == Version("1.2")


# -- git versions ----------------------------------------------------------------------------------


def test_git_version_compares_by_its_version() -> None:
    git = parse_version("git.abc=1.2")
    assert isinstance(git, GitVersion)
    assert git != Version("1.2") and git > Version("1.2") and git < Version("1.2.1")
    assert git.satisfies(ver("1.2")) and not git.satisfies(ver("=1.2"))
    assert git.satisfies(ver("git.abc"))
    assert not git.satisfies(ver("git.abd=1.2"))
    assert not git.satisfies(ver("git.abc=1.3"))
    assert git.up_to(1) == Version("1")
    assert str(git) == "git.abc=1.2"


def test_full_commits_are_references() -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    plain, counted = parse_version(commit), parse_version(f"{commit}=1.2")
    assert isinstance(plain, GitVersion) and plain.is_commit and plain.ref_version is None
    assert isinstance(counted, GitVersion) and counted.ref_version == Version("1.2")
    assert isinstance(parse_version("main=develop"), GitVersion)


class History:
    def __init__(self, *tags: tuple[str, int]) -> None:
        self.tags: list[tuple[str, int]] = list(tags)

    def ancestor_tags(self, ref: str) -> Iterable[tuple[str, int]]:
        return self.tags

    def commit_count(self, ref: str) -> int:
        return 12


@pytest.mark.parametrize(
    "history, known, expected",
    [
        (History(("v1.2.3", 0)), (), "git.x=1.2.3"),
        (History(("v1.2.3", 4)), (), "git.x=1.2.3-git.4"),
        (History(("release", 1), ("1.2", 3)), (Version("1.2"),), "git.x=1.2-git.3"),
        (History(("1.0.0", 9), ("v2.0.0", 2)), (), "git.x=2.0.0-git.2"),
        (History(("release", 1)), (), "git.x=0-git.12"),
        (History(), (), "git.x=0-git.12"),
    ],
)
def test_git_reference_takes_the_nearest_version(
    history: History, known: tuple[Version, ...], expected: str
) -> None:
    version = parse_version("git.x")
    assert isinstance(version, GitVersion)
    assert str(resolve_git_version(version, history, known)) == expected


def test_an_assigned_version_stays() -> None:
    version = GitVersion("git.x=7")
    assert resolve_git_version(version, History(("1.2.3", 0))) is version


# -- the interface that recipes use ----------------------------------------------------------------


def test_parts() -> None:
    version = Version("1.2.3b-4_x")
    assert str(version.up_to(2)) == "1.2"
    assert str(version.up_to(-1)) == "1.2.3b-4"
    assert str(version.up_to(9)) == "1.2.3b-4_x"
    assert [str(v) for v in (version.up_to_1, version.up_to_2)] == ["1", "1.2"]
    assert str(version.up_to_3) == "1.2.3"
    assert (version[0], version[1], version[-1]) == (1, 2, "x")
    assert str(version[:2]) == "1.2"
    assert str(version[1:]) == "2.3b-4_x"
    assert str(version[::2]) == "1.34"
    assert list(version) == [1, 2, 3, "b", 4, "x"]
    assert len(version) == 6
    assert version.string == "1.2.3b-4_x"


def test_prerelease_is_not_among_the_components() -> None:
    version = Version("1.0rc1")
    assert list(version) == [1, 0]
    assert str(version.up_to(9)) == "1.0"


def test_spellings() -> None:
    version = Version("1.2.3b-4_x")
    assert str(version.dotted) == "1.2.3b.4.x"
    assert str(version.dashed) == "1-2-3b-4-x"
    assert str(version.underscored) == "1_2_3b_4_x"
    assert str(version.joined) == "123b4x"
    assert version.dotted_numeric_string == "1.2.3.0.4.0"
    assert Version("1.0rc1").dotted_numeric_string == "1.0.0.1"


def test_isdevelop() -> None:
    assert Version("develop").isdevelop() and Version("1.main").isdevelop()
    assert not Version("1.2").isdevelop()


def test_components_compare_like_versions() -> None:
    assert Version("develop")[0] > 999  # type: ignore[operator]
    assert Version("a")[0] < 0  # type: ignore[operator]
    assert Version("a.b")[0] <= "b" and Version("main")[0] >= "b"  # type: ignore[operator]
    with pytest.raises(IndexError):
        Version("1")[1]


def test_ver() -> None:
    assert ver("1.2") == VersionRange("1.2", "1.2")
    assert ver("=1.2") == Version("1.2")
    assert ver(6) == VersionRange("6", "6") and ver(4.9) == ver("4.9")
    assert ver(["1.2", "=3"]) == parse_version_set("1.2,=3")
    assert ver(ver("1:2")) == ver("1:2")
    with pytest.raises(TypeError):
        ver(None)
    assert Version(10) == Version("10")


def test_versions_and_ranges_stand_in_one_order() -> None:
    assert Version("1.2") < ver("1.2") < ver("1.3")
    assert Version("1.2.5") > ver("1.2")
    assert not Version("1.3") <= ver("1.2")
    assert Version("1.2") in ver("1.2") and ver("1.2") in ver("1:")
    with pytest.raises(TypeError):
        assert Version("1") < 2


@pytest.mark.parametrize(
    "value",
    [Version("1.2"), GitVersion("git.a=1"), VersionRange("1", "2"), VersionSet.ANY, ver("1,=3")],
)
def test_pickle(value: object) -> None:
    copy = pickle.loads(pickle.dumps(value))
    assert copy == value and type(copy) is type(value)


def test_the_parts_of_a_version_that_recipes_take_apart() -> None:
    assert Version("14.0.6").version == ((14, 0, 6), (3,))
    assert Version("14.0.6").version[0] < Version("15.0").version[0]
    assert Version("1.2-rc1").version[0] == (1, 2)
    assert Version("1.2-rc1").version[1] < Version("1.2").version[1]
