"""The clone under test: this checkout without what its owner has configured in it.

A folder of a test run holds it, together with what all tests of the run may share; the worker
processes of a run have one such folder. The program, the manual and the recipes are links, so that
nothing is compiled or copied twice.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

#: The checkout that holds these tests.
SOURCE = Path(__file__).resolve().parents[1]

#: Names the folder of the run to the worker processes and to tests that start pytest.
_VARIABLE = "FOLDER_OF_TEST_RUN"

#: What the launcher and the shell integration find their clone by, so no link will do.
_COPIED = ("bin", "share")
_SHIPPED = ("etc/spack/defaults", "etc/spack/include.yaml")
#: What an instance writes and what its owner configures.
_LEFT_OUT = ("etc", "opt", "var")

#: Imported by commands late.
_LATE = (
    "archspec.cpu", "clingo", "concurrent.futures.thread", "ctypes", "encodings.ascii",
    "encodings.utf_8_sig", "jsonschema", "logging", "multiprocessing.connection",
    "multiprocessing.popen_fork", "pickle", "ruamel.yaml.mergevalue",
)  # fmt: skip
#: Imports all modules of the program and what they import, and keeps the image of them.
_IMPORT_ALL = f"""
import importlib, os, sys
root, image = sys.argv[1:]
sys.path.insert(0, root)
from spack.cli.site_packages import find_later
find_later()
for name in {_LATE!r}:
    importlib.import_module(name)
for folder, _, files in os.walk(os.path.join(root, "spack")):
    for file in files:
        if file.endswith(".py"):
            path = os.path.relpath(os.path.join(folder, file), root)[:-3].replace(os.sep, ".")
            importlib.import_module(path[:-9] if path.endswith(".__init__") else path)
from spack.cli.program_image import keep
keep(image, root)
"""


def _begin() -> str:
    """Make the folder of a run; it is removed when this process ends."""
    folder, own = tempfile.mkdtemp(prefix="spack-tests-"), os.getpid()
    atexit.register(lambda: os.getpid() == own and shutil.rmtree(folder, ignore_errors=True))
    clone = Path(folder, "clone")
    (clone / "var" / "spack").mkdir(parents=True)
    (clone / "var" / "spack" / "repos").symlink_to(SOURCE / "var" / "spack" / "repos")
    for entry in SOURCE.iterdir():
        if entry.name in _COPIED:
            shutil.copytree(entry, clone / entry.name, symlinks=True)
        elif not entry.name.startswith(".") and entry.name not in _LEFT_OUT:
            (clone / entry.name).symlink_to(entry)
    (clone / "etc" / "spack").mkdir(parents=True)
    for name in _SHIPPED:
        (clone / name).symlink_to(SOURCE / name)
    return folder


RUN = Path(os.environ.setdefault(_VARIABLE, "") or _begin())
os.environ[_VARIABLE] = str(RUN)

ROOT = RUN / "clone"
SPACK = ROOT / "bin" / "spack"


@contextlib.contextmanager
def locked(name: str) -> Iterator[Path]:
    """Enter a shared folder of the run alone; the folder, which may be empty still."""
    folder = RUN / name
    folder.mkdir(exist_ok=True)
    with open(RUN / f"{name}.lock", "w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield folder


def warm(state: Path) -> None:
    """Give a state what commands leave there for the next one: compiled modules, program image."""
    library = ROOT / "lib" / "spack"
    name = "program-{:x}{}".format(sys.hexversion, str(library).replace("/", "-")[-200:])
    with locked("warm") as folder:
        image, compiled = folder / name, folder / "pyc"
        if not image.exists():
            command = [sys.executable, "-I", "-S", "-X", f"pycache_prefix={compiled}"]
            command += ["-c", _IMPORT_ALL, str(library), str(folder / "new")]
            subprocess.run(command, check=True)
            (folder / "new").rename(image)
    cache = state / "var" / "spack" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "pyc").symlink_to(compiled)
    (cache / name).symlink_to(image)
