"""The ``develop`` section: packages of an environment that are built from local sources."""

from __future__ import annotations

import os

from spack.config.values.values import Value
from spack.environments.manifests.manifest import ManifestEditor
from spack.errors import ConfigurationError
from spack.language.matching import constrain, satisfies
from spack.language.parser import parse_spec
from spack.language.specs import Located, Spec, VariantConstraint
from spack.named_tuples import NamedTuple
from spack.type_names import Callable

#: The variant that marks a spec built from local sources.
DEV_PATH = "dev_path"


class DevelopEntry(NamedTuple):
    """One package under development.

    Attributes:
        name: package.
        located: the spec, with the place of the entry.
        path: absolute path of the sources; need not exist yet.
    """

    name: str
    located: Located
    path: str

    @property
    def constraint(self) -> Spec:
        """The spec with the path of its sources, as the solver is to see it."""
        mark = VariantConstraint(DEV_PATH, (self.path,))
        return constrain(self.located.spec, Spec(self.name, variants={DEV_PATH: mark}))


def develop_entries(
    section: Value | None,
    directory: str,
    substitute: Callable[[str], str] = lambda text: text,
) -> list[DevelopEntry]:
    """The packages under development, in the order of the file.

    Args:
        directory: the environment; relative paths count from it, and sources without a path are in
            the folder named like the package.

    Raises:
        ConfigurationError: an entry without spec, or whose spec names another package.
        SpecSyntaxError
    """
    result = []
    for name, entry in (section.data or {}).items() if section is not None else ():
        written = entry.child("spec")
        if written is None:
            raise ConfigurationError(f"develop:{name} needs a spec", origin=entry.origin)
        text = str(written.data)
        spec = parse_spec(text, written.origin)
        if spec.name not in (None, name):
            raise ConfigurationError(
                f"develop:{name} has a spec of the package {spec.name}", origin=written.origin
            )
        if spec.name is None:
            text = f"{name}{text}"
            spec = parse_spec(text, written.origin)
        place = entry.child("path")
        path = substitute(str(place.data)) if place is not None else name
        result.append(
            DevelopEntry(
                name,
                Located(spec, written.origin, text),
                os.path.normpath(os.path.join(directory, path)),
            )
        )
    return result


def add_develop(editor: ManifestEditor, spec: Spec, path: str | None = None) -> None:
    """Write an entry; without a path the sources are in the folder named like the package."""
    if spec.name is None:
        raise ConfigurationError(f"'{spec}' does not name a package")
    editor.set_key(["develop", spec.name, "spec"], str(spec))
    if path is not None and path != spec.name:
        editor.set_key(["develop", spec.name, "path"], path)
    else:
        editor.remove_key(["develop", spec.name, "path"])


def remove_develop(editor: ManifestEditor, wanted: Spec) -> list[str]:
    """Remove the entries whose spec satisfies the one given; returns their names."""
    present = editor.get_key(["develop"]) or {}
    names = [
        name
        for name, entry in present.items()
        if name == wanted.name or wanted.name is None
        if satisfies(parse_spec(str(entry.get("spec", name))), wanted)
    ]
    for name in names:
        editor.remove_key(["develop", name])
    return names
