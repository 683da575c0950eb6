"""Checks that what this program needs is there and works, and says what to do where it does not.

Each check looks at one subject and yields findings; it never changes anything but files of its own
that it removes again. A check that fails itself is a finding too. Long because each check is a
short function of the same kind.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping

from spack.errors import SpackError
from spack.named_tuples import NamedTuple
from spack.system.files.mounts import obstacles, temporary_directory
from spack.type_names import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings
    from spack.host.architecture import HostDescription
    from spack.session.parts import ExternalParts, HasConfiguration, InstalledParts, MachineParts
    from spack.store.store import Store

FINE, WARNING, BROKEN = "fine", "warning", "broken"

#: Bytes below which a file system is called full, or nearly full.
_FULL, _SCARCE = 200 * 1024**2, 5 * 1024**3

#: Files that can still be made below which a file system is called nearly full.
_SCARCE_FILES = 10_000

_MODULES = {
    "clingo": "the solver",
    "archspec": "names of processors",
    "ruamel.yaml": "configuration files",
    "jsonschema": "checks of configuration files",
    "jinja2": "module files",
}

#: Programs that are called, what for, and whether nothing works without them.
_PROGRAMS = {
    "git": ("sources and recipes from git repositories", False),
    "patch": ("patches of sources", False),
    "make": ("most builds, unless gmake is built first", False),
    "ld": ("the linker of every compiler", True),
    "as": ("the assembler of every compiler", True),
}

_PROGRAM_TEXT = "int main(void) { return 0; }\n"


class Finding(NamedTuple):
    """The result of looking at one thing: how it is, what was seen, and what to do about it."""

    subject: str
    status: str
    text: str
    advice: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain data."""
        return dict(self._asdict())


Check = Callable[["MachineParts"], Iterator[Finding]]


def examine(parts: MachineParts) -> list[Finding]:
    """All findings, in the order of :data:`CHECKS`."""
    found: list[Finding] = []
    for subject, check in CHECKS:
        try:
            found += check(parts)
        except SpackError as error:
            text = str(error).split("\nTry: ")[0]
            known = next((one for one in found if one.status == BROKEN and one.text == text), None)
            if known is not None:
                text, advice = "not checked", f"fix the problems of the {known.subject} first"
                found.append(Finding(subject, WARNING, text, advice))
            else:
                advice = error.hint or "see the message"
                found.append(Finding(subject, BROKEN, text, advice))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            text = f"{where}{error.strerror or error}"
            found.append(Finding(subject, BROKEN, text, "check the path and its permissions"))
    return found


def check_python() -> Iterator[Finding]:
    """The interpreter and the libraries that this program imports."""
    from importlib.util import find_spec

    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", FINE, f"Python {version} in {sys.executable}")
    for name, purpose in _MODULES.items():
        try:
            there = find_spec(name) is not None
        except ModuleNotFoundError:
            there = False
        if there:
            yield Finding("python", FINE, f"{name} {_version(name)}, for {purpose}")
        else:
            text = f"the Python package {name}, needed for {purpose}, is missing"
            advice = "unset SPACK_PYTHON, or install the package there"
            yield Finding("python", BROKEN, text, advice)


def _version(name: str) -> str:
    import site
    from importlib.metadata import PackageNotFoundError, version

    if sys.flags.no_site:
        site.main()  # packages may be loaded, and their folders not be known yet
    try:
        return version(name)
    except PackageNotFoundError:
        return "of unknown version"


