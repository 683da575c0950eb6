"""Compilers: look for them, keep them in the configuration, describe and drop them.

A first solve without any configured compiler looks for compilers by itself, once, and for
``make``, without which nothing can be built. What is found is kept in the instance, not in the
home directory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from spack.config.settings.package_settings import ExternalEntry
from spack.config.settings.settings import Settings
from spack.errors import AmbiguousError, NotFoundError, Origin
from spack.language.matching import satisfies
from spack.language.parser import parse_spec
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING, Any
from spack.work.machine.shared_entries import is_here

if TYPE_CHECKING:
    from spack.config.configuration import Configuration
    from spack.config.scopes.scopes import Scope
    from spack.host.architecture import HostDescription
    from spack.host.libc import Libc
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import (
        CompilerParts,
        DetectionParts,
        HasRepositories,
        InstalledParts,
        PackageParts,
        WritableSettings,
    )
    from spack.work.machine.externals import Found

#: Looked for on first use beside compilers.
FIRST_TOOLS = ("gmake",)


def look_if_there_are_none(parts: CompilerParts) -> None:
    """Look for compilers, and keep them, if none is configured."""
    if not any(True for _ in compilers_here(parts.settings, parts.host)):
        found = find_compilers(parts)
        for text in found.added:
            parts.reporter.information(f"Found {text}")
        if found.rejected:
            parts.reporter.information(
                "Skipped programs that do not work as compilers; spack compiler find lists them"
            )


def compilers_here(settings: Settings, host: HostDescription) -> Iterator[ExternalEntry]:
    """The configured compilers of this machine; files may be shared with other machines."""
    for _, entry in configured_compilers(settings):
        if is_here(entry, host):
            yield entry


def configured_compilers(settings: Settings) -> Iterator[tuple[str, ExternalEntry]]:
    """Externals that say where compilers are, with the name of their package."""
    for name, package in settings.packages.items():
        for entry in package.externals:
            if entry.extra_attributes.get("compilers"):
                yield name, entry


def find_compilers(
    parts: DetectionParts,
    paths: Sequence[str] = (),
    scope: str | None = None,
    *,
    modules: Sequence[str] = (),
    jobs: int | None = None,
) -> Found:
    """Look for compilers in directories and modules, or in PATH, and keep the new ones.

    In PATH what is needed beside a compiler is looked for too, unless it is configured.
    """
    from spack.work.machine.externals import search

    names = list(parts.repositories.with_tag("compiler"))
    if not paths and not modules:
        names += [name for name in FIRST_TOOLS if name not in parts.settings.packages]
    return search(
        parts,
        names,
        paths=paths,
        modules=modules,
        scope=scope or _first_scope(parts.configuration),
        jobs=jobs,
    )


def what_find_would_add(
    repositories: RepositoryPath, settings: Settings, variables: Mapping[str, str], name: str
) -> str:
    """The results of :func:`find_compilers` for one compiler package in PATH, in words."""
    from spack.work.machine.externals import detect, new_ones

    found, _ = detect(repositories, settings, variables, [name])
    fresh = new_ones(settings, name, found.get(name, ()))
    if not fresh:
        return f"spack compiler find would add no {name}: name the directory that has it"
    listed = ", ".join(f"{item.spec} in {item.prefix}" for item in fresh)
    return f"spack compiler find would add {listed}"


def _first_scope(configuration: Configuration) -> str | None:
    """The scope of the instance, or the user's where the instance is read-only."""
    names = [scope.name for scope in configuration.scopes if scope.is_writable()]
    for name in ("spack:state", "spack", "user"):
        if name in names:
            return name
    return None


class UsableCompiler(NamedTuple):
    """A compiler that builds can use.

    Attributes:
        status: ``external``, ``installed`` or ``upstream``.
        programs: language -> program of a configured compiler; empty for an installed one.
        origin: where it is configured; empty for an installed one.
    """

    spec: str
    status: str
    prefix: str | None
    programs: Mapping[str, str]
    origin: str

    def line(self, *, with_origin: bool = False) -> str:
        """The line of a list for people."""
        mark = {"external": "e", "installed": "+", "upstream": "^"}[self.status]
        programs = ", ".join(f"{language}: {path}" for language, path in self.programs.items())
        place = f"  [{self.origin}]" if with_origin else ""
        return f"[{mark}]  {self.spec}  ({programs or self.prefix}){place}"


