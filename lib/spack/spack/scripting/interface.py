"""The stable interface for scripts: ``from spack.scripting.interface import Spack``.

What the commands do, with values in place of words and output. Names, arguments and results of this
module stay as they are within a major version. A script is run with ``spack python FILE`` or begins
with ``#!/usr/bin/env spack-python``. Must not know how the older names of :mod:`.names` are spelt.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.builds.options import InstallOptions
from spack.language.concrete_specs import ConcreteSpec
from spack.language.modes import SolveOptions, Tests
from spack.language.specs import Spec
from spack.session.options import Options
from spack.session.session import Session
from spack.type_names import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    from spack.recipes.bound.bound_spec import BoundSpec
    from spack.work.queries.queries import Installed

#: A spec as text, or of any kind.
SpecLike = Union[str, Spec, ConcreteSpec, "BoundSpec"]


class Spack:
    """This instance of Spack, with its configuration, recipes, store and environments.

    Nothing is read before it is needed. What is read is kept; make another object to see changes
    of configuration files by others.

    Args:
        environment: name or directory of the environment to work in; None for the one that is
            active in the shell, "" for none.
        settings: ``section:key:value`` texts that hold for this object alone, like ``spack -c``.
        options: further global options of the command line.
    """

    def __init__(
        self,
        environment: str | None = None,
        settings: Sequence[str] = (),
        options: Options = Options(),
    ) -> None:
        if environment == "":
            options = options._replace(environment=None, no_environment=True)
        elif environment is not None:
            options = options._replace(environment=environment, no_environment=False)
        self.session = Session(
            options._replace(assignments=(*options.assignments, *settings)), dict(os.environ)
        )

    def outside(self) -> Spack:
        """The same instance without an environment."""
        return Spack("", options=self.session.options)

    # -- places --------------------------------------------------------------------------------

    @property
    def root(self) -> str:
        """The clone of Spack."""
        return self.session.root

    @property
    def store_root(self) -> str:
        """The root of the store."""
        return self.session.store.root

    def prefix(self, spec: ConcreteSpec) -> str:
        """The prefix of a concrete spec, installed or not; "" for an external without prefix."""
        return self.session.store.prefix(spec)

    # -- what is there -------------------------------------------------------------------------

    def find(self, *constraints: SpecLike, explicit: bool | None = None) -> list[Installed]:
        """Installed specs that satisfy one of the constraints, sorted; all without constraints.

        In an environment only its specs. Each has ``spec``, ``prefix`` and ``explicit``.

        Args:
            explicit: only those that were asked for (True), or that others need (False).

        Raises:
            SpecSyntaxError: a text is not a spec.
        """
        from spack.work.queries.queries import InstalledQuery, find

        query = InstalledQuery(tuple(map(str, constraints)), explicit=explicit, deprecated=False)
        return find(self.session, query)

    def installed(self, spec: SpecLike) -> Installed:
        """The one installed spec that is meant.

        Raises:
            NoMatchError, AmbiguousError: none is, or several are.
        """
        from spack.work.queries.queries import Installed, one_installed

        found = one_installed(self.session, str(spec))
        record = self.session.store.database.get(found.dag_hash())
        return Installed(found, self.prefix(found), record is not None and record.explicit)

    def package_names(self, *patterns: str) -> list[str]:
        """Names of recipes that match one of the patterns, sorted; all without patterns."""
        from spack.work.queries.queries import package_names

        return package_names(self.session.repositories, patterns)

    # -- what could be there -------------------------------------------------------------------

    def concretize(self, *specs: SpecLike, tests: bool = False) -> list[ConcreteSpec]:
        """Concretize specs, in their order; together if ``concretizer:unify`` says so.

        Args:
            tests: with the test dependencies of the given specs.

        Raises:
            UnsatisfiableRequestError: there is no answer.
        """
        from spack.work.answers.finished_solves import concretized

        if not specs:
            return []
        return concretized(
            self.session, [str(spec) for spec in specs], SolveOptions(tests=Tests(roots=tests))
        )

    def install(
        self, *specs: SpecLike, options: InstallOptions = InstallOptions()
    ) -> list[Installed]:
        """Install specs with all they need, concrete ones as they are; what is installed then.

        The manifest of an environment stays as it is; see :meth:`EnvironmentHandle.install`.

        Raises:
            SpackError: a package cannot be installed; the text names it.
        """
        from spack.work.installing.installation import install_specs

        decided = [_concrete(spec) for spec in specs]
        new = iter(self.concretize(*(s for s, known in zip(specs, decided) if known is None)))
        chosen = [known if known is not None else next(new) for known in decided]
        install_specs(self.session, chosen, options)
        self.session.store.database.refresh()
        outside = self if self.session.environment_directory is None else self.outside()
        return [outside.installed(spec) for spec in chosen]

    def uninstall(
        self, *specs: SpecLike, dependents: bool = False, force: bool = False
    ) -> list[ConcreteSpec]:
        """Uninstall every installed spec that matches; what is gone, dependents first.

        Args:
            dependents: what depends on them goes, too.
            force: although others, or environments, need them.

        Raises:
            NoMatchError: nothing matches.
            NeededByOthersError: others, or environments, need them.
        """
        from spack.work.installing import removal

        plan = removal.plan_removal(
            self.session,
            [str(spec) for spec in specs],
            all_matches=True,
            dependents=dependents,
            force=force,
        )
        removal.uninstall(self.session, plan, force=force)
        return list(plan.specs)

    # -- configuration -------------------------------------------------------------------------

    def setting(self, path: str, default: Any = None) -> Any:
        """The value at ``section:key:…`` of all scopes together, as lists, dicts and scalars."""
        return self.session.configuration.get(path, default)

    def change_setting(self, path: str, value: Any, scope: str | None = None) -> str:
        """Write a value at ``section:key:…`` into a scope; the file that was written.

        Args:
            scope: by default the scope that ``spack config add`` writes to.

        Raises:
            ConfigurationError: the value does not fit, or the scope cannot be written.
        """
        from spack.config.editing import set_value
        from spack.config.values.key_paths import parse_key_path

        configuration = self.session.configuration
        file = set_value(configuration, parse_key_path(path), value, scope)
        self.session.forget_configuration()
        return file

    # -- environments --------------------------------------------------------------------------

    def environments(self) -> list[str]:
        """The names of the managed environments, sorted."""
        from spack.work.projects.environments import managed

        return managed(self.session.base_settings).names()

    def environment(self, name: str | None = None) -> EnvironmentHandle:
        """An environment by name or directory, the one of this object without a name.

        Raises:
            NoSuchEnvironmentError, UsageError: there is none.
        """
        if name is None:
            return EnvironmentHandle(self.session)
        from spack.work.projects.environments import managed

        location = managed(self.session.base_settings).find(name)
        return EnvironmentHandle(self.session.for_environment(location.directory))

    def create_environment(
        self, name: str, source: str | None = None, *, view: bool | str = True
    ) -> EnvironmentHandle:
        """Make an environment: managed by name, or in a directory if the text begins with / or .

        Args:
            source: manifest or lock file to begin with.
            view: whether it has a view, or the path of the view.

        Raises:
            ExistsError: there is one already.
        """
        from spack.work.projects import environments

        made = environments.create(
            self.session.base_settings,
            self.session.instance,
            name,
            source,
            directory=False,
            view=None if view is True else view,
            keep_relative=False,
            include_concrete=(),
        )
        return EnvironmentHandle(self.session.for_environment(made.directory))


class EnvironmentHandle:
    """One environment: its roots, what they are locked to, and what can be done with it.

    Args:
        session: one whose active environment it is.

    Raises:
        UsageError: no environment is active.
    """

    def __init__(self, session: Session) -> None:
        from spack.work.projects.environments import active

        self.session = session
        self._files = active(session)

    @property
    def name(self) -> str:
        """The managed name, or the directory."""
        return self.session.environment_name or self.directory

    @property
    def directory(self) -> str:
        """The directory of its manifest."""
        return self._files.directory

    def roots(self) -> list[str]:
        """The roots of the manifest, expanded, as the user wrote them."""
        from spack.work.projects.environments import user_specs

        return [root.text for root in user_specs(self.session.configuration, self._files)]

    def concrete_roots(self) -> list[tuple[str, ConcreteSpec]]:
        """The locked roots, each with its text in the manifest; none when not concretized."""
        return [(text, spec) for spec, text in self._files.concrete_roots()]

    def specs(self) -> list[ConcreteSpec]:
        """Every locked spec, dependencies among them, each once, sorted by name and hash."""
        lock = self._files.read_lock()
        found = lock.every_spec() if lock is not None else []
        return sorted(found, key=lambda spec: (spec.name, spec.dag_hash()))

    def add(self, *specs: SpecLike) -> list[str]:
        """Add roots to the manifest; the texts that are new. Nothing is concretized."""
        from spack.work.projects.environments import add
        from spack.work.queries.queries import parse_words

        session, words = self.session, parse_words([str(spec) for spec in specs])
        added = add(self._files, session.repositories, session.instance, words)
        session.forget_configuration()
        return added

    def remove(self, *specs: SpecLike) -> list[str]:
        """Remove roots from the manifest; their texts. Nothing is uninstalled."""
        from spack.work.projects.environments import remove_roots
        from spack.work.queries.queries import parse_words

        words = parse_words([str(spec) for spec in specs])
        removed = remove_roots(self.session, words, None, everything=False)
        self.session.forget_configuration()
        return removed

    def concretize(
        self, *, force: bool = False, tests: bool = False
    ) -> list[tuple[str, ConcreteSpec]]:
        """Bring the lock up to date; the roots that are new in it.

        Args:
            force: decide all roots again.
            tests: with the test dependencies of the roots.

        Raises:
            UnsatisfiableRequestError: there is no answer.
        """
        from spack.work.members.locking import concretize

        options = SolveOptions(force=force, tests=Tests(roots=tests))
        return [(root.text, spec) for root, spec in concretize(self.session, options).added]

    def install(self, options: InstallOptions = InstallOptions()) -> None:
        """Concretize and install all roots, and bring the views up to date."""
        from spack.work.installing.installation import install_in_environment

        install_in_environment(self.session, (), options, SolveOptions())


def _concrete(spec: SpecLike) -> ConcreteSpec | None:
    """The concrete spec itself, None for one that has to be concretized."""
    pure = getattr(spec, "unbound", spec)
    return pure if isinstance(pure, ConcreteSpec) else None
