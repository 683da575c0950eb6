"""Descriptors of views: where, which nodes, in which folders, by which kind of link.

Values only; knows no disk and no manifest syntax.
"""

from __future__ import annotations

import enum

from spack.errors import Origin
from spack.language.specs import Located
from spack.named_tuples import NamedTuple

#: The origin of views that the manifest gives no place.
BUILT_IN = Origin("built in")


class Link(enum.Enum):
    """The nodes of the environment that go in: all reached by link and run edges from the roots,
    those reached by run edges, or the roots alone."""

    ALL = "all"
    RUN = "run"
    ROOTS = "roots"


class LinkType(enum.Enum):
    """The way in which a file gets into the view."""

    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    COPY = "copy"


class Projection(NamedTuple):
    """The folder, as a format string, of the specs that satisfy a constraint."""

    constraint: Located
    path: str


class ViewDescriptor(NamedTuple):
    """One view of an environment.

    Attributes:
        name: the heading in the manifest.
        root: absolute path of the link that users see.
        projections: in the order of the file; the entry ``all`` is ``default_projection``.
        default_projection: format string for specs no projection matches; empty is the root.
        select: constraints of which a spec must satisfy one; empty selects everything.
        exclude: constraints of which a spec must satisfy none.
        fold: link a whole directory where one package alone owns it; only symbolic links can.
        groups: of roots that it shows; empty shows the roots of all.
    """

    name: str
    root: str
    projections: tuple[Projection, ...] = ()
    default_projection: str = ""
    select: tuple[Located, ...] = ()
    exclude: tuple[Located, ...] = ()
    link: Link = Link.ALL
    link_type: LinkType = LinkType.SYMLINK
    fold: bool = True
    origin: Origin = BUILT_IN
    groups: tuple[str, ...] = ()
