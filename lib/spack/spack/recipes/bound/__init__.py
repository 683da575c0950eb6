"""The spec as recipe code sees it: views of a graph that is paired with prefixes and packages.

Must not know package classes, repositories or stores: it is told where a package is installed and
which package object belongs to a node. Begin with ``bound_spec``.
"""