def check_configuration(parts: HasConfiguration) -> Iterator[Finding]:
    """Every section of every scope: read, checked, old forms and keys without effect listed."""
    from spack.config.scopes.validation import SECTIONS

    broken = False
    for section in SECTIONS:
        try:
            parts.configuration.section(section)
        except SpackError as error:
            broken = True
            text = str(error).split("\nTry: ")[0]
            yield Finding("configuration", BROKEN, text, error.hint or "fix the file")
            continue
        for note in parts.configuration.deprecations(section):
            advice = f"spack config update {section}"
            yield Finding("configuration", WARNING, str(note), advice)
        for unread in parts.configuration.without_effect(section):
            yield Finding(
                "configuration", WARNING, str(unread), "remove it, if nothing else reads it"
            )
    for file in parts.configuration.misspelt_files():
        yield Finding("configuration", WARNING, str(file), "rename or remove it")
    if not broken:
        count = len(parts.configuration.scopes)
        yield Finding("configuration", FINE, f"{count} scopes, every section is valid")


def check_machine(host: HostDescription, variables: Mapping[str, str]) -> Iterator[Finding]:
    """The platform, the C library, and programs that builds call."""
    yield Finding("machine", FINE, f"{host.platform}-{host.os}-{host.target}")
    if host.platform == "linux":
        from spack.host import libc

        found = libc.of_interpreter()
        if found is None:
            text = "cannot detect the C library of this system"
            yield Finding("machine", WARNING, text, "report it, with the output of ldd --version")
        else:
            yield Finding("machine", FINE, f"C library {found.name} {found.version}")
    for finding in check_programs(variables.get("PATH")):
        if finding.status != FINE:
            yield finding


def check_programs(path: str | None) -> Iterator[Finding]:
    """The programs that builds call, looked for in a PATH."""
    for program, (purpose, needed) in _PROGRAMS.items():
        place = shutil.which(program, path=path)
        if place is not None:
            yield Finding("machine", FINE, f"{place}, for {purpose}")
        else:
            text = f"{program}, needed for {purpose}, is not in PATH"
            advice = f"install {program} with the package manager of the system"
            yield Finding("machine", BROKEN if needed else WARNING, text, advice)


def check_recipes(settings: Settings, user_cache: str) -> Iterator[Finding]:
    """The configured recipe repositories."""
    from spack.work.machine.settings_edits import repository_rows

    rows = repository_rows(settings, user_cache)
    for row in rows:
        if row.status == "[+]":
            yield Finding("recipes", FINE, f"repository {row.name} in {row.path}")
        elif "not cloned yet" in row.path:
            text = f"repository {row.name} is not cloned yet"
            yield Finding("recipes", WARNING, text, "clone it now with spack repo update")
        else:
            text = f"repository {row.name} cannot be read: {row.path}"
            advice = f"fix its path, or run spack repo remove {row.name}"
            yield Finding("recipes", BROKEN, text, advice)
    if not rows:
        yield Finding("recipes", BROKEN, "no repository is configured", "spack repo add DIR")


def check_compilers(settings: Settings, host: HostDescription) -> Iterator[Finding]:
    """The configured compilers; the C compilers have to make a program that runs."""
    from spack.work.machine.compilers import compilers_here

    languages: dict[str, int] = {}
    for entry in compilers_here(settings, host):
        fault = ""
        for language, program in sorted(entry.extra_attributes["compilers"].items()):
            if not os.access(str(program), os.X_OK):
                fault = f"there is no program {program}"
            elif language == "c":
                fault = _compile_fault(str(program))
            if fault:
                advice = (
                    "spack external audit, then run spack compiler remove and spack compiler find"
                )
                yield Finding("compilers", BROKEN, f"{entry.spec}: {fault}", advice)
                break
            languages[language] = languages.get(language, 0) + 1
        else:
            yield Finding("compilers", FINE, f"{entry.spec} in {entry.prefix}")
    if not languages:
        advice = "spack compiler find; if it finds none, install gcc and g++ or load their module"
        yield Finding("compilers", WARNING, "no compiler is configured", advice)
        return
    for language, name in (("c", "C"), ("cxx", "C++"), ("fortran", "Fortran")):
        if language not in languages:
            package = {"c": "gcc", "cxx": "g++", "fortran": "gfortran"}[language]
            advice = f"install {package}, then spack compiler find"
            yield Finding("compilers", WARNING, f"no compiler for {name} is configured", advice)


