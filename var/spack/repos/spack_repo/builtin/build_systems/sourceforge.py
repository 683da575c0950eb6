"""Packages whose archives are on SourceForge."""

from typing import List, Optional

from spack.package import PackageBase, join_url


class SourceforgePackage(PackageBase):
    """Mixin that makes ``urls`` from ``sourceforge_mirror_path``."""

    #: Path of one archive below the root of a mirror.
    sourceforge_mirror_path: Optional[str] = None

    base_mirrors = [
        "https://prdownloads.sourceforge.net/",
        "https://freefr.dl.sourceforge.net/",
        "https://netcologne.dl.sourceforge.net/",
        "https://downloads.sourceforge.net/",
    ]

    @property
    def urls(self) -> List[str]:
        if not self.sourceforge_mirror_path:
            raise AttributeError(f"{self.name}: the recipe must define sourceforge_mirror_path")
        return [join_url(mirror, self.sourceforge_mirror_path) for mirror in self.base_mirrors]