def usable_compilers(parts: InstalledParts, scope: str | None = None) -> list[UsableCompiler]:
    """Configured compilers, of all scopes or one, then installed ones, sorted by spec."""
    found = []
    for _, entry in configured_compilers(parts.settings.of_scope(scope)):
        paths = {key: str(path) for key, path in entry.extra_attributes["compilers"].items()}
        programs = dict(sorted(paths.items()))
        found.append(
            UsableCompiler(entry.spec, "external", entry.prefix, programs, str(entry.origin))
        )
    found.sort(key=UsableCompiler.line)
    return found + ([] if scope else sorted(_installed(parts), key=UsableCompiler.line))


def _installed(parts: InstalledParts) -> Iterator[UsableCompiler]:
    """Compilers that are packages of the store; only a store with some asks the recipes."""
    if not os.path.isdir(parts.settings.config.install_tree_root):
        return
    records = [r for r in parts.store.database.records() if r.installed and not r.external]
    if records:
        compilers = set(parts.repositories.with_tag("compiler"))
        for record in records:
            if record.name in compilers:
                status = "upstream" if record.upstream else "installed"
                spec = f"{record.name}@{record.version}"
                yield UsableCompiler(spec, status, record.path, {}, "")


def compiler_description(parts: PackageParts, text: str, scope: str | None = None) -> str:
    """All that is known of the compilers that match: the configuration, and what they say."""
    out: list[str] = []
    for name, entry in _matching(parts.settings, text, scope):
        out.append(f"{entry.spec}:\n")
        out.append(f"    prefix: {entry.prefix}\n")
        if entry.modules:
            out.append(f"    modules: {', '.join(entry.modules)}\n")
        for key, value in sorted(entry.extra_attributes.items()):
            if isinstance(value, dict):
                out.append(f"    {key}:\n")
                out += [f"        {word}: {item}\n" for word, item in sorted(value.items())]
            else:
                out.append(f"    {key}: {value}\n")
        out += [f"    {line}\n" for line in _observed(entry)]
        rpaths, remark = _implicit_rpaths(parts, name, entry)
        shown = "unknown, " if rpaths is None else ", ".join(rpaths) or "none"
        out.append(f"    implicit rpaths: {shown}{remark}\n")
        out.append(f"    configured in {entry.origin}\n")
    return "".join(out)


def compiler_facts(parts: PackageParts, text: str, scope: str | None = None) -> list[Any]:
    """The facts of :func:`compiler_description`, as plain data."""
    found: list[Any] = []
    for name, entry in _matching(parts.settings, text, scope):
        library = _library(entry)
        rpaths, reason = _implicit_rpaths(parts, name, entry)
        found.append(
            {
                "spec": entry.spec,
                "prefix": entry.prefix,
                "modules": list(entry.modules),
                **entry.extra_attributes,
                "libc": str(library) if library is not None else None,
                "implicit_rpaths": rpaths,
                "implicit_rpaths_unknown": reason if rpaths is None else None,
                "origin": str(entry.origin),
            }
        )
    return found


def _observed(entry: ExternalEntry) -> Iterator[str]:
    """The statements of a compiler about the programs that it makes."""
    paths = entry.extra_attributes["compilers"]
    found = _library(entry)
    if found is not None:
        yield f"C library: {found} in {found.prefix}"
    missing = [language for language in ("c", "cxx", "fortran") if language not in paths]
    if missing:
        yield f"has no compilers for: {', '.join(missing)}"


def _library(entry: ExternalEntry) -> Libc | None:
    """The C library of the programs that a compiler makes, where it can be told."""
    from spack.host import libc

    paths = entry.extra_attributes["compilers"]
    program = paths.get("c") or paths.get("cxx") or paths.get("fortran")
    return libc.detect(str(program)) if program else None


