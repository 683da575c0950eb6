"""Adding a package to a view: what is merged, where to, and which files are linked.

Recipes override these methods; the views call them. This module knows no view.
"""

from __future__ import annotations

import os

from spack.recipes.classes.package_paths import PackagePaths
from spack.type_names import Any


class ViewFiles(PackagePaths):
    """The methods of a package that views call."""

    def view_destination(self, view: Any) -> Any:
        """The place of the package in a view: the root of the view."""
        return view.get_projection_for_spec(self.spec)

    def add_files_to_view(
        self, view: Any, merge_map: dict[str, str], skip_if_exists: bool = True
    ) -> None:
        """Link files in a view: ``merge_map`` maps sources to destinations."""
        for source, destination in merge_map.items():
            if skip_if_exists and os.path.lexists(destination):
                continue
            view.link(source, destination)
