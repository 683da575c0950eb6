"""Environments under the names that scripts use; usually imported as ``ev``.

Must not know how environments are kept; that is the business of ``interface.EnvironmentHandle``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from spack.environments.locations import INTERNAL_NAME, LOCK_NAME, MANIFEST_NAME, is_environment
from spack.errors import SpackError, UsageError
from spack.scripting.current import CurrentSpack, current, use
from spack.scripting.databases import DB
from spack.scripting.interface import EnvironmentHandle
from spack.scripting.specs import ScriptSpec, seen
from spack.type_names import Any
from spack.work.projects.environment_work import views
from spack.work.projects.environments import active, managed, root_status

#: The process variable with the directory of the environment that a shell has active.
ENVIRONMENT_VARIABLE = "SPACK_ENV"


class NotOneSpecError(SpackError, AssertionError):
    """A hash that no spec of an environment has, or several."""


class ScriptEnvironment:
    """One environment.

    Args:
        directory: where its manifest is.

    Raises:
        SpackError: there is none.
    """

    def __init__(self, directory: str | os.PathLike[str], **_: Any) -> None:
        self._spack = CurrentSpack(
            os.path.abspath(os.fspath(directory)),
            options=current().session.options._replace(directory=True),
        )
        self._handle = EnvironmentHandle(self._spack.session)
        self._before: list[CurrentSpack] = []

    # -- what it is ----------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """Its directory."""
        return self._handle.directory

    @property
    def name(self) -> str:
        """Its managed name, or its directory."""
        return self._handle.name

    @property
    def manifest_path(self) -> str:
        """The file ``spack.yaml``."""
        return os.path.join(self.path, MANIFEST_NAME)

    @property
    def lock_path(self) -> str:
        """The file ``spack.lock``, whether or not it exists."""
        return os.path.join(self.path, LOCK_NAME)

    @property
    def env_subdir_path(self) -> str:
        """The directory of what is kept for it, ``.spack-env``."""
        return os.path.join(self.path, INTERNAL_NAME)

    @property
    def log_path(self) -> str:
        """The directory of links to build logs."""
        return os.path.join(self.env_subdir_path, "logs")

    @property
    def repos_path(self) -> str:
        """The directory of the recipes of what is locked."""
        return os.path.join(self.env_subdir_path, "repos")

    @property
    def scope_name(self) -> str:
        """The name of its configuration scope."""
        return f"env:{self.name}"

    @property
    def views(self) -> dict[str, Any]:
        """Its views by name; each has ``root``, ``select``, ``exclude``, ``link`` …"""
        session = self._spack.session
        return {view.name: view for view in views(session.configuration, active(session))}

    @property
    def default_view(self) -> Any:
        """The view ``default``. Raises SpackError if there is none."""
        if not self.has_view("default"):
            raise SpackError(f"{self.name} has no default view", hint="spack env view enable")
        return self.views["default"]

    def has_view(self, view_name: str) -> bool:
        """Whether there is a view of that name."""
        return view_name in self.views

    @property
    def active(self) -> bool:
        """Whether it is the active environment."""
        return current().session.environment_directory == self.path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScriptEnvironment) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"Environment({self.path!r})"

    # -- roots and specs -----------------------------------------------------------------------

    @property
    def user_specs(self) -> list[ScriptSpec]:
        """The roots of the manifest."""
        return [ScriptSpec(text) for text in self._handle.roots()]

    def roots(self) -> list[ScriptSpec]:
        """The roots of the manifest."""
        return self.user_specs

    def concretized_specs(self) -> list[tuple[ScriptSpec, ScriptSpec]]:
        """The locked roots: as the user wrote them, and concrete."""
        roots = self._handle.concrete_roots()
        return [(ScriptSpec(text), seen(spec, self._spack)) for text, spec in roots]

    def concrete_roots(self) -> list[ScriptSpec]:
        """The locked roots, each once."""
        return list(dict.fromkeys(spec for _, spec in self.concretized_specs()))

    @property
    def dev_specs(self) -> dict[str, dict[str, Any]]:
        """The packages that are built from local sources: name to ``path`` and ``spec``."""
        return dict(self._spack.setting("develop") or {})

    @property
    def concretized_user_specs(self) -> list[ScriptSpec]:
        """The locked roots as the user wrote them."""
        return [written for written, _ in self.concretized_specs()]

    @property
    def concretized_order(self) -> list[str]:
        """The hashes of the locked roots, in order."""
        return [spec.dag_hash() for _, spec in self.concretized_specs()]

    def all_specs(self) -> list[ScriptSpec]:
        """Every locked spec, dependencies among them, each once."""
        return [seen(spec, self._spack) for spec in self._handle.specs()]

    def all_specs_generator(self) -> Iterator[ScriptSpec]:
        """:meth:`all_specs`, one by one."""
        return iter(self.all_specs())

    def all_hashes(self) -> list[str]:
        """The hashes of every locked spec."""
        return [spec.dag_hash() for spec in self._handle.specs()]

    @property
    def specs_by_hash(self) -> dict[str, ScriptSpec]:
        """Every locked spec by its hash."""
        return {spec.dag_hash(): spec for spec in self.all_specs()}

    def get_by_hash(self, dag_hash: str) -> list[ScriptSpec]:
        """Locked specs whose hash begins with a text."""
        return [spec for spec in self.all_specs() if spec.dag_hash().startswith(dag_hash)]

    def get_one_by_hash(self, dag_hash: str) -> ScriptSpec:
        """The locked spec whose hash begins with a text.

        Raises:
            NotOneSpecError: none, or several.
        """
        found = self.get_by_hash(dag_hash)
        if len(found) != 1:
            raise NotOneSpecError(f"{len(found)} specs of {self.name} have the hash {dag_hash}")
        return found[0]

    def all_matching_specs(self, *specs: Any) -> list[ScriptSpec]:
        """Locked specs that satisfy one of the given ones."""
        return [found for found in self.all_specs() if any(found.satisfies(s) for s in specs)]

    def matching_spec(self, spec: Any) -> ScriptSpec | None:
        """The locked spec that satisfies another, a root before others; None if none does.

        Raises:
            SpackError: several do.
        """
        for candidates in (self.concrete_roots(), self.all_specs()):
            found = [one for one in candidates if one.satisfies(spec)]
            if len(found) > 1:
                raise SpackError(f"{len(found)} specs of {self.name} satisfy {spec}")
            if found:
                return found[0]
        return None

    def added_specs(self) -> Iterator[ScriptSpec]:
        """The roots that are still to be installed: concrete, or abstract if not concretized."""
        session = self._spack.session
        for root, locked in root_status(session, active(session)).roots:
            if locked is None:
                yield ScriptSpec(root.spec)
            elif not session.store.is_installed(locked):
                yield seen(locked, self._spack)

    def removed_specs(self) -> Iterator[tuple[ScriptSpec, ScriptSpec]]:
        """The roots that the next concretization drops: as they were written, and concrete."""
        session = self._spack.session
        for text, spec in root_status(session, active(session)).removed:
            yield ScriptSpec(text), seen(spec, self._spack)

    def uninstalled_specs(self) -> list[ScriptSpec]:
        """Locked specs that are not installed."""
        return [spec for spec in self.all_specs() if not spec.installed]

    # -- changes -------------------------------------------------------------------------------

    def add(self, user_spec: Any, **_: Any) -> bool:
        """Add a root to the manifest; whether it is new."""
        return bool(self._handle.add(str(user_spec)))

    def remove(self, query_spec: Any, **_: Any) -> None:
        """Remove a root from the manifest."""
        self._handle.remove(str(query_spec))

    def concretize(
        self, force: bool | None = None, tests: bool = False
    ) -> list[tuple[ScriptSpec, ScriptSpec]]:
        """Bring the lock up to date and write it; the roots that were decided."""
        new = self._handle.concretize(force=bool(force), tests=tests)
        if force:
            return self.concretized_specs()
        return [(ScriptSpec(text), seen(spec, self._spack)) for text, spec in new]

    def write(self, regenerate: bool = True) -> None:
        """Bring the views up to date; manifest and lock are written when they change."""
        if regenerate:
            self.regenerate_views()

    def install_all(self, **_: Any) -> None:
        """Install all roots."""
        self._handle.install()

    def install_specs(self, specs: Sequence[Any] | None = None, **_: Any) -> None:
        """Install some locked specs, or all roots."""
        if specs is None:
            self.install_all()
        else:
            self._spack.install(*specs)

    def destroy(self) -> None:
        """Remove the environment with its directory; what it installed stays."""
        from spack.environments import creation

        creation.remove(active(self._spack.session))

    def regenerate_views(self) -> None:
        """Bring the views up to date with what is installed."""
        from spack.work.projects.environment_work import update_views

        update_views(self._spack.session)

    @contextlib.contextmanager
    def write_transaction(self) -> Iterator[ScriptEnvironment]:
        """Changes in the block; each is written when it is made."""
        yield self

    def __enter__(self) -> ScriptEnvironment:
        self._before.append(current())
        activate(self)
        return self

    def __exit__(self, *_: object) -> None:
        use(self._before.pop())


def active_environment() -> ScriptEnvironment | None:
    """The active environment, None if there is none."""
    directory = current().session.environment_directory
    return None if directory is None else ScriptEnvironment(directory)


def is_active(name: str) -> bool:
    """Whether the managed environment of that name is the active one."""
    return current().session.environment_name == name


def require_active_env(cmd_name: str = "") -> ScriptEnvironment:
    """The active environment.

    Args:
        cmd_name: the command that needs it, for the message.

    Raises:
        UsageError: there is none.
    """
    found = active_environment()
    if found is None:
        raise UsageError(
            f"{'spack ' + cmd_name if cmd_name else 'this'} needs an active environment",
            hint="activate one with spacktivate NAME, or use spack -e NAME …",
        )
    return found


def activate(env: ScriptEnvironment, *_: Any, **__: Any) -> None:
    """Work in an environment from now on, in this script alone."""
    use(env._spack)


def deactivate() -> None:
    """Work in no environment from now on, in this script alone."""
    options = current().session.options._replace(directory=False)
    use(CurrentSpack("", options=options))


@contextlib.contextmanager
def no_active_environment() -> Iterator[None]:
    """Work in no environment inside the block."""
    before = current()
    deactivate()
    try:
        yield
    finally:
        use(before)


def environment_from_name_or_dir(text: str) -> ScriptEnvironment:
    """An environment by its name or directory. Raises NotFoundError."""
    return ScriptEnvironment(managed(current().session.base_settings).find(text).directory)


def read(name: str) -> ScriptEnvironment:
    """A managed environment. Raises NotFoundError."""
    return environment_from_name_or_dir(name)


def root(name: str) -> str:
    """The directory of a managed environment, whether or not it exists."""
    return managed(current().session.base_settings).directory(name)


def exists(name: str) -> bool:
    """Whether there is a managed environment of that name."""
    return managed(current().session.base_settings).exists(name)


def installed_specs() -> list[ScriptSpec]:
    """The installed specs of the active environment, without one those of the whole store."""
    environment = active_environment()
    found = DB.query() if environment is None else environment.all_specs()
    return [spec for spec in found if spec.installed]


def is_env_dir(path: str) -> bool:
    """Whether a directory has a manifest."""
    return is_environment(path)


def all_environment_names() -> list[str]:
    """The names of the managed environments, sorted."""
    return current().environments()


def all_environments() -> Iterator[ScriptEnvironment]:
    """The managed environments."""
    return (read(name) for name in all_environment_names())


def create(
    name: str, init_file: Any = None, with_view: bool | str | None = None, **_: Any
) -> ScriptEnvironment:
    """Make a managed environment. Raises ExistsError."""
    view = True if with_view is None else with_view
    source = None if init_file is None else os.fspath(getattr(init_file, "name", init_file))
    return ScriptEnvironment(current().create_environment(name, source, view=view).directory)


def create_in_dir(
    root: str | os.PathLike[str], init_file: Any = None, **settings: Any
) -> ScriptEnvironment:
    """Make an environment in a directory. Raises ExistsError."""
    return create(os.path.abspath(os.fspath(root)), init_file, **settings)
