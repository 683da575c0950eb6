"""The sentences that say why constraints are there: one for each kind, and the only place of such.

A program is made with facts (:class:`Reason`); words are made of those few that somebody reads.
"""

from __future__ import annotations

from collections.abc import Sequence

from spack.language.specs import Spec
from spack.solve.asp.program import Law
from spack.solve.problem.request import LANGUAGES, Compiler, Group

#: The number of versions or values to list.
_SHOWN = 8

_INSTALL = (
    "install one (apt-get install g++ gfortran, dnf install gcc-c++ gcc-gfortran, "
    "zypper install gcc-c++ gcc-fortran), then run spack compiler find"
)


def _listed(items: Sequence[object]) -> str:
    shown = ", ".join(str(item) for item in items[:_SHOWN])
    return shown + (", …" if len(items) > _SHOWN else "")


def _when(condition: Spec | None) -> str:
    text = "" if condition is None else str(condition)
    return f" when {text}" if text else ""


def _members(group: Group) -> str:
    return ", ".join(str(member) for member in group.members if member is not None)


# -- requests and configuration ------------------------------------------------------------------


def _required(name: str, group: Group) -> str:
    if group.message:
        return group.message
    choice = "one of " if group.policy == "one_of" else "any of "
    several = len(group.members) - group.members.count(None) > 1
    return f"{name} requires {choice if several else ''}{_members(group)}{_when(group.when)}"


def _provider_required(virtual: str, group: Group) -> str:
    return group.message or f"the provider of {virtual} is required to be {_members(group)}"


def _forbidden(name: str, group: Group) -> str:
    text = f"the configuration has a conflict of {name} with {_either(group)}{_when(group.when)}"
    return f"{text}: {group.message}" if group.message else text


def _provider_forbidden(virtual: str, group: Group) -> str:
    text = f"the configuration has a conflict of the provider of {virtual} with {_either(group)}"
    return f"{text}: {group.message}" if group.message else text


def _either(group: Group) -> str:
    return " and with ".join(str(member) for member in group.members if member is not None)


def _not_buildable(package: str, rejected: Sequence[str], has_externals: bool) -> str:
    text = f"{package} may not be built (buildable: false)"
    if rejected:
        return f"{text}; its externals cannot be used: " + "; ".join(rejected)
    return text if has_externals else f"{text} and none of its externals is configured"


REQUESTED = Law("request", "{} was requested")
PART_REQUESTED = Law("request", "{} was requested in {}")
FLAGS_DIFFER = Law("request", "two requests for {} of {} differ")
REQUIRED = Law("requirement", _required)
PROVIDER_REQUIRED = Law("requirement", _provider_required)
FORBIDDEN = Law("conflict", _forbidden)
PROVIDER_FORBIDDEN = Law("conflict", _provider_forbidden)
COMPILED_AGAINST = Law("rule", "{0.label} was compiled by {1}, against a requirement on {2}")
DEVELOPED = Law("requirement", "{} is developed as {}")
FIXED = Law("requirement", "{0.label} is already in the environment")
NOT_BUILDABLE = Law("buildable", _not_buildable)

# -- recipes -------------------------------------------------------------------------------------


def _versions(
    name: str, known: Sequence[object], others: Sequence[object], deprecated: bool
) -> str:
    if len(known) == 1:
        return f"the only known version of {name} is {known[0]}"
    if known:
        return f"the known versions of {name} are {_listed(known)}"
    if others and deprecated:
        return f"all known versions of {name} are deprecated: {_listed(others)}"
    text = f"no known version of {name} may be built"
    return f"{text}: deprecated or without checksum are {_listed(others)}" if others else text


def _values(name: str, variant: str, values: Sequence[object]) -> str:
    known = f"one of {_listed(values)}" if values else "one of its values"
    return f"{name}: variant {variant} is {known}"


def _conflict(name: str, spec: Spec, when: Spec | None, message: str | None) -> str:
    return message or f"{name}: conflicts with {spec}{_when(when)}"


