"""Section 4: the grammar, what each sign means, what is refused and how it is explained."""

from __future__ import annotations

import pickle

import pytest

from spack.errors import Origin
from spack.language import deptypes as dt
from spack.language import parser
from spack.language.parser import SpecSyntaxError, join_arguments, parse_spec, parse_specs
from spack.language.specs import FlagConstraint, VariantConstraint, quoted
from spack.language.versions import parse_version_set

#: Input and the text that it is printed as; both must mean the same.
PRINTED = [
    ("zlib", "zlib"),
    ("zlib-a", "zlib-a"),
    ("1zlib", "1zlib"),
    ("zl_ib", "zl_ib"),
    (" zlib  ", "zlib"),
    ("builtin.zlib@1", "builtin.zlib@1"),
    ("a.b.zlib", "a.b.zlib"),
    ("zlib namespace=foo", "foo.zlib"),
    ("namespace=foo", "namespace=foo"),
    ("*", ""),
    ("", ""),
    ("* +x", "+x"),
    ("zlib@1.2", "zlib@1.2"),
    ("zlib@=1.2", "zlib@=1.2"),
    ("zlib @1.2", "zlib@1.2"),
    ("zlib@ 1.2", "zlib@1.2"),
    ("zlib@1.2:1.4", "zlib@1.2:1.4"),
    ("zlib@1.2:", "zlib@1.2:"),
    ("zlib@:1.4", "zlib@:1.4"),
    ("zlib@:", "zlib"),
    ("zlib@1.2:1.4,=1.6,2:", "zlib@1.2:1.4,=1.6,2:"),
    ("zlib@1.2, =1.3", "zlib@1.2,=1.3"),
    ("zlib@git.main=1.2+x", "zlib@git.main=1.2+x"),
    ("zlib@git.foo/bar", "zlib@git.foo/bar"),
    ("zlib@=git.foo", "zlib@git.foo"),
    ("zlib@" + "0123456789" * 4, "zlib@" + "0123456789" * 4),
    ("zlib@" + "0123456789" * 4 + "=1.2", "zlib@" + "0123456789" * 4 + "=1.2"),
    ("abc@develop", "abc@develop"),
    ("zlib +x~y -z", "zlib+x~y~z"),
    ("zlib + x", "zlib+x"),
    ("zlib +foo-bar", "zlib+foo-bar"),
    ("zlib ++x ~~y --z", "zlib++x~~y~~z"),
    ("zlib x=1,3,2 y:=b,a", "zlib x=1,2,3 y:=a,b"),
    ("zlib x=*", "zlib x='*'"),
    ("zlib x==1 y:==2", "zlib x==1 y:==2"),
    ("zlib x=True y=FALSE z==true w:=true", "zlib+w+x~y++z"),
    ("zlib x=true,false", "zlib x=false,true"),
    ("zlib x=''", "zlib x=''"),
    ("zlib x=a:b", "zlib x='a:b'"),
    ("zlib x='a b'", "zlib x='a b'"),
    ('zlib x="it\'s"', 'zlib x="it\'s"'),
    ("zlib x='it is \"q\"'", "zlib x='it is \"q\"'"),
    ('zlib x="a\\"b"', "zlib x='a\"b'"),
    ("zlib cflags=-O2 cflags=-g", "zlib cflags='-O2 -g'"),
    ("zlib cflags='-O2 -g' cflags==-O3", "zlib cflags='-O2 -g' cflags==-O3"),
    ("zlib cflags='' +x", "zlib+x"),
    ('zlib cflags="-O2"%intel', "zlib cflags=-O2 %intel"),
    ("zlib arch=linux-debian12-zen2", "zlib platform=linux os=debian12 target=zen2"),
    ("zlib architecture=linux-None-zen2", "zlib platform=linux target=zen2"),
    ("zlib arch=zen2", "zlib target=zen2"),
    ("zlib operating_system=x platform=linux", "zlib platform=linux os=x"),
    ("zlib target=x86_64:,zen", "zlib target=x86_64:,zen"),
    ("zlib os=fe", "zlib os=fe"),
    ("zlib patches=abc,def dev_path=/a/b", "zlib dev_path=/a/b patches=abc,def"),
    ("zlib/abc", "zlib/abc"),
    ("zlib+x /abc", "zlib+x/abc"),
    ("zlib target=zen /abc", "zlib target=zen /abc"),
    ("zlib@git.main /abc", "zlib@git.main /abc"),
    ("/abc", "/abc"),
    ("zlib ^b ^a", "zlib ^a ^b"),
    ("zlib^a%b%c^d%e", "zlib ^a %b %c ^d %e"),
    ("zlib %a ^b", "zlib %a ^b"),
    ("zlib %%gcc@12", "zlib %%gcc@12"),
    ("zlib %c,cxx=gcc", "zlib %c,cxx=gcc"),
    ("zlib %c=gcc@12 %cxx=gcc@12", "zlib %c,cxx=gcc@12"),
    ("zlib %[virtuals=c] gcc", "zlib %c=gcc"),
    ("zlib ^mpi,blas=mpich+x", "zlib ^blas,mpi=mpich+x"),
    ("zlib ^[deptypes=link,build] x", "zlib ^[deptypes=build,link] x"),
    ("zlib %[deptypes=build virtuals=c] gcc", "zlib %[deptypes=build] c=gcc"),
    ("zlib %[when=+mpi] x", "zlib %[when='+mpi'] x"),
    ("zlib ^[when='%c=gcc'] x", "zlib ^[when='%c=gcc'] x"),
    ("zlib ^[] x", "zlib ^x"),
    ("zlib ^", "zlib ^*"),
    ("zlib ^ ^a", "zlib ^* ^a"),
    ("zlib ^/abc", "zlib ^*/abc"),
    ("zlib ^* x=1", "zlib ^* x=1"),
    ("zlib ^+x", "zlib ^+x"),
    ("zlib ^[virtuals=mpi] +x", "zlib ^[virtuals=mpi] *+x"),
    ("%clang", "%clang"),
    ("zlib %llvm", "zlib %clang"),
    ("zlib ^clang", "zlib ^clang"),
    ("zlib ^a ^a", "zlib ^a"),
    ("zlib ^a@1 ^a+x", "zlib ^a@1+x"),
    ("zlib %a ^a@1", "zlib %a@1"),
    ("zlib %c ^c@1 %b", "zlib %c@1 ^c %b"),
    ("zlib %v=c ^[when=+x] c %b ^c %d", "zlib %v=c ^[when='+x'] c %b ^c %d"),
    ("zlib ^[when=+x]a@1 ^[when=~x]a@2", "zlib ^[when='+x'] a@1 ^[when='~x'] a@2"),
    (
        "hdf5@1.14:+mpi ~cxx api=v18 ^openmpi@5 %c,cxx=gcc@12",
        "hdf5@1.14:~cxx+mpi api=v18 ^openmpi@5 %c,cxx=gcc@12",
    ),
    (
        "z build_system=cmake +b a=1 cflags=-g ~a_b @1 target=zen os=o platform=linux /abcd",
        "z@1 cflags=-g ~a_b+b a=1 build_system=cmake platform=linux os=o target=zen /abcd",
    ),
]


