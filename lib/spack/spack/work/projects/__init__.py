"""Environments for commands: their roots, locks, views, activation and loading.

Must not build packages. Begin with ``environments.py``, then ``environment_work.py``.
"""
