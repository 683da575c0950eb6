"""A miniature instance with its own files, for tests of the configuration."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Callable

import pytest

from spack.config.configuration import Configuration, Note
from spack.config.loading import environment_scope, instance, load
from spack.config.scopes.git_includes import Refreshed
from spack.config.scopes.scopes import Scope
from spack.config.values.path_variables import HostFacts

HOST = HostFacts("linux", "debian12", "zen3", "x86_64")


class MiniInstance:
    """A clone with a home directory; files are written by their path below it."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.root = top / "clone"
        self.home = top / "home"
        self.home.mkdir(parents=True)
        self.variables: dict[str, str] = {"HOME": str(self.home)}
        self.notes: list[Note] = []
        self.write("clone/etc/spack/defaults/include.yaml", "include: [{path: base}]")
        self.write(
            "clone/etc/spack/defaults/base/config.yaml",
            "config: {build_jobs: 16, extensions: [/shipped], ccache: false}",
        )
        self.write(
            "clone/etc/spack/include.yaml",
            """\
            include:
            - name: user
              path: ~/.spack
              path_override_env_var: SPACK_USER_CONFIG_PATH
              optional: true
              prefer_modify: true
              when: '"SPACK_DISABLE_LOCAL_CONFIG" not in env'
            - {name: site, path: $spack/etc/spack/site, optional: true}
            """,
        )

    def write(self, path: str, text: str) -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        return file

    def load(
        self,
        *assignments: str,
        environment: Path | None = None,
        scopes: Sequence[Scope] = (),
        refreshed: Callable[[Refreshed], None] | None = None,
    ) -> Configuration:
        return load(
            instance(str(self.root), self.variables, lambda: HOST),
            environment=environment_scope("test", str(environment)) if environment else None,
            command_line_scopes=scopes,
            assignments=assignments,
            report=self.notes.append,
            refreshed=refreshed,
        )


@pytest.fixture
def mini(tmp_path: Path) -> MiniInstance:
    return MiniInstance(tmp_path)
