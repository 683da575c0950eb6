"""The install tree: where the prefix of a concrete spec is, and the names of what lies in it.

Computes paths only; reads and writes nothing. Must not know the database.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.language.specs import Spec

#: Directory below every prefix for what is known about the installation.
METADATA = ".spack"

#: Directory below a root with links to prefixes, and the characters of the hash in their names.
SHORT, SHORT_LENGTH = ".p", 10

#: Projection used unless configured.
DEFAULT_PROJECTION = "{architecture.platform}-{architecture.target}/{name}-{version}-{hash}"

#: Repeated in padded roots, so that prefixes can be replaced by longer ones in binaries.
PLACEHOLDER = "__spack_path_placeholder__"


class LayoutError(SpackError):
    """A projection or a root that cannot be used."""


def padded_root(root: str, length: int) -> str:
    """``root`` extended by directories so that it has exactly ``length`` characters.

    Returns the root itself for a length of 0. Raises LayoutError when the root is too long.
    """
    if not length:
        return root
    missing = length - len(root)
    if missing < 0 or missing == 1:
        raise LayoutError(
            f"the install tree {root} cannot be padded to {length} characters",
            hint=f"set config:install_tree:padded_length to at least {len(root) + 2}",
        )
    words, rest = divmod(missing, len(PLACEHOLDER) + 1)
    if rest == 1:
        # A slash alone adds no directory: give one placeholder a character less to both.
        words, rest = words - 1, rest + len(PLACEHOLDER) + 1
    parts = [PLACEHOLDER] * words
    while rest:
        piece = min(rest - 1, len(PLACEHOLDER))
        if rest - 1 - piece == 1:
            piece -= 1
        parts.append(PLACEHOLDER[:piece])
        rest -= piece + 1
    return os.path.join(root, *parts) if parts else root


class Metadata:
    """Paths of the files below ``<prefix>/.spack``.

    Attributes:
        directory: that directory itself.
        spec_file: the specfile of the node and its closure.
        manifest: mode, owner, hash … of every installed path.
        environment: the machine and program that installed it.
        times: seconds by phase.
        build_log: the compressed build log.
        build_environment: environment modifications of the build.
        configure_arguments: arguments of the configuration phase.
        recipes: recipes that were used.
        archived_files: files that the recipe keeps from the build.
        install_test_log: log of the tests that ran at install time.
        deprecated: specfiles of deprecated specs that this one replaces.
        binary_distribution: the place of the build, when the prefix came from a binary cache.
        cache_origin: that cache, and what was done with the files; likewise.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.spec_file = os.path.join(directory, "spec.json")
        self.manifest = os.path.join(directory, "install_manifest.json")
        self.environment = os.path.join(directory, "install_environment.json")
        self.times = os.path.join(directory, "install_times.json")
        self.build_log = os.path.join(directory, "spack-build-out.txt.gz")
        self.build_environment = os.path.join(directory, "spack-build-env.txt")
        self.configure_arguments = os.path.join(directory, "spack-configure-args.txt")
        self.recipes = os.path.join(directory, "repos")
        self.archived_files = os.path.join(directory, "archived-files")
        self.install_test_log = os.path.join(directory, "install-time-test-log.txt")
        self.deprecated = os.path.join(directory, "deprecated")
        self.binary_distribution = os.path.join(directory, "binary_distribution")
        self.cache_origin = os.path.join(directory, "cache_origin.json")


def metadata(prefix: str) -> Metadata:
    """The metadata paths of a prefix."""
    return Metadata(os.path.join(prefix, METADATA))


class Layout:
    """Prefixes below one root.

    Args:
        root: absolute directory of the install tree, padding included.
        projections: spec text (or ``all``) to path format, in the order of precedence; the first
            whose spec the node satisfies is used, ``all`` last.
        hash_length: number of characters of the hash in prefixes, None for all.
    """

    def __init__(
        self,
        root: str,
        projections: Mapping[str, str] | None = None,
        hash_length: int | None = None,
    ) -> None:
        if not os.path.isabs(root):
            raise LayoutError(f"the install tree {root!r} is not an absolute path")
        self.root = root
        given = dict(projections or {})
        self._default = self._checked("all", given.pop("all", DEFAULT_PROJECTION), hash_length)
        self._special: Sequence[tuple[Spec, str]] = ()
        if given:
            from spack.language.parser import parse_spec

            self._special = [
                (parse_spec(text), self._checked(text, template, hash_length))
                for text, template in given.items()
            ]

    @staticmethod
    def _checked(text: str, template: str, hash_length: int | None) -> str:
        if os.path.isabs(template) or ".." in template.split("/"):
            raise LayoutError(
                f"the projection for {text} is outside the install tree: {template!r}",
                hint="write a relative path such as {name}-{version}-{hash}",
            )
        return template.replace("{hash}", f"{{hash:{hash_length}}}") if hash_length else template

    def projection(self, concrete: ConcreteSpec) -> str:
        """The path format that applies to a node."""
        if self._special:
            from spack.language.matching import satisfies

            for constraint, template in self._special:
                if satisfies(concrete, constraint):
                    return template
        return self._default

    def relative_prefix(self, concrete: ConcreteSpec) -> str:
        """Prefix of a node below the root. Raises LayoutError when the format gives nothing."""
        from spack.language.formatting import format_path

        template = self.projection(concrete)
        path = os.path.normpath(format_path(concrete, template))
        if path in ("", ".", "..") or path.startswith("../") or os.path.isabs(path):
            raise LayoutError(f"the projection {template!r} gives no path for {concrete.name}")
        return path

    def prefix(self, concrete: ConcreteSpec) -> str:
        """Absolute prefix of a node; the given path of an external."""
        if concrete.external is not None:
            return concrete.external.path or ""
        return os.path.join(self.root, self.relative_prefix(concrete))

    def short_path(self, digest: str) -> str:
        """The path of a link to the prefix of a hash, for binaries with little room for paths."""
        return os.path.join(self.root, SHORT, digest[:SHORT_LENGTH])

    def contains(self, path: str) -> bool:
        """Whether a path lies below the root."""
        return path.startswith(self.root.rstrip(os.sep) + os.sep)
