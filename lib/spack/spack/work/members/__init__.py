"""Projects for commands: the environments of one manifest, their lock, what made their roots.

Must not build packages. Begin with ``locking.py``; ``records.py`` says what an environment is here.
"""
