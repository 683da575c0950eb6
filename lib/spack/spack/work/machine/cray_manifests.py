"""The packages and compilers that a Cray system lists about itself, taken over as externals.

A manifest is a JSON file with ``specs`` (name, version, parameters, prefix, hash, dependencies)
and ``compilers`` (name, version, prefix, executables).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence

from spack.config import editing
from spack.errors import Origin, SpackError
from spack.language.parser import parse_spec
from spack.type_names import TYPE_CHECKING, Any, Callable
from spack.work.machine.externals import Found

if TYPE_CHECKING:
    from spack.session.parts import WritableSettings

#: The directory with the manifests of a Cray system.
DEFAULT_DIRECTORY = "/opt/cray/pe/cpe-descriptive-manifest"

#: Compilers that have another name as packages.
_COMPILER_PACKAGES = {
    "clang": "llvm",
    "nvidia": "nvhpc",
    "oneapi": "intel-oneapi-compilers",
    "intel": "intel-oneapi-compilers-classic",
    "rocm": "llvm-amdgpu",
}

_LANGUAGES = {"cc": "c", "cxx": "cxx", "fc": "fortran"}


class CrayManifestError(SpackError):
    """A manifest that is not there, is not a JSON, or does not say what it must."""


def manifest_files(file: str | None, directory: str | None, *, default: bool) -> list[str]:
    """The files to read, sorted.

    Raises:
        ConfigurationError: there are none.
    """
    files = [file] if file is not None else []
    places = [directory] if directory is not None else []
    if default and file is None and directory is None:
        places.append(DEFAULT_DIRECTORY)
    for place in places:
        if os.path.isdir(place):
            names = sorted(name for name in os.listdir(place) if name.endswith(".json"))
            files += [os.path.join(place, name) for name in names]
        elif directory is not None:
            raise CrayManifestError(f"there is no directory {place}")
    if not files:
        raise CrayManifestError(
            "no manifest found",
            hint=(
                f"Cray systems have them in {DEFAULT_DIRECTORY}; otherwise use --file"
                " or --directory"
            ),
        )
    return files


def read(
    parts: WritableSettings,
    files: Sequence[str],
    *,
    scope: str | None,
    dry_run: bool,
    strict: bool,
) -> Found:
    """Keep what manifests list as externals.

    Args:
        dry_run: only say what would be kept.
        strict: a file with faults is an error; otherwise it is passed over.

    Raises:
        ConfigurationError: with ``strict``.
    """
    entries: dict[str, list[dict[str, Any]]] = {}
    rejected: list[str] = []
    for file in files:
        try:
            for name, entry in _entries(_parsed(file), file, rejected.append):
                entries.setdefault(name, []).append(entry)
        except CrayManifestError as error:
            if strict:
                raise
            rejected.append(str(error))
    added: list[str] = []
    target = parts.configuration.write_target(scope)
    written = target.file_of("packages") or ""
    for name, items in sorted(entries.items()):
        known = {(entry.spec, entry.prefix) for entry in parts.settings.package(name).externals}
        fresh = [item for item in items if (item["spec"], item["prefix"]) not in known]
        added += [f"{item['spec']} in {item['prefix']}" for item in fresh]
        if fresh and not dry_run:
            present = parts.configuration.in_scope(target, "packages")
            own = (present.plain() or {}).get(name) or {} if present is not None else {}
            keys = ["packages", name, "externals"]
            value = [*(own.get("externals") or []), *fresh]
            editing.set_value(parts.configuration, keys, value, target.name)
            parts.forget_configuration()
    return Found(tuple(added), tuple(rejected), written)


def _parsed(file: str) -> Mapping[str, Any]:
    try:
        with open(file, encoding="utf-8") as stream:
            data = json.load(stream)
    except (OSError, ValueError) as error:
        raise CrayManifestError(f"it cannot be read: {error}", origin=Origin(file)) from error
    if not isinstance(data, dict):
        raise CrayManifestError("it is not a mapping", origin=Origin(file))
    return data


def _entries(data: Mapping[str, Any], file: str, warn: Callable[[str], None]) -> Iterator[Any]:
    """Pairs of a package name and an external; a spec that cannot be one is told of."""
    try:
        for compiler in data.get("compilers", ()):
            yield _compiler(compiler)
        specs = list(data.get("specs", ()))
        listed = {str(spec.get("hash")) for spec in specs}
        for spec in specs:
            entry = _package(spec, listed)
            try:
                parse_spec(entry["spec"])
            except SpackError as error:
                warn(f"{file}: {spec['name']} is skipped: {error.message}")
                continue
            yield str(spec["name"]), entry
    except (KeyError, TypeError, AttributeError) as error:
        raise CrayManifestError(
            f"it is not a valid manifest: {type(error).__name__}: {error}",
            origin=Origin(file),
        ) from error


def _compiler(data: Mapping[str, Any]) -> Any:
    name = _COMPILER_PACKAGES.get(data["name"], data["name"])
    paths = {
        _LANGUAGES[key]: str(path)
        for key, path in data.get("executables", {}).items()
        if key in _LANGUAGES and path
    }
    prefix = str(data.get("prefix") or os.path.dirname(os.path.dirname(next(iter(paths.values())))))
    paths = {key: os.path.join(prefix, path) for key, path in paths.items()}
    spec = f"{name}@{data['version']}"
    if name == "gcc":
        words = {"c": "c", "cxx": "c++", "fortran": "fortran"}
        spec += " languages:=" + ",".join(sorted(words[key] for key in paths))
    return name, {"spec": spec, "prefix": prefix, "extra_attributes": {"compilers": paths}}


def _package(data: Mapping[str, Any], listed: Any) -> dict[str, Any]:
    words = [f"{data['name']}@{data['version']}"]
    for name, value in sorted(data.get("parameters", {}).items()):
        if isinstance(value, bool):
            words.append(f"+{name}" if value else f"~{name}")
        elif isinstance(value, list):
            words += [f"{name}={','.join(map(str, value))}"] if value else []
        else:
            words.append(f"{name}={value}")
    entry: dict[str, Any] = {"spec": " ".join(words), "prefix": str(data["prefix"])}
    if data.get("hash"):
        entry["id"] = str(data["hash"])
    dependencies = [
        {"id": str(dependency["hash"]), "deptypes": list(dependency.get("type", ["link"]))}
        for dependency in data.get("dependencies", {}).values()
        if str(dependency["hash"]) in listed
    ]
    if dependencies:
        entry["dependencies"] = dependencies
    return entry
