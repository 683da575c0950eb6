"""The services of an operating system: files, processes, terminals, binaries.

Knows no package, no spec and no configuration. Begin with ``files/writing.py``, which every other
layer uses, and ``processes/executables.py``, which recipes see.
"""
