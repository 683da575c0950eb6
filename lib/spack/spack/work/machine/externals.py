"""Installations made by others: look for them, keep them in the configuration, check them later."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from spack.config import editing
from spack.config.settings.package_settings import ExternalEntry
from spack.errors import Origin, SpackError, UsageError
from spack.language.matching import intersects
from spack.language.parser import parse_spec
from spack.named_tuples import NamedTuple
from spack.recipes.classes.detection import (
    Detected,
    find_installations,
    libraries_in,
    matching_files,
    patterns_of,
    programs_in,
)
from spack.recipes.finding.repository_description import RepositoryError
from spack.type_names import TYPE_CHECKING, Any
from spack.work.machine.shared_entries import is_here
from spack.work.queries.queries import parse_words

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.parts import DetectionParts, ExternalParts, WritableSettings

#: Tags of the packages that are looked for when none are named.
DEFAULT_TAGS = ("core-packages", "build-tools")

#: Recipes that cannot be loaded are told of one by one up to this number.
_BROKEN_SHOWN = 3

#: Programs that stand in for compilers under their names and are none.
_MASQUERADES = ("ccache", "sccache", "distcc", "icecc", "colorgcc")


class Found(NamedTuple):
    """Result of a search: new entries, rejected candidates with reasons, and the file."""

    added: tuple[str, ...]
    rejected: tuple[str, ...]
    file: str


class Drift(NamedTuple):
    """A configured external that is not, or no longer, what is on the machine."""

    package: str
    spec: str
    text: str
    origin: Origin

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "package": self.package,
            "spec": self.spec,
            "fault": self.text,
            "file": self.origin.file,
            "line": self.origin.line,
        }


class ModuleSearchError(SpackError):
    """A module that should be searched cannot be loaded."""


def chosen_packages(
    repositories: RepositoryPath,
    names: Sequence[str],
    *,
    tags: Sequence[str],
    everything: bool,
    exclude: Sequence[str],
) -> list[str]:
    """The packages to look for: those that are named, tagged, or all that can be found at all.

    Raises:
        UsageError: an option contradicts another, a package cannot be found on a machine.
        UnknownPackageError: no such recipe.
    """
    if everything and (names or tags):
        raise UsageError(
            "--all cannot be combined with names or tags", hint="remove the names and tags"
        )
    detectable = set(detectable_names(repositories))
    broken = repositories.broken()
    others = set(names) - set(broken)
    for name in names:
        if name in broken and others:
            continue  # the search of the others goes on, and says so
        repositories.record(name)
        if name not in detectable:
            raise UsageError(
                f"{name} cannot be detected: its recipe does not support it",
                hint=f"add it manually with spack config add packages:{name}:externals:…",
            )
    if everything:
        chosen = detectable
    elif names and not tags:
        chosen = set(names)
    else:
        tagged = {name for tag in tags or DEFAULT_TAGS for name in repositories.with_tag(tag)}
        chosen = (tagged | set(names)) & detectable
    return sorted(chosen - set(exclude))


def detectable_names(repositories: RepositoryPath) -> Sequence[str]:
    """The packages whose recipes say how to find them."""
    return repositories.with_tag("detectable")


def passed_over(repositories: RepositoryPath) -> list[str]:
    """A line for each recipe that cannot be loaded, so that nothing it could find is found.

    Many such recipes are told of in one line.
    """
    broken = repositories.broken()
    names = sorted(broken)
    if len(names) <= _BROKEN_SHOWN:
        return [broken[name].splitlines()[0] for name in names]
    shown = ", ".join(names[:_BROKEN_SHOWN])
    return [
        f"{len(names)} recipes cannot be loaded and are skipped: {shown}, …; "
        "spack audit packages says why"
    ]


def search(
    parts: DetectionParts,
    names: Sequence[str],
    *,
    paths: Sequence[str] = (),
    modules: Sequence[str] = (),
    scope: str | None = None,
    not_buildable: bool = False,
    jobs: int | None = None,
) -> Found:
    """Look for installations of some packages and keep the new ones as externals.

    Raises:
        UsageError: one of the paths is not a directory.

    Args:
        paths: directories to search; without them and without modules PATH, and what
            ``config:additional_external_search_paths`` adds.
        modules: environment modules; what they put on PATH is searched, and what is found there
            is kept as something that needs the module.
        not_buildable: packages that were found are never to be built.
        jobs: packages to look at side by side.
    """
    found, rejected = detect(
        parts.repositories,
        parts.settings,
        parts.variables,
        names,
        paths=paths,
        modules=modules,
        jobs=jobs,
    )
    added: list[str] = []
    file = ""
    for name, installations in sorted(found.items()):
        change, texts = _keep(parts, name, installations, scope)
        added += texts
        file = change or file
        if not_buildable:
            keys = ["packages", name, "buildable"]
            file = editing.set_value(parts.configuration, keys, False, scope)
            parts.forget_configuration()
    if not file:
        target = parts.configuration.write_target(scope)
        file = target.file_of("packages") or ""
    return Found(tuple(added), tuple(dict.fromkeys(rejected)), file)


def detect(
    repositories: RepositoryPath,
    settings: Settings,
    variables: Mapping[str, str],
    names: Sequence[str],
    *,
    paths: Sequence[str] = (),
    modules: Sequence[str] = (),
    jobs: int | None = None,
) -> tuple[dict[str, list[Detected]], list[str]]:
    """Installations by package, and why candidates were rejected; arguments as of :func:`search`.

    Raises:
        UsageError: one of the paths is not a directory.
    """
    rejected: list[str] = []
    repositories.serve()
    classes = []
    for name in names:
        if repositories.exists(name):
            try:
                classes.append(repositories.package_class(name))
            except RepositoryError as error:
                rejected.append(f"{error.origin}: {error.message}")
    jobs = jobs or min(16, os.cpu_count() or 1)
    found: dict[str, list[Detected]] = {}
    usual = _usual_directories(settings, variables)
    if paths or not modules:
        directories = _checked(paths) or usual
        found = _detect(classes, directories, directories == usual, jobs, rejected.append)
    for module in modules:
        directories = module_directories(variables, module)
        more = _detect(classes, directories, directories == usual, jobs, rejected.append)
        for name, items in more.items():
            found.setdefault(name, []).extend(item._replace(modules=(module,)) for item in items)
    return found, rejected


def _checked(paths: Sequence[str]) -> list[str]:
    for path in paths:
        if not os.path.isdir(path):
            raise UsageError(f"{path} is not a directory", hint="pass directories to search")
    return [os.path.abspath(path) for path in paths]


def _usual_directories(settings: Settings, variables: Mapping[str, str]) -> list[str]:
    """The directories of PATH, and those that are configured beside them."""
    listed = variables.get("PATH", "").split(os.pathsep)
    return [path for path in (*listed, *settings.config.additional_external_search_paths) if path]


def _detect(
    classes: Sequence[Any], directories: Sequence[str], usual: bool, jobs: int, warn: Any
) -> dict[str, list[Detected]]:
    programs = []
    for path in programs_in(directories):
        real = os.path.basename(os.path.realpath(path))
        if real not in _MASQUERADES or os.path.basename(path) == real:
            programs.append(path)
        elif any(matching_files(patterns_of(one)[1] or ("(?!)",), [path]) for one in classes):
            warn(f"{path} is left out: it is another name of {real}")
    libraries: Sequence[str] = ()
    if any(patterns_of(one)[0] == "libraries" for one in classes):
        # PATH says nothing about libraries: then it is where the dynamic linker looks.
        libraries = libraries_in(None if usual else directories)
    return find_installations(
        classes, executables=programs, libraries=libraries, warn=warn, jobs=jobs
    )


def module_directories(variables: Mapping[str, str], module: str) -> list[str]:
    """The directories that an environment module puts on PATH.

    Raises:
        ModuleSearchError: it cannot be loaded.
    """
    from spack.system.processes.environment_modules import ModuleCommandError, module_command

    variables = dict(variables)
    before = set(variables.get("PATH", "").split(os.pathsep))
    try:
        module_command("load", module, variables=variables)
    except ModuleCommandError as error:
        raise ModuleSearchError(
            f"the module '{module}' cannot be loaded: {error.message}", hint="module avail"
        ) from error
    after = variables.get("PATH", "").split(os.pathsep)
    return [path for path in after if path and path not in before]


def new_ones(settings: Settings, name: str, installations: Sequence[Detected]) -> list[Detected]:
    """Those installations of a package that are not configured yet."""
    known = settings.package(name).externals
    return [item for item in installations if not any(_same(item, entry) for entry in known)]


def _keep(
    parts: WritableSettings, name: str, installations: Sequence[Detected], scope: str | None
) -> tuple[str, list[str]]:
    """Add externals that are not configured yet; the file written and what was added."""
    fresh = new_ones(parts.settings, name, installations)
    if not fresh:
        return "", []
    configuration = parts.configuration
    target = configuration.write_target(scope)
    present = configuration.in_scope(target, "packages")
    own: list[Any] = []
    if present is not None:
        own = list(((present.plain() or {}).get(name) or {}).get("externals") or [])
    entries = [*own, *(_entry(item) for item in fresh)]
    file = editing.set_value(configuration, ["packages", name, "externals"], entries, target.name)
    parts.forget_configuration()
    return file, [f"{item.spec} in {item.prefix}" for item in fresh]


def _same(item: Detected, entry: ExternalEntry) -> bool:
    spec = parse_spec(entry.spec, entry.origin)
    return spec.versions.intersects(item.spec.versions) and entry.prefix == item.prefix


def _entry(item: Detected) -> dict[str, Any]:
    entry: dict[str, Any] = {"spec": str(item.spec), "prefix": item.prefix}
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


def configured_externals(settings: Settings, words: Sequence[str] = ()) -> list[ExternalEntry]:
    """The externals of the configuration, all or those that could be one of some specs."""
    wanted = [located.spec for located in parse_words(words)]
    found = []
    for name, package in settings.packages.items():
        for entry in package.externals:
            spec = parse_spec(entry.spec, entry.origin)
            named = spec if spec.name else spec.replace(name=name)
            if not wanted or any(intersects(named, one) for one in wanted):
                found.append(entry)
    return found


def audit(parts: ExternalParts, names: Sequence[str] = ()) -> list[Drift]:
    """Look again at the configured externals of this machine, of all packages or of some.

    Found are prefixes and programs that are gone, other versions or variants than configured, and
    what the recipe does not recognise any more.
    """
    parts.repositories.serve()
    found: list[Drift] = []
    for name, package in parts.settings.packages.items():
        for entry in package.externals if not names or name in names else ():
            if is_here(entry, parts.host):
                for text in _drifts(parts.repositories, parts.variables, name, entry):
                    found.append(Drift(name, entry.spec, text, entry.origin))
    return found


def _drifts(
    repositories: RepositoryPath, variables: Mapping[str, str], name: str, entry: ExternalEntry
) -> Iterator[str]:
    """Yield the problems of one external; one that is gone is not examined further."""
    gone = False
    if entry.prefix is not None and not os.path.isdir(entry.prefix):
        yield f"there is no directory {entry.prefix}"
        gone = True
    programs = dict(entry.extra_attributes.get("compilers") or {})
    for language, program in sorted(programs.items()):
        if program and not os.access(str(program), os.X_OK):
            yield f"there is no program {program}, the compiler for {language}"
            gone = True
    for module in entry.modules:
        try:
            module_directories(variables, module)
        except ModuleSearchError as error:
            yield error.message
    if not repositories.exists(name):
        yield f"there is no recipe {name}"
    elif not gone:
        try:
            package_class = repositories.package_class(name)
        except RepositoryError as error:
            yield error.message
            return
        if entry.prefix is not None:
            yield from _changes(package_class, entry, [str(path) for path in programs.values()])


def _changes(package_class: Any, entry: ExternalEntry, programs: Sequence[str]) -> Iterator[str]:
    name = package_class.name
    kind, _ = patterns_of(package_class)
    if kind is None:
        return
    configured = parse_spec(entry.spec, entry.origin)
    directories = [str(entry.prefix), *(os.path.dirname(program) for program in programs)]
    reasons: list[str] = []
    detected = find_installations(
        [package_class],
        executables=programs_in(directories) if kind == "executables" else (),
        libraries=libraries_in(directories) if kind == "libraries" else (),
        warn=reasons.append,
    ).get(name, [])
    here = [
        d for d in detected if os.path.realpath(d.prefix) == os.path.realpath(entry.prefix or "")
    ]
    if not here:
        yield f"{name} is not found in {entry.prefix}" + "".join(f"; {r}" for r in reasons[:1])
        return
    same = [d for d in here if d.spec.versions.intersects(configured.versions)]
    if not same:
        versions = ", ".join(sorted({str(d.spec.versions) for d in here}))
        yield f"it is version {versions.replace('=', '')} now"
    elif not any(intersects(d.spec, configured) for d in same):
        yield f"it is {' or '.join(str(d.spec) for d in same)} now"
