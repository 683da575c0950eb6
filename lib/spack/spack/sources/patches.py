"""Patches: which ones a node has, how their files are had, and applying them exactly once.

The marks ``.spack_patched``, ``.spack_no_patches`` and ``.spack_patch_failed`` in the source tree
say what happened there, so that a build that is started again does not patch twice. Knows recorded
patches, no recipe classes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.recipes.records.package_records import PatchRecord
from spack.sources import expansion
from spack.sources.composite import AnyStage, CompositeStage
from spack.sources.develop_stage import DevelopStage
from spack.sources.fetching import checksums, tools
from spack.sources.fetching.checksums import parse_checksum
from spack.sources.fetching.fetchers import UrlFetcher, archive_extension, download_name
from spack.sources.fetching.reporting import SILENT, FetchReporter
from spack.sources.mirrors import MirrorPaths, readable_patch_path
from spack.sources.stage import Stage, StageSettings
from spack.system.files.filesystem import working_dir
from spack.type_names import Callable

PATCHED = ".spack_patched"
NO_PATCHES = ".spack_no_patches"
PATCH_FAILED = ".spack_patch_failed"


class PatchError(SpackError):
    """A patch cannot be found, is not the one that was concretized, or does not apply."""


class PatchStage(Stage):
    """The stage of a patch behind a URL. Compressed ones are unpacked and verified again."""

    def __init__(
        self,
        patch: PatchRecord,
        owner: str,
        hash_start: str,
        settings: StageSettings,
        reporter: FetchReporter = SILENT,
    ) -> None:
        assert patch.url is not None
        self.patch = patch
        fetched = patch.archive_sha256 or patch.sha256
        fetcher = UrlFetcher(
            (patch.url,),
            parse_checksum(fetched, "sha256"),
            expand=bool(patch.archive_sha256),
            extension=archive_extension(patch.url) or None,
        )
        paths = MirrorPaths(
            fetcher.cache_path, readable_patch_path(owner, download_name(patch.url), fetched)
        )
        super().__init__(
            f"spack-stage-{hash_start}-patch-{fetched}",
            fetcher,
            settings,
            mirror_paths=paths,
            reporter=reporter,
            label=f"patch {download_name(patch.url)} of {owner}",
        )

    def expand_archive(self) -> None:
        """Make the patch file ready. Raises PatchError or ChecksumError."""
        if self.expanded or not self.fetcher.expand:
            return
        file = self.archive_file
        if file is None:
            raise PatchError(f"the {self.label} has not been fetched", hint="fetch it first")
        expansion.expand(file, self.source_path)
        try:
            checksums.verify(
                self._unpacked(), parse_checksum(self.patch.sha256, "sha256"), url=self.patch.url
            )
        except SpackError:
            self.discard_tree()
            raise

    def _unpacked(self) -> str:
        files = [
            os.path.join(directory, name)
            for directory, _, names in os.walk(self.source_path)
            for name in names
        ]
        if len(files) != 1:
            raise PatchError(
                f"the archive of the {self.label} holds {len(files)} files instead of one"
            )
        return files[0]

    @property
    def patch_file(self) -> str:
        """Path of the file that ``patch`` reads. Raises PatchError before it was fetched."""
        if self.fetcher.expand and self.expanded:
            return self._unpacked()
        file = self.archive_file
        if file is None or self.fetcher.expand:
            raise PatchError(f"the {self.label} has not been fetched", hint="fetch it first")
        return file


def patch_stages(
    concrete: ConcreteSpec,
    patches: Sequence[PatchRecord],
    settings: StageSettings,
    reporter: FetchReporter = SILENT,
) -> list[PatchStage]:
    """One stage for each patch of a node that has to be fetched."""
    start = concrete.dag_hash()[:7]
    return [
        PatchStage(patch, concrete.name, start, settings, reporter)
        for patch in patches
        if patch.path is None and patch.url is not None
    ]


class ReadyPatch(NamedTuple):
    """A patch whose file is on this machine and verified."""

    patch: PatchRecord
    file: str


def ready_patches(patches: Sequence[PatchRecord], stages: Iterable[object]) -> list[ReadyPatch]:
    """The patches with their files, own files verified. Raises PatchError or ChecksumError.

    ``stages`` are searched for the patch stages, which must have been expanded.
    """
    fetched = {s.patch.sha256: s for s in stages if isinstance(s, PatchStage)}
    ready = []
    for patch in patches:
        if patch.path is None:
            stage = fetched.get(patch.sha256)
            if stage is None:
                raise PatchError(f"the patch {patch.label} has no stage")
            ready.append(ReadyPatch(patch, stage.patch_file))
            continue
        if not os.path.isfile(patch.path):
            raise PatchError(f"the patch {patch.path} does not exist")
        checksum = parse_checksum(patch.sha256, "sha256")
        if not checksums.has_checksum(patch.path, checksum):
            got = checksums.file_digest(patch.path)
            raise PatchError(
                f"the patch {patch.path} has changed since the spec was concretized",
                details=f"    expected:  {patch.sha256}\n    got:       {got}",
                hint="concretize the spec again",
            )
        ready.append(ReadyPatch(patch, patch.path))
    return ready


def run_patch(source_path: str, file: str, patch: PatchRecord) -> None:
    """Apply one patch file with the system's ``patch``. Raises PatchError with what it said."""
    program = tools.find_tool("patch", needed_for="patch sources")
    command = [program, "-s", "-p", str(patch.level), "-i", os.path.abspath(file)]
    command += ["-d", patch.working_dir or "."]
    if patch.reverse:
        command.append("-R")
    try:
        tools.run(command, cwd=source_path)
    except tools.ToolFailedError as error:
        raise PatchError(
            f"the patch {patch.label} does not apply",
            details=(error.details or "") + f"\n    in:    {source_path}\n    file:  {file}",
        ) from error


def _mark(source_path: str, name: str) -> None:
    with open(os.path.join(source_path, name), "w", encoding="utf-8"):
        pass


def _marked(source_path: str, name: str) -> bool:
    return os.path.exists(os.path.join(source_path, name))


def apply(
    stage: AnyStage | CompositeStage,
    patches: Sequence[ReadyPatch],
    *,
    patch_method: Callable[[], object] | None = None,
    reporter: FetchReporter = SILENT,
) -> bool:
    """Patch the source tree of an expanded stage, once; whether anything was applied now.

    A tree in which patching failed before is staged again first. ``patch_method`` is the recipe's
    own ``patch()``; it runs in the source directory after all files. When something fails the
    tree is marked and the error goes on to the caller; a develop source is left as it is and the
    failure is only reported.
    """
    develop = isinstance(stage, DevelopStage) or bool(getattr(stage, "is_develop", False))
    source = stage.source_path
    if _marked(source, PATCH_FAILED):
        if develop:
            reporter.note(
                f"patching already failed in the develop source {source}: not trying again"
            )
            return False
        stage.restage()
    if _marked(source, PATCHED) or _marked(source, NO_PATCHES):
        return False
    applied = False
    try:
        for ready in patches:
            run_patch(source, ready.file, ready.patch)
            applied = True
            reporter.note(f"applied patch {ready.patch.label}")
        if patch_method is not None:
            with working_dir(source):
                patch_method()
            applied = True
    except BaseException as error:
        _mark(source, PATCH_FAILED)
        if develop and isinstance(error, SpackError):
            reporter.note(f"patching the develop source {source} failed: {error.message}")
            return applied
        raise
    _mark(source, PATCHED if applied else NO_PATCHES)
    return applied
