"""Make the view of an environment: built aside, then shown by one atomic change of a link.

For a root ``<dir>/<name>`` the files are in ``<dir>/._<name>/<digest>`` and the root is a symbolic
link to that folder, so a reader sees the old tree or the new one and never a half-made one. The
digest covers everything that decides the content; when the link already names it nothing is done.
Beside the tree lies a record of the folders that were looked into, so that only new packages are
read when it is built again; links that stay get a second name in the new tree. In a view of
symbolic links a directory that one package alone owns is one link; the tree in which a second owner
comes has a real directory there.

Packages may add files in their own way (:class:`AddFiles`); the recipes that do so see a small
object (:class:`ViewInProgress`). Knows no environment, no manifest and no store.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.system.files.writing import mkdirp
from spack.type_names import Callable, Protocol
from spack.views.descriptors import LinkType, ViewDescriptor
from spack.views.merging import Clash, MergePlan, Tree, merge
from spack.views.placing import link_names, placer
from spack.views.remembered import RememberedTrees
from spack.views.selection import Duplicate, Naming, Placement, place, reachable, select

#: Changes when the same specs would give other files.
FORMAT = 2

PrefixOf = Callable[[ConcreteSpec], str]


class ViewRootError(SpackError):
    """Something that is not a view stands at the root of one."""


class ViewWriteError(SpackError):
    """The view's files cannot be written."""


class AddFiles(Protocol):
    """A package's own way into a view, as ``add_files_to_view`` of its recipe."""

    def __call__(self, view: ViewInProgress, merge_map: dict[str, str]) -> None:
        """Put the files in: source to destination, both absolute."""


class FileClash(NamedTuple):
    """A path that two specs wanted; the file of the first is there."""

    path: str
    kept: ConcreteSpec
    dropped: ConcreteSpec

    def __str__(self) -> str:
        kept, dropped = self.kept.label, self.dropped.label
        return f"{self.path} is from {kept}; the one from {dropped} is left out"


class ViewReport(NamedTuple):
    """Result of regenerating.

    Attributes:
        root: the link users see.
        changed: whether the link was switched.
        specs: those in the view.
        duplicates: specs left out for another of the same package.
        clashes: files left out; known only when the view was built, so empty if unchanged.
    """

    root: str
    changed: bool
    specs: tuple[ConcreteSpec, ...]
    duplicates: tuple[Duplicate, ...]
    clashes: tuple[FileClash, ...]

    def warnings(self, limit: int = 10) -> list[str]:
        """Files that were left out, a line each, at most ``limit``."""
        lines = [f"view {self.root}: {duplicate}" for duplicate in self.duplicates]
        lines += [f"view {self.root}: {clash}" for clash in self.clashes[:limit]]
        if len(self.clashes) > limit:
            lines.append(f"view {self.root}: {len(self.clashes) - limit} more files are left out")
        return lines


class ViewInProgress:
    """The view as a recipe sees it while its files are added.

    Attributes:
        link_type: ``symlink``, ``hardlink`` or ``copy``.
    """

    def __init__(
        self,
        directory: str,
        link_type: LinkType,
        folders: dict[str, str],
        relocations: dict[str, str],
    ) -> None:
        self._directory = directory
        self._folders = folders
        self._put = placer(link_type, relocations)
        self.link_type = link_type.value

    def link(self, src: str, dst: str, spec: object = None) -> None:
        """Put one file in, by a link or a copy as the view asks; what is there already stays."""
        with contextlib.suppress(FileExistsError):
            self._put(src, dst)

    def get_projection_for_spec(self, spec: object) -> str:
        """The directory of the view that stands for the spec's prefix (absolute).

        Specs that are not in the view are answered with the root of the view.
        """
        digest = spec.dag_hash() if hasattr(spec, "dag_hash") else ""
        return os.path.join(self._directory, self._folders.get(digest, "")).rstrip(os.sep)


