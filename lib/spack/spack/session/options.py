"""The global options of one call, independent of how they were parsed."""

from __future__ import annotations

from spack.named_tuples import NamedTuple


class Options(NamedTuple):
    """Options before the command.

    Attributes:
        environment: name or directory of the environment for this call.
        directory: the environment was given as a directory (``-D``).
        member: the environment of the project, where that is given by its directory.
        no_environment: ignore an active environment and a project (``-E``).
        assignments: ``section:key:value`` texts of ``-c``, in order.
        scopes: directories or environments of ``-C``, lowest first.
        own_recipes: use the recipes that the environment keeps beside its lock.
        insecure, enable_locks, disable_locks, timestamp, verbose, debug, color: as on the command
            line.
    """

    environment: str | None = None
    directory: bool = False
    no_environment: bool = False
    member: str | None = None
    assignments: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    insecure: bool = False
    enable_locks: bool = False
    disable_locks: bool = False
    timestamp: bool = False
    own_recipes: bool = False
    verbose: bool = False
    debug: int = 0
    color: str | None = None

    @property
    def is_for_itself(self) -> bool:
        """Whether the configuration is that of this call alone."""
        return bool(self.assignments or self.scopes or self.own_recipes)

    def all_assignments(self) -> tuple[str, ...]:
        """The ``-c`` values, after those that other options stand for."""
        values: list[str] = []
        if self.insecure:
            values.append("config:verify_ssl:false")
        if self.enable_locks or self.disable_locks:
            values.append(f"config:locks:{str(self.enable_locks).lower()}")
        if self.debug:
            values.append("config:debug:true")
        return (*values, *self.assignments)
