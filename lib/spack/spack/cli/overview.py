"""The text of ``spack help``: commands by section, global options, the syntax of specs."""

from __future__ import annotations

import argparse

from spack.cli.catalogue import COMMANDS, SECTIONS

#: The commands that a new user needs first.
MOST_USED = (
    "env add remove concretize install uninstall find spec list info load unload compiler config "
    "help"
).split()

SPEC_SYNTAX = """\
A spec says what to install, and leaves open what it does not say:

  hdf5                     a package
  hdf5@1.14.3              the version 1.14.3, or 1.14.3.x if the recipe has no 1.14.3
  hdf5@=1.14.3             exactly this version
  hdf5@1.12:1.14           versions from 1.12 up to and including all of 1.14
  hdf5@1.10,1.14:          one of several ranges
  hdf5@git.develop=1.15    a branch, tag or commit, to be treated as 1.15
  hdf5+mpi~cxx             variants on and off
  hdf5 api=v18             a variant with a value; api=v18,v110 for several
  hdf5 ++shared            the variant for dependencies too, where they have it
  hdf5 cflags="-O3 -g"     compiler flags: cflags cxxflags fflags cppflags ldflags ldlibs
  hdf5 target=zen3         target, os= and platform= of the machine it will run on
  hdf5 %gcc@12             a direct dependency, such as the compiler
  hdf5 %c,cxx=clang        clang as the compiler of C and C++
  hdf5 ^openmpi@5          a dependency somewhere below
  hdf5 ^[virtuals=mpi] mpich    mpich as the provider of mpi
  builtin.hdf5             the recipe of one repository
  hdf5/abc123              an installed spec by its hash
"""


def overview(parser: argparse.ArgumentParser, *, everything: bool) -> str:
    """Commands by section: the most used ones, or all of them with the global options."""
    sections: dict[str, list[str]] = {name: [] for name in SECTIONS}
    shown = [name for name in COMMANDS if everything or name in MOST_USED]
    width = max(len(name) for name in shown)
    for name in sorted(shown):
        command = COMMANDS[name]
        sections[command.section].append(f"  {name:<{width}}  {command.description}")
    lines = ["usage: spack [options] COMMAND …", ""]
    for title, rows in sections.items():
        if rows:
            lines += [f"{title}:", *rows, ""]
    if everything:
        lines += [_options(parser), ""]
    lines += [
        "spack help --all       all commands and the options before a command",
        "spack help --spec      how to write a spec",
        "spack help COMMAND     what a command does and its options (also: spack COMMAND -h)",
    ]
    return "\n".join(lines)


def _options(parser: argparse.ArgumentParser) -> str:
    text = parser.format_help()
    return text[text.index("option") :].rstrip()
