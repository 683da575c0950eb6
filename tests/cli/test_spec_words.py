"""Words of one spec belong together, in every command that takes specs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest
from tests.end_to_end.small_instance import Instance

from spack.cli.arguments import OneSpec, SpecWords, with_closed_quotes
from spack.cli.catalogue import COMMANDS
from spack.cli.parsing import Parser, command_parser
from spack.errors import UsageError

#: Arguments that hold specs and something else; their commands take the specs out.
MIXED = {
    ("verify manifest", "SPEC|FILE"),
    ("why", "in SPEC"),
    ("build-env", "SPEC [-- COMMAND …]"),
    ("test-env", "SPEC [-- COMMAND …]"),
}


def positionals(
    parser: argparse.ArgumentParser, name: str
) -> Iterator[tuple[str, argparse.Action]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb, below in action.choices.items():
                yield from positionals(below, f"{name} {verb}")
        elif not action.option_strings:
            yield name, action


def test_every_argument_that_is_a_spec_has_the_one_parser() -> None:
    taken = 0
    for command in COMMANDS:
        for name, action in positionals(command_parser(command), command):
            if "SPEC" in str(action.metavar) and (name, action.metavar) not in MIXED:
                assert isinstance(action, (SpecWords, OneSpec)), name
                taken += 1
    assert taken > 30


@pytest.mark.parametrize(
    "command, words, texts",
    [
        ("uninstall", ["zlib@1.2.13", "~pic"], ["zlib@1.2.13 ~pic"]),
        ("load", ["a", "+x", "b", "^c", "@2"], ["a +x", "b ^c @2"]),
        ("mark", ["-e", "/abc", "/def"], ["/abc", "/def"]),
        ("diff", ["zlib@1", "~pic", "zlib@2", "+pic"], ["zlib@1 ~pic", "zlib@2 +pic"]),
        ("install", ["a b", "+x"], ["a", "b +x"]),
        ("install", ["z", "cflags=-O2 -g", "+x"], ["z cflags='-O2 -g' +x"]),
        ("install", ["z", 'cflags="-O2', '-g"', "+x"], ['z cflags="-O2 -g" +x']),
        ("find", ["cflags=-O2 -g"], ["cflags='-O2 -g'"]),
    ],
)
def test_words(command: str, words: list[str], texts: list[str]) -> None:
    assert command_parser(command).parse_args(words).specs == texts


def test_views_and_marks_of_one_package_take_words_too() -> None:
    view = command_parser("view").parse_args(["remove", "dir", "zlib", "~pic", "b"])
    assert view.specs == ["zlib ~pic", "b"]
    assert command_parser("location").parse_args(["-i", "zlib", "~pic"]).spec == "zlib ~pic"


@pytest.mark.parametrize(
    "line, specs",
    [
        ("find zlib -v ^zstd@2", ["zlib ^zstd@2"]),
        ("find -l zlib +x -v ~pic bzip2", ["zlib +x ~pic", "bzip2"]),
        ("view symlink dir -i zlib ~pic", ["zlib ~pic"]),
        ("view symlink dir zlib -i ~pic", ["zlib ~pic"]),
        ("install a -j 2 +x --fake b", ["a +x", "b"]),
    ],
)
def test_words_after_an_option_belong_to_the_specs_before_it(line: str, specs: list[str]) -> None:
    command, *words = line.split()
    assert command_parser(command).parse_args(words).specs == specs


def test_words_after_an_option_belong_to_the_one_spec() -> None:
    parser = command_parser("location")
    assert parser.parse_args(["zlib", "-i", "^zstd"]).spec == "zlib ^zstd"
    with pytest.raises(UsageError, match="takes one spec, not 2: zlib, bzip2"):
        parser.parse_args(["zlib", "-i", "bzip2"])
    with pytest.raises(UsageError, match="has no option '--nothing'"):
        command_parser("find").parse_args(["zlib", "-v", "^zstd", "--nothing"])
    with pytest.raises(UsageError, match="takes no argument 'more'"):
        command_parser("arch").parse_args(["more"])


def test_a_command_of_one_spec_does_not_take_the_first_of_several() -> None:
    for command in ("location", "logs", "dependents", "info", "why-not"):
        with pytest.raises(UsageError, match="takes one spec, not 2: zlib, bzip2"):
            command_parser(command).parse_args(["zlib", "bzip2"])


def test_quotes_that_nothing_closes_stay_as_they_are() -> None:
    words = ["z", 'cflags="-O2', "-g", "b"]
    assert with_closed_quotes(words) == words


def test_words_of_other_programs_stay_as_they_are() -> None:
    parser = Parser(prog="python")
    parser.add_argument("words", nargs="*")
    assert parser.parse_args(['x="a', 'b"']).words == ['x="a', 'b"']


def test_uninstall_removes_what_the_words_mean(instance: Instance) -> None:
    instance.ok("install", "--fake", "answer@1.0", "answer@2.0~shared", "picky")
    refused = instance.fails("uninstall", "--all", "-y", "-R", "~shared", "picky")
    assert "'~shared' names no package" in refused
    instance.ok("uninstall", "--all", "-y", "-R", "answer@2.0", "~shared")
    assert instance.installed() == ["answer", "compiler-wrapper", "gcc-runtime", "picky"]
    instance.ok("mark", "-i", "answer@1.0", "+shared")
    assert "picky" in instance.ok("find", "-x") and "answer" not in instance.ok("find", "-x")
