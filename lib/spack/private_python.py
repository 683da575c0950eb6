"""Makes the private Python environment that ``bin/spack`` runs with; standard library only.

Called by the launcher when the environment is absent or older than ``pyproject.toml``, and by
``spack unit-test`` for a second one that has the test tools. It runs before any dependency exists,
so it knows nothing of the package ``spack``.

On disk, below one folder: ``env-<unique>/`` are virtual environments (they cannot be moved, so each
is built under its final name), ``<name>`` is a symbolic link to the one in use, ``lock`` is held
while one is made. An environment counts only once its file ``complete`` is written, and the link is
switched after that: a kill at any moment leaves the former state, and two first starts at once make
one environment between them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import NoReturn

SYSTEM_PACKAGES = (
    "apt-get install {debian} (Debian, Ubuntu), dnf install {rhel} (RHEL family), "
    "zypper install {suse} (SLES)"
)


class Failure(Exception):
    """A failure, and what the user can do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def requirements(pyproject: str, group: str) -> list[str]:
    """The dependencies of ``pyproject.toml``, followed by those of an optional group."""
    names = ["dependencies", group] if group else ["dependencies"]
    found: list[str] = []
    for name in names:
        array = re.search(rf"^{name} = \[\n(.*?)^\]", pyproject, re.MULTILINE | re.DOTALL)
        if array is None:
            raise Failure(f"pyproject.toml has no array '{name}'", "restore the file")
        found += re.findall(r'^\s*"([^"]+)",?$', array.group(1), re.MULTILINE)
    return found


def is_current(environment: str, stamp: str) -> bool:
    """Whether a finished environment with exactly these requirements is there."""
    try:
        with open(os.path.join(environment, "complete"), encoding="utf-8") as file:
            return file.read() == stamp and os.access(interpreter(environment), os.X_OK)
    except OSError:
        return False


def interpreter(environment: str) -> str:
    return os.path.join(environment, "bin", "python")


