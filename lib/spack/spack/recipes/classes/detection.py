"""Finding software that is on the machine already, by the names of programs and libraries.

A package class says with ``executables`` or ``libraries`` (regular expressions of file names) what
belongs to it; its class methods ``determine_version`` and ``determine_variants`` look closer. The
result is a list of external specs. What is done with them (configuration, questions to the user)
is decided above this module.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

from spack.errors import SpackError
from spack.language.parser import SpecSyntaxError, parse_spec
from spack.language.specs import Spec
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bound_spec import BoundSpec
from spack.recipes.repository_names import class_name_of, is_recipe_module, names_of_module
from spack.system.binaries.dynamic_linker import default_search_paths
from spack.type_names import Any, Callable

#: Seconds that the methods of one package may take for one kind of files.
TIME_LIMIT = 60.0

EXECUTABLES = "executables"
LIBRARIES = "libraries"


class DetectionError(SpackError):
    """A recipe's declaration of what belongs to it is contradictory."""


class Detected(NamedTuple):
    """An installation that was found.

    Attributes:
        spec: name, version and variants.
        prefix: its root directory.
        modules: environment modules that load it.
        extra_attributes: what else the recipe found out, such as paths of compilers.
    """

    spec: Spec
    prefix: str
    modules: tuple[str, ...] = ()
    extra_attributes: Mapping[str, Any] = {}


class DetectedInRecipe(NamedTuple):
    """An installation as recipe code sees it."""

    spec: BoundSpec
    prefix: str


#: Called with a sentence about something that was found and left out.
Warn = Callable[[str], None]


def _say_nothing(message: str) -> None:
    """Default for :data:`Warn`."""


def patterns_of(package_class: Any) -> tuple[str | None, Sequence[str]]:
    """The kind of files that a package class declares, and the regular expressions.

    The kind is None if the package cannot be detected. Raises :class:`DetectionError` for a class
    that declares both kinds.
    """
    executables = getattr(package_class, EXECUTABLES, None) or ()
    libraries = getattr(package_class, LIBRARIES, None) or ()
    if executables and libraries:
        raise DetectionError(
            f"{package_class.name}: the recipe declares both 'executables' and 'libraries'",
            hint="keep the one that identifies the package better",
        )
    if executables:
        return EXECUTABLES, tuple(executables)
    if libraries:
        return LIBRARIES, tuple(libraries)
    return None, ()


def matching_files(patterns: Iterable[str], files: Iterable[str]) -> list[str]:
    """The paths whose base name matches one of the patterns, in their order.

    Names of one file in several directories count in one of them only, so that links to programs
    are not found as further installations.
    """
    combined = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    return _one_directory_a_file(
        [path for path in files if combined.search(os.path.basename(path))]
    )


def prefix_of(path: str, kind: str) -> str:
    """The prefix that a file belongs to.

    It ends before the directory ``bin`` (in any case), for libraries ``lib64`` or ``lib``; without
    such a directory it is the one that holds the file.
    """
    directory = os.path.dirname(path)
    parts = directory.split(os.sep)
    for marker in ("bin",) if kind == EXECUTABLES else ("lib64", "lib"):
        names = [part.lower() if kind == EXECUTABLES else part for part in parts]
        if marker in names:
            return os.sep.join(parts[: names.index(marker)]) or os.sep
    return directory


def detect(
    package_class: Any, files: Iterable[str], kind: str, warn: Warn = _say_nothing
) -> list[Detected]:
    """The installations of one package among the files, sorted.

    Args:
        files: paths that match the patterns of the class.
        kind: :data:`EXECUTABLES` or :data:`LIBRARIES`.
    """
    by_directory: dict[str, list[str]] = {}
    for path in files:
        by_directory.setdefault(os.path.dirname(path), []).append(path)
    found: dict[tuple[str, str], Detected] = {}
    for directory in sorted(by_directory):
        paths = sorted(by_directory[directory])
        prefix = prefix_of(paths[0], kind)
        for candidate in _details(package_class, prefix, paths, warn):
            if _is_valid(package_class, candidate, warn):
                found.setdefault((str(candidate.spec), candidate.prefix), candidate)
    return [found[key] for key in sorted(found)]