@pytest.mark.parametrize("text, printed", PRINTED)
def test_round_trip(text: str, printed: str) -> None:
    spec = parse_spec(text)
    assert str(spec) == printed
    again = parse_spec(printed)
    assert again == spec and hash(again) == hash(spec)
    assert pickle.loads(pickle.dumps(spec)) == spec


#: Input, a part of the reason, the marked characters, a part of the suggestion.
REFUSED = [
    ("zlib@1.2@1.3", "one version", "@1.3", "@1.2,1.3"),
    ("zlib +x~x", "twice", "~x", "keep"),
    ("zlib +x +x", "twice", "+x", "keep"),
    ("zlib x=1 x=2", "twice", "x=2", "x=1,2"),
    ("zlib %", "not followed by a package", "%", "%gcc"),
    ("zlib %%", "not followed by a package", "%%", "%%gcc"),
    ("zlib %^a", "not followed by a package", "%", "%NAME"),
    ("zlib ^[virtuals=mpi", "is not closed", "^[", "]"),
    ("zlib ^[", "is not closed", "^[", "]"),
    ("zlib ^[foo=bar] x", "not an attribute", "foo=bar", "deptypes, virtuals, when"),
    ("zlib ^[foo] x", "key=value", "foo", "deptypes"),
    ("zlib ^[when=+x when=+y] a", "twice", "when=+y", ""),
    ("zlib ^[when='a b'] c", "condition", "when='a b'", ""),
    ("zlib ^[deptypes=foo] x", "not a dependency type", "deptypes=foo", ""),
    ("zlib ^[virtuals=a,,b] x", "empty item", "virtuals=a,,b", "comma"),
    ("zlib x = 1", "is not allowed here", "=", "without spaces"),
    ("zlib@1.2 : 1.3", "is not allowed here", ":", "ranges without spaces"),
    ("zlib@", "not followed by a version", "@", "@1.2"),
    ("zlib[x]", "is not allowed here", "[", "sigil"),
    ("zlib@1.2=1.3", "git references", "=", "@=VERSION"),
    ("zlib@1.4:1.2", "empty", "@1.4:1.2", "smaller"),
    ("zlib x=", "value is missing", "=", "''"),
    ('zlib x="a', "the quote is not closed", '"', 'add "'),
    ("zlib cflags='-O2 -g", "the quote is not closed", "'", "add '"),
    ("zlib x='a\" y", "the quote is not closed", "'", "add '"),
    ('zlib "x=1"', "is not allowed here", '"', "quote only the value"),
    ("zlib,foo", "is not allowed here", ",", "spaces"),
    ("zlib;", "is not allowed here", ";", ""),
    ("zlib foo", "second spec", "foo", "separately"),
    ("target==x", "cannot be propagated", "target==x", "target=x"),
    ("zlib patches==abc", "cannot be propagated", "patches==abc", ""),
    ("zlib os=a os=b", "twice", "os=b", "keep only one"),
    ("zlib arch=p-o-t target=x", "twice", "target=x", "keep only one"),
    ("zlib /a/b", "one hash", "/b", ""),
    ("a.z namespace=b", "namespace", "namespace=b", ""),
    ("zlib x=1,", "empty item", "x=1,", "comma"),
    ("zlib x=*,a", "cannot be combined", "x=*,a", "x=*"),
    ("zlib ^a@1 ^a@2", "same dependency", "zlib ^a@1 ^a@2", "deptypes"),
    ("zlib %gcc@10 %gcc@11", "same dependency", "zlib %gcc@10 %gcc@11", ""),
    ("zlib %c=gcc@12 %cxx=gcc@13", "same dependency", "zlib %c=gcc@12 %cxx=gcc@13", ""),
    ("./foo.json", "file", "./foo.json", "HASH"),
    ("zlib +", "not followed by the name of a variant", "+", ""),
    ("zlib /", "not followed by a hash", "/", ""),
]


