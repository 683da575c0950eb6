"""Small concrete graphs and prefixes with real files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from spack.language import deptypes
from spack.language.concrete_specs import Architecture, ConcreteEdge, ConcreteSpec
from spack.language.versions import Version


class Installed:
    """Concrete specs with prefixes below one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.specs: dict[str, ConcreteSpec] = {}

    def add(
        self,
        name: str,
        files: Sequence[str] = (),
        link: Sequence[ConcreteSpec] = (),
        run: Sequence[ConcreteSpec] = (),
        build: Sequence[ConcreteSpec] = (),
        version: str = "1.0",
        texts: dict[str, str] | None = None,
    ) -> ConcreteSpec:
        """A spec whose prefix has the named files; a file's text is its own path."""
        edges = [ConcreteEdge(spec, deptypes.LINK) for spec in link]
        edges += [ConcreteEdge(spec, deptypes.RUN) for spec in run]
        edges += [ConcreteEdge(spec, deptypes.BUILD) for spec in build]
        spec = ConcreteSpec(
            name,
            Version(version),
            Architecture("linux", "debian12", "x86_64"),
            dependencies=tuple(edges),
        )
        prefix = Path(self.prefix(spec))
        contents = {path: f"{name}-{version} {path}\n" for path in files}
        contents[".spack/spec.json"] = "{}"
        contents.update(texts or {})
        for path, text in contents.items():
            (prefix / path).parent.mkdir(parents=True, exist_ok=True)
            (prefix / path).write_text(text.replace("@PREFIX@", str(prefix)))
        self.specs[name] = spec
        return spec

    def prefix(self, spec: ConcreteSpec) -> str:
        return os.path.join(self.root, f"{spec.name}-{spec.version}-{spec.dag_hash()}")


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return Installed(tmp_path / "store")
