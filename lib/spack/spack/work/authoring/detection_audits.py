"""Runs the detection tests of recipes: made-up installations that a recipe has to recognise.

A test lies beside the recipe, in ``detection_test.yaml``. It lists layouts (names of programs, and
the shell script that all of them are) and what detection must find in such a directory.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence

from spack.errors import NotFoundError, Origin, SpackError
from spack.language.matching import satisfies
from spack.language.parser import parse_spec
from spack.recipes.classes.detection import Detected, find_installations, programs_in
from spack.system.files import yaml_files
from spack.system.files.writing import mkdirp
from spack.type_names import TYPE_CHECKING, Any
from spack.work.authoring.audits import Fault

if TYPE_CHECKING:
    from spack.recipes.finding.repositories import RepositoryPath

#: The file beside a recipe.
TEST_FILE = "detection_test.yaml"


def tested_packages(repositories: RepositoryPath) -> list[str]:
    """Names of the packages whose recipes have detection tests, sorted."""
    found = set()
    for repository in repositories.repositories:
        for name, directory in repository.list_directories().items():
            if os.path.isfile(os.path.join(repository.packages_dir, directory, TEST_FILE)):
                found.add(name)
    return sorted(found)


def audit_externals(repositories: RepositoryPath, names: Sequence[str]) -> list[Fault]:
    """List faults in the detection of the named packages, or of all that have tests.

    Raises UnknownPackageError, and NotFoundError for a package without tests.
    """
    known = tested_packages(repositories)
    for name in names:
        if name not in known:
            repositories.record(name)
            raise NotFoundError(
                f"the recipe of {name} has no {TEST_FILE}",
                hint="list recipes that have one with spack audit externals --list",
            )
    repositories.serve()
    return [finding for name in names or known for finding in _findings(repositories, name)]


def _findings(repositories: RepositoryPath, name: str) -> Iterator[Fault]:
    repository = repositories.repository_of(name)
    path = os.path.join(repository.package_dir(name), TEST_FILE)
    try:
        data = yaml_files.load(path)
        cases = yaml_files.plain(data)["paths"]
        places = [yaml_files.origin_of(data["paths"], at) for at in range(len(cases))]
    except SpackError as error:
        yield Fault("detection", name, error.message, error.origin or Origin(path))
        return
    except (KeyError, TypeError):
        yield Fault("detection", name, "the file has no list 'paths'", Origin(path))
        return
    package_class = repositories.package_class(name)
    for case, place in zip(cases, places):
        if sys.platform not in case.get("platforms", [sys.platform]):
            continue
        for text in _faults(package_class, case):
            yield Fault("detection", name, text, place or Origin(path))


def _faults(package_class: Any, case: Mapping[str, Any]) -> Iterator[str]:
    """The differences between what is expected of one made-up directory and what is found."""
    warnings: list[str] = []
    with tempfile.TemporaryDirectory(prefix="spack-detection-") as directory:
        _make(directory, case.get("layout", []))
        folders = sorted({folder for folder, _, files in os.walk(directory) if files})
        detected = find_installations(
            [package_class], executables=programs_in(folders), warn=warnings.append
        )
    found = list(detected.get(package_class.name, []))
    faults = []
    for wanted in case.get("results") or []:
        match = next((one for one in found if _fits(one, wanted)), None)
        if match is None:
            seen = ", ".join(str(one.spec) for one in detected.get(package_class.name, []))
            faults.append(f"{wanted['spec']} was not found; found: {seen or 'nothing'}")
        else:
            found.remove(match)
    faults += [f"{one.spec} was found but not expected" for one in found]
    # What was left out explains a fault; on its own it may be what the test is about.
    yield from faults + (warnings if faults else [])


def _make(directory: str, layout: Sequence[Mapping[str, Any]]) -> None:
    for part in layout:
        for relative in part.get("executables", []):
            path = os.path.join(directory, relative)
            mkdirp(os.path.dirname(path))
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n" + str(part.get("script", "")))
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)


def _fits(found: Detected, wanted: Mapping[str, Any]) -> bool:
    if not satisfies(found.spec, parse_spec(str(wanted["spec"]))):
        return False
    return all(
        re.fullmatch(pattern, _at(found.extra_attributes, keys)) is not None
        for keys, pattern in _leaves(wanted.get("extra_attributes") or {})
    )


def _leaves(values: Mapping[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Keys and text of every leaf of nested maps."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, *above, key)
        else:
            yield (*above, key), str(value)


def _at(values: Any, keys: Sequence[str]) -> str:
    for key in keys:
        values = values.get(key, {}) if isinstance(values, Mapping) else {}
    return values if isinstance(values, str) else ""