def regenerate(
    descriptor: ViewDescriptor,
    roots: Sequence[ConcreteSpec],
    prefix_of: PrefixOf,
    *,
    is_installed: Callable[[ConcreteSpec], bool] = lambda spec: True,
    add_files: Callable[[ConcreteSpec], AddFiles | None] = lambda spec: None,
    naming: Naming = Naming(),
    force: bool = False,
) -> ViewReport:
    """Bring a view up to date.

    Args:
        roots: concrete root specs of the environment, in the order of the manifest.
        is_installed: specs not installed are left out.
        add_files: a package's own way into the view, None for the usual one.
        naming: what folders depend on beside projections.
        force: build it again even if nothing changed.

    Raises:
        ViewConflictError, ProjectionError, ViewRootError, ViewWriteError
    """
    candidates = [spec for spec in reachable(roots, descriptor.link) if is_installed(spec)]
    placements, duplicates = place(select(candidates, descriptor), descriptor, naming)
    specs = tuple(placement.spec for placement in placements)
    current = current_directory(descriptor.root)
    marks = {prefix: _installation_mark(prefix) for prefix in map(prefix_of, specs)}
    directory = _directory(descriptor, placements, prefix_of, marks)
    if current is not None and _same_content(current, directory) and not force:
        return ViewReport(descriptor.root, False, specs, tuple(duplicates), ())
    if current is not None and current == directory:
        directory += ".2"
    record = _record_of(descriptor.root)
    if force:
        with contextlib.suppress(OSError):
            os.unlink(record)
    trees = RememberedTrees(record, marks)
    try:
        older = None if force else current
        clashes = _build(descriptor, directory, placements, prefix_of, add_files, trees, older)
        _switch(descriptor.root, directory)
    except OSError as error:
        shutil.rmtree(directory, ignore_errors=True)
        raise ViewWriteError(
            f"cannot write the view '{descriptor.name}': {error}",
            hint="the old view is unchanged; check permissions and free space",
        ) from error
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    _remove_others(descriptor.root, directory)
    with contextlib.suppress(OSError):
        trees.save()
    return ViewReport(descriptor.root, True, specs, tuple(duplicates), clashes)


def remove(root: str) -> bool:
    """Remove a view: the link and its trees. Returns whether there was one.

    Raises:
        ViewRootError: something else stands there.
    """
    current = current_directory(root)
    if current is not None:
        os.unlink(root)
    store = _store_of(root)
    there = os.path.isdir(store)
    shutil.rmtree(store, ignore_errors=True)
    return current is not None or there


def current_directory(root: str) -> str | None:
    """The tree that a view's root links to, None when there is no view yet.

    Raises:
        ViewRootError: the root is not a link, or leads elsewhere than a view's trees.
    """
    if not os.path.lexists(root):
        return None
    if os.path.islink(root):
        target = os.path.join(os.path.dirname(root), os.readlink(root))
        if os.path.dirname(os.path.normpath(target)) == _store_of(root):
            return os.path.normpath(target)
        raise ViewRootError(
            f"{root} is a link to {os.readlink(root)}, not to a view",
            hint="choose another root for the view, or remove the link",
        )
    if os.path.isdir(root) and not os.listdir(root):
        return None
    raise ViewRootError(
        f"{root} exists and is not a view",
        hint="choose another root for the view, or move the existing files away",
    )


def _store_of(root: str) -> str:
    """The folder that holds a view's trees."""
    return os.path.join(os.path.dirname(root), "._" + os.path.basename(root))


def _record_of(root: str) -> str:
    """The file that remembers what the prefixes of a view have."""
    return os.path.join(_store_of(root), "record.json")


def _directory(
    descriptor: ViewDescriptor,
    placements: Sequence[Placement],
    prefix_of: PrefixOf,
    marks: Mapping[str, int],
) -> str:
    """The directory that the tree with this content belongs in."""
    content: list[object] = [FORMAT, descriptor.link_type.value, descriptor.fold]
    if descriptor.link_type is LinkType.COPY:
        content.append(descriptor.root)
    for spec, folder in placements:
        prefix = prefix_of(spec)
        content.append([spec.dag_hash(), folder, prefix, marks[prefix]])
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]
    return os.path.join(_store_of(descriptor.root), digest)


def _installation_mark(prefix: str) -> int:
    """Differs between two installations of one hash (develop specs, overwriting installs)."""
    try:
        return os.stat(f"{prefix}/.spack/spec.json").st_mtime_ns
    except OSError:
        return 0


def _same_content(current: str, wanted: str) -> bool:
    return current in (wanted, wanted + ".2") and os.path.isdir(current)