def _implicit_rpaths(
    parts: HasRepositories, name: str, entry: ExternalEntry
) -> tuple[list[str] | None, str]:
    """The directories where programs find libraries that a compiler links by itself, and a remark.

    Without an answer the remark says why there is none.
    """
    from spack.recipes.classes.build_queries import (
        configured_rpaths,
        library_directories,
        verbose_link,
    )

    configured = configured_rpaths(entry.extra_attributes)
    if configured is not None:
        return list(configured), " (configured)"
    if not parts.repositories.exists(name):
        return None, f"there is no recipe {name}"
    package_class = parts.repositories.package_class(name)
    paths = entry.extra_attributes["compilers"]
    language = next((word for word in ("c", "cxx", "fortran") if paths.get(word)), None)
    if language is None:
        return [], ""
    flags = str(getattr(package_class, "verbose_flags", "-v"))
    try:
        output = verbose_link(str(paths[language]), flags, fortran=language == "fortran")
    except OSError as error:
        return None, f"{paths[language]} does not run: {error.strerror}"
    if not output:
        return None, f"{paths[language]} cannot link a program"
    return list(library_directories(output, getattr(package_class, "implicit_rpath_libs", ()))), ""


class Removed(NamedTuple):
    """A compiler that was dropped from a file; ``left`` is where it is configured still."""

    spec: str
    prefix: str
    file: str
    left: Origin | None


def remove_compilers(
    parts: WritableSettings, text: str, scope: str | None, *, everything: bool = False
) -> list[Removed]:
    """Drop the compiler that matches from a scope, by default from the highest that has it.

    Args:
        everything: drop all that match, from every scope that can be written.

    Raises:
        NotFoundError: none matches, or none of them is in a scope that can be written.
        AmbiguousError: several match, and not ``everything`` is to go.
    """
    entries: dict[tuple[str, str, str | None], ExternalEntry] = {}
    for name, entry in _matching(parts.settings, text, scope):
        entries.setdefault((name, entry.spec, entry.prefix), entry)
    if len(entries) > 1 and not everything:
        raise AmbiguousError(
            f"{len(entries)} compilers match {text}: "
            + ", ".join(f"{spec} in {prefix}" for _, spec, prefix in entries),
            hint=f"name one by its prefix, such as {next(iter(entries))[2]}, or give --all",
        )
    removed = []
    for (name, _, _), entry in entries.items():
        for place in reversed(parts.configuration.scopes):
            if not place.is_writable() or (scope is not None and place.name != scope):
                continue
            file = _remove_from(parts.configuration, name, entry, place)
            if file is None:
                continue
            parts.forget_configuration()
            others = [e for _, e in configured_compilers(parts.settings) if _same(e, entry)]
            left = others[0].origin if others else None
            removed.append(Removed(entry.spec, entry.prefix or "", file, left))
            if not everything:
                break
    if not removed:
        raise NotFoundError(
            f"no writable scope has a compiler {text}",
            hint="see where it is configured with spack config blame packages",
        )
    return removed


def _remove_from(
    configuration: Configuration, name: str, entry: ExternalEntry, place: Scope
) -> str | None:
    """Drop a compiler from one scope; the file that was changed, None if it is not in there."""
    present = configuration.in_scope(place, "packages")
    own = ((present.plain() if present is not None else {}) or {}).get(name) or {}
    externals = list(own.get("externals") or [])
    kept = [
        item
        for item in externals
        if (item.get("spec"), item.get("prefix")) != (entry.spec, entry.prefix)
    ]
    if len(kept) == len(externals):
        return None
    from spack.config import editing

    keys = ["packages", name, "externals"]
    if kept:
        return editing.set_value(configuration, keys, kept, place.name)
    # The list became empty: the package goes too if nothing else is said of it.
    keys = keys[:2] if set(own) == {"externals"} else keys
    return editing.remove(configuration, keys, scope=place.name)


def _same(one: ExternalEntry, other: ExternalEntry) -> bool:
    return (one.spec, one.prefix) == (other.spec, other.prefix)


def _matching(
    settings: Settings, text: str, scope: str | None = None
) -> list[tuple[str, ExternalEntry]]:
    """Configured compilers that a spec describes, or whose prefix the text is."""
    configured = list(configured_compilers(settings.of_scope(scope)))
    if text.startswith("/"):
        found = [(name, e) for name, e in configured if e.prefix == (text.rstrip("/") or "/")]
    else:
        wanted = parse_spec(text)
        exact = [(name, entry) for name, entry in configured if entry.spec == text]
        found = exact or [
            (name, entry)
            for name, entry in configured
            if satisfies(parse_spec(entry.spec, entry.origin), wanted)
        ]
    if not found:
        known = ", ".join(entry.spec for _, entry in configured)
        raise NotFoundError(
            f"no configured compiler matches {text}",
            hint=f"configured: {known}" if known else "spack compiler find",
        )
    return found
