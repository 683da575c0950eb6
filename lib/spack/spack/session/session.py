"""The composition root: builds what commands need, each part once and only when it is asked for.

Constructing a :class:`Session` touches no disk and imports no layer. It reads the process variables
and global options once; nobody below asks for them again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from spack.errors import Origin, UsageError
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
        #: Whether old forms and keys without effect are warned of; some commands list them.
        self.tells_notes = True

    @cached_property
    def root(self) -> str:
        """The clone, absolute."""
        if self._root is not None:
            return self._root
        here = os.path.abspath(__file__)
        for _ in range(5):
            here = os.path.dirname(here)
        return here

    @cached_property
    def instance(self) -> Instance:
        """The instance whose configuration, store and caches are used."""
        from spack.config.loading import instance

        return instance(self.root, self.variables, _host_facts)

    @cached_property
    def environment_directory(self) -> str | None:
        """Directory of the active environment. Raises UsageError."""
        if self.options.environment is None and not self.variables.get("SPACK_ENV"):
            return None
        from spack.session.places import active_directory

        return active_directory(
            self.options, self.variables, lambda: self.base_settings.config.environments_root
        )

    @cached_property
    def environment_name(self) -> str | None:
        """The managed name of the active environment, or its directory."""
        directory = self.environment_directory
        if directory is None:
            return None
        root = self.base_settings.config.environments_root
        if os.path.dirname(directory) == root:
            return os.path.basename(directory)
        return directory

    @cached_property
    def base_settings(self) -> Settings:
        """The settings without any environment: where environments are, how commands are named."""
        return self._typed(self._configuration(None))

    @cached_property
    def configuration(self) -> Configuration:
        """All scopes, with those of the active environment and of the command line."""
        return self._configuration(self._environment_scope())

    def _environment_scope(self) -> Scope | None:
        directory = self.environment_directory
        if directory is None:
            return None
        from spack.config.loading import environment_scope
        from spack.session.places import MANIFEST_NAME

        manifest = os.path.join(directory, MANIFEST_NAME)
        return environment_scope(self.environment_name or "", manifest)

    @cached_property
    def settings(self) -> Settings:
        """The typed settings, built once."""
        return self._typed(self.configuration)

    def with_overrides(self, sections: Mapping[str, Value], name: str) -> Session:
        """The same call with sections above those of the environment, in a scope of that name."""
        from spack.config.scopes.scopes import INTERNAL, Scope

        found = Session(self.options, self.variables, self._root, self._commands)
        found._warned, found._notes = self._warned, self._notes
        found.tells_notes = self.tells_notes
        found._overrides = Scope(name, INTERNAL, values=sections)
        return found

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

    def for_environment(self, directory: str) -> Session:
        """The same call in another environment."""
        options = self.options._replace(environment=directory, directory=True, no_environment=False)
        return Session(options, self.variables, self._root)

    def without_environment(self) -> Session:
        """The same call in no environment."""
        options = self.options._replace(environment=None, directory=False, no_environment=True)
        return Session(options, self.variables, self._root)

    def forget_configuration(self) -> None:
        """Read the configuration again when it is next asked for: a file was changed."""
        for part in ("configuration", "settings", "base_settings"):
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
        from spack.system.terminal.messages import use_reporter
        from spack.system.terminal.output import Reporter, set_color_mode

        set_color_mode(self.options.color or "auto")
        reporter = Reporter(
            debug_level=self.options.debug,
            verbose=self.options.verbose,
            timestamps=self.options.timestamp,
        )
        use_reporter(reporter)
        return reporter

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
        from spack.session.places import repository_path

        found = repository_path(
            self.settings,
            self.user_cache,
            lambda text: self.reporter.information(text),
            self._recipes_of_environment() if self.options.own_recipes else (),
        )
        self._note(
            "recipes",
            lambda: [f"{one.packages_dir}\t{one.names_file}" for one in found.repositories],
        )
        return found

    def _note(self, name: str, lines: Callable[[], Sequence[str]]) -> None:
        """Tell the completion of shells where things are, unless for one command alone."""
        options = self.options
        if not (options.assignments or options.scopes or options.own_recipes):
            from spack.session.places import note_for_completion

            note_for_completion(self.instance.state, name, lines())

    def _recipes_of_environment(self) -> list[str]:
        """The recipes that the active environment keeps beside its lock."""
        if self.environment is None:
            raise UsageError("--use-env-repo needs an environment", hint="add -e NAME")
        from spack.environments.recipe_snapshots import saved_repositories

        return saved_repositories(self.environment)

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
        directory = self.environment_directory
        if directory is None:
            return None
        from spack.session.places import environment

        return environment(self.base_settings, directory, lambda: self.repositories)

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
        aliases = (configuration or self.configuration).section("config").at(["aliases"])
        for name, value in (aliases.data if aliases is not None else {}).items():
            if name in self._commands and value.origin not in self._warned:
                self._warned.add(value.origin)
                self.reporter.warning(
                    f"{value.origin}: the alias '{name}' for '{value.data}' is ignored:"
                    " there is a command with that name"
                )

    def _configuration(
        self,
        environment: Scope | None,
        refreshed: Callable[[Refreshed], None] | None = None,
    ) -> Configuration:
        from spack.config.loading import load

        return load(
            self.instance,
            environment=environment,
            overrides=None if environment is None else self._overrides,
            command_line_scopes=[self._scope(place) for place in self.options.scopes],
            assignments=self.options.all_assignments(),
            report=self._warn_of,
            refreshed=refreshed,
        )

    def _scope(self, place: str) -> Scope:
        from spack.config.loading import command_line_scope
        from spack.session.places import scope_directory

        return command_line_scope(scope_directory(place, self.instance.state), place)

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


def _host_facts() -> HostFacts:
    """This machine, for conditions and path variables; looked at only if one asks."""
    from spack.config.values.path_variables import HostFacts
    from spack.host.architecture import host

    machine = host()
    return HostFacts(machine.platform, machine.os, machine.target, machine.family)
