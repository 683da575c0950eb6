"""Module files that are there: their names, their paths, and commands that load them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from spack.errors import NotFoundError
from spack.language.concrete_specs import ConcreteSpec
from spack.modulefiles.index import Entry, read_index
from spack.type_names import TYPE_CHECKING
from spack.work.projects.module_sets import set_settings, upstream_roots

if TYPE_CHECKING:
    from spack.config.settings.settings import Settings


class NoModuleFileError(NotFoundError):
    """A package has no module file."""


class Names:
    """The files of one kind in a set, and those of upstreams.

    Raises:
        UsageError: there is no such set.
        ModuleIndexError: an index is damaged.
    """

    def __init__(self, settings: Settings, name: str, kind: str) -> None:
        module_set = set_settings(settings.modules, name)
        self.name = name
        self.kind = kind
        self.root = module_set.roots[kind]
        self._own = read_index(self.root)
        self._indexes = [self._own, *map(read_index, upstream_roots(settings, kind))]

    def entry(self, spec: ConcreteSpec) -> Entry | None:
        """The file of a package, None without one."""
        for index in self._indexes:
            found = index.get(spec.dag_hash())
            if found is not None and os.path.exists(found.path):
                return found
        return None

    def has(self, spec: ConcreteSpec) -> bool:
        """Whether a package has a file."""
        return self.entry(spec) is not None

    def one(self, spec: ConcreteSpec) -> Entry:
        """The file of a package. Raises NoModuleFileError."""
        found = self.entry(spec)
        if found is None:
            option = "" if self.name == "default" else f" -n {self.name}"
            raise NoModuleFileError(
                f"{spec.label} has no {self.kind} module file in {self.root}",
                hint=f"write it with spack module {self.kind}{option} refresh, unless the"
                " configuration leaves it out",
            )
        return found

    def own(self, specs: Sequence[ConcreteSpec]) -> list[tuple[ConcreteSpec, Entry]]:
        """Those of some packages that have a file in this set itself."""
        rows = [(spec, self._own.get(spec.dag_hash())) for spec in specs]
        return [(spec, entry) for spec, entry in rows if entry is not None]

    def lines(
        self,
        specs: Sequence[ConcreteSpec],
        *,
        prefix: str = "",
        input_only: bool = False,
        commented: Sequence[ConcreteSpec] = (),
    ) -> str:
        """Commands that load modules.

        Args:
            prefix: stands before their names.
            input_only: names alone, without the command.
            commented: of these the command is a comment.

        Raises:
            NoModuleFileError: one has no file.
        """
        command = "" if input_only else "module load "
        left_out = {spec.dag_hash() for spec in commented}
        return "".join(
            ("## " if spec.dag_hash() in left_out else "")
            + f"{command}{prefix}{self.one(spec).use_name}\n"
            for spec in specs
        )
