"""The sandbox of a build: its phases write and read only what is theirs, and reach no server.

:func:`prepare` says what a build may do, as a value; :func:`run_inside` runs something with these
rights, on a kernel with Landlock. A build may write its stage, its prefix and temporary files; it
reads the system and the packages that it depends on, and no other package of a store.
:func:`refused` finds in a log what a build was not allowed to read. Must not know how packages are
built.
"""

from __future__ import annotations

import contextvars
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping

from spack.errors import UsageError
from spack.language import deptypes as dt
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.store.layout import METADATA
from spack.system.files.mounts import temporary_directory
from spack.system.files.writing import mkdirp
from spack.system.processes import landlock
from spack.type_names import Any, Callable, TypeVar

T = TypeVar("T")

#: Build systems, and packages as build dependencies, that download in their phases or talk to a
#: server of their own.
NETWORKED = frozenset(("bazel", "cargo", "go", "maven", "npm", "rust"))

#: Places that every program may write to, beside ``TMPDIR``.
_SHARED = ("/tmp", "/var/tmp", "/dev")


class SandboxUnavailableError(UsageError):
    """A sandbox is required, but this machine has none."""


class SandboxSettings(NamedTuple):
    """The builds that run in a sandbox, and the stores that it protects.

    Attributes:
        when: ``always``, ``never``, or ``auto`` for wherever the kernel can.
        roots: roots of stores.
        ccache: the directory of ccache's results, which builds share; "" for none.
    """

    when: str = "never"
    roots: tuple[str, ...] = ()
    ccache: str = ""


class Sandbox(NamedTuple):
    """The rights of a build.

    Attributes:
        protected: roots of stores, of which nothing is read but what is in ``readable``.
        readable: prefixes and files below the protected roots that may be read.
        writable: directories and files that may be changed; "" is passed over.
        variables: process variables that differ from those of other builds.
        network: whether servers can be reached.
    """

    protected: tuple[str, ...]
    readable: tuple[str, ...]
    writable: tuple[str, ...]
    variables: Mapping[str, str]
    network: bool


def declared(spec: ConcreteSpec) -> list[ConcreteSpec]:
    """The packages that a build may read: direct dependencies and what these need to run."""
    found: dict[str, ConcreteSpec] = {}
    for edge in spec.dependencies:
        for node in edge.spec.traverse(deptypes=dt.LINK | dt.RUN):
            found[node.dag_hash()] = node
    return list(found.values())


def obstacle(settings: SandboxSettings, package: Any) -> str:
    """The reason why a build has no sandbox; "" if it has one.

    ``build_sandbox = False`` in a recipe, or among the ``package_attributes`` of the
    configuration, exempts a package.

    Raises SandboxUnavailableError where a sandbox is required that the kernel cannot give.
    """
    if settings.when == "never":
        return "it is switched off"
    if not getattr(package, "build_sandbox", True):
        return "build_sandbox is false for this package"
    reason = landlock.missing()
    if reason and settings.when == "always":
        raise SandboxUnavailableError(
            f"builds have no sandbox on this machine: {reason}",
            hint="allow builds without one: --sandbox auto, or config:sandbox: auto",
        )
    return reason


def needs_network(spec: ConcreteSpec, package: Any) -> bool:
    """Whether a build has to reach servers: by its build system, or as its recipe says.

    ``build_network = True`` in a recipe, or among the ``package_attributes`` of the
    configuration, says so.
    """
    if getattr(package, "build_network", False):
        return True
    tools = {edge.spec.name for edge in spec.dependencies if edge.deptypes & dt.BUILD}
    return bool(NETWORKED & {*tools, str(spec.variants.get("build_system", ""))})


