"""``spack.yaml``: read, checked, edited with its comments, and its lists of specs expanded.

Must not know locks, nor what is installed. Begin with ``manifest.py``, then ``spec_lists.py``.
"""
