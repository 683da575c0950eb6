"""Opens files in the user's editor."""

from __future__ import annotations

from collections.abc import Sequence

from spack.errors import UsageError
from spack.session.session import Session

#: Process variables that name the editor, the first that is set is used.
EDITORS = ("SPACK_EDITOR", "VISUAL", "EDITOR")


def open_in_editor(session: Session, files: Sequence[str]) -> None:
    """Open files and wait until the editor ends. Raises :class:`UsageError`."""
    editor = next((session.variables[v] for v in EDITORS if session.variables.get(v)), None)
    if editor is None:
        raise UsageError("no editor is set", hint="set EDITOR, such as: export EDITOR=vi")
    import shlex
    import subprocess

    subprocess.run([*shlex.split(editor), *files], check=False)