def prepare(
    package: Any,
    spec: ConcreteSpec,
    prefix: str,
    settings: SandboxSettings,
    *,
    prefixes: Callable[[ConcreteSpec], str],
    stage: str,
    sources: Iterable[str],
    run_tests: bool,
    variables: Mapping[str, str],
) -> Sandbox | None:
    """The rights of the build of a spec into a prefix; None, and a line in the log, for all.

    Args:
        stage: the stage's directory; it gets a home directory, and one for temporary files where
            those of the machine hold a store.
        sources: directories of sources; those of a developed package are outside of the stage.
        variables: those that the build is started with.

    Raises SandboxUnavailableError.
    """
    reason = obstacle(settings, package)
    if reason:
        print(f"==> No sandbox: {reason}")
        return None
    protected = tuple(sorted({os.path.realpath(root) for root in settings.roots}))
    temporary = temporary_directory(variables)
    usable = [place for place in (temporary, *_SHARED) if not _holds(place, protected)]
    changed = {"HOME": os.path.join(stage, "spack-home")}
    if temporary not in usable:
        changed["TMPDIR"] = os.path.join(stage, "spack-tmp")
    for path in changed.values():
        mkdirp(path)
    if settings.ccache:
        changed["CCACHE_DIR"] = settings.ccache
    programs = (os.path.join(root, "bin") for root in protected)
    return Sandbox(
        protected,
        readable=(*(prefixes(node) for node in declared(spec)), *programs),
        writable=(stage, prefix, *usable, *map(os.path.realpath, sources), settings.ccache),
        variables=changed,
        network=run_tests or needs_network(spec, package),
    )


def _holds(place: str, protected: Iterable[str]) -> bool:
    """Whether one of some directories is a place, or lies below it."""
    path = os.path.realpath(place)
    return any(f"{root}/".startswith(f"{path.rstrip('/')}/") for root in protected)


def run_inside(sandbox: Sandbox | None, work: Callable[[], T]) -> T:
    """Run something with the rights of a sandbox, if there is one; what it returns or raises.

    It runs in a thread of its own, so that the process keeps its rights for what comes after.
    Raises LandlockError if the kernel refuses.
    """
    if sandbox is None:
        return work()
    outcome: list[T] = []
    errors: list[BaseException] = []
    context = contextvars.copy_context()

    def body() -> None:
        try:
            landlock.restrict_thread(
                readable=(*_beside(sandbox.protected), *sandbox.readable),
                writable=sandbox.writable,
                listable=("/",),
                network=sandbox.network,
            )
            outcome.append(context.run(work))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=body, name="sandbox")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return outcome[0]


def _beside(protected: Iterable[str]) -> Iterator[str]:
    """Paths that together hold every file of the machine but those below some directories.

    They are all entries of the directories on the way from ``/`` to a protected one. Symbolic
    links are left out: what they lead to has an entry of its own, or is protected.
    """
    closed = set(protected)
    on_the_way = {"/"}
    for path in closed:
        while path != "/":
            path = os.path.dirname(path)
            on_the_way.add(path)
    for directory in on_the_way:
        if directory in closed or any(directory.startswith(f"{root}/") for root in closed):
            continue
        try:
            with os.scandir(directory) as entries:
                paths = [entry.path for entry in entries if not entry.is_symlink()]
        except OSError:
            continue
        yield from (path for path in paths if path not in closed and path not in on_the_way)


def refusals(sandbox: Sandbox | None, log: str) -> list[str]:
    """A text for each file of another package that a build wanted to read, by the log's path."""
    if sandbox is None:
        return []
    with open(log, encoding="utf-8", errors="replace") as stream:
        found = refused(stream.read(), sandbox.protected)
    return [f"refused by the sandbox: {path}; it belongs to {owner}" for path, owner in found]


def refused(log: str, protected: Iterable[str]) -> list[tuple[str, str]]:
    """Files of a store that a build was not allowed to read, by its log, each with its prefix.

    Programs name the file beside ``Permission denied``; the log is in the language C.
    """
    roots = [root.rstrip("/") for root in protected]
    if not roots or "Permission denied" not in log:
        return []
    pattern = re.compile("(?:{})/[^\\s'\":;,)`]+".format("|".join(map(re.escape, roots))))
    found: dict[str, str] = {}
    for line in log.splitlines():
        if "Permission denied" in line:
            for path in pattern.findall(line):
                owner = _owner(path, roots)
                if owner:
                    found.setdefault(path, owner)
    return list(found.items())


def _owner(path: str, roots: Iterable[str]) -> str:
    """The prefix that a path belongs to; "" for none."""
    while path not in roots and path != "/":
        if os.path.isdir(os.path.join(path, METADATA)):
            return path
        path = os.path.dirname(path)
    return ""
