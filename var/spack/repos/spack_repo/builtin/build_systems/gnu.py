"""Packages whose archives are on the mirrors of the GNU project."""

from typing import List, Optional

from spack.package import PackageBase, join_url


class GNUMirrorPackage(PackageBase):
    """Mixin that makes ``urls`` from ``gnu_mirror_path``."""

    #: Path of one archive below the root of a mirror.
    gnu_mirror_path: Optional[str] = None

    base_mirrors = [
        "https://ftpmirror.gnu.org/",
        "https://ftp.gnu.org/gnu/",
        "http://ftpmirror.gnu.org/",
    ]

    @property
    def urls(self) -> List[str]:
        if not self.gnu_mirror_path:
            raise AttributeError(f"{self.name}: the recipe must define gnu_mirror_path")
        return [join_url(mirror, self.gnu_mirror_path) for mirror in self.base_mirrors]