@contextlib.contextmanager
def exclusive(folder: str) -> Iterator[bool]:
    """Hold the folder's lock; yields False where the file system has no locks."""
    with open(os.path.join(folder, "lock"), "a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            yield False
        else:
            yield True


def remove_leftovers(folder: str) -> None:
    """Delete environments that a killed start left unfinished, and those nothing links to."""
    entries = [os.path.join(folder, name) for name in os.listdir(folder)]
    links = [entry for entry in entries if os.path.islink(entry)]
    half_made = [link for link in links if os.path.basename(link).startswith(".")]
    used = {os.path.realpath(link) for link in links if link not in half_made}
    for link in half_made:
        os.unlink(link)
    for entry in entries:
        is_environment = not os.path.islink(entry) and os.path.basename(entry).startswith("env-")
        if is_environment and os.path.realpath(entry) not in used:
            shutil.rmtree(entry, ignore_errors=True)


def create(environment: str) -> None:
    """An empty virtual environment with pip in an existing empty folder."""
    try:
        import ensurepip  # noqa: F401  (Debian ships Python without it)
        import venv
    except ImportError as error:
        version = "{}.{}".format(*sys.version_info[:2])
        raise Failure(
            f"the Python {version} found has no module '{error.name}', needed for a private copy",
            SYSTEM_PACKAGES.format(
                debian="python3-venv",
                rhel=f"python{version}-pip",
                suse=f"python{version.replace('.', '')}-pip",
            ),
        ) from None
    try:
        venv.EnvBuilder(symlinks=True, with_pip=True).create(environment)
    except subprocess.CalledProcessError as error:
        output = error.output.decode(errors="replace") if error.output else str(error)
        raise Failure(
            f"python -m venv failed: {last_lines(output, 3)}",
            SYSTEM_PACKAGES.format(debian="python3-venv", rhel="python3-pip", suse="python311-pip"),
        ) from None
    # Link to the interpreter itself: /usr/bin/python3 may be another version tomorrow.
    link = interpreter(environment)
    os.unlink(link)
    os.symlink(os.path.realpath(getattr(sys, "_base_executable", sys.executable)), link)


def install(environment: str, names: list[str], cache: str) -> None:
    """Run pip; its settings (index, proxy, wheels) are the user's, but not where it installs."""
    variables: dict[str, str] = {**os.environ, "PIP_USER": "0"}
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        variables.pop(name, None)
    command = [interpreter(environment), "-I", "-m", "pip", "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--prefer-binary"]
    if "SPACK_DISABLE_LOCAL_CONFIG" in os.environ:
        command += ["--cache-dir", cache]
    result = subprocess.run(
        command + names,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if result.returncode != 0:
        fail_pip(result.stdout)


def fail_pip(output: str) -> NoReturn:
    """One sentence for what pip printed."""
    if re.search(r"command '\S*(gcc|cc|clang|g\+\+|c\+\+)\S*' failed|compiler", output):
        raise Failure(
            f"a Python package had to be compiled and could not be: {last_lines(output, 2)}",
            SYSTEM_PACKAGES.format(
                debian="gcc g++ python3-dev", rhel="gcc gcc-c++ python3-devel", suse="gcc gcc-c++"
            ),
        )
    if "No space left on device" in output:
        raise Failure(
            "the disk is full", "free some space, or set SPACK_STATE_DIR to another directory"
        )
    raise Failure(
        f"pip could not get the Python packages Spack needs: {last_lines(output, 2)}",
        "check the network and its proxy (HTTPS_PROXY), name a package index with PIP_INDEX_URL, "
        "or a folder of wheels with PIP_FIND_LINKS and PIP_NO_INDEX=1, "
        "or set SPACK_PYTHON to a Python that has them",
    )


def last_lines(text: str, count: int) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "; ".join(lines[-count:])


def switch(folder: str, name: str, environment: str) -> None:
    """Point the link at the environment in one step."""
    temporary = os.path.join(folder, f".{os.path.basename(environment)}")
    os.symlink(os.path.basename(environment), temporary)
    os.replace(temporary, os.path.join(folder, name))


def touch(environment: str, pyproject: str) -> None:
    """Make the stamp as new as the file it was made from, for the launcher's quick check."""
    with contextlib.suppress(OSError):
        newest = os.stat(pyproject).st_mtime_ns
        stamp = os.path.join(environment, "complete")
        if os.stat(stamp).st_mtime_ns < newest:
            os.utime(stamp, ns=(newest, newest))


def ensure(folder: str, name: str, group: str, pyproject: str) -> None:
    """Make ``folder/name`` a complete environment for this ``pyproject.toml``, if it is not."""
    with open(pyproject, encoding="utf-8") as file:
        wanted = requirements(file.read(), group)
    stamp = "\n".join([*wanted, ""])
    target = os.path.join(folder, name)
    if not is_current(target, stamp):
        os.makedirs(folder, exist_ok=True)
        with exclusive(folder) as locked:
            if not is_current(target, stamp):
                if locked:
                    remove_leftovers(folder)
                build(folder, name, wanted, stamp)
    touch(target, pyproject)


def build(folder: str, name: str, wanted: list[str], stamp: str) -> None:
    print(f"==> Preparing Python packages in {folder} (once, about a minute)", file=sys.stderr)
    environment = tempfile.mkdtemp(prefix="env-", dir=folder)
    try:
        os.chmod(environment, 0o777 & ~current_umask())
        create(environment)
        install(environment, wanted, os.path.join(folder, "downloads"))
        with open(os.path.join(environment, "complete"), "w", encoding="utf-8") as file:
            file.write(stamp)
        switch(folder, name, environment)
    except BaseException:
        shutil.rmtree(environment, ignore_errors=True)
        raise


def current_umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def why_unusable(folder: str, name: str) -> str:
    """The reason why a user cannot use an environment of somebody else, "" if there is none."""
    if os.path.isdir(folder) and not os.access(folder, os.R_OK | os.X_OK):
        return f"{folder} is not readable (chmod go+rX)"
    link = interpreter(os.path.join(folder, name))
    if not os.path.lexists(link):
        return ""
    target = os.path.realpath(link)
    if os.access(target, os.X_OK):
        return "it was made for another version of this clone, and must be made again by its owner"
    barrier = target
    while not os.access(os.path.dirname(barrier), os.X_OK):
        barrier = os.path.dirname(barrier)
    what = "cannot be entered" if os.path.isdir(barrier) else "cannot be run"
    return f"it needs {target}, and {barrier} {what} by you"


def main(arguments: list[str]) -> int:
    """``private_python.py FOLDER NAME [GROUP]``; 0 when ``FOLDER/NAME`` is ready."""
    folder, name, group = (arguments + [""])[:3]
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    try:
        ensure(folder, name, group, os.path.join(root, "pyproject.toml"))
    except Failure as failure:
        print(f"Error: {failure}\nTry: {failure.remedy}", file=sys.stderr)
        return 1
    except OSError as error:
        cause = why_unusable(folder, name)
        text = f"cannot prepare {folder}: {error.strerror or error}"
        remedy = "make the directory writable, or set SPACK_STATE_DIR to one that is"
        if cause:
            text = f"the private Python of this instance cannot be used: {cause}"
            remedy = (
                "ask its owner to change that, or set SPACK_STATE_DIR to a directory of your own, "
                "or SPACK_PYTHON to a Python that has the packages"
            )
        print(f"Error: {text}\nTry: {remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