def _compile_fault(program: str) -> str:
    """Return the problem of a C compiler, empty if it makes a program that runs."""
    from spack.system.processes import children as processes

    obstacle = obstacles({"temporary directory": temporary_directory(os.environ)})
    if obstacle:
        return f"{program} cannot be tried: {obstacle[0]}"
    with tempfile.TemporaryDirectory() as directory:
        source, result = os.path.join(directory, "a.c"), os.path.join(directory, "a.out")
        with open(source, "w", encoding="ascii") as file:
            file.write(_PROGRAM_TEXT)
        try:
            done = processes.run([program, source, "-o", result], directory=directory, seconds=60)
            if done.code != 0:
                lines = (done.errors or done.output).strip().splitlines()
                return f"{program} cannot build a program: {lines[-1] if lines else done.code}"
            if processes.run([result], seconds=60).code != 0:
                return f"programs built by {program} do not run"
        except (processes.ProcessStartError, processes.ProcessTimeLimitError) as error:
            return error.message
    return ""


def check_externals(parts: ExternalParts) -> Iterator[Finding]:
    """The configured externals: whether they are as configured."""
    from spack.work.machine.externals import audit

    count = sum(len(package.externals) for package in parts.settings.packages.values())
    if not count:
        yield Finding("externals", FINE, "none are configured")
        return
    drifts = audit(parts)
    for drift in drifts:
        text = f"{drift.origin}: {drift.spec}: {drift.text}"
        advice = (
            "fix the entry with spack config edit packages, or run spack external"
            f" find {drift.package}"
        )
        yield Finding("externals", BROKEN, text, advice)
    if not drifts:
        yield Finding("externals", FINE, f"{count} configured, all of them found")


def check_store(parts: InstalledParts) -> Iterator[Finding]:
    """The store can be written, its file system locks, and nothing is left of dead processes."""
    root = parts.settings.config.install_tree_root
    place = _existing(root)
    if not _can_write(place):
        if os.path.isdir(root):
            text = f"the store {root} is not writable"
            advice = (
                "only installed packages can be used; to install others, set"
                " config:install_tree:root"
            )
            yield Finding("store", WARNING, text, advice)
        else:
            text = f"the store {root} does not exist and cannot be created"
            yield Finding(
                "store", BROKEN, text, "set config:install_tree:root to a directory of your own"
            )
        return
    mode = os.stat(place).st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        text = f"{place} is writable for everyone"
        yield Finding("store", WARNING, text, f"chmod o-w {place}")
    yield from _locking(place, parts.settings.config.locks)
    if os.path.isdir(root):
        yield from _left_behind(parts.settings, parts.store)


def _can_write(directory: str) -> bool:
    """Whether something can be made there; the superuser's rights say nothing about that."""
    try:
        os.rmdir(tempfile.mkdtemp(prefix=".spack-doctor-", dir=directory))
    except OSError:
        return False
    return True


def _locking(directory: str, wanted: bool) -> Iterator[Finding]:
    """Whether a lock that this process holds keeps another process out, and lets it in later."""
    if not wanted:
        advice = (
            "run only one command at a time that changes the store, or set config:locks to true"
        )
        yield Finding("locks", WARNING, "file locks are disabled", advice)
        return
    from spack.system.files.locks import Lock

    with tempfile.TemporaryDirectory(prefix=".spack-doctor-", dir=directory) as place:
        path = os.path.join(place, "lock")
        lock = Lock(path)
        with lock.exclusive(timeout=5):
            kept_out = _other_process_locks(path) is False
        let_in = _other_process_locks(path) is True
    if kept_out and let_in:
        yield Finding("locks", FINE, f"file locks work in {directory}")
        return
    text = f"file locks do not work in {directory}" + (
        ": two processes get the same lock" if not kept_out else ": a lock is not released"
    )
    advice = (
        "mount the file system with locks, move the store, or run one command at a time with -L"
    )
    yield Finding("locks", BROKEN, text, advice)


_TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(7)
"""


def _other_process_locks(path: str) -> bool | None:
    """Whether another process gets a lock now; None if it could not even try."""
    command = [sys.executable, "-I", "-S", "-c", _TRY_LOCK, path]
    code = subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode
    return {0: True, 7: False}.get(code)


def _left_behind(settings: Settings, store: Store) -> Iterator[Finding]:
    """Locks that are held now, prefixes of dead builders, failure marks."""
    from spack.system.files.locks import Lock, LockTimeoutError

    for name in sorted(os.listdir(store.database.directory)):
        if not name.endswith("lock"):
            continue
        lock = Lock(os.path.join(store.database.directory, name))
        for holder in lock.holders() if settings.config.locks else ():
            yield Finding(
                "locks", FINE, f"{name} is held by {holder}: wait for it, or stop it if it hangs"
            )
        try:
            with lock.shared(timeout=2):
                pass
        except LockTimeoutError:
            advice = "wait; if no command is running on any machine, restart the file server"
            yield Finding("locks", WARNING, f"the lock {lock.path} is not free", advice)
    for mark in store.partials.all():
        alive = store.partials.builder_is_alive(mark)
        if mark.kept or alive:
            continue
        where = f"process {mark.pid} on {mark.host}"
        text = f"{mark.prefix} is what {where} had built when it " + (
            "ended" if alive is False else "was last heard of: it is on another machine"
        )
        advice = "the next install removes it" if alive is False else f"look at {mark.host}"
        yield Finding("locks", WARNING, text, advice)
    failures = store.failures.all()
    if failures:
        text = f"{len(failures)} packages are marked as failed and will not be tried again"
        yield Finding("store", WARNING, text, "spack clean --failures")


def check_stage(settings: Settings) -> Iterator[Finding]:
    """The stage can be made, and programs in it can run."""
    from spack.sources.stage import choose_stage_root

    root = choose_stage_root(settings.config.build_stage)
    with tempfile.TemporaryDirectory(prefix=".spack-doctor-", dir=root) as place:
        script = os.path.join(place, "run")
        with open(script, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 0\n")
        os.chmod(script, 0o700)
        try:
            code = subprocess.run([script], check=False).returncode
        except OSError:
            code = -1
    if code != 0:
        text = f"programs in the stage {root} cannot run: the file system is mounted noexec"
        yield Finding("stage", BROKEN, text, "set config:build_stage to another directory")
    else:
        yield Finding("stage", FINE, root)


def check_space(settings: Settings, variables: Mapping[str, str]) -> Iterator[Finding]:
    """Free space and free inodes where things are written."""
    config = settings.config
    places = {
        "store": config.install_tree_root,
        "stage": config.build_stage[0],
        "source cache": config.source_cache,
        "misc cache": config.misc_cache,
        "temporary files": temporary_directory(variables),
    }
    for obstacle in obstacles({"temporary directory": places["temporary files"]}):
        yield Finding("space", BROKEN, obstacle, "set TMPDIR to another directory")
    for name in ("store", "stage"):
        if any(character.isspace() for character in places[name]):
            text = f"the path of the {name} '{places[name]}' contains a blank, which breaks builds"
            advice = "set config:install_tree:root and config:build_stage to paths without blanks"
            yield Finding("space", BROKEN, text, advice)
    seen: dict[int, list[str]] = {}
    roots: dict[int, str] = {}
    for name, path in places.items():
        place = _existing(path)
        device = os.stat(place).st_dev
        seen.setdefault(device, []).append(name)
        roots.setdefault(device, place)
    for device, names in seen.items():
        place = roots[device]
        facts = os.statvfs(place)
        free = facts.f_bavail * facts.f_frsize
        text = f"{free / 1024**3:.1f} GiB free for {', '.join(names)} ({place})"
        advice = (
            "free space with spack clean --all and spack gc, or move it with spack"
            " config edit config"
        )
        if free < _FULL:
            yield Finding("space", BROKEN, text, advice)
        elif free < _SCARCE:
            yield Finding("space", WARNING, text, advice)
        else:
            yield Finding("space", FINE, text)
        if facts.f_files and facts.f_favail < _SCARCE_FILES:
            text = f"only {facts.f_favail} more files can be made in {place}"
            yield Finding("space", WARNING, text, advice)


def check_environments(base_settings: Settings) -> Iterator[Finding]:
    """Managed environments: readable, and views that lead to what is there."""
    from spack.environments.environment import Environment
    from spack.environments.locations import ManagedEnvironments

    managed = ManagedEnvironments(base_settings.config.environments_root)
    names = managed.names()
    broken = 0
    for name in names:
        directory = managed.directory(name)
        try:
            environment = Environment(managed.find(name))
            environment.read_lock()
        except SpackError as error:
            broken += 1
            text = f"environment {name}: {str(error).split(chr(10) + 'Try: ')[0]}"
            advice = error.hint or f"spack -e {name} config edit"
            yield Finding("environments", BROKEN, text, advice)
            continue
        dangling = _dangling(os.path.join(directory, ".spack-env", "view"))
        if dangling:
            broken += 1
            text = f"environment {name}: its view links to {dangling}, which no longer exists"
            advice = f"spack -e {name} install, then spack -e {name} env view regenerate"
            yield Finding("environments", BROKEN, text, advice)
    if not broken:
        noun = "environment" if len(names) == 1 else "environments"
        yield Finding("environments", FINE, f"{len(names)} managed {noun}")


def _dangling(view: str) -> str:
    """The target of the first link of a view that leads nowhere; empty if there is none."""
    if os.path.islink(view) and not os.path.exists(view):
        return os.readlink(view)
    for folder in ("bin", "lib", "include"):
        place = os.path.join(view, folder)
        for name in sorted(os.listdir(place)) if os.path.isdir(place) else ():
            path = os.path.join(place, name)
            if os.path.islink(path) and not os.path.exists(path):
                target = os.readlink(path)
                # Packages bring dangling links of their own; those stay inside of the prefix.
                if os.path.isabs(target) and not os.path.isdir(os.path.dirname(target)):
                    return target
    return ""


def check_process(settings: Settings, variables: Mapping[str, str]) -> Iterator[Finding]:
    """The umask, limits and variables that builds inherit."""
    mask = os.umask(0)
    os.umask(mask)
    read = settings.package("all").permissions.read
    if mask & 0o700:
        text = f"the umask {mask:04o} removes your own permissions"
        yield Finding("process", BROKEN, text, "umask 022")
    elif mask & 0o055 and read == "world":
        text = (
            f"the umask is {mask:04o}: caches and views are not readable for others,"
            " installations are"
        )
        yield Finding("process", FINE, text)
    else:
        yield Finding("process", FINE, f"umask {mask:04o}")
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LD_PRELOAD"):
        if variables.get(name):
            text = f"{name} is set: the programs that are found may not be the ones that run"
            yield Finding(
                "process", WARNING, text, f"unset {name}, or unload the module that sets it"
            )


def _existing(path: str) -> str:
    """The path, or the nearest directory above it that is there."""
    path = os.path.abspath(path)
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


#: The checks in order; those that others need come first.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("python", lambda parts: check_python()),
    ("configuration", check_configuration),
    ("machine", lambda parts: check_machine(parts.host, parts.variables)),
    ("recipes", lambda parts: check_recipes(parts.settings, parts.user_cache)),
    ("compilers", lambda parts: check_compilers(parts.settings, parts.host)),
    ("externals", check_externals),
    ("store", check_store),
    ("stage", lambda parts: check_stage(parts.settings)),
    ("space", lambda parts: check_space(parts.settings, parts.variables)),
    ("environments", lambda parts: check_environments(parts.base_settings)),
    ("process", lambda parts: check_process(parts.settings, parts.variables)),
)
