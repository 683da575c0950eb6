"""Laws of versions, version sets and specs, on generated values."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spack.language import deptypes as dt
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec
from spack.language.matching import UnsatisfiableSpecError, constrain, intersects, satisfies
from spack.language.parser import SpecSyntaxError, parse_spec, parse_specs
from spack.language.serialization import specfile_from_dict, specfile_to_dict
from spack.language.specs import Spec, quoted
from spack.language.versions import (
    EmptyRangeError,
    GitVersion,
    Version,
    VersionRange,
    VersionSet,
    parse_version_set,
)

# -- versions --------------------------------------------------------------------------------------

components = st.sampled_from(
    ["0", "1", "2", "3", "10", "a", "b", "z", "Z", "rc", "alpha", "final", "main", "develop"]
)
version_texts = st.lists(components, min_size=1, max_size=4).flatmap(
    lambda parts: st.lists(
        st.sampled_from([".", "-", "_", "."]), min_size=len(parts), max_size=len(parts)
    ).map(lambda marks: "".join(p + m for p, m in zip(parts, marks))[:-1])
)
versions = version_texts.map(Version)
few_versions = st.sampled_from(
    ["1", "1.0", "1.2", "1.2rc1", "1.2a", "1.3", "2", "2.0", "2.1", "3", "main", "develop"]
).map(Version)


@st.composite
def ranges(draw: Any, bound: Any = few_versions) -> VersionRange:
    low = draw(st.none() | bound)
    high = draw(st.none() | bound)
    try:
        return VersionRange(low, high)
    except EmptyRangeError:
        return VersionRange(high, low)


pieces = ranges() | few_versions | few_versions.map(lambda v: GitVersion(f"git.x={v}"))
version_sets = st.lists(pieces, max_size=4).map(VersionSet)


@given(versions, versions, versions)
def test_order_is_total_and_transitive(a: Version, b: Version, c: Version) -> None:
    assert (a < b) + (a == b) + (a > b) == 1
    assert (a <= b) == (not b < a)
    low, middle, high = sorted((a, b, c))
    assert low <= middle <= high and low <= high
    if a == b:
        assert hash(a) == hash(b)


@given(versions)
def test_versions_survive_printing(version: Version) -> None:
    assert Version(str(version)) == version
    assert version.up_to(99) <= version or version.is_prerelease()
    assert Version(str(version.dotted)) == Version(str(version.underscored))
    assert VersionRange(version, version).satisfies(VersionRange(version, None))


@given(version_sets, version_sets, version_sets)
def test_set_algebra(a: VersionSet, b: VersionSet, c: VersionSet) -> None:
    assert a.union(b) == b.union(a)
    assert a.intersection(b) == b.intersection(a)
    assert a.union(b).union(c) == a.union(b.union(c))
    assert a.intersection(b).intersection(c) == a.intersection(b.intersection(c))
    assert a.union(a) == a.intersection(a) == a
    assert a.union(a.intersection(b)) == a.intersection(a.union(b)) == a
    assert a.intersection(b.union(c)) == a.intersection(b).union(a.intersection(c))
    assert a.union(VersionSet.NONE) == a.intersection(VersionSet.ANY) == a
    assert a.union(VersionSet.ANY).is_any and not a.intersection(VersionSet.NONE)


@given(version_sets, version_sets)
def test_subset_and_intersects_agree_with_the_algebra(a: VersionSet, b: VersionSet) -> None:
    assert a.subset_of(b) == (a.intersection(b) == a) == (a.union(b) == b)
    assert a.intersects(b) == b.intersects(a) == bool(a.intersection(b))
    assert a.intersection(b).subset_of(a) and a.subset_of(a.union(b))


@given(few_versions, version_sets, version_sets)
def test_membership_follows_the_algebra(v: Version, a: VersionSet, b: VersionSet) -> None:
    assert a.intersection(b).contains(v) == (a.contains(v) and b.contains(v))
    assert a.union(b).contains(v) == (a.contains(v) or b.contains(v))


@given(version_sets.filter(bool))
def test_sets_survive_printing(a: VersionSet) -> None:
    again = parse_version_set(str(a))
    assert again == a and hash(again) == hash(a)


@given(st.permutations([Version("1"), VersionRange("2", "3"), Version("3.5"), VersionRange("5")]))
def test_sets_do_not_depend_on_order(items: list[Any]) -> None:
    assert VersionSet(items) == parse_version_set("=1,2:3,5:")


# -- specs as text ---------------------------------------------------------------------------------

words = st.sampled_from(["x", "y", "1", "a-b", "a b", "it's", '"', "\\", "a,b", "x=1", "%c", ""])
variant_texts = st.sampled_from(
    ["+p", "~p", "++p", "q=1", "q=1,2", "q:=1", "q:=1,2", "q=*", "q==1", "+r", "s=t"]
)
node_parts: list[Any] = [
    st.sampled_from(["", "@1", "@1:2", "@=1.2", "@2:", "@:2,=3"]),
    st.lists(variant_texts, max_size=2, unique_by=lambda t: t.lstrip("+~")[0]).map(" ".join),
    st.sampled_from(["", "", "cflags=-g", "cflags='-g -O2'", "ldflags=-s"]),
    st.sampled_from(["", "", "os=o", "platform=p", "os=u"]),
    st.sampled_from(["", "", "target=zen2", "target=x86_64:", "target=:zen3,a64fx", "target=zen:"]),
    st.sampled_from(["", "", "", "/ab", "/abc"]),
]


def node_texts(names: list[str]) -> Any:
    return st.tuples(st.sampled_from(names), *node_parts).map(" ".join)


small_node_texts = st.tuples(
    st.sampled_from(["b", "c", "d", "gcc"]),
    st.sampled_from(["", "@1", "@1:2", "@=1.2"]),
    st.sampled_from(["", "+p", "~p", "q=1", "q=2"]),
).map(" ".join)


@st.composite
def spec_texts(draw: Any, conditions: bool = False) -> str:
    text: str = draw(node_texts(["a"]))
    for _ in range(draw(st.integers(0, 3))):
        sigil = draw(st.sampled_from(["^", "%", "%%", "^", "%"]))
        if conditions and draw(st.booleans()):
            sigil += f"[when='{draw(st.sampled_from(['+p', '~p', '@1', '@2:', '+p ^b']))}'] "
        elif draw(st.integers(0, 3)) == 0:
            sigil += "v=" if draw(st.booleans()) else "v,w="
        text += f" {sigil}{draw(small_node_texts)}"
    return text


def parsed(text: str) -> Spec | None:
    try:
        return parse_spec(text)
    except SpecSyntaxError:  # two dependencies that exclude each other
        return None


specs = spec_texts().map(parsed).filter(lambda spec: spec is not None)
conditional = spec_texts(conditions=True).map(parsed).filter(lambda spec: spec is not None)


@given(conditional)
def test_specs_survive_printing(spec: Spec) -> None:
    again = parse_spec(str(spec))
    assert again == spec and hash(again) == hash(spec) and str(again) == str(spec)


@given(st.text(max_size=8) | words)
def test_any_value_survives_quoting(word: str) -> None:
    assume(word.lower() not in ("true", "false", "*") and "," not in word)
    spec = parse_spec(f"a x={quoted(word)}")
    assert spec.variants["x"].values == (word,)
    assert parse_spec(str(spec)) == spec


@given(st.lists(conditional, min_size=1, max_size=3))
def test_several_specs_survive_joining(several: list[Spec]) -> None:
    assert parse_specs(" ".join(str(spec) for spec in several)) == several


# -- the algebra of specs --------------------------------------------------------------------------


@given(conditional)
def test_satisfies_is_reflexive(a: Spec) -> None:
    assert satisfies(a, a) and intersects(a, a)
    assert constrain(a, a) == a
    assert satisfies(a, Spec()) and constrain(a, Spec()) == a


@settings(max_examples=300)
@given(conditional, conditional, conditional)
def test_satisfies_is_transitive(a: Spec, b: Spec, c: Spec) -> None:
    if satisfies(a, b) and satisfies(b, c):
        assert satisfies(a, c)


@settings(max_examples=300)
@given(specs, specs, specs)
def test_constraining_makes_chains(a: Spec, b: Spec, c: Spec) -> None:
    """Random specs rarely imply each other; these do."""
    try:
        ab = constrain(a, b)
        abc = constrain(ab, c)
    except UnsatisfiableSpecError:
        return
    assert satisfies(abc, ab) and satisfies(ab, a) and satisfies(ab, b)
    assert satisfies(abc, a) and satisfies(abc, b) and satisfies(abc, c)


@given(conditional, conditional)
def test_intersects_is_symmetric(a: Spec, b: Spec) -> None:
    assert intersects(a, b) == intersects(b, a)
    if satisfies(a, b):
        assert intersects(a, b)


@settings(max_examples=300)
@given(specs, specs, specs)
def test_constrain_is_the_greatest_lower_bound(a: Spec, b: Spec, c: Spec) -> None:
    if not intersects(a, b):
        assert not (satisfies(c, a) and satisfies(c, b))
        return
    both = constrain(a, b)
    other = constrain(b, a)
    assert satisfies(both, a) and satisfies(both, b)
    assert satisfies(both, other) and satisfies(other, both)
    try:
        below = constrain(c, both)
    except UnsatisfiableSpecError:
        below = c
    for candidate in (c, below):
        if satisfies(candidate, a) and satisfies(candidate, b):
            assert satisfies(candidate, both)


@given(specs, specs)
def test_constrain_and_intersects_agree(a: Spec, b: Spec) -> None:
    try:
        constrain(a, b)
    except UnsatisfiableSpecError:
        assert not intersects(a, b)
    else:
        assert intersects(a, b)


# -- concrete specs --------------------------------------------------------------------------------

ARCH = Architecture("p", "o", "zen2")


@st.composite
def concrete_specs(draw: Any) -> ConcreteSpec:
    """A root ``a`` over nodes b, c, d, gcc with random edges downwards."""
    made: list[ConcreteSpec] = []
    for name in ("gcc", "d", "c", "b", "a"):
        edges: list[tuple[ConcreteSpec, int, tuple[str, ...]]] = []
        for child in made:
            if draw(st.booleans()):
                virtuals = draw(st.sampled_from([(), ("v",), ("v", "w")]))
                edges.append((child, draw(st.integers(1, 15)), virtuals))
        variants: dict[str, Any] = {}
        if draw(st.booleans()):
            variants["p"] = draw(st.booleans())
        if draw(st.booleans()):
            variants["q"] = draw(st.sampled_from([("1",), ("1", "2"), ("2",)]))
        made.append(
            ConcreteSpec(
                name,
                draw(few_versions),
                ARCH,
                variants=variants,
                flags={"cflags": draw(st.sampled_from([(), ("-g",), ("-O2", "-g")]))},
                dependencies=tuple(ConcreteEdge(*edge) for edge in draw(st.permutations(edges))),
            )
        )
    return made[-1]


@settings(max_examples=300)
@given(concrete_specs(), conditional, conditional)
def test_abstract_implication_holds_for_concrete_specs(
    spec: ConcreteSpec, a: Spec, b: Spec
) -> None:
    if satisfies(a, b) and satisfies(spec, a):
        assert satisfies(spec, b)


@settings(max_examples=300)
@given(concrete_specs(), specs, specs)
def test_what_matches_both_constrained_matches_each(spec: ConcreteSpec, a: Spec, b: Spec) -> None:
    try:
        both = constrain(a, b)
    except UnsatisfiableSpecError:
        return
    if satisfies(spec, both):
        assert satisfies(spec, a) and satisfies(spec, b)


@given(concrete_specs(), st.randoms(use_true_random=False))
def test_hash_does_not_depend_on_construction(spec: ConcreteSpec, random: Any) -> None:
    rebuilt: dict[str, ConcreteSpec] = {}
    for node in spec.traverse(order="post"):
        edges = [
            ConcreteEdge(
                rebuilt[edge.spec.dag_hash()],
                edge.deptypes,
                tuple(random.sample(edge.virtuals, len(edge.virtuals))),
            )
            for edge in node.dependencies
        ]
        random.shuffle(edges)
        variants = list(node.variants.items())
        random.shuffle(variants)
        rebuilt[node.dag_hash()] = ConcreteSpec(
            node.name,
            node.version,
            node.arch,
            variants=dict(variants),
            flags=node.flags,
            dependencies=tuple(edges),
        )
    assert rebuilt[spec.dag_hash()].dag_hash() == spec.dag_hash()


@given(concrete_specs())
def test_specfiles_survive(spec: ConcreteSpec) -> None:
    data = specfile_to_dict(spec)
    again = specfile_from_dict(data)
    assert again == spec and specfile_to_dict(again) == data
    assert {node.dag_hash() for node in again.traverse()} == {
        node.dag_hash() for node in spec.traverse(dt.ALL, order="breadth")
    }