def _build(
    descriptor: ViewDescriptor,
    directory: str,
    placements: Sequence[Placement],
    prefix_of: PrefixOf,
    add_files: Callable[[ConcreteSpec], AddFiles | None],
    reader: RememberedTrees,
    older: str | None,
) -> tuple[FileClash, ...]:
    """Write the whole tree into a directory of its own; links that an older one has are shared."""
    # A leftover of a run that was interrupted.
    shutil.rmtree(directory, ignore_errors=True)
    prefixes = [prefix_of(spec) for spec, _ in placements]
    own_ways = [add_files(spec) for spec, _ in placements]
    # Only links lead into directories of others, and recipes are given files.
    links = descriptor.fold and descriptor.link_type is LinkType.SYMLINK
    trees = [
        Tree(prefix, placement.folder, links and own_way is None)
        for prefix, placement, own_way in zip(prefixes, placements, own_ways)
    ]
    plan = merge(trees, reader)
    view = ViewInProgress(
        directory,
        descriptor.link_type,
        {spec.dag_hash(): folder for spec, folder in placements},
        {
            prefix: os.path.join(descriptor.root, folder).rstrip(os.sep)
            for prefix, (_, folder) in zip(prefixes, placements)
        },
    )
    mkdirp(directory)
    for folder in plan.directories:
        os.mkdir(os.path.join(directory, folder))
    mine = [own_way is None for own_way in own_ways]
    if descriptor.link_type is LinkType.SYMLINK:
        _link_files(plan, trees, mine, directory, older)
    else:
        for files in _files_of(plan, trees, mine, directory).values():
            for source, destination in files.items():
                view.link(source, destination)
    others = _files_of(plan, trees, [not one for one in mine], directory)
    for number, own_way in enumerate(own_ways):
        if own_way is not None:
            own_way(view, others.get(number, {}))
    _link_metadata(directory, placements, prefixes, reader.marks, older)
    return _clashes(plan.clashes, placements)


def _link_files(
    plan: MergePlan, trees: Sequence[Tree], mine: Sequence[bool], directory: str, older: str | None
) -> None:
    """Make the links to the files of some trees, a folder at a time."""
    folder = ""
    links: list[tuple[str, str]] = []
    roots = [tree.root + "/" if one else "" for tree, one in zip(trees, mine)]
    for destination, (number, source) in plan.files.items():
        root = roots[number]
        if root:
            place, _, name = destination.rpartition("/")
            if place != folder:
                _link_folder(directory, folder, links, older)
                folder, links = place, []
            links.append((name, root + source))
    _link_folder(directory, folder, links, older)


def _link_folder(
    directory: str, folder: str, links: Sequence[tuple[str, str]], older: str | None
) -> None:
    if links:
        link_names(f"{directory}/{folder}", links, older and f"{older}/{folder}")


def _files_of(
    plan: MergePlan, trees: Sequence[Tree], chosen: Sequence[bool], directory: str
) -> dict[int, dict[str, str]]:
    """The files of some trees, by the number of the tree: source to destination, both absolute."""
    found: dict[int, dict[str, str]] = {n: {} for n, one in enumerate(chosen) if one}
    for destination, (number, source) in plan.files.items():
        if number in found:
            found[number][f"{trees[number].root}/{source}"] = f"{directory}/{destination}"
    return found


def _link_metadata(
    directory: str,
    placements: Sequence[Placement],
    prefixes: Sequence[str],
    marks: Mapping[str, int],
    older: str | None,
) -> None:
    """``.spack/<name>`` links to what the store knows about each spec."""
    links: dict[str, list[tuple[str, str]]] = {}
    for (spec, folder), prefix in zip(placements, prefixes):
        source = f"{prefix}/.spack"
        if marks[prefix] or os.path.isdir(source):
            links.setdefault(os.path.join(folder, ".spack"), []).append((spec.name, source))
    for folder, found in links.items():
        mkdirp(os.path.join(directory, folder))
        _link_folder(directory, folder, found, older)


def _clashes(clashes: Sequence[Clash], placements: Sequence[Placement]) -> tuple[FileClash, ...]:
    return tuple(
        FileClash(clash.path, placements[clash.kept].spec, placements[clash.dropped].spec)
        for clash in clashes
    )


def _switch(root: str, directory: str) -> None:
    """Let the root link to the directory, in one step."""
    if os.path.isdir(root) and not os.path.islink(root):
        os.rmdir(root)
    staged = os.path.join(_store_of(root), "link")
    if os.path.lexists(staged):
        os.unlink(staged)
    os.symlink(os.path.relpath(directory, os.path.dirname(root)), staged)
    os.replace(staged, root)


def _remove_others(root: str, directory: str) -> None:
    """Remove the trees that the view no longer shows, and what was left half written."""
    store = _store_of(root)
    for name in os.listdir(store):
        path = os.path.join(store, name)
        if path in (directory, _record_of(root)):
            continue
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.unlink(path)
