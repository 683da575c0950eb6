"""Module files for installed packages: their index is read, none is written yet.

Must not know environments. Begin with ``index.py``.
"""
