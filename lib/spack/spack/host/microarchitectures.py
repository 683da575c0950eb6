"""Processors: this one, what a compiler can do for which, and candidates for a solve.

The data are those of archspec. Compilers are named by package (``llvm``) or by the name archspec
has for them (``clang``).
"""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Iterable

from spack.errors import NotFoundError, SpackError
from spack.language.targets import Microarchitecture, taxonomy

#: Compiler packages with another name in archspec.
_COMPILERS = {
    "acfl": "arm",
    "armcc": "arm",
    "intel-oneapi-compilers": "oneapi",
    "intel-oneapi-compilers-classic": "intel",
    "llvm": "clang",
    "llvm-amdgpu": "rocmcc",
}


class UnsupportedTargetError(SpackError):
    """A compiler cannot make code for a micro-architecture."""


def _get(name: str) -> Microarchitecture:
    try:
        return taxonomy()[name]
    except KeyError:
        raise NotFoundError(
            f"the target {name!r} is not known", hint="list the targets with spack arch -k"
        ) from None


def data_place() -> str:
    """The file that is replaced with the data on processors."""
    import archspec

    return str(archspec.__file__)


@functools.cache
def detect() -> str:
    """The micro-architecture of this machine."""
    import archspec.cpu

    return str(archspec.cpu.host().name)


def family(target: str) -> str:
    """The most general target that runs on the same machines. Raises NotFoundError."""
    return _get(target).family


def generic(target: str) -> str:
    """The best target of no particular vendor that the target can stand in for."""
    return _get(target).generic


@functools.cache
def flags(compiler_name: str, version: str, target: str) -> str:
    """The compiler's options for code that runs best on the target.

    Empty for a compiler without known options. Raises UnsupportedTargetError,
    NotFoundError.
    """
    from archspec.cpu import TARGETS, UnsupportedMicroarchitecture

    _get(target)
    compiler = _COMPILERS.get(compiler_name, compiler_name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(TARGETS[target].optimization_flags(compiler, _numbers(version)))
        except UnsupportedMicroarchitecture as error:
            raise UnsupportedTargetError(
                f"{compiler_name}@{version} cannot make code for {target}: {error}",
                hint=f"ask for a more general target: target={generic(target)} or "
                f"target={family(target)}, or for a newer compiler",
            ) from error


def _numbers(version: str) -> str:
    """The leading numbers of a version; a branch such as ``main`` is newer than any release."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return found.group() if found else "999"


def supports(compiler_name: str, version: str, target: str) -> bool:
    """Whether the compiler can make code for the target. Raises NotFoundError."""
    try:
        flags(compiler_name, version, target)
    except UnsupportedTargetError:
        return False
    return True


# --- candidates of a solve -----------------------------------------------------------------------


def candidates(
    target: str,
    *,
    host_compatible: bool = True,
    granularity: str = "microarchitectures",
    requested: Iterable[str] = (),
) -> list[str]:
    """Targets that nodes may have on a host with this target, in order.

    First the host's own, then its ancestors from specific to generic.

    Args:
        host_compatible: False adds the other members of the family, those with more ancestors
            first.
        granularity: ``generic`` keeps those of no particular vendor.
        requested: targets that come last, each with its ancestors, whatever the granularity is;
            only without ``host_compatible``.

    Raises:
        NotFoundError: a name is not known.
    """
    host = _get(target)
    found = [target, *host.ancestors]
    if not host_compatible:
        known = taxonomy()
        others = [n for n, one in known.items() if one.family == host.family and n not in found]
        found.extend(sorted(others, key=lambda name: (-len(known[name].ancestors), name)))
    if granularity == "generic":
        found = [name for name in found if _get(name).vendor == "generic"]
    for name in () if host_compatible else requested:
        found.extend([name, *_get(name).ancestors])
    return list(dict.fromkeys(found))