def _no_provider(name: str, virtual: str, compilers: Sequence[object]) -> str:
    if virtual in LANGUAGES:
        text = f"{name} needs a compiler for {virtual}, and none is configured"
        if compilers:
            others = ", ".join(map(str, compilers))
            return f"{text} (not for {virtual}: {others}); {_INSTALL}"
        return f"{text}: {_INSTALL}"
    return f"{name} needs a provider of {virtual}, but there is none"


def _exists_when(name: str, variant: str, conditions: Sequence[Spec]) -> str:
    either = " or ".join(dict.fromkeys(str(condition) for condition in conditions))
    return f"{name} has the variant {variant} only when {either}"


def _value_when(name: str, variant: str, value: object, when: Spec | None) -> str:
    limit = "never" if when is None else f"only when {when}"
    return f"{name} knows {variant}={value} {limit}"


def _one_compiler(name: str, language: str, compilers: Sequence[Compiler]) -> str:
    if len(compilers) == 1:
        return f"{name} is compiled by the only compiler for {language}, {compilers[0].name}"
    usable = ", ".join(map(str, compilers))
    return f"{name} has one compiler for {language}" + (f" of {usable}" if usable else "")


def _compiles_installed(
    name: str, language: str, compilers: Sequence[object], others: Sequence[object]
) -> str:
    usable = ", ".join(map(str, compilers)) or "none"
    text = f"{name} compiles {language} only as a configured or installed compiler: {usable}"
    return f"{text}; not for {language}: {', '.join(map(str, others))}" if others else text


DEPENDS = Law("dependency", lambda name, spec, when: f"{name} depends on {spec}{_when(when)}")
DEPENDS_ONLY = Law("dependency", "{} depends on {} only when {}")
CONFLICT = Law("conflict", _conflict)
VERSIONS = Law("version", _versions)
VALUES = Law("variant", _values)
EXISTS_WHEN = Law("variant", _exists_when)
VALUE_WHEN = Law("variant", _value_when)
STICKY = Law(
    "sticky", "{}: the variant {} is sticky: it keeps its default unless a value is requested"
)

# -- virtuals ------------------------------------------------------------------------------------

NO_PROVIDER = Law("compiler", _no_provider)
ONE_PROVIDER = Law("virtual", "an answer has one provider of {}")
ONE_PROVIDER_FOR = Law("virtual", "{} has one provider of {}")
ONE_PROVIDER_TOGETHER = Law("virtual", "one provider of {} for what is used together")
MOST_PROVIDERS = Law("virtual", "at most {} providers of {}")
NOT_PROVIDED = Law("virtual", "{} does not provide {} in this form")
TWO_VERSIONS = Law("virtual", "{0} cannot provide both {1}@{2} and {1}@{3}")
PROVIDES_TOGETHER = Law("virtual", "{} provides {} and {} together")
ROOT_PROVIDES = Law("virtual", "{} was requested and provides {}")
ONE_TOGETHER = Law("virtual", "one {} for what is used together")

# -- compilers and targets -----------------------------------------------------------------------

ONE_COMPILER_FOR = Law("virtual", _one_compiler)
MOST_COMPILERS = Law("requirement", "at most {} compilers for {}")
COMPILES_INSTALLED = Law("compiler", _compiles_installed)
C_AND_CXX = Law("compiler", "{} takes C and C++ from one compiler")
NOT_MIXED = Law(
    "requirement",
    "all packages that are used together use one compiler for {} (concretizer:compiler_mixing)",
)
COMPILED_BY = Law("compiler", "{} is compiled by {}@{}")
COMPILED_FOR_FORTRAN = Law("compiler", "{} is compiled by {} for Fortran")
RUNTIME_VERSION = Law("compiler", "{} has the version of the compiler it comes from")
NOT_NEWER = Law(
    "compiler", "{0} is below a package built by {1}@{2} and may not be built by a newer {1}"
)
C_LIBRARY = Law("rule", "{} links against the C library of {}")
TARGET_UNSUPPORTED = Law("rule", "{}@{} does not support target {}")
TARGET_NEWER = Law("rule", "{} may not need a newer target than {}")

# -- what is installed ---------------------------------------------------------------------------

OWN_DEPENDENCY = Law("rule", "{0.label} comes with its own {1}")
NEEDS_AT_LEAST = Law("rule", "{0.label} needs {1}@{2}:")
