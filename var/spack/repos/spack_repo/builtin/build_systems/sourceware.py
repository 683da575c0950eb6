"""Packages whose archives are on sourceware.org."""

from typing import List, Optional

from spack.package import PackageBase, join_url


class SourcewarePackage(PackageBase):
    """Mixin that makes ``urls`` from ``sourceware_mirror_path``."""

    #: Path of one archive below the root of a mirror.
    sourceware_mirror_path: Optional[str] = None

    base_mirrors = [
        "https://sourceware.org/pub/",
        "https://mirrors.kernel.org/sourceware/",
        "https://ftp.gwdg.de/pub/linux/sources.redhat.com/",
    ]

    @property
    def urls(self) -> List[str]:
        if not self.sourceware_mirror_path:
            raise AttributeError(f"{self.name}: the recipe must define sourceware_mirror_path")
        return [join_url(mirror, self.sourceware_mirror_path) for mirror in self.base_mirrors]
