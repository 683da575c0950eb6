"""Builders: the objects whose phases turn a stage into a prefix, and which one a package has.

Must not know how a build is started, nor any build system. Begin with ``builder_choice``.
"""
