"""Rules of packages that are built from local sources.

::

    :- built(P), not value(P, dev_path, Path).    set(P, dev_path, Path) :- built(P).
"""

from __future__ import annotations

from spack.solve.asp.instances import package_of
from spack.solve.asp.program import Reason
from spack.solve.encoding.encoding import Encoding


def encode_develop(encoding: Encoding, name: str) -> None:
    """``dev_path(P, path) :- built(P)``, and what else the entry says of the package.

    Such a node is always built: the world offers no concrete candidate of the package.
    """
    entry = encoding.world.develop.get(package_of(name))
    if entry is None:
        return
    reason = Reason(f"{package_of(name)} is developed as {entry.text}", entry.origin, "requirement")
    encoding.impose(encoding.built(name), name, entry.spec, reason, certain=True)