def _details(package_class: Any, prefix: str, paths: list[str], warn: Warn) -> Iterator[Detected]:
    own = getattr(package_class, "determine_spec_details", None)
    if own is not None:
        answer = own(prefix, paths)
        for spec in answer if isinstance(answer, (list, tuple)) else [answer]:
            if spec is not None:
                yield from _candidate(str(spec), prefix, {}, warn)
        return
    selected = getattr(package_class, "filter_detected_exes", None)
    if selected is not None:
        paths = list(selected(prefix, paths))
    by_version: dict[str, list[str]] = {}
    without: list[str] = []
    for path in paths:
        version = _version(package_class, path, warn)
        if version is not None:
            (by_version.setdefault(version, []) if version else without).append(path)
    if without:
        more = f" and {len(without) - 1} more are" if without[1:] else " is"
        output = "their output" if without[1:] else "its output"
        warn(f"{without[0]}{more} left out: {package_class.name} finds no version in {output}")
    for version, same in by_version.items():
        for text, attributes in _variants(package_class, same, version, warn):
            whole = f"{package_class.name}@{version} {text}"
            yield from _candidate(whole, prefix, attributes, warn)


def _version(package_class: Any, path: str, warn: Warn) -> str | None:
    """The version of a program or library, "" if the recipe finds none; None where it fails."""
    method = getattr(package_class, "determine_version", None)
    if method is None:
        return None
    try:
        version = method(path)
    except Exception as error:
        # Recipes run what they found; a program that is broken or hangs is not the package.
        warn(f"{path} is left out: {_first_line(error)}")
        return None
    return str(version or "")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _variants(
    package_class: Any, paths: list[str], version: str, warn: Warn
) -> list[tuple[str, Mapping[str, Any]]]:
    method = getattr(package_class, "determine_variants", None)
    answer: str | tuple[str, Mapping[str, Any]] | list[Any] | None
    try:
        answer = method(paths, version) if method is not None else ""
    except Exception as error:
        name = package_class.name
        warn(f"{name}@{version} ({', '.join(paths)}) is left out: {_first_line(error)}")
        return []
    results = []
    for one in answer if isinstance(answer, list) else [answer]:
        results.append((one[0], one[1]) if isinstance(one, tuple) else (one or "", {}))
    return results


def _candidate(
    text: str, prefix: str, attributes: Mapping[str, Any], warn: Warn
) -> Iterator[Detected]:
    extra = dict(attributes)
    prefix = str(extra.pop("prefix", prefix))
    modules = tuple(extra.pop("modules", None) or ())
    try:
        spec = parse_spec(text.strip())
    except SpecSyntaxError as error:
        warn(f"what is in {prefix} is left out: '{text.strip()}' is not a spec: {error.message}")
        return
    yield Detected(spec, prefix, modules, extra)


def _is_valid(package_class: Any, candidate: Detected, warn: Warn) -> bool:
    method = getattr(package_class, "validate_detected_spec", None)
    if method is None:
        return True
    try:
        method(BoundSpec(candidate.spec), candidate.extra_attributes)
    except Exception as error:
        warn(f"{candidate.spec} in {candidate.prefix} is left out: {error}")
        return False
    return True


def find_installations(
    package_classes: Iterable[Any],
    *,
    executables: Sequence[str] = (),
    libraries: Sequence[str] = (),
    warn: Warn = _say_nothing,
    time_limit: float = TIME_LIMIT,
    jobs: int = 1,
) -> dict[str, list[Detected]]:
    """The installations of several packages among files, by package name.

    Args:
        executables, libraries: the result of :func:`programs_in` and :func:`libraries_in`.
        time_limit: seconds; a package that takes longer is left out with a warning.
        jobs: packages that are looked at side by side: most of the time programs run.
    """
    from concurrent.futures import ThreadPoolExecutor

    work: list[tuple[Any, list[str], str]] = []
    for package_class in package_classes:
        kind, patterns = patterns_of(package_class)
        if kind is None:
            continue
        files = matching_files(patterns, executables if kind == EXECUTABLES else libraries)
        if files:
            work.append((package_class, files, kind))

    def examine(one: tuple[Any, list[str], str]) -> list[Detected]:
        return _within(time_limit, *one, warn)

    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        results = list(pool.map(examine, work))
    return {one[0].name: detected for one, detected in zip(work, results) if detected}


