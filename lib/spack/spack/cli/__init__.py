"""The command line: one short file a command, which parses, calls one function and prints.

Must not do the work itself. Begin with ``main.py``, then any file of ``commands``.
"""
