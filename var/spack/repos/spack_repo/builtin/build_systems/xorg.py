"""Packages of the X.Org project."""

from typing import List, Optional

from spack.package import PackageBase, join_url


class XorgPackage(PackageBase):
    """Mixin that makes ``urls`` from ``xorg_mirror_path``."""

    #: Path of one archive below the root of a mirror.
    xorg_mirror_path: Optional[str] = None

    base_mirrors = [
        "https://www.x.org/archive/individual/",
        "https://mirrors.ircam.fr/pub/x.org/individual/",
        "https://mirror.csclub.uwaterloo.ca/x.org/individual/",
    ]

    @property
    def urls(self) -> List[str]:
        if not self.xorg_mirror_path:
            raise AttributeError(f"{self.name}: the recipe must define xorg_mirror_path")
        return [join_url(mirror, self.xorg_mirror_path) for mirror in self.base_mirrors]
