"""Random and mutated texts: the language answers or raises its own errors, nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from spack.errors import SpackError
from spack.language.formatting import FormatError, format_path, format_spec
from spack.language.lockfiles import Lockfile
from spack.language.parser import SpecSyntaxError, join_arguments, parse_spec, parse_specs
from spack.language.serialization import SpecfileError
from spack.language.version_keys import VersionError
from spack.language.versions import Version, parse_version, parse_version_set

SEEDS = [
    "hdf5@1.14:+mpi ~cxx api=v18 ^openmpi@5 %c,cxx=gcc@12",
    "a@git.main/x=1.2,=3 ++p --q r:=1,2 s==t cflags='-O2 -g' arch=l-d-zen2 /abc",
    "n.a ^[when='+x' virtuals=a,b deptypes=build] b %[when=%c] *+y %%z x=\"it's\"",
    "* @1.2:1.4 target=x86_64:,zen ^* ^/def %clang",
]
SIGNS = list("@+~-^%/=:,*.[]'\"\\ \n{}0a") + ["git.", "when=", "++", "==", "%%", "^["]


@st.composite
def mutated(draw: Any) -> str:
    text: str = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, min(len(text), start + 5)))
        text = text[:start] + draw(st.sampled_from(SIGNS) | st.just("")) + text[stop:]
    return text


texts = mutated() | st.text(max_size=30) | st.lists(st.sampled_from(SIGNS)).map("".join)


@settings(max_examples=600)
@given(texts)
def test_only_syntax_errors_come_out_of_the_parser(text: str) -> None:
    try:
        specs = parse_specs(text)
    except SpecSyntaxError as error:
        assert error.message and error.span is not None
        assert 0 <= error.span.start <= error.span.end <= len(text)
        assert str(error)
        return
    for spec in specs:
        assert parse_spec(str(spec)) == spec


@settings(max_examples=300)
@given(texts | st.text(alphabet="0123.:,=-_ abgitrcdevlop/", max_size=20))
def test_only_version_errors_come_out_of_versions(text: str) -> None:
    try:
        versions = parse_version_set(text)
    except VersionError as error:
        assert error.message
    else:
        assert parse_version_set(str(versions)) == versions
    for make in (Version, parse_version):
        try:
            version = make(text)
        except VersionError:
            continue
        assert version == version and not version < version
        assert str(version.up_to(1)) is not None and hash(version) is not None


@given(st.lists(texts, max_size=3))
def test_arguments(arguments: list[str]) -> None:
    try:
        parse_specs(join_arguments(arguments))
    except SpecSyntaxError:
        pass


fields = st.sampled_from(
    ["{name}", "{@version}", "{^b.name}", "{variants.x}", "{hash:7}", "{compiler.name}", "{ a=os}"]
)


@settings(max_examples=300)
@given(st.lists(fields | st.sampled_from(SIGNS) | st.text(max_size=5), max_size=6).map("".join))
def test_only_format_errors_come_out_of_formatting(fmt: str) -> None:
    spec = parse_spec("a@1.2+x os=o ^b@2")
    for function in (format_spec, format_path):
        try:
            assert isinstance(function(spec, fmt), str)
        except FormatError as error:
            assert str(error)


LOCK = json.loads(
    (Path(__file__).parents[1] / "language" / "data" / "zen2.lock").read_text(encoding="utf-8")
)
junk = st.sampled_from([None, True, 0, 7, "", "x", [], {}, [1], {"a": 1}, "a b", -1.5])


def places(data: Any, path: tuple[Any, ...] = ()) -> list[Any]:
    found: list[Any] = [path] if path else []
    items: Any = ()
    if isinstance(data, dict):
        items = list(data.items())[:4]
    elif isinstance(data, list):
        items = list(enumerate(data))[:2]
    for key, value in items:
        found.extend(places(value, (*path, key)))
    return found


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(places(LOCK)), junk), min_size=1, max_size=3))
def test_only_specfile_errors_come_out_of_damaged_locks(changes: list[Any]) -> None:
    data = copy.deepcopy(LOCK)
    for path, value in changes:
        inner = data
        try:
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError):
            continue
    try:
        lock = Lockfile.from_dict(data)
    except SpecfileError as error:
        assert isinstance(error, SpackError) and str(error)
        return
    lock.to_text()
