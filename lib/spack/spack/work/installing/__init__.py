"""The work that puts packages and their sources on disk, tests, checks and removes them.

Must not know why the solver chose what is installed. Begin with ``installation.py``: settings
become arguments of the installer.
"""