@pytest.mark.parametrize("text, reason, marked, hint", REFUSED)
def test_errors_show_place_reason_and_suggestion(
    text: str, reason: str, marked: str, hint: str
) -> None:
    with pytest.raises(SpecSyntaxError, match=reason) as caught:
        parse_spec(text)
    error = caught.value
    assert error.span is not None and error.span.text == text
    assert text[error.span.start : error.span.end] == marked
    assert hint in (error.hint or "")
    assert "^" * len(marked) in str(error)


def test_errors_know_their_file() -> None:
    with pytest.raises(SpecSyntaxError) as caught:
        parse_spec("zlib@", Origin("spack.yaml", 3, 5))
    assert str(caught.value).startswith("spack.yaml:3:5: ")
    with pytest.raises(SpecSyntaxError) as caught:
        parse_specs("a zlib@", Origin("command line"))
    assert caught.value.origin == Origin("command line")


def test_an_error_keeps_no_origin_between_calls() -> None:
    with pytest.raises(SpecSyntaxError):
        parse_spec("zlib@@", Origin("one"))
    with pytest.raises(SpecSyntaxError) as caught:
        parse_spec("zlib@@", Origin("two"))
    assert caught.value.origin == Origin("two")


def test_several_specs() -> None:
    assert parse_specs("a b@1 +x c ^d e") == [
        parse_spec(text) for text in ("a", "b@1+x", "c ^d", "e")
    ]
    assert parse_specs("  ") == []


