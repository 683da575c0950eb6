"""Files that are written into ``<prefix>/.spack`` after a build.

The specfile, the recipes that were used, times, the machine, log and environment of the build, and
the files that the recipe wants kept. Knows the stage as a directory and packages as recipe
objects.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import platform
import shlex
import shutil
import socket
from collections.abc import Iterable, Mapping, Sequence

from spack import __version__
from spack.builds.phase_logs import PhaseTime, compress
from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteSpec
from spack.language.serialization import specfile_to_dict
from spack.recipes.bound.bound_spec import BoundSpec
from spack.recipes.builders.builder_choice import create_builder
from spack.recipes.classes.stand_alone_tests import INSTALL_TEST_LOG
from spack.store.layout import metadata
from spack.system.files.writing import atomic_write
from spack.system.processes.variables import EnvironmentModifications
from spack.system.terminal import messages
from spack.type_names import Any

ENVIRONMENT = "spack-build-env.txt"
ENVIRONMENT_CHANGES = "spack-build-env-mods.txt"
CONFIGURE_ARGUMENTS = "spack-configure-args.txt"

#: Parts of names of variables whose values are not written to files.
_SECRET = ("TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "API_KEY", "PRIVATE_KEY")


def is_secret(name: str) -> bool:
    """Whether the value of a variable must not be written to a file."""
    return any(part in name.upper() for part in _SECRET)


def write_environment(
    directory: str, variables: Mapping[str, str], changes: EnvironmentModifications
) -> None:
    """Write the variables of a build, and the changes that made them, into the stage."""
    lines = []
    for name, value in sorted(variables.items()):
        if is_secret(name):
            lines.append(f"# {name} is not shown\n")
        elif not name.isidentifier():
            lines.append(f"# {name}={shlex.quote(value)}\n".replace("\n", " ").rstrip() + "\n")
        else:
            lines.append(f"{name}={shlex.quote(value)}; export {name}\n")
    atomic_write(os.path.join(directory, ENVIRONMENT), "".join(lines), mode=0o600)
    shown = EnvironmentModifications(changes)
    shown.drop(*[name for name in changes.group_by_name() if is_secret(name)])
    text = shown.shell_modifications("sh", explicit=True, env={})
    atomic_write(os.path.join(directory, ENVIRONMENT_CHANGES), text, mode=0o644)


def write_configure_arguments(directory: str, package: Any) -> None:
    """Write the arguments of the configure step into the stage, if the recipe can tell them."""
    for name in ("configure_args", "cmake_args"):
        method = getattr(package, name, None)
        if method is None:
            continue
        # The package is asked outside of its build: whatever goes wrong there is no failure of it.
        with contextlib.suppress(Exception):
            text = " ".join(str(word) for word in method())
            atomic_write(os.path.join(directory, CONFIGURE_ARGUMENTS), text, mode=0o644)
            return


def write_specfile(prefix: str, spec: ConcreteSpec) -> None:
    """Write the specfile of a node and its closure."""
    text = json.dumps(specfile_to_dict(spec), separators=(",", ":"))
    atomic_write(metadata(prefix).spec_file, text, mode=0o644)


def write_machine(prefix: str, host: Architecture) -> None:
    """Write which machine and which program installed the prefix."""
    data = {
        "host_os": host.os,
        "platform": host.platform,
        "host_target": host.target,
        "hostname": socket.gethostname(),
        "spack_version": __version__,
        "kernel_version": platform.version(),
    }
    atomic_write(metadata(prefix).environment, json.dumps(data, separators=(",", ":")), mode=0o644)


def write_times(
    prefix: str, spec: ConcreteSpec, times: Iterable[PhaseTime], *, from_cache: bool
) -> None:
    """Write how long the steps took."""
    steps = list(times)
    data = {
        "total": sum(step.seconds for step in steps),
        "phases": [
            {"name": step.name, "path": step.name, "seconds": step.seconds, "count": 1}
            for step in steps
        ],
        "name": spec.name,
        "cache": from_cache,
        "hash": spec.dag_hash(),
    }
    atomic_write(metadata(prefix).times, json.dumps(data, separators=(",", ":")), mode=0o644)


def keep_stage_files(prefix: str, stage: str, joined_log: str) -> None:
    """Copy log, environment, arguments and test log from the stage into the prefix."""
    places = metadata(prefix)
    if os.path.exists(joined_log):
        compress(joined_log, places.build_log)
    for name, target in (
        (ENVIRONMENT_CHANGES, places.build_environment),
        (CONFIGURE_ARGUMENTS, places.configure_arguments),
        (INSTALL_TEST_LOG, places.install_test_log),
    ):
        source = os.path.join(stage, name)
        if os.path.exists(source):
            shutil.copyfile(source, target)


def keep_archived_files(prefix: str, stage: str, patterns: Sequence[str]) -> list[str]:
    """Copy the files that a recipe wants kept; the patterns that lead out of the stage.

    Those are noted in ``errors.txt`` and a warning, and are not copied.
    """
    refused: list[str] = []
    target = metadata(prefix).archived_files
    inside = os.path.realpath(stage) + os.sep
    for pattern in patterns:
        for path in sorted(glob.glob(os.path.join(stage, str(pattern)))):
            real = os.path.realpath(path)
            if not real.startswith(inside):
                refused.append(str(pattern))
                continue
            if not os.path.isfile(real):
                continue
            copy = os.path.join(target, os.path.relpath(path, stage))
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copyfile(real, copy)
    if refused:
        os.makedirs(target, exist_ok=True)
        lines = [f"[OUTSIDE SOURCE PATH]: {pattern}\n" for pattern in refused]
        with open(os.path.join(target, "errors.txt"), "w", encoding="utf-8") as stream:
            stream.writelines(lines)
        messages.warn("files to archive are outside the stage", *refused)
    return refused


def _repository_of(package_directory: str) -> str | None:
    """The directory with ``repo.yaml`` above a recipe."""
    directory = package_directory
    while directory != os.path.dirname(directory):
        directory = os.path.dirname(directory)
        if os.path.isfile(os.path.join(directory, "repo.yaml")):
            return directory
    return None


def keep_recipes(prefix: str, root: BoundSpec) -> None:
    """Copy the recipes of a node, its direct build dependencies and all it links or runs."""
    spec = root.unbound
    assert isinstance(spec, ConcreteSpec)
    wanted = {node.dag_hash() for node in spec.traverse(deptypes.LINK | deptypes.RUN)}
    wanted |= {edge.spec.dag_hash() for edge in spec.dependencies}
    target = os.path.join(metadata(prefix).recipes, "spack_repo")
    copied: dict[str, None] = {}
    for view in root.traverse():
        if view.dag_hash() not in wanted:
            continue
        try:
            directory = view.package.package_dir
        except Exception:
            # A dependency that was installed before may have lost its recipe since.
            continue
        repository = _repository_of(directory) if directory else None
        if repository is None or directory in copied:
            continue
        copied[directory] = None
        namespace = os.path.join(target, *str(view.namespace).split("."))
        below = os.path.relpath(directory, repository)
        no_byte_code = shutil.ignore_patterns("__pycache__", "*.pyc")
        target_of_recipe = os.path.join(namespace, below)
        shutil.copytree(directory, target_of_recipe, ignore=no_byte_code, dirs_exist_ok=True)
        if not os.path.exists(os.path.join(namespace, "repo.yaml")):
            shutil.copyfile(
                os.path.join(repository, "repo.yaml"), os.path.join(namespace, "repo.yaml")
            )


def archive_patterns(package: Any) -> list[str]:
    """Files that the builder of a package wants kept."""
    patterns = create_builder(package).archive_files
    return [patterns] if isinstance(patterns, str) else [str(pattern) for pattern in patterns]
