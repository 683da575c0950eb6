"""Recipes of container images with an environment: its packages are built in one image, and copied
with the view and the code that activates it into another. Pure: what is fetched is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spack.config.settings.container_settings import ContainerSettings
from spack.environments.container_images import installation, manager_of, system
from spack.environments.manifests.manifest import Manifest, ManifestEditor
from spack.errors import ConfigurationError
from spack.named_tuples import NamedTuple
from spack.system.files.templates import Templates
from spack.system.processes.shells import quote
from spack.type_names import Any

STAGES = ("bootstrap", "build", "final")

_PLACE = "/opt/spack-environment"
_PROGRAM = "/opt/spack"
_STORE = "/opt/software"
_VIEWS = "/opt/views"
_BUNDLE = "/opt/spack.bundle"

_TEMPLATES = {"docker": "container/Dockerfile", "singularity": "container/singularity.def"}

#: Parts of a recipe for Apptainer, in order.
_SCRIPTS = ("runscript", "startscript", "test", "help")

_STRIP = (
    f"find {_STORE} -type f \\( -perm -u+x -o -name '*.so*' -o -name '*.a' \\)"
    " -exec strip --strip-unneeded {} + 2>/dev/null || true"
)


class ProgramPlace(NamedTuple):
    """The place that an image gets this program from.

    ``url`` is an address, or the name of a git bundle beside the recipe.
    """

    url: str
    ref: str

    @property
    def is_bundle(self) -> bool:
        return is_bundle(self.url)


def is_bundle(url: str) -> bool:
    """Whether a name is that of a git bundle."""
    return url.endswith(".bundle") and "://" not in url


def container_recipe(
    settings: ContainerSettings,
    manifest: Manifest,
    repositories: Mapping[str, Any],
    program: ProgramPlace | None,
    folders: Sequence[str],
    last_stage: str,
) -> str:
    """The text of a recipe.

    Args:
        repositories: of recipes, which the manifest in the image names beside its own.
        program: None if the image to build in has it.
        folders: of templates.
        last_stage: one of :data:`STAGES`.

    Raises:
        ConfigurationError, UsageError, TemplateError
    """
    known = system(settings.os) if settings.os is not None else None
    if known is None and (settings.build is None or settings.final is None):
        raise ConfigurationError(
            "the images to start from are not known",
            origin=settings.origin,
            hint="set container:images:os, or both container:images:build and final",
        )
    if known is None and last_stage == "bootstrap":
        raise ConfigurationError(
            f"nothing is bootstrapped: {settings.build} has Spack",
            origin=settings.origin,
            hint="omit --last-stage bootstrap, or set container:images:os",
        )
    final_image = settings.final or (known.image if known else "")
    build_image = settings.build or (known.image if known else "")
    bootstraps = known is not None and settings.build is None
    packages = settings.os_packages
    values: dict[str, Any] = {
        "bootstraps": bootstraps,
        "builds": last_stage != "bootstrap",
        "finishes": last_stage == "final",
        "final_image": final_image,
        "bootstrap_image": build_image,
        "build_image": "bootstrap" if bootstraps and settings.format == "docker" else build_image,
        "bootstrap_packages": [],
        "build_packages": _installation(settings, build_image, packages.build),
        "final_packages": _installation(settings, final_image, packages.final),
        "fetch": _fetch(program) if program is not None else [],
        "ref": program.ref if program is not None else "",
        "bundle": program.url if program is not None and program.is_bundle else "",
        "bundle_place": _BUNDLE,
        "manifest": manifest_text(manifest, repositories).splitlines(),
        "install": _install(settings),
        "strip": settings.strip,
        "strip_command": _STRIP,
        "labels": settings.labels,
        "scripts": {name: settings.scripts[name] for name in _SCRIPTS if name in settings.scripts},
        "place": _PLACE,
        "program": _PROGRAM,
        "store": _STORE,
        "views": _VIEWS,
        "view": f"{_VIEWS}/view",
        "activation": f"{_PLACE}/activate.sh",
    }
    if known is not None and bootstraps:
        update = packages.update
        values["bootstrap_packages"] = installation(known.manager, known.packages, update=update)
    templates = Templates(folders, {"sh": quote, "label": _in_label})
    name = settings.template or _TEMPLATES[settings.format]
    return templates.fill(name, values, settings.origin)


def _installation(settings: ContainerSettings, image: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    manager = settings.os_packages.command or manager_of(image)
    if manager is None:
        raise ConfigurationError(
            f"the package manager of {image} is not known",
            origin=settings.origin,
            hint="set container:os_packages:command",
        )
    return installation(manager, names, update=settings.os_packages.update)


def _fetch(program: ProgramPlace) -> list[str]:
    source = _BUNDLE if program.is_bundle else f"--depth=1 {quote(program.url)}"
    return [
        f"git init -q {_PROGRAM}",
        f"git -C {_PROGRAM} fetch -q {source} {quote(program.ref)}",
        f"git -C {_PROGRAM} checkout -q --detach FETCH_HEAD",
    ]


def _install(settings: ContainerSettings) -> list[str]:
    spack = f"spack -D {_PLACE}"
    if settings.depfile:
        steps = [f"{spack} concretize", f"{spack} env depfile -o Makefile", "make -j $(nproc)"]
    else:
        steps = [f"{spack} install"]
    activation = f"spack env activate --sh -d {_PLACE} > {_PLACE}/activate.sh"
    return [*steps, f"{spack} gc -y", activation]


def manifest_text(manifest: Manifest, repositories: Mapping[str, Any]) -> str:
    """The manifest in the image: with places there, and without the section ``container``."""
    editor = ManifestEditor(manifest)
    editor.remove_key(["container"])
    for name, value in repositories.items():
        editor.set_key(["repos", name], value)
    editor.set_key(["config", "install_tree", "root"], _STORE)
    editor.set_key(["view"], f"{_VIEWS}/view")
    return editor.text()


def _in_label(text: str) -> str:
    """A word of a line ``LABEL``, where Docker looks for variables."""
    for character in '\\"$':
        text = text.replace(character, "\\" + character)
    return f'"{text}"'