def by_path(
    packages_to_search: Sequence[str], *, path_hints: Sequence[str] | None = None
) -> dict[str, list[DetectedInRecipe]]:
    """Detect packages whose recipes are loaded already; recipe code calls this.

    Args:
        path_hints: directories with programs; PATH if there are none.
    """
    classes = []
    for name in packages_to_search:
        for module_name in list(sys.modules):
            if is_recipe_module(module_name) and names_of_module(module_name)[1] == name:
                found = getattr(sys.modules[module_name], class_name_of(name), None)
                classes += [found] if found is not None else []
    detected = find_installations(classes, executables=programs_in(path_hints))
    return {
        name: [DetectedInRecipe(BoundSpec(str(one.spec)), one.prefix) for one in installations]
        for name, installations in detected.items()
    }


def _within(
    seconds: float, package_class: Any, files: list[str], kind: str, warn: Warn
) -> list[Detected]:
    """:func:`detect` in a thread, so that a program that hangs stops nothing else."""
    results: list[list[Detected]] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(detect(package_class, files, kind, warn))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        warn(f"{package_class.name} was not searched completely: it took over {seconds:g} seconds")
        return []
    if errors:
        warn(f"{package_class.name} cannot be detected: {errors[0]}")
        return []
    return results[0]


def programs_in(directories: Iterable[str] | None = None) -> list[str]:
    """Executable files of the directories and of their ``bin``; of PATH if none are given."""
    if directories is None:
        directories = [path for path in os.environ.get("PATH", "").split(os.pathsep) if path]
    found: list[str] = []
    for directory in _distinct(directories):
        for folder in (directory, os.path.join(directory, "bin")):
            found += [path for path in _files_of(folder) if os.access(path, os.X_OK)]
    return found


def libraries_in(directories: Iterable[str] | None = None) -> list[str]:
    """Shared libraries for this machine in the directories and in their ``lib`` and ``lib64``.

    Without directories: those of ``LD_LIBRARY_PATH`` and of the dynamic linker.
    """
    subfolders: tuple[str, ...] = ("", "lib", "lib64")
    if directories is None:
        listed = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
        usual = [*[path for path in listed if path], *default_search_paths()]
        # Where /lib is a link to /usr/lib the libraries belong to /usr, as their headers do.
        directories = [os.path.realpath(path) for path in usual]
        subfolders = ("",)
    wanted = _elf_kind(sys.executable)
    found: list[str] = []
    for directory in _distinct(directories):
        for subfolder in subfolders:
            for path in _files_of(os.path.join(directory, subfolder) if subfolder else directory):
                if ".so" in os.path.basename(path) and _elf_kind(path) == wanted:
                    found.append(path)
    return found


def _files_of(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [path for path in (os.path.join(folder, name) for name in names) if os.path.isfile(path)]


def _distinct(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(os.path.abspath(path) for path in paths))


def _one_directory_a_file(paths: Sequence[str]) -> list[str]:
    """The paths without those of a file that the search found in another directory before.

    Programs act by their name, as ``clang`` and ``clang++`` do, so that all names in the directory
    count: that of the file itself, or of the first link to it.
    """
    chosen: dict[tuple[int, int], str] = {}
    files: list[tuple[str, tuple[int, int]]] = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        key = (status.st_dev, status.st_ino)
        files.append((path, key))
        if key not in chosen or (os.path.islink(chosen[key]) and not os.path.islink(path)):
            chosen[key] = path
    return [path for path, key in files if os.path.dirname(path) == os.path.dirname(chosen[key])]


def _elf_kind(path: str) -> bytes | None:
    """Word size, byte order and machine of an ELF file; None for other files."""
    try:
        with open(path, "rb") as file:
            header = file.read(20)
    except OSError:
        return None
    if len(header) < 20 or header[:4] != b"\x7fELF":
        return None
    return header[4:6] + header[18:20]
