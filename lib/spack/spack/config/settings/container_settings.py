"""Typed settings of the section ``container``."""

from __future__ import annotations

from collections.abc import Mapping

from spack.config.settings.program_settings import texts
from spack.config.values.values import Value
from spack.errors import Origin
from spack.named_tuples import NamedTuple
from spack.type_names import Any

#: The system that images start from where nothing is said.
_USUAL_SYSTEM = "ubuntu:22.04"


class ProgramSource(NamedTuple):
    """The version of this program that an image gets.

    Attributes:
        url: of the git repository, or the name of a bundle beside the recipe; None for that of
            this clone.
        ref: branch, tag or commit.
        resolve_sha: the recipe names the commit that the reference means today.
        verify: it is an error if the repository has no such reference.
    """

    url: str | None = None
    ref: str = "develop"
    resolve_sha: bool = False
    verify: bool = False


class SystemPackages(NamedTuple):
    """Packages of the operating system.

    Attributes:
        command: the package manager; None for that of the image, if it is known.
        update: what is installed is brought up to date before.
        build, final: for the image to build in, and for the last one.
    """

    command: str | None = None
    update: bool = True
    build: tuple[str, ...] = ()
    final: tuple[str, ...] = ()


class ContainerSettings(NamedTuple):
    """The section ``container``.

    Attributes:
        format: ``docker`` or ``singularity``.
        os: name of an operating system, None if images are named. Without either it is Ubuntu.
        build, final: images to build in and to install into, if they are named.
        strip: symbols are removed from programs and libraries.
        depfile: a makefile installs the environment.
        template: its name, None for the usual one.
        scripts: of an Apptainer image: ``runscript``, ``startscript``, ``test``, ``help``.
    """

    format: str = "docker"
    os: str | None = None
    program: ProgramSource = ProgramSource()
    build: str | None = None
    final: str | None = None
    strip: bool = True
    os_packages: SystemPackages = SystemPackages()
    labels: Mapping[str, str] = {}
    template: str | None = None
    depfile: bool = False
    scripts: Mapping[str, str] = {}
    origin: Origin = Origin("built in")


def container_settings(section: Value) -> ContainerSettings:
    """The section ``container``."""
    data: dict[str, Any] = section.plain()
    images = data.get("images", {})
    program = images.get("spack", {})
    packages = data.get("os_packages", {})
    return ContainerSettings(
        format=data.get("format", "docker"),
        os=images.get("os", None if images.keys() & {"build", "final"} else _USUAL_SYSTEM),
        program=ProgramSource(**({"ref": program} if isinstance(program, str) else program)),
        build=images.get("build"),
        final=images.get("final"),
        strip=data.get("strip", True),
        os_packages=SystemPackages(
            packages.get("command"),
            packages.get("update", True),
            texts(packages.get("build")),
            texts(packages.get("final")),
        ),
        labels={str(name): str(value) for name, value in data.get("labels", {}).items()},
        template=data.get("template"),
        depfile=data.get("depfile", False),
        scripts=data.get("singularity", {}),
        origin=section.origin,
    )
