"""One environment of a project, as an environment like others.

Its manifest has the roots of its features, its lock is its part of the lock of the project, and its
view and activation files have places of their own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from spack.config.values.values import Value
from spack.environments import staleness
from spack.environments.environment import Environment
from spack.environments.locations import Location
from spack.environments.manifests.manifest import Manifest
from spack.environments.manifests.projects import DEFAULT, Feature, Project
from spack.environments.manifests.spec_lists import ROOTS, Condition
from spack.environments.membership import part, with_part
from spack.environments.staleness import DIGEST
from spack.errors import InternalError, Origin, UsageError
from spack.language.lockfiles import MEMBERS, Lockfile
from spack.system.files.writing import atomic_write
from spack.type_names import Callable
from spack.views.descriptors import BUILT_IN, ViewDescriptor

#: Below the metadata of the project: views of environments other than ``default``, and the folders
#: with their activation files.
VIEWS, FOLDERS = "views", "environments"

#: The process variable with the name of the active environment of a project.
ENVIRONMENT_NAME = "SPACK_ENV_NAME"


class Member(Environment):
    """An environment of a project.

    Args:
        name: of the environment; empty where none was chosen and none is called ``default``: then
            only the project as a whole is known.
        condition: evaluates the ``when`` of a feature.
    """

    def __init__(
        self,
        location: Location,
        name: str,
        condition: Condition,
        stands_for: Callable[[str, str], bool] = lambda name, package: True,
    ) -> None:
        super().__init__(location, stands_for)
        self.name = name
        self.condition = condition
        self._own: tuple[Manifest, Manifest] | None = None
        self._part: tuple[Lockfile, Lockfile] | None = None

    @property
    def label(self) -> str:
        """The name of the project, and that of the environment unless it is ``default``."""
        own = self.location.label
        return own if self.name in ("", DEFAULT) else f"{own}:{self.name}"

    @property
    def activation_folder(self) -> str:
        """The directory of the activation files."""
        if self.name == DEFAULT:
            return self.internal
        return os.path.join(self.internal, FOLDERS, self.chosen)

    @property
    def variables(self) -> Mapping[str, str]:
        """The variable that says which environment of the project is active."""
        return {} if self.name == DEFAULT else {ENVIRONMENT_NAME: self.chosen}

    @property
    def chosen(self) -> str:
        """The name of the environment. Raises UsageError when none was chosen."""
        if not self.name:
            names = self.project.environments
            raise UsageError(
                f"the project {self.location.label} has no environment '{DEFAULT}'",
                hint="choose one with -e: " + ", ".join(names),
            )
        return self.name

    @property
    def whole_manifest(self) -> Manifest:
        """The manifest of the project."""
        return super().manifest

    @property
    def project(self) -> Project:
        """The features and environments of the project."""
        found = self.whole_manifest.project
        if found is None:
            raise InternalError(f"{self.manifest_path} is not the manifest of a project")
        return found

    @property
    def features(self) -> list[Feature]:
        """The features that apply, those that win first."""
        return self.project.stack([self.chosen], self.condition)

    @property
    def manifest(self) -> Manifest:
        """The manifest as if the features of this environment were its top level."""
        whole = self.whole_manifest
        if self._own is None or self._own[0] is not whole:
            self._own = (whole, manifest_of(whole, self.features, self._base_features(self.chosen)))
        return self._own[1]

    def _base_features(self, name: str) -> list[Feature]:
        """The features of the bases of an environment, those of their own bases first."""
        found: list[Feature] = []
        for base in self.project.environments[name].bases:
            found += self._base_features(base)
            found += self.project.stack([base], self.condition)
        return found

    def views(
        self,
        section: Value | None = None,
        substitute: Callable[[str], str] = lambda text: text,
    ) -> list[ViewDescriptor]:
        """The views; what the top level says of their places holds for ``default`` alone."""
        found = super().views(section, substitute)
        if self.name == DEFAULT:
            return found
        top = self.whole_manifest.section("view")
        places = {BUILT_IN} | (set() if top is None else _places(top))
        return [
            view._replace(root=self._place(view.name)) if view.origin in places else view
            for view in found
        ]

    def _place(self, view: str) -> str:
        name = self.chosen if view == DEFAULT else f"{self.chosen}-{view}"
        return os.path.join(self.internal, VIEWS, name)

    # lock

    def read_whole_lock(self) -> Lockfile | None:
        """The lock of the project, None when it was not concretized. Raises SpecfileError."""
        return super().read_lock()

    def read_lock(self) -> Lockfile | None:
        """The part of the lock that is this environment's."""
        whole = self.read_whole_lock()
        if whole is None or self.chosen not in whole.extra.get(MEMBERS, {}):
            return None
        if self._part is None or self._part[0] is not whole:
            default = DEFAULT in self.project.environment(self.chosen).features
            self._part = (whole, part(whole, self.chosen, included=default))
        return self._part[1]

    def write_lock(self, lock: Lockfile) -> None:
        """Replace the part of the lock that is this environment's."""
        with self.transaction():
            whole = self.read_whole_lock() or Lockfile()
            changed = with_part(whole, self.chosen, lock)
            records = dict(whole.extra.get(MEMBERS, {}))
            if self.chosen in records:
                # Roots may be missing now: the lock must not pass for that of the manifest.
                records[self.chosen] = staleness.without_roots(records[self.chosen])
                changed.extra = {**changed.extra, MEMBERS: records}
                changed.meta = {**changed.meta, DIGEST: staleness.digest(records)}
            self.write_whole_lock(changed)

    def write_whole_lock(self, lock: Lockfile) -> None:
        """Replace the lock of the project, whole or not at all."""
        with self.transaction():
            atomic_write(self.lock_path, lock.to_text())
            self._lock = None


def manifest_of(
    whole: Manifest, features: Sequence[Feature], bases: Sequence[Feature] = ()
) -> Manifest:
    """The manifest of a project as if some of its features were the top level.

    The specs of ``bases`` come first.
    """
    every = {feature.name: feature for feature in (*bases, *features)}
    specs = [entry for feature in every.values() for entry in feature.specs.data]
    own = {key: value for key, value in whole.body.data.items() if key != ROOTS}
    if DEFAULT not in (feature.name for feature in features):
        own.pop("include_concrete", None)
    own[ROOTS] = Value(specs, whole.path)
    return whole._replace(body=whole.body.with_data(own))


def _places(section: Value) -> set[Origin]:
    """The origins of a ``view`` section and of the views in it."""
    views = section.data.values() if isinstance(section.data, dict) else ()
    return {section.origin, *(view.origin for view in views)}
