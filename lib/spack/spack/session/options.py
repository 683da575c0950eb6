"""The global options of one call, independent of how they were parsed."""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple


class GlobalOptions(NamedTuple):
    """What stands before the command.

    Attributes:
        config_values: ``section:key:value`` texts of ``-c``, in order.
        config_scopes: directories or environments of ``-C``, lowest first.
        env, env_dir: the environment for this call, by name or directory.
        no_env: ignore an active environment.
        locks: lock files or not; None leaves it to the configuration.
    """

    color: Optional[str] = None
    verbose: bool = False
    debug: int = 0
    backtrace: bool = False
    timestamp: bool = False
    insecure: bool = False
    config_values: Tuple[str, ...] = ()
    config_scopes: Tuple[str, ...] = ()
    env: Optional[str] = None
    env_dir: Optional[str] = None
    no_env: bool = False
    use_env_repo: bool = False
    locks: Optional[bool] = None
