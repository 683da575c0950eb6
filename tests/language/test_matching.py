"""Section 6: satisfies, intersects, constrain on abstract and concrete specs, and the decisions."""

from __future__ import annotations

from typing import Callable

import pytest

from spack.language import constraints
from spack.language.concrete_specs import ConcreteSpec
from spack.language.matching import UnsatisfiableSpecError, constrain, intersects, satisfies
from spack.language.parser import SpecSyntaxError, parse_spec
from spack.language.specs import Spec
from spack.language.versions import VersionSet, parse_version_set

SAME, ERROR = "unchanged", "error"

ROWS = [
    ("a", "a+x", False, True, "a+x"),
    ("a x=1,2", "a x=1", True, True, SAME),
    ("a x=1", "a x=2", False, True, "a x=1,2"),
    ("a x=1", "a x:=1", False, True, "a x:=1"),
    ("a x:=1", "a x=2", False, False, ERROR),
    ("a x:=1", "a x:=1,2", False, False, ERROR),
    ("a x=*", "a x=1", False, True, "a x=1"),
    ("a@1.2", "a@=1.2", False, True, "a@=1.2"),
    ("a@1:3", "a@2:", False, True, "a@2:3"),
    ("a target=zen2", "a target=x86_64_v3:", True, True, SAME),
    ("a target=zen2", "a target=x86_64_v3", False, False, ERROR),
    ("a target=x86_64:", "a target=zen2", False, True, "a target=zen2"),  # D1
    ("a %b", "a ^b", True, True, SAME),
    ("a ^b", "a %b", False, True, "a %b"),  # D2
    ("a %c=gcc", "a %gcc", True, True, SAME),
    ("a %gcc", "a %c=gcc", False, True, "a %c=gcc"),
    ("a ++x", "a+x", True, True, "a+x"),  # D3, D5
    ("a+x", "a ++x", True, True, "a+x"),  # D4, D5
    ("a cflags='-g -O2'", "a cflags='-O2 -g'", True, True, SAME),
    ("builtin.z", "z", True, True, SAME),
    ("z", "builtin.z", True, True, "builtin.z"),
    ("mpich", "mpi", False, False, ERROR),  # D6
    ("z ^mpich", "z ^mpi", False, True, "z ^mpich ^mpi"),
    ("a /abc", "a /ab", True, True, SAME),
    ("a~x", "a ^[when=+x] b", True, True, "a~x ^[when=+x] b"),
    ("a", "a ^[when=+x] b", False, True, "a ^[when=+x] b"),
    ("a+x", "a ^[when=+x] b", False, True, "a+x ^[when=+x] b"),
    ("@1.2", "a@1.2", True, True, "a@1.2"),  # D10
    # beyond the table
    ("a+x", "a~x", False, False, ERROR),
    ("a+x", "a x=y", False, False, ERROR),  # D9
    ("a x=y", "a+x", False, False, ERROR),
    ("a x:=1,2", "a x=1", True, True, SAME),
    ("a x:=1", "a x=*", True, True, SAME),
    ("a@1", "a@2", False, False, ERROR),
    ("a os=x", "a os=y", False, False, ERROR),
    ("a platform=x", "a platform=y", False, False, ERROR),
    ("a platform=x", "a os=y", False, True, "a platform=x os=y"),
    ("n.a", "m.a", False, False, ERROR),
    ("a/abc", "a/abd", False, False, ERROR),
    ("a/ab", "a/abc", False, True, "a/abc"),
    ("a", "a/abc", False, True, "a/abc"),
    ("a cflags=-O2", "a cflags=-g", False, True, "a cflags='-O2 -g'"),
    ("a cflags=-O2", "a ldflags=-s", False, True, "a cflags=-O2 ldflags=-s"),
    ("a ^b@1", "a ^b@2", False, False, ERROR),
    ("a ^b@1:2", "a ^b@2:3", False, True, "a ^b@2"),
    ("a ^b", "a ^c", False, True, "a ^b ^c"),
    ("a ^b+x", "a ^b", True, True, SAME),
    ("a %%b", "a %b", True, True, SAME),
    ("a %b", "a %%b", True, True, "a %%b"),
    ("a ^c=gcc", "a ^c", True, True, "a ^c=gcc ^c"),  # D12
    ("a ^mpi=mpich", "a ^mpi@3:", False, True, "a ^mpi=mpich ^mpi@3:"),  # D7
    ("a ^c %b", "a ^b", False, True, "a ^c %b ^b"),  # D11
    ("a ^c %b", "a ^c", True, True, SAME),
    ("a ^c %b@1", "a ^c %b@2", False, False, ERROR),
    ("a ^[deptypes=build,link] b", "a ^[deptypes=link] b", True, True, None),
    ("a %[deptypes=build] b@1", "a %[deptypes=link] b@2", False, True, None),  # D8
    ("a ^b+x", "a ^+x", True, True, None),
    ("a ^[when=+x] b", "a ^b", False, True, None),
    ("a ^b", "a ^[when=+x] b", True, True, None),
    ("a+x ^[when=+x] b", "a ^b", True, True, None),
    ("a ^[when=+x] b", "a ^[when='+x+y'] b", True, True, None),
    ("a target=x86_64:,power9", "a target=power9", False, True, "a target=power9"),
    ("a target=x86_64:zen", "a target=:zen2", True, True, SAME),
    ("a patches=abcdef", "a patches=abc", True, True, SAME),
]


@pytest.mark.parametrize("a, b, implied, compatible, both", ROWS)
def test_table(a: str, b: str, implied: bool, compatible: bool, both: str | None) -> None:
    left, right = parse_spec(a), parse_spec(b)
    assert satisfies(left, right) is implied
    assert satisfies(left, b) is implied
    assert intersects(left, right) is compatible
    assert intersects(right, left) is compatible
    if both == ERROR:
        with pytest.raises(UnsatisfiableSpecError) as caught:
            constrain(left, right)
        assert caught.value.message
    elif both is not None:
        assert constrain(left, right) == (left if both == SAME else parse_spec(both))


