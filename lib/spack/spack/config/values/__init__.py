"""Configured values with their origins: merging, paths into them, variables, rendering.

Must not know files or which keys there are. Begin with ``values.py``.
"""
