"""Compilers and other externals: look for them, keep them in the configuration, describe them.

A first solve without any configured compiler looks for compilers by itself, once, and for
``make``, without which nothing can be built. What is found is kept in the instance, not in the
home directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from spack.config import editing
from spack.config.package_settings import ExternalEntry
from spack.config.settings import Settings
from spack.errors import SpackError
from spack.language.parser import parse_spec

if TYPE_CHECKING:
    from spack.recipes.detection import Detected
    from spack.session.session import Session

#: Looked for on first use beside compilers.
FIRST_TOOLS = ("gmake",)


class NoCompilerError(SpackError):
    """No configured compiler matches."""


class Found(NamedTuple):
    """What a search brought: new entries, what was passed over and why, and where they are kept."""

    added: Tuple[str, ...]
    rejected: Tuple[str, ...]
    file: str


def settings_with_compilers(session: Session) -> Settings:
    """The settings of a session; compilers are looked for first if none is configured."""
    if not any(True for _ in configured_compilers(session.settings)):
        names = [*session.repositories.with_tag("compiler"), *FIRST_TOOLS]
        found = search(session, names, (), _first_scope(session))
        for text in found.added:
            session.notices.information(f"Found {text}")
        for text in found.rejected:
            session.notices.warning(text)
    return session.settings


def configured_compilers(settings: Settings) -> Iterator[Tuple[str, ExternalEntry]]:
    """Externals that say where compilers are, with the name of their package."""
    for name, package in settings.packages.items():
        for entry in package.externals:
            if entry.extra_attributes.get("compilers"):
                yield name, entry


def find_compilers(session: Session, paths: Sequence[str], scope: Optional[str]) -> Found:
    """Look for compilers in directories, or in PATH, and keep the new ones."""
    return search(
        session, session.repositories.with_tag("compiler"), paths, scope or _first_scope(session)
    )


def search(
    session: Session, names: Sequence[str], paths: Sequence[str], scope: Optional[str]
) -> Found:
    """Look for installations of some packages and keep the new ones as externals."""
    from spack.recipes.detection import find_installations, programs_in

    rejected: List[str] = []
    repositories = session.repositories
    repositories.serve()
    classes = [repositories.package_class(name) for name in names if repositories.exists(name)]
    programs = programs_in(paths or None)
    detected = find_installations(classes, executables=programs, warn=rejected.append)
    added: List[str] = []
    file = ""
    for name, installations in sorted(detected.items()):
        change, texts = _keep(session, name, installations, scope)
        added += texts
        file = change or file
    if added:
        session.forget_configuration()
    if not file:
        target = session.configuration.write_target(scope)
        file = target.file_of("packages") or ""
    return Found(tuple(added), tuple(rejected), file)


def _keep(
    session: Session, name: str, installations: Sequence[Detected], scope: Optional[str]
) -> Tuple[str, List[str]]:
    """Add externals that are not configured yet; the file written and what was added."""
    known = session.settings.package(name).externals
    fresh = [item for item in installations if not any(_same(item, entry) for entry in known)]
    if not fresh:
        return "", []
    configuration = session.configuration
    target = configuration.write_target(scope)
    present = configuration.in_scope(target, "packages")
    own: List[Any] = []
    if present is not None:
        own = list(((present.plain() or {}).get(name) or {}).get("externals") or [])
    entries = [*own, *(_entry(item) for item in fresh)]
    change = editing.set_value(configuration, ["packages", name, "externals"], entries, target.name)
    session.forget_configuration()
    return change.file, [f"{item.spec} in {item.prefix}" for item in fresh]


def _same(item: Detected, entry: ExternalEntry) -> bool:
    spec = parse_spec(entry.spec, entry.origin)
    return spec.versions.intersects(item.spec.versions) and entry.prefix == item.prefix


def _entry(item: Detected) -> Dict[str, Any]:
    entry: Dict[str, Any] = {"spec": str(item.spec), "prefix": item.prefix}
    if item.modules:
        entry["modules"] = list(item.modules)
    if item.extra_attributes:
        entry["extra_attributes"] = _plain(item.extra_attributes)
    return entry


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (bool, int)) else str(value)


def _first_scope(session: Session) -> Optional[str]:
    """The scope of the instance, or the user's where the instance is read-only."""
    names = [scope.name for scope in session.configuration.scopes if scope.is_writable()]
    for name in ("spack:state", "spack", "user"):
        if name in names:
            return name
    return None


def compiler_lines(session: Session) -> List[str]:
    """One line for each configured compiler."""
    lines = []
    for _, entry in configured_compilers(session.settings):
        paths = entry.extra_attributes["compilers"]
        languages = ", ".join(f"{language}: {path}" for language, path in sorted(paths.items()))
        lines.append(f"[e]  {entry.spec}  ({languages})")
    return sorted(lines)


def compiler_description(session: Session, text: str) -> str:
    """All that is configured about the compilers that match."""
    out: List[str] = []
    for _, entry in _matching(session, text):
        out.append(f"{entry.spec}:\n")
        out.append(f"    prefix: {entry.prefix}\n")
        for key, value in sorted(entry.extra_attributes.items()):
            if isinstance(value, dict):
                out.append(f"    {key}:\n")
                out += [f"        {word}: {item}\n" for word, item in sorted(value.items())]
            else:
                out.append(f"    {key}: {value}\n")
        out.append(f"    configured in {entry.origin}\n")
    return "".join(out)


def remove_compilers(session: Session, text: str, scope: Optional[str]) -> List[str]:
    """Drop the compilers that match from a scope, by default from each where they are."""
    removed = []
    for name, entry in _matching(session, text):
        configuration = session.configuration
        for place in configuration.scopes:
            if not place.is_writable() or (scope is not None and place.name != scope):
                continue
            present = configuration.in_scope(place, "packages")
            own = ((present.plain() if present is not None else {}) or {}).get(name) or {}
            externals = list(own.get("externals") or [])
            kept = [item for item in externals if item.get("spec") != entry.spec]
            if len(kept) < len(externals):
                editing.set_value(configuration, ["packages", name, "externals"], kept, place.name)
                session.forget_configuration()
                removed.append(entry.spec)
                break
    if not removed:
        raise NoCompilerError(
            f"no writable scope configures a compiler {text}",
            hint="spack config blame packages shows where it comes from",
        )
    return removed


def _matching(session: Session, text: str) -> List[Tuple[str, ExternalEntry]]:
    wanted = parse_spec(text)
    found = []
    for name, entry in configured_compilers(session.settings):
        spec = parse_spec(entry.spec, entry.origin)
        if wanted.name in (None, name) and spec.versions.intersects(wanted.versions):
            found.append((name, entry))
    if not found:
        known = ", ".join(entry.spec for _, entry in configured_compilers(session.settings))
        raise NoCompilerError(
            f"no configured compiler matches {text}",
            hint=f"configured: {known}" if known else "spack compiler find",
        )
    return found
