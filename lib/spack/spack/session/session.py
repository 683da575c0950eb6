"""The composition root: builds what commands need, each part once and only when it is asked for.

Constructing a :class:`Session` touches no disk and imports no layer. It reads the process variables
and global options once; nobody below asks for them again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from spack.errors import Origin
from spack.session.options import Options
from spack.type_names import TYPE_CHECKING, Callable

#: Begins the names of scopes that are manifests.
ENVIRONMENT = "env"

if TYPE_CHECKING:
    from spack.config.configuration import Configuration, Note
    from spack.config.loading import Instance
    from spack.config.scopes.git_includes import Refreshed
    from spack.config.scopes.scopes import Scope
    from spack.config.settings.settings import Settings
    from spack.config.values.path_variables import HostFacts
    from spack.config.values.values import Value
    from spack.environments.environment import Environment
    from spack.host.architecture import HostDescription
    from spack.host.machine_facts import MachineFacts
    from spack.recipes.finding.repositories import RepositoryPath
    from spack.session.places import ActivePlace
    from spack.store.store import Store
    from spack.system.terminal.output import Reporter


class Session:
    """The parts that one run of a command works with.

    Args:
        options: the global options.
        variables: the process variables.
        root: the clone; by default the one that this file is part of.
        commands: names that no configured alias can have; one that does is warned of.
    """

    def __init__(
        self,
        options: Options = Options(),
        variables: Mapping[str, str] = os.environ,
        root: str | None = None,
        commands: Collection[str] = (),
    ) -> None:
        self.options = options
        self.variables = variables
        self._root = root
        self._commands = commands
        self._warned: set[Origin] = set()
        self._notes: set[Note] = set()
        self._overrides: Scope | None = None
        self._solved_with: tuple[str, ...] = ()
        #: Whether old forms and keys without effect are warned of; some commands list them.
        self.tells_notes = True

    @cached_property
    def root(self) -> str:
        """The clone, absolute."""
        return self._root if self._root is not None else _own_clone()

    @cached_property
    def instance(self) -> Instance:
        """The instance whose configuration, store and caches are used."""
        from spack.config.loading import instance

        return instance(self.root, self.variables, _host_facts)

    @cached_property
    def place(self) -> ActivePlace | None:
        """The active environment: its directory, and which one of a project. Raises UsageError."""
        from spack.session.places import active_place

        return active_place(
            self.options, self.variables, lambda: self.base_settings.config.environments_root
        )

    @property
    def environment_directory(self) -> str | None:
        """Directory of the active environment. Raises UsageError."""
        return None if self.place is None else self.place.directory

    @cached_property
    def environment_name(self) -> str | None:
        """The managed name of the active environment, or its directory."""
        if self.place is None:
            return None
        return self.place.name(self.base_settings.config.environments_root)

    @cached_property
    def base_settings(self) -> Settings:
        """The settings without any environment: where environments are, how commands are named."""
        return self._typed(self._configuration(None))

    @cached_property
    def configuration(self) -> Configuration:
        """All scopes, with those of the active environment and of the command line."""
        return self._configuration(self._environment_scope())

    def _environment_scope(self) -> Scope | None:
        if self.place is None:
            return None
        from spack.config.loading import environment_scope

        return environment_scope(self.environment_name or "", self.place.manifest)

    def _layers(self, environment: Scope) -> list[Scope]:
        """The scopes of the environment, lowest first: its features, what a group overrides."""
        from spack.session.places import layers

        found = layers(environment, self.place, self._solved_with, self.condition)
        return found if self._overrides is None else [*found, self._overrides]

    def condition(self, clause: str, origin: Origin) -> bool:
        """Whether a ``when`` clause of the manifest holds here."""
        from spack.config.scopes.conditions import evaluate

        return evaluate(clause, self.instance.host, self.variables, origin)

    @cached_property
    def settings(self) -> Settings:
        """The typed settings, built once."""
        return self._typed(self.configuration)

    def with_overrides(self, sections: Mapping[str, Value], name: str) -> Session:
        """The same call with sections above those of the environment, in a scope of that name."""
        from spack.config.scopes.scopes import INTERNAL, Scope

        found = self._telling_once(Session(self.options, self.variables, self._root))
        found._solved_with = self._solved_with
        found._overrides = Scope(name, INTERNAL, values=sections)
        return found

    def for_environments(self, names: Sequence[str]) -> Session:
        """The same call in environments of the project that are solved at once.

        The configuration is that of all their features; else it is that in the first one.
        """
        there = self.for_environment(self.environment_directory or "", names[0])
        found = self._telling_once(there)
        found._solved_with = tuple(names)
        return found

    def _telling_once(self, other: Session) -> Session:
        """Let another session warn of nothing that this one has warned of."""
        other._commands, other._warned, other._notes = self._commands, self._warned, self._notes
        other.tells_notes = self.tells_notes
        return other

    def for_scope(self, name: str) -> Session:
        """The same call where a configuration scope is: ``env:NAME`` need not be active.

        Raises:
            EnvironmentNotFoundError: there is no such environment.
        """
        kind, _, text = name.partition(":")
        if kind != ENVIRONMENT or not text or self.environment_name == text:
            return self
        from spack.environments.locations import ManagedEnvironments

        root = self.base_settings.config.environments_root
        return self.for_environment(ManagedEnvironments(root).find(text).directory)

    def for_environment(self, directory: str, member: str | None = None) -> Session:
        """The same call in another environment, or in an environment of a project."""
        options = self.options._replace(
            environment=directory, directory=True, no_environment=False, member=member
        )
        return Session(options, self.variables, self._root)

    def without_environment(self) -> Session:
        """The same call in no environment."""
        options = self.options._replace(
            environment=None, directory=False, no_environment=True, member=None
        )
        return Session(options, self.variables, self._root)

    def forget_configuration(self) -> None:
        """Read the configuration again when it is next asked for: a file was changed."""
        for part in ("configuration", "settings", "base_settings", "place"):
            self.__dict__.pop(part, None)

    def refresh_includes(self) -> list[Refreshed]:
        """Fetch the branches of git anew that the configuration includes; what became of each."""
        found: list[Refreshed] = []
        self._configuration(self._environment_scope(), found.append)
        self.forget_configuration()
        return found

    @cached_property
    def reporter(self) -> Reporter:
        """Shows messages as the global options ask for; also that of the layers below."""
        return _make_reporter(self.options)

    @property
    def color(self) -> bool:
        """Whether output goes to somebody who wants colours."""
        from spack.system.terminal.output import wants_color

        return wants_color(sys.stdout, self.options.color, self.variables)

    @property
    def width(self) -> int:
        """Columns of the terminal, 0 where output is not a terminal."""
        from spack.system.terminal import output as terminal

        return terminal.width() if terminal.is_terminal(sys.stdout) else 0

    @cached_property
    def repositories(self) -> RepositoryPath:
        """The recipe repositories, the one that wins first."""
        from spack.session.places import kept_repositories, repository_path

        found = repository_path(
            self.settings,
            self.user_cache,
            lambda text: self.reporter.information(text),
            kept_repositories(self.environment) if self.options.own_recipes else (),
        )
        self._note(
            "recipes",
            lambda: [f"{one.packages_dir}\t{one.names_file}" for one in found.repositories],
        )
        return found

    def _note(self, name: str, lines: Callable[[], Sequence[str]]) -> None:
        """Tell the completion of shells where things are, unless for one command alone."""
        if not self.options.is_for_itself:
            from spack.session.places import note_for_completion

            note_for_completion(self.instance.state, name, lines())

    @property
    def user_cache(self) -> str:
        """Directory of what can be had again: clones of recipe repositories, record caches."""
        return self.configuration.paths.user_cache_path

    @cached_property
    def host(self) -> HostDescription:
        """This machine."""
        from spack.host.architecture import host_with

        return host_with(self.machine_facts.target())

    @cached_property
    def machine_facts(self) -> MachineFacts:
        """Kept facts about this machine."""
        from spack.host.machine_facts import MachineFacts

        facts = MachineFacts(self.settings.config.misc_cache)
        facts.know_targets()
        return facts

    @cached_property
    def store(self) -> Store:
        """The store that is written, with the ones below it."""
        from spack.session.places import store

        found = store(self.settings)
        self._note("stores", lambda: [found.root, *(one.root for one in found.upstreams)])
        return found

    @cached_property
    def environment(self) -> Environment | None:
        """The active environment."""
        if self.place is None:
            return None
        from spack.session.places import environment

        return environment(
            self.base_settings, self.place, lambda: self.repositories, self.condition
        )

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Other names for commands, from ``config:aliases``."""
        return self.base_settings.config.aliases

    def _typed(self, configuration: Configuration) -> Settings:
        from spack.config.settings.settings import Settings

        self.check_aliases(configuration)
        return Settings(configuration, self.instance.state)

    def check_aliases(self, configuration: Configuration | None = None) -> None:
        """Warn of an alias that is never used because a command has its name; of each once."""
        from spack.session.places import shadowed_aliases

        for value, text in shadowed_aliases(configuration or self.configuration, self._commands):
            if value.origin not in self._warned:
                self._warned.add(value.origin)
                self.reporter.warning(text)

    def _configuration(
        self,
        environment: Scope | None,
        refreshed: Callable[[Refreshed], None] | None = None,
    ) -> Configuration:
        from spack.config.loading import load
        from spack.session.places import command_line_scopes

        return load(
            self.instance,
            environment=environment,
            layers=[] if environment is None else self._layers(environment),
            command_line_scopes=command_line_scopes(self.options, self.instance.state),
            assignments=self.options.all_assignments(),
            report=self._warn_of,
            refreshed=refreshed,
        )

    def _warn_of(self, note: Note) -> None:
        """Warn of an old form or a key without effect, once for all configurations of a command.

        Who keeps state in a directory of its own is told of changes elsewhere.
        """
        from spack.config.configuration import ChangedFile

        if note in self._notes:
            return
        self._notes.add(note)
        if not isinstance(note, ChangedFile):
            if self.tells_notes:
                self.reporter.warning(str(note))
        elif self.instance.state != self.instance.root:
            if not note.path.startswith(self.instance.state + os.sep):
                self.reporter.information(str(note))


def _own_clone() -> str:
    """The clone that this file is part of."""
    here = os.path.abspath(__file__)
    for _ in range(5):
        here = os.path.dirname(here)
    return here


def _make_reporter(options: Options) -> Reporter:
    from spack.system.terminal.messages import use_reporter
    from spack.system.terminal.output import Reporter, set_color_mode

    set_color_mode(options.color or "auto")
    reporter = Reporter(
        debug_level=options.debug, verbose=options.verbose, timestamps=options.timestamp
    )
    use_reporter(reporter)
    return reporter


def _host_facts() -> HostFacts:
    """This machine, for conditions and path variables; looked at only if one asks."""
    from spack.config.values.path_variables import HostFacts
    from spack.host.architecture import host

    machine = host()
    return HostFacts(machine.platform, machine.os, machine.target, machine.family)
