"""The state of an environment: roots, lock, what is installed, views, and what to do next."""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.language.concrete_specs import ConcreteSpec
from spack.language.deptypes import ALL, LINK, RUN
from spack.named_tuples import NamedTuple
from spack.type_names import TYPE_CHECKING
from spack.views.generation import current_directory
from spack.work.projects.environments import active, root_status

if TYPE_CHECKING:
    from spack.session.parts import StatusParts
    from spack.store.store import Store


class RootStatus(NamedTuple):
    """A root: its text, what it is locked to (None: not locked), packages there and needed.

    ``group`` is empty outside of groups.
    """

    text: str
    concrete: ConcreteSpec | None
    installed: int
    needed: int
    group: str = ""


class ViewStatus(NamedTuple):
    """A view: its name, its place, whether it was made."""

    name: str
    root: str
    made: bool


class EnvironmentStatus(NamedTuple):
    """Everything that the status page shows.

    Attributes:
        included: roots of environments that this one includes.
        removed: locked roots that the manifest has no more.
        installed, needed: packages that the lock needs in the store, see :func:`_needed`.
        lock_time: when the lock was written, seconds since 1970; None without lock.
        shell: whether the environment is active in the shell that asks.
        todo: commands to run next with the reason, the first one first.
    """

    label: str
    directory: str
    shell: bool
    roots: tuple[RootStatus, ...]
    included: tuple[RootStatus, ...]
    removed: tuple[str, ...]
    installed: int
    needed: int
    lock_time: float | None
    views: tuple[ViewStatus, ...]
    todo: tuple[tuple[str, str], ...]

    @property
    def locked(self) -> bool:
        """Whether the lock says exactly what the manifest asks for."""
        return (
            self.lock_time is not None
            and not self.removed
            and all(root.concrete is not None for root in self.roots)
        )


def environment_status(parts: StatusParts) -> EnvironmentStatus:
    """The status of the active environment. Raises UsageError when there is none."""
    environment = active(parts)
    status = root_status(parts, environment)
    store = parts.store
    roots = [_root(store, root.text, spec, root.group) for root, spec in status.roots]
    lock = environment.read_lock()
    included = [] if lock is None else lock.included_roots()
    every = [] if lock is None else [spec for spec, _ in lock.every_root()]
    nodes = _needed(store, every)
    installed = sum(store.is_installed(node) for node in nodes)
    lock_time = None if lock is None else os.stat(environment.lock_path).st_mtime
    configuration = parts.configuration
    section = configuration.section("view") if configuration.has("view") else None
    views = [
        ViewStatus(view.name, view.root, current_directory(view.root) is not None)
        for view in environment.views(section, configuration.paths.substitute)
    ]
    found = EnvironmentStatus(
        environment.label,
        environment.directory,
        parts.variables.get("SPACK_ENV") == environment.directory,
        tuple(roots),
        tuple(_root(store, text, spec) for spec, text in included),
        tuple(text for text, _ in status.removed),
        installed,
        len(nodes),
        lock_time,
        tuple(views),
        (),
    )
    return found._replace(todo=tuple(_todo(found, environment.location.name)))


def _root(store: Store, text: str, spec: ConcreteSpec | None, group: str = "") -> RootStatus:
    nodes = [] if spec is None else _needed(store, [spec])
    there = sum(store.is_installed(node) for node in nodes)
    return RootStatus(text, spec, there, len(nodes), group)


def _needed(store: Store, roots: Sequence[ConcreteSpec]) -> list[ConcreteSpec]:
    """The specs that an install of roots would have in the store, externals aside.

    What only the build of something needs that is installed does not count.
    """
    found: dict[str, ConcreteSpec] = {}
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node.external is not None or node.dag_hash() in found:
            continue
        found[node.dag_hash()] = node
        mask = LINK | RUN if store.is_installed(node) else ALL
        waiting += [edge.spec for edge in node.dependencies if edge.deptypes & mask]
    return list(found.values())


def _todo(status: EnvironmentStatus, name: str | None) -> list[tuple[str, str]]:
    """The next commands, each with its reason."""
    if not (status.roots or status.included or status.removed):
        return [("spack add SPEC", "the environment has no roots")]
    steps: list[tuple[str, str]] = []
    if not status.locked:
        reason = "nothing is concretized yet"
        if status.lock_time is not None:
            counts = (
                (sum(root.concrete is None for root in status.roots), "new"),
                (len(status.removed), "removed"),
            )
            changes = ", ".join(f"{count} {word}" for count, word in counts if count)
            reason = f"the manifest changed: {changes}"
        steps.append(("spack concretize", reason))
    missing = status.needed - status.installed
    if missing:
        noun = "package is" if missing == 1 else "packages are"
        steps.append(("spack install", f"{missing} {noun} not installed"))
    elif status.locked and any(not view.made for view in status.views):
        steps.append(("spack env view regenerate", "a view is missing"))
    if not steps and not status.shell:
        import shlex

        word = name if name is not None else f"-d {shlex.quote(status.directory)}"
        steps.append((f"spacktivate {word}", "the environment is ready to use"))
    return steps