def test_specfiles_are_refused() -> None:
    for text in ("./a.json", "b /x/y.yaml", "c/d.json"):
        with pytest.raises(SpecSyntaxError, match="specfile cannot be used here"):
            parse_specs(text)
    assert parse_spec("foo.json").name == "json"


def test_the_data_of_a_spec() -> None:
    spec = parse_spec(
        "n.a@1:2 cflags='-O2 -I dir' ++p x:=1,2 os=o ^[when=+x deptypes=build] b %v=c /f"
    )
    assert (spec.namespace, spec.name, spec.os) == ("n", "a", "o")
    assert spec.versions == parse_version_set("1:2")
    assert spec.variants == {
        "p": VariantConstraint("p", (True,), propagate=True),
        "x": VariantConstraint("x", ("1", "2"), exact=True),
    }
    assert [flag[:2] for flag in spec.flags["cflags"]] == [("-O2", False), ("-I dir", False)]
    (edge,) = spec.dependencies
    assert (edge.sigil, edge.deptypes, edge.when) == ("^", dt.BUILD, parse_spec("+x"))
    (inner,) = edge.spec.dependencies
    assert (inner.sigil, inner.virtuals, inner.spec.abstract_hash) == ("%", ("v",), "f")


def test_percent_belongs_to_the_last_caret() -> None:
    spec = parse_spec("a %b ^c %d")
    names = {edge.sigil: edge.spec for edge in spec.dependencies}
    assert names["%"].name == "b"
    assert names["^"].dependencies[0].spec.name == "d"


@pytest.mark.parametrize(
    "name, package",
    [
        ("clang", "llvm"),
        ("oneapi", "intel-oneapi-compilers"),
        ("intel", "intel-oneapi-compilers-classic"),
        ("rocmcc", "llvm-amdgpu"),
        ("arm", "acfl"),
        ("gcc", "gcc"),
        ("apple-clang", "apple-clang"),
    ],
)
def test_old_compiler_names(name: str, package: str) -> None:
    assert parse_spec(f"a %{name}").dependencies[0].spec.name == package
    assert parse_spec(f"a %c={name}").dependencies[0].spec.name == package
    assert parse_spec(f"a ^{name}").dependencies[0].spec.name == name
    assert parse_spec(name).name == name
    assert str(parse_spec(f"a %{name}")) == f"a %{name}"


@pytest.mark.parametrize("word", ["a", "a b", "it's", 'a"b', "a\\", "\\\\'", "a\\b\nc", "", "[x]"])
def test_quoted_values_come_back(word: str) -> None:
    variant = parse_spec(f"z x={quoted(word)}").variants["x"]
    assert variant.values == (word,)


def test_arguments_of_a_shell() -> None:
    words = ["zlib", "cflags=-O2 -g", "+x", "y='a b'", "z=1,2"]
    spec = parse_spec(join_arguments(words))
    assert spec == parse_spec("zlib cflags='-O2 -g' +x y='a b' z=1,2")


def test_every_rule_has_its_grammar_line() -> None:
    for owner, rules in (
        (parser._Parser, "specs spec dependency edge_attributes node"),
        (parser._Node, "version boolean spread key_value hash"),
    ):
        for rule in rules.split():
            assert ":=" in (getattr(owner, rule).__doc__ or "")


def test_flags_keep_the_text_they_were_written_in() -> None:
    flags = parse_spec("z cflags='-O2 -g'").flags["cflags"]
    assert flags == (FlagConstraint("-O2", False, "-O2 -g"), FlagConstraint("-g", False, "-O2 -g"))
