"""``spack containerize``: the recipe of an image with an environment."""

from __future__ import annotations

import os

from spack.environments.containers import ProgramPlace, container_recipe, is_bundle
from spack.errors import ConfigurationError, NotFoundError
from spack.system.files.templates import OWN_FOLDER
from spack.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spack.config.settings.container_settings import ContainerSettings
    from spack.environments.manifests.manifest import Manifest
    from spack.session.parts import ContainerParts

#: The reference that stands for the newest commit, whatever branch it is on.
_NEWEST = "develop"

#: The bundle that is meant where this clone has no address that others can reach.
_BUNDLE = "spack.bundle"


def recipe(parts: ContainerParts, last_stage: str) -> str:
    """The recipe of an image with the active environment.

    Raises:
        NotFoundError: no environment, or the repository does not have what the settings name.
        ConfigurationError, UsageError, TemplateError, DownloadError
    """
    environment = parts.environment
    if environment is None:
        raise NotFoundError(
            "there is no manifest spack.yaml here, and no environment is active",
            hint="change to its directory, or spack -e NAME containerize",
        )
    for path in _files_here(environment.manifest):
        parts.reporter.warning(f"the image does not have {path}, which the manifest names")
    settings = parts.settings.container
    program = None if settings.build is not None else _program(settings)
    folders = (*parts.settings.config.template_dirs, OWN_FOLDER)
    repositories = _repositories(parts)
    return container_recipe(
        settings, environment.manifest, repositories, program, folders, last_stage
    )


def _program(settings: ContainerSettings) -> ProgramPlace:
    """The place of this program that the settings mean."""
    wanted = settings.program
    url = wanted.url or _origin() or _BUNDLE
    ref = "HEAD" if wanted.ref == _NEWEST else wanted.ref
    if is_bundle(url):
        return ProgramPlace(url, ref)
    if "://" not in url and "@" not in url:
        raise ConfigurationError(
            f"an image cannot reach the directory {url}",
            origin=settings.origin,
            hint=f"set container:images:spack:url to the address of a repository, or to {_BUNDLE}",
        )
    if wanted.verify or wanted.resolve_sha:
        from spack.sources.fetching.git import resolve_reference

        commit = resolve_reference(url, ref)
        if commit is None:
            raise NotFoundError(f"{url} has no branch and no tag '{ref}'", origin=settings.origin)
        if wanted.resolve_sha:
            ref = commit
    return ProgramPlace(url, ref)


def _origin() -> str | None:
    """The address that this clone was fetched from, if others can reach it."""
    from spack.system.processes import children as processes

    clone = os.path.abspath(os.path.join(__file__, *[os.pardir] * 6))
    try:
        done = processes.run(["git", "-C", clone, "config", "--get", "remote.origin.url"])
    except processes.ProcessStartError:
        return None
    url = done.output.strip()
    is_remote = "://" in url and not url.startswith("file:")
    return url if done.code == 0 and (is_remote or "@" in url) else None


def _files_here(manifest: Manifest) -> list[str]:
    """Paths on this machine that a manifest names as includes, repositories or environments."""
    found = []
    for section in ("include", "repos"):
        value = manifest.section(section)
        data = value.plain() if value is not None else None
        entries = data.values() if isinstance(data, dict) else data or ()
        for entry in entries:
            place = entry if isinstance(entry, str) else entry.get("path")
            if isinstance(place, str) and "://" not in place and "git" not in entry:
                found.append(place)
    return found + [str(value.data) for value in manifest.include_concrete]


def _repositories(parts: ContainerParts) -> dict[str, Any]:
    """Recipe repositories with addresses that are configured outside the manifest."""
    manifest = parts.environment.manifest if parts.environment is not None else None
    own = manifest.section("repos") if manifest is not None else None
    found: dict[str, Any] = {}
    for name, place in parts.settings.repos.items():
        if own is not None and name in own.data:
            continue
        if place.git is None:
            continue
        keys = {"git": place.git, "branch": place.branch, "tag": place.tag, "commit": place.commit}
        found[name] = {key: value for key, value in keys.items() if value is not None}
    return found
