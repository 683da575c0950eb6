"""Views made by hand (``spack view``): specs are added to and removed from a directory in place.

The directory remembers what it holds: ``<folder>/.spack/<name>`` links to each spec's metadata,
``.spack/projections.json`` has the projections it was made with. Knows no environment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.system.files.writing import atomic_write, mkdirp
from spack.type_names import Callable
from spack.views.descriptors import LinkType, ViewDescriptor
from spack.views.generation import AddFiles, ViewInProgress
from spack.views.merging import DiskTrees, Tree, merge
from spack.views.selection import Naming, Placement, place

PrefixOf = Callable[[ConcreteSpec], str]


class ViewFileConflictError(SpackError):
    """A file of a spec is already in the view, from elsewhere."""


class ProjectionsChangedError(SpackError):
    """A view that was created with other projections."""


class SpecInUseError(SpackError):
    """A spec that others in the view depend on."""


class Status(NamedTuple):
    """Whether a spec is in a view: ``complete``, ``partial`` (some files) or ``absent``."""

    spec: ConcreteSpec
    state: str
    missing: tuple[str, ...]


class StandAloneView:
    """A directory with the merged files of some specs.

    Args:
        descriptor: root, projections and link type; the rest of it does not matter here.
        prefix_of: the directory a spec is installed in.
        add_files: a package's own way into the view, None for the usual one.
        naming: what folders depend on beside projections.
    """

    def __init__(
        self,
        descriptor: ViewDescriptor,
        prefix_of: PrefixOf,
        add_files: Callable[[ConcreteSpec], AddFiles | None] = lambda spec: None,
        naming: Naming = Naming(),
    ) -> None:
        self.descriptor = descriptor
        self.prefix_of = prefix_of
        self.add_files = add_files
        self.naming = naming

    def add(self, specs: Sequence[ConcreteSpec], *, ignore_conflicts: bool = False) -> list[str]:
        """Put the files of specs in; returns the paths left out because something was there.

        Raises:
            ViewFileConflictError: something was there and conflicts are not ignored. Nothing was
                written then.
            ProjectionsChangedError: the view has other projections.
        """
        self._check_projections()
        placements, _ = place(
            [spec for spec in specs if spec.external is None], self.descriptor, self.naming
        )
        placements = [entry for entry in placements if not self._has(entry)]
        plan = merge(self._trees(placements), DiskTrees())
        root = self.descriptor.root
        taken = sorted(path for path in plan.files if os.path.lexists(os.path.join(root, path)))
        taken += sorted(
            path
            for path in plan.directories
            if os.path.lexists(os.path.join(root, path))
            and not os.path.isdir(os.path.join(root, path))
        )
        if taken and not ignore_conflicts:
            owners = {
                path: placements[plan.files[path][0]].spec.name
                for path in taken[:10]
                if path in plan.files
            }
            raise ViewFileConflictError(
                f"{len(taken)} files are already in the view {root}",
                details="\n".join(
                    f"    {path}, wanted by {owner}" for path, owner in owners.items()
                ),
                hint="remove the other spec from the view, or ignore conflicts with -i",
            )
        self._write(placements, plan.directories, plan.files)
        return taken + [clash.path for clash in plan.clashes]

    def remove(
        self,
        specs: Sequence[ConcreteSpec],
        *,
        others: Sequence[ConcreteSpec] = (),
        with_dependents: bool = True,
    ) -> list[str]:
        """Take the files of specs out; returns the names of the removed specs.

        Args:
            others: all specs known, among them the dependents that may be in the view.
            with_dependents: also remove what links to or runs the specs.

        Raises:
            SpecInUseError: dependents are in the view and are not to be removed.
        """
        wanted = {spec.dag_hash(): spec for spec in specs}
        for spec in self.held(others):
            needed = [node for node in spec.traverse() if node.dag_hash() in wanted]
            if not needed or spec.dag_hash() in wanted:
                continue
            if not with_dependents:
                raise SpecInUseError(
                    f"{spec.name} is in the view {self.descriptor.root} and needs {needed[0].name}",
                    hint="remove the dependents, too",
                )
            wanted[spec.dag_hash()] = spec
        placements, _ = place(list(wanted.values()), self.descriptor, self.naming)
        placements = [entry for entry in placements if self._has(entry)]
        root = self.descriptor.root
        own_files = self._own_files()
        for placement, tree in zip(placements, self._trees(placements)):
            plan = merge([tree], DiskTrees())
            own = set(own_files.pop(placement.spec.dag_hash(), ()))
            for path, (_, source) in plan.files.items():
                destination = os.path.join(root, path)
                full = os.path.join(tree.root, source)
                if self._is_ours(full, destination) or (
                    path in own and os.path.lexists(destination)
                ):
                    os.unlink(destination)
            os.unlink(self._mark(placement))
            for folder in sorted(plan.directories, reverse=True):
                _remove_if_empty(os.path.join(root, folder))
            _remove_if_empty(os.path.dirname(self._mark(placement)))
        self._write_own_files(own_files)
        return [placement.spec.name for placement in placements]

    def status(self, specs: Sequence[ConcreteSpec]) -> list[Status]:
        """The specs that are in the view, and those of their files that are not."""
        result = []
        placements, _ = place(list(specs), self.descriptor, self.naming)
        for placement, tree in zip(placements, self._trees(placements)):
            plan = merge([tree], DiskTrees())
            missing = tuple(
                sorted(
                    path
                    for path in plan.files
                    if not os.path.exists(os.path.join(self.descriptor.root, path))
                )
            )
            if not self._has(placement):
                state = "absent"
            else:
                state = "partial" if missing else "complete"
            result.append(Status(placement.spec, state, missing))
        return result

    def held(self, specs: Sequence[ConcreteSpec]) -> list[ConcreteSpec]:
        """Those specs that are in the view."""
        # One by one: of two versions of a package only one would be placed, perhaps the absent one.
        return [
            spec
            for spec in specs
            if any(
                self._has(placement) for placement in place([spec], self.descriptor, self.naming)[0]
            )
        ]

    def _write(
        self,
        placements: Sequence[Placement],
        directories: Sequence[str],
        files: dict[str, tuple[int, str]],
    ) -> None:
        root = self.descriptor.root
        prefixes = [self.prefix_of(placement.spec) for placement in placements]
        relocations = {
            prefix: os.path.join(root, placement.folder).rstrip(os.sep)
            for prefix, placement in zip(prefixes, placements)
        }
        folders = {placement.spec.dag_hash(): placement.folder for placement in placements}
        view = ViewInProgress(root, self.descriptor.link_type, folders, relocations)
        mkdirp(root)
        self._write_projections()
        for folder in directories:
            if not os.path.lexists(os.path.join(root, folder)):
                os.mkdir(os.path.join(root, folder))
        by_placement: list[dict[str, str]] = [{} for _ in placements]
        for path, (number, source) in files.items():
            destination = os.path.join(root, path)
            parent = os.path.dirname(destination)
            if not os.path.lexists(destination) and os.path.isdir(parent):
                by_placement[number][os.path.join(prefixes[number], source)] = destination
        own_files = self._own_files()
        for placement, wanted in zip(placements, by_placement):
            own_way = self.add_files(placement.spec)
            if own_way is None:
                for source, destination in wanted.items():
                    view.link(source, destination)
                continue
            own_way(view, wanted)
            own_files[placement.spec.dag_hash()] = sorted(
                os.path.relpath(destination, root)
                for source, destination in wanted.items()
                if os.path.lexists(destination) and not self._is_ours(source, destination)
            )
        self._write_own_files(own_files)
        for placement, prefix in zip(placements, prefixes):
            mark = self._mark(placement)
            mkdirp(os.path.dirname(mark))
            if not os.path.lexists(mark):
                os.symlink(os.path.join(prefix, ".spack"), mark)

    def _trees(self, placements: Sequence[Placement]) -> list[Tree]:
        return [Tree(self.prefix_of(spec), folder) for spec, folder in placements]

    def _mark(self, placement: Placement) -> str:
        """The link that says that a spec is in the view."""
        return os.path.join(self.descriptor.root, placement.folder, ".spack", placement.spec.name)

    def _has(self, placement: Placement) -> bool:
        mark = self._mark(placement)
        wanted = os.path.join(self.prefix_of(placement.spec), ".spack")
        return os.path.islink(mark) and os.readlink(mark) == wanted

    def _is_ours(self, source: str, destination: str) -> bool:
        """Whether the file in the view came from the source."""
        if self.descriptor.link_type is LinkType.SYMLINK:
            return os.path.islink(destination) and os.readlink(destination) == source
        if self.descriptor.link_type is LinkType.COPY:
            return os.path.lexists(destination)
        if os.path.islink(source):
            return os.path.islink(destination) and os.readlink(source) == os.readlink(destination)
        return os.path.isfile(destination) and os.path.samefile(source, destination)

    @property
    def _projections_file(self) -> str:
        return os.path.join(self.descriptor.root, ".spack", "projections.json")

    @property
    def _own_files_file(self) -> str:
        return os.path.join(self.descriptor.root, ".spack", "own-files.json")

    def _own_files(self) -> dict[str, list[str]]:
        """Hash -> files that a recipe wrote itself, so that they do not look like its prefix."""
        try:
            with open(self._own_files_file, encoding="utf-8") as stream:
                data = json.load(stream)
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def _write_own_files(self, own_files: dict[str, list[str]]) -> None:
        known = {digest: paths for digest, paths in own_files.items() if paths}
        if known:
            mkdirp(os.path.dirname(self._own_files_file))
            atomic_write(self._own_files_file, json.dumps(known) + "\n")
        elif os.path.exists(self._own_files_file):
            os.unlink(self._own_files_file)

    def _projections(self) -> dict[str, str]:
        paths = {entry.constraint.text: entry.path for entry in self.descriptor.projections}
        if self.descriptor.default_projection:
            paths["all"] = self.descriptor.default_projection
        return paths

    def _check_projections(self) -> None:
        try:
            with open(self._projections_file, encoding="utf-8") as stream:
                old = json.load(stream)
        except (OSError, ValueError):
            return
        if old != self._projections():
            raise ProjectionsChangedError(
                f"the view {self.descriptor.root} was created with other projections",
                details=json.dumps(old, indent=2),
                hint="use the same projections, or create a new view in another directory",
            )

    def _write_projections(self) -> None:
        if not os.path.exists(self._projections_file):
            mkdirp(os.path.dirname(self._projections_file))
            atomic_write(self._projections_file, json.dumps(self._projections()) + "\n")


def _remove_if_empty(folder: str) -> None:
    if os.path.isdir(folder) and not os.path.islink(folder) and not os.listdir(folder):
        os.rmdir(folder)
