"""Options for the environments of a project and for their lock file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from spack.cli.options import flag, several
from spack.errors import UsageError
from spack.session.session import Session


def in_each(session: Session, names: Sequence[str]) -> list[Session]:
    """The same call in environments of the active project; the session itself without names.

    Raises:
        UsageError: no project is active.
    """
    if not names:
        return [session]
    directory = session.environment_directory
    if directory is None:
        raise UsageError(
            f"there is no project here that could have the environment '{names[0]}'",
            hint="change to a directory below its spack.yaml, or give that directory with -D",
        )
    return [session.for_environment(directory, name) for name in names]


def add_members(parser: argparse.ArgumentParser, names: str, help: str) -> None:
    """Add the option that chooses environments of a project; it may be repeated."""
    several(parser, f"{names} NAME", help, dest="environments")


def add_lock_modes(parser: argparse.ArgumentParser) -> None:
    """Add the options for a lock file that is not that of the manifest."""
    from spack.work.members.lock_modes import LockMode

    modes = parser.add_mutually_exclusive_group()
    text = "fail if the lock file was not made from the manifest, and write nothing"
    flag(modes, "--locked", text, lock_mode=LockMode.LOCKED)
    flag(
        modes,
        "--frozen",
        "use the lock file without a look at the manifest",
        lock_mode=LockMode.FROZEN,
    )
    text = "update the lock file, even where a variable such as CI says that nobody watches"
    flag(modes, "--no-locked", text, lock_mode=LockMode.UPDATE)
