"""Processes: running programs, ending them, job slots, variables and the shells that set them.

Must not know packages. Begin with ``executables.py``; ``variables.py`` is what recipes call
environment modifications.
"""
