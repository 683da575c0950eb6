"""Facts about this machine: platform, operating system, libc, processor.

Must not know packages; asks the machine once a process. Begin with ``architecture.py``.
"""
