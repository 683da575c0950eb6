"""Parts of a session made by hand: what a function of ``work`` asks for, and no instance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.clone import ROOT

from spack.config.configuration import Configuration
from spack.config.scopes.reading import FileReader
from spack.config.scopes.scopes import Scope, ScopeContent
from spack.config.settings.settings import Settings
from spack.config.values.path_variables import PathVariables
from spack.recipes.finding.repositories import Repository, RepositoryPath
from spack.system.files.yaml_files import dump

BUILTIN = ROOT / "var" / "spack" / "repos" / "spack_repo" / "builtin"


def repositories(*paths: Path) -> RepositoryPath:
    """These repositories before the embedded one; their records are kept nowhere."""
    return RepositoryPath([Repository(str(path)) for path in (*paths, BUILTIN)])


class Parts:
    """Settings of one scope in a folder, which may be changed, and the parts that are given."""

    def __init__(self, folder: Path, sections: Mapping[str, Any] = {}, **parts: Any) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in {"packages": {"all": {}}, **sections}.items():
            (folder / f"{name}.yaml").write_text(dump({name: value}))
        vars(self).update(parts)
        self.forget_configuration()

    def forget_configuration(self) -> None:
        folder = str(self._folder)
        reader = FileReader(None, folder)
        paths = PathVariables(folder, folder, variables={})
        content = ScopeContent(Scope("only", path=folder), reader)
        self.configuration = Configuration([content], paths, reader)
        self.settings = self.base_settings = Settings(self.configuration, folder)