def test_every_decision_has_a_row() -> None:
    with open(__file__, encoding="utf-8") as stream:
        text = stream.read()
    table = constraints.__doc__ or ""
    decisions = [line.split()[0] for line in table.splitlines() if line.startswith("D")]
    assert decisions == [f"D{number}" for number in range(1, len(decisions) + 1)]
    rows = text[: text.index("def test_table")]
    assert all(decision in rows for decision in decisions)


def test_texts_are_specs() -> None:
    assert satisfies("a@1.2", "a@1:") and intersects("a", "a+x")
    with pytest.raises(SpecSyntaxError):
        satisfies("a", "a@@")


def test_the_reason_names_the_part() -> None:
    with pytest.raises(UnsatisfiableSpecError, match="no version is in both 1 and 2"):
        constrain(parse_spec("a@1"), "a@2")
    with pytest.raises(UnsatisfiableSpecError, match=r"variant x cannot be \+x and ~x"):
        constrain(parse_spec("a+x"), "a~x")


# -- concrete specs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "constraint, expected",
    [
        ("app", True),
        ("builtin.app", True),
        ("other.app", False),
        ("lib", False),
        ("@2:", True),
        ("@=2.1", True),
        ("@:2.0", False),
        ("+mpi", True),
        ("~mpi", False),
        ("++mpi", True),
        ("mpi=true", True),
        ("api=v18", True),
        ("api=v16", False),
        ("api=*", True),
        ("nothing=*", False),
        ("fabrics=ucx", True),
        ("fabrics=tcp,ucx", True),
        ("fabrics:=ucx", False),
        ("fabrics:=tcp,ucx", True),
        ("fabrics=tcp,x", False),
        ("patches=f8773,503", True),
        ("patches=abc", False),
        ("cflags=-g", True),
        ("cflags='-g -O2'", True),
        ("cflags=-O3", False),
        ("platform=linux os=debian12", True),
        ("os=rhel8", False),
        ("target=x86_64_v3", True),
        ("target=x86_64:", True),
        ("target=:x86_64_v4", True),
        ("target=zen2", False),
        ("^mpich", True),
        ("^mpich@4:", True),
        ("^mpich@5:", False),
        ("^mpi", True),
        ("^mpi=mpich", True),
        ("%mpi=mpich", True),
        ("^blas=mpich", False),
        ("^hwloc", True),
        ("%hwloc", False),
        ("^hwloc~pci", True),
        ("^~pci", True),
        ("^cmake", True),
        ("%cmake", True),
        ("^zlib", False),  # below a build dependency
        ("^ninja", False),
        ("^pkgconf", False),
        ("%gcc", True),
        ("%c=gcc@12", True),
        ("%fortran=gcc", False),
        ("%c,cxx=gcc", True),
        ("^gcc", True),
        ("%[deptypes=build] cmake", True),
        ("%[deptypes=link] cmake", False),
        ("^cmake %ninja", True),
        ("^cmake %zlib", True),
        ("^cmake %gcc", False),
        ("^mpich %gcc", True),
        ("^[when=+mpi] mpich", True),
        ("^[when=+mpi] nothing", False),
        ("^[when=~mpi] nothing", True),
        ("^mpi@3:", False),
    ],
)
def test_concrete_satisfies(app: ConcreteSpec, constraint: str, expected: bool) -> None:
    assert satisfies(app, constraint) is expected
    assert intersects(app, constraint) is expected
    assert intersects(parse_spec(constraint), app) is expected
    if expected:
        assert constrain(app, constraint) is app
        assert constrain(parse_spec(constraint), app) is app
    else:
        with pytest.raises(UnsatisfiableSpecError):
            constrain(app, constraint)


def test_hashes(app: ConcreteSpec) -> None:
    code = app.dag_hash()
    assert satisfies(app, f"/{code}") and satisfies(app, f"app/{code[:5]}")
    assert not satisfies(app, "/zzzzz")
    assert satisfies(app, f"^/{app.dependencies[0].spec.dag_hash()[:7]}")


def test_a_concrete_right_side_is_only_itself(app: ConcreteSpec) -> None:
    other = app.dependencies[0].spec
    assert satisfies(app, app) and not satisfies(app, other)
    assert intersects(app, app) and not intersects(app, other)
    assert not satisfies(parse_spec("app"), app)
    assert satisfies(parse_spec(f"/{app.dag_hash()}"), app)


def test_virtuals_of_a_root_are_asked_for(app: ConcreteSpec) -> None:
    mpich = app.dependencies[-1].spec

    def provided(spec: ConcreteSpec, virtual: str) -> VersionSet | None:
        return parse_version_set(":3.1") if (spec.name, virtual) == ("mpich", "mpi") else None

    assert mpich.name == "mpich"
    assert satisfies(mpich, "mpi", provided) and satisfies(mpich, "mpi@3", provided)
    assert not satisfies(mpich, "mpi@4:", provided) and not satisfies(mpich, "mpi")
    assert satisfies(app, "^mpi@3", provided) and not satisfies(app, "^mpi@4:", provided)
    assert intersects(mpich, Spec("mpi"), provided)


def test_text_values_of_booleans(make_node: Callable[..., ConcreteSpec]) -> None:
    spec = make_node("a@1", variants={"x": "true", "y": "auto", "z": False})
    assert satisfies(spec, "+x") and satisfies(spec, "y=auto") and satisfies(spec, "z=false")
    assert not satisfies(spec, "+y") and not satisfies(spec, "z=auto")
