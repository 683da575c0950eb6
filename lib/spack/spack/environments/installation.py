"""Meaning of ``install`` inside an environment: which locked specs, which new roots.

A spec on the command line that matches exactly one root is that root. One that matches no
root becomes a new root, also if it is in the environment as a dependency, unless no roots
may be added; then it must match something locked. Pure: decides, installs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spack.environments.manifests.spec_lists import UserSpec
from spack.errors import AmbiguousError, NotFoundError
from spack.language.concrete_specs import ConcreteSpec, distinct
from spack.language.lockfiles import Lockfile
from spack.language.matching import intersects, satisfies
from spack.language.specs import Located
from spack.named_tuples import NamedTuple


class InstallRequest(NamedTuple):
    """Specs to install.

    Attributes:
        specs: locked specs.
        add: specs to add as roots, then concretize and install.
    """

    specs: tuple[ConcreteSpec, ...]
    add: tuple[Located, ...]


def resolve_install(
    requested: Sequence[Located],
    roots: Sequence[UserSpec],
    lock: Lockfile | None,
    *,
    no_add: bool = False,
) -> InstallRequest:
    """Match specs given to ``install`` with the environment.

    Args:
        requested: in the order of the command line; none stands for all roots, included ones too.
        roots: of the manifest; those that are not locked yet match by what they may become.

    Raises:
        AmbiguousError, NotFoundError
    """
    locked = lock.every_root() if lock is not None else []
    if not requested:
        return InstallRequest(tuple(spec for spec, _ in locked), ())
    if no_add and lock is None:
        raise NotFoundError(
            "--no-add needs a concretized environment", hint="run 'spack concretize' first"
        )
    specs: list[ConcreteSpec] = []
    add: list[Located] = []
    for wanted in requested:
        matches = [spec for spec, _ in locked if satisfies(spec, wanted.spec)]
        if len(distinct(matches)) > 1:
            exact = [spec for spec, text in locked if text == wanted.text]
            matches = exact or matches
        if no_add and not matches and lock is not None:
            matches = [s for s in lock.every_spec() if satisfies(s, wanted.spec)]
        found = distinct(matches)
        if len(found) > 1:
            raise AmbiguousError(
                f"'{wanted.text}' matches several specs of the environment",
                details="\n".join(f"    {s.label}" for s in found),
                hint="specify one by its hash",
            )
        if found:
            specs += found
        elif no_add:
            raise NotFoundError(
                f"'{wanted.text}' matches nothing in the environment",
                hint="'spack add' it first, or leave out --no-add",
            )
        elif not _is_pending(wanted, roots, locked):
            add.append(wanted)
    return InstallRequest(tuple(distinct(specs)), tuple(add))


def _is_pending(
    wanted: Located, roots: Sequence[UserSpec], locked: Iterable[tuple[ConcreteSpec, str]]
) -> bool:
    """Whether a root that is not locked yet is what is asked for."""
    texts = {text for _, text in locked}
    return any(
        root.text not in texts
        and root.spec.name == wanted.spec.name
        and (root.spec == wanted.spec or satisfies(root.spec, wanted.spec))
        and intersects(root.spec, wanted.spec)
        for root in roots
    )
