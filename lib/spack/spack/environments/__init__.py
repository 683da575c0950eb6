"""Environments: a manifest, its lock, and what is made from both.

Must not know recipes beyond a small interface, commands, nor how specs are solved: the solver is an
argument. Begin with ``environment.py``: one directory as an object; then ``concretization.py``.
"""
