"""Variables by which a build tells the compiler wrapper about dependencies and flags.

The names are those of the protocol that the public recipe ``compiler-wrapper`` relies on. Knows
specs as recipes see them; must not know configuration files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from spack.builds.roles import link_closure
from spack.builds.wrapper.placing import case_patterns
from spack.errors import SpackError
from spack.language.concrete_specs import ConcreteSpec
from spack.named_tuples import NamedTuple
from spack.recipes.bound.bound_spec import BoundSpec
from spack.recipes.classes.flag_handlers import plan_flags
from spack.system.processes.variables import (
    SYSTEM_DIRECTORIES,
    EnvironmentModifications,
    filter_system_paths,
    is_system_path,
    prune_duplicate_paths,
)
from spack.type_names import Any

#: Rewriting of -Werror by what ``config:flags:keep_werror`` keeps: (replace, keep).
_WERROR: dict[str, tuple[str, str]] = {
    "all": ("", "-Werror*"),
    "specific": ("-Werror-|-Wno-error= -Werror|-Wno-error", "-Werror-*|-Werror=*"),
    "none": ("-Werror-|-Wno-error= -Werror|-Wno-error", ""),
}


class SearchDirectories(NamedTuple):
    """The directories in which a build finds its dependencies, in the order of search."""

    include: tuple[str, ...]
    link: tuple[str, ...]
    rpath: tuple[str, ...]


def _existing(prefix: str, *names: str) -> list[str]:
    paths = [os.path.join(prefix, name) for name in names]
    return [path for path in paths if os.path.isdir(path)]


def _answered(view: BoundSpec, attribute: str) -> list[str]:
    """Directories of ``libs`` or ``headers``; none if the package has no answer."""
    try:
        return [str(path) for path in getattr(view, attribute).directories]
    except (SpackError, AttributeError):
        return []


def _rpath_names(root: ConcreteSpec, direct_only: bool) -> dict[str, str]:
    """Hash of the dependency that gets an rpath, by package name: the newest of each."""
    newest: dict[str, ConcreteSpec] = {}
    for node in link_closure([root], direct_only=direct_only):
        known = newest.get(node.name)
        if known is None or known.version < node.version:
            newest[node.name] = node
    return {name: node.dag_hash() for name, node in newest.items()}


def search_directories(
    view: BoundSpec, nodes: dict[str, BoundSpec], linker_directories: Sequence[str]
) -> SearchDirectories:
    """Directories of the link dependencies of a package, and its own for rpaths.

    Args:
        view: the package that is built.
        nodes: views of the graph by hash, in the same binding.
        linker_directories: where the dynamic linker searches anyway; no rpath is made for them.
    """
    root = view.unbound
    assert isinstance(root, ConcreteSpec)
    transitive = getattr(view.package, "transitive_rpaths", True)
    with_rpath = _rpath_names(root, direct_only=not transitive)
    include: list[str] = []
    link: list[str] = []
    rpath: list[str] = []
    closure = link_closure([root])
    closure.sort(key=lambda node: node.external is None)
    for node in closure:
        dependency = nodes[node.dag_hash()]
        prefix = str(dependency.prefix)
        if not prefix or is_system_path(prefix):
            continue
        libraries = prune_duplicate_paths(
            [*_answered(dependency, "libs"), *_existing(prefix, "lib", "lib64")]
        )
        link[:0] = libraries
        if with_rpath.get(node.name) == node.dag_hash():
            rpath[:0] = libraries
        include[:0] = _answered(dependency, "headers")
    own = [os.path.join(str(view.prefix), name) for name in ("lib", "lib64")]
    rpath[:0] = own
    known_to_linker = {os.path.normpath(path) for path in linker_directories}

    def cleaned(paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(prune_duplicate_paths(filter_system_paths(paths)))

    return SearchDirectories(
        cleaned(include),
        cleaned(link),
        tuple(path for path in cleaned(rpath) if os.path.normpath(path) not in known_to_linker),
    )


def set_search_variables(
    env: EnvironmentModifications, found: SearchDirectories, managed: Sequence[str]
) -> None:
    """Set ``SPACK_[STORE_]{INCLUDE,LINK,RPATH}_DIRS``; ``managed`` are the roots of stores."""
    roots = tuple(path.rstrip("/") + "/" for path in managed)
    for name, paths in zip(("INCLUDE", "LINK", "RPATH"), found):
        store = [path for path in paths if path.startswith(roots)]
        other = [path for path in paths if not path.startswith(roots)]
        env.set(f"SPACK_STORE_{name}_DIRS", ":".join(store))
        env.set(f"SPACK_{name}_DIRS", ":".join(other))


def set_protocol_variables(
    env: EnvironmentModifications,
    view: BoundSpec,
    *,
    managed: Sequence[str],
    log_directory: str,
    debug: bool,
    ccache: str,
) -> None:
    """Set what the wrapper requires in every call."""
    short = f"{view.name}@{view.version} arch={view.architecture} /{view.dag_hash(7)}"
    env.set("SPACK_SHORT_SPEC", short)
    env.set("SPACK_DEBUG_LOG_DIR", log_directory)
    env.set("SPACK_DEBUG_LOG_ID", f"{view.name}-{view.dag_hash(7)}")
    env.set("SPACK_SYSTEM_DIRS", case_patterns(sorted(SYSTEM_DIRECTORIES)))
    env.set("SPACK_MANAGED_DIRS", case_patterns(managed, below=True))
    if debug:
        env.set("SPACK_DEBUG", "TRUE")
    if ccache:
        env.set("SPACK_CCACHE_BINARY", ccache)
    else:
        # Otherwise a compiler that is a link to ccache would use the user's cache.
        env.set("CCACHE_DISABLE", "1")


def set_werror_variables(env: EnvironmentModifications, keep: str) -> None:
    """``keep`` is ``all``, ``specific`` or ``none``."""
    replace, kept = _WERROR[keep]
    env.set("SPACK_COMPILER_FLAGS_REPLACE", replace)
    env.set("SPACK_COMPILER_FLAGS_KEEP", kept)


def set_flag_variables(env: EnvironmentModifications, package: Any) -> None:
    """Ask the package's flag handler about the six flag types and pass on what it says.

    Raises InstallError if flags are meant for a build system that takes none.
    """
    plan = plan_flags(package)
    for name, words in plan.inject.items():
        env.set(f"SPACK_{name.upper()}", " ".join(words))
    for name, words in plan.env.items():
        env.set(name.upper(), " ".join(words))
    package.flags_to_build_system_args(plan.build_system)
