"""Packages whose sources lie beside their recipe, so that they need no download."""

import hashlib
import os

from spack.package import InstallError, PackageBase, install_tree, run_before


class EmbeddedSources(PackageBase):
    """Mixin: the directory ``src`` beside the recipe is copied to the stage before the build.

    Nothing is fetched, so the recipe itself says what the sources are: ``source_sha256`` is the
    digest that :func:`digest_of_tree` gives. As it is part of the recipe, it is part of the hash of
    the package too.
    """

    has_code = False

    #: Digest of the directory ``src``.
    source_sha256 = ""

    @run_before("edit")
    def copy_embedded_sources(self):
        sources = os.path.join(self.package_dir, "src")
        found = digest_of_tree(sources)
        if found != self.source_sha256:
            raise InstallError(
                f"{self.name}: the sources in {sources} are not those of the recipe",
                f"expected digest {self.source_sha256}\nfound digest    {found}\n"
                "Restore the files, or write the new digest into the recipe.",
            )
        install_tree(sources, self.stage.source_path)


def digest_of_tree(directory):
    """SHA-256 over the names and contents of all files below a directory, in sorted order."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(directory):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                content = file.read()
            relative = os.path.relpath(path, directory).replace(os.sep, "/")
            digest.update(f"{relative}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()
